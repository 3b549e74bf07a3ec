#include "lib/Support/ThreadPool.h"
#include "tenon-c/Model.h"

/// Threads to lend to compiled models, the caller's among them: the pool that `tenon run` and `tenon bench`
/// use, for callers that are not C++. Never freed.
extern "C" __attribute__((visibility("default"))) const tenon_thread_pool *tenon_make_pool(int32_t threads) {
  auto *lent = new tenon_thread_pool;
  lent->context = new tenon::ThreadPool(threads);
  lent->threads = threads;
  lent->parallel_for = [](void *context, int32_t count, void (*body)(void *, int32_t), void *arg) {
    static_cast<tenon::ThreadPool *>(context)->parallelFor(count, body, arg);
  };
  return lent;
}
