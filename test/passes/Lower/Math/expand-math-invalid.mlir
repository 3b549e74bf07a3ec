// RUN: tenon-opt --tenon-expand-math --split-input-file --verify-diagnostics %s

func.func @half(%x: f16) -> f16 {
  // expected-error @+1 {{'math.exp' op expected f32, f64 or a vector of them, but got 'f16'}}
  %y = math.exp %x : f16
  return %y : f16
}

// -----

func.func @tensor(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{'math.erf' op expected f32, f64 or a vector of them, but got 'tensor<4xf32>'}}
  %y = math.erf %x : tensor<4xf32>
  return %y : tensor<4xf32>
}
