#include "Runner.h"
#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double middle(const double *sorted, int64_t count) {
  return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

/* The largest k for which at most k of n fair coins show heads with a probability of at most 2.5 %; -1 if
 * there is none. So many samples are left out at either end. */
static int64_t left_out(int64_t n) {
  double sum = 0, logarithm = -(double)n * 0.69314718055994531; /* of the probability of k heads */
  for (int64_t k = 0;; ++k) {
    sum += exp(logarithm);
    if (sum > 0.025)
      return k - 1;
    logarithm += log((double)(n - k) / (double)(k + 1));
  }
}

summary summarize(double *samples, int64_t count) {
  summary s;
  qsort(samples, (size_t)count, sizeof *samples, ascending);
  s.median = middle(samples, count);
  int64_t ends = left_out(count);
  if (ends < 0)
    ends = 0;
  s.low = samples[ends];
  s.high = samples[count - 1 - ends];
  double *deviations = malloc((size_t)count * sizeof *deviations);
  s.noise = 0;
  if (deviations) {
    for (int64_t i = 0; i < count; ++i)
      deviations[i] = fabs(samples[i] - s.median);
    qsort(deviations, (size_t)count, sizeof *deviations, ascending);
    if (s.median > 0)
      s.noise = 1.4826 * middle(deviations, count) / s.median;
    free(deviations);
  }
  return s;
}
