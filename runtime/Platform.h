/* The few system functions that the runtime calls, declared here rather than taken from the system's headers,
 * so that one compiler builds the runtime for every target without having any target's headers. */
#ifndef TENON_RUNTIME_PLATFORM_H
#define TENON_RUNTIME_PLATFORM_H

#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
int memcmp(const void *a, const void *b, size_t size);

struct tn_timespec {
  long seconds;
  long nanoseconds;
};
int clock_gettime(int clock, struct tn_timespec *time);
int nanosleep(const struct tn_timespec *time, struct tn_timespec *left);
int sched_yield(void);

/* Nanoseconds of the monotonic clock. */
static inline uint64_t tn_now(void) {
  struct tn_timespec t = {0, 0};
  clock_gettime(1 /* CLOCK_MONOTONIC */, &t);
  return (uint64_t)t.seconds * 1000000000u + (uint64_t)t.nanoseconds;
}

/* Sleeps for some nanoseconds, less than a second, or until a signal. */
static inline void tn_sleep(long nanoseconds) {
  struct tn_timespec t = {0, nanoseconds};
  nanosleep(&t, NULL);
}

#endif /* TENON_RUNTIME_PLATFORM_H */
