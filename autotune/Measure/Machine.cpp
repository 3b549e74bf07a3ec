#include "autotune/Measure/Machine.h"
#include "lib/Target/TargetSpec.h"
#include "runtime/Features.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SHA256.h"
#include "llvm/TargetParser/Triple.h"
#include <cmath>
#include <unistd.h>

using namespace tenon;
using namespace tenon::autotune;
using llvm::StringRef;

/// The value of the first line "KEY : VALUE" of /proc/cpuinfo.
static StringRef cpuinfoValue(StringRef cpuinfo, StringRef key) {
  for (StringRef line : llvm::split(cpuinfo, '\n')) {
    auto [name, value] = line.split(':');
    if (name.trim() == key)
      return value.trim();
  }
  return "";
}

std::string autotune::parseCpuName(StringRef cpuinfo) {
  std::string name;
  // The names of x86-64 and of AArch64. The last ones are numbers, without which they say little.
  for (StringRef key : {"vendor_id", "model name", "cpu family", "model", "stepping", "CPU implementer",
                        "CPU variant", "CPU part", "CPU revision"}) {
    StringRef value = cpuinfoValue(cpuinfo, key);
    if (!value.empty())
      name += (name.empty() ? "" : " ") + value.str();
  }
  return name;
}

/// The system measures a frequency anew each time it starts; nominal ones are multiples of 50 MHz.
static int64_t roundMegahertz(double value) {
  return std::isfinite(value) && value > 0 && value < 1e6 ? 50 * std::llround(value / 50) : 0;
}

int64_t autotune::parseMegahertz(StringRef cpuinfo) {
  // "@ 2.60GHz", or the time stamp counter's frequency, which is half of the BogoMIPS. Not "cpu MHz": it is
  // that of the moment.
  double value = 0;
  StringRef name = cpuinfoValue(cpuinfo, "model name");
  if (name.consume_back("GHz") && !name.rsplit('@').second.trim().getAsDouble(value))
    return roundMegahertz(1000 * value);
  if (!cpuinfoValue(cpuinfo, "bogomips").getAsDouble(value))
    return roundMegahertz(value / 2);
  return 0;
}

static std::string readText(const char *path) {
  // Files of /proc and /sys have no size.
  auto buffer = llvm::MemoryBuffer::getFileAsStream(path);
  return buffer ? (*buffer)->getBuffer().str() : "";
}

/// By bits of TargetSpec::featureMask.
static llvm::ArrayRef<const char *> featureNames(Arch arch) {
  static const char *const x86[] = {TN_X86_FEATURE_NAMES};
  static const char *const arm[] = {TN_ARM_FEATURE_NAMES};
  return arch == Arch::X86_64 ? llvm::ArrayRef<const char *>(x86) : llvm::ArrayRef(arm);
}

/// Names of the features that a target's code may use.
static std::string featureText(const TargetSpec &target) {
  std::string text;
  for (const char *name : featureNames(target.arch))
    if (target.has(name))
      text += (text.empty() ? "" : ",") + std::string(name);
  return text;
}

static Machine describe(const TargetSpec &target) {
  Machine machine;
  machine.arch = target.arch == Arch::X86_64 ? "x86_64" : "aarch64";
  machine.features = featureText(target);
  machine.l1Bytes = static_cast<int64_t>(target.l1Bytes);
  machine.l2Bytes = static_cast<int64_t>(target.l2Bytes);
  machine.l3Bytes = static_cast<int64_t>(target.l3Bytes);
  machine.lineBytes = target.lineBytes;
  machine.vectorBytes = target.vectorBytes;
  machine.vectorRegisters = target.vectorRegisters;
  return machine;
}

llvm::Expected<Machine> autotune::describeProcessor(StringRef target, StringRef cpu) {
  llvm::Expected<TargetSpec> spec = parseTarget(target);
  if (!spec)
    return spec.takeError();
  Machine machine = describe(*spec);
  machine.cpu = cpu.str();
  return machine;
}

llvm::Expected<Machine> autotune::describeFacts(const MachineFacts &facts) {
  if (facts.arch != TN_ARCH_X86_64 && facts.arch != TN_ARCH_AARCH64)
    return llvm::createStringError("expected a machine of architecture x86-64 or aarch64");
  TargetSpec target = baselineTarget(facts.arch == TN_ARCH_X86_64 ? Arch::X86_64 : Arch::AArch64);
  std::string name = target.name;
  llvm::ArrayRef<const char *> names = featureNames(target.arch);
  for (size_t bit = 0; bit < names.size(); ++bit)
    if ((facts.features >> bit) & 1)
      name += "+" + std::string(names[bit]);
  llvm::Expected<Machine> machine = describeProcessor(name, parseCpuName(facts.cpuinfo));
  if (!machine)
    return machine;
  machine->cores = std::max<int64_t>(facts.cores, 1);
  machine->megahertz = facts.kilohertz > 0 ? roundMegahertz(static_cast<double>(facts.kilohertz) / 1000)
                                           : parseMegahertz(facts.cpuinfo);
  for (auto [bytes, field] : {std::pair(facts.l1Bytes, &machine->l1Bytes),
                              {facts.l2Bytes, &machine->l2Bytes},
                              {facts.l3Bytes, &machine->l3Bytes},
                              {facts.lineBytes, &machine->lineBytes}})
    if (bytes > 0)
      *field = bytes;
  return machine;
}

Machine autotune::describeThisMachine() {
  MachineFacts facts;
  facts.arch = TN_HOST_ARCH;
  facts.features = tn_detect_features();
  facts.cores = sysconf(_SC_NPROCESSORS_CONF);
  for (const char *path : {"/sys/devices/system/cpu/cpu0/cpufreq/base_frequency",
                           "/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq"})
    if (facts.kilohertz <= 0 && StringRef(readText(path)).trim().getAsInteger(10, facts.kilohertz))
      facts.kilohertz = 0;
#ifdef _SC_LEVEL1_DCACHE_SIZE
  facts.l1Bytes = sysconf(_SC_LEVEL1_DCACHE_SIZE);
  facts.l2Bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
  facts.l3Bytes = sysconf(_SC_LEVEL3_CACHE_SIZE);
  facts.lineBytes = sysconf(_SC_LEVEL1_DCACHE_LINESIZE);
#endif
  facts.cpuinfo = readText("/proc/cpuinfo");
  return llvm::cantFail(describeFacts(facts));
}

double Machine::peakGflops() const {
  return static_cast<double>(megahertz) / 1000 * static_cast<double>(vectorBytes) / 4 * 2 * 2;
}

llvm::json::Object Machine::toJson() const {
  return llvm::json::Object{{"arch", arch},
                            {"cpu", cpu},
                            {"features", features},
                            {"cores", cores},
                            {"megahertz", megahertz},
                            {"l1_bytes", l1Bytes},
                            {"l2_bytes", l2Bytes},
                            {"l3_bytes", l3Bytes},
                            {"line_bytes", lineBytes},
                            {"vector_bytes", vectorBytes},
                            {"vector_registers", vectorRegisters}};
}

llvm::Expected<Machine> Machine::fromJson(const llvm::json::Object &object) {
  Machine machine;
  for (auto [key, field] :
       {std::pair("arch", &machine.arch), {"cpu", &machine.cpu}, {"features", &machine.features}}) {
    std::optional<StringRef> text = object.getString(key);
    if (!text)
      return llvm::createStringError("expected a machine with a text '%s'", key);
    *field = text->str();
  }
  for (auto [key, field] : {std::pair("cores", &machine.cores),
                            {"megahertz", &machine.megahertz},
                            {"l1_bytes", &machine.l1Bytes},
                            {"l2_bytes", &machine.l2Bytes},
                            {"l3_bytes", &machine.l3Bytes},
                            {"line_bytes", &machine.lineBytes},
                            {"vector_bytes", &machine.vectorBytes},
                            {"vector_registers", &machine.vectorRegisters}}) {
    std::optional<int64_t> value = object.getInteger(key);
    if (!value || *value < 0)
      return llvm::createStringError("expected a machine with a number '%s'", key);
    *field = *value;
  }
  return machine;
}

std::string Machine::fingerprint() const {
  // An object prints its keys in order.
  std::string text = llvm::formatv("{0}", llvm::json::Value(toJson())).str();
  llvm::SHA256 hash;
  hash.update(text);
  return llvm::toHex(hash.final(), /*LowerCase=*/true).substr(0, 32);
}
