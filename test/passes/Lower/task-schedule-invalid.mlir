// Schedules that do not fit their task: an error each, which says why.
//
// RUN: tenon-opt %s --pass-pipeline='builtin.module(tenon-lower-tasks,builtin.module(tenon-expand))' --split-input-file --verify-diagnostics

// Of a matrix product there is one nest, not two.
// expected-error @+1 {{expected a schedule for each of 1 nests, but got 2}}
sched.task @t schedule <nests = [<vector_dim = 1, lanes = 8, tile = [6, 2, 8], order = [0, 1]>, <vector_dim = 1, lanes = 8, tile = [1, 1, 1], order = [0, 1]>]> {
^bb0(%a: tensor<120x256xf32>, %b: tensor<256x96xf32>):
  %y = nn.matmul %a, %b : (tensor<120x256xf32>, tensor<256x96xf32>) -> tensor<120x96xf32>
  sched.yield %y : tensor<120x96xf32>
}

// -----

// 32 accumulators are more than there are registers.
sched.task @t schedule <nests = [<vector_dim = 1, lanes = 8, tile = [16, 2, 8], order = [0, 1]>]> {
^bb0(%a: tensor<120x256xf32>, %b: tensor<256x96xf32>):
  // expected-error @+1 {{expected a tile whose accumulators and operands fit into the registers, but got}}
  %y = nn.matmul %a, %b : (tensor<120x256xf32>, tensor<256x96xf32>) -> tensor<120x96xf32>
  sched.yield %y : tensor<120x96xf32>
}

// -----

// A dimension that the nest does not have.
sched.task @t schedule <nests = [<vector_dim = 3, lanes = 8, tile = [1, 1, 1], order = [0, 1]>]> {
^bb0(%a: tensor<120x256xf32>, %b: tensor<256x96xf32>):
  // expected-error @+1 {{expected a vector dimension of the nest, or -1, but got}}
  %y = nn.matmul %a, %b : (tensor<120x256xf32>, tensor<256x96xf32>) -> tensor<120x96xf32>
  sched.yield %y : tensor<120x96xf32>
}

// -----

sched.task @t schedule <nests = [<vector_dim = 1, lanes = 8, tile = [6, 2], order = [0, 1]>]> {
^bb0(%a: tensor<120x256xf32>, %b: tensor<256x96xf32>):
  // expected-error @+1 {{expected a tile of as many sizes as there are loops, but got}}
  %y = nn.matmul %a, %b : (tensor<120x256xf32>, tensor<256x96xf32>) -> tensor<120x96xf32>
  sched.yield %y : tensor<120x96xf32>
}

// -----

sched.task @t schedule <nests = [<vector_dim = 1, lanes = 8, tile = [6, 2, 0], order = [0, 1]>]> {
^bb0(%a: tensor<120x256xf32>, %b: tensor<256x96xf32>):
  // expected-error @+1 {{expected tiles of 1 to 4096 points, but got}}
  %y = nn.matmul %a, %b : (tensor<120x256xf32>, tensor<256x96xf32>) -> tensor<120x96xf32>
  sched.yield %y : tensor<120x96xf32>
}

// -----

sched.task @t schedule <nests = [<vector_dim = 1, lanes = 16, tile = [6, 2, 8], order = [0, 1]>]> {
^bb0(%a: tensor<120x256xf32>, %b: tensor<256x96xf32>):
  // expected-error @+1 {{expected at most as many lanes as a vector register has, but got}}
  %y = nn.matmul %a, %b : (tensor<120x256xf32>, tensor<256x96xf32>) -> tensor<120x96xf32>
  sched.yield %y : tensor<120x96xf32>
}

// -----

sched.task @t schedule <nests = [<vector_dim = 1, lanes = 6, tile = [6, 2, 8], order = [0, 1]>]> {
^bb0(%a: tensor<120x256xf32>, %b: tensor<256x96xf32>):
  // expected-error @+1 {{expected a power of two as lanes, 1 without vector dimension, but got}}
  %y = nn.matmul %a, %b : (tensor<120x256xf32>, tensor<256x96xf32>) -> tensor<120x96xf32>
  sched.yield %y : tensor<120x96xf32>
}

// -----

sched.task @t schedule <nests = [<vector_dim = 1, lanes = 8, tile = [6, 2, 8], order = [1, 1]>]> {
^bb0(%a: tensor<120x256xf32>, %b: tensor<256x96xf32>):
  // expected-error @+1 {{expected every parallel dimension once in the order, those with blocks twice, and the first reduction where there are passes, but got}}
  %y = nn.matmul %a, %b : (tensor<120x256xf32>, tensor<256x96xf32>) -> tensor<120x96xf32>
  sched.yield %y : tensor<120x96xf32>
}

// -----

sched.task @t schedule <nests = [<vector_dim = 1, lanes = 8, tile = [6, 2, 8], order = [0, 5]>]> {
^bb0(%a: tensor<120x256xf32>, %b: tensor<256x96xf32>):
  // expected-error @+1 {{expected an order of parallel dimensions, and the first reduction where there are passes, but got}}
  %y = nn.matmul %a, %b : (tensor<120x256xf32>, tensor<256x96xf32>) -> tensor<120x96xf32>
  sched.yield %y : tensor<120x96xf32>
}

// -----

// A block of ten rows is no number of tiles of six.
sched.task @t schedule <nests = [<vector_dim = 1, lanes = 8, tile = [6, 2, 8], order = [0, 0, 1] blocks = [0, 10]>]> {
^bb0(%a: tensor<120x256xf32>, %b: tensor<256x96xf32>):
  // expected-error @+1 {{expected blocks of whole tiles, but got}}
  %y = nn.matmul %a, %b : (tensor<120x256xf32>, tensor<256x96xf32>) -> tensor<120x96xf32>
  sched.yield %y : tensor<120x96xf32>
}

// -----

sched.task @t schedule <nests = [<vector_dim = 1, lanes = 8, tile = [6, 2, 8], order = [0, 1] blocks = [2, 16]>]> {
^bb0(%a: tensor<120x256xf32>, %b: tensor<256x96xf32>):
  // expected-error @+1 {{expected blocks of different parallel dimensions, but got}}
  %y = nn.matmul %a, %b : (tensor<120x256xf32>, tensor<256x96xf32>) -> tensor<120x96xf32>
  sched.yield %y : tensor<120x96xf32>
}

// -----

// Passes of 96 of 256 points.
sched.task @t schedule <nests = [<vector_dim = 1, lanes = 8, tile = [6, 2, 8], order = [0, 2, 1] pass = 96>]> {
^bb0(%a: tensor<120x256xf32>, %b: tensor<256x96xf32>):
  // expected-error @+1 {{expected passes of tiles that divide the first reduction, one accumulator that lies in the output, and lanes along a parallel dimension, but got}}
  %y = nn.matmul %a, %b : (tensor<120x256xf32>, tensor<256x96xf32>) -> tensor<120x96xf32>
  sched.yield %y : tensor<120x96xf32>
}

// -----

// There is no third dimension to split.
// expected-error @+1 {{expected phases = the number of neighbouring nests, and a dimension that they can be split along, for each phase, but got 1, 2}}
sched.task @t schedule <phases = [1, 2]> {
^bb0(%a: tensor<120x256xf32>, %b: tensor<256x96xf32>):
  %y = nn.matmul %a, %b : (tensor<120x256xf32>, tensor<256x96xf32>) -> tensor<120x96xf32>
  sched.yield %y : tensor<120x96xf32>
}

// -----

// expected-error @+1 {{expected phases = the number of neighbouring nests, and a dimension that they can be split along, for each phase, but got 2, 0}}
sched.task @t schedule <phases = [2, 0]> {
^bb0(%a: tensor<120x256xf32>, %b: tensor<256x96xf32>):
  %y = nn.matmul %a, %b : (tensor<120x256xf32>, tensor<256x96xf32>) -> tensor<120x96xf32>
  sched.yield %y : tensor<120x96xf32>
}

// -----

// No buffer is computed by strips, nothing block by block.
// expected-error @+1 {{expected strips = a subscript of rows, and fewer rows than it has, for each buffer that can be computed by strips, but got 2, 7}}
sched.task @t schedule <strips = [2, 7]> {
^bb0(%a: tensor<120x256xf32>, %b: tensor<256x96xf32>):
  %y = nn.matmul %a, %b : (tensor<120x256xf32>, tensor<256x96xf32>) -> tensor<120x96xf32>
  sched.yield %y : tensor<120x96xf32>
}

// -----

// expected-error @+1 {{expected rows that fit the task, such as , but got 3}}
sched.task @t schedule <rows = [3]> {
^bb0(%a: tensor<120x256xf32>, %b: tensor<256x96xf32>):
  %y = nn.matmul %a, %b : (tensor<120x256xf32>, tensor<256x96xf32>) -> tensor<120x96xf32>
  sched.yield %y : tensor<120x96xf32>
}
