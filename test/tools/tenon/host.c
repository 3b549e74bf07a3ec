/* host MODEL.so THREADS: runs a compiled model in that many threads at once, each with memory of its own, at
 * the model's largest dimensions and on inputs of small numbers. Fails unless all threads get the same bytes.
 */
#include "tenon-c/Model.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { max_tensors = 16, max_rank = 8, max_threads = 8 };

typedef struct job {
  const tenon_model *model;
  void *outputs[max_tensors];
  char error[256];
  int failed;
} job;

static void *allocate(size_t bytes) {
  void *memory = aligned_alloc(64, (bytes + 64) / 64 * 64);
  if (!memory)
    exit(2);
  return memory;
}

static void *run(void *argument) {
  job *self = argument;
  const tenon_model *model = self->model;
  tenon_model_info info;
  tenon_get_info(model, &info);
  void *inputs[max_tensors];
  int64_t shapes[max_tensors][max_rank];
  const int64_t *shape_pointers[max_tensors];
  for (int32_t i = 0; i < info.num_inputs; ++i) {
    tenon_tensor_info tensor;
    tenon_get_input(model, i, &tensor);
    tenon_get_input_shape(model, i, NULL, shapes[i]);
    shape_pointers[i] = shapes[i];
    inputs[i] = allocate((size_t)tensor.max_bytes);
    memset(inputs[i], 0, (size_t)tensor.max_bytes);
    if (tensor.type == TENON_FLOAT32)
      for (int64_t k = 0; k < tensor.max_bytes / 4; ++k)
        ((float *)inputs[i])[k] = (float)(k % 17) / 16;
  }
  for (int32_t i = 0; i < info.num_outputs; ++i) {
    tenon_tensor_info tensor;
    tenon_get_output(model, i, &tensor);
    self->outputs[i] = allocate((size_t)tensor.max_bytes);
  }
  tenon_run_args args = {0};
  args.size = sizeof args;
  args.inputs = (const void *const *)inputs;
  args.input_shapes = shape_pointers;
  args.outputs = self->outputs;
  args.workspace_size = (size_t)tenon_workspace_size(model, NULL);
  args.workspace = allocate(args.workspace_size);
  args.error = self->error;
  args.error_size = sizeof self->error;
  for (int repeat = 0; repeat < 3 && !self->failed; ++repeat)
    self->failed = tenon_run(model, &args) != TENON_OK;
  for (int32_t i = 0; i < info.num_inputs; ++i)
    free(inputs[i]);
  free(args.workspace);
  return NULL;
}

int main(int argc, char **argv) {
  int threads = argc == 3 ? atoi(argv[2]) : 0;
  if (threads < 1 || threads > max_threads) {
    fprintf(stderr, "usage: host MODEL.so THREADS\n");
    return 2;
  }
  void *library = dlopen(argv[1], RTLD_NOW);
  const tenon_model *(*entry)(void) = NULL;
  if (library)
    *(void **)&entry = dlsym(library, "tenon_model");
  if (!entry) {
    fprintf(stderr, "%s\n", dlerror());
    return 2;
  }
  const tenon_model *model = entry();
  tenon_model_info info;
  tenon_get_info(model, &info);
  if (info.num_inputs > max_tensors || info.num_outputs > max_tensors)
    return 2;
  job jobs[max_threads] = {0};
  pthread_t handles[max_threads];
  for (int t = 0; t < threads; ++t) {
    jobs[t].model = model;
    if (pthread_create(&handles[t], NULL, run, &jobs[t]))
      return 2;
  }
  for (int t = 0; t < threads; ++t)
    pthread_join(handles[t], NULL);
  int status = 0;
  double sum = 0;
  for (int t = 0; t < threads; ++t) {
    if (jobs[t].failed) {
      fprintf(stderr, "%s\n", jobs[t].error);
      status = 1;
    }
    for (int32_t i = 0; i < info.num_outputs; ++i) {
      tenon_tensor_info tensor;
      tenon_get_output(model, i, &tensor);
      if (memcmp(jobs[0].outputs[i], jobs[t].outputs[i], (size_t)tensor.max_bytes)) {
        fprintf(stderr, "output %d of thread %d differs from thread 0's\n", i, t);
        status = 1;
      }
      /* Reading all of it lets valgrind see whether all of it was written. */
      for (int64_t k = 0; tensor.type == TENON_FLOAT32 && k < tensor.max_bytes / 4; ++k)
        sum += ((float *)jobs[t].outputs[i])[k];
    }
  }
  if (sum != sum)
    fprintf(stderr, "the outputs sum to NaN\n");
  for (int t = 0; t < threads; ++t)
    for (int32_t i = 0; i < info.num_outputs; ++i)
      free(jobs[t].outputs[i]);
  dlclose(library);
  return status;
}
