// RUN: tenon-opt %s --tenon-expand-kernels --canonicalize | FileCheck %s

// Passes over parts of the sum: the first starts from zero, others from what the output holds; the epilogue belongs to
// the last.
// CHECK-LABEL: @passes
// CHECK:      scf.for %[[K:.*]] = %c0 to %c64 step %c32 {
// CHECK-NEXT:   %[[END:.*]] = arith.addi %[[K]], %c32
// CHECK:        scf.for
// CHECK:          %[[START:.*]]:2 = scf.if %{{.*}} -> (vector<8xf32>, vector<8xf32>) {
// CHECK-NEXT:       scf.yield %cst, %cst
// CHECK:          } else {
// CHECK-COUNT-2:    vector.load
// CHECK:          %[[SUM:.*]]:2 = scf.for %{{.*}} = %[[K]] to %[[END]] step %c1 iter_args(%{{.*}} = %[[START]]#0, %{{.*}} = %[[START]]#1)
// CHECK:          scf.if
// CHECK-COUNT-2:    arith.negf
// CHECK:          } else {
// CHECK-NOT:        arith.negf
// CHECK:            vector.store %[[SUM]]#0
// CHECK:            vector.store %[[SUM]]#1
func.func @passes(%a: memref<6x64xf32>, %b: memref<64x8xf32>, %c: memref<6x8xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [6, 8, 64] reductions = 1 ins(%a, %b : memref<6x64xf32>, memref<64x8xf32>)
    outs(%c : memref<6x8xf32>) inits(%z : f32)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>]
    schedule <vector_dim = 1, lanes = 8, tile = [2, 1, 1], order = [2, 1, 0] pass = 32> {
  ^bb0(%x: f32, %y: f32, %acc: f32):
    %r = math.fma %x, %y, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    %n = arith.negf %acc : f32
    kernel.yield %n : f32
  }
  return
}

// The first column's tiles ask for the second column's factor, each tile for another part, the last one for no
// more than there is.
// CHECK-LABEL: @prefetch
// CHECK:      scf.for %[[N:.*]] = %c0 to %c32 step %c16
// CHECK:        scf.for %[[M:.*]] = %c0 to %c6 step %c2
// CHECK:          arith.divui %[[M]], %c2
// CHECK:          arith.divui %[[N]], %c16
// CHECK:          %[[NEXT:.*]] = arith.addi %{{.*}}, %c1024
// CHECK:          %[[PART:.*]] = arith.minui %{{.*}}, %c768
// CHECK:          %[[FROM:.*]] = arith.addi %[[NEXT]], %[[PART]]
// CHECK:          scf.for
// CHECK:            %[[AT:.*]] = arith.addi %[[FROM]], %{{.*}}
// CHECK-NEXT:       memref.prefetch %{{.*}}[%[[AT]]], read, locality<2>, data
func.func @prefetch(%a: memref<6x64xf32>, %b: memref<2x64x16xf32>, %c: memref<6x32xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [6, 32, 64] reductions = 1 ins(%a, %b : memref<6x64xf32>, memref<2x64x16xf32>)
    outs(%c : memref<6x32xf32>) inits(%z : f32)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n floordiv 16, k, n mod 16)>,
          affine_map<(m, n, k) -> (m, n)>]
    schedule <vector_dim = 1, lanes = 8, tile = [2, 2, 4], order = [1, 0] prefetch = 1> {
  ^bb0(%x: f32, %y: f32, %acc: f32):
    %r = math.fma %x, %y, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}

// Two tiles of columns lie in a block: both ask for parts of the next block, the second one's after the first one's.
// CHECK-LABEL: @prefetch_block
// CHECK:      scf.for %[[N:.*]] = %c0 to %c64 step %c16
// CHECK:        scf.for %[[M:.*]] = %c0 to %c6 step %c2
// CHECK:          %[[IN:.*]] = arith.remui %[[N]], %c32
// CHECK:          %[[HALF:.*]] = arith.divui %[[IN]], %c16
// CHECK:          %[[BLOCK:.*]] = arith.subi %[[N]], %[[IN]]
// CHECK:          arith.muli %[[HALF]], %c3
// CHECK:          arith.addi %{{.*}}, %c2048
// CHECK:          arith.minui %{{.*}}, %c1792
// CHECK:          scf.for
// CHECK-NOT:        arith.minui
// CHECK:            memref.prefetch
func.func @prefetch_block(%a: memref<6x64xf32>, %b: memref<2x64x32xf32>, %c: memref<6x64xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [6, 64, 64] reductions = 1 ins(%a, %b : memref<6x64xf32>, memref<2x64x32xf32>)
    outs(%c : memref<6x64xf32>) inits(%z : f32)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n floordiv 32, k, n mod 32)>,
          affine_map<(m, n, k) -> (m, n)>]
    schedule <vector_dim = 1, lanes = 8, tile = [2, 2, 4], order = [1, 0] prefetch = 1> {
  ^bb0(%x: f32, %y: f32, %acc: f32):
    %r = math.fma %x, %y, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}
