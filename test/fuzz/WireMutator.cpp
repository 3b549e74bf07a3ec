// Mutations that respect protobuf's wire format: fields of nested messages are changed, removed, repeated and
// exchanged, also between two inputs, and all lengths are written anew. Bytes flipped at random seldom leave
// a file whose lengths fit. It knows no schema: whatever can be read as a message counts as one.
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/LEB128.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdint>
#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <vector>

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maxSize);

namespace {
enum class Wire { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

struct Field {
  uint64_t number;
  Wire wire;
  uint64_t varint = 0;
  std::string bytes; ///< of a fixed value, or of Bytes that are no message
  bool isMessage = false;
  std::vector<Field> fields;
};
} // namespace

/// Longer contents (weights) are not searched for messages.
static constexpr size_t kLongestMessage = 1 << 16;
static constexpr unsigned kDeepest = 16;

static std::optional<std::vector<Field>> parse(llvm::StringRef data, unsigned depth = 0) {
  std::vector<Field> fields;
  const auto *at = data.bytes_begin(), *end = data.bytes_end();
  auto readVarint = [&](uint64_t &value) {
    unsigned length = 0;
    const char *error = nullptr;
    value = llvm::decodeULEB128(at, &length, end, &error);
    at += length;
    return !error;
  };
  while (at != end) {
    uint64_t tag, length = 0;
    if (!readVarint(tag) || tag >> 3 == 0 || tag >> 3 > 10000)
      return std::nullopt;
    Field field{tag >> 3, Wire(tag & 7), 0, {}, false, {}};
    switch (field.wire) {
    case Wire::Varint:
      if (!readVarint(field.varint))
        return std::nullopt;
      fields.push_back(std::move(field));
      continue;
    case Wire::Fixed64:
      length = 8;
      break;
    case Wire::Fixed32:
      length = 4;
      break;
    case Wire::Bytes:
      if (!readVarint(length))
        return std::nullopt;
      break;
    default:
      return std::nullopt;
    }
    if (length > uint64_t(end - at))
      return std::nullopt;
    field.bytes.assign(at, at + length);
    at += length;
    if (field.wire == Wire::Bytes && length && length <= kLongestMessage && depth < kDeepest)
      if (auto inner = parse(field.bytes, depth + 1)) {
        field.isMessage = true;
        field.fields = std::move(*inner);
      }
    fields.push_back(std::move(field));
  }
  return fields;
}

static std::string write(const std::vector<Field> &fields) {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (const Field &field : fields) {
    llvm::encodeULEB128(field.number << 3 | uint64_t(field.wire), os);
    if (field.wire == Wire::Varint) {
      llvm::encodeULEB128(field.varint, os);
      continue;
    }
    std::string content = field.isMessage ? write(field.fields) : field.bytes;
    if (field.wire == Wire::Bytes)
      llvm::encodeULEB128(content.size(), os);
    os << content;
  }
  return text;
}

namespace {
/// A field and the list it is in.
struct Place {
  std::vector<Field> *list;
  size_t index;
  Field &get() const { return (*list)[index]; }
};
} // namespace

static void collect(std::vector<Field> &fields, std::vector<Place> &places) {
  for (size_t i = 0; i < fields.size(); ++i) {
    places.push_back({&fields, i});
    collect(fields[i].fields, places);
  }
}

static bool alike(const Field &a, const Field &b) {
  return a.number == b.number && a.wire == b.wire && a.isMessage == b.isMessage;
}

static void changeVarint(Field &field, std::mt19937 &random) {
  static constexpr int64_t odd[] = {0,         1,         2,         -1,        -2,
                                    127,       1 << 16,   INT32_MAX, INT32_MIN, INT64_MAX,
                                    INT64_MIN, 1LL << 31, 1LL << 40, 1LL << 62};
  switch (random() % 4) {
  case 0:
    field.varint = uint64_t(odd[random() % std::size(odd)]);
    break;
  case 1:
    field.varint += random() % 2 ? 1 : uint64_t(-1);
    break;
  default:
    field.varint = random() % 32;
  }
}

static void changeBytes(std::string &bytes, bool mayGrow) {
  size_t size = bytes.size(), room = mayGrow ? size + 8 : size;
  bytes.resize(room);
  size_t now = LLVMFuzzerMutate(reinterpret_cast<uint8_t *>(bytes.data()), size, room);
  bytes.resize(mayGrow ? now : size);
}

/// One change of `fields`; where it takes something from elsewhere, from `donors`.
static void mutate(std::vector<Field> &fields, std::vector<Field> &donors, std::mt19937 &random) {
  std::vector<Place> places, others;
  collect(fields, places);
  collect(donors, others);
  if (places.empty())
    return;
  Place place = places[random() % places.size()];
  Field &field = place.get();
  unsigned kind = random() % 8;
  if (kind == 0) {
    place.list->erase(place.list->begin() + ptrdiff_t(place.index));
  } else if (kind == 1) {
    Field copy = field;
    place.list->insert(place.list->begin() + ptrdiff_t(place.index), std::move(copy));
  } else if (kind == 2) {
    // Not into itself: what is swapped has the same parent.
    std::swap(field, (*place.list)[random() % place.list->size()]);
  } else if (kind < 5 || field.isMessage) {
    std::vector<Field *> candidates;
    for (Place other : others)
      if (alike(other.get(), field))
        candidates.push_back(&other.get());
    if (!candidates.empty()) {
      Field copy = *candidates[random() % candidates.size()];
      field = std::move(copy);
    }
  } else if (field.wire == Wire::Varint) {
    changeVarint(field, random);
  } else {
    changeBytes(field.bytes, field.wire == Wire::Bytes);
  }
}

/// Writes `fields` over `data`; returns the size, or 0 if there is no room.
static size_t store(const std::vector<Field> &fields, uint8_t *data, size_t maxSize) {
  std::string text = write(fields);
  if (text.empty() || text.size() > maxSize)
    return 0;
  std::memcpy(data, text.data(), text.size());
  return text.size();
}

static llvm::StringRef toText(const uint8_t *data, size_t size) {
  return {reinterpret_cast<const char *>(data), size};
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t maxSize, unsigned seed) {
  std::mt19937 random(seed);
  // The wire format's own reader wants broken lengths now and then.
  if (random() % 16) {
    if (auto fields = parse(toText(data, size))) {
      for (unsigned changes = 1 + random() % 3; changes; --changes) {
        std::vector<Field> donors = *fields;
        mutate(*fields, donors, random);
      }
      if (size_t now = store(*fields, data, maxSize))
        return now;
    }
  }
  return LLVMFuzzerMutate(data, size, maxSize);
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t *data, size_t size, const uint8_t *other,
                                            size_t otherSize, uint8_t *out, size_t maxSize, unsigned seed) {
  std::mt19937 random(seed);
  auto fields = parse(toText(data, size)), donors = parse(toText(other, otherSize));
  if (!fields || !donors)
    return 0;
  for (unsigned changes = 1 + random() % 3; changes; --changes)
    mutate(*fields, *donors, random);
  return store(*fields, out, maxSize);
}
