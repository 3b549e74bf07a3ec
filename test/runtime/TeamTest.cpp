#include "tenon-c/ThreadPool.h"
#include "gtest/gtest.h"
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <vector>

// Team.c
extern "C" {
struct tn_team;
extern const long test_spin_ns;
void test_run_team(const tenon_thread_pool *pool, void (*lead)(tn_team *team, void *run), void *run);
void test_split(tn_team *team, int32_t parts, void (*body)(void *arg, int32_t part), void *arg);
int test_has_tired(const tn_team *team);
}

namespace {
/// A pool of `threads` that calls its loop's body however `loop` does.
struct TestPool : tenon_thread_pool {
  using Body = std::function<void(int32_t)>;
  std::function<void(int32_t count, const Body &body)> loop;
  int loops = 0;

  TestPool(int32_t count, std::function<void(int32_t, const Body &)> loop) : loop(std::move(loop)) {
    context = this;
    threads = count;
    parallel_for = [](void *context, int32_t count, void (*body)(void *, int32_t), void *arg) {
      auto *pool = static_cast<TestPool *>(context);
      ++pool->loops;
      pool->loop(count, [&](int32_t i) { body(arg, i); });
    };
  }
};

/// One thread per share; thread `late` begins late.
void onThreads(int32_t count, const TestPool::Body &body, int32_t late) {
  std::vector<std::thread> threads;
  for (int32_t i = 0; i < count; ++i)
    threads.emplace_back([&body, i, late] {
      if (i == late)
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      body(i);
    });
  for (std::thread &thread : threads)
    thread.join();
}

/// Jobs of different sizes, until all are done; returns how often each part was computed, job by job.
struct Jobs {
  static constexpr int32_t kJobs = 300;
  std::vector<std::vector<int>> calls;
  int32_t next = 0, rested = 0;
  bool rests = false; ///< before each job once until a helper has left, but for 20 seconds in all at most

  void run(const tenon_thread_pool &pool) {
    while (next < kJobs)
      test_run_team(&pool, [](tn_team *team, void *run) { static_cast<Jobs *>(run)->lead(team); }, this);
    ASSERT_EQ(calls.size(), size_t(kJobs));
    for (int32_t job = 0; job < kJobs; ++job)
      EXPECT_EQ(calls[job], std::vector<int>(partsOf(job), 1)) << job;
  }

private:
  std::chrono::steady_clock::time_point patience =
      std::chrono::steady_clock::now() + std::chrono::seconds(20);

  static int32_t partsOf(int32_t job) { return 2 + job % 5; }

  void lead(tn_team *team) {
    for (; next < kJobs; ++next) {
      if (rests && rested == next)
        while (!test_has_tired(team) && std::chrono::steady_clock::now() < patience)
          std::this_thread::sleep_for(std::chrono::microseconds(test_spin_ns / 1000));
      rested = next + 1;
      if (test_has_tired(team))
        return;
      std::vector<std::atomic<int>> counts(partsOf(next));
      test_split(
          team, partsOf(next),
          [](void *arg, int32_t part) { ++(*static_cast<std::vector<std::atomic<int>> *>(arg))[part]; },
          &counts);
      // All parts have returned.
      calls.emplace_back(counts.begin(), counts.end());
    }
  }
};

TEST(Team, ComputesEachPartOnce) {
  for (int32_t threads : {2, 3, 5}) {
    tenon_thread_pool *pool = tenon_thread_pool_create(threads);
    for (int round = 0; round < 20; ++round)
      Jobs().run(*pool);
    tenon_thread_pool_destroy(pool);
  }
}

TEST(Team, NeedsNoThreads) {
  // All shares on one thread, one after the other.
  TestPool forward(3, [](int32_t count, const TestPool::Body &body) {
    for (int32_t i = 0; i < count; ++i)
      body(i);
  });
  Jobs().run(forward);
  EXPECT_EQ(forward.loops, 1);
  TestPool backward(3, [](int32_t count, const TestPool::Body &body) {
    for (int32_t i = count - 1; i >= 0; --i)
      body(i);
  });
  Jobs().run(backward);
  EXPECT_EQ(backward.loops, 1);
}

TEST(Team, WaitsForNobody) {
  for (int32_t late : {0, 1, 2}) {
    TestPool pool(3, [&](int32_t count, const TestPool::Body &body) { onThreads(count, body, late); });
    Jobs().run(pool);
  }
}

TEST(Team, LetsHelpersGo) {
  tenon_thread_pool *pool = tenon_thread_pool_create(2);
  TestPool counted(2, [&](int32_t count, const TestPool::Body &body) {
    pool->parallel_for(
        pool->context, count, [](void *arg, int32_t i) { (*static_cast<const TestPool::Body *>(arg))(i); },
        const_cast<TestPool::Body *>(&body));
  });
  Jobs jobs;
  jobs.rests = true;
  jobs.run(counted);
  // While the leader rests, helpers leave, and it calls for others.
  EXPECT_GT(counted.loops, 10);
  tenon_thread_pool_destroy(pool);
}
} // namespace
