#include "lib/Target/TargetSpec.h"
#include "runtime/Features.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"
#include <mutex>
#include <unistd.h>

using namespace tenon;
using llvm::StringRef;

static llvm::ArrayRef<const char *> featureNames(Arch arch) {
  static const char *const x86[] = {TN_X86_FEATURE_NAMES};
  static const char *const arm[] = {TN_ARM_FEATURE_NAMES};
  return arch == Arch::X86_64 ? llvm::ArrayRef<const char *>(x86) : llvm::ArrayRef<const char *>(arm);
}

bool TargetSpec::has(StringRef feature) const {
  llvm::ArrayRef<const char *> names = featureNames(arch);
  for (size_t bit = 0; bit < names.size(); ++bit)
    if (feature == names[bit])
      return (featureMask >> bit) & 1;
  return false;
}

static Arch hostArch() {
  return TN_HOST_ARCH == TN_ARCH_X86_64 ? Arch::X86_64 : Arch::AArch64;
}

bool TargetSpec::runsHere() const {
  return arch == hostArch() && !(featureMask & ~tn_detect_features());
}

std::string TargetSpec::refusal() const {
  if (arch != hostArch())
    return "another architecture";
  uint64_t missing = featureMask & ~tn_detect_features();
  llvm::ArrayRef<const char *> names = featureNames(arch);
  std::string text;
  for (size_t bit = 0; bit < 64; ++bit)
    if ((missing >> bit) & 1)
      text += (text.empty() ? "lacks " : ", ") +
              (bit < names.size() ? std::string(names[bit]) : "feature " + std::to_string(bit));
  return text;
}

static void initializeTargets() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser();
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
    LLVMInitializeAArch64AsmParser();
  });
}

static llvm::Expected<const llvm::Target *> lookupTarget(const TargetSpec &spec) {
  initializeTargets();
  std::string error;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(llvm::Triple(spec.triple), error);
  if (!target)
    return llvm::createStringError("LLVM has no code generator for '%s': %s", spec.triple.c_str(),
                                   error.c_str());
  return target;
}

/// Text as part of a C identifier.
static std::string identifier(StringRef text) {
  std::string result = text.str();
  std::replace_if(result.begin(), result.end(), [](char c) { return !llvm::isAlnum(c); }, '_');
  return result;
}

static uint64_t cacheBytes(int name, uint64_t otherwise) {
  long size = sysconf(name);
  return size > 0 ? static_cast<uint64_t>(size) : otherwise;
}

/// Describes this machine. The features are those that the runtime can check, and no others: LLVM's name of
/// the processor would imply more, such as some that a hypervisor hides.
static void describeHost(TargetSpec &spec) {
  uint64_t have = tn_detect_features();
  llvm::ArrayRef<const char *> names = featureNames(spec.arch);
  for (size_t bit = 0; bit < names.size(); ++bit)
    if ((have >> bit) & 1)
      spec.features += (spec.features.empty() ? "+" : ",+") + std::string(names[bit]);
  spec.tuneCpu = llvm::sys::getHostCPUName().str();
#ifdef _SC_LEVEL1_DCACHE_SIZE
  spec.l1Bytes = cacheBytes(_SC_LEVEL1_DCACHE_SIZE, spec.l1Bytes);
  spec.l2Bytes = cacheBytes(_SC_LEVEL2_CACHE_SIZE, spec.l2Bytes);
  spec.l3Bytes = cacheBytes(_SC_LEVEL3_CACHE_SIZE, spec.l3Bytes);
  spec.lineBytes = cacheBytes(_SC_LEVEL1_DCACHE_LINESIZE, spec.lineBytes);
#endif
}

llvm::Expected<TargetSpec> tenon::parseTarget(StringRef name) {
  TargetSpec spec;
  spec.name = name.str();
  // The base ends at the first "+", or at a "-" that does not belong to "x86-64-v3".
  StringRef base, rest;
  for (StringRef known : {"native", "x86-64-v4", "x86-64-v3", "x86-64-v2", "x86-64", "aarch64"}) {
    if (!name.starts_with(known))
      continue;
    rest = name.drop_front(known.size());
    if (!rest.empty() && rest[0] != '+' && rest[0] != '-')
      continue;
    base = known;
    break;
  }
  if (base.empty())
    return llvm::createStringError(
        "unknown target '%s': expected native, x86-64, x86-64-v2, x86-64-v3, x86-64-v4 or "
        "aarch64, with +feature or -feature after it",
        spec.name.c_str());
  spec.symbol = identifier(base);
  spec.arch = base == "native" ? hostArch() : base == "aarch64" ? Arch::AArch64 : Arch::X86_64;
  spec.triple = spec.arch == Arch::X86_64 ? "x86_64-unknown-linux-gnu" : "aarch64-unknown-linux-gnu";
  spec.cpu = base == "native"    ? (spec.arch == Arch::X86_64 ? "x86-64" : "generic")
             : base == "aarch64" ? "generic"
                                 : base.str();
  if (base == "native")
    describeHost(spec);
  if (spec.tuneCpu.empty())
    spec.tuneCpu = spec.cpu;

  llvm::ArrayRef<const char *> names = featureNames(spec.arch);
  while (!rest.empty()) {
    char sign = rest[0];
    size_t end = rest.find_first_of("+", 1);
    // A "-" inside a name ("amx-int8") does not start another feature.
    for (size_t dash = rest.find('-', 1); dash < end; dash = rest.find('-', dash + 1))
      if (llvm::is_contained(names, rest.slice(1, dash))) {
        end = dash;
        break;
      }
    StringRef feature = rest.slice(1, end);
    if (feature == "fp16" && spec.arch == Arch::AArch64)
      feature = "fullfp16";
    if (!llvm::is_contained(names, feature)) {
      std::string all;
      for (const char *known : names)
        all += (all.empty() ? "" : ", ") + std::string(known);
      return llvm::createStringError("target '%s': unknown feature '%s'; expected one of %s",
                                     spec.name.c_str(), feature.str().c_str(), all.c_str());
    }
    spec.features += (spec.features.empty() ? "" : ",") + std::string(1, sign) + feature.str();
    spec.symbol += (sign == '-' ? "_no_" : "_") + identifier(feature);
    rest = end == StringRef::npos ? StringRef() : rest.drop_front(end);
  }

  llvm::Expected<const llvm::Target *> target = lookupTarget(spec);
  if (!target)
    return target.takeError();
  // LLVM knows which features imply which.
  std::unique_ptr<llvm::MCSubtargetInfo> info(
      (*target)->createMCSubtargetInfo(llvm::Triple(spec.triple), spec.cpu, spec.features));
  for (size_t bit = 0; bit < names.size(); ++bit)
    if (info->checkFeatures(std::string("+") + names[bit]))
      spec.featureMask |= UINT64_C(1) << bit;
  if (spec.arch == Arch::X86_64) {
    spec.vectorBytes = spec.has("avx512f") ? 64 : spec.has("avx") ? 32 : 16;
    spec.vectorRegisters = spec.has("avx512f") ? 32 : 16;
  } else {
    spec.vectorBytes = 16;
    // Of 32: no instruction takes an operand from memory, and LLVM loads elements of neighbouring channels in
    // pairs, which need registers of their own.
    spec.vectorRegisters = 28;
  }
  return spec;
}

llvm::Expected<std::vector<TargetSpec>> tenon::parseTargets(StringRef names) {
  std::vector<TargetSpec> targets;
  for (StringRef name : llvm::split(names, ',')) {
    llvm::Expected<TargetSpec> target = parseTarget(name);
    if (!target)
      return target.takeError();
    for (const TargetSpec &other : targets) {
      if (other.name == target->name)
        return llvm::createStringError("target '%s' is given twice", target->name.c_str());
      if (other.arch != target->arch)
        return llvm::createStringError("expected targets of one architecture, but got '%s' and '%s'",
                                       other.name.c_str(), target->name.c_str());
      // A processor is known by its features: it would always run the first of the two.
      if (other.featureMask == target->featureMask)
        return llvm::createStringError(
            "expected targets with different features, but '%s' and '%s' have the same", other.name.c_str(),
            target->name.c_str());
    }
    targets.push_back(std::move(*target));
  }
  // A target with all features of another comes before it, whatever else the list holds.
  llvm::stable_sort(targets, [](const TargetSpec &a, const TargetSpec &b) {
    return std::pair(a.vectorBytes, llvm::popcount(a.featureMask)) >
           std::pair(b.vectorBytes, llvm::popcount(b.featureMask));
  });
  return targets;
}

std::string tenon::targetNames(llvm::ArrayRef<TargetSpec> targets) {
  return llvm::join(llvm::map_range(targets, [](const TargetSpec &target) { return target.name; }), ",");
}

TargetSpec tenon::baselineTarget(Arch arch) {
  return llvm::cantFail(parseTarget(arch == Arch::X86_64 ? "x86-64" : "aarch64"));
}

llvm::Expected<std::unique_ptr<llvm::TargetMachine>> tenon::createTargetMachine(const TargetSpec &spec) {
  llvm::Expected<const llvm::Target *> target = lookupTarget(spec);
  if (!target)
    return target.takeError();
  llvm::TargetOptions options;
  // Contraction only where the IR asks for it, so that `strict` means what it says.
  options.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  std::unique_ptr<llvm::TargetMachine> machine((*target)->createTargetMachine(
      llvm::Triple(spec.triple), spec.cpu, spec.features, options, llvm::Reloc::PIC_, llvm::CodeModel::Small,
      llvm::CodeGenOptLevel::Aggressive));
  if (!machine)
    return llvm::createStringError("cannot create a code generator for target '%s'", spec.name.c_str());
  return machine;
}
