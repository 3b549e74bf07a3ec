// RUN: tenon-opt %s --tenon-verify-vectorized --split-input-file --verify-diagnostics

func.func @scalar_loop(%x: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  scf.for %i = %c0 to %c64 step %c1 {
    %v = memref.load %x[%i] : memref<64xf32>
    // expected-error @+1 {{scalar float arithmetic 'arith.addf' is left in an innermost loop}}
    %r = arith.addf %v, %v : f32
    memref.store %r, %x[%i] : memref<64xf32>
  }
  return
}

// -----

// A trip count that is unknown may reach the vector width.
func.func @unknown_count(%n: index, %x: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %v = memref.load %x[%i] : memref<?xf32>
    // expected-error @+1 {{scalar float arithmetic 'math.exp' is left in an innermost loop}}
    %r = math.exp %v : f32
    memref.store %r, %x[%i] : memref<?xf32>
  }
  return
}

// -----

// Seven iterations do not reach eight lanes.
func.func @short_loop(%x: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c7 = arith.constant 7 : index
  scf.for %i = %c0 to %c7 step %c1 {
    %v = memref.load %x[%i] : memref<64xf32>
    %r = arith.addf %v, %v : f32
    memref.store %r, %x[%i] : memref<64xf32>
  }
  return
}

// -----

// Vectors in the innermost loop, a scalar outside of it, comparisons, selections and integers: all as it should be.
func.func @vector_loop(%x: memref<64xf32>, %s: f32) {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  scf.for %j = %c0 to %c64 step %c8 {
    %t = arith.mulf %s, %s : f32
    scf.for %i = %c0 to %c64 step %c8 {
      %v = vector.load %x[%i] : memref<64xf32>, vector<8xf32>
      %r = arith.addf %v, %v : vector<8xf32>
      vector.store %r, %x[%i] : memref<64xf32>, vector<8xf32>
      %n = arith.addi %i, %j : index
      %less = arith.cmpf olt, %s, %t : f32
      %m = arith.select %less, %s, %t : f32
      memref.store %m, %x[%n] : memref<64xf32>
    }
  }
  return
}

// -----

// What follows a reduction over lanes is scalar, once per vector.
func.func @after_reduction(%x: memref<64x8xf32>, %y: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  scf.for %i = %c0 to %c64 step %c1 {
    %v = vector.load %x[%i, %c0] : memref<64x8xf32>, vector<8xf32>
    %s = vector.reduction <add>, %v : vector<8xf32> into f32
    %m = arith.mulf %s, %s : f32
    memref.store %m, %y[%i] : memref<64xf32>
  }
  return
}
