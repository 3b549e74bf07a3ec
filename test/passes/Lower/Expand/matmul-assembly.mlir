// The machine code of a matrix product: in the innermost loop, twelve fused multiply-adds for each of eight steps,
// whose accumulators stay in registers (no store, and no load from the stack), and the loads that feed them.
//
// REQUIRES: mlir-translate, opt, llc
// RUN: tenon-opt %s --pass-pipeline='builtin.module(tenon-expand,tenon-to-llvm)' | mlir-translate --mlir-to-llvmir \
// RUN:   | opt -O3 -mtriple=x86_64-unknown-linux-gnu -mcpu=x86-64-v3 -S \
// RUN:   | llc -O3 -mtriple=x86_64-unknown-linux-gnu -mcpu=x86-64-v3 | FileCheck %s

// CHECK-LABEL: kernel:
// CHECK:       Inner Loop Header: Depth=3
// CHECK-NOT:   {{%rsp|%rbp|\.LBB}}
// CHECK-COUNT-96: vfmadd{{[0-9]+}}ps %ymm{{[0-9]+}}, %ymm{{[0-9]+}}, %ymm{{[0-9]+}}
// CHECK-NOT:   {{vfmadd|%rsp|%rbp|vmov.*%ymm[0-9]+, }}
// CHECK:       {{jb|jne}} .LBB
func.func @kernel(%a: memref<128x768xf32>, %b: memref<768x100xf32>, %c: memref<128x100xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [128, 100, 768] reductions = 1 ins(%a, %b : memref<128x768xf32>, memref<768x100xf32>)
    outs(%c : memref<128x100xf32>) inits(%z : f32)
    maps [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] {
  ^bb0(%x: f32, %y: f32, %acc: f32):
    %r = math.fma %x, %y, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}
