// RUN: tenon-opt %s --canonicalize | FileCheck %s

// Constants are not repeated.
// CHECK-LABEL: @constants
// CHECK: %[[C:.*]] = nn.constant dense<2.000000e+00> : tensor<3xf32>
// CHECK-NOT: nn.constant
// CHECK: return %[[C]], %[[C]]
func.func @constants() -> (tensor<3xf32>, tensor<3xf32>) {
  %0 = nn.constant dense<2.0> : tensor<3xf32> : tensor<3xf32>
  %1 = nn.constant dense<2.0> : tensor<3xf32> : tensor<3xf32>
  return %0, %1 : tensor<3xf32>, tensor<3xf32>
}

// A cast to the same type is nothing; a cast and its inverse round, and stay.
// CHECK-LABEL: @casts
// CHECK-SAME: (%[[X:.*]]: tensor<3xf32>)
// CHECK-NEXT: %[[HALF:.*]] = nn.cast %[[X]] {{.*}}to = f16
// CHECK-NEXT: %[[BACK:.*]] = nn.cast %[[HALF]] {{.*}}to = f32
// CHECK-NEXT: return %[[X]], %[[BACK]]
func.func @casts(%x: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>) {
  %0 = nn.cast %x {to = f32} : (tensor<3xf32>) -> tensor<3xf32>
  %1 = nn.cast %x {to = f16} : (tensor<3xf32>) -> tensor<3xf16>
  %2 = nn.cast %1 {to = f32} : (tensor<3xf16>) -> tensor<3xf32>
  return %0, %2 : tensor<3xf32>, tensor<3xf32>
}

// A cast that changes no value is left out before another one.
// CHECK-LABEL: @exact_casts
// CHECK-SAME: (%[[X:[^:]*]]: tensor<3xf16>, %[[N:[^:]*]]: tensor<3xi8>)
// CHECK-NEXT: %[[INT:.*]] = nn.cast %[[X]] {{.*}}to = i8
// CHECK-NEXT: return %[[X]], %[[INT]], %[[N]]
func.func @exact_casts(%x: tensor<3xf16>, %n: tensor<3xi8>) -> (tensor<3xf16>, tensor<3xi8>, tensor<3xi8>) {
  %0 = nn.cast %x {to = f32} : (tensor<3xf16>) -> tensor<3xf32>
  %1 = nn.cast %0 {to = f64} : (tensor<3xf32>) -> tensor<3xf64>
  %2 = nn.cast %1 {to = f16} : (tensor<3xf64>) -> tensor<3xf16>
  %3 = nn.cast %1 {to = i8} : (tensor<3xf64>) -> tensor<3xi8>
  %4 = nn.cast %n {to = bf16} : (tensor<3xi8>) -> tensor<3xbf16>
  %5 = nn.cast %4 {to = i8} : (tensor<3xbf16>) -> tensor<3xi8>
  return %2, %3, %5 : tensor<3xf16>, tensor<3xi8>, tensor<3xi8>
}

// These change values: a sign is lost, 17 bits do not fit into 11, bf16 reaches further than f16, and infinity saturates.
// CHECK-LABEL: @inexact_casts
// CHECK-COUNT-7: nn.cast
func.func @inexact_casts(%a: tensor<3xi8>, %b: tensor<3xi16>, %c: tensor<3xbf16>, %d: tensor<3xf8E5M2>)
    -> (tensor<3xi32>, tensor<3xi16>, tensor<3xbf16>, tensor<3xf8E5M2>) {
  %0 = nn.cast %a {to = ui16} : (tensor<3xi8>) -> tensor<3xui16>
  %1 = nn.cast %0 {to = i32} : (tensor<3xui16>) -> tensor<3xi32>
  %2 = nn.cast %b {to = f16} : (tensor<3xi16>) -> tensor<3xf16>
  %3 = nn.cast %2 {to = i16} : (tensor<3xf16>) -> tensor<3xi16>
  %4 = nn.cast %c {to = f16} : (tensor<3xbf16>) -> tensor<3xf16>
  %5 = nn.cast %4 {to = bf16} : (tensor<3xf16>) -> tensor<3xbf16>
  %6 = nn.cast %d {to = f8E5M2} : (tensor<3xf8E5M2>) -> tensor<3xf8E5M2>
  return %1, %3, %5, %6 : tensor<3xi32>, tensor<3xi16>, tensor<3xbf16>, tensor<3xf8E5M2>
}
