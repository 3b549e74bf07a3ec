// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @reduce_axis(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.reduce' op C1: expected increasing axes in [0, 2), but got [2]}}
  %y = nn.reduce %x {axes = array<i64: 2>, kind = #nn.reduce_kind<sum>} : (tensor<2x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @reduce_negative_axis(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.reduce' op C1: expected increasing axes in [0, 2), but got [-1]}}
  %y = nn.reduce %x {axes = array<i64: -1>, kind = #nn.reduce_kind<sum>} : (tensor<2x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @reduce_order(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.reduce' op C1: expected increasing axes in [0, 2), but got [1, 0]}}
  %y = nn.reduce %x {axes = array<i64: 1, 0>, kind = #nn.reduce_kind<sum>} : (tensor<2x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @reduce_twice(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.reduce' op C1: expected increasing axes in [0, 2), but got [1, 1]}}
  %y = nn.reduce %x {axes = array<i64: 1, 1>, kind = #nn.reduce_kind<sum>} : (tensor<2x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @reduce_bool(%x: tensor<2x3xi1>) {
  // expected-error @below {{'nn.reduce' op C2: expected a float or integer element type, but got 'i1'}}
  %y = nn.reduce %x {axes = array<i64: 1>, kind = #nn.reduce_kind<sum>} : (tensor<2x3xi1>) -> tensor<f32>
  return
}

// -----

func.func @arg_reduce_axis(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.arg_reduce' op C1: expected an axis in [0, 2), but got 2}}
  %y = nn.arg_reduce %x {axis = 2 : i64} : (tensor<2x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @arg_reduce_empty(%x: tensor<2x0xf32>) {
  // expected-error @below {{'nn.arg_reduce' op C2: expected elements along axis 1, but got none}}
  %y = nn.arg_reduce %x {axis = 1 : i64} : (tensor<2x0xf32>) -> tensor<f32>
  return
}

// -----

func.func @arg_reduce_bool(%x: tensor<2x3xi1>) {
  // expected-error @below {{'nn.arg_reduce' op C3: expected a float or integer element type, but got 'i1'}}
  %y = nn.arg_reduce %x {axis = 1 : i64} : (tensor<2x3xi1>) -> tensor<f32>
  return
}

// -----

func.func @softmax_none(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.softmax' op C1: expected increasing axes in [0, 2), but got []}}
  %y = nn.softmax %x {axes = array<i64>} : (tensor<2x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @softmax_axis(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.softmax' op C1: expected increasing axes in [0, 2), but got [0, 2]}}
  %y = nn.softmax %x {axes = array<i64: 0, 2>} : (tensor<2x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @softmax_type(%x: tensor<2x3xi32>) {
  // expected-error @below {{'nn.softmax' op C2: expected a float element type, but got 'i32'}}
  %y = nn.softmax %x {axes = array<i64: 1>} : (tensor<2x3xi32>) -> tensor<f32>
  return
}

// -----

func.func @cumulative_axis(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.cumulative' op C1: expected an axis in [0, 2), but got 2}}
  %y = nn.cumulative %x {axis = 2 : i64} : (tensor<2x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @cumulative_type(%x: tensor<2x3xi1>) {
  // expected-error @below {{'nn.cumulative' op C2: expected a float or integer element type, but got 'i1'}}
  %y = nn.cumulative %x {axis = 1 : i64} : (tensor<2x3xi1>) -> tensor<f32>
  return
}

// -----

func.func @top_k_axis(%x: tensor<2x6xf32>) {
  // expected-error @below {{'nn.top_k' op C1: expected an axis in [0, 2), but got 2}}
  %y:2 = nn.top_k %x {axis = 2 : i64, k = 3 : i64} : (tensor<2x6xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @top_k_many(%x: tensor<2x6xf32>) {
  // expected-error @below {{'nn.top_k' op C2: expected 0 <= k <= 6 at its least, but got 7}}
  %y:2 = nn.top_k %x {axis = 1 : i64, k = 7 : i64} : (tensor<2x6xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @top_k_negative(%x: tensor<2x6xf32>) {
  // expected-error @below {{'nn.top_k' op C2: expected 0 <= k <= 6 at its least, but got -1}}
  %y:2 = nn.top_k %x {axis = 1 : i64, k = -1 : i64} : (tensor<2x6xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

// N may be less than 3.
module attributes {nn.symbols = [#nn.symbol<"N", 2, 8>]} {
func.func @top_k_symbolic(%x: tensor<2x?xf32, affine_map<()[s0] -> (2, s0)>>) {
  // expected-error @below {{'nn.top_k' op C2: expected 0 <= k <= s0 at its least, but got 3}}
  %y:2 = nn.top_k %x {axis = 1 : i64, k = 3 : i64} : (tensor<2x?xf32, affine_map<()[s0] -> (2, s0)>>) -> (tensor<f32>, tensor<f32>)
  return
}
}

// -----

func.func @top_k_type(%x: tensor<2x6xi1>) {
  // expected-error @below {{'nn.top_k' op C3: expected a float or integer element type, but got 'i1'}}
  %y:2 = nn.top_k %x {axis = 1 : i64, k = 3 : i64} : (tensor<2x6xi1>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @nll_loss_rank(%x: tensor<3xf32>, %target: tensor<i64>) {
  // expected-error @below {{'nn.nll_loss' op C1: expected (N, C, ...) with classes, but got 3}}
  %y = nn.nll_loss %x, %target {reduction = #nn.loss_reduction<mean>} : (tensor<3xf32>, tensor<i64>) -> tensor<f32>
  return
}

// -----

func.func @nll_loss_classes(%x: tensor<3x0xf32>, %target: tensor<3xi64>) {
  // expected-error @below {{'nn.nll_loss' op C1: expected (N, C, ...) with classes, but got 3x0}}
  %y = nn.nll_loss %x, %target {reduction = #nn.loss_reduction<mean>} : (tensor<3x0xf32>, tensor<3xi64>) -> tensor<f32>
  return
}

// -----

func.func @nll_loss_target(%x: tensor<3x5xf32>, %target: tensor<4xi64>) {
  // expected-error @below {{'nn.nll_loss' op C2: expected i32 or i64 targets of shape 3, but got 'tensor<4xi64>'}}
  %y = nn.nll_loss %x, %target {reduction = #nn.loss_reduction<mean>} : (tensor<3x5xf32>, tensor<4xi64>) -> tensor<f32>
  return
}

// -----

func.func @nll_loss_target_type(%x: tensor<3x5xf32>, %target: tensor<3xf32>) {
  // expected-error @below {{'nn.nll_loss' op C2: expected i32 or i64 targets of shape 3, but got 'tensor<3xf32>'}}
  %y = nn.nll_loss %x, %target {reduction = #nn.loss_reduction<mean>} : (tensor<3x5xf32>, tensor<3xf32>) -> tensor<f32>
  return
}

// -----

func.func @nll_loss_weight(%x: tensor<3x5xf32>, %target: tensor<3xi64>, %weight: tensor<3xf32>) {
  // expected-error @below {{'nn.nll_loss' op C3: expected float scores and weights of shape 5, but got 'f32' and other weights}}
  %y = nn.nll_loss %x, %target, %weight {reduction = #nn.loss_reduction<mean>} : (tensor<3x5xf32>, tensor<3xi64>, tensor<3xf32>) -> tensor<f32>
  return
}

// -----

func.func @nll_loss_weight_type(%x: tensor<3x5xf32>, %target: tensor<3xi64>, %weight: tensor<5xf64>) {
  // expected-error @below {{'nn.nll_loss' op C3: expected float scores and weights of shape 5, but got 'f32' and other weights}}
  %y = nn.nll_loss %x, %target, %weight {reduction = #nn.loss_reduction<mean>} : (tensor<3x5xf32>, tensor<3xi64>, tensor<5xf64>) -> tensor<f32>
  return
}

// -----

func.func @nll_loss_type(%x: tensor<3x5xi32>, %target: tensor<3xi64>) {
  // expected-error @below {{'nn.nll_loss' op C3: expected float scores and weights of shape 5, but got 'i32'}}
  %y = nn.nll_loss %x, %target {reduction = #nn.loss_reduction<mean>} : (tensor<3x5xi32>, tensor<3xi64>) -> tensor<f32>
  return
}
