// RUN: tenon-opt %s --pass-pipeline='builtin.module(func.func(tenon-hoist-slices))' --split-input-file | FileCheck %s

// Only the first row is read: the normalization, the sum and the product are computed for that row alone.
// CHECK-LABEL: @rows
// CHECK: %[[ROW:.*]] = nn.slice %arg0 {{.*}} -> tensor<1x1x64xf32>
// CHECK: nn.matmul %[[ROW]], %arg1 : (tensor<1x1x64xf32>, tensor<64x32xf32>) -> tensor<1x1x32xf32>
// CHECK: nn.add {{.*}} : (tensor<1x1x32xf32>, tensor<32xf32>) -> tensor<1x1x32xf32>
// CHECK: nn.layer_norm {{.*}} -> tensor<1x1x32xf32>
// CHECK-NEXT: return
func.func @rows(%x: tensor<1x8x64xf32>, %w: tensor<64x32xf32>, %b: tensor<32xf32>) -> tensor<1x1x32xf32> {
  %0 = nn.matmul %x, %w : (tensor<1x8x64xf32>, tensor<64x32xf32>) -> tensor<1x8x32xf32>
  %1 = nn.add %0, %b : (tensor<1x8x32xf32>, tensor<32xf32>) -> tensor<1x8x32xf32>
  %2 = nn.layer_norm %1, %b, %b {axis = 2 : i64, epsilon = 1.0e-5 : f64} : (tensor<1x8x32xf32>, tensor<32xf32>, tensor<32xf32>) -> tensor<1x8x32xf32>
  %3 = nn.slice %2 {starts = affine_map<() -> (0, 0, 0)>, sizes = affine_map<() -> (1, 1, 32)>, steps = array<i64: 1, 1, 1>} : (tensor<1x8x32xf32>) -> tensor<1x1x32xf32>
  return %3 : tensor<1x1x32xf32>
}

// -----

// A value that somebody reads whole stays whole, and a normalization needs the whole of its rows.
// CHECK-LABEL: @stays
// CHECK: nn.relu %arg0 : (tensor<1x8x64xf32>) -> tensor<1x8x64xf32>
// CHECK: nn.layer_norm {{.*}} -> tensor<1x8x64xf32>
// CHECK: nn.slice
func.func @stays(%x: tensor<1x8x64xf32>, %b: tensor<64xf32>) -> (tensor<1x8x64xf32>, tensor<1x8x32xf32>) {
  %0 = nn.relu %x : (tensor<1x8x64xf32>) -> tensor<1x8x64xf32>
  %1 = nn.layer_norm %0, %b, %b {axis = 2 : i64, epsilon = 1.0e-5 : f64} : (tensor<1x8x64xf32>, tensor<64xf32>, tensor<64xf32>) -> tensor<1x8x64xf32>
  %2 = nn.slice %1 {starts = affine_map<() -> (0, 0, 0)>, sizes = affine_map<() -> (1, 8, 32)>, steps = array<i64: 1, 1, 1>} : (tensor<1x8x64xf32>) -> tensor<1x8x32xf32>
  return %0, %2 : tensor<1x8x64xf32>, tensor<1x8x32xf32>
}
