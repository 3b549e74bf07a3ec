#pragma once

#include "passes/Substitute/Generate/Enumerate.h"
#include "passes/Substitute/Prove.h"

namespace tenon::substitute {

/// Rules that say of all shapes what a candidate says of some, most general first: parameters that were
/// numbers are symbols, the same ones where windows were the same; those of the target follow from shapes. In
/// the last, windows keep their numbers. Where the target has inputs that the source lacks, the sides change
/// places; none is returned if both do.
std::vector<Rule> generalize(const Candidate &candidate);

/// The rule read from right to left, as it would have to be proven.
Rule reversed(const Rule &rule);

/// A rule and, if that is one too, its reverse; both proven. Together they say that two graphs are equal.
struct Equation {
  Rule rule;
  std::optional<Rule> reverse;
};
/// Proves a candidate in the most general form that can be proven; nullopt if there is none.
std::optional<Equation> proveCandidate(const Candidate &candidate);

/// Gives symbols short names by what they are, in the order of their use, and leaves out those that are not
/// used.
void nameSymbols(Rule &rule);

} // namespace tenon::substitute
