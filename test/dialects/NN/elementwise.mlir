// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// Each op survives printing and parsing.

// CHECK-LABEL: func @unary
func.func @unary(%x: tensor<2x3xf32>) {
  // CHECK: nn.abs
  %0 = nn.abs %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.neg
  %1 = nn.neg %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.sign
  %2 = nn.sign %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.ceil
  %3 = nn.ceil %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.floor
  %4 = nn.floor %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.round
  %5 = nn.round %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.sqrt
  %6 = nn.sqrt %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.exp
  %7 = nn.exp %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.log
  %8 = nn.log %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.sin
  %9 = nn.sin %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.cos
  %10 = nn.cos %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.tan
  %11 = nn.tan %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.asin
  %12 = nn.asin %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.acos
  %13 = nn.acos %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.atan
  %14 = nn.atan %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.sinh
  %15 = nn.sinh %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.cosh
  %16 = nn.cosh %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.tanh
  %17 = nn.tanh %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.asinh
  %18 = nn.asinh %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.acosh
  %19 = nn.acosh %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.atanh
  %20 = nn.atanh %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.erf
  %21 = nn.erf %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.relu
  %22 = nn.relu %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.sigmoid
  %23 = nn.sigmoid %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.softplus
  %24 = nn.softplus %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.hard_swish
  %25 = nn.hard_swish %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.mish
  %26 = nn.mish %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.gelu
  %27 = nn.gelu %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.gelu_tanh
  %28 = nn.gelu_tanh %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// CHECK-LABEL: func @binary
func.func @binary(%x: tensor<2x3xf32>, %z: tensor<3xf32>) {
  // CHECK: nn.add
  %0 = nn.add %x, %z : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.sub
  %1 = nn.sub %x, %z : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.mul
  %2 = nn.mul %x, %z : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.div
  %3 = nn.div %x, %z : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.mod
  %4 = nn.mod %x, %z : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.rem
  %5 = nn.rem %x, %z : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.pow
  %6 = nn.pow %x, %z : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.max
  %7 = nn.max %x, %z : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.min
  %8 = nn.min %x, %z : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.prelu
  %9 = nn.prelu %x, %z : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// CHECK-LABEL: func @compare
func.func @compare(%x: tensor<2x3xf32>, %z: tensor<2x3xf32>) {
  // CHECK: nn.equal
  %0 = nn.equal %x, %z : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi1>
  // CHECK: nn.less
  %1 = nn.less %x, %z : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi1>
  // CHECK: nn.less_equal
  %2 = nn.less_equal %x, %z : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi1>
  return
}

// CHECK-LABEL: func @logic
func.func @logic(%x: tensor<4xui8>, %b: tensor<4xi1>) {
  // CHECK: nn.and
  %0 = nn.and %x, %x : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  // CHECK: nn.or
  %1 = nn.or %x, %x : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  // CHECK: nn.xor
  %2 = nn.xor %x, %x : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  // CHECK: nn.shl
  %3 = nn.shl %x, %x : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  // CHECK: nn.shr
  %4 = nn.shr %x, %x : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  // CHECK: nn.not
  %5 = nn.not %b : (tensor<4xi1>) -> tensor<4xi1>
  return
}

// CHECK-LABEL: func @attributes
func.func @attributes(%x: tensor<2x3xf32>) {
  // CHECK: nn.elu
  %0 = nn.elu %x {alpha = 1.0 : f64, beta = 2.0 : f64, gamma = 3.0 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.leaky_relu
  %1 = nn.leaky_relu %x {alpha = 1.0e-2 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.thresholded_relu
  %2 = nn.thresholded_relu %x {alpha = 1.0 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.hard_sigmoid
  %3 = nn.hard_sigmoid %x {alpha = 2.0e-1 : f64, beta = 5.0e-1 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.swish
  %4 = nn.swish %x {alpha = 1.0 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.shrink
  %5 = nn.shrink %x {bias = 0.0 : f64, lambd = 5.0e-1 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.is_nan
  %6 = nn.is_nan %x : (tensor<2x3xf32>) -> tensor<2x3xi1>
  // CHECK: nn.is_inf
  %7 = nn.is_inf %x {negative = true, positive = false} : (tensor<2x3xf32>) -> tensor<2x3xi1>
  return
}

// CHECK-LABEL: func @others
func.func @others(%c: tensor<3xi1>, %x: tensor<2x3xf32>, %s: tensor<3xf32>, %q: tensor<3xi8>) {
  // CHECK: nn.where
  %0 = nn.where %c, %x, %x : (tensor<3xi1>, tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.cast
  %1 = nn.cast %x {to = f8E4M3FN, saturate = false} : (tensor<2x3xf32>) -> tensor<2x3xf8E4M3FN>
  // CHECK: nn.bitcast
  %2 = nn.bitcast %x {to = i32} : (tensor<2x3xf32>) -> tensor<2x3xi32>
  // CHECK: nn.quantize_linear
  %3 = nn.quantize_linear %x, %s, %q {axis = 1 : i64, block_size = 0 : i64, precision = f32, to = i8} : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xi8>) -> tensor<2x3xi8>
  // CHECK: nn.dequantize_linear
  %4 = nn.dequantize_linear %3, %s {axis = 1 : i64, block_size = 0 : i64, to = f32} : (tensor<2x3xi8>, tensor<3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.dynamic_quantize_linear
  %5:3 = nn.dynamic_quantize_linear %x : (tensor<2x3xf32>) -> (tensor<2x3xui8>, tensor<f32>, tensor<ui8>)
  // CHECK: nn.iota
  %6 = nn.iota affine_map<()[s0] -> (s0, 4)>, 1 : tensor<?x4xi64, affine_map<()[s0] -> (s0, 4)>>
  return
}

// Symbolic dimensions broadcast where they are the same expression, or against 1.
// CHECK-LABEL: func @symbolic
#n = affine_map<()[s0] -> (s0, 4)>
func.func @symbolic(%x: tensor<?x4xf32, #n>, %z: tensor<1x4xf32>) {
  // CHECK: nn.add
  %0 = nn.add %x, %z : (tensor<?x4xf32, #n>, tensor<1x4xf32>) -> tensor<?x4xf32, #n>
  // CHECK: nn.mul
  %1 = nn.mul %x, %0 : (tensor<?x4xf32, #n>, tensor<?x4xf32, #n>) -> tensor<?x4xf32, #n>
  return
}
