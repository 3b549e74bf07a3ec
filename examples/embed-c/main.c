/* Runs a model that is linked into the program, through the C interface of compiled models alone. */
#include "xor.h"
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  const tenon_model *model = tenon_model_xor();
  tenon_model_info info;
  tenon_get_info(model, &info);

  /* Four rows: the symbolic dimension N follows from the input's shape. */
  const float x[4][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
  float y[4][1];
  const int64_t shape[2] = {4, 2};

  /* The caller owns the memory; a run allocates nothing. */
  size_t alignment = (size_t)info.workspace_alignment;
  size_t size = ((size_t)tenon_workspace_size(model, NULL) + alignment) / alignment * alignment;
  void *workspace = aligned_alloc(alignment, size);
  if (!workspace) {
    fprintf(stderr, "out of memory\n");
    return 1;
  }

  const void *inputs[] = {x};
  const int64_t *shapes[] = {shape};
  void *outputs[] = {y};
  const size_t capacity[] = {sizeof y};
  char error[256];
  tenon_run_args args = {0};
  args.size = sizeof args;
  args.inputs = inputs;
  args.input_shapes = shapes;
  args.outputs = outputs;
  args.output_capacity = capacity;
  args.workspace = workspace;
  args.workspace_size = size;
  args.error = error;
  args.error_size = sizeof error;
  if (tenon_run(model, &args) != TENON_OK) {
    fprintf(stderr, "%s\n", error);
    free(workspace);
    return 1;
  }
  for (int i = 0; i < 4; ++i)
    printf("%g xor %g = %g\n", x[i][0], x[i][1], y[i][0]);
  free(workspace);
  return 0;
}
