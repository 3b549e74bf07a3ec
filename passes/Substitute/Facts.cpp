#include "passes/Substitute/Facts.h"
#include "mlir/Analysis/Presburger/IntegerRelation.h"
#include "passes/Substitute/Evaluate.h"
#include "llvm/ADT/STLExtras.h"
#include <map>

using namespace tenon::substitute;

Facts::Facts(Symbols symbols) : symbols(std::move(symbols)) {}

Poly Facts::resolve(const Poly &poly) const {
  Poly result = poly;
  for (auto &[symbol, value] : solved)
    result = result.substitute(symbol, value);
  return result;
}

Shape Facts::resolve(llvm::ArrayRef<Poly> shape) const {
  Shape result;
  for (const Poly &poly : shape)
    result.push_back(resolve(poly));
  return result;
}

Constraint Facts::resolve(const Constraint &constraint) const {
  return {resolve(constraint.poly), constraint.equal};
}

Poly Facts::withoutPositiveFactors(const Poly &poly) const {
  Poly result = poly;
  bool changed = true;
  while (changed && !result.constant()) {
    changed = false;
    for (Symbol s : result.symbols())
      if (symbols.least(s) >= 1)
        if (auto quotient = result.divide(Poly::symbol(s))) {
          result = *quotient;
          changed = true;
        }
    // Binomials such as g1 + g2, as they come from concatenations.
    std::vector<Symbol> all = result.symbols();
    for (size_t i = 0; i < all.size() && result.getTerms().size() > 2; ++i)
      for (size_t j = i + 1; j < all.size(); ++j) {
        Poly sum = Poly::symbol(all[i]) + Poly::symbol(all[j]);
        if (symbols.least(all[i]) + symbols.least(all[j]) >= 1)
          if (auto quotient = result.divide(sum)) {
            result = *quotient;
            changed = true;
          }
      }
  }
  int64_t common = 0;
  for (const Poly::Term &term : result.getTerms())
    common = std::__gcd(common, std::abs(term.second));
  if (common > 1)
    result = *result.divide(Poly(common));
  return result;
}

std::optional<std::pair<Symbol, Poly>> Facts::findSolution(const Poly &poly,
                                                           llvm::function_ref<bool(Symbol)> eligible) const {
  std::optional<std::pair<Symbol, Poly>> best;
  // Sums of positive things are better than differences; then what came last goes first.
  bool bestPositive = false;
  for (Symbol s : poly.symbols()) {
    if (!eligible(s))
      continue;
    auto parts = poly.linearIn(s);
    if (!parts)
      continue;
    auto value = (-parts->second).divide(parts->first);
    // A quotient of the symbol would be defined by itself.
    if (!value || dependsOn(*value, s))
      continue;
    // A constant factor must not become a division: divide() is exact, and others are nonzero only if
    // positive.
    if (!parts->first.constant() && !(parts->first.lowerBound(symbols) >= 1) &&
        !((-parts->first).lowerBound(symbols) >= 1))
      continue;
    bool positive = value->lowerBound(symbols) >= symbols.least(s);
    if (!best || positive >= bestPositive) {
      best = {s, *value};
      bestPositive = positive;
    }
  }
  return best;
}

/// Narrows the symbol of which `poly >= 0` is a lower bound; false if it is none.
static bool raiseBound(Symbols &symbols, const Poly &poly) {
  if (poly.getTerms().empty() || poly.getTerms().size() > 2)
    return false;
  const Poly::Term &last = poly.getTerms().back();
  if (last.first.size() != 1 || last.second != 1)
    return false;
  auto rest = (poly - Poly::symbol(last.first[0])).constant();
  if (rest)
    symbols.raise(last.first[0], -*rest);
  return rest.has_value();
}

void Facts::solve(Symbol symbol, const Poly &value) {
  for (auto &entry : solved)
    entry.second = entry.second.substitute(symbol, value);
  solved.push_back({symbol, value});
  for (Constraint &constraint : assumed)
    constraint.poly = constraint.poly.substitute(symbol, value);
  for (Division &division : divisions) {
    division.numerator = division.numerator.substitute(symbol, value);
    division.denominator = division.denominator.substitute(symbol, value);
  }
  if (!(value.lowerBound(symbols) >= symbols.least(symbol)))
    if (auto least = symbols.least(symbol); least > INT64_MIN && !raiseBound(symbols, value - least))
      assumed.push_back({value - least, false});
}

void Facts::simplify() {
  bool changed = true;
  while (changed) {
    changed = false;
    for (size_t i = 0; i < assumed.size() && !changed; ++i) {
      if (!assumed[i].equal)
        continue;
      Poly poly = withoutPositiveFactors(assumed[i].poly);
      assumed[i].poly = poly;
      if (poly.constant())
        continue;
      // Indices and quotients are bound elsewhere.
      auto solution = findSolution(poly, [&](Symbol s) {
        return symbols.least(s) > INT64_MIN &&
               llvm::none_of(divisions, [&](const Division &d) { return d.quotient == s; });
      });
      if (!solution)
        continue;
      assumed.erase(assumed.begin() + i);
      solve(solution->first, solution->second);
      changed = true;
    }
    for (size_t i = 0; i < divisions.size() && !changed; ++i) {
      if (llvm::any_of(solved, [&](auto &entry) { return entry.first == divisions[i].quotient; }))
        continue;
      for (size_t j = 0; j < i && !changed; ++j)
        if (divisions[i].numerator == divisions[j].numerator &&
            divisions[i].denominator == divisions[j].denominator &&
            llvm::none_of(solved, [&](auto &entry) { return entry.first == divisions[j].quotient; })) {
          solve(divisions[i].quotient, Poly::symbol(divisions[j].quotient));
          changed = true;
        }
      if (!changed)
        if (auto quotient = divisions[i].numerator.divide(divisions[i].denominator)) {
          solve(divisions[i].quotient, *quotient);
          changed = true;
        }
    }
  }
  llvm::erase_if(assumed, [&](const Constraint &c) {
    return c.equal ? c.poly.isZero() : c.poly.lowerBound(symbols) >= 0;
  });
}

bool Facts::assume(Constraint constraint) {
  constraint = resolve(constraint);
  if (auto value = constraint.poly.constant())
    return constraint.equal ? *value == 0 : *value >= 0;
  if (!constraint.equal && constraint.poly.lowerBound(symbols) >= 0)
    return true;
  assumed.push_back(constraint);
  simplify();
  for (const Constraint &c : assumed)
    if (auto value = c.poly.constant())
      if (c.equal ? *value != 0 : *value < 0)
        return false;
  return true;
}

Poly Facts::floorDiv(const Poly &unresolvedNumerator, const Poly &unresolvedDenominator) {
  Poly numerator = resolve(unresolvedNumerator), denominator = resolve(unresolvedDenominator);
  if (denominator.constant() == 1)
    return numerator;
  // What the denominator divides for sure comes out of the quotient.
  Poly whole, rest;
  for (const Poly::Term &term : numerator.getTerms()) {
    Poly single(term.second);
    for (Symbol s : term.first)
      single = single * Poly::symbol(s);
    if (auto quotient = single.divide(denominator))
      whole = whole + *quotient;
    else
      rest = rest + single;
  }
  if (auto quotient = rest.divide(denominator))
    return whole + *quotient;
  if (auto value = rest.constant())
    if (auto by = denominator.constant())
      return whole + Poly(ConcreteShapes().floorDiv(*value, *by));
  for (const Division &division : divisions)
    if (division.numerator == rest && division.denominator == denominator)
      return whole + resolve(Poly::symbol(division.quotient));
  bool positive = rest.lowerBound(symbols) >= 0;
  Symbol quotient = symbols.add("q" + std::to_string(symbols.size()), positive ? 0 : INT64_MIN);
  divisions.push_back({quotient, rest, denominator});
  return whole + Poly::symbol(quotient);
}

/// Whether some constraint, or the sum of two, is a negative number that should not be.
static bool obviouslyContradict(const Symbols &symbols, llvm::ArrayRef<Constraint> given) {
  for (size_t i = 0; i < given.size(); ++i) {
    auto value = given[i].poly.constant();
    if (value && (given[i].equal ? *value != 0 : *value < 0))
      return true;
    if ((-given[i].poly).lowerBound(symbols) >= 1)
      return true;
    if (given[i].equal && given[i].poly.lowerBound(symbols) >= 1)
      return true;
    for (size_t j = 0; j < i; ++j) {
      Poly sum = given[i].poly + given[j].poly;
      if ((-sum).lowerBound(symbols) >= 1)
        return true;
      Poly difference = given[i].poly - given[j].poly;
      if ((given[i].equal && difference.lowerBound(symbols) >= 1) ||
          (given[j].equal && (-difference).lowerBound(symbols) >= 1))
        return true;
    }
  }
  return false;
}

/// Looks for numbers that satisfy everything, in a few attempts: most questions are settled so.
bool Facts::findModel(llvm::ArrayRef<Constraint> given, unsigned attempts) const {
  std::vector<bool> determined(symbols.size());
  for (auto &[symbol, value] : solved)
    determined[symbol] = true;
  for (const Division &division : divisions)
    determined[division.quotient] = true;
  std::vector<bool> used(symbols.size());
  auto use = [&](const Poly &poly) {
    for (Symbol s : poly.symbols())
      used[s] = true;
  };
  for (const Constraint &constraint : given)
    use(constraint.poly);
  for (const Constraint &constraint : assumed)
    use(constraint.poly);
  for (auto &[symbol, value] : solved)
    use(value);
  for (const Division &division : divisions) {
    use(division.numerator);
    use(division.denominator);
  }
  Random random(given.size());
  Values values;
  for (unsigned attempt = 0; attempt < attempts; ++attempt) {
    values.assign(symbols.size(), std::nullopt);
    int64_t spread = 1 + attempt % 8;
    for (size_t s = 0; s < values.size(); ++s)
      if (used[s] && !determined[s])
        values[s] = std::max<int64_t>(symbols.least(s), 0) + random.in(0, spread);
    complete(values);
    auto holds = [&](const Constraint &constraint) { return constraint.evaluate(values) == true; };
    bool good = llvm::all_of(given, holds) && llvm::all_of(assumed, holds);
    for (auto &[symbol, value] : solved)
      good = good && values[symbol] && *values[symbol] >= symbols.least(symbol);
    for (const Division &division : divisions)
      good =
          good && values[division.quotient] && *values[division.quotient] >= symbols.least(division.quotient);
    if (good)
      return true;
  }
  return false;
}

std::vector<Constraint> Facts::everything(llvm::ArrayRef<Constraint> given) const {
  std::vector<Constraint> rows(given.begin(), given.end());
  llvm::append_range(rows, assumed);
  for (auto &[symbol, value] : solved)
    if (!(value.lowerBound(symbols) >= symbols.least(symbol)) && symbols.least(symbol) > INT64_MIN)
      rows.push_back({value - symbols.least(symbol), false});
  for (const Division &division : divisions) {
    Poly rest = division.numerator - Poly::symbol(division.quotient) * division.denominator;
    rows.push_back({rest, false});
    rows.push_back({division.denominator - 1 - rest, false});
  }
  llvm::sort(rows);
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

/// With every product of symbols as a variable of its own: empty if that linear problem has no integer
/// solution. `exact` says whether there are no such products, so that a solution of it is one indeed.
static bool isLinearlyEmpty(const Symbols &symbols, llvm::ArrayRef<Constraint> rows, bool &exact) {
  std::map<Poly::Monomial, unsigned> columns;
  exact = true;
  for (const Constraint &row : rows)
    for (const Poly::Term &term : row.poly.getTerms())
      if (!term.first.empty()) {
        columns.try_emplace(term.first, columns.size());
        exact &= term.first.size() == 1;
      }
  mlir::presburger::IntegerPolyhedron polyhedron(
      mlir::presburger::PresburgerSpace::getSetSpace(columns.size()));
  std::vector<int64_t> coefficients(columns.size() + 1);
  for (const Constraint &row : rows) {
    llvm::fill(coefficients, 0);
    for (const Poly::Term &term : row.poly.getTerms())
      coefficients[term.first.empty() ? columns.size() : columns[term.first]] = term.second;
    if (row.equal)
      polyhedron.addEquality(coefficients);
    else
      polyhedron.addInequality(coefficients);
  }
  for (auto &[monomial, column] : columns) {
    // Products of things that are not negative are at least the product of their bounds.
    int64_t least = 1;
    for (Symbol s : monomial)
      least = symbols.least(s) < 0 || least < 0 ? -1 : least * symbols.least(s);
    if (least < 0)
      continue;
    llvm::fill(coefficients, 0);
    coefficients[column] = 1;
    coefficients.back() = -least;
    polyhedron.addInequality(coefficients);
  }
  return polyhedron.isIntegerEmpty();
}

/// Takes positive symbols out of `poly >= 0` that are factors of all but its constant: of integers,
/// `s*p + c >= 0` says `p >= 1` if c is negative, else `p + c >= 0`. False if there are none.
static bool divideByPositive(const Symbols &symbols, Poly &poly) {
  int64_t constant = 0;
  for (const Poly::Term &term : poly.getTerms())
    if (term.first.empty())
      constant = term.second;
  Poly rest = poly - constant;
  bool divided = false;
  for (Symbol s : rest.symbols()) {
    if (symbols.least(s) < 1)
      continue;
    while (auto quotient = rest.divide(Poly::symbol(s))) {
      if (quotient->constant())
        break;
      rest = *quotient;
      constant = std::max<int64_t>(constant, -1);
      divided = true;
    }
  }
  poly = rest + constant;
  return divided;
}

/// What the sums of two inequalities say after a positive factor was taken out. So bounds of quotients are
/// found: `a - b*q >= 0` and `b*c - 1 - a >= 0` say `c - q >= 1`.
static void addQuotientsOfSums(const Symbols &symbols, std::vector<Constraint> &rows) {
  std::vector<Poly> polys;
  std::vector<bool> isLinear(symbols.size());
  for (const Constraint &row : rows) {
    polys.push_back(row.poly);
    if (row.equal)
      polys.push_back(-row.poly);
    for (const Poly::Term &term : row.poly.getTerms())
      if (term.first.size() == 1)
        isLinear[term.first[0]] = true;
  }
  for (size_t s = 0; s < symbols.size(); ++s)
    if (isLinear[s] && symbols.least(s) > INT64_MIN)
      polys.push_back(Poly::symbol(s) - symbols.least(s));
  for (size_t i = 0; i < polys.size(); ++i)
    for (size_t j = 0; j <= i; ++j) {
      // Of one alone, or where something cancels.
      Poly sum = i == j ? polys[i] : polys[i] + polys[j];
      auto variables = [](const Poly &poly) {
        return poly.getTerms().size() - (!poly.isZero() && poly.getTerms().front().first.empty());
      };
      if (i != j && variables(sum) + 2 > variables(polys[i]) + variables(polys[j]))
        continue;
      if (divideByPositive(symbols, sum))
        rows.push_back({sum, false});
    }
  llvm::sort(rows);
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
}

bool Facts::contradict(llvm::ArrayRef<Constraint> given) const {
  std::vector<Constraint> resolved;
  for (const Constraint &constraint : given) {
    Constraint r = resolve(constraint);
    // What always holds says nothing.
    if (!(r.equal ? r.poly.isZero() : r.poly.lowerBound(symbols) >= 0))
      resolved.push_back(r);
  }
  llvm::sort(resolved);
  resolved.erase(std::unique(resolved.begin(), resolved.end()), resolved.end());
  if (obviouslyContradict(symbols, resolved))
    return true;
  if (findModel(resolved, 16))
    return false;
  std::vector<Constraint> rows = everything(resolved);
  Symbols raised = symbols;
  for (const Constraint &row : rows)
    raiseBound(raised, row.poly);
  bool exact;
  if (isLinearlyEmpty(raised, rows, exact))
    return true;
  if (exact || findModel(resolved, 200))
    return false;
  addQuotientsOfSums(raised, rows);
  return isLinearlyEmpty(raised, rows, exact);
}

bool Facts::implies(llvm::ArrayRef<Constraint> given, const Constraint &unresolved) const {
  Constraint constraint = resolve(unresolved);
  if (constraint.equal ? constraint.poly.isZero() : constraint.poly.lowerBound(symbols) >= 0)
    return true;
  std::vector<Constraint> all(given.begin(), given.end());
  if (!constraint.equal) {
    all.push_back({-constraint.poly - 1, false});
    return contradict(all);
  }
  all.push_back({constraint.poly - 1, false});
  if (!contradict(all))
    return false;
  all.back() = {-constraint.poly - 1, false};
  return contradict(all);
}

bool Facts::dependsOn(const Poly &poly, Symbol symbol) const {
  std::vector<Symbol> work = poly.symbols();
  std::vector<bool> seen(symbols.size());
  while (!work.empty()) {
    Symbol s = work.back();
    work.pop_back();
    if (s == symbol)
      return true;
    if (s >= seen.size() || seen[s])
      continue;
    seen[s] = true;
    for (const Division &d : divisions)
      if (d.quotient == s)
        for (const Poly *part : {&d.numerator, &d.denominator})
          llvm::append_range(work, part->symbols());
  }
  return false;
}

bool Facts::isDivided(Symbol symbol) const {
  return llvm::any_of(divisions, [&](const Division &d) {
    return dependsOn(d.numerator, symbol) || dependsOn(d.denominator, symbol);
  });
}

void Facts::complete(Values &values) const {
  values.resize(std::max(values.size(), symbols.size()));
  for (bool changed = true; changed;) {
    changed = false;
    auto set = [&](Symbol symbol, std::optional<int64_t> value) {
      if (!value || values[symbol])
        return;
      values[symbol] = value;
      changed = true;
    };
    for (auto &[symbol, value] : solved)
      set(symbol, value.evaluate(values));
    for (const Division &division : divisions) {
      auto numerator = division.numerator.evaluate(values),
           denominator = division.denominator.evaluate(values);
      if (numerator && denominator && *denominator > 0)
        set(division.quotient, ConcreteShapes().floorDiv(*numerator, *denominator));
    }
  }
}

std::optional<Poly> AssumeShapes::exactDiv(const Poly &a, const Poly &b) {
  Poly numerator = facts.resolve(a), denominator = facts.resolve(b);
  if (auto quotient = numerator.divide(denominator))
    return quotient;
  Symbol quotient = facts.symbols.add("m" + std::to_string(facts.symbols.size()), 1);
  if (!facts.assume({numerator - denominator * Poly::symbol(quotient), true}))
    return std::nullopt;
  return facts.resolve(Poly::symbol(quotient));
}
