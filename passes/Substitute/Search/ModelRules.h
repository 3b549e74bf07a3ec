#pragma once

#include "llvm/ADT/StringRef.h"

namespace tenon::substitute {

/// The rules that are built in: the text of models.rules.
llvm::StringRef getModelRules();

} // namespace tenon::substitute
