// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// Each op survives printing and parsing, and has the result type that it should.

// CHECK-DAG: #[[$MAP:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, 3, s1, 8)>
// CHECK-DAG: #[[$MAP1:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, 3, (s1 - 1) floordiv 2 + 1, 4)>
// CHECK-DAG: #[[$MAP2:map[0-9]*]] = affine_map<()[s0] -> (1, 3, s0, 8)>
// CHECK-DAG: #[[$MAP3:map[0-9]*]] = affine_map<()[s0] -> (1, 3, (s0 - 3) ceildiv 2 + 1, 4)>
// CHECK-DAG: #[[$MAP4:map[0-9]*]] = affine_map<()[s0] -> (s0, 3, 8, 8)>
// CHECK-DAG: #[[$MAP5:map[0-9]*]] = affine_map<()[s0] -> (s0, 3, 7, 7)>
// CHECK-DAG: #[[$MAP6:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, 8, s1)>
// CHECK-DAG: #[[$MAP7:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s0, s1)>
// CHECK-DAG: #[[$MAP8:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s0, s1 * 3 + 1)>

// CHECK-LABEL: @max_pool(
// CHECK: nn.max_pool %{{.*}} {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>) -> tensor<1x3x4x4xf32>
func.func @max_pool(%x: tensor<1x3x8x8xf32>) {
  %y = nn.max_pool %x {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>) -> tensor<1x3x4x4xf32>
  return
}

// CHECK-LABEL: @max_pool_ceil(
// CHECK: nn.max_pool %{{.*}} {ceil_mode = true, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x8x9xui8>) -> tensor<1x3x4x5xui8>
func.func @max_pool_ceil(%x: tensor<1x3x8x9xui8>) {
  %y = nn.max_pool %x {ceil_mode = true, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x8x9xui8>) -> tensor<1x3x4x5xui8>
  return
}

// CHECK-LABEL: @max_pool_indices(
// CHECK: nn.max_pool %{{.*}} {ceil_mode = false, column_major, dilations = array<i64: 2>, kernel = array<i64: 2>, pads = array<i64: 1, 0>, strides = array<i64: 2>, with_indices} : (tensor<1x1x7xf16>) -> (tensor<1x1x3xf16>, tensor<1x1x3xi64>)
func.func @max_pool_indices(%x: tensor<1x1x7xf16>) {
  %y:2 = nn.max_pool %x {ceil_mode = false, column_major, dilations = array<i64: 2>, kernel = array<i64: 2>, pads = array<i64: 1, 0>, strides = array<i64: 2>, with_indices} : (tensor<1x1x7xf16>) -> (tensor<1x1x3xf16>, tensor<1x1x3xi64>)
  return
}

// CHECK-LABEL: @max_pool_symbolic(
// CHECK: nn.max_pool %{{.*}} {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : (tensor<?x3x?x8xf32, #[[$MAP]]>) -> tensor<?x3x?x4xf32, #[[$MAP1]]>
func.func @max_pool_symbolic(%x: tensor<?x3x?x8xf32, affine_map<()[s0, s1] -> (s0, 3, s1, 8)>>) {
  %y = nn.max_pool %x {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : (tensor<?x3x?x8xf32, affine_map<()[s0, s1] -> (s0, 3, s1, 8)>>) -> tensor<?x3x?x4xf32, affine_map<()[s0, s1] -> (s0, 3, (s1 - 1) floordiv 2 + 1, 4)>>
  return
}

// CHECK-LABEL: @avg_pool(
// CHECK: nn.avg_pool %{{.*}} {ceil_mode = false, count_include_pad = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>) -> tensor<1x3x4x4xf32>
func.func @avg_pool(%x: tensor<1x3x8x8xf32>) {
  %y = nn.avg_pool %x {ceil_mode = false, count_include_pad = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>) -> tensor<1x3x4x4xf32>
  return
}

// CHECK-LABEL: @avg_pool_3d(
// CHECK: nn.avg_pool %{{.*}} {ceil_mode = false, count_include_pad = true, dilations = array<i64: 1, 1, 1>, kernel = array<i64: 2, 2, 3>, pads = array<i64: 1, 0, 0, 1, 0, 0>, strides = array<i64: 1, 1, 1>} : (tensor<2x3x4x5x6xf64>) -> tensor<2x3x5x4x4xf64>
func.func @avg_pool_3d(%x: tensor<2x3x4x5x6xf64>) {
  %y = nn.avg_pool %x {ceil_mode = false, count_include_pad = true, dilations = array<i64: 1, 1, 1>, kernel = array<i64: 2, 2, 3>, pads = array<i64: 1, 0, 0, 1, 0, 0>, strides = array<i64: 1, 1, 1>} : (tensor<2x3x4x5x6xf64>) -> tensor<2x3x5x4x4xf64>
  return
}

// Ceil mode on a symbolic extent: the last window never starts in the end pads.
// CHECK-LABEL: @avg_pool_symbolic(
// CHECK: nn.avg_pool %{{.*}} {ceil_mode = true, count_include_pad = false, dilations = array<i64: 1, 1>, kernel = array<i64: 3, 3>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x?x8xf32, #[[$MAP2]]>) -> tensor<1x3x?x4xf32, #[[$MAP3]]>
func.func @avg_pool_symbolic(%x: tensor<1x3x?x8xf32, affine_map<()[s0] -> (1, 3, s0, 8)>>) {
  %y = nn.avg_pool %x {ceil_mode = true, count_include_pad = false, dilations = array<i64: 1, 1>, kernel = array<i64: 3, 3>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x?x8xf32, affine_map<()[s0] -> (1, 3, s0, 8)>>) -> tensor<1x3x?x4xf32, affine_map<()[s0] -> (1, 3, (s0 - 3) ceildiv 2 + 1, 4)>>
  return
}

// CHECK-LABEL: @lp_pool(
// CHECK: nn.lp_pool %{{.*}} {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, p = 2 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>) -> tensor<1x3x4x4xf32>
func.func @lp_pool(%x: tensor<1x3x8x8xf32>) {
  %y = nn.lp_pool %x {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, p = 2 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>) -> tensor<1x3x4x4xf32>
  return
}

// CHECK-LABEL: @lp_pool_symbolic(
// CHECK: nn.lp_pool %{{.*}} {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, p = 3 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<?x3x8x8xbf16, #[[$MAP4]]>) -> tensor<?x3x7x7xbf16, #[[$MAP5]]>
func.func @lp_pool_symbolic(%x: tensor<?x3x8x8xbf16, affine_map<()[s0] -> (s0, 3, 8, 8)>>) {
  %y = nn.lp_pool %x {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, p = 3 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<?x3x8x8xbf16, affine_map<()[s0] -> (s0, 3, 8, 8)>>) -> tensor<?x3x7x7xbf16, affine_map<()[s0] -> (s0, 3, 7, 7)>>
  return
}

// CHECK-LABEL: @lrn(
// CHECK: nn.lrn %{{.*}} {alpha = 1.000000e-04 : f64, beta = 7.500000e-01 : f64, bias = 1.000000e+00 : f64, size = 5 : i64} : (tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
func.func @lrn(%x: tensor<1x8x4x4xf32>) {
  %y = nn.lrn %x {alpha = 0.0001 : f64, beta = 0.75 : f64, bias = 1.0 : f64, size = 5 : i64} : (tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
  return
}

// CHECK-LABEL: @lrn_symbolic(
// CHECK: nn.lrn %{{.*}} {alpha = 2.500000e-01 : f64, beta = 5.000000e-01 : f64, bias = 2.000000e+00 : f64, size = 3 : i64} : (tensor<?x8x?xf32, #[[$MAP6]]>) -> tensor<?x8x?xf32, #[[$MAP6]]>
func.func @lrn_symbolic(%x: tensor<?x8x?xf32, affine_map<()[s0, s1] -> (s0, 8, s1)>>) {
  %y = nn.lrn %x {alpha = 0.25 : f64, beta = 0.5 : f64, bias = 2.0 : f64, size = 3 : i64} : (tensor<?x8x?xf32, affine_map<()[s0, s1] -> (s0, 8, s1)>>) -> tensor<?x8x?xf32, affine_map<()[s0, s1] -> (s0, 8, s1)>>
  return
}

// CHECK-LABEL: @max_unpool(
// CHECK: nn.max_unpool %{{.*}}, %{{.*}} {default_offset = array<i64: 0, 0>, default_scale = array<i64: 2, 2>, shape = array<i64: -1, -1>} : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xi64>) -> tensor<1x1x4x4xf32>
func.func @max_unpool(%x: tensor<1x1x2x2xf32>, %indices: tensor<1x1x2x2xi64>) {
  %y = nn.max_unpool %x, %indices {default_offset = array<i64: 0, 0>, default_scale = array<i64: 2, 2>, shape = array<i64: -1, -1>} : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xi64>) -> tensor<1x1x4x4xf32>
  return
}

// CHECK-LABEL: @max_unpool_shape(
// CHECK: nn.max_unpool %{{.*}}, %{{.*}} {default_offset = array<i64: 0, -1>, default_scale = array<i64: 2, 2>, shape = array<i64: 5, -1>} : (tensor<1x1x2x2xi8>, tensor<1x1x2x2xi64>) -> tensor<1x1x5x3xi8>
func.func @max_unpool_shape(%x: tensor<1x1x2x2xi8>, %indices: tensor<1x1x2x2xi64>) {
  %y = nn.max_unpool %x, %indices {default_offset = array<i64: 0, -1>, default_scale = array<i64: 2, 2>, shape = array<i64: 5, -1>} : (tensor<1x1x2x2xi8>, tensor<1x1x2x2xi64>) -> tensor<1x1x5x3xi8>
  return
}

// CHECK-LABEL: @max_unpool_symbolic(
// CHECK: nn.max_unpool %{{.*}}, %{{.*}} {default_offset = array<i64: 1>, default_scale = array<i64: 3>, shape = array<i64: -1>} : (tensor<?x?x?xf32, #[[$MAP7]]>, tensor<?x?x?xi64, #[[$MAP7]]>) -> tensor<?x?x?xf32, #[[$MAP8]]>
func.func @max_unpool_symbolic(%x: tensor<?x?x?xf32, affine_map<()[s0, s1] -> (s0, s0, s1)>>, %indices: tensor<?x?x?xi64, affine_map<()[s0, s1] -> (s0, s0, s1)>>) {
  %y = nn.max_unpool %x, %indices {default_offset = array<i64: 1>, default_scale = array<i64: 3>, shape = array<i64: -1>} : (tensor<?x?x?xf32, affine_map<()[s0, s1] -> (s0, s0, s1)>>, tensor<?x?x?xi64, affine_map<()[s0, s1] -> (s0, s0, s1)>>) -> tensor<?x?x?xf32, affine_map<()[s0, s1] -> (s0, s0, s1 * 3 + 1)>>
  return
}
