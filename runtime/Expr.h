/* The evaluator of a program's integer expressions; valid C and C++, so that the compiler and the tests use
 * the same. */
#ifndef TENON_RUNTIME_EXPR_H
#define TENON_RUNTIME_EXPR_H

#include "runtime/Program.h"

/* Sets *result to the value of `expr` and returns 1, or returns 0 where the code is malformed, divides by
 * what is not positive, or leaves int64. Symbol s is worth values[s], or symbols[s].max where `values` is
 * null. */
static inline int tn_eval(const tn_expr *expr, const tn_symbol *symbols, int64_t num_symbols,
                          const int64_t *values, int64_t *result) {
  int64_t stack[TN_EXPR_STACK];
  int64_t depth = 0;
  if (expr->length == 0) {
    *result = expr->value;
    return 1;
  }
  for (int64_t i = 0; i < expr->length; ++i) {
    const tn_instr *in = &expr->code[i];
    if (in->op == TN_CONST || in->op == TN_SYMBOL) {
      if (depth == TN_EXPR_STACK || (in->op == TN_SYMBOL && (in->value < 0 || in->value >= num_symbols)))
        return 0;
      stack[depth++] = in->op == TN_CONST ? in->value : values ? values[in->value] : symbols[in->value].max;
      continue;
    }
    if (depth < 2)
      return 0;
    int64_t b = stack[--depth];
    int64_t a = stack[depth - 1];
    int64_t v = 0;
    switch (in->op) {
    case TN_ADD:
      if (__builtin_add_overflow(a, b, &v))
        return 0;
      break;
    case TN_SUB:
      if (__builtin_sub_overflow(a, b, &v))
        return 0;
      break;
    case TN_MUL:
      if (__builtin_mul_overflow(a, b, &v))
        return 0;
      break;
    case TN_FLOORDIV:
    case TN_CEILDIV:
    case TN_MOD:
      if (b <= 0)
        return 0;
      v = a / b - (a % b < 0);
      if (in->op == TN_CEILDIV)
        v += a % b != 0;
      if (in->op == TN_MOD)
        v = a % b + (a % b < 0 ? b : 0);
      break;
    case TN_MIN:
      v = a < b ? a : b;
      break;
    case TN_MAX:
      v = a > b ? a : b;
      break;
    default:
      return 0;
    }
    stack[depth - 1] = v;
  }
  if (depth != 1)
    return 0;
  *result = stack[0];
  return 1;
}

/* Bytes of one element of a tn_type, or 0 for an unknown type. */
static inline int64_t tn_element_bytes(int32_t type) {
  switch (type) {
  case TN_UINT8:
  case TN_INT8:
  case TN_BOOL:
  case TN_FLOAT8E4M3FN:
  case TN_FLOAT8E4M3FNUZ:
  case TN_FLOAT8E5M2:
  case TN_FLOAT8E5M2FNUZ:
  case TN_UINT4:
  case TN_INT4:
  case TN_FLOAT4E2M1:
  case TN_FLOAT8E8M0:
  case TN_UINT2:
  case TN_INT2:
    return 1;
  case TN_UINT16:
  case TN_INT16:
  case TN_FLOAT16:
  case TN_BFLOAT16:
    return 2;
  case TN_FLOAT32:
  case TN_INT32:
  case TN_UINT32:
    return 4;
  case TN_FLOAT64:
  case TN_INT64:
  case TN_UINT64:
  case TN_COMPLEX64:
    return 8;
  case TN_COMPLEX128:
    return 16;
  default:
    return 0;
  }
}

/* Evaluates a tensor's shape, and its size in bytes; either result may be null. Returns 0 where a dimension
 * is an error or negative, or the size leaves int64. */
static inline int tn_tensor_shape(const tn_tensor *tensor, const tn_symbol *symbols, int64_t num_symbols,
                                  const int64_t *values, int64_t *shape, int64_t *bytes) {
  int64_t size = tn_element_bytes(tensor->type);
  int empty = 0;
  for (int32_t i = 0; i < tensor->rank; ++i) {
    int64_t extent;
    if (!tn_eval(&tensor->dims[i], symbols, num_symbols, values, &extent) || extent < 0)
      return 0;
    if (shape)
      shape[i] = extent;
    if (extent == 0)
      empty = 1;
    else if (__builtin_mul_overflow(size, extent, &size))
      return 0;
  }
  if (bytes)
    *bytes = empty ? 0 : size;
  return 1;
}

#endif /* TENON_RUNTIME_EXPR_H */
