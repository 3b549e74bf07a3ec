// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @reshape_dims(%x: tensor<4xf32>) {
  // expected-error @below {{'nn.reshape' op C1: expected extents of symbols only, none negative, but got affine_map<(d0) -> (d0)>}}
  %y = nn.reshape %x {shape = affine_map<(d0) -> (d0)>} : (tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @reshape_negative(%x: tensor<4xf32>) {
  // expected-error @below {{'nn.reshape' op C1: expected extents of symbols only, none negative, but got affine_map<() -> (-4)>}}
  %y = nn.reshape %x {shape = affine_map<() -> (-4)>} : (tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @reshape_elements(%x: tensor<2x3x4xf32>) {
  // expected-error @below {{'nn.reshape' op C2: expected a shape of as many elements as 2x3x4, but got 5x5}}
  %y = nn.reshape %x {shape = affine_map<() -> (5, 5)>} : (tensor<2x3x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @reshape_symbols(%x: tensor<?x4xf32, affine_map<()[s0] -> (s0, 4)>>) {
  // expected-error @below {{'nn.reshape' op C2: expected a shape of as many elements as s0x4, but got s0xs1}}
  %y = nn.reshape %x {shape = affine_map<()[s0, s1] -> (s0, s1)>} : (tensor<?x4xf32, affine_map<()[s0] -> (s0, 4)>>) -> tensor<f32>
  return
}

// -----

func.func @transpose_twice(%x: tensor<2x3x4xf32>) {
  // expected-error @below {{'nn.transpose' op C1: expected a permutation of 3 dimensions, but got 0, 1, 1}}
  %y = nn.transpose %x {perm = array<i64: 0, 1, 1>} : (tensor<2x3x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @transpose_range(%x: tensor<2x3x4xf32>) {
  // expected-error @below {{'nn.transpose' op C1: expected a permutation of 3 dimensions, but got 0, 1, 3}}
  %y = nn.transpose %x {perm = array<i64: 0, 1, 3>} : (tensor<2x3x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @transpose_length(%x: tensor<2x3x4xf32>) {
  // expected-error @below {{'nn.transpose' op C1: expected a permutation of 3 dimensions, but got 0, 1}}
  %y = nn.transpose %x {perm = array<i64: 0, 1>} : (tensor<2x3x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @concat_none() {
  // expected-error @below {{'nn.concat' op C1: expected at least one operand}}
  %y = nn.concat {axis = 0 : i64} : () -> tensor<f32>
  return
}

// -----

func.func @concat_axis(%a: tensor<2x3xf32>) {
  // expected-error @below {{'nn.concat' op C2: expected an axis in [0, 2), but got 2}}
  %y = nn.concat %a {axis = 2 : i64} : (tensor<2x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @concat_types(%a: tensor<2x3xf32>, %b: tensor<2x3xf64>) {
  // expected-error @below {{'nn.concat' op C3: expected operands of element type 'f32', but got 'f64'}}
  %y = nn.concat %a, %b {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x3xf64>) -> tensor<f32>
  return
}

// -----

func.func @concat_ranks(%a: tensor<2x3xf32>, %b: tensor<2xf32>) {
  // expected-error @below {{'nn.concat' op C3: expected operands that agree but along axis 0, but got 2x3 and 2}}
  %y = nn.concat %a, %b {axis = 0 : i64} : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<f32>
  return
}

// -----

func.func @concat_extents(%a: tensor<2x3xf32>, %b: tensor<3x3xf32>) {
  // expected-error @below {{'nn.concat' op C3: expected operands that agree but along axis 1, but got 2x3 and 3x3}}
  %y = nn.concat %a, %b {axis = 1 : i64} : (tensor<2x3xf32>, tensor<3x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @concat_overflow(%a: tensor<2x9223372036854775807xf32>, %b: tensor<2x1xf32>) {
  // expected-error @below {{'nn.concat' op C4: the extents along axis 1 overflow}}
  %y = nn.concat %a, %b {axis = 1 : i64} : (tensor<2x9223372036854775807xf32>, tensor<2x1xf32>) -> tensor<f32>
  return
}

// -----

func.func @slice_entries(%x: tensor<4x4xf32>) {
  // expected-error @below {{'nn.slice' op C1: expected one start, size and step per dimension of 4x4, but got affine_map<() -> (0)>, affine_map<() -> (2, 2)>, 1, 1}}
  %y = nn.slice %x {sizes = affine_map<() -> (2, 2)>, starts = affine_map<() -> (0)>, steps = array<i64: 1, 1>} : (tensor<4x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @slice_steps(%x: tensor<4x4xf32>) {
  // expected-error @below {{'nn.slice' op C1: expected one start, size and step per dimension of 4x4, but got affine_map<() -> (0, 0)>, affine_map<() -> (2, 2)>, 1}}
  %y = nn.slice %x {sizes = affine_map<() -> (2, 2)>, starts = affine_map<() -> (0, 0)>, steps = array<i64: 1>} : (tensor<4x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @slice_dims(%x: tensor<4xf32>) {
  // expected-error @below {{'nn.slice' op C1: expected one start, size and step per dimension of 4, but got affine_map<(d0) -> (d0)>, affine_map<() -> (2)>, 1}}
  %y = nn.slice %x {sizes = affine_map<() -> (2)>, starts = affine_map<(d0) -> (d0)>, steps = array<i64: 1>} : (tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @slice_step(%x: tensor<4x4xf32>) {
  // expected-error @below {{'nn.slice' op C2: expected steps other than 0}}
  %y = nn.slice %x {sizes = affine_map<() -> (2, 2)>, starts = affine_map<() -> (0, 0)>, steps = array<i64: 1, 0>} : (tensor<4x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @slice_size(%x: tensor<4x4xf32>) {
  // expected-error @below {{'nn.slice' op C3: expected sizes that are not negative, but got affine_map<() -> (2, -1)>}}
  %y = nn.slice %x {sizes = affine_map<() -> (2, -1)>, starts = affine_map<() -> (0, 0)>, steps = array<i64: 1, 1>} : (tensor<4x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @slice_end(%x: tensor<4x4xf32>) {
  // expected-error @below {{'nn.slice' op C4: expected a slice inside of dimension 1 of extent 4, but got start 3, size 2, step 1}}
  %y = nn.slice %x {sizes = affine_map<() -> (2, 2)>, starts = affine_map<() -> (0, 3)>, steps = array<i64: 1, 1>} : (tensor<4x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @slice_start(%x: tensor<4x4xf32>) {
  // expected-error @below {{'nn.slice' op C4: expected a slice inside of dimension 1 of extent 4, but got start 1, size 2, step -2}}
  %y = nn.slice %x {sizes = affine_map<() -> (2, 2)>, starts = affine_map<() -> (0, 1)>, steps = array<i64: 1, -2>} : (tensor<4x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @slice_overflow(%x: tensor<4x4xf32>) {
  // expected-error @below {{'nn.slice' op C4: expected a slice inside of dimension 1 of extent 4, but got start 0, size 4611686018427387904, step 4}}
  %y = nn.slice %x {sizes = affine_map<() -> (2, 4611686018427387904)>, starts = affine_map<() -> (0, 0)>, steps = array<i64: 1, 4>} : (tensor<4x4xf32>) -> tensor<f32>
  return
}

// -----

// N may be 1.
module attributes {nn.symbols = [#nn.symbol<"N", 1, 8>]} {
func.func @slice_symbolic(%x: tensor<?x4xf32, affine_map<()[s0] -> (s0, 4)>>) {
  // expected-error @below {{'nn.slice' op C4: expected a slice inside of dimension 0 of extent s0, but got start 0, size 2, step 1}}
  %y = nn.slice %x {sizes = affine_map<() -> (2, 2)>, starts = affine_map<() -> (0, 0)>, steps = array<i64: 1, 1>} : (tensor<?x4xf32, affine_map<()[s0] -> (s0, 4)>>) -> tensor<f32>
  return
}
}

// -----

func.func @pad_entries(%x: tensor<4x4xf32>) {
  // expected-error @below {{'nn.pad' op C1: expected 4 pads, but got 2}}
  %y = nn.pad %x {mode = "constant", pads = array<i64: 0, 0>} : (tensor<4x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @pad_mode(%x: tensor<4x4xf32>) {
  // expected-error @below {{'nn.pad' op C2: expected mode constant, edge, reflect or wrap, but got mirror}}
  %y = nn.pad %x {mode = "mirror", pads = array<i64: 0, 0, 0, 0>} : (tensor<4x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @pad_value_type(%x: tensor<4x4xf32>, %value: tensor<f64>) {
  // expected-error @below {{'nn.pad' op C3: expected a value, with mode constant only, of type tensor<'f32'>, but got 'tensor<f64>' with mode constant}}
  %y = nn.pad %x, %value {mode = "constant", pads = array<i64: 0, 0, 0, 0>} : (tensor<4x4xf32>, tensor<f64>) -> tensor<f32>
  return
}

// -----

func.func @pad_value_mode(%x: tensor<4x4xf32>, %value: tensor<f32>) {
  // expected-error @below {{'nn.pad' op C3: expected a value, with mode constant only, of type tensor<'f32'>, but got 'tensor<f32>' with mode edge}}
  %y = nn.pad %x, %value {mode = "edge", pads = array<i64: 0, 0, 0, 0>} : (tensor<4x4xf32>, tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @pad_value_rank(%x: tensor<4x4xf32>, %value: tensor<1xf32>) {
  // expected-error @below {{'nn.pad' op C3: expected a value, with mode constant only, of type tensor<'f32'>, but got 'tensor<1xf32>' with mode constant}}
  %y = nn.pad %x, %value {mode = "constant", pads = array<i64: 0, 0, 0, 0>} : (tensor<4x4xf32>, tensor<1xf32>) -> tensor<f32>
  return
}

// -----

func.func @pad_negative(%x: tensor<4x4xf32>) {
  // expected-error @below {{'nn.pad' op C4: expected pads that leave at least 0 of dimension 0 of extent 4, but got -3 and -2}}
  %y = nn.pad %x {mode = "constant", pads = array<i64: -3, 0, -2, 0>} : (tensor<4x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @pad_empty(%x: tensor<4x4xf32>) {
  // expected-error @below {{'nn.pad' op C4: expected pads that leave at least 1 of dimension 0 of extent 4, but got -4 and 2}}
  %y = nn.pad %x {mode = "edge", pads = array<i64: -4, 0, 2, 0>} : (tensor<4x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @pad_overflow(%x: tensor<4x4xf32>) {
  // expected-error @below {{'nn.pad' op C5: dimension 0 of the result overflows}}
  %y = nn.pad %x {mode = "constant", pads = array<i64: 9223372036854775807, 0, 0, 0>} : (tensor<4x4xf32>) -> tensor<f32>
  return
}

// -----

// A reflection of 2 elements needs 3.
module attributes {nn.symbols = [#nn.symbol<"N", 2, 8>]} {
func.func @pad_reflect_symbolic(%x: tensor<?x4xf32, affine_map<()[s0] -> (s0, 4)>>) {
  // expected-error @below {{'nn.pad' op C6: expected dimension 0 of extent s0 to be at least 3}}
  %y = nn.pad %x {mode = "reflect", pads = array<i64: 2, 0, 0, 0>} : (tensor<?x4xf32, affine_map<()[s0] -> (s0, 4)>>) -> tensor<f32>
  return
}
}

// -----

module attributes {nn.symbols = [#nn.symbol<"N", 1, 8>]} {
func.func @pad_wrap_symbolic(%x: tensor<?x4xf32, affine_map<()[s0] -> (s0, 4)>>) {
  // expected-error @below {{'nn.pad' op C6: expected dimension 0 of extent s0 to be at least 2}}
  %y = nn.pad %x {mode = "wrap", pads = array<i64: 0, 0, 2, 0>} : (tensor<?x4xf32, affine_map<()[s0] -> (s0, 4)>>) -> tensor<f32>
  return
}
}

// -----

func.func @broadcast_dims(%x: tensor<1xf32>) {
  // expected-error @below {{'nn.broadcast' op C1: expected extents of symbols only, none negative, but got affine_map<(d0) -> (d0)>}}
  %y = nn.broadcast %x {shape = affine_map<(d0) -> (d0)>} : (tensor<1xf32>) -> tensor<f32>
  return
}

// -----

func.func @broadcast_negative(%x: tensor<1xf32>) {
  // expected-error @below {{'nn.broadcast' op C1: expected extents of symbols only, none negative, but got affine_map<() -> (-1)>}}
  %y = nn.broadcast %x {shape = affine_map<() -> (-1)>} : (tensor<1xf32>) -> tensor<f32>
  return
}

// -----

func.func @broadcast_extent(%x: tensor<3xf32>) {
  // expected-error @below {{'nn.broadcast' op C2: expected a shape that 3 broadcasts to, but got 2x4}}
  %y = nn.broadcast %x {shape = affine_map<() -> (2, 4)>} : (tensor<3xf32>) -> tensor<f32>
  return
}

// -----

func.func @broadcast_rank(%x: tensor<2x4xf32>) {
  // expected-error @below {{'nn.broadcast' op C2: expected a shape that 2x4 broadcasts to, but got 4}}
  %y = nn.broadcast %x {shape = affine_map<() -> (4)>} : (tensor<2x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @tile_dims(%x: tensor<4xf32>) {
  // expected-error @below {{'nn.tile' op C1: expected 1 repeats of symbols only, none negative, but got affine_map<(d0) -> (d0)>}}
  %y = nn.tile %x {repeats = affine_map<(d0) -> (d0)>} : (tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @tile_entries(%x: tensor<4xf32>) {
  // expected-error @below {{'nn.tile' op C1: expected 1 repeats of symbols only, none negative, but got affine_map<() -> (1, 2)>}}
  %y = nn.tile %x {repeats = affine_map<() -> (1, 2)>} : (tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @tile_negative(%x: tensor<4xf32>) {
  // expected-error @below {{'nn.tile' op C1: expected 1 repeats of symbols only, none negative, but got affine_map<() -> (-1)>}}
  %y = nn.tile %x {repeats = affine_map<() -> (-1)>} : (tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @tile_overflow(%x: tensor<4xf32>) {
  // expected-error @below {{'nn.tile' op C2: 4 repeated 4611686018427387904 times overflows}}
  %y = nn.tile %x {repeats = affine_map<() -> (4611686018427387904)>} : (tensor<4xf32>) -> tensor<f32>
  return
}
