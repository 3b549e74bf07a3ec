#include "lib/Target/Weights.h"
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <utility>

using namespace tenon;

llvm::Error WeightsSink::write(llvm::ArrayRef<char> bytes) {
  written += bytes.size();
  return append(bytes);
}

llvm::Error WeightsSink::padTo(uint64_t offset) {
  static const char zeros[4096] = {};
  if (offset < written)
    return llvm::createStringError("weights overlap: expected to be before byte %llu, but at %llu",
                                   static_cast<unsigned long long>(offset),
                                   static_cast<unsigned long long>(written));
  while (written < offset)
    if (llvm::Error error =
            write({zeros, static_cast<size_t>(std::min<uint64_t>(sizeof zeros, offset - written))}))
      return error;
  return llvm::Error::success();
}

llvm::Error tenon::produceWeights(const WeightsSource &source, WeightsSink &sink) {
  if (source.size == 0)
    return llvm::Error::success();
  if (llvm::Error error = source.write(sink))
    return error;
  if (sink.position() != source.size)
    return llvm::createStringError("expected %llu bytes of weights, but got %llu",
                                   static_cast<unsigned long long>(source.size),
                                   static_cast<unsigned long long>(sink.position()));
  return llvm::Error::success();
}

namespace {
class MemorySink : public WeightsSink {
public:
  MemorySink(char *base, uint64_t size) : base(base), size(size) {}

protected:
  llvm::Error append(llvm::ArrayRef<char> bytes) override {
    if (bytes.size() > size - used)
      return llvm::createStringError("more weights than announced");
    std::memcpy(base + used, bytes.data(), bytes.size());
    used += bytes.size();
    return llvm::Error::success();
  }

private:
  char *base;
  uint64_t size, used = 0;
};
} // namespace

llvm::Expected<MappedWeights> MappedWeights::create(const WeightsSource &source) {
  MappedWeights weights;
  if (source.size == 0)
    return weights;
  void *memory =
      mmap(nullptr, source.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return llvm::createStringError("out of memory for %llu bytes of weights: %s",
                                   static_cast<unsigned long long>(source.size), std::strerror(errno));
  weights.base = static_cast<char *>(memory);
  weights.length = source.size;
  MemorySink sink(weights.base, weights.length);
  if (llvm::Error error = produceWeights(source, sink))
    return error;
  // As in a shared object: a task that writes to its weights fails here, too.
  mprotect(weights.base, weights.length, PROT_READ);
  return weights;
}

MappedWeights::MappedWeights(MappedWeights &&other) noexcept {
  *this = std::move(other);
}

MappedWeights &MappedWeights::operator=(MappedWeights &&other) noexcept {
  std::swap(base, other.base);
  std::swap(length, other.length);
  return *this;
}

MappedWeights::~MappedWeights() {
  if (base)
    munmap(base, length);
}
