#include "lib/Import/GraphImporter.h"
#include "lib/Import/MovementHelpers.h"
#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::onnx_import;

//===-- Conversions ------------------------------------------------------------------------------------===//

static mlir::Value castTo(NodeImporter &n, mlir::Value x, Type to) {
  return !x || nn::getElementType(x) == to ? x : n.create<nn::CastOp>({x}, n.attr("to", TypeAttr::get(to)));
}

static LogicalResult castWithAttributes(NodeImporter &n, mlir::Value x, Type to) {
  bool saturate = n.attrs.getInt("saturate", 1) != 0;
  StringRef rounding = n.attrs.getString("round_mode", "up");
  n.out(0, nn::getElementType(x) == to
               ? x
               : n.create<nn::CastOp>({x}, {n.attr("to", TypeAttr::get(to)), n.attr("saturate", saturate),
                                            n.attr("rounding", rounding)}));
  return success();
}

static LogicalResult translateCast(NodeImporter &n) {
  FailureOr<Type> to = n.elementType(n.attrs.requireInt("to"));
  mlir::Value x = n.require(0);
  return failed(to) || !x ? failure() : castWithAttributes(n, x, *to);
}

static LogicalResult castLike(NodeImporter &n) {
  mlir::Value x = n.require(0), like = n.require(1);
  return !x || !like ? failure() : castWithAttributes(n, x, nn::getElementType(like));
}

static LogicalResult bitCast(NodeImporter &n) {
  FailureOr<Type> to = n.elementType(n.attrs.requireInt("to"));
  if (failed(to))
    return failure();
  n.out(0, n.create<nn::BitcastOp>({n.require(0)}, n.attr("to", TypeAttr::get(*to))));
  return success();
}

static LogicalResult identity(NodeImporter &n) {
  n.out(0, n.require(0));
  return success();
}

/// Inference: the data itself. Training is accepted where it comes to the same.
static LogicalResult dropout(NodeImporter &n) {
  mlir::Value x = n.require(0);
  if (!x)
    return failure();
  if (n.opset() < 12)
    (void)n.attrs.getFloat("ratio", 0.5f);
  else
    n.attrs.ignore("seed");
  if (mlir::Value training = n.in(2)) {
    FailureOr<int64_t> isTraining = n.scalarInt(training, "training_mode");
    if (failed(isTraining))
      return failure();
    if (*isTraining) {
      double ratio = 0.5;
      if (mlir::Value given = n.in(1)) {
        FailureOr<HostTensor> value = n.constant(given, "ratio");
        if (failed(value))
          return failure();
        if (value->size() != 1)
          return n.fail("expected one element in the operand 'ratio', but got " + llvm::Twine(value->size()));
        ratio = value->getF(0);
      }
      if (ratio != 0)
        return n.fail("random dropout is not supported; set training_mode to false");
    }
  }
  n.out(0, x);
  if (n.wants(1)) {
    // Before opset 10 the mask has the data's type.
    Type type = n.opset() < 10 ? nn::getElementType(x) : n.b.getI1Type();
    n.out(1, broadcastTo(n, n.scalar(type, 1), nn::getDims(x)));
  }
  return success();
}

//===-- Tensors from attributes and shapes -------------------------------------------------------------===//

static LogicalResult constant(NodeImporter &n) {
  auto ints = [&](ArrayRef<int64_t> values, bool scalar) {
    HostTensor tensor(n.b.getI64Type(),
                      scalar ? ArrayRef<int64_t>() : ArrayRef<int64_t>(int64_t(values.size())));
    for (auto [i, value] : llvm::enumerate(values))
      tensor.setI(i, value);
    n.out(0, n.constant(tensor));
  };
  auto floats = [&](ArrayRef<float> values, bool scalar) {
    HostTensor tensor(n.b.getF32Type(),
                      scalar ? ArrayRef<int64_t>() : ArrayRef<int64_t>(int64_t(values.size())));
    for (auto [i, value] : llvm::enumerate(values))
      tensor.setF(i, value);
    n.out(0, n.constant(tensor));
  };
  SmallVector<StringRef> given = n.node.attributeNames();
  if (given.size() != 1)
    return n.fail("expected one attribute, but got " + llvm::Twine(given.size()));
  StringRef name = given.front();
  if (name == "value_int")
    ints(n.attrs.requireInt(name), true);
  else if (name == "value_ints")
    ints(n.attrs.requireInts(name), false);
  else if (name == "value_float")
    floats(n.attrs.requireFloat(name), true);
  else if (name == "value_floats")
    floats(n.attrs.getFloats(name, {}), false);
  else if (name == "value" || name == "sparse_value") {
    std::optional<onnx_import::Tensor> tensor = n.attrs.getTensor(name);
    if (!tensor)
      return success(); // the attributes tell why
    llvm::Expected<HostTensor> value = readTensor(n.b.getContext(), *tensor);
    if (!value)
      return n.fail(llvm::toString(value.takeError()));
    n.out(0, n.constant(*value));
  } else
    return n.fail("constants given by attribute " + quoted(name) + " are not supported");
  return success();
}

static LogicalResult constantOfShape(NodeImporter &n) {
  FailureOr<nn::Dims> dims = n.dims(n.require(0), "input");
  if (failed(dims))
    return failure();
  HostTensor value(n.b.getF32Type(), {});
  if (n.attrs.has("value")) {
    std::optional<onnx_import::Tensor> tensor = n.attrs.getTensor("value");
    if (!tensor)
      return success(); // the attributes tell why
    llvm::Expected<HostTensor> given = readTensor(n.b.getContext(), *tensor);
    if (!given)
      return n.fail(llvm::toString(given.takeError()));
    if (given->size() != 1)
      return n.fail("expected a value of one element, but got " + llvm::Twine(given->size()));
    value = given->reshaped({});
  }
  n.out(0, broadcastTo(n, n.constant(value), *dims));
  return success();
}

static LogicalResult shape(NodeImporter &n) {
  mlir::Value x = n.require(0);
  if (!x)
    return failure();
  nn::Dims dims = nn::getDims(x);
  int64_t rank = dims.size();
  // Ends beyond the rank are moved to it.
  auto position = [&](StringRef name, int64_t absent) {
    int64_t value = n.attrs.getInt(name, absent);
    return std::clamp<int64_t>(value < 0 ? value + rank : value, 0, rank);
  };
  int64_t start = position("start", 0), end = position("end", rank);
  n.out(0, n.dimTensor(ArrayRef(dims).slice(start, std::max<int64_t>(end - start, 0))));
  return success();
}

static LogicalResult numberOfElements(NodeImporter &n) {
  mlir::Value x = n.require(0);
  if (!x)
    return failure();
  mlir::Value count = n.dimTensor(nn::numElements(nn::getDims(x), n.b.getContext()));
  n.out(0, count ? reshapeTo(n, count, {}) : count);
  return success();
}

/// An nn.iota of `dims` along `dim`.
static mlir::Value iota(NodeImporter &n, ArrayRef<nn::Dim> dims, int64_t dim) {
  return n.create<nn::IotaOp>(
      {}, {n.attr("shape", Attribute(nn::shapeMap(dims, n.b.getContext()))), n.attr("dim", dim)});
}

/// The length of a range of integers, ceil((limit - start) / delta), at least 0.
static FailureOr<nn::Dim> rangeLength(NodeImporter &n, nn::Dim start, nn::Dim limit, nn::Dim step) {
  std::optional<int64_t> delta = nn::getStatic(step);
  if (!delta)
    return n.fail("the operand 'delta' must not depend on symbolic dimensions");
  if (*delta == 0)
    return n.fail("expected a delta that is not zero");
  std::optional<int64_t> from = nn::getStatic(start), to = nn::getStatic(limit);
  if (from && to) {
    Int span = *delta > 0 ? Int(*to) - *from : Int(*from) - *to,
        width = *delta > 0 ? Int(*delta) : -Int(*delta);
    Int count = span <= 0 ? Int(0) : (span + width - 1) / width;
    if (count > Int(INT64_MAX))
      return n.fail("the range has more than 2^63 elements");
    return dimOf(n, int64_t(count));
  }
  if (*delta == INT64_MIN)
    return n.fail("expected a delta of moderate size");
  nn::Dim span = *delta > 0 ? limit - start : start - limit;
  auto bounds = nn::getBounds(span, symbolBounds(n));
  if (!nn::isSmall(span) || !bounds || bounds->first < 0)
    return n.fail("cannot prove that the range of symbolic length " + nn::dimsToString({span}) +
                  " is never negative");
  return span.ceilDiv(std::abs(*delta));
}

static LogicalResult range(NodeImporter &n) {
  mlir::Value start = n.require(0), limit = n.require(1), delta = n.require(2);
  if (!start || !limit || !delta)
    return failure();
  for (mlir::Value operand : {start, limit, delta})
    if (nn::getStatic(nn::numElements(nn::getDims(operand), n.b.getContext())) != 1)
      return n.fail("expected operands of one element, but got " + nn::dimsToString(nn::getDims(operand)));
  Type type = nn::getElementType(start);
  nn::Dim count;
  if (isa<IntegerType>(type)) {
    FailureOr<nn::Dims> from = n.dims(start, "start"), to = n.dims(limit, "limit"),
                        step = n.dims(delta, "delta");
    if (failed(from) || failed(to) || failed(step))
      return failure();
    FailureOr<nn::Dim> length = rangeLength(n, from->front(), to->front(), step->front());
    if (failed(length))
      return failure();
    count = *length;
  } else {
    FailureOr<HostTensor> from = n.constant(start, "start"), to = n.constant(limit, "limit"),
                          step = n.constant(delta, "delta");
    if (failed(from) || failed(to) || failed(step))
      return failure();
    double length = std::ceil((to->getF(0) - from->getF(0)) / step->getF(0));
    if (!(length < 0x1p40))
      return n.fail("expected a range of finite length");
    count = dimOf(n, length < 0 ? 0 : int64_t(length));
  }
  mlir::Value index = castTo(n, iota(n, {count}, 0), type);
  n.out(0, n.create<nn::AddOp>({asScalar(n, start), n.create<nn::MulOp>({index, asScalar(n, delta)})}));
  return success();
}

static LogicalResult eyeLike(NodeImporter &n) {
  mlir::Value x = n.require(0);
  if (!x)
    return failure();
  nn::Dims dims = nn::getDims(x);
  if (dims.size() != 2)
    return n.fail("expected rank 2, but got " + llvm::Twine(dims.size()));
  Type type = nn::getElementType(x);
  if (n.attrs.has("dtype")) {
    FailureOr<Type> given = n.elementType(n.attrs.requireInt("dtype"));
    if (failed(given))
      return failure();
    type = *given;
  }
  HostTensor k(n.b.getI64Type(), {});
  k.setI(0, n.attrs.getInt("k", 0));
  mlir::Value column = n.create<nn::AddOp>({iota(n, dims, 0), n.constant(k)});
  n.out(0, castTo(n, n.create<nn::EqualOp>({iota(n, dims, 1), column}), type));
  return success();
}

//===-- Quantization -----------------------------------------------------------------------------------===//

/// The attributes that say what a scale applies to.
static FailureOr<SmallVector<NamedAttribute>> granularity(NodeImporter &n, mlir::Value x, mlir::Value scale) {
  int64_t axis = n.opset() < 13 ? 1 : n.attrs.getInt("axis", 1), block = n.attrs.getInt("block_size", 0);
  int64_t rank = nn::getRank(x);
  if (nn::getStatic(nn::numElements(nn::getDims(scale), n.b.getContext())) == 1 && block == 0)
    axis = 0;
  std::optional<int64_t> normal = rank ? nn::normalizeAxis(axis, rank) : 0;
  if (!normal)
    return n.fail("expected an axis from " + llvm::Twine(-rank) + " to " + llvm::Twine(rank - 1) +
                  ", but got " + llvm::Twine(axis));
  if (nn::getRank(scale) != rank)
    block = 0;
  return SmallVector<NamedAttribute>{n.attr("axis", *normal), n.attr("block_size", block)};
}

static LogicalResult quantizeLinear(NodeImporter &n) {
  mlir::Value x = n.require(0), scale = n.require(1), zero = n.in(2);
  if (!x || !scale)
    return failure();
  FailureOr<SmallVector<NamedAttribute>> attributes = granularity(n, x, scale);
  if (failed(attributes))
    return failure();
  auto typeAttribute = [&](StringRef name, Type absent) -> FailureOr<Type> {
    int64_t given = n.attrs.getInt(name, 0);
    return given ? n.elementType(given) : FailureOr<Type>(absent);
  };
  Type byte = n.b.getIntegerType(8, /*isSigned=*/false);
  FailureOr<Type> to = typeAttribute("output_dtype", zero ? nn::getElementType(zero) : byte);
  // Scales of few bits are no precision to divide in.
  Type scaleType = nn::getElementType(scale);
  bool narrow = scaleType.getIntOrFloatBitWidth() <= 8;
  FailureOr<Type> precision =
      typeAttribute("precision", !narrow                                 ? scaleType
                                 : isa<FloatType>(nn::getElementType(x)) ? nn::getElementType(x)
                                                                         : Type(n.b.getF32Type()));
  if (failed(to) || failed(precision))
    return failure();
  attributes->push_back(n.attr("to", TypeAttr::get(*to)));
  attributes->push_back(n.attr("precision", TypeAttr::get(*precision)));
  attributes->push_back(n.attr("saturate", n.attrs.getInt("saturate", 1) != 0));
  n.out(0, n.create<nn::QuantizeLinearOp>({x, scale, zero}, *attributes));
  return success();
}

static LogicalResult dequantizeLinear(NodeImporter &n) {
  mlir::Value x = n.require(0), scale = n.require(1), zero = n.in(2);
  if (!x || !scale)
    return failure();
  FailureOr<SmallVector<NamedAttribute>> attributes = granularity(n, x, scale);
  if (failed(attributes))
    return failure();
  Type to = nn::getElementType(scale);
  if (int64_t given = n.attrs.getInt("output_dtype", 0)) {
    FailureOr<Type> type = n.elementType(given);
    if (failed(type))
      return failure();
    to = *type;
  }
  attributes->push_back(n.attr("to", TypeAttr::get(to)));
  n.out(0, n.create<nn::DequantizeLinearOp>({x, scale, zero}, *attributes));
  return success();
}

static LogicalResult dynamicQuantizeLinear(NodeImporter &n) {
  SmallVector<mlir::Value> results = n.createMulti<nn::DynamicQuantizeLinearOp>({n.require(0)}, {}, 3);
  for (auto [i, result] : llvm::enumerate(results))
    n.out(i, result);
  return success();
}

void onnx_import::populateConversion(Translators &t) {
  t.add("Cast", translateCast);
  t.add("CastLike", castLike);
  t.add("BitCast", bitCast);
  t.add("Identity", identity);
  t.add("Dropout", dropout);
  t.add("Constant", constant);
  t.add("ConstantOfShape", constantOfShape);
  t.add("Shape", shape);
  t.add("Size", numberOfElements);
  t.add("Range", range);
  t.add("EyeLike", eyeLike);
  t.add("QuantizeLinear", quantizeLinear);
  t.add("DequantizeLinear", dequantizeLinear);
  t.add("DynamicQuantizeLinear", dynamicQuantizeLinear);
}
