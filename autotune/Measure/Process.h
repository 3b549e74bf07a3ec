#pragma once

#include "llvm/ADT/ArrayRef.h"
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace tenon::autotune {

/// Starts a program, which is looked for along PATH, in a process group of its own, so that what it starts
/// ends with it. `ends`: descriptors here and the numbers that they have there; without one for standard
/// input there is none. Returns 0 or an errno.
int spawnGroup(std::vector<std::string> command, llvm::ArrayRef<std::pair<int, int>> ends, pid_t &child);

/// Waits for a process to end; returns its status.
int waitFor(pid_t child);

} // namespace tenon::autotune
