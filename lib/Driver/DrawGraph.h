#pragma once

#include <string>

namespace mlir {
class ModuleOp;
}

namespace tenon {

/// `@main` of a module of `nn` operators as a graph in Graphviz's language: a box for each operator with its
/// name and the shape of its result, and an arrow for each value that is read. Constants are left out.
std::string drawGraph(mlir::ModuleOp module);

} // namespace tenon
