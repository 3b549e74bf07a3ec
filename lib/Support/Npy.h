#ifndef TENON_LIB_SUPPORT_NPY_H
#define TENON_LIB_SUPPORT_NPY_H

#include "lib/Support/RawTensor.h"

namespace tenon {

/// Reads a .npy file (format versions 1 to 3; bool, int8 to uint64, float16 to float64, complex; any byte
/// order; C and Fortran order, which becomes C order). The file is not trusted: whatever its header claims,
/// no more memory is taken than the file is long.
llvm::Expected<RawTensor> readNpy(llvm::StringRef path);

/// The same from memory; `name` stands for the file in messages.
llvm::Expected<RawTensor> parseNpy(llvm::ArrayRef<char> bytes, llvm::StringRef name);

/// Writes a .npy file of version 1, atomically. Types NumPy does not know are written as raw bytes ('|V1',
/// '|V2').
llvm::Error writeNpy(llvm::StringRef path, const RawTensor &tensor);

} // namespace tenon

#endif // TENON_LIB_SUPPORT_NPY_H
