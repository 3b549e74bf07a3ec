// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// Each op survives printing and parsing, and has the result type that it should.

// CHECK-DAG: #[[$MAP:map[0-9]*]] = affine_map<()[s0, s1] -> (2, s1)>
// CHECK-DAG: #[[$MAP1:map[0-9]*]] = affine_map<()[s0] -> (s0, 4)>
// CHECK-DAG: #[[$MAP2:map[0-9]*]] = affine_map<()[s0, s1] -> (s1, 3)>
// CHECK-DAG: #[[$MAP3:map[0-9]*]] = affine_map<()[s0] -> (s0)>
// CHECK-DAG: #[[$MAP4:map[0-9]*]] = affine_map<()[s0, s1] -> (s1)>
// CHECK-DAG: #[[$MAP5:map[0-9]*]] = affine_map<()[s0] -> (4, s0)>
// CHECK-DAG: #[[$MAP6:map[0-9]*]] = affine_map<()[s0, s1] -> (4, s1)>
// CHECK-DAG: #[[$MAP7:map[0-9]*]] = affine_map<()[s0] -> (3, s0)>
// CHECK-DAG: #[[$MAP8:map[0-9]*]] = affine_map<()[s0, s1] -> (3, s1)>
// CHECK-DAG: #[[$MAP9:map[0-9]*]] = affine_map<()[s0] -> (1, s0, 4)>
// CHECK-DAG: #[[$MAP10:map[0-9]*]] = affine_map<()[s0] -> (1, 2, s0)>

module attributes {nn.symbols = [#nn.symbol<"N", 1, 8>, #nn.symbol<"M", 0, 32, data = true>]} {

// CHECK-LABEL: @non_zero(
// CHECK: nn.non_zero %{{.*}} {symbol = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x?xi64, #[[$MAP]]>
func.func @non_zero(%x: tensor<2x3xf32>) {
  %y = nn.non_zero %x {symbol = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x?xi64, affine_map<()[s0, s1] -> (2, s1)>>
  return
}

// CHECK-LABEL: @non_zero_symbolic(
// CHECK: nn.non_zero %{{.*}} {symbol = 1 : i64} : (tensor<?x4xi1, #[[$MAP1]]>) -> tensor<2x?xi64, #[[$MAP]]>
func.func @non_zero_symbolic(%x: tensor<?x4xi1, affine_map<()[s0] -> (s0, 4)>>) {
  %y = nn.non_zero %x {symbol = 1 : i64} : (tensor<?x4xi1, affine_map<()[s0] -> (s0, 4)>>) -> tensor<2x?xi64, affine_map<()[s0, s1] -> (2, s1)>>
  return
}

// CHECK-LABEL: @compress(
// CHECK: nn.compress %{{.*}}, %{{.*}} {axis = 0 : i64, symbol = 1 : i64} : (tensor<4x3xf32>, tensor<4xi1>) -> tensor<?x3xf32, #[[$MAP2]]>
func.func @compress(%x: tensor<4x3xf32>, %condition: tensor<4xi1>) {
  %y = nn.compress %x, %condition {axis = 0 : i64, symbol = 1 : i64} : (tensor<4x3xf32>, tensor<4xi1>) -> tensor<?x3xf32, affine_map<()[s0, s1] -> (s1, 3)>>
  return
}

// Flattened; at most as many as the condition has elements.
// CHECK-LABEL: @compress_flat(
// CHECK: nn.compress %{{.*}}, %{{.*}} {symbol = 1 : i64} : (tensor<2x3xf32>, tensor<?xi1, #[[$MAP3]]>) -> tensor<?xf32, #[[$MAP4]]>
func.func @compress_flat(%x: tensor<2x3xf32>, %condition: tensor<?xi1, affine_map<()[s0] -> (s0)>>) {
  %y = nn.compress %x, %condition {symbol = 1 : i64} : (tensor<2x3xf32>, tensor<?xi1, affine_map<()[s0] -> (s0)>>) -> tensor<?xf32, affine_map<()[s0, s1] -> (s1)>>
  return
}

// CHECK-LABEL: @compress_symbolic(
// CHECK: nn.compress %{{.*}}, %{{.*}} {axis = 1 : i64, symbol = 1 : i64} : (tensor<4x?xf32, #[[$MAP5]]>, tensor<2xi1>) -> tensor<4x?xf32, #[[$MAP6]]>
func.func @compress_symbolic(%x: tensor<4x?xf32, affine_map<()[s0] -> (4, s0)>>, %condition: tensor<2xi1>) {
  %y = nn.compress %x, %condition {axis = 1 : i64, symbol = 1 : i64} : (tensor<4x?xf32, affine_map<()[s0] -> (4, s0)>>, tensor<2xi1>) -> tensor<4x?xf32, affine_map<()[s0, s1] -> (4, s1)>>
  return
}

// CHECK-LABEL: @unique(
// CHECK: nn.unique %{{.*}} {sorted = true, symbol = 1 : i64} : (tensor<2x3xi64>) -> (tensor<?xi64, #[[$MAP4]]>, tensor<?xi64, #[[$MAP4]]>, tensor<6xi64>, tensor<?xi64, #[[$MAP4]]>)
func.func @unique(%x: tensor<2x3xi64>) {
  %y:4 = nn.unique %x {sorted = true, symbol = 1 : i64} : (tensor<2x3xi64>) -> (tensor<?xi64, affine_map<()[s0, s1] -> (s1)>>, tensor<?xi64, affine_map<()[s0, s1] -> (s1)>>, tensor<6xi64>, tensor<?xi64, affine_map<()[s0, s1] -> (s1)>>)
  return
}

// CHECK-LABEL: @unique_symbolic(
// CHECK: nn.unique %{{.*}} {axis = 1 : i64, sorted = false, symbol = 1 : i64} : (tensor<3x?xf32, #[[$MAP7]]>) -> (tensor<3x?xf32, #[[$MAP8]]>, tensor<?xi64, #[[$MAP4]]>, tensor<?xi64, #[[$MAP3]]>, tensor<?xi64, #[[$MAP4]]>)
func.func @unique_symbolic(%x: tensor<3x?xf32, affine_map<()[s0] -> (3, s0)>>) {
  %y:4 = nn.unique %x {axis = 1 : i64, sorted = false, symbol = 1 : i64} : (tensor<3x?xf32, affine_map<()[s0] -> (3, s0)>>) -> (tensor<3x?xf32, affine_map<()[s0, s1] -> (3, s1)>>, tensor<?xi64, affine_map<()[s0, s1] -> (s1)>>, tensor<?xi64, affine_map<()[s0] -> (s0)>>, tensor<?xi64, affine_map<()[s0, s1] -> (s1)>>)
  return
}

// CHECK-LABEL: @non_max_suppression(
// CHECK: nn.non_max_suppression %{{.*}}, %{{.*}}, %{{.*}} {center_point = false, max_boxes = 3 : i64, symbol = 1 : i64} : (tensor<1x6x4xf32>, tensor<1x2x6xf32>, tensor<f32>) -> tensor<?x3xi64, #[[$MAP2]]>
func.func @non_max_suppression(%boxes: tensor<1x6x4xf32>, %scores: tensor<1x2x6xf32>, %iou_threshold: tensor<f32>) {
  %y = nn.non_max_suppression %boxes, %scores, %iou_threshold {center_point = false, max_boxes = 3 : i64, symbol = 1 : i64} : (tensor<1x6x4xf32>, tensor<1x2x6xf32>, tensor<f32>) -> tensor<?x3xi64, affine_map<()[s0, s1] -> (s1, 3)>>
  return
}

// CHECK-LABEL: @non_max_suppression_symbolic(
// CHECK: nn.non_max_suppression %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {center_point = true, max_boxes = 100 : i64, symbol = 1 : i64} : (tensor<1x?x4xf32, #[[$MAP9]]>, tensor<1x2x?xf32, #[[$MAP10]]>, tensor<f32>, tensor<f32>) -> tensor<?x3xi64, #[[$MAP2]]>
func.func @non_max_suppression_symbolic(%boxes: tensor<1x?x4xf32, affine_map<()[s0] -> (1, s0, 4)>>, %scores: tensor<1x2x?xf32, affine_map<()[s0] -> (1, 2, s0)>>, %iou_threshold: tensor<f32>, %score_threshold: tensor<f32>) {
  %y = nn.non_max_suppression %boxes, %scores, %iou_threshold, %score_threshold {center_point = true, max_boxes = 100 : i64, symbol = 1 : i64} : (tensor<1x?x4xf32, affine_map<()[s0] -> (1, s0, 4)>>, tensor<1x2x?xf32, affine_map<()[s0] -> (1, 2, s0)>>, tensor<f32>, tensor<f32>) -> tensor<?x3xi64, affine_map<()[s0, s1] -> (s1, 3)>>
  return
}
}
