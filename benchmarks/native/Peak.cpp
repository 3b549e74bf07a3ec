// What the machine gives at most: f32 multiply-adds per second of the widest vectors, and the bandwidth of
// reading memory. Usage: tenon-peak [THREADS]...   prints one line of JSON per measurement.
//
// Every figure is the best of many short measurements, which a busy machine disturbs less than one long one.
#include "tools/tenon/Peak.h"
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

using Clock = std::chrono::steady_clock;

/// Runs body(thread) on `threads` threads at once; seconds until the last returns.
template <typename Body>
static double timeThreads(int threads, Body body) {
  auto start = Clock::now();
  std::vector<std::thread> others;
  for (int t = 1; t < threads; ++t)
    others.emplace_back(body, t);
  body(0);
  for (std::thread &other : others)
    other.join();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

static volatile int64_t intSink;

using Words = int64_t __attribute__((vector_size(64), aligned(64)));

/// Whole cache lines per load where the processor has such vectors; halves would take a tenth longer.
[[clang::min_vector_width(512)]] static void read(const Words *memory, size_t count) {
  Words sums[4] = {};
  for (size_t i = 0; i + 4 <= count; i += 4)
    for (int j = 0; j < 4; ++j)
      sums[j] += memory[i + j];
  intSink = (sums[0] + sums[1] + sums[2] + sums[3])[0];
}

static bool measureReading(int threads) {
  const size_t bytes = size_t{256} << 20, share = bytes / sizeof(Words) / threads;
  auto *memory = static_cast<Words *>(std::aligned_alloc(64, bytes));
  if (!memory)
    return false;
  // Written first: pages that nobody has written are all the same one.
  timeThreads(threads, [&](int t) {
    for (size_t i = t * share; i < (t + 1) * share; ++i)
      memory[i] = Words{} + static_cast<int64_t>(i);
  });
  double best = 1e9;
  for (int repeat = 0; repeat < 12; ++repeat)
    best = std::min(best, timeThreads(threads, [&](int t) { read(memory + t * share, share); }));
  std::printf("{\"what\": \"read_gbps\", \"isa\": \"\", \"threads\": %d, \"value\": %.2f}\n", threads,
              static_cast<double>(share * threads * sizeof(Words)) / best / 1e9);
  std::fflush(stdout);
  std::free(memory);
  return true;
}

int main(int argc, char **argv) {
  std::vector<int> counts;
  for (int i = 1; i < argc; ++i)
    counts.push_back(std::atoi(argv[i]));
  if (counts.empty())
    counts = {1, 2};
  for (int threads : counts) {
    if (threads < 1 || threads > 1024) {
      std::fprintf(stderr, "error: expected 1 to 1024 threads, but got %d\n", threads);
      return 1;
    }
    tenon::cli::Peak peak = tenon::cli::measurePeak(threads);
    std::printf("{\"what\": \"fma_gflops\", \"isa\": \"%s\", \"threads\": %d, \"value\": %.2f}\n",
                peak.isa.c_str(), threads, peak.gflops);
    if (!measureReading(threads)) {
      std::fprintf(stderr, "error: out of memory\n");
      return 1;
    }
  }
  return 0;
}
