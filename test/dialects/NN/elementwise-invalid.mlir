// RUN: tenon-opt %s -split-input-file -verify-diagnostics

func.func @unary_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.exp' op C1: element type 'i32' is not supported}}
  %0 = nn.exp %x : (tensor<4xi32>) -> tensor<4xi32>
  return
}

// -----

func.func @bool_arithmetic(%x: tensor<4xi1>) {
  // expected-error @below {{'nn.add' op C1: element type 'i1' is not supported}}
  %0 = nn.add %x, %x : (tensor<4xi1>, tensor<4xi1>) -> tensor<4xi1>
  return
}

// -----

func.func @mixed(%x: tensor<4xi32>, %z: tensor<4xi64>) {
  // expected-error @below {{'nn.add' op C1: expected operands of one element type, but got 'i32' and 'i64'}}
  %0 = nn.add %x, %z : (tensor<4xi32>, tensor<4xi64>) -> tensor<4xi32>
  return
}

// -----

func.func @shapes(%x: tensor<4xf32>, %z: tensor<3xf32>) {
  // expected-error @below {{'nn.add' op C2: expected shapes that broadcast, but got 4 and 3}}
  %0 = nn.add %x, %z : (tensor<4xf32>, tensor<3xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @float_shift(%x: tensor<4xf32>) {
  // expected-error @below {{'nn.shl' op C1: element type 'f32' is not supported}}
  %0 = nn.shl %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @result(%x: tensor<4xf32>) {
  // expected-error @below {{'nn.relu' op expected result 0 of type 'tensor<4xf32>', but got 'tensor<5xf32>'}}
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @not(%x: tensor<4xf32>) {
  // expected-error @below {{'nn.not' op C1: expected booleans or integers, but got 'f32'}}
  %0 = nn.not %x : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @where_condition(%x: tensor<4xf32>) {
  // expected-error @below {{'nn.where' op C1: expected a condition of booleans, but got 'f32'}}
  %0 = nn.where %x, %x, %x : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @where_types(%c: tensor<4xi1>, %x: tensor<4xf32>, %z: tensor<4xf64>) {
  // expected-error @below {{'nn.where' op C2: expected operands of one element type, but got 'f32' and 'f64'}}
  %0 = nn.where %c, %x, %z : (tensor<4xi1>, tensor<4xf32>, tensor<4xf64>) -> tensor<4xf32>
  return
}

// -----

func.func @where_shapes(%c: tensor<3xi1>, %x: tensor<4xf32>) {
  // expected-error @below {{'nn.where' op C3: expected shapes that broadcast, but got 3 and 4}}
  %0 = nn.where %c, %x, %x : (tensor<3xi1>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @cast_rounding(%x: tensor<4xf32>) {
  // expected-error @below {{'nn.cast' op C1: expected rounding 'up', 'down' or 'nearest', but got 'odd'}}
  %0 = nn.cast %x {to = f8E8M0FNU, rounding = "odd"} : (tensor<4xf32>) -> tensor<4xf8E8M0FNU>
  return
}

// -----

func.func @bitcast(%x: tensor<4xf32>) {
  // expected-error @below {{'nn.bitcast' op C1: expected element types of the same number of bits, at least 8, but got 'f32' and 'i16'}}
  %0 = nn.bitcast %x {to = i16} : (tensor<4xf32>) -> tensor<4xi16>
  return
}

// -----

func.func @quantize_type(%x: tensor<4xf32>, %s: tensor<f32>) {
  // expected-error @below {{'nn.quantize_linear' op C1: types 'f32', 'f32' and 'i32' are not supported}}
  %0 = nn.quantize_linear %x, %s {axis = 0 : i64, block_size = 0 : i64, precision = f32, to = i32} : (tensor<4xf32>, tensor<f32>) -> tensor<4xi32>
  return
}

// -----

func.func @quantize_scale(%x: tensor<4xf32>, %s: tensor<3xf32>) {
  // expected-error @below {{'nn.quantize_linear' op C2: expected a scale of 4 elements, but got 3}}
  %0 = nn.quantize_linear %x, %s {axis = 0 : i64, block_size = 0 : i64, precision = f32, to = i8} : (tensor<4xf32>, tensor<3xf32>) -> tensor<4xi8>
  return
}

// -----

func.func @quantize_block(%x: tensor<2x7xf32>, %s: tensor<2x3xf32>) {
  // expected-error @below {{'nn.quantize_linear' op C2: expected a scale of shape 2x4, but got 2x3}}
  %0 = nn.quantize_linear %x, %s {axis = 1 : i64, block_size = 2 : i64, precision = f32, to = i8} : (tensor<2x7xf32>, tensor<2x3xf32>) -> tensor<2x7xi8>
  return
}

// -----

func.func @quantize_zero_shape(%x: tensor<4xf32>, %s: tensor<4xf32>, %z: tensor<i8>) {
  // expected-error @below {{'nn.quantize_linear' op C3: expected a zero point of shape 4, but got scalar}}
  %0 = nn.quantize_linear %x, %s, %z {axis = 0 : i64, block_size = 0 : i64, precision = f32, to = i8} : (tensor<4xf32>, tensor<4xf32>, tensor<i8>) -> tensor<4xi8>
  return
}

// -----

func.func @quantize_axis(%x: tensor<4xf32>, %s: tensor<4xf32>) {
  // expected-error @below {{'nn.quantize_linear' op C4: expected an axis from 0 to 0 and a block size that is not negative, but got 1 and 0}}
  %0 = nn.quantize_linear %x, %s {axis = 1 : i64, block_size = 0 : i64, precision = f32, to = i8} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi8>
  return
}

// -----

func.func @quantize_zero_type(%x: tensor<4xf32>, %s: tensor<f32>, %z: tensor<ui8>) {
  // expected-error @below {{'nn.quantize_linear' op C5: expected a zero point of type 'i8', but got 'ui8'}}
  %0 = nn.quantize_linear %x, %s, %z {axis = 0 : i64, block_size = 0 : i64, precision = f32, to = i8} : (tensor<4xf32>, tensor<f32>, tensor<ui8>) -> tensor<4xi8>
  return
}

// -----

func.func @dequantize_type(%x: tensor<4xf32>, %s: tensor<f32>) {
  // expected-error @below {{'nn.dequantize_linear' op C1: types 'f32', 'f32' and 'f32' are not supported}}
  %0 = nn.dequantize_linear %x, %s {axis = 0 : i64, block_size = 0 : i64, to = f32} : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return
}

// -----

func.func @dynamic_type(%x: tensor<4xf64>) {
  // expected-error @below {{'nn.dynamic_quantize_linear' op C1: expected elements of type f32, but got 'f64'}}
  %0:3 = nn.dynamic_quantize_linear %x : (tensor<4xf64>) -> (tensor<4xui8>, tensor<f32>, tensor<ui8>)
  return
}

// -----

func.func @iota_map() {
  // expected-error @below {{'nn.iota' op C1: expected a map of symbols only, but got affine_map<(d0) -> (d0)>}}
  %0 = nn.iota affine_map<(d0) -> (d0)>, 0 : tensor<4xi64>
  return
}

// -----

func.func @iota_dim() {
  // expected-error @below {{'nn.iota' op C2: expected a dimension below 1, but got 1}}
  %0 = nn.iota affine_map<() -> (4)>, 1 : tensor<4xi64>
  return
}
