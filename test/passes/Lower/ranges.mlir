// What whole operators are split over.
//
// REQUIRES: tenon
// RUN: tenon compile %s --cost-model none --target x86-64-v3 --to lower -o %t.mlir
// RUN: FileCheck %s < %t.mlir

// Blocks of rows of Winograd's tiles, each in memory of its own: 14 rows of tiles, two at a time.
// CHECK-DAG: #[[BLOCKS:.*]] = affine_map<() -> (7)>
// Rows, whose sums lie in memory that all threads share.
// CHECK-DAG: #[[ROWS:.*]] = affine_map<() -> (512)>
// CHECK-DAG: module @conv_code attributes {{.*}}tenon.range = #[[BLOCKS]],{{.*}} tenon.scratch = {{[1-9][0-9]*}} : i64, tenon.shared = 0
// CHECK-DAG: module @layer_norm_code attributes {{.*}}tenon.range = #[[ROWS]],{{.*}} tenon.scratch = 0 : i64, tenon.shared = {{[1-9]}}
module @m {
func.func @main(%x: tensor<1x32x56x56xf32> {nn.name = "x"}, %r: tensor<1x512x768xf32> {nn.name = "r"})
    -> (tensor<1x32x56x56xf32> {nn.name = "y"}, tensor<1x512x768xf32> {nn.name = "s"}) {
  %w = nn.constant dense<1.0> : tensor<32x32x3x3xf32> : tensor<32x32x3x3xf32>
  %b = nn.constant dense<1.0> : tensor<32xf32> : tensor<32xf32>
  %g = nn.constant dense<1.0> : tensor<768xf32> : tensor<768xf32>
  %0 = nn.conv %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x32x56x56xf32>, tensor<32x32x3x3xf32>, tensor<32xf32>) -> tensor<1x32x56x56xf32>
  %1 = nn.layer_norm %r, %g {axis = 2 : i64, epsilon = 1.000000e-05 : f64} : (tensor<1x512x768xf32>, tensor<768xf32>) -> tensor<1x512x768xf32>
  return %0, %1 : tensor<1x32x56x56xf32>, tensor<1x512x768xf32>
}
}
