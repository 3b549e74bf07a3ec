// RUN: tenon-opt %s --pass-pipeline='builtin.module(tenon-verify-vectorized{lanes=16})'
// RUN: not tenon-opt %s --pass-pipeline='builtin.module(tenon-verify-vectorized{lanes=8})' 2>&1 | FileCheck %s

// CHECK: error: scalar float arithmetic 'arith.addf' is left in an innermost loop
func.func @fifteen(%x: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c15 = arith.constant 15 : index
  scf.for %i = %c0 to %c15 step %c1 {
    %v = memref.load %x[%i] : memref<64xf32>
    %r = arith.addf %v, %v : f32
    memref.store %r, %x[%i] : memref<64xf32>
  }
  return
}
