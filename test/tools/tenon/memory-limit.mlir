// RUN: tenon inspect %s -O 2 | FileCheck %s
// RUN: tenon inspect %s -O 2 --memory-limit 20000 | FileCheck %s --check-prefix=LIMIT
// RUN: not tenon inspect %s -O 2 --memory-limit 16000 2>&1 | FileCheck %s --check-prefix=REFUSED
// RUN: not tenon inspect %s --memory-limit 16000 2>&1 | FileCheck %s --check-prefix=REFUSED
// RUN: tenon compile %s -O 2 --to substitute -o %t.mlir && FileCheck %s --check-prefix=KEPT < %t.mlir
// RUN: tenon inspect %s | FileCheck %s --check-prefix=NONE

// A product of three: from the left a quarter of the work, with twice the memory in between. Both plans are kept, and
// what they say they need is what the model needs.
// CHECK: weights  0 B
// CHECK-NEXT: arena    32.77 kB
// CHECK: plans that were found
// CHECK-NEXT: estimate {{ *}}weights and arena
// CHECK-NEXT: us {{ *}}32768 {{ *}}chosen
// CHECK-NEXT: us {{ *}}16384{{ *$}}
// CHECK: inputs
// LIMIT: arena    16.38 kB
// LIMIT: us {{ *}}32768{{ *$}}
// LIMIT-NEXT: us {{ *}}16384 {{ *}}chosen
// REFUSED: error: expected a model of 16000 bytes of weights and arena at most, but it needs 16384
// KEPT: tenon.plans = [{bytes = 32768 : i64, chosen, nanoseconds = {{.*}} : f64}, {bytes = 16384 : i64, nanoseconds = {{.*}} : f64}]
// NONE: arena    16.38 kB
// NONE-NOT: plans
module attributes {tenon.phase = "import"} {
  func.func @main(%x: tensor<1024x64xf32> {nn.name = "x"}, %u: tensor<64x8xf32> {nn.name = "u"},
                  %v: tensor<8x64xf32> {nn.name = "v"}) -> (tensor<1024x64xf32> {nn.name = "y"}) {
    %w = nn.matmul %u, %v : (tensor<64x8xf32>, tensor<8x64xf32>) -> tensor<64x64xf32>
    %y = nn.matmul %x, %w : (tensor<1024x64xf32>, tensor<64x64xf32>) -> tensor<1024x64xf32>
    return %y : tensor<1024x64xf32>
  }
}
