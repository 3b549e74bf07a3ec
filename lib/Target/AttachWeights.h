#ifndef TENON_LIB_TARGET_ATTACHWEIGHTS_H
#define TENON_LIB_TARGET_ATTACHWEIGHTS_H

#include "lib/Target/Codegen.h"

namespace tenon {

/// Edits a linked image (ELF, 64 bit, little endian) so that `size` bytes of weights may be appended to its
/// file: the segment of section .tenon_weights, which has addresses but no bytes, is given the bytes from the
/// returned file offset on. Both the offset and the segment's address are multiples of `alignment`; it is an
/// error if the linked address is not. The image keeps its length.
llvm::Expected<uint64_t> attachToSharedObject(ObjectBytes &image, uint64_t size, uint64_t alignment);

/// Edits a relocatable object in the same way: adds a read-only section for the weights and defines `symbol`,
/// which the object so far only refers to, at its start. With `large` (x86-64 only), weights too large for
/// 32-bit displacements go to a large-data section.
llvm::Expected<uint64_t> attachToRelocatable(ObjectBytes &image, llvm::StringRef symbol, uint64_t size,
                                             bool large);

} // namespace tenon

#endif // TENON_LIB_TARGET_ATTACHWEIGHTS_H
