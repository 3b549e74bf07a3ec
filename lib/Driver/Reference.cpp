#include "lib/Driver/Reference.h"
#include "dialects/NN/NN.h"

using namespace mlir;
using namespace tenon;

/// Checks one input against its argument and takes the symbols' values from its shape.
static LogicalResult bindInput(func::FuncOp function, unsigned index, const HostTensor &input,
                               SmallVectorImpl<std::optional<int64_t>> &symbols) {
  auto type = cast<RankedTensorType>(function.getArgumentTypes()[index]);
  auto error = [&] {
    InFlightDiagnostic diagnostic = emitError(function.getLoc()) << "input ";
    if (auto name = function.getArgAttrOfType<StringAttr>(index, "nn.name"))
      return diagnostic << name << ": ", std::move(diagnostic);
    return diagnostic << index << ": ", std::move(diagnostic);
  };
  if (type.getElementType() != input.elementType())
    return error() << "expected elements of type " << type.getElementType() << ", but got "
                   << input.elementType();
  nn::Dims dims = nn::getDims(type);
  if (int64_t(dims.size()) != input.rank())
    return error() << "expected rank " << dims.size() << ", but got " << input.rank();
  for (auto [axis, dim] : llvm::enumerate(dims)) {
    std::optional<int64_t> expected = nn::getStatic(dim);
    if (auto symbol = dyn_cast<AffineSymbolExpr>(dim)) {
      if (symbol.getPosition() >= symbols.size())
        return error() << "the module declares no symbol " << symbol.getPosition();
      std::optional<int64_t> &value = symbols[symbol.getPosition()];
      if (!value)
        value = input.dim(axis);
      expected = value;
    }
    if (expected != input.dim(axis))
      return error() << "expected size " << expected.value_or(-1) << " in dimension " << axis << ", but got "
                     << input.dim(axis);
  }
  return success();
}

FailureOr<SmallVector<HostTensor>> tenon::evaluateFunction(func::FuncOp function,
                                                           ArrayRef<HostTensor> inputs) {
  if (inputs.size() != function.getNumArguments())
    return emitError(function.getLoc())
           << "expected " << function.getNumArguments() << " inputs, but got " << inputs.size();
  SmallVector<std::pair<int64_t, int64_t>> bounds =
      nn::getSymbolBounds(function->getParentOfType<ModuleOp>());
  SmallVector<std::optional<int64_t>> symbols(bounds.size());
  for (auto [i, input] : llvm::enumerate(inputs))
    if (failed(bindInput(function, i, input, symbols)))
      return failure();
  nn::EvalContext ctx;
  for (auto [value, range] : llvm::zip(symbols, bounds)) {
    // What data determines is at its maximum until it is known.
    ctx.symbols.push_back(value.value_or(range.second));
    if (ctx.symbols.back() < range.first || ctx.symbols.back() > range.second)
      return emitError(function.getLoc()) << "expected a dimension from " << range.first << " to "
                                          << range.second << ", but got " << ctx.symbols.back();
  }
  Block &block = function.front();
  for (auto [argument, input] : llvm::zip(block.getArguments(), inputs))
    ctx.set(argument, input);

  DenseMap<Value, Operation *> lastUse;
  for (Operation &op : block)
    for (Value operand : op.getOperands())
      lastUse[operand] = &op;
  for (Operation &op : block.without_terminator()) {
    for (Value result : op.getResults())
      if (!nn::evaluate(nn::getDims(result), ctx.symbols))
        return op.emitError("expected a result of representable shape, but got ") << result.getType();
    if (failed(nn::evaluateOp(&op, ctx)))
      return failure();
    for (Value operand : op.getOperands())
      if (lastUse[operand] == &op)
        ctx.erase(operand);
    for (Value result : op.getResults())
      if (result.use_empty())
        ctx.erase(result);
  }
  SmallVector<HostTensor> outputs;
  for (Value value : block.getTerminator()->getOperands())
    outputs.push_back(ctx.get(value));
  return outputs;
}
