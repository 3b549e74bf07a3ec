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

// -----

// A task is an anchor and the element-wise operators that follow, up to a value that has two uses. A single number is
// part of the task's code, a row of them an operand.
// CHECK: sched.task @max_min_mul {
// CHECK-NEXT: ^bb0(%[[X:.*]]: tensor<4x8xf32>, %[[V:.*]]: tensor<8xf32>):
// CHECK-NEXT: %[[LOW:.*]] = nn.constant dense<0.0{{.*}}> : tensor<f32>
// CHECK-NEXT: %[[A:.*]] = nn.max %[[X]], %[[LOW]]
// CHECK-NEXT: %[[HIGH:.*]] = nn.constant dense<6.0{{.*}}> : tensor<1xf32>
// CHECK-NEXT: %[[B:.*]] = nn.min %[[A]], %[[HIGH]]
// CHECK-NEXT: %[[C:.*]] = nn.mul %[[B]], %[[V]]
// CHECK-NEXT: sched.yield %[[C]]
// CHECK: sched.task @relu {
// CHECK: func.func @main
// CHECK-NOT: nn.constant dense<0.0
// CHECK: sched.run @max_min_mul
// CHECK: sched.run @relu
func.func @main(%x: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %lo = nn.constant dense<0.0> : tensor<f32> : tensor<f32>
  %hi = nn.constant dense<6.0> : tensor<1xf32> : tensor<1xf32>
  %v = nn.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]> : tensor<8xf32> : tensor<8xf32>
  %0 = nn.max %x, %lo : (tensor<4x8xf32>, tensor<f32>) -> tensor<4x8xf32>
  %1 = nn.min %0, %hi : (tensor<4x8xf32>, tensor<1xf32>) -> tensor<4x8xf32>
  %2 = nn.mul %1, %v : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  %3 = nn.relu %2 : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %2, %3 : tensor<4x8xf32>, tensor<4x8xf32>
}

// -----

// What changes the shape by broadcasting, or is no element-wise operator, is no part of the task.
// CHECK: sched.task @matmul {
// CHECK: sched.task @add {
// CHECK: sched.task @softmax {
func.func @main(%x: tensor<1x3xf32>, %b: tensor<4x5xf32>) -> tensor<4x5xf32> {
  %w = nn.constant dense<1.0> : tensor<3x5xf32> : tensor<3x5xf32>
  %0 = nn.matmul %x, %w : (tensor<1x3xf32>, tensor<3x5xf32>) -> tensor<1x5xf32>
  %1 = nn.add %0, %b : (tensor<1x5xf32>, tensor<4x5xf32>) -> tensor<4x5xf32>
  %2 = nn.softmax %1 {axes = array<i64: 1>} : (tensor<4x5xf32>) -> tensor<4x5xf32>
  return %2 : tensor<4x5xf32>
}

// -----

// GELU uses its operand twice, and comes together again: all of it belongs to the product. What somebody else needs
// does not.
// CHECK: sched.task @matmul_div_erf_add_mul {
// CHECK: sched.task @matmul {
// CHECK: sched.task @sigmoid {
// CHECK: sched.task @mul {
func.func @main(%x: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) {
  %w = nn.constant dense<1.0> : tensor<8x8xf32> : tensor<8x8xf32>
  %root = nn.constant dense<1.41421354> : tensor<f32> : tensor<f32>
  %one = nn.constant dense<1.0> : tensor<f32> : tensor<f32>
  %0 = nn.matmul %x, %w : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %1 = nn.div %0, %root : (tensor<4x8xf32>, tensor<f32>) -> tensor<4x8xf32>
  %2 = nn.erf %1 : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %3 = nn.add %2, %one : (tensor<4x8xf32>, tensor<f32>) -> tensor<4x8xf32>
  %4 = nn.mul %0, %3 : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  %5 = nn.matmul %4, %w : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %6 = nn.sigmoid %5 : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %7 = nn.mul %5, %6 : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %4, %6, %7 : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>
}
