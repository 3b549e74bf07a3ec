// RUN: tenon-opt %s --tenon-lower-tasks --canonicalize --cse | FileCheck %s

// The positions of what is chosen, their number as the symbol, and a copy into a view of just that size.
// CHECK-DAG: #[[ROWS:.*]] = affine_map<(d0, d1, d2) -> (d1)>
// CHECK-DAG: #[[WHOLE:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-LABEL: module @compress_code
// CHECK: func.func @kernel(%{{.*}}: memref<f32> {{.*}}, %{{.*}}: memref<i8> {{.*}}, %[[Y:.*]]: memref<f32> {llvm.noalias}, %{{.*}}: memref<i8> {llvm.noalias}, %[[SYMBOLS:.*]]: memref<i64> {llvm.noalias}
// CHECK: %[[M:.*]] = memref.reinterpret_cast %[[SYMBOLS]]
// CHECK: %[[POSITIONS:.*]] = memref.alloc() {{.*}} : memref<10xi64>
// CHECK: %[[COUNT:.*]] = scf.for %[[I:.*]] = %{{.*}} iter_args(%[[N:.*]] = %{{.*}}) -> (index)
// CHECK: %[[P:.*]] = arith.index_cast %[[I]] : index to i64
// CHECK: memref.store %[[P]], %[[POSITIONS]][%[[N]]]
// CHECK: %[[NEXT:.*]] = arith.addi %[[N]], %{{.*}} : index
// CHECK: %[[KEPT:.*]] = arith.select %{{.*}}, %[[NEXT]], %[[N]] : index
// CHECK: scf.yield %[[KEPT]] : index
// CHECK: %[[WIDE:.*]] = arith.index_cast %[[COUNT]] : index to i64
// CHECK: memref.store %[[WIDE]], %[[M]]
// CHECK: %[[READ:.*]] = memref.load %[[M]]
// CHECK: %[[SIZE:.*]] = arith.index_cast %[[READ]] : i64 to index
// CHECK: %[[VIEW:.*]] = memref.reinterpret_cast %[[Y]] to offset: [0], sizes: [4, %[[SIZE]], 1], strides: [%[[SIZE]], 1, 1]
// CHECK: kernel.generic extents [4, %[[SIZE]], 1] reductions = 0 ins(%[[POSITIONS]] {{.*}}) outs(%[[VIEW]] {{.*}}) maps [#[[ROWS]], #[[WHOLE]]]
module attributes {nn.symbols = [#nn.symbol<"M", 0, 10, data = true>]} {
sched.task @compress {
^bb0(%x: tensor<4x10xf32>, %c: tensor<10xi1>):
  %y = nn.compress %x, %c {axis = 1 : i64, symbol = 0 : i64} : (tensor<4x10xf32>, tensor<10xi1>) -> tensor<4x?xf32, affine_map<()[s0] -> (4, s0)>>
  sched.yield %y : tensor<4x?xf32, affine_map<()[s0] -> (4, s0)>>
}
}
