#include "passes/Substitute/Facts.h"
#include "passes/Substitute/Generate/Taso.h"
#include "passes/Substitute/Prove.h"
#include "passes/Substitute/Generate/Mutate.h"
#include "passes/Substitute/RuleText.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>
using namespace tenon::substitute;
int main(int argc, char **argv) {
  auto buffer = llvm::MemoryBuffer::getFile(argv[1]);
  auto rules = parseTasoRules((*buffer)->getBuffer());
  if (!rules) {
    llvm::errs() << "error: " << llvm::toString(rules.takeError()) << "\n";
    return 1;
  }
  int only = argc > 2 ? atoi(argv[2]) : -1;
  if (argc > 3) {
    std::vector<Rule> mutants;
    Random random(atoi(argv[3]));
    while (mutants.size() < 500) {
      auto m = mutate((*rules)[random.in(0, rules->size() - 1)], random);
      if (m) { m->name += "-mutant-" + std::to_string(mutants.size()); mutants.push_back(*m); }
    }
    *rules = mutants;
  }
  int counts[3] = {};
  for (size_t i = 0; i < rules->size(); ++i) {
    if (only >= 0 && int(i) != only)
      continue;
    auto t0 = std::chrono::steady_clock::now();
    uint64_t q0 = Facts::queries();
    ProveOptions o;
    o.derive = true;
    Proof p = prove((*rules)[i], o);
    double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - t0).count();
    ++counts[int(p.verdict)];
    const char *v[] = {"proven", "refuted", "unknown"};
    llvm::outs() << i << " " << v[int(p.verdict)] << " " << toString(p.rule.ruleClass) << " " << int(ms)
                 << " ms " << Facts::queries() - q0 << " queries " << p.reason << "\n";
    if (p.counterexample)
      llvm::outs() << "   " << toString(*p.counterexample, (*rules)[i]) << "\n";
    if (only >= 0 || !p.derived.empty() || p.verdict == Verdict::Unknown)
      llvm::outs() << toString(p.rule);
  }
  llvm::outs() << counts[0] << " " << counts[1] << " " << counts[2] << "\n";
}
