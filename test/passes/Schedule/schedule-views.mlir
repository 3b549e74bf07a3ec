// RUN: tenon-opt %s --tenon-schedule --split-input-file | FileCheck %s

// Parts of a concatenation lie in its memory from the first one on, those of a part in that part's; slices, of slices too,
// lie where they are taken from.
// CHECK: module attributes {tenon.arena = 384 : i64
// CHECK: sched.run @t(%{{.*}}) places [#sched.place<input, 0>, #sched.place<arena, [[A:[0-9]+]]>]
// CHECK: sched.run @t(%{{.*}}) places [#sched.place<input, 0, 128>, #sched.place<arena, 128>]
// CHECK: sched.run @t(%{{.*}}) places [#sched.place<input, 0>, #sched.place<arena, 256>]
// CHECK: sched.run @t(%{{.*}}) places [#sched.place<arena, 128>, #sched.place<output, 0>]
// CHECK: sched.run @half(%{{.*}}) places [#sched.place<arena, 320>, #sched.place<output, 1>]
sched.task @t {
^bb0(%x: tensor<2x16xf32>):
  %y = nn.softmax %x {axes = array<i64: 1>} : (tensor<2x16xf32>) -> tensor<2x16xf32>
  sched.yield %y : tensor<2x16xf32>
}
sched.task @half {
^bb0(%x: tensor<1x16xf32>):
  %y = nn.softmax %x {axes = array<i64: 1>} : (tensor<1x16xf32>) -> tensor<1x16xf32>
  sched.yield %y : tensor<1x16xf32>
}
func.func @main(%x: tensor<4x16xf32>) -> (tensor<2x16xf32>, tensor<1x16xf32>) {
  %first = nn.slice %x {starts = affine_map<() -> (0, 0)>, sizes = affine_map<() -> (2, 16)>, steps = array<i64: 1, 1>} : (tensor<4x16xf32>) -> tensor<2x16xf32>
  %last = nn.slice %x {starts = affine_map<() -> (2, 0)>, sizes = affine_map<() -> (2, 16)>, steps = array<i64: 1, 1>} : (tensor<4x16xf32>) -> tensor<2x16xf32>
  %0 = sched.run @t(%first) : (tensor<2x16xf32>) -> tensor<2x16xf32>
  %1 = sched.run @t(%last) : (tensor<2x16xf32>) -> tensor<2x16xf32>
  %2 = nn.concat %0, %1 {axis = 0 : i64} : (tensor<2x16xf32>, tensor<2x16xf32>) -> tensor<4x16xf32>
  %3 = sched.run @t(%first) : (tensor<2x16xf32>) -> tensor<2x16xf32>
  %4 = nn.concat %2, %3 {axis = 0 : i64} : (tensor<4x16xf32>, tensor<2x16xf32>) -> tensor<6x16xf32>
  %5 = nn.slice %4 {starts = affine_map<() -> (2, 0)>, sizes = affine_map<() -> (4, 16)>, steps = array<i64: 1, 1>} : (tensor<6x16xf32>) -> tensor<4x16xf32>
  %6 = nn.slice %5 {starts = affine_map<() -> (0, 0)>, sizes = affine_map<() -> (2, 16)>, steps = array<i64: 1, 1>} : (tensor<4x16xf32>) -> tensor<2x16xf32>
  %7 = sched.run @t(%6) : (tensor<2x16xf32>) -> tensor<2x16xf32>
  %8 = nn.slice %5 {starts = affine_map<() -> (3, 0)>, sizes = affine_map<() -> (1, 16)>, steps = array<i64: 1, 1>} : (tensor<4x16xf32>) -> tensor<1x16xf32>
  %9 = sched.run @half(%8) : (tensor<1x16xf32>) -> tensor<1x16xf32>
  return %7, %9 : tensor<2x16xf32>, tensor<1x16xf32>
}

// -----

// Parts of what is returned lie in the caller's buffer, and are read there.
// CHECK: tenon.arena = 0 : i64
// CHECK: sched.run @t(%{{.*}}) places [#sched.place<input, 0>, #sched.place<output, 0>]
// CHECK: sched.run @t(%{{.*}}) places [#sched.place<output, 0>, #sched.place<output, 0, 128>]
sched.task @t {
^bb0(%x: tensor<2x16xf32>):
  %y = nn.softmax %x {axes = array<i64: 1>} : (tensor<2x16xf32>) -> tensor<2x16xf32>
  sched.yield %y : tensor<2x16xf32>
}
func.func @main(%x: tensor<2x16xf32>) -> tensor<4x16xf32> {
  %0 = sched.run @t(%x) : (tensor<2x16xf32>) -> tensor<2x16xf32>
  %1 = sched.run @t(%0) : (tensor<2x16xf32>) -> tensor<2x16xf32>
  %2 = nn.concat %0, %1 {axis = 0 : i64} : (tensor<2x16xf32>, tensor<2x16xf32>) -> tensor<4x16xf32>
  return %2 : tensor<4x16xf32>
}

// -----

// Offsets are those of buffers: 8 channels of 4 x 4 points in a border of one are 1152 bytes.
// CHECK: sched.run @t(%{{.*}}) places [#sched.place<input, 0>, #sched.place<arena, 0>]
// CHECK: sched.run @t(%{{.*}}) places [#sched.place<input, 0>, #sched.place<arena, 1152>]
// CHECK: sched.run @u(%{{.*}}) places [#sched.place<arena, 1152>, #sched.place<output, 0>]
#b = #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>
sched.task @t layouts [unit, #b] {
^bb0(%x: tensor<1x8x4x4xf32>):
  %y = nn.relu %x : (tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
  sched.yield %y : tensor<1x8x4x4xf32>
}
sched.task @u layouts [#b, unit] {
^bb0(%x: tensor<1x8x4x4xf32>):
  %y = nn.relu %x : (tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
  sched.yield %y : tensor<1x8x4x4xf32>
}
func.func @main(%x: tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32> {
  %0 = sched.run @t(%x) : (tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
  %1 = sched.run @t(%x) : (tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
  %2 = nn.concat %0, %1 {axis = 1 : i64, tenon.layout = #b} : (tensor<1x8x4x4xf32>, tensor<1x8x4x4xf32>) -> tensor<1x16x4x4xf32>
  %3 = nn.slice %2 {starts = affine_map<() -> (0, 8, 0, 0)>, sizes = affine_map<() -> (1, 8, 4, 4)>, steps = array<i64: 1, 1, 1, 1>, tenon.layout = #b} : (tensor<1x16x4x4xf32>) -> tensor<1x8x4x4xf32>
  %4 = sched.run @u(%3) : (tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
  return %4 : tensor<1x8x4x4xf32>
}
