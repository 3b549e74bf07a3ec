#include "Runner.h"
#include <alloca.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* At least one sample for each place of the stack; see run_batch. */
enum { max_samples = 4096, min_samples = 16 };
/* So long the samples are taken at least: then a tick of the clock's interrupt, or somebody else's turn on
 * the processor, is not all there is. Before, so long it runs for nothing, until frequency and caches have
 * settled. */
static const double least_ns = 10e6, warm_up_ns = 2e6;
/* A batch takes this many times what the clock can tell apart. */
static const double batch_per_tick = 1000;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

double seconds_now(void) {
  return now() * 1e-9;
}

/* The least time between two readings of the clock, in nanoseconds: its cost, or its resolution, whichever is
 * more. */
static double clock_tick(void) {
  double least = 1e9;
  for (int i = 0; i < 200; ++i) {
    double start = now(), end = now();
    while (end <= start)
      end = now();
    if (end - start < least)
      least = end - start;
  }
  return least;
}

/*===-- One run
 * -------------------------------------------------------------------------------------------===*/

/* Whether the model's tensors are those of the expectation. */
static int matches(const invocation *self, const expectation *expected, result *out) {
  const tenon_model *model = self->model;
  tenon_model_info info = self->info;
  if (info.num_inputs != expected->num_inputs || info.num_outputs != expected->num_outputs ||
      info.num_states || info.num_dims) {
    set_failure(
        out, FAILED,
        "its inputs and outputs are not those expected: other numbers of them, states, or symbolic extents");
    return 0;
  }
  for (int32_t i = 0; i < info.num_inputs + info.num_outputs; ++i) {
    tenon_tensor_info tensor;
    int32_t index = i < info.num_inputs ? i : i - info.num_inputs;
    tenon_status status = i < info.num_inputs ? tenon_get_input(model, index, &tensor)
                                              : tenon_get_output(model, index, &tensor);
    if (status != TENON_OK || tensor.type != expected->inputs[i].type ||
        tensor.max_bytes != expected->inputs[i].bytes) {
      snprintf(out->message, sizeof out->message,
               "%s %d is not as expected: %lld bytes of type %d, not %lld of type %d",
               i < info.num_inputs ? "input" : "output", (int)index, (long long)tensor.max_bytes,
               (int)tensor.type, (long long)expected->inputs[i].bytes, (int)expected->inputs[i].type);
      out->outcome = FAILED;
      return 0;
    }
  }
  return 1;
}

static int correct(const invocation *self, const expectation *expected, result *out) {
  for (int64_t i = 0; i < expected->num_outputs; ++i)
    if (tn_describe_difference(expected->file, &expected->outputs[i], i, self->outputs[i].data, out->message,
                               sizeof out->message)) {
      out->outcome = WRONG;
      return 0;
    }
  return 1;
}

/*===-- Time
 * ----------------------------------------------------------------------------------------------===*/

/* Nanoseconds of `count` runs, one after the other. `number` counts the batches: each has its stack at
 * another place of a page, in turn. A kernel's variables on the stack may have the low twelve bits of an
 * address in common with its data, for which processors take a load to depend on a store; one kernel was
 * measured to take 40 % longer on a fifth of the places. Where a thread's stack begins is chance, so one
 * place would be chance, too. */
static __attribute__((noinline)) double run_batch(const invocation *self, int64_t count, int64_t number) {
  enum { places = 16, step = 256 };
  volatile char *shift = alloca((size_t)(1 + number * 5 % places * step));
  shift[0] = 0;
  double start = now();
  for (int64_t i = 0; i < count; ++i)
    tenon_run(self->model, &self->args);
  return now() - start;
}

static void measure_warm(const invocation *self, const options *how, result *out) {
  static double samples[max_samples], sorted[max_samples];
  double begin = now(), limit = how->seconds * 1e9, least_batch = batch_per_tick * clock_tick();
  /* Warm up, and find how many runs make a batch. */
  int64_t batch = 1;
  for (;;) {
    double spent = run_batch(self, batch, 0);
    if (spent >= limit) { /* so slow that one sample must do */
      out->ns = out->low = out->high = spent / (double)batch;
      out->runs = batch;
      return;
    }
    if (spent >= least_batch) {
      if (now() - begin >= (warm_up_ns < limit / 4 ? warm_up_ns : limit / 4))
        break;
    } else {
      double wanted = 1.2 * least_batch / (spent > 1 ? spent : 1) * (double)batch;
      batch = wanted > 2 * (double)batch ? (int64_t)wanted : 2 * batch;
    }
  }
  int64_t count = 0, look = min_samples;
  summary found = {0, 0, 0, 0};
  for (begin = now();;) {
    samples[count] = run_batch(self, batch, count) / (double)batch;
    ++count;
    double spent = now() - begin;
    int last = count == max_samples || spent >= limit;
    if (!last && (count < look || spent < least_ns))
      continue;
    memcpy(sorted, samples, (size_t)count * sizeof *samples);
    found = summarize(sorted, count);
    if (last || found.high - found.low <= how->interval * found.median)
      break;
    look = count + count / 5 + 1;
  }
  out->ns = found.median;
  out->low = found.low;
  out->high = found.high;
  out->noise = found.noise;
  out->runs = count * batch;
}

/* Reads one element of each line, so that it lies in the caches as far as it fits, and little else does. */
static void sweep_caches(const char *memory, int64_t bytes) {
  static volatile char sink;
  char sum = 0;
  for (int64_t i = 0; i < bytes; i += 64)
    sum = (char)(sum + memory[i]);
  sink = sum;
  (void)sink;
}

/* Caches as a step of a model finds them: weights beyond the second one, but what was just computed, and the
 * memory for results, which is used again and again, as near as they fit. */
static void make_cold(const invocation *self, const options *how, const expectation *expected,
                      const char *sweep) {
  sweep_caches(sweep, how->sweep_bytes);
  for (int64_t i = 0; i < expected->num_outputs; ++i)
    sweep_caches(self->outputs[i].data, (int64_t)self->outputs[i].bytes);
  for (int64_t i = 0; i < expected->num_inputs; ++i)
    if (expected->inputs[i].is_fresh)
      sweep_caches(expected->input_memory[i].data, expected->inputs[i].bytes);
}

static void measure_cold(const invocation *self, const options *how, const expectation *expected,
                         const char *sweep, result *out) {
  enum { most = 64 };
  double samples[most], begin = now();
  int64_t count = 0;
  while (count < most && count < how->cold_runs && (!count || now() - begin < how->seconds * 1e9)) {
    make_cold(self, how, expected, sweep);
    samples[count] = run_batch(self, 1, count);
    ++count;
  }
  if (count)
    out->cold_ns = summarize(samples, count).median;
}

/*===-- A candidate
 * ---------------------------------------------------------------------------------------===*/

/* Limits what the candidate can do from now on: memory, files. */
static void confine(const options *how) {
#ifndef TENON_SANITIZED /* a sanitizer's shadow is terabytes of addresses */
  long pages = 0;
  FILE *statm = fopen("/proc/self/statm", "r");
  if (statm) {
    if (fscanf(statm, "%ld", &pages) != 1)
      pages = 0;
    fclose(statm);
  }
  rlim_t bytes = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + (rlim_t)how->memory_bytes;
  struct rlimit space = {bytes, bytes};
  if (pages)
    setrlimit(RLIMIT_AS, &space);
#else
  (void)how;
#endif
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_FSIZE, &none);
  setrlimit(RLIMIT_NOFILE, &none);
}

void measure_here(const options *how, const expectation *expected, const char *library, const char *sweep,
                  result *out) {
  set_failure(out, FAILED, "");
  invocation self = {0};
  if (invocation_load(&self, library, out) || !matches(&self, expected, out))
    return;
  const void **inputs = calloc((size_t)expected->num_inputs + 1, sizeof *inputs);
  if (!inputs)
    return;
  for (int64_t i = 0; i < expected->num_inputs; ++i)
    inputs[i] = expected->input_memory[i].data;
  if (invocation_prepare(&self, how->threads, inputs, out))
    return;
  confine(how);
  if (tenon_run(self.model, &self.args) != TENON_OK) {
    set_failure(out, FAILED, self.error);
    return;
  }
  if (!invocation_intact(&self, out) || !correct(&self, expected, out))
    return;
  measure_warm(&self, how, out);
  if (how->cold_runs > 0)
    measure_cold(&self, how, expected, sweep, out);
  if (!invocation_intact(&self, out))
    return;
  out->outcome = OK;
}
