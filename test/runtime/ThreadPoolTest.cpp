#include "tenon-c/ThreadPool.h"
#include "gtest/gtest.h"
#include <atomic>
#include <chrono>
#include <ctime>
#include <functional>
#include <thread>
#include <vector>

namespace {

using Pool = std::unique_ptr<tenon_thread_pool, void (*)(tenon_thread_pool *)>;

Pool makePool(int32_t threads) {
  return Pool(tenon_thread_pool_create(threads), tenon_thread_pool_destroy);
}

void parallelFor(const Pool &pool, int32_t count, std::function<void(int32_t)> body) {
  pool->parallel_for(
      pool->context, count,
      [](void *arg, int32_t i) { (*static_cast<std::function<void(int32_t)> *>(arg))(i); }, &body);
}

/// How often a loop of `count` called each i.
std::vector<int> countCalls(const Pool &pool, int32_t count) {
  std::vector<std::atomic<int>> calls(count);
  parallelFor(pool, count, [&](int32_t i) { ++calls[i]; });
  return std::vector<int>(calls.begin(), calls.end());
}

double processorSeconds() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

TEST(ThreadPool, CallsEachOnce) {
  for (int32_t threads : {1, 2, 3, 5}) {
    Pool pool = makePool(threads);
    ASSERT_NE(pool, nullptr);
    EXPECT_EQ(pool->threads, threads);
    for (int32_t count : {0, 1, 2, 3, 4, 7, 100, 70000})
      EXPECT_EQ(countCalls(pool, count), std::vector<int>(count, 1)) << threads << " " << count;
  }
}

TEST(ThreadPool, RefusesFewerThanOneThread) {
  EXPECT_EQ(tenon_thread_pool_create(0), nullptr);
  EXPECT_EQ(tenon_thread_pool_create(-3), nullptr);
  tenon_thread_pool_destroy(nullptr);
}

TEST(ThreadPool, RunsManyShortLoops) {
  Pool pool = makePool(3);
  std::atomic<int64_t> sum{0};
  for (int round = 0; round < 20000; ++round)
    parallelFor(pool, 3, [&](int32_t i) { sum += i + 1; });
  EXPECT_EQ(sum, 6 * 20000);
}

TEST(ThreadPool, UsesItsThreads) {
  Pool pool = makePool(2);
  std::atomic<int> here{0};
  // Each waits for the other.
  parallelFor(pool, 2, [&](int32_t) {
    ++here;
    while (here < 2)
      std::this_thread::yield();
  });
  EXPECT_EQ(here, 2);
}

TEST(ThreadPool, LoopsInLoopsAndOfSeveralCallersRun) {
  Pool pool = makePool(3);
  std::vector<std::thread> callers;
  std::vector<int> wrong(3, 0);
  for (int caller = 0; caller < 3; ++caller)
    callers.emplace_back([&, caller] {
      for (int round = 0; round < 300; ++round) {
        std::atomic<int> inner{0};
        parallelFor(pool, 4, [&](int32_t) { parallelFor(pool, 5, [&](int32_t) { ++inner; }); });
        wrong[caller] += inner != 20;
      }
    });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_EQ(wrong, std::vector<int>(3, 0));
}

TEST(ThreadPool, SleepsBetweenLoops) {
  Pool pool = makePool(2);
  double start = processorSeconds();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(countCalls(pool, 2), std::vector<int>(2, 1));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  // Of 400 ms, at most 1 ms for each loop.
  EXPECT_LT(processorSeconds() - start, 0.02);
}

} // namespace
