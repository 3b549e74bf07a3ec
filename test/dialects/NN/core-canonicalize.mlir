// RUN: tenon-opt %s --canonicalize | FileCheck %s

// Constants are not repeated.
// CHECK-LABEL: @constants
// CHECK: %[[C:.*]] = nn.constant dense<2.000000e+00> : tensor<3xf32>
// CHECK-NOT: nn.constant
// CHECK: return %[[C]], %[[C]]
func.func @constants() -> (tensor<3xf32>, tensor<3xf32>) {
  %0 = nn.constant dense<2.0> : tensor<3xf32> : tensor<3xf32>
  %1 = nn.constant dense<2.0> : tensor<3xf32> : tensor<3xf32>
  return %0, %1 : tensor<3xf32>, tensor<3xf32>
}

// A cast to the same type is nothing; a cast and its inverse round, and stay.
// CHECK-LABEL: @casts
// CHECK-SAME: (%[[X:.*]]: tensor<3xf32>)
// CHECK-NEXT: %[[HALF:.*]] = nn.cast %[[X]] {{.*}}to = f16
// CHECK-NEXT: %[[BACK:.*]] = nn.cast %[[HALF]] {{.*}}to = f32
// CHECK-NEXT: return %[[X]], %[[BACK]]
func.func @casts(%x: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %0 = nn.cast %x {to = f32} : (tensor<3xf32>) -> tensor<3xf32>
  %1 = nn.cast %x {to = f16} : (tensor<3xf32>) -> tensor<3xf16>
  %2 = nn.cast %1 {to = f32} : (tensor<3xf16>) -> tensor<3xf32>
  return %0, %2 : tensor<3xf32>, tensor<3xf32>
}
