// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @dft_type(%x: tensor<2x16x1xi32>) {
  // expected-error @below {{'nn.dft' op C1: expected floats with a last extent of 1 or 2 that fits the direction, but got 'tensor<2x16x1xi32>'}}
  %y = nn.dft %x {axis = 1 : i64, inverse = false, length = 16 : i64, onesided = false} : (tensor<2x16x1xi32>) -> tensor<f32>
  return
}

// -----

func.func @dft_parts(%x: tensor<2x16x3xf32>) {
  // expected-error @below {{'nn.dft' op C1: expected floats with a last extent of 1 or 2 that fits the direction, but got 'tensor<2x16x3xf32>'}}
  %y = nn.dft %x {axis = 1 : i64, inverse = false, length = 16 : i64, onesided = false} : (tensor<2x16x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @dft_onesided(%x: tensor<2x16x2xf32>) {
  // expected-error @below {{'nn.dft' op C1: expected floats with a last extent of 1 or 2 that fits the direction, but got 'tensor<2x16x2xf32>'}}
  %y = nn.dft %x {axis = 1 : i64, inverse = false, length = 16 : i64, onesided = true} : (tensor<2x16x2xf32>) -> tensor<f32>
  return
}

// -----

func.func @dft_inverse_onesided(%x: tensor<2x9x1xf32>) {
  // expected-error @below {{'nn.dft' op C1: expected floats with a last extent of 1 or 2 that fits the direction, but got 'tensor<2x9x1xf32>'}}
  %y = nn.dft %x {axis = 1 : i64, inverse = true, length = 16 : i64, onesided = true} : (tensor<2x9x1xf32>) -> tensor<f32>
  return
}

// -----

func.func @dft_axis(%x: tensor<2x16x1xf32>) {
  // expected-error @below {{'nn.dft' op C2: expected a dimension of static extent before the last, but got 2}}
  %y = nn.dft %x {axis = 2 : i64, inverse = false, length = 16 : i64, onesided = false} : (tensor<2x16x1xf32>) -> tensor<f32>
  return
}

// -----

func.func @dft_symbolic_axis(%x: tensor<2x?x1xf32, affine_map<()[s0] -> (2, s0, 1)>>) {
  // expected-error @below {{'nn.dft' op C2: expected a dimension of static extent before the last, but got 1}}
  %y = nn.dft %x {axis = 1 : i64, inverse = false, length = 16 : i64, onesided = false} : (tensor<2x?x1xf32, affine_map<()[s0] -> (2, s0, 1)>>) -> tensor<f32>
  return
}

// -----

func.func @dft_length(%x: tensor<2x16x1xf32>) {
  // expected-error @below {{'nn.dft' op C3: expected a positive length, but got 0}}
  %y = nn.dft %x {axis = 1 : i64, inverse = false, length = 0 : i64, onesided = false} : (tensor<2x16x1xf32>) -> tensor<f32>
  return
}

// -----

func.func @stft_rank(%x: tensor<2x128xf32>) {
  // expected-error @below {{'nn.stft' op C1: expected floats of shape (batch, length, 1), or 2 if not onesided, but got 'tensor<2x128xf32>'}}
  %y = nn.stft %x {frame_length = 16 : i64, frame_step = 8 : i64, onesided = true} : (tensor<2x128xf32>) -> tensor<f32>
  return
}

// -----

func.func @stft_onesided(%x: tensor<2x128x2xf32>) {
  // expected-error @below {{'nn.stft' op C1: expected floats of shape (batch, length, 1), or 2 if not onesided, but got 'tensor<2x128x2xf32>'}}
  %y = nn.stft %x {frame_length = 16 : i64, frame_step = 8 : i64, onesided = true} : (tensor<2x128x2xf32>) -> tensor<f32>
  return
}

// -----

func.func @stft_step(%x: tensor<2x128x1xf32>) {
  // expected-error @below {{'nn.stft' op C2: expected positive frames that fit into the signal, but got length 16, step 0 and signal 128}}
  %y = nn.stft %x {frame_length = 16 : i64, frame_step = 0 : i64, onesided = true} : (tensor<2x128x1xf32>) -> tensor<f32>
  return
}

// -----

func.func @stft_frame(%x: tensor<2x15x1xf32>) {
  // expected-error @below {{'nn.stft' op C2: expected positive frames that fit into the signal, but got length 16, step 8 and signal 15}}
  %y = nn.stft %x {frame_length = 16 : i64, frame_step = 8 : i64, onesided = true} : (tensor<2x15x1xf32>) -> tensor<f32>
  return
}

// -----

func.func @stft_window(%x: tensor<2x128x1xf32>, %window: tensor<15xf32>) {
  // expected-error @below {{'nn.stft' op C3: expected a window of 16 elements, but got 'tensor<15xf32>'}}
  %y = nn.stft %x, %window {frame_length = 16 : i64, frame_step = 8 : i64, onesided = true} : (tensor<2x128x1xf32>, tensor<15xf32>) -> tensor<f32>
  return
}

// -----

func.func @stft_window_type(%x: tensor<2x128x1xf32>, %window: tensor<16xf64>) {
  // expected-error @below {{'nn.stft' op C3: expected a window of 16 elements, but got 'tensor<16xf64>'}}
  %y = nn.stft %x, %window {frame_length = 16 : i64, frame_step = 8 : i64, onesided = true} : (tensor<2x128x1xf32>, tensor<16xf64>) -> tensor<f32>
  return
}

// -----

func.func @det_rank(%x: tensor<3xf32>) {
  // expected-error @below {{'nn.det' op C1: expected floats of rank 2 at least, but got 'tensor<3xf32>'}}
  %y = nn.det %x : (tensor<3xf32>) -> tensor<f32>
  return
}

// -----

func.func @det_type(%x: tensor<3x3xi32>) {
  // expected-error @below {{'nn.det' op C1: expected floats of rank 2 at least, but got 'tensor<3x3xi32>'}}
  %y = nn.det %x : (tensor<3x3xi32>) -> tensor<f32>
  return
}

// -----

func.func @det_square(%x: tensor<3x4xf32>) {
  // expected-error @below {{'nn.det' op C2: expected square matrices of static extent, but got 3x4}}
  %y = nn.det %x : (tensor<3x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @det_symbolic(%x: tensor<?x?xf32, affine_map<()[s0] -> (s0, s0)>>) {
  // expected-error @below {{'nn.det' op C2: expected square matrices of static extent, but got s0xs0}}
  %y = nn.det %x : (tensor<?x?xf32, affine_map<()[s0] -> (s0, s0)>>) -> tensor<f32>
  return
}

// -----

func.func @col2im_type(%x: tensor<1x12x12xi1>) {
  // expected-error @below {{'nn.col2im' op C1: expected numbers of rank 3, but got 'tensor<1x12x12xi1>'}}
  %y = nn.col2im %x {dilations = array<i64: 1, 1>, image = array<i64: 5, 5>, kernel = array<i64: 2, 3>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x12x12xi1>) -> tensor<f32>
  return
}

// -----

func.func @col2im_rank(%x: tensor<12x12xf32>) {
  // expected-error @below {{'nn.col2im' op C1: expected numbers of rank 3, but got 'tensor<12x12xf32>'}}
  %y = nn.col2im %x {dilations = array<i64: 1, 1>, image = array<i64: 5, 5>, kernel = array<i64: 2, 3>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<12x12xf32>) -> tensor<f32>
  return
}

// -----

func.func @col2im_kernel(%x: tensor<1x12x12xf32>) {
  // expected-error @below {{'nn.col2im' op C2: expected 2 kernel extents, strides and dilations and 4 pads, but got 1, 2, 2 and 4}}
  %y = nn.col2im %x {dilations = array<i64: 1, 1>, image = array<i64: 5, 5>, kernel = array<i64: 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x12x12xf32>) -> tensor<f32>
  return
}

// -----

func.func @col2im_image(%x: tensor<1x12x12xf32>) {
  // expected-error @below {{'nn.col2im' op C2: expected positive image extents, but got 0}}
  %y = nn.col2im %x {dilations = array<i64: 1, 1>, image = array<i64: 5, 0>, kernel = array<i64: 2, 3>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x12x12xf32>) -> tensor<f32>
  return
}

// -----

func.func @col2im_window(%x: tensor<1x12x12xf32>) {
  // expected-error @below {{'nn.col2im' op C3: expected a padded extent from 3 to 1099511627776 in spatial dimension 1, but got 2 + 0 + 0}}
  %y = nn.col2im %x {dilations = array<i64: 1, 1>, image = array<i64: 5, 2>, kernel = array<i64: 2, 3>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x12x12xf32>) -> tensor<f32>
  return
}

// -----

func.func @col2im_windows(%x: tensor<1x12x13xf32>) {
  // expected-error @below {{'nn.col2im' op C3: expected 12 windows, but got 13}}
  %y = nn.col2im %x {dilations = array<i64: 1, 1>, image = array<i64: 5, 5>, kernel = array<i64: 2, 3>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x12x13xf32>) -> tensor<f32>
  return
}

// -----

func.func @col2im_channels(%x: tensor<1x13x12xf32>) {
  // expected-error @below {{'nn.col2im' op C4: expected a multiple of 6 channels, but got 13}}
  %y = nn.col2im %x {dilations = array<i64: 1, 1>, image = array<i64: 5, 5>, kernel = array<i64: 2, 3>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x13x12xf32>) -> tensor<f32>
  return
}

// -----

func.func @col2im_symbolic_channels(%x: tensor<1x?x12xf32, affine_map<()[s0] -> (1, s0, 12)>>) {
  // expected-error @below {{'nn.col2im' op C4: expected a multiple of 6 channels, but got s0}}
  %y = nn.col2im %x {dilations = array<i64: 1, 1>, image = array<i64: 5, 5>, kernel = array<i64: 2, 3>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x?x12xf32, affine_map<()[s0] -> (1, s0, 12)>>) -> tensor<f32>
  return
}

// -----

func.func @deform_conv_types(%x: tensor<1x4x5x5xf32>, %w: tensor<6x4x3x3xf64>, %offset: tensor<1x18x3x3xf32>) {
  // expected-error @below {{'nn.deform_conv' op C1: expected operands of the same float type, but got 'f32' and 'f64'}}
  %y = nn.deform_conv %x, %w, %offset {dilations = array<i64: 1, 1>, group = 1 : i64, offset_group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x5x5xf32>, tensor<6x4x3x3xf64>, tensor<1x18x3x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @deform_conv_ranks(%x: tensor<1x4x5x5xf32>, %w: tensor<6x4x3xf32>, %offset: tensor<1x18x3x3xf32>) {
  // expected-error @below {{'nn.deform_conv' op C1: expected operands of equal rank from 3 to 5, but got ranks 4 and 3}}
  %y = nn.deform_conv %x, %w, %offset {dilations = array<i64: 1, 1>, group = 1 : i64, offset_group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x5x5xf32>, tensor<6x4x3xf32>, tensor<1x18x3x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @deform_conv_windows(%x: tensor<1x4x5x5xf32>, %w: tensor<6x4x3x3xf32>, %offset: tensor<1x18x3x3xf32>) {
  // expected-error @below {{'nn.deform_conv' op C2: expected strides from 1 to 1048575, but got 0}}
  %y = nn.deform_conv %x, %w, %offset {dilations = array<i64: 1, 1>, group = 1 : i64, offset_group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 0, 1>} : (tensor<1x4x5x5xf32>, tensor<6x4x3x3xf32>, tensor<1x18x3x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @deform_conv_group(%x: tensor<1x4x5x5xf32>, %w: tensor<6x4x3x3xf32>, %offset: tensor<1x18x3x3xf32>) {
  // expected-error @below {{'nn.deform_conv' op C3: expected a group count that divides 6, but got 4}}
  %y = nn.deform_conv %x, %w, %offset {dilations = array<i64: 1, 1>, group = 4 : i64, offset_group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x5x5xf32>, tensor<6x4x3x3xf32>, tensor<1x18x3x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @deform_conv_channels(%x: tensor<1x3x5x5xf32>, %w: tensor<6x4x3x3xf32>, %offset: tensor<1x18x3x3xf32>) {
  // expected-error @below {{'nn.deform_conv' op C4: expected 4 channels, but got 3}}
  %y = nn.deform_conv %x, %w, %offset {dilations = array<i64: 1, 1>, group = 1 : i64, offset_group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x3x5x5xf32>, tensor<6x4x3x3xf32>, tensor<1x18x3x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @deform_conv_bias(%x: tensor<1x4x5x5xf32>, %w: tensor<6x4x3x3xf32>, %offset: tensor<1x18x3x3xf32>, %bias: tensor<4xf32>) {
  // expected-error @below {{'nn.deform_conv' op C5: expected a bias of extent 6, but got 4}}
  %y = nn.deform_conv %x, %w, %offset, %bias {dilations = array<i64: 1, 1>, group = 1 : i64, offset_group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x5x5xf32>, tensor<6x4x3x3xf32>, tensor<1x18x3x3xf32>, tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @deform_conv_window(%x: tensor<1x4x2x5xf32>, %w: tensor<6x4x3x3xf32>, %offset: tensor<1x18x3x3xf32>) {
  // expected-error @below {{'nn.deform_conv' op C6: expected a padded extent from 3 to 1099511627776 in spatial dimension 0, but got 2 + 0 + 0}}
  %y = nn.deform_conv %x, %w, %offset {dilations = array<i64: 1, 1>, group = 1 : i64, offset_group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x2x5xf32>, tensor<6x4x3x3xf32>, tensor<1x18x3x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @deform_conv_offset_group(%x: tensor<1x4x5x5xf32>, %w: tensor<6x4x3x3xf32>, %offset: tensor<1x18x3x3xf32>) {
  // expected-error @below {{'nn.deform_conv' op C7: expected an offset group count that divides 4, but got 3}}
  %y = nn.deform_conv %x, %w, %offset {dilations = array<i64: 1, 1>, group = 1 : i64, offset_group = 3 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x5x5xf32>, tensor<6x4x3x3xf32>, tensor<1x18x3x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @deform_conv_offset(%x: tensor<1x4x5x5xf32>, %w: tensor<6x4x3x3xf32>, %offset: tensor<1x9x3x3xf32>) {
  // expected-error @below {{'nn.deform_conv' op C8: expected offsets of shape 1x18x3x3 and a mask of shape 1x9x3x3, but got 1x9x3x3}}
  %y = nn.deform_conv %x, %w, %offset {dilations = array<i64: 1, 1>, group = 1 : i64, offset_group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x5x5xf32>, tensor<6x4x3x3xf32>, tensor<1x9x3x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @deform_conv_mask(%x: tensor<1x4x5x5xf32>, %w: tensor<6x4x3x3xf32>, %offset: tensor<1x18x3x3xf32>, %mask: tensor<1x18x3x3xf32>) {
  // expected-error @below {{'nn.deform_conv' op C8: expected offsets of shape 1x18x3x3 and a mask of shape 1x9x3x3, but got 1x18x3x3 and 1x18x3x3}}
  %y = nn.deform_conv %x, %w, %offset, %mask {dilations = array<i64: 1, 1>, group = 1 : i64, offset_group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 1>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x5x5xf32>, tensor<6x4x3x3xf32>, tensor<1x18x3x3xf32>, tensor<1x18x3x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @deform_conv_empty(%x: tensor<1x4x0x5xf32>, %w: tensor<6x4x3x3xf32>, %offset: tensor<1x18x2x3xf32>) {
  // expected-error @below {{'nn.deform_conv' op C9: expected spatial extents of at least 1, but got 1x4x0x5}}
  %y = nn.deform_conv %x, %w, %offset {dilations = array<i64: 1, 1>, group = 1 : i64, offset_group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, pads = array<i64: 2, 0, 2, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x0x5xf32>, tensor<6x4x3x3xf32>, tensor<1x18x2x3xf32>) -> tensor<f32>
  return
}
