#include "lib/Import/Opsets.h"
#include "lib/Import/Model.h"
#include "llvm/ADT/STLExtras.h"

namespace tenon::onnx_import {

namespace {

struct KnownDomain {
  llvm::StringLiteral domain;
  int64_t first;
  int64_t last;
};

} // namespace

/// The operator sets whose meaning is known; which of their operators are supported is decided later.
static constexpr KnownDomain kKnownDomains[] = {
    {"", 7, 28},
    {"ai.onnx.ml", 1, 5},
    {"ai.onnx.preview", 1, 1},
    {"ai.onnx.preview.training", 1, 1},
    {"com.microsoft", 1, 1},
};

static const KnownDomain *knownDomain(llvm::StringRef domain) {
  const KnownDomain *found =
      llvm::find_if(kKnownDomains, [&](const KnownDomain &k) { return k.domain == domain; });
  return found == std::end(kKnownDomains) ? nullptr : found;
}

static std::string shown(llvm::StringRef domain) {
  return domain.empty() ? "ai.onnx" : quoted(domain);
}

llvm::StringRef normalizedDomain(llvm::StringRef domain) {
  return domain == "ai.onnx" ? "" : domain;
}

llvm::Expected<Opsets>
Opsets::read(const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto> &imports) {
  Opsets result;
  for (const onnx::OperatorSetIdProto &import : imports) {
    llvm::StringRef domain = normalizedDomain(import.domain());
    int64_t version = import.version();
    auto [entry, isNew] = result.versions.try_emplace(domain, version);
    if (!isNew && entry->second != version)
      return llvm::createStringError("operator set " + shown(domain) + " is imported in versions " +
                                     llvm::Twine(entry->second) + " and " + llvm::Twine(version));
  }
  return result;
}

std::optional<int64_t> Opsets::imported(llvm::StringRef domain) const {
  auto found = versions.find(domain);
  if (found == versions.end())
    return std::nullopt;
  return found->second;
}

llvm::Expected<int64_t> Opsets::version(llvm::StringRef domain) const {
  const KnownDomain *known = knownDomain(domain);
  if (!known)
    return llvm::createStringError("unknown operator domain " + shown(domain));
  std::optional<int64_t> found = imported(domain);
  if (!found)
    return llvm::createStringError("no operator set is imported for domain " + shown(domain));
  if (*found < known->first || *found > known->last)
    return llvm::createStringError("operator set " + shown(domain) + " version " + llvm::Twine(*found) +
                                   " is not supported; expected " + llvm::Twine(known->first) + " to " +
                                   llvm::Twine(known->last));
  return *found;
}

} // namespace tenon::onnx_import
