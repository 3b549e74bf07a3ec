#include "lib/Target/Linker.h"
#include "lib/Support/AtomicFile.h"
#include "lib/Target/AttachWeights.h"
#include "lib/Target/Embedded.h"
#include "lld/Common/Driver.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Module.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include <cerrno>
#include <cstring>
#include <mutex>
#include <sys/mman.h>
#include <unistd.h>

LLD_HAS_DRIVER(elf)

using namespace tenon;
using llvm::StringRef;

namespace {
/// A file in memory with a path, since lld takes paths.
class MemoryFile {
public:
  static llvm::Expected<MemoryFile> create(StringRef content) {
    MemoryFile file;
    file.fd = memfd_create("tenon", MFD_CLOEXEC);
    if (file.fd < 0)
      return llvm::createStringError("cannot make a file in memory: %s", std::strerror(errno));
    llvm::raw_fd_ostream os(file.fd, /*shouldClose=*/false);
    os << content;
    os.flush();
    if (std::error_code code = os.error()) {
      os.clear_error();
      return llvm::createStringError(code, "cannot make a file in memory: %s", code.message().c_str());
    }
    return file;
  }
  MemoryFile(MemoryFile &&other) noexcept : fd(other.fd) { other.fd = -1; }
  MemoryFile &operator=(MemoryFile &&) = delete;
  ~MemoryFile() {
    if (fd >= 0)
      ::close(fd);
  }
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd); }

private:
  MemoryFile() = default;
  int fd = -1;
};
} // namespace

/// Runs lld. Its state is global, so one link at a time.
static llvm::Error runLld(llvm::ArrayRef<std::string> arguments) {
  static std::mutex mutex;
  static bool broken = false;
  std::lock_guard<std::mutex> lock(mutex);
  if (broken)
    return llvm::createStringError("the linker failed earlier and cannot run again");
  std::vector<const char *> raw = {"ld.lld"};
  for (const std::string &argument : arguments)
    raw.push_back(argument.c_str());
  std::string text;
  llvm::raw_string_ostream os(text);
  lld::Result result = lld::lldMain(raw, os, os, {{lld::Gnu, &lld::elf::link}});
  broken = !result.canRunAgain;
  if (result.retCode == 0)
    return llvm::Error::success();
  StringRef message = StringRef(text).trim();
  message.consume_front("ld.lld: error: ");
  return llvm::createStringError("linking failed: " + message.split('\n').first);
}

/// The objects as one archive: lld takes it whole, with one file open rather than thousands.
static llvm::Expected<MemoryFile> archiveObjects(const ModelObjects &model, StringRef extra) {
  std::vector<std::string> names;
  for (size_t i = 0; i < model.objects.size(); ++i)
    names.push_back("object" + std::to_string(i) + ".o");
  std::vector<llvm::NewArchiveMember> members;
  auto add = [&](StringRef content, StringRef name) {
    members.emplace_back(llvm::MemoryBufferRef(content, name));
  };
  for (size_t i = 0; i < model.objects.size(); ++i)
    add({model.objects[i].data(), model.objects[i].size()}, names[i]);
  add(embeddedRuntime(model.targets[0].arch), "runtime.o");
  if (!extra.empty())
    add(extra, "weights.o");
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> archive =
      llvm::writeArchiveToBuffer(members, llvm::SymtabWritingMode::NoSymtab, llvm::object::Archive::K_GNU,
                                 /*Deterministic=*/true, /*Thin=*/false);
  if (!archive)
    return archive.takeError();
  return MemoryFile::create((*archive)->getBuffer());
}

/// Weights of many pages are mapped by huge ones where the file system's cache has such (Linux: ext4, xfs,
/// btrfs), which spares a page fault for every 64 KiB when a model is loaded, and misses of the TLB
/// afterwards. For that, a weight's address, its place in the file and how it is written are in step with
/// huge pages.
constexpr uint64_t kPage = 1 << 12, kHugePage = 1 << 21, kManyWeights = 2 * kHugePage;

/// Of the weights in a shared object, in memory and in the file.
static uint64_t alignmentOf(const WeightsSource &weights) {
  return weights.size >= kManyWeights ? kHugePage : kPage;
}

/// An object that reserves the weights' addresses, without their bytes.
static llvm::Expected<ObjectBytes> reserveWeights(const ModelObjects &model) {
  llvm::Expected<std::unique_ptr<llvm::TargetMachine>> machine = createTargetMachine(model.targets[0]);
  if (!machine)
    return machine.takeError();
  llvm::LLVMContext context;
  llvm::Module module("weights", context);
  auto *type = llvm::ArrayType::get(llvm::Type::getInt8Ty(context), model.weights.size);
  auto *global =
      new llvm::GlobalVariable(module, type, /*isConstant=*/false, llvm::GlobalValue::ExternalLinkage,
                               llvm::Constant::getNullValue(type), model.weightsSymbol);
  global->setVisibility(llvm::GlobalValue::HiddenVisibility);
  global->setSection(".bss.tenon_weights"); // by its prefix, a section without content
  global->setAlignment(llvm::Align(kPage));
  prepareModule(module, model.targets[0], **machine);
  return emitObject(module, **machine);
}

/// Segments in the order of addresses: read-only data, code, data, weights. With a script, because the
/// weights need a program header of their own. The weights come last: everything else stays within reach of
/// 32-bit displacements.
static std::string linkerScript(const WeightsSource &weights) {
  std::string script = R"(
PHDRS {
  readonly PT_LOAD FILEHDR PHDRS FLAGS(4);
  code PT_LOAD FLAGS(5);
  data PT_LOAD FLAGS(6);
)";
  if (weights.size)
    script += "  weights PT_LOAD FLAGS(4);\n";
  script += R"(  dynamic PT_DYNAMIC FLAGS(6);
  stack PT_GNU_STACK FLAGS(6);
}
SECTIONS {
  . = SIZEOF_HEADERS;
  .dynsym : { *(.dynsym) } :readonly
  .gnu.hash : { *(.gnu.hash) } :readonly
  .dynstr : { *(.dynstr) } :readonly
  .rela.dyn : { *(.rela.dyn) } :readonly
  .rela.plt : { *(.rela.plt) } :readonly
  .rodata : { *(.rodata .rodata.* .lrodata .lrodata.*) } :readonly
  .eh_frame : { *(.eh_frame) } :readonly
  . = ALIGN(CONSTANT(MAXPAGESIZE));
  .text : { *(.text .text.* .ltext .ltext.*) } :code
  .plt : { *(.plt) } :code
  . = ALIGN(CONSTANT(MAXPAGESIZE));
  .data.rel.ro : { *(.data.rel.ro .data.rel.ro.*) } :data
  .dynamic : { *(.dynamic) } :data :dynamic
  .got : { *(.got) } :data
  .got.plt : { *(.got.plt) } :data
  .data : { *(.data .data.*) } :data
)";
  script += "  .bss : { *(.bss COMMON) } :data\n";
  if (weights.size)
    script += "  . = ALIGN(" + std::to_string(alignmentOf(weights)) +
              ");\n  .tenon_weights : { *(.bss.tenon_weights) } :weights\n";
  return script + "}\n";
}

static const char *emulation(Arch arch) {
  return arch == Arch::X86_64 ? "elf_x86_64" : "aarch64linux";
}

namespace {
/// Streams weights to the end of a file, a multiple of a huge page at a time: the file's cache is made of
/// pieces as large as what is written.
class FileSink : public WeightsSink {
public:
  explicit FileSink(AtomicFile &file) : file(file) {}
  llvm::Error flush() {
    if (llvm::Error error = file.write(pending))
      return error;
    pending.clear();
    return llvm::Error::success();
  }

protected:
  llvm::Error append(llvm::ArrayRef<char> bytes) override {
    if (!pending.empty() || bytes.size() < kHugePage) {
      llvm::ArrayRef<char> head = bytes.take_front(kHugePage - pending.size());
      pending.append(head.begin(), head.end());
      if (pending.size() < kHugePage)
        return llvm::Error::success();
      if (llvm::Error error = flush())
        return error;
      bytes = bytes.drop_front(head.size());
    }
    size_t whole = llvm::alignDown(bytes.size(), kHugePage);
    if (whole)
      if (llvm::Error error = file.write(bytes.take_front(whole)))
        return error;
    bytes = bytes.drop_front(whole);
    pending.append(bytes.begin(), bytes.end());
    return llvm::Error::success();
  }

private:
  AtomicFile &file;
  llvm::SmallVector<char, 0> pending;
};
} // namespace

/// What lld linked (all but the weights, so small) becomes the final file, with the weights streamed in.
static llvm::Error finishFile(StringRef path, StringRef linked, const ModelObjects &model, bool shared) {
  auto buffer = llvm::MemoryBuffer::getFile(linked, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return llvm::createStringError(buffer.getError(), "cannot read what was linked");
  ObjectBytes image((*buffer)->getBufferStart(), (*buffer)->getBufferEnd());
  uint64_t offset = 0;
  if (model.weights.size) {
    llvm::Expected<uint64_t> attached =
        shared ? attachToSharedObject(image, model.weights.size, alignmentOf(model.weights))
               : attachToRelocatable(image, model.weightsSymbol, model.weights.size,
                                     model.targets[0].arch == Arch::X86_64);
    if (!attached)
      return attached.takeError();
    offset = *attached;
  }
  llvm::Expected<AtomicFile> file = AtomicFile::create(path);
  if (!file)
    return file.takeError();
  if (llvm::Error error = file->write(image))
    return error;
  if (model.weights.size) {
    if (llvm::Error error = file->seek(offset))
      return error;
    FileSink sink(*file);
    if (llvm::Error error = produceWeights(model.weights, sink))
      return error;
    if (llvm::Error error = sink.flush())
      return error;
  }
  if (shared)
    file->setExecutable();
  return file->commit();
}

/// A file for lld to write to, in the folder of temporary files; removed when it goes out of scope.
namespace {
class OutputFile {
public:
  static llvm::Expected<OutputFile> create() {
    OutputFile file;
    llvm::SmallString<128> name;
    if (std::error_code code = llvm::sys::fs::createTemporaryFile("tenon", "link", name))
      return llvm::createStringError(code, "cannot make a temporary file: %s", code.message().c_str());
    file.name = name.str().str();
    llvm::sys::RemoveFileOnSignal(name);
    return file;
  }
  OutputFile(OutputFile &&other) noexcept : name(std::move(other.name)) { other.name.clear(); }
  OutputFile &operator=(OutputFile &&) = delete;
  ~OutputFile() {
    if (name.empty())
      return;
    llvm::sys::fs::remove(name);
    llvm::sys::DontRemoveFileOnSignal(name);
  }
  const std::string &path() const { return name; }

private:
  OutputFile() = default;
  std::string name;
};
} // namespace

llvm::Error tenon::writeSharedObject(StringRef path, const ModelObjects &model) {
  ObjectBytes reserved;
  if (model.weights.size) {
    llvm::Expected<ObjectBytes> object = reserveWeights(model);
    if (!object)
      return object.takeError();
    reserved = std::move(*object);
  }
  llvm::Expected<MemoryFile> archive = archiveObjects(model, {reserved.data(), reserved.size()});
  if (!archive)
    return archive.takeError();
  llvm::Expected<MemoryFile> libc = MemoryFile::create(embeddedLibcStub(model.targets[0].arch));
  if (!libc)
    return libc.takeError();
  llvm::Expected<MemoryFile> libm = MemoryFile::create(embeddedLibmStub(model.targets[0].arch));
  if (!libm)
    return libm.takeError();
  llvm::Expected<MemoryFile> script = MemoryFile::create(linkerScript(model.weights));
  if (!script)
    return script.takeError();
  llvm::Expected<MemoryFile> exports =
      MemoryFile::create("{ global: tenon_model; " + model.entrySymbol + "; local: *; };\n");
  if (!exports)
    return exports.takeError();
  llvm::Expected<OutputFile> linked = OutputFile::create();
  if (!linked)
    return linked.takeError();
  if (llvm::Error error = runLld({"-m",
                                  emulation(model.targets[0].arch),
                                  "-shared",
                                  "-o",
                                  linked->path(),
                                  "--script=" + script->path(),
                                  "--version-script=" + exports->path(),
                                  "--defsym=tenon_model=" + model.entrySymbol,
                                  "--hash-style=gnu",
                                  "--build-id=none",
                                  "--threads=1",
                                  "-z",
                                  "defs",
                                  "-z",
                                  "norelro",
                                  "-z",
                                  "noexecstack",
                                  "--whole-archive",
                                  archive->path(),
                                  "--no-whole-archive",
                                  "--no-as-needed",
                                  libm->path(),
                                  libc->path()}))
    return error;
  return finishFile(path, linked->path(), model, /*shared=*/true);
}

llvm::Error tenon::writeRelocatable(StringRef path, const ModelObjects &model) {
  llvm::Expected<MemoryFile> archive = archiveObjects(model, "");
  if (!archive)
    return archive.takeError();
  llvm::Expected<OutputFile> linked = OutputFile::create();
  if (!linked)
    return linked.takeError();
  if (llvm::Error error = runLld({"-m", emulation(model.targets[0].arch), "-r", "-o", linked->path(),
                                  "--threads=1", "--whole-archive", archive->path()}))
    return error;
  return finishFile(path, linked->path(), model, /*shared=*/false);
}
