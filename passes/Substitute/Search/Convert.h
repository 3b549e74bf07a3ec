#pragma once

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/Substitute/Search/Explore.h"

namespace tenon::substitute {

/// A function of `nn` operators as a graph that rules know. Operators of f32 tensors with static shapes that
/// are rule operators, or several of these (a convolution with its bias, a Gemm, a concatenation of many),
/// become such; all others take part as opaque ones, and stay as they are.
class FunctionGraph {
public:
  explicit FunctionGraph(mlir::func::FuncOp func);

  const ModelGraph &model() const { return original; }
  /// Makes the function compute `graph`, which was made of model() by rules. Operators that both have stay;
  /// constants that are computed from constants are evaluated. Failure if one has no value. Without values,
  /// they become constants of the same type, of which no two are equal: enough to plan the function.
  mlir::LogicalResult replace(const ModelGraph &graph, bool withValues = true);

private:
  /// An operator of the function, and what its results are in a graph.
  struct Original {
    mlir::Operation *op;
    llvm::SmallVector<EGraph::ClassId, 4> operands, results;
  };
  using ClassOf = llvm::DenseMap<mlir::Value, EGraph::ClassId>;

  /// Adds all operators to a graph; those that it has already are the same ones.
  std::vector<Original> addTo(EGraph &graph);
  bool addKnown(EGraph &graph, mlir::Operation *op, ClassOf &classOf);
  EGraph::ClassId addVectorSum(EGraph &graph, EGraph::ClassId x, EGraph::ClassId vector, int64_t axis);

  mlir::func::FuncOp func;
  std::vector<mlir::Value> inputs;       ///< by the id of an input
  std::vector<mlir::Operation *> opaque; ///< by the id of an opaque operator
  ModelGraph original;
};

} // namespace tenon::substitute
