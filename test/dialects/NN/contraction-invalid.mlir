// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @conv_rank(%x: tensor<1x4xf32>, %w: tensor<6x4xf32>) {
  // expected-error @below {{'nn.conv' op C1: expected operands of equal rank from 3 to 5, but got ranks 2 and 2}}
  %y = nn.conv %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4xf32>, tensor<6x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @conv_ranks(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3xf32>) {
  // expected-error @below {{'nn.conv' op C1: expected operands of equal rank from 3 to 5, but got ranks 4 and 3}}
  %y = nn.conv %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<6x4x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @conv_type(%x: tensor<1x4x8x8xi32>, %w: tensor<6x4x3x3xi32>) {
  // expected-error @below {{'nn.conv' op C1: expected operands of the same float type, but got 'i32' and 'i32'}}
  %y = nn.conv %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xi32>, tensor<6x4x3x3xi32>) -> tensor<f32>
  return
}

// -----

func.func @conv_types(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf64>) {
  // expected-error @below {{'nn.conv' op C1: expected operands of the same float type, but got 'f32' and 'f64'}}
  %y = nn.conv %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf64>) -> tensor<f32>
  return
}

// -----

func.func @conv_strides(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error @below {{'nn.conv' op C2: expected 2 kernel extents, strides and dilations and 4 pads, but got 2, 1, 2 and 4}}
  %y = nn.conv %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1>} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @conv_stride(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error @below {{'nn.conv' op C2: expected strides from 1 to 1048575, but got 0}}
  %y = nn.conv %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 0>} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @conv_dilation(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error @below {{'nn.conv' op C2: expected dilations from 1 to 1048575, but got -1}}
  %y = nn.conv %x, %w {dilations = array<i64: -1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @conv_pad(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error @below {{'nn.conv' op C2: expected pads from 0 to 1048575, but got -1}}
  %y = nn.conv %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, -1>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @conv_weights(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x?x3xf32, affine_map<()[s0] -> (6, 4, s0, 3)>>) {
  // expected-error @below {{'nn.conv' op C3: expected weights of static positive extents, but got 6x4xs0x3}}
  %y = nn.conv %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<6x4x?x3xf32, affine_map<()[s0] -> (6, 4, s0, 3)>>) -> tensor<f32>
  return
}

// -----

func.func @conv_empty_kernel(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x0x3xf32>) {
  // expected-error @below {{'nn.conv' op C3: expected weights of static positive extents, but got 6x4x0x3}}
  %y = nn.conv %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<6x4x0x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @conv_group(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error @below {{'nn.conv' op C3: expected a group count that divides 6, but got 4}}
  %y = nn.conv %x, %w {dilations = array<i64: 1, 1>, group = 4 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @conv_no_group(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error @below {{'nn.conv' op C3: expected a group count that divides 6, but got 0}}
  %y = nn.conv %x, %w {dilations = array<i64: 1, 1>, group = 0 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @conv_channels(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error @below {{'nn.conv' op C4: expected 8 channels, but got 4}}
  %y = nn.conv %x, %w {dilations = array<i64: 1, 1>, group = 2 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @conv_symbolic_channels(%x: tensor<1x?x8x8xf32, affine_map<()[s0] -> (1, s0, 8, 8)>>, %w: tensor<6x4x3x3xf32>) {
  // expected-error @below {{'nn.conv' op C4: expected 4 channels, but got s0}}
  %y = nn.conv %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x?x8x8xf32, affine_map<()[s0] -> (1, s0, 8, 8)>>, tensor<6x4x3x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @conv_bias(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>, %bias: tensor<4xf32>) {
  // expected-error @below {{'nn.conv' op C5: expected a bias of extent 6, but got 4}}
  %y = nn.conv %x, %w, %bias {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>, tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @conv_bias_type(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>, %bias: tensor<6xf64>) {
  // expected-error @below {{'nn.conv' op C5: expected a bias of 'f32', but got 'f64'}}
  %y = nn.conv %x, %w, %bias {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>, tensor<6xf64>) -> tensor<f32>
  return
}

// -----

func.func @conv_window(%x: tensor<1x4x8x2xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error @below {{'nn.conv' op C6: expected a padded extent from 3 to 1099511627776 in spatial dimension 1, but got 2 + 0 + 0}}
  %y = nn.conv %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x2xf32>, tensor<6x4x3x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @conv_transpose_rank(%x: tensor<1x6xf32>, %w: tensor<6x4xf32>) {
  // expected-error @below {{'nn.conv_transpose' op C1: expected operands of equal rank from 3 to 5, but got ranks 2 and 2}}
  %y = nn.conv_transpose %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x6xf32>, tensor<6x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @conv_transpose_types(%x: tensor<1x6x8x8xf32>, %w: tensor<6x4x3x3xf16>) {
  // expected-error @below {{'nn.conv_transpose' op C1: expected operands of the same float type, but got 'f32' and 'f16'}}
  %y = nn.conv_transpose %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x6x8x8xf32>, tensor<6x4x3x3xf16>) -> tensor<f32>
  return
}

// -----

func.func @conv_transpose_pads(%x: tensor<1x6x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error @below {{'nn.conv_transpose' op C2: expected 2 kernel extents, strides and dilations and 4 pads, but got 2, 2, 2 and 2}}
  %y = nn.conv_transpose %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x6x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<f32>
  return
}

// -----

// Only the ends may be negative.
func.func @conv_transpose_begin(%x: tensor<1x6x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error @below {{'nn.conv_transpose' op C2: expected pads from 0 to 1048575, but got -1}}
  %y = nn.conv_transpose %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, -1, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x6x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @conv_transpose_weights(%x: tensor<1x6x8x8xf32>, %w: tensor<6x?x3x3xf32, affine_map<()[s0] -> (6, s0, 3, 3)>>) {
  // expected-error @below {{'nn.conv_transpose' op C3: expected weights of static positive extents, but got 6xs0x3x3}}
  %y = nn.conv_transpose %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x6x8x8xf32>, tensor<6x?x3x3xf32, affine_map<()[s0] -> (6, s0, 3, 3)>>) -> tensor<f32>
  return
}

// -----

func.func @conv_transpose_group(%x: tensor<1x6x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error @below {{'nn.conv_transpose' op C3: expected a group count that divides 6, but got 4}}
  %y = nn.conv_transpose %x, %w {dilations = array<i64: 1, 1>, group = 4 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x6x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @conv_transpose_channels(%x: tensor<1x4x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error @below {{'nn.conv_transpose' op C4: expected 6 channels, but got 4}}
  %y = nn.conv_transpose %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @conv_transpose_bias(%x: tensor<1x6x8x8xf32>, %w: tensor<6x4x3x3xf32>, %bias: tensor<6xf32>) {
  // expected-error @below {{'nn.conv_transpose' op C5: expected a bias of extent 4, but got 6}}
  %y = nn.conv_transpose %x, %w, %bias {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x6x8x8xf32>, tensor<6x4x3x3xf32>, tensor<6xf32>) -> tensor<f32>
  return
}

// -----

func.func @conv_transpose_extent(%x: tensor<1x6x8x8xf32>, %w: tensor<6x4x3x3xf32>) {
  // expected-error @below {{'nn.conv_transpose' op C6: expected a result extent of at least 0 in spatial dimension 0, but got -1}}
  %y = nn.conv_transpose %x, %w {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 11, 0>, strides = array<i64: 1, 1>} : (tensor<1x6x8x8xf32>, tensor<6x4x3x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @matmul_scalar(%a: tensor<f32>, %b: tensor<4xf32>) {
  // expected-error @below {{'nn.matmul' op C1: expected operands of rank 1 or more, but got a scalar}}
  %y = nn.matmul %a, %b : (tensor<f32>, tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @matmul_types(%a: tensor<3x4xf32>, %b: tensor<4x5xf64>) {
  // expected-error @below {{'nn.matmul' op C1: expected operands of the same numeric type, but got 'f32' and 'f64'}}
  %y = nn.matmul %a, %b : (tensor<3x4xf32>, tensor<4x5xf64>) -> tensor<f32>
  return
}

// -----

func.func @matmul_bool(%a: tensor<3x4xi1>, %b: tensor<4x5xi1>) {
  // expected-error @below {{'nn.matmul' op C1: expected operands of the same numeric type, but got 'i1' and 'i1'}}
  %y = nn.matmul %a, %b : (tensor<3x4xi1>, tensor<4x5xi1>) -> tensor<f32>
  return
}

// -----

func.func @matmul_inner(%a: tensor<3x4xf32>, %b: tensor<5x4xf32>) {
  // expected-error @below {{'nn.matmul' op C2: expected equal inner extents, but got 4 and 5}}
  %y = nn.matmul %a, %b : (tensor<3x4xf32>, tensor<5x4xf32>) -> tensor<f32>
  return
}

// -----

// Different symbols may be different extents.
func.func @matmul_inner_symbols(%a: tensor<3x?xf32, affine_map<()[s0] -> (3, s0)>>, %b: tensor<?x4xf32, affine_map<()[s0, s1] -> (s1, 4)>>) {
  // expected-error @below {{'nn.matmul' op C2: expected equal inner extents, but got s0 and s1}}
  %y = nn.matmul %a, %b : (tensor<3x?xf32, affine_map<()[s0] -> (3, s0)>>, tensor<?x4xf32, affine_map<()[s0, s1] -> (s1, 4)>>) -> tensor<f32>
  return
}

// -----

func.func @matmul_leading(%a: tensor<2x3x4xf32>, %b: tensor<5x4x3xf32>) {
  // expected-error @below {{'nn.matmul' op C3: expected leading extents that broadcast, but got 2x3x4 and 5x4x3}}
  %y = nn.matmul %a, %b : (tensor<2x3x4xf32>, tensor<5x4x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @gemm_rank(%a: tensor<3x4xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{'nn.gemm' op C1: expected matrices of the same numeric type, but got 'tensor<3x4xf32>', 'tensor<4xf32>'}}
  %y = nn.gemm %a, %b {alpha = 1.0 : f64, beta = 1.0 : f64, trans_a = false, trans_b = false} : (tensor<3x4xf32>, tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @gemm_c_rank(%a: tensor<3x4xf32>, %b: tensor<4x5xf32>, %c: tensor<1x3x5xf32>) {
  // expected-error @below {{'nn.gemm' op C1: expected matrices of the same numeric type, but got 'tensor<3x4xf32>', 'tensor<4x5xf32>', 'tensor<1x3x5xf32>'}}
  %y = nn.gemm %a, %b, %c {alpha = 1.0 : f64, beta = 1.0 : f64, trans_a = false, trans_b = false} : (tensor<3x4xf32>, tensor<4x5xf32>, tensor<1x3x5xf32>) -> tensor<f32>
  return
}

// -----

func.func @gemm_types(%a: tensor<3x4xf32>, %b: tensor<4x5xf32>, %c: tensor<5xf64>) {
  // expected-error @below {{'nn.gemm' op C1: expected matrices of the same numeric type, but got 'tensor<3x4xf32>', 'tensor<4x5xf32>', 'tensor<5xf64>'}}
  %y = nn.gemm %a, %b, %c {alpha = 1.0 : f64, beta = 1.0 : f64, trans_a = false, trans_b = false} : (tensor<3x4xf32>, tensor<4x5xf32>, tensor<5xf64>) -> tensor<f32>
  return
}

// -----

func.func @gemm_inner(%a: tensor<3x4xf32>, %b: tensor<5x4xf32>) {
  // expected-error @below {{'nn.gemm' op C2: expected equal inner extents, but got 4 and 5}}
  %y = nn.gemm %a, %b {alpha = 1.0 : f64, beta = 1.0 : f64, trans_a = false, trans_b = false} : (tensor<3x4xf32>, tensor<5x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @gemm_transposed_inner(%a: tensor<3x4xf32>, %b: tensor<4x5xf32>) {
  // expected-error @below {{'nn.gemm' op C2: expected equal inner extents, but got 3 and 4}}
  %y = nn.gemm %a, %b {alpha = 1.0 : f64, beta = 1.0 : f64, trans_a = true, trans_b = false} : (tensor<3x4xf32>, tensor<4x5xf32>) -> tensor<f32>
  return
}

// -----

func.func @gemm_c(%a: tensor<3x4xf32>, %b: tensor<4x5xf32>, %c: tensor<3xf32>) {
  // expected-error @below {{'nn.gemm' op C3: expected c to broadcast to 3x5, but got 3}}
  %y = nn.gemm %a, %b, %c {alpha = 1.0 : f64, beta = 1.0 : f64, trans_a = false, trans_b = false} : (tensor<3x4xf32>, tensor<4x5xf32>, tensor<3xf32>) -> tensor<f32>
  return
}

// -----

func.func @gemm_alpha(%a: tensor<3x4xi32>, %b: tensor<4x5xi32>) {
  // expected-error @below {{'nn.gemm' op C4: expected integer factors on integers, but got 5.000000e-01}}
  %y = nn.gemm %a, %b {alpha = 0.5 : f64, beta = 1.0 : f64, trans_a = false, trans_b = false} : (tensor<3x4xi32>, tensor<4x5xi32>) -> tensor<f32>
  return
}

// -----

func.func @gemm_beta(%a: tensor<3x4xi32>, %b: tensor<4x5xi32>, %c: tensor<5xi32>) {
  // expected-error @below {{'nn.gemm' op C4: expected integer factors on integers, but got 1.500000e+00}}
  %y = nn.gemm %a, %b, %c {alpha = 1.0 : f64, beta = 1.5 : f64, trans_a = false, trans_b = false} : (tensor<3x4xi32>, tensor<4x5xi32>, tensor<5xi32>) -> tensor<f32>
  return
}

// -----

func.func @einsum_none() {
  // expected-error @below {{'nn.einsum' op C1: expected one or two operands, but got 0}}
  %y = nn.einsum {equation = "->"} : () -> tensor<f32>
  return
}

// -----

func.func @einsum_three(%a: tensor<2xf32>, %b: tensor<2xf32>, %c: tensor<2xf32>) {
  // expected-error @below {{'nn.einsum' op C1: expected one or two operands, but got 3}}
  %y = nn.einsum %a, %b, %c {equation = "i,i,i->i"} : (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<f32>
  return
}

// -----

func.func @einsum_types(%a: tensor<2xf32>, %b: tensor<2xi32>) {
  // expected-error @below {{'nn.einsum' op C1: expected operands of the same numeric type, but got 'f32' and 'i32'}}
  %y = nn.einsum %a, %b {equation = "i,i->i"} : (tensor<2xf32>, tensor<2xi32>) -> tensor<f32>
  return
}

// -----

func.func @einsum_letters(%a: tensor<2x3xf32>) {
  // expected-error @below {{'nn.einsum' op C2: expected an equation with a letter per dimension, but got 'i->i'}}
  %y = nn.einsum %a {equation = "i->i"} : (tensor<2x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @einsum_terms(%a: tensor<2x3xf32>) {
  // expected-error @below {{'nn.einsum' op C2: expected an equation with a letter per dimension, but got 'ij,j->i'}}
  %y = nn.einsum %a {equation = "ij,j->i"} : (tensor<2x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @einsum_arrow(%a: tensor<2x3xf32>) {
  // expected-error @below {{'nn.einsum' op C2: expected an equation with a letter per dimension, but got 'ij'}}
  %y = nn.einsum %a {equation = "ij"} : (tensor<2x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @einsum_unknown(%a: tensor<2x3xf32>) {
  // expected-error @below {{'nn.einsum' op C2: expected an equation with a letter per dimension, but got 'ij->k'}}
  %y = nn.einsum %a {equation = "ij->k"} : (tensor<2x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @einsum_repeated(%a: tensor<2x3xf32>) {
  // expected-error @below {{'nn.einsum' op C2: expected an equation with a letter per dimension, but got 'ij->ii'}}
  %y = nn.einsum %a {equation = "ij->ii"} : (tensor<2x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @einsum_extents(%a: tensor<2x3xf32>, %b: tensor<4x5xf32>) {
  // expected-error @below {{'nn.einsum' op C3: expected equal extents of 'j', but got 3 and 4}}
  %y = nn.einsum %a, %b {equation = "ij,jk->ik"} : (tensor<2x3xf32>, tensor<4x5xf32>) -> tensor<f32>
  return
}

// -----

func.func @einsum_diagonal(%a: tensor<2x3xf32>) {
  // expected-error @below {{'nn.einsum' op C3: expected equal extents of 'i', but got 2 and 3}}
  %y = nn.einsum %a {equation = "ii->i"} : (tensor<2x3xf32>) -> tensor<f32>
  return
}
