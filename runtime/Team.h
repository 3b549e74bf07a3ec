/* The threads that compute one run together.
 *
 * A run asks its pool for threads once, not for every phase: one of the threads that come leads the run, the
 * others help with the phases that it splits, and all leave at its end. So a split costs two messages between
 * caches, whatever the pool's own loop costs; threads wait for work only while a run goes on; and the pool
 * can let them sleep as soon as it is over.
 *
 * Nothing depends on how many threads come, or when. If the pool calls its loop's body on one thread after
 * the other, one of them leads and the others find nothing to do.
 */
#ifndef TENON_RUNTIME_TEAM_H
#define TENON_RUNTIME_TEAM_H

#include "runtime/Platform.h"
#include "tenon-c/Model.h"

/* How long a helper waits for work before it leaves, and a leader for its helpers before it sleeps between
 * looks, in nanoseconds. Longer than most phases that are not split. */
#define TN_SPIN_NS 100000
#define TN_MAX_PARTS 0xffff

typedef struct tn_team {
  /* The current job: its number (32 bits), its parts (16), and the next part that nobody has taken (16). In
   * one word, a thread that comes late cannot take a part of a later job for one of an earlier. Job 0 has no
   * parts; the last one, which ends the team, neither. */
  uint64_t job;
  /* Of the current job. Only who has taken a part reads them, and the job waits for that thread. */
  void (*body)(void *arg, int32_t part);
  void *arg;
  void (*lead)(struct tn_team *team, void *run);
  void *run;
  int32_t has_leader;
  int32_t is_over;
  int32_t left; /* helpers that got tired of waiting */

  int32_t unfinished __attribute__((aligned(64))); /* parts of the current job but its first */
} tn_team;

static void tn_relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static uint32_t tn_job_number(uint64_t job) {
  return (uint32_t)(job >> 32);
}

typedef int (*tn_condition)(const tn_team *team, uint32_t seen);

static int tn_has_leader(const tn_team *team, uint32_t seen) {
  (void)seen;
  return __atomic_load_n(&team->has_leader, __ATOMIC_ACQUIRE);
}

static int tn_has_begun(const tn_team *team, uint32_t seen) {
  return tn_job_number(__atomic_load_n(&team->job, __ATOMIC_ACQUIRE)) != seen;
}

static int tn_has_ended(const tn_team *team, uint32_t seen) {
  (void)seen;
  return __atomic_load_n(&team->unfinished, __ATOMIC_ACQUIRE) == 0;
}

/* Waits until the condition holds, but not for long; returns whether it does. Between looks it lets another
 * thread have the processor: it may be the one that is waited for. */
static inline int tn_spin(const tn_team *team, tn_condition holds, uint32_t seen) {
  uint64_t end = 0;
  for (;;) {
    for (int look = 0; look < 32; ++look) {
      if (holds(team, seen))
        return 1;
      tn_relax();
    }
    uint64_t now = tn_now();
    if (!end)
      end = now + TN_SPIN_NS;
    else if (now >= end)
      return holds(team, seen);
    sched_yield();
  }
}

/* Computes parts of the current job until none is left; returns the last job that it saw. */
static uint64_t tn_take_parts(tn_team *team) {
  uint64_t job = __atomic_load_n(&team->job, __ATOMIC_ACQUIRE);
  while ((job & TN_MAX_PARTS) < (job >> 16 & TN_MAX_PARTS)) {
    if (!__atomic_compare_exchange_n(&team->job, &job, job + 1, 1, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
      continue;
    team->body(team->arg, (int32_t)(job & TN_MAX_PARTS));
    __atomic_fetch_sub(&team->unfinished, 1, __ATOMIC_RELEASE);
    job = __atomic_load_n(&team->job, __ATOMIC_ACQUIRE);
  }
  return job;
}

static void tn_begin_job(tn_team *team, int32_t parts) {
  uint64_t number = (uint64_t)tn_job_number(__atomic_load_n(&team->job, __ATOMIC_RELAXED)) + 1;
  __atomic_store_n(&team->job, number << 32 | (uint64_t)parts << 16 | (parts > 0), __ATOMIC_RELEASE);
}

static void tn_help(tn_team *team) {
  uint32_t seen = 0;
  while (!__atomic_load_n(&team->is_over, __ATOMIC_ACQUIRE)) {
    if (!tn_spin(team, tn_has_begun, seen)) {
      __atomic_fetch_add(&team->left, 1, __ATOMIC_RELAXED);
      return;
    }
    seen = tn_job_number(tn_take_parts(team));
  }
}

/* What each of the pool's threads does. The first share is the caller's in most pools, whose caches are the
 * best for the rest of the run: the others let it lead unless it does not come. */
static void tn_join(void *arg, int32_t share) {
  tn_team *team = (tn_team *)arg;
  if ((share == 0 || !tn_spin(team, tn_has_leader, 0)) &&
      !__atomic_exchange_n(&team->has_leader, 1, __ATOMIC_ACQ_REL)) {
    team->lead(team, team->run);
    __atomic_store_n(&team->is_over, 1, __ATOMIC_RELEASE);
    tn_begin_job(team, 0);
    return;
  }
  tn_help(team);
}

/* Calls `lead(team, run)` on one of the pool's threads, while the others help; returns when all have left. */
static void tn_run_team(const tenon_thread_pool *pool, void (*lead)(tn_team *team, void *run), void *run) {
  tn_team team = {.lead = lead, .run = run};
  pool->parallel_for(pool->context, pool->threads, tn_join, &team);
}

/* For the leader: calls `body(arg, part)` for 0 <= part < parts, on any of the team's threads; returns when
 * all have returned. */
static void tn_split(tn_team *team, int32_t parts, void (*body)(void *arg, int32_t part), void *arg) {
  team->body = body;
  team->arg = arg;
  __atomic_store_n(&team->unfinished, parts - 1, __ATOMIC_RELAXED);
  tn_begin_job(team, parts);
  body(arg, 0);
  tn_take_parts(team);
  while (!tn_spin(team, tn_has_ended, 0))
    tn_sleep(TN_SPIN_NS);
}

/* For the leader: whether a helper has left for good, so that a new team would do better. */
static int tn_has_tired(const tn_team *team) {
  return __atomic_load_n(&team->left, __ATOMIC_RELAXED) > 0;
}

#endif /* TENON_RUNTIME_TEAM_H */
