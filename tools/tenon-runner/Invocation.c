#include "Runner.h"
#include "tenon-c/ThreadPool.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void set_failure(result *out, int outcome, const char *message) {
  out->outcome = outcome;
  snprintf(out->message, sizeof out->message, "%s", message);
}

int invocation_load(invocation *self, const char *library, result *out) {
  char name[4096];
  /* Without a slash, the loader would search its own folders. */
  snprintf(name, sizeof name, "%s%s", strchr(library, '/') ? "" : "./", library);
  void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    set_failure(out, FAILED, dlerror());
    return 1;
  }
  const tenon_model *(*entry)(void);
  *(void **)&entry = dlsym(handle, "tenon_model");
  self->model = entry ? entry() : NULL;
  if (!self->model || self->model->abi_version != TENON_ABI_VERSION) {
    set_failure(out, FAILED, "expected a compiled model of this version of the interface");
    return 1;
  }
  if (tenon_check_cpu(self->model, self->error, sizeof self->error) != TENON_OK) {
    set_failure(out, FAILED, self->error);
    return 1;
  }
  tenon_get_info(self->model, &self->info);
  return 0;
}

int invocation_prepare(invocation *self, int64_t threads, const void *const *inputs, result *out) {
  size_t count = (size_t)self->info.num_outputs;
  void **outputs = calloc(count + 1, sizeof *outputs);
  size_t *capacities = calloc(count + 1, sizeof *capacities);
  self->outputs = calloc(count + 1, sizeof *self->outputs);
  int64_t size = tenon_workspace_size_for_threads(self->model, NULL, (int32_t)threads);
  int failed = !outputs || !capacities || !self->outputs || size < 0 ||
               guarded_allocate(&self->workspace, (size_t)size, (size_t)self->info.workspace_alignment);
  for (size_t i = 0; !failed && i < count; ++i) {
    tenon_tensor_info tensor;
    failed = tenon_get_output(self->model, (int32_t)i, &tensor) != TENON_OK ||
             guarded_allocate(&self->outputs[i], (size_t)tensor.max_bytes, (size_t)self->info.io_alignment);
    if (failed)
      break;
    outputs[i] = self->outputs[i].data;
    capacities[i] = self->outputs[i].bytes;
    /* What is not written shows: all ones is no number. */
    memset(outputs[i], 0xff, capacities[i]);
  }
  if (failed) {
    set_failure(out, FAILED, "no memory for its outputs and workspace");
    return 1;
  }
  self->args.size = sizeof self->args;
  self->args.inputs = inputs;
  self->args.outputs = outputs;
  self->args.output_capacity = capacities;
  self->args.workspace = self->workspace.data;
  self->args.workspace_size = (size_t)size;
  self->args.error = self->error;
  self->args.error_size = sizeof self->error;
  if (threads > 1)
    self->args.pool = tenon_thread_pool_create((int32_t)threads);
  return 0;
}

int invocation_intact(const invocation *self, result *out) {
  int whole = guarded_intact(&self->workspace);
  for (int32_t i = 0; whole && i < self->info.num_outputs; ++i)
    whole = guarded_intact(&self->outputs[i]);
  if (!whole)
    set_failure(out, WRONG, "it wrote beside its outputs or its workspace");
  return whole;
}
