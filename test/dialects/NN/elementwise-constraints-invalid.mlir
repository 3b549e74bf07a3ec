// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @abs_type(%x: tensor<4xi1>) {
  // expected-error @below {{'nn.abs' op C1: element type 'i1' is not supported}}
  %y = nn.abs %x : (tensor<4xi1>) -> tensor<f32>
  return
}

// -----

func.func @acos_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.acos' op C1: element type 'i32' is not supported}}
  %y = nn.acos %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @acosh_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.acosh' op C1: element type 'i32' is not supported}}
  %y = nn.acosh %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @add_shapes(%x: tensor<2x4xi32>, %z: tensor<2x3xi32>) {
  // expected-error @below {{'nn.add' op C2: expected shapes that broadcast, but got 2x4 and 2x3}}
  %y = nn.add %x, %z : (tensor<2x4xi32>, tensor<2x3xi32>) -> tensor<f32>
  return
}

// -----

func.func @and_type(%x: tensor<4xf32>, %z: tensor<4xf32>) {
  // expected-error @below {{'nn.and' op C1: element type 'f32' is not supported}}
  %y = nn.and %x, %z : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @and_shapes(%x: tensor<2x4xi32>, %z: tensor<2x3xi32>) {
  // expected-error @below {{'nn.and' op C2: expected shapes that broadcast, but got 2x4 and 2x3}}
  %y = nn.and %x, %z : (tensor<2x4xi32>, tensor<2x3xi32>) -> tensor<f32>
  return
}

// -----

func.func @asin_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.asin' op C1: element type 'i32' is not supported}}
  %y = nn.asin %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @asinh_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.asinh' op C1: element type 'i32' is not supported}}
  %y = nn.asinh %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @atan_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.atan' op C1: element type 'i32' is not supported}}
  %y = nn.atan %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @atanh_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.atanh' op C1: element type 'i32' is not supported}}
  %y = nn.atanh %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @ceil_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.ceil' op C1: element type 'i32' is not supported}}
  %y = nn.ceil %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @cos_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.cos' op C1: element type 'i32' is not supported}}
  %y = nn.cos %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @cosh_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.cosh' op C1: element type 'i32' is not supported}}
  %y = nn.cosh %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @div_type(%x: tensor<4xi1>, %z: tensor<4xi1>) {
  // expected-error @below {{'nn.div' op C1: element type 'i1' is not supported}}
  %y = nn.div %x, %z : (tensor<4xi1>, tensor<4xi1>) -> tensor<f32>
  return
}

// -----

func.func @div_shapes(%x: tensor<2x4xi32>, %z: tensor<2x3xi32>) {
  // expected-error @below {{'nn.div' op C2: expected shapes that broadcast, but got 2x4 and 2x3}}
  %y = nn.div %x, %z : (tensor<2x4xi32>, tensor<2x3xi32>) -> tensor<f32>
  return
}

// -----

func.func @elu_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.elu' op C1: element type 'i32' is not supported}}
  %y = nn.elu %x {alpha = 1.0 : f64, beta = 1.0 : f64, gamma = 1.0 : f64} : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @equal_type(%x: tensor<4xi1>, %z: tensor<4xi8>) {
  // expected-error @below {{'nn.equal' op C1: expected operands of one element type, but got 'i1' and 'i8'}}
  %y = nn.equal %x, %z : (tensor<4xi1>, tensor<4xi8>) -> tensor<f32>
  return
}

// -----

func.func @equal_shapes(%x: tensor<2x4xi32>, %z: tensor<2x3xi32>) {
  // expected-error @below {{'nn.equal' op C2: expected shapes that broadcast, but got 2x4 and 2x3}}
  %y = nn.equal %x, %z : (tensor<2x4xi32>, tensor<2x3xi32>) -> tensor<f32>
  return
}

// -----

func.func @erf_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.erf' op C1: element type 'i32' is not supported}}
  %y = nn.erf %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @floor_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.floor' op C1: element type 'i32' is not supported}}
  %y = nn.floor %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @gelu_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.gelu' op C1: element type 'i32' is not supported}}
  %y = nn.gelu %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @gelu_tanh_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.gelu_tanh' op C1: element type 'i32' is not supported}}
  %y = nn.gelu_tanh %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @hard_sigmoid_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.hard_sigmoid' op C1: element type 'i32' is not supported}}
  %y = nn.hard_sigmoid %x {alpha = 0.5 : f64, beta = 0.5 : f64} : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @hard_swish_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.hard_swish' op C1: element type 'i32' is not supported}}
  %y = nn.hard_swish %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @is_inf_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.is_inf' op C1: element type 'i32' is not supported}}
  %y = nn.is_inf %x {negative = true, positive = true} : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @is_nan_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.is_nan' op C1: element type 'i32' is not supported}}
  %y = nn.is_nan %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @leaky_relu_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.leaky_relu' op C1: element type 'i32' is not supported}}
  %y = nn.leaky_relu %x {alpha = 0.5 : f64} : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @less_type(%x: tensor<4xi1>, %z: tensor<4xi1>) {
  // expected-error @below {{'nn.less' op C1: element type 'i1' is not supported}}
  %y = nn.less %x, %z : (tensor<4xi1>, tensor<4xi1>) -> tensor<f32>
  return
}

// -----

func.func @less_shapes(%x: tensor<2x4xi32>, %z: tensor<2x3xi32>) {
  // expected-error @below {{'nn.less' op C2: expected shapes that broadcast, but got 2x4 and 2x3}}
  %y = nn.less %x, %z : (tensor<2x4xi32>, tensor<2x3xi32>) -> tensor<f32>
  return
}

// -----

func.func @less_equal_type(%x: tensor<4xi1>, %z: tensor<4xi1>) {
  // expected-error @below {{'nn.less_equal' op C1: element type 'i1' is not supported}}
  %y = nn.less_equal %x, %z : (tensor<4xi1>, tensor<4xi1>) -> tensor<f32>
  return
}

// -----

func.func @less_equal_shapes(%x: tensor<2x4xi32>, %z: tensor<2x3xi32>) {
  // expected-error @below {{'nn.less_equal' op C2: expected shapes that broadcast, but got 2x4 and 2x3}}
  %y = nn.less_equal %x, %z : (tensor<2x4xi32>, tensor<2x3xi32>) -> tensor<f32>
  return
}

// -----

func.func @log_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.log' op C1: element type 'i32' is not supported}}
  %y = nn.log %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @max_type(%x: tensor<4xi1>, %z: tensor<4xi1>) {
  // expected-error @below {{'nn.max' op C1: element type 'i1' is not supported}}
  %y = nn.max %x, %z : (tensor<4xi1>, tensor<4xi1>) -> tensor<f32>
  return
}

// -----

func.func @max_shapes(%x: tensor<2x4xi32>, %z: tensor<2x3xi32>) {
  // expected-error @below {{'nn.max' op C2: expected shapes that broadcast, but got 2x4 and 2x3}}
  %y = nn.max %x, %z : (tensor<2x4xi32>, tensor<2x3xi32>) -> tensor<f32>
  return
}

// -----

func.func @min_type(%x: tensor<4xi1>, %z: tensor<4xi1>) {
  // expected-error @below {{'nn.min' op C1: element type 'i1' is not supported}}
  %y = nn.min %x, %z : (tensor<4xi1>, tensor<4xi1>) -> tensor<f32>
  return
}

// -----

func.func @min_shapes(%x: tensor<2x4xi32>, %z: tensor<2x3xi32>) {
  // expected-error @below {{'nn.min' op C2: expected shapes that broadcast, but got 2x4 and 2x3}}
  %y = nn.min %x, %z : (tensor<2x4xi32>, tensor<2x3xi32>) -> tensor<f32>
  return
}

// -----

func.func @mish_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.mish' op C1: element type 'i32' is not supported}}
  %y = nn.mish %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @mod_type(%x: tensor<4xi1>, %z: tensor<4xi1>) {
  // expected-error @below {{'nn.mod' op C1: element type 'i1' is not supported}}
  %y = nn.mod %x, %z : (tensor<4xi1>, tensor<4xi1>) -> tensor<f32>
  return
}

// -----

func.func @mod_shapes(%x: tensor<2x4xi32>, %z: tensor<2x3xi32>) {
  // expected-error @below {{'nn.mod' op C2: expected shapes that broadcast, but got 2x4 and 2x3}}
  %y = nn.mod %x, %z : (tensor<2x4xi32>, tensor<2x3xi32>) -> tensor<f32>
  return
}

// -----

func.func @mul_type(%x: tensor<4xi1>, %z: tensor<4xi1>) {
  // expected-error @below {{'nn.mul' op C1: element type 'i1' is not supported}}
  %y = nn.mul %x, %z : (tensor<4xi1>, tensor<4xi1>) -> tensor<f32>
  return
}

// -----

func.func @mul_shapes(%x: tensor<2x4xi32>, %z: tensor<2x3xi32>) {
  // expected-error @below {{'nn.mul' op C2: expected shapes that broadcast, but got 2x4 and 2x3}}
  %y = nn.mul %x, %z : (tensor<2x4xi32>, tensor<2x3xi32>) -> tensor<f32>
  return
}

// -----

func.func @neg_type(%x: tensor<4xi1>) {
  // expected-error @below {{'nn.neg' op C1: element type 'i1' is not supported}}
  %y = nn.neg %x : (tensor<4xi1>) -> tensor<f32>
  return
}

// -----

func.func @or_type(%x: tensor<4xf32>, %z: tensor<4xf32>) {
  // expected-error @below {{'nn.or' op C1: element type 'f32' is not supported}}
  %y = nn.or %x, %z : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @or_shapes(%x: tensor<2x4xi32>, %z: tensor<2x3xi32>) {
  // expected-error @below {{'nn.or' op C2: expected shapes that broadcast, but got 2x4 and 2x3}}
  %y = nn.or %x, %z : (tensor<2x4xi32>, tensor<2x3xi32>) -> tensor<f32>
  return
}

// -----

func.func @pow_type(%x: tensor<4xi1>, %z: tensor<4xi1>) {
  // expected-error @below {{'nn.pow' op C1: element type 'i1' is not supported}}
  %y = nn.pow %x, %z : (tensor<4xi1>, tensor<4xi1>) -> tensor<f32>
  return
}

// -----

func.func @pow_shapes(%x: tensor<2x4xi32>, %z: tensor<2x3xi32>) {
  // expected-error @below {{'nn.pow' op C2: expected shapes that broadcast, but got 2x4 and 2x3}}
  %y = nn.pow %x, %z : (tensor<2x4xi32>, tensor<2x3xi32>) -> tensor<f32>
  return
}

// -----

func.func @prelu_type(%x: tensor<4xi1>, %z: tensor<4xi1>) {
  // expected-error @below {{'nn.prelu' op C1: element type 'i1' is not supported}}
  %y = nn.prelu %x, %z : (tensor<4xi1>, tensor<4xi1>) -> tensor<f32>
  return
}

// -----

func.func @prelu_shapes(%x: tensor<2x4xi32>, %z: tensor<2x3xi32>) {
  // expected-error @below {{'nn.prelu' op C2: expected shapes that broadcast, but got 2x4 and 2x3}}
  %y = nn.prelu %x, %z : (tensor<2x4xi32>, tensor<2x3xi32>) -> tensor<f32>
  return
}

// -----

func.func @relu_type(%x: tensor<4xi1>) {
  // expected-error @below {{'nn.relu' op C1: element type 'i1' is not supported}}
  %y = nn.relu %x : (tensor<4xi1>) -> tensor<f32>
  return
}

// -----

func.func @rem_type(%x: tensor<4xi1>, %z: tensor<4xi1>) {
  // expected-error @below {{'nn.rem' op C1: element type 'i1' is not supported}}
  %y = nn.rem %x, %z : (tensor<4xi1>, tensor<4xi1>) -> tensor<f32>
  return
}

// -----

func.func @rem_shapes(%x: tensor<2x4xi32>, %z: tensor<2x3xi32>) {
  // expected-error @below {{'nn.rem' op C2: expected shapes that broadcast, but got 2x4 and 2x3}}
  %y = nn.rem %x, %z : (tensor<2x4xi32>, tensor<2x3xi32>) -> tensor<f32>
  return
}

// -----

func.func @round_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.round' op C1: element type 'i32' is not supported}}
  %y = nn.round %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @shl_shapes(%x: tensor<2x4xi32>, %z: tensor<2x3xi32>) {
  // expected-error @below {{'nn.shl' op C2: expected shapes that broadcast, but got 2x4 and 2x3}}
  %y = nn.shl %x, %z : (tensor<2x4xi32>, tensor<2x3xi32>) -> tensor<f32>
  return
}

// -----

func.func @shr_type(%x: tensor<4xf32>, %z: tensor<4xf32>) {
  // expected-error @below {{'nn.shr' op C1: element type 'f32' is not supported}}
  %y = nn.shr %x, %z : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @shr_shapes(%x: tensor<2x4xi32>, %z: tensor<2x3xi32>) {
  // expected-error @below {{'nn.shr' op C2: expected shapes that broadcast, but got 2x4 and 2x3}}
  %y = nn.shr %x, %z : (tensor<2x4xi32>, tensor<2x3xi32>) -> tensor<f32>
  return
}

// -----

func.func @shrink_type(%x: tensor<4xi1>) {
  // expected-error @below {{'nn.shrink' op C1: element type 'i1' is not supported}}
  %y = nn.shrink %x {bias = 0.0 : f64, lambd = 0.5 : f64} : (tensor<4xi1>) -> tensor<f32>
  return
}

// -----

func.func @sigmoid_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.sigmoid' op C1: element type 'i32' is not supported}}
  %y = nn.sigmoid %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @sign_type(%x: tensor<4xi1>) {
  // expected-error @below {{'nn.sign' op C1: element type 'i1' is not supported}}
  %y = nn.sign %x : (tensor<4xi1>) -> tensor<f32>
  return
}

// -----

func.func @sin_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.sin' op C1: element type 'i32' is not supported}}
  %y = nn.sin %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @sinh_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.sinh' op C1: element type 'i32' is not supported}}
  %y = nn.sinh %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @softplus_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.softplus' op C1: element type 'i32' is not supported}}
  %y = nn.softplus %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @sqrt_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.sqrt' op C1: element type 'i32' is not supported}}
  %y = nn.sqrt %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @sub_type(%x: tensor<4xi1>, %z: tensor<4xi1>) {
  // expected-error @below {{'nn.sub' op C1: element type 'i1' is not supported}}
  %y = nn.sub %x, %z : (tensor<4xi1>, tensor<4xi1>) -> tensor<f32>
  return
}

// -----

func.func @sub_shapes(%x: tensor<2x4xi32>, %z: tensor<2x3xi32>) {
  // expected-error @below {{'nn.sub' op C2: expected shapes that broadcast, but got 2x4 and 2x3}}
  %y = nn.sub %x, %z : (tensor<2x4xi32>, tensor<2x3xi32>) -> tensor<f32>
  return
}

// -----

func.func @swish_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.swish' op C1: element type 'i32' is not supported}}
  %y = nn.swish %x {alpha = 1.0 : f64} : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @tan_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.tan' op C1: element type 'i32' is not supported}}
  %y = nn.tan %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @tanh_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.tanh' op C1: element type 'i32' is not supported}}
  %y = nn.tanh %x : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @thresholded_relu_type(%x: tensor<4xi32>) {
  // expected-error @below {{'nn.thresholded_relu' op C1: element type 'i32' is not supported}}
  %y = nn.thresholded_relu %x {alpha = 0.5 : f64} : (tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @xor_type(%x: tensor<4xf32>, %z: tensor<4xf32>) {
  // expected-error @below {{'nn.xor' op C1: element type 'f32' is not supported}}
  %y = nn.xor %x, %z : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @xor_shapes(%x: tensor<2x4xi32>, %z: tensor<2x3xi32>) {
  // expected-error @below {{'nn.xor' op C2: expected shapes that broadcast, but got 2x4 and 2x3}}
  %y = nn.xor %x, %z : (tensor<2x4xi32>, tensor<2x3xi32>) -> tensor<f32>
  return
}

// -----

func.func @where_shapes(%condition: tensor<3xi1>, %x: tensor<4xf32>, %z: tensor<4xf32>) {
  // expected-error @below {{'nn.where' op C3: expected shapes that broadcast, but got 3 and 4}}
  %y = nn.where %condition, %x, %z : (tensor<3xi1>, tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @dequantize_linear_scale(%x: tensor<4xi8>, %scale: tensor<3xf32>) {
  // expected-error @below {{'nn.dequantize_linear' op C2: expected a scale of 4 elements, but got 3}}
  %y = nn.dequantize_linear %x, %scale {axis = 0 : i64, block_size = 0 : i64, to = f32} : (tensor<4xi8>, tensor<3xf32>) -> tensor<f32>
  return
}

// -----

func.func @dequantize_linear_blocks(%x: tensor<2x7xi8>, %scale: tensor<2x3xf32>) {
  // expected-error @below {{'nn.dequantize_linear' op C2: expected a scale of shape 2x4, but got 2x3}}
  %y = nn.dequantize_linear %x, %scale {axis = 1 : i64, block_size = 2 : i64, to = f32} : (tensor<2x7xi8>, tensor<2x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @dequantize_linear_zero_point(%x: tensor<4xi8>, %scale: tensor<4xf32>, %zero_point: tensor<i8>) {
  // expected-error @below {{'nn.dequantize_linear' op C3: expected a zero point of shape 4, but got scalar}}
  %y = nn.dequantize_linear %x, %scale, %zero_point {axis = 0 : i64, block_size = 0 : i64, to = f32} : (tensor<4xi8>, tensor<4xf32>, tensor<i8>) -> tensor<f32>
  return
}

// -----

func.func @dequantize_linear_axis(%x: tensor<4xi8>, %scale: tensor<4xf32>) {
  // expected-error @below {{'nn.dequantize_linear' op C4: expected an axis from 0 to 0 and a block size that is not negative, but got 1 and 0}}
  %y = nn.dequantize_linear %x, %scale {axis = 1 : i64, block_size = 0 : i64, to = f32} : (tensor<4xi8>, tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @dequantize_linear_block_size(%x: tensor<4xi8>, %scale: tensor<f32>) {
  // expected-error @below {{'nn.dequantize_linear' op C4: expected an axis from 0 to 0 and a block size that is not negative, but got 0 and -1}}
  %y = nn.dequantize_linear %x, %scale {axis = 0 : i64, block_size = -1 : i64, to = f32} : (tensor<4xi8>, tensor<f32>) -> tensor<f32>
  return
}

// -----

// Scales in blocks need their size.
func.func @dequantize_linear_no_blocks(%x: tensor<2x4xi8>, %scale: tensor<2x2xf32>) {
  // expected-error @below {{'nn.dequantize_linear' op C4: expected a positive block size for scales in blocks, but got 0}}
  %y = nn.dequantize_linear %x, %scale {axis = 0 : i64, block_size = 0 : i64, to = f32} : (tensor<2x4xi8>, tensor<2x2xf32>) -> tensor<f32>
  return
}

// -----

func.func @dequantize_linear_zero_point_type(%x: tensor<4xi8>, %scale: tensor<f32>, %zero_point: tensor<ui8>) {
  // expected-error @below {{'nn.dequantize_linear' op C5: expected a zero point of type 'i8', but got 'ui8'}}
  %y = nn.dequantize_linear %x, %scale, %zero_point {axis = 0 : i64, block_size = 0 : i64, to = f32} : (tensor<4xi8>, tensor<f32>, tensor<ui8>) -> tensor<f32>
  return
}

// -----

func.func @bitcast_index(%x: tensor<4xf32>) {
  // expected-error @below {{'nn.bitcast' op C1: expected element types of the same number of bits, at least 8, but got 'f32' and 'index'}}
  %y = nn.bitcast %x {to = index} : (tensor<4xf32>) -> tensor<f32>
  return
}
