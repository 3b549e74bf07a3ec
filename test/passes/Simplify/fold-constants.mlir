// RUN: tenon-opt %s --pass-pipeline='builtin.module(func.func(tenon-fold-constants,canonicalize))' | FileCheck %s --check-prefixes=CHECK,DEFAULT
// RUN: tenon-opt %s --pass-pipeline='builtin.module(func.func(tenon-fold-constants{growth=0},canonicalize))' | FileCheck %s --check-prefixes=CHECK,ZERO

// CHECK-LABEL: @chain
// CHECK: %[[Y:.*]] = nn.constant dense<[0.000000e+00, 2.000000e+00]> : tensor<2xf32> : tensor<2xf32>
// CHECK-NOT: nn.relu
// CHECK: return %[[Y]]
func.func @chain() -> tensor<2xf32> {
  %x = nn.constant dense<[-1.0, 2.0]> : tensor<2xf32> : tensor<2xf32>
  %0 = nn.relu %x : (tensor<2xf32>) -> tensor<2xf32>
  %1 = nn.relu %0 : (tensor<2xf32>) -> tensor<2xf32>
  return %1 : tensor<2xf32>
}

// CHECK-LABEL: @argument
// CHECK: nn.relu
func.func @argument(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = nn.relu %x : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// An outer product has more elements than its operands: 9 against 6.
// CHECK-LABEL: @growing
// DEFAULT-NOT: nn.matmul
// ZERO: nn.matmul
// CHECK: return
func.func @growing() -> tensor<3x3xf32> {
  %x = nn.constant dense<[[1.0], [2.0], [3.0]]> : tensor<3x1xf32> : tensor<3x1xf32>
  %y = nn.constant dense<[[1.0, 2.0, 3.0]]> : tensor<1x3xf32> : tensor<1x3xf32>
  %0 = nn.matmul %x, %y : (tensor<3x1xf32>, tensor<1x3xf32>) -> tensor<3x3xf32>
  return %0 : tensor<3x3xf32>
}

// What folds to something huge stays a computation: 300 x 300 elements.
// CHECK-LABEL: @huge
// CHECK: nn.matmul
func.func @huge() -> tensor<300x300xf32> {
  %x = nn.constant dense<1.0> : tensor<300x1xf32> : tensor<300x1xf32>
  %y = nn.constant dense<1.0> : tensor<1x300xf32> : tensor<1x300xf32>
  %0 = nn.matmul %x, %y : (tensor<300x1xf32>, tensor<1x300xf32>) -> tensor<300x300xf32>
  return %0 : tensor<300x300xf32>
}
