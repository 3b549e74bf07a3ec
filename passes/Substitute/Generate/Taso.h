#pragma once

#include "passes/Substitute/Rule.h"
#include "llvm/Support/Error.h"

namespace tenon::substitute {

/// Rules as TASO publishes them, as JSON: a list of objects with `src` and `dst`, lists of operators (`op`,
/// `inputs` as pairs of operator and output, a negative operator being a free input, `params`), and
/// `outputs`, a list of [source operator, output, target operator, output].
///
/// They are read as TASO means them: `pad` 0 is SAME (for stride 1 and odd kernels: half of the kernel
/// around), `acti` 2 is ReLU, the groups of a convolution are the input's channels over those of the weights,
/// and a split undoes the last concatenation along its axis of what it reads. Extents are symbols: the rules
/// are for all shapes.
llvm::Expected<std::vector<Rule>> parseTasoRules(llvm::StringRef json);

/// A rule whose free inputs have no shapes yet: ranks come from the operators, and where none says, the rule
/// is one of scalars that is lifted. Every extent becomes a symbol.
struct Untyped {
  Rule rule;
  /// Ranks that are known from elsewhere, by input; -1: not known.
  std::vector<int> ranks;
};
/// Gives shapes to the inputs, and makes axes count from the end; false if ranks contradict.
bool assignShapes(Untyped &untyped);

} // namespace tenon::substitute
