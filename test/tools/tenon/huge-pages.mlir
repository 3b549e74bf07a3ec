// Weights of many pages begin at a huge page, in memory and in the file; few do not, and the file holds no room for it.
//
// REQUIRES: tenon
// RUN: tenon compile %s -o %t.so
// RUN: llvm-readelf -lW %t.so | FileCheck %s
// RUN: sed 's/2048x1024/32x1024/g; s/1x2048/1x32/g' %s > %t.small.mlir
// RUN: tenon compile %t.small.mlir -o %t.small.so
// RUN: llvm-readelf -lW %t.small.so | FileCheck %s --check-prefix=SMALL

// CHECK-COUNT-3: LOAD {{.*}} 0x1000
// CHECK: LOAD 0x200000 0x0000000000200000 {{.*}} R 0x200000
// SMALL-COUNT-3: LOAD {{.*}} 0x1000
// SMALL: LOAD 0x00{{[0-9a-f]}}000 {{.*}} R 0x1000
module @m {
func.func @main(%x: tensor<1x2048xf32> {nn.name = "x"}) -> (tensor<1x1024xf32> {nn.name = "y"}) {
  %w = nn.constant dense<1.0> : tensor<2048x1024xf32> : tensor<2048x1024xf32>
  %0 = nn.matmul %x, %w : (tensor<1x2048xf32>, tensor<2048x1024xf32>) -> tensor<1x1024xf32>
  return %0 : tensor<1x1024xf32>
}
}
