// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// Each op survives printing and parsing, and has the result types that it should.

// CHECK-DAG: #[[$MAP:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s1, 3)>
// CHECK-DAG: #[[$MAP1:map[0-9]*]] = affine_map<()[s0, s1] -> (s1)>
// CHECK-DAG: #[[$MAP2:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, 1, s1, 4)>
// CHECK-DAG: #[[$MAP3:map[0-9]*]] = affine_map<()[s0, s1] -> (1, s1, 4)>
// CHECK-DAG: #[[$MAP4:map[0-9]*]] = affine_map<()[s0] -> (s0, 2, 3)>
// CHECK-DAG: #[[$MAP5:map[0-9]*]] = affine_map<()[s0] -> (s0, 1, 2, 4)>
// CHECK-DAG: #[[$MAP6:map[0-9]*]] = affine_map<()[s0] -> (5, s0, 3)>
// CHECK-DAG: #[[$MAP7:map[0-9]*]] = affine_map<()[s0] -> (5, 1, s0, 4)>
// CHECK-DAG: #[[$MAP8:map[0-9]*]] = affine_map<()[s0] -> (1, s0, 4)>

// CHECK-LABEL: @lstm(
// CHECK: nn.lstm %{{.*}}, %{{.*}}, %{{.*}} {activations = ["sigmoid", "tanh", "tanh"], alpha = array<f64: 0.000000e+00, 0.000000e+00, 0.000000e+00>, beta = array<f64: 0.000000e+00, 0.000000e+00, 0.000000e+00>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x16x3xf32>, tensor<1x16x4xf32>) -> (tensor<5x1x2x4xf32>, tensor<1x2x4xf32>, tensor<1x2x4xf32>)
func.func @lstm(%x: tensor<5x2x3xf32>, %w: tensor<1x16x3xf32>, %r: tensor<1x16x4xf32>) {
  %y:3 = nn.lstm %x, %w, %r {activations = ["sigmoid", "tanh", "tanh"], alpha = array<f64: 0.0, 0.0, 0.0>, beta = array<f64: 0.0, 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x16x3xf32>, tensor<1x16x4xf32>) -> (tensor<5x1x2x4xf32>, tensor<1x2x4xf32>, tensor<1x2x4xf32>)
  return
}

// Every optional operand and attribute; batch comes first.
// CHECK-LABEL: @lstm_all(
// CHECK: nn.lstm %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {activations = ["sigmoid", "tanh", "tanh", "hardsigmoid", "scaledtanh", "relu"], alpha = array<f64: 0.000000e+00, 0.000000e+00, 0.000000e+00, 2.000000e-01, 1.500000e+00, 0.000000e+00>, batch_major, beta = array<f64: 0.000000e+00, 0.000000e+00, 0.000000e+00, 5.000000e-01, 5.000000e-01, 0.000000e+00>, clip = 3.500000e+00 : f64, direction = "bidirectional", input_forget, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 1, 1>} : (tensor<2x5x3xf16>, tensor<2x16x3xf16>, tensor<2x16x4xf16>, tensor<2x32xf16>, tensor<2xi32>, tensor<2x2x4xf16>, tensor<2x2x4xf16>, tensor<2x12xf16>) -> (tensor<2x5x2x4xf16>, tensor<2x2x4xf16>, tensor<2x2x4xf16>)
func.func @lstm_all(%x: tensor<2x5x3xf16>, %w: tensor<2x16x3xf16>, %r: tensor<2x16x4xf16>, %b: tensor<2x32xf16>, %sequence_lens: tensor<2xi32>, %initial_h: tensor<2x2x4xf16>, %initial_c: tensor<2x2x4xf16>, %p: tensor<2x12xf16>) {
  %y:3 = nn.lstm %x, %w, %r, %b, %sequence_lens, %initial_h, %initial_c, %p {activations = ["sigmoid", "tanh", "tanh", "hardsigmoid", "scaledtanh", "relu"], alpha = array<f64: 0.0, 0.0, 0.0, 0.2, 1.5, 0.0>, batch_major, beta = array<f64: 0.0, 0.0, 0.0, 0.5, 0.5, 0.0>, clip = 3.5 : f64, direction = "bidirectional", input_forget, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 1, 1>} : (tensor<2x5x3xf16>, tensor<2x16x3xf16>, tensor<2x16x4xf16>, tensor<2x32xf16>, tensor<2xi32>, tensor<2x2x4xf16>, tensor<2x2x4xf16>, tensor<2x12xf16>) -> (tensor<2x5x2x4xf16>, tensor<2x2x4xf16>, tensor<2x2x4xf16>)
  return
}

// CHECK-LABEL: @lstm_symbolic(
// CHECK: nn.lstm %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {activations = ["sigmoid", "tanh", "tanh"], alpha = array<f64: 0.000000e+00, 0.000000e+00, 0.000000e+00>, beta = array<f64: 0.000000e+00, 0.000000e+00, 0.000000e+00>, direction = "reverse", operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 0, 0, 0>} : (tensor<?x?x3xf32, #[[$MAP]]>, tensor<1x16x3xf32>, tensor<1x16x4xf32>, tensor<?xi32, #[[$MAP1]]>) -> (tensor<?x1x?x4xf32, #[[$MAP2]]>, tensor<1x?x4xf32, #[[$MAP3]]>, tensor<1x?x4xf32, #[[$MAP3]]>)
func.func @lstm_symbolic(%x: tensor<?x?x3xf32, affine_map<()[s0, s1] -> (s0, s1, 3)>>, %w: tensor<1x16x3xf32>, %r: tensor<1x16x4xf32>, %sequence_lens: tensor<?xi32, affine_map<()[s0, s1] -> (s1)>>) {
  %y:3 = nn.lstm %x, %w, %r, %sequence_lens {activations = ["sigmoid", "tanh", "tanh"], alpha = array<f64: 0.0, 0.0, 0.0>, beta = array<f64: 0.0, 0.0, 0.0>, direction = "reverse", operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 0, 0, 0>} : (tensor<?x?x3xf32, affine_map<()[s0, s1] -> (s0, s1, 3)>>, tensor<1x16x3xf32>, tensor<1x16x4xf32>, tensor<?xi32, affine_map<()[s0, s1] -> (s1)>>) -> (tensor<?x1x?x4xf32, affine_map<()[s0, s1] -> (s0, 1, s1, 4)>>, tensor<1x?x4xf32, affine_map<()[s0, s1] -> (1, s1, 4)>>, tensor<1x?x4xf32, affine_map<()[s0, s1] -> (1, s1, 4)>>)
  return
}

// CHECK-LABEL: @gru(
// CHECK: nn.gru %{{.*}}, %{{.*}}, %{{.*}} {activations = ["sigmoid", "tanh"], alpha = array<f64: 0.000000e+00, 0.000000e+00>, beta = array<f64: 0.000000e+00, 0.000000e+00>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x12x3xf32>, tensor<1x12x4xf32>) -> (tensor<5x1x2x4xf32>, tensor<1x2x4xf32>)
func.func @gru(%x: tensor<5x2x3xf32>, %w: tensor<1x12x3xf32>, %r: tensor<1x12x4xf32>) {
  %y:2 = nn.gru %x, %w, %r {activations = ["sigmoid", "tanh"], alpha = array<f64: 0.0, 0.0>, beta = array<f64: 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x12x3xf32>, tensor<1x12x4xf32>) -> (tensor<5x1x2x4xf32>, tensor<1x2x4xf32>)
  return
}

// CHECK-LABEL: @gru_all(
// CHECK: nn.gru %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {activations = ["sigmoid", "tanh", "sigmoid", "tanh"], alpha = array<f64: 0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00>, beta = array<f64: 0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00>, clip = 1.000000e+00 : f64, direction = "bidirectional", linear_before_reset, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1>} : (tensor<5x2x3xf32>, tensor<2x12x3xf32>, tensor<2x12x4xf32>, tensor<2x24xf32>, tensor<2xi32>, tensor<2x2x4xf32>) -> (tensor<5x2x2x4xf32>, tensor<2x2x4xf32>)
func.func @gru_all(%x: tensor<5x2x3xf32>, %w: tensor<2x12x3xf32>, %r: tensor<2x12x4xf32>, %b: tensor<2x24xf32>, %sequence_lens: tensor<2xi32>, %initial_h: tensor<2x2x4xf32>) {
  %y:2 = nn.gru %x, %w, %r, %b, %sequence_lens, %initial_h {activations = ["sigmoid", "tanh", "sigmoid", "tanh"], alpha = array<f64: 0.0, 0.0, 0.0, 0.0>, beta = array<f64: 0.0, 0.0, 0.0, 0.0>, clip = 1.0 : f64, direction = "bidirectional", linear_before_reset, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1>} : (tensor<5x2x3xf32>, tensor<2x12x3xf32>, tensor<2x12x4xf32>, tensor<2x24xf32>, tensor<2xi32>, tensor<2x2x4xf32>) -> (tensor<5x2x2x4xf32>, tensor<2x2x4xf32>)
  return
}

// CHECK-LABEL: @gru_symbolic(
// CHECK: nn.gru %{{.*}}, %{{.*}}, %{{.*}} {activations = ["sigmoid", "tanh"], alpha = array<f64: 0.000000e+00, 0.000000e+00>, beta = array<f64: 0.000000e+00, 0.000000e+00>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<?x2x3xf32, #[[$MAP4]]>, tensor<1x12x3xf32>, tensor<1x12x4xf32>) -> (tensor<?x1x2x4xf32, #[[$MAP5]]>, tensor<1x2x4xf32>)
func.func @gru_symbolic(%x: tensor<?x2x3xf32, affine_map<()[s0] -> (s0, 2, 3)>>, %w: tensor<1x12x3xf32>, %r: tensor<1x12x4xf32>) {
  %y:2 = nn.gru %x, %w, %r {activations = ["sigmoid", "tanh"], alpha = array<f64: 0.0, 0.0>, beta = array<f64: 0.0, 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<?x2x3xf32, affine_map<()[s0] -> (s0, 2, 3)>>, tensor<1x12x3xf32>, tensor<1x12x4xf32>) -> (tensor<?x1x2x4xf32, affine_map<()[s0] -> (s0, 1, 2, 4)>>, tensor<1x2x4xf32>)
  return
}

// CHECK-LABEL: @rnn(
// CHECK: nn.rnn %{{.*}}, %{{.*}}, %{{.*}} {activations = ["tanh"], alpha = array<f64: 0.000000e+00>, beta = array<f64: 0.000000e+00>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x4x3xf32>, tensor<1x4x4xf32>) -> (tensor<5x1x2x4xf32>, tensor<1x2x4xf32>)
func.func @rnn(%x: tensor<5x2x3xf32>, %w: tensor<1x4x3xf32>, %r: tensor<1x4x4xf32>) {
  %y:2 = nn.rnn %x, %w, %r {activations = ["tanh"], alpha = array<f64: 0.0>, beta = array<f64: 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x2x3xf32>, tensor<1x4x3xf32>, tensor<1x4x4xf32>) -> (tensor<5x1x2x4xf32>, tensor<1x2x4xf32>)
  return
}

// CHECK-LABEL: @rnn_all(
// CHECK: nn.rnn %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {activations = ["leakyrelu"], alpha = array<f64: 2.500000e-01>, batch_major, beta = array<f64: 0.000000e+00>, clip = 2.000000e+00 : f64, direction = "reverse", operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1>} : (tensor<2x5x3xf64>, tensor<1x4x3xf64>, tensor<1x4x4xf64>, tensor<1x8xf64>, tensor<2xi32>, tensor<2x1x4xf64>) -> (tensor<2x5x1x4xf64>, tensor<2x1x4xf64>)
func.func @rnn_all(%x: tensor<2x5x3xf64>, %w: tensor<1x4x3xf64>, %r: tensor<1x4x4xf64>, %b: tensor<1x8xf64>, %sequence_lens: tensor<2xi32>, %initial_h: tensor<2x1x4xf64>) {
  %y:2 = nn.rnn %x, %w, %r, %b, %sequence_lens, %initial_h {activations = ["leakyrelu"], alpha = array<f64: 0.25>, batch_major, beta = array<f64: 0.0>, clip = 2.0 : f64, direction = "reverse", operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1>} : (tensor<2x5x3xf64>, tensor<1x4x3xf64>, tensor<1x4x4xf64>, tensor<1x8xf64>, tensor<2xi32>, tensor<2x1x4xf64>) -> (tensor<2x5x1x4xf64>, tensor<2x1x4xf64>)
  return
}

// CHECK-LABEL: @rnn_symbolic(
// CHECK: nn.rnn %{{.*}}, %{{.*}}, %{{.*}} {activations = ["tanh"], alpha = array<f64: 0.000000e+00>, beta = array<f64: 0.000000e+00>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x?x3xf32, #[[$MAP6]]>, tensor<1x4x3xf32>, tensor<1x4x4xf32>) -> (tensor<5x1x?x4xf32, #[[$MAP7]]>, tensor<1x?x4xf32, #[[$MAP8]]>)
func.func @rnn_symbolic(%x: tensor<5x?x3xf32, affine_map<()[s0] -> (5, s0, 3)>>, %w: tensor<1x4x3xf32>, %r: tensor<1x4x4xf32>) {
  %y:2 = nn.rnn %x, %w, %r {activations = ["tanh"], alpha = array<f64: 0.0>, beta = array<f64: 0.0>, direction = "forward", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<5x?x3xf32, affine_map<()[s0] -> (5, s0, 3)>>, tensor<1x4x3xf32>, tensor<1x4x4xf32>) -> (tensor<5x1x?x4xf32, affine_map<()[s0] -> (5, 1, s0, 4)>>, tensor<1x?x4xf32, affine_map<()[s0] -> (1, s0, 4)>>)
  return
}
