#pragma once
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace tenon::onnx_import {

/// A message as one line: control characters escaped.
std::string printable(llvm::StringRef text);

/// A name from a file as it may stand in a one-line message without quotes, such as in `--dim NAME=N`:
/// unprintable bytes escaped, cut when long.
std::string escaped(llvm::StringRef name);

/// Collects what is wrong with a model, so that one attempt reports all of it, in one line.
class Problems {
public:
  void add(const llvm::Twine &problem) {
    if (++count <= kShown)
      shown.push_back(problem.str());
  }
  void add(llvm::Error error) {
    if (error)
      add(llvm::toString(std::move(error)));
  }
  bool empty() const { return count == 0; }
  /// "first; second; …; and 12 more", or success.
  llvm::Error take() const {
    if (empty())
      return llvm::Error::success();
    std::string line;
    for (const std::string &problem : shown)
      line += (line.empty() ? "" : "; ") + problem;
    if (count > kShown)
      line += "; and " + std::to_string(count - kShown) + " more";
    return llvm::createStringError(line);
  }

private:
  static constexpr size_t kShown = 10;
  size_t count = 0;
  std::vector<std::string> shown;
};

} // namespace tenon::onnx_import
