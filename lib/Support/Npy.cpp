#include "lib/Support/Npy.h"
#include "lib/Support/AtomicFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <cstring>

using namespace tenon;
using llvm::StringRef;

namespace {
/// What a header says.
struct Header {
  ElementType type = ElementType::Undefined;
  bool swapped = false;
  bool fortran = false;
  llvm::SmallVector<int64_t, 4> shape;
  bool hasType = false, hasOrder = false, hasShape = false;
};

/// A parser of the header's text, the printed form of a Python dictionary of three known keys.
class HeaderParser {
public:
  explicit HeaderParser(StringRef text) : rest(text) {}
  llvm::Expected<Header> parse();

private:
  bool eat(char c) {
    rest = rest.ltrim(" \t\n\r");
    return rest.consume_front(StringRef(&c, 1));
  }
  bool string(StringRef &value);
  llvm::Error descriptor(Header &header);
  llvm::Error shape(Header &header);
  static llvm::Error bad(const llvm::Twine &what) {
    return llvm::createStringError("the .npy header is malformed: " + what);
  }
  StringRef rest;
};
} // namespace

bool HeaderParser::string(StringRef &value) {
  rest = rest.ltrim(" \t\n\r");
  if (rest.empty() || (rest[0] != '\'' && rest[0] != '"'))
    return false;
  size_t end = rest.find(rest[0], 1);
  if (end == StringRef::npos)
    return false;
  value = rest.slice(1, end);
  rest = rest.drop_front(end + 1);
  return true;
}

llvm::Error HeaderParser::descriptor(Header &header) {
  StringRef text;
  if (!string(text) || text.empty())
    return bad("expected a type such as '<f4'");
  StringRef code = text;
  char order = '|';
  if (StringRef("<>|=").contains(code[0])) {
    order = code[0];
    code = code.drop_front();
  }
  header.type = llvm::StringSwitch<ElementType>(code)
                    .Cases({"b1", "?"}, ElementType::Bool)
                    .Case("i1", ElementType::Int8)
                    .Case("i2", ElementType::Int16)
                    .Case("i4", ElementType::Int32)
                    .Case("i8", ElementType::Int64)
                    .Case("u1", ElementType::UInt8)
                    .Case("u2", ElementType::UInt16)
                    .Case("u4", ElementType::UInt32)
                    .Case("u8", ElementType::UInt64)
                    .Case("f2", ElementType::Float16)
                    .Case("f4", ElementType::Float32)
                    .Case("f8", ElementType::Float64)
                    .Case("c8", ElementType::Complex64)
                    .Case("c16", ElementType::Complex128)
                    .Default(ElementType::Undefined);
  if (header.type == ElementType::Undefined)
    return llvm::createStringError("expected a .npy file of numbers, but its type is '" + text + "'");
  header.swapped = order == '>';
  header.hasType = true;
  return llvm::Error::success();
}

llvm::Error HeaderParser::shape(Header &header) {
  if (!eat('('))
    return bad("expected a shape");
  while (!eat(')')) {
    rest = rest.ltrim(" \t\n\r");
    StringRef digits = rest.take_while(llvm::isDigit);
    uint64_t extent;
    if (digits.empty() || digits.getAsInteger(10, extent) || extent > INT64_MAX)
      return bad("expected a dimension from 0 to 2^63 - 1");
    if (header.shape.size() == 64)
      return bad("expected at most 64 dimensions");
    rest = rest.drop_front(digits.size());
    rest.consume_front("L"); // as Python 2 wrote long integers
    header.shape.push_back(static_cast<int64_t>(extent));
    if (!eat(',')) {
      if (!eat(')'))
        return bad("expected ',' or ')' in the shape");
      break;
    }
  }
  header.hasShape = true;
  return llvm::Error::success();
}

llvm::Expected<Header> HeaderParser::parse() {
  Header header;
  if (!eat('{'))
    return bad("expected a dictionary");
  while (!eat('}')) {
    StringRef key;
    if (!string(key) || !eat(':'))
      return bad("expected a key");
    if (key == "descr" && !header.hasType) {
      if (llvm::Error error = descriptor(header))
        return error;
    } else if (key == "shape" && !header.hasShape) {
      if (llvm::Error error = shape(header))
        return error;
    } else if (key == "fortran_order" && !header.hasOrder) {
      rest = rest.ltrim(" \t\n\r");
      header.fortran = rest.consume_front("True");
      if (!header.fortran && !rest.consume_front("False"))
        return bad("expected fortran_order to be True or False");
      header.hasOrder = true;
    } else {
      return bad("unexpected key '" + key + "'");
    }
    if (!eat(',')) {
      if (!eat('}'))
        return bad("expected ',' or '}'");
      break;
    }
  }
  if (!header.hasType || !header.hasOrder || !header.hasShape)
    return bad("expected the keys descr, fortran_order and shape");
  return header;
}

static void swapBytes(RawTensor &tensor) {
  size_t size = elementBytes(tensor.type());
  // A complex number is two numbers, each swapped by itself.
  if (tensor.type() == ElementType::Complex64 || tensor.type() == ElementType::Complex128)
    size /= 2;
  for (char *p = tensor.data(), *end = p + tensor.bytes(); p != end; p += size)
    std::reverse(p, p + size);
}

/// Copies elements stored with the first dimension fastest into C order.
static void fromFortran(const char *source, RawTensor &tensor) {
  llvm::ArrayRef<int64_t> shape = tensor.shape();
  size_t size = elementBytes(tensor.type());
  llvm::SmallVector<int64_t> stride(shape.size()), index(shape.size(), 0);
  int64_t step = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    stride[i] = step;
    step *= shape[i];
  }
  int64_t from = 0;
  for (int64_t k = 0; k < tensor.numElements(); ++k) {
    std::memcpy(tensor.data() + k * size, source + from * size, size);
    for (size_t i = shape.size(); i-- > 0;) {
      from += stride[i];
      if (++index[i] < shape[i])
        break;
      from -= stride[i] * shape[i];
      index[i] = 0;
    }
  }
}

llvm::Expected<RawTensor> tenon::parseNpy(llvm::ArrayRef<char> bytes, StringRef name) {
  auto fail = [&](const llvm::Twine &what) { return llvm::createStringError("'" + name + "': " + what); };
  StringRef file(bytes.data(), bytes.size());
  if (!file.starts_with("\x93NUMPY"))
    return fail("expected a .npy file");
  if (file.size() < 8)
    return fail("the file is truncated");
  unsigned version = static_cast<unsigned char>(file[6]);
  if (version < 1 || version > 3)
    return fail("expected .npy version 1, 2 or 3, but got " + llvm::Twine(version));
  size_t start = version == 1 ? 10 : 12;
  if (file.size() < start)
    return fail("the file is truncated");
  size_t length = version == 1 ? llvm::support::endian::read16le(file.data() + 8)
                               : llvm::support::endian::read32le(file.data() + 8);
  if (file.size() - start < length)
    return fail("the file is truncated");
  llvm::Expected<Header> header = HeaderParser(file.substr(start, length)).parse();
  if (!header)
    return fail(llvm::toString(header.takeError()));
  StringRef content = file.substr(start + length);

  // Compare with what is there before taking memory.
  int64_t expected = elementBytes(header->type);
  bool overflow = false;
  for (int64_t extent : header->shape)
    overflow |= extent != 0 && __builtin_mul_overflow(expected, extent, &expected);
  if (llvm::is_contained(header->shape, 0))
    expected = 0;
  if (overflow || static_cast<uint64_t>(expected) > content.size())
    return fail("expected " + (overflow ? llvm::Twine("more than 2^63") : llvm::Twine(expected)) +
                " bytes for shape " + shapeText(header->shape) + ", but the file has " +
                llvm::Twine(content.size()));
  if (static_cast<uint64_t>(expected) < content.size())
    return fail("expected " + llvm::Twine(expected) + " bytes for shape " + shapeText(header->shape) +
                ", but the file has " + llvm::Twine(content.size()));
  llvm::Expected<RawTensor> tensor = RawTensor::create(header->type, header->shape);
  if (!tensor)
    return fail(llvm::toString(tensor.takeError()));
  if (header->fortran && header->shape.size() > 1)
    fromFortran(content.data(), *tensor);
  else
    std::memcpy(tensor->data(), content.data(), content.size());
  if (header->swapped)
    swapBytes(*tensor);
  // A byte of a bool that is neither 0 nor 1 would not survive compiled code's assumptions.
  if (header->type == ElementType::Bool)
    for (size_t i = 0; i < tensor->bytes(); ++i)
      tensor->data()[i] = tensor->data()[i] != 0;
  return tensor;
}

llvm::Expected<RawTensor> tenon::readNpy(StringRef path) {
  // Read, not mapped: a file that is truncated by someone else meanwhile must not kill the process.
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false,
                                            /*IsVolatile=*/true);
  if (!buffer)
    return llvm::createStringError(buffer.getError(), "cannot read '%s': %s", path.str().c_str(),
                                   buffer.getError().message().c_str());
  return parseNpy({(*buffer)->getBufferStart(), (*buffer)->getBufferSize()}, path);
}

static StringRef npyCode(ElementType type) {
  switch (type) {
  case ElementType::Bool:
    return "|b1";
  case ElementType::Int8:
  case ElementType::Int4:
  case ElementType::Int2:
    return "|i1";
  case ElementType::UInt8:
  case ElementType::UInt4:
  case ElementType::UInt2:
    return "|u1";
  case ElementType::Int16:
    return "<i2";
  case ElementType::UInt16:
    return "<u2";
  case ElementType::Int32:
    return "<i4";
  case ElementType::UInt32:
    return "<u4";
  case ElementType::Int64:
    return "<i8";
  case ElementType::UInt64:
    return "<u8";
  case ElementType::Float16:
    return "<f2";
  case ElementType::Float32:
    return "<f4";
  case ElementType::Float64:
    return "<f8";
  case ElementType::Complex64:
    return "<c8";
  case ElementType::Complex128:
    return "<c16";
  case ElementType::BFloat16:
    return "|V2";
  default:
    return "|V1";
  }
}

llvm::Error tenon::writeNpy(StringRef path, const RawTensor &tensor) {
  std::string header;
  llvm::raw_string_ostream os(header);
  os << "{'descr': '" << npyCode(tensor.type())
     << "', 'fortran_order': False, 'shape': " << shapeText(tensor.shape()) << ", }";
  // The data starts at a multiple of 64.
  size_t length = header.size() + 1;
  header.append((64 - (10 + length) % 64) % 64, ' ');
  header.push_back('\n');
  char start[10] = {'\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0};
  llvm::support::endian::write16le(start + 8, static_cast<uint16_t>(header.size()));
  llvm::Expected<AtomicFile> file = AtomicFile::create(path);
  if (!file)
    return file.takeError();
  if (llvm::Error error = file->write({start, sizeof start}))
    return error;
  if (llvm::Error error = file->write(header))
    return error;
  if (llvm::Error error = file->write({tensor.data(), tensor.bytes()}))
    return error;
  return file->commit();
}
