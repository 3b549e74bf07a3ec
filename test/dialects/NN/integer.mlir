// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// Each op survives printing and parsing, and has the result type that it should.

// CHECK-DAG: #[[$MAP:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, 4, s1)>
// CHECK-DAG: #[[$MAP1:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, 6, s1)>
// CHECK-DAG: #[[$MAP2:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s1)>
// CHECK-DAG: #[[$MAP3:map[0-9]*]] = affine_map<()[s0, s1] -> (s1, 5)>
// CHECK-DAG: #[[$MAP4:map[0-9]*]] = affine_map<()[s0] -> (s0)>
// CHECK-DAG: #[[$MAP5:map[0-9]*]] = affine_map<()[s0] -> (s0, 5)>

// CHECK-LABEL: @conv_integer(
// CHECK: nn.conv_integer %{{.*}}, %{{.*}} {dilations = array<i64: 1, 1>, group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xui8>, tensor<6x4x3x3xi8>) -> tensor<1x6x6x6xi32>
func.func @conv_integer(%x: tensor<1x4x8x8xui8>, %w: tensor<6x4x3x3xi8>) {
  %y = nn.conv_integer %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xui8>, tensor<6x4x3x3xi8>) -> tensor<1x6x6x6xi32>
  return
}

// A zero point per output, and a bias.
// CHECK-LABEL: @conv_integer_zero_points(
// CHECK: nn.conv_integer %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {dilations = array<i64: 1, 1>, group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xui8>, tensor<6x4x3x3xi8>, tensor<ui8>, tensor<6xi8>, tensor<6xi32>) -> tensor<1x6x6x6xi32>
func.func @conv_integer_zero_points(%x: tensor<1x4x8x8xui8>, %w: tensor<6x4x3x3xi8>, %x_zero_point: tensor<ui8>, %w_zero_point: tensor<6xi8>, %bias: tensor<6xi32>) {
  %y = nn.conv_integer %x, %w, %x_zero_point, %w_zero_point, %bias {dilations = array<i64: 1, 1>, group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xui8>, tensor<6x4x3x3xi8>, tensor<ui8>, tensor<6xi8>, tensor<6xi32>) -> tensor<1x6x6x6xi32>
  return
}

// The bias without zero points.
// CHECK-LABEL: @conv_integer_bias(
// CHECK: nn.conv_integer %{{.*}}, %{{.*}}, %{{.*}} {dilations = array<i64: 1, 1>, group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 1>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xui8>, tensor<6x4x3x3xi8>, tensor<6xi32>) -> tensor<1x6x6x6xi32>
func.func @conv_integer_bias(%x: tensor<1x4x8x8xui8>, %w: tensor<6x4x3x3xi8>, %bias: tensor<6xi32>) {
  %y = nn.conv_integer %x, %w, %bias {dilations = array<i64: 1, 1>, group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 1>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xui8>, tensor<6x4x3x3xi8>, tensor<6xi32>) -> tensor<1x6x6x6xi32>
  return
}

// CHECK-LABEL: @conv_integer_symbolic(
// CHECK: nn.conv_integer %{{.*}}, %{{.*}}, %{{.*}} {dilations = array<i64: 1>, group = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 1, 0>, pads = array<i64: 1, 1>, strides = array<i64: 1>} : (tensor<?x4x?xi8, #[[$MAP]]>, tensor<6x2x3xui8>, tensor<1xui8>) -> tensor<?x6x?xi32, #[[$MAP1]]>
func.func @conv_integer_symbolic(%x: tensor<?x4x?xi8, affine_map<()[s0, s1] -> (s0, 4, s1)>>, %w: tensor<6x2x3xui8>, %w_zero_point: tensor<1xui8>) {
  %y = nn.conv_integer %x, %w, %w_zero_point {dilations = array<i64: 1>, group = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 1, 0>, pads = array<i64: 1, 1>, strides = array<i64: 1>} : (tensor<?x4x?xi8, affine_map<()[s0, s1] -> (s0, 4, s1)>>, tensor<6x2x3xui8>, tensor<1xui8>) -> tensor<?x6x?xi32, affine_map<()[s0, s1] -> (s0, 6, s1)>>
  return
}

// CHECK-LABEL: @matmul_integer(
// CHECK: nn.matmul_integer %{{.*}}, %{{.*}} {operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (tensor<3x4xui8>, tensor<4x5xi8>) -> tensor<3x5xi32>
func.func @matmul_integer(%a: tensor<3x4xui8>, %b: tensor<4x5xi8>) {
  %y = nn.matmul_integer %a, %b {operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (tensor<3x4xui8>, tensor<4x5xi8>) -> tensor<3x5xi32>
  return
}

// One per row, and one per matrix and column.
// CHECK-LABEL: @matmul_integer_zero_points(
// CHECK: nn.matmul_integer %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {operandSegmentSizes = array<i32: 1, 1, 1, 1>} : (tensor<2x3x4xi8>, tensor<2x4x5xi8>, tensor<3xi8>, tensor<2x1x5xi8>) -> tensor<2x3x5xi32>
func.func @matmul_integer_zero_points(%a: tensor<2x3x4xi8>, %b: tensor<2x4x5xi8>, %a_zero_point: tensor<3xi8>, %b_zero_point: tensor<2x1x5xi8>) {
  %y = nn.matmul_integer %a, %b, %a_zero_point, %b_zero_point {operandSegmentSizes = array<i32: 1, 1, 1, 1>} : (tensor<2x3x4xi8>, tensor<2x4x5xi8>, tensor<3xi8>, tensor<2x1x5xi8>) -> tensor<2x3x5xi32>
  return
}

// CHECK-LABEL: @matmul_integer_b_zero_point(
// CHECK: nn.matmul_integer %{{.*}}, %{{.*}}, %{{.*}} {operandSegmentSizes = array<i32: 1, 1, 0, 1>} : (tensor<3x4xi8>, tensor<4x5xi8>, tensor<i8>) -> tensor<3x5xi32>
func.func @matmul_integer_b_zero_point(%a: tensor<3x4xi8>, %b: tensor<4x5xi8>, %b_zero_point: tensor<i8>) {
  %y = nn.matmul_integer %a, %b, %b_zero_point {operandSegmentSizes = array<i32: 1, 1, 0, 1>} : (tensor<3x4xi8>, tensor<4x5xi8>, tensor<i8>) -> tensor<3x5xi32>
  return
}

// CHECK-LABEL: @matmul_integer_symbolic(
// CHECK: nn.matmul_integer %{{.*}}, %{{.*}}, %{{.*}} {operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<?x?xui8, #[[$MAP2]]>, tensor<?x5xui8, #[[$MAP3]]>, tensor<?xui8, #[[$MAP4]]>) -> tensor<?x5xi32, #[[$MAP5]]>
func.func @matmul_integer_symbolic(%a: tensor<?x?xui8, affine_map<()[s0, s1] -> (s0, s1)>>, %b: tensor<?x5xui8, affine_map<()[s0, s1] -> (s1, 5)>>, %a_zero_point: tensor<?xui8, affine_map<()[s0] -> (s0)>>) {
  %y = nn.matmul_integer %a, %b, %a_zero_point {operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<?x?xui8, affine_map<()[s0, s1] -> (s0, s1)>>, tensor<?x5xui8, affine_map<()[s0, s1] -> (s1, 5)>>, tensor<?xui8, affine_map<()[s0] -> (s0)>>) -> tensor<?x5xi32, affine_map<()[s0] -> (s0, 5)>>
  return
}

// A scale per channel of the weights.
// CHECK-LABEL: @requantize(
// CHECK: nn.requantize %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {axes = array<i64: 0, 1, 2>} : (tensor<1x6x4xi32>, tensor<f32>, tensor<6xf32>, tensor<f32>, tensor<ui8>) -> tensor<1x6x4xui8>
func.func @requantize(%x: tensor<1x6x4xi32>, %a_scale: tensor<f32>, %b_scale: tensor<6xf32>, %y_scale: tensor<f32>, %zero_point: tensor<ui8>) {
  %y = nn.requantize %x, %a_scale, %b_scale, %y_scale, %zero_point {axes = array<i64: 0, 1, 2>} : (tensor<1x6x4xi32>, tensor<f32>, tensor<6xf32>, tensor<f32>, tensor<ui8>) -> tensor<1x6x4xui8>
  return
}

// CHECK-LABEL: @requantize_wide(
// CHECK: nn.requantize %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {axes = array<i64: 0, 1, 0>} : (tensor<3x5xi32>, tensor<3xf16>, tensor<5xf16>, tensor<1xf16>, tensor<i16>) -> tensor<3x5xi16>
func.func @requantize_wide(%x: tensor<3x5xi32>, %a_scale: tensor<3xf16>, %b_scale: tensor<5xf16>, %y_scale: tensor<1xf16>, %zero_point: tensor<i16>) {
  %y = nn.requantize %x, %a_scale, %b_scale, %y_scale, %zero_point {axes = array<i64: 0, 1, 0>} : (tensor<3x5xi32>, tensor<3xf16>, tensor<5xf16>, tensor<1xf16>, tensor<i16>) -> tensor<3x5xi16>
  return
}

// CHECK-LABEL: @requantize_symbolic(
// CHECK: nn.requantize %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {axes = array<i64: 0, 0, 0>} : (tensor<?x5xi32, #[[$MAP5]]>, tensor<?xf32, #[[$MAP4]]>, tensor<f32>, tensor<f32>, tensor<i8>) -> tensor<?x5xi8, #[[$MAP5]]>
func.func @requantize_symbolic(%x: tensor<?x5xi32, affine_map<()[s0] -> (s0, 5)>>, %a_scale: tensor<?xf32, affine_map<()[s0] -> (s0)>>, %b_scale: tensor<f32>, %y_scale: tensor<f32>, %zero_point: tensor<i8>) {
  %y = nn.requantize %x, %a_scale, %b_scale, %y_scale, %zero_point {axes = array<i64: 0, 0, 0>} : (tensor<?x5xi32, affine_map<()[s0] -> (s0, 5)>>, tensor<?xf32, affine_map<()[s0] -> (s0)>>, tensor<f32>, tensor<f32>, tensor<i8>) -> tensor<?x5xi8, affine_map<()[s0] -> (s0, 5)>>
  return
}
