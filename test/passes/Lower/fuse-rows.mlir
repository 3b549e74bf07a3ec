// RUN: tenon-opt %s --pass-pipeline='builtin.module(tenon-fuse-rows{l2-bytes=131072},cse)' --split-input-file | FileCheck %s

// A 1x1 convolution of 16 channels, and a depthwise one of 3x3 points in steps of two that reads it. A quarter of the cache has room
// for 18 of 28 rows, so there are two strips, of seven rows of results, which read fifteen; the row that both read is computed
// twice, and the one before the image not at all.
#domain = affine_set<(c, h, w, kh, kw) : (h * 2 + kh - 1 >= 0, w * 2 + kw - 1 >= 0)>
module {
// CHECK-LABEL: @kernel
// CHECK-NOT: memref.alloc
// CHECK: scf.for %[[I:[a-z0-9]+]] = %c0 to %c2 step %c1
// CHECK: %[[LOW:.*]] = arith.muli %[[I]], %c7
// CHECK: %[[HIGH:.*]] = arith.minsi %{{.*}}, %c14
// CHECK: %[[TWICE:.*]] = arith.muli %[[LOW]], %c2
// CHECK: %[[FIRST:.*]] = arith.addi %[[TWICE]], %c-1
// CHECK: %[[LAST:.*]] = arith.muli %[[HIGH]], %c2
// CHECK: %[[BEGIN:.*]] = arith.maxsi %[[FIRST]], %c0
// CHECK: %[[END:.*]] = arith.minsi %[[LAST]], %c28
// CHECK: %[[STRIP:.*]] = memref.alloc() : memref<1x15x28x16xf32>
// CHECK: %[[SHIFT:.*]] = arith.muli %[[FIRST]], %c-448
// CHECK: %[[ROWS:.*]] = memref.reinterpret_cast %[[STRIP]] to offset: [%[[SHIFT]]], sizes: [1, 28, 28, 16], strides: [6720, 448, 16, 1]
// CHECK: kernel.generic extents [28, 16, 28, 16] reductions = 1 range(%[[BEGIN]], %[[END]])
// CHECK-SAME: outs(%[[ROWS]] :
// CHECK: longest_range = 15 : i64
// CHECK: kernel.generic extents [14, 16, 14, 3, 3] reductions = 2 range(%[[LOW]], %[[HIGH]]) ins(%[[ROWS]],
// CHECK: longest_range = 7 : i64
// CHECK: tenon.parallel
func.func @kernel(%x: memref<1x28x28x16xf32>, %v: memref<16x16xf32>, %w: memref<3x3x16xf32>, %y: memref<1x14x14x16xf32>) {
  %z = arith.constant 0.0 : f32
  %t = memref.alloc() {extents = affine_map<() -> (1, 28, 28, 16)>} : memref<1x28x28x16xf32>
  kernel.generic extents [16, 28, 28, 16] reductions = 1 ins(%x, %v : memref<1x28x28x16xf32>, memref<16x16xf32>)
    outs(%t : memref<1x28x28x16xf32>) inits(%z : f32)
    maps [affine_map<(k, h, w, c) -> (c floordiv 16, h, w, c mod 16)>, affine_map<(k, h, w, c) -> (c, k)>,
          affine_map<(k, h, w, c) -> (k floordiv 16, h, w, k mod 16)>] attributes {extents = affine_map<() -> (16, 28, 28, 16)>} {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %r = math.fma %a, %b, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  kernel.generic extents [16, 14, 14, 3, 3] reductions = 2 ins(%t, %w : memref<1x28x28x16xf32>, memref<3x3x16xf32>)
    outs(%y : memref<1x14x14x16xf32>) inits(%z : f32)
    maps [affine_map<(c, h, w, kh, kw) -> (c floordiv 16, h * 2 + kh - 1, w * 2 + kw - 1, c mod 16)>,
          affine_map<(c, h, w, kh, kw) -> (kh, kw, c)>, affine_map<(c, h, w, kh, kw) -> (c floordiv 16, h, w, c mod 16)>]
    domain #domain attributes {extents = affine_map<() -> (16, 14, 14, 3, 3)>} {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %r = math.fma %a, %b, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}
}

// -----

// Two readers: the buffer stays.
#domain = affine_set<(c, h, w, kh, kw) : (h * 2 + kh - 1 >= 0, w * 2 + kw - 1 >= 0)>
// CHECK-LABEL: @kernel
// CHECK: memref.alloc() {{.*}} : memref<1x28x28x16xf32>
// CHECK-NOT: scf.for
module {
func.func @kernel(%x: memref<1x28x28x16xf32>, %v: memref<16x16xf32>, %w: memref<3x3x16xf32>, %y: memref<1x14x14x16xf32>) {
  %z = arith.constant 0.0 : f32
  %t = memref.alloc() {extents = affine_map<() -> (1, 28, 28, 16)>} : memref<1x28x28x16xf32>
  kernel.generic extents [16, 28, 28, 16] reductions = 1 ins(%x, %v : memref<1x28x28x16xf32>, memref<16x16xf32>)
    outs(%t : memref<1x28x28x16xf32>) inits(%z : f32)
    maps [affine_map<(k, h, w, c) -> (c floordiv 16, h, w, c mod 16)>, affine_map<(k, h, w, c) -> (c, k)>,
          affine_map<(k, h, w, c) -> (k floordiv 16, h, w, k mod 16)>] attributes {extents = affine_map<() -> (16, 28, 28, 16)>} {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %r = math.fma %a, %b, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  kernel.generic extents [16, 14, 14, 3, 3] reductions = 2 ins(%t, %w : memref<1x28x28x16xf32>, memref<3x3x16xf32>)
    outs(%y : memref<1x14x14x16xf32>) inits(%z : f32)
    maps [affine_map<(c, h, w, kh, kw) -> (c floordiv 16, h * 2 + kh - 1, w * 2 + kw - 1, c mod 16)>,
          affine_map<(c, h, w, kh, kw) -> (kh, kw, c)>, affine_map<(c, h, w, kh, kw) -> (c floordiv 16, h, w, c mod 16)>]
    domain #domain attributes {extents = affine_map<() -> (16, 14, 14, 3, 3)>} {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %r = math.fma %a, %b, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  kernel.generic extents [16, 14, 14, 3, 3] reductions = 2 ins(%t, %w : memref<1x28x28x16xf32>, memref<3x3x16xf32>)
    outs(%y : memref<1x14x14x16xf32>) inits(%z : f32)
    maps [affine_map<(c, h, w, kh, kw) -> (c floordiv 16, h * 2 + kh - 1, w * 2 + kw - 1, c mod 16)>,
          affine_map<(c, h, w, kh, kw) -> (kh, kw, c)>, affine_map<(c, h, w, kh, kw) -> (c floordiv 16, h, w, c mod 16)>]
    domain #domain attributes {extents = affine_map<() -> (16, 14, 14, 3, 3)>} {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %r = math.fma %a, %b, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}
}
