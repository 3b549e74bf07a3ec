/* The file that says what goes into a task's candidates and what must come out: inputs, and outputs with
 * tolerances. The compiler writes it (Expectation.h), tools/tenon-runner reads it. It starts with a
 * tn_expectation, then come the tensors, inputs first, then their content. All machines that models run on
 * are little-endian. */
#ifndef TENON_AUTOTUNE_EXPECTATIONFILE_H
#define TENON_AUTOTUNE_EXPECTATIONFILE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "TTNXPCT2", of which the last character counts the versions. */
#define TN_EXPECTATION_MAGIC UINT64_C(0x32544350584e5454)

typedef struct tn_expectation {
  uint64_t magic;
  int64_t num_inputs;
  int64_t num_outputs;
} tn_expectation;

typedef struct tn_expected_tensor {
  int64_t type;   /* tenon_type */
  int64_t bytes;  /* of its elements, which lie densely */
  int64_t offset; /* of the elements in the file, a multiple of 64 */
  /* Of an output: where a float per element lies, how much it may differ from the expected one. Infinity: it
   * may be anything, such as what pads a block. */
  int64_t tolerance_offset;
  /* Of an input: whether something computes it right before, so that it lies in the caches as far as it fits.
   * Weights do not. */
  int64_t is_fresh;
} tn_expected_tensor;

/* Finds the tables in the bytes of a file, which are aligned to 8. Nonzero if it is none of these files: then
 * nothing of it may be used. */
int tn_read_expectation(const char *file, size_t bytes, const tn_expectation **header,
                        const tn_expected_tensor **inputs, const tn_expected_tensor **outputs);

/* Bytes of an element of a tenon_type, 0 for an unknown one. */
int64_t tn_element_bytes(int64_t type);

/* Compares an output with what is expected, within the tolerances. Returns the index of the first element
 * that differs, or -1; `got` and `want` receive the elements. */
int64_t tn_first_difference(int64_t type, const char *actual, const char *expected, const float *tolerance,
                            int64_t bytes, double *got, double *want);

/* The same for output `index` of a file; the difference as one line of text. Whether there is one. */
int tn_describe_difference(const char *file, const tn_expected_tensor *output, int64_t index,
                           const char *actual, char *message, size_t message_size);

#ifdef __cplusplus
}
#endif

#endif /* TENON_AUTOTUNE_EXPECTATIONFILE_H */
