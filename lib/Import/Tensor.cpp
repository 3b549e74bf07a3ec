#include "lib/Import/Tensor.h"
#include "lib/Import/Storage.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include <cstdlib>
#include <cstring>
#include <limits>

namespace tenon::onnx_import {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "ONNX data is little-endian and is used in place");
static_assert(sizeof(float) == 4 && sizeof(double) == 8);

/// What a tensor (dense) or a whole value (sparse) may take in memory or in the file.
static constexpr uint64_t kMaxTensorBytes = uint64_t(1) << 40;
/// Sparse tensors become dense in memory, where a few bytes of file could ask for anything.
static constexpr uint64_t kMaxDensifiedBytes = uint64_t(256) << 20;
static constexpr size_t kMaxRank = 64;

namespace {

/// The typed field of TensorProto that holds an element type when raw_data does not.
enum class Field { Float, Int32, Int64, Double, UInt64, String };

struct TypeInfo {
  const char *name;
  /// Bits in raw_data.
  unsigned bits;
  Field field;
  /// Entries of the typed field per element, or elements per entry (for packed sub-byte types).
  unsigned entries = 1;
  unsigned packed = 1;
};

} // namespace

/// By TensorProto.DataType.
static constexpr TypeInfo kTypes[] = {
    {"undefined", 0, Field::Int32},      {"float", 32, Field::Float},
    {"uint8", 8, Field::Int32},          {"int8", 8, Field::Int32},
    {"uint16", 16, Field::Int32},        {"int16", 16, Field::Int32},
    {"int32", 32, Field::Int32},         {"int64", 64, Field::Int64},
    {"string", 0, Field::String},        {"bool", 8, Field::Int32},
    {"float16", 16, Field::Int32},       {"double", 64, Field::Double},
    {"uint32", 32, Field::UInt64},       {"uint64", 64, Field::UInt64},
    {"complex64", 64, Field::Float, 2},  {"complex128", 128, Field::Double, 2},
    {"bfloat16", 16, Field::Int32},      {"float8e4m3fn", 8, Field::Int32},
    {"float8e4m3fnuz", 8, Field::Int32}, {"float8e5m2", 8, Field::Int32},
    {"float8e5m2fnuz", 8, Field::Int32}, {"uint4", 4, Field::Int32, 1, 2},
    {"int4", 4, Field::Int32, 1, 2},     {"float4e2m1", 4, Field::Int32, 1, 2},
    {"float8e8m0", 8, Field::Int32},     {"uint2", 2, Field::Int32, 1, 4},
    {"int2", 2, Field::Int32, 1, 4},     {"float6e2m3", 6, Field::Int32},
    {"float6e3m2", 6, Field::Int32},
};

static const TypeInfo &info(ElementType type) {
  return kTypes[static_cast<size_t>(type)];
}

bool isElementType(int32_t number) {
  return number > 0 && number < static_cast<int32_t>(std::size(kTypes));
}

llvm::StringRef name(ElementType type) {
  return info(type).name;
}

unsigned bitWidth(ElementType type) {
  return info(type).bits;
}

std::optional<int64_t> checkedNumElements(llvm::ArrayRef<int64_t> dims, ElementType type) {
  if (dims.size() > kMaxRank)
    return std::nullopt;
  // Strings count as their characters' minimum, one byte.
  uint64_t limit = kMaxTensorBytes * 8 / std::max(bitWidth(type), 8u);
  uint64_t product = 1;
  bool empty = false;
  for (int64_t dim : dims) {
    if (dim < 0)
      return std::nullopt;
    uint64_t factor = static_cast<uint64_t>(dim);
    if (factor == 0) {
      empty = true;
      factor = 1;
    }
    if (factor > limit / product)
      return std::nullopt;
    product *= factor;
  }
  return empty ? 0 : static_cast<int64_t>(product);
}

uint64_t byteCount(int64_t numElements, ElementType type) {
  return (static_cast<uint64_t>(numElements) * bitWidth(type) + 7) / 8;
}

static std::string printed(llvm::ArrayRef<int64_t> dims) {
  std::string text = "[";
  for (size_t i = 0; i < dims.size() && i < 16; ++i)
    text += (i ? ", " : "") + std::to_string(dims[i]);
  return text + (dims.size() > 16 ? ", …]" : "]");
}

template <typename Repeated>
static auto asArray(const Repeated &field) {
  return llvm::ArrayRef(field.data(), static_cast<size_t>(field.size()));
}

static llvm::ArrayRef<int64_t> dimsOf(const onnx::TensorProto &tensor) {
  return asArray(tensor.dims());
}

static bool isExternal(const onnx::TensorProto &tensor) {
  return tensor.data_location() == onnx::TensorProto::EXTERNAL;
}

/// Elements in `field`, and whether any other typed field has elements.
static int64_t typedEntries(const onnx::TensorProto &tensor, Field field, bool &others) {
  const std::pair<Field, int> sizes[] = {
      {Field::Float, tensor.float_data_size()},   {Field::Int32, tensor.int32_data_size()},
      {Field::Int64, tensor.int64_data_size()},   {Field::Double, tensor.double_data_size()},
      {Field::UInt64, tensor.uint64_data_size()}, {Field::String, tensor.string_data_size()}};
  int64_t entries = 0;
  others = false;
  for (auto [kind, size] : sizes) {
    if (kind == field)
      entries = size;
    else
      others |= size != 0;
  }
  return entries;
}

llvm::Error checkTensor(const onnx::TensorProto &tensor, Storage &storage, const llvm::Twine &what) {
  auto fail = [&](const llvm::Twine &message) { return llvm::createStringError(what + ": " + message); };
  if (!tensor.unknown_fields().empty())
    return fail("the tensor holds a field or value that this importer does not know");
  if (tensor.has_segment())
    return fail("tensors in segments are not supported");
  if (!isElementType(tensor.data_type()))
    return fail("unknown tensor data type " + llvm::Twine(tensor.data_type()));
  ElementType type = static_cast<ElementType>(tensor.data_type());
  const TypeInfo &typeInfo = info(type);
  llvm::ArrayRef<int64_t> dims = dimsOf(tensor);
  if (llvm::any_of(dims, [](int64_t dim) { return dim < 0; }))
    return fail("negative dimension in " + printed(dims));
  if (dims.size() > kMaxRank)
    return fail("expected at most " + llvm::Twine(kMaxRank) + " dimensions, but got " +
                llvm::Twine(dims.size()));
  std::optional<int64_t> elements = checkedNumElements(dims, type);
  if (!elements)
    return fail("dimensions " + printed(dims) + " exceed 2^40 bytes");
  uint64_t bytes = byteCount(*elements, type);

  bool others = false;
  int64_t entries = typedEntries(tensor, typeInfo.field, others);
  bool raw = tensor.has_raw_data();
  bool span = tensor.has_tenon_span();
  if (others)
    return fail("data in a field that does not belong to type " + llvm::Twine(typeInfo.name));
  if (raw + span + isExternal(tensor) + (entries != 0) > 1)
    return fail("data given more than once (raw, typed or external)");

  if (type == ElementType::String) {
    if (raw || span || isExternal(tensor))
      return fail("strings must be in string_data");
  } else if (span || raw) {
    if (span && tensor.tenon_span() >= storage.spans.size())
      return fail("the tensor's data is not in the file");
    uint64_t got = span ? storage.spans[tensor.tenon_span()].length : tensor.raw_data().size();
    if (got != bytes)
      return fail("expected " + llvm::Twine(bytes) + " bytes for " + typeInfo.name + " " + printed(dims) +
                  ", but got " + llvm::Twine(got));
    return llvm::Error::success();
  } else if (isExternal(tensor)) {
    if (llvm::Error error = mapExternalData(tensor, bytes, storage))
      return fail(llvm::toString(std::move(error)));
    return llvm::Error::success();
  }
  uint64_t expected = llvm::divideCeil(static_cast<uint64_t>(*elements) * typeInfo.entries, typeInfo.packed);
  if (static_cast<uint64_t>(entries) != expected)
    return fail("expected " + llvm::Twine(expected) + " entries for " + typeInfo.name + " " + printed(dims) +
                ", but got " + llvm::Twine(entries));
  return llvm::Error::success();
}

llvm::Error checkSparseTensor(const onnx::SparseTensorProto &tensor, Storage &storage,
                              const llvm::Twine &what) {
  auto fail = [&](const llvm::Twine &message) { return llvm::createStringError(what + ": " + message); };
  if (!tensor.unknown_fields().empty())
    return fail("the sparse tensor holds a field that this importer does not know");
  if (!tensor.has_values() || !tensor.has_indices())
    return fail("a sparse tensor needs values and indices");
  if (llvm::Error error = checkTensor(tensor.values(), storage, what + ": sparse values"))
    return error;
  if (llvm::Error error = checkTensor(tensor.indices(), storage, what + ": sparse indices"))
    return error;
  ElementType type = static_cast<ElementType>(tensor.values().data_type());
  if (bitWidth(type) < 8)
    return fail("sparse tensors of type " + llvm::Twine(info(type).name) + " are not supported");
  llvm::ArrayRef<int64_t> dims = asArray(tensor.dims());
  if (dims.empty())
    return fail("a sparse tensor needs dimensions");
  std::optional<int64_t> elements = checkedNumElements(dims, type);
  if (!elements)
    return fail("dimensions " + printed(dims) + " are negative or exceed 2^40 bytes");
  if (byteCount(*elements, type) > kMaxDensifiedBytes)
    return fail("a sparse tensor of dimensions " + printed(dims) + " is not supported: dense, it exceeds " +
                llvm::Twine(kMaxDensifiedBytes >> 20) + " MiB");
  llvm::ArrayRef<int64_t> valueDims = dimsOf(tensor.values());
  llvm::ArrayRef<int64_t> indexDims = dimsOf(tensor.indices());
  if (tensor.indices().data_type() != onnx::TensorProto::INT64)
    return fail("sparse indices must be int64");
  if (valueDims.size() != 1 || indexDims.empty() || indexDims.size() > 2 || indexDims[0] != valueDims[0] ||
      (indexDims.size() == 2 && indexDims[1] != static_cast<int64_t>(dims.size())))
    return fail("sparse values " + printed(valueDims) + " and indices " + printed(indexDims) +
                " do not fit dimensions " + printed(dims));
  return llvm::Error::success();
}

void TensorData::release() const {
  if (mapped)
    static_cast<const MappedFile *>(keepAlive.get())->release(view);
}

llvm::StringRef Tensor::name() const {
  return sparse ? sparse->values().name() : proto->name();
}

ElementType Tensor::elementType() const {
  return static_cast<ElementType>(sparse ? sparse->values().data_type() : proto->data_type());
}

llvm::ArrayRef<int64_t> Tensor::dims() const {
  return sparse ? asArray(sparse->dims()) : dimsOf(*proto);
}

int64_t Tensor::numElements() const {
  return checkedNumElements(dims(), elementType()).value_or(0);
}

uint64_t Tensor::byteSize() const {
  return byteCount(numElements(), elementType());
}

/// Booleans are used as bytes 0 and 1; any other byte would be undefined behaviour in compiled code.
static llvm::Error checkBooleans(llvm::ArrayRef<char> bytes) {
  for (char byte : bytes)
    if (static_cast<unsigned char>(byte) > 1)
      return llvm::createStringError("expected 0 or 1 in a tensor of booleans, but got " +
                                     llvm::Twine(static_cast<unsigned>(static_cast<unsigned char>(byte))));
  return llvm::Error::success();
}

/// The range of what int32_data may hold for a type.
static std::pair<int64_t, int64_t> int32Range(ElementType type) {
  switch (type) {
  case ElementType::Int8:
    return {INT8_MIN, INT8_MAX};
  case ElementType::Int16:
    return {INT16_MIN, INT16_MAX};
  case ElementType::Bool:
    return {0, 1};
  case ElementType::UInt16:
  case ElementType::Float16:
  case ElementType::BFloat16:
    return {0, UINT16_MAX};
  case ElementType::Float6E2M3:
  case ElementType::Float6E3M2:
    return {0, 63};
  case ElementType::Int4:
  case ElementType::Int2:
    // A packed byte, which some writers sign-extend.
    return {INT8_MIN, UINT8_MAX};
  default:
    return {0, UINT8_MAX};
  }
}

/// Narrow elements from int32_data, and uint32 from uint64_data.
static llvm::Error convertTyped(const onnx::TensorProto &tensor, ElementType type,
                                llvm::MutableArrayRef<char> out) {
  unsigned bits = bitWidth(type);
  if (type == ElementType::UInt32) {
    for (auto [i, value] : llvm::enumerate(asArray(tensor.uint64_data()))) {
      if (value > UINT32_MAX)
        return llvm::createStringError("value " + llvm::Twine(value) + " does not fit uint32");
      uint32_t narrow = static_cast<uint32_t>(value);
      std::memcpy(out.data() + i * 4, &narrow, 4);
    }
    return llvm::Error::success();
  }
  auto [low, high] = int32Range(type);
  for (auto [i, value] : llvm::enumerate(asArray(tensor.int32_data()))) {
    if (value < low || value > high)
      return llvm::createStringError("value " + llvm::Twine(value) + " does not fit " +
                                     llvm::Twine(info(type).name));
    if (bits == 16) {
      uint16_t narrow = static_cast<uint16_t>(value);
      std::memcpy(out.data() + i * 2, &narrow, 2);
    } else if (bits == 6) {
      // One entry per element here, but a stream of six-bit groups in memory.
      size_t at = i * 6;
      unsigned shifted = static_cast<unsigned>(value) << (at % 8);
      out[at / 8] = static_cast<char>(out[at / 8] | (shifted & 0xff));
      if (shifted >> 8)
        out[at / 8 + 1] = static_cast<char>(out[at / 8 + 1] | (shifted >> 8));
    } else {
      // Eight bits, or a byte of packed elements.
      out[i] = static_cast<char>(value);
    }
  }
  return llvm::Error::success();
}

template <typename Repeated>
static llvm::ArrayRef<char> bytesOf(const Repeated &field) {
  return llvm::ArrayRef<char>(reinterpret_cast<const char *>(field.data()),
                              static_cast<size_t>(field.size()) * sizeof(*field.data()));
}

static llvm::Expected<TensorData> denseData(const onnx::TensorProto &tensor, const Storage &storage) {
  ElementType type = static_cast<ElementType>(tensor.data_type());
  auto fail = [&](const llvm::Twine &message) -> llvm::Error {
    return llvm::createStringError("tensor " + quoted(tensor.name()) + ": " + message);
  };
  // The parsed messages live as long as the storage does.
  std::shared_ptr<const void> model = storage.shared_from_this();
  auto checked = [&](TensorData data) -> llvm::Expected<TensorData> {
    if (type == ElementType::Bool)
      if (llvm::Error error = checkBooleans(data.bytes()))
        return fail(llvm::toString(std::move(error)));
    return data;
  };
  if (tensor.has_tenon_span()) {
    const Span &span = storage.spans[tensor.tenon_span()];
    return checked(TensorData(storage.file->bytes().slice(span.offset, span.length), storage.file,
                              storage.file->isMapped()));
  }
  if (tensor.has_raw_data())
    return checked(TensorData({tensor.raw_data().data(), tensor.raw_data().size()}, model, false));
  if (isExternal(tensor)) {
    auto external = storage.externalTensors.find(&tensor);
    if (external == storage.externalTensors.end())
      return fail("external data was not mapped");
    const auto &[file, span] = external->second;
    return checked(TensorData(file->bytes().slice(span.offset, span.length), file, file->isMapped()));
  }
  switch (type) {
  case ElementType::String:
  case ElementType::Undefined:
    return fail("strings have no dense bytes");
  case ElementType::Float32:
  case ElementType::Complex64:
    return TensorData(bytesOf(tensor.float_data()), model, false);
  case ElementType::Float64:
  case ElementType::Complex128:
    return TensorData(bytesOf(tensor.double_data()), model, false);
  case ElementType::Int32:
    return TensorData(bytesOf(tensor.int32_data()), model, false);
  case ElementType::Int64:
    return TensorData(bytesOf(tensor.int64_data()), model, false);
  case ElementType::UInt64:
    return TensorData(bytesOf(tensor.uint64_data()), model, false);
  default:
    break;
  }
  int64_t elements = checkedNumElements(dimsOf(tensor), type).value_or(0);
  auto buffer = std::make_shared<std::string>(byteCount(elements, type), '\0');
  if (llvm::Error error = convertTyped(tensor, type, {buffer->data(), buffer->size()}))
    return fail(llvm::toString(std::move(error)));
  return TensorData({buffer->data(), buffer->size()}, buffer, false);
}

static llvm::Expected<TensorData> densified(const onnx::SparseTensorProto &sparse, const Storage &storage) {
  auto fail = [&](const llvm::Twine &message) {
    return llvm::createStringError("sparse tensor " + quoted(sparse.values().name()) + ": " + message);
  };
  llvm::Expected<TensorData> values = denseData(sparse.values(), storage);
  if (!values)
    return values.takeError();
  llvm::Expected<TensorData> indices = denseData(sparse.indices(), storage);
  if (!indices)
    return indices.takeError();
  ElementType type = static_cast<ElementType>(sparse.values().data_type());
  size_t width = bitWidth(type) / 8;
  llvm::ArrayRef<int64_t> dims = asArray(sparse.dims());
  uint64_t elements = static_cast<uint64_t>(checkedNumElements(dims, type).value_or(0));
  size_t perIndex = sparse.indices().dims_size() == 2 ? dims.size() : 1;
  // calloc: pages that stay zero stay unallocated.
  std::shared_ptr<char> buffer(static_cast<char *>(std::calloc(std::max<uint64_t>(elements, 1), width)),
                               &std::free);
  if (!buffer)
    return fail("out of memory");
  size_t count = static_cast<size_t>(sparse.values().dims(0));
  for (size_t i = 0; i < count; ++i) {
    uint64_t linear = 0;
    for (size_t d = 0; d < perIndex; ++d) {
      int64_t index = 0;
      std::memcpy(&index, indices->bytes().data() + (i * perIndex + d) * sizeof(index), sizeof(index));
      uint64_t bound = perIndex == 1 ? elements : static_cast<uint64_t>(dims[d]);
      if (index < 0 || static_cast<uint64_t>(index) >= bound)
        return fail("index " + llvm::Twine(index) + " is outside " + printed(dims));
      linear = linear * bound + static_cast<uint64_t>(index);
    }
    std::memcpy(buffer.get() + linear * width, values->bytes().data() + i * width, width);
  }
  return TensorData({buffer.get(), elements * width}, buffer, false);
}

llvm::Expected<TensorData> Tensor::data() const {
  return sparse ? densified(*sparse, *storage) : denseData(*proto, *storage);
}

llvm::Expected<std::vector<llvm::StringRef>> Tensor::strings() const {
  if (sparse || elementType() != ElementType::String)
    return llvm::createStringError("tensor " + quoted(name()) + ": expected strings, but got " +
                                   onnx_import::name(elementType()));
  std::vector<llvm::StringRef> result(proto->string_data().begin(), proto->string_data().end());
  return result;
}

llvm::Expected<llvm::SmallVector<int64_t>> Tensor::ints() const {
  ElementType type = elementType();
  if (type != ElementType::Int64 && type != ElementType::Int32)
    return llvm::createStringError("tensor " + quoted(name()) + ": expected int64 or int32, but got " +
                                   onnx_import::name(type));
  // Longer than any list of numbers that an operator reads at compile time; a file with holes may claim it.
  constexpr int64_t maxInts = int64_t(1) << 24;
  if (numElements() > maxInts)
    return llvm::createStringError("tensor " + quoted(name()) + ": expected at most " + llvm::Twine(maxInts) +
                                   " integers, but got " + llvm::Twine(numElements()));
  llvm::Expected<TensorData> elements = data();
  if (!elements)
    return elements.takeError();
  llvm::SmallVector<int64_t> result(static_cast<size_t>(numElements()));
  const char *bytes = elements->bytes().data();
  for (auto [i, value] : llvm::enumerate(result)) {
    if (type == ElementType::Int64) {
      std::memcpy(&value, bytes + i * 8, 8);
    } else {
      int32_t narrow = 0;
      std::memcpy(&narrow, bytes + i * 4, 4);
      value = narrow;
    }
  }
  return result;
}

} // namespace tenon::onnx_import
