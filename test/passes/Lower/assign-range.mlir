// RUN: tenon-opt %s --tenon-assign-range --split-input-file | FileCheck %s

#d = affine_map<() -> (8, 7)>
#id = affine_map<(a, b) -> (a, b)>
// One nest: its first dimension is the task's range.
// CHECK: #[[RANGE:.*]] = affine_map<() -> (8)>
// CHECK: module attributes {{.*}}tenon.range = #[[RANGE]]
// CHECK: func.func @kernel({{.*}}, %[[BEGIN:[a-z0-9]*]]: index, %[[END:[a-z0-9]*]]: index)
// CHECK: kernel.generic extents [8, 7] reductions = 0 range(%[[BEGIN]], %[[END]])
module attributes {tenon.range = affine_map<() -> (1)>} {
func.func @kernel(%x: memref<8x7xf32>, %y: memref<8x7xf32>, %scratch: memref<i8>, %dims: memref<i64>, %begin: index, %end: index) {
  kernel.generic extents [8, 7] reductions = 0 ins(%x : memref<8x7xf32>) outs(%y : memref<8x7xf32>) maps [#id, #id]
    attributes {extents = #d} {
  ^bb0(%v: f32):
    kernel.yield %v : f32
  } {}
  return
}
}

// -----

#d = affine_map<() -> (8, 7)>
#id = affine_map<(a, b) -> (a, b)>
// The second nest reads what the first wrote, in other parts too: range 1.
// CHECK: #[[ONE:.*]] = affine_map<() -> (1)>
// CHECK: module attributes {{.*}}tenon.range = #[[ONE]]
// CHECK-NOT: range(
module attributes {tenon.range = affine_map<() -> (1)>} {
func.func @kernel(%x: memref<8x7xf32>, %y: memref<8x7xf32>, %scratch: memref<i8>, %dims: memref<i64>, %begin: index, %end: index) {
  kernel.generic extents [8, 7] reductions = 0 ins(%x : memref<8x7xf32>) outs(%y : memref<8x7xf32>) maps [#id, #id]
    attributes {extents = #d} {
  ^bb0(%v: f32):
    kernel.yield %v : f32
  } {}
  kernel.generic extents [8, 7] reductions = 0 ins(%y : memref<8x7xf32>) outs(%x : memref<8x7xf32>) maps [#id, #id]
    attributes {extents = #d} {
  ^bb0(%v: f32):
    kernel.yield %v : f32
  } {}
  return
}
}

// -----

#d = affine_map<() -> (8, 7)>
#id = affine_map<(a, b) -> (a, b)>
// A nest within a loop, or beside a temporary buffer, keeps range 1.
// CHECK-NOT: range(
module attributes {tenon.range = affine_map<() -> (1)>} {
func.func @kernel(%x: memref<8x7xf32>, %y: memref<8x7xf32>, %scratch: memref<i8>, %dims: memref<i64>, %begin: index, %end: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  scf.for %i = %c0 to %c5 step %c1 {
    kernel.generic extents [8, 7] reductions = 0 ins(%x : memref<8x7xf32>) outs(%y : memref<8x7xf32>) maps [#id, #id]
      attributes {extents = #d} {
    ^bb0(%v: f32):
      kernel.yield %v : f32
    } {}
  }
  return
}
}

// -----

#d = affine_map<() -> (7)>
#id = affine_map<(a) -> (a)>
// Seven points are too few to split.
// CHECK: func.func @kernel
// CHECK-NOT: range(
module attributes {tenon.range = affine_map<() -> (1)>} {
func.func @kernel(%x: memref<7xf32>, %y: memref<7xf32>, %scratch: memref<i8>, %dims: memref<i64>, %begin: index, %end: index) {
  kernel.generic extents [7] reductions = 0 ins(%x : memref<7xf32>) outs(%y : memref<7xf32>) maps [#id, #id]
    attributes {extents = #d} {
  ^bb0(%v: f32):
    %r = arith.addf %v, %v : f32
    kernel.yield %r : f32
  } {}
  return
}
}

// -----

#d = affine_map<() -> (20, 7)>
#blocked = affine_map<(c, w) -> (c floordiv 8, w, c mod 8)>
#id = affine_map<(c, w) -> (c, w)>
// A range over a blocked dimension counts blocks, the last of which need not be full.
// CHECK: #[[RANGE:.*]] = affine_map<() -> (3)>
// CHECK: module attributes {{.*}}tenon.range = #[[RANGE]]
// CHECK: func.func @kernel({{.*}}, %[[BEGIN:[a-z0-9]*]]: index, %[[END:[a-z0-9]*]]: index)
// CHECK: %[[FIRST:.*]] = arith.muli %[[BEGIN]], %c8
// CHECK: %[[AFTER:.*]] = arith.muli %[[END]], %c8
// CHECK: %[[LAST:.*]] = arith.minsi %c20{{.*}}, %[[AFTER]]
// CHECK: kernel.generic extents [20, 7] reductions = 0 range(%[[FIRST]], %[[LAST]])
module attributes {tenon.range = affine_map<() -> (1)>} {
func.func @kernel(%x: memref<3x7x8xf32>, %y: memref<20x7xf32>, %scratch: memref<i8>, %dims: memref<i64>, %begin: index, %end: index) {
  kernel.generic extents [20, 7] reductions = 0 ins(%x : memref<3x7x8xf32>) outs(%y : memref<20x7xf32>) maps [#blocked, #id]
    attributes {extents = #d} {
  ^bb0(%v: f32):
    kernel.yield %v : f32
  } {}
  return
}
}
