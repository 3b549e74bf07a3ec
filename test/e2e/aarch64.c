/* aarch64 MODEL.so PARTS PREFIX NAME=FILE...: runs a compiled model once, in qemu. Every loop that the model
 * would split over threads is split into PARTS, which run one after the other, the last one first.
 *
 * The FILE of an input holds its rank and shape, eight bytes each, and its elements; output N goes to
 * PREFIXn, its type before that. The C library's headers for the target are not needed: what is called is
 * declared here. */
#include "tenon-c/Model.h"

enum { max_tensors = 64, max_rank = 16, rtld_now = 2 };

void *aligned_alloc(size_t alignment, size_t size);
void *dlopen(const char *path, int flags);
void *dlsym(void *library, const char *name);
char *dlerror(void);
void *fopen(const char *path, const char *mode);
size_t fread(void *to, size_t size, size_t count, void *file);
size_t fwrite(const void *from, size_t size, size_t count, void *file);
int fclose(void *file);
int atoi(const char *text);
size_t strlen(const char *text);
int memcmp(const void *a, const void *b, size_t size);
int snprintf(char *to, size_t size, const char *format, ...);
int printf(const char *format, ...);
_Noreturn void exit(int status);
_Noreturn int __libc_start_main(int (*run)(int, char **), int argc, char **argv, void *init, void *finish,
                                void *finish_loader, void *stack_end);

_Noreturn static void fail(const char *why) {
  printf("%s\n", why);
  exit(1);
}

static void *allocate(int64_t bytes) {
  void *memory = aligned_alloc(64, ((size_t)bytes + 64) / 64 * 64);
  if (!memory)
    fail("out of memory");
  return memory;
}

static int64_t bytes_of(const tenon_tensor_info *tensor, const int64_t *shape) {
  int64_t bytes = tensor->element_bytes;
  for (int32_t d = 0; d < tensor->rank; ++d)
    bytes *= shape[d];
  return bytes;
}

static void run_parts(void *context, int32_t count, void (*body)(void *, int32_t), void *arg) {
  (void)context;
  while (count-- > 0)
    body(arg, count);
}

static void read_bytes(void *file, void *to, int64_t bytes) {
  if (fread(to, 1, (size_t)bytes, file) != (size_t)bytes)
    fail("an input's file ends early");
}

/* Opens the FILE of NAME=FILE. */
static void *open_input(const char *name, int count, char **words) {
  size_t length = strlen(name);
  for (int i = 0; i < count; ++i)
    if (strlen(words[i]) > length && !memcmp(words[i], name, length) && words[i][length] == '=') {
      void *file = fopen(words[i] + length + 1, "rb");
      return file ? file : (fail("cannot read an input"), (void *)0);
    }
  fail("an input is missing");
}

static int run(int argc, char **argv) {
  if (argc < 4)
    fail("usage: aarch64 MODEL.so PARTS PREFIX NAME=FILE...");
  void *library = dlopen(argv[1], rtld_now);
  if (!library)
    fail(dlerror());
  const tenon_model *(*entry)(void) = (const tenon_model *(*)(void))dlsym(library, "tenon_model");
  if (!entry)
    fail(dlerror());
  const tenon_model *model = entry();
  tenon_model_info info;
  tenon_get_info(model, &info);
  if (info.num_inputs > max_tensors || info.num_outputs > max_tensors)
    fail("too many inputs or outputs");

  static int64_t input_shapes[max_tensors][max_rank], output_shapes[max_tensors][max_rank];
  static int64_t *input_pointers[max_tensors], *output_pointers[max_tensors];
  static void *inputs[max_tensors], *outputs[max_tensors];
  static char error[256];
  tenon_tensor_info tensor;
  for (int32_t i = 0; i < info.num_inputs; ++i) {
    int64_t rank;
    tenon_get_input(model, i, &tensor);
    void *file = open_input(tensor.name, argc - 4, argv + 4);
    read_bytes(file, &rank, sizeof rank);
    if (rank != tensor.rank || rank > max_rank)
      fail("an input of another rank");
    read_bytes(file, input_shapes[i], rank * 8);
    input_pointers[i] = input_shapes[i];
    inputs[i] = allocate(tensor.max_bytes);
    if (bytes_of(&tensor, input_shapes[i]) > tensor.max_bytes)
      fail("an input that is too large");
    read_bytes(file, inputs[i], bytes_of(&tensor, input_shapes[i]));
    fclose(file);
  }
  for (int32_t i = 0; i < info.num_outputs; ++i) {
    tenon_get_output(model, i, &tensor);
    outputs[i] = allocate(tensor.max_bytes);
    output_pointers[i] = output_shapes[i];
  }

  tenon_thread_pool pool = {0, atoi(argv[2]), run_parts};
  tenon_run_args args = {.size = sizeof args};
  args.inputs = (const void *const *)inputs;
  args.input_shapes = (const int64_t *const *)input_pointers;
  args.outputs = outputs;
  args.output_shapes = output_pointers;
  args.workspace_size = (size_t)tenon_workspace_size_for_threads(model, 0, pool.threads);
  args.workspace = allocate((int64_t)args.workspace_size);
  args.pool = &pool;
  args.error = error;
  args.error_size = sizeof error;
  if (tenon_run(model, &args) != TENON_OK)
    fail(error);

  for (int32_t i = 0; i < info.num_outputs; ++i) {
    static char path[4096];
    snprintf(path, sizeof path, "%s%d", argv[3], i);
    void *file = fopen(path, "wb");
    if (!file)
      fail("cannot write an output");
    tenon_get_output(model, i, &tensor);
    int64_t head[2] = {tensor.type, tensor.rank};
    fwrite(head, sizeof head, 1, file);
    fwrite(output_shapes[i], 8, (size_t)tensor.rank, file);
    fwrite(outputs[i], 1, (size_t)bytes_of(&tensor, output_shapes[i]), file);
    if (fclose(file))
      fail("cannot write an output");
  }
  return 0;
}

/* In the place of the C library's start files. `finish_loader` and the stack are where the kernel left them.
 */
__asm__(".globl _start\n_start:\n  mov x5, x0\n  ldr x0, [sp]\n  add x1, sp, #8\n  mov x2, x5\n  mov x3, sp\n"
        "  b start\n");
__attribute__((used)) _Noreturn void start(int64_t argc, char **argv, void *finish_loader, void *stack_end) {
  __libc_start_main(run, (int)argc, argv, 0, 0, finish_loader, stack_end);
}
