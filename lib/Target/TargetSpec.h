#ifndef TENON_LIB_TARGET_TARGETSPEC_H
#define TENON_LIB_TARGET_TARGETSPEC_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace llvm {
class TargetMachine;
} // namespace llvm

namespace tenon {

enum class Arch { X86_64, AArch64 };

/// A device that code is generated for, as `--target` names it.
struct TargetSpec {
  /// As given: "native", "x86-64-v3", "aarch64+dotprod".
  std::string name;
  /// The name as part of a C identifier, different for different names: "x86_64_v4_no_avx512bw".
  std::string symbol;
  Arch arch = Arch::X86_64;
  std::string triple;
  /// LLVM's name of a processor all of whose features are in featureMask.
  std::string cpu;
  /// LLVM's feature string, "+avx2,+fma"; everything it enables is in featureMask.
  std::string features;
  /// The processor to tune for: changes scheduling, never which instructions are used.
  std::string tuneCpu;
  /// What the code may use, as tn_variant.features; checked by the runtime at entry.
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
  /// Why not: "another architecture" or "lacks avx512f, avx512bw"; empty if it can.
  std::string refusal() const;
};

/// One target: "native", "x86-64" (-v2, -v3, -v4) or "aarch64", each with any number of "+feature" and
/// "-feature".
llvm::Expected<TargetSpec> parseTarget(llvm::StringRef name);

/// The targets of `--target`: names separated by commas, of one architecture and each with other features.
/// They come in the order in which a processor that can run several should try them: by the width of their
/// vectors, then by the number of their features, then as they were named.
llvm::Expected<std::vector<TargetSpec>> parseTargets(llvm::StringRef names);

/// The names, separated by commas.
std::string targetNames(llvm::ArrayRef<TargetSpec> targets);

/// What every processor of an architecture runs.
TargetSpec baselineTarget(Arch arch);

/// A code generator for the target: -O3, position independent, small code model.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>> createTargetMachine(const TargetSpec &target);

} // namespace tenon

#endif // TENON_LIB_TARGET_TARGETSPEC_H
