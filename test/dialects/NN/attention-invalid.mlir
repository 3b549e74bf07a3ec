// RUN: tenon-opt %s --split-input-file --verify-diagnostics

// Rank 3 needs numbers of heads.
func.func @attention_rank(%q: tensor<2x5x32xf32>, %k: tensor<2x7x16xf32>, %v: tensor<2x7x12xf32>) {
  // expected-error @below {{'nn.attention' op C1: expected rank 4, or rank 3 and numbers of heads that divide the last dimension, but got 'tensor<2x5x32xf32>', 'tensor<2x7x16xf32>', 'tensor<2x7x12xf32>' with 0 and 0 heads}}
  %y = nn.attention %q, %k, %v {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, scale = 0.125 : f64} : (tensor<2x5x32xf32>, tensor<2x7x16xf32>, tensor<2x7x12xf32>) -> tensor<f32>
  return
}

// -----

func.func @attention_heads(%q: tensor<2x4x5x8xf32>, %k: tensor<2x2x7x8xf32>, %v: tensor<2x2x7x6xf32>) {
  // expected-error @below {{'nn.attention' op C1: expected rank 4, or rank 3 and numbers of heads that divide the last dimension, but got 'tensor<2x4x5x8xf32>', 'tensor<2x2x7x8xf32>', 'tensor<2x2x7x6xf32>' with 4 and 2 heads}}
  %y = nn.attention %q, %k, %v {kv_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, q_heads = 4 : i64, scale = 0.125 : f64} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>) -> tensor<f32>
  return
}

// -----

func.func @attention_divides(%q: tensor<2x5x32xf32>, %k: tensor<2x7x16xf32>, %v: tensor<2x7x12xf32>) {
  // expected-error @below {{'nn.attention' op C1: expected rank 4, or rank 3 and numbers of heads that divide the last dimension, but got 'tensor<2x5x32xf32>', 'tensor<2x7x16xf32>', 'tensor<2x7x12xf32>' with 3 and 2 heads}}
  %y = nn.attention %q, %k, %v {kv_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, q_heads = 3 : i64, scale = 0.125 : f64} : (tensor<2x5x32xf32>, tensor<2x7x16xf32>, tensor<2x7x12xf32>) -> tensor<f32>
  return
}

// -----

func.func @attention_size(%q: tensor<2x4x5x8xf32>, %k: tensor<2x2x7x9xf32>, %v: tensor<2x2x7x6xf32>) {
  // expected-error @below {{'nn.attention' op C1: expected matching batch, heads, keys and sizes, but got 2x4x5x8, 2x2x7x9, 2x2x7x6}}
  %y = nn.attention %q, %k, %v {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, scale = 0.125 : f64} : (tensor<2x4x5x8xf32>, tensor<2x2x7x9xf32>, tensor<2x2x7x6xf32>) -> tensor<f32>
  return
}

// -----

func.func @attention_keys(%q: tensor<2x4x5x8xf32>, %k: tensor<2x2x7x8xf32>, %v: tensor<2x2x6x6xf32>) {
  // expected-error @below {{'nn.attention' op C1: expected matching batch, heads, keys and sizes, but got 2x4x5x8, 2x2x7x8, 2x2x6x6}}
  %y = nn.attention %q, %k, %v {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, scale = 0.125 : f64} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x6x6xf32>) -> tensor<f32>
  return
}

// -----

func.func @attention_batch(%q: tensor<2x4x5x8xf32>, %k: tensor<3x2x7x8xf32>, %v: tensor<3x2x7x6xf32>) {
  // expected-error @below {{'nn.attention' op C1: expected matching batch, heads, keys and sizes, but got 2x4x5x8, 3x2x7x8, 3x2x7x6}}
  %y = nn.attention %q, %k, %v {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, scale = 0.125 : f64} : (tensor<2x4x5x8xf32>, tensor<3x2x7x8xf32>, tensor<3x2x7x6xf32>) -> tensor<f32>
  return
}

// -----

func.func @attention_shared(%q: tensor<2x4x5x8xf32>, %k: tensor<2x3x7x8xf32>, %v: tensor<2x3x7x6xf32>) {
  // expected-error @below {{'nn.attention' op C2: expected query heads that are a multiple of key heads, but got 4 and 3}}
  %y = nn.attention %q, %k, %v {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, scale = 0.125 : f64} : (tensor<2x4x5x8xf32>, tensor<2x3x7x8xf32>, tensor<2x3x7x6xf32>) -> tensor<f32>
  return
}

// -----

func.func @attention_symbolic(%q: tensor<2x?x5x8xf32, affine_map<()[s0] -> (2, s0, 5, 8)>>, %k: tensor<2x2x7x8xf32>, %v: tensor<2x2x7x6xf32>) {
  // expected-error @below {{'nn.attention' op C2: expected query heads that are a multiple of key heads, but got s0 and 2}}
  %y = nn.attention %q, %k, %v {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, scale = 0.125 : f64} : (tensor<2x?x5x8xf32, affine_map<()[s0] -> (2, s0, 5, 8)>>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>) -> tensor<f32>
  return
}

// -----

func.func @attention_type(%q: tensor<2x4x5x8xi32>, %k: tensor<2x2x7x8xi32>, %v: tensor<2x2x7x6xi32>) {
  // expected-error @below {{'nn.attention' op C3: expected float element types, but got 'i32'}}
  %y = nn.attention %q, %k, %v {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, scale = 0.125 : f64} : (tensor<2x4x5x8xi32>, tensor<2x2x7x8xi32>, tensor<2x2x7x6xi32>) -> tensor<f32>
  return
}

// -----

func.func @attention_past_type(%q: tensor<2x4x5x8xf32>, %k: tensor<2x2x7x8xf32>, %v: tensor<2x2x7x6xf32>, %past_key: tensor<2x2x3x8xf16>, %past_value: tensor<2x2x3x6xf32>) {
  // expected-error @below {{'nn.attention' op C3: expected a past of types 'f32' and 'f32'}}
  %y = nn.attention %q, %k, %v, %past_key, %past_value {operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 1, 0>, scale = 0.125 : f64} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>, tensor<2x2x3x8xf16>, tensor<2x2x3x6xf32>) -> tensor<f32>
  return
}

// -----

func.func @attention_past_key(%q: tensor<2x4x5x8xf32>, %k: tensor<2x2x7x8xf32>, %v: tensor<2x2x7x6xf32>, %past_key: tensor<2x2x3x8xf32>) {
  // expected-error @below {{'nn.attention' op C4: expected both or neither of past_key and past_value, and no valid_keys with them}}
  %y = nn.attention %q, %k, %v, %past_key {operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 0, 0>, scale = 0.125 : f64} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>, tensor<2x2x3x8xf32>) -> tensor<f32>
  return
}

// -----

func.func @attention_past_shape(%q: tensor<2x4x5x8xf32>, %k: tensor<2x2x7x8xf32>, %v: tensor<2x2x7x6xf32>, %past_key: tensor<2x2x3x8xf32>, %past_value: tensor<2x2x3x8xf32>) {
  // expected-error @below {{'nn.attention' op C4: expected a past of shapes 2x2x3x8 and 2x2x3x6, but got 2x2x3x8 and 2x2x3x8}}
  %y = nn.attention %q, %k, %v, %past_key, %past_value {operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 1, 0>, scale = 0.125 : f64} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>, tensor<2x2x3x8xf32>, tensor<2x2x3x8xf32>) -> tensor<f32>
  return
}

// -----

func.func @attention_past_valid(%q: tensor<2x4x5x8xf32>, %k: tensor<2x2x7x8xf32>, %v: tensor<2x2x7x6xf32>, %past_key: tensor<2x2x3x8xf32>, %past_value: tensor<2x2x3x6xf32>, %valid_keys: tensor<2xi64>) {
  // expected-error @below {{'nn.attention' op C4: expected both or neither of past_key and past_value, and no valid_keys with them}}
  %y = nn.attention %q, %k, %v, %past_key, %past_value, %valid_keys {operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 1, 1>, scale = 0.125 : f64} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>, tensor<2x2x3x8xf32>, tensor<2x2x3x6xf32>, tensor<2xi64>) -> tensor<f32>
  return
}

// -----

func.func @attention_mask(%q: tensor<2x4x5x8xf32>, %k: tensor<2x2x7x8xf32>, %v: tensor<2x2x7x6xf32>, %mask: tensor<4x7xf32>) {
  // expected-error @below {{'nn.attention' op C5: expected a bool or float mask that broadcasts to 2x4x5x7, but got 'tensor<4x7xf32>'}}
  %y = nn.attention %q, %k, %v, %mask {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>, scale = 0.125 : f64} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>, tensor<4x7xf32>) -> tensor<f32>
  return
}

// -----

func.func @attention_mask_keys(%q: tensor<2x4x5x8xf32>, %k: tensor<2x2x7x8xf32>, %v: tensor<2x2x7x6xf32>, %mask: tensor<5x8xf32>) {
  // expected-error @below {{'nn.attention' op C5: expected a bool or float mask that broadcasts to 2x4x5x7, but got 'tensor<5x8xf32>'}}
  %y = nn.attention %q, %k, %v, %mask {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>, scale = 0.125 : f64} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>, tensor<5x8xf32>) -> tensor<f32>
  return
}

// -----

func.func @attention_mask_type(%q: tensor<2x4x5x8xf32>, %k: tensor<2x2x7x8xf32>, %v: tensor<2x2x7x6xf32>, %mask: tensor<5x7xi8>) {
  // expected-error @below {{'nn.attention' op C5: expected a bool or float mask that broadcasts to 2x4x5x7, but got 'tensor<5x7xi8>'}}
  %y = nn.attention %q, %k, %v, %mask {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>, scale = 0.125 : f64} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>, tensor<5x7xi8>) -> tensor<f32>
  return
}

// -----

func.func @attention_valid_keys(%q: tensor<2x4x5x8xf32>, %k: tensor<2x2x7x8xf32>, %v: tensor<2x2x7x6xf32>, %valid_keys: tensor<3xi64>) {
  // expected-error @below {{'nn.attention' op C6: expected i64 valid_keys of shape 2, but got 'tensor<3xi64>'}}
  %y = nn.attention %q, %k, %v, %valid_keys {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 1>, scale = 0.125 : f64} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>, tensor<3xi64>) -> tensor<f32>
  return
}

// -----

func.func @attention_valid_keys_type(%q: tensor<2x4x5x8xf32>, %k: tensor<2x2x7x8xf32>, %v: tensor<2x2x7x6xf32>, %valid_keys: tensor<2xi32>) {
  // expected-error @below {{'nn.attention' op C6: expected i64 valid_keys of shape 2, but got 'tensor<2xi32>'}}
  %y = nn.attention %q, %k, %v, %valid_keys {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 1>, scale = 0.125 : f64} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>, tensor<2xi32>) -> tensor<f32>
  return
}

// -----

func.func @attention_results(%q: tensor<2x4x5x8xf32>, %k: tensor<2x2x7x8xf32>, %v: tensor<2x2x7x6xf32>) {
  // expected-error @below {{'nn.attention' op C7: expected 1 results, but got 2}}
  %y:2 = nn.attention %q, %k, %v {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, scale = 0.125 : f64} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @attention_present(%q: tensor<2x4x5x8xf32>, %k: tensor<2x2x7x8xf32>, %v: tensor<2x2x7x6xf32>) {
  // expected-error @below {{'nn.attention' op C7: expected 3 results, but got 1}}
  %y = nn.attention %q, %k, %v {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>, present = true, scale = 0.125 : f64} : (tensor<2x4x5x8xf32>, tensor<2x2x7x8xf32>, tensor<2x2x7x6xf32>) -> tensor<f32>
  return
}

// -----

func.func @rotary_embedding_rank(%x: tensor<2x5x32xf32>, %cos: tensor<2x5x4xf32>, %sin: tensor<2x5x4xf32>) {
  // expected-error @below {{'nn.rotary_embedding' op C1: expected rank 4, or rank 3 and heads that divide the last dimension, but got 'tensor<2x5x32xf32>' and 0 heads}}
  %y = nn.rotary_embedding %x, %cos, %sin {dim = 8 : i64} : (tensor<2x5x32xf32>, tensor<2x5x4xf32>, tensor<2x5x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @rotary_embedding_heads(%x: tensor<2x5x32xf32>, %cos: tensor<2x5x4xf32>, %sin: tensor<2x5x4xf32>) {
  // expected-error @below {{'nn.rotary_embedding' op C1: expected rank 4, or rank 3 and heads that divide the last dimension, but got 'tensor<2x5x32xf32>' and 5 heads}}
  %y = nn.rotary_embedding %x, %cos, %sin {dim = 8 : i64, heads = 5 : i64} : (tensor<2x5x32xf32>, tensor<2x5x4xf32>, tensor<2x5x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @rotary_embedding_odd(%x: tensor<2x4x5x8xf32>, %cos: tensor<2x5x4xf32>, %sin: tensor<2x5x4xf32>) {
  // expected-error @below {{'nn.rotary_embedding' op C2: expected an even dim in [2, 8], but got 7}}
  %y = nn.rotary_embedding %x, %cos, %sin {dim = 7 : i64} : (tensor<2x4x5x8xf32>, tensor<2x5x4xf32>, tensor<2x5x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @rotary_embedding_large(%x: tensor<2x4x5x8xf32>, %cos: tensor<2x5x4xf32>, %sin: tensor<2x5x4xf32>) {
  // expected-error @below {{'nn.rotary_embedding' op C2: expected an even dim in [2, 8], but got 10}}
  %y = nn.rotary_embedding %x, %cos, %sin {dim = 10 : i64} : (tensor<2x4x5x8xf32>, tensor<2x5x4xf32>, tensor<2x5x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @rotary_embedding_none(%x: tensor<2x4x5x8xf32>, %cos: tensor<2x5x4xf32>, %sin: tensor<2x5x4xf32>) {
  // expected-error @below {{'nn.rotary_embedding' op C2: expected an even dim in [2, 8], but got 0}}
  %y = nn.rotary_embedding %x, %cos, %sin {dim = 0 : i64} : (tensor<2x4x5x8xf32>, tensor<2x5x4xf32>, tensor<2x5x4xf32>) -> tensor<f32>
  return
}

// -----

func.func @rotary_embedding_cache(%x: tensor<2x4x5x8xf32>, %cos: tensor<2x5x8xf32>, %sin: tensor<2x5x8xf32>) {
  // expected-error @below {{'nn.rotary_embedding' op C3: expected caches of 'f32', 2x5x4, but got 'tensor<2x5x8xf32>'}}
  %y = nn.rotary_embedding %x, %cos, %sin {dim = 8 : i64} : (tensor<2x4x5x8xf32>, tensor<2x5x8xf32>, tensor<2x5x8xf32>) -> tensor<f32>
  return
}

// -----

func.func @rotary_embedding_caches(%x: tensor<2x4x5x8xf32>, %cos: tensor<50x4xf32>, %sin: tensor<49x4xf32>, %position_ids: tensor<2x5xi64>) {
  // expected-error @below {{'nn.rotary_embedding' op C3: expected caches of 'f32', 49x4, but got 'tensor<49x4xf32>'}}
  %y = nn.rotary_embedding %x, %cos, %sin, %position_ids {dim = 8 : i64} : (tensor<2x4x5x8xf32>, tensor<50x4xf32>, tensor<49x4xf32>, tensor<2x5xi64>) -> tensor<f32>
  return
}

// -----

func.func @rotary_embedding_type(%x: tensor<2x4x5x8xf32>, %cos: tensor<2x5x4xf32>, %sin: tensor<2x5x4xf16>) {
  // expected-error @below {{'nn.rotary_embedding' op C3: expected caches of 'f32', 2x5x4, but got 'tensor<2x5x4xf16>'}}
  %y = nn.rotary_embedding %x, %cos, %sin {dim = 8 : i64} : (tensor<2x4x5x8xf32>, tensor<2x5x4xf32>, tensor<2x5x4xf16>) -> tensor<f32>
  return
}

// -----

func.func @rotary_embedding_empty(%x: tensor<2x4x5x8xf32>, %cos: tensor<0x4xf32>, %sin: tensor<0x4xf32>, %position_ids: tensor<2x5xi64>) {
  // expected-error @below {{'nn.rotary_embedding' op C3: expected caches of 'f32', 0x4, but got 'tensor<0x4xf32>'}}
  %y = nn.rotary_embedding %x, %cos, %sin, %position_ids {dim = 8 : i64} : (tensor<2x4x5x8xf32>, tensor<0x4xf32>, tensor<0x4xf32>, tensor<2x5xi64>) -> tensor<f32>
  return
}

// -----

func.func @rotary_embedding_positions(%x: tensor<2x4x5x8xf32>, %cos: tensor<50x4xf32>, %sin: tensor<50x4xf32>, %position_ids: tensor<5xi64>) {
  // expected-error @below {{'nn.rotary_embedding' op C4: expected i64 position_ids of shape 2x5, but got 'tensor<5xi64>'}}
  %y = nn.rotary_embedding %x, %cos, %sin, %position_ids {dim = 8 : i64} : (tensor<2x4x5x8xf32>, tensor<50x4xf32>, tensor<50x4xf32>, tensor<5xi64>) -> tensor<f32>
  return
}

// -----

func.func @rotary_embedding_positions_type(%x: tensor<2x4x5x8xf32>, %cos: tensor<50x4xf32>, %sin: tensor<50x4xf32>, %position_ids: tensor<2x5xi32>) {
  // expected-error @below {{'nn.rotary_embedding' op C4: expected i64 position_ids of shape 2x5, but got 'tensor<2x5xi32>'}}
  %y = nn.rotary_embedding %x, %cos, %sin, %position_ids {dim = 8 : i64} : (tensor<2x4x5x8xf32>, tensor<50x4xf32>, tensor<50x4xf32>, tensor<2x5xi32>) -> tensor<f32>
  return
}

// -----

func.func @cache_update_axis(%cache: tensor<2x4x16x8xf32>, %update: tensor<2x4x16x8xf32>) {
  // expected-error @below {{'nn.cache_update' op C1: expected one element type and an axis in [1, 4), but got 'tensor<2x4x16x8xf32>', 'tensor<2x4x16x8xf32>' and 0}}
  %y = nn.cache_update %cache, %update {axis = 0 : i64} : (tensor<2x4x16x8xf32>, tensor<2x4x16x8xf32>) -> tensor<f32>
  return
}

// -----

func.func @cache_update_types(%cache: tensor<2x4x16x8xf32>, %update: tensor<2x4x16x8xf16>) {
  // expected-error @below {{'nn.cache_update' op C1: expected one element type and an axis in [1, 4), but got 'tensor<2x4x16x8xf32>', 'tensor<2x4x16x8xf16>' and 2}}
  %y = nn.cache_update %cache, %update {axis = 2 : i64} : (tensor<2x4x16x8xf32>, tensor<2x4x16x8xf16>) -> tensor<f32>
  return
}

// -----

func.func @cache_update_shape(%cache: tensor<2x4x16x8xf32>, %update: tensor<2x3x3x8xf32>) {
  // expected-error @below {{'nn.cache_update' op C2: expected an update that fits 2x4x16x8, but got 2x3x3x8}}
  %y = nn.cache_update %cache, %update {axis = 2 : i64} : (tensor<2x4x16x8xf32>, tensor<2x3x3x8xf32>) -> tensor<f32>
  return
}

// -----

func.func @cache_update_large(%cache: tensor<2x4x16x8xf32>, %update: tensor<2x4x17x8xf32>) {
  // expected-error @below {{'nn.cache_update' op C2: expected an update that fits 2x4x16x8, but got 2x4x17x8}}
  %y = nn.cache_update %cache, %update {axis = 2 : i64} : (tensor<2x4x16x8xf32>, tensor<2x4x17x8xf32>) -> tensor<f32>
  return
}

// -----

func.func @cache_update_symbolic(%cache: tensor<2x4x16x8xf32>, %update: tensor<2x4x?x8xf32, affine_map<()[s0] -> (2, 4, s0, 8)>>) {
  // expected-error @below {{'nn.cache_update' op C2: expected an update that fits 2x4x16x8, but got 2x4xs0x8}}
  %y = nn.cache_update %cache, %update {axis = 2 : i64} : (tensor<2x4x16x8xf32>, tensor<2x4x?x8xf32, affine_map<()[s0] -> (2, 4, s0, 8)>>) -> tensor<f32>
  return
}

// -----

func.func @cache_update_indices(%cache: tensor<2x4x16x8xf32>, %update: tensor<2x4x3x8xf32>, %write_indices: tensor<4xi64>) {
  // expected-error @below {{'nn.cache_update' op C3: expected i64 write_indices of shape 2, but got 'tensor<4xi64>'}}
  %y = nn.cache_update %cache, %update, %write_indices {axis = 2 : i64} : (tensor<2x4x16x8xf32>, tensor<2x4x3x8xf32>, tensor<4xi64>) -> tensor<f32>
  return
}

// -----

func.func @cache_update_indices_type(%cache: tensor<2x4x16x8xf32>, %update: tensor<2x4x3x8xf32>, %write_indices: tensor<2xi32>) {
  // expected-error @below {{'nn.cache_update' op C3: expected i64 write_indices of shape 2, but got 'tensor<2xi32>'}}
  %y = nn.cache_update %cache, %update, %write_indices {axis = 2 : i64} : (tensor<2x4x16x8xf32>, tensor<2x4x3x8xf32>, tensor<2xi32>) -> tensor<f32>
  return
}

// -----

func.func @linear_attention_rank(%q: tensor<2x4x5x8xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x12xf32>) {
  // expected-error @below {{'nn.linear_attention' op C1: expected matching floats (batch, steps, heads * size), but got 'tensor<2x4x5x8xf32>'}}
  %y:2 = nn.linear_attention %q, %k, %v {kv_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>, q_heads = 4 : i64, scale = 0.5 : f64} : (tensor<2x4x5x8xf32>, tensor<2x5x16xf32>, tensor<2x5x12xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @linear_attention_types(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x12xf16>) {
  // expected-error @below {{'nn.linear_attention' op C1: expected matching floats (batch, steps, heads * size), but got 'tensor<2x5x12xf16>'}}
  %y:2 = nn.linear_attention %q, %k, %v {kv_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>, q_heads = 4 : i64, scale = 0.5 : f64} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x12xf16>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @linear_attention_steps(%q: tensor<2x5x32xf32>, %k: tensor<2x4x16xf32>, %v: tensor<2x5x12xf32>) {
  // expected-error @below {{'nn.linear_attention' op C1: expected matching floats (batch, steps, heads * size), but got 'tensor<2x4x16xf32>'}}
  %y:2 = nn.linear_attention %q, %k, %v {kv_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>, q_heads = 4 : i64, scale = 0.5 : f64} : (tensor<2x5x32xf32>, tensor<2x4x16xf32>, tensor<2x5x12xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @linear_attention_heads(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x12xf32>) {
  // expected-error @below {{'nn.linear_attention' op C2: expected heads that divide 32, 16 and 12, but got 3 and 2}}
  %y:2 = nn.linear_attention %q, %k, %v {kv_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>, q_heads = 3 : i64, scale = 0.5 : f64} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x12xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @linear_attention_no_heads(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x12xf32>) {
  // expected-error @below {{'nn.linear_attention' op C2: expected heads that divide 32, 16 and 12, but got 4 and 0}}
  %y:2 = nn.linear_attention %q, %k, %v {kv_heads = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>, q_heads = 4 : i64, scale = 0.5 : f64} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x12xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @linear_attention_sizes(%q: tensor<2x5x16xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x12xf32>) {
  // expected-error @below {{'nn.linear_attention' op C2: expected heads that divide 16, 16 and 12, but got 4 and 2}}
  %y:2 = nn.linear_attention %q, %k, %v {kv_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>, q_heads = 4 : i64, scale = 0.5 : f64} : (tensor<2x5x16xf32>, tensor<2x5x16xf32>, tensor<2x5x12xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @linear_attention_state(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x12xf32>, %past_state: tensor<2x2x6x8xf32>) {
  // expected-error @below {{'nn.linear_attention' op C3: expected a past state of shape 2x2x8x6, but got 'tensor<2x2x6x8xf32>'}}
  %y:2 = nn.linear_attention %q, %k, %v, %past_state {kv_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0>, q_heads = 4 : i64, scale = 0.5 : f64} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x12xf32>, tensor<2x2x6x8xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @linear_attention_state_type(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x12xf32>, %past_state: tensor<2x2x8x6xi32>) {
  // expected-error @below {{'nn.linear_attention' op C3: expected a past state of shape 2x2x8x6, but got 'tensor<2x2x8x6xi32>'}}
  %y:2 = nn.linear_attention %q, %k, %v, %past_state {kv_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0>, q_heads = 4 : i64, scale = 0.5 : f64} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x12xf32>, tensor<2x2x8x6xi32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @linear_attention_decay(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x12xf32>, %decay: tensor<2x5x12xf32>) {
  // expected-error @below {{'nn.linear_attention' op C4: expected decay and beta of 2x5 times 2 heads}}
  %y:2 = nn.linear_attention %q, %k, %v, %decay {kv_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 0>, q_heads = 4 : i64, scale = 0.5 : f64} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x12xf32>, tensor<2x5x12xf32>) -> (tensor<f32>, tensor<f32>)
  return
}

// -----

func.func @linear_attention_beta(%q: tensor<2x5x32xf32>, %k: tensor<2x5x16xf32>, %v: tensor<2x5x12xf32>, %beta: tensor<2x5x16xf32>) {
  // expected-error @below {{'nn.linear_attention' op C4: expected decay and beta of 2x5 times 2 heads}}
  %y:2 = nn.linear_attention %q, %k, %v, %beta {kv_heads = 2 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 1>, q_heads = 4 : i64, scale = 0.5 : f64} : (tensor<2x5x32xf32>, tensor<2x5x16xf32>, tensor<2x5x12xf32>, tensor<2x5x16xf32>) -> (tensor<f32>, tensor<f32>)
  return
}
