#include "passes/Substitute/Equality.h"
#include "llvm/ADT/STLExtras.h"
#include <memory>

using namespace tenon::substitute;
using llvm::ArrayRef;

namespace {

/// The values for which all guards of a term or binder hold: constraints on its indices.
std::vector<Constraint> domainOf(ArrayRef<Bound> bounds, ArrayRef<Constraint> guards) {
  std::vector<Constraint> domain(guards.begin(), guards.end());
  for (const Bound &bound : bounds) {
    domain.push_back({Poly::symbol(bound.symbol), false});
    domain.push_back({bound.extent - 1 - Poly::symbol(bound.symbol), false});
  }
  return domain;
}

/// An attempt to make two terms one. The bound indices of the second, and those inside of its factors, are
/// unknowns, which are solved for in terms of the first's.
class Matcher {
public:
  Matcher(const Facts &facts, ArrayRef<Constraint> context, unsigned depth, bool cancelWithin)
      : facts(facts), context(context.begin(), context.end()), depth(depth), cancelWithin(cancelWithin),
        nextUnknown(facts.symbols.size()) {}

  /// Finds a bijection from the first term's indices to the second's that makes the factors equal where both
  /// domains hold. `first` and `second` are then the domains, and `moved` the second term, all in the first's
  /// indices. False also if the domains have nothing in common.
  bool match(const Term &a, const Term &b, Term &moved, std::vector<Constraint> &first,
             std::vector<Constraint> &second) {
    if (a.factors.size() != b.factors.size() || a.bounds.size() != b.bounds.size())
      return false;
    Term renamed = b;
    State state;
    Group outer{a.bounds, {}, domainOf(a.bounds, a.guards), {}};
    for (size_t i = 0; i < renamed.bounds.size(); ++i)
      outer.unknowns.push_back(makeUnknown(state, renamed.bounds[i].symbol, [&](Symbol from, Symbol to) {
        renamed = renamed.bounds[i].symbol == from ? withBound(renamed, i, to)
                                                   : replaced(renamed, from, Poly::symbol(to));
      }));
    outer.second = domainOf(renamed.bounds, renamed.guards);
    state.groups.push_back(outer);
    return matchFactors(order(a.factors), order(renamed.factors), 0, 0, state, [&](State &found) {
      if (!finish(found))
        return false;
      first = found.groups[0].first;
      second.clear();
      for (const Constraint &c : found.groups[0].second)
        second.push_back(facts.resolve(apply(found, c)));
      std::vector<Constraint> both = context;
      both.insert(both.end(), first.begin(), first.end());
      both.insert(both.end(), second.begin(), second.end());
      if (facts.contradict(both) || !verify(found, both))
        return false;
      moved = {b.coefficient, a.bounds, {}, {}};
      for (const Factor &factor : renamed.factors)
        moved.factors.push_back(apply(found, factor));
      return true;
    });
  }

private:
  /// The bound indices of a term or of a factor of the first side, the unknowns of the second, and both
  /// domains.
  struct Group {
    std::vector<Bound> bounds;
    std::vector<Symbol> unknowns;
    std::vector<Constraint> first, second;
    /// A sum that must be taken in the same order.
    bool ordered = false;
  };
  /// Arguments of factors that must be equal where the domains of the groups hold that contain them.
  struct Obligation {
    Expr a, b;
    std::vector<unsigned> groups;
  };
  /// A quotient of unknowns, an unknown itself. Its value is the quotient of theirs, if the first side has
  /// that.
  struct Quotient {
    Symbol unknown;
    Poly numerator, denominator;
  };
  struct State {
    std::vector<std::pair<Symbol, std::optional<Poly>>> unknowns;
    std::vector<Quotient> quotients;
    std::vector<Poly> zeros;
    std::vector<Poly> open;
    std::vector<Group> groups;
    std::vector<unsigned> scope;
    std::vector<Obligation> obligations;
  };
  using Continue = llvm::function_ref<bool(State &)>;

  Symbol newUnknown(State &state) {
    state.unknowns.push_back({nextUnknown, std::nullopt});
    return nextUnknown++;
  }
  /// Makes an unknown of a bound index that `replace` gives another name, and of the quotients that depend on
  /// it.
  Symbol makeUnknown(State &state, Symbol index, llvm::function_ref<void(Symbol from, Symbol to)> replace) {
    Symbol unknown = newUnknown(state);
    std::vector<std::pair<Symbol, Symbol>> renamed = {{index, unknown}};
    for (const Division &division : facts.getDivisions()) {
      if (!facts.dependsOn(division.numerator, index) && !facts.dependsOn(division.denominator, index))
        continue;
      // Divisions come after those that they depend on.
      Quotient quotient{newUnknown(state), division.numerator, division.denominator};
      for (auto [from, to] : renamed) {
        quotient.numerator = quotient.numerator.substitute(from, Poly::symbol(to));
        quotient.denominator = quotient.denominator.substitute(from, Poly::symbol(to));
      }
      replace(division.quotient, quotient.unknown);
      renamed.push_back({division.quotient, quotient.unknown});
      state.quotients.push_back(quotient);
    }
    // Quotients of several indices were made for the first of them already.
    for (Quotient &quotient : state.quotients) {
      quotient.numerator = quotient.numerator.substitute(index, Poly::symbol(unknown));
      quotient.denominator = quotient.denominator.substitute(index, Poly::symbol(unknown));
    }
    replace(index, unknown);
    return unknown;
  }
  static std::vector<const Factor *> order(const std::vector<Factor> &factors) {
    std::vector<const Factor *> pointers;
    // Elements say most about indices.
    for (int kind = Factor::Element; kind <= Factor::Reduction; ++kind)
      for (const Factor &factor : factors)
        if (factor.kind == kind)
          pointers.push_back(&factor);
    return pointers;
  }

  static Poly apply(const State &state, Poly poly) {
    for (auto &[symbol, value] : state.unknowns)
      if (value)
        poly = poly.substitute(symbol, *value);
    return poly;
  }
  static Constraint apply(const State &state, const Constraint &c) { return {apply(state, c.poly), c.equal}; }
  /// Replaces unknowns inside of an expression, also those that its binders were renamed to.
  static Expr apply(const State &state, Expr expr) {
    for (Term &term : expr)
      for (auto &[symbol, value] : state.unknowns)
        if (value)
          term = replaced(term, symbol, *value);
    return expr;
  }
  static Factor apply(const State &state, const Factor &factor) {
    Expr single = {{1, {}, {}, {factor}}};
    return apply(state, single)[0].factors[0];
  }
  std::vector<Symbol> openUnknowns(const State &state, const Poly &poly) const {
    std::vector<Symbol> open;
    for (auto &[symbol, value] : state.unknowns)
      if (!value && poly.contains(symbol))
        open.push_back(symbol);
    return open;
  }

  /// Takes equations for true that say that polynomials are 0: solves what has one unknown, until nothing
  /// changes.
  bool addEquations(State &state, std::vector<Poly> equations) {
    llvm::append_range(equations, state.open);
    state.open.clear();
    for (bool changed = true; changed;) {
      changed = false;
      std::vector<Poly> left;
      for (const Poly &raw : equations) {
        Poly poly = apply(state, raw);
        std::vector<Symbol> open = openUnknowns(state, poly);
        if (open.empty()) {
          if (auto value = poly.constant(); value && *value)
            return false;
          if (!poly.isZero())
            state.zeros.push_back(poly);
          continue;
        }
        std::optional<Poly> value;
        if (open.size() == 1 && !isQuotient(state, open[0]))
          if (auto parts = poly.linearIn(open[0]))
            value = (-parts->second).divide(parts->first);
        if (value) {
          assign(state, open[0], *value);
          changed = true;
        } else {
          left.push_back(raw);
        }
      }
      equations = std::move(left);
      for (const Quotient &quotient : state.quotients) {
        std::optional<Poly> *value = valueOf(state, quotient.unknown);
        Poly numerator = facts.resolve(apply(state, quotient.numerator));
        Poly denominator = facts.resolve(apply(state, quotient.denominator));
        if (*value || !openUnknowns(state, numerator).empty() || !openUnknowns(state, denominator).empty())
          continue;
        for (const Division &known : facts.getDivisions())
          if (known.numerator == numerator && known.denominator == denominator)
            *value = Poly::symbol(known.quotient);
        if (!*value)
          return false;
        changed = true;
      }
    }
    state.open = std::move(equations);
    return true;
  }
  static bool isQuotient(const State &state, Symbol unknown) {
    return llvm::any_of(state.quotients, [&](const Quotient &q) { return q.unknown == unknown; });
  }
  static void assign(State &state, Symbol unknown, const Poly &value) {
    for (auto &entry : state.unknowns)
      if (entry.first == unknown)
        entry.second = value;
  }

  bool matchFactors(const std::vector<const Factor *> &a, const std::vector<const Factor *> &b, size_t i,
                    uint64_t used, const State &state, Continue next) {
    if (++steps > 4000)
      return false;
    if (i == a.size()) {
      State copy = state;
      return next(copy);
    }
    for (size_t j = 0; j < b.size(); ++j) {
      if (used >> j & 1 || a[i]->kind != b[j]->kind)
        continue;
      if (matchFactor(*a[i], *b[j], state, [&](State &found) {
            return matchFactors(a, b, i + 1, used | uint64_t(1) << j, found, next);
          }))
        return true;
    }
    return false;
  }

  bool matchFactor(const Factor &a, const Factor &b, State state, Continue next) {
    if (a.kind == Factor::Element || a.kind == Factor::Reciprocal) {
      if (a.input != b.input || a.indices.size() != b.indices.size())
        return false;
      std::vector<Poly> equations;
      for (auto [x, y] : llvm::zip_equal(a.indices, b.indices))
        equations.push_back(y - x);
      return addEquations(state, equations) && next(state);
    }
    if (a.arguments.size() != b.arguments.size() || a.bounds.size() != b.bounds.size())
      return false;
    if (a.bounds.empty()) {
      auto all = [&](bool swapped) { return matchArguments(a, b, swapped, 0, state, next); };
      return all(false) || (a.arguments.size() == 2 && all(true));
    }
    // A binder: its indices on the second side are unknowns, too.
    Group group{a.bounds, {}, domainOf(a.bounds, a.guards), {}};
    Term inner{1, b.bounds, b.guards, {}};
    Expr argument = b.arguments[0];
    for (size_t i = 0; i < inner.bounds.size(); ++i)
      group.unknowns.push_back(makeUnknown(state, inner.bounds[i].symbol, [&](Symbol from, Symbol to) {
        inner = inner.bounds[i].symbol == from ? withBound(inner, i, to)
                                               : replaced(inner, from, Poly::symbol(to));
        argument = replaced(argument, from, Poly::symbol(to));
      }));
    group.second = domainOf(inner.bounds, inner.guards);
    group.ordered = a.kind == Factor::Reduction;
    state.groups.push_back(group);
    state.scope.push_back(state.groups.size() - 1);
    return matchExpr(a.arguments[0], argument, state, [&](State &found) {
      State outside = found;
      outside.scope.pop_back();
      return next(outside);
    });
  }

  bool matchArguments(const Factor &a, const Factor &b, bool swapped, size_t i, const State &state,
                      Continue next) {
    if (i == a.arguments.size()) {
      State copy = state;
      return next(copy);
    }
    return matchExpr(a.arguments[i], b.arguments[swapped ? 1 - i : i], state,
                     [&](State &found) { return matchArguments(a, b, swapped, i + 1, found, next); });
  }

  bool hasOpen(const State &state, const Expr &expr) const {
    return llvm::any_of(state.unknowns,
                        [&](auto &entry) { return !entry.second && mentions(expr, entry.first); });
  }

  /// Two arguments that must be equal in the end. Unknowns in the second are guessed from one of its terms.
  bool matchExpr(const Expr &a, const Expr &b, State state, Continue next) {
    if (a.empty() != b.empty())
      return false;
    state.obligations.push_back({a, b, state.scope});
    if (!hasOpen(state, b))
      return next(state);
    for (const Term &term : b) {
      if (term.factors.size() != a[0].factors.size())
        continue;
      State guess = state;
      Term renamed = term;
      // Indices of the term itself are local: they are solved for, but mean nothing outside.
      for (size_t i = 0; i < renamed.bounds.size(); ++i)
        makeUnknown(guess, renamed.bounds[i].symbol, [&](Symbol from, Symbol to) {
          renamed = renamed.bounds[i].symbol == from ? withBound(renamed, i, to)
                                                     : replaced(renamed, from, Poly::symbol(to));
        });
      if (matchFactors(order(a[0].factors), order(renamed.factors), 0, 0, guess, next))
        return true;
    }
    return false;
  }

  /// Every unknown of a group must be one of the group's indices, or its negative, plus something that has
  /// none; and different unknowns have different indices. Then it is a bijection.
  bool finish(State &state) {
    // Sums of several unknowns: those with the same factor belong together.
    for (const Poly &raw : std::vector<Poly>(state.open)) {
      Poly poly = apply(state, raw);
      for (Symbol unknown : openUnknowns(state, poly)) {
        if (isQuotient(state, unknown))
          return false;
        auto parts = poly.linearIn(unknown);
        if (!parts)
          return false;
        for (const Group &group : state.groups) {
          if (!llvm::is_contained(group.unknowns, unknown))
            continue;
          for (const Bound &bound : group.bounds)
            if (auto other = poly.linearIn(bound.symbol);
                other && other->first == -parts->first && !isTaken(state, group, bound.symbol)) {
              assign(state, unknown, Poly::symbol(bound.symbol));
              break;
            }
        }
      }
    }
    if (!addEquations(state, {}) || !state.open.empty())
      return false;
    std::vector<Symbol> inner;
    for (const Group &group : llvm::drop_begin(state.groups))
      for (const Bound &bound : group.bounds)
        inner.push_back(bound.symbol);
    for (const Group &group : state.groups) {
      std::vector<Symbol> taken;
      for (size_t i = 0; i < group.unknowns.size(); ++i) {
        std::optional<Poly> *value = valueOf(state, group.unknowns[i]);
        if (!*value) {
          // An index that no factor mentions: any one that is free will do.
          for (const Bound &bound : group.bounds)
            if (!isTaken(state, group, bound.symbol)) {
              *value = Poly::symbol(bound.symbol);
              break;
            }
          if (!*value)
            return false;
        }
        std::optional<Symbol> index;
        Poly rest = **value;
        for (const Bound &bound : group.bounds)
          if ((*value)->contains(bound.symbol)) {
            auto parts = (*value)->linearIn(bound.symbol);
            if (index || !parts || (parts->first != Poly(1) && parts->first != Poly(-1)))
              return false;
            index = bound.symbol;
            rest = parts->second;
          }
        if (group.ordered && *value != Poly::symbol(group.bounds[i].symbol))
          return false;
        auto dependsOn = [&](Symbol s) { return facts.dependsOn(rest, s); };
        if (!index || llvm::is_contained(taken, *index) || llvm::any_of(inner, dependsOn) ||
            llvm::any_of(group.bounds, [&](const Bound &b) { return dependsOn(b.symbol); }))
          return false;
        taken.push_back(*index);
      }
    }
    if (!addEquations(state, {}))
      return false;
    return llvm::all_of(state.quotients,
                        [&](const Quotient &q) { return valueOf(state, q.unknown)->has_value(); });
  }
  static std::optional<Poly> *valueOf(State &state, Symbol unknown) {
    for (auto &entry : state.unknowns)
      if (entry.first == unknown)
        return &entry.second;
    return nullptr;
  }
  static bool isTaken(const State &state, const Group &group, Symbol index) {
    return llvm::any_of(state.unknowns, [&](auto &entry) {
      return llvm::is_contained(group.unknowns, entry.first) && entry.second && entry.second->contains(index);
    });
  }

  /// What was put off: polynomials that must be 0, domains of binders, and arguments.
  bool verify(const State &state, const std::vector<Constraint> &both) {
    auto contextOf = [&](ArrayRef<unsigned> groups) {
      std::vector<Constraint> given = both;
      for (unsigned group : groups)
        llvm::append_range(given, state.groups[group].first);
      return given;
    };
    std::vector<unsigned> all;
    for (unsigned i = 1; i < state.groups.size(); ++i)
      all.push_back(i);
    for (const Poly &poly : state.zeros)
      if (!facts.implies(contextOf(all), {apply(state, poly), true}))
        return false;
    for (unsigned i : all) {
      std::vector<Constraint> second;
      for (const Constraint &c : state.groups[i].second)
        second.push_back(facts.resolve(apply(state, c)));
      // Binders inside of binders: what holds outside is not repeated here, so less is known, which is safe.
      std::vector<Constraint> given = both;
      llvm::append_range(given, state.groups[i].first);
      for (const Constraint &c : second)
        if (!facts.implies(given, c))
          return false;
      given = both;
      llvm::append_range(given, second);
      for (const Constraint &c : state.groups[i].first)
        if (!facts.implies(given, c))
          return false;
    }
    for (const Obligation &obligation : state.obligations) {
      Expr b = apply(state, obligation.b);
      if (depth > 8 || !prove(facts, obligation.a, b, contextOf(obligation.groups), depth + 1, cancelWithin))
        return false;
    }
    return true;
  }

public:
  static bool prove(const Facts &facts, const Expr &a, const Expr &b, std::vector<Constraint> context,
                    unsigned depth, bool cancelWithin);

private:
  const Facts &facts;
  std::vector<Constraint> context;
  unsigned depth;
  bool cancelWithin;
  unsigned steps = 0;
  Symbol nextUnknown;
};

/// The term where `domain` holds, with what is left of it outside of `other`, as pieces that do not overlap.
void addRest(const Facts &facts, const Term &term, ArrayRef<Constraint> domain, ArrayRef<Constraint> other,
             ArrayRef<Constraint> context, std::vector<Term> &pieces) {
  std::vector<Constraint> inside(domain.begin(), domain.end());
  for (const Constraint &c : other) {
    std::vector<Constraint> given(context.begin(), context.end());
    llvm::append_range(given, inside);
    if (facts.implies(given, c))
      continue;
    std::vector<Constraint> outside = {{-c.poly - 1, false}};
    if (c.equal)
      outside.push_back({c.poly - 1, false});
    for (const Constraint &not_c : outside) {
      Term piece = term;
      piece.guards.assign(inside.begin(), inside.end());
      piece.guards.push_back(not_c);
      pieces.push_back(piece);
    }
    inside.push_back(c);
  }
}

bool Matcher::prove(const Facts &facts, const Expr &a, const Expr &b, std::vector<Constraint> context,
                    unsigned depth, bool cancelWithin) {
  // The second side's terms are subtracted.
  struct Entry {
    Term term;
    bool second;
  };
  std::vector<Entry> entries;
  for (const Term &term : a)
    entries.push_back({term, false});
  for (Term term : b) {
    term.coefficient = -term.coefficient;
    entries.push_back({term, true});
  }
  auto isEmpty = [&](const Term &term) {
    std::vector<Constraint> domain = domainOf(term.bounds, term.guards);
    llvm::append_range(domain, context);
    return facts.contradict(domain);
  };
  for (unsigned round = 0; !entries.empty() && round < 400 && entries.size() < 200; ++round) {
    bool changed = false;
    for (size_t i = 0; i < entries.size() && !changed; ++i)
      for (size_t j = i + 1; j < entries.size() && !changed; ++j) {
        Entry first = entries[i], second = entries[j];
        if ((first.term.coefficient > 0) == (second.term.coefficient > 0) ||
            (first.second == second.second && !cancelWithin))
          continue;
        Term moved;
        std::vector<Constraint> domain1, domain2;
        if (!Matcher(facts, context, depth, cancelWithin)
                 .match(first.term, second.term, moved, domain1, domain2))
          continue;
        entries.erase(entries.begin() + j);
        entries.erase(entries.begin() + i);
        auto keep = [&](const std::vector<Term> &pieces, bool side) {
          for (const Term &piece : pieces)
            if (!isEmpty(piece))
              entries.push_back({piece, side});
        };
        std::vector<Term> pieces;
        addRest(facts, first.term, domain1, domain2, context, pieces);
        keep(pieces, first.second);
        pieces.clear();
        addRest(facts, moved, domain2, domain1, context, pieces);
        keep(pieces, second.second);
        if (int64_t rest = first.term.coefficient + second.term.coefficient) {
          bool ofFirst = std::abs(first.term.coefficient) > std::abs(second.term.coefficient);
          Term both = ofFirst ? first.term : moved;
          both.coefficient = rest;
          both.guards = domain1;
          llvm::append_range(both.guards, domain2);
          keep({both}, ofFirst ? first.second : second.second);
        }
        changed = true;
      }
    if (!changed)
      break;
  }
  return llvm::all_of(entries, [&](const Entry &entry) { return isEmpty(entry.term); });
}

} // namespace

bool tenon::substitute::proveEqual(const Facts &facts, const Expr &a, const Expr &b,
                                   ArrayRef<Constraint> context, bool cancelWithin) {
  return Matcher::prove(facts, a, b, std::vector<Constraint>(context.begin(), context.end()), 0,
                        cancelWithin);
}
