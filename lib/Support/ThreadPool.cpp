#include "lib/Support/ThreadPool.h"
#include <algorithm>
#include <chrono>

using namespace tenon;

static void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

ThreadPool::ThreadPool(int32_t threads) {
  for (int32_t i = 1; i < threads; ++i)
    workers.emplace_back([this] { work(); });
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard<std::mutex> lock(mutex);
    stopping = true;
    generation.fetch_add(1);
  }
  wake.notify_all();
  for (std::thread &worker : workers)
    worker.join();
}

void ThreadPool::takeShares() {
  for (int32_t i = next.fetch_add(1); i < count; i = next.fetch_add(1))
    body(arg, i);
}

void ThreadPool::work() {
  uint64_t seen = 0;
  for (;;) {
    auto deadline = std::chrono::steady_clock::now() + std::chrono::microseconds(50);
    while (generation.load() == seen && std::chrono::steady_clock::now() < deadline)
      pause();
    if (generation.load() == seen) {
      std::unique_lock<std::mutex> lock(mutex);
      wake.wait(lock, [&] { return generation.load() != seen; });
    }
    seen = generation.load();
    if (stopping.load())
      return;
    takeShares();
    busy.fetch_sub(1);
  }
}

void ThreadPool::parallelFor(int32_t loopCount, void (*loopBody)(void *, int32_t), void *loopArg) {
  if (workers.empty() || loopCount <= 1) {
    for (int32_t i = 0; i < loopCount; ++i)
      loopBody(loopArg, i);
    return;
  }
  count = loopCount;
  body = loopBody;
  arg = loopArg;
  next.store(0);
  busy.store(static_cast<int32_t>(workers.size()));
  {
    // Under the lock, so that no worker falls asleep between its check and this change.
    std::lock_guard<std::mutex> lock(mutex);
    generation.fetch_add(1);
  }
  wake.notify_all();
  takeShares();
  // Every worker passes through every loop: none may still read the loop's fields when the next one sets
  // them.
  auto deadline = std::chrono::steady_clock::now() + std::chrono::microseconds(100);
  while (busy.load() != 0) {
    if (std::chrono::steady_clock::now() < deadline)
      pause();
    else
      std::this_thread::yield();
  }
}
