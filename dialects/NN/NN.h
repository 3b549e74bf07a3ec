#pragma once

#include "dialects/NN/Evaluate.h"
#include "dialects/NN/Formula.h"
#include "dialects/NN/Shape.h"
#include "dialects/NN/ShapeArithmetic.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace tenon::nn {

/// Shared by every op: infers the result types and compares them with the actual ones.
mlir::LogicalResult verifyInferredTypes(mlir::Operation *op);

/// Marks ops that map elements to elements (after broadcasting of the operands).
template <typename ConcreteType>
class NNElementwise : public mlir::OpTrait::TraitBase<ConcreteType, NNElementwise> {};

/// Inference of element-wise ops: NumPy broadcasting of all operands.
mlir::FailureOr<Dims> inferBroadcast(mlir::Operation *op);

} // namespace tenon::nn

#include "dialects/NN/NNDialect.h.inc"
#include "dialects/NN/NNEnums.h.inc"
#include "dialects/NN/NNInterfaces.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/NN/NNAttrs.h.inc"
#define GET_OP_CLASSES
#include "dialects/NN/NNOps.h.inc"

namespace tenon::nn {

/// Creates an op of type `Op` with inferred result types. A null operand stands for an absent optional one.
/// Unlike `Op::create`, a violated constraint is a failure with a diagnostic at `loc` rather than an abort,
/// so it is safe on operands and attributes that come from a file.
template <typename Op>
mlir::FailureOr<Op> create(mlir::OpBuilder &b, mlir::Location loc, llvm::ArrayRef<mlir::Value> operands,
                           llvm::ArrayRef<mlir::NamedAttribute> attrs = {}, unsigned numResults = 1);

/// The type-erased form of `create`.
mlir::Operation *createInferred(mlir::OpBuilder &b, mlir::Location loc, llvm::StringRef name,
                                llvm::ArrayRef<mlir::Value> operands,
                                llvm::ArrayRef<mlir::NamedAttribute> attrs, unsigned numResults);

template <typename Op>
mlir::FailureOr<Op> create(mlir::OpBuilder &b, mlir::Location loc, llvm::ArrayRef<mlir::Value> operands,
                           llvm::ArrayRef<mlir::NamedAttribute> attrs, unsigned numResults) {
  mlir::Operation *op = createInferred(b, loc, Op::getOperationName(), operands, attrs, numResults);
  if (!op)
    return mlir::failure();
  return llvm::cast<Op>(op);
}

} // namespace tenon::nn
