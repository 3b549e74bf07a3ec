// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// Each op survives printing and parsing, and has the result type that it should.

// CHECK-DAG: #[[$MAP:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, 3, s1)>
// CHECK-DAG: #[[$MAP1:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s1)>
// CHECK-DAG: #[[$MAP2:map[0-9]*]] = affine_map<()[s0] -> (s0)>
// CHECK-DAG: #[[$MAP3:map[0-9]*]] = affine_map<()[s0] -> (s0, 3)>
// CHECK-DAG: #[[$MAP4:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s1 + 3)>
// CHECK-DAG: #[[$MAP5:map[0-9]*]] = affine_map<()[s0] -> (s0, 4)>
// CHECK-DAG: #[[$MAP6:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, 5, s1)>

module attributes {nn.symbols = [#nn.symbol<"N", 1, 16>, #nn.symbol<"M", 1, 16>]} {

// CHECK-LABEL: @reduce_sum(
// CHECK: nn.reduce %{{.*}} {axes = array<i64: 1>, kind = #nn.reduce_kind<sum>} : (tensor<2x3x4xf32>) -> tensor<2x4xf32>
func.func @reduce_sum(%x: tensor<2x3x4xf32>) {
  %y = nn.reduce %x {axes = array<i64: 1>, kind = #nn.reduce_kind<sum>} : (tensor<2x3x4xf32>) -> tensor<2x4xf32>
  return
}

// CHECK-LABEL: @reduce_mean(
// CHECK: nn.reduce %{{.*}} {axes = array<i64: 1>, kind = #nn.reduce_kind<mean>} : (tensor<2x3x4xf32>) -> tensor<2x4xf32>
func.func @reduce_mean(%x: tensor<2x3x4xf32>) {
  %y = nn.reduce %x {axes = array<i64: 1>, kind = #nn.reduce_kind<mean>} : (tensor<2x3x4xf32>) -> tensor<2x4xf32>
  return
}

// CHECK-LABEL: @reduce_max(
// CHECK: nn.reduce %{{.*}} {axes = array<i64: 1>, kind = #nn.reduce_kind<max>} : (tensor<2x3x4xf32>) -> tensor<2x4xf32>
func.func @reduce_max(%x: tensor<2x3x4xf32>) {
  %y = nn.reduce %x {axes = array<i64: 1>, kind = #nn.reduce_kind<max>} : (tensor<2x3x4xf32>) -> tensor<2x4xf32>
  return
}

// CHECK-LABEL: @reduce_min(
// CHECK: nn.reduce %{{.*}} {axes = array<i64: 1>, kind = #nn.reduce_kind<min>} : (tensor<2x3x4xf32>) -> tensor<2x4xf32>
func.func @reduce_min(%x: tensor<2x3x4xf32>) {
  %y = nn.reduce %x {axes = array<i64: 1>, kind = #nn.reduce_kind<min>} : (tensor<2x3x4xf32>) -> tensor<2x4xf32>
  return
}

// CHECK-LABEL: @reduce_prod(
// CHECK: nn.reduce %{{.*}} {axes = array<i64: 1>, kind = #nn.reduce_kind<prod>} : (tensor<2x3x4xf32>) -> tensor<2x4xf32>
func.func @reduce_prod(%x: tensor<2x3x4xf32>) {
  %y = nn.reduce %x {axes = array<i64: 1>, kind = #nn.reduce_kind<prod>} : (tensor<2x3x4xf32>) -> tensor<2x4xf32>
  return
}

// CHECK-LABEL: @reduce_l1(
// CHECK: nn.reduce %{{.*}} {axes = array<i64: 1>, kind = #nn.reduce_kind<l1>} : (tensor<2x3x4xf32>) -> tensor<2x4xf32>
func.func @reduce_l1(%x: tensor<2x3x4xf32>) {
  %y = nn.reduce %x {axes = array<i64: 1>, kind = #nn.reduce_kind<l1>} : (tensor<2x3x4xf32>) -> tensor<2x4xf32>
  return
}

// CHECK-LABEL: @reduce_l2(
// CHECK: nn.reduce %{{.*}} {axes = array<i64: 1>, kind = #nn.reduce_kind<l2>} : (tensor<2x3x4xf32>) -> tensor<2x4xf32>
func.func @reduce_l2(%x: tensor<2x3x4xf32>) {
  %y = nn.reduce %x {axes = array<i64: 1>, kind = #nn.reduce_kind<l2>} : (tensor<2x3x4xf32>) -> tensor<2x4xf32>
  return
}

// CHECK-LABEL: @reduce_log_sum(
// CHECK: nn.reduce %{{.*}} {axes = array<i64: 1>, kind = #nn.reduce_kind<log_sum>} : (tensor<2x3x4xf32>) -> tensor<2x4xf32>
func.func @reduce_log_sum(%x: tensor<2x3x4xf32>) {
  %y = nn.reduce %x {axes = array<i64: 1>, kind = #nn.reduce_kind<log_sum>} : (tensor<2x3x4xf32>) -> tensor<2x4xf32>
  return
}

// CHECK-LABEL: @reduce_log_sum_exp(
// CHECK: nn.reduce %{{.*}} {axes = array<i64: 1>, kind = #nn.reduce_kind<log_sum_exp>} : (tensor<2x3x4xf32>) -> tensor<2x4xf32>
func.func @reduce_log_sum_exp(%x: tensor<2x3x4xf32>) {
  %y = nn.reduce %x {axes = array<i64: 1>, kind = #nn.reduce_kind<log_sum_exp>} : (tensor<2x3x4xf32>) -> tensor<2x4xf32>
  return
}

// CHECK-LABEL: @reduce_sum_square(
// CHECK: nn.reduce %{{.*}} {axes = array<i64: 1>, kind = #nn.reduce_kind<sum_square>} : (tensor<2x3x4xf32>) -> tensor<2x4xf32>
func.func @reduce_sum_square(%x: tensor<2x3x4xf32>) {
  %y = nn.reduce %x {axes = array<i64: 1>, kind = #nn.reduce_kind<sum_square>} : (tensor<2x3x4xf32>) -> tensor<2x4xf32>
  return
}

// CHECK-LABEL: @reduce_keepdims(
// CHECK: nn.reduce %{{.*}} {axes = array<i64: 0, 2>, keepdims = true, kind = #nn.reduce_kind<max>} : (tensor<2x3x4xi1>) -> tensor<1x3x1xi1>
func.func @reduce_keepdims(%x: tensor<2x3x4xi1>) {
  %y = nn.reduce %x {axes = array<i64: 0, 2>, keepdims = true, kind = #nn.reduce_kind<max>} : (tensor<2x3x4xi1>) -> tensor<1x3x1xi1>
  return
}

// Without axes, every element by itself.
// CHECK-LABEL: @reduce_none(
// CHECK: nn.reduce %{{.*}} {axes = array<i64>, kind = #nn.reduce_kind<l2>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @reduce_none(%x: tensor<2x3xf32>) {
  %y = nn.reduce %x {axes = array<i64>, kind = #nn.reduce_kind<l2>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// CHECK-LABEL: @reduce_symbolic(
// CHECK: nn.reduce %{{.*}} {axes = array<i64: 1>, kind = #nn.reduce_kind<sum>} : (tensor<?x3x?xi64, #[[$MAP]]>) -> tensor<?x?xi64, #[[$MAP1]]>
func.func @reduce_symbolic(%x: tensor<?x3x?xi64, affine_map<()[s0, s1] -> (s0, 3, s1)>>) {
  %y = nn.reduce %x {axes = array<i64: 1>, kind = #nn.reduce_kind<sum>} : (tensor<?x3x?xi64, affine_map<()[s0, s1] -> (s0, 3, s1)>>) -> tensor<?x?xi64, affine_map<()[s0, s1] -> (s0, s1)>>
  return
}

// CHECK-LABEL: @arg_reduce(
// CHECK: nn.arg_reduce %{{.*}} {axis = 1 : i64} : (tensor<2x3x4xf32>) -> tensor<2x4xi64>
func.func @arg_reduce(%x: tensor<2x3x4xf32>) {
  %y = nn.arg_reduce %x {axis = 1 : i64} : (tensor<2x3x4xf32>) -> tensor<2x4xi64>
  return
}

// CHECK-LABEL: @arg_reduce_all(
// CHECK: nn.arg_reduce %{{.*}} {axis = 1 : i64, keepdims = true, min = true, select_last = true} : (tensor<2x3x4xui8>) -> tensor<2x1x4xi64>
func.func @arg_reduce_all(%x: tensor<2x3x4xui8>) {
  %y = nn.arg_reduce %x {axis = 1 : i64, keepdims = true, min = true, select_last = true} : (tensor<2x3x4xui8>) -> tensor<2x1x4xi64>
  return
}

// CHECK-LABEL: @arg_reduce_symbolic(
// CHECK: nn.arg_reduce %{{.*}} {axis = 1 : i64} : (tensor<?x?xf32, #[[$MAP1]]>) -> tensor<?xi64, #[[$MAP2]]>
func.func @arg_reduce_symbolic(%x: tensor<?x?xf32, affine_map<()[s0, s1] -> (s0, s1)>>) {
  %y = nn.arg_reduce %x {axis = 1 : i64} : (tensor<?x?xf32, affine_map<()[s0, s1] -> (s0, s1)>>) -> tensor<?xi64, affine_map<()[s0] -> (s0)>>
  return
}

// CHECK-LABEL: @softmax(
// CHECK: nn.softmax %{{.*}} {axes = array<i64: 2>} : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
func.func @softmax(%x: tensor<2x3x4xf32>) {
  %y = nn.softmax %x {axes = array<i64: 2>} : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  return
}

// CHECK-LABEL: @log_softmax(
// CHECK: nn.softmax %{{.*}} {axes = array<i64: 1, 2>, kind = #nn.softmax_kind<log_softmax>} : (tensor<2x3x4xf16>) -> tensor<2x3x4xf16>
func.func @log_softmax(%x: tensor<2x3x4xf16>) {
  %y = nn.softmax %x {axes = array<i64: 1, 2>, kind = #nn.softmax_kind<log_softmax>} : (tensor<2x3x4xf16>) -> tensor<2x3x4xf16>
  return
}

// CHECK-LABEL: @hardmax_symbolic(
// CHECK: nn.softmax %{{.*}} {axes = array<i64: 1>, kind = #nn.softmax_kind<hardmax>} : (tensor<?x?xf32, #[[$MAP1]]>) -> tensor<?x?xf32, #[[$MAP1]]>
func.func @hardmax_symbolic(%x: tensor<?x?xf32, affine_map<()[s0, s1] -> (s0, s1)>>) {
  %y = nn.softmax %x {axes = array<i64: 1>, kind = #nn.softmax_kind<hardmax>} : (tensor<?x?xf32, affine_map<()[s0, s1] -> (s0, s1)>>) -> tensor<?x?xf32, affine_map<()[s0, s1] -> (s0, s1)>>
  return
}

// CHECK-LABEL: @cumulative(
// CHECK: nn.cumulative %{{.*}} {axis = 1 : i64} : (tensor<2x3xi32>) -> tensor<2x3xi32>
func.func @cumulative(%x: tensor<2x3xi32>) {
  %y = nn.cumulative %x {axis = 1 : i64} : (tensor<2x3xi32>) -> tensor<2x3xi32>
  return
}

// CHECK-LABEL: @cumulative_all(
// CHECK: nn.cumulative %{{.*}} {axis = 0 : i64, exclusive = true, product = true, reverse = true} : (tensor<?x3xf64, #[[$MAP3]]>) -> tensor<?x3xf64, #[[$MAP3]]>
func.func @cumulative_all(%x: tensor<?x3xf64, affine_map<()[s0] -> (s0, 3)>>) {
  %y = nn.cumulative %x {axis = 0 : i64, exclusive = true, product = true, reverse = true} : (tensor<?x3xf64, affine_map<()[s0] -> (s0, 3)>>) -> tensor<?x3xf64, affine_map<()[s0] -> (s0, 3)>>
  return
}

// CHECK-LABEL: @top_k(
// CHECK: nn.top_k %{{.*}} {axis = 1 : i64, k = 3 : i64} : (tensor<2x6xf32>) -> (tensor<2x3xf32>, tensor<2x3xi64>)
func.func @top_k(%x: tensor<2x6xf32>) {
  %y:2 = nn.top_k %x {axis = 1 : i64, k = 3 : i64} : (tensor<2x6xf32>) -> (tensor<2x3xf32>, tensor<2x3xi64>)
  return
}

// CHECK-LABEL: @top_k_symbolic(
// CHECK: nn.top_k %{{.*}} {axis = 1 : i64, k = 4 : i64, largest = false} : (tensor<?x?xui8, #[[$MAP4]]>) -> (tensor<?x4xui8, #[[$MAP5]]>, tensor<?x4xi64, #[[$MAP5]]>)
func.func @top_k_symbolic(%x: tensor<?x?xui8, affine_map<()[s0, s1] -> (s0, s1 + 3)>>) {
  %y:2 = nn.top_k %x {axis = 1 : i64, k = 4 : i64, largest = false} : (tensor<?x?xui8, affine_map<()[s0, s1] -> (s0, s1 + 3)>>) -> (tensor<?x4xui8, affine_map<()[s0] -> (s0, 4)>>, tensor<?x4xi64, affine_map<()[s0] -> (s0, 4)>>)
  return
}

// CHECK-LABEL: @nll_loss(
// CHECK: nn.nll_loss %{{.*}}, %{{.*}} {reduction = #nn.loss_reduction<mean>} : (tensor<3x5xf32>, tensor<3xi64>) -> tensor<f32>
func.func @nll_loss(%x: tensor<3x5xf32>, %target: tensor<3xi64>) {
  %y = nn.nll_loss %x, %target {reduction = #nn.loss_reduction<mean>} : (tensor<3x5xf32>, tensor<3xi64>) -> tensor<f32>
  return
}

// CHECK-LABEL: @nll_loss_weight(
// CHECK: nn.nll_loss %{{.*}}, %{{.*}}, %{{.*}} {ignore_index = -1 : i64, reduction = #nn.loss_reduction<none>} : (tensor<3x5x2xf32>, tensor<3x2xi32>, tensor<5xf32>) -> tensor<3x2xf32>
func.func @nll_loss_weight(%x: tensor<3x5x2xf32>, %target: tensor<3x2xi32>, %weight: tensor<5xf32>) {
  %y = nn.nll_loss %x, %target, %weight {ignore_index = -1 : i64, reduction = #nn.loss_reduction<none>} : (tensor<3x5x2xf32>, tensor<3x2xi32>, tensor<5xf32>) -> tensor<3x2xf32>
  return
}

// CHECK-LABEL: @nll_loss_symbolic(
// CHECK: nn.nll_loss %{{.*}}, %{{.*}} {reduction = #nn.loss_reduction<sum>} : (tensor<?x5x?xf32, #[[$MAP6]]>, tensor<?x?xi64, #[[$MAP1]]>) -> tensor<f32>
func.func @nll_loss_symbolic(%x: tensor<?x5x?xf32, affine_map<()[s0, s1] -> (s0, 5, s1)>>, %target: tensor<?x?xi64, affine_map<()[s0, s1] -> (s0, s1)>>) {
  %y = nn.nll_loss %x, %target {reduction = #nn.loss_reduction<sum>} : (tensor<?x5x?xf32, affine_map<()[s0, s1] -> (s0, 5, s1)>>, tensor<?x?xi64, affine_map<()[s0, s1] -> (s0, s1)>>) -> tensor<f32>
  return
}
}
