#include "dialects/NN/Shape.h"
#include "dialects/NN/NN.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tenon;

nn::Dims nn::getDims(RankedTensorType type) {
  Dims dims;
  auto encoding = dyn_cast_if_present<AffineMapAttr>(type.getEncoding());
  for (auto [i, extent] : llvm::enumerate(type.getShape()))
    dims.push_back(ShapedType::isDynamic(extent) && encoding
                       ? encoding.getValue().getResult(i)
                       : getAffineConstantExpr(extent, type.getContext()));
  return dims;
}

nn::Dims nn::getDims(Value value) {
  return getDims(cast<RankedTensorType>(value.getType()));
}

RankedTensorType nn::getTensorType(ArrayRef<Dim> dims, Type elementType) {
  SmallVector<int64_t> shape;
  unsigned symbols = 0;
  for (Dim dim : dims) {
    shape.push_back(getStatic(dim).value_or(ShapedType::kDynamic));
    dim.walk([&](AffineExpr expr) {
      if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
        symbols = std::max(symbols, symbol.getPosition() + 1);
    });
  }
  if (!symbols)
    return RankedTensorType::get(shape, elementType);
  return RankedTensorType::get(
      shape, elementType, AffineMapAttr::get(AffineMap::get(0, symbols, dims, elementType.getContext())));
}

Type nn::getElementType(Value value) {
  return cast<RankedTensorType>(value.getType()).getElementType();
}
int64_t nn::getRank(Value value) {
  return cast<RankedTensorType>(value.getType()).getRank();
}
nn::Dim nn::constDim(MLIRContext *context, int64_t value) {
  return getAffineConstantExpr(value, context);
}

std::optional<int64_t> nn::getStatic(Dim dim) {
  if (auto constant = dyn_cast<AffineConstantExpr>(dim))
    return constant.getValue();
  return std::nullopt;
}

std::optional<SmallVector<int64_t>> nn::getStatic(ArrayRef<Dim> dims) {
  SmallVector<int64_t> shape;
  for (Dim dim : dims) {
    if (!getStatic(dim))
      return std::nullopt;
    shape.push_back(*getStatic(dim));
  }
  return shape;
}

bool nn::isStatic(ArrayRef<Dim> dims) {
  return getStatic(dims).has_value();
}

nn::Dim nn::numElements(ArrayRef<Dim> dims, MLIRContext *context) {
  Dim product = constDim(context, 1);
  for (Dim dim : dims)
    product = product * dim;
  return product;
}

std::optional<int64_t> nn::evaluate(Dim dim, ArrayRef<int64_t> symbols) {
  if (auto constant = dyn_cast<AffineConstantExpr>(dim))
    return constant.getValue();
  if (auto symbol = dyn_cast<AffineSymbolExpr>(dim))
    return symbol.getPosition() < symbols.size() ? std::optional(symbols[symbol.getPosition()])
                                                 : std::nullopt;
  auto binary = dyn_cast<AffineBinaryOpExpr>(dim);
  if (!binary)
    return std::nullopt;
  std::optional<int64_t> a = evaluate(binary.getLHS(), symbols), b = evaluate(binary.getRHS(), symbols);
  if (!a || !b)
    return std::nullopt;
  int64_t result;
  switch (dim.getKind()) {
  case AffineExprKind::Add:
    return llvm::AddOverflow(*a, *b, result) ? std::nullopt : std::optional(result);
  case AffineExprKind::Mul:
    return llvm::MulOverflow(*a, *b, result) ? std::nullopt : std::optional(result);
  case AffineExprKind::FloorDiv:
    return *b <= 0 ? std::nullopt : std::optional(llvm::divideFloorSigned(*a, *b));
  case AffineExprKind::CeilDiv:
    return *b <= 0 ? std::nullopt : std::optional(llvm::divideCeilSigned(*a, *b));
  case AffineExprKind::Mod:
    return *b <= 0 ? std::nullopt : std::optional(llvm::mod(*a, *b));
  default:
    return std::nullopt;
  }
}

std::optional<SmallVector<int64_t>> nn::evaluate(ArrayRef<Dim> dims, ArrayRef<int64_t> symbols) {
  SmallVector<int64_t> shape;
  for (Dim dim : dims) {
    std::optional<int64_t> extent = evaluate(dim, symbols);
    if (!extent || *extent < 0)
      return std::nullopt;
    shape.push_back(*extent);
  }
  return shape;
}

std::optional<std::pair<int64_t, int64_t>> nn::getBounds(Dim dim,
                                                         ArrayRef<std::pair<int64_t, int64_t>> symbolBounds) {
  using Range = std::pair<int64_t, int64_t>;
  if (auto constant = dyn_cast<AffineConstantExpr>(dim))
    return Range(constant.getValue(), constant.getValue());
  if (auto symbol = dyn_cast<AffineSymbolExpr>(dim))
    return symbol.getPosition() < symbolBounds.size() ? std::optional(symbolBounds[symbol.getPosition()])
                                                      : std::nullopt;
  auto binary = dyn_cast<AffineBinaryOpExpr>(dim);
  if (!binary)
    return std::nullopt;
  std::optional<Range> a = getBounds(binary.getLHS(), symbolBounds),
                       b = getBounds(binary.getRHS(), symbolBounds);
  if (!a || !b)
    return std::nullopt;
  // Every operator here is monotone in each argument (for a positive divisor), so corners suffice; `mod` is
  // not.
  if (dim.getKind() == AffineExprKind::Mod) {
    if (b->first <= 0)
      return std::nullopt;
    if (a->first >= 0 && a->second < b->first)
      return a;
    return Range(0, b->second - 1);
  }
  std::optional<Range> range;
  for (int64_t x : {a->first, a->second})
    for (int64_t y : {b->first, b->second}) {
      int64_t value = 0;
      bool bad = false;
      switch (dim.getKind()) {
      case AffineExprKind::Add:
        bad = llvm::AddOverflow(x, y, value);
        break;
      case AffineExprKind::Mul:
        bad = llvm::MulOverflow(x, y, value);
        break;
      case AffineExprKind::FloorDiv:
        bad = y <= 0;
        value = bad ? 0 : llvm::divideFloorSigned(x, y);
        break;
      default:
        bad = y <= 0;
        value = bad ? 0 : llvm::divideCeilSigned(x, y);
      }
      if (bad)
        return std::nullopt;
      range =
          range ? Range(std::min(range->first, value), std::max(range->second, value)) : Range(value, value);
    }
  return range;
}

SmallVector<std::pair<int64_t, int64_t>> nn::getSymbolBounds(ModuleOp module) {
  SmallVector<std::pair<int64_t, int64_t>> bounds;
  if (auto symbols = module->getAttrOfType<ArrayAttr>(NNDialect::kSymbolsAttr))
    for (Attribute attr : symbols)
      if (auto symbol = dyn_cast<SymbolAttr>(attr))
        bounds.emplace_back(symbol.getMin(), symbol.getMax());
  return bounds;
}

FailureOr<nn::Dims> nn::broadcastDims(ArrayRef<Dim> a, ArrayRef<Dim> b) {
  if (a.size() < b.size())
    std::swap(a, b);
  Dims out(a.begin(), a.end());
  for (size_t i = 0; i < b.size(); ++i) {
    Dim &x = out[a.size() - b.size() + i];
    if (x == b[i] || getStatic(b[i]) == 1)
      continue;
    if (getStatic(x) != 1)
      return failure();
    x = b[i];
  }
  return out;
}

std::string nn::dimsToString(ArrayRef<Dim> dims) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(dims, os, "x");
  return text.empty() ? "scalar" : text;
}

std::optional<int64_t> nn::normalizeAxis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank)
    return std::nullopt;
  return axis < 0 ? axis + rank : axis;
}

static bool countNodes(nn::Dim dim, int64_t &left) {
  if (--left < 0)
    return false;
  auto binary = dyn_cast<AffineBinaryOpExpr>(dim);
  return !binary || (countNodes(binary.getLHS(), left) && countNodes(binary.getRHS(), left));
}

bool nn::isSmall(Dim dim, int64_t limit) {
  return countNodes(dim, limit);
}
