#include "dialects/NN/DimMath.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace mlir;
using namespace tenon;
using namespace tenon::nn;

namespace {

/// A polynomial over atoms: symbols and divisions. Every operation returns false on overflow or when the
/// number of terms explodes; the polynomial is then of no use.
class Polynomial {
public:
  bool add(Dim dim, int64_t factor);
  Dim build(MLIRContext *context) const;

private:
  using Monomial = SmallVector<unsigned>; // positions in `atoms`, ascending
  struct Term {
    Monomial monomial;
    int64_t coefficient;
  };
  static constexpr size_t kMaxTerms = 64;

  bool expand(Dim dim, SmallVectorImpl<Term> &out);
  static bool accumulate(SmallVectorImpl<Term> &terms, const Monomial &monomial, int64_t coefficient);

  SmallVector<Term> terms;
  SmallVector<Dim> atoms;
};

} // namespace

bool Polynomial::accumulate(SmallVectorImpl<Term> &terms, const Monomial &monomial, int64_t coefficient) {
  for (Term &term : terms)
    if (term.monomial == monomial)
      return !llvm::AddOverflow(term.coefficient, coefficient, term.coefficient);
  if (terms.size() == kMaxTerms)
    return false;
  terms.push_back({monomial, coefficient});
  return true;
}

bool Polynomial::expand(Dim dim, SmallVectorImpl<Term> &out) {
  if (auto constant = dyn_cast<AffineConstantExpr>(dim))
    return accumulate(out, {}, constant.getValue());
  auto binary = dyn_cast<AffineBinaryOpExpr>(dim);
  if (binary && dim.getKind() == AffineExprKind::Add)
    return expand(binary.getLHS(), out) && expand(binary.getRHS(), out);
  if (binary && dim.getKind() == AffineExprKind::Mul) {
    SmallVector<Term> a, b;
    if (!expand(binary.getLHS(), a) || !expand(binary.getRHS(), b))
      return false;
    for (const Term &x : a)
      for (const Term &y : b) {
        int64_t coefficient;
        Monomial monomial = x.monomial;
        monomial.append(y.monomial);
        llvm::sort(monomial);
        if (llvm::MulOverflow(x.coefficient, y.coefficient, coefficient) ||
            !accumulate(out, monomial, coefficient))
          return false;
      }
    return true;
  }
  auto *at = llvm::find(atoms, dim);
  unsigned position = at - atoms.begin();
  if (at == atoms.end())
    atoms.push_back(dim);
  return accumulate(out, {position}, 1);
}

bool Polynomial::add(Dim dim, int64_t factor) {
  SmallVector<Term> added;
  if (!expand(dim, added))
    return false;
  for (const Term &term : added) {
    int64_t coefficient;
    if (llvm::MulOverflow(term.coefficient, factor, coefficient) ||
        !accumulate(terms, term.monomial, coefficient))
      return false;
  }
  return true;
}

Dim Polynomial::build(MLIRContext *context) const {
  Dim sum = constDim(context, 0);
  int64_t constant = 0;
  for (const Term &term : terms) {
    if (term.monomial.empty()) {
      constant = term.coefficient;
      continue;
    }
    if (!term.coefficient)
      continue;
    Dim product = atoms[term.monomial.front()];
    for (unsigned atom : ArrayRef(term.monomial).drop_front())
      product = product * atoms[atom];
    sum = sum + product * term.coefficient;
  }
  return sum + constant;
}

Dim nn::simplifyDim(Dim dim) {
  if (getStatic(dim))
    return dim;
  Polynomial polynomial;
  return polynomial.add(dim, 1) ? polynomial.build(dim.getContext()) : dim;
}

bool nn::sameDim(Dim a, Dim b) {
  if (a == b)
    return true;
  Polynomial difference;
  return difference.add(a, 1) && difference.add(b, -1) &&
         getStatic(difference.build(a.getContext())) == std::optional<int64_t>(0);
}

bool nn::sameDims(ArrayRef<Dim> a, ArrayRef<Dim> b) {
  return a.size() == b.size() && llvm::all_of_zip(a, b, sameDim);
}

std::optional<Dim> nn::addDims(Dim a, Dim b) {
  std::optional<int64_t> x = getStatic(a), y = getStatic(b);
  if (!x || !y)
    return simplifyDim(a + b);
  int64_t sum;
  if (llvm::AddOverflow(*x, *y, sum))
    return std::nullopt;
  return constDim(a.getContext(), sum);
}

std::optional<Dim> nn::mulDims(Dim a, Dim b) {
  std::optional<int64_t> x = getStatic(a), y = getStatic(b);
  if (!x || !y)
    return a * b;
  int64_t product;
  if (llvm::MulOverflow(*x, *y, product))
    return std::nullopt;
  return constDim(a.getContext(), product);
}

std::optional<Dim> nn::productDims(ArrayRef<Dim> dims, MLIRContext *context) {
  for (Dim dim : dims)
    if (getStatic(dim) == std::optional<int64_t>(0))
      return dim;
  std::optional<Dim> product = constDim(context, 1);
  for (Dim dim : dims)
    if (product = mulDims(*product, dim); !product)
      return std::nullopt;
  return product;
}

/// Splits products into their factors: constants multiply into `constant`, the rest is appended.
static bool collectFactors(ArrayRef<Dim> dims, int64_t &constant, SmallVectorImpl<Dim> &factors) {
  for (Dim dim : dims) {
    if (std::optional<int64_t> value = getStatic(dim)) {
      if (llvm::MulOverflow(constant, *value, constant))
        return false;
    } else if (dim.getKind() == AffineExprKind::Mul) {
      auto product = cast<AffineBinaryOpExpr>(dim);
      if (!collectFactors({product.getLHS(), product.getRHS()}, constant, factors))
        return false;
    } else {
      factors.push_back(dim);
    }
  }
  return true;
}

std::optional<Dim> nn::divideDims(ArrayRef<Dim> numerator, ArrayRef<Dim> denominator, MLIRContext *context) {
  int64_t a = 1, b = 1;
  SmallVector<Dim> above, below;
  if (!collectFactors(numerator, a, above) || !collectFactors(denominator, b, below) || b <= 0)
    return std::nullopt;
  llvm::erase_if(below, [&](Dim factor) {
    auto *same = llvm::find_if(above, [&](Dim other) { return sameDim(factor, other); });
    if (same == above.end())
      return false;
    above.erase(same);
    return true;
  });
  int64_t common = std::gcd(a, b);
  above.push_back(constDim(context, a / common));
  below.push_back(constDim(context, b / common));
  std::optional<Dim> top = productDims(above, context), bottom = productDims(below, context);
  if (!top || !bottom)
    return std::nullopt;
  if (getStatic(*bottom) == std::optional<int64_t>(1))
    return *top;
  return simplifyDim(*top).floorDiv(*bottom);
}

bool nn::provablyAtLeast(Dim dim, int64_t bound, ArrayRef<std::pair<int64_t, int64_t>> symbolBounds) {
  auto range = getBounds(simplifyDim(dim), symbolBounds);
  return range && range->first >= bound;
}

std::optional<SmallVector<std::pair<int64_t, int64_t>>> nn::symbolBoundsAround(Operation *op) {
  auto module = op->getParentOfType<ModuleOp>();
  if (!module)
    return std::nullopt;
  return getSymbolBounds(module);
}
