// Exclusive or of two numbers that are 0 or 1, by a network of two layers, for any number of rows from 1 to 64.
module @xor attributes {nn.symbols = [#nn.symbol<"N", 1, 64>]} {
  func.func @main(%x: tensor<?x2xf32, affine_map<()[s0] -> (s0, 2)>> {nn.name = "x"})
      -> (tensor<?x1xf32, affine_map<()[s0] -> (s0, 1)>> {nn.name = "y"}) {
    %w1 = nn.constant dense<1.0> : tensor<2x2xf32> : tensor<2x2xf32>
    %b1 = nn.constant dense<[0.0, -1.0]> : tensor<2xf32> : tensor<2xf32>
    %w2 = nn.constant dense<[[1.0], [-2.0]]> : tensor<2x1xf32> : tensor<2x1xf32>
    %0 = nn.matmul %x, %w1 : (tensor<?x2xf32, affine_map<()[s0] -> (s0, 2)>>, tensor<2x2xf32>) -> tensor<?x2xf32, affine_map<()[s0] -> (s0, 2)>>
    %1 = nn.add %0, %b1 : (tensor<?x2xf32, affine_map<()[s0] -> (s0, 2)>>, tensor<2xf32>) -> tensor<?x2xf32, affine_map<()[s0] -> (s0, 2)>>
    %2 = nn.relu %1 : (tensor<?x2xf32, affine_map<()[s0] -> (s0, 2)>>) -> tensor<?x2xf32, affine_map<()[s0] -> (s0, 2)>>
    %y = nn.matmul %2, %w2 : (tensor<?x2xf32, affine_map<()[s0] -> (s0, 2)>>, tensor<2x1xf32>) -> tensor<?x1xf32, affine_map<()[s0] -> (s0, 1)>>
    return %y : tensor<?x1xf32, affine_map<()[s0] -> (s0, 1)>>
  }
}
