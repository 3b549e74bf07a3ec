// RUN: tenon-opt %s --tenon-expand-kernels --canonicalize --cse --split-input-file | FileCheck %s

// Channels in blocks of one vector, the same number on both sides: every vector is one block, and the points of a tile
// are a constant distance apart.
// CHECK-LABEL: @aligned
// CHECK: scf.for %[[C:.*]] = %c0 to %c16 step %c8
// CHECK:   scf.for %[[W:.*]] = %c0 to %c6 step %c2
// CHECK:     %[[BLOCK:.*]] = arith.divui %[[C]], %c8
// CHECK-NOT: arith.remui
// CHECK:     %[[FIRST:.*]] = arith.muli %[[BLOCK]], %c48
// CHECK:     %[[COLUMN:.*]] = arith.muli %[[W]], %c8
// CHECK:     %[[AT:.*]] = arith.addi %[[FIRST]], %[[COLUMN]]
// CHECK:     vector.load %{{.*}}[%[[AT]]] : {{.*}}, vector<8xf32>
// CHECK:     %[[NEXT:.*]] = arith.addi %[[AT]], %c8
// CHECK:     vector.load %{{.*}}[%[[NEXT]]]
// CHECK:     vector.store %{{.*}}[%[[AT]]]
// CHECK:     vector.store %{{.*}}[%[[NEXT]]]
#blocked = affine_map<(c, w) -> (c floordiv 8, w, c mod 8)>
func.func @aligned(%x: memref<2x6x8xf32>, %y: memref<2x6x8xf32>) {
  kernel.generic extents [16, 6] reductions = 0 ins(%x : memref<2x6x8xf32>) outs(%y : memref<2x6x8xf32>) maps [#blocked, #blocked]
    schedule <vector_dim = 0, lanes = 8, tile = [1, 2], order = [0, 1]> {
  ^bb0(%v: f32):
    %r = arith.negf %v : f32
    kernel.yield %r : f32
  } {}
  return
}

// -----

// Half a block at a time: the tile starts somewhere in a block, and its points stay in it.
// CHECK-LABEL: @inside
// CHECK: scf.for %[[C:.*]] = %c0 to %c16 step %c4
// CHECK:   %[[BLOCK:.*]] = arith.divui %[[C]], %c8
// CHECK:   %[[REST:.*]] = arith.remui %[[C]], %c8
// CHECK:   %[[FIRST:.*]] = arith.muli %[[BLOCK]], %c48
// CHECK:   %[[AT:.*]] = arith.addi %[[FIRST]], %[[REST]]
// CHECK:   memref.load %{{.*}}[%[[AT]]]
// CHECK-NOT: {{divui|remui}}
// CHECK:   %[[AT3:.*]] = arith.addi %[[AT]], %c3
// CHECK:   memref.load %{{.*}}[%[[AT3]]]
#blocked = affine_map<(c) -> (c floordiv 8, 0, c mod 8)>
func.func @inside(%x: memref<2x6x8xf32>, %y: memref<16xf32>) {
  kernel.generic extents [16] reductions = 0 ins(%x : memref<2x6x8xf32>) outs(%y : memref<16xf32>) maps [#blocked, affine_map<(c) -> (c)>]
    schedule <vector_dim = -1, lanes = 1, tile = [4], order = [0]> {
  ^bb0(%v: f32):
    %r = arith.negf %v : f32
    kernel.yield %r : f32
  } {}
  return
}

// -----

// Tiles of three cross blocks of eight: every point looks for its own. The rest, two points of which the first is known,
// is in the third block: elements 2 * 48 + 2 and 2 * 48 + 3.
// CHECK-LABEL: @crossing
// CHECK: scf.for %[[C:.*]] = %c0 to %c18 step %c3
// CHECK:   arith.divui %[[C]], %c8
// CHECK:   %[[SECOND:.*]] = arith.addi %[[C]], %c1
// CHECK:   arith.divui %[[SECOND]], %c8
// CHECK:   arith.remui %[[SECOND]], %c8
// CHECK:   %[[THIRD:.*]] = arith.addi %[[C]], %c2
// CHECK:   arith.divui %[[THIRD]], %c8
// CHECK:   arith.remui %[[THIRD]], %c8
// CHECK: }
// CHECK: memref.load %{{.*}}[%c98]
// CHECK: memref.load %{{.*}}[%c99]
#blocked = affine_map<(c) -> (c floordiv 8, 0, c mod 8)>
func.func @crossing(%x: memref<3x6x8xf32>, %y: memref<20xf32>) {
  kernel.generic extents [20] reductions = 0 ins(%x : memref<3x6x8xf32>) outs(%y : memref<20xf32>) maps [#blocked, affine_map<(c) -> (c)>]
    schedule <vector_dim = -1, lanes = 1, tile = [3], order = [0]> {
  ^bb0(%v: f32):
    %r = arith.negf %v : f32
    kernel.yield %r : f32
  } {}
  return
}

// -----

// A number of channels that is no multiple: the last vector is masked, and lies in a block of its own.
// CHECK-LABEL: @tail
// CHECK: %[[MASK:.*]] = arith.constant dense<[true, true, true, true, false, false, false, false]>
// CHECK: scf.for %{{.*}} = %c0 to %c16 step %c8
// CHECK: vector.maskedload %{{.*}}[%c96], %[[MASK]]
// CHECK: vector.maskedstore %{{.*}}[%c16], %[[MASK]]
#blocked = affine_map<(c) -> (c floordiv 8, 0, c mod 8)>
func.func @tail(%x: memref<3x6x8xf32>, %y: memref<20xf32>) {
  kernel.generic extents [20] reductions = 0 ins(%x : memref<3x6x8xf32>) outs(%y : memref<20xf32>) maps [#blocked, affine_map<(c) -> (c)>]
    schedule <vector_dim = 0, lanes = 8, tile = [1], order = [0]> {
  ^bb0(%v: f32):
    %r = arith.negf %v : f32
    kernel.yield %r : f32
  } {}
  return
}

// -----

// A block of the reduction is unrolled, its elements are neighbours; what is left of the last block follows the loop.
// CHECK-LABEL: @reduction
// CHECK: scf.for %[[N:.*]] = %c0 to %c16 step %c8
// CHECK:   %[[SUM:.*]] = scf.for %[[K:.*]] = %c0 to %c16 step %c8 iter_args
// CHECK:     %[[BLOCK:.*]] = arith.divui %[[K]], %c8
// CHECK:     %[[AT:.*]] = arith.muli %[[BLOCK]], %c32
// CHECK-COUNT-8: math.fma {{.*}} : vector<8xf32>
// CHECK-NOT: math.fma
// CHECK:     scf.yield
// CHECK-COUNT-4: math.fma {{.*}} : vector<8xf32>
// CHECK-NOT: math.fma
// CHECK:   vector.store
func.func @reduction(%x: memref<3x4x8xf32>, %w: memref<20x16xf32>, %y: memref<4x16xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [4, 16, 20] reductions = 1 ins(%x, %w : memref<3x4x8xf32>, memref<20x16xf32>)
    outs(%y : memref<4x16xf32>) inits(%z : f32)
    maps [affine_map<(m, n, k) -> (k floordiv 8, m, k mod 8)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>]
    schedule <vector_dim = 1, lanes = 8, tile = [1, 1, 8], order = [0, 1]> {
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

// Four or more accumulators: where the inputs of the tile begin is hidden from LLVM, before the loop of the reduction.
// The output has no such need.
// CHECK-LABEL: @hidden
// CHECK: scf.for %[[M:.*]] = %c0 to %c4 step %c2
// CHECK:   scf.for %[[N:.*]] = %c0 to %c32 step %c16
// CHECK:     %[[ROW:.*]] = llvm.inline_asm has_side_effects "", "=r,0" %{{.*}} : (i64) -> i64
// CHECK:     %[[A:.*]] = arith.index_cast %[[ROW]] : i64 to index
// CHECK:     %[[COLUMN:.*]] = llvm.inline_asm has_side_effects "", "=r,0" %{{.*}} : (i64) -> i64
// CHECK:     %[[B:.*]] = arith.index_cast %[[COLUMN]] : i64 to index
// CHECK-NOT: llvm.inline_asm
// CHECK:     scf.for %[[K:.*]] = %c0 to %c9 step %c1
// CHECK:       %[[LOADED:.*]] = arith.addi %[[A]], %[[K]]
// CHECK:       memref.load %{{.*}}[%[[LOADED]]]
// CHECK:       arith.addi %[[B]],
// CHECK-COUNT-4: math.fma
func.func @hidden(%a: memref<4x9xf32>, %b: memref<9x32xf32>, %c: memref<4x32xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [4, 32, 9] reductions = 1 ins(%a, %b : memref<4x9xf32>, memref<9x32xf32>)
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

// Fewer accumulators, or a reduction along the lanes: nothing is hidden.
// CHECK-LABEL: @plain
// CHECK-NOT: llvm.inline_asm
// CHECK: return
func.func @plain(%a: memref<4x9xf32>, %b: memref<9x32xf32>, %c: memref<4x32xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [4, 32, 9] reductions = 1 ins(%a, %b : memref<4x9xf32>, memref<9x32xf32>)
    outs(%c : memref<4x32xf32>) inits(%z : f32)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>]
    schedule <vector_dim = 1, lanes = 8, tile = [1, 2, 1], order = [0, 1]> {
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

// What the epilogue reads beside the sum is loaded when the loop is done, a vector per accumulator.
// CHECK-LABEL: @epilogue
// CHECK-SAME: %[[R:[a-z0-9]*]]: memref<2x4x8xf32>,
// CHECK: %[[FLAT:.*]] = memref.reinterpret_cast %[[R]]
// CHECK: scf.for %[[M:.*]] = %c0 to %c4 step %c1
// CHECK:   scf.for %[[N:.*]] = %c0 to %c16 step %c8
// CHECK:     %[[SUM:.*]] = scf.for
// CHECK-NOT:   vector.load %[[FLAT]]
// CHECK:       scf.yield
// CHECK:     %[[BLOCK:.*]] = arith.divui %[[N]], %c8
// CHECK:     %[[LOADED:.*]] = vector.load %[[FLAT]]
// CHECK:     %[[RESULT:.*]] = arith.addf %[[SUM]], %[[LOADED]] : vector<8xf32>
// CHECK:     vector.store %[[RESULT]]
func.func @epilogue(%a: memref<4x9xf32>, %b: memref<9x16xf32>, %r: memref<2x4x8xf32>, %c: memref<4x16xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [4, 16, 9] reductions = 1 ins(%a, %b : memref<4x9xf32>, memref<9x16xf32>)
    outs(%c : memref<4x16xf32>) inits(%z : f32)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>]
    schedule <vector_dim = 1, lanes = 8, tile = [1, 1, 1], order = [0, 1]> {
  ^bb0(%x: f32, %y: f32, %acc: f32):
    %s = math.fma %x, %y, %acc : f32
    kernel.yield %s : f32
  } {
  ^bb0(%acc: f32):
    %v = "kernel.load"(%r) <{map = affine_map<(m, n, k) -> (n floordiv 8, m, n mod 8)>}> : (memref<2x4x8xf32>) -> f32
    %s = arith.addf %acc, %v : f32
    kernel.yield %s : f32
  }
  return
}

// -----

// The task's range runs over a blocked dimension: its bounds are multiples of the block.
// CHECK-LABEL: @range
// CHECK-SAME: %[[BEGIN:[a-z0-9]*]]: index, %[[END:[a-z0-9]*]]: index)
// CHECK: scf.for %[[C:.*]] = %[[BEGIN]] to %{{.*}} step %c8
// CHECK:   arith.divui %[[C]], %c8
// CHECK-NOT: arith.remui %[[C]]
// CHECK:   vector.load
#blocked = affine_map<(c, w) -> (c floordiv 8, w, c mod 8)>
func.func @range(%x: memref<2x6x8xf32>, %y: memref<2x6x8xf32>, %begin: index, %end: index) {
  kernel.generic extents [16, 6] reductions = 0 range(%begin, %end) ins(%x : memref<2x6x8xf32>)
    outs(%y : memref<2x6x8xf32>) maps [#blocked, #blocked]
    schedule <vector_dim = 0, lanes = 8, tile = [1, 1], order = [0, 1]> {
  ^bb0(%v: f32):
    %r = arith.negf %v : f32
    kernel.yield %r : f32
  } {}
  return
}
