// The machine code of a blocked convolution of 3x3 points: the innermost loop is a block of eight input channels, for each
// of which twelve fused multiply-adds, six points by two vectors, whose accumulators stay in registers: no spill, no call.
//
// REQUIRES: mlir-translate, opt, llc
// RUN: tenon-opt %s --pass-pipeline='builtin.module(tenon-expand,tenon-to-llvm)' | mlir-translate --mlir-to-llvmir \
// RUN:   | opt -O3 -mtriple=x86_64-unknown-linux-gnu -mcpu=x86-64-v3 -S \
// RUN:   | llc -O3 -mtriple=x86_64-unknown-linux-gnu -mcpu=x86-64-v3 | FileCheck %s

// CHECK-LABEL: kernel:
// CHECK:       This Inner Loop Header
// CHECK-NOT:   {{%rsp|call|\.LBB|vgather}}
// CHECK-COUNT-96: vfmadd{{[0-9]+}}ps %ymm{{[0-9]+}}, %ymm{{[0-9]+}}, %ymm{{[0-9]+}}
// CHECK-NOT:   {{vfmadd|%rsp|call|vmov.*%ymm[0-9]+, }}
// CHECK:       jne .LBB
#x = affine_map<(o, h, w, c, kh, kw) -> (c floordiv 8, h + kh, w + kw, c mod 8)>
#w = affine_map<(o, h, w, c, kh, kw) -> (o floordiv 16, c floordiv 8, kh, kw, c mod 8, o mod 16)>
#y = affine_map<(o, h, w, c, kh, kw) -> (o floordiv 8, h, w, o mod 8)>
func.func @kernel(%x: memref<8x26x26x8xf32>, %w: memref<4x8x3x3x8x16xf32>, %y: memref<8x24x24x8xf32>) {
  %z = arith.constant 0.0 : f32
  kernel.generic extents [64, 24, 24, 64, 3, 3] reductions = 3 ins(%x, %w : memref<8x26x26x8xf32>, memref<4x8x3x3x8x16xf32>)
    outs(%y : memref<8x24x24x8xf32>) inits(%z : f32) maps [#x, #w, #y]
    schedule <vector_dim = 0, lanes = 8, tile = [2, 1, 6, 8, 1, 1], order = [0, 1, 2]> {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %r = math.fma %a, %b, %acc : f32
    kernel.yield %r : f32
  } {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}
