/* The C interface of a compiled model.
 *
 * `tenon compile MODEL -o OUT.so` (or OUT.o, with OUT.h) makes one function, `tenon_model_NAME`, whose name
 * carries the model's; a shared object has it a second time as `tenon_model`, for dlopen. Everything else is
 * reached through the model it returns, so any number of compiled models can live in one program.
 *
 *     const tenon_model *model = tenon_model_resnet50();
 *     void *workspace = aligned_alloc(info.workspace_alignment, tenon_workspace_size(model, NULL));
 *     const void *inputs[] = {image};
 *     void *outputs[] = {logits};
 *     tenon_run_args args = {sizeof args};
 *     args.inputs = inputs; args.outputs = outputs; args.workspace = workspace; ...
 *     if (tenon_run(model, &args) != TENON_OK) ...
 *
 * Tensors are dense, in C order. A run allocates nothing, keeps nothing, changes no processor mode, and may
 * go on in any number of threads at once as long as each has its own workspace, outputs and states.
 */
#ifndef TENON_C_MODEL_H
#define TENON_C_MODEL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this interface. A model's `abi_version` must equal it; later versions of the header only add
 * fields at the ends of structures, which say their size. */
#define TENON_ABI_VERSION 1

/* What a call returns: TENON_OK, or why it did nothing. */
typedef enum tenon_status {
  TENON_OK = 0,
  TENON_INVALID_ARGUMENT = 1, /* a null pointer, an index out of range, a structure of another version */
  TENON_UNSUPPORTED_CPU = 2,  /* the model uses instructions that this processor or system lacks */
  TENON_SHAPE_MISMATCH = 3,   /* an input's shape is not what the model expects */
  TENON_DIM_OUT_OF_RANGE = 4, /* a dimension is outside the bounds the model was compiled for */
  TENON_WORKSPACE_TOO_SMALL = 5,
  TENON_BUFFER_TOO_SMALL = 6,     /* an output's capacity is less than its size */
  TENON_MISALIGNED = 7,           /* a buffer's address is not a multiple of the required alignment */
  TENON_BOUND_INPUT_MISMATCH = 8, /* an input differs from the content the model was compiled for */
  TENON_RESULT_OUT_OF_RANGE = 9   /* a data-dependent dimension left its bounds; outputs are undefined */
} tenon_status;

/* Element types, numbered as ONNX's TensorProto.DataType. Elements of 2 and 4 bits take a byte each. */
typedef enum tenon_type {
  TENON_FLOAT32 = 1,
  TENON_UINT8 = 2,
  TENON_INT8 = 3,
  TENON_UINT16 = 4,
  TENON_INT16 = 5,
  TENON_INT32 = 6,
  TENON_INT64 = 7,
  TENON_BOOL = 9, /* one byte, 0 or 1 */
  TENON_FLOAT16 = 10,
  TENON_FLOAT64 = 11,
  TENON_UINT32 = 12,
  TENON_UINT64 = 13,
  TENON_COMPLEX64 = 14,
  TENON_COMPLEX128 = 15,
  TENON_BFLOAT16 = 16,
  TENON_FLOAT8E4M3FN = 17,
  TENON_FLOAT8E4M3FNUZ = 18,
  TENON_FLOAT8E5M2 = 19,
  TENON_FLOAT8E5M2FNUZ = 20,
  TENON_UINT4 = 21,
  TENON_INT4 = 22,
  TENON_FLOAT4E2M1 = 23,
  TENON_FLOAT8E8M0 = 24,
  TENON_UINT2 = 25,
  TENON_INT2 = 26
} tenon_type;

/* A compiled model. Constant, never freed. */
typedef struct tenon_model tenon_model;

/* What a model is. Strings live as long as the model. */
typedef struct tenon_model_info {
  const char *name;     /* as the user spells it */
  const char *producer; /* the compiler and its version */
  const char *target;   /* what it was compiled for; of several variants, all, separated by commas */
  int32_t num_inputs;
  int32_t num_outputs;
  int32_t num_states;
  int32_t num_dims; /* symbolic dimensions, those written by the model itself included */
  int32_t num_steps;
  int64_t weight_bytes;
  int64_t arena_bytes;         /* intermediate tensors and scratch, at the largest dimensions */
  int64_t workspace_alignment; /* of the address of a workspace, in bytes, a power of two */
  int64_t io_alignment;        /* of the address of every input and output; 1: none beyond the element's */
} tenon_model_info;

/* An input or an output. */
typedef struct tenon_tensor_info {
  const char *name;
  tenon_type type;
  int32_t rank;
  int32_t element_bytes;
  int64_t max_bytes; /* with every dimension at its maximum */
  /* The content an input was compiled for, or null. A run checks that the caller's is the same. */
  const void *bound;
  int64_t bound_bytes;
} tenon_tensor_info;

/* A symbolic dimension. */
typedef struct tenon_dim_info {
  const char *name;
  int64_t min;
  int64_t max;
  int32_t data_dependent; /* 1: not an input's; known after a run */
} tenon_dim_info;

/* A state: an input and the output that replaces it, such as a cache of keys and values. The input's buffer
 * must hold the input's `max_bytes` and be writable; at the end of a run it holds the new state. */
typedef struct tenon_state_info {
  int32_t input;
  int32_t output; /* args.outputs[output] may be null */
} tenon_state_info;

/* A model may hold its code several times, for processors with different features. A run takes the first
 * variant that the processor has everything for; the steps that tenon_get_step describes are its. */
typedef struct tenon_variant_info {
  const char *target;
  int32_t supported; /* 1: this processor and operating system have everything that it needs */
  int32_t selected;  /* 1: a run takes this one */
} tenon_variant_info;

/* One step of the program. */
typedef struct tenon_step_info {
  const char *name;
  const char *source;   /* the model's nodes computed here, separated by a space */
  const char *schedule; /* what was chosen, and where the choice came from */
  const char *layouts;  /* how operands and results lie that are not weights: "from -> to", or one for all */
  int64_t range;        /* extent of the parallel ranges, or -1 where it depends on data */
  int64_t flops;        /* or -1 where they depend on data */
  int64_t bytes;        /* of all operands and results, or -1 where they depend on data */
} tenon_step_info;

/* Threads lent for a run; ThreadPool.h has some. `parallel_for` must call `body(arg, i)` once for every 0 <=
 * i < count, on any threads, and return when all have returned; `threads` is how many pieces a step is split
 * into at most. A run calls it once, with `threads` as `count`, and again where no step was large enough to
 * be split for 0.1 ms; the bodies that have nothing to do yet wait for as long as that. */
typedef struct tenon_thread_pool {
  void *context;
  int32_t threads;
  void (*parallel_for)(void *context, int32_t count, void (*body)(void *arg, int32_t i), void *arg);
} tenon_thread_pool;

/* The arguments of a run. Set `size` to sizeof(tenon_run_args) and what is not used to zero. */
typedef struct tenon_run_args {
  size_t size;

  /* Per input, its data; null is allowed for an empty tensor. A state's input is written, any other only
   * read. */
  const void *const *inputs;
  /* Per input, its shape, or null where it is implied (no symbolic dimension, or `dims` is given). The array
   * itself may be null. */
  const int64_t *const *input_shapes;
  /* Per symbolic dimension, its value, or -1 to take it from the shapes. The array may be null. */
  const int64_t *dims;

  /* Per output, where it goes; it overlaps no input and no other output. */
  void *const *outputs;
  /* Per output, the bytes that fit there. May be null: then every output has room for its size, and, where
   * that depends on data, for its max_bytes. */
  const size_t *output_capacity;
  /* Per output, an array of `rank` entries that receives the shape. Either pointer may be null. */
  int64_t *const *output_shapes;
  /* Receives the value of every symbolic dimension, or null. */
  int64_t *final_dims;

  void *workspace;
  size_t workspace_size; /* see tenon_workspace_size and tenon_workspace_size_for_threads */

  const tenon_thread_pool *pool; /* null: the calling thread alone */
  uint64_t *step_ns;             /* null, or an entry per step that receives its nanoseconds */

  char *error; /* null, or receives one line on failure */
  size_t error_size;

  /* With step_ns: how often each step runs before the next one, the last time of which counts, so that what
   * it reads lies in the caches that can hold it; 0 is 1. With more than 1 the outputs are undefined: a step
   * may have overwritten what it reads. */
  int64_t step_runs;
} tenon_run_args;

/* The functions of a model. Call them through the tenon_… functions below. */
typedef struct tenon_api {
  uint64_t size; /* of this structure */
  void (*info)(const tenon_model *, tenon_model_info *);
  tenon_status (*input)(const tenon_model *, int32_t, tenon_tensor_info *);
  tenon_status (*output)(const tenon_model *, int32_t, tenon_tensor_info *);
  tenon_status (*dim)(const tenon_model *, int32_t, tenon_dim_info *);
  tenon_status (*state)(const tenon_model *, int32_t, tenon_state_info *);
  tenon_status (*step)(const tenon_model *, int32_t, const int64_t *, tenon_step_info *);
  tenon_status (*input_shape)(const tenon_model *, int32_t, const int64_t *, int64_t *);
  tenon_status (*output_shape)(const tenon_model *, int32_t, const int64_t *, int64_t *);
  tenon_status (*infer_dims)(const tenon_model *, const int64_t *const *, int64_t *, char *, size_t);
  tenon_status (*check_cpu)(const tenon_model *, char *, size_t);
  int64_t (*workspace_size)(const tenon_model *, const int64_t *);
  tenon_status (*run)(const tenon_model *, const tenon_run_args *);
  int64_t (*workspace_size_for_threads)(const tenon_model *, const int64_t *, int32_t);
  tenon_status (*variant)(const tenon_model *, int32_t, tenon_variant_info *);
} tenon_api;

struct tenon_model {
  uint32_t abi_version; /* TENON_ABI_VERSION */
  /* 0: a run chooses the variant. 1 + i, in a copy of this structure: it takes variant i or fails. */
  uint32_t variant;
  const tenon_api *api;
  const void *program;
};

/* What the model is. */
static inline void tenon_get_info(const tenon_model *model, tenon_model_info *info) {
  model->api->info(model, info);
}

/* Input, output, symbolic dimension or state `index`. */
static inline tenon_status tenon_get_input(const tenon_model *model, int32_t index, tenon_tensor_info *info) {
  return model->api->input(model, index, info);
}
static inline tenon_status tenon_get_output(const tenon_model *model, int32_t index,
                                            tenon_tensor_info *info) {
  return model->api->output(model, index, info);
}
static inline tenon_status tenon_get_dim(const tenon_model *model, int32_t index, tenon_dim_info *info) {
  return model->api->dim(model, index, info);
}
static inline tenon_status tenon_get_state(const tenon_model *model, int32_t index, tenon_state_info *info) {
  return model->api->state(model, index, info);
}

/* Step `index` at the given dimensions (null: their maxima). */
static inline tenon_status tenon_get_step(const tenon_model *model, int32_t index, const int64_t *dims,
                                          tenon_step_info *info) {
  return model->api->step(model, index, dims, info);
}

/* The shape of an input or output at the given dimensions (null: their maxima); `shape` has room for its
 * rank. */
static inline tenon_status tenon_get_input_shape(const tenon_model *model, int32_t index, const int64_t *dims,
                                                 int64_t *shape) {
  return model->api->input_shape(model, index, dims, shape);
}
static inline tenon_status tenon_get_output_shape(const tenon_model *model, int32_t index,
                                                  const int64_t *dims, int64_t *shape) {
  return model->api->output_shape(model, index, dims, shape);
}

/* Fills in those of `dims` that are -1 from the inputs' shapes, and checks all of both. Dimensions that
 * depend on data become their maxima. */
static inline tenon_status tenon_infer_dims(const tenon_model *model, const int64_t *const *input_shapes,
                                            int64_t *dims, char *error, size_t error_size) {
  return model->api->infer_dims(model, input_shapes, dims, error, error_size);
}

/* Variant `index`, the preferred one first; TENON_INVALID_ARGUMENT beyond the last. */
static inline tenon_status tenon_get_variant(const tenon_model *model, int32_t index,
                                             tenon_variant_info *info) {
  return model->api->size <= offsetof(tenon_api, variant) ? TENON_INVALID_ARGUMENT
                                                          : model->api->variant(model, index, info);
}

/* Whether this processor and operating system can run the model. Every run checks it, too. */
static inline tenon_status tenon_check_cpu(const tenon_model *model, char *error, size_t error_size) {
  return model->api->check_cpu(model, error, error_size);
}

/* Bytes of workspace for a run at the given dimensions (null: for any). It is enough for a run on any number
 * of threads, but some steps are split into fewer parts than there are threads. */
static inline int64_t tenon_workspace_size(const tenon_model *model, const int64_t *dims) {
  return model->api->workspace_size(model, dims);
}

/* Bytes of workspace with which `threads` threads can work on every step; -1 if the sum is too large. */
static inline int64_t tenon_workspace_size_for_threads(const tenon_model *model, const int64_t *dims,
                                                       int32_t threads) {
  /* A model that was compiled before there was this function makes no use of more. */
  return model->api->size <= offsetof(tenon_api, workspace_size_for_threads)
             ? model->api->workspace_size(model, dims)
             : model->api->workspace_size_for_threads(model, dims, threads);
}

/* Runs the model once. On failure nothing was computed (but see TENON_RESULT_OUT_OF_RANGE). */
static inline tenon_status tenon_run(const tenon_model *model, const tenon_run_args *args) {
  return model->api->run(model, args);
}

#ifdef __cplusplus
}
#endif

#endif /* TENON_C_MODEL_H */
