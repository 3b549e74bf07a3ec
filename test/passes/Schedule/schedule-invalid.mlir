// RUN: tenon-opt %s --tenon-schedule --split-input-file --verify-diagnostics

// expected-error @+1 {{expected a function @main of one block}}
module {
}

// -----

func.func @main(%x: tensor<3xf32>) -> tensor<3xf32> {
  // expected-error @+1 {{expected a run of a task; run tenon-plan first}}
  %0 = nn.relu %x : (tensor<3xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}
