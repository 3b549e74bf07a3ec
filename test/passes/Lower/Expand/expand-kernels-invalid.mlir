// RUN: tenon-opt %s --tenon-expand-kernels --verify-diagnostics

func.func @unscheduled(%x: memref<64xf32>, %y: memref<64xf32>) {
  // expected-error @+1 {{expected a schedule; run tenon-schedule-kernels first}}
  kernel.generic extents [64] reductions = 0 ins(%x : memref<64xf32>) outs(%y : memref<64xf32>)
    maps [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] {
  ^bb0(%v: f32):
    kernel.yield %v : f32
  } {}
  return
}
