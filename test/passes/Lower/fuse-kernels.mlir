// RUN: tenon-opt %s --tenon-fuse-kernels --split-input-file | FileCheck %s

// A sum over k, its relu and the addition of a residual are one nest; the residual is loaded in the epilogue, where the
// sum is, at the subscripts of the addition in terms of the product's loops.
#mk = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#mn = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(a, b) -> (a, b)>
// CHECK-DAG: #[[MN:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-LABEL: @reduction
// CHECK-SAME: (%[[A:[a-z0-9]*]]: memref<4x6xf32>, %[[B:[a-z0-9]*]]: memref<6x8xf32>, %[[R:[a-z0-9]*]]: memref<4x8xf32>, %[[C:[a-z0-9]*]]: memref<4x8xf32>)
// CHECK-NOT: memref.alloc
// CHECK: kernel.generic extents [4, 8, 6] reductions = 1 ins(%[[A]], %[[B]] : {{.*}}) outs(%[[C]] : memref<4x8xf32>)
// CHECK: math.fma
// CHECK: ^bb0(%[[SUM:.*]]: f32):
// CHECK: %[[POSITIVE:.*]] = arith.maximumf %[[SUM]],
// CHECK: %[[RESIDUAL:.*]] = kernel.load %[[R]]{{.*}} #[[MN]]
// CHECK: %[[SHIFTED:.*]] = arith.addf %[[POSITIVE]], %[[RESIDUAL]]
// CHECK: kernel.yield %[[SHIFTED]]
// CHECK-NOT: kernel.generic
// CHECK: return
func.func @reduction(%a: memref<4x6xf32>, %b: memref<6x8xf32>, %r: memref<4x8xf32>, %c: memref<4x8xf32>) {
  %z = arith.constant 0.0 : f32
  %product = memref.alloc() : memref<4x8xf32>
  kernel.generic extents [4, 8, 6] reductions = 1 ins(%a, %b : memref<4x6xf32>, memref<6x8xf32>)
    outs(%product : memref<4x8xf32>) inits(%z : f32) maps [#mk, #kn, #mn] {
  ^bb0(%x: f32, %y: f32, %acc: f32):
    %s = math.fma %x, %y, %acc : f32
    kernel.yield %s : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  %positive = memref.alloc() : memref<4x8xf32>
  kernel.generic extents [4, 8] reductions = 0 ins(%product : memref<4x8xf32>) outs(%positive : memref<4x8xf32>) maps [#id, #id] {
  ^bb0(%x: f32):
    %s = arith.maximumf %x, %z : f32
    kernel.yield %s : f32
  } {}
  kernel.generic extents [4, 8] reductions = 0 ins(%positive, %r : memref<4x8xf32>, memref<4x8xf32>)
    outs(%c : memref<4x8xf32>) maps [#id, #id, #id] {
  ^bb0(%x: f32, %y: f32):
    %s = arith.addf %x, %y : f32
    kernel.yield %s : f32
  } {}
  return
}

// -----

// Without a reduction, what the consumer reads beside becomes an input; a broadcast keeps its subscripts.
#id = affine_map<(a, b) -> (a, b)>
#row = affine_map<(a, b) -> (b)>
// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: @elementwise
// CHECK-SAME: (%[[X:[a-z0-9]*]]: memref<4x8xf32>, %[[V:[a-z0-9]*]]: memref<8xf32>, %[[Y:[a-z0-9]*]]: memref<4x8xf32>)
// CHECK-NOT: memref.alloc
// CHECK: kernel.generic extents [4, 8] reductions = 0 ins(%[[X]], %[[V]] : memref<4x8xf32>, memref<8xf32>) outs(%[[Y]] : memref<4x8xf32>)
// CHECK-SAME: maps [#[[ID]], #[[ROW]], #[[ID]]]
// CHECK: ^bb0(%[[P:.*]]: f32, %[[Q:.*]]: f32):
// CHECK: %[[N:.*]] = arith.negf %[[P]]
// CHECK: %[[M:.*]] = arith.mulf %[[N]], %[[Q]]
// CHECK: arith.addf %[[M]], %[[M]]
// CHECK-NOT: kernel.generic
// CHECK: return
func.func @elementwise(%x: memref<4x8xf32>, %v: memref<8xf32>, %y: memref<4x8xf32>) {
  %0 = memref.alloc() : memref<4x8xf32>
  kernel.generic extents [4, 8] reductions = 0 ins(%x : memref<4x8xf32>) outs(%0 : memref<4x8xf32>) maps [#id, #id] {
  ^bb0(%p: f32):
    %s = arith.negf %p : f32
    kernel.yield %s : f32
  } {}
  %1 = memref.alloc() : memref<4x8xf32>
  kernel.generic extents [4, 8] reductions = 0 ins(%0, %v : memref<4x8xf32>, memref<8xf32>) outs(%1 : memref<4x8xf32>) maps [#id, #row, #id] {
  ^bb0(%p: f32, %q: f32):
    %s = arith.mulf %p, %q : f32
    kernel.yield %s : f32
  } {}
  kernel.generic extents [4, 8] reductions = 0 ins(%1, %1 : memref<4x8xf32>, memref<4x8xf32>) outs(%y : memref<4x8xf32>) maps [#id, #id, #id] {
  ^bb0(%p: f32, %q: f32):
    %s = arith.addf %p, %q : f32
    kernel.yield %s : f32
  } {}
  return
}

// -----

// The consumer reads the buffer transposed, so its loops, and its coordinates, are the producer's swapped.
#id = affine_map<(a, b) -> (a, b)>
#swap = affine_map<(a, b) -> (b, a)>
// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[SWAP:.*]] = affine_map<(d0, d1) -> (d1, d0)>
// CHECK-LABEL: @transposed
// CHECK: kernel.generic extents [4, 8] reductions = 0 ins(%{{.*}} : memref<4x8xf32>) outs(%{{.*}} : memref<8x4xf32>)
// CHECK-SAME: maps [#[[ID]], #[[SWAP]]]
// CHECK: arith.negf
// CHECK: kernel.index 1
// CHECK-NOT: kernel.generic
// CHECK: return
func.func @transposed(%x: memref<4x8xf32>, %y: memref<8x4xf32>) {
  %0 = memref.alloc() : memref<4x8xf32>
  kernel.generic extents [4, 8] reductions = 0 ins(%x : memref<4x8xf32>) outs(%0 : memref<4x8xf32>) maps [#id, #id] {
  ^bb0(%p: f32):
    %s = arith.negf %p : f32
    kernel.yield %s : f32
  } {}
  kernel.generic extents [8, 4] reductions = 0 ins(%0 : memref<4x8xf32>) outs(%y : memref<8x4xf32>) maps [#swap, #id] {
  ^bb0(%p: f32):
    %i = kernel.index 0
    %n = arith.index_cast %i : index to i32
    %f = arith.sitofp %n : i32 to f32
    %s = arith.addf %p, %f : f32
    kernel.yield %s : f32
  } {}
  return
}

// -----

// A window reads an element more than once.
// CHECK-LABEL: @window
// CHECK-COUNT-2: kernel.generic
func.func @window(%x: memref<9xf32>, %y: memref<8xf32>) {
  %0 = memref.alloc() : memref<9xf32>
  kernel.generic extents [9] reductions = 0 ins(%x : memref<9xf32>) outs(%0 : memref<9xf32>)
    maps [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] {
  ^bb0(%p: f32):
    %s = arith.negf %p : f32
    kernel.yield %s : f32
  } {}
  kernel.generic extents [8] reductions = 0 ins(%0, %0 : memref<9xf32>, memref<9xf32>) outs(%y : memref<8xf32>)
    maps [affine_map<(i) -> (i)>, affine_map<(i) -> (i + 1)>, affine_map<(i) -> (i)>] {
  ^bb0(%p: f32, %q: f32):
    %s = arith.addf %p, %q : f32
    kernel.yield %s : f32
  } {}
  return
}

// -----

// The consumer reads a part of the buffer only: the producer's loops are too long for it.
// CHECK-LABEL: @part
// CHECK-COUNT-2: kernel.generic
func.func @part(%x: memref<9xf32>, %y: memref<5xf32>) {
  %0 = memref.alloc() : memref<9xf32>
  kernel.generic extents [9] reductions = 0 ins(%x : memref<9xf32>) outs(%0 : memref<9xf32>)
    maps [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] {
  ^bb0(%p: f32):
    %s = arith.negf %p : f32
    kernel.yield %s : f32
  } {}
  kernel.generic extents [5] reductions = 0 ins(%0 : memref<9xf32>) outs(%y : memref<5xf32>)
    maps [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] {
  ^bb0(%p: f32):
    kernel.yield %p : f32
  } {}
  return
}

// -----

// The first row only.
// CHECK-LABEL: @row
// CHECK-COUNT-2: kernel.generic
func.func @row(%x: memref<4x8xf32>, %y: memref<8xf32>) {
  %0 = memref.alloc() : memref<4x8xf32>
  kernel.generic extents [4, 8] reductions = 0 ins(%x : memref<4x8xf32>) outs(%0 : memref<4x8xf32>)
    maps [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>] {
  ^bb0(%p: f32):
    %s = arith.negf %p : f32
    kernel.yield %s : f32
  } {}
  kernel.generic extents [8] reductions = 0 ins(%0 : memref<4x8xf32>) outs(%y : memref<8xf32>)
    maps [affine_map<(j) -> (0, j)>, affine_map<(j) -> (j)>] {
  ^bb0(%p: f32):
    kernel.yield %p : f32
  } {}
  return
}

// -----

// A row of sums that the consumer broadcasts is computed once.
// CHECK-LABEL: @broadcast
// CHECK-COUNT-2: kernel.generic
func.func @broadcast(%x: memref<4x8xf32>, %y: memref<4x8xf32>) {
  %z = arith.constant 0.0 : f32
  %0 = memref.alloc() : memref<4xf32>
  kernel.generic extents [4, 8] reductions = 1 ins(%x : memref<4x8xf32>) outs(%0 : memref<4xf32>) inits(%z : f32)
    maps [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (i)>] {
  ^bb0(%p: f32, %acc: f32):
    %s = arith.addf %p, %acc : f32
    kernel.yield %s : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  kernel.generic extents [4, 8] reductions = 0 ins(%x, %0 : memref<4x8xf32>, memref<4xf32>) outs(%y : memref<4x8xf32>)
    maps [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>] {
  ^bb0(%p: f32, %q: f32):
    %s = arith.subf %p, %q : f32
    kernel.yield %s : f32
  } {}
  return
}

// -----

// Two readers: the buffer must be there.
#id = affine_map<(i) -> (i)>
// CHECK-LABEL: @two_readers
// CHECK: memref.alloc
// CHECK-COUNT-3: kernel.generic
func.func @two_readers(%x: memref<8xf32>, %y: memref<8xf32>, %z: memref<8xf32>) {
  %0 = memref.alloc() : memref<8xf32>
  kernel.generic extents [8] reductions = 0 ins(%x : memref<8xf32>) outs(%0 : memref<8xf32>) maps [#id, #id] {
  ^bb0(%p: f32):
    %s = arith.negf %p : f32
    kernel.yield %s : f32
  } {}
  kernel.generic extents [8] reductions = 0 ins(%0 : memref<8xf32>) outs(%y : memref<8xf32>) maps [#id, #id] {
  ^bb0(%p: f32):
    %s = arith.addf %p, %p : f32
    kernel.yield %s : f32
  } {}
  kernel.generic extents [8] reductions = 0 ins(%0 : memref<8xf32>) outs(%z : memref<8xf32>) maps [#id, #id] {
  ^bb0(%p: f32):
    %s = arith.mulf %p, %p : f32
    kernel.yield %s : f32
  } {}
  return
}

// -----

// Two writers, as of a border and what it surrounds.
#id = affine_map<(i) -> (i)>
// CHECK-LABEL: @two_writers
// CHECK-COUNT-3: kernel.generic
func.func @two_writers(%x: memref<8xf32>, %y: memref<10xf32>) {
  %z = arith.constant 0.0 : f32
  %0 = memref.alloc() : memref<10xf32>
  kernel.generic extents [10] reductions = 0 outs(%0 : memref<10xf32>) maps [#id] {
    kernel.yield %z : f32
  } {}
  kernel.generic extents [8] reductions = 0 ins(%x : memref<8xf32>) outs(%0 : memref<10xf32>) maps [#id, affine_map<(i) -> (i + 1)>] {
  ^bb0(%p: f32):
    kernel.yield %p : f32
  } {}
  kernel.generic extents [10] reductions = 0 ins(%0 : memref<10xf32>) outs(%y : memref<10xf32>) maps [#id, #id] {
  ^bb0(%p: f32):
    %s = arith.negf %p : f32
    kernel.yield %s : f32
  } {}
  return
}

// -----

// Between the two, what the producer reads is overwritten, through a view of it.
#id = affine_map<(i) -> (i)>
// CHECK-LABEL: @overwritten
// CHECK-COUNT-3: kernel.generic
func.func @overwritten(%x: memref<8xf32>, %y: memref<8xf32>) {
  %z = arith.constant 0.0 : f32
  %view = memref.reinterpret_cast %x to offset: [0], sizes: [8], strides: [1] : memref<8xf32> to memref<8xf32>
  %0 = memref.alloc() : memref<8xf32>
  kernel.generic extents [8] reductions = 0 ins(%x : memref<8xf32>) outs(%0 : memref<8xf32>) maps [#id, #id] {
  ^bb0(%p: f32):
    %s = arith.negf %p : f32
    kernel.yield %s : f32
  } {}
  kernel.generic extents [8] reductions = 0 outs(%view : memref<8xf32>) maps [#id] {
    kernel.yield %z : f32
  } {}
  kernel.generic extents [8] reductions = 0 ins(%0 : memref<8xf32>) outs(%y : memref<8xf32>) maps [#id, #id] {
  ^bb0(%p: f32):
    %s = arith.addf %p, %p : f32
    kernel.yield %s : f32
  } {}
  return
}

// -----

// The consumer overwrites what the producer reads elsewhere: fused, the producer would read what is new.
// CHECK-LABEL: @in_place
// CHECK-COUNT-2: kernel.generic
func.func @in_place(%x: memref<9xf32>) {
  %0 = memref.alloc() : memref<8xf32>
  kernel.generic extents [8] reductions = 0 ins(%x, %x : memref<9xf32>, memref<9xf32>) outs(%0 : memref<8xf32>)
    maps [affine_map<(i) -> (i)>, affine_map<(i) -> (i + 1)>, affine_map<(i) -> (i)>] {
  ^bb0(%p: f32, %q: f32):
    %s = arith.subf %q, %p : f32
    kernel.yield %s : f32
  } {}
  kernel.generic extents [8] reductions = 0 ins(%0 : memref<8xf32>) outs(%x : memref<9xf32>)
    maps [affine_map<(i) -> (i)>, affine_map<(i) -> (i + 1)>] {
  ^bb0(%p: f32):
    %s = arith.negf %p : f32
    kernel.yield %s : f32
  } {}
  return
}
