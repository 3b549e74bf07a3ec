#pragma once

#include "passes/Substitute/Rule.h"
#include "llvm/Support/Error.h"

/// Rules as text. A file is a list of rules; `#` starts a comment:
///
///     rule "matmul-associates" reassociating proven
///       x: [*, m, k]
///       y: [*, k, n]
///       z: [*, n, p]
///       source
///         a = matmul(x, y)
///         b = matmul(a, z)
///         yield b
///       target
///         a = matmul(y, z)
///         b = matmul(x, a)
///         yield b
///     end
///
/// After the name come class (`exact`, `reassociating`, `risky`) and status (`proven`, `unproven`); both may
/// be left out, and the rule is then risky and unproven. Then come the free inputs with their shapes:
/// polynomials over symbols. With `*`, which all inputs have or none, any number of leading dimensions comes
/// before. Symbols are 1 at least, or what `with p >= 0` says. `where a == b, a >= b` lists conditions. An
/// operator of several outputs names them all: `a, b = split(x) axis=-1 sizes=[m, n]`. Axes count from the
/// last dimension.
namespace tenon::substitute {

std::string toString(const Rule &rule);
/// The rules of a file, in its order; an error names the line.
llvm::Expected<std::vector<Rule>> parseRules(llvm::StringRef text);

const char *toString(RuleClass ruleClass);

} // namespace tenon::substitute
