// RUN: tenon-opt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{C1: expected the body to end in sched.yield}}
sched.task @c1 {
^bb0(%x: tensor<4xf32>):
  %y = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
}

// -----

func.func @no_task(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{C1: expected a task, but got @nothing}}
  %0 = sched.run @nothing(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

sched.task @t {
^bb0(%x: tensor<4xf32>):
  sched.yield %x : tensor<4xf32>
}
func.func @other_type(%x: tensor<5xf32>) -> tensor<5xf32> {
  // expected-error @+1 {{C1: expected the task's type ('tensor<4xf32>') -> ('tensor<4xf32>')}}
  %0 = sched.run @t(%x) : (tensor<5xf32>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}

// -----

sched.task @t {
^bb0(%x: tensor<4xf32>):
  sched.yield %x : tensor<4xf32>
}
func.func @c2(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{C2: expected 2 places, but got 1}}
  %0 = sched.run @t(%x) places [#sched.place<input, 0>] : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// expected-error @+2 {{expected ::tenon::sched::PlaceKind to be one of}}
// expected-error @+1 {{failed to parse Sched_PlaceAttr parameter 'kind'}}
module attributes {place = #sched.place<attic, 0>} {}
