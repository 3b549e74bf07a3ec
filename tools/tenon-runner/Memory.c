#include "Runner.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* Finds the tables and copies the inputs. Nonzero if the file is none of ours. */
static int take(expectation *self) {
  const tn_expectation *header;
  if (tn_read_expectation(self->file, self->file_bytes, &header, &self->inputs, &self->outputs))
    return 1;
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
