#include "lib/Import/Problems.h"
#include "lib/Import/Storage.h"

namespace tenon::onnx_import {

static constexpr const char *kUnknownField =
    "the type holds a field or kind of type that this importer does not know";

static llvm::Error readShape(const onnx::TensorShapeProto &shape, ElementType elementType,
                             ValueType &result) {
  if (!shape.unknown_fields().empty())
    return llvm::createStringError(kUnknownField);
  result.dims.emplace();
  llvm::SmallVector<int64_t> known;
  for (const onnx::TensorShapeProto::Dimension &dimension : shape.dim()) {
    if (!dimension.unknown_fields().empty())
      return llvm::createStringError(kUnknownField);
    Dim dim;
    if (dimension.has_dim_value()) {
      dim.kind = Dim::Kind::Static;
      dim.size = dimension.dim_value();
      if (dim.size < 0)
        return llvm::createStringError("negative dimension " + llvm::Twine(dim.size));
      known.push_back(dim.size);
    } else if (!dimension.dim_param().empty()) {
      dim.kind = Dim::Kind::Symbolic;
      dim.symbol = dimension.dim_param();
    }
    result.dims->push_back(dim);
  }
  // An undeclared element type is taken for its smallest.
  ElementType assumed = elementType == ElementType::Undefined ? ElementType::UInt8 : elementType;
  if (!checkedNumElements(known, assumed))
    return llvm::createStringError("its dimensions exceed 2^40 bytes or are more than 64");
  return llvm::Error::success();
}

static llvm::Error readElementType(int32_t number, ValueType &result) {
  if (number != 0 && !isElementType(number))
    return llvm::createStringError("unknown tensor data type " + llvm::Twine(number));
  result.elementType = static_cast<ElementType>(number);
  return llvm::Error::success();
}

/// TypeProto.Tensor and TypeProto.SparseTensor have the same fields.
template <typename TensorTypeProto>
static llvm::Error readTensorType(const TensorTypeProto &type, ValueType &result) {
  if (!type.unknown_fields().empty())
    return llvm::createStringError(kUnknownField);
  if (llvm::Error error = readElementType(type.elem_type(), result))
    return error;
  if (!type.has_shape())
    return llvm::Error::success();
  return readShape(type.shape(), result.elementType, result);
}

static llvm::Error readElement(bool present, const onnx::TypeProto &type, ValueType &result) {
  if (!present)
    return llvm::Error::success();
  llvm::Expected<ValueType> element = readType(type);
  if (!element)
    return element.takeError();
  result.element = std::make_shared<const ValueType>(std::move(*element));
  return llvm::Error::success();
}

// Recursion is bounded by the depth to which Wire.h lets messages nest.
llvm::Expected<ValueType> readType(const onnx::TypeProto &type) {
  ValueType result;
  llvm::Error error = llvm::Error::success();
  std::string unknown = type.unknown_fields();
  switch (type.value_case()) {
  case onnx::TypeProto::VALUE_NOT_SET:
    break;
  case onnx::TypeProto::kTensorType:
    result.kind = ValueType::Kind::Tensor;
    error = readTensorType(type.tensor_type(), result);
    break;
  case onnx::TypeProto::kSparseTensorType:
    result.kind = ValueType::Kind::SparseTensor;
    error = readTensorType(type.sparse_tensor_type(), result);
    break;
  case onnx::TypeProto::kSequenceType:
    result.kind = ValueType::Kind::Sequence;
    unknown += type.sequence_type().unknown_fields();
    error = readElement(type.sequence_type().has_elem_type(), type.sequence_type().elem_type(), result);
    break;
  case onnx::TypeProto::kOptionalType:
    result.kind = ValueType::Kind::Optional;
    unknown += type.optional_type().unknown_fields();
    error = readElement(type.optional_type().has_elem_type(), type.optional_type().elem_type(), result);
    break;
  case onnx::TypeProto::kMapType:
    result.kind = ValueType::Kind::Map;
    unknown += type.map_type().unknown_fields();
    error = readElementType(type.map_type().key_type(), result);
    if (!error)
      error = readElement(type.map_type().has_value_type(), type.map_type().value_type(), result);
    break;
  case onnx::TypeProto::kOpaqueType:
    result.kind = ValueType::Kind::Opaque;
    unknown += type.opaque_type().unknown_fields();
    break;
  }
  if (error)
    return std::move(error);
  if (!unknown.empty())
    return llvm::createStringError(kUnknownField);
  return result;
}

std::string toString(const ValueType &type) {
  auto holding = [&](const char *what) {
    return std::string(what) + "(" + (type.element ? toString(*type.element) : "?") + ")";
  };
  switch (type.kind) {
  case ValueType::Kind::Unknown:
    return "?";
  case ValueType::Kind::Opaque:
    return "opaque";
  case ValueType::Kind::Sequence:
    return holding("seq");
  case ValueType::Kind::Optional:
    return holding("optional");
  case ValueType::Kind::Map:
    return "map(" + name(type.elementType).str() + ", " + (type.element ? toString(*type.element) : "?") +
           ")";
  case ValueType::Kind::Tensor:
  case ValueType::Kind::SparseTensor:
    break;
  }
  std::string text = type.kind == ValueType::Kind::SparseTensor ? "sparse " : "";
  text += type.elementType == ElementType::Undefined ? "?" : name(type.elementType).str();
  if (!type.dims)
    return text + "[*]";
  text += "[";
  for (const Dim &dim : *type.dims) {
    if (&dim != type.dims->begin())
      text += ", ";
    if (dim.kind == Dim::Kind::Static)
      text += std::to_string(dim.size);
    else if (dim.kind == Dim::Kind::Symbolic)
      text += escaped(dim.symbol);
    else
      text += "?";
  }
  return text + "]";
}

} // namespace tenon::onnx_import
