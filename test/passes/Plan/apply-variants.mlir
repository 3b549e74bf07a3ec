// RUN: tenon-opt %s --tenon-apply-variants --split-input-file --verify-diagnostics | FileCheck %s
// A task's weights are packed as it reads them, or the places of a schedule would be refused.
// RUN: sed '/^[/][/] -----/,$d' %s | tenon-opt --tenon-apply-variants --tenon-schedule | FileCheck %s --check-prefix=PLACES

// What reads the same weights as before and is not changed keeps them; two tasks that want them in one other way share that.
// CHECK: sched.task @conv layouts [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>, #sched.layout<order = [0, 1, 2] blocks = [1, 8] winograd = [2, 2]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>] {
// CHECK: sched.task @other layouts [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>, #sched.layout<order = [0, 1, 2] blocks = [1, 8] winograd = [2, 2]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>] {
// CHECK: sched.task @same layouts [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 16]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>] {
// CHECK: sched.task @last layouts [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 8]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>] {
// CHECK: func.func @main
// CHECK: %[[X:.*]] = sched.run @reshape
// CHECK-DAG: %[[W:.*]] = nn.constant dense<1.0{{.*}} {tenon.layout = #sched.layout<order = [0, 1, 2] blocks = [1, 8] winograd = [2, 2]>}
// CHECK-DAG: %[[OLD:.*]] = nn.constant dense<1.0{{.*}} {tenon.layout = #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 16]>}
// CHECK-DAG: %[[V:.*]] = nn.constant dense<2.0{{.*}} {tenon.layout = #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 8]>}
// CHECK-NOT: nn.constant
// CHECK: %[[A:.*]] = sched.run @conv(%[[X]], %[[W]])
// CHECK: %[[B:.*]] = sched.run @conv(%[[A]], %[[W]])
// CHECK: %[[C:.*]] = sched.run @other(%[[B]], %[[W]])
// CHECK: %[[D:.*]] = sched.run @same(%[[C]], %[[OLD]])
// CHECK: sched.run @last(%[[D]], %[[V]])
// Winograd's weights are 16 points of 8x8 numbers, the old ones 72 blocks of 16, the last ones two of 72 of 8.
// PLACES: tenon.weights = 13312
sched.task @reshape layouts [unit, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>] {
^bb0(%x: tensor<1x8x4x4xf32>):
  %y = nn.reshape %x {shape = affine_map<() -> (1, 8, 4, 4)>} : (tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
  sched.yield %y : tensor<1x8x4x4xf32>
}
sched.task @conv layouts [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 16]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>] attributes {tenon.wanted_layouts = [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>, #sched.layout<order = [0, 1, 2] blocks = [1, 8] winograd = [2, 2]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>]} {
^bb0(%x: tensor<1x8x4x4xf32>, %w: tensor<8x8x3x3xf32>):
  %y = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x8x4x4xf32>, tensor<8x8x3x3xf32>) -> tensor<1x8x4x4xf32>
  sched.yield %y : tensor<1x8x4x4xf32>
}
sched.task @other layouts [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 16]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>] attributes {tenon.wanted_layouts = [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>, #sched.layout<order = [0, 1, 2] blocks = [1, 8] winograd = [2, 2]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>]} {
^bb0(%x: tensor<1x8x4x4xf32>, %w: tensor<8x8x3x3xf32>):
  %y = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x8x4x4xf32>, tensor<8x8x3x3xf32>) -> tensor<1x8x4x4xf32>
  sched.yield %y : tensor<1x8x4x4xf32>
}
sched.task @same layouts [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 16]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>] {
^bb0(%x: tensor<1x8x4x4xf32>, %w: tensor<8x8x3x3xf32>):
  %y = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x8x4x4xf32>, tensor<8x8x3x3xf32>) -> tensor<1x8x4x4xf32>
  sched.yield %y : tensor<1x8x4x4xf32>
}
sched.task @last layouts [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 16]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>] attributes {tenon.wanted_layouts = [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 8]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>]} {
^bb0(%x: tensor<1x8x4x4xf32>, %w: tensor<16x8x3x3xf32>):
  %y = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x8x4x4xf32>, tensor<16x8x3x3xf32>) -> tensor<1x16x4x4xf32>
  sched.yield %y : tensor<1x16x4x4xf32>
}
sched.task @out layouts [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>, unit] {
^bb0(%x: tensor<1x16x4x4xf32>):
  %y = nn.reshape %x {shape = affine_map<() -> (1, 16, 4, 4)>} : (tensor<1x16x4x4xf32>) -> tensor<1x16x4x4xf32>
  sched.yield %y : tensor<1x16x4x4xf32>
}
func.func @main(%x: tensor<1x8x4x4xf32>) -> tensor<1x16x4x4xf32> {
  %0 = sched.run @reshape(%x) : (tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
  %w = nn.constant dense<1.0> : tensor<8x8x3x3xf32> {tenon.layout = #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 16]>} : tensor<8x8x3x3xf32>
  %v = nn.constant dense<2.0> : tensor<16x8x3x3xf32> {tenon.layout = #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 16]>} : tensor<16x8x3x3xf32>
  %1 = sched.run @conv(%0, %w) : (tensor<1x8x4x4xf32>, tensor<8x8x3x3xf32>) -> tensor<1x8x4x4xf32>
  %2 = sched.run @conv(%1, %w) : (tensor<1x8x4x4xf32>, tensor<8x8x3x3xf32>) -> tensor<1x8x4x4xf32>
  %3 = sched.run @other(%2, %w) : (tensor<1x8x4x4xf32>, tensor<8x8x3x3xf32>) -> tensor<1x8x4x4xf32>
  %4 = sched.run @same(%3, %w) : (tensor<1x8x4x4xf32>, tensor<8x8x3x3xf32>) -> tensor<1x8x4x4xf32>
  %5 = sched.run @last(%4, %v) : (tensor<1x8x4x4xf32>, tensor<16x8x3x3xf32>) -> tensor<1x16x4x4xf32>
  %6 = sched.run @out(%5) : (tensor<1x16x4x4xf32>) -> tensor<1x16x4x4xf32>
  return %6 : tensor<1x16x4x4xf32>
}

// -----

// Images lie as their other readers and writers have them.
// expected-error @+1 {{expected a constant where another layout is wanted, but operand 0 is none}}
sched.task @conv layouts [unit, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 16]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>] attributes {tenon.wanted_layouts = [#sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 16]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>]} {
^bb0(%x: tensor<1x8x4x4xf32>, %w: tensor<8x8x3x3xf32>):
  %y = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x8x4x4xf32>, tensor<8x8x3x3xf32>) -> tensor<1x8x4x4xf32>
  sched.yield %y : tensor<1x8x4x4xf32>
}
func.func @main(%x: tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32> {
  %w = nn.constant dense<1.0> : tensor<8x8x3x3xf32> {tenon.layout = #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 16]>} : tensor<8x8x3x3xf32>
  %0 = sched.run @conv(%x, %w) : (tensor<1x8x4x4xf32>, tensor<8x8x3x3xf32>) -> tensor<1x8x4x4xf32>
  return %0 : tensor<1x8x4x4xf32>
}

// -----

// expected-error @+1 {{expected a constant where another layout is wanted, but result 0 is none}}
sched.task @conv layouts [unit, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 16]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>] attributes {tenon.wanted_layouts = [unit, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 16]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8] halo = [0, 0, 1, 1]>]} {
^bb0(%x: tensor<1x8x4x4xf32>, %w: tensor<8x8x3x3xf32>):
  %y = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x8x4x4xf32>, tensor<8x8x3x3xf32>) -> tensor<1x8x4x4xf32>
  sched.yield %y : tensor<1x8x4x4xf32>
}
func.func @main(%x: tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32> {
  %w = nn.constant dense<1.0> : tensor<8x8x3x3xf32> {tenon.layout = #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 16]>} : tensor<8x8x3x3xf32>
  %0 = sched.run @conv(%x, %w) : (tensor<1x8x4x4xf32>, tensor<8x8x3x3xf32>) -> tensor<1x8x4x4xf32>
  return %0 : tensor<1x8x4x4xf32>
}

// -----

// expected-error @+1 {{expected 3 layouts that are wanted, but got 2}}
sched.task @conv layouts [unit, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 16]>, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8]>] attributes {tenon.wanted_layouts = [unit, #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 16]>]} {
^bb0(%x: tensor<1x8x4x4xf32>, %w: tensor<8x8x3x3xf32>):
  %y = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x8x4x4xf32>, tensor<8x8x3x3xf32>) -> tensor<1x8x4x4xf32>
  sched.yield %y : tensor<1x8x4x4xf32>
}
func.func @main(%x: tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32> {
  %w = nn.constant dense<1.0> : tensor<8x8x3x3xf32> {tenon.layout = #sched.layout<order = [0, 1, 2, 3] blocks = [1, 8, 0, 16]>} : tensor<8x8x3x3xf32>
  %0 = sched.run @conv(%x, %w) : (tensor<1x8x4x4xf32>, tensor<8x8x3x3xf32>) -> tensor<1x8x4x4xf32>
  return %0 : tensor<1x8x4x4xf32>
}
