#include "autotune/CostModel/CostModel.h"
#include "lib/Support/AtomicFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SHA256.h"
#include <xgboost/c_api.h>

using namespace tenon;
using namespace tenon::autotune;
using llvm::StringRef;
namespace json = llvm::json;

static constexpr const char *kFormat = "tenon cost model";
static constexpr int64_t kVersion = 1;
static constexpr std::pair<Objective, const char *> kObjectives[] = {
    {Objective::Rank, "rank:pairwise"}, {Objective::Throughput, "reg:squarederror"}};

void TrainingSet::add(llvm::ArrayRef<float> rows, llvm::ArrayRef<double> nanoseconds) {
  if (nanoseconds.empty())
    return;
  features.insert(features.end(), rows.begin(), rows.end());
  double best = 0;
  for (double ns : nanoseconds)
    if (ns > 0 && (best == 0 || ns < best))
      best = ns;
  for (double ns : nanoseconds)
    speeds.push_back(ns > 0 ? float(best / ns) : 0);
  groups.push_back(unsigned(nanoseconds.size()));
}

/// XGBoost's answer to a call that failed.
static llvm::Error failure() {
  StringRef reason = XGBGetLastError();
  return llvm::createStringError("XGBoost: " + reason.take_until([](char c) { return c == '\n'; }));
}

struct CostModel::Impl {
  unsigned columns, version;
  CostModelOptions options;
  BoosterHandle booster = nullptr;
  int trees = 0;

  ~Impl() { XGBoosterFree(booster); }
  /// No trees; `data`, if there is some, is what they will learn from.
  llvm::Error reset(llvm::ArrayRef<DMatrixHandle> data) {
    XGBoosterFree(booster);
    booster = nullptr;
    trees = 0;
    if (XGBoosterCreate(data.data(), data.size(), &booster))
      return failure();
    return configure();
  }
  llvm::Error configure() {
    const char *objective = nullptr;
    for (auto [value, name] : kObjectives)
      if (value == options.objective)
        objective = name;
    for (const auto &[name, value] : std::initializer_list<std::pair<const char *, std::string>>{
             {"objective", objective},
             {"tree_method", "hist"},
             {"max_depth", std::to_string(options.depth)},
             {"eta", llvm::formatv("{0}", options.rate).str()},
             {"colsample_bytree", "0.5"}, // of some hundred features, many of which say much the same
             {"min_child_weight", "1"},
             {"base_score", "0.5"},
             {"seed", std::to_string(options.seed)},
             {"nthread", std::to_string(options.threads)},
             {"verbosity", "0"}})
      if (XGBoosterSetParam(booster, name, value.c_str()))
        return failure();
    return llvm::Error::success();
  }
  llvm::Error grow(const TrainingSet &data, int rounds, bool isNew);
  llvm::Expected<StringRef> bytes() const {
    bst_ulong length = 0;
    const char *start = nullptr;
    if (XGBoosterSaveModelToBuffer(booster, R"({"format": "ubj"})", &length, &start))
      return failure();
    return StringRef(start, length);
  }
  llvm::Error read(StringRef bytes) {
    if (llvm::Error e = reset({}))
      return e;
    if (XGBoosterLoadModelFromBuffer(booster, bytes.data(), bytes.size()))
      return failure();
    if (XGBoosterBoostedRounds(booster, &trees))
      return failure();
    // What is no part of the trees: threads, seed, rate.
    return configure();
  }
};

CostModel::CostModel(unsigned columns, unsigned version, CostModelOptions options)
    : impl(std::make_unique<Impl>(Impl{columns, version, options})) {}
CostModel::~CostModel() = default;
CostModel::CostModel(CostModel &&) = default;
CostModel &CostModel::operator=(CostModel &&) = default;

bool CostModel::isTrained() const {
  return impl->trees > 0;
}

/// Adds trees, to none if `isNew`.
llvm::Error CostModel::Impl::grow(const TrainingSet &data, int rounds, bool isNew) {
  if (data.numColumns() != columns)
    return llvm::createStringError(
        llvm::formatv("expected rows of {0} features, but got {1}", columns, data.numColumns()).str());
  if (data.numRows() == 0)
    return llvm::createStringError("expected measured points to learn from, but got none");
  DMatrixHandle matrix = nullptr;
  if (XGDMatrixCreateFromMat(data.features.data(), data.numRows(), columns, std::nanf(""), &matrix))
    return failure();
  bool isRank = options.objective == Objective::Rank;
  bool failed = XGDMatrixSetFloatInfo(matrix, "label", data.speeds.data(), data.numRows());
  if (isRank) {
    failed = failed || XGDMatrixSetUIntInfo(matrix, "group", data.groups.data(), data.groups.size());
  } else {
    // Every group counts the same in total as one of average size, and its fast points more: they are what is
    // looked for.
    std::vector<float> weights;
    float average = float(data.numRows()) / float(data.numGroups());
    constexpr float kSlow = 0.1f;
    size_t row = 0;
    for (unsigned size : data.groups)
      for (unsigned i = 0; i < size; ++i)
        weights.push_back((kSlow + data.speeds[row++]) * std::sqrt(average / float(size)));
    failed = failed || XGDMatrixSetFloatInfo(matrix, "weight", weights.data(), weights.size());
  }
  llvm::Error error = failed ? failure() : llvm::Error::success();
  if (!error && isNew)
    error = reset(matrix);
  for (int i = 0; i < rounds && !error; ++i)
    if (XGBoosterUpdateOneIter(booster, trees++, matrix))
      error = failure();
  XGDMatrixFree(matrix);
  return error;
}

llvm::Error CostModel::train(const TrainingSet &data) {
  return impl->grow(data, impl->options.rounds, /*isNew=*/true);
}

llvm::Error CostModel::update(const TrainingSet &data, int rounds) {
  return isTrained() ? impl->grow(data, rounds, /*isNew=*/false) : train(data);
}

llvm::Error CostModel::predict(llvm::ArrayRef<float> rows, llvm::MutableArrayRef<float> scores) const {
  if (rows.size() != scores.size() * impl->columns)
    return llvm::createStringError(llvm::formatv("expected rows of {0} features for {1} points, but got {2}",
                                                 impl->columns, scores.size(), rows.size())
                                       .str());
  if (!isTrained())
    return llvm::createStringError("expected a trained model");
  if (scores.empty())
    return llvm::Error::success();
  std::string values =
      llvm::formatv(
          R"({{"data": [{0}, true], "shape": [{1}, {2}], "typestr": "<f4", "strides": null, "version": 3})",
          reinterpret_cast<uintptr_t>(rows.data()), scores.size(), impl->columns)
          .str();
  const bst_ulong *shape = nullptr;
  bst_ulong dims = 0;
  const float *result = nullptr;
  if (XGBoosterPredictFromDense(
          impl->booster, values.c_str(),
          R"({"type": 1, "training": false, "iteration_begin": 0, "iteration_end": 0, "missing": NaN, "strict_shape": false, "cache_id": 0})",
          nullptr, &shape, &dims, &result))
    return failure();
  std::copy(result, result + scores.size(), scores.begin());
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

extern "C" const char tenon_shipped_cost_model[], tenon_shipped_cost_model_end[];

StringRef tenon::autotune::shippedCostModel() {
  return {tenon_shipped_cost_model, size_t(tenon_shipped_cost_model_end - tenon_shipped_cost_model)};
}

static std::string hashOf(StringRef bytes) {
  return llvm::toHex(llvm::SHA256::hash({reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()}),
                     true);
}

llvm::Expected<std::string> CostModel::print() const {
  if (!isTrained())
    return llvm::createStringError("expected a trained model");
  llvm::Expected<StringRef> trees = impl->bytes();
  if (!trees)
    return trees.takeError();
  std::string text;
  llvm::raw_string_ostream out(text);
  out << json::Value(json::Object{{"format", kFormat},
                                  {"version", kVersion},
                                  {"features", impl->version},
                                  {"columns", impl->columns},
                                  {"objective", int64_t(impl->options.objective)},
                                  {"targets", json::Array(targets)},
                                  {"sha256", hashOf(*trees)}})
      << '\n'
      << *trees;
  return text;
}

llvm::Error CostModel::save(StringRef path) const {
  llvm::Expected<std::string> text = print();
  return text ? writeFile(path, *text) : text.takeError();
}

llvm::Expected<CostModel> CostModel::load(StringRef path, unsigned columns, unsigned version,
                                          CostModelOptions options) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return llvm::createStringError("cannot read '" + path + "': " + buffer.getError().message());
  return parse((*buffer)->getBuffer(), path, columns, version, options);
}

llvm::Expected<CostModel> CostModel::parse(StringRef bytes, StringRef name, unsigned columns,
                                           unsigned version, CostModelOptions options) {
  auto fail = [&](const llvm::Twine &what) {
    return llvm::createStringError("'" + name + "': expected " + what);
  };
  auto [line, trees] = bytes.split('\n');
  llvm::Expected<json::Value> value = json::parse(line.take_front(1000));
  const json::Object *head = value ? value->getAsObject() : nullptr;
  if (!value)
    llvm::consumeError(value.takeError());
  if (!head || head->getString("format") != kFormat)
    return fail("a cost model");
  if (head->getInteger("version") != kVersion)
    return fail("a cost model of version " + llvm::Twine(kVersion));
  if (head->getInteger("features") != int64_t(version) || head->getInteger("columns") != int64_t(columns))
    return fail(llvm::formatv("a cost model of {0} features of version {1}, but it is one of {2} of version "
                              "{3}: train it again",
                              columns, version, head->getInteger("columns").value_or(0),
                              head->getInteger("features").value_or(0))
                    .str());
  if (head->getString("sha256") != hashOf(trees))
    return fail("the trees that were written, but they are others");
  int64_t objective = head->getInteger("objective").value_or(0);
  if (objective < 0 || objective >= int64_t(std::size(kObjectives)))
    return fail("a known objective");
  options.objective = Objective(objective);
  CostModel model(columns, version, options);
  if (const json::Array *targets = head->getArray("targets"))
    for (const json::Value &target : *targets)
      model.targets.push_back(target.getAsString().value_or("").str());
  if (llvm::Error e = model.impl->read(trees))
    return std::move(e);
  return model;
}

llvm::Expected<CostModel> CostModel::clone() const {
  CostModel copy(impl->columns, impl->version, impl->options);
  copy.targets = targets;
  if (!isTrained())
    return copy;
  llvm::Expected<StringRef> trees = impl->bytes();
  if (!trees)
    return trees.takeError();
  // The buffer is the booster's.
  if (llvm::Error e = copy.impl->read(*trees))
    return std::move(e);
  return copy;
}
