#pragma once

#include "lib/Support/HostTensor.h"

/// Meanings of the operators whose results' sizes depend on data, on host tensors: the references call them,
/// and so does the importer where operands are constants.
namespace tenon::nn {

/// [rank, count]: coordinates of the nonzero elements.
HostTensor nonZero(const HostTensor &x);
/// Slices along `axis` (nullopt: elements) at which `condition` is true.
HostTensor compress(const HostTensor &x, const HostTensor &condition, std::optional<int64_t> axis);
/// The different slices, positions of first occurrences, position of every slice among them, counts.
std::array<HostTensor, 4> unique(const HostTensor &x, std::optional<int64_t> axis, bool sorted);

} // namespace tenon::nn
