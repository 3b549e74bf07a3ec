// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @constant_vector() {
  // expected-error @below {{'nn.constant' op C1: expected a value of static ranked tensor type, but got 'vector<2xf32>'}}
  %y = nn.constant dense<1.0> : vector<2xf32> : tensor<2xf32>
  return
}

// -----

func.func @shape_of_dims() {
  // expected-error @below {{'nn.shape_of' op C1: expected a map of symbols only, but got affine_map<(d0) -> (d0)>}}
  %y = nn.shape_of affine_map<(d0) -> (d0)> : tensor<1xi64>
  return
}
