#include "dialects/NN/NN.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::nn;

/// What an op that only moves elements makes of dimension expressions: its reference runs on the positions of
/// the elements instead of the elements. Operands from `firstIndex` on are indices and must be static.
static std::optional<Dims> followMoves(Operation *op, const KnownDims &known, unsigned firstIndex) {
  EvalContext ctx;
  Dims elements;
  for (OpOperand &operand : op->getOpOperands()) {
    auto type = cast<RankedTensorType>(operand.get().getType());
    const Dims *values = known.get(operand.get());
    if (!values || !type.hasStaticShape() || !type.getElementType().isSignlessInteger() ||
        type.getElementTypeBitWidth() < 32)
      return std::nullopt;
    HostTensor tensor(type.getElementType(), type.getShape());
    for (auto [i, value] : llvm::enumerate(*values)) {
      if (operand.getOperandNumber() < firstIndex) {
        tensor.setI(i, elements.size());
        elements.push_back(value);
      } else if (std::optional<int64_t> index = getStatic(value)) {
        tensor.setI(i, *index);
      } else {
        return std::nullopt;
      }
    }
    ctx.set(operand.get(), tensor);
  }
  if (failed(evaluateOp(op, ctx)))
    return std::nullopt;
  const HostTensor &positions = ctx.get(op->getResult(0));
  Dims result;
  for (int64_t i = 0; i < positions.size(); ++i)
    result.push_back(elements[int64_t(positions.getI(i))]);
  return result;
}

std::optional<Dims> ReshapeOp::evaluateDims(const KnownDims &known) {
  return followMoves(*this, known, 1);
}
std::optional<Dims> TransposeOp::evaluateDims(const KnownDims &known) {
  return followMoves(*this, known, 1);
}
std::optional<Dims> ConcatOp::evaluateDims(const KnownDims &known) {
  return followMoves(*this, known, getInputs().size());
}
std::optional<Dims> SliceOp::evaluateDims(const KnownDims &known) {
  return isStatic(getStarts().getResults()) ? followMoves(*this, known, 1) : std::nullopt;
}
std::optional<Dims> BroadcastOp::evaluateDims(const KnownDims &known) {
  return followMoves(*this, known, 1);
}
std::optional<Dims> TileOp::evaluateDims(const KnownDims &known) {
  return followMoves(*this, known, 1);
}
std::optional<Dims> GatherOp::evaluateDims(const KnownDims &known) {
  return followMoves(*this, known, 1);
}
std::optional<Dims> GatherElementsOp::evaluateDims(const KnownDims &known) {
  return followMoves(*this, known, 1);
}
