#pragma once

#include "mlir/IR/BuiltinOps.h"

namespace tenon {

/// A graph to draw, and what its frame is called; without a title it has none.
struct Drawing {
  std::string title;
  mlir::ModuleOp module;
};

/// `@main` of modules of `nn` operators as graphs in Graphviz's language, side by side: a box for each
/// operator with its name and the shape of its result, and an arrow for each value that is read. Constants
/// are left out.
std::string drawGraphs(llvm::ArrayRef<Drawing> drawings);

} // namespace tenon
