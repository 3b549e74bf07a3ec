// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// Each op survives printing and parsing, and has the result types that it should.

// CHECK-DAG: #[[$MAP:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s1, 4)>
// CHECK-DAG: #[[$MAP1:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s1, 1)>
// CHECK-DAG: #[[$MAP2:map[0-9]*]] = affine_map<()[s0] -> (s0, 4)>
// CHECK-DAG: #[[$MAP3:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, 6, s1)>

// CHECK-LABEL: @layer_norm(
// CHECK: nn.layer_norm %{{.*}}, %{{.*}} {axis = 2 : i64, epsilon = 1.000000e-05 : f64} : (tensor<2x3x4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
func.func @layer_norm(%x: tensor<2x3x4xf32>, %scale: tensor<4xf32>) {
  %y = nn.layer_norm %x, %scale {axis = 2 : i64, epsilon = 1.000000e-05 : f64} : (tensor<2x3x4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
  return
}

// CHECK-LABEL: @layer_norm_all(
// CHECK: nn.layer_norm %{{.*}}, %{{.*}}, %{{.*}} {axis = 1 : i64, epsilon = 1.000000e-05 : f64, stash = f32} : (tensor<2x3x4xf16>, tensor<3x4xf16>, tensor<1x4xf16>) -> (tensor<2x3x4xf16>, tensor<2x1x1xf32>, tensor<2x1x1xf32>)
func.func @layer_norm_all(%x: tensor<2x3x4xf16>, %scale: tensor<3x4xf16>, %bias: tensor<1x4xf16>) {
  %y:3 = nn.layer_norm %x, %scale, %bias {axis = 1 : i64, epsilon = 1.000000e-05 : f64, stash = f32} : (tensor<2x3x4xf16>, tensor<3x4xf16>, tensor<1x4xf16>) -> (tensor<2x3x4xf16>, tensor<2x1x1xf32>, tensor<2x1x1xf32>)
  return
}

// CHECK-LABEL: @layer_norm_stash(
// CHECK: nn.layer_norm %{{.*}}, %{{.*}} {axis = 1 : i64, epsilon = 1.000000e-05 : f64, stash = f64} : (tensor<2x4xf64>, tensor<4xf64>) -> (tensor<2x4xf64>, tensor<2x1xf64>, tensor<2x1xf64>)
func.func @layer_norm_stash(%x: tensor<2x4xf64>, %scale: tensor<4xf64>) {
  %y:3 = nn.layer_norm %x, %scale {axis = 1 : i64, epsilon = 1.000000e-05 : f64, stash = f64} : (tensor<2x4xf64>, tensor<4xf64>) -> (tensor<2x4xf64>, tensor<2x1xf64>, tensor<2x1xf64>)
  return
}

// CHECK-LABEL: @layer_norm_symbolic(
// CHECK: nn.layer_norm %{{.*}}, %{{.*}}, %{{.*}} {axis = 2 : i64, epsilon = 1.000000e-05 : f64} : (tensor<?x?x4xf32, #[[$MAP]]>, tensor<4xf32>, tensor<4xf32>) -> (tensor<?x?x4xf32, #[[$MAP]]>, tensor<?x?x1xf32, #[[$MAP1]]>, tensor<?x?x1xf32, #[[$MAP1]]>)
func.func @layer_norm_symbolic(%x: tensor<?x?x4xf32, affine_map<()[s0, s1] -> (s0, s1, 4)>>, %scale: tensor<4xf32>, %bias: tensor<4xf32>) {
  %y:3 = nn.layer_norm %x, %scale, %bias {axis = 2 : i64, epsilon = 1.000000e-05 : f64} : (tensor<?x?x4xf32, affine_map<()[s0, s1] -> (s0, s1, 4)>>, tensor<4xf32>, tensor<4xf32>) -> (tensor<?x?x4xf32, affine_map<()[s0, s1] -> (s0, s1, 4)>>, tensor<?x?x1xf32, affine_map<()[s0, s1] -> (s0, s1, 1)>>, tensor<?x?x1xf32, affine_map<()[s0, s1] -> (s0, s1, 1)>>)
  return
}

// CHECK-LABEL: @rms_norm(
// CHECK: nn.rms_norm %{{.*}}, %{{.*}} {axis = 2 : i64, epsilon = 1.000000e-05 : f64} : (tensor<2x3x4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
func.func @rms_norm(%x: tensor<2x3x4xf32>, %scale: tensor<4xf32>) {
  %y = nn.rms_norm %x, %scale {axis = 2 : i64, epsilon = 1.000000e-05 : f64} : (tensor<2x3x4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
  return
}

// CHECK-LABEL: @rms_norm_symbolic(
// CHECK: nn.rms_norm %{{.*}}, %{{.*}} {axis = 1 : i64, epsilon = 1.000000e-05 : f64} : (tensor<?x4xbf16, #[[$MAP2]]>, tensor<4xbf16>) -> tensor<?x4xbf16, #[[$MAP2]]>
func.func @rms_norm_symbolic(%x: tensor<?x4xbf16, affine_map<()[s0] -> (s0, 4)>>, %scale: tensor<4xbf16>) {
  %y = nn.rms_norm %x, %scale {axis = 1 : i64, epsilon = 1.000000e-05 : f64} : (tensor<?x4xbf16, affine_map<()[s0] -> (s0, 4)>>, tensor<4xbf16>) -> tensor<?x4xbf16, affine_map<()[s0] -> (s0, 4)>>
  return
}

// CHECK-LABEL: @group_norm(
// CHECK: nn.group_norm %{{.*}}, %{{.*}}, %{{.*}} {epsilon = 1.000000e-05 : f64, groups = 3 : i64} : (tensor<2x6x4x4xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<2x6x4x4xf32>
func.func @group_norm(%x: tensor<2x6x4x4xf32>, %scale: tensor<6xf32>, %bias: tensor<6xf32>) {
  %y = nn.group_norm %x, %scale, %bias {epsilon = 1.000000e-05 : f64, groups = 3 : i64} : (tensor<2x6x4x4xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<2x6x4x4xf32>
  return
}

// CHECK-LABEL: @group_norm_per_group(
// CHECK: nn.group_norm %{{.*}}, %{{.*}}, %{{.*}} {epsilon = 1.000000e-05 : f64, groups = 3 : i64} : (tensor<2x6x4xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x6x4xf32>
func.func @group_norm_per_group(%x: tensor<2x6x4xf32>, %scale: tensor<3xf32>, %bias: tensor<3xf32>) {
  %y = nn.group_norm %x, %scale, %bias {epsilon = 1.000000e-05 : f64, groups = 3 : i64} : (tensor<2x6x4xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x6x4xf32>
  return
}

// CHECK-LABEL: @group_norm_symbolic(
// CHECK: nn.group_norm %{{.*}}, %{{.*}}, %{{.*}} {epsilon = 1.000000e-05 : f64, groups = 6 : i64} : (tensor<?x6x?xf32, #[[$MAP3]]>, tensor<6xf32>, tensor<6xf32>) -> tensor<?x6x?xf32, #[[$MAP3]]>
func.func @group_norm_symbolic(%x: tensor<?x6x?xf32, affine_map<()[s0, s1] -> (s0, 6, s1)>>, %scale: tensor<6xf32>, %bias: tensor<6xf32>) {
  %y = nn.group_norm %x, %scale, %bias {epsilon = 1.000000e-05 : f64, groups = 6 : i64} : (tensor<?x6x?xf32, affine_map<()[s0, s1] -> (s0, 6, s1)>>, tensor<6xf32>, tensor<6xf32>) -> tensor<?x6x?xf32, affine_map<()[s0, s1] -> (s0, 6, s1)>>
  return
}

// CHECK-LABEL: @batch_norm(
// CHECK: nn.batch_norm %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {epsilon = 1.000000e-05 : f64} : (tensor<2x6x4xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<2x6x4xf32>
func.func @batch_norm(%x: tensor<2x6x4xf32>, %scale: tensor<6xf32>, %bias: tensor<6xf32>, %mean: tensor<6xf32>, %variance: tensor<6xf32>) {
  %y = nn.batch_norm %x, %scale, %bias, %mean, %variance {epsilon = 1.000000e-05 : f64} : (tensor<2x6x4xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<2x6x4xf32>
  return
}

// CHECK-LABEL: @batch_norm_training(
// CHECK: nn.batch_norm %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {epsilon = 1.000000e-05 : f64, momentum = 7.500000e-01 : f64} : (tensor<2x6x4xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>) -> (tensor<2x6x4xf32>, tensor<6xf32>, tensor<6xf32>)
func.func @batch_norm_training(%x: tensor<2x6x4xf32>, %scale: tensor<6xf32>, %bias: tensor<6xf32>, %mean: tensor<6xf32>, %variance: tensor<6xf32>) {
  %y:3 = nn.batch_norm %x, %scale, %bias, %mean, %variance {epsilon = 1.000000e-05 : f64, momentum = 0.75 : f64} : (tensor<2x6x4xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>) -> (tensor<2x6x4xf32>, tensor<6xf32>, tensor<6xf32>)
  return
}

// Rank 1, one channel; the statistics have a type of their own.
// CHECK-LABEL: @batch_norm_mixed(
// CHECK: nn.batch_norm %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {epsilon = 1.000000e-05 : f64} : (tensor<5xf16>, tensor<1xf16>, tensor<1xf16>, tensor<1xf32>, tensor<1xf32>) -> tensor<5xf16>
func.func @batch_norm_mixed(%x: tensor<5xf16>, %scale: tensor<1xf16>, %bias: tensor<1xf16>, %mean: tensor<1xf32>, %variance: tensor<1xf32>) {
  %y = nn.batch_norm %x, %scale, %bias, %mean, %variance {epsilon = 1.000000e-05 : f64} : (tensor<5xf16>, tensor<1xf16>, tensor<1xf16>, tensor<1xf32>, tensor<1xf32>) -> tensor<5xf16>
  return
}

// CHECK-LABEL: @batch_norm_symbolic(
// CHECK: nn.batch_norm %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {epsilon = 1.000000e-05 : f64} : (tensor<?x6x?xf32, #[[$MAP3]]>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<?x6x?xf32, #[[$MAP3]]>
func.func @batch_norm_symbolic(%x: tensor<?x6x?xf32, affine_map<()[s0, s1] -> (s0, 6, s1)>>, %scale: tensor<6xf32>, %bias: tensor<6xf32>, %mean: tensor<6xf32>, %variance: tensor<6xf32>) {
  %y = nn.batch_norm %x, %scale, %bias, %mean, %variance {epsilon = 1.000000e-05 : f64} : (tensor<?x6x?xf32, affine_map<()[s0, s1] -> (s0, 6, s1)>>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<?x6x?xf32, affine_map<()[s0, s1] -> (s0, 6, s1)>>
  return
}
