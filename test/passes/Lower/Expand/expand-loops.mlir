// RUN: tenon-opt %s --tenon-expand-kernels --canonicalize --split-input-file | FileCheck %s

// Blocks of 96 columns, in which blocks of 12 rows, in which tiles: 16 columns are left over, a block of their own.
// CHECK-LABEL: @blocks
// CHECK: scf.for %[[N:.*]] = %c0 to %c192 step %c96
// CHECK:   %[[NEND:.*]] = arith.addi %[[N]], %c96
// CHECK:   scf.for %[[M:.*]] = %c0 to %c24 step %c12
// CHECK:     %[[MEND:.*]] = arith.addi %[[M]], %c12
// CHECK:     scf.for %{{.*}} = %[[N]] to %[[NEND]] step %c16
// CHECK:       scf.for %{{.*}} = %[[M]] to %[[MEND]] step %c6
// CHECK:         scf.for %{{.*}} = %c0 to %c64 step %c1
// The sixteen columns left, whose rows come in the same blocks.
// CHECK: scf.for %[[M:.*]] = %c0 to %c24 step %c12
// CHECK-NOT: step %c16
// CHECK: scf.for %{{.*}} = %[[M]] to %{{.*}} step %c6
func.func @blocks(%a: memref<24x64xf32>, %b: memref<64x208xf32>, %c: memref<24x208xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [24, 208, 64] reductions = 1 ins(%a, %b : memref<24x64xf32>, memref<64x208xf32>)
    outs(%c : memref<24x208xf32>) inits(%z : f32)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>]
    schedule <vector_dim = 1, lanes = 8, tile = [6, 2, 1], order = [1, 0, 1, 0] blocks = [1, 96, 0, 12]> {
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

// A weight that each tile reads alone is asked for 512 bytes ahead.
// CHECK-LABEL: @ahead
// CHECK: scf.for
// CHECK: %[[AT:.*]] = arith.addi %{{.*}}, %c128
// CHECK: memref.prefetch %{{.*}}[%[[AT]]], read, locality<3>, data
func.func @ahead(%a: memref<64xf32>, %b: memref<4x64x32xf32>, %c: memref<128xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [128, 64] reductions = 1 ins(%a, %b : memref<64xf32>, memref<4x64x32xf32>)
    outs(%c : memref<128xf32>) inits(%z : f32)
    maps [affine_map<(n, k) -> (k)>, affine_map<(n, k) -> (n floordiv 32, k, n mod 32)>, affine_map<(n, k) -> (n)>]
    schedule <vector_dim = 0, lanes = 8, tile = [4, 1], order = [0] prefetch = 1 ahead = 512> {
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

// Rows that read the same weights ask for each of their cache lines once: two of them per step.
// CHECK-LABEL: @ahead_rows
// CHECK: scf.for {{.*}} to %c64 step %c1
// CHECK-COUNT-2: memref.prefetch
// CHECK-NOT: memref.prefetch
// CHECK: return
func.func @ahead_rows(%a: memref<3x64xf32>, %b: memref<4x64x32xf32>, %c: memref<3x128xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [3, 128, 64] reductions = 1 ins(%a, %b : memref<3x64xf32>, memref<4x64x32xf32>)
    outs(%c : memref<3x128xf32>) inits(%z : f32)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n floordiv 32, k, n mod 32)>,
          affine_map<(m, n, k) -> (m, n)>]
    schedule <vector_dim = 1, lanes = 8, tile = [3, 4, 1], order = [0, 1] prefetch = 1> {
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

// Of what tiles of six rows leave of a range, as many rows at a time as hide the latency of a sum, then one by one.
// CHECK-LABEL: @rest
// CHECK: scf.for {{.*}} step %c6
// CHECK: scf.for {{.*}} step %c3
// CHECK:   scf.for {{.*}} to %c64 step %c1 iter_args(%{{[^,]*}} = %{{[^,]*}}, %{{[^,]*}} = %{{[^,]*}}, %{{[^,]*}} = %{{[^,]*}}, %{{[^,]*}} = %{{[^,]*}}, %{{[^,]*}} = %{{[^,]*}}, %{{[^,]*}} = %{{[^,]*}})
// CHECK: scf.for {{.*}} step %c1
// CHECK:   scf.for {{.*}} to %c64 step %c1 iter_args(%{{[^,]*}} = %{{[^,]*}}, %{{[^,]*}} = %{{[^,]*}})
func.func @rest(%a: memref<24x64xf32>, %b: memref<64x16xf32>, %c: memref<24x16xf32>, %low: index, %high: index) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [24, 16, 64] reductions = 1 range(%low, %high) ins(%a, %b : memref<24x64xf32>, memref<64x16xf32>)
    outs(%c : memref<24x16xf32>) inits(%z : f32)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>]
    schedule <vector_dim = 1, lanes = 8, tile = [6, 2, 1], order = [0, 1]> {
  ^bb0(%x: f32, %y: f32, %acc: f32):
    %r = math.fma %x, %y, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}
