// RUN: tenon-opt %s --tenon-schedule-kernels=l2-bytes=1048576 --split-input-file | FileCheck %s --check-prefixes=CHECK,AVX2
// RUN: tenon-opt %s --pass-pipeline='builtin.module(tenon-schedule-kernels{vector-bytes=64 registers=32})' --split-input-file | FileCheck %s --check-prefixes=CHECK,AVX512

// Of the 16 registers, 12 hold accumulators: 6 rows by 2 vectors. All of it fits into a cache, so that
// the loops stand as they are; eight steps of the sum are unrolled, 96 multiply-adds.
// CHECK-LABEL: @matmul
// AVX2: schedule <vector_dim = 1, lanes = 8, tile = [6, 2, 8], order = [0, 1]>
// AVX512: schedule <vector_dim = 1, lanes = 16, tile =
func.func @matmul(%a: memref<128x512xf32>, %b: memref<512x100xf32>, %c: memref<128x100xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [128, 100, 512] reductions = 1 ins(%a, %b : memref<128x512xf32>, memref<512x100xf32>)
    outs(%c : memref<128x100xf32>) inits(%z : f32)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] {
  ^bb0(%x: f32, %y: f32, %acc: f32):
    %r = math.fma %x, %y, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}

// -----

// The vector dimension is the contiguous one, wherever it stands.
// CHECK-LABEL: @contiguous
// AVX2: schedule <vector_dim = 0, lanes = 8,
// AVX512: schedule <vector_dim = 0, lanes = 16,
func.func @contiguous(%x: memref<32x64xf32>, %y: memref<32x64xf32>) {
  kernel.generic extents [64, 32] reductions = 0 ins(%x : memref<32x64xf32>) outs(%y : memref<32x64xf32>)
    maps [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (j, i)>] {
  ^bb0(%v: f32):
    %r = arith.negf %v : f32
    kernel.yield %r : f32
  } {}
  return
}

// -----

// A sum along the only contiguous dimension: lanes hold partial sums.
// CHECK-LABEL: @row_sum
// CHECK: schedule <vector_dim = 1,
func.func @row_sum(%x: memref<4x512xf32>, %y: memref<4xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [4, 512] reductions = 1 ins(%x : memref<4x512xf32>) outs(%y : memref<4xf32>) inits(%z : f32)
    maps [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (i)>] {
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

// acc * 0.5 + v is not one associative operation: lanes would change its meaning.
// CHECK-LABEL: @not_associative
// CHECK-NOT: schedule <vector_dim = 1
// CHECK: schedule <vector_dim = 0
func.func @not_associative(%x: memref<16x512xf32>, %y: memref<16xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [16, 512] reductions = 1 ins(%x : memref<16x512xf32>) outs(%y : memref<16xf32>) inits(%z : f32)
    maps [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (i)>] {
  ^bb0(%v: f32, %acc: f32):
    %half = arith.constant 0.5 : f32
    %h = arith.mulf %acc, %half : f32
    %r = arith.addf %v, %h : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}

// -----

// Lanes follow the widest type: 4 doubles in 32 bytes, 32 bytes of i8.
// CHECK-LABEL: @widths
// AVX2: schedule <vector_dim = 0, lanes = 4,
// AVX2: schedule <vector_dim = 0, lanes = 32,
// AVX512: schedule <vector_dim = 0, lanes = 8,
// AVX512: schedule <vector_dim = 0, lanes = 64,
func.func @widths(%x: memref<256xf64>, %y: memref<256xf64>, %p: memref<256xi8>, %q: memref<256xi8>) {
  kernel.generic extents [256] reductions = 0 ins(%x : memref<256xf64>) outs(%y : memref<256xf64>)
    maps [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] {
  ^bb0(%v: f64):
    %r = arith.negf %v : f64
    kernel.yield %r : f64
  } {}
  kernel.generic extents [256] reductions = 0 ins(%p : memref<256xi8>) outs(%q : memref<256xi8>)
    maps [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] {
  ^bb0(%v: i8):
    %r = arith.addi %v, %v : i8
    kernel.yield %r : i8
  } {}
  return
}

// -----

// An op that has a schedule keeps it.
// CHECK-LABEL: @kept
// CHECK: schedule <vector_dim = -1, lanes = 1, tile = [1], order = [0]>
func.func @kept(%x: memref<64xf32>, %y: memref<64xf32>) {
  kernel.generic extents [64] reductions = 0 ins(%x : memref<64xf32>) outs(%y : memref<64xf32>)
    maps [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] schedule <vector_dim = -1, lanes = 1, tile = [1], order = [0]> {
  ^bb0(%v: f32):
    %r = arith.negf %v : f32
    kernel.yield %r : f32
  } {}
  return
}

// -----

// Weights of 2.4 MB, which tiles of rows read again and again: the next 32 columns are asked for meanwhile.
// CHECK-LABEL: @prefetch
// CHECK: schedule <vector_dim = 1, {{.*}} order = [1, 0] prefetch = 1>
func.func @prefetch(%a: memref<128x768xf32>, %b: memref<48x768x16xf32>, %c: memref<128x768xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [128, 768, 768] reductions = 1 ins(%a, %b : memref<128x768xf32>, memref<48x768x16xf32>)
    outs(%c : memref<128x768xf32>) inits(%z : f32)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n floordiv 16, k, n mod 16)>,
          affine_map<(m, n, k) -> (m, n)>] {
  ^bb0(%x: f32, %y: f32, %acc: f32):
    %r = math.fma %x, %y, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}

// -----

// So are weights of 0.6 MB, which the rest of a model drives out of the caches between two runs.
// CHECK-LABEL: @prefetch_small
// AVX512: schedule <vector_dim = 1, {{.*}} order = [1, 0] prefetch = {{[1-9]}}>
func.func @prefetch_small(%a: memref<49x160xf32>, %b: memref<60x160x16xf32>, %c: memref<49x960xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [49, 960, 160] reductions = 1 ins(%a, %b : memref<49x160xf32>, memref<60x160x16xf32>)
    outs(%c : memref<49x960xf32>) inits(%z : f32)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n floordiv 16, k, n mod 16)>,
          affine_map<(m, n, k) -> (m, n)>] {
  ^bb0(%x: f32, %y: f32, %acc: f32):
    %r = math.fma %x, %y, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}

// -----

// Where one tile is as wide as the product, no stretch comes after its own.
// CHECK-LABEL: @prefetch_none
// CHECK: schedule <vector_dim = 1,
// CHECK-NOT: prefetch
// CHECK-SAME: {
func.func @prefetch_none(%a: memref<49x160xf32>, %b: memref<1x160x16xf32>, %c: memref<49x16xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [49, 16, 160] reductions = 1 ins(%a, %b : memref<49x160xf32>, memref<1x160x16xf32>)
    outs(%c : memref<49x16xf32>) inits(%z : f32)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n floordiv 16, k, n mod 16)>,
          affine_map<(m, n, k) -> (m, n)>] {
  ^bb0(%x: f32, %y: f32, %acc: f32):
    %r = math.fma %x, %y, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}

// -----

// A 3x3 convolution with stride 2 of 768 channels: all that one block of outputs reads is more than the second
// cache, so that it goes over parts of the channels.
// CHECK-LABEL: @passes
// AVX2: schedule <vector_dim = 0, {{.*}} order = [3, 0, 1, 2] pass = {{[0-9]+}}
func.func @passes(%x: memref<96x16x16x8xf32>, %w: memref<32x96x3x3x8x16xf32>, %y: memref<64x7x7x8xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [512, 7, 7, 768, 3, 3] reductions = 3
    ins(%x, %w : memref<96x16x16x8xf32>, memref<32x96x3x3x8x16xf32>) outs(%y : memref<64x7x7x8xf32>) inits(%z : f32)
    maps [affine_map<(o, h, w, i, r, s) -> (i floordiv 8, h * 2 + r, w * 2 + s, i mod 8)>,
          affine_map<(o, h, w, i, r, s) -> (o floordiv 16, i floordiv 8, r, s, i mod 8, o mod 16)>,
          affine_map<(o, h, w, i, r, s) -> (o floordiv 8, h, w, o mod 8)>] {
  ^bb0(%v: f32, %u: f32, %acc: f32):
    %r = math.fma %v, %u, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}

// -----

// Not over parts where the accumulators would lie in the output, and the epilogue reads what may be the same buffer.
// CHECK-LABEL: @in_place
// AVX2: schedule <
// AVX2-NOT: pass =
// AVX2-SAME: >
func.func @in_place(%x: memref<64x16x16x8xf32>, %w: memref<32x64x3x3x8x16xf32>,
                    %a: memref<64x7x7x8xf32> {tenon.in_place}, %y: memref<64x7x7x8xf32> {tenon.in_place}) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [512, 7, 7, 512, 3, 3] reductions = 3
    ins(%x, %w : memref<64x16x16x8xf32>, memref<32x64x3x3x8x16xf32>) outs(%y : memref<64x7x7x8xf32>) inits(%z : f32)
    maps [affine_map<(o, h, w, i, r, s) -> (i floordiv 8, h * 2 + r, w * 2 + s, i mod 8)>,
          affine_map<(o, h, w, i, r, s) -> (o floordiv 16, i floordiv 8, r, s, i mod 8, o mod 16)>,
          affine_map<(o, h, w, i, r, s) -> (o floordiv 8, h, w, o mod 8)>] {
  ^bb0(%v: f32, %u: f32, %acc: f32):
    %r = math.fma %v, %u, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    %r = kernel.load %a at affine_map<(o, h, w, i, r, s) -> (o floordiv 8, h, w, o mod 8)> : memref<64x7x7x8xf32>
    %s = arith.addf %acc, %r : f32
    kernel.yield %s : f32
  }
  return
}

// -----

// The same where blocks are wider than a tile: what two tiles of columns read is one stretch.
// CHECK-LABEL: @prefetch_wide
// AVX2: schedule <vector_dim = 1, lanes = 8, tile = [6, 2, {{[0-9]+}}], order = [1, 0] prefetch = {{[1-9]}}>
func.func @prefetch_wide(%a: memref<126x768xf32>, %b: memref<24x768x32xf32>, %c: memref<126x768xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [126, 768, 768] reductions = 1 ins(%a, %b : memref<126x768xf32>, memref<24x768x32xf32>)
    outs(%c : memref<126x768xf32>) inits(%z : f32)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n floordiv 32, k, n mod 32)>,
          affine_map<(m, n, k) -> (m, n)>] {
  ^bb0(%x: f32, %y: f32, %acc: f32):
    %r = math.fma %x, %y, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}

// -----

// Blocks of two vectors are written whole: a loop over halves would touch every cache line twice.
// CHECK-LABEL: @block_of_two_vectors
// AVX2: schedule <vector_dim = 0, lanes = 8, tile = [2, 1], order = [0, 1]>
func.func @block_of_two_vectors(%y: memref<4x100x16xf32>) {
  kernel.generic extents [64, 100] reductions = 0 ins(%y : memref<4x100x16xf32>) outs(%y : memref<4x100x16xf32>)
    maps [affine_map<(c, i) -> (c floordiv 16, i, c mod 16)>, affine_map<(c, i) -> (c floordiv 16, i, c mod 16)>] {
  ^bb0(%v: f32):
    %r = arith.negf %v : f32
    kernel.yield %r : f32
  } {}
  return
}

// -----

// Where the rows are more than half of the second cache, passes over parts of the sum keep them there.
// CHECK-LABEL: @passes
// AVX2: schedule <vector_dim = 0, lanes = 8, tile = [2, 6, {{[0-9]+}}], order = [2, 0, 1] pass = {{[1-9]}}
func.func @passes(%x: memref<252x121x16xf32>, %w: memref<42x4032x16xf32>, %y: memref<42x121x16xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [672, 121, 4032] reductions = 1 ins(%x, %w : memref<252x121x16xf32>, memref<42x4032x16xf32>)
    outs(%y : memref<42x121x16xf32>) inits(%z : f32)
    maps [affine_map<(k, p, c) -> (c floordiv 16, p, c mod 16)>, affine_map<(k, p, c) -> (k floordiv 16, c, k mod 16)>,
          affine_map<(k, p, c) -> (k floordiv 16, p, k mod 16)>] {
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

// A depthwise convolution beside whose image nothing lies: a row of the window is unrolled, so that a tile along the row of the
// image knows where it ends; the rows of the window are a loop, which begins and ends inside of the image.
// CHECK-LABEL: @edges
// AVX2: schedule <vector_dim = 0, lanes = 8, tile = [1, 1, 6, 1, 3], order = [0, 1, 2]>
func.func @edges(%x: memref<4x6x8xf32>, %w: memref<3x3x8xf32>, %y: memref<4x6x8xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [8, 4, 6, 3, 3] reductions = 2 ins(%x, %w : memref<4x6x8xf32>, memref<3x3x8xf32>)
    outs(%y : memref<4x6x8xf32>) inits(%z : f32)
    maps [affine_map<(c, h, w, kh, kw) -> (h + kh - 1, w + kw - 1, c)>, affine_map<(c, h, w, kh, kw) -> (kh, kw, c)>,
          affine_map<(c, h, w, kh, kw) -> (h, w, c)>]
    domain affine_set<(c, h, w, kh, kw) : (h + kh - 1 >= 0, 4 - h - kh >= 0, w + kw - 1 >= 0, 6 - w - kw >= 0)> {
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

// One vector of weights and pixels of which each has a cache line to itself: as many lines as the first cache
// can wait for, rather than as many accumulators as there are registers.
// CHECK-LABEL: @many_lines
// AVX512: schedule <vector_dim = 1, lanes = 16, tile = [14, 1, 16], order = [0, 1]>
func.func @many_lines(%a: memref<401408xf32>, %b: memref<32x16xf32>, %c: memref<12544x16xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [12544, 16, 32] reductions = 1 ins(%a, %b : memref<401408xf32>, memref<32x16xf32>)
    outs(%c : memref<12544x16xf32>) inits(%z : f32)
    maps [affine_map<(p, k, c) -> (p * 16 + (c floordiv 16) * 200704 + c mod 16)>, affine_map<(p, k, c) -> (c, k)>,
          affine_map<(p, k, c) -> (p, k)>] {
  ^bb0(%x: f32, %y: f32, %acc: f32):
    %r = math.fma %x, %y, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}
