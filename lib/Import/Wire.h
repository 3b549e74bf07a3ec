#pragma once
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>
#include <vector>

namespace tenon::onnx_import {

/// A part of the model file.
struct Span {
  uint64_t offset;
  uint64_t length;
};

/// A serialized ModelProto without its large tensors.
struct Skeleton {
  /// The message, in which `TensorProto.tenon_span` stands for each raw_data that was left out.
  std::string bytes;
  /// Where in the file those are.
  std::vector<Span> spans;
};

/// raw_data of at least this many bytes stays in the file.
constexpr uint64_t kLargeRawData = 4096;

/// Walks a serialized ModelProto once, before protobuf sees it, and cuts the large raw_data out, wherever a
/// TensorProto may occur. Only tags and lengths are read, so of a mapped file only the pages with structure
/// are touched.
///
/// The walk bounds what parsing the result may cost: nesting is limited, and the memory that the parsed
/// messages will take is estimated and limited in proportion to the file (a two-byte empty message would
/// otherwise become an object of hundreds of bytes). Errors name the byte at which the file stops being a
/// ModelProto: an impossible tag or length, a group (ONNX has none), too deep nesting, too many messages.
llvm::Expected<Skeleton> cutLargeTensors(llvm::ArrayRef<char> model);

} // namespace tenon::onnx_import
