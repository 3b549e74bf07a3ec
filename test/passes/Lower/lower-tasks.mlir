// RUN: tenon-opt %s --tenon-lower-tasks --canonicalize --cse --split-input-file | FileCheck %s

// The task's module: a kernel on the operands' and results' pointers, scratch, dims, and the part of the range.
// CHECK-LABEL: sched.task @relu
// CHECK: module @relu_code attributes {
// CHECK-SAME: tenon.scratch = 0 : i64
// CHECK: func.func @kernel(%[[X:.*]]: memref<f32> {{.*}}, %[[Y:.*]]: memref<f32> {{.*}}, %{{.*}}: memref<i8> {{.*}}, %{{.*}}: memref<i64> {{.*}}, %{{.*}}: index, %{{.*}}: index)
// CHECK: %[[IN:.*]] = memref.reinterpret_cast %[[X]] to offset: [0], sizes: [2, 7, 9], strides: [63, 9, 1]
// CHECK: %[[OUT:.*]] = memref.reinterpret_cast %[[Y]] to offset: [0], sizes: [2, 7, 9], strides: [63, 9, 1]
// CHECK: kernel.generic extents [2, 7, 9] reductions = 0 ins(%[[IN]] : memref<2x7x9xf32>) outs(%[[OUT]] : memref<2x7x9xf32>)
// CHECK-NOT: memref.alloc
sched.task @relu {
^bb0(%x: tensor<2x7x9xf32>):
  %y = nn.relu %x : (tensor<2x7x9xf32>) -> tensor<2x7x9xf32>
  sched.yield %y : tensor<2x7x9xf32>
}

// -----

// What lies between two operators is a temporary buffer.
// CHECK: module @two_code
// CHECK: %[[BETWEEN:.*]] = memref.alloc() {{.*}} : memref<5xf32>
// CHECK: kernel.generic {{.*}} outs(%[[BETWEEN]] : memref<5xf32>)
// CHECK: kernel.generic {{.*}} ins(%[[BETWEEN]] : memref<5xf32>)
sched.task @two {
^bb0(%x: tensor<5xf32>):
  %y = nn.relu %x : (tensor<5xf32>) -> tensor<5xf32>
  %z = nn.relu %y : (tensor<5xf32>) -> tensor<5xf32>
  sched.yield %z : tensor<5xf32>
}

// -----

// A symbolic extent is read from the task's dims; work and range are expressions over the symbols.
#s = affine_map<()[s0] -> (s0, 16)>
// CHECK: #[[FLOPS:.*]] = affine_map<()[s0] -> (s0 * 16)>
// CHECK: module attributes {nn.symbols = [#nn.symbol<"N", 1, 8>]}
module attributes {nn.symbols = [#nn.symbol<"N", 1, 8>]} {
// CHECK: module @relu_code attributes {nn.symbols = [#nn.symbol<"N", 1, 8>], tenon.flops = #[[FLOPS]]
// CHECK: func.func @kernel({{.*}}, %{{.*}}: memref<i8> {{.*}}, %[[DIMS:.*]]: memref<i64> {{.*}}, %{{.*}}: index, %{{.*}}: index)
// CHECK: %[[VIEW:.*]] = memref.reinterpret_cast %[[DIMS]]
// CHECK: %[[LOADED:.*]] = memref.load %[[VIEW]][%c0]
// CHECK: %[[N:.*]] = arith.index_cast %[[LOADED]] : i64 to index
// CHECK: kernel.generic extents [%[[N]], 16]
sched.task @relu {
^bb0(%x: tensor<?x16xf32, #s>):
  %y = nn.relu %x : (tensor<?x16xf32, #s>) -> tensor<?x16xf32, #s>
  sched.yield %y : tensor<?x16xf32, #s>
}
}

// -----

// Buffers are different ones, but for the result and what it may be written over.
// CHECK: module @sum_code
// CHECK: func.func @kernel(%{{.*}}: memref<f32> {llvm.noalias}, %{{.*}}: memref<f32> {tenon.in_place}, %{{.*}}: memref<f32> {tenon.in_place}, %{{.*}}: memref<i8> {llvm.noalias},
sched.task @sum in_place [1] {
^bb0(%x: tensor<5xf32>, %y: tensor<5xf32>):
  %z = nn.add %x, %y : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xf32>
  sched.yield %z : tensor<5xf32>
}

// -----

// Zeros around the elements, each written once, along memory: the two rows above with what is left of the first
// row, then right of a row and left of the next one, at last right of the last row and the two rows below.
// CHECK-DAG: #[[ABOVE:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2 - 2, d3 - 1)>
// CHECK-DAG: #[[BESIDE:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3 + 6)>
// CHECK-DAG: #[[BELOW:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2 + 4, d3 + 6)>
// CHECK: module @halo_code
// CHECK: kernel.generic extents [1, 8, 5, 6]
// CHECK: kernel.generic extents [1, 8, 1, 17] {{.*}} maps [#[[ABOVE]]]
// CHECK: kernel.generic extents [1, 8, 4, 2] {{.*}} maps [#[[BESIDE]]]
// CHECK: kernel.generic extents [1, 8, 1, 17] {{.*}} maps [#[[BELOW]]]
// CHECK-NOT: kernel.generic
#blocked = #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 2, 1]>
sched.task @halo layouts [unit, #blocked] {
^bb0(%x: tensor<1x8x5x6xf32>):
  %0 = nn.relu %x : (tensor<1x8x5x6xf32>) -> tensor<1x8x5x6xf32>
  sched.yield %0 : tensor<1x8x5x6xf32>
}
