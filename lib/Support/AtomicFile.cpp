#include "lib/Support/AtomicFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"
#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace tenon;
namespace fs = llvm::sys::fs;

static std::error_code lastError() {
  return std::error_code(errno, std::generic_category());
}

llvm::Error AtomicFile::fail(std::error_code code) const {
  return llvm::createStringError(code, "cannot write '%s': %s", path.c_str(), code.message().c_str());
}

llvm::Expected<AtomicFile> AtomicFile::create(llvm::StringRef path) {
  AtomicFile file;
  file.path = path.str();
  fs::file_status status;
  if (!fs::status(path, status) && status.type() != fs::file_type::regular_file) {
    if (status.type() == fs::file_type::directory_file)
      return file.fail(std::make_error_code(std::errc::is_a_directory));
    file.fd = ::open(file.path.c_str(), O_WRONLY | O_CLOEXEC);
    if (file.fd < 0)
      return file.fail(lastError());
    return file;
  }
  llvm::SmallString<128> name;
  if (std::error_code code = fs::createUniqueFile(path + ".%%%%%%%%.tmp", file.fd, name))
    return file.fail(code);
  file.temporary = name.str().str();
  llvm::sys::RemoveFileOnSignal(name);
  return file;
}

AtomicFile::AtomicFile(AtomicFile &&other)
    : fd(other.fd), offset(other.offset), executable(other.executable), path(std::move(other.path)),
      temporary(std::move(other.temporary)) {
  other.fd = -1;
  other.temporary.clear();
}

AtomicFile::~AtomicFile() {
  if (fd >= 0)
    ::close(fd);
  if (temporary.empty())
    return;
  fs::remove(temporary);
  llvm::sys::DontRemoveFileOnSignal(temporary);
}

llvm::Error AtomicFile::write(llvm::ArrayRef<char> bytes) {
  while (!bytes.empty()) {
    // Linux writes at most 2 GiB at a time.
    ssize_t done = ::write(fd, bytes.data(), std::min<size_t>(bytes.size(), size_t(1) << 30));
    if (done < 0 && errno == EINTR)
      continue;
    if (done < 0)
      return fail(lastError());
    offset += done;
    bytes = bytes.drop_front(done);
  }
  return llvm::Error::success();
}

llvm::Error AtomicFile::writeAt(llvm::ArrayRef<char> bytes, uint64_t at) {
  while (!bytes.empty()) {
    ssize_t done = ::pwrite(fd, bytes.data(), bytes.size(), at);
    if (done < 0 && errno == EINTR)
      continue;
    if (done < 0)
      return fail(lastError());
    at += done;
    bytes = bytes.drop_front(done);
  }
  return llvm::Error::success();
}

llvm::Error AtomicFile::seek(uint64_t to) {
  if (::lseek(fd, to, SEEK_SET) < 0)
    return fail(lastError());
  offset = to;
  return llvm::Error::success();
}

llvm::Error AtomicFile::commit() {
  if (!temporary.empty()) {
    // createUniqueFile makes files private; the final one is as public as the user's mask says.
    mode_t mask = ::umask(0);
    ::umask(mask);
    if (::fchmod(fd, (executable ? 0777 : 0666) & ~mask) != 0)
      return fail(lastError());
  }
  int closing = fd;
  fd = -1;
  if (::close(closing) != 0)
    return fail(lastError());
  if (temporary.empty())
    return llvm::Error::success();
  if (std::error_code code = fs::rename(temporary, path))
    return fail(code);
  llvm::sys::DontRemoveFileOnSignal(temporary);
  temporary.clear();
  return llvm::Error::success();
}

llvm::Error tenon::writeFile(llvm::StringRef path, llvm::ArrayRef<char> bytes) {
  llvm::Expected<AtomicFile> file = AtomicFile::create(path);
  if (!file)
    return file.takeError();
  if (llvm::Error error = file->write(bytes))
    return error;
  return file->commit();
}
