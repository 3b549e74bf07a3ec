// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @max_pool_rank(%x: tensor<1x3xf32>) {
  // expected-error @below {{'nn.max_pool' op C1: expected rank 3 to 5, but got 2}}
  %y = nn.max_pool %x {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @max_pool_type(%x: tensor<1x3x8x8xi1>) {
  // expected-error @below {{'nn.max_pool' op C1: expected floats or integers, but got 'i1'}}
  %y = nn.max_pool %x {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x8x8xi1>) -> tensor<f32>
  return
}

// -----

func.func @max_pool_strides(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'nn.max_pool' op C2: expected 2 kernel extents, strides and dilations and 4 pads, but got 2, 1, 2 and 4}}
  %y = nn.max_pool %x {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1>} : (tensor<1x3x8x8xf32>) -> tensor<f32>
  return
}

// -----

func.func @max_pool_kernel(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'nn.max_pool' op C2: expected kernel extents from 1 to 1048575, but got 0}}
  %y = nn.max_pool %x {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>) -> tensor<f32>
  return
}

// -----

func.func @max_pool_pads(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'nn.max_pool' op C2: expected pads smaller than the window of 2, but got 2}}
  %y = nn.max_pool %x {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, pads = array<i64: 0, 2, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>) -> tensor<f32>
  return
}

// -----

func.func @max_pool_window(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'nn.max_pool' op C3: expected a padded extent from 9 to 1099511627776 in spatial dimension 1, but got 8 + 0 + 0}}
  %y = nn.max_pool %x {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 9>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>) -> tensor<f32>
  return
}

// -----

func.func @max_pool_ceil(%x: tensor<1x3x?x8xf32, affine_map<()[s0] -> (1, 3, s0, 8)>>) {
  // expected-error @below {{'nn.max_pool' op C4: expected an end pad of at most 0 with ceil mode on symbolic dimension s0, but got 1}}
  %y = nn.max_pool %x {ceil_mode = true, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, pads = array<i64: 0, 0, 1, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x?x8xf32, affine_map<()[s0] -> (1, 3, s0, 8)>>) -> tensor<f32>
  return
}

// -----

func.func @avg_pool_rank(%x: tensor<1x3xf32>) {
  // expected-error @below {{'nn.avg_pool' op C1: expected rank 3 to 5, but got 2}}
  %y = nn.avg_pool %x {ceil_mode = false, count_include_pad = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @avg_pool_type(%x: tensor<1x3x8x8xi32>) {
  // expected-error @below {{'nn.avg_pool' op C1: expected floats, but got 'i32'}}
  %y = nn.avg_pool %x {ceil_mode = false, count_include_pad = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x8x8xi32>) -> tensor<f32>
  return
}

// -----

func.func @avg_pool_strides(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'nn.avg_pool' op C2: expected 2 kernel extents, strides and dilations and 4 pads, but got 2, 1, 2 and 4}}
  %y = nn.avg_pool %x {ceil_mode = false, count_include_pad = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1>} : (tensor<1x3x8x8xf32>) -> tensor<f32>
  return
}

// -----

func.func @avg_pool_kernel(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'nn.avg_pool' op C2: expected kernel extents from 1 to 1048575, but got 0}}
  %y = nn.avg_pool %x {ceil_mode = false, count_include_pad = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>) -> tensor<f32>
  return
}

// -----

func.func @avg_pool_pads(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'nn.avg_pool' op C2: expected pads smaller than the window of 2, but got 2}}
  %y = nn.avg_pool %x {ceil_mode = false, count_include_pad = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, pads = array<i64: 0, 2, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>) -> tensor<f32>
  return
}

// -----

func.func @avg_pool_window(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'nn.avg_pool' op C3: expected a padded extent from 9 to 1099511627776 in spatial dimension 1, but got 8 + 0 + 0}}
  %y = nn.avg_pool %x {ceil_mode = false, count_include_pad = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 9>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>) -> tensor<f32>
  return
}

// -----

func.func @avg_pool_ceil(%x: tensor<1x3x?x8xf32, affine_map<()[s0] -> (1, 3, s0, 8)>>) {
  // expected-error @below {{'nn.avg_pool' op C4: expected an end pad of at most 0 with ceil mode on symbolic dimension s0, but got 1}}
  %y = nn.avg_pool %x {ceil_mode = true, count_include_pad = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, pads = array<i64: 0, 0, 1, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x?x8xf32, affine_map<()[s0] -> (1, 3, s0, 8)>>) -> tensor<f32>
  return
}

// -----

func.func @lp_pool_rank(%x: tensor<1x3xf32>) {
  // expected-error @below {{'nn.lp_pool' op C1: expected rank 3 to 5, but got 2}}
  %y = nn.lp_pool %x {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, p = 2 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @lp_pool_type(%x: tensor<1x3x8x8xi32>) {
  // expected-error @below {{'nn.lp_pool' op C1: expected floats, but got 'i32'}}
  %y = nn.lp_pool %x {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, p = 2 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x8x8xi32>) -> tensor<f32>
  return
}

// -----

func.func @lp_pool_strides(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'nn.lp_pool' op C2: expected 2 kernel extents, strides and dilations and 4 pads, but got 2, 1, 2 and 4}}
  %y = nn.lp_pool %x {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, p = 2 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1>} : (tensor<1x3x8x8xf32>) -> tensor<f32>
  return
}

// -----

func.func @lp_pool_kernel(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'nn.lp_pool' op C2: expected kernel extents from 1 to 1048575, but got 0}}
  %y = nn.lp_pool %x {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 0>, p = 2 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>) -> tensor<f32>
  return
}

// -----

func.func @lp_pool_pads(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'nn.lp_pool' op C2: expected pads smaller than the window of 2, but got 2}}
  %y = nn.lp_pool %x {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, p = 2 : i64, pads = array<i64: 0, 2, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>) -> tensor<f32>
  return
}

// -----

func.func @lp_pool_window(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'nn.lp_pool' op C3: expected a padded extent from 9 to 1099511627776 in spatial dimension 1, but got 8 + 0 + 0}}
  %y = nn.lp_pool %x {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 9>, p = 2 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>) -> tensor<f32>
  return
}

// -----

func.func @lp_pool_ceil(%x: tensor<1x3x?x8xf32, affine_map<()[s0] -> (1, 3, s0, 8)>>) {
  // expected-error @below {{'nn.lp_pool' op C4: expected an end pad of at most 0 with ceil mode on symbolic dimension s0, but got 1}}
  %y = nn.lp_pool %x {ceil_mode = true, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, p = 2 : i64, pads = array<i64: 0, 0, 1, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x?x8xf32, affine_map<()[s0] -> (1, 3, s0, 8)>>) -> tensor<f32>
  return
}

// -----

func.func @lp_pool_p(%x: tensor<1x3x8x8xf32>) {
  // expected-error @below {{'nn.lp_pool' op C5: expected a positive p, but got 0}}
  %y = nn.lp_pool %x {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 2, 2>, p = 0 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 2, 2>} : (tensor<1x3x8x8xf32>) -> tensor<f32>
  return
}

// -----

func.func @lrn_type(%x: tensor<1x8x4xi32>) {
  // expected-error @below {{'nn.lrn' op C1: expected floats of rank 2 at least, but got 'tensor<1x8x4xi32>'}}
  %y = nn.lrn %x {alpha = 0.0001 : f64, beta = 0.75 : f64, bias = 1.0 : f64, size = 5 : i64} : (tensor<1x8x4xi32>) -> tensor<f32>
  return
}

// -----

func.func @lrn_rank(%x: tensor<8xf32>) {
  // expected-error @below {{'nn.lrn' op C1: expected floats of rank 2 at least, but got 'tensor<8xf32>'}}
  %y = nn.lrn %x {alpha = 0.0001 : f64, beta = 0.75 : f64, bias = 1.0 : f64, size = 5 : i64} : (tensor<8xf32>) -> tensor<f32>
  return
}

// -----

func.func @lrn_size(%x: tensor<1x8x4xf32>) {
  // expected-error @below {{'nn.lrn' op C2: expected a size from 1 to 1048575, but got 0}}
  %y = nn.lrn %x {alpha = 0.0001 : f64, beta = 0.75 : f64, bias = 1.0 : f64, size = 0 : i64} : (tensor<1x8x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @max_unpool_indices(%x: tensor<1x1x2xf32>, %indices: tensor<1x1x2xi32>) {
  // expected-error @below {{'nn.max_unpool' op C1: expected i64 indices of the shape of x, of rank 3 at least, but got 'tensor<1x1x2xf32>' and 'tensor<1x1x2xi32>'}}
  %y = nn.max_unpool %x, %indices {default_offset = array<i64: 0>, default_scale = array<i64: 2>, shape = array<i64: -1>} : (tensor<1x1x2xf32>, tensor<1x1x2xi32>) -> tensor<f32>
  return
}

// -----

func.func @max_unpool_shapes(%x: tensor<1x1x2xf32>, %indices: tensor<1x1x3xi64>) {
  // expected-error @below {{'nn.max_unpool' op C1: expected i64 indices of the shape of x, of rank 3 at least, but got 'tensor<1x1x2xf32>' and 'tensor<1x1x3xi64>'}}
  %y = nn.max_unpool %x, %indices {default_offset = array<i64: 0>, default_scale = array<i64: 2>, shape = array<i64: -1>} : (tensor<1x1x2xf32>, tensor<1x1x3xi64>) -> tensor<f32>
  return
}

// -----

func.func @max_unpool_rank(%x: tensor<1x2xf32>, %indices: tensor<1x2xi64>) {
  // expected-error @below {{'nn.max_unpool' op C1: expected i64 indices of the shape of x, of rank 3 at least, but got 'tensor<1x2xf32>' and 'tensor<1x2xi64>'}}
  %y = nn.max_unpool %x, %indices {default_offset = array<i64: 0>, default_scale = array<i64: 2>, shape = array<i64: -1>} : (tensor<1x2xf32>, tensor<1x2xi64>) -> tensor<f32>
  return
}

// -----

func.func @max_unpool_attributes(%x: tensor<1x1x2xf32>, %indices: tensor<1x1x2xi64>) {
  // expected-error @below {{'nn.max_unpool' op C2: expected 1 shapes, scales and offsets, but got 1, 1 and 2}}
  %y = nn.max_unpool %x, %indices {default_offset = array<i64: 0, 0>, default_scale = array<i64: 2>, shape = array<i64: -1>} : (tensor<1x1x2xf32>, tensor<1x1x2xi64>) -> tensor<f32>
  return
}

// -----

func.func @max_unpool_shape(%x: tensor<1x1x2xf32>, %indices: tensor<1x1x2xi64>) {
  // expected-error @below {{'nn.max_unpool' op C2: expected shapes from -1 and positive scales within bounds, but got -2, 2 and 0}}
  %y = nn.max_unpool %x, %indices {default_offset = array<i64: 0>, default_scale = array<i64: 2>, shape = array<i64: -2>} : (tensor<1x1x2xf32>, tensor<1x1x2xi64>) -> tensor<f32>
  return
}

// -----

func.func @max_unpool_scale(%x: tensor<1x1x2xf32>, %indices: tensor<1x1x2xi64>) {
  // expected-error @below {{'nn.max_unpool' op C2: expected shapes from -1 and positive scales within bounds, but got -1, 0 and 0}}
  %y = nn.max_unpool %x, %indices {default_offset = array<i64: 0>, default_scale = array<i64: 0>, shape = array<i64: -1>} : (tensor<1x1x2xf32>, tensor<1x1x2xi64>) -> tensor<f32>
  return
}

// -----

func.func @max_unpool_default(%x: tensor<1x1x2xf32>, %indices: tensor<1x1x2xi64>) {
  // expected-error @below {{'nn.max_unpool' op C3: expected default extents of at least 0, but got -1}}
  %y = nn.max_unpool %x, %indices {default_offset = array<i64: -5>, default_scale = array<i64: 2>, shape = array<i64: -1>} : (tensor<1x1x2xf32>, tensor<1x1x2xi64>) -> tensor<f32>
  return
}
