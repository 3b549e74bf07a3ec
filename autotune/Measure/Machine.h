#pragma once

#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include <cstdint>
#include <string>

namespace tenon::autotune {

/// A machine that tasks are measured on, as far as it matters for their speed: what features are computed of,
/// and what tells one machine's times from another's.
struct Machine {
  std::string arch; ///< "x86_64", "aarch64"
  std::string cpu;  ///< vendor, model and stepping, as the system or LLVM names them
  std::string
      features; ///< instruction sets that a model may use, separated by commas, in the order of their bits
  int64_t cores = 1;
  /// Nominal frequency, rounded to 50 MHz; 0 if the system does not say.
  int64_t megahertz = 0;
  /// Bytes of a core's data caches, of the last one that cores share, and of a line.
  int64_t l1Bytes = 32 << 10, l2Bytes = 1 << 20, l3Bytes = 32 << 20, lineBytes = 64;
  /// Of the widest vectors: bytes of a register, and how many schedules may count on.
  int64_t vectorBytes = 16, vectorRegisters = 16;

  /// Estimate of the multiply-adds in f32 of one core, in 1e9 operations a second, two each: two vector
  /// units. It is a feature, no bound. 0 without a frequency.
  double peakGflops() const;

  /// 32 hexadecimal digits, the same after a reboot; of all of the above.
  std::string fingerprint() const;
  llvm::json::Object toJson() const;
  static llvm::Expected<Machine> fromJson(const llvm::json::Object &object);
};

/// What a system says about itself; 0 or empty where it does not.
struct MachineFacts {
  int64_t arch = 0;      ///< tn_arch
  uint64_t features = 0; ///< as tn_variant.features
  int64_t cores = 0, kilohertz = 0;
  int64_t l1Bytes = 0, l2Bytes = 0, l3Bytes = 0, lineBytes = 0;
  std::string cpuinfo; ///< /proc/cpuinfo, or its part on one processor
};
llvm::Expected<Machine> describeFacts(const MachineFacts &facts);

/// The machine that this process runs on.
Machine describeThisMachine();

/// Describes a processor that is not here, as `--target` names its instructions ("aarch64+dotprod") and LLVM
/// the model
/// ("cortex-a76"). Caches are those that TargetSpec assumes.
llvm::Expected<Machine> describeProcessor(llvm::StringRef target, llvm::StringRef cpu);

/// The description from the texts of /proc/cpuinfo: the names of vendor, model and stepping; and the nominal
/// frequency.
std::string parseCpuName(llvm::StringRef cpuinfo);
int64_t parseMegahertz(llvm::StringRef cpuinfo);

} // namespace tenon::autotune
