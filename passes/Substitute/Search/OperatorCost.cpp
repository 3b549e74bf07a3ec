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

double AnalyticOperatorCost::of(OpKind op, ArrayRef<int64_t> params, ArrayRef<OperandInfo> operands,
                                ArrayRef<ShapeOf<int64_t>> results) const {
  constexpr double kPerNs = 3;
  return cycles(op, params, operands, results) / kPerNs;
}

/// Of a sum of products: the arithmetic, and what of bringing `image` and `weights` (elements) from memory it
/// does not hide. What the second cache has no room for comes again for every part of the other. The
/// constants are from NASNet-A's and BERT's products, whole and in parts, on a machine with 2 MB of second
/// cache.
double AnalyticOperatorCost::product(double arithmetic, double image, double weights) const {
  constexpr double kUsable = 0.35, kBandwidth = 5.5, kExposed = 0.25, kCrowded = 0.2;
  double room = kUsable * double(l2Bytes), x = 4 * image, w = 4 * weights;
  double bytes = std::min(x + w * std::ceil(x / room), w + x * std::ceil(w / room));
  double far = bytes / kBandwidth, hidden = std::min(arithmetic, far);
  return std::max(arithmetic, far) + (kExposed + kCrowded * hidden / arithmetic) * hidden;
}

double AnalyticOperatorCost::cycles(OpKind op, ArrayRef<int64_t> params, ArrayRef<OperandInfo> operands,
                                    ArrayRef<ShapeOf<int64_t>> results) const {
  // Of a task, beside its loops; of an element that is read from or written to a near cache, or beyond; of
  // one that is copied, and of one that goes from blocks of channels to rows and back to other blocks.
  constexpr double kTask = 600, kNear = 0.15, kFar = 0.3, kMoved = 1, kReordered = 3;
  constexpr double kReached = 0.8; // of two multiply-adds of vectors per cycle
  double elements = results.empty() ? 0 : sizeOf(results[0]);
  auto size = [&](unsigned i) { return sizeOf(operands[i].shape); };
  auto traffic = [&](double moved) { return moved * (4 * moved > double(l2Bytes) ? kFar : kNear); };
  // A single pass over the elements, unless the operator before goes on with them.
  auto elementwise = [&](double others) {
    bool isFused = llvm::any_of(operands, [](const OperandInfo &operand) { return operand.isComputed; });
    return isFused ? traffic(others) : kTask + traffic(others + 2 * elements);
  };
  switch (op) {
  case OpKind::MatMul: {
    ArrayRef<int64_t> a = operands[0].shape, b = operands[1].shape;
    double rows = sizeOf(a.drop_back(1)), steps = double(a.back());
    double arithmetic = rows * steps * std::ceil(double(b.back()) / double(lanes)) / (2 * kReached);
    return kTask + product(arithmetic, size(0), size(1)) + traffic(elements);
  }
  case OpKind::Conv: {
    ArrayRef<int64_t> w = operands[1].shape, y = results[0];
    double pixels = double(y[0] * y[2] * y[3]), steps = sizeOf(w.drop_front(1));
    bool isDepthwise = w[1] == 1 && params[conv::Groups] > 1;
    double reached = isDepthwise ? 0.5 : kReached;
    // Winograd's F(4x4, 3x3), with its transforms.
    constexpr double kWinograd = 0.5;
    bool is3x3 = winograd && w[2] == 3 && w[3] == 3 && params[conv::Groups] == 1 && w[1] >= 32 &&
                 w[0] >= 32 && params[conv::Stride] == 1 && params[conv::Stride + 1] == 1;
    double arithmetic =
        pixels * steps * std::ceil(double(y[1]) / double(lanes)) / (2 * reached) * (is3x3 ? kWinograd : 1);
    return kTask + product(arithmetic, size(0), size(1)) + traffic(elements);
  }
  case OpKind::Add:
  case OpKind::Mul:
  case OpKind::Sub:
    return elementwise(elements);
  case OpKind::Relu:
  case OpKind::BiasAdd:
    return elementwise(0) + elements * kNear / 8;
  case OpKind::Concat: {
    if (!isOnePiece(results[0], params[0]))
      return kTask + elements * kMoved;
    // Images have blocks of channels. Where a part begins inside of one, all go through rows.
    if (params[0] == -3 && operands[0].shape[operands[0].shape.size() - 3] % lanes)
      return kTask + (size(1) + (operands[0].isConcat ? 0 : size(0))) * kReordered;
    return kTask / 10;
  }
  case OpKind::Split: {
    double whole = size(0);
    if (!isOnePiece(operands[0].shape, params[0]))
      return kTask + whole * kMoved;
    if (params[0] == -3 && params[1] % lanes)
      return kTask + whole * kReordered;
    return kTask / 10;
  }
  case OpKind::Transpose:
  case OpKind::Enlarge:
  case OpKind::BatchNorm:
    return kTask + elements * kMoved;
  case OpKind::MaxPool:
  case OpKind::AvgPool:
    return kTask + elements * double(params[pool::Kernel] * params[pool::Kernel + 1]) / double(lanes) +
           traffic(size(0) + elements);
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
