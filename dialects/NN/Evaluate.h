#pragma once

#include "lib/Support/HostTensor.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"

namespace tenon::nn {

/// Values of tensors while a graph is evaluated by its operators' references.
class EvalContext {
public:
  explicit EvalContext(llvm::ArrayRef<int64_t> symbolValues = {})
      : symbols(symbolValues.begin(), symbolValues.end()) {}

  bool has(mlir::Value value) const { return value && values.count(value); }
  const HostTensor &get(mlir::Value value) const { return values.find(value)->second; }
  void set(mlir::Value value, HostTensor tensor) { values[value] = std::move(tensor); }
  void erase(mlir::Value value) { values.erase(value); }

  /// The shape of `value`'s type with the symbols' present values. Asserts that it is representable: operand
  /// shapes were checked.
  llvm::SmallVector<int64_t> shape(mlir::Value value) const;
  /// A zero-filled tensor of the type of `value`.
  HostTensor make(mlir::Value value) const;

  /// Values of the module's symbols, by position; operators with data-dependent sizes write theirs.
  llvm::SmallVector<int64_t> symbols;

private:
  llvm::DenseMap<mlir::Value, HostTensor> values;
};

/// Evaluates one op whose operands are in `ctx`.
mlir::LogicalResult evaluateOp(mlir::Operation *op, EvalContext &ctx);

/// Evaluates an op with constant operands (each defined by nn.constant); fails if an operand is not constant,
/// the op has no reference, or symbols would be needed.
mlir::LogicalResult evaluateConstant(mlir::Operation *op, llvm::SmallVectorImpl<HostTensor> &results);

} // namespace tenon::nn
