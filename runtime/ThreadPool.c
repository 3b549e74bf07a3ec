/* The thread pool of tenon-c/ThreadPool.h. It is no part of compiled models, which take any pool. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "tenon-c/ThreadPool.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

/* How long a thread waits for the others before it sleeps, in nanoseconds. A run is one loop, so this is
 * about runs that follow each other. */
#define SPIN_NS 20000
#define MAX_COUNT 0xffff

typedef struct pool {
  tenon_thread_pool lent;
  /* The current loop: its number (32 bits), its shares (16), and the next share that nobody has taken (16).
   * In one word, a thread that comes late cannot take a share of a later loop for one of an earlier. */
  _Atomic uint64_t loop;
  /* Of the current loop. Only whoever has taken a share reads them, and the loop waits for that thread. */
  void (*body)(void *arg, int32_t i);
  void *arg;
  int32_t first; /* added to the shares' numbers */

  _Atomic int32_t unfinished; /* shares of the current loop */
  _Atomic int32_t sleepers;   /* workers that sleep, or are about to */
  _Atomic int caller_sleeps;
  _Atomic int in_use;
  _Atomic int stopping;
  int spins;
  pthread_mutex_t mutex;
  pthread_cond_t wake, done;
  pthread_t *workers;
} pool;

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static uint32_t number_of(uint64_t loop) {
  return (uint32_t)(loop >> 32);
}

/* Computes shares until none is left; returns the last loop that it saw. */
static uint64_t take_shares(pool *p) {
  uint64_t loop = atomic_load(&p->loop);
  while ((loop & MAX_COUNT) < (loop >> 16 & MAX_COUNT)) {
    if (!atomic_compare_exchange_weak(&p->loop, &loop, loop + 1))
      continue;
    p->body(p->arg, p->first + (int32_t)(loop & MAX_COUNT));
    if (atomic_fetch_sub(&p->unfinished, 1) == 1 && atomic_load(&p->caller_sleeps)) {
      pthread_mutex_lock(&p->mutex);
      pthread_cond_signal(&p->done);
      pthread_mutex_unlock(&p->mutex);
    }
    loop = atomic_load(&p->loop);
  }
  return loop;
}

typedef int (*condition)(pool *p, uint32_t seen);

static int has_begun(pool *p, uint32_t seen) {
  return number_of(atomic_load(&p->loop)) != seen;
}

static int has_ended(pool *p, uint32_t seen) {
  (void)seen;
  return atomic_load(&p->unfinished) == 0;
}

/* Waits until the condition holds, but not for long; returns whether it does. Between looks it lets another
 * thread have the processor: it may be the one that is waited for. */
static int spin(pool *p, condition holds, uint32_t seen) {
  for (int64_t end = p->spins ? now() + SPIN_NS : 0; p->spins && now() < end; sched_yield())
    for (int i = 0; i < 32; ++i) {
      if (holds(p, seen))
        return 1;
      relax();
    }
  return holds(p, seen);
}

/* Returns when another loop than number `seen` has begun. */
static void await_loop(pool *p, uint32_t seen) {
  if (spin(p, has_begun, seen))
    return;
  pthread_mutex_lock(&p->mutex);
  /* Either the caller sees that somebody sleeps, or this sees the caller's loop. */
  atomic_fetch_add(&p->sleepers, 1);
  while (!has_begun(p, seen))
    pthread_cond_wait(&p->wake, &p->mutex);
  atomic_fetch_sub(&p->sleepers, 1);
  pthread_mutex_unlock(&p->mutex);
}

static void *work(void *arg) {
  pool *p = (pool *)arg;
  for (uint32_t seen = 0; !atomic_load(&p->stopping); seen = number_of(take_shares(p)))
    await_loop(p, seen);
  return NULL;
}

/* Begins a loop of `count` shares, of which the caller has the first. */
static void begin_loop(pool *p, int32_t count) {
  uint64_t number = (uint64_t)number_of(atomic_load(&p->loop)) + 1;
  atomic_store(&p->loop, number << 32 | (uint64_t)count << 16 | 1);
  int32_t sleepers = atomic_load(&p->sleepers);
  if (!sleepers)
    return;
  pthread_mutex_lock(&p->mutex);
  if (count > sleepers)
    pthread_cond_broadcast(&p->wake);
  else
    for (int32_t i = 1; i < count; ++i)
      pthread_cond_signal(&p->wake);
  pthread_mutex_unlock(&p->mutex);
}

static void await_shares(pool *p) {
  if (spin(p, has_ended, 0))
    return;
  pthread_mutex_lock(&p->mutex);
  atomic_store(&p->caller_sleeps, 1);
  while (!has_ended(p, 0))
    pthread_cond_wait(&p->done, &p->mutex);
  atomic_store(&p->caller_sleeps, 0);
  pthread_mutex_unlock(&p->mutex);
}

static void parallel_for(void *context, int32_t count, void (*body)(void *arg, int32_t i), void *arg) {
  pool *p = (pool *)context;
  if (count <= 1 || p->lent.threads == 1 || atomic_exchange(&p->in_use, 1)) {
    for (int32_t i = 0; i < count; ++i)
      body(arg, i);
    return;
  }
  for (int32_t first = 0; first < count;) {
    int32_t some = count - first < MAX_COUNT ? count - first : MAX_COUNT;
    p->body = body;
    p->arg = arg;
    p->first = first;
    atomic_store(&p->unfinished, some - 1);
    begin_loop(p, some);
    body(arg, first);
    take_shares(p);
    await_shares(p);
    first += some;
  }
  atomic_store(&p->in_use, 0);
}

tenon_thread_pool *tenon_thread_pool_create(int32_t threads) {
  pool *p = threads < 1 ? NULL : (pool *)calloc(1, sizeof *p);
  if (!p)
    return NULL;
  p->workers = (pthread_t *)calloc((size_t)threads, sizeof *p->workers);
  if (!p->workers) {
    free(p);
    return NULL;
  }
  p->lent.context = p;
  p->lent.parallel_for = parallel_for;
  cpu_set_t processors;
  p->spins = sched_getaffinity(0, sizeof processors, &processors) || threads <= CPU_COUNT(&processors);
  pthread_mutex_init(&p->mutex, NULL);
  pthread_cond_init(&p->wake, NULL);
  pthread_cond_init(&p->done, NULL);
  for (p->lent.threads = 1; p->lent.threads < threads; ++p->lent.threads)
    if (pthread_create(&p->workers[p->lent.threads], NULL, work, p))
      break;
  return &p->lent;
}

void tenon_thread_pool_destroy(tenon_thread_pool *lent) {
  if (!lent)
    return;
  pool *p = (pool *)lent->context;
  atomic_store(&p->stopping, 1);
  begin_loop(p, 1); /* of which no share is left */
  pthread_mutex_lock(&p->mutex);
  pthread_cond_broadcast(&p->wake);
  pthread_mutex_unlock(&p->mutex);
  for (int32_t i = 1; i < p->lent.threads; ++i)
    pthread_join(p->workers[i], NULL);
  pthread_cond_destroy(&p->done);
  pthread_cond_destroy(&p->wake);
  pthread_mutex_destroy(&p->mutex);
  free(p->workers);
  free(p);
}
