// RUN: tenon-opt %s --canonicalize --split-input-file | FileCheck %s

// What changes nothing is its operand.
// CHECK-LABEL: @identities
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>)
// CHECK-NOT: nn.
// CHECK: return %[[X]]
func.func @identities(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = nn.reshape %x {shape = affine_map<() -> (2, 3)>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = nn.transpose %0 {perm = array<i64: 0, 1>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %2 = nn.concat %1 {axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %3 = nn.slice %2 {starts = affine_map<() -> (0, 0)>, sizes = affine_map<() -> (2, 3)>, steps = array<i64: 1, 1>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %4 = nn.pad %3 {mode = "reflect", pads = array<i64: 0, 0, 0, 0>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %5 = nn.broadcast %4 {shape = affine_map<() -> (2, 3)>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %6 = nn.tile %5 {repeats = affine_map<() -> (1, 1)>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %6 : tensor<2x3xf32>
}

// -----

// Same shapes, other elements: these stay.
// CHECK-LABEL: @no_identities
// CHECK: nn.transpose
// CHECK-NEXT: nn.slice
// CHECK-NEXT: nn.pad
func.func @no_identities(%x: tensor<3x3xf32>) -> tensor<3x3xf32> {
  %0 = nn.transpose %x {perm = array<i64: 1, 0>} : (tensor<3x3xf32>) -> tensor<3x3xf32>
  %1 = nn.slice %0 {starts = affine_map<() -> (0, 2)>, sizes = affine_map<() -> (3, 3)>, steps = array<i64: 1, -1>} : (tensor<3x3xf32>) -> tensor<3x3xf32>
  %2 = nn.pad %1 {mode = "constant", pads = array<i64: 1, 0, -1, 0>} : (tensor<3x3xf32>) -> tensor<3x3xf32>
  return %2 : tensor<3x3xf32>
}

// -----

// CHECK-LABEL: @reshapes
// CHECK-SAME: (%[[X:.*]]: tensor<2x6xf32>)
// CHECK-NEXT: %[[Y:.*]] = nn.reshape %[[X]] {{.*}} : (tensor<2x6xf32>) -> tensor<4x3xf32>
// CHECK-NEXT: return %[[Y]]
func.func @reshapes(%x: tensor<2x6xf32>) -> tensor<4x3xf32> {
  %0 = nn.reshape %x {shape = affine_map<() -> (12)>} : (tensor<2x6xf32>) -> tensor<12xf32>
  %1 = nn.reshape %0 {shape = affine_map<() -> (4, 3)>} : (tensor<12xf32>) -> tensor<4x3xf32>
  return %1 : tensor<4x3xf32>
}

// -----

// There and back is nothing, on symbolic extents too.
// CHECK-LABEL: @reshapes_back
// CHECK-SAME: (%[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
#n = affine_map<()[s0] -> (s0, 6)>
#flat = affine_map<()[s0] -> (s0 * 6)>
func.func @reshapes_back(%x: tensor<?x6xf32, #n>) -> tensor<?x6xf32, #n> {
  %0 = nn.reshape %x {shape = affine_map<()[s0] -> (s0 * 6)>} : (tensor<?x6xf32, #n>) -> tensor<?xf32, #flat>
  %1 = nn.reshape %0 {shape = affine_map<()[s0] -> (s0, 6)>} : (tensor<?xf32, #flat>) -> tensor<?x6xf32, #n>
  return %1 : tensor<?x6xf32, #n>
}

// -----

// Dimension i of the result is dimension inner[outer[i]] of the operand.
// CHECK-LABEL: @transposes
// CHECK-SAME: (%[[X:.*]]: tensor<2x3x4x5xf32>)
// CHECK-NEXT: %[[Y:.*]] = nn.transpose %[[X]] {perm = array<i64: 0, 3, 2, 1>} : (tensor<2x3x4x5xf32>) -> tensor<2x5x4x3xf32>
// CHECK-NEXT: return %[[Y]]
func.func @transposes(%x: tensor<2x3x4x5xf32>) -> tensor<2x5x4x3xf32> {
  %0 = nn.transpose %x {perm = array<i64: 3, 0, 1, 2>} : (tensor<2x3x4x5xf32>) -> tensor<5x2x3x4xf32>
  %1 = nn.transpose %0 {perm = array<i64: 1, 0, 3, 2>} : (tensor<5x2x3x4xf32>) -> tensor<2x5x4x3xf32>
  return %1 : tensor<2x5x4x3xf32>
}

// -----

// Only dimensions of extent 1 move.
// CHECK-LABEL: @transpose_of_ones
// CHECK-NOT: nn.transpose
// CHECK: nn.reshape %{{.*}} {shape = #{{.*}}} : (tensor<2x1x3x1xf32>) -> tensor<1x2x1x3xf32>
func.func @transpose_of_ones(%x: tensor<2x1x3x1xf32>) -> tensor<1x2x1x3xf32> {
  %0 = nn.transpose %x {perm = array<i64: 1, 0, 3, 2>} : (tensor<2x1x3x1xf32>) -> tensor<1x2x1x3xf32>
  return %0 : tensor<1x2x1x3xf32>
}

// -----

// A symbolic dimension may be other than 1.
// CHECK-LABEL: @transpose_of_symbol
// CHECK: nn.transpose
// CHECK-NOT: nn.reshape
#a = affine_map<()[s0] -> (s0, 3)>
#b = affine_map<()[s0] -> (3, s0)>
func.func @transpose_of_symbol(%x: tensor<?x3xf32, #a>) -> tensor<3x?xf32, #b> {
  %0 = nn.transpose %x {perm = array<i64: 1, 0>} : (tensor<?x3xf32, #a>) -> tensor<3x?xf32, #b>
  return %0 : tensor<3x?xf32, #b>
}

// -----

// Empty operands disappear, and an inner concatenation along the same axis is spliced in.
// CHECK-LABEL: @concats
// CHECK-SAME: (%[[A:.*]]: tensor<2x3xf32>, %[[B:.*]]: tensor<2x4xf32>, %{{.*}}: tensor<2x0xf32>)
// CHECK-NEXT: %[[Y:.*]] = nn.concat %[[A]], %[[B]], %[[A]] {axis = 1 : i64}
// CHECK-NEXT: return %[[Y]]
func.func @concats(%a: tensor<2x3xf32>, %b: tensor<2x4xf32>, %none: tensor<2x0xf32>) -> tensor<2x10xf32> {
  %0 = nn.concat %a, %b {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<2x7xf32>
  %1 = nn.concat %0, %none, %a {axis = 1 : i64} : (tensor<2x7xf32>, tensor<2x0xf32>, tensor<2x3xf32>) -> tensor<2x10xf32>
  return %1 : tensor<2x10xf32>
}

// -----

// Not along another axis, and not what is used elsewhere too (it would be copied twice).
// CHECK-LABEL: @no_concats
// CHECK: %[[INNER:.*]] = nn.concat {{.*}}axis = 0
// CHECK: nn.concat %[[INNER]], %{{.*}}axis = 1
// CHECK: %[[USED:.*]] = nn.concat {{.*}}axis = 1
// CHECK: nn.concat %[[USED]], %{{.*}}axis = 1
func.func @no_concats(%a: tensor<2x3xf32>, %b: tensor<4x3xf32>) -> (tensor<4x6xf32>, tensor<2x6xf32>, tensor<2x9xf32>) {
  %0 = nn.concat %a, %a {axis = 0 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<4x3xf32>
  %1 = nn.concat %0, %b {axis = 1 : i64} : (tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<4x6xf32>
  %2 = nn.concat %a, %a {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x6xf32>
  %3 = nn.concat %2, %a {axis = 1 : i64} : (tensor<2x6xf32>, tensor<2x3xf32>) -> tensor<2x9xf32>
  return %1, %2, %3 : tensor<4x6xf32>, tensor<2x6xf32>, tensor<2x9xf32>
}

// -----

// Elements 9, 7, 5, 3, 1 of 10, of these the second and the fourth: 7 and 3, from 7 in steps of -4.
// CHECK-DAG: #[[START:.*]] = affine_map<() -> (7)>
// CHECK-DAG: #[[SIZE:.*]] = affine_map<() -> (2)>
// CHECK-LABEL: @slices
// CHECK-SAME: (%[[X:.*]]: tensor<10xf32>)
// CHECK-NEXT: %[[Y:.*]] = nn.slice %[[X]] {sizes = #[[SIZE]], starts = #[[START]], steps = array<i64: -4>}
// CHECK-NEXT: return %[[Y]]
func.func @slices(%x: tensor<10xf32>) -> tensor<2xf32> {
  %0 = nn.slice %x {starts = affine_map<() -> (9)>, sizes = affine_map<() -> (5)>, steps = array<i64: -2>} : (tensor<10xf32>) -> tensor<5xf32>
  %1 = nn.slice %0 {starts = affine_map<() -> (1)>, sizes = affine_map<() -> (2)>, steps = array<i64: 2>} : (tensor<5xf32>) -> tensor<2xf32>
  return %1 : tensor<2xf32>
}

// -----

// An empty slice may start anywhere: not merged.
// CHECK-LABEL: @empty_slice
// CHECK: nn.slice
// CHECK: nn.slice
func.func @empty_slice(%x: tensor<10xf32>) -> tensor<0xf32> {
  %0 = nn.slice %x {starts = affine_map<() -> (9)>, sizes = affine_map<() -> (5)>, steps = array<i64: -2>} : (tensor<10xf32>) -> tensor<5xf32>
  %1 = nn.slice %0 {starts = affine_map<() -> (50)>, sizes = affine_map<() -> (0)>, steps = array<i64: 1>} : (tensor<5xf32>) -> tensor<0xf32>
  return %1 : tensor<0xf32>
}

// -----

// Borders of one value add up.
// CHECK-LABEL: @pads
// CHECK-SAME: (%[[X:.*]]: tensor<3xf32>)
// CHECK-NEXT: %[[Y:.*]] = nn.pad %[[X]] {{.*}}pads = array<i64: 3, 3>
// CHECK-NEXT: return %[[Y]]
func.func @pads(%x: tensor<3xf32>) -> tensor<9xf32> {
  %0 = nn.pad %x {mode = "constant", pads = array<i64: 1, 2>} : (tensor<3xf32>) -> tensor<6xf32>
  %1 = nn.pad %0 {mode = "constant", pads = array<i64: 2, 1>} : (tensor<6xf32>) -> tensor<9xf32>
  return %1 : tensor<9xf32>
}

// -----

// Borders of different values, mirrored ones, and what is cut off do not.
// CHECK-LABEL: @no_pads
// CHECK-COUNT-6: nn.pad
func.func @no_pads(%x: tensor<3xf32>, %v: tensor<f32>) -> (tensor<5xf32>, tensor<7xf32>, tensor<3xf32>) {
  %0 = nn.pad %x {mode = "constant", pads = array<i64: 1, 0>} : (tensor<3xf32>) -> tensor<4xf32>
  %1 = nn.pad %0, %v {mode = "constant", pads = array<i64: 1, 0>} : (tensor<4xf32>, tensor<f32>) -> tensor<5xf32>
  %2 = nn.pad %x {mode = "reflect", pads = array<i64: 2, 0>} : (tensor<3xf32>) -> tensor<5xf32>
  %3 = nn.pad %2 {mode = "reflect", pads = array<i64: 2, 0>} : (tensor<5xf32>) -> tensor<7xf32>
  %4 = nn.pad %x {mode = "constant", pads = array<i64: -1, 0>} : (tensor<3xf32>) -> tensor<2xf32>
  %5 = nn.pad %4 {mode = "constant", pads = array<i64: 1, 0>} : (tensor<2xf32>) -> tensor<3xf32>
  return %1, %3, %5 : tensor<5xf32>, tensor<7xf32>, tensor<3xf32>
}

// -----

// CHECK-LABEL: @broadcasts
// CHECK-SAME: (%[[X:.*]]: tensor<1x3xf32>)
// CHECK-NEXT: %[[Y:.*]] = nn.broadcast %[[X]] {{.*}} : (tensor<1x3xf32>) -> tensor<4x2x3xf32>
// CHECK-NEXT: return %[[Y]]
func.func @broadcasts(%x: tensor<1x3xf32>) -> tensor<4x2x3xf32> {
  %0 = nn.broadcast %x {shape = affine_map<() -> (2, 3)>} : (tensor<1x3xf32>) -> tensor<2x3xf32>
  %1 = nn.broadcast %0 {shape = affine_map<() -> (4, 2, 3)>} : (tensor<2x3xf32>) -> tensor<4x2x3xf32>
  return %1 : tensor<4x2x3xf32>
}

// -----

// CHECK: #[[REPEATS:.*]] = affine_map<() -> (6, 2)>
// CHECK-LABEL: @tiles
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>)
// CHECK-NEXT: %[[Y:.*]] = nn.tile %[[X]] {repeats = #[[REPEATS]]} : (tensor<2x3xf32>) -> tensor<12x6xf32>
// CHECK-NEXT: return %[[Y]]
func.func @tiles(%x: tensor<2x3xf32>) -> tensor<12x6xf32> {
  %0 = nn.tile %x {repeats = affine_map<() -> (3, 1)>} : (tensor<2x3xf32>) -> tensor<6x3xf32>
  %1 = nn.tile %0 {repeats = affine_map<() -> (2, 2)>} : (tensor<6x3xf32>) -> tensor<12x6xf32>
  return %1 : tensor<12x6xf32>
}

// What a slice takes of one operand of a concatenation, it takes of that operand; what it takes of two, of the whole.
// CHECK-LABEL: func @slice_of_concat
// CHECK-SAME: %[[A:[^ :]*]]: tensor<2x3xf32>, %[[B:[^ :]*]]: tensor<2x4xf32>
// CHECK-DAG: %[[S:.*]] = nn.slice %[[B]] {sizes = #{{.*}}, starts = #{{.*}}, steps = array<i64: 1, 1>} : (tensor<2x4xf32>) -> tensor<1x4xf32>
// CHECK-DAG: %[[C:.*]] = nn.concat %[[A]], %[[B]]
// CHECK-DAG: %[[T:.*]] = nn.slice %[[C]]
// CHECK: return %[[A]], %[[S]], %[[T]]
func.func @slice_of_concat(%a: tensor<2x3xf32>, %b: tensor<2x4xf32>) -> (tensor<2x3xf32>, tensor<1x4xf32>, tensor<2x4xf32>) {
  %0 = nn.concat %a, %b {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<2x7xf32>
  %1 = nn.slice %0 {starts = affine_map<() -> (0, 0)>, sizes = affine_map<() -> (2, 3)>, steps = array<i64: 1, 1>} : (tensor<2x7xf32>) -> tensor<2x3xf32>
  %2 = nn.slice %0 {starts = affine_map<() -> (1, 3)>, sizes = affine_map<() -> (1, 4)>, steps = array<i64: 1, 1>} : (tensor<2x7xf32>) -> tensor<1x4xf32>
  %3 = nn.slice %0 {starts = affine_map<() -> (0, 2)>, sizes = affine_map<() -> (2, 4)>, steps = array<i64: 1, 1>} : (tensor<2x7xf32>) -> tensor<2x4xf32>
  return %1, %2, %3 : tensor<2x3xf32>, tensor<1x4xf32>, tensor<2x4xf32>
}
