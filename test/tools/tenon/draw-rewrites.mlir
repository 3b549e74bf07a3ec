// RUN: tenon inspect %s -O 2 --dot %t.dot && FileCheck %s < %t.dot
// RUN: not tenon inspect %s --dot %t.svg 2>&1 | FileCheck %s --check-prefix=ENDING

// A product of three: before the search from the left, after it from the right, which is cheaper.
// CHECK: digraph model {
// CHECK: subgraph cluster0 {
// CHECK: label="before"
// CHECK: [label="matmul\n1024x1024"]
// CHECK: subgraph cluster1 {
// CHECK: label="after"
// CHECK-NOT: 1024x1024
// CHECK: [label="matmul\n64x64"]
// CHECK-NOT: 1024x1024
// ENDING: error: --dot: expected a model (.onnx or .mlir) and a file that ends in .dot, but got '{{.*}}.svg'
module attributes {tenon.phase = "import"} {
  func.func @main(%q: tensor<1024x64xf32> {nn.name = "q"}, %k: tensor<64x1024xf32> {nn.name = "k"},
                  %v: tensor<1024x64xf32> {nn.name = "v"}) -> (tensor<1024x64xf32> {nn.name = "y"}) {
    %s = nn.matmul %q, %k : (tensor<1024x64xf32>, tensor<64x1024xf32>) -> tensor<1024x1024xf32>
    %y = nn.matmul %s, %v : (tensor<1024x1024xf32>, tensor<1024x64xf32>) -> tensor<1024x64xf32>
    return %y : tensor<1024x64xf32>
  }
}
