// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// Each op survives printing and parsing, and has the result type that it should.

// CHECK-DAG: #[[$MAP:map[0-9]*]] = affine_map<()[s0] -> (4, s0)>
// CHECK-DAG: #[[$MAP1:map[0-9]*]] = affine_map<()[s0, s1] -> (s1)>
// CHECK-DAG: #[[$MAP2:map[0-9]*]] = affine_map<()[s0, s1] -> (s1, s0)>
// CHECK-DAG: #[[$MAP3:map[0-9]*]] = affine_map<()[s0] -> (s0, 5)>
// CHECK-DAG: #[[$MAP4:map[0-9]*]] = affine_map<()[s0] -> (s0, 2)>
// CHECK-DAG: #[[$MAP5:map[0-9]*]] = affine_map<()[s0] -> (s0, 5, 6)>
// CHECK-DAG: #[[$MAP6:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s1, 1)>
// CHECK-DAG: #[[$MAP7:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s1, 6)>
// CHECK-DAG: #[[$MAP8:map[0-9]*]] = affine_map<()[s0] -> (s0, 1)>
// CHECK-DAG: #[[$MAP9:map[0-9]*]] = affine_map<()[s0, s1] -> (s1, 1)>
// CHECK-DAG: #[[$MAP10:map[0-9]*]] = affine_map<()[s0, s1] -> (s1, 5)>
// CHECK-DAG: #[[$MAP11:map[0-9]*]] = affine_map<()[s0] -> (s0)>
// CHECK-DAG: #[[$MAP12:map[0-9]*]] = affine_map<()[s0] -> (s0, 4)>
// CHECK-DAG: #[[$MAP13:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s1)>

// CHECK-LABEL: @gather(
// CHECK: nn.gather %{{.*}}, %{{.*}} {axis = 1 : i64} : (tensor<4x5x6xf32>, tensor<2x3xi64>) -> tensor<4x2x3x6xf32>
func.func @gather(%x: tensor<4x5x6xf32>, %indices: tensor<2x3xi64>) {
  %y = nn.gather %x, %indices {axis = 1 : i64} : (tensor<4x5x6xf32>, tensor<2x3xi64>) -> tensor<4x2x3x6xf32>
  return
}

// CHECK-LABEL: @gather_symbolic(
// CHECK: nn.gather %{{.*}}, %{{.*}} {axis = 0 : i64} : (tensor<4x?xf32, #[[$MAP]]>, tensor<?xi32, #[[$MAP1]]>) -> tensor<?x?xf32, #[[$MAP2]]>
func.func @gather_symbolic(%x: tensor<4x?xf32, affine_map<()[s0] -> (4, s0)>>, %indices: tensor<?xi32, affine_map<()[s0, s1] -> (s1)>>) {
  %y = nn.gather %x, %indices {axis = 0 : i64} : (tensor<4x?xf32, affine_map<()[s0] -> (4, s0)>>, tensor<?xi32, affine_map<()[s0, s1] -> (s1)>>) -> tensor<?x?xf32, affine_map<()[s0, s1] -> (s1, s0)>>
  return
}

// CHECK-LABEL: @gather_elements(
// CHECK: nn.gather_elements %{{.*}}, %{{.*}} {axis = 1 : i64} : (tensor<4x5xf32>, tensor<3x7xi64>) -> tensor<3x7xf32>
func.func @gather_elements(%x: tensor<4x5xf32>, %indices: tensor<3x7xi64>) {
  %y = nn.gather_elements %x, %indices {axis = 1 : i64} : (tensor<4x5xf32>, tensor<3x7xi64>) -> tensor<3x7xf32>
  return
}

// CHECK-LABEL: @gather_elements_symbolic(
// CHECK: nn.gather_elements %{{.*}}, %{{.*}} {axis = 1 : i64} : (tensor<?x5xf32, #[[$MAP3]]>, tensor<?x2xi32, #[[$MAP4]]>) -> tensor<?x2xf32, #[[$MAP4]]>
func.func @gather_elements_symbolic(%x: tensor<?x5xf32, affine_map<()[s0] -> (s0, 5)>>, %indices: tensor<?x2xi32, affine_map<()[s0] -> (s0, 2)>>) {
  %y = nn.gather_elements %x, %indices {axis = 1 : i64} : (tensor<?x5xf32, affine_map<()[s0] -> (s0, 5)>>, tensor<?x2xi32, affine_map<()[s0] -> (s0, 2)>>) -> tensor<?x2xf32, affine_map<()[s0] -> (s0, 2)>>
  return
}

// CHECK-LABEL: @gather_nd(
// CHECK: nn.gather_nd %{{.*}}, %{{.*}} {batch_dims = 0 : i64} : (tensor<4x5x6xf32>, tensor<7x2xi64>) -> tensor<7x6xf32>
func.func @gather_nd(%x: tensor<4x5x6xf32>, %indices: tensor<7x2xi64>) {
  %y = nn.gather_nd %x, %indices {batch_dims = 0 : i64} : (tensor<4x5x6xf32>, tensor<7x2xi64>) -> tensor<7x6xf32>
  return
}

// CHECK-LABEL: @gather_nd_symbolic(
// CHECK: nn.gather_nd %{{.*}}, %{{.*}} {batch_dims = 1 : i64} : (tensor<?x5x6xf32, #[[$MAP5]]>, tensor<?x?x1xi64, #[[$MAP6]]>) -> tensor<?x?x6xf32, #[[$MAP7]]>
func.func @gather_nd_symbolic(%x: tensor<?x5x6xf32, affine_map<()[s0] -> (s0, 5, 6)>>, %indices: tensor<?x?x1xi64, affine_map<()[s0, s1] -> (s0, s1, 1)>>) {
  %y = nn.gather_nd %x, %indices {batch_dims = 1 : i64} : (tensor<?x5x6xf32, affine_map<()[s0] -> (s0, 5, 6)>>, tensor<?x?x1xi64, affine_map<()[s0, s1] -> (s0, s1, 1)>>) -> tensor<?x?x6xf32, affine_map<()[s0, s1] -> (s0, s1, 6)>>
  return
}

// CHECK-LABEL: @scatter_elements(
// CHECK: nn.scatter_elements %{{.*}}, %{{.*}}, %{{.*}} {axis = 0 : i64, reduction = "add"} : (tensor<4x5xf32>, tensor<2x5xi64>, tensor<2x5xf32>) -> tensor<4x5xf32>
func.func @scatter_elements(%x: tensor<4x5xf32>, %indices: tensor<2x5xi64>, %updates: tensor<2x5xf32>) {
  %y = nn.scatter_elements %x, %indices, %updates {axis = 0 : i64, reduction = "add"} : (tensor<4x5xf32>, tensor<2x5xi64>, tensor<2x5xf32>) -> tensor<4x5xf32>
  return
}

// CHECK-LABEL: @scatter_elements_symbolic(
// CHECK: nn.scatter_elements %{{.*}}, %{{.*}}, %{{.*}} {axis = 1 : i64, reduction = "max"} : (tensor<?x5xi1, #[[$MAP3]]>, tensor<?x1xi32, #[[$MAP8]]>, tensor<?x1xi1, #[[$MAP8]]>) -> tensor<?x5xi1, #[[$MAP3]]>
func.func @scatter_elements_symbolic(%x: tensor<?x5xi1, affine_map<()[s0] -> (s0, 5)>>, %indices: tensor<?x1xi32, affine_map<()[s0] -> (s0, 1)>>, %updates: tensor<?x1xi1, affine_map<()[s0] -> (s0, 1)>>) {
  %y = nn.scatter_elements %x, %indices, %updates {axis = 1 : i64, reduction = "max"} : (tensor<?x5xi1, affine_map<()[s0] -> (s0, 5)>>, tensor<?x1xi32, affine_map<()[s0] -> (s0, 1)>>, tensor<?x1xi1, affine_map<()[s0] -> (s0, 1)>>) -> tensor<?x5xi1, affine_map<()[s0] -> (s0, 5)>>
  return
}

// CHECK-LABEL: @scatter_nd(
// CHECK: nn.scatter_nd %{{.*}}, %{{.*}}, %{{.*}} {reduction = "none"} : (tensor<4x5x6xf32>, tensor<3x2xi64>, tensor<3x6xf32>) -> tensor<4x5x6xf32>
func.func @scatter_nd(%x: tensor<4x5x6xf32>, %indices: tensor<3x2xi64>, %updates: tensor<3x6xf32>) {
  %y = nn.scatter_nd %x, %indices, %updates {reduction = "none"} : (tensor<4x5x6xf32>, tensor<3x2xi64>, tensor<3x6xf32>) -> tensor<4x5x6xf32>
  return
}

// CHECK-LABEL: @scatter_nd_symbolic(
// CHECK: nn.scatter_nd %{{.*}}, %{{.*}}, %{{.*}} {reduction = "mul"} : (tensor<?x5xf32, #[[$MAP3]]>, tensor<?x1xi64, #[[$MAP9]]>, tensor<?x5xf32, #[[$MAP10]]>) -> tensor<?x5xf32, #[[$MAP3]]>
func.func @scatter_nd_symbolic(%x: tensor<?x5xf32, affine_map<()[s0] -> (s0, 5)>>, %indices: tensor<?x1xi64, affine_map<()[s0, s1] -> (s1, 1)>>, %updates: tensor<?x5xf32, affine_map<()[s0, s1] -> (s1, 5)>>) {
  %y = nn.scatter_nd %x, %indices, %updates {reduction = "mul"} : (tensor<?x5xf32, affine_map<()[s0] -> (s0, 5)>>, tensor<?x1xi64, affine_map<()[s0, s1] -> (s1, 1)>>, tensor<?x5xf32, affine_map<()[s0, s1] -> (s1, 5)>>) -> tensor<?x5xf32, affine_map<()[s0] -> (s0, 5)>>
  return
}

// CHECK-LABEL: @one_hot(
// CHECK: nn.one_hot %{{.*}}, %{{.*}} {axis = 1 : i64, depth = 5 : i64} : (tensor<2x3xi64>, tensor<2xf32>) -> tensor<2x5x3xf32>
func.func @one_hot(%indices: tensor<2x3xi64>, %values: tensor<2xf32>) {
  %y = nn.one_hot %indices, %values {axis = 1 : i64, depth = 5 : i64} : (tensor<2x3xi64>, tensor<2xf32>) -> tensor<2x5x3xf32>
  return
}

// CHECK-LABEL: @one_hot_symbolic(
// CHECK: nn.one_hot %{{.*}}, %{{.*}} {axis = 1 : i64, depth = 4 : i64} : (tensor<?xf32, #[[$MAP11]]>, tensor<2xi8>) -> tensor<?x4xi8, #[[$MAP12]]>
func.func @one_hot_symbolic(%indices: tensor<?xf32, affine_map<()[s0] -> (s0)>>, %values: tensor<2xi8>) {
  %y = nn.one_hot %indices, %values {axis = 1 : i64, depth = 4 : i64} : (tensor<?xf32, affine_map<()[s0] -> (s0)>>, tensor<2xi8>) -> tensor<?x4xi8, affine_map<()[s0] -> (s0, 4)>>
  return
}

// CHECK-LABEL: @trilu(
// CHECK: nn.trilu %{{.*}} {k = -1 : i64, upper = false} : (tensor<2x4x5xf32>) -> tensor<2x4x5xf32>
func.func @trilu(%x: tensor<2x4x5xf32>) {
  %y = nn.trilu %x {k = -1 : i64, upper = false} : (tensor<2x4x5xf32>) -> tensor<2x4x5xf32>
  return
}

// CHECK-LABEL: @trilu_symbolic(
// CHECK: nn.trilu %{{.*}} {k = 2 : i64, upper = true} : (tensor<?x?xi1, #[[$MAP13]]>) -> tensor<?x?xi1, #[[$MAP13]]>
func.func @trilu_symbolic(%x: tensor<?x?xi1, affine_map<()[s0, s1] -> (s0, s1)>>) {
  %y = nn.trilu %x {k = 2 : i64, upper = true} : (tensor<?x?xi1, affine_map<()[s0, s1] -> (s0, s1)>>) -> tensor<?x?xi1, affine_map<()[s0, s1] -> (s0, s1)>>
  return
}

// CHECK-LABEL: @reverse_sequence(
// CHECK: nn.reverse_sequence %{{.*}}, %{{.*}} {batch_axis = 1 : i64, time_axis = 0 : i64} : (tensor<4x3x2xf32>, tensor<3xi64>) -> tensor<4x3x2xf32>
func.func @reverse_sequence(%x: tensor<4x3x2xf32>, %lengths: tensor<3xi64>) {
  %y = nn.reverse_sequence %x, %lengths {batch_axis = 1 : i64, time_axis = 0 : i64} : (tensor<4x3x2xf32>, tensor<3xi64>) -> tensor<4x3x2xf32>
  return
}

// CHECK-LABEL: @reverse_sequence_symbolic(
// CHECK: nn.reverse_sequence %{{.*}}, %{{.*}} {batch_axis = 0 : i64, time_axis = 1 : i64} : (tensor<?x?xf32, #[[$MAP13]]>, tensor<?xi64, #[[$MAP11]]>) -> tensor<?x?xf32, #[[$MAP13]]>
func.func @reverse_sequence_symbolic(%x: tensor<?x?xf32, affine_map<()[s0, s1] -> (s0, s1)>>, %lengths: tensor<?xi64, affine_map<()[s0] -> (s0)>>) {
  %y = nn.reverse_sequence %x, %lengths {batch_axis = 0 : i64, time_axis = 1 : i64} : (tensor<?x?xf32, affine_map<()[s0, s1] -> (s0, s1)>>, tensor<?xi64, affine_map<()[s0] -> (s0)>>) -> tensor<?x?xf32, affine_map<()[s0, s1] -> (s0, s1)>>
  return
}
