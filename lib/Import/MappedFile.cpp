#include "lib/Import/MappedFile.h"
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tenon::onnx_import {

static llvm::Error systemError(const char *what) {
  return llvm::createStringError(std::string(what) + ": " + std::strerror(errno));
}

llvm::Expected<std::shared_ptr<const MappedFile>> MappedFile::open(const std::string &path) {
  // Non-blocking, so that opening a pipe nobody writes to does not hang.
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    return systemError("cannot open");
  struct stat status;
  if (::fstat(fd, &status) != 0) {
    llvm::Error error = systemError("cannot open");
    ::close(fd);
    return error;
  }
  if (!S_ISREG(status.st_mode)) {
    ::close(fd);
    return llvm::createStringError(S_ISDIR(status.st_mode) ? "is a folder, not a file"
                                                           : "is not a regular file");
  }
  std::shared_ptr<MappedFile> file(new MappedFile);
  size_t size = static_cast<size_t>(status.st_size);
  if (size != 0) {
    void *address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (address == MAP_FAILED) {
      llvm::Error error = systemError("cannot map");
      ::close(fd);
      return error;
    }
    file->mapping = address;
    file->view = llvm::ArrayRef<char>(static_cast<const char *>(address), size);
  }
  ::close(fd);
  return file;
}

std::shared_ptr<const MappedFile> MappedFile::fromMemory(std::string bytes) {
  std::shared_ptr<MappedFile> file(new MappedFile);
  file->memory = std::move(bytes);
  file->view = llvm::ArrayRef<char>(file->memory.data(), file->memory.size());
  return file;
}

MappedFile::~MappedFile() {
  if (mapping)
    ::munmap(mapping, view.size());
}

void MappedFile::release(llvm::ArrayRef<char> part) const {
  if (!mapping || part.empty())
    return;
  // Whole pages: dropping a neighbour's bytes too costs a page fault, nothing more, as the mapping is
  // never written.
  uintptr_t page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  uintptr_t begin = reinterpret_cast<uintptr_t>(part.data()) / page * page;
  uintptr_t end = reinterpret_cast<uintptr_t>(part.data() + part.size());
  ::madvise(reinterpret_cast<void *>(begin), end - begin, MADV_DONTNEED);
}

void MappedFile::expectRandomAccess(bool random) const {
  if (mapping)
    ::madvise(mapping, view.size(), random ? MADV_RANDOM : MADV_NORMAL);
}

} // namespace tenon::onnx_import
