// Times single calls of a function, by one loop for all systems: whatever a call costs before and after it is
// the same for each. In warm caches, calls follow each other. In cold ones, memory of some times the second
// cache is read before each call, and then what a step before would have left in the caches.
#define _GNU_SOURCE
#include <alloca.h>
#include <stdint.h>
#include <time.h>

/// Four arguments in registers: enough for both interfaces that are called, and one that takes fewer passes
/// over the others.
typedef int (*called)(void *, void *, int64_t, void *);

struct part {
  const char *memory;
  int64_t bytes;
};

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static volatile int sink;

static void read_lines(struct part part) {
  int sum = 0;
  for (int64_t at = 0; at < part.bytes; at += 64)
    sum += part.memory[at];
  sink = sum;
}

/// Loads wait for stores at addresses with the same low twelve bits, so where the stack begins matters: it is
/// at another of sixteen places of a page each time.
__attribute__((noinline)) static int time_call(int64_t place, called function, void *first, void *second,
                                               int64_t third, void *fourth, uint64_t *ns) {
  char *space = alloca((size_t)(place % 16 * 256 + 16));
  __asm__ volatile("" : : "r"(space) : "memory");
  uint64_t begin = now();
  int status = function(first, second, third, fourth);
  *ns = now() - begin;
  __asm__ volatile("" : : "r"(space) : "memory");
  return status;
}

/// Calls for `seconds`, at least `least` and at most `most` times, each of whose nanoseconds go to `ns`: of
/// the whole call or, where there are `steps`, the sum of what the call left in these. `sweep` is read before
/// each call, unless it has no bytes, and then each of `warm`. Returns the number of calls, or -1 if one
/// failed.
int64_t tenon_time_calls(called function, void *first, void *second, int64_t third, void *fourth,
                         const uint64_t *const *steps, int64_t step_count, struct part sweep,
                         const struct part *warm, int64_t parts, double seconds, int64_t least, int64_t most,
                         uint64_t *ns) {
  uint64_t end = now() + (uint64_t)(seconds * 1e9);
  int64_t count = 0;
  while (count < most && (count < least || now() < end)) {
    if (sweep.bytes) {
      read_lines(sweep);
      for (int64_t i = 0; i < parts; ++i)
        read_lines(warm[i]);
    }
    if (time_call(count, function, first, second, third, fourth, &ns[count]))
      return -1;
    for (int64_t i = 0; i < step_count; ++i)
      ns[count] = (i ? ns[count] : 0) + *steps[i];
    ++count;
  }
  return count;
}
