// RUN: tenon compile %s --to simplify -o %t.dot && FileCheck %s < %t.dot
// RUN: not tenon compile %s -o %t.dot 2>&1 | FileCheck %s --check-prefix=LATE

// Operators are boxes, constants are left out.
// CHECK: digraph model {
// CHECK: n0 [label="input\n2x3", style=rounded];
// CHECK: n1 [label="relu\n2x3"];
// CHECK: n0 -> n1;
// CHECK: n2 [label="add\n2x3"];
// CHECK: n1 -> n2;
// CHECK: n0 -> n2;
// CHECK: n3 [label="output\n", style=rounded];
// CHECK: n2 -> n3;
// CHECK: }
// LATE: expected a phase up to substitute
module attributes {tenon.phase = "import"} {
  func.func @main(%x: tensor<2x3xf32> {nn.name = "x"}) -> (tensor<2x3xf32> {nn.name = "y"}) {
    %0 = nn.relu %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
    %1 = nn.add %0, %x : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
    return %1 : tensor<2x3xf32>
  }
}
