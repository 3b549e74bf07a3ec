#ifndef TENON_LIB_TARGET_TARGETSPEC_H
#define TENON_LIB_TARGET_TARGETSPEC_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <memory>
#include <string>

namespace llvm {
class TargetMachine;
} // namespace llvm

namespace tenon {

enum class Arch { X86_64, AArch64 };

/// A device that code is generated for, as `--target` names it.
struct TargetSpec {
  /// As given: "native", "x86-64-v3", "aarch64+dotprod".
  std::string name;
  Arch arch = Arch::X86_64;
  std::string triple;
  /// LLVM's name of a processor all of whose features are in featureMask.
  std::string cpu;
  /// LLVM's feature string, "+avx2,+fma"; everything it enables is in featureMask.
  std::string features;
  /// The processor to tune for: changes scheduling, never which instructions are used.
  std::string tuneCpu;
  /// What the code may use, as tn_program.features; checked by the runtime at entry.
  uint64_t featureMask = 0;
  /// Bytes of the widest vector register, and how many there are.
  unsigned vectorBytes = 16;
  unsigned vectorRegisters = 16;
  /// Bytes of the data caches of one core (of the package for l3) and of a line.
  uint64_t l1Bytes = 32 << 10;
  uint64_t l2Bytes = 1 << 20;
  uint64_t l3Bytes = 32 << 20;
  unsigned lineBytes = 64;

  /// Whether the code may use a feature, by LLVM's name ("avx2", "fma", "dotprod").
  bool has(llvm::StringRef feature) const;
  /// Whether this process can run code for the target: same architecture, no missing feature.
  bool runsHere() const;
};

/// The target of `--target`: "native", "x86-64" (-v2, -v3, -v4) or "aarch64", each with any number of
/// "+feature" and
/// "-feature".
llvm::Expected<TargetSpec> parseTarget(llvm::StringRef name);

/// A code generator for the target: -O3, position independent, small code model.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>> createTargetMachine(const TargetSpec &target);

} // namespace tenon

#endif // TENON_LIB_TARGET_TARGETSPEC_H
