// RUN: tenon-opt %s --tenon-expand-kernels --canonicalize --cse --split-input-file | FileCheck %s

// Extents known at run time: whole vectors, then one masked vector.
// CHECK-LABEL: @dynamic
// CHECK-SAME: (%[[N:.*]]: index,
// CHECK: %[[REST:.*]] = arith.remui %[[N]], %c8
// CHECK: %[[WHOLE:.*]] = arith.subi %[[N]], %[[REST]]
// CHECK: scf.for %[[I:.*]] = %c0 to %[[WHOLE]] step %c8
// CHECK:   %[[V:.*]] = vector.load %{{.*}}[%[[I]]]
// CHECK:   %[[R:.*]] = arith.negf %[[V]] : vector<8xf32>
// CHECK:   vector.store %[[R]], %{{.*}}[%[[I]]]
// CHECK: scf.if
// CHECK:   %[[MASK:.*]] = vector.create_mask
// CHECK:   vector.maskedload %{{.*}}[%[[WHOLE]]], %[[MASK]],
// CHECK:   vector.maskedstore %{{.*}}[%[[WHOLE]]], %[[MASK]],
func.func @dynamic(%n: index, %x: memref<?xf32>, %y: memref<?xf32>) {
  kernel.generic extents [%n] reductions = 0 ins(%x : memref<?xf32>) outs(%y : memref<?xf32>)
    maps [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] schedule <vector_dim = 0, lanes = 8, tile = [1], order = [0]> {
  ^bb0(%v: f32):
    %r = arith.negf %v : f32
    kernel.yield %r : f32
  } {}
  return
}

// -----

// A tail of known size has a constant mask, and no branch.
// CHECK-LABEL: @tail
// CHECK: %[[MASK:.*]] = arith.constant dense<[true, true, true, false, false, false, false, false]> : vector<8xi1>
// CHECK: scf.for %{{.*}} = %c0 to %c16 step %c8
// CHECK-NOT: scf.if
// CHECK: vector.maskedload %{{.*}}[%c16], %[[MASK]]
// CHECK: vector.maskedstore %{{.*}}[%c16], %[[MASK]]
func.func @tail(%x: memref<19xf32>, %y: memref<19xf32>) {
  kernel.generic extents [19] reductions = 0 ins(%x : memref<19xf32>) outs(%y : memref<19xf32>)
    maps [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] schedule <vector_dim = 0, lanes = 8, tile = [1], order = [0]> {
  ^bb0(%v: f32):
    %r = arith.negf %v : f32
    kernel.yield %r : f32
  } {}
  return
}

// -----

// A register tile of 2 rows by 2 vectors: 4 accumulators, carried by the loop over k; each row's element is loaded once
// and broadcast, each vector is loaded once.
// CHECK-LABEL: @matmul
// CHECK: scf.for %[[M:.*]] = %c0 to %c4 step %c2
// CHECK:   scf.for %[[N:.*]] = %c0 to %c32 step %c16
// CHECK:     %[[ACC:.*]]:4 = scf.for %{{.*}} = %c0 to %c64 step %c1 iter_args
// CHECK:       memref.load
// CHECK:       vector.broadcast
// CHECK:       vector.load
// CHECK:       math.fma {{.*}} : vector<8xf32>
// CHECK:       vector.load
// CHECK:       math.fma
// CHECK-NOT:   vector.load
// CHECK:       memref.load
// CHECK:       vector.broadcast
// CHECK:       math.fma
// CHECK:       math.fma
// CHECK-NOT:   math.fma
// CHECK:       scf.yield
// CHECK:     vector.store %[[ACC]]#0
// CHECK:     vector.store %[[ACC]]#1
// CHECK:     vector.store %[[ACC]]#2
// CHECK:     vector.store %[[ACC]]#3
func.func @matmul(%a: memref<4x64xf32>, %b: memref<64x32xf32>, %c: memref<4x32xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [4, 32, 64] reductions = 1 ins(%a, %b : memref<4x64xf32>, memref<64x32xf32>)
    outs(%c : memref<4x32xf32>) inits(%z : f32)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>]
    schedule <vector_dim = 1, lanes = 8, tile = [2, 2, 1], order = [0, 1]> {
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

// Lanes along the reduction: partial sums, combined after the loop.
// CHECK-LABEL: @sum
// CHECK: %[[PARTS:.*]]:2 = scf.for %{{.*}} = %c0 to %c64 step %c16 iter_args
// CHECK: %[[PAIR:.*]] = arith.addf %[[PARTS]]#0, %[[PARTS]]#1 : vector<8xf32>
// CHECK: vector.reduction <add>, %[[PAIR]]
// CHECK: memref.store
func.func @sum(%x: memref<4x64xf32>, %y: memref<4xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [4, 64] reductions = 1 ins(%x : memref<4x64xf32>) outs(%y : memref<4xf32>) inits(%z : f32)
    maps [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (i)>] schedule <vector_dim = 1, lanes = 8, tile = [1, 2], order = [0]> {
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

// Idle lanes of a reduction's tail keep their accumulators: a product must not see zeros.
// CHECK-LABEL: @product_tail
// CHECK: scf.for
// CHECK: %[[LOADED:.*]] = vector.maskedload
// CHECK: %[[NEXT:.*]] = arith.mulf %[[LOADED]], %[[OLD:.*]] : vector<8xf32>
// CHECK: arith.select %{{.*}}, %[[NEXT]], %[[OLD]]
// CHECK: vector.reduction <mul>
func.func @product_tail(%x: memref<19xf32>, %y: memref<1xf32>) {
  %z = arith.constant 1.0 : f32
  kernel.generic extents [1, 19] reductions = 1 ins(%x : memref<19xf32>) outs(%y : memref<1xf32>) inits(%z : f32)
    maps [affine_map<(i, k) -> (k)>, affine_map<(i, k) -> (i)>] schedule <vector_dim = 1, lanes = 8, tile = [1, 1], order = [0]> {
  ^bb0(%v: f32, %acc: f32):
    %r = arith.mulf %v, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}

// -----

// A stride of two is a gather with constant offsets.
// CHECK-LABEL: @strided
// CHECK: %[[OFFSETS:.*]] = arith.constant dense<[0, 2, 4, 6, 8, 10, 12, 14]> : vector<8xi32>
// CHECK: vector.gather %{{.*}}[%{{.*}}] [%[[OFFSETS]]]
// CHECK: vector.store
func.func @strided(%x: memref<65xf32>, %y: memref<32xf32>) {
  kernel.generic extents [32] reductions = 0 ins(%x : memref<65xf32>) outs(%y : memref<32xf32>)
    maps [affine_map<(i) -> (i * 2 + 1)>, affine_map<(i) -> (i)>] schedule <vector_dim = 0, lanes = 8, tile = [1], order = [0]> {
  ^bb0(%v: f32):
    %r = arith.negf %v : f32
    kernel.yield %r : f32
  } {}
  return
}

// -----

// A load at computed subscripts is a gather; the view that it reads stands before the loop.
// CHECK-LABEL: @lookup
// CHECK-SAME: (%[[TABLE:.*]]: memref<100xf32>,
// CHECK: memref.reinterpret_cast %[[TABLE]]
// CHECK: scf.for
// CHECK:   %[[INDICES:.*]] = arith.index_cast %{{.*}} : vector<8xi32> to vector<8xindex>
// CHECK:   vector.gather %{{.*}}[%c0] [%[[INDICES]]]
func.func @lookup(%t: memref<100xf32>, %x: memref<64xi32>, %y: memref<64xf32>) {
  kernel.generic extents [64] reductions = 0 ins(%x : memref<64xi32>) outs(%y : memref<64xf32>)
    maps [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] schedule <vector_dim = 0, lanes = 8, tile = [1], order = [0]> {
  ^bb0(%v: i32):
    %i = arith.index_cast %v : i32 to index
    %r = memref.load %t[%i] : memref<100xf32>
    kernel.yield %r : f32
  } {}
  return
}

// -----

// The first loop runs over the task's part of its range.
// CHECK-LABEL: @range
// CHECK-SAME: %[[BEGIN:[a-z0-9]*]]: index, %[[END:[a-z0-9]*]]: index)
// CHECK: scf.for %{{.*}} = %[[BEGIN]] to %[[END]] step %c1
// CHECK:   scf.for %{{.*}} = %c0 to %c64 step %c8
func.func @range(%x: memref<4x64xf32>, %y: memref<4x64xf32>, %begin: index, %end: index) {
  kernel.generic extents [4, 64] reductions = 0 range(%begin, %end) ins(%x : memref<4x64xf32>) outs(%y : memref<4x64xf32>)
    maps [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>] schedule <vector_dim = 1, lanes = 8, tile = [1, 1], order = [0, 1]> {
  ^bb0(%v: f32):
    %r = arith.negf %v : f32
    kernel.yield %r : f32
  } {}
  return
}

// -----

// What lies beside the image is left out: a loop over the rows of the window that are inside, and an unrolled row of which the
// tiles at both edges lack a column. Inside, a loop would run over the tiles; here is one. Elements are read from left to right,
// each product where its element is loaded.
// CHECK-LABEL: @domain
// CHECK: scf.for %[[H:.*]] = %c0 to %c4 step %c1
// The left tile: two products of the first pixel and three of the second.
// CHECK:   %[[FIRST:.*]] = arith.subi %c1, %[[H]]
// CHECK:   %[[LOW:.*]] = arith.maxsi %[[FIRST]], %c0
// CHECK:   %[[HIGH:.*]] = arith.minsi %{{.*}}, %c3
// CHECK:   scf.for %{{.*}} = %[[LOW]] to %[[HIGH]] step %c1
// CHECK-COUNT-5: math.fma
// CHECK-NOT:     math.fma
// CHECK:   scf.for
// CHECK-COUNT-6: math.fma
// CHECK-NOT:     math.fma
// CHECK:   scf.for
// CHECK-COUNT-5: math.fma
// CHECK-NOT:     math.fma
func.func @domain(%x: memref<4x6x8xf32>, %w: memref<3x3x8xf32>, %y: memref<4x6x8xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [8, 4, 6, 3, 3] reductions = 2 ins(%x, %w : memref<4x6x8xf32>, memref<3x3x8xf32>)
    outs(%y : memref<4x6x8xf32>) inits(%z : f32)
    maps [affine_map<(c, h, w, kh, kw) -> (h + kh - 1, w + kw - 1, c)>, affine_map<(c, h, w, kh, kw) -> (kh, kw, c)>,
          affine_map<(c, h, w, kh, kw) -> (h, w, c)>]
    domain affine_set<(c, h, w, kh, kw) : (h + kh - 1 >= 0, 4 - h - kh >= 0, w + kw - 1 >= 0, 6 - w - kw >= 0)>
    schedule <vector_dim = 0, lanes = 8, tile = [1, 1, 2, 1, 3], order = [0, 1, 2]> {
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

// Both loops of the window unrolled: the rows at the edges are code of their own, those between share a loop.
// CHECK-LABEL: @domain_unrolled
// CHECK-COUNT-32: math.fma
// CHECK: scf.for %{{.*}} = %c1 to %c3 step %c1
// CHECK-COUNT-48: math.fma
// CHECK: }
// CHECK-COUNT-32: math.fma
// CHECK-NOT: math.fma
func.func @domain_unrolled(%x: memref<4x6x8xf32>, %w: memref<3x3x8xf32>, %y: memref<4x6x8xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [8, 4, 6, 3, 3] reductions = 2 ins(%x, %w : memref<4x6x8xf32>, memref<3x3x8xf32>)
    outs(%y : memref<4x6x8xf32>) inits(%z : f32)
    maps [affine_map<(c, h, w, kh, kw) -> (h + kh - 1, w + kw - 1, c)>, affine_map<(c, h, w, kh, kw) -> (kh, kw, c)>,
          affine_map<(c, h, w, kh, kw) -> (h, w, c)>]
    domain affine_set<(c, h, w, kh, kw) : (h + kh - 1 >= 0, 4 - h - kh >= 0, w + kw - 1 >= 0, 6 - w - kw >= 0)>
    schedule <vector_dim = 0, lanes = 8, tile = [1, 1, 6, 3, 3], order = [0, 1, 2]> {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %r = math.fma %a, %b, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}
