#ifndef TENON_LIB_TARGET_EMBEDDED_H
#define TENON_LIB_TARGET_EMBEDDED_H

#include "lib/Target/TargetSpec.h"

namespace tenon {

/// The runtime, as a relocatable object for the architecture.
llvm::StringRef embeddedRuntime(Arch arch);
/// Shared objects named libc.so.6 and libm.so.6 that define what compiled code may call, to link against.
llvm::StringRef embeddedLibcStub(Arch arch);
llvm::StringRef embeddedLibmStub(Arch arch);

} // namespace tenon

#endif // TENON_LIB_TARGET_EMBEDDED_H
