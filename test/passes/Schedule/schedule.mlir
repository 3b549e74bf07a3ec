// RUN: tenon-opt %s --tenon-schedule --split-input-file | FileCheck %s

// Three values between four runs: the first and the third share memory.
// CHECK: module attributes {tenon.arena = 256 : i64, tenon.weights = 0 : i64}
// CHECK: sched.run @t(%{{.*}}) places [#sched.place<input, 0>, #sched.place<arena, [[A:0|128]]>]
// CHECK: sched.run @t(%{{.*}}) places [#sched.place<arena, [[A]]>, #sched.place<arena, [[B:0|128]]>]
// CHECK: sched.run @t(%{{.*}}) places [#sched.place<arena, [[B]]>, #sched.place<arena, [[A]]>]
// CHECK: sched.run @t(%{{.*}}) places [#sched.place<arena, [[A]]>, #sched.place<output, 0>]
sched.task @t {
^bb0(%x: tensor<32xf32>):
  %y = nn.softmax %x {axes = array<i64: 0>} : (tensor<32xf32>) -> tensor<32xf32>
  sched.yield %y : tensor<32xf32>
}
func.func @main(%x: tensor<32xf32>) -> tensor<32xf32> {
  %0 = sched.run @t(%x) : (tensor<32xf32>) -> tensor<32xf32>
  %1 = sched.run @t(%0) : (tensor<32xf32>) -> tensor<32xf32>
  %2 = sched.run @t(%1) : (tensor<32xf32>) -> tensor<32xf32>
  %3 = sched.run @t(%2) : (tensor<32xf32>) -> tensor<32xf32>
  return %3 : tensor<32xf32>
}

// -----

// A view keeps its root alive and has its place; constants lie in the weight section, equal ones once.
// CHECK: module attributes {tenon.arena = 64 : i64, tenon.weights = 256 : i64}
// CHECK: nn.constant dense<1.0{{.*}}> : tensor<4x8xf32> {[[OFFSET:.*]] = 0 : i64} : tensor<4x8xf32>
// CHECK: nn.constant dense<1.0{{.*}}> : tensor<4x8xf32> {[[OFFSET]] = 0 : i64} : tensor<4x8xf32>
// CHECK: nn.constant dense<2.0{{.*}}> : tensor<4x8xf32> {[[OFFSET]] = 128 : i64} : tensor<4x8xf32>
// CHECK: sched.run @h(%{{.*}}) places [#sched.place<input, 0>, #sched.place<arena, 0>]
// CHECK: sched.run @g(%{{.*}}, %{{.*}}) places [#sched.place<arena, 0>, #sched.place<weights, 0>, #sched.place<output, 0>]
// CHECK: sched.run @g(%{{.*}}, %{{.*}}) places [#sched.place<arena, 0>, #sched.place<weights, 128>, #sched.place<output, 1>]
sched.task @g {
^bb0(%x: tensor<4x4xf32>, %w: tensor<4x8xf32>):
  %y = nn.matmul %x, %w : (tensor<4x4xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  sched.yield %y : tensor<4x8xf32>
}
func.func @main(%x: tensor<16xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %w = nn.constant dense<1.0> : tensor<4x8xf32> : tensor<4x8xf32>
  %same = nn.constant dense<1.0> : tensor<4x8xf32> : tensor<4x8xf32>
  %v = nn.constant dense<2.0> : tensor<4x8xf32> : tensor<4x8xf32>
  %0 = sched.run @h(%x) : (tensor<16xf32>) -> tensor<16xf32>
  %1 = nn.reshape %0 {shape = affine_map<() -> (4, 4)>} : (tensor<16xf32>) -> tensor<4x4xf32>
  %2 = sched.run @g(%1, %same) : (tensor<4x4xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  %3 = sched.run @g(%1, %v) : (tensor<4x4xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %2, %3 : tensor<4x8xf32>, tensor<4x8xf32>
}
sched.task @h {
^bb0(%x: tensor<16xf32>):
  %y = nn.relu %x : (tensor<16xf32>) -> tensor<16xf32>
  sched.yield %y : tensor<16xf32>
}

// -----

// Constants lie in the order of the steps that read them.
// CHECK: nn.constant dense<1.0{{.*}}> : tensor<4x8xf32> {[[OFFSET:.*]] = 128 : i64} : tensor<4x8xf32>
// CHECK: nn.constant dense<2.0{{.*}}> : tensor<4x8xf32> {[[OFFSET]] = 0 : i64} : tensor<4x8xf32>
// CHECK: sched.run @g({{.*}} #sched.place<weights, 0>
// CHECK: sched.run @g({{.*}} #sched.place<weights, 128>
sched.task @g {
^bb0(%x: tensor<4x4xf32>, %w: tensor<4x8xf32>):
  %y = nn.matmul %x, %w : (tensor<4x4xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  sched.yield %y : tensor<4x8xf32>
}
func.func @main(%x: tensor<4x4xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %second = nn.constant dense<1.0> : tensor<4x8xf32> : tensor<4x8xf32>
  %first = nn.constant dense<2.0> : tensor<4x8xf32> : tensor<4x8xf32>
  %0 = sched.run @g(%x, %first) : (tensor<4x4xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = sched.run @g(%x, %second) : (tensor<4x4xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %0, %1 : tensor<4x8xf32>, tensor<4x8xf32>
}

// -----

// Symbolic sizes count at their maxima: 8 x 16 x 4 bytes.
#s = affine_map<()[s0] -> (s0, 16)>
// CHECK: tenon.arena = 512 : i64
module attributes {nn.symbols = [#nn.symbol<"N", 1, 8>]} {
sched.task @t {
^bb0(%x: tensor<?x16xf32, #s>):
  %y = nn.relu %x : (tensor<?x16xf32, #s>) -> tensor<?x16xf32, #s>
  sched.yield %y : tensor<?x16xf32, #s>
}
func.func @main(%x: tensor<?x16xf32, #s>) -> tensor<?x16xf32, #s> {
  %0 = sched.run @t(%x) : (tensor<?x16xf32, #s>) -> tensor<?x16xf32, #s>
  %1 = sched.run @t(%0) : (tensor<?x16xf32, #s>) -> tensor<?x16xf32, #s>
  return %1 : tensor<?x16xf32, #s>
}
}

// -----

// Sizes are those of the buffers: 10 channels in 2 blocks of 8, each of (4 + 2) x (4 + 2) points, are 2304 bytes, not
// 640. The same constant in two layouts is two; 3 x 5 weights in blocks of 8 take 96 bytes, at the next place.
#image = #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>
#w = #sched.layout<order = [0, 1] blocks = [1, 8]>
// CHECK: module attributes {tenon.arena = 2304 : i64, tenon.weights = 160 : i64}
// CHECK: nn.constant {{.*}}offset = 0 : i64
// CHECK: nn.constant {{.*}}offset = 64 : i64
// CHECK: sched.run @in(%{{.*}}) places [#sched.place<input, 0>, #sched.place<arena, 0>]
// CHECK: sched.run @out(%{{.*}}) places [#sched.place<arena, 0>, #sched.place<weights, 0>, #sched.place<weights, 64>, #sched.place<output, 0>]
sched.task @in layouts [unit, #image] {
^bb0(%x: tensor<1x10x4x4xf32>):
  %y = nn.relu %x : (tensor<1x10x4x4xf32>) -> tensor<1x10x4x4xf32>
  sched.yield %y : tensor<1x10x4x4xf32>
}
sched.task @out layouts [#image, unit, #w, unit] {
^bb0(%x: tensor<1x10x4x4xf32>, %v: tensor<3x5xf32>, %w: tensor<3x5xf32>):
  %y = nn.relu %x : (tensor<1x10x4x4xf32>) -> tensor<1x10x4x4xf32>
  sched.yield %y : tensor<1x10x4x4xf32>
}
func.func @main(%x: tensor<1x10x4x4xf32>) -> tensor<1x10x4x4xf32> {
  %v = nn.constant dense<1.0> : tensor<3x5xf32> : tensor<3x5xf32>
  %w = nn.constant dense<1.0> : tensor<3x5xf32> {tenon.layout = #w} : tensor<3x5xf32>
  %0 = sched.run @in(%x) : (tensor<1x10x4x4xf32>) -> tensor<1x10x4x4xf32>
  %1 = sched.run @out(%0, %v, %w) : (tensor<1x10x4x4xf32>, tensor<3x5xf32>, tensor<3x5xf32>) -> tensor<1x10x4x4xf32>
  return %1 : tensor<1x10x4x4xf32>
}
