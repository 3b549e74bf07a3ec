// RUN: tenon-opt --tenon-expand-math %s | FileCheck %s
// RUN: tenon-opt --pass-pipeline="builtin.module(func.func(tenon-expand-math))" %s | FileCheck %s

// The reduction, the polynomial and the two-step scaling of exp; neither the operation nor a call is left. What vanishes is
// multiplied by zero: no product underflows.
// CHECK-LABEL: func.func @exp(
// CHECK-SAME:    %[[X:.*]]: f32)
// CHECK-NOT:     math.exp
// CHECK-NOT:     call
// CHECK:         %[[VANISHES:.*]] = arith.cmpf olt, %[[X]]
// CHECK:         math.fma
// CHECK:         arith.shli
// CHECK:         arith.shli
// CHECK:         %[[FACTOR:.*]] = arith.select %[[VANISHES]], %{{.*}}, %{{.*}} : f32
// CHECK:         %[[Y:.*]] = arith.mulf %{{.*}}, %[[FACTOR]]
// CHECK:         return %[[Y]] : f32
func.func @exp(%x: f32) -> f32 {
  %y = math.exp %x : f32
  return %y : f32
}

// CHECK-LABEL: func.func @every_function(
// CHECK-NOT:     math.{{exp|log|sin|cos|tan|asin|acos|atan|erf|pow}}
// CHECK-NOT:     arith.remf
// CHECK-NOT:     call
// CHECK:         return
func.func @every_function(%x: f32, %y: f32) -> f32 {
  %0 = math.exp2 %x : f32
  %1 = math.expm1 %0 : f32
  %2 = math.log %1 : f32
  %3 = math.log1p %2 : f32
  %4 = math.log2 %3 : f32
  %5 = math.sin %4 : f32
  %6 = math.cos %5 : f32
  %7 = math.tan %6 : f32
  %8 = math.asin %7 : f32
  %9 = math.acos %8 : f32
  %10 = math.atan %9 : f32
  %11 = math.sinh %10 : f32
  %12 = math.cosh %11 : f32
  %13 = math.tanh %12 : f32
  %14 = math.asinh %13 : f32
  %15 = math.acosh %14 : f32
  %16 = math.atanh %15 : f32
  %17 = math.erf %16 : f32
  %18 = math.powf %17, %y : f32
  %19 = arith.remf %18, %y : f32
  return %19 : f32
}

// CHECK-LABEL: func.func @vector(
// CHECK-NOT:     math.tanh
// CHECK:         arith.cmpf olt, {{.*}} : vector<8xf64>
// CHECK:         math.fma {{.*}} : vector<8xf64>
// CHECK:         arith.select {{.*}} : vector<8xi1>, vector<8xf64>
// CHECK:         math.copysign {{.*}} : vector<8xf64>
func.func @vector(%x: vector<8xf64>) -> vector<8xf64> {
  %y = math.tanh %x : vector<8xf64>
  return %y : vector<8xf64>
}

// Inside a region, the body lands where the operation was.
// CHECK-LABEL: func.func @region(
// CHECK:         scf.if
// CHECK:           math.fma
// CHECK:         else
// CHECK-NOT:       math.fma
func.func @region(%c: i1, %x: f32) -> f32 {
  %y = scf.if %c -> f32 {
    %0 = math.erf %x : f32
    scf.yield %0 : f32
  } else {
    scf.yield %x : f32
  }
  return %y : f32
}

// What is an instruction stays.
// CHECK-LABEL: func.func @instructions(
// CHECK-NEXT:    math.sqrt
// CHECK-NEXT:    math.floor
// CHECK-NEXT:    return
func.func @instructions(%x: f32) -> f32 {
  %0 = math.sqrt %x : f32
  %1 = math.floor %0 : f32
  return %1 : f32
}
