// relu(x * w) for N rows of x.
#x = affine_map<()[s0] -> (s0, 4)>
#y = affine_map<()[s0] -> (s0, 3)>
module @dense attributes {nn.symbols = [#nn.symbol<"N", 1, 8>]} {
  func.func @main(%x: tensor<?x4xf32, #x> {nn.name = "x"}) -> (tensor<?x3xf32, #y> {nn.name = "y"}) {
    %w = nn.constant dense<[[1.0, 2.0, -1.0], [0.5, 0.0, 1.0], [-1.0, 1.0, 2.0], [0.0, -2.0, 1.0]]> : tensor<4x3xf32> : tensor<4x3xf32>
    %0 = nn.matmul %x, %w : (tensor<?x4xf32, #x>, tensor<4x3xf32>) -> tensor<?x3xf32, #y>
    %1 = nn.relu %0 : (tensor<?x3xf32, #y>) -> tensor<?x3xf32, #y>
    return %1 : tensor<?x3xf32, #y>
  }
}
