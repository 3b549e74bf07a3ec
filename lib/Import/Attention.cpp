#include "lib/Import/MovementHelpers.h"
#include <cmath>

using namespace mlir;
using namespace tenon;
using nn::AttentionScores;
using onnx_import::NodeImporter;
using onnx_import::Translators;

/// 1 / sqrt(size of a head), where the last dimension of `x` holds `heads` of them.
static FailureOr<double> defaultScale(NodeImporter &n, mlir::Value x, int64_t heads) {
  nn::Dims dims = nn::getDims(x);
  std::optional<int64_t> last = dims.empty() ? std::nullopt : nn::getStatic(dims.back());
  if (!last || *last < heads || heads < 1)
    return n.fail("expected a static size of heads, but got " + nn::dimsToString(dims));
  return 1 / std::sqrt(double(*last / heads));
}

/// The precision of the softmax is at least f32 here; the attribute is checked and has no further effect.
static LogicalResult checkSoftmaxPrecision(NodeImporter &n) {
  int64_t precision = n.attrs.getInt("softmax_precision", 1);
  if (!llvm::is_contained({1, 10, 11, 16}, precision))
    return n.fail("expected softmax_precision 1, 10, 11 or 16, but got " + Twine(precision));
  return success();
}

static LogicalResult importAttention(NodeImporter &n) {
  mlir::Value q = n.require(0), k = n.require(1), v = n.require(2);
  int64_t qHeads = n.attrs.getInt("q_num_heads", 0), kvHeads = n.attrs.getInt("kv_num_heads", 0);
  bool causal = n.attrs.getInt("is_causal", 0) != 0;
  float softcap = n.attrs.getFloat("softcap", 0), givenScale = n.attrs.getFloat("scale", 0);
  int64_t mode = n.attrs.getInt("qk_matmul_output_mode", 0);
  int64_t left = n.attrs.getInt("left_window_size", -1), right = n.attrs.getInt("right_window_size", -1);
  if (!q || !k || !v || failed(checkSoftmaxPrecision(n)))
    return failure();
  if (mode < 0 || mode > 3)
    return n.fail("expected qk_matmul_output_mode 0 to 3, but got " + Twine(mode));
  if (left < -1 || right < -1)
    return n.fail("expected window sizes of -1 or more, but got " + Twine(left) + " and " + Twine(right));
  // Operands of rank 4 have their heads in their shape.
  if (nn::getRank(q) == 4)
    qHeads = kvHeads = 0;
  double scale = givenScale;
  if (!n.attrs.has("scale")) {
    FailureOr<double> computed = defaultScale(n, q, qHeads ? qHeads : 1);
    if (failed(computed))
      return failure();
    scale = *computed;
  }
  static constexpr AttentionScores kStages[] = {AttentionScores::Raw, AttentionScores::Capped,
                                                AttentionScores::Biased, AttentionScores::Probabilities};
  AttentionScores scores = n.wants(3) ? kStages[mode] : AttentionScores::None;
  bool present = n.wants(1) || n.wants(2);
  SmallVector<mlir::Value> results = n.createMulti<nn::AttentionOp>(
      {q, k, v, n.in(3), n.in(4), n.in(5), n.in(6)},
      {n.attr("scale", scale), n.attr("softcap", double(softcap)), n.attr("causal", causal),
       n.attr("left_window", left), n.attr("right_window", right), n.attr("q_heads", qHeads),
       n.attr("kv_heads", kvHeads), n.attr("present", present),
       n.attr("scores", nn::AttentionScoresAttr::get(n.b.getContext(), scores))},
      1 + 2 * present + (scores != AttentionScores::None));
  if (results.empty())
    return failure();
  n.out(0, results[0]);
  if (present) {
    n.out(1, results[1]);
    n.out(2, results[2]);
  }
  if (scores != AttentionScores::None)
    n.out(3, results.back());
  return success();
}

static LogicalResult importRotaryEmbedding(NodeImporter &n) {
  mlir::Value x = n.require(0), cos = n.require(1), sin = n.require(2);
  int64_t heads = n.attrs.getInt("num_heads", 0), dim = n.attrs.getInt("rotary_embedding_dim", 0);
  bool interleaved = n.attrs.getInt("interleaved", 0) != 0;
  if (!x || !cos || !sin)
    return failure();
  nn::Dims dims = nn::getDims(x);
  if (dims.size() == 4)
    heads = 0;
  else if (heads < 1)
    return n.fail("expected num_heads with an operand of rank 3, but got " + Twine(heads));
  std::optional<int64_t> last = dims.empty() ? std::nullopt : nn::getStatic(dims.back());
  if (!last)
    return n.fail("expected a static size of heads, but got " + nn::dimsToString(dims));
  if (dim == 0)
    dim = heads ? *last / heads : *last;
  n.out(0,
        n.create<nn::RotaryEmbeddingOp>({x, cos, sin, n.in(3)}, {n.attr("dim", dim), n.attr("heads", heads),
                                                                 n.attr("interleaved", interleaved)}));
  return success();
}

static LogicalResult importTensorScatter(NodeImporter &n) {
  mlir::Value cache = n.require(0), update = n.require(1);
  int64_t axis = n.attrs.getInt("axis", -2);
  StringRef mode = n.attrs.getString("mode", "linear");
  if (mode != "linear" && mode != "circular")
    return n.fail("expected mode linear or circular, but got " + onnx_import::quoted(mode));
  if (!cache || !update)
    return failure();
  std::optional<int64_t> positive = nn::normalizeAxis(axis, nn::getRank(cache));
  if (!positive)
    return n.fail("expected an axis of rank " + Twine(nn::getRank(cache)) + ", but got " + Twine(axis));
  n.out(0, n.create<nn::CacheUpdateOp>({cache, update, n.in(2)},
                                       {n.attr("axis", *positive), n.attr("circular", mode == "circular")}));
  return success();
}

static LogicalResult importLinearAttention(NodeImporter &n) {
  mlir::Value q = n.require(0), k = n.require(1), v = n.require(2), decay = n.in(4), beta = n.in(5);
  int64_t qHeads = n.attrs.requireInt("q_num_heads"), kvHeads = n.attrs.requireInt("kv_num_heads");
  StringRef rule = n.attrs.getString("update_rule", "gated_delta");
  double scale = n.attrs.getFloat("scale", 0);
  // How the steps are grouped does not change what is computed.
  n.attrs.ignore("chunk_size");
  if (!q || !k || !v)
    return failure();
  if (!llvm::is_contained({"linear", "gated", "delta", "gated_delta"}, rule))
    return n.fail("expected update_rule linear, gated, delta or gated_delta, but got " +
                  onnx_import::quoted(rule));
  if (bool(decay) != rule.starts_with("gated") || bool(beta) != rule.ends_with("delta"))
    return n.fail(
        "expected a decay with gated rules only and a beta with delta rules only, but the rule is " +
        onnx_import::quoted(rule));
  if (scale == 0) {
    FailureOr<double> computed = defaultScale(n, q, qHeads);
    if (failed(computed))
      return failure();
    scale = *computed;
  }
  SmallVector<mlir::Value> results = n.createMulti<nn::LinearAttentionOp>(
      {q, k, v, n.in(3), decay, beta},
      {n.attr("q_heads", qHeads), n.attr("kv_heads", kvHeads), n.attr("scale", scale)}, 2);
  for (auto [i, result] : llvm::enumerate(results))
    n.out(i, result);
  return success(!results.empty());
}

/// What a modifier subgraph of FlexAttention makes of `x`; `x` itself without one.
static mlir::Value modify(NodeImporter &n, const onnx_import::Graph *body, mlir::Value x, StringRef what) {
  if (!body || !x)
    return x;
  if (body->inputs().size() != 1 || body->outputs().size() != 1) {
    (void)n.fail("expected a " + what + " of one input and one output, but got " +
                 Twine(body->inputs().size()) + " and " + Twine(body->outputs().size()));
    return {};
  }
  FailureOr<SmallVector<mlir::Value>> results = n.inlineGraph(*body, x);
  if (failed(results))
    return {};
  mlir::Value y = results->front();
  if (y.getType() != x.getType()) {
    (void)n.fail("expected a " + what + " that keeps the shape " + nn::dimsToString(nn::getDims(x)) +
                 " and the type, but got " + nn::dimsToString(nn::getDims(y)));
    return {};
  }
  return y;
}

/// Attention with subgraphs between the scores, the softmax and the second product. Without subgraphs it is
/// nn.attention; with them it is written out, since they see the scores of all positions.
static LogicalResult importFlexAttention(NodeImporter &n) {
  mlir::Value q = n.require(0), k = n.require(1), v = n.require(2);
  const onnx_import::Graph *scoreMod = n.attrs.getGraph("score_mod"), *probMod = n.attrs.getGraph("prob_mod");
  float givenScale = n.attrs.getFloat("scale", 0);
  bool hasScale = n.attrs.has("scale"), hasPrecision = n.attrs.has("softmax_precision");
  int64_t precision = n.attrs.getInt("softmax_precision", 1);
  if (!q || !k || !v || failed(checkSoftmaxPrecision(n)))
    return failure();
  Type element = nn::getElementType(q);
  nn::Dims qDims = nn::getDims(q), kDims = nn::getDims(k), vDims = nn::getDims(v);
  if (qDims.size() != 4 || kDims.size() != 4 || vDims.size() != 4 || !isa<FloatType>(element))
    return n.fail("expected floats of rank 4, but got " + nn::dimsToString(qDims) + ", " +
                  nn::dimsToString(kDims) + " and " + nn::dimsToString(vDims));
  double scale = givenScale;
  if (!hasScale) {
    FailureOr<double> computed = defaultScale(n, q, 1);
    if (failed(computed))
      return failure();
    scale = *computed;
  }
  if (!scoreMod && !probMod) {
    SmallVector<mlir::Value> results = n.createMulti<nn::AttentionOp>(
        {q, k, v, {}, {}, {}, {}},
        {n.attr("scale", scale), n.attr("softcap", 0.0), n.attr("causal", false),
         n.attr("left_window", int64_t(-1)), n.attr("right_window", int64_t(-1)),
         n.attr("q_heads", int64_t(0)), n.attr("kv_heads", int64_t(0)), n.attr("present", false),
         n.attr("scores", nn::AttentionScoresAttr::get(n.b.getContext(), AttentionScores::None))},
        1);
    if (results.empty())
      return failure();
    n.out(0, results[0]);
    return success();
  }

  Type work = element.isF64() ? element : n.b.getF32Type();
  if (hasPrecision) {
    FailureOr<Type> chosen = n.elementType(precision);
    if (failed(chosen))
      return failure();
    work = *chosen;
  }
  auto cast = [&](mlir::Value x, Type type) {
    return !x || nn::getElementType(x) == type ? x
                                               : n.create<nn::CastOp>({x}, n.attr("to", TypeAttr::get(type)));
  };
  std::optional<int64_t> qHeads = nn::getStatic(qDims[1]), kvHeads = nn::getStatic(kDims[1]);
  if (!qHeads || !kvHeads || *kvHeads < 1 || *qHeads % *kvHeads || vDims[1] != kDims[1])
    return n.fail("expected heads of the query that are a multiple of those of key and value, but got " +
                  nn::dimsToString(qDims[1]) + ", " + nn::dimsToString(kDims[1]) + " and " +
                  nn::dimsToString(vDims[1]));
  // The heads that share a key and value are a dimension of their own, along which those are broadcast.
  bool grouped = *qHeads != *kvHeads;
  nn::Dim group = onnx_import::dimOf(n, *qHeads / *kvHeads), one = onnx_import::dimOf(n, 1);
  auto grouping = [&](mlir::Value x, nn::Dim heads) {
    if (!grouped || !x)
      return x;
    nn::Dims dims = nn::getDims(x);
    return onnx_import::reshapeTo(n, x, {dims[0], kDims[1], heads, dims[2], dims[3]});
  };
  auto ungrouping = [&](mlir::Value x) {
    if (!grouped || !x)
      return x;
    nn::Dims dims = nn::getDims(x);
    return onnx_import::reshapeTo(n, x, {dims[0], qDims[1], dims[3], dims[4]});
  };
  auto product = [&](mlir::Value a, mlir::Value b) {
    return a && b ? ungrouping(n.create<nn::MatMulOp>({grouping(a, group), grouping(b, one)}))
                  : mlir::Value();
  };
  // The scores are never computed in less than the precision of the operands.
  unsigned width = element.getIntOrFloatBitWidth();
  Type scoreType = work.getIntOrFloatBitWidth() > width ? work : element;
  mlir::Value transposed = onnx_import::transposeOf(n, cast(k, scoreType), {0, 1, 3, 2});
  mlir::Value scores = product(cast(q, scoreType), transposed);
  if (!scores)
    return failure();
  scores = cast(n.create<nn::MulOp>({scores, n.scalar(scoreType, scale)}), work);
  scores = modify(n, scoreMod, scores, "score_mod");
  if (!scores)
    return failure();
  mlir::Value probabilities = n.create<nn::SoftmaxOp>(
      {scores}, {n.attr("kind", nn::SoftmaxKindAttr::get(n.b.getContext(), nn::SoftmaxKind::Softmax)),
                 n.attr("axes", ArrayRef<int64_t>{3})});
  probabilities = modify(n, probMod, probabilities, "prob_mod");
  n.out(0, cast(product(probabilities, cast(v, work)), nn::getElementType(v)));
  return success();
}

void onnx_import::populateAttention(Translators &translators) {
  translators.add("Attention", importAttention);
  translators.add("RotaryEmbedding", importRotaryEmbedding);
  translators.add("TensorScatter", importTensorScatter);
  translators.add("LinearAttention", importLinearAttention);
  translators.add("FlexAttention", importFlexAttention, "ai.onnx.preview");
}
