// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-opt %s --mlir-print-op-generic | tenon-opt | FileCheck %s

// CHECK: sched.task @relu {
// CHECK-NEXT: ^bb0(%[[X:.*]]: tensor<4xf32>):
// CHECK-NEXT: %[[Y:.*]] = nn.relu %[[X]]
// CHECK-NEXT: sched.yield %[[Y]] : tensor<4xf32>
sched.task @relu {
^bb0(%x: tensor<4xf32>):
  %y = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  sched.yield %y : tensor<4xf32>
}

// CHECK: sched.run @relu(%{{.*}}) : (tensor<4xf32>) -> tensor<4xf32>
// CHECK: sched.run @relu(%{{.*}}) places [#sched.place<arena, 64>, #sched.place<output, 0>] : (tensor<4xf32>) -> tensor<4xf32>
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = sched.run @relu(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = sched.run @relu(%0) places [#sched.place<arena, 64>, #sched.place<output, 0>] : (tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK: test.places = [#sched.place<input, 0>, #sched.place<weights, 128>]
module attributes {test.places = [#sched.place<input, 0>, #sched.place<weights, 128>]} {}
