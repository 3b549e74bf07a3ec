/* The runtime of a compiled model: the interpreter of its program table, behind the interface of
 * tenon-c/Model.h.
 *
 * It is linked into every compiled model. Its one symbol, tenon_runtime_v2, is hidden, weak and carries the
 * version of the table, so that models linked into one program share it or ignore each other. It keeps no
 * state but a cache of what the processor offers, and allocates nothing.
 */
#include "runtime/Expr.h"
#include "runtime/Features.h"
#include "runtime/Platform.h"
#include "runtime/Team.h"
#include "tenon-c/Model.h"

/* ---- one line of error text ---- */

typedef struct text {
  char *at; /* where the next character goes; null: nowhere */
  size_t room;
} text;

static text text_begin(char *buffer, size_t size) {
  text t = {size ? buffer : NULL, size};
  if (t.at)
    t.at[0] = 0;
  return t;
}

static void put(text *t, const char *s) {
  for (; t->at && *s && t->room > 1; ++s, --t->room) {
    *t->at++ = *s;
    *t->at = 0;
  }
}

static void put_int(text *t, int64_t value) {
  char digits[24];
  int n = sizeof digits;
  uint64_t u = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  digits[--n] = 0;
  do {
    digits[--n] = (char)('0' + u % 10);
    u /= 10;
  } while (u);
  if (value < 0)
    digits[--n] = '-';
  put(t, digits + n);
}

static void put_quoted(text *t, const char *what, const char *name) {
  put(t, what);
  put(t, " '");
  put(t, name);
  put(t, "'");
}

/* ---- the model ---- */

static const tn_program *program_of(const tenon_model *model) {
  if (!model || model->abi_version != TENON_ABI_VERSION)
    return NULL;
  const tn_program *p = (const tn_program *)model->program;
  if (p->magic != TN_PROGRAM_MAGIC || p->version != TN_PROGRAM_VERSION)
    return NULL;
  return (int64_t)model->variant <= p->num_variants ? p : NULL;
}

static int64_t align_up(int64_t value, int64_t alignment) {
  return (value + alignment - 1) & -alignment;
}

/* A workspace is: the values of the symbols, the pointers of the current step, the arena. */
static int64_t arena_offset(const tn_program *p) {
  return align_up(p->num_symbols * (int64_t)sizeof(int64_t) + p->max_buffers * (int64_t)sizeof(void *),
                  p->alignment);
}

static void get_info(const tenon_model *model, tenon_model_info *info) {
  const tn_program *p = program_of(model);
  if (!p || !info)
    return;
  info->name = p->name;
  info->producer = p->producer;
  info->target = p->target;
  info->num_inputs = (int32_t)p->num_inputs;
  info->num_outputs = (int32_t)p->num_outputs;
  info->num_states = (int32_t)p->num_states;
  info->num_dims = (int32_t)p->num_symbols;
  info->num_steps = (int32_t)p->num_steps;
  info->weight_bytes = p->weight_bytes;
  info->arena_bytes = p->arena_bytes;
  info->workspace_alignment = p->alignment;
  info->io_alignment = p->io_alignment;
}

static void fill_tensor(const tn_tensor *tensor, tenon_tensor_info *info) {
  info->name = tensor->name;
  info->type = (tenon_type)tensor->type;
  info->rank = tensor->rank;
  info->element_bytes = (int32_t)tn_element_bytes(tensor->type);
  info->bound = tensor->bound;
  info->bound_bytes = tensor->bound_bytes;
  info->max_bytes = tensor->max_bytes;
}

static tenon_status get_input(const tenon_model *model, int32_t index, tenon_tensor_info *info) {
  const tn_program *p = program_of(model);
  if (!p || !info || index < 0 || index >= p->num_inputs)
    return TENON_INVALID_ARGUMENT;
  fill_tensor(&p->inputs[index], info);
  return TENON_OK;
}

static tenon_status get_output(const tenon_model *model, int32_t index, tenon_tensor_info *info) {
  const tn_program *p = program_of(model);
  if (!p || !info || index < 0 || index >= p->num_outputs)
    return TENON_INVALID_ARGUMENT;
  fill_tensor(&p->outputs[index], info);
  return TENON_OK;
}

static tenon_status get_dim(const tenon_model *model, int32_t index, tenon_dim_info *info) {
  const tn_program *p = program_of(model);
  if (!p || !info || index < 0 || index >= p->num_symbols)
    return TENON_INVALID_ARGUMENT;
  info->name = p->symbols[index].name;
  info->min = p->symbols[index].min;
  info->max = p->symbols[index].max;
  info->data_dependent = p->symbols[index].kind == TN_SYMBOL_DATA;
  return TENON_OK;
}

static tenon_status get_state(const tenon_model *model, int32_t index, tenon_state_info *info) {
  const tn_program *p = program_of(model);
  if (!p || !info || index < 0 || index >= p->num_states)
    return TENON_INVALID_ARGUMENT;
  info->input = p->states[index].input;
  info->output = p->states[index].output;
  return TENON_OK;
}

/* At the caller's dims, or at the maxima where the caller has none. */
static int eval(const tn_program *p, const tn_expr *expr, const int64_t *dims, int64_t *result) {
  return tn_eval(expr, p->symbols, p->num_symbols, dims, result);
}

static int shape_and_bytes(const tn_program *p, const tn_tensor *tensor, const int64_t *dims, int64_t *shape,
                           int64_t *bytes) {
  return tn_tensor_shape(tensor, p->symbols, p->num_symbols, dims, shape, bytes);
}

/* ---- the processor ---- */

/* What the processor offers, with the top bit set once it is known: cpuid traps under a hypervisor, so it is
 * asked once. */
static uint64_t cached_features;

static uint64_t machine_features(void) {
  uint64_t have = __atomic_load_n(&cached_features, __ATOMIC_RELAXED);
  if (!have) {
    have = tn_detect_features() | UINT64_C(1) << 63;
    __atomic_store_n(&cached_features, have, __ATOMIC_RELAXED);
  }
  return have;
}

static int is_supported(const tn_program *p, const tn_variant *variant) {
  return p->arch == TN_HOST_ARCH && !(variant->features & ~machine_features());
}

/* The variants that a run may choose from: all, or the one that the caller's copy of the model names. */
static const tn_variant *first_variant(const tenon_model *model, const tn_program *p) {
  return &p->variants[model->variant ? model->variant - 1 : 0];
}
static const tn_variant *end_of_variants(const tenon_model *model, const tn_program *p) {
  return &p->variants[model->variant ? (int64_t)model->variant : p->num_variants];
}

/* The variant that a run takes; null if the processor runs none. */
static const tn_variant *find_variant(const tenon_model *model, const tn_program *p) {
  const tn_variant *end = end_of_variants(model, p);
  for (const tn_variant *variant = first_variant(model, p); variant < end; ++variant)
    if (is_supported(p, variant))
      return variant;
  return NULL;
}

static tenon_status get_variant(const tenon_model *model, int32_t index, tenon_variant_info *info) {
  const tn_program *p = program_of(model);
  if (!p || !info || index < 0 || index >= p->num_variants)
    return TENON_INVALID_ARGUMENT;
  info->target = p->variants[index].target;
  info->supported = is_supported(p, &p->variants[index]);
  info->selected = find_variant(model, p) == &p->variants[index];
  return TENON_OK;
}

static void put_features(text *t, uint64_t features) {
  for (uint64_t bit = 0, first = 1; bit < 63; ++bit) {
    if (!((features >> bit) & 1))
      continue;
    put(t, first ? " " : ", ");
    first = 0;
    if (bit < sizeof tn_feature_names / sizeof tn_feature_names[0]) {
      put(t, tn_feature_names[bit]);
    } else {
      put(t, "feature ");
      put_int(t, (int64_t)bit);
    }
  }
}

/* The variant that a run takes, or why there is none. */
static tenon_status select_variant(const tenon_model *model, const tn_program *p, const tn_variant **selected,
                                   text *error) {
  *selected = find_variant(model, p);
  if (*selected)
    return TENON_OK;
  if (p->arch != TN_HOST_ARCH) {
    put(error, "the model was compiled for another architecture");
    return TENON_UNSUPPORTED_CPU;
  }
  const tn_variant *first = first_variant(model, p), *end = end_of_variants(model, p);
  for (const tn_variant *variant = first; variant < end; ++variant) {
    put_quoted(error, variant == first ? "the model was compiled for" : "; and for", variant->target);
    put(error, ", but this machine lacks");
    put_features(error, variant->features & ~machine_features());
  }
  return TENON_UNSUPPORTED_CPU;
}

static tenon_status check_cpu(const tenon_model *model, char *buffer, size_t size) {
  text error = text_begin(buffer, size);
  const tn_program *p = program_of(model);
  const tn_variant *variant;
  if (!p) {
    put(&error, "not a model of this version");
    return TENON_INVALID_ARGUMENT;
  }
  return select_variant(model, p, &variant, &error);
}

/* ---- steps ---- */

static int depends_on_data(const tn_program *p, const tn_expr *expr) {
  for (int64_t i = 0; i < expr->length; ++i)
    if (expr->code[i].op == TN_SYMBOL && expr->code[i].value >= 0 && expr->code[i].value < p->num_symbols &&
        p->symbols[expr->code[i].value].kind == TN_SYMBOL_DATA)
      return 1;
  return 0;
}

static tenon_status get_step(const tenon_model *model, int32_t index, const int64_t *dims,
                             tenon_step_info *info) {
  const tn_program *p = program_of(model);
  if (!p || !info || index < 0 || index >= p->num_steps)
    return TENON_INVALID_ARGUMENT;
  const tn_variant *variant = find_variant(model, p);
  const tn_step *step = &(variant ? variant : p->variants)->steps[index];
  info->name = step->name;
  info->source = step->source;
  info->schedule = step->schedule;
  info->layouts = step->layouts;
  info->range = 0;
  for (int64_t i = 0; i < step->num_phases && info->range >= 0; ++i) {
    const tn_expr *range = &step->phases[i].range;
    int64_t points;
    if (depends_on_data(p, range) || !eval(p, range, dims, &points) ||
        __builtin_add_overflow(info->range, points, &info->range))
      info->range = -1;
  }
  if (depends_on_data(p, &step->flops) || !eval(p, &step->flops, dims, &info->flops))
    info->flops = -1;
  if (depends_on_data(p, &step->bytes) || !eval(p, &step->bytes, dims, &info->bytes))
    info->bytes = -1;
  return TENON_OK;
}

static tenon_status tensor_shape(const tn_program *p, const tn_tensor *tensor, const int64_t *dims,
                                 int64_t *shape) {
  for (int32_t i = 0; i < tensor->rank; ++i)
    if (!eval(p, &tensor->dims[i], dims, &shape[i]) || shape[i] < 0)
      return TENON_DIM_OUT_OF_RANGE;
  return TENON_OK;
}

static tenon_status input_shape(const tenon_model *model, int32_t index, const int64_t *dims,
                                int64_t *shape) {
  const tn_program *p = program_of(model);
  if (!p || index < 0 || index >= p->num_inputs || (!shape && p->inputs[index].rank))
    return TENON_INVALID_ARGUMENT;
  return tensor_shape(p, &p->inputs[index], dims, shape);
}

static tenon_status output_shape(const tenon_model *model, int32_t index, const int64_t *dims,
                                 int64_t *shape) {
  const tn_program *p = program_of(model);
  if (!p || index < 0 || index >= p->num_outputs || (!shape && p->outputs[index].rank))
    return TENON_INVALID_ARGUMENT;
  return tensor_shape(p, &p->outputs[index], dims, shape);
}

/* ---- dimensions ---- */

static void put_expected_shape(text *t, const tn_program *p, const tn_tensor *tensor, const int64_t *dims) {
  put(t, "(");
  for (int32_t i = 0; i < tensor->rank; ++i) {
    int64_t extent;
    if (i)
      put(t, ", ");
    if (eval(p, &tensor->dims[i], dims, &extent) && extent >= 0)
      put_int(t, extent);
    else
      put(t, "?");
  }
  put(t, ")");
}

static void put_shape(text *t, const int64_t *shape, int32_t rank) {
  put(t, "(");
  for (int32_t i = 0; i < rank; ++i) {
    if (i)
      put(t, ", ");
    put_int(t, shape[i]);
  }
  put(t, ")");
}

/* Completes `dims`, where -1 means not known, from the inputs' shapes; checks all. Data-dependent ones become
 * their maxima. */
static tenon_status bind_dims(const tn_program *p, const int64_t *const *shapes, int64_t *dims, text *error) {
  for (int64_t s = 0; s < p->num_symbols; ++s)
    if (p->symbols[s].kind == TN_SYMBOL_DATA)
      dims[s] = p->symbols[s].max;
  for (int64_t k = 0; shapes && k < p->num_inputs; ++k) {
    const tn_tensor *input = &p->inputs[k];
    for (int32_t i = 0; shapes[k] && i < input->rank; ++i) {
      const tn_expr *e = &input->dims[i];
      if (e->length == 1 && e->code[0].op == TN_SYMBOL && dims[e->code[0].value] == -1)
        dims[e->code[0].value] = shapes[k][i];
    }
  }
  for (int64_t s = 0; s < p->num_symbols; ++s) {
    const tn_symbol *symbol = &p->symbols[s];
    if (dims[s] >= symbol->min && dims[s] <= symbol->max)
      continue;
    put_quoted(error, "dimension", symbol->name);
    put(error, ": expected ");
    put_int(error, symbol->min);
    put(error, " to ");
    put_int(error, symbol->max);
    if (dims[s] == -1) {
      put(error, ", but it is not given");
    } else {
      put(error, ", but got ");
      put_int(error, dims[s]);
    }
    return TENON_DIM_OUT_OF_RANGE;
  }
  for (int64_t k = 0; shapes && k < p->num_inputs; ++k) {
    const tn_tensor *input = &p->inputs[k];
    for (int32_t i = 0; shapes[k] && i < input->rank; ++i) {
      int64_t extent;
      if (eval(p, &input->dims[i], dims, &extent) && extent == shapes[k][i])
        continue;
      put_quoted(error, "input", input->name);
      put(error, ": expected shape ");
      put_expected_shape(error, p, input, dims);
      put(error, ", but got ");
      put_shape(error, shapes[k], input->rank);
      return TENON_SHAPE_MISMATCH;
    }
  }
  return TENON_OK;
}

static tenon_status infer_dims(const tenon_model *model, const int64_t *const *shapes, int64_t *dims,
                               char *buffer, size_t size) {
  text error = text_begin(buffer, size);
  const tn_program *p = program_of(model);
  if (!p || (!dims && p->num_symbols)) {
    put(&error, "not a model of this version, or no place for the dimensions");
    return TENON_INVALID_ARGUMENT;
  }
  return bind_dims(p, shapes, dims, &error);
}

/* ---- running ---- */

static int64_t workspace_size(const tenon_model *model, const int64_t *dims) {
  const tn_program *p = program_of(model);
  (void)dims; /* the arena is planned for the maxima */
  return p ? arena_offset(p) + p->arena_bytes : -1;
}

static int64_t workspace_size_for_threads(const tenon_model *model, const int64_t *dims, int32_t threads) {
  const tn_program *p = program_of(model);
  int64_t size = workspace_size(model, dims), more;
  if (size < 0 || threads <= 1)
    return size;
  if (__builtin_mul_overflow(p->scratch_bytes, (int64_t)threads - 1, &more) ||
      __builtin_add_overflow(size, more, &size))
    return -1;
  return size;
}

static int misaligned(const void *address, int64_t alignment) {
  return ((uintptr_t)address & ((uintptr_t)alignment - 1)) != 0;
}

/* The alignment of a caller's tensor: the program's wish, and at least that of the C type of its elements. */
static int64_t io_alignment(const tn_program *p, const tn_tensor *tensor) {
  int64_t natural = tn_element_bytes(tensor->type);
  if (natural > 8)
    natural = 8;
  return p->io_alignment > natural ? p->io_alignment : natural;
}

static tenon_status check_inputs(const tn_program *p, const tenon_run_args *args, const int64_t *dims,
                                 text *error) {
  for (int64_t k = 0; k < p->num_inputs; ++k) {
    const tn_tensor *input = &p->inputs[k];
    const void *data = args->inputs[k];
    int64_t bytes;
    if (!shape_and_bytes(p, input, dims, NULL, &bytes) || bytes > input->max_bytes) {
      put_quoted(error, "input", input->name);
      put(error, ": its dimensions are out of range");
      return TENON_DIM_OUT_OF_RANGE;
    }
    if (!data && bytes) {
      put_quoted(error, "input", input->name);
      put(error, ": expected data, but got a null pointer");
      return TENON_INVALID_ARGUMENT;
    }
    if (misaligned(data, io_alignment(p, input))) {
      put_quoted(error, "input", input->name);
      put(error, ": expected an address that is a multiple of ");
      put_int(error, io_alignment(p, input));
      return TENON_MISALIGNED;
    }
    if (input->bound &&
        (bytes != input->bound_bytes || (bytes && memcmp(data, input->bound, (size_t)bytes) != 0))) {
      put_quoted(error, "input", input->name);
      put(error, ": expected the content the model was compiled for, but got another");
      return TENON_BOUND_INPUT_MISMATCH;
    }
  }
  return TENON_OK;
}

/* The state whose output is `index`, or null. */
static const tn_state *state_of_output(const tn_program *p, int64_t index) {
  for (int64_t k = 0; k < p->num_states; ++k)
    if (p->states[k].output == index)
      return &p->states[k];
  return NULL;
}

/* With data-dependent dims at their maxima, as bind_dims leaves them. */
static tenon_status check_outputs(const tn_program *p, const tenon_run_args *args, const int64_t *dims,
                                  text *error) {
  for (int64_t k = 0; k < p->num_outputs; ++k) {
    const tn_tensor *output = &p->outputs[k];
    const void *data = args->outputs[k];
    int64_t bytes;
    if (!shape_and_bytes(p, output, dims, NULL, &bytes) || bytes > output->max_bytes) {
      put_quoted(error, "output", output->name);
      put(error, ": its dimensions are out of range");
      return TENON_DIM_OUT_OF_RANGE;
    }
    const tn_state *state = state_of_output(p, k);
    if (!data && bytes && !state) {
      put_quoted(error, "output", output->name);
      put(error, ": expected a buffer, but got a null pointer");
      return TENON_INVALID_ARGUMENT;
    }
    if (data && state && data == args->inputs[state->input]) {
      put_quoted(error, "output", output->name);
      put(error, ": expected null or a buffer of its own, but got the state's");
      return TENON_INVALID_ARGUMENT;
    }
    if (misaligned(data, io_alignment(p, output))) {
      put_quoted(error, "output", output->name);
      put(error, ": expected an address that is a multiple of ");
      put_int(error, io_alignment(p, output));
      return TENON_MISALIGNED;
    }
    if (data && args->output_capacity && args->output_capacity[k] < (uint64_t)bytes) {
      put_quoted(error, "output", output->name);
      put(error, ": expected room for ");
      put_int(error, bytes);
      put(error, " bytes, but got ");
      put_int(error, (int64_t)args->output_capacity[k]);
      return TENON_BUFFER_TOO_SMALL;
    }
  }
  return TENON_OK;
}

static void *output_address(const tn_program *p, const tenon_run_args *args, char *arena, int64_t index) {
  void *data = args->outputs[index];
  if (data)
    return data;
  const tn_state *state = state_of_output(p, index);
  return state ? arena + state->arena_offset : NULL;
}

static void *buffer_address(const tn_program *p, const tenon_run_args *args, char *arena,
                            const tn_buffer *buffer) {
  char *base = NULL;
  switch (buffer->kind) {
  case TN_ARENA:
    base = arena;
    break;
  case TN_WEIGHTS:
    base = (char *)(uintptr_t)p->weights;
    break;
  case TN_INPUT:
    base = (char *)(uintptr_t)args->inputs[buffer->index];
    break;
  case TN_OUTPUT:
    base = (char *)output_address(p, args, arena, buffer->index);
    break;
  }
  return base ? base + buffer->offset : NULL;
}

/* Whether a run is done, has failed, or waits for threads to compute its next phase. */
typedef enum progress { DONE, FAILED, WAITS_FOR_TEAM } progress;

/* A run: what its steps have in common, and how far it is. */
typedef struct run_state {
  const tn_program *program;
  const tenon_run_args *args;
  const tn_variant *variant;
  const tenon_thread_pool *pool; /* null: one thread */
  int64_t *dims;
  void **buffers;
  char *arena;
  int64_t more_scratch; /* bytes that follow the arena */
  text *error;

  progress progress;
  int64_t step, phase; /* what comes next; a negative phase: the step has not begun */
  int64_t end;         /* of the ranges of the step's phases before it */
  uint64_t start;      /* when the step began */
  int64_t repeated;    /* how often the step has run before, see tenon_run_args.step_runs */
} run_state;

/* One phase, split over the threads of a pool. */
typedef struct split {
  const run_state *run;
  const tn_step *step;
  int64_t begin;
  int64_t range;
  int64_t parts;
} split;

/* Scratch of part `i` of a phase; null if the task needs none. */
static char *scratch_address(const run_state *run, const tn_step *step, int32_t i) {
  if (step->scratch_offset < 0)
    return NULL;
  return i ? run->arena + run->program->arena_bytes + (i - 1) * step->scratch_bytes
           : run->arena + step->scratch_offset;
}

static void run_part(void *arg, int32_t i) {
  const split *s = (const split *)arg;
  int64_t each = s->range / s->parts, more = s->range % s->parts;
  int64_t begin = s->begin + i * each + (i < more ? i : more);
  s->step->task(s->run->buffers, scratch_address(s->run, s->step, i), s->run->dims, begin,
                begin + each + (i < more));
}

/* Into how many parts to split a phase of `range` points that take one thread `work` nanoseconds. */
static int64_t count_parts(const run_state *run, const tn_step *step, int64_t range, int64_t work) {
  if (!run->pool)
    return 1;
  int64_t parts = run->pool->threads;
  if (parts > TN_MAX_PARTS)
    parts = TN_MAX_PARTS;
  if (parts > range)
    parts = range;
  if (parts > work / TN_PART_NS)
    parts = work / TN_PART_NS;
  if (step->scratch_bytes > 0 && parts - 1 > run->more_scratch / step->scratch_bytes)
    parts = 1 + run->more_scratch / step->scratch_bytes;
  return parts < 1 ? 1 : parts;
}

/* Runs the phases of the current step from the current one on. Phases that are not split are one call. */
static progress run_phases(run_state *run, tn_team *team) {
  const tn_step *step = &run->variant->steps[run->step];
  int64_t begin = run->end;
  for (; run->phase < step->num_phases; ++run->phase) {
    int64_t range, work;
    if (!eval(run->program, &step->phases[run->phase].range, run->dims, &range) ||
        range > INT64_MAX - run->end) {
      put_quoted(run->error, "task", step->name);
      put(run->error, ": its range is out of bounds");
      return FAILED;
    }
    if (range <= 0)
      continue;
    if (!eval(run->program, &step->phases[run->phase].work, run->dims, &work))
      work = INT64_MAX;
    int64_t parts = count_parts(run, step, range, work);
    if (parts > 1) {
      if (begin < run->end)
        step->task(run->buffers, scratch_address(run, step, 0), run->dims, begin, run->end);
      begin = run->end;
      if (!team || tn_has_tired(team))
        return WAITS_FOR_TEAM;
      split s = {run, step, begin, range, parts};
      tn_split(team, (int32_t)parts, run_part, &s);
      begin += range;
    }
    run->end += range;
  }
  if (begin < run->end)
    step->task(run->buffers, scratch_address(run, step, 0), run->dims, begin, run->end);
  return DONE;
}

static tenon_status check_data_dims(const tn_program *p, const int64_t *dims, text *error) {
  for (int64_t s = 0; s < p->num_symbols; ++s) {
    if (p->symbols[s].kind != TN_SYMBOL_DATA ||
        (dims[s] >= p->symbols[s].min && dims[s] <= p->symbols[s].max))
      continue;
    put_quoted(error, "dimension", p->symbols[s].name);
    put(error, ": the data led to ");
    put_int(error, dims[s]);
    put(error, ", outside its bounds");
    return TENON_RESULT_OUT_OF_RANGE;
  }
  return TENON_OK;
}

static void begin_step(run_state *run) {
  const tn_step *step = &run->variant->steps[run->step];
  run->phase = run->end = 0;
  run->start = run->args->step_ns ? tn_now() : 0;
  for (int64_t b = 0; b < step->num_buffers; ++b)
    run->buffers[b] = buffer_address(run->program, run->args, run->arena, &step->buffers[b]);
}

/* Runs the steps from where the run is; on `team`'s threads, or on this alone until threads are needed. */
static progress run_steps(run_state *run, tn_team *team) {
  for (; run->step < run->program->num_steps; ++run->step) {
    if (run->phase < 0)
      begin_step(run);
    progress p = run_phases(run, team);
    if (p != DONE)
      return p;
    if (check_data_dims(run->program, run->dims, run->error) != TENON_OK)
      return FAILED;
    run->phase = -1;
    if (!run->args->step_ns)
      continue;
    run->args->step_ns[run->step] = tn_now() - run->start;
    if (++run->repeated < run->args->step_runs)
      --run->step;
    else
      run->repeated = 0;
  }
  return DONE;
}

static void lead(tn_team *team, void *run) {
  ((run_state *)run)->progress = run_steps((run_state *)run, team);
}

static tenon_status finish(const tn_program *p, const tenon_run_args *args, const int64_t *dims, char *arena,
                           text *error) {
  for (int64_t k = 0; k < p->num_outputs; ++k) {
    const tn_tensor *output = &p->outputs[k];
    int64_t *shape = args->output_shapes ? args->output_shapes[k] : NULL;
    const tn_state *state = state_of_output(p, k);
    int64_t bytes;
    if (!shape_and_bytes(p, output, dims, shape, &bytes) ||
        (state && bytes > p->inputs[state->input].max_bytes)) {
      put_quoted(error, "output", output->name);
      put(error, ": its size is out of bounds");
      return TENON_RESULT_OUT_OF_RANGE;
    }
    if (state && bytes)
      memcpy((void *)(uintptr_t)args->inputs[state->input], output_address(p, args, arena, k), (size_t)bytes);
  }
  for (int64_t s = 0; args->final_dims && s < p->num_symbols; ++s)
    args->final_dims[s] = dims[s];
  return TENON_OK;
}

static tenon_status run(const tenon_model *model, const tenon_run_args *args) {
  if (!args || args->size < sizeof(tenon_run_args))
    return TENON_INVALID_ARGUMENT;
  text error = text_begin(args->error, args->error_size);
  const tn_program *p = program_of(model);
  if (!p) {
    put(&error, "not a model of this version");
    return TENON_INVALID_ARGUMENT;
  }
  if ((!args->inputs && p->num_inputs) || (!args->outputs && p->num_outputs)) {
    put(&error, "expected inputs and outputs, but got a null pointer");
    return TENON_INVALID_ARGUMENT;
  }
  const tn_variant *variant;
  tenon_status status = select_variant(model, p, &variant, &error);
  if (status != TENON_OK)
    return status;
  int64_t needed = workspace_size(model, args->dims);
  if (needed && (!args->workspace || args->workspace_size < (uint64_t)needed)) {
    put(&error, "expected a workspace of ");
    put_int(&error, needed);
    put(&error, " bytes, but got ");
    put_int(&error, args->workspace ? (int64_t)args->workspace_size : 0);
    return TENON_WORKSPACE_TOO_SMALL;
  }
  if (misaligned(args->workspace, p->alignment)) {
    put(&error, "expected a workspace at a multiple of ");
    put_int(&error, p->alignment);
    return TENON_MISALIGNED;
  }

  int64_t *dims = (int64_t *)args->workspace;
  void **buffers = (void **)(dims + p->num_symbols);
  char *arena = (char *)args->workspace + arena_offset(p);
  for (int64_t s = 0; s < p->num_symbols; ++s)
    dims[s] = args->dims ? args->dims[s] : -1;
  if ((status = bind_dims(p, args->input_shapes, dims, &error)) != TENON_OK ||
      (status = check_inputs(p, args, dims, &error)) != TENON_OK ||
      (status = check_outputs(p, args, dims, &error)) != TENON_OK)
    return status;

  for (int64_t s = 0; s < p->num_symbols; ++s)
    if (p->symbols[s].kind == TN_SYMBOL_DATA)
      dims[s] = p->symbols[s].min;
  run_state state = {.program = p,
                     .args = args,
                     .variant = variant,
                     .pool = args->pool && args->pool->threads > 1 ? args->pool : NULL,
                     .dims = dims,
                     .buffers = buffers,
                     .arena = arena,
                     .more_scratch = (int64_t)args->workspace_size - needed,
                     .error = &error,
                     .phase = -1};
  state.progress = run_steps(&state, NULL);
  while (state.progress == WAITS_FOR_TEAM)
    tn_run_team(state.pool, lead, &state);
  if (state.progress == FAILED)
    return TENON_RESULT_OUT_OF_RANGE;
  return finish(p, args, dims, arena, &error);
}

/* What every model of this version calls; the name follows TN_PROGRAM_VERSION. */
__attribute__((weak, visibility("hidden"))) extern const tenon_api tenon_runtime_v2;
const tenon_api tenon_runtime_v2 = {
    sizeof(tenon_api),
    get_info,
    get_input,
    get_output,
    get_dim,
    get_state,
    get_step,
    input_shape,
    output_shape,
    infer_dims,
    check_cpu,
    workspace_size,
    run,
    workspace_size_for_threads,
    get_variant,
};
