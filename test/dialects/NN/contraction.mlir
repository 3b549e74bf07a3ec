// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// Each op survives printing and parsing, and has the result type that it should.

// CHECK-DAG: #[[$MAP:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, 3, s1, 8)>
// CHECK-DAG: #[[$MAP1:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, 6, (s1 - 1) floordiv 2 + 1, 4)>
// CHECK-DAG: #[[$MAP2:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, 3, s1)>
// CHECK-DAG: #[[$MAP3:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, 2, (s1 - 1) * 2 + 2)>
// CHECK-DAG: #[[$MAP4:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s1, 5)>
// CHECK-DAG: #[[$MAP5:map[0-9]*]] = affine_map<()[s0] -> (s0, 3, 5)>
// CHECK-DAG: #[[$MAP6:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s1)>
// CHECK-DAG: #[[$MAP7:map[0-9]*]] = affine_map<()[s0, s1] -> (s1, 5)>
// CHECK-DAG: #[[$MAP8:map[0-9]*]] = affine_map<()[s0] -> (s0, 1)>
// CHECK-DAG: #[[$MAP9:map[0-9]*]] = affine_map<()[s0] -> (s0, 5)>
// CHECK-DAG: #[[$MAP10:map[0-9]*]] = affine_map<()[s0, s1] -> (1, s1)>
// CHECK-DAG: #[[$MAP11:map[0-9]*]] = affine_map<()[s0, s1] -> (s1, s0)>

// CHECK-LABEL: @conv(
// CHECK: nn.conv %{{.*}}, %{{.*}} {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x3x8x8xf32>, tensor<6x3x3x3xf32>) -> tensor<1x6x6x6xf32>
func.func @conv(%x: tensor<1x3x8x8xf32>, %w: tensor<6x3x3x3xf32>) {
  %y = nn.conv %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x3x8x8xf32>, tensor<6x3x3x3xf32>) -> tensor<1x6x6x6xf32>
  return
}

// Two groups, strides, pads and dilations: (9 + 1 + 1 - 5) / 2 + 1 and (8 + 0 + 2 - 3) / 3 + 1.
// CHECK-LABEL: @conv_bias(
// CHECK: nn.conv %{{.*}}, %{{.*}}, %{{.*}} {dilations = array<i64: 2, 1>, group = 2 : i64, pads = array<i64: 1, 0, 1, 2>, strides = array<i64: 2, 3>} : (tensor<2x4x9x8xf16>, tensor<6x2x3x3xf16>, tensor<6xf16>) -> tensor<2x6x4x3xf16>
func.func @conv_bias(%x: tensor<2x4x9x8xf16>, %w: tensor<6x2x3x3xf16>, %bias: tensor<6xf16>) {
  %y = nn.conv %x, %w, %bias {dilations = array<i64: 2, 1>, group = 2 : i64, pads = array<i64: 1, 0, 1, 2>, strides = array<i64: 2, 3>} : (tensor<2x4x9x8xf16>, tensor<6x2x3x3xf16>, tensor<6xf16>) -> tensor<2x6x4x3xf16>
  return
}

// CHECK-LABEL: @conv_1d(
// CHECK: nn.conv %{{.*}}, %{{.*}} {dilations = array<i64: 1>, group = 1 : i64, pads = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<1x1x5xf64>, tensor<1x1x5xf64>) -> tensor<1x1x1xf64>
func.func @conv_1d(%x: tensor<1x1x5xf64>, %w: tensor<1x1x5xf64>) {
  %y = nn.conv %x, %w {dilations = array<i64: 1>, group = 1 : i64, pads = array<i64: 0, 0>, strides = array<i64: 1>} : (tensor<1x1x5xf64>, tensor<1x1x5xf64>) -> tensor<1x1x1xf64>
  return
}

// CHECK-LABEL: @conv_3d(
// CHECK: nn.conv %{{.*}}, %{{.*}} {dilations = array<i64: 1, 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0, 0, 0>, strides = array<i64: 1, 1, 1>} : (tensor<1x2x4x5x6xf32>, tensor<3x2x2x2x2xf32>) -> tensor<1x3x3x4x5xf32>
func.func @conv_3d(%x: tensor<1x2x4x5x6xf32>, %w: tensor<3x2x2x2x2xf32>) {
  %y = nn.conv %x, %w {dilations = array<i64: 1, 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0, 0, 0>, strides = array<i64: 1, 1, 1>} : (tensor<1x2x4x5x6xf32>, tensor<3x2x2x2x2xf32>) -> tensor<1x3x3x4x5xf32>
  return
}

// Batch and height are symbols.
// CHECK-LABEL: @conv_symbolic(
// CHECK: nn.conv %{{.*}}, %{{.*}} {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : (tensor<?x3x?x8xf32, #[[$MAP]]>, tensor<6x3x3x3xf32>) -> tensor<?x6x?x4xf32, #[[$MAP1]]>
func.func @conv_symbolic(%x: tensor<?x3x?x8xf32, affine_map<()[s0, s1] -> (s0, 3, s1, 8)>>, %w: tensor<6x3x3x3xf32>) {
  %y = nn.conv %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : (tensor<?x3x?x8xf32, affine_map<()[s0, s1] -> (s0, 3, s1, 8)>>, tensor<6x3x3x3xf32>) -> tensor<?x6x?x4xf32, affine_map<()[s0, s1] -> (s0, 6, (s1 - 1) floordiv 2 + 1, 4)>>
  return
}

// CHECK-LABEL: @conv_transpose(
// CHECK: nn.conv_transpose %{{.*}}, %{{.*}} {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x3x4x4xf32>, tensor<3x2x3x3xf32>) -> tensor<1x2x6x6xf32>
func.func @conv_transpose(%x: tensor<1x3x4x4xf32>, %w: tensor<3x2x3x3xf32>) {
  %y = nn.conv_transpose %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x3x4x4xf32>, tensor<3x2x3x3xf32>) -> tensor<1x2x6x6xf32>
  return
}

// A negative end pad is ONNX's output padding: 2 * 4 + 2 - 0 + 1.
// CHECK-LABEL: @conv_transpose_bias(
// CHECK: nn.conv_transpose %{{.*}}, %{{.*}}, %{{.*}} {dilations = array<i64: 1>, group = 2 : i64, pads = array<i64: 0, -1>, strides = array<i64: 2>} : (tensor<1x4x5xf32>, tensor<4x3x2xf32>, tensor<6xf32>) -> tensor<1x6x11xf32>
func.func @conv_transpose_bias(%x: tensor<1x4x5xf32>, %w: tensor<4x3x2xf32>, %bias: tensor<6xf32>) {
  %y = nn.conv_transpose %x, %w, %bias {dilations = array<i64: 1>, group = 2 : i64, pads = array<i64: 0, -1>, strides = array<i64: 2>} : (tensor<1x4x5xf32>, tensor<4x3x2xf32>, tensor<6xf32>) -> tensor<1x6x11xf32>
  return
}

// CHECK-LABEL: @conv_transpose_symbolic(
// CHECK: nn.conv_transpose %{{.*}}, %{{.*}} {dilations = array<i64: 1>, group = 1 : i64, pads = array<i64: 1, 1>, strides = array<i64: 2>} : (tensor<?x3x?xf32, #[[$MAP2]]>, tensor<3x2x4xf32>) -> tensor<?x2x?xf32, #[[$MAP3]]>
func.func @conv_transpose_symbolic(%x: tensor<?x3x?xf32, affine_map<()[s0, s1] -> (s0, 3, s1)>>, %w: tensor<3x2x4xf32>) {
  %y = nn.conv_transpose %x, %w {dilations = array<i64: 1>, group = 1 : i64, pads = array<i64: 1, 1>, strides = array<i64: 2>} : (tensor<?x3x?xf32, affine_map<()[s0, s1] -> (s0, 3, s1)>>, tensor<3x2x4xf32>) -> tensor<?x2x?xf32, affine_map<()[s0, s1] -> (s0, 2, (s1 - 1) * 2 + 2)>>
  return
}

// CHECK-LABEL: @matmul(
// CHECK: nn.matmul %{{.*}}, %{{.*}} : (tensor<3x4xf32>, tensor<4x5xf32>) -> tensor<3x5xf32>
func.func @matmul(%a: tensor<3x4xf32>, %b: tensor<4x5xf32>) {
  %y = nn.matmul %a, %b : (tensor<3x4xf32>, tensor<4x5xf32>) -> tensor<3x5xf32>
  return
}

// CHECK-LABEL: @matmul_batched(
// CHECK: nn.matmul %{{.*}}, %{{.*}} : (tensor<2x1x3x4xui32>, tensor<6x4x5xui32>) -> tensor<2x6x3x5xui32>
func.func @matmul_batched(%a: tensor<2x1x3x4xui32>, %b: tensor<6x4x5xui32>) {
  %y = nn.matmul %a, %b : (tensor<2x1x3x4xui32>, tensor<6x4x5xui32>) -> tensor<2x6x3x5xui32>
  return
}

// CHECK-LABEL: @matmul_row(
// CHECK: nn.matmul %{{.*}}, %{{.*}} : (tensor<4xbf16>, tensor<4x5xbf16>) -> tensor<5xbf16>
func.func @matmul_row(%a: tensor<4xbf16>, %b: tensor<4x5xbf16>) {
  %y = nn.matmul %a, %b : (tensor<4xbf16>, tensor<4x5xbf16>) -> tensor<5xbf16>
  return
}

// CHECK-LABEL: @matmul_column(
// CHECK: nn.matmul %{{.*}}, %{{.*}} : (tensor<2x3x4xf32>, tensor<4xf32>) -> tensor<2x3xf32>
func.func @matmul_column(%a: tensor<2x3x4xf32>, %b: tensor<4xf32>) {
  %y = nn.matmul %a, %b : (tensor<2x3x4xf32>, tensor<4xf32>) -> tensor<2x3xf32>
  return
}

// CHECK-LABEL: @matmul_dot(
// CHECK: nn.matmul %{{.*}}, %{{.*}} : (tensor<4xi64>, tensor<4xi64>) -> tensor<i64>
func.func @matmul_dot(%a: tensor<4xi64>, %b: tensor<4xi64>) {
  %y = nn.matmul %a, %b : (tensor<4xi64>, tensor<4xi64>) -> tensor<i64>
  return
}

// CHECK-LABEL: @matmul_symbolic(
// CHECK: nn.matmul %{{.*}}, %{{.*}} : (tensor<?x3x?xf32, #[[$MAP2]]>, tensor<?x?x5xf32, #[[$MAP4]]>) -> tensor<?x3x5xf32, #[[$MAP5]]>
func.func @matmul_symbolic(%a: tensor<?x3x?xf32, affine_map<()[s0, s1] -> (s0, 3, s1)>>, %b: tensor<?x?x5xf32, affine_map<()[s0, s1] -> (s0, s1, 5)>>) {
  %y = nn.matmul %a, %b : (tensor<?x3x?xf32, affine_map<()[s0, s1] -> (s0, 3, s1)>>, tensor<?x?x5xf32, affine_map<()[s0, s1] -> (s0, s1, 5)>>) -> tensor<?x3x5xf32, affine_map<()[s0] -> (s0, 3, 5)>>
  return
}

// CHECK-LABEL: @gemm(
// CHECK: nn.gemm %{{.*}}, %{{.*}} {alpha = 1.000000e+00 : f64, beta = 1.000000e+00 : f64, trans_a = false, trans_b = false} : (tensor<3x4xf32>, tensor<4x5xf32>) -> tensor<3x5xf32>
func.func @gemm(%a: tensor<3x4xf32>, %b: tensor<4x5xf32>) {
  %y = nn.gemm %a, %b {alpha = 1.0 : f64, beta = 1.0 : f64, trans_a = false, trans_b = false} : (tensor<3x4xf32>, tensor<4x5xf32>) -> tensor<3x5xf32>
  return
}

// CHECK-LABEL: @gemm_bias(
// CHECK: nn.gemm %{{.*}}, %{{.*}}, %{{.*}} {alpha = 2.000000e+00 : f64, beta = -1.000000e+00 : f64, trans_a = true, trans_b = true} : (tensor<4x3xi32>, tensor<5x4xi32>, tensor<5xi32>) -> tensor<3x5xi32>
func.func @gemm_bias(%a: tensor<4x3xi32>, %b: tensor<5x4xi32>, %c: tensor<5xi32>) {
  %y = nn.gemm %a, %b, %c {alpha = 2.0 : f64, beta = -1.0 : f64, trans_a = true, trans_b = true} : (tensor<4x3xi32>, tensor<5x4xi32>, tensor<5xi32>) -> tensor<3x5xi32>
  return
}

// CHECK-LABEL: @gemm_symbolic(
// CHECK: nn.gemm %{{.*}}, %{{.*}}, %{{.*}} {alpha = 5.000000e-01 : f64, beta = 2.000000e+00 : f64, trans_a = false, trans_b = false} : (tensor<?x?xf32, #[[$MAP6]]>, tensor<?x5xf32, #[[$MAP7]]>, tensor<?x1xf32, #[[$MAP8]]>) -> tensor<?x5xf32, #[[$MAP9]]>
func.func @gemm_symbolic(%a: tensor<?x?xf32, affine_map<()[s0, s1] -> (s0, s1)>>, %b: tensor<?x5xf32, affine_map<()[s0, s1] -> (s1, 5)>>, %c: tensor<?x1xf32, affine_map<()[s0] -> (s0, 1)>>) {
  %y = nn.gemm %a, %b, %c {alpha = 0.5 : f64, beta = 2.0 : f64, trans_a = false, trans_b = false} : (tensor<?x?xf32, affine_map<()[s0, s1] -> (s0, s1)>>, tensor<?x5xf32, affine_map<()[s0, s1] -> (s1, 5)>>, tensor<?x1xf32, affine_map<()[s0] -> (s0, 1)>>) -> tensor<?x5xf32, affine_map<()[s0] -> (s0, 5)>>
  return
}

// CHECK-LABEL: @einsum(
// CHECK: nn.einsum %{{.*}}, %{{.*}} {equation = "bij,bjk->bik"} : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>
func.func @einsum(%a: tensor<2x3x4xf32>, %b: tensor<2x4x5xf32>) {
  %y = nn.einsum %a, %b {equation = "bij,bjk->bik"} : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>
  return
}

// CHECK-LABEL: @einsum_diagonal(
// CHECK: nn.einsum %{{.*}} {equation = "ii->i"} : (tensor<3x3xi32>) -> tensor<3xi32>
func.func @einsum_diagonal(%a: tensor<3x3xi32>) {
  %y = nn.einsum %a {equation = "ii->i"} : (tensor<3x3xi32>) -> tensor<3xi32>
  return
}

// CHECK-LABEL: @einsum_symbolic(
// CHECK: nn.einsum %{{.*}}, %{{.*}} {equation = "nm,nm->mn"} : (tensor<?x?xf32, #[[$MAP6]]>, tensor<1x?xf32, #[[$MAP10]]>) -> tensor<?x?xf32, #[[$MAP11]]>
func.func @einsum_symbolic(%a: tensor<?x?xf32, affine_map<()[s0, s1] -> (s0, s1)>>, %b: tensor<1x?xf32, affine_map<()[s0, s1] -> (1, s1)>>) {
  %y = nn.einsum %a, %b {equation = "nm,nm->mn"} : (tensor<?x?xf32, affine_map<()[s0, s1] -> (s0, s1)>>, tensor<1x?xf32, affine_map<()[s0, s1] -> (1, s1)>>) -> tensor<?x?xf32, affine_map<()[s0, s1] -> (s1, s0)>>
  return
}
