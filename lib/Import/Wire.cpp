#include "lib/Import/Wire.h"
#include "lib/Import/onnx.pb.h"
#include "llvm/ADT/Twine.h"
#include <array>

namespace tenon::onnx_import {

namespace {

/// What a length-delimited field holds, as far as the walk cares.
enum class Content : uint8_t {
  Bytes,   // a string, bytes, packed fixed-width numbers, or a field that ONNX does not define
  Varints, // packed varints: each byte may become eight
  RawData,
  // Messages from here on.
  Entry, // a message that holds no messages: StringStringEntryProto and the like
  Model,
  Graph,
  Node,
  Attribute,
  Tensor,
  SparseTensor,
  Function,
  Training,
  ValueInfo,
  Type,
  TensorType,
  ElementOfType, // TypeProto.Sequence and .Optional
  MapType,
  Shape,
  Annotation,
  DeviceConfiguration,
  Sharding,
  ShardedDim,
  Count,
};

/// The fields that hold messages, or bytes that count for more than themselves.
struct Row {
  Content parent;
  uint32_t field;
  Content child;
};
constexpr Row kRows[] = {
    {Content::Model, 7, Content::Graph},
    {Content::Model, 8, Content::Entry},
    {Content::Model, 14, Content::Entry},
    {Content::Model, 20, Content::Training},
    {Content::Model, 25, Content::Function},
    {Content::Model, 26, Content::Entry},
    {Content::Training, 1, Content::Graph},
    {Content::Training, 2, Content::Graph},
    {Content::Training, 3, Content::Entry},
    {Content::Training, 4, Content::Entry},
    {Content::Graph, 1, Content::Node},
    {Content::Graph, 5, Content::Tensor},
    {Content::Graph, 11, Content::ValueInfo},
    {Content::Graph, 12, Content::ValueInfo},
    {Content::Graph, 13, Content::ValueInfo},
    {Content::Graph, 14, Content::Annotation},
    {Content::Graph, 15, Content::SparseTensor},
    {Content::Graph, 16, Content::Entry},
    {Content::Function, 7, Content::Node},
    {Content::Function, 9, Content::Entry},
    {Content::Function, 11, Content::Attribute},
    {Content::Function, 12, Content::ValueInfo},
    {Content::Function, 14, Content::Entry},
    {Content::Node, 5, Content::Attribute},
    {Content::Node, 9, Content::Entry},
    {Content::Node, 10, Content::DeviceConfiguration},
    {Content::DeviceConfiguration, 2, Content::Sharding},
    {Content::Sharding, 2, Content::Varints},
    {Content::Sharding, 3, Content::Entry},
    {Content::Sharding, 4, Content::ShardedDim},
    {Content::ShardedDim, 2, Content::Entry},
    {Content::Attribute, 5, Content::Tensor},
    {Content::Attribute, 6, Content::Graph},
    {Content::Attribute, 8, Content::Varints},
    {Content::Attribute, 10, Content::Tensor},
    {Content::Attribute, 11, Content::Graph},
    {Content::Attribute, 14, Content::Type},
    {Content::Attribute, 15, Content::Type},
    {Content::Attribute, 22, Content::SparseTensor},
    {Content::Attribute, 23, Content::SparseTensor},
    {Content::Tensor, 1, Content::Varints},
    {Content::Tensor, 3, Content::Entry},
    {Content::Tensor, 5, Content::Varints},
    {Content::Tensor, 7, Content::Varints},
    {Content::Tensor, 9, Content::RawData},
    {Content::Tensor, 11, Content::Varints},
    {Content::Tensor, 13, Content::Entry},
    {Content::Tensor, 16, Content::Entry},
    {Content::SparseTensor, 1, Content::Tensor},
    {Content::SparseTensor, 2, Content::Tensor},
    {Content::SparseTensor, 3, Content::Varints},
    {Content::ValueInfo, 2, Content::Type},
    {Content::ValueInfo, 4, Content::Entry},
    {Content::Type, 1, Content::TensorType},
    {Content::Type, 4, Content::ElementOfType},
    {Content::Type, 5, Content::MapType},
    {Content::Type, 7, Content::Entry},
    {Content::Type, 8, Content::TensorType},
    {Content::Type, 9, Content::ElementOfType},
    {Content::TensorType, 2, Content::Shape},
    {Content::ElementOfType, 1, Content::Type},
    {Content::MapType, 2, Content::Type},
    {Content::Shape, 1, Content::Entry},
    {Content::Annotation, 2, Content::Entry},
};

/// kRows by parent and field.
constexpr uint32_t kFields = 32;
using Table = std::array<std::array<Content, kFields>, static_cast<size_t>(Content::Count)>;
constexpr Table makeTable() {
  Table table{};
  for (const Row &row : kRows)
    table[static_cast<size_t>(row.parent)][row.field] = row.child;
  return table;
}
constexpr Table kTable = makeTable();

/// The walk over one file.
class Walker {
public:
  explicit Walker(llvm::ArrayRef<char> file)
      : file(file), memoryLimit(kFreeMemory + kMemoryPerByte * static_cast<uint64_t>(file.size())) {}

  bool message(const char *p, const char *end, Content kind, unsigned depth, bool emit);

  Skeleton result;
  std::string failure;

private:
  bool fail(const char *at, const llvm::Twine &what) {
    if (failure.empty())
      failure = ("damaged or not an ONNX model: byte " + llvm::Twine(at - file.data()) + ": " + what).str();
    return false;
  }
  bool varint(const char *&p, const char *end, uint64_t &value);
  bool charge(const char *at, uint64_t bytes);
  void append(const char *from, const char *to) { result.bytes.append(from, to); }

  /// What a file may cost in memory: real models need about six bytes for each byte of structure.
  static constexpr uint64_t kFreeMemory = uint64_t(256) << 20;
  static constexpr uint64_t kMemoryPerByte = 8;

  llvm::ArrayRef<char> file;
  uint64_t memory = 0;
  uint64_t memoryLimit;
};

} // namespace

/// Deeper than any model that the importer accepts (its graphs nest to a fixed depth, three messages
/// each), shallow enough for the stack and for protobuf's own limit of 100.
static constexpr unsigned kMaxDepth = 80;

/// Five bytes hold any length below 2^35, so a length can be written before it is known.
static constexpr size_t kPaddedLength = 5;

static bool isMessage(Content kind) {
  return kind >= Content::Entry;
}

/// What an object of the message costs, with what the importer builds beside it.
static uint64_t objectSize(Content kind) {
  constexpr uint64_t pointer = 16;
  switch (kind) {
  case Content::Graph:
    return sizeof(onnx::GraphProto) + 8192 + pointer;
  case Content::Node:
    return sizeof(onnx::NodeProto) + 512 + pointer;
  case Content::Attribute:
    return sizeof(onnx::AttributeProto) + 128 + pointer;
  case Content::Tensor:
    return sizeof(onnx::TensorProto) + 64 + pointer;
  case Content::ValueInfo:
    return sizeof(onnx::ValueInfoProto) + 256 + pointer;
  case Content::Function:
    return sizeof(onnx::FunctionProto) + 256 + pointer;
  default:
    return 128 + pointer;
  }
}

bool Walker::varint(const char *&p, const char *end, uint64_t &value) {
  const char *start = p;
  value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (p == end)
      return fail(start, "a number is cut off");
    uint8_t byte = static_cast<uint8_t>(*p++);
    if (shift == 63 && byte > 1)
      return fail(start, "a number exceeds 64 bits");
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80)
      return true;
  }
  return fail(start, "a number exceeds 64 bits");
}

bool Walker::charge(const char *at, uint64_t bytes) {
  memory += bytes;
  if (memory > memoryLimit)
    return fail(at, "the file would take more than " + llvm::Twine(memoryLimit >> 20) +
                        " MiB of memory to parse");
  return true;
}

bool Walker::message(const char *p, const char *end, Content kind, unsigned depth, bool emit) {
  if (depth > kMaxDepth)
    return fail(p, "messages are nested more than " + llvm::Twine(kMaxDepth) + " deep");
  // Where the part that is copied as it is begins.
  const char *pending = p;
  while (p != end) {
    const char *start = p;
    uint64_t tag = 0;
    if (!varint(p, end, tag))
      return false;
    uint64_t field = tag >> 3;
    if (field == 0 || field >= (1u << 29))
      return fail(start, "field number " + llvm::Twine(field) + " is impossible");
    if (kind == Content::Tensor && field == onnx::TensorProto::kTenonSpanFieldNumber)
      return fail(start, "a tensor holds the unknown field " + llvm::Twine(field));
    switch (tag & 7) {
    case 0: {
      uint64_t value = 0;
      if (!varint(p, end, value))
        return false;
      // Numbers of unpacked repeated fields.
      if (!charge(start, 8))
        return false;
      continue;
    }
    case 1:
    case 5: {
      ptrdiff_t width = (tag & 7) == 1 ? 8 : 4;
      if (end - p < width)
        return fail(start, "a number is cut off");
      p += width;
      if (!charge(start, 8))
        return false;
      continue;
    }
    case 2:
      break;
    default:
      return fail(start, "wire type " + llvm::Twine(tag & 7) + " does not occur in ONNX");
    }

    uint64_t length = 0;
    const char *lengthAt = p;
    if (!varint(p, end, length))
      return false;
    if (length > static_cast<uint64_t>(end - p))
      return fail(start, "field " + llvm::Twine(field) + " of " + llvm::Twine(length) +
                             " bytes does not fit the " + llvm::Twine(end - p) + " bytes left");
    const char *fieldEnd = p + length;
    Content child = field < kFields ? kTable[static_cast<size_t>(kind)][field] : Content::Bytes;

    if (child == Content::RawData && emit && length >= kLargeRawData) {
      append(pending, start);
      // The span's index in place of the bytes.
      uint32_t spanTag = static_cast<uint32_t>(onnx::TensorProto::kTenonSpanFieldNumber) << 3;
      for (uint64_t number : {uint64_t(spanTag), static_cast<uint64_t>(result.spans.size())}) {
        for (; number >= 0x80; number >>= 7)
          result.bytes.push_back(static_cast<char>(number | 0x80));
        result.bytes.push_back(static_cast<char>(number));
      }
      result.spans.push_back({static_cast<uint64_t>(p - file.data()), length});
      pending = p = fieldEnd;
      if (!charge(start, 64))
        return false;
      continue;
    }
    if (isMessage(child)) {
      if (!charge(start, objectSize(child)))
        return false;
      // Only a message of this size can hold a large raw_data.
      bool emitChild = emit && length >= kLargeRawData;
      size_t lengthPosition = 0;
      if (emitChild) {
        append(pending, lengthAt);
        lengthPosition = result.bytes.size();
        result.bytes.append(kPaddedLength, '\0');
      }
      if (!message(p, fieldEnd, child, depth + 1, emitChild))
        return false;
      if (emitChild) {
        uint64_t size = result.bytes.size() - lengthPosition - kPaddedLength;
        for (size_t i = 0; i < kPaddedLength; ++i, size >>= 7)
          result.bytes[lengthPosition + i] =
              static_cast<char>((size & 0x7f) | (i + 1 < kPaddedLength ? 0x80 : 0));
        pending = fieldEnd;
      }
      p = fieldEnd;
      continue;
    }
    // Strings and bytes: an object each, and their contents; numbers: their decoded width.
    if (!charge(start, child == Content::Varints ? 8 * length : 48 + length))
      return false;
    p = fieldEnd;
  }
  if (emit)
    append(pending, end);
  return true;
}

llvm::Expected<Skeleton> cutLargeTensors(llvm::ArrayRef<char> model) {
  Walker walker(model);
  if (!walker.message(model.begin(), model.end(), Content::Model, 0, /*emit=*/true))
    return llvm::createStringError(walker.failure);
  if (walker.result.bytes.size() > static_cast<size_t>(INT32_MAX))
    return llvm::createStringError("the model without its raw tensor data exceeds 2 GiB");
  return std::move(walker.result);
}

} // namespace tenon::onnx_import
