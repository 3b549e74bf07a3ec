#include "passes/Substitute/Generate/Library.h"
#include "passes/Substitute/Generate/Mutate.h"
#include "passes/Substitute/Generate/Taso.h"
#include "passes/Substitute/RuleText.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace tenon::substitute;
namespace cl = llvm::cl;

static const char overview[] = R"(Makes and checks rules of graph substitution.

  tenon-rulegen generate -o FILE    all rules of small graphs, proven, without those that follow from the rest
  tenon-rulegen prove FILE          proves every rule, or shows where its sides differ
  tenon-rulegen refute FILE         looks for instances on which the sides differ, and proves nothing
  tenon-rulegen minimize FILE       drops the rules that saturation with the rest derives

FILE is a file of rules as text, or, if its name ends in .json, rules as TASO publishes them. The result goes to
standard output or to the file that -o names; what was found out goes to standard error. The exit status is 1 if
something was wrong: with 'prove', if a rule was not proven.)";

namespace {

cl::OptionCategory category("Options of tenon-rulegen");
cl::opt<std::string> command(cl::Positional, cl::Required, cl::desc("generate|prove|refute|minimize"),
                             cl::cat(category));
cl::opt<std::string> input(cl::Positional, cl::desc("[file]"), cl::cat(category));
cl::opt<std::string> output("o", cl::desc("The file to write (standard output)"), cl::value_desc("file"),
                            cl::init("-"), cl::cat(category));
cl::opt<unsigned>
    operators("operators",
              cl::desc("generate: operators per graph of TASO's kinds; one fewer with the others (4)"),
              cl::init(4), cl::cat(category));
cl::list<std::string>
    families("family", cl::CommaSeparated,
             cl::desc("generate: only these of matrices, images, matrices-wide, images-wide, "
                      "matrices-all, images-all"),
             cl::cat(category));
cl::opt<unsigned> threads("jobs", cl::desc("Threads (2); the result does not depend on them"), cl::init(2),
                          cl::cat(category));
cl::opt<bool> derive("derive",
                     cl::desc("prove: add the conditions that a rule needs, instead of refusing it"),
                     cl::cat(category));
cl::opt<unsigned> mutants("mutants",
                          cl::desc("prove: mutants of the rules, as many as this, instead of the rules"),
                          cl::init(0), cl::cat(category));
cl::opt<unsigned> seed("mutation-seed", cl::desc("prove: which mutants (1)"), cl::init(1), cl::cat(category));
cl::opt<bool> quiet("no-progress", cl::desc("No progress on standard error"), cl::cat(category));

int fail(const std::string &message) {
  llvm::errs() << "error: " << message << "\n";
  return 1;
}

void progress(const std::string &text) {
  if (!quiet)
    llvm::errs() << text << "\n";
}

llvm::Expected<std::vector<Rule>> readRules() {
  if (input.empty())
    return llvm::createStringError("expected a file of rules");
  auto buffer = llvm::MemoryBuffer::getFileOrSTDIN(input);
  if (!buffer)
    return llvm::createStringError(input + ": " + buffer.getError().message());
  llvm::StringRef text = (*buffer)->getBuffer();
  auto rules = llvm::StringRef(input).ends_with(".json") ? parseTasoRules(text) : parseRules(text);
  if (!rules)
    return llvm::createStringError(input + ": " + llvm::toString(rules.takeError()));
  return rules;
}

int writeRules(llvm::ArrayRef<Rule> rules, const std::string &header) {
  std::string text = header;
  for (const Rule &rule : rules)
    text += (text.empty() ? "" : "\n") + toString(rule);
  std::error_code error;
  llvm::raw_fd_ostream stream(output, error);
  if (error)
    return fail(output + ": " + error.message());
  stream << text;
  stream.flush();
  if (stream.has_error()) {
    error = stream.error();
    stream.clear_error();
    return fail(output + ": " + error.message());
  }
  return 0;
}

int generate() {
  if (operators < 1 || operators > 4)
    return fail("expected 1 to 4 operators, but got " + std::to_string(operators));
  GenerateOptions options;
  options.operators = operators;
  options.threads = threads;
  options.progress = progress;
  options.families.assign(families.begin(), families.end());
  for (const std::string &name : options.families)
    if (llvm::none_of(defaultFamilies(operators), [&](const Family &family) { return name == family.name; }))
      return fail("expected a family of matrices and images (also -wide, -all), but got " + name);
  GenerateStats stats;
  std::vector<Rule> rules = generateRules(options, stats);
  const EnumerationStats &e = stats.enumeration;
  progress(std::to_string(e.graphs) + " graphs, " + std::to_string(e.pairs) + " pairs of equal value, " +
           std::to_string(e.renamed) + " without renamings, " + std::to_string(e.distinct) +
           " without common subgraphs, " + std::to_string(e.kept) + " not subsumed; of these " +
           std::to_string(stats.proven) + " proven, " + std::to_string(stats.derived) +
           " derived from proven ones, " + std::to_string(stats.dropped) + " dropped, " +
           std::to_string(stats.restored) + " restored");
  // TASO counts what is left after renamings and common subgraphs, where a rule and its reverse are one.
  progress(std::to_string(stats.proven + stats.derived) + " rules hold as TASO counts them; " +
           std::to_string(stats.left) + " are left after minimizing, " + std::to_string(rules.size()) +
           " with their reverses");
  return writeRules(rules,
                    "# Made by 'tenon-rulegen generate --operators=" + std::to_string(operators) + "'.\n");
}

int proveAll(std::vector<Rule> rules) {
  if (mutants && rules.empty())
    return fail("expected rules to mutate");
  if (mutants) {
    std::vector<Rule> originals = std::move(rules);
    rules.clear();
    Random random(seed);
    while (rules.size() < mutants)
      if (auto mutant = mutate(originals[random.in(0, originals.size() - 1)], random)) {
        mutant->name += "/mutant-" + std::to_string(rules.size());
        rules.push_back(*mutant);
      }
  }
  std::vector<Rule> proven;
  unsigned counts[3] = {};
  for (const Rule &rule : rules) {
    ProveOptions options;
    options.derive = derive || llvm::StringRef(input).ends_with(".json");
    Proof proof = prove(rule, options);
    ++counts[unsigned(proof.verdict)];
    switch (proof.verdict) {
    case Verdict::Proven:
      proven.push_back(proof.rule);
      nameSymbols(proven.back());
      break;
    case Verdict::Refuted:
      llvm::errs() << "'" << rule.name << "' is wrong: " << toString(*proof.counterexample, rule) << "\n";
      break;
    case Verdict::Unknown:
      llvm::errs() << "'" << rule.name << "' is not decided: " << proof.reason << "\n";
      break;
    }
  }
  llvm::errs() << counts[0] << " proven, " << counts[1] << " refuted, " << counts[2] << " unknown\n";
  int status = writeRules(proven, "");
  return status || counts[2] || (!mutants && counts[1]);
}

int refuteAll(const std::vector<Rule> &rules) {
  std::vector<Rule> left;
  for (const Rule &rule : rules) {
    if (auto instance = findCounterexample(rule, 2000))
      llvm::errs() << "'" << rule.name << "' is wrong: " << toString(*instance, rule) << "\n";
    else
      left.push_back(rule);
  }
  llvm::errs() << left.size() << " of " << rules.size()
               << " rules have no counterexample among 2000 instances\n";
  int status = writeRules(left, "");
  return status || left.size() != rules.size();
}

int minimizeAll(const std::vector<Rule> &rules) {
  std::vector<Equation> equations;
  for (const Rule &rule : rules) {
    if (rule.status != RuleStatus::Proven)
      return fail("expected proven rules, but got '" + rule.name + "'; 'tenon-rulegen prove' proves it");
    // A rule goes together with its reverse.
    if (!equations.empty() && rule.name == equations.back().rule.name + "/back")
      equations.back().reverse = rule;
    else
      equations.push_back({rule, std::nullopt});
  }
  minimize(equations, derivationLimits(), threads, progress);
  std::vector<Rule> left;
  for (const Equation &equation : equations) {
    left.push_back(equation.rule);
    if (equation.reverse)
      left.push_back(*equation.reverse);
  }
  progress(std::to_string(left.size()) + " of " + std::to_string(rules.size()) + " rules are left");
  return writeRules(left, "");
}

} // namespace

int main(int argc, char **argv) {
  cl::HideUnrelatedOptions(category);
  if (!cl::ParseCommandLineOptions(argc, argv, overview, &llvm::errs()))
    return 1;
  if (threads < 1 || threads > 256)
    return fail("expected 1 to 256 threads, but got " + std::to_string(threads));
  if (command == "generate")
    return input.empty() ? generate() : fail("expected no file, but got " + input);
  if (command != "prove" && command != "refute" && command != "minimize")
    return fail("expected generate, prove, refute or minimize, but got " + command);
  auto rules = readRules();
  if (!rules)
    return fail(llvm::toString(rules.takeError()));
  if (command == "prove")
    return proveAll(std::move(*rules));
  return command == "refute" ? refuteAll(*rules) : minimizeAll(*rules);
}
