#include "Runner.h"
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/*===-- Elements
 * ------------------------------------------------------------------------------------------===*/

int64_t element_bytes(int64_t type) {
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

int64_t first_difference(int64_t type, const char *actual, const char *expected, const float *tolerance,
                         int64_t bytes, double *got, double *want) {
  int64_t size = element_bytes(type);
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

/*===-- Memory
 * --------------------------------------------------------------------------------------------===*/

enum { pattern = 0xa5 };

int guarded_allocate(guarded *memory, size_t bytes, size_t alignment) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  if (alignment < 64)
    alignment = 64;
  if (alignment > page || bytes > SIZE_MAX / 4)
    return 1;
  size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  memory->inside_bytes = (rounded + page - 1) / page * page;
  memory->map_bytes = memory->inside_bytes + 2 * page;
  memory->bytes = bytes;
  char *map = mmap(NULL, memory->map_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (map == MAP_FAILED)
    return 1;
  memory->map = map;
  memory->inside = map + page;
  memory->data = memory->inside + memory->inside_bytes - rounded;
  if (memory->inside_bytes && mprotect(memory->inside, memory->inside_bytes, PROT_READ | PROT_WRITE)) {
    munmap(map, memory->map_bytes);
    return 1;
  }
  size_t before = (size_t)(memory->data - memory->inside);
  memset(memory->inside, pattern, before);
  memset(memory->data + bytes, pattern, rounded - bytes);
  return 0;
}

void guarded_free(guarded *memory) {
  if (memory->map)
    munmap(memory->map, memory->map_bytes);
  memory->map = NULL;
}

int guarded_intact(const guarded *memory) {
  const unsigned char *end = (const unsigned char *)memory->inside + memory->inside_bytes;
  for (const unsigned char *p = (const unsigned char *)memory->inside;
       p < (const unsigned char *)memory->data; ++p)
    if (*p != pattern)
      return 0;
  for (const unsigned char *p = (const unsigned char *)memory->data + memory->bytes; p < end; ++p)
    if (*p != pattern)
      return 0;
  return 1;
}

/*===-- Expectations
 * --------------------------------------------------------------------------------------===*/

static void forget(expectation *self) {
  for (int64_t i = 0; self->input_memory && i < self->num_inputs; ++i)
    guarded_free(&self->input_memory[i]);
  free(self->input_memory);
  free(self->path);
  if (self->file)
    munmap((void *)self->file, self->file_bytes);
  memset(self, 0, sizeof *self);
}

/* Whether `bytes` from `offset` on lie in the file. */
static int inside(const expectation *self, int64_t offset, int64_t bytes) {
  return offset >= 0 && bytes >= 0 && offset % 4 == 0 && (uint64_t)offset <= self->file_bytes &&
         (uint64_t)bytes <= self->file_bytes - (uint64_t)offset;
}

/* Finds the tables and copies the inputs. Nonzero if the file is none of ours. */
static int take(expectation *self) {
  const tn_expectation *header = (const tn_expectation *)self->file;
  if (self->file_bytes < sizeof *header || header->magic != TN_EXPECTATION_MAGIC)
    return 1;
  int64_t most = (int64_t)((self->file_bytes - sizeof *header) / sizeof(tn_expected_tensor));
  if (header->num_inputs < 0 || header->num_outputs < 0 || header->num_inputs > most ||
      header->num_outputs > most - header->num_inputs)
    return 1;
  self->inputs = (const tn_expected_tensor *)(header + 1);
  self->outputs = self->inputs + header->num_inputs;
  for (int64_t i = 0; i < header->num_inputs + header->num_outputs; ++i) {
    const tn_expected_tensor *tensor = &self->inputs[i];
    int64_t size = element_bytes(tensor->type);
    if (!size || !inside(self, tensor->offset, tensor->bytes) || tensor->bytes % size)
      return 1;
    if (i >= header->num_inputs && !inside(self, tensor->tolerance_offset, tensor->bytes / size * 4))
      return 1;
  }
  self->input_memory = calloc((size_t)header->num_inputs + 1, sizeof *self->input_memory);
  if (!self->input_memory)
    return 1;
  self->num_inputs = header->num_inputs;
  self->num_outputs = header->num_outputs;
  for (int64_t i = 0; i < self->num_inputs; ++i) {
    guarded *memory = &self->input_memory[i];
    if (guarded_allocate(memory, (size_t)self->inputs[i].bytes, 64))
      return 1;
    memcpy(memory->data, self->file + self->inputs[i].offset, memory->bytes);
    if (memory->inside_bytes)
      mprotect(memory->inside, memory->inside_bytes, PROT_READ);
  }
  return 0;
}

int expectation_read(expectation *self, const char *path, char *message, size_t message_size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (fd < 0 || fstat(fd, &status)) {
    snprintf(message, message_size, "cannot read '%s'", path);
    if (fd >= 0)
      close(fd);
    return 1;
  }
  int64_t identity[4] = {(int64_t)status.st_dev, (int64_t)status.st_ino, (int64_t)status.st_size,
                         (int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec};
  if (self->file && !strcmp(self->path, path) && !memcmp(identity, self->identity, sizeof identity)) {
    close(fd);
    return 0;
  }
  forget(self);
  memcpy(self->identity, identity, sizeof identity);
  self->path = strdup(path);
  void *file =
      status.st_size ? mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
  close(fd);
  if (file != MAP_FAILED) {
    self->file = file;
    self->file_bytes = (size_t)status.st_size;
  }
  if (!self->path || !self->file || take(self)) {
    snprintf(message, message_size, "'%s': expected what a task's candidates compute (an expectation)", path);
    forget(self);
    return 1;
  }
  return 0;
}
