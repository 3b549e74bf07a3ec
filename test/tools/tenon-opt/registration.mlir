// Every pass and every pipeline runs alone from tenon-opt, by its documented name.
// RUN: tenon-opt --help | FileCheck %s

// CHECK-DAG: --tenon-apply-variants
// CHECK-DAG: --tenon-assign-range
// CHECK-DAG: --tenon-collapse-loops
// CHECK-DAG: --tenon-expand-kernels
// CHECK-DAG: --tenon-expand-math
// CHECK-DAG: --tenon-fold-constants
// CHECK-DAG: --tenon-lower-tasks
// CHECK-DAG: --tenon-plan
// CHECK-DAG: --tenon-plan-scratch
// CHECK-DAG: --tenon-schedule
// CHECK-DAG: --tenon-schedule-kernels
// CHECK-DAG: --tenon-verify-vectorized
// CHECK-DAG: --tenon-expand {{.*}}vector code
// CHECK-DAG: --tenon-simplify
// CHECK-DAG: --tenon-to-llvm
