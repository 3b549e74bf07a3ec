// Extents that no vector divides, and such as are known at run time only: what is left over is masked vectors or smaller tiles.
// No loop computes one float at a time, or calls what would.
//
// REQUIRES: tenon
// RUN: tenon compile %s --cost-model none --target x86-64-v4 -o %t.x86-64-v4.s
// RUN: %python %S/loops.py %t.x86-64-v4.s | FileCheck %s --implicit-check-not '{{[1-9][0-9]* (scalar|gathers|calls)}}'
// RUN: tenon compile %s --cost-model none --target x86-64-v3 -o %t.x86-64-v3.s
// RUN: %python %S/loops.py %t.x86-64-v3.s | FileCheck %s --implicit-check-not '{{[1-9][0-9]* (scalar|gathers|calls)}}'
// RUN: tenon compile %s --cost-model none --target aarch64 -o %t.aarch64.s
// RUN: %python %S/loops.py %t.aarch64.s | FileCheck %s --implicit-check-not '{{[1-9][0-9]* (scalar|gathers|calls)}}'

// CHECK: m_matmul: {{[1-9]}}
// CHECK: m_exp: {{[1-9]}}
// CHECK: m_conv: {{[1-9]}}
// CHECK: m_softmax: {{[0-9]}}
#rows = affine_map<()[s0] -> (s0, 61)>
#columns = affine_map<()[s0] -> (61, s0)>
#square = affine_map<()[s0] -> (s0, s0)>
module @m attributes {nn.symbols = [#nn.symbol<"N", 1, 500>]} {
func.func @main(%a: tensor<?x61xf32, #rows> {nn.name = "a"}, %b: tensor<61x?xf32, #columns> {nn.name = "b"},
                %e: tensor<1003xf32> {nn.name = "e"}, %c: tensor<1x13x11x11xf32> {nn.name = "c"})
    -> (tensor<?x?xf32, #square> {nn.name = "y0"}, tensor<1003xf32> {nn.name = "y1"}, tensor<1x7x6x6xf32> {nn.name = "y2"},
        tensor<61x?xf32, #columns> {nn.name = "y3"}) {
  %w = nn.constant dense<1.0> : tensor<7x13x3x3xf32> : tensor<7x13x3x3xf32>
  %s = nn.constant dense<1.0> : tensor<7xf32> : tensor<7xf32>
  %0 = nn.matmul %a, %b : (tensor<?x61xf32, #rows>, tensor<61x?xf32, #columns>) -> tensor<?x?xf32, #square>
  %1 = nn.exp %e : (tensor<1003xf32>) -> tensor<1003xf32>
  %2 = nn.conv %c, %w, %s {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64}
    : (tensor<1x13x11x11xf32>, tensor<7x13x3x3xf32>, tensor<7xf32>) -> tensor<1x7x6x6xf32>
  %3 = nn.softmax %b {axes = array<i64: 1>} : (tensor<61x?xf32, #columns>) -> tensor<61x?xf32, #columns>
  return %0, %1, %2, %3 : tensor<?x?xf32, #square>, tensor<1003xf32>, tensor<1x7x6x6xf32>, tensor<61x?xf32, #columns>
}
}
