#pragma once

#include "llvm/Support/Error.h"
#include <string>

namespace tenon::autotune {

/// A word of the shell that means `text`, whatever is in it.
std::string shellWord(llvm::StringRef text);

/// What a command of the shell printed, and how it ended.
struct ShellResult {
  std::string output;
  /// Empty if it ended well; else how it failed, and the last line of what it said on standard error.
  std::string failure;
};

/// Runs a command by /bin/sh without input. It is ended with all it started if it takes longer than
/// `seconds`.
ShellResult runShell(const std::string &command, double seconds);

} // namespace tenon::autotune
