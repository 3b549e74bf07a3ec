#include "passes/Substitute/IndexNotation.h"
#include "lib/Support/HostTensor.h"
#include "llvm/ADT/STLExtras.h"

using namespace tenon;
using namespace tenon::substitute;
using llvm::ArrayRef;

// Substitution

static void substituteIn(Term &term, Symbol symbol, const Poly &value);

static void substituteIn(Factor &factor, Symbol symbol, const Poly &value) {
  for (Bound &bound : factor.bounds) {
    assert(bound.symbol != symbol && !value.contains(bound.symbol) && "an index would be captured");
    bound.extent = bound.extent.substitute(symbol, value);
  }
  for (Poly &index : factor.indices)
    index = index.substitute(symbol, value);
  for (Constraint &guard : factor.guards)
    guard.poly = guard.poly.substitute(symbol, value);
  for (Expr &argument : factor.arguments)
    for (Term &term : argument)
      substituteIn(term, symbol, value);
}

static void substituteIn(Term &term, Symbol symbol, const Poly &value) {
  for (Bound &bound : term.bounds) {
    assert(bound.symbol != symbol && !value.contains(bound.symbol) && "an index would be captured");
    bound.extent = bound.extent.substitute(symbol, value);
  }
  for (Constraint &guard : term.guards)
    guard.poly = guard.poly.substitute(symbol, value);
  for (Factor &factor : term.factors)
    substituteIn(factor, symbol, value);
}

Term tenon::substitute::replaced(const Term &term, Symbol symbol, const Poly &value) {
  Term result = term;
  substituteIn(result, symbol, value);
  return result;
}

Expr tenon::substitute::replaced(const Expr &expr, Symbol symbol, const Poly &value) {
  Expr result = expr;
  for (Term &term : result)
    substituteIn(term, symbol, value);
  return result;
}

Term tenon::substitute::withBound(const Term &term, size_t position, Symbol symbol) {
  std::vector<Bound> bounds = term.bounds;
  Symbol old = bounds[position].symbol;
  bounds[position].symbol = symbol;
  Term body = term;
  body.bounds.clear();
  body = replaced(body, old, Poly::symbol(symbol));
  body.bounds = bounds;
  return body;
}

static bool mentions(const Factor &factor, Symbol symbol) {
  return llvm::any_of(factor.indices, [&](const Poly &p) { return p.contains(symbol); }) ||
         llvm::any_of(factor.guards, [&](const Constraint &c) { return c.poly.contains(symbol); }) ||
         llvm::any_of(factor.bounds, [&](const Bound &b) { return b.extent.contains(symbol); }) ||
         llvm::any_of(factor.arguments, [&](const Expr &e) { return mentions(e, symbol); });
}

bool tenon::substitute::mentions(const Expr &expr, Symbol symbol) {
  return llvm::any_of(expr, [&](const Term &term) {
    return llvm::any_of(term.guards, [&](const Constraint &c) { return c.poly.contains(symbol); }) ||
           llvm::any_of(term.bounds, [&](const Bound &b) { return b.extent.contains(symbol); }) ||
           llvm::any_of(term.factors, [&](const Factor &f) { return ::mentions(f, symbol); });
  });
}

/// Drops guards that always hold, applies equations of bound indices, and says whether the term can be other
/// than 0.
static bool simplify(Term &term, const Facts &facts) {
  const Symbols &symbols = facts.symbols;
  if (term.coefficient == 0)
    return false;
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t i = 0; i < term.bounds.size() && !changed; ++i) {
      Bound bound = term.bounds[i];
      // A quotient of the index would have to change with it.
      if (facts.isDivided(bound.symbol))
        continue;
      std::optional<Poly> value;
      if (bound.extent == Poly(1))
        value = Poly(0);
      // Two bounds that leave one value are an equation.
      for (size_t g = 0; g < term.guards.size(); ++g) {
        Poly opposite = -term.guards[g].poly;
        bool isBound = opposite == Poly::symbol(bound.symbol) ||
                       opposite == bound.extent - 1 - Poly::symbol(bound.symbol);
        if (!term.guards[g].equal && term.guards[g].poly.contains(bound.symbol) &&
            (isBound || llvm::is_contained(term.guards, Constraint{opposite, false})))
          term.guards[g].equal = true;
      }
      size_t from = term.guards.size();
      for (size_t g = 0; g < term.guards.size() && !value; ++g) {
        if (!term.guards[g].equal)
          continue;
        auto parts = term.guards[g].poly.linearIn(bound.symbol);
        if (parts && (parts->first == Poly(1) || parts->first == Poly(-1))) {
          value = parts->first == Poly(1) ? -parts->second : parts->second;
          from = g;
        }
      }
      if (!value)
        continue;
      term.bounds.erase(term.bounds.begin() + i);
      if (from < term.guards.size()) {
        term.guards[from] = {*value, false};
        term.guards.push_back({bound.extent - 1 - *value, false});
      }
      term = replaced(term, bound.symbol, *value);
      changed = true;
    }
  }
  llvm::erase_if(term.guards, [&](const Constraint &c) {
    return c.equal ? c.poly.isZero() : c.poly.lowerBound(symbols) >= 0;
  });
  llvm::sort(term.guards);
  term.guards.erase(std::unique(term.guards.begin(), term.guards.end()), term.guards.end());
  std::vector<Constraint> domain = term.guards;
  for (const Bound &bound : term.bounds)
    domain.push_back({bound.extent - 1 - Poly::symbol(bound.symbol), false});
  for (size_t i = 0; i < term.guards.size(); ++i) {
    if ((-domain[i].poly).lowerBound(symbols) >= 1)
      return false;
    if (domain[i].equal && domain[i].poly.lowerBound(symbols) >= 1)
      return false;
    for (size_t j = 0; j < domain.size(); ++j) {
      if (i == j)
        continue;
      if ((-(domain[i].poly + domain[j].poly)).lowerBound(symbols) >= 1 ||
          (domain[i].equal && (domain[i].poly - domain[j].poly).lowerBound(symbols) >= 1))
        return false;
    }
  }
  return true;
}

static Expr simplified(Expr expr, const Facts &facts) {
  llvm::erase_if(expr, [&](Term &term) { return !simplify(term, facts); });
  return expr;
}

// Building

Expr ExprBuilder::element(unsigned input, ArrayRef<Poly> indices) {
  Factor factor{Factor::Element, input, facts.resolve(indices), {}, {}, {}};
  return {{1, {}, {}, {factor}}};
}

Expr ExprBuilder::constant(int64_t value) {
  if (!value)
    return {};
  return {{value, {}, {}, {}}};
}

Expr ExprBuilder::reciprocal(const Poly &value) {
  if (value == Poly(1))
    return constant(1);
  return {{1, {}, {}, {{Factor::Reciprocal, 0, {facts.resolve(value)}, {}, {}, {}}}}};
}

Bound ExprBuilder::bound(const Poly &extent) {
  return {facts.symbols.add("k" + std::to_string(facts.symbols.size()), 0), facts.resolve(extent)};
}

Expr ExprBuilder::where(ArrayRef<Constraint> constraints, Expr a) {
  for (Term &term : a)
    for (const Constraint &constraint : constraints)
      term.guards.push_back(facts.resolve(constraint));
  return simplified(std::move(a), facts);
}

Expr ExprBuilder::select(const Poly &condition, const Expr &a, const Expr &b) {
  Expr result = where({{condition, false}}, a);
  llvm::append_range(result, where({{-condition - 1, false}}, b));
  return result;
}

Expr ExprBuilder::negate(Expr a) {
  for (Term &term : a)
    term.coefficient = -term.coefficient;
  return a;
}

/// A guard of some term that speaks of none of the term's and the given indices: it can go outside.
static std::optional<Constraint> findOuterGuard(ArrayRef<Expr> arguments, ArrayRef<Bound> bounds,
                                                const Facts &facts) {
  auto depends = [&](const Poly &poly, ArrayRef<Bound> on) {
    return llvm::any_of(on, [&](const Bound &b) { return facts.dependsOn(poly, b.symbol); });
  };
  for (const Expr &argument : arguments)
    for (const Term &term : argument)
      for (const Constraint &guard : term.guards)
        if (!depends(guard.poly, term.bounds) && !depends(guard.poly, bounds))
          return guard;
  return std::nullopt;
}

/// `make` of the arguments, case by case of what guards them: in each case, all outer guards are decided.
Expr ExprBuilder::wrap(ArrayRef<Expr> arguments, ArrayRef<Bound> bounds,
                       llvm::function_ref<Expr(ArrayRef<Expr>)> make) {
  std::optional<Constraint> guard = findOuterGuard(arguments, bounds, facts);
  if (!guard)
    return make(arguments);
  std::vector<std::vector<Constraint>> cases = {{*guard}};
  cases.push_back({{-guard->poly - 1, false}});
  if (guard->equal)
    cases.push_back({{guard->poly - 1, false}});
  Expr result;
  for (const std::vector<Constraint> &assumed : cases) {
    std::vector<Expr> reduced;
    for (const Expr &argument : arguments) {
      Expr kept;
      for (Term term : argument) {
        // The case may decide further guards of the term.
        term.guards.insert(term.guards.end(), assumed.begin(), assumed.end());
        if (!simplify(term, facts))
          continue;
        llvm::erase_if(term.guards, [&](const Constraint &c) { return c == assumed[0]; });
        kept.push_back(term);
      }
      reduced.push_back(kept);
    }
    llvm::append_range(result, where(assumed, wrap(reduced, bounds, make)));
  }
  return result;
}

static bool isSame(const Expr &a, const Expr &b);
static bool isSame(const Factor &a, const Factor &b) {
  return a.kind == b.kind && a.input == b.input && a.indices == b.indices && a.bounds.empty() &&
         b.bounds.empty() && a.arguments.size() == b.arguments.size() &&
         llvm::all_of(llvm::zip(a.arguments, b.arguments),
                      [](auto pair) { return isSame(std::get<0>(pair), std::get<1>(pair)); });
}
/// Whether two terms differ in their coefficients alone; terms with indices of their own never do.
static bool isSameProduct(const Term &a, const Term &b) {
  if (a.factors.size() != b.factors.size() || !a.bounds.empty() || !b.bounds.empty() ||
      !(a.guards == b.guards))
    return false;
  std::vector<bool> used(b.factors.size());
  for (const Factor &factor : a.factors) {
    size_t j = 0;
    while (j < used.size() && (used[j] || !isSame(factor, b.factors[j])))
      ++j;
    if (j == used.size())
      return false;
    used[j] = true;
  }
  return true;
}
static bool isSame(const Expr &a, const Expr &b) {
  return a.size() == b.size() && llvm::all_of(llvm::zip(a, b), [](auto pair) {
           return std::get<0>(pair).coefficient == std::get<1>(pair).coefficient &&
                  isSameProduct(std::get<0>(pair), std::get<1>(pair));
         });
}

/// Adds up terms that are the same; if they are not to cancel, only ones of the same sign.
static Expr combined(const Expr &expr, bool cancel) {
  Expr result;
  for (const Term &term : expr) {
    auto same = llvm::find_if(result, [&](const Term &other) {
      return isSameProduct(term, other) && (cancel || (term.coefficient > 0) == (other.coefficient > 0));
    });
    if (same == result.end())
      result.push_back(term);
    else
      same->coefficient += term.coefficient;
  }
  llvm::erase_if(result, [](const Term &term) { return term.coefficient == 0; });
  return result;
}

Expr ExprBuilder::add(Expr a, Expr b) {
  if (arithmetic != Arithmetic::Exact) {
    llvm::append_range(a, b);
    return combined(a, arithmetic == Arithmetic::Full);
  }
  return wrap({a, b}, {}, [&](ArrayRef<Expr> parts) -> Expr {
    return {{1, {}, {}, {{Factor::Sum, 0, {}, {parts[0], parts[1]}, {}, {}}}}};
  });
}

/// In Arithmetic::Regroup, a sum that is multiplied stays one factor.
Expr ExprBuilder::opaqueSum(Expr a) {
  if (arithmetic != Arithmetic::Regroup || a.size() < 2)
    return a;
  return wrap({a}, {}, [&](ArrayRef<Expr> parts) -> Expr {
    if (parts[0].size() < 2)
      return parts[0];
    return {{1, {}, {}, {{Factor::Sum, 0, {}, {parts[0]}, {}, {}}}}};
  });
}

static bool isOne(const Expr &e) {
  return e.size() == 1 && e[0].coefficient == 1 && e[0].factors.empty() && e[0].bounds.empty() &&
         e[0].guards.empty();
}

/// a * max(a, 0) is max(a, 0) squared.
static void rectifyFactors(Term &term) {
  for (size_t i = 0; i < term.factors.size(); ++i) {
    const Factor relu = term.factors[i];
    if (relu.kind != Factor::Relu || relu.arguments[0].size() != 1)
      continue;
    const Term &inner = relu.arguments[0][0];
    if (inner.coefficient != 1 || !inner.bounds.empty() || !inner.guards.empty() || inner.factors.size() != 1)
      continue;
    for (Factor &factor : term.factors)
      if (isSame(factor, inner.factors[0]))
        factor = relu;
  }
}

Expr ExprBuilder::mul(Expr a, Expr b) {
  if (arithmetic == Arithmetic::Exact)
    return wrap({a, b}, {}, [&](ArrayRef<Expr> parts) -> Expr {
      if (isOne(parts[0]) || isOne(parts[1]))
        return parts[isOne(parts[0])];
      return {{1, {}, {}, {{Factor::Product, 0, {}, {parts[0], parts[1]}, {}, {}}}}};
    });
  a = opaqueSum(std::move(a));
  b = opaqueSum(std::move(b));
  Expr result;
  for (const Term &left : a)
    for (Term right : b) {
      Term product = left;
      // Both may be the same sum: each keeps indices of its own.
      if (!left.bounds.empty())
        for (size_t i = 0; i < right.bounds.size(); ++i) {
          failed |= facts.isDivided(right.bounds[i].symbol);
          right = withBound(right, i, bound(right.bounds[i].extent).symbol);
        }
      product.coefficient *= right.coefficient;
      llvm::append_range(product.bounds, right.bounds);
      llvm::append_range(product.guards, right.guards);
      llvm::append_range(product.factors, right.factors);
      if (arithmetic == Arithmetic::Full)
        rectifyFactors(product);
      result.push_back(product);
    }
  return simplified(std::move(result), facts);
}

Expr ExprBuilder::sum(ArrayRef<Bound> bounds, ArrayRef<Constraint> guards, Expr a) {
  if (arithmetic == Arithmetic::Exact)
    return wrap({a}, bounds, [&](ArrayRef<Expr> parts) -> Expr {
      if (parts[0].empty())
        return {};
      Factor factor{Factor::Reduction, 0, {}, {parts[0]}, {}, {}};
      factor.bounds.assign(bounds.begin(), bounds.end());
      for (const Constraint &guard : guards)
        factor.guards.push_back(facts.resolve(guard));
      return {{1, {}, {}, {factor}}};
    });
  for (Term &term : a)
    term.bounds.insert(term.bounds.end(), bounds.begin(), bounds.end());
  return where(guards, std::move(a));
}

Expr ExprBuilder::max(ArrayRef<Bound> bounds, ArrayRef<Constraint> guards, Expr a) {
  return wrap({a}, bounds, [&](ArrayRef<Expr> parts) -> Expr {
    Factor factor{Factor::Max, 0, {}, {parts[0]}, {}, {}};
    factor.bounds.assign(bounds.begin(), bounds.end());
    for (const Constraint &guard : guards)
      factor.guards.push_back(facts.resolve(guard));
    return {{1, {}, {}, {factor}}};
  });
}

/// Takes squares out of a term's factors: they are not negative.
static std::vector<Factor> takeSquares(Term &term) {
  std::vector<Factor> squares;
  for (size_t i = 0; i < term.factors.size(); ++i)
    for (size_t j = i + 1; j < term.factors.size(); ++j)
      if (isSame(term.factors[i], term.factors[j])) {
        squares.insert(squares.end(), 2, term.factors[i]);
        term.factors.erase(term.factors.begin() + j);
        term.factors.erase(term.factors.begin() + i);
        --i;
        break;
      }
  return squares;
}

/// Whether no value can be negative.
static bool isNonNegative(const Expr &expr);
static bool isNonNegative(const Factor &factor) {
  switch (factor.kind) {
  case Factor::Relu:
  case Factor::Reciprocal:
  case Factor::Rsqrt:
    return true;
  case Factor::Element:
    return false;
  case Factor::Product:
    if (isSame(factor.arguments[0], factor.arguments[1]))
      return true;
    [[fallthrough]];
  case Factor::Max:
  case Factor::Sum:
  case Factor::Reduction:
    return llvm::all_of(factor.arguments, [](const Expr &e) { return isNonNegative(e); });
  }
  return false;
}
static bool isNonNegative(const Expr &expr) {
  return llvm::all_of(expr, [](Term term) {
    takeSquares(term);
    return term.coefficient >= 0 &&
           llvm::all_of(term.factors, [](const Factor &f) { return isNonNegative(f); });
  });
}

Expr ExprBuilder::relu(const Expr &a) {
  return wrap({a}, {}, [&](ArrayRef<Expr> parts) -> Expr {
    Expr part =
        arithmetic == Arithmetic::Exact ? parts[0] : combined(parts[0], arithmetic == Arithmetic::Full);
    if (isNonNegative(part))
      return part;
    // max(n * a, 0) is n * max(a, 0).
    int64_t common = 0;
    for (const Term &term : part)
      common = std::__gcd(common, std::abs(term.coefficient));
    if (common > 1 && arithmetic != Arithmetic::Exact) {
      for (Term &term : part)
        term.coefficient /= common;
      Expr rectified = relu(part);
      for (Term &term : rectified)
        term.coefficient *= common;
      return rectified;
    }
    if (part.size() == 1 && part[0].bounds.empty()) {
      Term term = part[0];
      // The largest of rectified values is the rectified largest one.
      if (term.coefficient == 1 && term.factors.size() == 1 && term.factors[0].kind == Factor::Max) {
        Factor factor = term.factors[0];
        factor.arguments[0] = relu(factor.arguments[0]);
        return {{1, {}, {}, {factor}}};
      }
      // max(p * a, 0) is p * max(a, 0) if p is not negative; infinity times zero is another matter.
      Term outside, inside;
      outside.factors = takeSquares(term);
      for (const Factor &factor : term.factors)
        (isNonNegative(factor) ? outside : inside).factors.push_back(factor);
      if (!outside.factors.empty() && arithmetic == Arithmetic::Full) {
        inside.coefficient = term.coefficient;
        outside.factors.push_back({Factor::Relu, 0, {}, {{inside}}, {}, {}});
        return {outside};
      }
    }
    return {{1, {}, {}, {{Factor::Relu, 0, {}, {part}, {}, {}}}}};
  });
}

Expr ExprBuilder::rsqrt(const Expr &a) {
  return wrap({a}, {}, [&](ArrayRef<Expr> parts) -> Expr {
    return {{1, {}, {}, {{Factor::Rsqrt, 0, {}, {parts[0]}, {}, {}}}}};
  });
}

// Evaluation

/// Calls `visit` with every combination of the indices; false if it did or an extent is unknown.
static bool forEachIndex(ArrayRef<Bound> bounds, Values &values, llvm::function_ref<bool()> visit) {
  if (bounds.empty())
    return visit();
  std::optional<int64_t> extent = bounds[0].extent.evaluate(values);
  if (!extent)
    return false;
  if (values.size() <= bounds[0].symbol)
    values.resize(bounds[0].symbol + 1);
  for (int64_t i = 0; i < *extent; ++i) {
    values[bounds[0].symbol] = i;
    if (!forEachIndex(bounds.drop_front(), values, visit))
      return false;
  }
  values[bounds[0].symbol] = std::nullopt;
  return true;
}

static std::optional<bool> holdAll(ArrayRef<Constraint> guards, const Values &values) {
  for (const Constraint &guard : guards) {
    std::optional<bool> holds = guard.evaluate(values);
    if (holds != true)
      return holds;
  }
  return true;
}

static std::optional<int64_t> evaluateFactor(const Factor &factor, const Facts &facts, Values values,
                                             ArrayRef<const IntTensor *> inputs) {
  std::vector<int64_t> indices;
  for (const Poly &index : factor.indices) {
    std::optional<int64_t> value = index.evaluate(values);
    if (!value)
      return std::nullopt;
    indices.push_back(*value);
  }
  auto argument = [&](unsigned i) { return evaluate(factor.arguments[i], facts, values, inputs); };
  switch (factor.kind) {
  case Factor::Element: {
    const IntTensor &tensor = *inputs[factor.input];
    for (auto [index, extent] : llvm::zip_equal(indices, tensor.shape))
      if (index < 0 || index >= extent)
        return std::nullopt;
    return tensor.data[linearIndex(indices, rowMajorStrides(tensor.shape))];
  }
  case Factor::Reciprocal:
    return integerReciprocal(indices[0]);
  case Factor::Rsqrt: {
    std::optional<int64_t> value = argument(0);
    return value ? std::optional(integerRsqrt(*value)) : std::nullopt;
  }
  case Factor::Relu: {
    std::optional<int64_t> value = argument(0);
    return value ? std::optional(std::max<int64_t>(*value, 0)) : std::nullopt;
  }
  case Factor::Sum:
  case Factor::Product: {
    int64_t result = factor.kind == Factor::Product;
    for (unsigned i = 0; i < factor.arguments.size(); ++i) {
      std::optional<int64_t> value = argument(i);
      if (!value)
        return std::nullopt;
      result = factor.kind == Factor::Sum ? result + *value : result * *value;
    }
    return result;
  }
  case Factor::Max:
  case Factor::Reduction: {
    int64_t result = factor.kind == Factor::Max ? INT64_MIN : 0;
    bool known = forEachIndex(factor.bounds, values, [&] {
      std::optional<bool> inside = holdAll(factor.guards, values);
      if (inside == false)
        return true;
      std::optional<int64_t> value = argument(0);
      if (!inside || !value)
        return false;
      result = factor.kind == Factor::Max ? std::max(result, *value) : result + *value;
      return true;
    });
    return known ? std::optional(result) : std::nullopt;
  }
  }
  return std::nullopt;
}

static std::optional<int64_t> evaluateTerm(const Term &term, const Facts &facts, Values outer,
                                           ArrayRef<const IntTensor *> inputs) {
  int64_t sum = 0;
  bool known = forEachIndex(term.bounds, outer, [&] {
    Values values = outer;
    facts.complete(values);
    std::optional<bool> inside = holdAll(term.guards, values);
    if (inside == false)
      return true;
    int64_t product = term.coefficient;
    for (const Factor &factor : term.factors) {
      std::optional<int64_t> value = evaluateFactor(factor, facts, values, inputs);
      if (!value)
        return false;
      product *= *value;
    }
    sum += product;
    return inside.has_value();
  });
  return known ? std::optional(sum) : std::nullopt;
}

std::optional<int64_t> tenon::substitute::evaluate(const Expr &expr, const Facts &facts, Values values,
                                                   ArrayRef<const IntTensor *> inputs) {
  facts.complete(values);
  int64_t sum = 0;
  for (const Term &term : expr) {
    std::optional<int64_t> value = evaluateTerm(term, facts, values, inputs);
    if (!value)
      return std::nullopt;
    sum += *value;
  }
  return sum;
}

// Printing

static std::string listOf(ArrayRef<Bound> bounds, ArrayRef<Constraint> guards, const Symbols &symbols) {
  std::string text;
  for (const Bound &bound : bounds)
    text += (text.empty() ? "" : ", ") + symbols.name(bound.symbol) + " < " + bound.extent.str(symbols);
  for (const Constraint &guard : guards)
    text += (text.empty() ? "" : ", ") + guard.poly.str(symbols) + (guard.equal ? " == 0" : " >= 0");
  return text;
}

std::string tenon::substitute::toString(const Expr &expr, const Symbols &symbols) {
  static const char *const names[] = {"", "1/", "rsqrt", "relu", "max", "add", "mul", "sum"};
  std::string text;
  for (const Term &term : expr) {
    text += text.empty() ? "" : " + ";
    if (term.coefficient != 1 || term.factors.empty())
      text += std::to_string(term.coefficient) + " ";
    if (!term.bounds.empty() || !term.guards.empty())
      text += "sum{" + listOf(term.bounds, term.guards, symbols) + "} ";
    for (const Factor &factor : term.factors) {
      text += factor.kind == Factor::Element ? "x" + std::to_string(factor.input) : names[factor.kind];
      if (!factor.bounds.empty())
        text += "{" + listOf(factor.bounds, factor.guards, symbols) + "}";
      if (!factor.indices.empty()) {
        text += "[";
        for (size_t i = 0; i < factor.indices.size(); ++i)
          text += (i ? ", " : "") + factor.indices[i].str(symbols);
        text += "]";
      }
      for (const Expr &argument : factor.arguments)
        text += "(" + toString(argument, symbols) + ")";
      text += " ";
    }
  }
  return text.empty() ? "0" : text;
}
