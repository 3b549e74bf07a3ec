// The machine code of a depthwise convolution of 3x3 points: its loops over the window are unrolled, seven points share
// the weights, what neighbours share of the image is loaded once, and nothing is spilled.
//
// REQUIRES: mlir-translate, opt, llc
// RUN: tenon-opt %s --pass-pipeline='builtin.module(tenon-expand,tenon-to-llvm)' | mlir-translate --mlir-to-llvmir \
// RUN:   | opt -O3 -mtriple=x86_64-unknown-linux-gnu -mcpu=x86-64-v3 -S \
// RUN:   | llc -O3 -mtriple=x86_64-unknown-linux-gnu -mcpu=x86-64-v3 | FileCheck %s

// CHECK-LABEL: kernel:
// CHECK:       This Inner Loop Header
// CHECK-NOT:   {{%rsp|call|\.LBB|vgather}}
// CHECK-COUNT-63: {{vfmadd[0-9]+ps|vmulps}} {{.*}}%ymm{{[0-9]+}}, %ymm{{[0-9]+}}
// CHECK-NOT:   {{vfmadd|%rsp|call}}
// CHECK-COUNT-7: vmovups %ymm{{[0-9]+}}, {{.*}}(
// CHECK-NOT:   {{vfmadd|%rsp|call|vmov.*%ymm[0-9]+, }}
// CHECK:       {{jne|jb|jl|jae}} .LBB
#x = affine_map<(c, h, w, kh, kw) -> (c floordiv 8, h + kh, w + kw, c mod 8)>
#w = affine_map<(c, h, w, kh, kw) -> (c floordiv 8, kh, kw, c mod 8)>
#y = affine_map<(c, h, w, kh, kw) -> (c floordiv 8, h, w, c mod 8)>
func.func @kernel(%x: memref<8x30x30x8xf32>, %w: memref<8x3x3x8xf32>, %y: memref<8x28x28x8xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [64, 28, 28, 3, 3] reductions = 2 ins(%x, %w : memref<8x30x30x8xf32>, memref<8x3x3x8xf32>)
    outs(%y : memref<8x28x28x8xf32>) inits(%z : f32) maps [#x, #w, #y]
    schedule <vector_dim = 0, lanes = 8, tile = [1, 1, 7, 1, 1], order = [0, 1, 2]> {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %r = math.fma %a, %b, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}
