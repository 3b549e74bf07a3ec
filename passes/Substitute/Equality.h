#pragma once

#include "passes/Substitute/IndexNotation.h"

namespace tenon::substitute {

/// Whether two expressions have the same value wherever the facts and `context` hold, for all inputs. False
/// if that was not found out.
///
/// Terms are cancelled against each other: two of them are equal if a bijection of their bound indices, each
/// a bound index of the other plus or minus something, makes their factors equal wherever the guards of both
/// hold; what is left of either where only one holds stays, and the end is reached when nothing is left whose
/// guards can hold.
/// With `cancelWithin`, terms of one side may cancel each other, too.
bool proveEqual(const Facts &facts, const Expr &a, const Expr &b, llvm::ArrayRef<Constraint> context,
                bool cancelWithin = true);

} // namespace tenon::substitute
