// RUN: tenon-opt %s --split-input-file --verify-diagnostics
// What no op takes: encodings that do not say what the extents are, and elements without a meaning.

// No map says what a dynamic extent is.
func.func @no_encoding(%x: tensor<?xf32>) {
  // expected-error @below {{'nn.equal' op expected an affine map of symbols, with one result per dimension, as encoding of a tensor with symbolic dimensions only, but got 'tensor<?xf32>'}}
  %y = nn.equal %x, %x : (tensor<?xf32>, tensor<?xf32>) -> tensor<4xi1>
  return
}

// -----

func.func @other_encoding(%x: tensor<?xf32, "N">) {
  // expected-error @below {{'nn.equal' op expected an affine map of symbols, with one result per dimension, as encoding of a tensor with symbolic dimensions only, but got 'tensor<?xf32, "N">'}}
  %y = nn.equal %x, %x : (tensor<?xf32, "N">, tensor<?xf32, "N">) -> tensor<4xi1>
  return
}

// -----

func.func @short_encoding(%x: tensor<?x4xf32, affine_map<()[s0] -> (s0)>>) {
  // expected-error @below {{'nn.equal' op expected an affine map of symbols, with one result per dimension, as encoding of a tensor with symbolic dimensions only, but got 'tensor<?x4xf32, affine_map<()[s0] -> (s0)>>'}}
  %y = nn.equal %x, %x : (tensor<?x4xf32, affine_map<()[s0] -> (s0)>>, tensor<?x4xf32, affine_map<()[s0] -> (s0)>>) -> tensor<4xi1>
  return
}

// -----

// Extents are expressions over symbols, not dimensions.
func.func @dimension(%x: tensor<?xf32, affine_map<(d0) -> (d0)>>) {
  // expected-error @below {{'nn.equal' op expected an affine map of symbols, with one result per dimension, as encoding of a tensor with symbolic dimensions only, but got 'tensor<?xf32, affine_map<(d0) -> (d0)>>'}}
  %y = nn.equal %x, %x : (tensor<?xf32, affine_map<(d0) -> (d0)>>, tensor<?xf32, affine_map<(d0) -> (d0)>>) -> tensor<4xi1>
  return
}

// -----

func.func @static_encoding(%x: tensor<4xf32, affine_map<()[s0] -> (s0)>>) {
  // expected-error @below {{'nn.equal' op expected an affine map of symbols, with one result per dimension, as encoding of a tensor with symbolic dimensions only, but got 'tensor<4xf32, affine_map<()[s0] -> (s0)>>'}}
  %y = nn.equal %x, %x : (tensor<4xf32, affine_map<()[s0] -> (s0)>>, tensor<4xf32, affine_map<()[s0] -> (s0)>>) -> tensor<4xi1>
  return
}

// -----

// One form only per type.
func.func @more_symbols(%x: tensor<?xf32, affine_map<()[s0, s1] -> (s0)>>) {
  // expected-error @below {{'nn.equal' op expected an affine map of symbols, with one result per dimension, as encoding of a tensor with symbolic dimensions only, but got 'tensor<?xf32, affine_map<()[s0, s1] -> (s0)>>'}}
  %y = nn.equal %x, %x : (tensor<?xf32, affine_map<()[s0, s1] -> (s0)>>, tensor<?xf32, affine_map<()[s0, s1] -> (s0)>>) -> tensor<4xi1>
  return
}

// -----

func.func @complex(%x: tensor<4xcomplex<f32>>) {
  // expected-error @below {{'nn.equal' op expected elements of booleans, of signless or unsigned integers of at most 64 bits or of floats of at most 64 bits, but got 'complex<f32>'}}
  %y = nn.equal %x, %x : (tensor<4xcomplex<f32>>, tensor<4xcomplex<f32>>) -> tensor<4xi1>
  return
}

// -----

func.func @wide(%x: tensor<4xi128>) {
  // expected-error @below {{'nn.equal' op expected elements of booleans, of signless or unsigned integers of at most 64 bits or of floats of at most 64 bits, but got 'i128'}}
  %y = nn.equal %x, %x : (tensor<4xi128>, tensor<4xi128>) -> tensor<4xi1>
  return
}

// -----

func.func @odd(%x: tensor<4xi7>) {
  // expected-error @below {{'nn.equal' op expected elements of booleans, of signless or unsigned integers of at most 64 bits or of floats of at most 64 bits, but got 'i7'}}
  %y = nn.equal %x, %x : (tensor<4xi7>, tensor<4xi7>) -> tensor<4xi1>
  return
}

// -----

func.func @index(%x: tensor<4xindex>) {
  // expected-error @below {{'nn.equal' op expected elements of booleans, of signless or unsigned integers of at most 64 bits or of floats of at most 64 bits, but got 'index'}}
  %y = nn.equal %x, %x : (tensor<4xindex>, tensor<4xindex>) -> tensor<4xi1>
  return
}

// -----

// Signed integers are signless here.
func.func @signed(%x: tensor<4xsi8>) {
  // expected-error @below {{'nn.equal' op expected elements of booleans, of signless or unsigned integers of at most 64 bits or of floats of at most 64 bits, but got 'si8'}}
  %y = nn.equal %x, %x : (tensor<4xsi8>, tensor<4xsi8>) -> tensor<4xi1>
  return
}

// -----

func.func @extended(%x: tensor<4xf80>) {
  // expected-error @below {{'nn.equal' op expected elements of booleans, of signless or unsigned integers of at most 64 bits or of floats of at most 64 bits, but got 'f80'}}
  %y = nn.equal %x, %x : (tensor<4xf80>, tensor<4xf80>) -> tensor<4xi1>
  return
}

// -----

func.func @result(%x: tensor<4xf32>) {
  // expected-error @below {{'nn.cast' op expected elements of booleans, of signless or unsigned integers of at most 64 bits or of floats of at most 64 bits, but got 'index'}}
  %y = nn.cast %x {to = index} : (tensor<4xf32>) -> tensor<4xindex>
  return
}
