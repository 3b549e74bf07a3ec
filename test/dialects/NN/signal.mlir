// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// Each op survives printing and parsing, and has the result type that it should.

// CHECK-DAG: #[[$MAP:map[0-9]*]] = affine_map<()[s0] -> (s0, 16, 2)>
// CHECK-DAG: #[[$MAP1:map[0-9]*]] = affine_map<()[s0] -> (s0, 8, 2)>
// CHECK-DAG: #[[$MAP2:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s1, 1)>
// CHECK-DAG: #[[$MAP3:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s1 floordiv 8 - 1, 9, 2)>
// CHECK-DAG: #[[$MAP4:map[0-9]*]] = affine_map<()[s0] -> (s0, 2, 4, 4)>
// CHECK-DAG: #[[$MAP5:map[0-9]*]] = affine_map<()[s0] -> (s0, 2)>
// CHECK-DAG: #[[$MAP6:map[0-9]*]] = affine_map<()[s0] -> (s0, 12, 12)>
// CHECK-DAG: #[[$MAP7:map[0-9]*]] = affine_map<()[s0] -> (s0, 2, 5, 5)>
// CHECK-DAG: #[[$MAP8:map[0-9]*]] = affine_map<()[s0] -> (s0, 4, 5, 5)>
// CHECK-DAG: #[[$MAP9:map[0-9]*]] = affine_map<()[s0] -> (s0, 18, 3, 3)>
// CHECK-DAG: #[[$MAP10:map[0-9]*]] = affine_map<()[s0] -> (s0, 6, 3, 3)>

// CHECK-LABEL: @dft(
// CHECK: nn.dft %{{.*}} {axis = 1 : i64, inverse = false, length = 16 : i64, onesided = false} : (tensor<2x16x1xf32>) -> tensor<2x16x2xf32>
func.func @dft(%x: tensor<2x16x1xf32>) {
  %y = nn.dft %x {axis = 1 : i64, inverse = false, length = 16 : i64, onesided = false} : (tensor<2x16x1xf32>) -> tensor<2x16x2xf32>
  return
}

// CHECK-LABEL: @dft_onesided(
// CHECK: nn.dft %{{.*}} {axis = 1 : i64, inverse = false, length = 20 : i64, onesided = true} : (tensor<2x16x1xf64>) -> tensor<2x11x2xf64>
func.func @dft_onesided(%x: tensor<2x16x1xf64>) {
  %y = nn.dft %x {axis = 1 : i64, inverse = false, length = 20 : i64, onesided = true} : (tensor<2x16x1xf64>) -> tensor<2x11x2xf64>
  return
}

// CHECK-LABEL: @dft_inverse(
// CHECK: nn.dft %{{.*}} {axis = 1 : i64, inverse = true, length = 16 : i64, onesided = true} : (tensor<2x9x2xf32>) -> tensor<2x16x1xf32>
func.func @dft_inverse(%x: tensor<2x9x2xf32>) {
  %y = nn.dft %x {axis = 1 : i64, inverse = true, length = 16 : i64, onesided = true} : (tensor<2x9x2xf32>) -> tensor<2x16x1xf32>
  return
}

// CHECK-LABEL: @dft_symbolic(
// CHECK: nn.dft %{{.*}} {axis = 1 : i64, inverse = true, length = 8 : i64, onesided = false} : (tensor<?x16x2xf32, #[[$MAP]]>) -> tensor<?x8x2xf32, #[[$MAP1]]>
func.func @dft_symbolic(%x: tensor<?x16x2xf32, affine_map<()[s0] -> (s0, 16, 2)>>) {
  %y = nn.dft %x {axis = 1 : i64, inverse = true, length = 8 : i64, onesided = false} : (tensor<?x16x2xf32, affine_map<()[s0] -> (s0, 16, 2)>>) -> tensor<?x8x2xf32, affine_map<()[s0] -> (s0, 8, 2)>>
  return
}

// CHECK-LABEL: @stft(
// CHECK: nn.stft %{{.*}} {frame_length = 16 : i64, frame_step = 8 : i64, onesided = true} : (tensor<2x128x1xf32>) -> tensor<2x15x9x2xf32>
func.func @stft(%x: tensor<2x128x1xf32>) {
  %y = nn.stft %x {frame_length = 16 : i64, frame_step = 8 : i64, onesided = true} : (tensor<2x128x1xf32>) -> tensor<2x15x9x2xf32>
  return
}

// CHECK-LABEL: @stft_window(
// CHECK: nn.stft %{{.*}}, %{{.*}} {frame_length = 16 : i64, frame_step = 16 : i64, onesided = false} : (tensor<2x128x2xf32>, tensor<16xf32>) -> tensor<2x8x16x2xf32>
func.func @stft_window(%x: tensor<2x128x2xf32>, %window: tensor<16xf32>) {
  %y = nn.stft %x, %window {frame_length = 16 : i64, frame_step = 16 : i64, onesided = false} : (tensor<2x128x2xf32>, tensor<16xf32>) -> tensor<2x8x16x2xf32>
  return
}

// CHECK-LABEL: @stft_symbolic(
// CHECK: nn.stft %{{.*}}, %{{.*}} {frame_length = 16 : i64, frame_step = 8 : i64, onesided = true} : (tensor<?x?x1xf32, #[[$MAP2]]>, tensor<16xf32>) -> tensor<?x?x9x2xf32, #[[$MAP3]]>
func.func @stft_symbolic(%x: tensor<?x?x1xf32, affine_map<()[s0, s1] -> (s0, s1, 1)>>, %window: tensor<16xf32>) {
  %y = nn.stft %x, %window {frame_length = 16 : i64, frame_step = 8 : i64, onesided = true} : (tensor<?x?x1xf32, affine_map<()[s0, s1] -> (s0, s1, 1)>>, tensor<16xf32>) -> tensor<?x?x9x2xf32, affine_map<()[s0, s1] -> (s0, s1 floordiv 8 - 1, 9, 2)>>
  return
}

// CHECK-LABEL: @det(
// CHECK: nn.det %{{.*}} : (tensor<3x3xf32>) -> tensor<f32>
func.func @det(%x: tensor<3x3xf32>) {
  %y = nn.det %x : (tensor<3x3xf32>) -> tensor<f32>
  return
}

// CHECK-LABEL: @det_symbolic(
// CHECK: nn.det %{{.*}} : (tensor<?x2x4x4xf64, #[[$MAP4]]>) -> tensor<?x2xf64, #[[$MAP5]]>
func.func @det_symbolic(%x: tensor<?x2x4x4xf64, affine_map<()[s0] -> (s0, 2, 4, 4)>>) {
  %y = nn.det %x : (tensor<?x2x4x4xf64, affine_map<()[s0] -> (s0, 2, 4, 4)>>) -> tensor<?x2xf64, affine_map<()[s0] -> (s0, 2)>>
  return
}

// CHECK-LABEL: @col2im(
// CHECK: nn.col2im %{{.*}} {dilations = array<i64: 1, 1>, image = array<i64: 5, 5>, kernel = array<i64: 2, 3>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x12x12xf32>) -> tensor<1x2x5x5xf32>
func.func @col2im(%x: tensor<1x12x12xf32>) {
  %y = nn.col2im %x {dilations = array<i64: 1, 1>, image = array<i64: 5, 5>, kernel = array<i64: 2, 3>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x12x12xf32>) -> tensor<1x2x5x5xf32>
  return
}

// 5 + 1 - 2 + 1 rows of 5 + 2 - 3 + 1 windows.
// CHECK-LABEL: @col2im_pads(
// CHECK: nn.col2im %{{.*}} {dilations = array<i64: 1, 1>, image = array<i64: 5, 5>, kernel = array<i64: 2, 3>, pads = array<i64: 1, 1, 0, 1>, strides = array<i64: 1, 1>} : (tensor<1x6x25xi32>) -> tensor<1x1x5x5xi32>
func.func @col2im_pads(%x: tensor<1x6x25xi32>) {
  %y = nn.col2im %x {dilations = array<i64: 1, 1>, image = array<i64: 5, 5>, kernel = array<i64: 2, 3>, pads = array<i64: 1, 1, 0, 1>, strides = array<i64: 1, 1>} : (tensor<1x6x25xi32>) -> tensor<1x1x5x5xi32>
  return
}

// CHECK-LABEL: @col2im_symbolic(
// CHECK: nn.col2im %{{.*}} {dilations = array<i64: 1, 1>, image = array<i64: 5, 5>, kernel = array<i64: 2, 3>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<?x12x12xf32, #[[$MAP6]]>) -> tensor<?x2x5x5xf32, #[[$MAP7]]>
func.func @col2im_symbolic(%x: tensor<?x12x12xf32, affine_map<()[s0] -> (s0, 12, 12)>>) {
  %y = nn.col2im %x {dilations = array<i64: 1, 1>, image = array<i64: 5, 5>, kernel = array<i64: 2, 3>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<?x12x12xf32, affine_map<()[s0] -> (s0, 12, 12)>>) -> tensor<?x2x5x5xf32, affine_map<()[s0] -> (s0, 2, 5, 5)>>
  return
}

// CHECK-LABEL: @deform_conv(
// CHECK: nn.deform_conv %{{.*}}, %{{.*}}, %{{.*}} {dilations = array<i64: 1, 1>, group = 1 : i64, offset_group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x5x5xf32>, tensor<6x4x3x3xf32>, tensor<1x18x3x3xf32>) -> tensor<1x6x3x3xf32>
func.func @deform_conv(%x: tensor<1x4x5x5xf32>, %w: tensor<6x4x3x3xf32>, %offset: tensor<1x18x3x3xf32>) {
  %y = nn.deform_conv %x, %w, %offset {dilations = array<i64: 1, 1>, group = 1 : i64, offset_group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x5x5xf32>, tensor<6x4x3x3xf32>, tensor<1x18x3x3xf32>) -> tensor<1x6x3x3xf32>
  return
}

// CHECK-LABEL: @deform_conv_all(
// CHECK: nn.deform_conv %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {dilations = array<i64: 1, 1>, group = 2 : i64, offset_group = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x5x5xf32>, tensor<6x2x3x3xf32>, tensor<1x36x3x3xf32>, tensor<6xf32>, tensor<1x18x3x3xf32>) -> tensor<1x6x3x3xf32>
func.func @deform_conv_all(%x: tensor<1x4x5x5xf32>, %w: tensor<6x2x3x3xf32>, %offset: tensor<1x36x3x3xf32>, %bias: tensor<6xf32>, %mask: tensor<1x18x3x3xf32>) {
  %y = nn.deform_conv %x, %w, %offset, %bias, %mask {dilations = array<i64: 1, 1>, group = 2 : i64, offset_group = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x5x5xf32>, tensor<6x2x3x3xf32>, tensor<1x36x3x3xf32>, tensor<6xf32>, tensor<1x18x3x3xf32>) -> tensor<1x6x3x3xf32>
  return
}

// The mask without a bias.
// CHECK-LABEL: @deform_conv_mask(
// CHECK: nn.deform_conv %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {dilations = array<i64: 1, 1>, group = 1 : i64, offset_group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 1>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x5x5xf32>, tensor<6x4x3x3xf32>, tensor<1x18x3x3xf32>, tensor<1x9x3x3xf32>) -> tensor<1x6x3x3xf32>
func.func @deform_conv_mask(%x: tensor<1x4x5x5xf32>, %w: tensor<6x4x3x3xf32>, %offset: tensor<1x18x3x3xf32>, %mask: tensor<1x9x3x3xf32>) {
  %y = nn.deform_conv %x, %w, %offset, %mask {dilations = array<i64: 1, 1>, group = 1 : i64, offset_group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 1>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x5x5xf32>, tensor<6x4x3x3xf32>, tensor<1x18x3x3xf32>, tensor<1x9x3x3xf32>) -> tensor<1x6x3x3xf32>
  return
}

// CHECK-LABEL: @deform_conv_symbolic(
// CHECK: nn.deform_conv %{{.*}}, %{{.*}}, %{{.*}} {dilations = array<i64: 1, 1>, group = 1 : i64, offset_group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<?x4x5x5xf32, #[[$MAP8]]>, tensor<6x4x3x3xf32>, tensor<?x18x3x3xf32, #[[$MAP9]]>) -> tensor<?x6x3x3xf32, #[[$MAP10]]>
func.func @deform_conv_symbolic(%x: tensor<?x4x5x5xf32, affine_map<()[s0] -> (s0, 4, 5, 5)>>, %w: tensor<6x4x3x3xf32>, %offset: tensor<?x18x3x3xf32, affine_map<()[s0] -> (s0, 18, 3, 3)>>) {
  %y = nn.deform_conv %x, %w, %offset {dilations = array<i64: 1, 1>, group = 1 : i64, offset_group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<?x4x5x5xf32, affine_map<()[s0] -> (s0, 4, 5, 5)>>, tensor<6x4x3x3xf32>, tensor<?x18x3x3xf32, affine_map<()[s0] -> (s0, 18, 3, 3)>>) -> tensor<?x6x3x3xf32, affine_map<()[s0] -> (s0, 6, 3, 3)>>
  return
}
