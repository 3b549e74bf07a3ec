#pragma once

#include "dialects/Sched/Sched.h"
#include <string>

namespace tenon::autotune {

/// A task as text that is the same for equal tasks of any model: without its name, its schedule and
/// locations, in generic form, large constants by the hash of their content, and the bounds of the symbols,
/// if any extent is symbolic. Types, layouts, what may be in place, and the body are in it.
std::string canonicalText(sched::TaskOp task);

/// 32 hexadecimal digits of the SHA-256 of canonicalText: the same in every process.
std::string fingerprint(sched::TaskOp task);

} // namespace tenon::autotune
