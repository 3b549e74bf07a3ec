#include "dialects/NN/Recurrent.h"
#include "lib/Import/Translate.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::onnx_import;

/// The attributes that LSTM, GRU and RNN share. `defaults` are the activations of one direction.
static FailureOr<SmallVector<NamedAttribute>> recurrentAttrs(NodeImporter &n, ArrayRef<StringRef> defaults) {
  SmallVector<NamedAttribute> attrs;
  std::string direction = n.attrs.getString("direction", "forward").lower();
  attrs.push_back(n.attr("direction", StringRef(direction)));
  size_t directions = direction == "bidirectional" ? 2 : 1;
  SmallVector<std::string> names;
  if (n.attrs.has("activations"))
    for (StringRef name : n.attrs.getStrings("activations"))
      names.push_back(name.lower());
  if (names.empty())
    for (size_t d = 0; d < directions; ++d)
      for (StringRef name : defaults)
        names.push_back(name.str());
  // RNN's schema lists the defaults of both directions.
  if (names.size() > defaults.size() * directions)
    names.resize(defaults.size() * directions);
  // Alphas and betas are given in order, to those activations that have one; the rest take the defaults.
  ArrayRef<float> alphas = n.attrs.getFloats("activation_alpha", {}),
                  betas = n.attrs.getFloats("activation_beta", {});
  SmallVector<double> alpha, beta;
  auto take = [](ArrayRef<float> &values, double otherwise) {
    if (values.empty())
      return otherwise;
    double value = values.front();
    values = values.drop_front();
    return value;
  };
  for (const std::string &name : names) {
    std::optional<nn::Activation> activation = nn::parseActivation(name);
    if (!activation)
      return n.fail("expected a known activation, but got " + quoted(name));
    double a = 0, b = 0;
    switch (*activation) {
    case nn::Activation::Affine:
    case nn::Activation::ScaledTanh:
      a = take(alphas, 1);
      b = take(betas, *activation == nn::Activation::Affine ? 0 : 1);
      break;
    case nn::Activation::HardSigmoid:
      a = take(alphas, 0.2);
      b = take(betas, 0.5);
      break;
    case nn::Activation::LeakyRelu:
      a = take(alphas, 0.01);
      break;
    case nn::Activation::ThresholdedRelu:
    case nn::Activation::Elu:
      a = take(alphas, 1);
      break;
    default:
      break;
    }
    alpha.push_back(a);
    beta.push_back(b);
  }
  SmallVector<StringRef> refs(names.begin(), names.end());
  attrs.push_back(n.attr("activations", n.b.getStrArrayAttr(refs)));
  attrs.push_back(n.attr("alpha", n.b.getDenseF64ArrayAttr(alpha)));
  attrs.push_back(n.attr("beta", n.b.getDenseF64ArrayAttr(beta)));
  if (n.attrs.has("clip"))
    attrs.push_back(n.attr("clip", double(n.attrs.getFloat("clip", 0))));
  // Layout came with opset 14.
  if (n.attrs.getInt("layout", 0))
    attrs.push_back(n.attr("batch_major", n.b.getUnitAttr()));
  if (n.attrs.has("hidden_size") && n.in(2)) {
    int64_t size = n.attrs.getInt("hidden_size", 0);
    nn::Dims r = nn::getDims(n.in(2));
    if (r.size() == 3 && nn::getStatic(r[2]) != size)
      return n.fail("expected hidden_size to be " + nn::dimsToString(r[2]) + ", but got " + Twine(size));
  }
  return attrs;
}

/// Creates the op and sets the outputs that are wanted.
template <typename Op>
static LogicalResult finish(NodeImporter &n, size_t operands, ArrayRef<NamedAttribute> attrs,
                            unsigned results) {
  SmallVector<mlir::Value> values;
  for (size_t i = 0; i < operands; ++i)
    values.push_back(i < 3 ? n.require(i) : n.in(i));
  if (!values[0] || !values[1] || !values[2])
    return failure();
  for (auto [i, result] : llvm::enumerate(n.createMulti<Op>(values, attrs, results)))
    if (i < n.numOutputs())
      n.out(i, result);
  return success();
}

static LogicalResult translateLstm(NodeImporter &n) {
  FailureOr<SmallVector<NamedAttribute>> attrs = recurrentAttrs(n, {"sigmoid", "tanh", "tanh"});
  if (failed(attrs))
    return failure();
  if (n.attrs.getInt("input_forget", 0))
    attrs->push_back(n.attr("input_forget", n.b.getUnitAttr()));
  return finish<nn::LstmOp>(n, 8, *attrs, 3);
}

static LogicalResult translateGru(NodeImporter &n) {
  FailureOr<SmallVector<NamedAttribute>> attrs = recurrentAttrs(n, {"sigmoid", "tanh"});
  if (failed(attrs))
    return failure();
  if (n.attrs.getInt("linear_before_reset", 0))
    attrs->push_back(n.attr("linear_before_reset", n.b.getUnitAttr()));
  return finish<nn::GruOp>(n, 6, *attrs, 2);
}

static LogicalResult translateRnn(NodeImporter &n) {
  FailureOr<SmallVector<NamedAttribute>> attrs = recurrentAttrs(n, {"tanh"});
  if (failed(attrs))
    return failure();
  return finish<nn::RnnOp>(n, 6, *attrs, 2);
}

void onnx_import::populateRecurrent(Translators &translators) {
  translators.add("LSTM", translateLstm);
  translators.add("GRU", translateGru);
  translators.add("RNN", translateRnn);
}
