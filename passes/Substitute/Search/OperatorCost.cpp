#include "passes/Substitute/Search/OperatorCost.h"
#include <cmath>

using namespace tenon::substitute;
using llvm::ArrayRef;

static double sizeOf(ArrayRef<int64_t> shape) {
  double size = 1;
  for (int64_t extent : shape)
    size *= double(extent);
  return size;
}

/// Whether parts along the axis (counted from the last dimension) are pieces of memory.
static bool isOnePiece(ArrayRef<int64_t> shape, int64_t axis) {
  for (int64_t extent : shape.drop_back(size_t(-axis)))
    if (extent != 1)
      return false;
  return true;
}

double AnalyticOperatorCost::of(OpKind op, ArrayRef<int64_t> params, ArrayRef<ArrayRef<int64_t>> operands,
                                ArrayRef<ShapeOf<int64_t>> results) const {
  constexpr double kPerNs = 3;
  return cycles(op, params, operands, results) / kPerNs;
}

double AnalyticOperatorCost::cycles(OpKind op, ArrayRef<int64_t> params, ArrayRef<ArrayRef<int64_t>> operands,
                                    ArrayRef<ShapeOf<int64_t>> results) const {
  // Of a task, beside its loops; of an element that is read from or written to a near cache, or beyond.
  constexpr double kTask = 600, kNear = 0.125, kFar = 0.5, kMoved = 1;
  constexpr double kReached = 0.8; // of two multiply-adds of vectors per cycle
  double elements = results.empty() ? 0 : sizeOf(results[0]);
  auto traffic = [&](double read) {
    return (read + elements) * (4 * (read + elements) > l2Bytes ? kFar : kNear);
  };
  switch (op) {
  case OpKind::MatMul: {
    ArrayRef<int64_t> a = operands[0], b = operands[1];
    double rows = sizeOf(a.drop_back(1)), steps = double(a.back());
    double products = rows * steps * std::ceil(double(b.back()) / lanes) / (2 * kReached);
    return kTask + std::max(products, traffic(sizeOf(a) + sizeOf(b)));
  }
  case OpKind::Conv: {
    ArrayRef<int64_t> x = operands[0], w = operands[1], y = results[0];
    double pixels = double(y[0] * y[2] * y[3]), steps = sizeOf(w.drop_front(1));
    bool isDepthwise = w[1] == 1 && params[conv::Groups] > 1;
    double reached = isDepthwise ? 0.5 : kReached;
    // Winograd's F(4x4, 3x3), with its transforms.
    constexpr double kWinograd = 0.5;
    bool is3x3 = winograd && w[2] == 3 && w[3] == 3 && params[conv::Groups] == 1 && w[1] >= 32 &&
                 w[0] >= 32 && params[conv::Stride] == 1 && params[conv::Stride + 1] == 1;
    double products =
        pixels * steps * std::ceil(double(y[1]) / lanes) / (2 * reached) * (is3x3 ? kWinograd : 1);
    return kTask + std::max(products, traffic(sizeOf(x) + sizeOf(w)));
  }
  case OpKind::Add:
  case OpKind::Mul:
  case OpKind::Sub:
    // With the operator before it: the other operand is read.
    return traffic(0);
  case OpKind::Relu:
  case OpKind::BiasAdd:
    return elements * kNear / 8;
  case OpKind::Concat:
    return isOnePiece(results[0], params[0]) ? kTask / 10 : kTask + elements * kMoved;
  case OpKind::Split:
    return isOnePiece(operands[0], params[0]) ? kTask / 10 : kTask + sizeOf(operands[0]) * kMoved;
  case OpKind::Transpose:
  case OpKind::Enlarge:
  case OpKind::BatchNorm:
    return kTask + elements * kMoved;
  case OpKind::MaxPool:
  case OpKind::AvgPool:
    return kTask + elements * double(params[pool::Kernel] * params[pool::Kernel + 1]) / lanes +
           traffic(sizeOf(operands[0]));
  case OpKind::Reshape:
  case OpKind::Zeros:
  case OpKind::Ones:
  case OpKind::Identity:
  case OpKind::IdentityKernel:
  case OpKind::PoolKernel:
    return 1;
  }
  return 0;
}
