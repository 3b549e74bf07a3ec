#include "Runner.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The first rounds find their weights on the disk. Of the others there are so many, but that models which
 * take seconds end early: no more than `patience` times what was asked for. */
enum { cold_rounds = 2, few_rounds = 3, least_rounds = 15, most_rounds = 400, patience = 20 };

/* Numbers that look random, in [-1, 1): xorshift64*. */
static double next_number(uint64_t *state) {
  *state ^= *state >> 12;
  *state ^= *state << 25;
  *state ^= *state >> 27;
  return (double)(int64_t)(*state * UINT64_C(0x2545f4914f6cdd1d)) * 0x1p-63;
}

/* Inputs of the largest extents: what the model was compiled for, else random floats, else zeros. They are
 * the same for all models, and their memory may be written, as states are. Nonzero if there is no memory. */
static int make_inputs(invocation *self, const void ***inputs) {
  size_t count = (size_t)self->info.num_inputs;
  const int64_t **shapes = calloc(count + 1, sizeof *shapes);
  uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
  *inputs = calloc(count + 1, sizeof **inputs);
  if (!shapes || !*inputs)
    return 1;
  for (size_t i = 0; i < count; ++i) {
    tenon_tensor_info tensor;
    guarded memory = {0};
    if (tenon_get_input(self->model, (int32_t)i, &tensor) != TENON_OK)
      return 1;
    int64_t *shape = calloc((size_t)tensor.rank + 1, sizeof *shape);
    if (!shape || tenon_get_input_shape(self->model, (int32_t)i, NULL, shape) != TENON_OK ||
        guarded_allocate(&memory, (size_t)tensor.max_bytes, (size_t)self->info.io_alignment))
      return 1;
    if (tensor.bound)
      memcpy(memory.data, tensor.bound, (size_t)tensor.bound_bytes);
    else if (tensor.type == TENON_FLOAT32)
      for (int64_t k = 0; k < tensor.max_bytes / 4; ++k)
        ((float *)memory.data)[k] = (float)next_number(&state);
    else if (tensor.type == TENON_FLOAT64)
      for (int64_t k = 0; k < tensor.max_bytes / 8; ++k)
        ((double *)memory.data)[k] = next_number(&state);
    else
      memset(memory.data, 0, memory.bytes);
    (*inputs)[i] = memory.data;
    shapes[i] = shape;
  }
  self->args.input_shapes = shapes;
  return 0;
}

/* A model that is ready to run, or why it is not. */
static int start(invocation *self, const options *how, const char *library, result *out) {
  const void **inputs;
  if (invocation_load(self, library, out))
    return 1;
  if (make_inputs(self, &inputs)) {
    set_failure(out, FAILED, "no memory for its inputs");
    return 1;
  }
  return invocation_prepare(self, how->threads, inputs, out);
}

/* The median over the rounds of `own`, less `first` (may be null), whose samples are `stride` apart. */
static double median_of(const double *own, const double *first, int64_t stride, int64_t rounds,
                        double *memory) {
  for (int64_t r = 0; r < rounds; ++r)
    memory[r] = own[r * stride] - (first ? first[r * stride] : 0);
  return summarize(memory, rounds).median;
}

void run_in_turns(const options *how, double seconds, int count, char *const *libraries, double **times,
                  int64_t *steps, result *out) {
  set_failure(out, FAILED, "no memory for what is measured");
  *steps = 0;
  invocation *models = calloc((size_t)count, sizeof *models);
  if (!models)
    return;
  for (int i = 0; i < count; ++i) {
    if (start(&models[i], how, libraries[i], out))
      return;
    if (models[i].info.num_steps != models[0].info.num_steps) {
      set_failure(out, FAILED, "expected models of the same steps");
      return;
    }
  }
  *steps = models[0].info.num_steps;
  /* Of each model and round, the steps' times and then their sum. */
  int64_t stride = *steps + 1, each = most_rounds * stride;
  uint64_t *ns = calloc((size_t)stride, sizeof *ns);
  double *samples = calloc((size_t)(count * each), sizeof *samples);
  double memory[most_rounds];
  *times = calloc((size_t)count * (size_t)(*steps + 2), sizeof **times);
  if (!ns || !samples || !*times)
    return;
  int64_t rounds = 0;
  double begin = seconds_now();
  for (int64_t round = 0; rounds < most_rounds; ++round) {
    /* Whoever comes next finds the caches as another one left them: each begins as often. */
    for (int turn = 0; turn < count; ++turn) {
      int64_t i = (round + turn) % count;
      models[i].args.step_ns = ns;
      alarm((unsigned)how->timeout + 1);
      if (tenon_run(models[i].model, &models[i].args) != TENON_OK) {
        set_failure(out, FAILED, models[i].error);
        return;
      }
      alarm(0);
      double *sample = samples + i * each + rounds * stride;
      sample[*steps] = 0;
      for (int64_t s = 0; s < *steps; ++s) {
        sample[s] = (double)ns[s];
        sample[*steps] += sample[s];
      }
    }
    if (round < cold_rounds)
      continue; /* the next one writes over it */
    ++rounds;
    double spent = seconds_now() - begin;
    if (rounds >= (spent > patience * seconds ? few_rounds : least_rounds) && spent > seconds)
      break;
  }
  for (int i = 0; i < count; ++i) {
    if (!invocation_intact(&models[i], out))
      return;
    const double *own = samples + i * each;
    double *result = *times + i * (*steps + 2);
    result[0] = median_of(own + *steps, NULL, stride, rounds, memory);
    result[1] = median_of(own + *steps, samples + *steps, stride, rounds, memory);
    for (int64_t s = 0; s < *steps; ++s)
      result[2 + s] = median_of(own + s, samples + s, stride, rounds, memory);
  }
  out->outcome = OK;
  out->message[0] = 0;
}
