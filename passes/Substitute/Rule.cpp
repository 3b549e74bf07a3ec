#include "passes/Substitute/Rule.h"

using namespace tenon::substitute;

std::optional<bool> tenon::substitute::bindPattern(const Poly &pattern, int64_t actual, Values &values) {
  std::optional<Symbol> unknown;
  for (Symbol s : pattern.symbols()) {
    if (s < values.size() && values[s])
      continue;
    if (unknown)
      return std::nullopt;
    unknown = s;
  }
  if (!unknown)
    return pattern.evaluate(values) == actual;
  auto parts = pattern.linearIn(*unknown);
  if (!parts)
    return std::nullopt;
  std::optional<int64_t> factor = parts->first.evaluate(values), rest = parts->second.evaluate(values);
  if (!factor || !rest || *factor == 0)
    return std::nullopt;
  if ((actual - *rest) % *factor)
    return false;
  if (values.size() <= *unknown)
    values.resize(*unknown + 1);
  values[*unknown] = (actual - *rest) / *factor;
  return true;
}

bool tenon::substitute::checkConditions(const Rule &rule, const Values &values) {
  for (size_t s = 0; s < rule.symbols.size() && s < values.size(); ++s)
    if (values[s] && *values[s] < rule.symbols.least(s))
      return false;
  for (const Constraint &condition : rule.conditions)
    if (condition.evaluate(values) != true)
      return false;
  return true;
}

bool tenon::substitute::bindShapes(const Rule &rule, llvm::ArrayRef<llvm::SmallVector<int64_t, 4>> extents,
                                   Values &values) {
  values.resize(std::max(values.size(), rule.symbols.size()));
  std::vector<std::pair<const Poly *, int64_t>> open;
  for (auto [input, shape] : llvm::zip_equal(rule.inputs, extents)) {
    if (input.shape.size() != shape.size())
      return false;
    for (auto [pattern, extent] : llvm::zip_equal(input.shape, shape))
      open.push_back({&pattern, extent});
  }
  // Every round binds what has become determined; an extent that stays open leaves a symbol without a value.
  while (!open.empty()) {
    std::vector<std::pair<const Poly *, int64_t>> left;
    for (auto [pattern, extent] : open) {
      std::optional<bool> bound = bindPattern(*pattern, extent, values);
      if (bound == false)
        return false;
      if (!bound)
        left.push_back({pattern, extent});
    }
    if (left.size() == open.size())
      return false;
    open = std::move(left);
  }
  return checkConditions(rule, values);
}
