// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @interpolate_axis(%x: tensor<1x3x4x5xf32>, %indices: tensor<8x2xi32>, %weights: tensor<8x2xf32>) {
  // expected-error @below {{'nn.interpolate' op C1: expected an axis in [0, 4), but got 4}}
  %y = nn.interpolate %x, %indices, %weights {axis = 4 : i64} : (tensor<1x3x4x5xf32>, tensor<8x2xi32>, tensor<8x2xf32>) -> tensor<f32>
  return
}

// -----

func.func @interpolate_empty(%x: tensor<1x3x0x5xf32>, %indices: tensor<8x2xi32>, %weights: tensor<8x2xf32>) {
  // expected-error @below {{'nn.interpolate' op C1: expected an axis that is not empty, but got 'tensor<1x3x0x5xf32>'}}
  %y = nn.interpolate %x, %indices, %weights {axis = 2 : i64} : (tensor<1x3x0x5xf32>, tensor<8x2xi32>, tensor<8x2xf32>) -> tensor<f32>
  return
}

// -----

func.func @interpolate_type(%x: tensor<1x3x4x5xi32>, %indices: tensor<8x2xi32>, %weights: tensor<8x2xf32>) {
  // expected-error @below {{'nn.interpolate' op C2: expected floats, but got 'i32'}}
  %y = nn.interpolate %x, %indices, %weights {axis = 2 : i64} : (tensor<1x3x4x5xi32>, tensor<8x2xi32>, tensor<8x2xf32>) -> tensor<f32>
  return
}

// -----

func.func @interpolate_indices(%x: tensor<1x3x4x5xf32>, %indices: tensor<8x2xf32>, %weights: tensor<8x2xf32>) {
  // expected-error @below {{'nn.interpolate' op C3: expected integer indices in two dimensions, but got 'tensor<8x2xf32>'}}
  %y = nn.interpolate %x, %indices, %weights {axis = 2 : i64} : (tensor<1x3x4x5xf32>, tensor<8x2xf32>, tensor<8x2xf32>) -> tensor<f32>
  return
}

// -----

func.func @interpolate_indices_rank(%x: tensor<1x3x4x5xf32>, %indices: tensor<8xi32>, %weights: tensor<8xf32>) {
  // expected-error @below {{'nn.interpolate' op C3: expected integer indices in two dimensions, but got 'tensor<8xi32>'}}
  %y = nn.interpolate %x, %indices, %weights {axis = 2 : i64} : (tensor<1x3x4x5xf32>, tensor<8xi32>, tensor<8xf32>) -> tensor<f32>
  return
}

// -----

func.func @interpolate_weights(%x: tensor<1x3x4x5xf32>, %indices: tensor<8x2xi32>, %weights: tensor<8x3xf32>) {
  // expected-error @below {{'nn.interpolate' op C4: expected weights of shape 8x2 and element type 'f32', but got 'tensor<8x3xf32>'}}
  %y = nn.interpolate %x, %indices, %weights {axis = 2 : i64} : (tensor<1x3x4x5xf32>, tensor<8x2xi32>, tensor<8x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @interpolate_weights_type(%x: tensor<1x3x4x5xf32>, %indices: tensor<8x2xi32>, %weights: tensor<8x2xf64>) {
  // expected-error @below {{'nn.interpolate' op C4: expected weights of shape 8x2 and element type 'f32', but got 'tensor<8x2xf64>'}}
  %y = nn.interpolate %x, %indices, %weights {axis = 2 : i64} : (tensor<1x3x4x5xf32>, tensor<8x2xi32>, tensor<8x2xf64>) -> tensor<f32>
  return
}

// -----

func.func @interpolate_offset(%x: tensor<1x3x4x5xf32>, %indices: tensor<8x2xi32>, %weights: tensor<8x2xf32>, %offset: tensor<2xf32>) {
  // expected-error @below {{'nn.interpolate' op C5: expected an offset of shape 8 and element type 'f32', but got 'tensor<2xf32>'}}
  %y = nn.interpolate %x, %indices, %weights, %offset {axis = 2 : i64} : (tensor<1x3x4x5xf32>, tensor<8x2xi32>, tensor<8x2xf32>, tensor<2xf32>) -> tensor<f32>
  return
}

// -----

func.func @interpolate_offset_type(%x: tensor<1x3x4x5xf32>, %indices: tensor<8x2xi32>, %weights: tensor<8x2xf32>, %offset: tensor<8xf16>) {
  // expected-error @below {{'nn.interpolate' op C5: expected an offset of shape 8 and element type 'f32', but got 'tensor<8xf16>'}}
  %y = nn.interpolate %x, %indices, %weights, %offset {axis = 2 : i64} : (tensor<1x3x4x5xf32>, tensor<8x2xi32>, tensor<8x2xf32>, tensor<8xf16>) -> tensor<f32>
  return
}

// -----

func.func @grid_sample_type(%x: tensor<1x3x4x5xi32>, %grid: tensor<1x6x7x2xf32>) {
  // expected-error @below {{'nn.grid_sample' op C1: expected floats of rank at least 3, but got 'tensor<1x3x4x5xi32>'}}
  %y = nn.grid_sample %x, %grid {align_corners = false, mode = "linear", padding = "zeros"} : (tensor<1x3x4x5xi32>, tensor<1x6x7x2xf32>) -> tensor<f32>
  return
}

// -----

func.func @grid_sample_rank(%x: tensor<1x3xf32>, %grid: tensor<1x6xf32>) {
  // expected-error @below {{'nn.grid_sample' op C1: expected floats of rank at least 3, but got 'tensor<1x3xf32>'}}
  %y = nn.grid_sample %x, %grid {align_corners = false, mode = "linear", padding = "zeros"} : (tensor<1x3xf32>, tensor<1x6xf32>) -> tensor<f32>
  return
}

// -----

func.func @grid_sample_batch(%x: tensor<1x3x4x5xf32>, %grid: tensor<2x6x7x2xf32>) {
  // expected-error @below {{'nn.grid_sample' op C2: expected a grid of floats of rank 4 with 1 batches and 2 coordinates, but got 'tensor<2x6x7x2xf32>'}}
  %y = nn.grid_sample %x, %grid {align_corners = false, mode = "linear", padding = "zeros"} : (tensor<1x3x4x5xf32>, tensor<2x6x7x2xf32>) -> tensor<f32>
  return
}

// -----

func.func @grid_sample_coordinates(%x: tensor<1x3x4x5xf32>, %grid: tensor<1x6x7x3xf32>) {
  // expected-error @below {{'nn.grid_sample' op C2: expected a grid of floats of rank 4 with 1 batches and 2 coordinates, but got 'tensor<1x6x7x3xf32>'}}
  %y = nn.grid_sample %x, %grid {align_corners = false, mode = "linear", padding = "zeros"} : (tensor<1x3x4x5xf32>, tensor<1x6x7x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @grid_sample_grid_type(%x: tensor<1x3x4x5xf32>, %grid: tensor<1x6x7x2xi32>) {
  // expected-error @below {{'nn.grid_sample' op C2: expected a grid of floats of rank 4 with 1 batches and 2 coordinates, but got 'tensor<1x6x7x2xi32>'}}
  %y = nn.grid_sample %x, %grid {align_corners = false, mode = "linear", padding = "zeros"} : (tensor<1x3x4x5xf32>, tensor<1x6x7x2xi32>) -> tensor<f32>
  return
}

// -----

func.func @grid_sample_mode(%x: tensor<1x3x4x5xf32>, %grid: tensor<1x6x7x2xf32>) {
  // expected-error @below {{'nn.grid_sample' op C3: expected mode nearest, linear or cubic and padding zeros, border or reflection, but got bilinear and zeros}}
  %y = nn.grid_sample %x, %grid {align_corners = false, mode = "bilinear", padding = "zeros"} : (tensor<1x3x4x5xf32>, tensor<1x6x7x2xf32>) -> tensor<f32>
  return
}

// -----

func.func @grid_sample_padding(%x: tensor<1x3x4x5xf32>, %grid: tensor<1x6x7x2xf32>) {
  // expected-error @below {{'nn.grid_sample' op C3: expected mode nearest, linear or cubic and padding zeros, border or reflection, but got linear and wrap}}
  %y = nn.grid_sample %x, %grid {align_corners = false, mode = "linear", padding = "wrap"} : (tensor<1x3x4x5xf32>, tensor<1x6x7x2xf32>) -> tensor<f32>
  return
}

// -----

func.func @grid_sample_dimensions(%x: tensor<1x3x4x5x6x7xf32>, %grid: tensor<1x2x2x2x2x4xf32>) {
  // expected-error @below {{'nn.grid_sample' op C4: expected 1 to 3 spatial dimensions that are not empty, but got 'tensor<1x3x4x5x6x7xf32>'}}
  %y = nn.grid_sample %x, %grid {align_corners = false, mode = "linear", padding = "zeros"} : (tensor<1x3x4x5x6x7xf32>, tensor<1x2x2x2x2x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @grid_sample_empty(%x: tensor<1x3x0x5xf32>, %grid: tensor<1x6x7x2xf32>) {
  // expected-error @below {{'nn.grid_sample' op C4: expected 1 to 3 spatial dimensions that are not empty, but got 'tensor<1x3x0x5xf32>'}}
  %y = nn.grid_sample %x, %grid {align_corners = false, mode = "linear", padding = "zeros"} : (tensor<1x3x0x5xf32>, tensor<1x6x7x2xf32>) -> tensor<f32>
  return
}

// -----

func.func @roi_align_type(%x: tensor<1x3x8x9xi32>, %rois: tensor<5x4xf32>, %batches: tensor<5xi64>) {
  // expected-error @below {{'nn.roi_align' op C1: expected floats of 4 dimensions that are not empty, but got 'tensor<1x3x8x9xi32>'}}
  %y = nn.roi_align %x, %rois, %batches {half_pixel = true, height = 2 : i64, mode = "avg", sampling_ratio = 2 : i64, spatial_scale = 0.5 : f64, width = 3 : i64} : (tensor<1x3x8x9xi32>, tensor<5x4xf32>, tensor<5xi64>) -> tensor<f32>
  return
}

// -----

func.func @roi_align_rank(%x: tensor<1x3x8xf32>, %rois: tensor<5x4xf32>, %batches: tensor<5xi64>) {
  // expected-error @below {{'nn.roi_align' op C1: expected floats of 4 dimensions that are not empty, but got 'tensor<1x3x8xf32>'}}
  %y = nn.roi_align %x, %rois, %batches {half_pixel = true, height = 2 : i64, mode = "avg", sampling_ratio = 2 : i64, spatial_scale = 0.5 : f64, width = 3 : i64} : (tensor<1x3x8xf32>, tensor<5x4xf32>, tensor<5xi64>) -> tensor<f32>
  return
}

// -----

func.func @roi_align_empty(%x: tensor<1x3x0x9xf32>, %rois: tensor<5x4xf32>, %batches: tensor<5xi64>) {
  // expected-error @below {{'nn.roi_align' op C1: expected floats of 4 dimensions that are not empty, but got 'tensor<1x3x0x9xf32>'}}
  %y = nn.roi_align %x, %rois, %batches {half_pixel = true, height = 2 : i64, mode = "avg", sampling_ratio = 2 : i64, spatial_scale = 0.5 : f64, width = 3 : i64} : (tensor<1x3x0x9xf32>, tensor<5x4xf32>, tensor<5xi64>) -> tensor<f32>
  return
}

// -----

func.func @roi_align_rois(%x: tensor<1x3x8x9xf32>, %rois: tensor<5x5xf32>, %batches: tensor<5xi64>) {
  // expected-error @below {{'nn.roi_align' op C2: expected regions x 4 of 'f32', but got 'tensor<5x5xf32>'}}
  %y = nn.roi_align %x, %rois, %batches {half_pixel = true, height = 2 : i64, mode = "avg", sampling_ratio = 2 : i64, spatial_scale = 0.5 : f64, width = 3 : i64} : (tensor<1x3x8x9xf32>, tensor<5x5xf32>, tensor<5xi64>) -> tensor<f32>
  return
}

// -----

func.func @roi_align_rois_type(%x: tensor<1x3x8x9xf32>, %rois: tensor<5x4xf64>, %batches: tensor<5xi64>) {
  // expected-error @below {{'nn.roi_align' op C2: expected regions x 4 of 'f32', but got 'tensor<5x4xf64>'}}
  %y = nn.roi_align %x, %rois, %batches {half_pixel = true, height = 2 : i64, mode = "avg", sampling_ratio = 2 : i64, spatial_scale = 0.5 : f64, width = 3 : i64} : (tensor<1x3x8x9xf32>, tensor<5x4xf64>, tensor<5xi64>) -> tensor<f32>
  return
}

// -----

func.func @roi_align_batches(%x: tensor<1x3x8x9xf32>, %rois: tensor<5x4xf32>, %batches: tensor<4xi64>) {
  // expected-error @below {{'nn.roi_align' op C3: expected one integer per region, but got 'tensor<4xi64>'}}
  %y = nn.roi_align %x, %rois, %batches {half_pixel = true, height = 2 : i64, mode = "avg", sampling_ratio = 2 : i64, spatial_scale = 0.5 : f64, width = 3 : i64} : (tensor<1x3x8x9xf32>, tensor<5x4xf32>, tensor<4xi64>) -> tensor<f32>
  return
}

// -----

func.func @roi_align_batches_type(%x: tensor<1x3x8x9xf32>, %rois: tensor<5x4xf32>, %batches: tensor<5xf32>) {
  // expected-error @below {{'nn.roi_align' op C3: expected one integer per region, but got 'tensor<5xf32>'}}
  %y = nn.roi_align %x, %rois, %batches {half_pixel = true, height = 2 : i64, mode = "avg", sampling_ratio = 2 : i64, spatial_scale = 0.5 : f64, width = 3 : i64} : (tensor<1x3x8x9xf32>, tensor<5x4xf32>, tensor<5xf32>) -> tensor<f32>
  return
}

// -----

func.func @roi_align_mode(%x: tensor<1x3x8x9xf32>, %rois: tensor<5x4xf32>, %batches: tensor<5xi64>) {
  // expected-error @below {{'nn.roi_align' op C4: expected mode avg or max, but got sum}}
  %y = nn.roi_align %x, %rois, %batches {half_pixel = true, height = 2 : i64, mode = "sum", sampling_ratio = 2 : i64, spatial_scale = 0.5 : f64, width = 3 : i64} : (tensor<1x3x8x9xf32>, tensor<5x4xf32>, tensor<5xi64>) -> tensor<f32>
  return
}

// -----

func.func @roi_align_height(%x: tensor<1x3x8x9xf32>, %rois: tensor<5x4xf32>, %batches: tensor<5xi64>) {
  // expected-error @below {{'nn.roi_align' op C5: expected positive height and width and a sampling ratio in [0, 4096], but got 0, 3 and 2}}
  %y = nn.roi_align %x, %rois, %batches {half_pixel = true, height = 0 : i64, mode = "avg", sampling_ratio = 2 : i64, spatial_scale = 0.5 : f64, width = 3 : i64} : (tensor<1x3x8x9xf32>, tensor<5x4xf32>, tensor<5xi64>) -> tensor<f32>
  return
}

// -----

func.func @roi_align_ratio(%x: tensor<1x3x8x9xf32>, %rois: tensor<5x4xf32>, %batches: tensor<5xi64>) {
  // expected-error @below {{'nn.roi_align' op C5: expected positive height and width and a sampling ratio in [0, 4096], but got 2, 3 and 4097}}
  %y = nn.roi_align %x, %rois, %batches {half_pixel = true, height = 2 : i64, mode = "avg", sampling_ratio = 4097 : i64, spatial_scale = 0.5 : f64, width = 3 : i64} : (tensor<1x3x8x9xf32>, tensor<5x4xf32>, tensor<5xi64>) -> tensor<f32>
  return
}
