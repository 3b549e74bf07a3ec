#include "lib/Target/Embedded.h"

// Puts a file that the build made (runtime/CMakeLists.txt) into the library as it is.
#define EMBED(symbol, file)                                                                                  \
  __asm__(".pushsection .rodata.embedded,\"a\",@progbits\n.balign 16\n" #symbol                              \
          "_begin:\n.incbin \"" EMBEDDED_DIR "/" file "\"\n" #symbol "_end:\n.popsection\n");                \
  extern "C" __attribute__((visibility("hidden"))) const char symbol##_begin[], symbol##_end[];

EMBED(tenon_runtime_x86_64, "runtime-x86_64.o")
EMBED(tenon_runtime_aarch64, "runtime-aarch64.o")
EMBED(tenon_libc_x86_64, "libc-x86_64.so")
EMBED(tenon_libc_aarch64, "libc-aarch64.so")
EMBED(tenon_libm_x86_64, "libm-x86_64.so")
EMBED(tenon_libm_aarch64, "libm-aarch64.so")

using namespace tenon;

static llvm::StringRef between(const char *begin, const char *end) {
  return {begin, static_cast<size_t>(end - begin)};
}

llvm::StringRef tenon::embeddedRuntime(Arch arch) {
  return arch == Arch::X86_64 ? between(tenon_runtime_x86_64_begin, tenon_runtime_x86_64_end)
                              : between(tenon_runtime_aarch64_begin, tenon_runtime_aarch64_end);
}

llvm::StringRef tenon::embeddedLibcStub(Arch arch) {
  return arch == Arch::X86_64 ? between(tenon_libc_x86_64_begin, tenon_libc_x86_64_end)
                              : between(tenon_libc_aarch64_begin, tenon_libc_aarch64_end);
}

llvm::StringRef tenon::embeddedLibmStub(Arch arch) {
  return arch == Arch::X86_64 ? between(tenon_libm_x86_64_begin, tenon_libm_x86_64_end)
                              : between(tenon_libm_aarch64_begin, tenon_libm_aarch64_end);
}
