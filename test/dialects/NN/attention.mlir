// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// Each op survives printing and parsing, and has the result types that it should.

// CHECK-DAG: #[[$MAP:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, 4, s1, 8)>
// CHECK-DAG: #[[$MAP1:map[0-9]*]] = affine_map<()[s0, s1, s2] -> (s0, 2, s2, 8)>
// CHECK-DAG: #[[$MAP2:map[0-9]*]] = affine_map<()[s0, s1, s2] -> (s1, s2)>
// CHECK-DAG: #[[$MAP3:map[0-9]*]] = affine_map<()[s0, s1, s2] -> (s0, 4, s1, s2)>
// CHECK-DAG: #[[$MAP4:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s1)>
// CHECK-DAG: #[[$MAP5:map[0-9]*]] = affine_map<()[s0] -> (s0)>
// CHECK-DAG: #[[$MAP6:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s1, 32)>
// CHECK-DAG: #[[$MAP7:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s1, 16)>
// CHECK-DAG: #[[$MAP8:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s1, 12)>
// CHECK-DAG: #[[$MAP9:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s1, 2)>
// CHECK-DAG: #[[$MAP10:map[0-9]*]] = affine_map<()[s0, s1] -> (s0, s1, 24)>
// CHECK-DAG: #[[$MAP11:map[0-9]*]] = affine_map<()[s0] -> (s0, 2, 8, 6)>

// CHECK-LABEL: @attention(
// CHECK: nn.attention %{{.*}}, %{{.*}}, %{{.*}} {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, scale = 1.250000e-01 : f64} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>) -> tensor<2x4x5x6xf32>
func.func @attention(%q: tensor<2x4x5x8xf32>, %k: tensor<2x2x7x8xf32>, %v: tensor<2x2x7x6xf32>) {
  %y = nn.attention %q, %k, %v {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, scale = 0.125 : f64} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>) -> tensor<2x4x5x6xf32>
  return
}

// CHECK-LABEL: @attention_rank_3(
// CHECK: nn.attention %{{.*}}, %{{.*}}, %{{.*}} {kv_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, q_heads = 4 : i64, scale = 1.250000e-01 : f64} : (tensor<2x5x32xf16>, tensor<2x7x16xf16>, tensor<2x7x12xf16>) -> tensor<2x5x24xf16>
func.func @attention_rank_3(%q: tensor<2x5x32xf16>, %k: tensor<2x7x16xf16>, %v: tensor<2x7x12xf16>) {
  %y = nn.attention %q, %k, %v {kv_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, q_heads = 4 : i64, scale = 0.125 : f64} : (tensor<2x5x32xf16>, tensor<2x7x16xf16>, tensor<2x7x12xf16>) -> tensor<2x5x24xf16>
  return
}

// Three past keys; the mask covers all ten.
// CHECK-LABEL: @attention_past(
// CHECK: nn.attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {causal = true, left_window = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 0>, present = true, right_window = 0 : i64, scale = 1.250000e-01 : f64, scores = #nn.attention_scores<probabilities>, softcap = 2.500000e+00 : f64} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>, tensor<5x10xi1>, tensor<2x2x3x8xf32>, tensor<2x2x3x6xf32>) -> (tensor<2x4x5x6xf32>, tensor<2x2x10x8xf32>, tensor<2x2x10x6xf32>, tensor<2x4x5x10xf32>)
func.func @attention_past(%q: tensor<2x4x5x8xf32>, %k: tensor<2x2x7x8xf32>, %v: tensor<2x2x7x6xf32>, %mask: tensor<5x10xi1>, %past_key: tensor<2x2x3x8xf32>, %past_value: tensor<2x2x3x6xf32>) {
  %y:4 = nn.attention %q, %k, %v, %mask, %past_key, %past_value {causal = true, left_window = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 0>, present = true, right_window = 0 : i64, scale = 0.125 : f64, scores = #nn.attention_scores<probabilities>, softcap = 2.5 : f64} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>, tensor<5x10xi1>, tensor<2x2x3x8xf32>, tensor<2x2x3x6xf32>) -> (tensor<2x4x5x6xf32>, tensor<2x2x10x8xf32>, tensor<2x2x10x6xf32>, tensor<2x4x5x10xf32>)
  return
}

// valid_keys without a mask.
// CHECK-LABEL: @attention_valid_keys(
// CHECK: nn.attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 1>, scale = 1.250000e-01 : f64} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>, tensor<2xi64>) -> tensor<2x4x5x6xf32>
func.func @attention_valid_keys(%q: tensor<2x4x5x8xf32>, %k: tensor<2x2x7x8xf32>, %v: tensor<2x2x7x6xf32>, %valid_keys: tensor<2xi64>) {
  %y = nn.attention %q, %k, %v, %valid_keys {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 1>, scale = 0.125 : f64} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>, tensor<2xi64>) -> tensor<2x4x5x6xf32>
  return
}

// CHECK-LABEL: @attention_raw(
// CHECK: nn.attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>, scale = 1.250000e-01 : f64, scores = #nn.attention_scores<raw>} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>, tensor<2x1x1x6xf32>) -> (tensor<2x4x5x6xf32>, tensor<2x4x5x7xf32>)
func.func @attention_raw(%q: tensor<2x4x5x8xf32>, %k: tensor<2x2x7x8xf32>, %v: tensor<2x2x7x6xf32>, %mask: tensor<2x1x1x6xf32>) {
  %y:2 = nn.attention %q, %k, %v, %mask {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>, scale = 0.125 : f64, scores = #nn.attention_scores<raw>} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>, tensor<2x1x1x6xf32>) -> (tensor<2x4x5x6xf32>, tensor<2x4x5x7xf32>)
  return
}

// CHECK-LABEL: @attention_capped(
// CHECK: nn.attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>, scale = 1.250000e-01 : f64, scores = #nn.attention_scores<capped>} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>, tensor<2x1x1x6xf32>) -> (tensor<2x4x5x6xf32>, tensor<2x4x5x7xf32>)
func.func @attention_capped(%q: tensor<2x4x5x8xf32>, %k: tensor<2x2x7x8xf32>, %v: tensor<2x2x7x6xf32>, %mask: tensor<2x1x1x6xf32>) {
  %y:2 = nn.attention %q, %k, %v, %mask {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>, scale = 0.125 : f64, scores = #nn.attention_scores<capped>} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>, tensor<2x1x1x6xf32>) -> (tensor<2x4x5x6xf32>, tensor<2x4x5x7xf32>)
  return
}

// CHECK-LABEL: @attention_biased(
// CHECK: nn.attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>, scale = 1.250000e-01 : f64, scores = #nn.attention_scores<biased>} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>, tensor<2x1x1x6xf32>) -> (tensor<2x4x5x6xf32>, tensor<2x4x5x7xf32>)
func.func @attention_biased(%q: tensor<2x4x5x8xf32>, %k: tensor<2x2x7x8xf32>, %v: tensor<2x2x7x6xf32>, %mask: tensor<2x1x1x6xf32>) {
  %y:2 = nn.attention %q, %k, %v, %mask {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>, scale = 0.125 : f64, scores = #nn.attention_scores<biased>} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>, tensor<2x1x1x6xf32>) -> (tensor<2x4x5x6xf32>, tensor<2x4x5x7xf32>)
  return
}

// CHECK-LABEL: @attention_symbolic(
// CHECK: nn.attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>, scale = 1.250000e-01 : f64, scores = #nn.attention_scores<raw>} : (tensor<?x4x?x8xf32, #[[$MAP]]>, tensor<?x2x?x8xf32, #[[$MAP1]]>, tensor<?x2x?x8xf32, #[[$MAP1]]>, tensor<?x?xf32, #[[$MAP2]]>) -> (tensor<?x4x?x8xf32, #[[$MAP]]>, tensor<?x4x?x?xf32, #[[$MAP3]]>)
func.func @attention_symbolic(%q: tensor<?x4x?x8xf32, affine_map<()[s0, s1] -> (s0, 4, s1, 8)>>, %k: tensor<?x2x?x8xf32, affine_map<()[s0, s1, s2] -> (s0, 2, s2, 8)>>, %v: tensor<?x2x?x8xf32, affine_map<()[s0, s1, s2] -> (s0, 2, s2, 8)>>, %mask: tensor<?x?xf32, affine_map<()[s0, s1, s2] -> (s1, s2)>>) {
  %y:2 = nn.attention %q, %k, %v, %mask {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>, scale = 0.125 : f64, scores = #nn.attention_scores<raw>} : (tensor<?x4x?x8xf32, affine_map<()[s0, s1] -> (s0, 4, s1, 8)>>, tensor<?x2x?x8xf32, affine_map<()[s0, s1, s2] -> (s0, 2, s2, 8)>>, tensor<?x2x?x8xf32, affine_map<()[s0, s1, s2] -> (s0, 2, s2, 8)>>, tensor<?x?xf32, affine_map<()[s0, s1, s2] -> (s1, s2)>>) -> (tensor<?x4x?x8xf32, affine_map<()[s0, s1] -> (s0, 4, s1, 8)>>, tensor<?x4x?x?xf32, affine_map<()[s0, s1, s2] -> (s0, 4, s1, s2)>>)
  return
}

// CHECK-LABEL: @rotary_embedding(
// CHECK: nn.rotary_embedding %{{.*}}, %{{.*}}, %{{.*}} {dim = 8 : i64} : (tensor<2x4x5x8xf32>, tensor<2x5x4xf32>, tensor<2x5x4xf32>) -> tensor<2x4x5x8xf32>
func.func @rotary_embedding(%x: tensor<2x4x5x8xf32>, %cos: tensor<2x5x4xf32>, %sin: tensor<2x5x4xf32>) {
  %y = nn.rotary_embedding %x, %cos, %sin {dim = 8 : i64} : (tensor<2x4x5x8xf32>, tensor<2x5x4xf32>, tensor<2x5x4xf32>) -> tensor<2x4x5x8xf32>
  return
}

// CHECK-LABEL: @rotary_embedding_positions(
// CHECK: nn.rotary_embedding %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {dim = 6 : i64, heads = 4 : i64, interleaved = true} : (tensor<2x5x32xf16>, tensor<50x3xf16>, tensor<50x3xf16>, tensor<2x5xi64>) -> tensor<2x5x32xf16>
func.func @rotary_embedding_positions(%x: tensor<2x5x32xf16>, %cos: tensor<50x3xf16>, %sin: tensor<50x3xf16>, %position_ids: tensor<2x5xi64>) {
  %y = nn.rotary_embedding %x, %cos, %sin, %position_ids {dim = 6 : i64, heads = 4 : i64, interleaved = true} : (tensor<2x5x32xf16>, tensor<50x3xf16>, tensor<50x3xf16>, tensor<2x5xi64>) -> tensor<2x5x32xf16>
  return
}

// CHECK-LABEL: @rotary_embedding_symbolic(
// CHECK: nn.rotary_embedding %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {dim = 8 : i64} : (tensor<?x4x?x8xf32, #[[$MAP]]>, tensor<64x4xf32>, tensor<64x4xf32>, tensor<?x?xi64, #[[$MAP4]]>) -> tensor<?x4x?x8xf32, #[[$MAP]]>
func.func @rotary_embedding_symbolic(%x: tensor<?x4x?x8xf32, affine_map<()[s0, s1] -> (s0, 4, s1, 8)>>, %cos: tensor<64x4xf32>, %sin: tensor<64x4xf32>, %position_ids: tensor<?x?xi64, affine_map<()[s0, s1] -> (s0, s1)>>) {
  %y = nn.rotary_embedding %x, %cos, %sin, %position_ids {dim = 8 : i64} : (tensor<?x4x?x8xf32, affine_map<()[s0, s1] -> (s0, 4, s1, 8)>>, tensor<64x4xf32>, tensor<64x4xf32>, tensor<?x?xi64, affine_map<()[s0, s1] -> (s0, s1)>>) -> tensor<?x4x?x8xf32, affine_map<()[s0, s1] -> (s0, 4, s1, 8)>>
  return
}

// CHECK-LABEL: @cache_update(
// CHECK: nn.cache_update %{{.*}}, %{{.*}} {axis = 2 : i64} : (tensor<2x4x16x8xf32>, tensor<2x4x3x8xf32>) -> tensor<2x4x16x8xf32>
func.func @cache_update(%cache: tensor<2x4x16x8xf32>, %update: tensor<2x4x3x8xf32>) {
  %y = nn.cache_update %cache, %update {axis = 2 : i64} : (tensor<2x4x16x8xf32>, tensor<2x4x3x8xf32>) -> tensor<2x4x16x8xf32>
  return
}

// CHECK-LABEL: @cache_update_circular(
// CHECK: nn.cache_update %{{.*}}, %{{.*}}, %{{.*}} {axis = 1 : i64, circular = true} : (tensor<2x16xi8>, tensor<2x3xi8>, tensor<2xi64>) -> tensor<2x16xi8>
func.func @cache_update_circular(%cache: tensor<2x16xi8>, %update: tensor<2x3xi8>, %write_indices: tensor<2xi64>) {
  %y = nn.cache_update %cache, %update, %write_indices {axis = 1 : i64, circular = true} : (tensor<2x16xi8>, tensor<2x3xi8>, tensor<2xi64>) -> tensor<2x16xi8>
  return
}

// CHECK-LABEL: @cache_update_symbolic(
// CHECK: nn.cache_update %{{.*}}, %{{.*}}, %{{.*}} {axis = 2 : i64} : (tensor<?x4x?x8xf32, #[[$MAP]]>, tensor<?x4x?x8xf32, #[[$MAP]]>, tensor<?xi64, #[[$MAP5]]>) -> tensor<?x4x?x8xf32, #[[$MAP]]>
func.func @cache_update_symbolic(%cache: tensor<?x4x?x8xf32, affine_map<()[s0, s1] -> (s0, 4, s1, 8)>>, %update: tensor<?x4x?x8xf32, affine_map<()[s0, s1] -> (s0, 4, s1, 8)>>, %write_indices: tensor<?xi64, affine_map<()[s0] -> (s0)>>) {
  %y = nn.cache_update %cache, %update, %write_indices {axis = 2 : i64} : (tensor<?x4x?x8xf32, affine_map<()[s0, s1] -> (s0, 4, s1, 8)>>, tensor<?x4x?x8xf32, affine_map<()[s0, s1] -> (s0, 4, s1, 8)>>, tensor<?xi64, affine_map<()[s0] -> (s0)>>) -> tensor<?x4x?x8xf32, affine_map<()[s0, s1] -> (s0, 4, s1, 8)>>
  return
}

// CHECK-LABEL: @linear_attention(
// CHECK: nn.linear_attention %{{.*}}, %{{.*}}, %{{.*}} {kv_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>, q_heads = 4 : i64, scale = 5.000000e-01 : f64} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x12xf32>) -> (tensor<2x5x24xf32>, tensor<2x2x8x6xf32>)
func.func @linear_attention(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x12xf32>) {
  %y:2 = nn.linear_attention %q, %k, %v {kv_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>, q_heads = 4 : i64, scale = 0.5 : f64} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x12xf32>) -> (tensor<2x5x24xf32>, tensor<2x2x8x6xf32>)
  return
}

// The state keeps the type of the past one.
// CHECK-LABEL: @linear_attention_all(
// CHECK: nn.linear_attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {kv_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1>, q_heads = 4 : i64, scale = 5.000000e-01 : f64} : (tensor<2x5x32xf16>, tensor<2x5x16xf16>, tensor<2x5x12xf16>, tensor<2x2x8x6xf32>, tensor<2x5x16xf16>, tensor<2x5x2xf16>) -> (tensor<2x5x24xf16>, tensor<2x2x8x6xf32>)
func.func @linear_attention_all(%q: tensor<2x5x32xf16>, %k: tensor<2x5x16xf16>, %v: tensor<2x5x12xf16>, %past_state: tensor<2x2x8x6xf32>, %decay: tensor<2x5x16xf16>, %beta: tensor<2x5x2xf16>) {
  %y:2 = nn.linear_attention %q, %k, %v, %past_state, %decay, %beta {kv_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1>, q_heads = 4 : i64, scale = 0.5 : f64} : (tensor<2x5x32xf16>, tensor<2x5x16xf16>, tensor<2x5x12xf16>, tensor<2x2x8x6xf32>, tensor<2x5x16xf16>, tensor<2x5x2xf16>) -> (tensor<2x5x24xf16>, tensor<2x2x8x6xf32>)
  return
}

// Beta without a state and a decay.
// CHECK-LABEL: @linear_attention_beta(
// CHECK: nn.linear_attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {kv_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1>, q_heads = 4 : i64, scale = 5.000000e-01 : f64} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x12xf32>, tensor<2x5x1xf32>) -> (tensor<2x5x24xf32>, tensor<2x2x8x6xf32>)
func.func @linear_attention_beta(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x12xf32>, %beta: tensor<2x5x1xf32>) {
  %y:2 = nn.linear_attention %q, %k, %v, %beta {kv_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1>, q_heads = 4 : i64, scale = 0.5 : f64} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x12xf32>, tensor<2x5x1xf32>) -> (tensor<2x5x24xf32>, tensor<2x2x8x6xf32>)
  return
}

// CHECK-LABEL: @linear_attention_symbolic(
// CHECK: nn.linear_attention %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {kv_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 0>, q_heads = 4 : i64, scale = 5.000000e-01 : f64} : (tensor<?x?x32xf32, #[[$MAP6]]>, tensor<?x?x16xf32, #[[$MAP7]]>, tensor<?x?x12xf32, #[[$MAP8]]>, tensor<?x?x2xf32, #[[$MAP9]]>) -> (tensor<?x?x24xf32, #[[$MAP10]]>, tensor<?x2x8x6xf32, #[[$MAP11]]>)
func.func @linear_attention_symbolic(%q: tensor<?x?x32xf32, affine_map<()[s0, s1] -> (s0, s1, 32)>>, %k: tensor<?x?x16xf32, affine_map<()[s0, s1] -> (s0, s1, 16)>>, %v: tensor<?x?x12xf32, affine_map<()[s0, s1] -> (s0, s1, 12)>>, %decay: tensor<?x?x2xf32, affine_map<()[s0, s1] -> (s0, s1, 2)>>) {
  %y:2 = nn.linear_attention %q, %k, %v, %decay {kv_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 0>, q_heads = 4 : i64, scale = 0.5 : f64} : (tensor<?x?x32xf32, affine_map<()[s0, s1] -> (s0, s1, 32)>>, tensor<?x?x16xf32, affine_map<()[s0, s1] -> (s0, s1, 16)>>, tensor<?x?x12xf32, affine_map<()[s0, s1] -> (s0, s1, 12)>>, tensor<?x?x2xf32, affine_map<()[s0, s1] -> (s0, s1, 2)>>) -> (tensor<?x?x24xf32, affine_map<()[s0, s1] -> (s0, s1, 24)>>, tensor<?x2x8x6xf32, affine_map<()[s0] -> (s0, 2, 8, 6)>>)
  return
}
