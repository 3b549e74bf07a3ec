/* Runs the model in two threads at once, each on a workspace of its own and on the same input, many times:
 * all results must be the same bits. Uses nothing but the model's header and the C library. */
#include "digits.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 3, PIXELS = ROWS * 32 * 32, CLASSES = ROWS * 10, ROUNDS = 4 };

static float input[PIXELS];

static void *work(void *result) {
  const tenon_model *model = tenon_model_digits();
  tenon_model_info info;
  tenon_get_info(model, &info);
  const int64_t shape[] = {ROWS, 1, 32, 32};
  const int64_t *shapes[] = {shape};
  int64_t dims[] = {ROWS};
  size_t alignment = (size_t)info.workspace_alignment;
  size_t size = ((size_t)tenon_workspace_size(model, dims) + alignment) & ~(alignment - 1);
  void *workspace = aligned_alloc(alignment, size);
  float output[CLASSES];
  const void *inputs[] = {input};
  void *outputs[] = {output};
  for (int round = 0; round < ROUNDS; ++round) {
    char error[200] = "";
    tenon_run_args args;
    memset(&args, 0, sizeof args);
    args.size = sizeof args;
    args.inputs = inputs;
    args.input_shapes = shapes;
    args.outputs = outputs;
    args.workspace = workspace;
    args.workspace_size = size;
    args.error = error;
    args.error_size = sizeof error;
    if (tenon_run(model, &args) != TENON_OK) {
      fprintf(stderr, "error: %s\n", error);
      exit(1);
    }
    if (round == 0)
      memcpy(result, output, sizeof output);
    else if (memcmp(result, output, sizeof output) != 0) {
      fprintf(stderr, "error: round %d differs\n", round);
      exit(1);
    }
  }
  free(workspace);
  return NULL;
}

int main(void) {
  for (int i = 0; i < PIXELS; ++i)
    input[i] = (float)(i * 7919 % 1000) / 500 - 1;
  float results[2][CLASSES];
  pthread_t threads[2];
  for (int t = 0; t < 2; ++t)
    if (pthread_create(&threads[t], NULL, work, results[t]) != 0)
      return 1;
  for (int t = 0; t < 2; ++t)
    pthread_join(threads[t], NULL);
  if (memcmp(results[0], results[1], sizeof results[0]) != 0) {
    fprintf(stderr, "error: the threads differ\n");
    return 1;
  }
  for (int i = 0; i < CLASSES; ++i)
    if (!(results[0][i] > -1000 && results[0][i] < 1000))
      return 1;
  puts("same results");
  return 0;
}
