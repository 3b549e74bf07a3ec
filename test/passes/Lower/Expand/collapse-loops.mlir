// RUN: tenon-opt %s --tenon-collapse-loops --split-input-file | FileCheck %s

// All three loops walk both buffers contiguously: one loop of 98 points.
// CHECK-LABEL: @contiguous
// CHECK: memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [98], strides: [1] : memref<2x7x7xf32> to memref<98xf32>
// CHECK: kernel.generic extents [98] reductions = 0
func.func @contiguous(%x: memref<2x7x7xf32>, %y: memref<2x7x7xf32>) {
  kernel.generic extents [2, 7, 7] reductions = 0 ins(%x : memref<2x7x7xf32>) outs(%y : memref<2x7x7xf32>)
    maps [affine_map<(a, b, c) -> (a, b, c)>, affine_map<(a, b, c) -> (a, b, c)>] {
  ^bb0(%v: f32):
    %r = arith.negf %v : f32
    kernel.yield %r : f32
  } {}
  return
}

// -----

// The second operand repeats over the first loop, so only the inner two merge.
// CHECK-LABEL: @broadcast
// CHECK: kernel.generic extents [2, 49] reductions = 0
func.func @broadcast(%x: memref<2x7x7xf32>, %z: memref<7x7xf32>, %y: memref<2x7x7xf32>) {
  kernel.generic extents [2, 7, 7] reductions = 0 ins(%x, %z : memref<2x7x7xf32>, memref<7x7xf32>) outs(%y : memref<2x7x7xf32>)
    maps [affine_map<(a, b, c) -> (a, b, c)>, affine_map<(a, b, c) -> (b, c)>, affine_map<(a, b, c) -> (a, b, c)>] {
  ^bb0(%v: f32, %w: f32):
    %r = arith.addf %v, %w : f32
    kernel.yield %r : f32
  } {}
  return
}

// -----

// Loops of one iteration disappear.
// CHECK-LABEL: @unit
// CHECK: kernel.generic extents [5, 3] reductions = 0
func.func @unit(%x: memref<1x3x1x5xf32>, %y: memref<5x1x3xf32>) {
  kernel.generic extents [5, 1, 3, 1] reductions = 0 ins(%x : memref<1x3x1x5xf32>) outs(%y : memref<5x1x3xf32>)
    maps [affine_map<(a, b, c, d) -> (b, c, d, a)>, affine_map<(a, b, c, d) -> (a, d, c)>] {
  ^bb0(%v: f32):
    kernel.yield %v : f32
  } {}
  return
}

// -----

// Parallel and reduction loops never merge.
// CHECK-LABEL: @reduction
// CHECK: kernel.generic extents [4, 64] reductions = 1
func.func @reduction(%x: memref<4x8x8xf32>, %y: memref<4xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [4, 8, 8] reductions = 2 ins(%x : memref<4x8x8xf32>) outs(%y : memref<4xf32>) inits(%z : f32)
    maps [affine_map<(a, b, c) -> (a, b, c)>, affine_map<(a, b, c) -> (a)>] {
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

// A region that asks for a loop's coordinate keeps that loop.
// CHECK-LABEL: @coordinates
// CHECK: kernel.generic extents [2, 49] reductions = 0
// CHECK: kernel.index 0
func.func @coordinates(%y: memref<2x7x7xindex>) {
  kernel.generic extents [2, 7, 7] reductions = 0 outs(%y : memref<2x7x7xindex>)
    maps [affine_map<(a, b, c) -> (a, b, c)>] {
    %i = kernel.index 0
    kernel.yield %i : index
  } {}
  return
}

// -----

// Extents known at run time merge as well.
// CHECK-LABEL: @dynamic
// CHECK-SAME: (%[[N:.*]]: index,
// CHECK: %[[POINTS:.*]] = arith.muli %[[N]], %{{.*}} : index
// CHECK: kernel.generic extents [%[[POINTS]]] reductions = 0
func.func @dynamic(%n: index, %x: memref<?x3xf32>, %y: memref<?x3xf32>) {
  kernel.generic extents [%n, 3] reductions = 0 ins(%x : memref<?x3xf32>) outs(%y : memref<?x3xf32>)
    maps [affine_map<(a, b) -> (a, b)>, affine_map<(a, b) -> (a, b)>] {
  ^bb0(%v: f32):
    %r = arith.negf %v : f32
    kernel.yield %r : f32
  } {}
  return
}
