// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// Each op survives printing and parsing, and has the result type that it should.

// CHECK-DAG: #[[$MAP:map[0-9]*]] = affine_map<() -> (6, 4)>
// CHECK-DAG: #[[$MAP1:map[0-9]*]] = affine_map<() -> ()>
// CHECK-DAG: #[[$MAP2:map[0-9]*]] = affine_map<()[s0] -> (s0, 3, 4)>
// CHECK-DAG: #[[$MAP3:map[0-9]*]] = affine_map<()[s0] -> (s0 * 3, 4)>
// CHECK-DAG: #[[$MAP4:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, 3, s1)>
// CHECK-DAG: #[[$MAP5:map[0-9]*]] = affine_map<()[s0, s1] -> (s1, s0, 3)>
// CHECK-DAG: #[[$MAP6:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s1)>
// CHECK-DAG: #[[$MAP7:map[0-9]*]] = affine_map<()[s0] -> (s0, 4)>
// CHECK-DAG: #[[$MAP8:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s1 + 4)>
// CHECK-DAG: #[[$MAP9:map[0-9]*]] = affine_map<() -> (3, 4)>
// CHECK-DAG: #[[$MAP10:map[0-9]*]] = affine_map<() -> (1, 8)>
// CHECK-DAG: #[[$MAP11:map[0-9]*]] = affine_map<()[s0] -> (s0, 8)>
// CHECK-DAG: #[[$MAP12:map[0-9]*]] = affine_map<()[s0] -> (s0 - 1, 8)>
// CHECK-DAG: #[[$MAP13:map[0-9]*]] = affine_map<() -> (1, 0)>
// CHECK-DAG: #[[$MAP14:map[0-9]*]] = affine_map<()[s0] -> (s0, 3)>
// CHECK-DAG: #[[$MAP15:map[0-9]*]] = affine_map<()[s0] -> (s0 + 3, 3)>
// CHECK-DAG: #[[$MAP16:map[0-9]*]] = affine_map<()[s0] -> (s0 + 2, 3)>
// CHECK-DAG: #[[$MAP17:map[0-9]*]] = affine_map<()[s0] -> (s0 + 4, 3)>
// CHECK-DAG: #[[$MAP18:map[0-9]*]] = affine_map<() -> (2, 3, 4)>
// CHECK-DAG: #[[$MAP19:map[0-9]*]] = affine_map<() -> (2, 3)>
// CHECK-DAG: #[[$MAP20:map[0-9]*]] = affine_map<()[s0, s1] -> (1, s1)>
// CHECK-DAG: #[[$MAP21:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s1 * 3)>

module attributes {nn.symbols = [#nn.symbol<"N", 1, 16>, #nn.symbol<"M", 1, 16>]} {

// CHECK-LABEL: @reshape(
// CHECK: nn.reshape %{{.*}} {shape = #[[$MAP]]} : (tensor<2x3x4xf32>) -> tensor<6x4xf32>
func.func @reshape(%x: tensor<2x3x4xf32>) {
  %y = nn.reshape %x {shape = affine_map<() -> (6, 4)>} : (tensor<2x3x4xf32>) -> tensor<6x4xf32>
  return
}

// CHECK-LABEL: @reshape_scalar(
// CHECK: nn.reshape %{{.*}} {shape = #[[$MAP1]]} : (tensor<1x1xi1>) -> tensor<i1>
func.func @reshape_scalar(%x: tensor<1x1xi1>) {
  %y = nn.reshape %x {shape = affine_map<() -> ()>} : (tensor<1x1xi1>) -> tensor<i1>
  return
}

// CHECK-LABEL: @reshape_symbolic(
// CHECK: nn.reshape %{{.*}} {shape = #[[$MAP3]]} : (tensor<?x3x4xf32, #[[$MAP2]]>) -> tensor<?x4xf32, #[[$MAP3]]>
func.func @reshape_symbolic(%x: tensor<?x3x4xf32, affine_map<()[s0] -> (s0, 3, 4)>>) {
  %y = nn.reshape %x {shape = affine_map<()[s0] -> (s0 * 3, 4)>} : (tensor<?x3x4xf32, affine_map<()[s0] -> (s0, 3, 4)>>) -> tensor<?x4xf32, affine_map<()[s0] -> (s0 * 3, 4)>>
  return
}

// CHECK-LABEL: @transpose(
// CHECK: nn.transpose %{{.*}} {perm = array<i64: 2, 0, 1>} : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
func.func @transpose(%x: tensor<2x3x4xf32>) {
  %y = nn.transpose %x {perm = array<i64: 2, 0, 1>} : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  return
}

// CHECK-LABEL: @transpose_symbolic(
// CHECK: nn.transpose %{{.*}} {perm = array<i64: 2, 0, 1>} : (tensor<?x3x?xui16, #[[$MAP4]]>) -> tensor<?x?x3xui16, #[[$MAP5]]>
func.func @transpose_symbolic(%x: tensor<?x3x?xui16, affine_map<()[s0, s1] -> (s0, 3, s1)>>) {
  %y = nn.transpose %x {perm = array<i64: 2, 0, 1>} : (tensor<?x3x?xui16, affine_map<()[s0, s1] -> (s0, 3, s1)>>) -> tensor<?x?x3xui16, affine_map<()[s0, s1] -> (s1, s0, 3)>>
  return
}

// CHECK-LABEL: @concat(
// CHECK: nn.concat %{{.*}}, %{{.*}}, %{{.*}} {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x4xf32>, tensor<2x0xf32>) -> tensor<2x7xf32>
func.func @concat(%a: tensor<2x3xf32>, %b: tensor<2x4xf32>, %c: tensor<2x0xf32>) {
  %y = nn.concat %a, %b, %c {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x4xf32>, tensor<2x0xf32>) -> tensor<2x7xf32>
  return
}

// CHECK-LABEL: @concat_symbolic(
// CHECK: nn.concat %{{.*}}, %{{.*}} {axis = 1 : i64} : (tensor<?x?xf32, #[[$MAP6]]>, tensor<?x4xf32, #[[$MAP7]]>) -> tensor<?x?xf32, #[[$MAP8]]>
func.func @concat_symbolic(%a: tensor<?x?xf32, affine_map<()[s0, s1] -> (s0, s1)>>, %b: tensor<?x4xf32, affine_map<()[s0] -> (s0, 4)>>) {
  %y = nn.concat %a, %b {axis = 1 : i64} : (tensor<?x?xf32, affine_map<()[s0, s1] -> (s0, s1)>>, tensor<?x4xf32, affine_map<()[s0] -> (s0, 4)>>) -> tensor<?x?xf32, affine_map<()[s0, s1] -> (s0, s1 + 4)>>
  return
}

// Rows 1, 3 and 5; columns 8, 6, 4 and 2.
// CHECK-LABEL: @slice(
// CHECK: nn.slice %{{.*}} {sizes = #[[$MAP9]], starts = #[[$MAP10]], steps = array<i64: 2, -2>} : (tensor<8x9xf32>) -> tensor<3x4xf32>
func.func @slice(%x: tensor<8x9xf32>) {
  %y = nn.slice %x {sizes = affine_map<() -> (3, 4)>, starts = affine_map<() -> (1, 8)>, steps = array<i64: 2, -2>} : (tensor<8x9xf32>) -> tensor<3x4xf32>
  return
}

// CHECK-LABEL: @slice_symbolic(
// CHECK: nn.slice %{{.*}} {sizes = #[[$MAP12]], starts = #[[$MAP13]], steps = array<i64: 1, 1>} : (tensor<?x8xf32, #[[$MAP11]]>) -> tensor<?x8xf32, #[[$MAP12]]>
func.func @slice_symbolic(%x: tensor<?x8xf32, affine_map<()[s0] -> (s0, 8)>>) {
  %y = nn.slice %x {sizes = affine_map<()[s0] -> (s0 - 1, 8)>, starts = affine_map<() -> (1, 0)>, steps = array<i64: 1, 1>} : (tensor<?x8xf32, affine_map<()[s0] -> (s0, 8)>>) -> tensor<?x8xf32, affine_map<()[s0] -> (s0 - 1, 8)>>
  return
}

// CHECK-LABEL: @pad(
// CHECK: nn.pad %{{.*}} {mode = "edge", pads = array<i64: 1, 0, 0, 2>} : (tensor<2x3xf32>) -> tensor<3x5xf32>
func.func @pad(%x: tensor<2x3xf32>) {
  %y = nn.pad %x {mode = "edge", pads = array<i64: 1, 0, 0, 2>} : (tensor<2x3xf32>) -> tensor<3x5xf32>
  return
}

// CHECK-LABEL: @pad_value(
// CHECK: nn.pad %{{.*}}, %{{.*}} {mode = "constant", pads = array<i64: 1, -1, 1, -1>} : (tensor<2x3xi8>, tensor<i8>) -> tensor<4x1xi8>
func.func @pad_value(%x: tensor<2x3xi8>, %value: tensor<i8>) {
  %y = nn.pad %x, %value {mode = "constant", pads = array<i64: 1, -1, 1, -1>} : (tensor<2x3xi8>, tensor<i8>) -> tensor<4x1xi8>
  return
}

// CHECK-LABEL: @pad_reflect(
// CHECK: nn.pad %{{.*}} {mode = "reflect", pads = array<i64: 1, 2, 1, 2>} : (tensor<2x3xf32>) -> tensor<4x7xf32>
func.func @pad_reflect(%x: tensor<2x3xf32>) {
  %y = nn.pad %x {mode = "reflect", pads = array<i64: 1, 2, 1, 2>} : (tensor<2x3xf32>) -> tensor<4x7xf32>
  return
}

// CHECK-LABEL: @pad_symbolic(
// CHECK: nn.pad %{{.*}} {mode = "constant", pads = array<i64: 1, 0, 2, 0>} : (tensor<?x3xf32, #[[$MAP14]]>) -> tensor<?x3xf32, #[[$MAP15]]>
func.func @pad_symbolic(%x: tensor<?x3xf32, affine_map<()[s0] -> (s0, 3)>>) {
  %y = nn.pad %x {mode = "constant", pads = array<i64: 1, 0, 2, 0>} : (tensor<?x3xf32, affine_map<()[s0] -> (s0, 3)>>) -> tensor<?x3xf32, affine_map<()[s0] -> (s0 + 3, 3)>>
  return
}

// CHECK-LABEL: @pad_wrap_symbolic(
// CHECK: nn.pad %{{.*}} {mode = "wrap", pads = array<i64: 0, 0, 2, 0>} : (tensor<?x3xf32, #[[$MAP16]]>) -> tensor<?x3xf32, #[[$MAP17]]>
func.func @pad_wrap_symbolic(%x: tensor<?x3xf32, affine_map<()[s0] -> (s0 + 2, 3)>>) {
  %y = nn.pad %x {mode = "wrap", pads = array<i64: 0, 0, 2, 0>} : (tensor<?x3xf32, affine_map<()[s0] -> (s0 + 2, 3)>>) -> tensor<?x3xf32, affine_map<()[s0] -> (s0 + 4, 3)>>
  return
}

// CHECK-LABEL: @broadcast(
// CHECK: nn.broadcast %{{.*}} {shape = #[[$MAP18]]} : (tensor<3x1xf32>) -> tensor<2x3x4xf32>
func.func @broadcast(%x: tensor<3x1xf32>) {
  %y = nn.broadcast %x {shape = affine_map<() -> (2, 3, 4)>} : (tensor<3x1xf32>) -> tensor<2x3x4xf32>
  return
}

// CHECK-LABEL: @broadcast_symbolic(
// CHECK: nn.broadcast %{{.*}} {shape = #[[$MAP6]]} : (tensor<1xf32>) -> tensor<?x?xf32, #[[$MAP6]]>
func.func @broadcast_symbolic(%x: tensor<1xf32>) {
  %y = nn.broadcast %x {shape = affine_map<()[s0, s1] -> (s0, s1)>} : (tensor<1xf32>) -> tensor<?x?xf32, affine_map<()[s0, s1] -> (s0, s1)>>
  return
}

// CHECK-LABEL: @tile(
// CHECK: nn.tile %{{.*}} {repeats = #[[$MAP19]]} : (tensor<2x3xf32>) -> tensor<4x9xf32>
func.func @tile(%x: tensor<2x3xf32>) {
  %y = nn.tile %x {repeats = affine_map<() -> (2, 3)>} : (tensor<2x3xf32>) -> tensor<4x9xf32>
  return
}

// CHECK-LABEL: @tile_symbolic(
// CHECK: nn.tile %{{.*}} {repeats = #[[$MAP20]]} : (tensor<?x3xf32, #[[$MAP14]]>) -> tensor<?x?xf32, #[[$MAP21]]>
func.func @tile_symbolic(%x: tensor<?x3xf32, affine_map<()[s0] -> (s0, 3)>>) {
  %y = nn.tile %x {repeats = affine_map<()[s0, s1] -> (1, s1)>} : (tensor<?x3xf32, affine_map<()[s0] -> (s0, 3)>>) -> tensor<?x?xf32, affine_map<()[s0, s1] -> (s0, s1 * 3)>>
  return
}
}
