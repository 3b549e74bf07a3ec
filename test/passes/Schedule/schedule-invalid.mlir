// RUN: tenon-opt %s --tenon-schedule --split-input-file --verify-diagnostics

// expected-error @+1 {{expected a function @main of one block}}
module {
}

// -----

func.func @main(%x: tensor<3xf32>) -> tensor<3xf32> {
  // expected-error @+1 {{expected a run of a task; run tenon-plan first}}
  %0 = nn.relu %x : (tensor<3xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

#b = #sched.layout<order = [0] blocks = [0, 8]>
sched.task @blocks layouts [unit, #b] {
^bb0(%x: tensor<16xf32>):
  sched.yield %x : tensor<16xf32>
}
sched.task @rows {
^bb0(%x: tensor<16xf32>):
  sched.yield %x : tensor<16xf32>
}
func.func @main(%x: tensor<16xf32>) -> tensor<16xf32> {
  %0 = sched.run @blocks(%x) : (tensor<16xf32>) -> tensor<16xf32>
  // expected-error @+1 {{expected operand 0 in the layout that @rows reads}}
  %1 = sched.run @rows(%0) : (tensor<16xf32>) -> tensor<16xf32>
  return %1 : tensor<16xf32>
}

// -----

// What the caller gives lies in rows.
#b = #sched.layout<order = [0] blocks = [0, 8]>
sched.task @blocks layouts [#b, unit] {
^bb0(%x: tensor<16xf32>):
  sched.yield %x : tensor<16xf32>
}
func.func @main(%x: tensor<16xf32>) -> tensor<16xf32> {
  // expected-error @+1 {{expected operand 0 in the layout that @blocks reads}}
  %0 = sched.run @blocks(%x) : (tensor<16xf32>) -> tensor<16xf32>
  return %0 : tensor<16xf32>
}

// -----

// A view of blocks is none of rows.
#b = #sched.layout<order = [0] blocks = [0, 8]>
sched.task @blocks layouts [unit, #b] {
^bb0(%x: tensor<16xf32>):
  sched.yield %x : tensor<16xf32>
}
sched.task @rows {
^bb0(%x: tensor<4x4xf32>):
  sched.yield %x : tensor<4x4xf32>
}
func.func @main(%x: tensor<16xf32>) -> tensor<4x4xf32> {
  %0 = sched.run @blocks(%x) : (tensor<16xf32>) -> tensor<16xf32>
  // expected-error @+1 {{expected a view of rows, but got one of}}
  %1 = nn.reshape %0 {shape = affine_map<() -> (4, 4)>} : (tensor<16xf32>) -> tensor<4x4xf32>
  %2 = sched.run @rows(%1) : (tensor<4x4xf32>) -> tensor<4x4xf32>
  return %2 : tensor<4x4xf32>
}

// -----

// The caller takes rows.
#b = #sched.layout<order = [0] blocks = [0, 8]>
sched.task @blocks layouts [unit, #b] {
^bb0(%x: tensor<16xf32>):
  sched.yield %x : tensor<16xf32>
}
func.func @main(%x: tensor<16xf32>) -> tensor<16xf32> {
  %0 = sched.run @blocks(%x) : (tensor<16xf32>) -> tensor<16xf32>
  // expected-error @+1 {{expected results in rows, but got}}
  return %0 : tensor<16xf32>
}
