#pragma once
#include "lib/Import/onnx.pb.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

namespace tenon::onnx_import {

/// The operator sets that a model or a function imports: domain → version.
class Opsets {
public:
  /// Error: a domain imported in two versions. Unknown domains and versions are no error until a node uses
  /// them: files import more than they need.
  static llvm::Expected<Opsets>
  read(const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto> &imports);

  /// The version in force for an operator of the domain (as `normalizedDomain` gives it). Errors: a domain
  /// that is not imported or not known, or a version of it that this importer does not know.
  llvm::Expected<int64_t> version(llvm::StringRef domain) const;
  std::optional<int64_t> imported(llvm::StringRef domain) const;
  bool empty() const { return versions.empty(); }

private:
  llvm::StringMap<int64_t> versions;
};

/// ONNX's own operators have two names for their domain, "" and "ai.onnx"; here always "".
llvm::StringRef normalizedDomain(llvm::StringRef domain);

} // namespace tenon::onnx_import
