#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace tenon {

/// Module attribute: the last phase that a module went through ("simplify"). Absent: import.
inline constexpr llvm::StringLiteral kPhaseAttr = "tenon.phase";
/// Module attribute: the target that a module was lowered for.
inline constexpr llvm::StringLiteral kTargetAttr = "tenon.target";
/// Attribute of a constant whose contents a text leaves out: the offset of its row-major bytes in
/// PATH.weights.
inline constexpr llvm::StringLiteral kContentAttr = "content";

/// Reads a module of `nn` (or of a later phase) from a `.mlir` file. Constants whose contents the text leaves
/// out are taken from PATH.weights, which is mapped, not copied, at the offset that each constant names. What
/// later phases take for granted is checked. Errors go to the context's diagnostic handler; then the result
/// is null.
mlir::OwningOpRef<mlir::ModuleOp> readTextModel(mlir::MLIRContext *context, llvm::StringRef path);

} // namespace tenon
