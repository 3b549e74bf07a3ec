#pragma once

#include "mlir/IR/Builders.h"
#include "passes/Substitute/Operators.h"

namespace tenon::substitute {

/// Builds the operators of dialects/NN that a rule operator is (table in Operators.cpp), on values of static
/// shapes and a float element type, which constants get, too. Returns the results. The operator is defined on
/// the shapes.
llvm::SmallVector<mlir::Value, 2> buildNN(mlir::OpBuilder &builder, mlir::Location loc, OpKind op,
                                          llvm::ArrayRef<mlir::Value> operands,
                                          llvm::ArrayRef<int64_t> params, mlir::Type elementType);

} // namespace tenon::substitute
