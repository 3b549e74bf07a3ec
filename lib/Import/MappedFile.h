#pragma once
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>

namespace tenon::onnx_import {

/// A file mapped read-only, or bytes in memory that are used in the same way.
///
/// A file that another process truncates while it is mapped faults on access, as with any mapping; files
/// must not change while a model is being read.
class MappedFile {
public:
  /// Maps a regular file; anything else (a folder, a pipe, a device) is an error. The message names neither
  /// the path nor the caller's reason.
  static llvm::Expected<std::shared_ptr<const MappedFile>> open(const std::string &path);
  /// Takes the bytes over.
  static std::shared_ptr<const MappedFile> fromMemory(std::string bytes);

  ~MappedFile();
  MappedFile(const MappedFile &) = delete;

  llvm::ArrayRef<char> bytes() const { return view; }
  bool isMapped() const { return mapping != nullptr; }
  /// Lets the kernel drop the pages that `part` (inside `bytes()`) touches. They fault in again on access.
  void release(llvm::ArrayRef<char> part) const;
  void release() const { release(view); }
  /// Tells the kernel whether access jumps, so that reading ahead is waste.
  void expectRandomAccess(bool random) const;

private:
  MappedFile() = default;
  void *mapping = nullptr;
  std::string memory;
  llvm::ArrayRef<char> view;
};

} // namespace tenon::onnx_import
