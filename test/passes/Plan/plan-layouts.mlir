// RUN: tenon-opt %s --tenon-plan=winograd=false --split-input-file | FileCheck %s
// RUN: tenon-opt %s --tenon-plan=vector-bytes=32 --tenon-schedule --split-input-file > /dev/null

// Images around convolutions lie in blocks of eight channels. What two convolutions read has the wider of their borders,
// which the task that computes it writes; the graph's input and output are copied; weights are packed once, although
// two convolutions read them; the residual is added where the second convolution is, which therefore waits for the third.
// CHECK: sched.task @[[IN:reshape[_0-9]*]] layouts [unit, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>] {
// CHECK: sched.task @conv layouts [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>,
// CHECK-SAME: #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 16]>,
// CHECK-SAME: #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 2, 2]>] {
// CHECK: sched.task @conv_add_relu layouts [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 2, 2]>,
// CHECK: %[[C:.*]] = nn.conv
// CHECK: %[[S:.*]] = nn.add %[[C]],
// CHECK: %[[Y:.*]] = nn.relu %[[S]]
// CHECK: sched.yield %[[Y]]
// CHECK: sched.task @[[OUT:reshape[_0-9]*]] layouts [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>, unit] {
// CHECK: func.func @main(%[[X:.*]]: tensor<1x16x8x8xf32>)
// CHECK: %[[COPY:.*]] = sched.run @[[IN]](%[[X]])
// CHECK: %[[W:.*]] = nn.constant dense<1.0{{.*}} {tenon.layout = #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 16]>}
// CHECK-NOT: nn.constant dense<1.0
// CHECK: %[[V:.*]] = nn.constant dense<2.0{{.*}} {tenon.layout = #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 16]>}
// CHECK: %[[A:.*]] = sched.run @conv(%[[COPY]], %[[W]])
// CHECK: %[[B:.*]] = sched.run @conv_{{[0-9]+}}(%[[A]], %[[V]])
// CHECK: %[[SUM:.*]] = sched.run @conv_add_relu(%[[A]], %[[W]], %[[B]])
// CHECK: %[[RESULT:.*]] = sched.run @[[OUT]](%[[SUM]])
// CHECK: return %[[RESULT]]
func.func @main(%x: tensor<1x16x8x8xf32>) -> tensor<1x16x8x8xf32> {
  %w = nn.constant dense<1.0> : tensor<16x16x3x3xf32> : tensor<16x16x3x3xf32>
  %v = nn.constant dense<2.0> : tensor<16x16x5x5xf32> : tensor<16x16x5x5xf32>
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x16x8x8xf32>, tensor<16x16x3x3xf32>) -> tensor<1x16x8x8xf32>
  %1 = nn.conv %0, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x16x8x8xf32>, tensor<16x16x3x3xf32>) -> tensor<1x16x8x8xf32>
  %2 = nn.conv %0, %v {strides = array<i64: 1, 1>, pads = array<i64: 2, 2, 2, 2>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x16x8x8xf32>, tensor<16x16x5x5xf32>) -> tensor<1x16x8x8xf32>
  %3 = nn.add %1, %2 : (tensor<1x16x8x8xf32>, tensor<1x16x8x8xf32>) -> tensor<1x16x8x8xf32>
  %4 = nn.relu %3 : (tensor<1x16x8x8xf32>) -> tensor<1x16x8x8xf32>
  return %4 : tensor<1x16x8x8xf32>
}

// -----

// One channel per group, or groups of whole blocks: blocked. Groups of four channels are not, and read a copy in rows.
// Depthwise convolutions leave out what lies beside the image, so that there is no halo.
// CHECK: sched.task @conv layouts [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>,
// CHECK-SAME: #sched.layout<order = [0, 1, 2, 3] blocks = [0, 8]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>] {
// CHECK: group = 16
// CHECK: sched.task @conv_{{[0-9]}} layouts [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>,
// CHECK-SAME: #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 8]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>] {
// CHECK: group = 2
// CHECK: sched.task @reshape{{[_0-9]*}} layouts [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>, unit] {
// CHECK: sched.task @conv_{{[0-9]}} {
// CHECK: group = 4
func.func @main(%x: tensor<1x16x9x9xf32>) -> tensor<1x16x9x9xf32> {
  %d = nn.constant dense<1.0> : tensor<16x1x3x3xf32> : tensor<16x1x3x3xf32>
  %g = nn.constant dense<2.0> : tensor<16x8x1x1xf32> : tensor<16x8x1x1xf32>
  %h = nn.constant dense<3.0> : tensor<16x4x1x1xf32> : tensor<16x4x1x1xf32>
  %0 = nn.conv %x, %d {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 16 : i64} : (tensor<1x16x9x9xf32>, tensor<16x1x3x3xf32>) -> tensor<1x16x9x9xf32>
  %1 = nn.conv %0, %g {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 2 : i64} : (tensor<1x16x9x9xf32>, tensor<16x8x1x1xf32>) -> tensor<1x16x9x9xf32>
  %2 = nn.conv %1, %h {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 4 : i64} : (tensor<1x16x9x9xf32>, tensor<16x4x1x1xf32>) -> tensor<1x16x9x9xf32>
  return %2 : tensor<1x16x9x9xf32>
}

// -----

// Three channels of an image stay in rows, and so do ten outputs: more than a third of their two blocks would be empty.
// CHECK: sched.task @conv layouts [unit, #sched.layout<order = [0, 1, 2, 3] blocks = [0, 16]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>] {
// CHECK: sched.task @{{reshape[_0-9]*}} layouts [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>, unit] {
// CHECK: sched.task @conv_{{[0-9]}} {
// CHECK: func.func @main
// CHECK: nn.constant dense<2.0{{.*}}> : tensor<10x16x1x1xf32> : tensor<10x16x1x1xf32>
func.func @main(%x: tensor<1x3x9x9xf32>) -> tensor<1x10x9x9xf32> {
  %w = nn.constant dense<1.0> : tensor<16x3x3x3xf32> : tensor<16x3x3x3xf32>
  %v = nn.constant dense<2.0> : tensor<10x16x1x1xf32> : tensor<10x16x1x1xf32>
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x3x9x9xf32>, tensor<16x3x3x3xf32>) -> tensor<1x16x9x9xf32>
  %1 = nn.conv %0, %v {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x16x9x9xf32>, tensor<10x16x1x1xf32>) -> tensor<1x10x9x9xf32>
  return %1 : tensor<1x10x9x9xf32>
}

// -----

// Pools, concatenation of channels and element-wise operators keep the blocks of what they read; a mean over the image
// reads blocks and gives a row. (Of two images, or there would be no task that concatenates.)
// CHECK: sched.task @max_pool layouts [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>] {
// CHECK: sched.task @concat layouts [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>] {
// CHECK: sched.task @reduce layouts [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>, unit] {
// CHECK: func.func @main
// CHECK-NOT: @reshape
// CHECK: return
func.func @main(%x: tensor<2x3x8x8xf32>) -> tensor<2x32xf32> {
  %w = nn.constant dense<1.0> : tensor<16x3x3x3xf32> : tensor<16x3x3x3xf32>
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<2x3x8x8xf32>, tensor<16x3x3x3xf32>) -> tensor<2x16x8x8xf32>
  %1 = nn.max_pool %0 {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, ceil_mode = false} : (tensor<2x16x8x8xf32>) -> tensor<2x16x8x8xf32>
  %2 = nn.concat %0, %1 {axis = 1 : i64} : (tensor<2x16x8x8xf32>, tensor<2x16x8x8xf32>) -> tensor<2x32x8x8xf32>
  %3 = nn.reduce %2 {axes = array<i64: 2, 3>, kind = #nn.reduce_kind<mean>} : (tensor<2x32x8x8xf32>) -> tensor<2x32xf32>
  return %3 : tensor<2x32xf32>
}

// -----

// A concatenation of rows, and one along another dimension, is none of blocks.
// CHECK: sched.task @concat {
func.func @main(%x: tensor<1x3x8x8xf32>) -> tensor<1x16x16x8xf32> {
  %w = nn.constant dense<1.0> : tensor<16x3x3x3xf32> : tensor<16x3x3x3xf32>
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x3x8x8xf32>, tensor<16x3x3x3xf32>) -> tensor<1x16x8x8xf32>
  %1 = nn.concat %0, %0 {axis = 2 : i64} : (tensor<1x16x8x8xf32>, tensor<1x16x8x8xf32>) -> tensor<1x16x16x8xf32>
  return %1 : tensor<1x16x16x8xf32>
}

// -----

// Matrices that are constant lie in panels of two vectors, whichever way they are read; short ones stay as they are.
// CHECK: sched.task @matmul layouts [unit, #sched.layout<order = [1, 0] blocks = [1, 16]>, unit] {
// CHECK: sched.task @gemm layouts [unit, #sched.layout<order = [0, 1] blocks = [0, 16]>, unit, unit] {
// CHECK: sched.task @matmul_{{[0-9]}} {
// CHECK: func.func @main
func.func @main(%x: tensor<4x32xf32>) -> tensor<4x8xf32> {
  %w = nn.constant dense<1.0> : tensor<32x40xf32> : tensor<32x40xf32>
  %v = nn.constant dense<2.0> : tensor<20x40xf32> : tensor<20x40xf32>
  %b = nn.constant dense<3.0> : tensor<20xf32> : tensor<20xf32>
  %u = nn.constant dense<4.0> : tensor<20x8xf32> : tensor<20x8xf32>
  %0 = nn.matmul %x, %w : (tensor<4x32xf32>, tensor<32x40xf32>) -> tensor<4x40xf32>
  %1 = nn.gemm %0, %v, %b {alpha = 1.0 : f64, beta = 1.0 : f64, trans_a = false, trans_b = true} : (tensor<4x40xf32>, tensor<20x40xf32>, tensor<20xf32>) -> tensor<4x20xf32>
  %2 = nn.matmul %1, %u : (tensor<4x20xf32>, tensor<20x8xf32>) -> tensor<4x8xf32>
  return %2 : tensor<4x8xf32>
}

// -----

// Beyond half of the second cache (of 512 kB), an image that a 1x1 convolution writes and a depthwise one reads is computed by strips, in
// one task; what follows that is 0.1 MB and stays as it is.
// CHECK: sched.task @conv_relu_conv_relu layouts [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>,
// CHECK-SAME: #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 16]>, #sched.layout<order = [0, 1, 2, 3] blocks = [0, 8]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>] {
// CHECK: sched.task @conv layouts
// CHECK: sched.task @conv_0 layouts
func.func @main(%x: tensor<1x16x56x56xf32>) -> tensor<1x32x28x28xf32> {
  %v = nn.constant dense<1.0> : tensor<32x16x1x1xf32> : tensor<32x16x1x1xf32>
  %d = nn.constant dense<1.0> : tensor<32x1x3x3xf32> : tensor<32x1x3x3xf32>
  %u = nn.constant dense<1.0> : tensor<32x32x1x1xf32> : tensor<32x32x1x1xf32>
  %0 = nn.conv %x, %v {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x16x56x56xf32>, tensor<32x16x1x1xf32>) -> tensor<1x32x56x56xf32>
  %1 = nn.relu %0 : (tensor<1x32x56x56xf32>) -> tensor<1x32x56x56xf32>
  %2 = nn.conv %1, %d {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 32 : i64} : (tensor<1x32x56x56xf32>, tensor<32x1x3x3xf32>) -> tensor<1x32x28x28xf32>
  %3 = nn.relu %2 : (tensor<1x32x28x28xf32>) -> tensor<1x32x28x28xf32>
  %4 = nn.conv %3, %u {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x32x28x28xf32>, tensor<32x32x1x1xf32>) -> tensor<1x32x28x28xf32>
  %5 = nn.conv %4, %d {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 32 : i64} : (tensor<1x32x28x28xf32>, tensor<32x1x3x3xf32>) -> tensor<1x32x28x28xf32>
  return %5 : tensor<1x32x28x28xf32>
}

// -----

// Of five blocks of sixteen outputs, one of two threads would compute three: they are ten of eight.
// CHECK: func.func @main(%{{.*}}: tensor<1x64x7x7xf32>
// CHECK: nn.constant dense<1.0{{.*}} {tenon.layout = #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 8]>}
module {
func.func @main(%x: tensor<1x64x7x7xf32> {nn.name = "x"}) -> (tensor<1x80x7x7xf32> {nn.name = "y"}) {
  %w = nn.constant dense<1.0> : tensor<80x64x3x3xf32> : tensor<80x64x3x3xf32>
  %b = nn.constant dense<2.0> : tensor<80xf32> : tensor<80xf32>
  %c = nn.constant dense<3.0> : tensor<80x80x3x3xf32> : tensor<80x80x3x3xf32>
  %0 = nn.conv %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64}
    : (tensor<1x64x7x7xf32>, tensor<80x64x3x3xf32>, tensor<80xf32>) -> tensor<1x80x7x7xf32>
  %1 = nn.conv %0, %c, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64}
    : (tensor<1x80x7x7xf32>, tensor<80x80x3x3xf32>, tensor<80xf32>) -> tensor<1x80x7x7xf32>
  return %1 : tensor<1x80x7x7xf32>
}
}
