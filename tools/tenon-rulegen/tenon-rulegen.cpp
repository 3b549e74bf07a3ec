#include "passes/Substitute/Generate/Generalize.h"
#include "passes/Substitute/RuleText.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>
using namespace tenon::substitute;
int main(int argc, char **argv) {
  unsigned most = atoi(argv[2]);
  for (const Family &f : defaultFamilies(atoi(argv[1]))) {
    EnumerationStats stats;
    auto c = enumerate(f, stats);
    llvm::outs() << "### " << f.name << "\n";
    unsigned ok = 0, bad = 0, back = 0;
    auto t0 = std::chrono::steady_clock::now();
    for (auto &x : c) {
      if (x.size > most) continue;
    auto t1 = std::chrono::steady_clock::now();
      auto e = proveCandidate(x);
      if (e) { ++ok; back += !!e->reverse; llvm::outs() << toString(e->rule); if (e->reverse) llvm::outs() << "reverse " << toString(e->reverse->ruleClass) << "\n"; }
      else { ++bad; llvm::outs() << "BAD\n"; for (auto &r : generalize(x)) { llvm::outs() << toString(r); ProveOptions o; o.derive = true; Proof p = prove(r, o); llvm::outs() << int(p.verdict) << p.reason; if (p.counterexample) llvm::outs() << toString(*p.counterexample, r); llvm::outs() << "\n";} }
    double ms = std::chrono::duration<double,std::milli>(std::chrono::steady_clock::now() - t1).count();
    if (ms > 50) llvm::errs() << "SLOW " << ms << "\n" << toString(x.rule);
    }
    double s = std::chrono::duration<double>(std::chrono::steady_clock::now() - t0).count();
    llvm::outs() << "### " << f.name << " ok " << ok << " bad " << bad << " back " << back << " s " << s << "\n";
    llvm::outs().flush();
  }
}
