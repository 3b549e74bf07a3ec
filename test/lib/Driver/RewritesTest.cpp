#include "dialects/NN/NN.h"
#include "lib/Driver/Outputs.h"
#include "lib/Driver/Schedules.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "passes/Substitute/Evaluate.h"
#include "passes/Substitute/RuleText.h"
#include "passes/Substitute/Search/Convert.h"
#include "passes/Substitute/Search/ModelRules.h"
#include "tenon/Compiler.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"
#include <cmath>
#include <cstdlib>

using namespace tenon;
using namespace tenon::substitute;

// Whole models after random rewrites, any rule at any place: what is compiled from them agrees with what is
// compiled from the model.

namespace {

std::vector<Rule> allRules() {
  std::vector<Rule> rules = llvm::cantFail(parseRules(getModelRules()));
  for (Rule &rule : llvm::cantFail(parseRules(getGeneratedRules())))
    rules.push_back(std::move(rule));
  return rules;
}

/// The model in examples/; and those that scripts/models has filled with weights: small ones, or all where
/// TENON_ALL_MODELS is set.
std::vector<std::string> models() {
  std::vector<std::string> files = {TENON_SOURCE "/examples/models/digits_mobilenet.onnx"};
  const char *cache = std::getenv("XDG_CACHE_HOME"), *home = std::getenv("HOME"),
             *every = std::getenv("TENON_ALL_MODELS");
  std::string folder =
      (cache ? std::string(cache) : std::string(home ? home : "") + "/.cache") + "/tenon/models";
  bool all = every && *every && llvm::StringRef(every) != "0";
  std::error_code error;
  for (llvm::sys::fs::directory_iterator it(folder, error), end; it != end && !error; it.increment(error)) {
    llvm::StringRef path = it->path(), name = llvm::sys::path::stem(path);
    if (llvm::sys::path::extension(path) == ".onnx" && name != "digits_mobilenet" &&
        (all || name.starts_with("digits")))
      files.push_back(path.str());
  }
  llvm::sort(files);
  return files;
}

CompileOptions optionsOf(llvm::StringRef path) {
  CompileOptions options;
  options.numerics = Numerics::Strict;
  if (path.ends_with(".onnx") && llvm::sys::path::stem(path).starts_with("digits"))
    options.dims = {{"batch", 1, 1}};
  return options;
}

/// The results on inputs of waves, and of ones where they are integers, such as tokens.
std::vector<Tensor> resultsOf(const std::string &path) {
  Result<CompiledModel> model = CompiledModel::compile(path, optionsOf(path));
  if (!model.ok()) {
    ADD_FAILURE() << path << ": " << model.message();
    return {};
  }
  llvm::Expected<std::unique_ptr<Compilation>> compilation = prepareCompilation(optionsOf(path));
  NamedTensors inputs;
  if (llvm::Error error =
          compilation ? (*compilation)->run(path, Phase::Simplify) : compilation.takeError()) {
    ADD_FAILURE() << path << ": " << llvm::toString(std::move(error));
    return {};
  }
  auto main = (*compilation)->module().lookupSymbol<mlir::func::FuncOp>("main");
  for (unsigned i = 0; i < main.getNumArguments(); ++i) {
    auto type = mlir::cast<mlir::RankedTensorType>(main.getArgumentTypes()[i]);
    bool isFloat = type.getElementType().isF32();
    Result<Tensor> tensor = Tensor::create(isFloat ? TENON_FLOAT32 : TENON_INT64, type.getShape().vec());
    for (int64_t at = 0; at < tensor->elements(); ++at)
      if (isFloat)
        static_cast<float *>(tensor->data())[at] = std::sin(float(at));
      else
        static_cast<int64_t *>(tensor->data())[at] = 1;
    inputs.push_back({main.getArgAttrOfType<mlir::StringAttr>(i, "nn.name").str(), *tensor});
  }
  Result<RunnableModel> loaded = model->load();
  Result<std::vector<Tensor>> results = loaded.ok() ? loaded->run(inputs) : Status::failure(loaded.message());
  EXPECT_TRUE(results.ok()) << path << ": " << results.message();
  return results.ok() ? *results : std::vector<Tensor>();
}

/// The largest difference over the largest magnitude.
double difference(const Tensor &a, const Tensor &b) {
  double most = 0, difference = 0;
  for (int64_t i = 0; i < a.elements(); ++i) {
    double x = static_cast<const float *>(a.data())[i], y = static_cast<const float *>(b.data())[i];
    most = std::max(most, std::fabs(x));
    difference = std::max(difference, std::fabs(x - y));
    if (std::isnan(y))
      return INFINITY;
  }
  return difference / most;
}

/// Writes the model after random rewrites to a text; how many there were.
unsigned writeRewritten(const std::string &path, const std::vector<Rule> &rules, uint64_t seed,
                        const std::string &text) {
  auto compilation = llvm::cantFail(prepareCompilation(optionsOf(path)));
  llvm::cantFail(compilation->run(path, Phase::Simplify));
  FunctionGraph function(compilation->module().lookupSymbol<mlir::func::FuncOp>("main"));
  ModelGraph model = function.model();
  model.graph.rebuild();
  size_t most = 2 * model.graph.numNodes();
  Random random(seed);
  unsigned count = 0;
  for (unsigned i = 0; i < 20; ++i) {
    // Rules that match in many places, such as swapped operands, are not drawn more often for that.
    std::vector<std::pair<const Rule *, std::vector<Match>>> places;
    for (const Rule &rule : rules)
      if (std::vector<Match> matches = findMatches(model.graph, rule, 10); !matches.empty())
        places.push_back({&rule, std::move(matches)});
    if (places.empty())
      break;
    auto &[rule, matches] = places[random.in(0, int64_t(places.size()) - 1)];
    std::optional<ModelGraph> next =
        rewrite(model, *rule, matches[random.in(0, int64_t(matches.size()) - 1)]);
    if (!next || next->graph.numNodes() > most)
      continue;
    model = std::move(*next);
    ++count;
  }
  EXPECT_TRUE(mlir::succeeded(function.replace(model))) << path << ", seed " << seed;
  EXPECT_TRUE(mlir::succeeded(mlir::verify(compilation->module()))) << path << ", seed " << seed;
  llvm::cantFail(writeOutput(*compilation, Phase::Simplify, text, nullptr));
  return count;
}

TEST(ModelRewrites, RandomOnesKeepTheResults) {
  std::vector<Rule> rules = allRules();
  llvm::SmallString<128> folder;
  ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("tenon-rewrites", folder));
  for (const std::string &path : models()) {
    std::vector<Tensor> expected = resultsOf(path);
    for (uint64_t seed = 0; seed < 3; ++seed) {
      std::string text = (folder + "/model.mlir").str();
      EXPECT_GT(writeRewritten(path, rules, seed, text), 5u) << path;
      std::vector<Tensor> results = resultsOf(text);
      ASSERT_EQ(results.size(), expected.size()) << path << ", seed " << seed;
      for (size_t i = 0; i < results.size(); ++i)
        EXPECT_LT(difference(expected[i], results[i]), 1e-5) << path << ", seed " << seed;
    }
  }
  llvm::sys::fs::remove_directories(folder);
}

} // namespace
