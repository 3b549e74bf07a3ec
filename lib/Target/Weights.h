#ifndef TENON_LIB_TARGET_WEIGHTS_H
#define TENON_LIB_TARGET_WEIGHTS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <functional>
#include <memory>

namespace tenon {

/// Where a model's weights go, first byte to last.
class WeightsSink {
public:
  virtual ~WeightsSink() = default;
  /// Appends.
  llvm::Error write(llvm::ArrayRef<char> bytes);
  /// Appends zeros up to `offset`; an error if that is already behind.
  llvm::Error padTo(uint64_t offset);
  /// Bytes written so far.
  uint64_t position() const { return written; }

protected:
  virtual llvm::Error append(llvm::ArrayRef<char> bytes) = 0;

private:
  uint64_t written = 0;
};

/// A model's weights, produced on demand, so that they need never be in memory whole.
struct WeightsSource {
  uint64_t size = 0;
  /// Writes exactly `size` bytes. May be called more than once.
  std::function<llvm::Error(WeightsSink &)> write;
};

/// Lets the source write, and checks that it wrote all.
llvm::Error produceWeights(const WeightsSource &source, WeightsSink &sink);

/// Weights in memory of their own, page-aligned and read-only.
class MappedWeights {
public:
  static llvm::Expected<MappedWeights> create(const WeightsSource &source);
  MappedWeights() = default;
  MappedWeights(MappedWeights &&other) noexcept;
  MappedWeights &operator=(MappedWeights &&other) noexcept;
  ~MappedWeights();
  const char *data() const { return base; }
  uint64_t size() const { return length; }

private:
  char *base = nullptr;
  uint64_t length = 0;
};

} // namespace tenon

#endif // TENON_LIB_TARGET_WEIGHTS_H
