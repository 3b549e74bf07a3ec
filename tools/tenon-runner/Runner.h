/* Measures candidates, compiled models of one task, each in a process of its own; and runs whole models in
 * turns. */
#ifndef TENON_TOOLS_RUNNER_H
#define TENON_TOOLS_RUNNER_H

#ifndef _GNU_SOURCE /* for processors' affinity and pipe2 */
#define _GNU_SOURCE
#endif

#include "autotune/Measure/ExpectationFile.h"
#include "tenon-c/Model.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As autotune::MeasureOptions. */
typedef struct options {
  int64_t core;
  int64_t threads;
  double interval;
  double seconds;
  int64_t cold_runs;
  int64_t sweep_bytes;
  double timeout;
  int64_t memory_bytes;
} options;

/* As autotune::Outcome, in its order. */
enum outcome { OK, CRASHED, TIMED_OUT, WRONG, FAILED };

/* As autotune::Measurement. */
typedef struct result {
  int32_t outcome;
  double ns, low, high, cold_ns, noise;
  int64_t runs;
  char message[480];
} result;

/* Of a clock that nobody sets. */
double seconds_now(void);

void set_failure(result *out, int outcome, const char *message);

/* Memory between two pages that nobody may touch: `data` ends where the second one begins, but for what its
 * alignment leaves. What lies between the pages and the data holds a pattern. */
typedef struct guarded {
  char *map;
  size_t map_bytes;
  char *inside; /* the part between the pages */
  size_t inside_bytes;
  char *data;
  size_t bytes;
} guarded;

/* Zero on success. `alignment` is a power of two, at most a page. */
int guarded_allocate(guarded *memory, size_t bytes, size_t alignment);
void guarded_free(guarded *memory);
/* Whether the pattern around the data is as it was. */
int guarded_intact(const guarded *memory);

/* An expectation, read: inputs lie in guarded memory that only reads are allowed of. */
typedef struct expectation {
  char *path;
  int64_t identity[4]; /* device, inode, size and time of change of the file */
  const char *file;
  size_t file_bytes;
  int64_t num_inputs, num_outputs;
  const tn_expected_tensor *inputs, *outputs;
  guarded *input_memory;
} expectation;

/* Reads a file, or keeps what is there if it is the same one. On failure writes why to `message` and returns
 * nonzero. */
int expectation_read(expectation *self, const char *path, char *message, size_t message_size);

/* Statistics of `count` >= 1 samples, which are sorted: median, its 95 % confidence interval from order
 * statistics, which assumes no distribution (all there is if `count` < 6), and the scatter: 1.4826 times the
 * median absolute deviation, over the median. */
typedef struct summary {
  double median, low, high, noise;
} summary;
summary summarize(double *samples, int64_t count);

/* A model in this process, and all that a run of it needs. */
typedef struct invocation {
  const tenon_model *model;
  tenon_model_info info;
  tenon_run_args args;
  guarded *outputs, workspace;
  char error[256];
} invocation;

/* Loads a compiled model that this processor can run. Nonzero if it is none, with why in `out`; so the next
 * one. */
int invocation_load(invocation *self, const char *library, result *out);
/* Memory for a run on `threads` threads that reads `inputs`; it lives as long as the process. */
int invocation_prepare(invocation *self, int64_t threads, const void *const *inputs, result *out);
/* Whether nothing was written beside its outputs and its workspace. */
int invocation_intact(const invocation *self, result *out);

/* Loads, checks and times a candidate in this process, which may not survive it. `sweep` is memory to read
 * before a run with cold caches. */
void measure_here(const options *how, const expectation *expected, const char *library, const char *sweep,
                  result *out);

/* Runs models in turns for about `seconds`, step by step, on inputs that are made up. How each compares to
 * the first is written to `times`, 2 + `steps` numbers per model: the medians over the rounds of a whole run,
 * of its difference from the first model's, and of the differences of each step; all in nanoseconds. `times`
 * is allocated. A run that takes longer than how->timeout ends this process by SIGALRM. */
void run_in_turns(const options *how, double seconds, int count, char *const *libraries, double **times,
                  int64_t *steps, result *out);

/* The processors to run on, restricted to those allowed; nonzero if there is none such. */
int pin(int64_t core, int64_t threads);
/* Bytes of the last cache that one of the processors sharing it has, and of the memory to sweep for cold
 * caches. */
int64_t last_level_share(void);
/* Prints what a machine is, as one JSON object of raw facts. */
void describe_machine(void);

#ifdef __cplusplus
}
#endif

#endif /* TENON_TOOLS_RUNNER_H */
