// RUN: tenon-opt %s --tenon-plan-scratch --split-input-file --verify-diagnostics

func.func @kernel(%n: index, %x: memref<?xf32>, %scratch: memref<i8>, %dims: memref<i64>, %begin: index, %end: index) {
  // expected-error @+1 {{expected a bounded size}}
  %a = memref.alloc(%n) : memref<?xf32>
  memref.copy %x, %a : memref<?xf32> to memref<?xf32>
  return
}

// -----

func.func @kernel(%scratch: memref<i8>, %dims: memref<i64>, %begin: index, %end: index) {
  // expected-error @+1 {{the temporary buffer's size overflows}}
  %a = memref.alloc() : memref<4611686018427387904xf32>
  memref.dealloc %a : memref<4611686018427387904xf32>
  return
}
