#include "passes/Lower/Lowering.h"
#include "passes/Lower/SmallFloats.h"
#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;

using V = ScalarBuilder::V;

//===-- Cast and bitcast -------------------------------------------------------------------------------===//

static bool isNarrowFloat(Type type) {
  return isa<FloatType>(type) && type.getIntOrFloatBitWidth() <= 8;
}

/// `x` (of compute type for `from`) in the compute type for `to`, whose storing then gives what nn.cast says.
static V convert(ScalarBuilder &s, V x, Type from, Type to, bool saturate) {
  if (isNarrowFloat(to) && !saturate)
    return s.cast(s.toOdd(x), from, s.b.getF32Type()); // storing does not saturate
  return s.cast(x, from, to);
}

static LogicalResult lowerCast(nn::CastOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY());
  Type to = y.element;
  bool saturate = op.getSaturate();
  Nest nest(task, y.dims);
  nest.inBroadcast(x);
  if (isUnpackedFloat(to)) {
    // The rounding is the op's, so the bits are made here.
    nest.out({y.memref, storageType(to), y.dims});
    nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      V value = in[0];
      // Rounding to odd makes the largest f32 of what is beyond, which rounding down would not tell apart.
      if (value.getType().isF64())
        value = s.select(s.cmp("ge", s.abs(value), s.constant(value.getType(), std::ldexp(1.0, 128))),
                         s.constant(value.getType(), HUGE_VAL), value);
      value = s.cast(s.toOdd(value), x.element, s.b.getF32Type());
      return Nest::Values{packFloat(s, value, to, saturate, op.getRounding())};
    });
    return success();
  }
  nest.out(y);
  nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
    return Nest::Values{convert(s, in[0], x.element, to, saturate)};
  });
  return success();
}

/// The signless integer type of as many bits.
static Type bitsOf(Type type) {
  return IntegerType::get(type.getContext(), type.getIntOrFloatBitWidth());
}

static LogicalResult lowerBitcast(nn::BitcastOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY());
  Type from = storageType(x.element), to = storageType(y.element);
  bool toBool = y.element.isInteger(1);
  x.element = from;
  y.element = to;
  Nest nest(task, y.dims);
  nest.inBroadcast(x).out(y);
  nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
    auto bitcast = [&](V v, Type type) {
      return v.getType() == type ? v : V(arith::BitcastOp::create(s.b, s.loc, type, v));
    };
    V value = in[0];
    // f16 is computed with as f32: back to its own bits, and from them.
    if (from.isF16())
      value = arith::TruncFOp::create(s.b, s.loc, from, value);
    value = bitcast(bitcast(value, bitsOf(from)), to);
    if (toBool)
      value = s.select(s.cmp("ne", value, s.constantInt(to, 0)), s.constantInt(to, 1), s.constantInt(to, 0));
    if (to.isF16())
      value = arith::ExtFOp::create(s.b, s.loc, computeType(to), value);
    return Nest::Values{value};
  });
  return success();
}

//===-- Quantization -----------------------------------------------------------------------------------===//

/// A scale or zero point brought to the operand's dimensions: one for all, one per index of an axis, or one
/// per block of an axis.
namespace {
struct Parameter {
  Parameter(TaskBuilder &task, const Tensor &t, const Tensor &x, int64_t axis, int64_t block)
      : tensor(t), axis(axis), block(block) {
    nn::Dims ones(x.rank(), task.dim(1));
    if (nn::getStatic(nn::numElements(t.dims, task.context())) == 1) {
      tensor = task.reshape(t, ones);
      this->block = 0;
    } else if (block == 0) {
      ones[axis] = t.dims[0];
      tensor = task.reshape(t, ones);
    }
  }
  void addTo(Nest &nest) const {
    if (!block)
      nest.inBroadcast(tensor);
  }
  /// The element for the current point; `in` holds what the nest read for `addTo`.
  V get(ScalarBuilder &s, V *&in) const {
    if (!block)
      return *in++;
    SmallVector<V> subscripts;
    for (int64_t d = 0; d < tensor.rank(); ++d)
      subscripts.push_back(d == axis ? s.floorDivIndex(s.loop(d), block) : s.loop(d));
    return s.load(tensor, subscripts);
  }
  Tensor tensor;
  int64_t axis, block;
};
} // namespace

template <typename Op>
static LogicalResult lowerQuantization(
    Op op, TaskBuilder &task,
    llvm::function_ref<V(ScalarBuilder &, V x, V scale, V zero, const Tensor &xt, const Tensor &st)> body) {
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY());
  Parameter scale(task, task.tensor(op.getScale()), x, op.getAxis(), op.getBlockSize());
  std::optional<Parameter> zero;
  if (op.getZeroPoint())
    zero.emplace(task, task.tensor(op.getZeroPoint()), x, op.getAxis(), op.getBlockSize());
  Nest nest(task, y.dims);
  nest.inBroadcast(x);
  scale.addTo(nest);
  if (zero)
    zero->addTo(nest);
  nest.out(y);
  nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
    SmallVector<V> values(in);
    V *next = values.begin() + 1;
    V scaleValue = scale.get(s, next), zeroValue = zero ? zero->get(s, next) : V();
    return Nest::Values{body(s, values[0], scaleValue, zeroValue, x, scale.tensor)};
  });
  return success();
}

static LogicalResult lowerQuantize(nn::QuantizeLinearOp op, TaskBuilder &task) {
  Type precision = op.getPrecision(), to = op.getTo();
  bool saturate = op.getSaturate();
  return lowerQuantization(
      op, task, [&](ScalarBuilder &s, V x, V scale, V zero, const Tensor &xt, const Tensor &st) {
        // Values stay in the compute type of `precision`, rounded to it after every step.
        Type wide = computeType(precision);
        auto round = [&](V v) { return s.cast(v, wide, precision); };
        V quotient = round(s.div(s.cast(x, xt.element, precision), s.cast(scale, st.element, precision)));
        V offset = zero ? s.cast(zero, to, wide) : V();
        if (isa<FloatType>(to))
          return convert(s, offset ? round(s.add(quotient, offset)) : quotient, wide, to, saturate);
        V value = s.roundEven(quotient);
        return s.cast(offset ? s.add(value, offset) : value, wide, to);
      });
}

static LogicalResult lowerDequantize(nn::DequantizeLinearOp op, TaskBuilder &task) {
  Type to = op.getTo();
  return lowerQuantization(
      op, task, [&](ScalarBuilder &s, V x, V scale, V zero, const Tensor &xt, const Tensor &st) {
        Type wide = computeType(to), i32 = s.b.getI32Type();
        // Differences of narrow integers are exact; those of 32 bits are taken in floats.
        bool narrow = isa<IntegerType>(xt.element) && xt.element.getIntOrFloatBitWidth() <= 16;
        V difference;
        if (zero && narrow)
          difference = s.cast(s.sub(s.cast(x, xt.element, i32), s.cast(zero, xt.element, i32)), i32, wide);
        else if (zero)
          difference = s.sub(s.cast(x, xt.element, wide), s.cast(zero, xt.element, wide));
        else
          difference = s.cast(x, xt.element, wide);
        return s.mul(difference, s.cast(scale, st.element, wide));
      });
}

static LogicalResult lowerDynamicQuantize(nn::DynamicQuantizeLinearOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY()), scale = task.tensor(op.getScale()),
         zeroPoint = task.tensor(op.getZeroPoint());
  Type f32 = x.element;
  nn::Dim count = nn::numElements(x.dims, task.context());
  Tensor flat = task.reshape(x, {count}), low = task.scratch(f32, {}), high = task.scratch(f32, {});
  V zero = task.scalars().constant(f32, 0);
  Nest range(task, {}, {count});
  range.in(flat, {range.d(0)}).out(low, {}).out(high, {}).acc(zero).acc(zero);
  range.emit(
      [&](ScalarBuilder &s, ValueRange in, ValueRange acc) {
        // NaN does not take part.
        V value = s.select(s.isNan(in[0]), s.constant(f32, 0), in[0]);
        return Nest::Values{s.min(acc[0], value), s.max(acc[1], value)};
      },
      [](ScalarBuilder &, ValueRange acc) { return Nest::Values(acc); });
  Nest parameters(task, {});
  parameters.in(low, {}).in(high, {}).out(scale, {}).out(zeroPoint, {});
  parameters.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
    V empty = s.cmp("eq", in[0], in[1]);
    V step = s.div(s.select(empty, s.constant(f32, 1), s.sub(in[1], in[0])), s.constant(f32, 255));
    V offset = s.roundEven(s.div(s.sub(s.constant(f32, 0), in[0]), step));
    return Nest::Values{step, s.cast(offset, f32, zeroPoint.element)};
  });
  Nest nest(task, y.dims);
  nest.inBroadcast(x).inBroadcast(scale).inBroadcast(zeroPoint).out(y);
  nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
    V value = s.add(s.roundEven(s.div(in[0], in[1])), s.cast(in[2], zeroPoint.element, f32));
    return Nest::Values{s.cast(value, f32, y.element)};
  });
  return success();
}

static LogicalResult lowerShapeOf(nn::ShapeOfOp op, TaskBuilder &task) {
  Tensor y = task.tensor(op.getY());
  ScalarBuilder s = task.scalars();
  for (auto [i, expr] : llvm::enumerate(op.getExprs().getResults()))
    task.store(s.fromIndex(task.extent(expr), y.element), y, ValueRange{task.index(i)});
  return success();
}

void lower::populateConversion(Lowerings &lowerings) {
  lowerings.add<nn::CastOp>(lowerCast);
  lowerings.add<nn::BitcastOp>(lowerBitcast);
  lowerings.add<nn::QuantizeLinearOp>(lowerQuantize);
  lowerings.add<nn::DequantizeLinearOp>(lowerDequantize);
  lowerings.add<nn::DynamicQuantizeLinearOp>(lowerDynamicQuantize);
  lowerings.add<nn::ShapeOfOp>(lowerShapeOf);
}
