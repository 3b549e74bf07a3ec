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

// -----

// A part is one piece of memory.
sched.task @t {
^bb0(%x: tensor<2x2xf32>):
  sched.yield %x : tensor<2x2xf32>
}
func.func @main(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %0 = sched.run @t(%x) : (tensor<2x2xf32>) -> tensor<2x2xf32>
  %1 = sched.run @t(%x) : (tensor<2x2xf32>) -> tensor<2x2xf32>
  // expected-error @+1 {{expected a part that is one piece of memory}}
  %2 = nn.concat %0, %1 {axis = 1 : i64} : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x4xf32>
  %3 = nn.slice %2 {starts = affine_map<() -> (0, 0)>, sizes = affine_map<() -> (2, 2)>, steps = array<i64: 1, 1>} : (tensor<2x4xf32>) -> tensor<2x2xf32>
  %4 = sched.run @t(%3) : (tensor<2x2xf32>) -> tensor<2x2xf32>
  return %4 : tensor<2x2xf32>
}

// -----

// A value lies in one place.
sched.task @t {
^bb0(%x: tensor<2x2xf32>):
  sched.yield %x : tensor<2x2xf32>
}
func.func @main(%x: tensor<2x2xf32>) -> tensor<4x2xf32> {
  %0 = sched.run @t(%x) : (tensor<2x2xf32>) -> tensor<2x2xf32>
  // expected-error @+1 {{expected operands that tasks compute for this concatenation alone}}
  %1 = nn.concat %0, %0 {axis = 0 : i64} : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<4x2xf32>
  return %1 : tensor<4x2xf32>
}

// -----

// The caller's input lies where it lies.
sched.task @t {
^bb0(%x: tensor<2x2xf32>):
  sched.yield %x : tensor<2x2xf32>
}
func.func @main(%x: tensor<2x2xf32>) -> tensor<4x2xf32> {
  %0 = sched.run @t(%x) : (tensor<2x2xf32>) -> tensor<2x2xf32>
  // expected-error @+1 {{expected operands that tasks compute for this concatenation alone}}
  %1 = nn.concat %0, %x {axis = 0 : i64} : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<4x2xf32>
  return %1 : tensor<4x2xf32>
}

// -----

// So does what the caller takes.
sched.task @t {
^bb0(%x: tensor<2x2xf32>):
  sched.yield %x : tensor<2x2xf32>
}
func.func @main(%x: tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<4x2xf32>) {
  %0 = sched.run @t(%x) : (tensor<2x2xf32>) -> tensor<2x2xf32>
  %1 = sched.run @t(%x) : (tensor<2x2xf32>) -> tensor<2x2xf32>
  %2 = nn.concat %0, %1 {axis = 0 : i64} : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<4x2xf32>
  // expected-error @+1 {{expected results that tasks write, but got a part of another value}}
  return %0, %2 : tensor<2x2xf32>, tensor<4x2xf32>
}

// -----

// Parts lie as the whole does.
#b = #sched.layout<order = [1, 0]>
sched.task @t layouts [unit, #b] {
^bb0(%x: tensor<2x2xf32>):
  sched.yield %x : tensor<2x2xf32>
}
func.func @main(%x: tensor<2x2xf32>) -> tensor<4x2xf32> {
  %0 = sched.run @t(%x) : (tensor<2x2xf32>) -> tensor<2x2xf32>
  %1 = sched.run @t(%x) : (tensor<2x2xf32>) -> tensor<2x2xf32>
  // expected-error @+1 {{expected a view of rows, but got one of #sched.layout<order = [1, 0]>}}
  %2 = nn.concat %0, %1 {axis = 0 : i64} : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<4x2xf32>
  return %2 : tensor<4x2xf32>
}

// -----

func.func @main(%x: tensor<4x2xf32>) -> tensor<4x2xf32> {
  // expected-error @+1 {{expected a layout of 'tensor<2x2xf32>', but got}}
  %0 = nn.slice %x {starts = affine_map<() -> (0, 0)>, sizes = affine_map<() -> (2, 2)>, steps = array<i64: 1, 1>, tenon.layout = #sched.layout<order = [0]>} : (tensor<4x2xf32>) -> tensor<2x2xf32>
  return %x : tensor<4x2xf32>
}
