// RUN: tenon-opt %s --tenon-plan-scratch --split-input-file | FileCheck %s

#d = affine_map<() -> (2, 7)>
#id = affine_map<(a, b) -> (a, b)>
// The first and the third buffer never live at the same time: they share memory. 56 bytes each, aligned to 64.
// CHECK: module attributes {{.*}}tenon.shared = 128 : i64
// All parts of the range share them, by an argument ahead of each part's own scratch.
// CHECK: func.func @kernel({{.*}}, %[[SHARED:[a-z0-9]*]]: memref<i8> {llvm.noalias}, %{{[a-z0-9]*}}: memref<i8>, %{{.*}}: memref<i64>,
// CHECK: %[[BYTES:.*]] = memref.reinterpret_cast %[[SHARED]] to offset: [0], sizes: [128], strides: [1]
// CHECK: %[[A:.*]] = arith.constant 0 : index
// CHECK: memref.view %[[BYTES]][%[[A]]][] : memref<128xi8> to memref<2x7xf32>
// CHECK: %[[B:.*]] = arith.constant 64 : index
// CHECK: memref.view %[[BYTES]][%[[B]]][] : memref<128xi8> to memref<2x7xf32>
// CHECK: %[[C:.*]] = arith.constant 0 : index
// CHECK: memref.view %[[BYTES]][%[[C]]][] : memref<128xi8> to memref<2x7xf32>
// CHECK-NOT: memref.alloc
module attributes {tenon.scratch = 0 : i64} {
func.func @kernel(%x: memref<2x7xf32>, %y: memref<2x7xf32>, %scratch: memref<i8>, %dims: memref<i64>, %begin: index, %end: index) {
  %a = memref.alloc() {extents = #d} : memref<2x7xf32>
  memref.copy %x, %a : memref<2x7xf32> to memref<2x7xf32>
  %b = memref.alloc() {extents = #d} : memref<2x7xf32>
  memref.copy %a, %b : memref<2x7xf32> to memref<2x7xf32>
  %c = memref.alloc() {extents = #d} : memref<2x7xf32>
  memref.copy %b, %c : memref<2x7xf32> to memref<2x7xf32>
  memref.copy %c, %y : memref<2x7xf32> to memref<2x7xf32>
  return
}
}

// -----

// A buffer lives as long as any view of it.
// CHECK: module attributes {{.*}}tenon.shared = 128 : i64
module attributes {tenon.scratch = 0 : i64} {
func.func @kernel(%x: memref<16xf32>, %y: memref<4x4xf32>, %scratch: memref<i8>, %dims: memref<i64>, %begin: index, %end: index) {
  %a = memref.alloc() : memref<16xf32>
  memref.copy %x, %a : memref<16xf32> to memref<16xf32>
  %v = memref.reinterpret_cast %a to offset: [0], sizes: [4, 4], strides: [4, 1] : memref<16xf32> to memref<4x4xf32>
  %b = memref.alloc() : memref<16xf32>
  memref.copy %x, %b : memref<16xf32> to memref<16xf32>
  memref.copy %v, %y : memref<4x4xf32> to memref<4x4xf32>
  return
}
}

// -----

// A symbolic size counts at its maximum: 8 x 16 x 4 bytes.
#s = affine_map<()[s0] -> (s0, 16)>
// CHECK: module attributes {{.*}}tenon.shared = 512 : i64
// CHECK: func.func @kernel(%[[N:[a-z0-9]*]]: index,
// CHECK: memref.view %{{.*}}[%{{.*}}][%[[N]]] : memref<512xi8> to memref<?x16xf32>
module attributes {nn.symbols = [#nn.symbol<"N", 1, 8>], tenon.scratch = 0 : i64} {
func.func @kernel(%n: index, %x: memref<?x16xf32>, %scratch: memref<i8>, %dims: memref<i64>, %begin: index, %end: index) {
  %a = memref.alloc(%n) {extents = #s} : memref<?x16xf32>
  memref.copy %x, %a : memref<?x16xf32> to memref<?x16xf32>
  return
}
}

// -----

// What is allocated in a parallel loop is of one iteration: it lies in the scratch of each part of the range. The
// other buffer is common to all.
// CHECK: module attributes {{.*}}tenon.scratch = 64 : i64, tenon.shared = 128 : i64
// CHECK: func.func @kernel({{.*}}, %[[SHARED:[a-z0-9]*]]: memref<i8> {llvm.noalias}, %[[SCRATCH:[a-z0-9]*]]: memref<i8>, %{{.*}}: memref<i64>,
// CHECK-DAG: memref.reinterpret_cast %[[SHARED]] to offset: [0], sizes: [128], strides: [1]
// CHECK-DAG: %[[OWN:.*]] = memref.reinterpret_cast %[[SCRATCH]] to offset: [0], sizes: [64], strides: [1]
// CHECK: scf.for
// CHECK: memref.view %[[OWN]]
module attributes {tenon.scratch = 0 : i64, tenon.shared = 0 : i64} {
func.func @kernel(%x: memref<16xf32>, %y: memref<32xf32>, %scratch: memref<i8>, %dims: memref<i64>, %begin: index, %end: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %all = memref.alloc() : memref<32xf32>
  scf.for %i = %c0 to %c8 step %c1 {
    %a = memref.alloc() : memref<16xf32>
    memref.copy %x, %a : memref<16xf32> to memref<16xf32>
    memref.copy %a, %x : memref<16xf32> to memref<16xf32>
  } {tenon.parallel}
  memref.copy %all, %y : memref<32xf32> to memref<32xf32>
  return
}
}
