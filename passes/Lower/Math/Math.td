#ifndef TENON_PASSES_LOWER_MATH_MATH_TD
#define TENON_PASSES_LOWER_MATH_MATH_TD

include "mlir/Pass/PassBase.td"

def ExpandMath : Pass<"tenon-expand-math"> {
  let summary = "Replace math functions by branch-free arithmetic";
  let description = [{
    Replaces the operations that would become calls of libm (`math.exp`, `math.erf`, `math.powf`,
    `arith.remf`, ...), on scalars or vectors of f32 or f64, by straight-line arithmetic that every later
    vectorisation can widen. The functions and their errors are listed in docs/math.md. Operations that are instructions (`math.sqrt`,
    `math.fma`, `math.floor`) stay.

    Example:

    ```mlir
    func.func @f(%x: f32) -> f32 {
      %y = math.exp %x : f32
      return %y : f32
    }
    ```

    becomes a clamp, a reduction by multiples of ln 2, a polynomial and a scaling, of `arith` operations and
    `math.fma`.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::math::MathDialect"];
}

#endif // TENON_PASSES_LOWER_MATH_MATH_TD
