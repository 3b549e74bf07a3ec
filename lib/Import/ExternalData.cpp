#include "lib/Import/Storage.h"
#include "llvm/ADT/StringExtras.h"
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

namespace tenon::onnx_import {

/// The path with all symbolic links resolved.
static llvm::Expected<std::string> resolved(const std::string &path) {
  std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
  if (!real)
    return llvm::createStringError(std::strerror(errno));
  return std::string(real.get());
}

/// Maps `location`, which must name a file inside the model's folder, also after symbolic links.
static llvm::Expected<std::shared_ptr<const MappedFile>> mapInside(llvm::StringRef location,
                                                                   Storage &storage) {
  auto known = storage.externalFiles.find(location);
  if (known != storage.externalFiles.end())
    return known->second;
  std::string where = "external data " + quoted(location);
  if (storage.folder.empty())
    return llvm::createStringError(where + " cannot be found: the model is not in a file");
  if (location.empty() || location.size() >= PATH_MAX || location.contains('\0'))
    return llvm::createStringError(where + " is not a file name");
  llvm::SmallVector<llvm::StringRef> parts;
  location.split(parts, '/');
  if (location.starts_with("/") || llvm::is_contained(parts, ".."))
    return llvm::createStringError(where + " lies outside the model's folder");

  llvm::Expected<std::string> folder = resolved(storage.folder);
  if (!folder)
    return llvm::createStringError("the model's folder: " + llvm::toString(folder.takeError()));
  llvm::Expected<std::string> path = resolved(storage.folder + "/" + location.str());
  if (!path)
    return llvm::createStringError(where + ": " + llvm::toString(path.takeError()));
  llvm::StringRef prefix = *folder;
  llvm::StringRef rest = *path;
  if (!rest.consume_front(prefix) || (prefix != "/" && !rest.starts_with("/")))
    return llvm::createStringError(where + " lies outside the model's folder");
  llvm::Expected<std::shared_ptr<const MappedFile>> file = MappedFile::open(*path);
  if (!file)
    return llvm::createStringError(where + ": " + llvm::toString(file.takeError()));
  storage.externalFiles[location] = *file;
  return *file;
}

llvm::Error mapExternalData(const onnx::TensorProto &tensor, uint64_t byteSize, Storage &storage) {
  llvm::StringRef location;
  std::optional<uint64_t> offset;
  std::optional<uint64_t> length;
  llvm::SmallVector<llvm::StringRef> seen;
  for (const onnx::StringStringEntryProto &entry : tensor.external_data()) {
    llvm::StringRef key = entry.key();
    llvm::StringRef value = entry.value();
    if (llvm::is_contained(seen, key))
      return llvm::createStringError("external data gives " + quoted(key) + " twice");
    seen.push_back(key);
    if (key == "location") {
      location = value;
    } else if (key == "offset" || key == "length") {
      uint64_t number = 0;
      if (value.empty() || !llvm::all_of(value, llvm::isDigit) || value.getAsInteger(10, number))
        return llvm::createStringError("external data: expected a number for '" + key + "', but got " +
                                       quoted(value));
      (key == "offset" ? offset : length) = number;
    }
    // Anything else ("checksum", and what runtimes keep there for themselves) does not say where bytes are.
  }
  if (length && *length != byteSize)
    return llvm::createStringError("expected " + llvm::Twine(byteSize) +
                                   " bytes for its type and dims, but got " + llvm::Twine(*length) +
                                   " bytes of external data");
  llvm::Expected<std::shared_ptr<const MappedFile>> file = mapInside(location, storage);
  if (!file)
    return file.takeError();
  uint64_t size = (*file)->bytes().size();
  uint64_t begin = offset.value_or(0);
  if (begin > size || byteSize > size - begin)
    return llvm::createStringError("external data " + quoted(location) + " has " + llvm::Twine(size) +
                                   " bytes, but the tensor needs " + llvm::Twine(byteSize) + " from byte " +
                                   llvm::Twine(begin));
  storage.externalTensors[&tensor] = {*file, {begin, byteSize}};
  return llvm::Error::success();
}

} // namespace tenon::onnx_import
