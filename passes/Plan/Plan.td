#ifndef TENON_PASSES_PLAN_PLAN_TD
#define TENON_PASSES_PLAN_PLAN_TD

include "mlir/Pass/PassBase.td"

def Plan : Pass<"tenon-plan", "::mlir::ModuleOp"> {
  let summary = "Cover the graph by tasks";
  let description = [{
    Every operator of `@main` becomes part of a task, with a `sched.run` in its place: an anchor (a convolution, a
    matrix product, an element-wise operator) together with the element-wise operators that alone use its value, any
    other operator alone. Equal tasks (same printed body, types and layouts) are one.

    Images that convolutions read or write get layouts of blocked channels, with zeros around where a
    convolution pads; weights that are constants are packed in the order in which they are read. Constants and views stay.
    A reshape is a view of its operand's memory, and so is a slice that is one piece of it. A concatenation of such pieces
    stays where tasks compute at least half of it for it alone: they are going to write into its memory; tasks copy the rest.
    A value that the function returns but no task computes (an argument, a constant, a view) is copied by a task.

    Examples: see test/passes/Plan/plan.mlir, test/passes/Plan/plan-layouts.mlir, test/passes/Plan/plan-views.mlir.
  }];
  let options = [
    Option<"vectorBytes", "vector-bytes", "int64_t", "32", "Bytes of a vector register">,
    Option<"leastVectorBytes", "least-vector-bytes", "int64_t", "0", "The same for the target with the shortest ones, if there are several">,
    Option<"l2Bytes", "l2-bytes", "int64_t", "524288", "Bytes of a core's second cache">,
    Option<"winograd", "winograd", "bool", "true", "Allow Winograd's convolution, which rounds more than the direct one">
  ];
  let dependentDialects = ["::tenon::sched::SchedDialect", "::tenon::nn::NNDialect"];
}

def ApplyVariants : Pass<"tenon-apply-variants", "::mlir::ModuleOp"> {
  let summary = "Compute tasks in another way than planned";
  let description = [{
    A task with the attribute `tenon.wanted_layouts`, an array as its `layouts`, has these from then on, and the constants
    that its runs read are packed accordingly. So a convolution becomes a direct one or Winograd's with another
    tile, and weights have blocks of another width. What else the runs read, and what they write, stays where it is: another
    layout for that is an error.

    Example: see test/passes/Plan/apply-variants.mlir.
  }];
  let dependentDialects = ["::tenon::sched::SchedDialect", "::tenon::nn::NNDialect"];
}

#endif
