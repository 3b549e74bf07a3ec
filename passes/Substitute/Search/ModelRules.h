#pragma once

#include "llvm/ADT/StringRef.h"

namespace tenon::substitute {

/// The rules that are built in: the text of models.rules.
llvm::StringRef getModelRules();
/// The text of passes/Substitute/Rules/generated.rules.
llvm::StringRef getGeneratedRules();

} // namespace tenon::substitute
