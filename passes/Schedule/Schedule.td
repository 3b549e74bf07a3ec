#ifndef TENON_PASSES_SCHEDULE_SCHEDULE_TD
#define TENON_PASSES_SCHEDULE_SCHEDULE_TD

include "mlir/Pass/PassBase.td"

def Schedule : Pass<"tenon-schedule", "::mlir::ModuleOp"> {
  let summary = "Give every value of the model a place";
  let description = [{
    Runs keep the function's order. Arguments live in the caller's inputs, results in the caller's outputs, constants in the
    weight section, views where their operand lives, operands of a concatenation as parts of its result, and everything
    else in one arena: first fit by decreasing size over lifetimes, sizes at the symbols' maxima. A run writes its result
    where an operand lies that dies there, if its task reads each element of that only to compute the same one of the result;
    the task's `in_place` then lists the operand. Records `tenon.arena` and `tenon.weights` (bytes) on the module, and
    on each constant its offset.

    Examples: see test/passes/Schedule/schedule.mlir, test/passes/Schedule/schedule-views.mlir,
    test/passes/Schedule/schedule-in-place.mlir.
  }];
  let dependentDialects = ["::tenon::sched::SchedDialect"];
}

#endif
