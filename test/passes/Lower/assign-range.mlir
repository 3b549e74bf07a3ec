// RUN: tenon-opt %s --tenon-assign-range --split-input-file | FileCheck %s

#d = affine_map<() -> (800, 700)>
#id = affine_map<(a, b) -> (a, b)>
// One nest: all of it is one dimension in memory, which is the task's range, in cache lines.
// CHECK: #[[RANGE:.*]] = affine_map<() -> (35000)>
// CHECK: module attributes {tenon.range = #[[RANGE]], tenon.work =
// CHECK: func.func @kernel({{.*}}, %[[BEGIN:[a-z0-9]*]]: index, %[[END:[a-z0-9]*]]: index)
// CHECK: %[[LOW:.*]] = arith.muli %[[BEGIN]], %c16
// CHECK: kernel.generic extents [560000] reductions = 0 range(%[[LOW]], %{{.*}}) ins(%{{.*}} : memref<560000xf32>)
module attributes {tenon.range = affine_map<() -> (1)>} {
func.func @kernel(%x: memref<800x700xf32>, %y: memref<800x700xf32>, %scratch: memref<i8>, %dims: memref<i64>, %begin: index, %end: index) {
  kernel.generic extents [800, 700] reductions = 0 ins(%x : memref<800x700xf32>) outs(%y : memref<800x700xf32>) maps [#id, #id]
    attributes {extents = #d} {
  ^bb0(%v: f32):
    kernel.yield %v : f32
  } {}
  return
}
}

// -----

#d = affine_map<() -> (800, 800)>
#id = affine_map<(a, b) -> (a, b)>
#turned = affine_map<(a, b) -> (b, a)>
// The second nest reads what the first wrote, but across: two phases. The second begins at 40000.
// CHECK: #[[RANGES:.*]] = affine_map<() -> (40000, 800)>
// CHECK: module attributes {tenon.range = #[[RANGES]], tenon.work =
// CHECK: func.func @kernel({{.*}}, %[[BEGIN:[a-z0-9]*]]: index, %[[END:[a-z0-9]*]]: index)
// CHECK: %[[R0:.*]] = arith.constant 40000
// CHECK: %[[HIGH0:.*]] = arith.minsi %[[END]], %[[R0]]
// CHECK: %[[SOME0:.*]] = arith.cmpi slt, %[[BEGIN]], %[[HIGH0]]
// CHECK: scf.if %[[SOME0]]
// CHECK: kernel.generic extents [640000] {{.*}} range(
// CHECK: %[[SHIFTED:.*]] = arith.subi %[[BEGIN]], %[[R0]]
// CHECK: %[[LOW1:.*]] = arith.maxsi %[[SHIFTED]],
// CHECK: scf.if
// CHECK: kernel.generic extents [800, 800] {{.*}} range(%[[LOW1]], %{{.*}})
module attributes {tenon.range = affine_map<() -> (1)>} {
func.func @kernel(%x: memref<800x800xf32>, %y: memref<800x800xf32>, %z: memref<800x800xf32>, %scratch: memref<i8>, %dims: memref<i64>, %begin: index, %end: index) {
  kernel.generic extents [800, 800] reductions = 0 ins(%x : memref<800x800xf32>) outs(%y : memref<800x800xf32>) maps [#id, #id]
    attributes {extents = #d} {
  ^bb0(%v: f32):
    kernel.yield %v : f32
  } {}
  kernel.generic extents [800, 800] reductions = 0 ins(%y : memref<800x800xf32>) outs(%z : memref<800x800xf32>) maps [#turned, #id]
    attributes {extents = #d} {
  ^bb0(%v: f32):
    kernel.yield %v : f32
  } {}
  return
}
}

// -----

#d = affine_map<() -> (1, 12, 128, 512)>
#r = affine_map<() -> (1, 12, 128)>
#id = affine_map<(a, b, c, k) -> (a, b, c, k)>
#row = affine_map<(a, b, c, k) -> (a, b, c)>
#own = affine_map<(a, b, c) -> (a, b, c)>
// Rows: sums, their inverses, products. Each nest reads what the same rows wrote, so they share one range over all
// rows, although the temporary buffer is common.
// CHECK: #[[RANGE:.*]] = affine_map<() -> (128)>
// CHECK: module attributes {tenon.range = #[[RANGE]], tenon.work =
// CHECK: scf.if
// CHECK: kernel.generic extents [1536, 1, 512] reductions = 1 range(%[[LOW:.*]], %[[HIGH:.*]]) ins
// CHECK: kernel.generic extents [1536, 1] reductions = 0 range(%[[LOW]], %[[HIGH]])
// CHECK: kernel.generic extents [1536, 1, 512] reductions = 0 range(%[[LOW]], %[[HIGH]])
// CHECK-NOT: scf.if
module attributes {tenon.range = affine_map<() -> (1)>} {
func.func @kernel(%x: memref<1x12x128x512xf32>, %y: memref<1x12x128x512xf32>, %scratch: memref<i8>, %dims: memref<i64>, %begin: index, %end: index) {
  %one = arith.constant 1.0 : f32
  %zero = arith.constant 0.0 : f32
  %sum = memref.alloc() {extents = #r} : memref<1x12x128xf32>
  kernel.generic extents [1, 12, 128, 512] reductions = 1 ins(%x : memref<1x12x128x512xf32>) outs(%sum : memref<1x12x128xf32>) inits(%zero : f32)
    maps [#id, #row] attributes {extents = #d} {
  ^bb0(%v: f32, %acc: f32):
    %s = arith.addf %v, %acc : f32
    kernel.yield %s : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  kernel.generic extents [1, 12, 128] reductions = 0 ins(%sum : memref<1x12x128xf32>) outs(%sum : memref<1x12x128xf32>)
    maps [#own, #own] attributes {extents = #r} {
  ^bb0(%v: f32):
    %s = arith.divf %one, %v : f32
    kernel.yield %s : f32
  } {}
  kernel.generic extents [1, 12, 128, 512] reductions = 0 ins(%x, %sum : memref<1x12x128x512xf32>, memref<1x12x128xf32>) outs(%y : memref<1x12x128x512xf32>)
    maps [#id, #row, #id] attributes {extents = #d} {
  ^bb0(%v: f32, %s: f32):
    %r = arith.mulf %v, %s : f32
    kernel.yield %r : f32
  } {}
  return
}
}

// -----

#d = affine_map<() -> (8, 7)>
#id = affine_map<(a, b) -> (a, b)>
// A nest within a loop, or a small one, keeps range 1.
// CHECK: #[[ONE:.*]] = affine_map<() -> (1)>
// CHECK: module attributes {tenon.range = #[[ONE]]}
// CHECK-NOT: range(
module attributes {tenon.range = affine_map<() -> (1)>} {
func.func @kernel(%x: memref<8x7xf32>, %y: memref<8x7xf32>, %scratch: memref<i8>, %dims: memref<i64>, %begin: index, %end: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 500000 : index
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

#d = affine_map<() -> (8, 7)>
#id = affine_map<(a, b) -> (a, b)>
// CHECK: func.func @kernel
// CHECK-NOT: range(
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

#d = affine_map<() -> (50000, 7)>
#id = affine_map<(a, b) -> (a, b)>
// The iterations of a parallel loop are the range of a phase.
// CHECK: #[[RANGE:.*]] = affine_map<() -> (10)>
// CHECK: module attributes {tenon.range = #[[RANGE]]
// CHECK: func.func @kernel({{.*}}, %[[BEGIN:[a-z0-9]*]]: index, %[[END:[a-z0-9]*]]: index)
// CHECK: scf.for %{{.*}} = %[[BEGIN]] to %[[END]] step
module attributes {tenon.range = affine_map<() -> (1)>} {
func.func @kernel(%x: memref<50000x7xf32>, %y: memref<50000x7xf32>, %scratch: memref<i8>, %dims: memref<i64>, %begin: index, %end: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c10 = arith.constant 10 : index
  %c5000 = arith.constant 5000 : index
  scf.for %i = %c0 to %c10 step %c1 {
    %first = arith.muli %i, %c5000 : index
    %last = arith.addi %first, %c5000 : index
    kernel.generic extents [50000, 7] reductions = 0 range(%first, %last) ins(%x : memref<50000x7xf32>) outs(%y : memref<50000x7xf32>) maps [#id, #id]
      attributes {extents = #d} {
    ^bb0(%v: f32):
      kernel.yield %v : f32
    } {}
  } {tenon.parallel}
  return
}
}

// -----

#d = affine_map<() -> (76, 7000)>
#blocked = affine_map<(c, w) -> (c floordiv 8, w, c mod 8)>
#id = affine_map<(c, w) -> (c, w)>
// A range over a blocked dimension counts blocks, the last of which need not be full.
// CHECK: #[[RANGE:.*]] = affine_map<() -> (10)>
// CHECK: module attributes {tenon.range = #[[RANGE]]
// CHECK: func.func @kernel({{.*}}, %[[BEGIN:[a-z0-9]*]]: index, %[[END:[a-z0-9]*]]: index)
// CHECK: %[[FIRST:.*]] = arith.muli %[[BEGIN]], %c8
// CHECK: %[[AFTER:.*]] = arith.muli %[[END]], %c8
// CHECK: %[[LAST:.*]] = arith.minsi %c76{{.*}}, %[[AFTER]]
// CHECK: kernel.generic extents [76, 7000] reductions = 0 range(%[[FIRST]], %[[LAST]])
module attributes {tenon.range = affine_map<() -> (1)>} {
func.func @kernel(%x: memref<10x7000x8xf32>, %y: memref<76x7000xf32>, %scratch: memref<i8>, %dims: memref<i64>, %begin: index, %end: index) {
  kernel.generic extents [76, 7000] reductions = 0 ins(%x : memref<10x7000x8xf32>) outs(%y : memref<76x7000xf32>) maps [#blocked, #id]
    attributes {extents = #d} {
  ^bb0(%v: f32):
    kernel.yield %v : f32
  } {}
  return
}
}

// -----

#d = affine_map<() -> (3, 100, 700)>
#id = affine_map<(a, b, c) -> (a, b, c)>
#x = affine_map<(a, b, c) -> (a, c, b)>
// Of dimensions that are not one in memory, that which makes even parts moves to the front.
// CHECK: #[[RANGE:.*]] = affine_map<() -> (100)>
// CHECK: #[[MAP:.*]] = affine_map<(d0, d1, d2) -> (d1, d2, d0)>
// CHECK: module attributes {tenon.range = #[[RANGE]]
// CHECK: kernel.generic extents [100, 3, 700] reductions = 0 range(%{{.*}}, %{{.*}}) {{.*}} maps [#[[MAP]],
module attributes {tenon.range = affine_map<() -> (1)>} {
func.func @kernel(%x: memref<3x700x100xf32>, %y: memref<3x100x700xf32>, %scratch: memref<i8>, %dims: memref<i64>, %begin: index, %end: index) {
  kernel.generic extents [3, 100, 700] reductions = 0 ins(%x : memref<3x700x100xf32>) outs(%y : memref<3x100x700xf32>) maps [#x, #id]
    attributes {extents = #d} {
  ^bb0(%v: f32):
    kernel.yield %v : f32
  } {}
  return
}
}

// -----

#d = affine_map<()[n] -> (n, 700)>
#r = affine_map<()[n] -> (n)>
#id = affine_map<(a, b) -> (a, b)>
#row = affine_map<(a, b) -> (a)>
#own = affine_map<(a) -> (a)>
// A symbolic number of rows.
// CHECK: #[[RANGE:.*]] = affine_map<()[s0] -> (s0 ceildiv 12)>
// CHECK: tenon.range = #[[RANGE]]
// CHECK: scf.if
// CHECK: kernel.generic extents [%{{.*}}, 700] reductions = 1 range(
// CHECK: kernel.generic extents [%{{.*}}] reductions = 0 range(
module attributes {nn.symbols = [#nn.symbol<"N", 1, 800>], tenon.range = affine_map<()[s0] -> (1)>} {
func.func @kernel(%n: index, %x: memref<?x700xf32>, %y: memref<?xf32>, %scratch: memref<i8>, %dims: memref<i64>, %begin: index, %end: index) {
  %zero = arith.constant 0.0 : f32
  kernel.generic extents [%n, 700] reductions = 1 ins(%x : memref<?x700xf32>) outs(%y : memref<?xf32>) inits(%zero : f32)
    maps [#id, #row] attributes {extents = #d} {
  ^bb0(%v: f32, %acc: f32):
    %s = arith.addf %v, %acc : f32
    kernel.yield %s : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  kernel.generic extents [%n] reductions = 0 ins(%y : memref<?xf32>) outs(%y : memref<?xf32>)
    maps [#own, #own] attributes {extents = #r} {
  ^bb0(%v: f32):
    %s = arith.addf %v, %v : f32
    kernel.yield %s : f32
  } {}
  return
}
}

// -----

#d = affine_map<() -> (300, 400)>
#e = affine_map<() -> (400, 300)>
#id = affine_map<(a, b) -> (a, b)>
#turned = affine_map<(a, b) -> (b, a)>
// What threads would lose by reading each other's temporary values is more than they would save: no phase is
// worth a second thread.
// CHECK: #[[NOTHING:.*]] = affine_map<() -> (0, 0)>
// CHECK: module attributes {tenon.range = {{.*}}, tenon.work = #[[NOTHING]]}
module attributes {tenon.range = affine_map<() -> (1)>} {
func.func @kernel(%x: memref<300x400xf32>, %y: memref<400x300xf32>, %scratch: memref<i8>, %dims: memref<i64>, %begin: index, %end: index) {
  %t = memref.alloc() : memref<300x400xf32>
  kernel.generic extents [300, 400] reductions = 0 ins(%x : memref<300x400xf32>) outs(%t : memref<300x400xf32>) maps [#id, #id]
    attributes {extents = #d} {
  ^bb0(%v: f32):
    kernel.yield %v : f32
  } {}
  kernel.generic extents [400, 300] reductions = 0 ins(%t : memref<300x400xf32>) outs(%y : memref<400x300xf32>) maps [#turned, #id]
    attributes {extents = #e} {
  ^bb0(%v: f32):
    kernel.yield %v : f32
  } {}
  return
}
}

// -----

#d = affine_map<() -> (300, 400)>
#e = affine_map<() -> (400, 300)>
#id = affine_map<(a, b) -> (a, b)>
#turned = affine_map<(a, b) -> (b, a)>
// With more to compute, it is.
// CHECK: #[[SOME:.*]] = affine_map<() -> ({{[0-9]+[0-9][0-9][0-9][0-9]}}, {{[0-9]+[0-9][0-9][0-9][0-9]}})>
// CHECK: module attributes {tenon.range = {{.*}}, tenon.work = #[[SOME]]}
module attributes {tenon.range = affine_map<() -> (1)>} {
func.func @kernel(%x: memref<300x400xf32>, %y: memref<400x300xf32>, %scratch: memref<i8>, %dims: memref<i64>, %begin: index, %end: index) {
  %t = memref.alloc() : memref<300x400xf32>
  kernel.generic extents [300, 400] reductions = 0 ins(%x : memref<300x400xf32>) outs(%t : memref<300x400xf32>) maps [#id, #id]
    attributes {extents = #d} {
  ^bb0(%v: f32):
    %a = math.exp %v : f32
    %b = math.tanh %a : f32
    %c = math.sin %b : f32
    kernel.yield %c : f32
  } {}
  kernel.generic extents [400, 300] reductions = 0 ins(%t : memref<300x400xf32>) outs(%y : memref<400x300xf32>) maps [#turned, #id]
    attributes {extents = #e} {
  ^bb0(%v: f32):
    %a = math.exp %v : f32
    %b = math.tanh %a : f32
    %c = math.sin %b : f32
    kernel.yield %c : f32
  } {}
  return
}
}
