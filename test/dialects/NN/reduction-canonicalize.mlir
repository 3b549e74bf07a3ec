// RUN: tenon-opt %s --canonicalize | FileCheck %s

// Without axes these leave every element as it is.
// CHECK-LABEL: @nothing
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>)
// CHECK-NEXT: return %[[X]]
func.func @nothing(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = nn.reduce %x {kind = #nn.reduce_kind<sum>, axes = array<i64>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = nn.reduce %0 {kind = #nn.reduce_kind<mean>, axes = array<i64>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %2 = nn.reduce %1 {kind = #nn.reduce_kind<max>, axes = array<i64>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %3 = nn.reduce %2 {kind = #nn.reduce_kind<min>, axes = array<i64>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %4 = nn.reduce %3 {kind = #nn.reduce_kind<prod>, axes = array<i64>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %4 : tensor<2x3xf32>
}

// These do not: |x|, |x|, log x, x and x^2. (The logarithm of the exponential is x but for rounding.)
// CHECK-LABEL: @something
// CHECK-COUNT-5: nn.reduce
func.func @something(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = nn.reduce %x {kind = #nn.reduce_kind<l1>, axes = array<i64>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = nn.reduce %0 {kind = #nn.reduce_kind<l2>, axes = array<i64>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %2 = nn.reduce %1 {kind = #nn.reduce_kind<log_sum>, axes = array<i64>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %3 = nn.reduce %2 {kind = #nn.reduce_kind<log_sum_exp>, axes = array<i64>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %4 = nn.reduce %3 {kind = #nn.reduce_kind<sum_square>, axes = array<i64>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %4 : tensor<2x3xf32>
}

// The sum of one element is that element, but of another shape here.
// CHECK-LABEL: @axis
// CHECK: nn.reduce
func.func @axis(%x: tensor<2x1xf32>) -> tensor<2xf32> {
  %0 = nn.reduce %x {kind = #nn.reduce_kind<sum>, axes = array<i64: 1>} : (tensor<2x1xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}
