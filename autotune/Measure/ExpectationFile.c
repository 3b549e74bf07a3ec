#include "autotune/Measure/ExpectationFile.h"
#include "tenon-c/Model.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Whether `bytes` from `offset` on lie in the file. */
static int inside(size_t file_bytes, int64_t offset, int64_t bytes) {
  return offset >= 0 && bytes >= 0 && offset % 4 == 0 && (uint64_t)offset <= file_bytes &&
         (uint64_t)bytes <= file_bytes - (uint64_t)offset;
}

int tn_read_expectation(const char *file, size_t bytes, const tn_expectation **header,
                        const tn_expected_tensor **inputs, const tn_expected_tensor **outputs) {
  const tn_expectation *head = (const tn_expectation *)file;
  if (bytes < sizeof *head || head->magic != TN_EXPECTATION_MAGIC)
    return 1;
  int64_t most = (int64_t)((bytes - sizeof *head) / sizeof(tn_expected_tensor));
  if (head->num_inputs < 0 || head->num_outputs < 0 || head->num_inputs > most ||
      head->num_outputs > most - head->num_inputs)
    return 1;
  const tn_expected_tensor *tensors = (const tn_expected_tensor *)(head + 1);
  for (int64_t i = 0; i < head->num_inputs + head->num_outputs; ++i) {
    const tn_expected_tensor *tensor = &tensors[i];
    int64_t size = tn_element_bytes(tensor->type);
    if (!size || !inside(bytes, tensor->offset, tensor->bytes) || tensor->bytes % size ||
        (tensor->is_fresh != 0 && tensor->is_fresh != 1))
      return 1;
    if (i >= head->num_inputs && !inside(bytes, tensor->tolerance_offset, tensor->bytes / size * 4))
      return 1;
  }
  *header = head;
  *inputs = tensors;
  *outputs = tensors + head->num_inputs;
  return 0;
}

/*===-- Elements
 * ------------------------------------------------------------------------------------------===*/

int64_t tn_element_bytes(int64_t type) {
  switch (type) {
  case TENON_FLOAT64:
  case TENON_INT64:
  case TENON_UINT64:
  case TENON_COMPLEX64:
    return 8;
  case TENON_COMPLEX128:
    return 16;
  case TENON_FLOAT32:
  case TENON_INT32:
  case TENON_UINT32:
    return 4;
  case TENON_FLOAT16:
  case TENON_BFLOAT16:
  case TENON_INT16:
  case TENON_UINT16:
    return 2;
  default:
    return type >= TENON_FLOAT32 && type <= TENON_INT2 ? 1 : 0;
  }
}

static double half(uint16_t bits) {
  int exponent = bits >> 10 & 31, fraction = bits & 1023;
  double value = exponent == 31  ? (fraction ? NAN : INFINITY)
                 : exponent == 0 ? ldexp(fraction, -24)
                                 : ldexp(1024 + fraction, exponent - 25);
  return bits >> 15 ? -value : value;
}

static double single(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* An element as a double. Types that are no numbers of C are their bits; they are compared exactly anyway. */
static double element(int64_t type, const char *data, int64_t index) {
#define LOAD(T)                                                                                              \
  T value;                                                                                                   \
  memcpy(&value, data + index * (int64_t)sizeof value, sizeof value)
  switch (type) {
  case TENON_FLOAT32:
  case TENON_COMPLEX64: {
    LOAD(float);
    return value;
  }
  case TENON_FLOAT64:
  case TENON_COMPLEX128: {
    LOAD(double);
    return value;
  }
  case TENON_FLOAT16: {
    LOAD(uint16_t);
    return half(value);
  }
  case TENON_BFLOAT16: {
    LOAD(uint16_t);
    return single((uint32_t)value << 16);
  }
  case TENON_INT64: {
    LOAD(int64_t);
    return (double)value;
  }
  case TENON_UINT64: {
    LOAD(uint64_t);
    return (double)value;
  }
  case TENON_INT32: {
    LOAD(int32_t);
    return value;
  }
  case TENON_UINT32: {
    LOAD(uint32_t);
    return value;
  }
  case TENON_INT16: {
    LOAD(int16_t);
    return value;
  }
  case TENON_UINT16: {
    LOAD(uint16_t);
    return value;
  }
  case TENON_INT8:
  case TENON_INT4:
  case TENON_INT2: {
    LOAD(int8_t);
    return value;
  }
  default: {
    LOAD(uint8_t);
    return value;
  }
  }
#undef LOAD
}

int64_t tn_first_difference(int64_t type, const char *actual, const char *expected, const float *tolerance,
                            int64_t bytes, double *got, double *want) {
  int64_t size = tn_element_bytes(type);
  /* A complex number is two elements with one tolerance. */
  int64_t parts = type == TENON_COMPLEX64 || type == TENON_COMPLEX128 ? 2 : 1;
  size /= parts;
  for (int64_t i = 0; i < bytes / size; ++i) {
    if (!memcmp(actual + i * size, expected + i * size, (size_t)size))
      continue;
    *got = element(type, actual, i);
    *want = element(type, expected, i);
    double allowed = tolerance[i / parts];
    if (isinf(allowed) || (isnan(*got) && isnan(*want)) || *got == *want)
      continue;
    if (fabs(*got - *want) <= allowed)
      continue;
    return i / parts;
  }
  return -1;
}

int tn_describe_difference(const char *file, const tn_expected_tensor *output, int64_t index,
                           const char *actual, char *message, size_t message_size) {
  double got, want;
  const float *tolerance = (const float *)(file + output->tolerance_offset);
  int64_t at =
      tn_first_difference(output->type, actual, file + output->offset, tolerance, output->bytes, &got, &want);
  if (at < 0)
    return 0;
  snprintf(message, message_size, "output %lld, element %lld: expected %.9g within %.3g, but got %.9g",
           (long long)index, (long long)at, want, (double)tolerance[at], got);
  return 1;
}
