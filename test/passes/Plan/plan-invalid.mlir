// RUN: tenon-opt %s --tenon-plan --split-input-file --verify-diagnostics

// expected-error @+1 {{expected a function @main}}
module {
  func.func @other() {
    return
  }
}

// -----

// expected-error @+1 {{expected @main to have one block}}
func.func @main() {
  cf.br ^bb1
^bb1:
  return
}
