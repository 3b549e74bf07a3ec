// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @c1_count(%x: memref<4xf32>, %y: memref<4xf32>) {
  // expected-error @+1 {{C1: expected one map per input and output}}
  kernel.generic extents [4] reductions = 0 ins(%x : memref<4xf32>) outs(%y : memref<4xf32>) maps [affine_map<(i) -> (i)>] {
  ^bb0(%v: f32):
    kernel.yield %v : f32
  } {}
  return
}

// -----

func.func @c1_rank(%x: memref<4x4xf32>, %y: memref<4xf32>) {
  // expected-error @+1 {{C1: expected a map from 1 loops to 2 subscripts, but got affine_map<(d0) -> (d0)>}}
  kernel.generic extents [4] reductions = 0 ins(%x : memref<4x4xf32>) outs(%y : memref<4xf32>)
    maps [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] {
  ^bb0(%v: f32):
    kernel.yield %v : f32
  } {}
  return
}

// -----

func.func @c1_loops(%x: memref<4xf32>, %y: memref<4xf32>) {
  // expected-error @+1 {{C1: expected a map from 1 loops to 1 subscripts, but got affine_map<(d0, d1) -> (d0)>}}
  kernel.generic extents [4] reductions = 0 ins(%x : memref<4xf32>) outs(%y : memref<4xf32>)
    maps [affine_map<(i, j) -> (i)>, affine_map<(i) -> (i)>] {
  ^bb0(%v: f32):
    kernel.yield %v : f32
  } {}
  return
}

// -----

func.func @c2(%x: memref<4x4xf32>, %y: memref<4x4xf32>) {
  %z = arith.constant 0.0 : f32
  // expected-error @+1 {{C2: expected output maps over parallel dimensions, but got affine_map<(d0, d1) -> (d0, d1)>}}
  kernel.generic extents [4, 4] reductions = 1 ins(%x : memref<4x4xf32>) outs(%y : memref<4x4xf32>) inits(%z : f32)
    maps [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (i, k)>] {
  ^bb0(%v: f32, %acc: f32):
    kernel.yield %acc : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}

// -----

func.func @c3_arguments(%x: memref<4xf32>, %y: memref<4xf32>) {
  // expected-error @+1 {{C3: expected block arguments}}
  kernel.generic extents [4] reductions = 0 ins(%x : memref<4xf32>) outs(%y : memref<4xf32>)
    maps [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] {
  ^bb0(%v: f64):
    %r = arith.truncf %v : f64 to f32
    kernel.yield %r : f32
  } {}
  return
}

// -----

func.func @c3_results(%x: memref<4xf32>, %y: memref<4xf64>) {
  // expected-error @+1 {{C3: expected a kernel.yield of}}
  kernel.generic extents [4] reductions = 0 ins(%x : memref<4xf32>) outs(%y : memref<4xf64>)
    maps [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] {
  ^bb0(%v: f32):
    kernel.yield %v : f32
  } {}
  return
}

// -----

func.func @c4_missing(%x: memref<4xf32>, %y: memref<f32>) {
  %z = arith.constant 0.0 : f32
  // expected-error @+1 {{C4: expected an epilogue}}
  kernel.generic extents [4] reductions = 1 ins(%x : memref<4xf32>) outs(%y : memref<f32>) inits(%z : f32)
    maps [affine_map<(k) -> (k)>, affine_map<(k) -> ()>] {
  ^bb0(%v: f32, %acc: f32):
    kernel.yield %acc : f32
  } {}
  return
}

// -----

func.func @c4_results(%x: memref<4xf32>, %y: memref<f64>) {
  %z = arith.constant 0.0 : f32
  // expected-error @+1 {{C4: expected a kernel.yield of}}
  kernel.generic extents [4] reductions = 1 ins(%x : memref<4xf32>) outs(%y : memref<f64>) inits(%z : f32)
    maps [affine_map<(k) -> (k)>, affine_map<(k) -> ()>] {
  ^bb0(%v: f32, %acc: f32):
    kernel.yield %acc : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}

// -----

func.func @reductions(%y: memref<4xf32>) {
  // expected-error @+1 {{expected 0 to 1 reductions, but got 2}}
  kernel.generic extents [4] reductions = 2 outs(%y : memref<4xf32>) maps [affine_map<(i) -> (i)>] {
    %z = arith.constant 0.0 : f32
    kernel.yield %z : f32
  } {}
  return
}

// -----

func.func @range(%y: memref<4xf32>, %begin: index) {
  // expected-error @+1 {{expected a range of two bounds and a parallel dimension}}
  kernel.generic extents [4] reductions = 0 range(%begin) outs(%y : memref<4xf32>) maps [affine_map<(i) -> (i)>] {
    %z = arith.constant 0.0 : f32
    kernel.yield %z : f32
  } {}
  return
}

// -----

func.func @c5_equality(%x: memref<4x6x8xf32>, %w: memref<3x3x8xf32>, %y: memref<4x6x8xf32>) {
  %z = arith.constant 0.0 : f32
  // expected-error @+1 {{C5: expected inequalities in one reduction dimension and at most one parallel dimension each}}
  kernel.generic extents [8, 4, 6, 3, 3] reductions = 2 ins(%x, %w : memref<4x6x8xf32>, memref<3x3x8xf32>)
    outs(%y : memref<4x6x8xf32>) inits(%z : f32)
    maps [affine_map<(c, h, w, kh, kw) -> (h + kh - 1, w + kw - 1, c)>, affine_map<(c, h, w, kh, kw) -> (kh, kw, c)>,
          affine_map<(c, h, w, kh, kw) -> (h, w, c)>]
    domain affine_set<(c, h, w, kh, kw) : (h + kh == 0)> {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %r = math.fma %a, %b, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}

// -----

func.func @c5_two_parallel(%x: memref<4x6x8xf32>, %w: memref<3x3x8xf32>, %y: memref<4x6x8xf32>) {
  %z = arith.constant 0.0 : f32
  // expected-error @+1 {{C5: expected inequalities in one reduction dimension and at most one parallel dimension each}}
  kernel.generic extents [8, 4, 6, 3, 3] reductions = 2 ins(%x, %w : memref<4x6x8xf32>, memref<3x3x8xf32>)
    outs(%y : memref<4x6x8xf32>) inits(%z : f32)
    maps [affine_map<(c, h, w, kh, kw) -> (h + kh - 1, w + kw - 1, c)>, affine_map<(c, h, w, kh, kw) -> (kh, kw, c)>,
          affine_map<(c, h, w, kh, kw) -> (h, w, c)>]
    domain affine_set<(c, h, w, kh, kw) : (h + w + kh >= 0)> {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %r = math.fma %a, %b, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}

// -----

func.func @c5_no_reduction(%x: memref<4x6x8xf32>, %w: memref<3x3x8xf32>, %y: memref<4x6x8xf32>) {
  %z = arith.constant 0.0 : f32
  // expected-error @+1 {{C5: expected inequalities in one reduction dimension and at most one parallel dimension each}}
  kernel.generic extents [8, 4, 6, 3, 3] reductions = 2 ins(%x, %w : memref<4x6x8xf32>, memref<3x3x8xf32>)
    outs(%y : memref<4x6x8xf32>) inits(%z : f32)
    maps [affine_map<(c, h, w, kh, kw) -> (h + kh - 1, w + kw - 1, c)>, affine_map<(c, h, w, kh, kw) -> (kh, kw, c)>,
          affine_map<(c, h, w, kh, kw) -> (h, w, c)>]
    domain affine_set<(c, h, w, kh, kw) : (h - 1 >= 0)> {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %r = math.fma %a, %b, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}

// -----

func.func @c5_not_linear(%x: memref<4x6x8xf32>, %w: memref<3x3x8xf32>, %y: memref<4x6x8xf32>) {
  %z = arith.constant 0.0 : f32
  // expected-error @+1 {{C5: expected inequalities in one reduction dimension and at most one parallel dimension each}}
  kernel.generic extents [8, 4, 6, 3, 3] reductions = 2 ins(%x, %w : memref<4x6x8xf32>, memref<3x3x8xf32>)
    outs(%y : memref<4x6x8xf32>) inits(%z : f32)
    maps [affine_map<(c, h, w, kh, kw) -> (h + kh - 1, w + kw - 1, c)>, affine_map<(c, h, w, kh, kw) -> (kh, kw, c)>,
          affine_map<(c, h, w, kh, kw) -> (h, w, c)>]
    domain affine_set<(c, h, w, kh, kw) : (h + kh floordiv 2 >= 0)> {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %r = math.fma %a, %b, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}
