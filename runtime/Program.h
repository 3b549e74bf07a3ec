/* The program table: what a compiled model is, apart from its code and its weights.
 *
 * The compiler emits one constant tn_program per model (lib/Target/EmitProgram.cpp); the runtime interprets
 * it (Interpreter.c). The layout is the same on every LP64 little-endian target. Any change of it, or of what
 * a field means, raises TN_PROGRAM_VERSION, which is part of the runtime's symbol: models of different
 * versions link into one program, each with its own runtime.
 */
#ifndef TENON_RUNTIME_PROGRAM_H
#define TENON_RUNTIME_PROGRAM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TN_PROGRAM_MAGIC UINT64_C(0x31304e4f4e4554) /* "TENON01" */
#define TN_PROGRAM_VERSION 2

/* Element types, numbered as ONNX's TensorProto.DataType. A tensor of 2- or 4-bit elements is stored one
 * element to a byte (signed ones sign-extended). */
enum tn_type {
  TN_FLOAT32 = 1,
  TN_UINT8 = 2,
  TN_INT8 = 3,
  TN_UINT16 = 4,
  TN_INT16 = 5,
  TN_INT32 = 6,
  TN_INT64 = 7,
  TN_BOOL = 9,
  TN_FLOAT16 = 10,
  TN_FLOAT64 = 11,
  TN_UINT32 = 12,
  TN_UINT64 = 13,
  TN_COMPLEX64 = 14,
  TN_COMPLEX128 = 15,
  TN_BFLOAT16 = 16,
  TN_FLOAT8E4M3FN = 17,
  TN_FLOAT8E4M3FNUZ = 18,
  TN_FLOAT8E5M2 = 19,
  TN_FLOAT8E5M2FNUZ = 20,
  TN_UINT4 = 21,
  TN_INT4 = 22,
  TN_FLOAT4E2M1 = 23,
  TN_FLOAT8E8M0 = 24,
  TN_UINT2 = 25,
  TN_INT2 = 26
};

/* Instructions of an expression: postfix, over int64 and a stack of at most TN_EXPR_STACK values. Any
 * overflow, a division by zero or by a negative number, or a malformed code makes the whole expression an
 * error. */
enum tn_opcode {
  TN_CONST = 0,    /* push value */
  TN_SYMBOL = 1,   /* push symbols[value] */
  TN_ADD = 2,      /* a b -> a + b */
  TN_SUB = 3,      /* a b -> a - b */
  TN_MUL = 4,      /* a b -> a * b */
  TN_FLOORDIV = 5, /* a b -> floor(a / b), b > 0 */
  TN_CEILDIV = 6,  /* a b -> ceil(a / b), b > 0 */
  TN_MOD = 7,      /* a b -> a - b * floor(a / b), b > 0 */
  TN_MIN = 8,      /* a b -> min(a, b) */
  TN_MAX = 9       /* a b -> max(a, b) */
};
#define TN_EXPR_STACK 32

typedef struct tn_instr {
  int64_t op; /* tn_opcode */
  int64_t value;
} tn_instr;

/* An integer expression over the program's symbols: `value` if `length` is 0, else the code. */
typedef struct tn_expr {
  const tn_instr *code;
  int64_t length;
  int64_t value;
} tn_expr;

enum tn_symbol_kind {
  TN_SYMBOL_ENTRY = 0, /* bound at entry, by an input's shape or by the caller */
  TN_SYMBOL_DATA = 1   /* written by a task while the program runs; `min` until then */
};

/* A named dimension with min <= value <= max. */
typedef struct tn_symbol {
  const char *name;
  int64_t kind; /* tn_symbol_kind */
  int64_t min;
  int64_t max;
} tn_symbol;

typedef struct tn_tensor {
  const char *name;
  int32_t type; /* tn_type */
  int32_t rank;
  const tn_expr *dims;
  int64_t max_bytes; /* with every symbol at its maximum */
  /* The content this input was compiled for, or null. The caller's bytes must equal it. */
  const void *bound;
  int64_t bound_bytes;
} tn_tensor;

/* An in-out tensor. When the caller gives no buffer for the output it is made in the arena at `arena_offset`;
 * after the last step it is copied over the input, whose buffer holds the input's max_bytes. */
typedef struct tn_state {
  int32_t input;
  int32_t output;
  int64_t arena_offset; /* output's max_bytes are reserved here */
} tn_state;

enum tn_buffer_kind {
  TN_ARENA = 0,   /* arena + offset */
  TN_WEIGHTS = 1, /* weights + offset, read-only */
  TN_INPUT = 2,   /* the caller's input `index` + offset */
  TN_OUTPUT = 3   /* the caller's output `index` + offset */
};

typedef struct tn_buffer {
  int32_t kind; /* tn_buffer_kind */
  int32_t index;
  int64_t offset; /* bytes */
} tn_buffer;

/* A compiled task. `buffers` are the step's buffers in order, `scratch` memory for this call alone or null,
 * `dims` the values of the program's symbols in order (a task may write those of kind TN_SYMBOL_DATA that it
 * defines), and [begin, end) the part of the step's range to compute. */
typedef void (*tn_task)(void *const *buffers, void *scratch, int64_t *dims, int64_t begin, int64_t end);

/* The range of a step is that of its phases, one after the other: phase 0 has [0, r0), phase 1 has
 * [r0, r0 + r1), and so on. Parts of one phase may be computed at the same time and in any order; a phase
 * needs what those before it have computed. One call may span several phases. */
typedef struct tn_phase {
  tn_expr range; /* points of the step's range */
  tn_expr work;  /* nanoseconds that all of them take one thread, an estimate */
} tn_phase;

/* A smaller part of a phase is not worth another thread. */
#define TN_PART_NS 10000

/* One run of a task. Steps run in order. */
typedef struct tn_step {
  const char *name;     /* the task's symbol */
  const char *source;   /* names of the model's nodes computed here, separated by a space */
  const char *schedule; /* what was chosen and where the choice came from, or "" */
  const char
      *layouts; /* how the operands and results lie that are not weights, "from -> to" or one for all */
  tn_task task;
  const tn_buffer *buffers;
  int64_t num_buffers;
  const tn_phase *phases;
  int64_t num_phases;
  tn_expr flops; /* floating point (or integer multiply-add) operations */
  tn_expr bytes; /* of all operands and results together */
  /* Scratch of one call: its bytes, a multiple of the alignment, and where those of the first part of a phase
   * lie, from the arena's start; 0 and -1 if the task needs none. Those of further parts follow the arena, as
   * far as the caller's workspace goes; a phase has no more parts than that. */
  int64_t scratch_bytes;
  int64_t scratch_offset;
} tn_step;

/* All tasks, compiled for processors that have `features`. Variants share symbols, weights, tensors and
 * arena: step i computes the same, in the same places, in each. */
typedef struct tn_variant {
  const char *target;   /* as --target spells it */
  uint64_t features;    /* the code uses all of these */
  const tn_step *steps; /* as many as tn_program says */
} tn_variant;

/* Bits of tn_variant.features, by architecture. */
enum tn_arch { TN_ARCH_X86_64 = 1, TN_ARCH_AARCH64 = 2 };

#define TN_X86_SSE3 (UINT64_C(1) << 0)
#define TN_X86_SSSE3 (UINT64_C(1) << 1)
#define TN_X86_SSE41 (UINT64_C(1) << 2)
#define TN_X86_SSE42 (UINT64_C(1) << 3)
#define TN_X86_POPCNT (UINT64_C(1) << 4)
#define TN_X86_AVX (UINT64_C(1) << 5)
#define TN_X86_F16C (UINT64_C(1) << 6)
#define TN_X86_FMA (UINT64_C(1) << 7)
#define TN_X86_MOVBE (UINT64_C(1) << 8)
#define TN_X86_AVX2 (UINT64_C(1) << 9)
#define TN_X86_BMI (UINT64_C(1) << 10)
#define TN_X86_BMI2 (UINT64_C(1) << 11)
#define TN_X86_LZCNT (UINT64_C(1) << 12)
#define TN_X86_AVX512F (UINT64_C(1) << 13)
#define TN_X86_AVX512BW (UINT64_C(1) << 14)
#define TN_X86_AVX512CD (UINT64_C(1) << 15)
#define TN_X86_AVX512DQ (UINT64_C(1) << 16)
#define TN_X86_AVX512VL (UINT64_C(1) << 17)
#define TN_X86_AVX512VNNI (UINT64_C(1) << 18)
#define TN_X86_AVX512BF16 (UINT64_C(1) << 19)
#define TN_X86_AVX512FP16 (UINT64_C(1) << 20)
#define TN_X86_AVX512VBMI (UINT64_C(1) << 21)
#define TN_X86_AVX512VBMI2 (UINT64_C(1) << 22)
#define TN_X86_AVX512BITALG (UINT64_C(1) << 23)
#define TN_X86_AVX512VPOPCNTDQ (UINT64_C(1) << 24)
#define TN_X86_AVX512IFMA (UINT64_C(1) << 25)
#define TN_X86_AVXVNNI (UINT64_C(1) << 26)
#define TN_X86_AMX_TILE (UINT64_C(1) << 27)
#define TN_X86_AMX_INT8 (UINT64_C(1) << 28)
#define TN_X86_AMX_BF16 (UINT64_C(1) << 29)
#define TN_X86_GFNI (UINT64_C(1) << 30)
#define TN_X86_VPCLMULQDQ (UINT64_C(1) << 31)
#define TN_X86_CX16 (UINT64_C(1) << 32)
#define TN_X86_SAHF (UINT64_C(1) << 33)
#define TN_X86_XSAVE (UINT64_C(1) << 34)
#define TN_X86_PCLMUL (UINT64_C(1) << 35)

#define TN_ARM_FP16 (UINT64_C(1) << 0)
#define TN_ARM_DOTPROD (UINT64_C(1) << 1)
#define TN_ARM_I8MM (UINT64_C(1) << 2)
#define TN_ARM_BF16 (UINT64_C(1) << 3)
#define TN_ARM_SVE (UINT64_C(1) << 4)
#define TN_ARM_SVE2 (UINT64_C(1) << 5)
#define TN_ARM_LSE (UINT64_C(1) << 6)
#define TN_ARM_RDM (UINT64_C(1) << 7)
#define TN_ARM_FP16FML (UINT64_C(1) << 8)

typedef struct tn_program {
  uint64_t magic;
  uint64_t version;
  const char *name;           /* of the model, as the user spells it */
  const char *producer;       /* the compiler and its version */
  const char *target;         /* of all variants, separated by commas */
  uint64_t arch;              /* tn_arch */
  const tn_variant *variants; /* a run takes the first that the processor has all features of */
  int64_t num_variants;

  const tn_symbol *symbols;
  int64_t num_symbols;
  const tn_tensor *inputs;
  int64_t num_inputs;
  const tn_tensor *outputs;
  int64_t num_outputs;
  const tn_state *states;
  int64_t num_states;
  int64_t num_steps; /* of each variant */

  const void *weights;
  int64_t weight_bytes;
  /* Enough for any variant, so that a workspace's size does not depend on the processor. */
  int64_t arena_bytes;   /* tensors and scratch, with every symbol at its maximum */
  int64_t scratch_bytes; /* largest of a step */
  int64_t alignment;     /* of the arena and of the weights, a power of two */
  int64_t io_alignment; /* of the caller's inputs and outputs, a power of two; 1: none beyond the element's */
  int64_t max_buffers;  /* largest num_buffers of a step */
} tn_program;

#ifdef __cplusplus
}
#endif

#endif /* TENON_RUNTIME_PROGRAM_H */
