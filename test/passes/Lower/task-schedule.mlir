// A task's schedule: what lowering would choose otherwise.
//
// What was chosen, pasted into the planned module, makes the same code.
//
// REQUIRES: tenon
// RUN: tenon compile %s --cost-model none --target x86-64-v3 --to plan -o %t.plan.mlir
// RUN: tenon compile %s --cost-model none --target x86-64-v3 --to lower -o %t.lower.mlir
// RUN: FileCheck %s --check-prefix=CHOSEN < %t.lower.mlir
// RUN: %python %S/paste_schedules.py %t.plan.mlir %t.lower.mlir > %t.pasted.mlir
// RUN: FileCheck %s --check-prefix=PASTED < %t.pasted.mlir
// RUN: tenon compile %t.plan.mlir --cost-model none --target x86-64-v3 -o %t.plan.s
// RUN: tenon compile %t.pasted.mlir --cost-model none --target x86-64-v3 -o %t.pasted.s
// RUN: diff %t.plan.s %t.pasted.s
//
// Other tiles of the product make other code.
// RUN: sed 's/tile = .1, 2, 6, 8./tile = [1, 1, 8, 4]/' %t.pasted.mlir > %t.tile.mlir
// RUN: tenon compile %t.tile.mlir --cost-model none --target x86-64-v3 --to lower -o %t.tile.lower.mlir
// RUN: FileCheck %s --check-prefix=TILE < %t.tile.lower.mlir
// RUN: tenon compile %t.tile.mlir --cost-model none --target x86-64-v3 -o %t.tile.s
// RUN: not diff %t.plan.s %t.tile.s > /dev/null
//
// What a schedule leaves out is chosen: the nests for blocks of two rows of tiles, and one thread for the last copy.
// RUN: sed -e 's/schedule <rows.*]> {/schedule <rows = [2]> {/' -e 's/schedule <phases = .1, 0. .*]> {/schedule <phases = [1, -1]> {/' %t.pasted.mlir > %t.rows.mlir
// RUN: tenon compile %t.rows.mlir --cost-model none --target x86-64-v3 --to lower -o %t.rows.lower.mlir
// RUN: FileCheck %s --check-prefix=ROWS < %t.rows.lower.mlir

// CHOSEN: module @conv_code {{.*}}tenon.schedule = #sched.schedule<rows = [14] phases = [1, 0, 1, 0, 1, 0] nests = [<{{.*}}tile = [1, 2, 6, 8]
// PASTED: sched.task @conv {{.*}} schedule <rows = [14] phases = [1, 0, 1, 0, 1, 0] nests = [<
// TILE: module @conv_code {{.*}}tenon.schedule = #sched.schedule<rows = [14] {{.*}}tile = [1, 1, 8, 4]
// ROWS-DAG: #[[RANGE:.*]] = affine_map<() -> (7)>
// ROWS-DAG: #[[ONE:.*]] = affine_map<() -> (1)>
// ROWS-DAG: module @conv_code {{.*}}tenon.range = #[[RANGE]], tenon.schedule = #sched.schedule<rows = [2] phases = [1, -1] nests = [<
// ROWS-DAG: module @reshape_0_code {{.*}}tenon.range = #[[ONE]], tenon.schedule = #sched.schedule<phases = [1, -1] nests = [<
module @m {
func.func @main(%x: tensor<1x64x56x56xf32> {nn.name = "x"}) -> (tensor<1x64x56x56xf32> {nn.name = "y"}) {
  %w = nn.constant dense<1.0> : tensor<64x64x3x3xf32> : tensor<64x64x3x3xf32>
  %b = nn.constant dense<1.0> : tensor<64xf32> : tensor<64xf32>
  %0 = nn.conv %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64}
    : (tensor<1x64x56x56xf32>, tensor<64x64x3x3xf32>, tensor<64xf32>) -> tensor<1x64x56x56xf32>
  return %0 : tensor<1x64x56x56xf32>
}
}
