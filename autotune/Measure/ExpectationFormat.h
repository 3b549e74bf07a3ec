/* The file that says what goes into a task's candidates and what must come out: inputs, and outputs with
 * tolerances. The compiler writes it (Expectation.h), tools/tenon-runner reads it. It starts with a
 * tn_expectation, then come the tensors, inputs first, then their content. All machines that models run on
 * are little-endian. */
#ifndef TENON_AUTOTUNE_EXPECTATIONFORMAT_H
#define TENON_AUTOTUNE_EXPECTATIONFORMAT_H

#include <stdint.h>

/* "TNEXPCT1" */
#define TN_EXPECTATION_MAGIC UINT64_C(0x31544350584e5454)

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
} tn_expected_tensor;

#endif /* TENON_AUTOTUNE_EXPECTATIONFORMAT_H */
