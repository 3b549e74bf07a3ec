#pragma once

#include "Arguments.h"

/// What the commands have in common.
namespace tenon::cli {

/// The one positional argument.
Result<std::string> onlyArgument(const Arguments &arguments, const std::string &what);
/// What the flags of withCompileFlags say.
Result<CompileOptions> compileOptions(const Arguments &arguments);
/// Flags of every command that may compile, and `more`.
std::vector<Flag> withCompileFlags(std::vector<Flag> more);

/// Tuning.cpp: `tenon tune` and `tenon tune-db`.
Command tuneCommand();
Command tuneDatabaseCommand();

} // namespace tenon::cli
