// RUN: tenon-opt %s --tenon-recognize --canonicalize --split-input-file | FileCheck %s
// RUN: tenon-opt %s --tenon-recognize=fast=false --canonicalize --split-input-file | FileCheck %s --check-prefix=STRICT
// Operators that exporters write out in several, and what only looks like them.

// A symbolic number of positions; heads go to the front and back.
// CHECK-LABEL: func @heads
// CHECK-SAME: %[[Q:[^ :]*]]: tensor<2x?x96xf32{{[^%]*}} %[[K:[^ :]*]]: tensor<2x?x96xf32{{[^%]*}} %[[V:[^ :]*]]: tensor<2x?x96xf32{{[^%]*}} %[[M:[^ :]*]]: tensor<2x1x1x?xf32
// CHECK-NEXT: %[[Y:.*]] = nn.attention %[[Q]], %[[K]], %[[V]], %[[M]] {kv_heads = 3 : i64, {{.*}}plain = true, q_heads = 3 : i64, scale = 2.500000e-01 : f64}
// CHECK-NEXT: return %[[Y]]
module attributes {nn.symbols = [#nn.symbol<"S", 1, 64>]} {
  func.func @heads(%q: tensor<2x?x96xf32, affine_map<()[s0] -> (2, s0, 96)>>, %k: tensor<2x?x96xf32, affine_map<()[s0] -> (2, s0, 96)>>,
                   %v: tensor<2x?x96xf32, affine_map<()[s0] -> (2, s0, 96)>>, %m: tensor<2x1x1x?xf32, affine_map<()[s0] -> (2, 1, 1, s0)>>)
      -> tensor<2x?x96xf32, affine_map<()[s0] -> (2, s0, 96)>> {
    %half = nn.constant dense<5.0e-01> : tensor<f32> : tensor<f32>
    %two = nn.constant dense<2.0> : tensor<1xf32> : tensor<1xf32>
    %0 = nn.reshape %q {shape = affine_map<()[s0] -> (2, s0, 3, 32)>} : (tensor<2x?x96xf32, affine_map<()[s0] -> (2, s0, 96)>>) -> tensor<2x?x3x32xf32, affine_map<()[s0] -> (2, s0, 3, 32)>>
    %1 = nn.transpose %0 {perm = array<i64: 0, 2, 1, 3>} : (tensor<2x?x3x32xf32, affine_map<()[s0] -> (2, s0, 3, 32)>>) -> tensor<2x3x?x32xf32, affine_map<()[s0] -> (2, 3, s0, 32)>>
    %2 = nn.mul %1, %half : (tensor<2x3x?x32xf32, affine_map<()[s0] -> (2, 3, s0, 32)>>, tensor<f32>) -> tensor<2x3x?x32xf32, affine_map<()[s0] -> (2, 3, s0, 32)>>
    %3 = nn.reshape %k {shape = affine_map<()[s0] -> (2, s0, 3, 32)>} : (tensor<2x?x96xf32, affine_map<()[s0] -> (2, s0, 96)>>) -> tensor<2x?x3x32xf32, affine_map<()[s0] -> (2, s0, 3, 32)>>
    %4 = nn.transpose %3 {perm = array<i64: 0, 2, 3, 1>} : (tensor<2x?x3x32xf32, affine_map<()[s0] -> (2, s0, 3, 32)>>) -> tensor<2x3x32x?xf32, affine_map<()[s0] -> (2, 3, 32, s0)>>
    %5 = nn.reshape %v {shape = affine_map<()[s0] -> (2, s0, 3, 32)>} : (tensor<2x?x96xf32, affine_map<()[s0] -> (2, s0, 96)>>) -> tensor<2x?x3x32xf32, affine_map<()[s0] -> (2, s0, 3, 32)>>
    %6 = nn.transpose %5 {perm = array<i64: 0, 2, 1, 3>} : (tensor<2x?x3x32xf32, affine_map<()[s0] -> (2, s0, 3, 32)>>) -> tensor<2x3x?x32xf32, affine_map<()[s0] -> (2, 3, s0, 32)>>
    %7 = nn.matmul %2, %4 : (tensor<2x3x?x32xf32, affine_map<()[s0] -> (2, 3, s0, 32)>>, tensor<2x3x32x?xf32, affine_map<()[s0] -> (2, 3, 32, s0)>>) -> tensor<2x3x?x?xf32, affine_map<()[s0] -> (2, 3, s0, s0)>>
    %8 = nn.div %7, %two : (tensor<2x3x?x?xf32, affine_map<()[s0] -> (2, 3, s0, s0)>>, tensor<1xf32>) -> tensor<2x3x?x?xf32, affine_map<()[s0] -> (2, 3, s0, s0)>>
    %9 = nn.add %m, %8 : (tensor<2x1x1x?xf32, affine_map<()[s0] -> (2, 1, 1, s0)>>, tensor<2x3x?x?xf32, affine_map<()[s0] -> (2, 3, s0, s0)>>) -> tensor<2x3x?x?xf32, affine_map<()[s0] -> (2, 3, s0, s0)>>
    %10 = nn.softmax %9 {axes = array<i64: 3>} : (tensor<2x3x?x?xf32, affine_map<()[s0] -> (2, 3, s0, s0)>>) -> tensor<2x3x?x?xf32, affine_map<()[s0] -> (2, 3, s0, s0)>>
    %11 = nn.matmul %10, %6 : (tensor<2x3x?x?xf32, affine_map<()[s0] -> (2, 3, s0, s0)>>, tensor<2x3x?x32xf32, affine_map<()[s0] -> (2, 3, s0, 32)>>) -> tensor<2x3x?x32xf32, affine_map<()[s0] -> (2, 3, s0, 32)>>
    %12 = nn.transpose %11 {perm = array<i64: 0, 2, 1, 3>} : (tensor<2x3x?x32xf32, affine_map<()[s0] -> (2, 3, s0, 32)>>) -> tensor<2x?x3x32xf32, affine_map<()[s0] -> (2, s0, 3, 32)>>
    %13 = nn.reshape %12 {shape = affine_map<()[s0] -> (2, s0, 96)>} : (tensor<2x?x3x32xf32, affine_map<()[s0] -> (2, s0, 3, 32)>>) -> tensor<2x?x96xf32, affine_map<()[s0] -> (2, s0, 96)>>
    return %13 : tensor<2x?x96xf32, affine_map<()[s0] -> (2, s0, 96)>>
  }
}

// -----

// A mask of -1e9 is causal where f32 semantics need not be kept to the letter, one of -inf always. The keys are turned back.
// CHECK-LABEL: func @causal
// CHECK: %[[K:.*]] = nn.transpose %{{.*}} {perm = array<i64: 0, 1, 3, 2>}
// CHECK: %[[A:.*]] = nn.attention %{{.*}}, %[[K]], %{{.*}} {causal = true
// CHECK: nn.attention %[[A]], %{{.*}}, %{{[^,]*}} {causal = true
// STRICT-LABEL: func @causal
// STRICT: %[[M:.*]] = nn.constant dense<{{.*}}-1.000000e+09
// STRICT: nn.attention %{{.*}}, %{{.*}}, %{{.*}}, %[[M]] {operand
// STRICT: nn.attention %{{.*}}, %{{.*}}, %{{[^,]*}} {causal = true
func.func @causal(%q: tensor<1x2x2x8xf32>, %k: tensor<1x2x8x2xf32>, %v: tensor<1x2x2x8xf32>) -> tensor<1x2x2x8xf32> {
  %m = nn.constant dense<[[0.0, -1.0e9], [0.0, 0.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %n = nn.constant dense<[[0.0, 0xFF800000], [0.0, 0.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
  %0 = nn.matmul %q, %k : (tensor<1x2x2x8xf32>, tensor<1x2x8x2xf32>) -> tensor<1x2x2x2xf32>
  %1 = nn.add %0, %m : (tensor<1x2x2x2xf32>, tensor<2x2xf32>) -> tensor<1x2x2x2xf32>
  %2 = nn.softmax %1 {axes = array<i64: 3>} : (tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %3 = nn.matmul %2, %v : (tensor<1x2x2x2xf32>, tensor<1x2x2x8xf32>) -> tensor<1x2x2x8xf32>
  %4 = nn.matmul %3, %k : (tensor<1x2x2x8xf32>, tensor<1x2x8x2xf32>) -> tensor<1x2x2x2xf32>
  %5 = nn.add %4, %n : (tensor<1x2x2x2xf32>, tensor<2x2xf32>) -> tensor<1x2x2x2xf32>
  %6 = nn.softmax %5 {axes = array<i64: 3>} : (tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %7 = nn.matmul %6, %v : (tensor<1x2x2x2xf32>, tensor<1x2x2x8xf32>) -> tensor<1x2x2x8xf32>
  return %7 : tensor<1x2x2x8xf32>
}

// -----

// Batches and heads in one dimension are batches of one head.
// CHECK-LABEL: func @rank_three
// CHECK: nn.attention %{{.*}}, %{{.*}}, %{{.*}} {{.*}} : (tensor<6x1x4x8xf32>, tensor<6x1x5x8xf32>, tensor<6x1x5x8xf32>) -> tensor<6x1x4x8xf32>
func.func @rank_three(%q: tensor<6x4x8xf32>, %k: tensor<6x5x8xf32>, %v: tensor<6x5x8xf32>) -> tensor<6x4x8xf32> {
  %0 = nn.transpose %k {perm = array<i64: 0, 2, 1>} : (tensor<6x5x8xf32>) -> tensor<6x8x5xf32>
  %1 = nn.matmul %q, %0 : (tensor<6x4x8xf32>, tensor<6x8x5xf32>) -> tensor<6x4x5xf32>
  %2 = nn.softmax %1 {axes = array<i64: 2>} : (tensor<6x4x5xf32>) -> tensor<6x4x5xf32>
  %3 = nn.matmul %2, %v : (tensor<6x4x5xf32>, tensor<6x5x8xf32>) -> tensor<6x4x8xf32>
  return %3 : tensor<6x4x8xf32>
}

// -----

// The probabilities are a result, too.
// CHECK-LABEL: func @used_twice
// CHECK-NOT: nn.attention
func.func @used_twice(%q: tensor<6x4x8xf32>, %k: tensor<6x8x5xf32>, %v: tensor<6x5x8xf32>) -> (tensor<6x4x8xf32>, tensor<6x4x5xf32>) {
  %1 = nn.matmul %q, %k : (tensor<6x4x8xf32>, tensor<6x8x5xf32>) -> tensor<6x4x5xf32>
  %2 = nn.softmax %1 {axes = array<i64: 2>} : (tensor<6x4x5xf32>) -> tensor<6x4x5xf32>
  %3 = nn.matmul %2, %v : (tensor<6x4x5xf32>, tensor<6x5x8xf32>) -> tensor<6x4x8xf32>
  return %3, %2 : tensor<6x4x8xf32>, tensor<6x4x5xf32>
}

// -----

// A softmax over the queries; a mask with a number per query.
// CHECK-LABEL: func @other_axis
// CHECK-NOT: nn.attention
func.func @other_axis(%q: tensor<6x4x8xf32>, %k: tensor<6x8x5xf32>, %v: tensor<6x5x8xf32>, %m: tensor<4x1xf32>) -> (tensor<6x4x8xf32>, tensor<6x4x8xf32>) {
  %1 = nn.matmul %q, %k : (tensor<6x4x8xf32>, tensor<6x8x5xf32>) -> tensor<6x4x5xf32>
  %2 = nn.softmax %1 {axes = array<i64: 1>} : (tensor<6x4x5xf32>) -> tensor<6x4x5xf32>
  %3 = nn.matmul %2, %v : (tensor<6x4x5xf32>, tensor<6x5x8xf32>) -> tensor<6x4x8xf32>
  %4 = nn.matmul %q, %k : (tensor<6x4x8xf32>, tensor<6x8x5xf32>) -> tensor<6x4x5xf32>
  %5 = nn.add %4, %m : (tensor<6x4x5xf32>, tensor<4x1xf32>) -> tensor<6x4x5xf32>
  %6 = nn.softmax %5 {axes = array<i64: 2>} : (tensor<6x4x5xf32>) -> tensor<6x4x5xf32>
  %7 = nn.matmul %6, %v : (tensor<6x4x5xf32>, tensor<6x5x8xf32>) -> tensor<6x4x8xf32>
  return %3, %7 : tensor<6x4x8xf32>, tensor<6x4x8xf32>
}

// -----

// CHECK-LABEL: func @layer_norm
// CHECK-SAME: %[[X:[^ :]*]]: tensor<2x3x8xf32>, %[[S:[^ :]*]]: tensor<8xf32>, %[[B:[^ :]*]]: tensor<8xf32>
// CHECK-NEXT: %[[Y:.*]] = nn.layer_norm %[[X]], %[[S]], %[[B]] {axis = 2 : i64, epsilon = 9.99{{.*}}E-6 : f64}
// CHECK-NEXT: return %[[Y]]
func.func @layer_norm(%x: tensor<2x3x8xf32>, %s: tensor<8xf32>, %b: tensor<8xf32>) -> tensor<2x3x8xf32> {
  %two = nn.constant dense<2.0> : tensor<f32> : tensor<f32>
  %epsilon = nn.constant dense<1.0e-5> : tensor<f32> : tensor<f32>
  %0 = nn.reduce %x {axes = array<i64: 2>, keepdims = true, kind = #nn.reduce_kind<mean>} : (tensor<2x3x8xf32>) -> tensor<2x3x1xf32>
  %1 = nn.sub %x, %0 : (tensor<2x3x8xf32>, tensor<2x3x1xf32>) -> tensor<2x3x8xf32>
  %2 = nn.pow %1, %two : (tensor<2x3x8xf32>, tensor<f32>) -> tensor<2x3x8xf32>
  %3 = nn.reduce %2 {axes = array<i64: 2>, keepdims = true, kind = #nn.reduce_kind<mean>} : (tensor<2x3x8xf32>) -> tensor<2x3x1xf32>
  %4 = nn.add %3, %epsilon : (tensor<2x3x1xf32>, tensor<f32>) -> tensor<2x3x1xf32>
  %5 = nn.sqrt %4 : (tensor<2x3x1xf32>) -> tensor<2x3x1xf32>
  %6 = nn.div %1, %5 : (tensor<2x3x8xf32>, tensor<2x3x1xf32>) -> tensor<2x3x8xf32>
  %7 = nn.mul %6, %s : (tensor<2x3x8xf32>, tensor<8xf32>) -> tensor<2x3x8xf32>
  %8 = nn.add %7, %b : (tensor<2x3x8xf32>, tensor<8xf32>) -> tensor<2x3x8xf32>
  return %8 : tensor<2x3x8xf32>
}

// -----

// By the inverse of the root, the scale first.
// CHECK-LABEL: func @rms_norm
// CHECK-NEXT: %[[Y:.*]] = nn.rms_norm %{{.*}}, %{{.*}} {axis = 1 : i64, epsilon = 9.99{{.*}}E-7 : f64}
// CHECK-NEXT: return %[[Y]]
func.func @rms_norm(%x: tensor<3x8xf32>, %s: tensor<8xf32>) -> tensor<3x8xf32> {
  %one = nn.constant dense<1.0> : tensor<f32> : tensor<f32>
  %epsilon = nn.constant dense<1.0e-6> : tensor<1xf32> : tensor<1xf32>
  %2 = nn.mul %x, %x : (tensor<3x8xf32>, tensor<3x8xf32>) -> tensor<3x8xf32>
  %3 = nn.reduce %2 {axes = array<i64: 1>, keepdims = true, kind = #nn.reduce_kind<mean>} : (tensor<3x8xf32>) -> tensor<3x1xf32>
  %4 = nn.add %epsilon, %3 : (tensor<1xf32>, tensor<3x1xf32>) -> tensor<3x1xf32>
  %5 = nn.sqrt %4 : (tensor<3x1xf32>) -> tensor<3x1xf32>
  %6 = nn.div %one, %5 : (tensor<f32>, tensor<3x1xf32>) -> tensor<3x1xf32>
  %7 = nn.mul %x, %6 : (tensor<3x8xf32>, tensor<3x1xf32>) -> tensor<3x8xf32>
  %8 = nn.mul %s, %7 : (tensor<8xf32>, tensor<3x8xf32>) -> tensor<3x8xf32>
  return %8 : tensor<3x8xf32>
}

// -----

// An epsilon per element; a mean over the first dimension; a variance that somebody else wants.
// CHECK-LABEL: func @no_norms
// CHECK-NOT: nn.rms_norm
func.func @no_norms(%x: tensor<8x8xf32>, %s: tensor<8xf32>, %e: tensor<8x1xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x1xf32>) {
  %epsilon = nn.constant dense<1.0e-6> : tensor<f32> : tensor<f32>
  %0 = nn.mul %x, %x : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = nn.reduce %0 {axes = array<i64: 1>, keepdims = true, kind = #nn.reduce_kind<mean>} : (tensor<8x8xf32>) -> tensor<8x1xf32>
  %2 = nn.add %1, %e : (tensor<8x1xf32>, tensor<8x1xf32>) -> tensor<8x1xf32>
  %3 = nn.sqrt %2 : (tensor<8x1xf32>) -> tensor<8x1xf32>
  %4 = nn.div %x, %3 : (tensor<8x8xf32>, tensor<8x1xf32>) -> tensor<8x8xf32>
  %5 = nn.mul %4, %s : (tensor<8x8xf32>, tensor<8xf32>) -> tensor<8x8xf32>
  %6 = nn.mul %x, %x : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %7 = nn.reduce %6 {axes = array<i64: 0>, keepdims = true, kind = #nn.reduce_kind<mean>} : (tensor<8x8xf32>) -> tensor<1x8xf32>
  %8 = nn.add %7, %epsilon : (tensor<1x8xf32>, tensor<f32>) -> tensor<1x8xf32>
  %9 = nn.sqrt %8 : (tensor<1x8xf32>) -> tensor<1x8xf32>
  %10 = nn.div %x, %9 : (tensor<8x8xf32>, tensor<1x8xf32>) -> tensor<8x8xf32>
  %11 = nn.mul %10, %s : (tensor<8x8xf32>, tensor<8xf32>) -> tensor<8x8xf32>
  %12 = nn.mul %x, %x : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %13 = nn.reduce %12 {axes = array<i64: 1>, keepdims = true, kind = #nn.reduce_kind<mean>} : (tensor<8x8xf32>) -> tensor<8x1xf32>
  %14 = nn.add %13, %epsilon : (tensor<8x1xf32>, tensor<f32>) -> tensor<8x1xf32>
  %15 = nn.sqrt %14 : (tensor<8x1xf32>) -> tensor<8x1xf32>
  %16 = nn.div %x, %15 : (tensor<8x8xf32>, tensor<8x1xf32>) -> tensor<8x8xf32>
  %17 = nn.mul %16, %s : (tensor<8x8xf32>, tensor<8xf32>) -> tensor<8x8xf32>
  return %5, %11, %17, %13 : tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x1xf32>
}

// -----

// CHECK-LABEL: func @softmax
// CHECK-SAME: %[[X:[^ :]*]]: tensor<3x8xf32>
// CHECK-NEXT: %[[Y:.*]] = nn.softmax %[[X]] {axes = array<i64: 1>}
// CHECK-NEXT: return %[[Y]]
func.func @softmax(%x: tensor<3x8xf32>) -> tensor<3x8xf32> {
  %0 = nn.reduce %x {axes = array<i64: 1>, keepdims = true, kind = #nn.reduce_kind<max>} : (tensor<3x8xf32>) -> tensor<3x1xf32>
  %1 = nn.sub %x, %0 : (tensor<3x8xf32>, tensor<3x1xf32>) -> tensor<3x8xf32>
  %2 = nn.exp %1 : (tensor<3x8xf32>) -> tensor<3x8xf32>
  %3 = nn.reduce %2 {axes = array<i64: 1>, keepdims = true, kind = #nn.reduce_kind<sum>} : (tensor<3x8xf32>) -> tensor<3x1xf32>
  %4 = nn.div %2, %3 : (tensor<3x8xf32>, tensor<3x1xf32>) -> tensor<3x8xf32>
  return %4 : tensor<3x8xf32>
}

// -----

// Sum and maximum of different dimensions.
// CHECK-LABEL: func @no_softmax
// CHECK-NOT: nn.softmax
func.func @no_softmax(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %0 = nn.reduce %x {axes = array<i64: 1>, keepdims = true, kind = #nn.reduce_kind<max>} : (tensor<8x8xf32>) -> tensor<8x1xf32>
  %1 = nn.sub %x, %0 : (tensor<8x8xf32>, tensor<8x1xf32>) -> tensor<8x8xf32>
  %2 = nn.exp %1 : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %3 = nn.reduce %2 {axes = array<i64: 0>, keepdims = true, kind = #nn.reduce_kind<sum>} : (tensor<8x8xf32>) -> tensor<1x8xf32>
  %4 = nn.div %2, %3 : (tensor<8x8xf32>, tensor<1x8xf32>) -> tensor<8x8xf32>
  return %4 : tensor<8x8xf32>
}

// -----

// Keys and values of the past stay where they are.
// CHECK-LABEL: func @past
// CHECK-SAME: %[[Q:[^ :]*]]: tensor<1x2x1x8xf32>, %[[K:[^ :]*]]: tensor<1x2x1x8xf32>, %[[V:[^ :]*]]: tensor<1x2x1x8xf32>, %[[PK:[^ :]*]]: tensor<1x2x7x8xf32>, %[[PV:[^ :]*]]: tensor<1x2x7x8xf32>
// CHECK-NEXT: nn.attention %[[Q]], %[[K]], %[[V]], %[[PK]], %[[PV]]
// CHECK-NEXT: return
func.func @past(%q: tensor<1x2x1x8xf32>, %k: tensor<1x2x1x8xf32>, %v: tensor<1x2x1x8xf32>, %pk: tensor<1x2x7x8xf32>, %pv: tensor<1x2x7x8xf32>) -> tensor<1x2x1x8xf32> {
  %0 = nn.concat %pk, %k {axis = 2 : i64} : (tensor<1x2x7x8xf32>, tensor<1x2x1x8xf32>) -> tensor<1x2x8x8xf32>
  %1 = nn.concat %pv, %v {axis = 2 : i64} : (tensor<1x2x7x8xf32>, tensor<1x2x1x8xf32>) -> tensor<1x2x8x8xf32>
  %2 = nn.transpose %0 {perm = array<i64: 0, 1, 3, 2>} : (tensor<1x2x8x8xf32>) -> tensor<1x2x8x8xf32>
  %3 = nn.matmul %q, %2 : (tensor<1x2x1x8xf32>, tensor<1x2x8x8xf32>) -> tensor<1x2x1x8xf32>
  %4 = nn.softmax %3 {axes = array<i64: 3>} : (tensor<1x2x1x8xf32>) -> tensor<1x2x1x8xf32>
  %5 = nn.matmul %4, %1 : (tensor<1x2x1x8xf32>, tensor<1x2x8x8xf32>) -> tensor<1x2x1x8xf32>
  return %5 : tensor<1x2x1x8xf32>
}
