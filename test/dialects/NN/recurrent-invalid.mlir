// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @lstm_types(%x: tensor<5x2x3xf32>, %w: tensor<1x16x3xf32>, %r: tensor<1x16x4xf64>) {
  // expected-error @below {{'nn.lstm' op C1: expected operands of the same float type, but got 'f32' and 'f64'}}
  %y:3 = nn.lstm %x, %w, %r {activations = ["sigmoid", "tanh", "tanh"], alpha = array<f64: 0.0, 0.0, 0.0>, beta = array<f64: 0.0, 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x16x3xf32>, tensor<1x16x4xf64>) -> (tensor<f32>, tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @lstm_integers(%x: tensor<5x2x3xi32>, %w: tensor<1x16x3xi32>, %r: tensor<1x16x4xi32>) {
  // expected-error @below {{'nn.lstm' op C1: expected operands of the same float type, but got 'i32' and 'i32'}}
  %y:3 = nn.lstm %x, %w, %r {activations = ["sigmoid", "tanh", "tanh"], alpha = array<f64: 0.0, 0.0, 0.0>, beta = array<f64: 0.0, 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0>} : (tensor<5x2x3xi32>, tensor<1x16x3xi32>, tensor<1x16x4xi32>) -> (tensor<f32>, tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @lstm_lengths_type(%x: tensor<5x2x3xf32>, %w: tensor<1x16x3xf32>, %r: tensor<1x16x4xf32>, %sequence_lens: tensor<2xi64>) {
  // expected-error @below {{'nn.lstm' op C1: expected sequence_lens of i32, but got 'i64'}}
  %y:3 = nn.lstm %x, %w, %r, %sequence_lens {activations = ["sigmoid", "tanh", "tanh"], alpha = array<f64: 0.0, 0.0, 0.0>, beta = array<f64: 0.0, 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x16x3xf32>, tensor<1x16x4xf32>, tensor<2xi64>) -> (tensor<f32>, tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @lstm_direction(%x: tensor<5x2x3xf32>, %w: tensor<1x16x3xf32>, %r: tensor<1x16x4xf32>) {
  // expected-error @below {{'nn.lstm' op C2: expected direction forward, reverse or bidirectional, but got 'backward'}}
  %y:3 = nn.lstm %x, %w, %r {activations = ["sigmoid", "tanh", "tanh"], alpha = array<f64: 0.0, 0.0, 0.0>, beta = array<f64: 0.0, 0.0, 0.0>, direction = "backward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x16x3xf32>, tensor<1x16x4xf32>) -> (tensor<f32>, tensor<f32>, tensor<f32>)
  return
}

// -----

// Two directions need twice as many.
func.func @lstm_activations(%x: tensor<5x2x3xf32>, %w: tensor<1x16x3xf32>, %r: tensor<1x16x4xf32>) {
  // expected-error @below {{'nn.lstm' op C2: expected 6 activations, alphas and betas, but got 3, 3 and 3}}
  %y:3 = nn.lstm %x, %w, %r {activations = ["sigmoid", "tanh", "tanh"], alpha = array<f64: 0.0, 0.0, 0.0>, beta = array<f64: 0.0, 0.0, 0.0>, direction = "bidirectional", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x16x3xf32>, tensor<1x16x4xf32>) -> (tensor<f32>, tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @lstm_activation(%x: tensor<5x2x3xf32>, %w: tensor<1x16x3xf32>, %r: tensor<1x16x4xf32>) {
  // expected-error @below {{'nn.lstm' op C2: expected a known activation, but got "gelu"}}
  %y:3 = nn.lstm %x, %w, %r {activations = ["gelu", "gelu", "gelu"], alpha = array<f64: 0.0, 0.0, 0.0>, beta = array<f64: 0.0, 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x16x3xf32>, tensor<1x16x4xf32>) -> (tensor<f32>, tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @lstm_rank(%x: tensor<5x3xf32>, %w: tensor<1x16x3xf32>, %r: tensor<1x16x4xf32>) {
  // expected-error @below {{'nn.lstm' op C3: expected x, w and r of rank 3, but got 'tensor<5x3xf32>', 'tensor<1x16x3xf32>' and 'tensor<1x16x4xf32>'}}
  %y:3 = nn.lstm %x, %w, %r {activations = ["sigmoid", "tanh", "tanh"], alpha = array<f64: 0.0, 0.0, 0.0>, beta = array<f64: 0.0, 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0>} : (tensor<5x3xf32>, tensor<1x16x3xf32>, tensor<1x16x4xf32>) -> (tensor<f32>, tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @lstm_hidden(%x: tensor<5x2x3xf32>, %w: tensor<1x16x3xf32>, %r: tensor<1x16x?xf32, affine_map<()[s0] -> (1, 16, s0)>>) {
  // expected-error @below {{'nn.lstm' op C3: expected a static positive hidden size, but got s0}}
  %y:3 = nn.lstm %x, %w, %r {activations = ["sigmoid", "tanh", "tanh"], alpha = array<f64: 0.0, 0.0, 0.0>, beta = array<f64: 0.0, 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x16x3xf32>, tensor<1x16x?xf32, affine_map<()[s0] -> (1, 16, s0)>>) -> (tensor<f32>, tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @lstm_weights(%x: tensor<5x2x3xf32>, %w: tensor<1x16x2xf32>, %r: tensor<1x16x4xf32>) {
  // expected-error @below {{'nn.lstm' op C3: expected w of shape 1x16x3, but got 1x16x2}}
  %y:3 = nn.lstm %x, %w, %r {activations = ["sigmoid", "tanh", "tanh"], alpha = array<f64: 0.0, 0.0, 0.0>, beta = array<f64: 0.0, 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x16x2xf32>, tensor<1x16x4xf32>) -> (tensor<f32>, tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @lstm_recurrence(%x: tensor<5x2x3xf32>, %w: tensor<1x16x3xf32>, %r: tensor<1x17x4xf32>) {
  // expected-error @below {{'nn.lstm' op C3: expected r of shape 1x16x4, but got 1x17x4}}
  %y:3 = nn.lstm %x, %w, %r {activations = ["sigmoid", "tanh", "tanh"], alpha = array<f64: 0.0, 0.0, 0.0>, beta = array<f64: 0.0, 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x16x3xf32>, tensor<1x17x4xf32>) -> (tensor<f32>, tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @lstm_bias(%x: tensor<5x2x3xf32>, %w: tensor<1x16x3xf32>, %r: tensor<1x16x4xf32>, %b: tensor<1x16xf32>) {
  // expected-error @below {{'nn.lstm' op C3: expected b of shape 1x32, but got 1x16}}
  %y:3 = nn.lstm %x, %w, %r, %b {activations = ["sigmoid", "tanh", "tanh"], alpha = array<f64: 0.0, 0.0, 0.0>, beta = array<f64: 0.0, 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x16x3xf32>, tensor<1x16x4xf32>, tensor<1x16xf32>) -> (tensor<f32>, tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @lstm_lengths(%x: tensor<5x2x3xf32>, %w: tensor<1x16x3xf32>, %r: tensor<1x16x4xf32>, %sequence_lens: tensor<5xi32>) {
  // expected-error @below {{'nn.lstm' op C3: expected sequence_lens of shape 2, but got 5}}
  %y:3 = nn.lstm %x, %w, %r, %sequence_lens {activations = ["sigmoid", "tanh", "tanh"], alpha = array<f64: 0.0, 0.0, 0.0>, beta = array<f64: 0.0, 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x16x3xf32>, tensor<1x16x4xf32>, tensor<5xi32>) -> (tensor<f32>, tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @lstm_state(%x: tensor<5x2x3xf32>, %w: tensor<1x16x3xf32>, %r: tensor<1x16x4xf32>, %initial_h: tensor<2x1x4xf32>) {
  // expected-error @below {{'nn.lstm' op C3: expected initial_h of shape 1x2x4, but got 2x1x4}}
  %y:3 = nn.lstm %x, %w, %r, %initial_h {activations = ["sigmoid", "tanh", "tanh"], alpha = array<f64: 0.0, 0.0, 0.0>, beta = array<f64: 0.0, 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x16x3xf32>, tensor<1x16x4xf32>, tensor<2x1x4xf32>) -> (tensor<f32>, tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @lstm_cell(%x: tensor<5x2x3xf32>, %w: tensor<1x16x3xf32>, %r: tensor<1x16x4xf32>, %initial_c: tensor<1x2x3xf32>) {
  // expected-error @below {{'nn.lstm' op C3: expected initial_c of shape 1x2x4, but got 1x2x3}}
  %y:3 = nn.lstm %x, %w, %r, %initial_c {activations = ["sigmoid", "tanh", "tanh"], alpha = array<f64: 0.0, 0.0, 0.0>, beta = array<f64: 0.0, 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 1, 0>} : (tensor<5x2x3xf32>, tensor<1x16x3xf32>, tensor<1x16x4xf32>, tensor<1x2x3xf32>) -> (tensor<f32>, tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @lstm_peepholes(%x: tensor<5x2x3xf32>, %w: tensor<1x16x3xf32>, %r: tensor<1x16x4xf32>, %p: tensor<1x16xf32>) {
  // expected-error @below {{'nn.lstm' op C3: expected p of shape 1x12, but got 1x16}}
  %y:3 = nn.lstm %x, %w, %r, %p {activations = ["sigmoid", "tanh", "tanh"], alpha = array<f64: 0.0, 0.0, 0.0>, beta = array<f64: 0.0, 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 1>} : (tensor<5x2x3xf32>, tensor<1x16x3xf32>, tensor<1x16x4xf32>, tensor<1x16xf32>) -> (tensor<f32>, tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @lstm_clip(%x: tensor<5x2x3xf32>, %w: tensor<1x16x3xf32>, %r: tensor<1x16x4xf32>) {
  // expected-error @below {{'nn.lstm' op C4: expected a clip of at least 0, but got -1.000000e+00}}
  %y:3 = nn.lstm %x, %w, %r {activations = ["sigmoid", "tanh", "tanh"], alpha = array<f64: 0.0, 0.0, 0.0>, beta = array<f64: 0.0, 0.0, 0.0>, clip = -1.0 : f64, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x16x3xf32>, tensor<1x16x4xf32>) -> (tensor<f32>, tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @gru_types(%x: tensor<5x2x3xf32>, %w: tensor<1x12x3xf32>, %r: tensor<1x12x4xf64>) {
  // expected-error @below {{'nn.gru' op C1: expected operands of the same float type, but got 'f32' and 'f64'}}
  %y:2 = nn.gru %x, %w, %r {activations = ["sigmoid", "tanh"], alpha = array<f64: 0.0, 0.0>, beta = array<f64: 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x12x3xf32>, tensor<1x12x4xf64>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @gru_integers(%x: tensor<5x2x3xi32>, %w: tensor<1x12x3xi32>, %r: tensor<1x12x4xi32>) {
  // expected-error @below {{'nn.gru' op C1: expected operands of the same float type, but got 'i32' and 'i32'}}
  %y:2 = nn.gru %x, %w, %r {activations = ["sigmoid", "tanh"], alpha = array<f64: 0.0, 0.0>, beta = array<f64: 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x2x3xi32>, tensor<1x12x3xi32>, tensor<1x12x4xi32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @gru_lengths_type(%x: tensor<5x2x3xf32>, %w: tensor<1x12x3xf32>, %r: tensor<1x12x4xf32>, %sequence_lens: tensor<2xi64>) {
  // expected-error @below {{'nn.gru' op C1: expected sequence_lens of i32, but got 'i64'}}
  %y:2 = nn.gru %x, %w, %r, %sequence_lens {activations = ["sigmoid", "tanh"], alpha = array<f64: 0.0, 0.0>, beta = array<f64: 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 0>} : (tensor<5x2x3xf32>, tensor<1x12x3xf32>, tensor<1x12x4xf32>, tensor<2xi64>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @gru_direction(%x: tensor<5x2x3xf32>, %w: tensor<1x12x3xf32>, %r: tensor<1x12x4xf32>) {
  // expected-error @below {{'nn.gru' op C2: expected direction forward, reverse or bidirectional, but got 'backward'}}
  %y:2 = nn.gru %x, %w, %r {activations = ["sigmoid", "tanh"], alpha = array<f64: 0.0, 0.0>, beta = array<f64: 0.0, 0.0>, direction = "backward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x12x3xf32>, tensor<1x12x4xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

// Two directions need twice as many.
func.func @gru_activations(%x: tensor<5x2x3xf32>, %w: tensor<1x12x3xf32>, %r: tensor<1x12x4xf32>) {
  // expected-error @below {{'nn.gru' op C2: expected 4 activations, alphas and betas, but got 2, 2 and 2}}
  %y:2 = nn.gru %x, %w, %r {activations = ["sigmoid", "tanh"], alpha = array<f64: 0.0, 0.0>, beta = array<f64: 0.0, 0.0>, direction = "bidirectional", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x12x3xf32>, tensor<1x12x4xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @gru_activation(%x: tensor<5x2x3xf32>, %w: tensor<1x12x3xf32>, %r: tensor<1x12x4xf32>) {
  // expected-error @below {{'nn.gru' op C2: expected a known activation, but got "gelu"}}
  %y:2 = nn.gru %x, %w, %r {activations = ["gelu", "gelu"], alpha = array<f64: 0.0, 0.0>, beta = array<f64: 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x12x3xf32>, tensor<1x12x4xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @gru_rank(%x: tensor<5x3xf32>, %w: tensor<1x12x3xf32>, %r: tensor<1x12x4xf32>) {
  // expected-error @below {{'nn.gru' op C3: expected x, w and r of rank 3, but got 'tensor<5x3xf32>', 'tensor<1x12x3xf32>' and 'tensor<1x12x4xf32>'}}
  %y:2 = nn.gru %x, %w, %r {activations = ["sigmoid", "tanh"], alpha = array<f64: 0.0, 0.0>, beta = array<f64: 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x3xf32>, tensor<1x12x3xf32>, tensor<1x12x4xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @gru_hidden(%x: tensor<5x2x3xf32>, %w: tensor<1x12x3xf32>, %r: tensor<1x12x?xf32, affine_map<()[s0] -> (1, 12, s0)>>) {
  // expected-error @below {{'nn.gru' op C3: expected a static positive hidden size, but got s0}}
  %y:2 = nn.gru %x, %w, %r {activations = ["sigmoid", "tanh"], alpha = array<f64: 0.0, 0.0>, beta = array<f64: 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x12x3xf32>, tensor<1x12x?xf32, affine_map<()[s0] -> (1, 12, s0)>>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @gru_weights(%x: tensor<5x2x3xf32>, %w: tensor<1x12x2xf32>, %r: tensor<1x12x4xf32>) {
  // expected-error @below {{'nn.gru' op C3: expected w of shape 1x12x3, but got 1x12x2}}
  %y:2 = nn.gru %x, %w, %r {activations = ["sigmoid", "tanh"], alpha = array<f64: 0.0, 0.0>, beta = array<f64: 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x12x2xf32>, tensor<1x12x4xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @gru_recurrence(%x: tensor<5x2x3xf32>, %w: tensor<1x12x3xf32>, %r: tensor<1x13x4xf32>) {
  // expected-error @below {{'nn.gru' op C3: expected r of shape 1x12x4, but got 1x13x4}}
  %y:2 = nn.gru %x, %w, %r {activations = ["sigmoid", "tanh"], alpha = array<f64: 0.0, 0.0>, beta = array<f64: 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x12x3xf32>, tensor<1x13x4xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @gru_bias(%x: tensor<5x2x3xf32>, %w: tensor<1x12x3xf32>, %r: tensor<1x12x4xf32>, %b: tensor<1x12xf32>) {
  // expected-error @below {{'nn.gru' op C3: expected b of shape 1x24, but got 1x12}}
  %y:2 = nn.gru %x, %w, %r, %b {activations = ["sigmoid", "tanh"], alpha = array<f64: 0.0, 0.0>, beta = array<f64: 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x12x3xf32>, tensor<1x12x4xf32>, tensor<1x12xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @gru_lengths(%x: tensor<5x2x3xf32>, %w: tensor<1x12x3xf32>, %r: tensor<1x12x4xf32>, %sequence_lens: tensor<5xi32>) {
  // expected-error @below {{'nn.gru' op C3: expected sequence_lens of shape 2, but got 5}}
  %y:2 = nn.gru %x, %w, %r, %sequence_lens {activations = ["sigmoid", "tanh"], alpha = array<f64: 0.0, 0.0>, beta = array<f64: 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 0>} : (tensor<5x2x3xf32>, tensor<1x12x3xf32>, tensor<1x12x4xf32>, tensor<5xi32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @gru_state(%x: tensor<5x2x3xf32>, %w: tensor<1x12x3xf32>, %r: tensor<1x12x4xf32>, %initial_h: tensor<2x1x4xf32>) {
  // expected-error @below {{'nn.gru' op C3: expected initial_h of shape 1x2x4, but got 2x1x4}}
  %y:2 = nn.gru %x, %w, %r, %initial_h {activations = ["sigmoid", "tanh"], alpha = array<f64: 0.0, 0.0>, beta = array<f64: 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1>} : (tensor<5x2x3xf32>, tensor<1x12x3xf32>, tensor<1x12x4xf32>, tensor<2x1x4xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @gru_clip(%x: tensor<5x2x3xf32>, %w: tensor<1x12x3xf32>, %r: tensor<1x12x4xf32>) {
  // expected-error @below {{'nn.gru' op C4: expected a clip of at least 0, but got -1.000000e+00}}
  %y:2 = nn.gru %x, %w, %r {activations = ["sigmoid", "tanh"], alpha = array<f64: 0.0, 0.0>, beta = array<f64: 0.0, 0.0>, clip = -1.0 : f64, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x12x3xf32>, tensor<1x12x4xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @rnn_types(%x: tensor<5x2x3xf32>, %w: tensor<1x4x3xf32>, %r: tensor<1x4x4xf64>) {
  // expected-error @below {{'nn.rnn' op C1: expected operands of the same float type, but got 'f32' and 'f64'}}
  %y:2 = nn.rnn %x, %w, %r {activations = ["tanh"], alpha = array<f64: 0.0>, beta = array<f64: 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x4x3xf32>, tensor<1x4x4xf64>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @rnn_integers(%x: tensor<5x2x3xi32>, %w: tensor<1x4x3xi32>, %r: tensor<1x4x4xi32>) {
  // expected-error @below {{'nn.rnn' op C1: expected operands of the same float type, but got 'i32' and 'i32'}}
  %y:2 = nn.rnn %x, %w, %r {activations = ["tanh"], alpha = array<f64: 0.0>, beta = array<f64: 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x2x3xi32>, tensor<1x4x3xi32>, tensor<1x4x4xi32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @rnn_lengths_type(%x: tensor<5x2x3xf32>, %w: tensor<1x4x3xf32>, %r: tensor<1x4x4xf32>, %sequence_lens: tensor<2xi64>) {
  // expected-error @below {{'nn.rnn' op C1: expected sequence_lens of i32, but got 'i64'}}
  %y:2 = nn.rnn %x, %w, %r, %sequence_lens {activations = ["tanh"], alpha = array<f64: 0.0>, beta = array<f64: 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 0>} : (tensor<5x2x3xf32>, tensor<1x4x3xf32>, tensor<1x4x4xf32>, tensor<2xi64>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @rnn_direction(%x: tensor<5x2x3xf32>, %w: tensor<1x4x3xf32>, %r: tensor<1x4x4xf32>) {
  // expected-error @below {{'nn.rnn' op C2: expected direction forward, reverse or bidirectional, but got 'backward'}}
  %y:2 = nn.rnn %x, %w, %r {activations = ["tanh"], alpha = array<f64: 0.0>, beta = array<f64: 0.0>, direction = "backward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x4x3xf32>, tensor<1x4x4xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

// Two directions need twice as many.
func.func @rnn_activations(%x: tensor<5x2x3xf32>, %w: tensor<1x4x3xf32>, %r: tensor<1x4x4xf32>) {
  // expected-error @below {{'nn.rnn' op C2: expected 2 activations, alphas and betas, but got 1, 1 and 1}}
  %y:2 = nn.rnn %x, %w, %r {activations = ["tanh"], alpha = array<f64: 0.0>, beta = array<f64: 0.0>, direction = "bidirectional", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x4x3xf32>, tensor<1x4x4xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @rnn_activation(%x: tensor<5x2x3xf32>, %w: tensor<1x4x3xf32>, %r: tensor<1x4x4xf32>) {
  // expected-error @below {{'nn.rnn' op C2: expected a known activation, but got "gelu"}}
  %y:2 = nn.rnn %x, %w, %r {activations = ["gelu"], alpha = array<f64: 0.0>, beta = array<f64: 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x4x3xf32>, tensor<1x4x4xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @rnn_rank(%x: tensor<5x3xf32>, %w: tensor<1x4x3xf32>, %r: tensor<1x4x4xf32>) {
  // expected-error @below {{'nn.rnn' op C3: expected x, w and r of rank 3, but got 'tensor<5x3xf32>', 'tensor<1x4x3xf32>' and 'tensor<1x4x4xf32>'}}
  %y:2 = nn.rnn %x, %w, %r {activations = ["tanh"], alpha = array<f64: 0.0>, beta = array<f64: 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x3xf32>, tensor<1x4x3xf32>, tensor<1x4x4xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @rnn_hidden(%x: tensor<5x2x3xf32>, %w: tensor<1x4x3xf32>, %r: tensor<1x4x?xf32, affine_map<()[s0] -> (1, 4, s0)>>) {
  // expected-error @below {{'nn.rnn' op C3: expected a static positive hidden size, but got s0}}
  %y:2 = nn.rnn %x, %w, %r {activations = ["tanh"], alpha = array<f64: 0.0>, beta = array<f64: 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x4x3xf32>, tensor<1x4x?xf32, affine_map<()[s0] -> (1, 4, s0)>>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @rnn_weights(%x: tensor<5x2x3xf32>, %w: tensor<1x4x2xf32>, %r: tensor<1x4x4xf32>) {
  // expected-error @below {{'nn.rnn' op C3: expected w of shape 1x4x3, but got 1x4x2}}
  %y:2 = nn.rnn %x, %w, %r {activations = ["tanh"], alpha = array<f64: 0.0>, beta = array<f64: 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x4x2xf32>, tensor<1x4x4xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @rnn_recurrence(%x: tensor<5x2x3xf32>, %w: tensor<1x4x3xf32>, %r: tensor<1x5x4xf32>) {
  // expected-error @below {{'nn.rnn' op C3: expected r of shape 1x4x4, but got 1x5x4}}
  %y:2 = nn.rnn %x, %w, %r {activations = ["tanh"], alpha = array<f64: 0.0>, beta = array<f64: 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x4x3xf32>, tensor<1x5x4xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @rnn_bias(%x: tensor<5x2x3xf32>, %w: tensor<1x4x3xf32>, %r: tensor<1x4x4xf32>, %b: tensor<1x4xf32>) {
  // expected-error @below {{'nn.rnn' op C3: expected b of shape 1x8, but got 1x4}}
  %y:2 = nn.rnn %x, %w, %r, %b {activations = ["tanh"], alpha = array<f64: 0.0>, beta = array<f64: 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x4x3xf32>, tensor<1x4x4xf32>, tensor<1x4xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @rnn_lengths(%x: tensor<5x2x3xf32>, %w: tensor<1x4x3xf32>, %r: tensor<1x4x4xf32>, %sequence_lens: tensor<5xi32>) {
  // expected-error @below {{'nn.rnn' op C3: expected sequence_lens of shape 2, but got 5}}
  %y:2 = nn.rnn %x, %w, %r, %sequence_lens {activations = ["tanh"], alpha = array<f64: 0.0>, beta = array<f64: 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 0>} : (tensor<5x2x3xf32>, tensor<1x4x3xf32>, tensor<1x4x4xf32>, tensor<5xi32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @rnn_state(%x: tensor<5x2x3xf32>, %w: tensor<1x4x3xf32>, %r: tensor<1x4x4xf32>, %initial_h: tensor<2x1x4xf32>) {
  // expected-error @below {{'nn.rnn' op C3: expected initial_h of shape 1x2x4, but got 2x1x4}}
  %y:2 = nn.rnn %x, %w, %r, %initial_h {activations = ["tanh"], alpha = array<f64: 0.0>, beta = array<f64: 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1>} : (tensor<5x2x3xf32>, tensor<1x4x3xf32>, tensor<1x4x4xf32>, tensor<2x1x4xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @rnn_clip(%x: tensor<5x2x3xf32>, %w: tensor<1x4x3xf32>, %r: tensor<1x4x4xf32>) {
  // expected-error @below {{'nn.rnn' op C4: expected a clip of at least 0, but got -1.000000e+00}}
  %y:2 = nn.rnn %x, %w, %r {activations = ["tanh"], alpha = array<f64: 0.0>, beta = array<f64: 0.0>, clip = -1.0 : f64, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x4x3xf32>, tensor<1x4x4xf32>) -> (tensor<f32>, tensor<f32>)
  return
}
