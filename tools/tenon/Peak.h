#pragma once

#include <string>

/// What the machine gives at most, to hold a model's speed against.
namespace tenon::cli {

struct Peak {
  std::string isa;   ///< of the widest vectors: avx512, avx2, sse2 or neon
  double gflops = 0; ///< f32 multiply-adds, two operations each
};

/// Multiplies and adds in registers on `threads` threads at once, some milliseconds long. The figure is the
/// best of many short measurements, which a busy machine disturbs less than one long one.
Peak measurePeak(int threads);

} // namespace tenon::cli
