// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// Each op survives printing and parsing, and has the result type that it should.

// CHECK-DAG: #[[$MAP:map[0-9]*]] = affine_map<()[s0] -> (s0, 4)>
// CHECK-DAG: #[[$MAP1:map[0-9]*]] = affine_map<()[s0, s1] -> (s1, 2)>
// CHECK-DAG: #[[$MAP2:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s1)>
// CHECK-DAG: #[[$MAP3:map[0-9]*]] = affine_map<()[s0] -> (s0, 3, 4, 5)>
// CHECK-DAG: #[[$MAP4:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, 6, s1, 2)>
// CHECK-DAG: #[[$MAP5:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, 3, 6, s1)>
// CHECK-DAG: #[[$MAP6:map[0-9]*]] = affine_map<()[s0] -> (s0)>
// CHECK-DAG: #[[$MAP7:map[0-9]*]] = affine_map<()[s0] -> (s0, 3, 2, 3)>

// CHECK-LABEL: @interpolate(
// CHECK: nn.interpolate %{{.*}}, %{{.*}}, %{{.*}} {axis = 2 : i64} : (tensor<1x3x4x5xf32>, tensor<8x2xi32>, tensor<8x2xf32>) -> tensor<1x3x8x5xf32>
func.func @interpolate(%x: tensor<1x3x4x5xf32>, %indices: tensor<8x2xi32>, %weights: tensor<8x2xf32>) {
  %y = nn.interpolate %x, %indices, %weights {axis = 2 : i64} : (tensor<1x3x4x5xf32>, tensor<8x2xi32>, tensor<8x2xf32>) -> tensor<1x3x8x5xf32>
  return
}

// CHECK-LABEL: @interpolate_offset(
// CHECK: nn.interpolate %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {axis = 1 : i64} : (tensor<4x5xf16>, tensor<7x4xi64>, tensor<7x4xf16>, tensor<7xf16>) -> tensor<4x7xf16>
func.func @interpolate_offset(%x: tensor<4x5xf16>, %indices: tensor<7x4xi64>, %weights: tensor<7x4xf16>, %offset: tensor<7xf16>) {
  %y = nn.interpolate %x, %indices, %weights, %offset {axis = 1 : i64} : (tensor<4x5xf16>, tensor<7x4xi64>, tensor<7x4xf16>, tensor<7xf16>) -> tensor<4x7xf16>
  return
}

// CHECK-LABEL: @interpolate_symbolic(
// CHECK: nn.interpolate %{{.*}}, %{{.*}}, %{{.*}} {axis = 1 : i64} : (tensor<?x4xf32, #[[$MAP]]>, tensor<?x2xi64, #[[$MAP1]]>, tensor<?x2xf32, #[[$MAP1]]>) -> tensor<?x?xf32, #[[$MAP2]]>
func.func @interpolate_symbolic(%x: tensor<?x4xf32, affine_map<()[s0] -> (s0, 4)>>, %indices: tensor<?x2xi64, affine_map<()[s0, s1] -> (s1, 2)>>, %weights: tensor<?x2xf32, affine_map<()[s0, s1] -> (s1, 2)>>) {
  %y = nn.interpolate %x, %indices, %weights {axis = 1 : i64} : (tensor<?x4xf32, affine_map<()[s0] -> (s0, 4)>>, tensor<?x2xi64, affine_map<()[s0, s1] -> (s1, 2)>>, tensor<?x2xf32, affine_map<()[s0, s1] -> (s1, 2)>>) -> tensor<?x?xf32, affine_map<()[s0, s1] -> (s0, s1)>>
  return
}

// CHECK-LABEL: @grid_sample(
// CHECK: nn.grid_sample %{{.*}}, %{{.*}} {align_corners = false, mode = "linear", padding = "zeros"} : (tensor<1x3x4x5xf32>, tensor<1x6x7x2xf32>) -> tensor<1x3x6x7xf32>
func.func @grid_sample(%x: tensor<1x3x4x5xf32>, %grid: tensor<1x6x7x2xf32>) {
  %y = nn.grid_sample %x, %grid {align_corners = false, mode = "linear", padding = "zeros"} : (tensor<1x3x4x5xf32>, tensor<1x6x7x2xf32>) -> tensor<1x3x6x7xf32>
  return
}

// CHECK-LABEL: @grid_sample_3d(
// CHECK: nn.grid_sample %{{.*}}, %{{.*}} {align_corners = true, mode = "nearest", padding = "border"} : (tensor<2x3x4x5x6xf32>, tensor<2x1x2x3x3xf64>) -> tensor<2x3x1x2x3xf32>
func.func @grid_sample_3d(%x: tensor<2x3x4x5x6xf32>, %grid: tensor<2x1x2x3x3xf64>) {
  %y = nn.grid_sample %x, %grid {align_corners = true, mode = "nearest", padding = "border"} : (tensor<2x3x4x5x6xf32>, tensor<2x1x2x3x3xf64>) -> tensor<2x3x1x2x3xf32>
  return
}

// CHECK-LABEL: @grid_sample_symbolic(
// CHECK: nn.grid_sample %{{.*}}, %{{.*}} {align_corners = false, mode = "cubic", padding = "reflection"} : (tensor<?x3x4x5xf32, #[[$MAP3]]>, tensor<?x6x?x2xf32, #[[$MAP4]]>) -> tensor<?x3x6x?xf32, #[[$MAP5]]>
func.func @grid_sample_symbolic(%x: tensor<?x3x4x5xf32, affine_map<()[s0] -> (s0, 3, 4, 5)>>, %grid: tensor<?x6x?x2xf32, affine_map<()[s0, s1] -> (s0, 6, s1, 2)>>) {
  %y = nn.grid_sample %x, %grid {align_corners = false, mode = "cubic", padding = "reflection"} : (tensor<?x3x4x5xf32, affine_map<()[s0] -> (s0, 3, 4, 5)>>, tensor<?x6x?x2xf32, affine_map<()[s0, s1] -> (s0, 6, s1, 2)>>) -> tensor<?x3x6x?xf32, affine_map<()[s0, s1] -> (s0, 3, 6, s1)>>
  return
}

// CHECK-LABEL: @roi_align(
// CHECK: nn.roi_align %{{.*}}, %{{.*}}, %{{.*}} {half_pixel = true, height = 2 : i64, mode = "avg", sampling_ratio = 2 : i64, spatial_scale = 5.000000e-01 : f64, width = 3 : i64} : (tensor<1x3x8x9xf32>, tensor<5x4xf32>, tensor<5xi64>) -> tensor<5x3x2x3xf32>
func.func @roi_align(%x: tensor<1x3x8x9xf32>, %rois: tensor<5x4xf32>, %batches: tensor<5xi64>) {
  %y = nn.roi_align %x, %rois, %batches {half_pixel = true, height = 2 : i64, mode = "avg", sampling_ratio = 2 : i64, spatial_scale = 0.5 : f64, width = 3 : i64} : (tensor<1x3x8x9xf32>, tensor<5x4xf32>, tensor<5xi64>) -> tensor<5x3x2x3xf32>
  return
}

// CHECK-LABEL: @roi_align_symbolic(
// CHECK: nn.roi_align %{{.*}}, %{{.*}}, %{{.*}} {half_pixel = false, height = 2 : i64, mode = "max", sampling_ratio = 0 : i64, spatial_scale = 5.000000e-01 : f64, width = 3 : i64} : (tensor<1x3x8x9xf32>, tensor<?x4xf32, #[[$MAP]]>, tensor<?xi32, #[[$MAP6]]>) -> tensor<?x3x2x3xf32, #[[$MAP7]]>
func.func @roi_align_symbolic(%x: tensor<1x3x8x9xf32>, %rois: tensor<?x4xf32, affine_map<()[s0] -> (s0, 4)>>, %batches: tensor<?xi32, affine_map<()[s0] -> (s0)>>) {
  %y = nn.roi_align %x, %rois, %batches {half_pixel = false, height = 2 : i64, mode = "max", sampling_ratio = 0 : i64, spatial_scale = 0.5 : f64, width = 3 : i64} : (tensor<1x3x8x9xf32>, tensor<?x4xf32, affine_map<()[s0] -> (s0, 4)>>, tensor<?xi32, affine_map<()[s0] -> (s0)>>) -> tensor<?x3x2x3xf32, affine_map<()[s0] -> (s0, 3, 2, 3)>>
  return
}
