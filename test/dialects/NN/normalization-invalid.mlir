// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @layer_norm_axis(%x: tensor<2x3x4xf32>, %scale: tensor<4xf32>) {
  // expected-error @below {{'nn.layer_norm' op C1: expected floats and an axis in [0, 3), but got 'f32' and 3}}
  %y = nn.layer_norm %x, %scale {axis = 3 : i64, epsilon = 1.000000e-05 : f64} : (tensor<2x3x4xf32>, tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @layer_norm_type(%x: tensor<2x3x4xi32>, %scale: tensor<4xi32>) {
  // expected-error @below {{'nn.layer_norm' op C1: expected floats and an axis in [0, 3), but got 'i32' and 2}}
  %y = nn.layer_norm %x, %scale {axis = 2 : i64, epsilon = 1.000000e-05 : f64} : (tensor<2x3x4xi32>, tensor<4xi32>) -> tensor<f32>
  return
}

// -----

func.func @layer_norm_scale(%x: tensor<2x3x4xf32>, %scale: tensor<3xf32>) {
  // expected-error @below {{'nn.layer_norm' op C2: expected scale and bias that broadcast to 'tensor<2x3x4xf32>'}}
  %y = nn.layer_norm %x, %scale {axis = 2 : i64, epsilon = 1.000000e-05 : f64} : (tensor<2x3x4xf32>, tensor<3xf32>) -> tensor<f32>
  return
}

// -----

func.func @layer_norm_scale_type(%x: tensor<2x3x4xf32>, %scale: tensor<4xf64>) {
  // expected-error @below {{'nn.layer_norm' op C2: expected scale and bias that broadcast to 'tensor<2x3x4xf32>'}}
  %y = nn.layer_norm %x, %scale {axis = 2 : i64, epsilon = 1.000000e-05 : f64} : (tensor<2x3x4xf32>, tensor<4xf64>) -> tensor<f32>
  return
}

// -----

func.func @layer_norm_bias(%x: tensor<2x3x4xf32>, %scale: tensor<4xf32>, %bias: tensor<2x2x3x4xf32>) {
  // expected-error @below {{'nn.layer_norm' op C2: expected scale and bias that broadcast to 'tensor<2x3x4xf32>'}}
  %y = nn.layer_norm %x, %scale, %bias {axis = 2 : i64, epsilon = 1.000000e-05 : f64} : (tensor<2x3x4xf32>, tensor<4xf32>, tensor<2x2x3x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @layer_norm_results(%x: tensor<2x3x4xf32>, %scale: tensor<4xf32>) {
  // expected-error @below {{'nn.layer_norm' op C3: expected 1 or 3 results and a float stash type, but got 2 and 'f32'}}
  %y:2 = nn.layer_norm %x, %scale {axis = 2 : i64, epsilon = 1.000000e-05 : f64} : (tensor<2x3x4xf32>, tensor<4xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @layer_norm_stash(%x: tensor<2x3x4xf32>, %scale: tensor<4xf32>) {
  // expected-error @below {{'nn.layer_norm' op C3: expected 1 or 3 results and a float stash type, but got 3 and 'i32'}}
  %y:3 = nn.layer_norm %x, %scale {axis = 2 : i64, epsilon = 1.000000e-05 : f64, stash = i32} : (tensor<2x3x4xf32>, tensor<4xf32>) -> (tensor<f32>, tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @rms_norm_axis(%x: tensor<2x3x4xf32>, %scale: tensor<4xf32>) {
  // expected-error @below {{'nn.rms_norm' op C1: expected floats and an axis in [0, 3), but got 'f32' and -1}}
  %y = nn.rms_norm %x, %scale {axis = -1 : i64, epsilon = 1.000000e-05 : f64} : (tensor<2x3x4xf32>, tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @rms_norm_type(%x: tensor<2x3x4xi8>, %scale: tensor<4xi8>) {
  // expected-error @below {{'nn.rms_norm' op C1: expected floats and an axis in [0, 3), but got 'i8' and 2}}
  %y = nn.rms_norm %x, %scale {axis = 2 : i64, epsilon = 1.000000e-05 : f64} : (tensor<2x3x4xi8>, tensor<4xi8>) -> tensor<f32>
  return
}

// -----

func.func @rms_norm_scale(%x: tensor<2x3x4xf32>, %scale: tensor<5xf32>) {
  // expected-error @below {{'nn.rms_norm' op C2: expected a scale that broadcasts to 'tensor<2x3x4xf32>', but got 'tensor<5xf32>'}}
  %y = nn.rms_norm %x, %scale {axis = 2 : i64, epsilon = 1.000000e-05 : f64} : (tensor<2x3x4xf32>, tensor<5xf32>) -> tensor<f32>
  return
}

// -----

func.func @group_norm_rank(%x: tensor<6xf32>, %scale: tensor<6xf32>, %bias: tensor<6xf32>) {
  // expected-error @below {{'nn.group_norm' op C1: expected floats of shape (N, C, ...), but got 'tensor<6xf32>'}}
  %y = nn.group_norm %x, %scale, %bias {epsilon = 1.000000e-05 : f64, groups = 3 : i64} : (tensor<6xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<f32>
  return
}

// -----

func.func @group_norm_type(%x: tensor<2x6x4xi32>, %scale: tensor<6xi32>, %bias: tensor<6xi32>) {
  // expected-error @below {{'nn.group_norm' op C1: expected floats of shape (N, C, ...), but got 'tensor<2x6x4xi32>'}}
  %y = nn.group_norm %x, %scale, %bias {epsilon = 1.000000e-05 : f64, groups = 3 : i64} : (tensor<2x6x4xi32>, tensor<6xi32>, tensor<6xi32>) -> tensor<f32>
  return
}

// -----

func.func @group_norm_groups(%x: tensor<2x6x4xf32>, %scale: tensor<6xf32>, %bias: tensor<6xf32>) {
  // expected-error @below {{'nn.group_norm' op C2: expected groups that divide 6 channels, but got 4}}
  %y = nn.group_norm %x, %scale, %bias {epsilon = 1.000000e-05 : f64, groups = 4 : i64} : (tensor<2x6x4xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<f32>
  return
}

// -----

func.func @group_norm_no_groups(%x: tensor<2x6x4xf32>, %scale: tensor<6xf32>, %bias: tensor<6xf32>) {
  // expected-error @below {{'nn.group_norm' op C2: expected groups that divide 6 channels, but got 0}}
  %y = nn.group_norm %x, %scale, %bias {epsilon = 1.000000e-05 : f64, groups = 0 : i64} : (tensor<2x6x4xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<f32>
  return
}

// -----

func.func @group_norm_symbolic(%x: tensor<2x?x4xf32, affine_map<()[s0] -> (2, s0, 4)>>, %scale: tensor<?xf32, affine_map<()[s0] -> (s0)>>, %bias: tensor<?xf32, affine_map<()[s0] -> (s0)>>) {
  // expected-error @below {{'nn.group_norm' op C2: expected groups that divide s0 channels, but got 2}}
  %y = nn.group_norm %x, %scale, %bias {epsilon = 1.000000e-05 : f64, groups = 2 : i64} : (tensor<2x?x4xf32, affine_map<()[s0] -> (2, s0, 4)>>, tensor<?xf32, affine_map<()[s0] -> (s0)>>, tensor<?xf32, affine_map<()[s0] -> (s0)>>) -> tensor<f32>
  return
}

// -----

func.func @group_norm_scale(%x: tensor<2x6x4xf32>, %scale: tensor<4xf32>, %bias: tensor<6xf32>) {
  // expected-error @below {{'nn.group_norm' op C3: expected 6 or 3 elements of type 'f32', but got 'tensor<4xf32>'}}
  %y = nn.group_norm %x, %scale, %bias {epsilon = 1.000000e-05 : f64, groups = 3 : i64} : (tensor<2x6x4xf32>, tensor<4xf32>, tensor<6xf32>) -> tensor<f32>
  return
}

// -----

func.func @group_norm_bias_type(%x: tensor<2x6x4xf32>, %scale: tensor<6xf32>, %bias: tensor<6xf64>) {
  // expected-error @below {{'nn.group_norm' op C3: expected 6 or 3 elements of type 'f32', but got 'tensor<6xf64>'}}
  %y = nn.group_norm %x, %scale, %bias {epsilon = 1.000000e-05 : f64, groups = 3 : i64} : (tensor<2x6x4xf32>, tensor<6xf32>, tensor<6xf64>) -> tensor<f32>
  return
}

// -----

func.func @batch_norm_scalar(%x: tensor<f32>, %scale: tensor<1xf32>, %bias: tensor<1xf32>, %mean: tensor<1xf32>, %variance: tensor<1xf32>) {
  // expected-error @below {{'nn.batch_norm' op C1: expected floats of rank 1 or more, but got 'tensor<f32>'}}
  %y = nn.batch_norm %x, %scale, %bias, %mean, %variance {epsilon = 1.000000e-05 : f64} : (tensor<f32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<f32>
  return
}

// -----

func.func @batch_norm_type(%x: tensor<2x6x4xi32>, %scale: tensor<6xi32>, %bias: tensor<6xi32>, %mean: tensor<6xi32>, %variance: tensor<6xi32>) {
  // expected-error @below {{'nn.batch_norm' op C1: expected floats of rank 1 or more, but got 'tensor<2x6x4xi32>'}}
  %y = nn.batch_norm %x, %scale, %bias, %mean, %variance {epsilon = 1.000000e-05 : f64} : (tensor<2x6x4xi32>, tensor<6xi32>, tensor<6xi32>, tensor<6xi32>, tensor<6xi32>) -> tensor<f32>
  return
}

// -----

func.func @batch_norm_mean(%x: tensor<2x6x4xf32>, %scale: tensor<6xf32>, %bias: tensor<6xf32>, %mean: tensor<4xf32>, %variance: tensor<6xf32>) {
  // expected-error @below {{'nn.batch_norm' op C2: expected 6 floats, but got 'tensor<4xf32>'}}
  %y = nn.batch_norm %x, %scale, %bias, %mean, %variance {epsilon = 1.000000e-05 : f64} : (tensor<2x6x4xf32>, tensor<6xf32>, tensor<6xf32>, tensor<4xf32>, tensor<6xf32>) -> tensor<f32>
  return
}

// -----

func.func @batch_norm_variance_type(%x: tensor<2x6x4xf32>, %scale: tensor<6xf32>, %bias: tensor<6xf32>, %mean: tensor<6xf32>, %variance: tensor<6xi32>) {
  // expected-error @below {{'nn.batch_norm' op C2: expected 6 floats, but got 'tensor<6xi32>'}}
  %y = nn.batch_norm %x, %scale, %bias, %mean, %variance {epsilon = 1.000000e-05 : f64} : (tensor<2x6x4xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xi32>) -> tensor<f32>
  return
}

// -----

func.func @batch_norm_rank_1(%x: tensor<6xf32>, %scale: tensor<6xf32>, %bias: tensor<6xf32>, %mean: tensor<6xf32>, %variance: tensor<6xf32>) {
  // expected-error @below {{'nn.batch_norm' op C2: expected 1 floats, but got 'tensor<6xf32>'}}
  %y = nn.batch_norm %x, %scale, %bias, %mean, %variance {epsilon = 1.000000e-05 : f64} : (tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<f32>
  return
}

// -----

func.func @batch_norm_results(%x: tensor<2x6x4xf32>, %scale: tensor<6xf32>, %bias: tensor<6xf32>, %mean: tensor<6xf32>, %variance: tensor<6xf32>) {
  // expected-error @below {{'nn.batch_norm' op C3: expected 1 or 3 results, but got 2}}
  %y:2 = nn.batch_norm %x, %scale, %bias, %mean, %variance {epsilon = 1.000000e-05 : f64} : (tensor<2x6x4xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>) -> (tensor<f32>, tensor<f32>)
  return
}
