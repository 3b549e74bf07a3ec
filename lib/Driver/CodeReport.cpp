#include "lib/Driver/TaskCompiler.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace tenon;
using llvm::StringRef;

/// A line without comment and white space.
static StringRef codeOf(StringRef line) {
  for (StringRef mark : {"# ", "// ", "##"})
    line = line.take_front(line.find(mark));
  return line.trim();
}

/// Whether an instruction computes with floats of whole vectors, a fused multiply-add or anything else.
static std::pair<bool, bool> readArithmetic(StringRef name, StringRef operands, Arch arch) {
  if (arch == Arch::AArch64) {
    bool isVector = operands.starts_with("v");
    return {isVector && (name == "fmla" || name == "fmls"),
            isVector && name.starts_with("f") && !name.starts_with("fmov")};
  }
  bool isPacked = name.ends_with("ps") || name.ends_with("pd");
  bool isFused = isPacked && (name.starts_with("vfmadd") || name.starts_with("vfnmadd") ||
                              name.starts_with("vfmsub") || name.starts_with("vfnmsub"));
  StringRef rest = name;
  rest.consume_front("v");
  bool isOther = isPacked && (rest.starts_with("add") || rest.starts_with("sub") || rest.starts_with("mul") ||
                              rest.starts_with("div") || rest.starts_with("max") || rest.starts_with("min"));
  return {isFused, isFused || isOther};
}

CodeReport tenon::readAssembly(StringRef text, Arch arch) {
  CodeReport report;
  llvm::SmallVector<StringRef> lines;
  llvm::StringMap<size_t> labels;
  /// From a label that a branch goes back to, to the branch.
  llvm::SmallVector<std::pair<size_t, size_t>> loops;
  bool inFunction = false;
  for (StringRef line : llvm::split(text, '\n')) {
    StringRef code = codeOf(line);
    if (code.ends_with(":")) {
      inFunction |= !code.starts_with(".");
      inFunction &= !code.starts_with(".Lfunc_end");
      labels[code.drop_back()] = lines.size();
      continue;
    }
    if (!inFunction || code.empty() || code.starts_with("."))
      continue;
    auto [name, operands] = code.split('\t');
    StringRef target = operands.rsplit(' ').second.empty() ? operands : operands.rsplit(' ').second;
    bool isBranch = arch == Arch::X86_64 ? name.starts_with("j")
                                         : name.starts_with("b.") || name == "b" || name.starts_with("cb") ||
                                               name.starts_with("tb");
    if (isBranch)
      if (auto it = labels.find(target); it != labels.end())
        loops.emplace_back(it->second, lines.size());
    lines.push_back(code);
  }
  report.all = int64_t(lines.size());
  for (auto [first, last] : loops) {
    bool isInnermost = llvm::none_of(loops, [&, first = first, last = last](auto &other) {
      return other.first >= first && other.second <= last && other != std::pair(first, last);
    });
    if (!isInnermost)
      continue;
    CodeReport own;
    int64_t arithmetic = 0;
    for (size_t i = first; i <= last; ++i) {
      auto [name, operands] = lines[i].split('\t');
      auto [isFused, computes] = readArithmetic(name, operands, arch);
      own.products += isFused;
      arithmetic += computes;
      own.spills += operands.contains(arch == Arch::X86_64 ? "(%rsp" : "[sp");
      ++own.inner;
    }
    if (arithmetic == 0)
      continue;
    report.inner += own.inner;
    report.products += own.products;
    report.spills += own.spills;
    report.largest = std::max(report.largest, own.inner);
  }
  return report;
}
