#ifndef TENON_LIB_SUPPORT_THREADPOOL_H
#define TENON_LIB_SUPPORT_THREADPOOL_H

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace tenon {

/// Threads that wait for loops to run: they spin for some microseconds, since a model's steps follow each
/// other closely, then sleep. One loop runs at a time; the caller takes part in it.
class ThreadPool {
public:
  /// `threads` counts the caller; at least 1.
  explicit ThreadPool(int32_t threads);
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;
  ~ThreadPool();
  int32_t threads() const { return static_cast<int32_t>(workers.size()) + 1; }

  /// Calls body(arg, i) for every 0 <= i < count and returns when all have returned.
  void parallelFor(int32_t count, void (*body)(void *, int32_t), void *arg);

private:
  void work();
  void takeShares();

  std::vector<std::thread> workers;
  std::mutex mutex;
  std::condition_variable wake;
  /// Rises by one for each loop; workers wait for it to change.
  std::atomic<uint64_t> generation{0};
  std::atomic<bool> stopping{false};
  std::atomic<int32_t> next{0};
  /// Workers that have not yet left the current loop.
  std::atomic<int32_t> busy{0};
  int32_t count = 0;
  void (*body)(void *, int32_t) = nullptr;
  void *arg = nullptr;
};

} // namespace tenon

#endif // TENON_LIB_SUPPORT_THREADPOOL_H
