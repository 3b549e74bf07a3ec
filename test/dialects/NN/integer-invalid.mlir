// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @conv_integer_types(%x: tensor<1x4x8x8xi16>, %w: tensor<6x4x3x3xi8>) {
  // expected-error @below {{'nn.conv_integer' op C1: expected operands of i8 or ui8, but got 'i16' and 'i8'}}
  %y = nn.conv_integer %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xi16>, tensor<6x4x3x3xi8>) -> tensor<f32>
  return
}

// -----

func.func @conv_integer_ranks(%x: tensor<1x4x8x8xui8>, %w: tensor<6x4x3xi8>) {
  // expected-error @below {{'nn.conv_integer' op C1: expected operands of equal rank from 3 to 5, but got ranks 4 and 3}}
  %y = nn.conv_integer %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xui8>, tensor<6x4x3xi8>) -> tensor<f32>
  return
}

// -----

func.func @conv_integer_windows(%x: tensor<1x4x8x8xui8>, %w: tensor<6x4x3x3xi8>) {
  // expected-error @below {{'nn.conv_integer' op C2: expected dilations from 1 to 1048575, but got 0}}
  %y = nn.conv_integer %x, %w {dilations = array<i64: 0, 1>, group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xui8>, tensor<6x4x3x3xi8>) -> tensor<f32>
  return
}

// -----

func.func @conv_integer_group(%x: tensor<1x4x8x8xui8>, %w: tensor<6x4x3x3xi8>) {
  // expected-error @below {{'nn.conv_integer' op C3: expected a group count that divides 6, but got 4}}
  %y = nn.conv_integer %x, %w {dilations = array<i64: 1, 1>, group = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xui8>, tensor<6x4x3x3xi8>) -> tensor<f32>
  return
}

// -----

func.func @conv_integer_channels(%x: tensor<1x3x8x8xui8>, %w: tensor<6x4x3x3xi8>) {
  // expected-error @below {{'nn.conv_integer' op C4: expected 4 channels, but got 3}}
  %y = nn.conv_integer %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x3x8x8xui8>, tensor<6x4x3x3xi8>) -> tensor<f32>
  return
}

// -----

func.func @conv_integer_bias(%x: tensor<1x4x8x8xui8>, %w: tensor<6x4x3x3xi8>, %bias: tensor<4xi32>) {
  // expected-error @below {{'nn.conv_integer' op C5: expected a bias of extent 6, but got 4}}
  %y = nn.conv_integer %x, %w, %bias {dilations = array<i64: 1, 1>, group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 1>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xui8>, tensor<6x4x3x3xi8>, tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @conv_integer_bias_type(%x: tensor<1x4x8x8xui8>, %w: tensor<6x4x3x3xi8>, %bias: tensor<6xf32>) {
  // expected-error @below {{'nn.conv_integer' op C5: expected a bias of i32, but got 'f32'}}
  %y = nn.conv_integer %x, %w, %bias {dilations = array<i64: 1, 1>, group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 1>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xui8>, tensor<6x4x3x3xi8>, tensor<6xf32>) -> tensor<f32>
  return
}

// -----

func.func @conv_integer_window(%x: tensor<1x4x2x8xui8>, %w: tensor<6x4x3x3xi8>) {
  // expected-error @below {{'nn.conv_integer' op C6: expected a padded extent from 3 to 1099511627776 in spatial dimension 0, but got 2 + 0 + 0}}
  %y = nn.conv_integer %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x2x8xui8>, tensor<6x4x3x3xi8>) -> tensor<f32>
  return
}

// -----

func.func @conv_integer_x_zero_point(%x: tensor<1x4x8x8xui8>, %w: tensor<6x4x3x3xi8>, %x_zero_point: tensor<4xui8>) {
  // expected-error @below {{'nn.conv_integer' op C7: expected one zero point of the type of x, but got 'tensor<4xui8>'}}
  %y = nn.conv_integer %x, %w, %x_zero_point {dilations = array<i64: 1, 1>, group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xui8>, tensor<6x4x3x3xi8>, tensor<4xui8>) -> tensor<f32>
  return
}

// -----

func.func @conv_integer_w_zero_point(%x: tensor<1x4x8x8xui8>, %w: tensor<6x4x3x3xi8>, %w_zero_point: tensor<4xi8>) {
  // expected-error @below {{'nn.conv_integer' op C7: expected one zero point of the type of w, or one per output, but got 'tensor<4xi8>'}}
  %y = nn.conv_integer %x, %w, %w_zero_point {dilations = array<i64: 1, 1>, group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 1, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xui8>, tensor<6x4x3x3xi8>, tensor<4xi8>) -> tensor<f32>
  return
}

// -----

func.func @conv_integer_zero_point_type(%x: tensor<1x4x8x8xui8>, %w: tensor<6x4x3x3xi8>, %x_zero_point: tensor<i8>) {
  // expected-error @below {{'nn.conv_integer' op C7: expected one zero point of the type of x, but got 'tensor<i8>'}}
  %y = nn.conv_integer %x, %w, %x_zero_point {dilations = array<i64: 1, 1>, group = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xui8>, tensor<6x4x3x3xi8>, tensor<i8>) -> tensor<f32>
  return
}

// -----

func.func @matmul_integer_types(%a: tensor<3x4xi32>, %b: tensor<4x5xi8>) {
  // expected-error @below {{'nn.matmul_integer' op C1: expected operands of i8 or ui8, but got 'i32' and 'i8'}}
  %y = nn.matmul_integer %a, %b {operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (tensor<3x4xi32>, tensor<4x5xi8>) -> tensor<f32>
  return
}

// -----

func.func @matmul_integer_scalar(%a: tensor<i8>, %b: tensor<4xi8>) {
  // expected-error @below {{'nn.matmul_integer' op C1: expected operands of rank 1 or more, but got a scalar}}
  %y = nn.matmul_integer %a, %b {operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (tensor<i8>, tensor<4xi8>) -> tensor<f32>
  return
}

// -----

func.func @matmul_integer_inner(%a: tensor<3x4xi8>, %b: tensor<5x4xi8>) {
  // expected-error @below {{'nn.matmul_integer' op C2: expected equal inner extents, but got 4 and 5}}
  %y = nn.matmul_integer %a, %b {operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (tensor<3x4xi8>, tensor<5x4xi8>) -> tensor<f32>
  return
}

// -----

func.func @matmul_integer_leading(%a: tensor<2x3x4xi8>, %b: tensor<3x4x5xi8>) {
  // expected-error @below {{'nn.matmul_integer' op C3: expected leading extents that broadcast, but got 2x3x4 and 3x4x5}}
  %y = nn.matmul_integer %a, %b {operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (tensor<2x3x4xi8>, tensor<3x4x5xi8>) -> tensor<f32>
  return
}

// -----

func.func @matmul_integer_zero_point_type(%a: tensor<3x4xui8>, %b: tensor<4x5xi8>, %a_zero_point: tensor<i8>) {
  // expected-error @below {{'nn.matmul_integer' op C4: expected a zero point that fits 'tensor<3x4xui8>', but got 'tensor<i8>'}}
  %y = nn.matmul_integer %a, %b, %a_zero_point {operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<3x4xui8>, tensor<4x5xi8>, tensor<i8>) -> tensor<f32>
  return
}

// -----

// One per row would be 3.
func.func @matmul_integer_a_zero_point(%a: tensor<3x4xui8>, %b: tensor<4x5xi8>, %a_zero_point: tensor<4xui8>) {
  // expected-error @below {{'nn.matmul_integer' op C4: expected a zero point that fits 'tensor<3x4xui8>', but got 'tensor<4xui8>'}}
  %y = nn.matmul_integer %a, %b, %a_zero_point {operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<3x4xui8>, tensor<4x5xi8>, tensor<4xui8>) -> tensor<f32>
  return
}

// -----

// A zero point does not vary along the summed dimension.
func.func @matmul_integer_summed(%a: tensor<2x3x4xui8>, %b: tensor<4x5xi8>, %a_zero_point: tensor<2x3x4xui8>) {
  // expected-error @below {{'nn.matmul_integer' op C4: expected a zero point that fits 'tensor<2x3x4xui8>', but got 'tensor<2x3x4xui8>'}}
  %y = nn.matmul_integer %a, %b, %a_zero_point {operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<2x3x4xui8>, tensor<4x5xi8>, tensor<2x3x4xui8>) -> tensor<f32>
  return
}

// -----

func.func @requantize_input(%x: tensor<1x6x4xi64>, %a_scale: tensor<f32>, %b_scale: tensor<6xf32>, %y_scale: tensor<f32>, %zero_point: tensor<ui8>) {
  // expected-error @below {{'nn.requantize' op C1: expected i32, three scales of floats and a zero point of integers, but got 'tensor<1x6x4xi64>', 'tensor<f32>', 'tensor<6xf32>', 'tensor<f32>', 'tensor<ui8>'}}
  %y = nn.requantize %x, %a_scale, %b_scale, %y_scale, %zero_point {axes = array<i64: 0, 1, 2>} : (tensor<1x6x4xi64>, tensor<f32>, tensor<6xf32>, tensor<f32>, tensor<ui8>) -> tensor<f32>
  return
}

// -----

func.func @requantize_scale(%x: tensor<1x6x4xi32>, %a_scale: tensor<f64>, %b_scale: tensor<6xf32>, %y_scale: tensor<f32>, %zero_point: tensor<ui8>) {
  // expected-error @below {{'nn.requantize' op C1: expected i32, three scales of floats and a zero point of integers, but got 'tensor<1x6x4xi32>', 'tensor<f64>', 'tensor<6xf32>', 'tensor<f32>', 'tensor<ui8>'}}
  %y = nn.requantize %x, %a_scale, %b_scale, %y_scale, %zero_point {axes = array<i64: 0, 1, 2>} : (tensor<1x6x4xi32>, tensor<f64>, tensor<6xf32>, tensor<f32>, tensor<ui8>) -> tensor<f32>
  return
}

// -----

func.func @requantize_zero_point(%x: tensor<1x6x4xi32>, %a_scale: tensor<f32>, %b_scale: tensor<6xf32>, %y_scale: tensor<f32>, %zero_point: tensor<i32>) {
  // expected-error @below {{'nn.requantize' op C1: expected i32, three scales of floats and a zero point of integers, but got 'tensor<1x6x4xi32>', 'tensor<f32>', 'tensor<6xf32>', 'tensor<f32>', 'tensor<i32>'}}
  %y = nn.requantize %x, %a_scale, %b_scale, %y_scale, %zero_point {axes = array<i64: 0, 1, 2>} : (tensor<1x6x4xi32>, tensor<f32>, tensor<6xf32>, tensor<f32>, tensor<i32>) -> tensor<f32>
  return
}

// -----

func.func @requantize_axes(%x: tensor<1x6x4xi32>, %a_scale: tensor<f32>, %b_scale: tensor<6xf32>, %y_scale: tensor<f32>, %zero_point: tensor<ui8>) {
  // expected-error @below {{'nn.requantize' op C2: expected three dimensions of 'tensor<1x6x4xi32>', but got 0, 1}}
  %y = nn.requantize %x, %a_scale, %b_scale, %y_scale, %zero_point {axes = array<i64: 0, 1>} : (tensor<1x6x4xi32>, tensor<f32>, tensor<6xf32>, tensor<f32>, tensor<ui8>) -> tensor<f32>
  return
}

// -----

func.func @requantize_axis(%x: tensor<1x6x4xi32>, %a_scale: tensor<f32>, %b_scale: tensor<6xf32>, %y_scale: tensor<f32>, %zero_point: tensor<ui8>) {
  // expected-error @below {{'nn.requantize' op C2: expected three dimensions of 'tensor<1x6x4xi32>', but got 0, 1, 3}}
  %y = nn.requantize %x, %a_scale, %b_scale, %y_scale, %zero_point {axes = array<i64: 0, 1, 3>} : (tensor<1x6x4xi32>, tensor<f32>, tensor<6xf32>, tensor<f32>, tensor<ui8>) -> tensor<f32>
  return
}

// -----

func.func @requantize_extent(%x: tensor<1x6x4xi32>, %a_scale: tensor<f32>, %b_scale: tensor<6xf32>, %y_scale: tensor<f32>, %zero_point: tensor<ui8>) {
  // expected-error @below {{'nn.requantize' op C3: expected scales and zero points that fit 'tensor<1x6x4xi32>', but got 'tensor<6xf32>'}}
  %y = nn.requantize %x, %a_scale, %b_scale, %y_scale, %zero_point {axes = array<i64: 0, 2, 2>} : (tensor<1x6x4xi32>, tensor<f32>, tensor<6xf32>, tensor<f32>, tensor<ui8>) -> tensor<f32>
  return
}
