// RUN: tenon-opt %s --tenon-plan --split-input-file | FileCheck %s

// Equal operators are one task, which runs twice; another shape is another task, of another name.
// CHECK: sched.task @relu {
// CHECK: nn.relu
// CHECK: sched.task @relu_0 {
// CHECK-NOT: sched.task
// CHECK: func.func @main(%[[X:.*]]: tensor<2x3xf32>, %[[Z:.*]]: tensor<5xf32>)
// CHECK: %[[A:.*]] = sched.run @relu(%[[X]])
// CHECK: %[[B:.*]] = sched.run @relu(%[[A]])
// CHECK: %[[C:.*]] = sched.run @relu_0(%[[Z]])
// CHECK: return %[[A]], %[[B]], %[[C]]
func.func @main(%x: tensor<2x3xf32>, %z: tensor<5xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>, tensor<5xf32>) {
  %0 = nn.relu %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = nn.relu %0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %2 = nn.relu %z : (tensor<5xf32>) -> tensor<5xf32>
  return %0, %1, %2 : tensor<2x3xf32>, tensor<2x3xf32>, tensor<5xf32>
}

// -----

// Constants and reshapes stay in the function: weights are operands of the task, a reshape is a view.
// CHECK: sched.task @matmul {
// CHECK-NEXT: ^bb0(%{{.*}}: tensor<2x3xf32>, %{{.*}}: tensor<3x4xf32>)
// CHECK: func.func @main
// CHECK: nn.constant
// CHECK: nn.reshape
// CHECK: sched.run @matmul
func.func @main(%x: tensor<6xf32>) -> tensor<2x4xf32> {
  %w = nn.constant dense<1.0> : tensor<3x4xf32> : tensor<3x4xf32>
  %0 = nn.reshape %x {shape = affine_map<() -> (2, 3)>} : (tensor<6xf32>) -> tensor<2x3xf32>
  %1 = nn.matmul %0, %w : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  return %1 : tensor<2x4xf32>
}

// -----

// An operand used twice is one argument of the task.
// CHECK: sched.task @matmul {
// CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<3x3xf32>):
// CHECK-NEXT: nn.matmul %[[A]], %[[A]]
func.func @main(%x: tensor<3x3xf32>) -> tensor<3x3xf32> {
  %0 = nn.matmul %x, %x : (tensor<3x3xf32>, tensor<3x3xf32>) -> tensor<3x3xf32>
  return %0 : tensor<3x3xf32>
}

// -----

// The caller's buffers are written by tasks: an argument that is returned, and a value that is returned twice, are copied.
// CHECK: sched.task @reshape
// CHECK: func.func @main(%[[X:.*]]: tensor<3xf32>)
// CHECK: %[[Y:.*]] = sched.run @relu(%[[X]])
// CHECK: %[[COPY:.*]] = sched.run @reshape(%[[X]])
// CHECK: %[[AGAIN:.*]] = sched.run @reshape(%[[Y]])
// CHECK: return %[[COPY]], %[[Y]], %[[AGAIN]]
func.func @main(%x: tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) {
  %0 = nn.relu %x : (tensor<3xf32>) -> tensor<3xf32>
  return %x, %0, %0 : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
}
