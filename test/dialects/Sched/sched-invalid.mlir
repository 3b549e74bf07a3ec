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

// -----

// expected-error @+1 {{C1: expected a permutation as order}}
module attributes {layout = #sched.layout<order = [0, 2]>} {}

// -----

// expected-error @+1 {{C1: expected a permutation as order}}
module attributes {layout = #sched.layout<order = [0, 0]>} {}

// -----

// expected-error @+1 {{C1: expected pairs of dimension and size as blocks}}
module attributes {layout = #sched.layout<order = [0, 1] blocks = [1]>} {}

// -----

// expected-error @+1 {{C1: expected a halo per dimension}}
module attributes {layout = #sched.layout<order = [0, 1] blocks = [1, 8] halo = [1]>} {}

// -----

// expected-error @+1 {{C1: expected halos of at least 0}}
module attributes {layout = #sched.layout<order = [0, 1] blocks = [1, 8] halo = [-1, 0]>} {}

// -----

// expected-error @+1 {{C1: expected blocks of different dimensions without halo, at least 2 wide}}
module attributes {layout = #sched.layout<order = [0, 1] blocks = [2, 8]>} {}

// -----

// expected-error @+1 {{C1: expected blocks of different dimensions without halo, at least 2 wide}}
module attributes {layout = #sched.layout<order = [0, 1] blocks = [1, 8, 1, 4]>} {}

// -----

// expected-error @+1 {{C1: expected blocks of different dimensions without halo, at least 2 wide}}
module attributes {layout = #sched.layout<order = [0, 1] blocks = [1, 1]>} {}

// -----

// expected-error @+1 {{C1: expected blocks of different dimensions without halo, at least 2 wide}}
module attributes {layout = #sched.layout<order = [0, 1] blocks = [1, 8] halo = [0, 1]>} {}

// -----

// expected-error @+1 {{C2: expected 2 layouts, but got 1}}
sched.task @layout_count layouts [unit] {
^bb0(%x: tensor<4xf32>):
  sched.yield %x : tensor<4xf32>
}

// -----

// expected-error @+1 {{C2: expected a layout of}}
sched.task @layout_rank layouts [#sched.layout<order = [1, 0]>, unit] {
^bb0(%x: tensor<4xf32>):
  sched.yield %x : tensor<4xf32>
}

// -----

// expected-error @+1 {{C2: expected a layout of}}
sched.task @layout_kind layouts [unit, 8] {
^bb0(%x: tensor<4xf32>):
  sched.yield %x : tensor<4xf32>
}

// -----

#n = affine_map<()[s0] -> (s0, 8)>
module attributes {nn.symbols = [#nn.symbol<"N", 1, 8>]} {
// expected-error @+1 {{C2: expected a layout of}}
sched.task @layout_dynamic layouts [#sched.layout<order = [0, 1] blocks = [1, 8]>, unit] {
^bb0(%x: tensor<?x8xf32, #n>):
  sched.yield %x : tensor<?x8xf32, #n>
}
}

// -----

// expected-error @+1 {{C3: expected one result, and arguments in its layout}}
sched.task @in_place_number in_place [1] {
^bb0(%x: tensor<4xf32>):
  sched.yield %x : tensor<4xf32>
}

// -----

// expected-error @+1 {{C3: expected one result, and arguments in its layout}}
sched.task @in_place_results in_place [0] {
^bb0(%x: tensor<4xf32>):
  sched.yield %x, %x : tensor<4xf32>, tensor<4xf32>
}

// -----

// expected-error @+1 {{C3: expected one result, and arguments in its layout}}
sched.task @in_place_layout layouts [#sched.layout<order = [0] blocks = [0, 2]>, unit] in_place [0] {
^bb0(%x: tensor<4xf32>):
  sched.yield %x : tensor<4xf32>
}

// -----

// expected-error @+1 {{C2: expected winograd = the rows and columns of a tile, on three dimensions}}
module attributes {layout = #sched.layout<order = [0, 1, 2] winograd = [4]>} {}

// -----

// expected-error @+1 {{C2: expected winograd = the rows and columns of a tile, on three dimensions}}
module attributes {layout = #sched.layout<order = [0, 1, 2] winograd = [0, 4]>} {}

// -----

// expected-error @+1 {{C2: expected winograd = the rows and columns of a tile, on three dimensions}}
module attributes {layout = #sched.layout<order = [0, 1] winograd = [4, 4]>} {}
