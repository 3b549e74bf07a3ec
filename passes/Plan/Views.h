#pragma once

#include "dialects/NN/NN.h"
#include "dialects/Sched/Sched.h"
#include "passes/Plan/Cover.h"

/// Operators that only name a part of memory: nothing is moved where a value already lies in another's place.
namespace tenon::plan {

/// `part` lies in the memory of `whole`, `offset` bytes from its start.
struct View {
  mlir::Value part, whole;
  int64_t offset;
};

/// What `op` says about memory if all its values lie in `layout` (null for row-major): the result of an
/// nn.reshape, or of an nn.slice, is a part of the operand; the operands of an nn.concat are parts of the
/// result. nullopt if a part would not be one piece of memory, as it would be by itself: only dimensions
/// outside of which there is one point can be cut, at multiples of their block and without halo.
std::optional<llvm::SmallVector<View>> getViews(mlir::Operation *op, sched::LayoutAttr layout);

class Layouts;

/// Takes those concatenations and slices from `groups` that can be views, and gives each the layout of its
/// result. A slice is one if it is not returned. A concatenation is one if tasks compute at least half of it
/// for it alone: they write into its memory, and copies (groups of their own) bring the rest.
void keepViews(std::vector<Group> &groups, Layouts &layouts);

} // namespace tenon::plan
