/* Threads to lend to compiled models.
 *
 *     tenon_thread_pool *pool = tenon_thread_pool_create(4);
 *     args.pool = pool;                                        // see Model.h
 *     ...
 *     tenon_thread_pool_destroy(pool);
 *
 * A model starts no thread of its own: it uses those that its caller lends it, from this pool or another. The
 * functions are in libTenon, and alone in libTenonThreadPool.a (runtime/ThreadPool.c) for programs that embed
 * a compiled model and not the compiler.
 */
#ifndef TENON_C_THREAD_POOL_H
#define TENON_C_THREAD_POOL_H

#include "tenon-c/Model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A pool of `threads` threads, of which the caller's is one; fewer if the system refuses more (see the
 * pool's `threads`). NULL if `threads` is less than 1 or memory is short.
 *
 * The other threads wait for a loop for 0.02 ms, since inferences may follow each other closely, then sleep;
 * they sleep at once if there are more threads than processors. One loop runs at a time: a loop that is begun
 * while another runs, by another thread or from inside, runs on the thread that began it. */
tenon_thread_pool *tenon_thread_pool_create(int32_t threads);
/* Ends the threads. No loop may be running. */
void tenon_thread_pool_destroy(tenon_thread_pool *pool);

#ifdef __cplusplus
}
#endif

#endif /* TENON_C_THREAD_POOL_H */
