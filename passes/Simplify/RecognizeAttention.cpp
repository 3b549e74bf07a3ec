#include "passes/Simplify/Recognize.h"

using namespace mlir;
using namespace tenon;

//===----------------------------------------------------------------------===//
// Heads
//===----------------------------------------------------------------------===//

namespace {
/// Builds before one operator, and remembers if something could not be built.
struct ViewBuilder {
  OpBuilder b;
  Location loc;
  unsigned symbols;
  explicit ViewBuilder(Operation *op)
      : b(op), loc(op->getLoc()), symbols(nn::getSymbolBounds(op->getParentOfType<ModuleOp>()).size()) {}

  Value reshape(Value x, ArrayRef<nn::Dim> dims) {
    if (nn::getDims(x) == nn::Dims(dims))
      return x;
    auto shape = AffineMapAttr::get(AffineMap::get(0, symbols, dims, b.getContext()));
    return nn::create<nn::ReshapeOp>(b, loc, {x}, {b.getNamedAttr("shape", shape)})->getY();
  }
  Value transpose(Value x, ArrayRef<int64_t> perm) {
    if (llvm::equal(perm, llvm::seq<int64_t>(0, perm.size())))
      return x;
    auto order = b.getDenseI64ArrayAttr(perm);
    return nn::create<nn::TransposeOp>(b, loc, {x}, {b.getNamedAttr("perm", order)})->getY();
  }
};

/// A tensor as the source of a transpose and the order of its dimensions, or as itself.
struct Ordered {
  Value source;
  SmallVector<int64_t> perm;
  explicit Ordered(Value value)
      : source(value), perm(llvm::to_vector(llvm::seq<int64_t>(0, nn::getRank(value)))) {
    if (auto transpose = value.getDefiningOp<nn::TransposeOp>()) {
      source = transpose.getX();
      perm = SmallVector<int64_t>(transpose.getPerm());
    }
  }
};
} // namespace

/// What `heads`, (batch, heads, positions, size), is as (batch, positions, heads * size), if it is a view of
/// that with the heads moved to the front; else null.
static Value joinHeads(ViewBuilder &b, const Ordered &heads) {
  nn::Dims dims = nn::getDims(heads.source); // (batch, positions, heads, size)
  if (!llvm::equal(heads.perm, ArrayRef<int64_t>{0, 2, 1, 3}) || !nn::getStatic(dims[2]) ||
      !nn::getStatic(dims[3]))
    return {};
  Value rows = heads.source;
  if (auto view = rows.getDefiningOp<nn::ReshapeOp>())
    rows = view.getX();
  return b.reshape(rows, {dims[0], dims[1], dims[2] * dims[3]});
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// Takes multiplications with and divisions by numbers off `x`, into `scale`; each has one use.
static Value takeScale(Value x, double &scale) {
  while (x.hasOneUse()) {
    Operation *op = x.getDefiningOp();
    if (!isa_and_present<nn::MulOp, nn::DivOp>(op))
      break;
    unsigned number = 1;
    std::optional<double> factor = getNumber(op->getOperand(1));
    if (!factor && isa<nn::MulOp>(op))
      factor = getNumber(op->getOperand(number = 0));
    Value rest = op->getOperand(1 - number);
    if (!factor || *factor == 0 || rest.getType() != x.getType())
      break;
    scale = isa<nn::MulOp>(op) ? scale * *factor : scale / *factor;
    x = rest;
  }
  return x;
}

/// Whether adding `mask` hides from each query exactly the keys after it. Numbers below -1e8 count as hiding
/// if `fast`: no sum with a score is greater than the scores of what is not hidden.
static bool isCausal(Value mask, int64_t queries, int64_t keys, bool fast) {
  auto constant = mask.getDefiningOp<nn::ConstantOp>();
  if (!constant || queries != keys)
    return false;
  HostTensor t = HostTensor::fromAttr(constant.getValue());
  if (!t.isFloat() || numElements(t.shape()) != queries * keys)
    return false;
  constexpr double kHidden = -1e8;
  for (int64_t i = 0; i < queries; ++i)
    for (int64_t j = 0; j < keys; ++j) {
      double x = t.getF(i * keys + j);
      if (j <= i ? x != 0 : !(std::isinf(x) ? x < 0 : fast && x < kHidden))
        return false;
    }
  return true;
}

/// `x` of rank 3 or 4 as rank 4, without or with one head.
static Value withHeads(ViewBuilder &b, Value x) {
  nn::Dims dims = nn::getDims(x);
  if (dims.size() == 3)
    dims.insert(dims.begin() + 1, nn::constDim(x.getContext(), 1));
  return b.reshape(x, dims);
}

namespace {
/// What is between two matrix products that are an attention.
struct Scores {
  nn::MatMulOp first;
  Value mask; ///< null if there is none
  double scale = 1;
};
} // namespace

/// The scores whose softmax over the last dimension `probabilities` is: (q k' * scale) + mask.
static std::optional<Scores> findScores(Value probabilities) {
  auto softmax = probabilities.getDefiningOp<nn::SoftmaxOp>();
  int64_t rank = nn::getRank(probabilities);
  if (!softmax || !probabilities.hasOneUse() || softmax.getKind() != nn::SoftmaxKind::Softmax ||
      !llvm::equal(softmax.getAxes(), ArrayRef<int64_t>{rank - 1}))
    return std::nullopt;
  auto productOf = [](Value x, Scores &scores) {
    x = x.hasOneUse() ? takeScale(x, scores.scale) : x;
    scores.first = x.hasOneUse() ? x.getDefiningOp<nn::MatMulOp>() : nn::MatMulOp();
    return bool(scores.first);
  };
  Scores plain;
  if (productOf(softmax.getX(), plain))
    return plain;
  auto sum = softmax.getX().getDefiningOp<nn::AddOp>();
  if (!sum || !sum->hasOneUse())
    return std::nullopt;
  for (unsigned i : {0, 1}) {
    Scores scores;
    scores.mask = sum->getOperand(1 - i);
    if (sum->getOperand(i).getType() == sum->getResult(0).getType() && productOf(sum->getOperand(i), scores))
      return scores;
  }
  return std::nullopt;
}

/// A concatenation of two along the positions of (batch, heads, positions, size), used once; null if it is
/// none.
static nn::ConcatOp findPast(Value x) {
  auto concat = x.hasOneUse() ? x.getDefiningOp<nn::ConcatOp>() : nn::ConcatOp();
  return concat && concat.getAxis() == 2 && concat.getInputs().size() == 2 ? concat : nn::ConcatOp();
}

/// The one transpose that moves the heads of `y`, (batch, heads, positions, size), back behind the positions;
/// null if there is none.
static nn::TransposeOp findMoveBack(Value y) {
  auto transpose = y.hasOneUse() ? dyn_cast<nn::TransposeOp>(*y.user_begin()) : nn::TransposeOp();
  return transpose && llvm::equal(transpose.getPerm(), ArrayRef<int64_t>{0, 2, 1, 3}) ? transpose
                                                                                      : nn::TransposeOp();
}

bool tenon::recognizeAttention(Operation *op, bool fast) {
  auto second = dyn_cast<nn::MatMulOp>(op);
  std::optional<Scores> scores = second ? findScores(second.getA()) : std::nullopt;
  if (!scores)
    return false;
  Value y = second.getY(), v = second.getB(), q = takeScale(scores->first.getA(), scores->scale),
        turned = takeScale(scores->first.getB(), scores->scale);
  int64_t rank = nn::getRank(y);
  Type element = nn::getElementType(y);
  if ((rank != 3 && rank != 4) || nn::getRank(q) != rank || nn::getRank(turned) != rank ||
      nn::getRank(v) != rank || !(element.isF32() || element.isF64()))
    return false;
  // Of batches and heads, nothing is broadcast, and the number of heads is known.
  nn::Dims qDims = nn::getDims(q), kDims = nn::getDims(turned), vDims = nn::getDims(v);
  size_t outer = rank - 2;
  if (ArrayRef(qDims).take_front(outer) != ArrayRef(kDims).take_front(outer) ||
      ArrayRef(qDims).take_front(outer) != ArrayRef(vDims).take_front(outer) ||
      (rank == 4 && !nn::getStatic(qDims[1])))
    return false;
  auto queries = nn::getStatic(qDims[rank - 2]), keys = nn::getStatic(kDims[rank - 1]);
  Value mask = scores->mask;
  bool causal = false;
  if (mask) {
    nn::Dims maskDims = nn::getDims(mask);
    if (maskDims.empty() || maskDims.size() > size_t(rank) || maskDims.back() != kDims[rank - 1])
      return false;
    causal = queries && keys && isCausal(mask, *queries, *keys, fast);
    if (causal)
      mask = {};
  }

  ViewBuilder b(op);
  if (mask && rank == 3 && nn::getRank(mask) == 3)
    mask = withHeads(b, mask);
  q = withHeads(b, q);
  v = withHeads(b, v);
  // The keys, which the first product wants turned, as they were before.
  Ordered k(turned);
  std::swap(k.perm[rank - 2], k.perm[rank - 1]);
  if (rank == 3)
    k = Ordered(withHeads(b, b.transpose(k.source, k.perm)));
  int64_t heads = 0;
  nn::TransposeOp moveBack = rank == 4 ? findMoveBack(y) : nn::TransposeOp();
  bool single = nn::getStatic(nn::getDims(q)[1]) == 1;
  if (moveBack && !single) {
    Value rows[] = {joinHeads(b, Ordered(q)), joinHeads(b, k), joinHeads(b, Ordered(v))};
    if (rows[0] && rows[1] && rows[2]) {
      heads = *nn::getStatic(qDims[1]);
      q = rows[0];
      k = Ordered(rows[1]);
      v = rows[2];
    }
  }
  Value keyRows = heads ? k.source : b.transpose(k.source, k.perm), pastKey, pastValue;
  nn::ConcatOp allKeys = findPast(keyRows), allValues = findPast(v);
  if (!causal && allKeys && allValues && rank == 4 && !heads &&
      nn::getDims(allKeys.getInputs()[0])[2] == nn::getDims(allValues.getInputs()[0])[2]) {
    pastKey = allKeys.getInputs()[0];
    pastValue = allValues.getInputs()[0];
    keyRows = allKeys.getInputs()[1];
    v = allValues.getInputs()[1];
  }
  OpBuilder &builder = b.b;
  auto attention =
      nn::create<nn::AttentionOp>(builder, b.loc, {q, keyRows, v, mask, pastKey, pastValue, Value()},
                                  {builder.getNamedAttr("scale", builder.getF64FloatAttr(scores->scale)),
                                   builder.getNamedAttr("causal", builder.getBoolAttr(causal)),
                                   builder.getNamedAttr("q_heads", builder.getI64IntegerAttr(heads)),
                                   builder.getNamedAttr("kv_heads", builder.getI64IntegerAttr(heads)),
                                   builder.getNamedAttr("plain", builder.getBoolAttr(true))});
  if (failed(attention))
    return false;
  Value result = attention->getY();
  if (heads)
    moveBack.getY().replaceAllUsesWith(b.reshape(result, nn::getDims(moveBack.getY())));
  else
    y.replaceAllUsesWith(b.reshape(result, nn::getDims(y)));
  return true;
}
