// RUN: tenon-opt %s --tenon-sink-reshapes --canonicalize --split-input-file | FileCheck %s

// GPT-2's activation works on the product's own shape; the last reshape is all that is left.
// CHECK-LABEL: @main
// CHECK: %[[P:.*]] = nn.matmul
// CHECK: %[[H:.*]] = nn.mul %[[P]], %{{.*}} : (tensor<6x8xf32>, tensor<f32>) -> tensor<6x8xf32>
// CHECK: %[[T:.*]] = nn.tanh %[[P]] : (tensor<6x8xf32>) -> tensor<6x8xf32>
// CHECK: %[[G:.*]] = nn.mul %[[H]], %[[T]]
// CHECK: %[[Y:.*]] = nn.reshape %[[G]]
// CHECK: return %[[Y]]
func.func @main(%x: tensor<6x8xf32>) -> tensor<1x6x8xf32> {
  %w = nn.constant dense<1.0> : tensor<8x8xf32> : tensor<8x8xf32>
  %half = nn.constant dense<0.5> : tensor<f32> : tensor<f32>
  %0 = nn.matmul %x, %w : (tensor<6x8xf32>, tensor<8x8xf32>) -> tensor<6x8xf32>
  %1 = nn.reshape %0 {shape = affine_map<() -> (1, 6, 8)>} : (tensor<6x8xf32>) -> tensor<1x6x8xf32>
  %2 = nn.mul %1, %half : (tensor<1x6x8xf32>, tensor<f32>) -> tensor<1x6x8xf32>
  %3 = nn.tanh %1 : (tensor<1x6x8xf32>) -> tensor<1x6x8xf32>
  %4 = nn.mul %2, %3 : (tensor<1x6x8xf32>, tensor<1x6x8xf32>) -> tensor<1x6x8xf32>
  return %4 : tensor<1x6x8xf32>
}

// -----

// Operands that were reshaped from different shapes, or broadcast, stay where they are.
// CHECK-LABEL: @main
// CHECK-COUNT-2: nn.reshape
// CHECK: nn.add
// CHECK: nn.mul
// CHECK-NOT: nn.reshape
func.func @main(%x: tensor<6x8xf32>, %z: tensor<48xf32>, %v: tensor<1x1x8xf32>) -> tensor<1x6x8xf32> {
  %0 = nn.reshape %x {shape = affine_map<() -> (1, 6, 8)>} : (tensor<6x8xf32>) -> tensor<1x6x8xf32>
  %1 = nn.reshape %z {shape = affine_map<() -> (1, 6, 8)>} : (tensor<48xf32>) -> tensor<1x6x8xf32>
  %2 = nn.add %0, %1 : (tensor<1x6x8xf32>, tensor<1x6x8xf32>) -> tensor<1x6x8xf32>
  %3 = nn.mul %2, %v : (tensor<1x6x8xf32>, tensor<1x1x8xf32>) -> tensor<1x6x8xf32>
  return %3 : tensor<1x6x8xf32>
}
