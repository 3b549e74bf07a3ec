#ifndef TENON_LIB_SUPPORT_ATOMICFILE_H
#define TENON_LIB_SUPPORT_ATOMICFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>

namespace tenon {

/// A file that appears whole or not at all: it is written beside its final name and renamed by commit().
/// Without commit(), by an error or a signal, it vanishes. A name that is not a regular file (such as
/// /dev/stdout) is written in place.
class AtomicFile {
public:
  /// Fails if the folder cannot be written to.
  static llvm::Expected<AtomicFile> create(llvm::StringRef path);
  AtomicFile(AtomicFile &&other);
  AtomicFile &operator=(AtomicFile &&) = delete;
  ~AtomicFile();

  /// Appends; an error (no space left, …) names the final file.
  llvm::Error write(llvm::ArrayRef<char> bytes);
  /// Overwrites bytes already written.
  llvm::Error writeAt(llvm::ArrayRef<char> bytes, uint64_t offset);
  /// Continues at `offset`, leaving a hole of zeros where that is beyond the end.
  llvm::Error seek(uint64_t offset);
  /// Where the next write goes.
  uint64_t position() const { return offset; }
  /// Where the bytes are until commit().
  llvm::StringRef temporaryPath() const { return temporary; }
  int descriptor() const { return fd; }
  /// Makes the file executable when it is renamed.
  void setExecutable() { executable = true; }
  /// Closes and renames.
  llvm::Error commit();

private:
  AtomicFile() = default;
  llvm::Error fail(std::error_code code) const;
  int fd = -1;
  uint64_t offset = 0;
  bool executable = false;
  std::string path, temporary;
};

/// Writes a whole file, atomically.
llvm::Error writeFile(llvm::StringRef path, llvm::ArrayRef<char> bytes);

} // namespace tenon

#endif // TENON_LIB_SUPPORT_ATOMICFILE_H
