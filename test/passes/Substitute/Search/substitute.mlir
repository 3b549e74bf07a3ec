// RUN: tenon-opt %s --tenon-substitute=error-budget=1e-4 --split-input-file | FileCheck %s
// RUN: tenon-opt %s --tenon-substitute="search=backtrack budget=100 error-budget=1e-4" --split-input-file | FileCheck %s --check-prefix=BACK
// RUN: tenon-opt %s --tenon-substitute=rules=none --split-input-file | FileCheck %s --check-prefix=NONE
// RUN: tenon-opt %s --tenon-substitute="strict error-budget=1" --split-input-file | FileCheck %s --check-prefix=STRICT

// The projections of a row to queries, keys and values are one product.
// CHECK-LABEL: @main(
// CHECK: %[[W:.*]] = nn.constant {{.*}}tensor<64x192xf32>
// CHECK: nn.matmul {{.*}}tensor<64x192xf32>
// CHECK-NOT: nn.matmul
// CHECK: return
// BACK-LABEL: @main(
// BACK: nn.matmul {{.*}}tensor<64x192xf32>
// STRICT-LABEL: @main(
// STRICT-COUNT-1: nn.matmul
// STRICT-NOT: nn.matmul
// NONE-LABEL: @main(
// NONE-COUNT-3: nn.matmul
func.func @main(%x: tensor<1x64xf32>) -> (tensor<1x64xf32>, tensor<1x64xf32>, tensor<1x64xf32>) {
  %q = nn.constant dense<0.5> : tensor<64x64xf32> : tensor<64x64xf32>
  %k = nn.constant dense<0.25> : tensor<64x64xf32> : tensor<64x64xf32>
  %v = nn.constant dense<2.0> : tensor<64x64xf32> : tensor<64x64xf32>
  %bq = nn.constant dense<1.0> : tensor<64xf32> : tensor<64xf32>
  %bk = nn.constant dense<2.0> : tensor<64xf32> : tensor<64xf32>
  %bv = nn.constant dense<3.0> : tensor<64xf32> : tensor<64xf32>
  %0 = nn.matmul %x, %q : (tensor<1x64xf32>, tensor<64x64xf32>) -> tensor<1x64xf32>
  %1 = nn.add %0, %bq : (tensor<1x64xf32>, tensor<64xf32>) -> tensor<1x64xf32>
  %2 = nn.matmul %x, %k : (tensor<1x64xf32>, tensor<64x64xf32>) -> tensor<1x64xf32>
  %3 = nn.add %2, %bk : (tensor<1x64xf32>, tensor<64xf32>) -> tensor<1x64xf32>
  %4 = nn.matmul %x, %v : (tensor<1x64xf32>, tensor<64x64xf32>) -> tensor<1x64xf32>
  %5 = nn.add %4, %bv : (tensor<1x64xf32>, tensor<64xf32>) -> tensor<1x64xf32>
  return %1, %3, %5 : tensor<1x64xf32>, tensor<1x64xf32>, tensor<1x64xf32>
}

// -----

// A correction of low rank goes into the weights. The way there costs more than backtracking is ready to pay: it stops
// at two products.
// BACK-LABEL: @main(
// BACK: nn.matmul {{.*}}tensor<64x4xf32>
// BACK: nn.matmul {{.*}}tensor<68x96xf32>
// BACK-NOT: nn.matmul
// CHECK-LABEL: @main(
// CHECK: nn.matmul {{.*}}(tensor<8x64xf32>, tensor<64x96xf32>)
// CHECK-NOT: nn.matmul
// CHECK: return
// STRICT-LABEL: @main(
// STRICT-COUNT-3: nn.matmul
func.func @main(%x: tensor<8x64xf32>) -> tensor<8x96xf32> {
  %w = nn.constant dense<0.5> : tensor<64x96xf32> : tensor<64x96xf32>
  %a = nn.constant dense<0.25> : tensor<64x4xf32> : tensor<64x4xf32>
  %b = nn.constant dense<2.0> : tensor<4x96xf32> : tensor<4x96xf32>
  %0 = nn.matmul %x, %w : (tensor<8x64xf32>, tensor<64x96xf32>) -> tensor<8x96xf32>
  %1 = nn.matmul %x, %a : (tensor<8x64xf32>, tensor<64x4xf32>) -> tensor<8x4xf32>
  %2 = nn.matmul %1, %b : (tensor<8x4xf32>, tensor<4x96xf32>) -> tensor<8x96xf32>
  %3 = nn.add %0, %2 : (tensor<8x96xf32>, tensor<8x96xf32>) -> tensor<8x96xf32>
  return %3 : tensor<8x96xf32>
}

// -----

// Without a softmax between them, the products of many queries with keys and values begin at the keys.
// CHECK-LABEL: @main(
// CHECK: %[[T:.*]] = nn.transpose %arg1
// CHECK: %[[KV:.*]] = nn.matmul %[[T]], %arg2
// CHECK: nn.matmul %arg0, %[[KV]]
// STRICT-LABEL: @main(
// STRICT: nn.matmul %arg0, %{{.*}} : (tensor<2x1024x64xf32>, tensor<2x64x1024xf32>)
func.func @main(%q: tensor<2x1024x64xf32>, %k: tensor<2x1024x64xf32>, %v: tensor<2x1024x64xf32>) -> tensor<2x1024x64xf32> {
  %0 = nn.transpose %k {perm = array<i64: 0, 2, 1>} : (tensor<2x1024x64xf32>) -> tensor<2x64x1024xf32>
  %1 = nn.matmul %q, %0 : (tensor<2x1024x64xf32>, tensor<2x64x1024xf32>) -> tensor<2x1024x1024xf32>
  %2 = nn.matmul %1, %v : (tensor<2x1024x1024xf32>, tensor<2x1024x64xf32>) -> tensor<2x1024x64xf32>
  return %2 : tensor<2x1024x64xf32>
}

// -----

// Convolutions of one image that are summed are one, with the sum of their kernels.
// CHECK-LABEL: @main(
// CHECK: nn.conv {{.*}}pads = array<i64: 1, 1, 1, 1>{{.*}}tensor<16x16x3x3xf32>, tensor<16xf32>
// CHECK-NOT: nn.conv
// CHECK: nn.relu
// BACK-LABEL: @main(
// BACK: nn.matmul
// BACK-LABEL: @main(
// BACK: nn.conv {{.*}}tensor<16x16x3x3xf32>
// BACK-NOT: nn.conv
// STRICT-LABEL: @main(
// STRICT-COUNT-3: nn.conv
func.func @main(%x: tensor<1x16x14x14xf32>) -> tensor<1x16x14x14xf32> {
  %u = nn.constant dense<0.5> : tensor<16x16x3x3xf32> : tensor<16x16x3x3xf32>
  %v = nn.constant dense<0.25> : tensor<16x16x1x3xf32> : tensor<16x16x1x3xf32>
  %w = nn.constant dense<2.0> : tensor<16x16x3x1xf32> : tensor<16x16x3x1xf32>
  %b = nn.constant dense<1.0> : tensor<16xf32> : tensor<16xf32>
  %0 = nn.conv %x, %u, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x16x14x14xf32>, tensor<16x16x3x3xf32>, tensor<16xf32>) -> tensor<1x16x14x14xf32>
  %1 = nn.conv %x, %v, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 1, 0, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x16x14x14xf32>, tensor<16x16x1x3xf32>, tensor<16xf32>) -> tensor<1x16x14x14xf32>
  %2 = nn.conv %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 0, 1, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x16x14x14xf32>, tensor<16x16x3x1xf32>, tensor<16xf32>) -> tensor<1x16x14x14xf32>
  %3 = nn.add %0, %1 : (tensor<1x16x14x14xf32>, tensor<1x16x14x14xf32>) -> tensor<1x16x14x14xf32>
  %4 = nn.add %3, %2 : (tensor<1x16x14x14xf32>, tensor<1x16x14x14xf32>) -> tensor<1x16x14x14xf32>
  %5 = nn.relu %4 : (tensor<1x16x14x14xf32>) -> tensor<1x16x14x14xf32>
  return %5 : tensor<1x16x14x14xf32>
}

// -----

// Parts of 20 channels do not begin at a block of 8: a sum of convolutions needs no concatenation, and each part has
// its activation when it is computed. What keeps every bit is the activation's move alone. The sum's last convolution
// comes first: the plan adds the others to it.
// CHECK-LABEL: @main(
// CHECK-NOT: nn.concat
// CHECK: nn.relu {{.*}}tensor<1x20x14x14xf32>
// CHECK: %[[LAST:.*]] = nn.conv {{.*}}tensor<24x20x1x1xf32>, tensor<24xf32>
// CHECK: %[[FIRST:.*]] = nn.conv {{.*}}tensor<24x20x1x1xf32>) ->
// CHECK: nn.add %[[LAST]], %[[FIRST]]
// STRICT-LABEL: @main(
// STRICT-COUNT-2: nn.relu {{.*}}tensor<1x20x14x14xf32>
// STRICT: nn.concat
// STRICT: nn.conv {{.*}}tensor<24x40x1x1xf32>
// BACK-LABEL: @main(
// NONE: nn.relu {{.*}}tensor<1x40x14x14xf32>
func.func @main(%x: tensor<1x16x14x14xf32>) -> tensor<1x24x14x14xf32> {
  %u = nn.constant dense<0.5> : tensor<20x16x3x3xf32> : tensor<20x16x3x3xf32>
  %v = nn.constant dense<0.25> : tensor<20x20x3x3xf32> : tensor<20x20x3x3xf32>
  %w = nn.constant dense<2.0> : tensor<24x40x1x1xf32> : tensor<24x40x1x1xf32>
  %b = nn.constant dense<1.0> : tensor<24xf32> : tensor<24xf32>
  %0 = nn.conv %x, %u {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x16x14x14xf32>, tensor<20x16x3x3xf32>) -> tensor<1x20x14x14xf32>
  %1 = nn.conv %0, %v {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x20x14x14xf32>, tensor<20x20x3x3xf32>) -> tensor<1x20x14x14xf32>
  %2 = nn.concat %0, %1 {axis = 1 : i64} : (tensor<1x20x14x14xf32>, tensor<1x20x14x14xf32>) -> tensor<1x40x14x14xf32>
  %3 = nn.relu %2 : (tensor<1x40x14x14xf32>) -> tensor<1x40x14x14xf32>
  %4 = nn.conv %3, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 1 : i64} : (tensor<1x40x14x14xf32>, tensor<24x40x1x1xf32>, tensor<24xf32>) -> tensor<1x24x14x14xf32>
  return %4 : tensor<1x24x14x14xf32>
}

// -----

// A product whose weights no cache holds is a sum of products of parts.
// CHECK-LABEL: @main(
// CHECK: nn.slice %arg0
// CHECK-COUNT-2: nn.matmul
// BACK-LABEL: @main(
// BACK: nn.matmul {{.*}}tensor<3072x1024xf32>
// CHECK: nn.add
// STRICT-LABEL: @main(
// STRICT-COUNT-1: nn.matmul
// STRICT-NOT: nn.matmul
func.func @main(%x: tensor<64x3072xf32>) -> tensor<64x1024xf32> {
  %w = nn.constant dense<0.5> : tensor<3072x1024xf32> : tensor<3072x1024xf32>
  %0 = nn.matmul %x, %w : (tensor<64x3072xf32>, tensor<3072x1024xf32>) -> tensor<64x1024xf32>
  return %0 : tensor<64x1024xf32>
}

// -----

// By rules that were generated: pools side by side are one, and zeros around an image are a convolution's own.
// CHECK-LABEL: @main(
// CHECK-NOT: nn.pad
// CHECK: nn.conv {{.*}}pads = array<i64: 1, 1, 1, 1>
// CHECK: nn.concat
// CHECK: nn.max_pool {{.*}}tensor<1x16x14x14xf32>
// CHECK-NOT: nn.max_pool
// CHECK: return
// NONE: nn.pad
// NONE-COUNT-2: nn.max_pool
// STRICT-LABEL: @main(
// STRICT: nn.pad
// STRICT-COUNT-1: nn.max_pool
// STRICT-NOT: nn.max_pool
// BACK-LABEL: @main(
// BACK-NOT: nn.pad
// BACK-COUNT-1: nn.max_pool
// BACK-NOT: nn.max_pool
func.func @main(%x: tensor<1x8x14x14xf32>, %y: tensor<1x8x14x14xf32>, %w: tensor<8x8x3x3xf32>) -> tensor<1x16x14x14xf32> {
  %0 = nn.pad %x {mode = "constant", pads = array<i64: 0, 0, 1, 1, 0, 0, 1, 1>} : (tensor<1x8x14x14xf32>) -> tensor<1x8x16x16xf32>
  %1 = nn.conv %0, %w {dilations = array<i64: 1, 1>, group = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x8x16x16xf32>, tensor<8x8x3x3xf32>) -> tensor<1x8x14x14xf32>
  %2 = nn.max_pool %1 {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>} : (tensor<1x8x14x14xf32>) -> tensor<1x8x14x14xf32>
  %3 = nn.max_pool %y {ceil_mode = false, dilations = array<i64: 1, 1>, kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>} : (tensor<1x8x14x14xf32>) -> tensor<1x8x14x14xf32>
  %4 = nn.concat %2, %3 {axis = 1 : i64} : (tensor<1x8x14x14xf32>, tensor<1x8x14x14xf32>) -> tensor<1x16x14x14xf32>
  return %4 : tensor<1x16x14x14xf32>
}
