// RUN: tenon-opt %s --tenon-substitute="rules=%S/Inputs/four.rules report" 2>&1 | FileCheck %s
// RUN: not tenon-opt %s --tenon-substitute=rules=%S/Inputs/wrong.rules 2>&1 | FileCheck %s --check-prefix=WRONG
// RUN: not tenon-opt %s --tenon-substitute=rules=%S/Inputs/none.rules 2>&1 | FileCheck %s --check-prefix=MISSING

// A rule of the user's is proven before it is applied; it takes a step for which those that are built in need two.
// CHECK: remark: 'product-of-four' saves
// CHECK: %[[VW:.*]] = nn.matmul %arg2, %arg3
// CHECK: %[[UVW:.*]] = nn.matmul %arg1, %[[VW]]
// CHECK: nn.matmul %arg0, %[[UVW]]

// A wrong one is refused, with an instance.
// WRONG: wrong.rules: expected rules that hold, but 'sum-of-relu' does not: result 0 has {{.*}} in the source and {{.*}} in the target
// MISSING: expected a file of rules, but got {{.*}}none.rules
func.func @main(%x: tensor<512x64xf32>, %u: tensor<64x512xf32>, %v: tensor<512x512xf32>, %w: tensor<512x8xf32>) -> tensor<512x8xf32> {
  %0 = nn.matmul %x, %u : (tensor<512x64xf32>, tensor<64x512xf32>) -> tensor<512x512xf32>
  %1 = nn.matmul %0, %v : (tensor<512x512xf32>, tensor<512x512xf32>) -> tensor<512x512xf32>
  %2 = nn.matmul %1, %w : (tensor<512x512xf32>, tensor<512x8xf32>) -> tensor<512x8xf32>
  return %2 : tensor<512x8xf32>
}
