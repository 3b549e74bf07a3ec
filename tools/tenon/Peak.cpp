#include "Peak.h"
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

using namespace tenon::cli;

/// `iterations` times `chains` independent multiply-adds of vectors: enough chains to cover the latency of
/// those in flight, few enough to stay in registers.
template <typename Vector, int chains>
[[gnu::always_inline]] static inline float multiplyAdd(int64_t iterations) {
  Vector sums[chains], factor = {}, addend = {};
  factor += 0.999f;
  addend += 0.001f;
  for (int i = 0; i < chains; ++i)
    sums[i] = addend + static_cast<float>(i);
  for (int64_t k = 0; k < iterations; ++k)
#pragma clang loop unroll(full)
    for (int i = 0; i < chains; ++i)
      sums[i] = __builtin_elementwise_fma(sums[i], factor, addend);
  Vector total = sums[0];
  for (int i = 1; i < chains; ++i)
    total += sums[i];
  return total[0];
}

namespace {
/// One vector width: the loop, and the operations of one of its iterations.
struct Loop {
  const char *isa;
  float (*run)(int64_t iterations);
  double operations;
};
} // namespace

template <int bytes>
using Floats = float __attribute__((vector_size(bytes)));

#if defined(__x86_64__)
/// A build tuned for a processor may prefer vectors of 256 bits, and would split these in two, which then
/// do not fit in the registers.
[[gnu::target("avx512f"), clang::min_vector_width(512)]] static float run512(int64_t iterations) {
  return multiplyAdd<Floats<64>, 16>(iterations);
}
[[gnu::target("avx2,fma")]] static float run256(int64_t iterations) {
  return multiplyAdd<Floats<32>, 12>(iterations);
}
/// Without fused multiply-adds a product and a sum are two instructions.
static float run128(int64_t iterations) {
  Floats<16> sums[8] = {}, factor = {}, addend = {};
  factor += 0.999f;
  addend += 0.001f;
  for (int64_t k = 0; k < iterations; ++k)
#pragma clang loop unroll(full)
    for (Floats<16> &sum : sums)
      sum = sum * factor + addend;
  Floats<16> total = sums[0];
  for (int i = 1; i < 8; ++i)
    total += sums[i];
  return total[0];
}
static Loop widestLoop() {
  if (__builtin_cpu_supports("avx512f"))
    return {"avx512", run512, 2.0 * 16 * 16};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return {"avx2", run256, 2.0 * 12 * 8};
  return {"sse2", run128, 2.0 * 8 * 4};
}
#else
static float run128(int64_t iterations) {
  return multiplyAdd<Floats<16>, 24>(iterations);
}
static Loop widestLoop() {
  return {"neon", run128, 2.0 * 24 * 4};
}
#endif

Peak tenon::cli::measurePeak(int threads) {
  using Clock = std::chrono::steady_clock;
  static volatile float sink;
  Loop loop = widestLoop();
  const int64_t iterations = 200000;
  const int repeats = 60;
  double best = 1e9;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    auto start = Clock::now();
    std::vector<std::thread> others;
    for (int t = 1; t < threads; ++t)
      others.emplace_back([&] { sink = loop.run(iterations); });
    sink = loop.run(iterations);
    for (std::thread &other : others)
      other.join();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return {loop.isa, loop.operations * static_cast<double>(iterations) * threads / best / 1e9};
}
