#ifndef TENON_PASSES_PLAN_PLAN_TD
#define TENON_PASSES_PLAN_PLAN_TD

include "mlir/Pass/PassBase.td"

def Plan : Pass<"tenon-plan", "::mlir::ModuleOp"> {
  let summary = "Cover the graph by tasks";
  let description = [{
    Every operator of `@main` becomes a task of its own with a `sched.run` in its place; equal tasks (same
    printed body and types) are one. Constants and reshapes stay: a reshape is a view of its operand's memory. A value
    that the function returns but no task computes (an argument, a constant, a view) is copied by a task.

    Example: see test/passes/Plan/plan.mlir.
  }];
  let dependentDialects = ["::tenon::sched::SchedDialect", "::tenon::nn::NNDialect"];
}

#endif
