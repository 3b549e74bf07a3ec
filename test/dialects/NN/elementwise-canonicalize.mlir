// RUN: tenon-opt %s --canonicalize --split-input-file | FileCheck %s

// Neutral operands: -0 of the sum (-0 + 0 is 0, so 0 is none), 0 of the difference, 1 of products.
// CHECK-LABEL: @neutral
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>)
// CHECK-NOT: nn.
// CHECK: return %[[X]]
func.func @neutral(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %zero = nn.constant dense<0.0> : tensor<3xf32> : tensor<3xf32>
  %minus_zero = nn.constant dense<-0.0> : tensor<2x3xf32> : tensor<2x3xf32>
  %one = nn.constant dense<1.0> : tensor<f32> : tensor<f32>
  %ones = nn.constant dense<[1.0, 1.0, 1.0]> : tensor<3xf32> : tensor<3xf32>
  %0 = nn.add %minus_zero, %x : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = nn.sub %0, %zero : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %2 = nn.mul %one, %1 : (tensor<f32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %3 = nn.div %2, %ones : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %4 = nn.pow %3, %one : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  %5 = nn.max %4, %4 : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %6 = nn.min %5, %5 : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %6 : tensor<2x3xf32>
}

// -----

// What is not neutral, or makes the result larger, stays.
// CHECK-LABEL: @not_neutral
// CHECK: nn.add
// CHECK-NEXT: nn.sub
// CHECK-NEXT: nn.mul
// CHECK-NEXT: nn.div
// CHECK-NEXT: nn.sub
// CHECK-NEXT: return
func.func @not_neutral(%x: tensor<3xf32>) -> tensor<2x3xf32> {
  %zero = nn.constant dense<0.0> : tensor<3xf32> : tensor<3xf32>
  %minus_zero = nn.constant dense<-0.0> : tensor<3xf32> : tensor<3xf32>
  %one = nn.constant dense<1.0> : tensor<2x3xf32> : tensor<2x3xf32>
  %mixed = nn.constant dense<[1.0, 1.0, -1.0]> : tensor<3xf32> : tensor<3xf32>
  %0 = nn.add %x, %zero : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  %1 = nn.sub %0, %minus_zero : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  %2 = nn.mul %1, %one : (tensor<3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %3 = nn.div %2, %mixed : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %4 = nn.sub %one, %3 : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %4 : tensor<2x3xf32>
}

// -----

// CHECK-LABEL: @integers
// CHECK-SAME: (%[[X:.*]]: tensor<4xui8>)
// CHECK-NOT: nn.
// CHECK: return %[[X]]
func.func @integers(%x: tensor<4xui8>) -> tensor<4xui8> {
  %zero = nn.constant dense<0> : tensor<4xui8> : tensor<4xui8>
  %ones = nn.constant dense<255> : tensor<4xui8> : tensor<4xui8>
  %0 = nn.add %x, %zero : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  %1 = nn.shl %0, %zero : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  %2 = nn.shr %1, %zero : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  %3 = nn.and %2, %ones : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  %4 = nn.or %3, %zero : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  %5 = nn.and %4, %4 : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  %6 = nn.or %5, %5 : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  return %6 : tensor<4xui8>
}

// -----

// A constant that decides: false of a conjunction, true of a disjunction.
// CHECK-LABEL: @decided
// CHECK-DAG: %[[FALSE:.*]] = nn.constant dense<false>
// CHECK-DAG: %[[TRUE:.*]] = nn.constant dense<true>
// CHECK: return %[[FALSE]], %[[TRUE]]
func.func @decided(%x: tensor<4xi1>) -> (tensor<4xi1>, tensor<4xi1>) {
  %false = nn.constant dense<false> : tensor<4xi1> : tensor<4xi1>
  %true = nn.constant dense<true> : tensor<4xi1> : tensor<4xi1>
  %0 = nn.and %x, %false : (tensor<4xi1>, tensor<4xi1>) -> tensor<4xi1>
  %1 = nn.or %x, %true : (tensor<4xi1>, tensor<4xi1>) -> tensor<4xi1>
  return %0, %1 : tensor<4xi1>, tensor<4xi1>
}

// -----

// CHECK-LABEL: @inverses
// CHECK-SAME: (%[[X:.*]]: tensor<4xf32>, %[[B:.*]]: tensor<4xi1>)
// CHECK-NOT: nn.
// CHECK: return %[[X]], %[[B]]
func.func @inverses(%x: tensor<4xf32>, %b: tensor<4xi1>) -> (tensor<4xf32>, tensor<4xi1>) {
  %0 = nn.neg %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = nn.neg %0 : (tensor<4xf32>) -> tensor<4xf32>
  %2 = nn.not %b : (tensor<4xi1>) -> tensor<4xi1>
  %3 = nn.not %2 : (tensor<4xi1>) -> tensor<4xi1>
  return %1, %3 : tensor<4xf32>, tensor<4xi1>
}

// -----

// CHECK-LABEL: @repeated
// CHECK: nn.relu
// CHECK-NEXT: nn.abs
// CHECK-NEXT: nn.floor
// CHECK-NEXT: nn.sign
// CHECK-NEXT: return
func.func @repeated(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = nn.relu %0 : (tensor<4xf32>) -> tensor<4xf32>
  %2 = nn.abs %1 : (tensor<4xf32>) -> tensor<4xf32>
  %3 = nn.abs %2 : (tensor<4xf32>) -> tensor<4xf32>
  %4 = nn.floor %3 : (tensor<4xf32>) -> tensor<4xf32>
  %5 = nn.ceil %4 : (tensor<4xf32>) -> tensor<4xf32>
  %6 = nn.round %5 : (tensor<4xf32>) -> tensor<4xf32>
  %7 = nn.floor %6 : (tensor<4xf32>) -> tensor<4xf32>
  %8 = nn.sign %7 : (tensor<4xf32>) -> tensor<4xf32>
  %9 = nn.sign %8 : (tensor<4xf32>) -> tensor<4xf32>
  return %9 : tensor<4xf32>
}

// -----

// A known condition, and a choice of twice the same.
// CHECK-LABEL: @choices
// CHECK-SAME: (%[[C:[^:]*]]: tensor<4xi1>, %[[X:[^:]*]]: tensor<4xf32>, %[[Z:[^:]*]]: tensor<4xf32>)
// CHECK-NOT: nn.where
// CHECK: return %[[X]], %[[Z]], %[[X]]
func.func @choices(%c: tensor<4xi1>, %x: tensor<4xf32>, %z: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %true = nn.constant dense<true> : tensor<i1> : tensor<i1>
  %false = nn.constant dense<false> : tensor<4xi1> : tensor<4xi1>
  %0 = nn.where %true, %x, %z : (tensor<i1>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = nn.where %false, %x, %z : (tensor<4xi1>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %2 = nn.where %c, %x, %x : (tensor<4xi1>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0, %1, %2 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

// Bits there and back; a bool in between keeps only whether a byte is 0.
// CHECK-LABEL: @bitcasts
// CHECK-SAME: (%[[X:[^:]*]]: tensor<4xf32>, %[[B:[^:]*]]: tensor<4xi8>)
// CHECK-NEXT: %[[BOOL:.*]] = nn.bitcast %[[B]]
// CHECK-NEXT: %[[BYTE:.*]] = nn.bitcast %[[BOOL]]
// CHECK-NEXT: return %[[X]], %[[BYTE]]
func.func @bitcasts(%x: tensor<4xf32>, %b: tensor<4xi8>) -> (tensor<4xf32>, tensor<4xi8>) {
  %0 = nn.bitcast %x {to = i32} : (tensor<4xf32>) -> tensor<4xi32>
  %1 = nn.bitcast %0 {to = f32} : (tensor<4xi32>) -> tensor<4xf32>
  %2 = nn.bitcast %b {to = i1} : (tensor<4xi8>) -> tensor<4xi1>
  %3 = nn.bitcast %2 {to = i8} : (tensor<4xi1>) -> tensor<4xi8>
  return %1, %3 : tensor<4xf32>, tensor<4xi8>
}
