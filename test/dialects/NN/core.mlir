// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// Each op survives printing and parsing.

// CHECK-DAG: #[[$MAP:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s1 * 2, 3)>
// CHECK-DAG: #[[$MAP1:map[0-9]*]] = affine_map<() -> ()>
// CHECK-DAG: #[[$MAP2:map[0-9]*]] = affine_map<() -> (2, 3)>
// CHECK-DAG: #[[$MAP3:map[0-9]*]] = affine_map<()[s0] -> (s0, 4)>

// CHECK-LABEL: @constant(
// CHECK: nn.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32> : tensor<2xf32>
func.func @constant() {
  %y = nn.constant dense<[1.0, 2.0]> : tensor<2xf32> : tensor<2xf32>
  return
}

// CHECK-LABEL: @constant_splat(
// CHECK: nn.constant dense<7> : tensor<3x4xui8> : tensor<3x4xui8>
func.func @constant_splat() {
  %y = nn.constant dense<7> : tensor<3x4xui8> : tensor<3x4xui8>
  return
}

// CHECK-LABEL: @constant_scalar(
// CHECK: nn.constant dense<1.000000e+00> : tensor<f8E4M3FN> : tensor<f8E4M3FN>
func.func @constant_scalar() {
  %y = nn.constant dense<1.0> : tensor<f8E4M3FN> : tensor<f8E4M3FN>
  return
}

// CHECK-LABEL: @constant_empty(
// CHECK: nn.constant dense<> : tensor<0x3xi64> : tensor<0x3xi64>
func.func @constant_empty() {
  %y = nn.constant dense<> : tensor<0x3xi64> : tensor<0x3xi64>
  return
}

// A weight: the bytes are in a section of the file, after their alignment.
// CHECK-LABEL: @constant_resource(
// CHECK: nn.constant dense_resource<weights> : tensor<2xf32> : tensor<2xf32>
func.func @constant_resource() {
  %y = nn.constant dense_resource<weights> : tensor<2xf32> : tensor<2xf32>
  return
}

// CHECK-LABEL: @shape_of(
// CHECK: nn.shape_of #[[$MAP]] : tensor<3xi64>
func.func @shape_of() {
  %y = nn.shape_of affine_map<()[s0, s1] -> (s0, s1 * 2, 3)> : tensor<3xi64>
  return
}

// CHECK-LABEL: @shape_of_nothing(
// CHECK: nn.shape_of #[[$MAP1]] : tensor<0xi64>
func.func @shape_of_nothing() {
  %y = nn.shape_of affine_map<() -> ()> : tensor<0xi64>
  return
}

// CHECK-LABEL: @iota(
// CHECK: nn.iota #[[$MAP2]], 1 : tensor<2x3xi64>
func.func @iota() {
  %y = nn.iota affine_map<() -> (2, 3)>, 1 : tensor<2x3xi64>
  return
}

// CHECK-LABEL: @iota_symbolic(
// CHECK: nn.iota #[[$MAP3]], 0 : tensor<?x4xi64, #[[$MAP3]]>
func.func @iota_symbolic() {
  %y = nn.iota affine_map<()[s0] -> (s0, 4)>, 0 : tensor<?x4xi64, affine_map<()[s0] -> (s0, 4)>>
  return
}

{-#
  dialect_resources: {
    builtin: {
      weights: "0x040000000000803F00000040"
    }
  }
#-}

// CHECK: weights: "0x040000000000803F00000040"
