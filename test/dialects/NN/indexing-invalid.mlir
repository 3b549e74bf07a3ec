// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @gather_axis(%x: tensor<4x5xf32>, %indices: tensor<2xi64>) {
  // expected-error @below {{'nn.gather' op C1: expected an axis in [0, 2), but got 2}}
  %y = nn.gather %x, %indices {axis = 2 : i64} : (tensor<4x5xf32>, tensor<2xi64>) -> tensor<f32>
  return
}

// -----

func.func @gather_negative_axis(%x: tensor<4x5xf32>, %indices: tensor<2xi64>) {
  // expected-error @below {{'nn.gather' op C1: expected an axis in [0, 2), but got -1}}
  %y = nn.gather %x, %indices {axis = -1 : i64} : (tensor<4x5xf32>, tensor<2xi64>) -> tensor<f32>
  return
}

// -----

func.func @gather_indices(%x: tensor<4x5xf32>, %indices: tensor<2xf32>) {
  // expected-error @below {{'nn.gather' op C2: expected integer indices, but got 'f32'}}
  %y = nn.gather %x, %indices {axis = 0 : i64} : (tensor<4x5xf32>, tensor<2xf32>) -> tensor<f32>
  return
}

// -----

func.func @gather_bools(%x: tensor<4x5xf32>, %indices: tensor<2xi1>) {
  // expected-error @below {{'nn.gather' op C2: expected integer indices, but got 'i1'}}
  %y = nn.gather %x, %indices {axis = 0 : i64} : (tensor<4x5xf32>, tensor<2xi1>) -> tensor<f32>
  return
}

// -----

func.func @gather_empty(%x: tensor<0x5xf32>, %indices: tensor<2xi64>) {
  // expected-error @below {{'nn.gather' op C3: expected an axis that is not empty, but got 0x5}}
  %y = nn.gather %x, %indices {axis = 0 : i64} : (tensor<0x5xf32>, tensor<2xi64>) -> tensor<f32>
  return
}

// -----

func.func @gather_elements_axis(%x: tensor<4x5xf32>, %indices: tensor<4x5xi64>) {
  // expected-error @below {{'nn.gather_elements' op C1: expected an axis in [0, 2), but got 2}}
  %y = nn.gather_elements %x, %indices {axis = 2 : i64} : (tensor<4x5xf32>, tensor<4x5xi64>) -> tensor<f32>
  return
}

// -----

func.func @gather_elements_type(%x: tensor<4x5xf32>, %indices: tensor<4x5xf32>) {
  // expected-error @below {{'nn.gather_elements' op C2: expected integer indices, but got 'f32'}}
  %y = nn.gather_elements %x, %indices {axis = 0 : i64} : (tensor<4x5xf32>, tensor<4x5xf32>) -> tensor<f32>
  return
}

// -----

func.func @gather_elements_rank(%x: tensor<4x5xf32>, %indices: tensor<4xi64>) {
  // expected-error @below {{'nn.gather_elements' op C2: expected indices of a shape within 4x5 but along axis 0, but got 4}}
  %y = nn.gather_elements %x, %indices {axis = 0 : i64} : (tensor<4x5xf32>, tensor<4xi64>) -> tensor<f32>
  return
}

// -----

func.func @gather_elements_extent(%x: tensor<4x5xf32>, %indices: tensor<4x6xi64>) {
  // expected-error @below {{'nn.gather_elements' op C2: expected indices of a shape within 4x5 but along axis 0, but got 4x6}}
  %y = nn.gather_elements %x, %indices {axis = 0 : i64} : (tensor<4x5xf32>, tensor<4x6xi64>) -> tensor<f32>
  return
}

// -----

func.func @gather_elements_empty(%x: tensor<0x5xf32>, %indices: tensor<4x5xi64>) {
  // expected-error @below {{'nn.gather_elements' op C3: expected an axis that is not empty, but got 0x5}}
  %y = nn.gather_elements %x, %indices {axis = 0 : i64} : (tensor<0x5xf32>, tensor<4x5xi64>) -> tensor<f32>
  return
}

// -----

func.func @gather_nd_type(%x: tensor<4x5xf32>, %indices: tensor<7x2xf32>) {
  // expected-error @below {{'nn.gather_nd' op C1: expected integer indices of rank at least 1 and static last extent, but got 'tensor<7x2xf32>'}}
  %y = nn.gather_nd %x, %indices {batch_dims = 0 : i64} : (tensor<4x5xf32>, tensor<7x2xf32>) -> tensor<f32>
  return
}

// -----

func.func @gather_nd_scalar(%x: tensor<4x5xf32>, %indices: tensor<i64>) {
  // expected-error @below {{'nn.gather_nd' op C1: expected integer indices of rank at least 1 and static last extent, but got 'tensor<i64>'}}
  %y = nn.gather_nd %x, %indices {batch_dims = 0 : i64} : (tensor<4x5xf32>, tensor<i64>) -> tensor<f32>
  return
}

// -----

func.func @gather_nd_symbolic(%x: tensor<4x5xf32>, %indices: tensor<7x?xi64, affine_map<()[s0] -> (7, s0)>>) {
  // expected-error @below {{'nn.gather_nd' op C1: expected integer indices of rank at least 1 and static last extent, but got 'tensor<7x?xi64, affine_map<()[s0] -> (7, s0)>>'}}
  %y = nn.gather_nd %x, %indices {batch_dims = 0 : i64} : (tensor<4x5xf32>, tensor<7x?xi64, affine_map<()[s0] -> (7, s0)>>) -> tensor<f32>
  return
}

// -----

func.func @gather_nd_batch(%x: tensor<4x5xf32>, %indices: tensor<3x1xi64>) {
  // expected-error @below {{'nn.gather_nd' op C2: expected 1 batch dimensions that agree, but got 4x5 and 3x1}}
  %y = nn.gather_nd %x, %indices {batch_dims = 1 : i64} : (tensor<4x5xf32>, tensor<3x1xi64>) -> tensor<f32>
  return
}

// -----

func.func @gather_nd_batches(%x: tensor<4x5xf32>, %indices: tensor<4x1xi64>) {
  // expected-error @below {{'nn.gather_nd' op C2: expected 2 batch dimensions that agree, but got 4x5 and 4x1}}
  %y = nn.gather_nd %x, %indices {batch_dims = 2 : i64} : (tensor<4x5xf32>, tensor<4x1xi64>) -> tensor<f32>
  return
}

// -----

func.func @gather_nd_tuple(%x: tensor<4x5xf32>, %indices: tensor<7x3xi64>) {
  // expected-error @below {{'nn.gather_nd' op C3: expected tuples of at most 2 indices, but got 3}}
  %y = nn.gather_nd %x, %indices {batch_dims = 0 : i64} : (tensor<4x5xf32>, tensor<7x3xi64>) -> tensor<f32>
  return
}

// -----

func.func @gather_nd_empty(%x: tensor<4x0xf32>, %indices: tensor<7x2xi64>) {
  // expected-error @below {{'nn.gather_nd' op C4: expected indexed dimensions that are not empty, but got 4x0}}
  %y = nn.gather_nd %x, %indices {batch_dims = 0 : i64} : (tensor<4x0xf32>, tensor<7x2xi64>) -> tensor<f32>
  return
}

// -----

func.func @scatter_elements_axis(%x: tensor<4x5xf32>, %indices: tensor<2x5xi64>, %updates: tensor<2x5xf32>) {
  // expected-error @below {{'nn.scatter_elements' op C1: expected an axis in [0, 2), but got 2}}
  %y = nn.scatter_elements %x, %indices, %updates {axis = 2 : i64, reduction = "none"} : (tensor<4x5xf32>, tensor<2x5xi64>, tensor<2x5xf32>) -> tensor<f32>
  return
}

// -----

func.func @scatter_elements_extent(%x: tensor<4x5xf32>, %indices: tensor<2x6xi64>, %updates: tensor<2x6xf32>) {
  // expected-error @below {{'nn.scatter_elements' op C2: expected indices of a shape within 4x5 but along axis 0, but got 2x6}}
  %y = nn.scatter_elements %x, %indices, %updates {axis = 0 : i64, reduction = "none"} : (tensor<4x5xf32>, tensor<2x6xi64>, tensor<2x6xf32>) -> tensor<f32>
  return
}

// -----

func.func @scatter_elements_indices(%x: tensor<4x5xf32>, %indices: tensor<2x5xf32>, %updates: tensor<2x5xf32>) {
  // expected-error @below {{'nn.scatter_elements' op C2: expected integer indices, but got 'f32'}}
  %y = nn.scatter_elements %x, %indices, %updates {axis = 0 : i64, reduction = "none"} : (tensor<4x5xf32>, tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<f32>
  return
}

// -----

func.func @scatter_elements_shape(%x: tensor<4x5xf32>, %indices: tensor<2x5xi64>, %updates: tensor<2x4xf32>) {
  // expected-error @below {{'nn.scatter_elements' op C3: expected updates of shape 2x5 and element type 'f32', but got 'tensor<2x4xf32>'}}
  %y = nn.scatter_elements %x, %indices, %updates {axis = 0 : i64, reduction = "none"} : (tensor<4x5xf32>, tensor<2x5xi64>, tensor<2x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @scatter_elements_type(%x: tensor<4x5xf32>, %indices: tensor<2x5xi64>, %updates: tensor<2x5xf64>) {
  // expected-error @below {{'nn.scatter_elements' op C3: expected updates of shape 2x5 and element type 'f32', but got 'tensor<2x5xf64>'}}
  %y = nn.scatter_elements %x, %indices, %updates {axis = 0 : i64, reduction = "none"} : (tensor<4x5xf32>, tensor<2x5xi64>, tensor<2x5xf64>) -> tensor<f32>
  return
}

// -----

func.func @scatter_elements_reduction(%x: tensor<4x5xf32>, %indices: tensor<2x5xi64>, %updates: tensor<2x5xf32>) {
  // expected-error @below {{'nn.scatter_elements' op C4: expected a reduction none, add, mul, max or min on 'f32', but got sum}}
  %y = nn.scatter_elements %x, %indices, %updates {axis = 0 : i64, reduction = "sum"} : (tensor<4x5xf32>, tensor<2x5xi64>, tensor<2x5xf32>) -> tensor<f32>
  return
}

// -----

func.func @scatter_elements_bools(%x: tensor<4x5xi1>, %indices: tensor<2x5xi64>, %updates: tensor<2x5xi1>) {
  // expected-error @below {{'nn.scatter_elements' op C4: expected a reduction none, add, mul, max or min on 'i1', but got add}}
  %y = nn.scatter_elements %x, %indices, %updates {axis = 0 : i64, reduction = "add"} : (tensor<4x5xi1>, tensor<2x5xi64>, tensor<2x5xi1>) -> tensor<f32>
  return
}

// -----

func.func @scatter_elements_empty(%x: tensor<0x5xf32>, %indices: tensor<2x5xi64>, %updates: tensor<2x5xf32>) {
  // expected-error @below {{'nn.scatter_elements' op C5: expected an axis that is not empty, but got 0x5}}
  %y = nn.scatter_elements %x, %indices, %updates {axis = 0 : i64, reduction = "none"} : (tensor<0x5xf32>, tensor<2x5xi64>, tensor<2x5xf32>) -> tensor<f32>
  return
}

// -----

func.func @scatter_nd_indices(%x: tensor<4x5x6xf32>, %indices: tensor<3x2xf32>, %updates: tensor<3x6xf32>) {
  // expected-error @below {{'nn.scatter_nd' op C1: expected integer indices of rank at least 1 and a static last extent of at most 3, but got 'tensor<3x2xf32>'}}
  %y = nn.scatter_nd %x, %indices, %updates {reduction = "none"} : (tensor<4x5x6xf32>, tensor<3x2xf32>, tensor<3x6xf32>) -> tensor<f32>
  return
}

// -----

func.func @scatter_nd_tuple(%x: tensor<4x5xf32>, %indices: tensor<3x3xi64>, %updates: tensor<3xf32>) {
  // expected-error @below {{'nn.scatter_nd' op C1: expected integer indices of rank at least 1 and a static last extent of at most 2, but got 'tensor<3x3xi64>'}}
  %y = nn.scatter_nd %x, %indices, %updates {reduction = "none"} : (tensor<4x5xf32>, tensor<3x3xi64>, tensor<3xf32>) -> tensor<f32>
  return
}

// -----

func.func @scatter_nd_updates(%x: tensor<4x5x6xf32>, %indices: tensor<3x2xi64>, %updates: tensor<3x5xf32>) {
  // expected-error @below {{'nn.scatter_nd' op C2: expected updates of shape 3x6 and element type 'f32', but got 'tensor<3x5xf32>'}}
  %y = nn.scatter_nd %x, %indices, %updates {reduction = "none"} : (tensor<4x5x6xf32>, tensor<3x2xi64>, tensor<3x5xf32>) -> tensor<f32>
  return
}

// -----

func.func @scatter_nd_type(%x: tensor<4x5x6xf32>, %indices: tensor<3x2xi64>, %updates: tensor<3x6xi32>) {
  // expected-error @below {{'nn.scatter_nd' op C2: expected updates of shape 3x6 and element type 'f32', but got 'tensor<3x6xi32>'}}
  %y = nn.scatter_nd %x, %indices, %updates {reduction = "none"} : (tensor<4x5x6xf32>, tensor<3x2xi64>, tensor<3x6xi32>) -> tensor<f32>
  return
}

// -----

func.func @scatter_nd_reduction(%x: tensor<4x5x6xf32>, %indices: tensor<3x2xi64>, %updates: tensor<3x6xf32>) {
  // expected-error @below {{'nn.scatter_nd' op C3: expected a reduction none, add, mul, max or min on 'f32', but got mean}}
  %y = nn.scatter_nd %x, %indices, %updates {reduction = "mean"} : (tensor<4x5x6xf32>, tensor<3x2xi64>, tensor<3x6xf32>) -> tensor<f32>
  return
}

// -----

func.func @scatter_nd_bools(%x: tensor<4x5x6xi1>, %indices: tensor<3x2xi64>, %updates: tensor<3x6xi1>) {
  // expected-error @below {{'nn.scatter_nd' op C3: expected a reduction none, add, mul, max or min on 'i1', but got mul}}
  %y = nn.scatter_nd %x, %indices, %updates {reduction = "mul"} : (tensor<4x5x6xi1>, tensor<3x2xi64>, tensor<3x6xi1>) -> tensor<f32>
  return
}

// -----

func.func @scatter_nd_empty(%x: tensor<4x0x6xf32>, %indices: tensor<3x2xi64>, %updates: tensor<3x6xf32>) {
  // expected-error @below {{'nn.scatter_nd' op C4: expected indexed dimensions that are not empty, but got 4x0x6}}
  %y = nn.scatter_nd %x, %indices, %updates {reduction = "none"} : (tensor<4x0x6xf32>, tensor<3x2xi64>, tensor<3x6xf32>) -> tensor<f32>
  return
}

// -----

func.func @one_hot_axis(%indices: tensor<2x3xi64>, %values: tensor<2xf32>) {
  // expected-error @below {{'nn.one_hot' op C1: expected an axis in [0, 2], but got 3}}
  %y = nn.one_hot %indices, %values {axis = 3 : i64, depth = 5 : i64} : (tensor<2x3xi64>, tensor<2xf32>) -> tensor<f32>
  return
}

// -----

func.func @one_hot_depth(%indices: tensor<2x3xi64>, %values: tensor<2xf32>) {
  // expected-error @below {{'nn.one_hot' op C2: expected a depth that is not negative, but got -1}}
  %y = nn.one_hot %indices, %values {axis = 1 : i64, depth = -1 : i64} : (tensor<2x3xi64>, tensor<2xf32>) -> tensor<f32>
  return
}

// -----

func.func @one_hot_values(%indices: tensor<2x3xi64>, %values: tensor<3xf32>) {
  // expected-error @below {{'nn.one_hot' op C3: expected two values, but got shape 3}}
  %y = nn.one_hot %indices, %values {axis = 1 : i64, depth = 5 : i64} : (tensor<2x3xi64>, tensor<3xf32>) -> tensor<f32>
  return
}

// -----

func.func @one_hot_scalar_value(%indices: tensor<2x3xi64>, %values: tensor<f32>) {
  // expected-error @below {{'nn.one_hot' op C3: expected two values, but got shape scalar}}
  %y = nn.one_hot %indices, %values {axis = 1 : i64, depth = 5 : i64} : (tensor<2x3xi64>, tensor<f32>) -> tensor<f32>
  return
}

// -----

func.func @trilu_rank(%x: tensor<4xf32>) {
  // expected-error @below {{'nn.trilu' op C1: expected rank at least 2, but got 'tensor<4xf32>'}}
  %y = nn.trilu %x {k = 0 : i64, upper = true} : (tensor<4xf32>) -> tensor<f32>
  return
}

// -----

func.func @reverse_sequence_axes(%x: tensor<4x3xf32>, %lengths: tensor<3xi64>) {
  // expected-error @below {{'nn.reverse_sequence' op C1: expected two different axes in [0, 2), but got 1 and 1}}
  %y = nn.reverse_sequence %x, %lengths {batch_axis = 1 : i64, time_axis = 1 : i64} : (tensor<4x3xf32>, tensor<3xi64>) -> tensor<f32>
  return
}

// -----

func.func @reverse_sequence_axis(%x: tensor<4x3xf32>, %lengths: tensor<3xi64>) {
  // expected-error @below {{'nn.reverse_sequence' op C1: expected two different axes in [0, 2), but got 1 and 2}}
  %y = nn.reverse_sequence %x, %lengths {batch_axis = 1 : i64, time_axis = 2 : i64} : (tensor<4x3xf32>, tensor<3xi64>) -> tensor<f32>
  return
}

// -----

func.func @reverse_sequence_lengths(%x: tensor<4x3xf32>, %lengths: tensor<4xi64>) {
  // expected-error @below {{'nn.reverse_sequence' op C2: expected integer lengths of shape 3, but got 'tensor<4xi64>'}}
  %y = nn.reverse_sequence %x, %lengths {batch_axis = 1 : i64, time_axis = 0 : i64} : (tensor<4x3xf32>, tensor<4xi64>) -> tensor<f32>
  return
}

// -----

func.func @reverse_sequence_type(%x: tensor<4x3xf32>, %lengths: tensor<3xf32>) {
  // expected-error @below {{'nn.reverse_sequence' op C2: expected integer lengths of shape 3, but got 'tensor<3xf32>'}}
  %y = nn.reverse_sequence %x, %lengths {batch_axis = 1 : i64, time_axis = 0 : i64} : (tensor<4x3xf32>, tensor<3xf32>) -> tensor<f32>
  return
}
