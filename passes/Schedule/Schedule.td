#ifndef TENON_PASSES_SCHEDULE_SCHEDULE_TD
#define TENON_PASSES_SCHEDULE_SCHEDULE_TD

include "mlir/Pass/PassBase.td"

def Schedule : Pass<"tenon-schedule", "::mlir::ModuleOp"> {
  let summary = "Give every value of the model a place";
  let description = [{
    Runs keep the function's order. Arguments live in the caller's inputs, results in the caller's outputs, constants in the
    weight section, views where their operand lives, and everything else in one arena: first fit by decreasing
    size over lifetimes, sizes at the symbols' maxima. Records `tenon.arena` and `tenon.weights` (bytes) on the
    module, and on each constant its offset.

    Example: see test/passes/Schedule/schedule.mlir.
  }];
  let dependentDialects = ["::tenon::sched::SchedDialect"];
}

#endif
