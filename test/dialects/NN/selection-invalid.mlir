// RUN: tenon-opt %s --split-input-file --verify-diagnostics

module attributes {nn.symbols = [#nn.symbol<"N", 0, 64, data = true>]} {
func.func @non_zero_symbol(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.non_zero' op C1: expected the position of a symbol, but got -1}}
  %y = nn.non_zero %x {symbol = -1 : i64} : (tensor<2x3xf32>) -> tensor<f32>
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 0, 64, data = true>]} {
func.func @non_zero_position(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.non_zero' op C1: expected the position of a data symbol, but got 1}}
  %y = nn.non_zero %x {symbol = 1 : i64} : (tensor<2x3xf32>) -> tensor<f32>
  return
}
}

// -----

// Bound when the model is entered.
module attributes {nn.symbols = [#nn.symbol<"N", 0, 64>]} {
func.func @non_zero_data(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.non_zero' op C1: expected the position of a data symbol, but got 0}}
  %y = nn.non_zero %x {symbol = 0 : i64} : (tensor<2x3xf32>) -> tensor<f32>
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 0, 5, data = true>]} {
func.func @non_zero_maximum(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.non_zero' op C1: expected a symbol from 0 to at least 6, but got #nn.symbol<"N", 0, 5, data = true>}}
  %y = nn.non_zero %x {symbol = 0 : i64} : (tensor<2x3xf32>) -> tensor<f32>
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 1, 64, data = true>]} {
func.func @non_zero_minimum(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.non_zero' op C1: expected a symbol from 0 to at least 6, but got #nn.symbol<"N", 1, 64, data = true>}}
  %y = nn.non_zero %x {symbol = 0 : i64} : (tensor<2x3xf32>) -> tensor<f32>
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 0, 64, data = true>]} {
func.func @compress_symbol(%x: tensor<4x3xf32>, %condition: tensor<4xi1>) {
  // expected-error @below {{'nn.compress' op C1: expected the position of a symbol, but got -1}}
  %y = nn.compress %x, %condition {axis = 0 : i64, symbol = -1 : i64} : (tensor<4x3xf32>, tensor<4xi1>) -> tensor<f32>
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 0, 64, data = true>]} {
func.func @compress_position(%x: tensor<4x3xf32>, %condition: tensor<4xi1>) {
  // expected-error @below {{'nn.compress' op C1: expected the position of a data symbol, but got 1}}
  %y = nn.compress %x, %condition {axis = 0 : i64, symbol = 1 : i64} : (tensor<4x3xf32>, tensor<4xi1>) -> tensor<f32>
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 0, 64>]} {
func.func @compress_data(%x: tensor<4x3xf32>, %condition: tensor<4xi1>) {
  // expected-error @below {{'nn.compress' op C1: expected the position of a data symbol, but got 0}}
  %y = nn.compress %x, %condition {axis = 0 : i64, symbol = 0 : i64} : (tensor<4x3xf32>, tensor<4xi1>) -> tensor<f32>
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 0, 3, data = true>]} {
func.func @compress_maximum(%x: tensor<4x3xf32>, %condition: tensor<4xi1>) {
  // expected-error @below {{'nn.compress' op C1: expected a symbol from 0 to at least 4, but got #nn.symbol<"N", 0, 3, data = true>}}
  %y = nn.compress %x, %condition {axis = 0 : i64, symbol = 0 : i64} : (tensor<4x3xf32>, tensor<4xi1>) -> tensor<f32>
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 1, 64, data = true>]} {
func.func @compress_minimum(%x: tensor<4x3xf32>, %condition: tensor<4xi1>) {
  // expected-error @below {{'nn.compress' op C1: expected a symbol from 0 to at least 4, but got #nn.symbol<"N", 1, 64, data = true>}}
  %y = nn.compress %x, %condition {axis = 0 : i64, symbol = 0 : i64} : (tensor<4x3xf32>, tensor<4xi1>) -> tensor<f32>
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 0, 64, data = true>]} {
func.func @unique_symbol(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.unique' op C1: expected the position of a symbol, but got -1}}
  %y:4 = nn.unique %x {sorted = true, symbol = -1 : i64} : (tensor<2x3xf32>) -> (tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>)
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 0, 64, data = true>]} {
func.func @unique_position(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.unique' op C1: expected the position of a data symbol, but got 1}}
  %y:4 = nn.unique %x {sorted = true, symbol = 1 : i64} : (tensor<2x3xf32>) -> (tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>)
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 0, 64>]} {
func.func @unique_data(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.unique' op C1: expected the position of a data symbol, but got 0}}
  %y:4 = nn.unique %x {sorted = true, symbol = 0 : i64} : (tensor<2x3xf32>) -> (tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>)
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 0, 5, data = true>]} {
func.func @unique_maximum(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.unique' op C1: expected a symbol from 0 to at least 6, but got #nn.symbol<"N", 0, 5, data = true>}}
  %y:4 = nn.unique %x {sorted = true, symbol = 0 : i64} : (tensor<2x3xf32>) -> (tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>)
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 1, 64, data = true>]} {
func.func @unique_minimum(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.unique' op C1: expected a symbol from 0 to at least 6, but got #nn.symbol<"N", 1, 64, data = true>}}
  %y:4 = nn.unique %x {sorted = true, symbol = 0 : i64} : (tensor<2x3xf32>) -> (tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>)
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 0, 64, data = true>]} {
func.func @non_max_suppression_symbol(%boxes: tensor<1x6x4xf32>, %scores: tensor<1x2x6xf32>, %iou_threshold: tensor<f32>) {
  // expected-error @below {{'nn.non_max_suppression' op C1: expected the position of a symbol, but got -1}}
  %y = nn.non_max_suppression %boxes, %scores, %iou_threshold {center_point = false, max_boxes = 3 : i64, symbol = -1 : i64} : (tensor<1x6x4xf32>, tensor<1x2x6xf32>, tensor<f32>) -> tensor<f32>
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 0, 64, data = true>]} {
func.func @non_max_suppression_position(%boxes: tensor<1x6x4xf32>, %scores: tensor<1x2x6xf32>, %iou_threshold: tensor<f32>) {
  // expected-error @below {{'nn.non_max_suppression' op C1: expected the position of a data symbol, but got 1}}
  %y = nn.non_max_suppression %boxes, %scores, %iou_threshold {center_point = false, max_boxes = 3 : i64, symbol = 1 : i64} : (tensor<1x6x4xf32>, tensor<1x2x6xf32>, tensor<f32>) -> tensor<f32>
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 0, 64>]} {
func.func @non_max_suppression_data(%boxes: tensor<1x6x4xf32>, %scores: tensor<1x2x6xf32>, %iou_threshold: tensor<f32>) {
  // expected-error @below {{'nn.non_max_suppression' op C1: expected the position of a data symbol, but got 0}}
  %y = nn.non_max_suppression %boxes, %scores, %iou_threshold {center_point = false, max_boxes = 3 : i64, symbol = 0 : i64} : (tensor<1x6x4xf32>, tensor<1x2x6xf32>, tensor<f32>) -> tensor<f32>
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 0, 5, data = true>]} {
func.func @non_max_suppression_maximum(%boxes: tensor<1x6x4xf32>, %scores: tensor<1x2x6xf32>, %iou_threshold: tensor<f32>) {
  // expected-error @below {{'nn.non_max_suppression' op C1: expected a symbol from 0 to at least 6, but got #nn.symbol<"N", 0, 5, data = true>}}
  %y = nn.non_max_suppression %boxes, %scores, %iou_threshold {center_point = false, max_boxes = 3 : i64, symbol = 0 : i64} : (tensor<1x6x4xf32>, tensor<1x2x6xf32>, tensor<f32>) -> tensor<f32>
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 1, 64, data = true>]} {
func.func @non_max_suppression_minimum(%boxes: tensor<1x6x4xf32>, %scores: tensor<1x2x6xf32>, %iou_threshold: tensor<f32>) {
  // expected-error @below {{'nn.non_max_suppression' op C1: expected a symbol from 0 to at least 6, but got #nn.symbol<"N", 1, 64, data = true>}}
  %y = nn.non_max_suppression %boxes, %scores, %iou_threshold {center_point = false, max_boxes = 3 : i64, symbol = 0 : i64} : (tensor<1x6x4xf32>, tensor<1x2x6xf32>, tensor<f32>) -> tensor<f32>
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 0, 64, data = true>]} {
func.func @compress_axis(%x: tensor<4x3xf32>, %condition: tensor<4xi1>) {
  // expected-error @below {{'nn.compress' op C2: expected an axis in [0, 2), but got 2}}
  %y = nn.compress %x, %condition {axis = 2 : i64, symbol = 0 : i64} : (tensor<4x3xf32>, tensor<4xi1>) -> tensor<f32>
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 0, 64, data = true>]} {
func.func @compress_condition(%x: tensor<4x3xf32>, %condition: tensor<4xi8>) {
  // expected-error @below {{'nn.compress' op C3: expected a condition of booleans in one dimension, but got 'tensor<4xi8>'}}
  %y = nn.compress %x, %condition {axis = 0 : i64, symbol = 0 : i64} : (tensor<4x3xf32>, tensor<4xi8>) -> tensor<f32>
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 0, 64, data = true>]} {
func.func @compress_condition_rank(%x: tensor<4x3xf32>, %condition: tensor<4x1xi1>) {
  // expected-error @below {{'nn.compress' op C3: expected a condition of booleans in one dimension, but got 'tensor<4x1xi1>'}}
  %y = nn.compress %x, %condition {axis = 0 : i64, symbol = 0 : i64} : (tensor<4x3xf32>, tensor<4x1xi1>) -> tensor<f32>
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 0, 64, data = true>]} {
func.func @unique_axis(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.unique' op C2: expected an axis in [0, 2), but got 2}}
  %y:4 = nn.unique %x {axis = 2 : i64, sorted = true, symbol = 0 : i64} : (tensor<2x3xf32>) -> (tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>)
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 0, 64, data = true>]} {
func.func @non_max_suppression_boxes(%boxes: tensor<1x6x5xf32>, %scores: tensor<1x2x6xf32>, %iou_threshold: tensor<f32>) {
  // expected-error @below {{'nn.non_max_suppression' op C2: expected f32 boxes of shape batches x boxes x 4, but got 'tensor<1x6x5xf32>'}}
  %y = nn.non_max_suppression %boxes, %scores, %iou_threshold {center_point = false, max_boxes = 3 : i64, symbol = 0 : i64} : (tensor<1x6x5xf32>, tensor<1x2x6xf32>, tensor<f32>) -> tensor<f32>
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 0, 64, data = true>]} {
func.func @non_max_suppression_boxes_type(%boxes: tensor<1x6x4xf64>, %scores: tensor<1x2x6xf32>, %iou_threshold: tensor<f32>) {
  // expected-error @below {{'nn.non_max_suppression' op C2: expected f32 boxes of shape batches x boxes x 4, but got 'tensor<1x6x4xf64>'}}
  %y = nn.non_max_suppression %boxes, %scores, %iou_threshold {center_point = false, max_boxes = 3 : i64, symbol = 0 : i64} : (tensor<1x6x4xf64>, tensor<1x2x6xf32>, tensor<f32>) -> tensor<f32>
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 0, 64, data = true>]} {
func.func @non_max_suppression_scores(%boxes: tensor<1x6x4xf32>, %scores: tensor<1x2x5xf32>, %iou_threshold: tensor<f32>) {
  // expected-error @below {{'nn.non_max_suppression' op C3: expected f32 scores of shape batches x classes x boxes, but got 'tensor<1x2x5xf32>'}}
  %y = nn.non_max_suppression %boxes, %scores, %iou_threshold {center_point = false, max_boxes = 3 : i64, symbol = 0 : i64} : (tensor<1x6x4xf32>, tensor<1x2x5xf32>, tensor<f32>) -> tensor<f32>
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 0, 64, data = true>]} {
func.func @non_max_suppression_iou(%boxes: tensor<1x6x4xf32>, %scores: tensor<1x2x6xf32>, %iou_threshold: tensor<1xf32>) {
  // expected-error @below {{'nn.non_max_suppression' op C4: expected thresholds of type tensor<f32>, but got 'tensor<1xf32>'}}
  %y = nn.non_max_suppression %boxes, %scores, %iou_threshold {center_point = false, max_boxes = 3 : i64, symbol = 0 : i64} : (tensor<1x6x4xf32>, tensor<1x2x6xf32>, tensor<1xf32>) -> tensor<f32>
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 0, 64, data = true>]} {
func.func @non_max_suppression_threshold(%boxes: tensor<1x6x4xf32>, %scores: tensor<1x2x6xf32>, %iou_threshold: tensor<f32>, %score_threshold: tensor<f64>) {
  // expected-error @below {{'nn.non_max_suppression' op C4: expected thresholds of type tensor<f32>, but got 'tensor<f64>'}}
  %y = nn.non_max_suppression %boxes, %scores, %iou_threshold, %score_threshold {center_point = false, max_boxes = 3 : i64, symbol = 0 : i64} : (tensor<1x6x4xf32>, tensor<1x2x6xf32>, tensor<f32>, tensor<f64>) -> tensor<f32>
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 0, 64, data = true>]} {
func.func @non_max_suppression_number(%boxes: tensor<1x6x4xf32>, %scores: tensor<1x2x6xf32>, %iou_threshold: tensor<f32>) {
  // expected-error @below {{'nn.non_max_suppression' op C5: expected a number of boxes that is not negative, but got -1}}
  %y = nn.non_max_suppression %boxes, %scores, %iou_threshold {center_point = false, max_boxes = -1 : i64, symbol = 0 : i64} : (tensor<1x6x4xf32>, tensor<1x2x6xf32>, tensor<f32>) -> tensor<f32>
  return
}
}
