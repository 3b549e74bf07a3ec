// RUN: tenon-opt %s --tenon-expand-kernels --split-input-file --verify-diagnostics

func.func @unscheduled(%x: memref<64xf32>, %y: memref<64xf32>) {
  // expected-error @+1 {{expected a schedule; run tenon-schedule-kernels first}}
  kernel.generic extents [64] reductions = 0 ins(%x : memref<64xf32>) outs(%y : memref<64xf32>)
    maps [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] {
  ^bb0(%v: f32):
    kernel.yield %v : f32
  } {}
  return
}

// -----

func.func @uneven_passes(%x: memref<4x64xf32>, %y: memref<4xf32>) {
  %z = arith.constant 0.0 : f32
  // expected-error @+1 {{expected passes of tiles that divide the first reduction}}
  kernel.generic extents [4, 64] reductions = 1 ins(%x : memref<4x64xf32>) outs(%y : memref<4xf32>) inits(%z : f32)
    maps [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (i)>]
    schedule <vector_dim = 0, lanes = 4, tile = [1, 1], order = [1, 0] pass = 24> {
  ^bb0(%v: f32, %acc: f32):
    %r = arith.addf %v, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}
