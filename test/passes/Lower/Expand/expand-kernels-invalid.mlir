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

// -----

func.func @domain_tile(%x: memref<4x6x8xf32>, %w: memref<3x3x8xf32>, %y: memref<4x6x8xf32>) {
  %z = arith.constant 0.0 : f32
  // expected-error @+1 {{expected reductions of the domain in steps of one with tiles of one}}
  kernel.generic extents [8, 4, 6, 3, 3] reductions = 2 ins(%x, %w : memref<4x6x8xf32>, memref<3x3x8xf32>)
    outs(%y : memref<4x6x8xf32>) inits(%z : f32)
    maps [affine_map<(c, h, w, kh, kw) -> (h + kh - 1, w + kw - 1, c)>, affine_map<(c, h, w, kh, kw) -> (kh, kw, c)>,
          affine_map<(c, h, w, kh, kw) -> (h, w, c)>]
    domain affine_set<(c, h, w, kh, kw) : (h + kh - 1 >= 0, 4 - h - kh >= 0, w + kw - 1 >= 0, 6 - w - kw >= 0)>
    schedule <vector_dim = 0, lanes = 8, tile = [1, 2, 3, 1, 3], order = [0, 1, 2]> {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %r = math.fma %a, %b, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}
