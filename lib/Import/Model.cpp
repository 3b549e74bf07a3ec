#include "lib/Import/GraphBuilder.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Path.h"

namespace tenon::onnx_import {

/// Operator set 7 came with IR version 3; later versions of either are not known here.
static constexpr int64_t kFirstIrVersion = 3;
static constexpr int64_t kLastIrVersion = 14;

static llvm::Error readModel(Storage &storage) {
  llvm::ArrayRef<char> bytes = storage.file->bytes();
  if (bytes.empty())
    return llvm::createStringError("the file is empty");
  {
    storage.file->expectRandomAccess(true);
    llvm::Expected<Skeleton> skeleton = cutLargeTensors(bytes);
    storage.file->expectRandomAccess(false);
    if (!skeleton)
      return skeleton.takeError();
    storage.spans = std::move(skeleton->spans);
    if (!storage.proto.ParseFromArray(skeleton->bytes.data(), static_cast<int>(skeleton->bytes.size())))
      return llvm::createStringError("damaged or not an ONNX model");
  }
  // Nothing refers to the mapping's pages now but the spans.
  storage.file->release();

  const onnx::ModelProto &proto = storage.proto;
  if (!proto.has_graph())
    return llvm::createStringError("damaged or not an ONNX model: it has no graph");
  if (!proto.has_ir_version())
    return llvm::createStringError("the model does not state its IR version");
  if (proto.ir_version() < kFirstIrVersion || proto.ir_version() > kLastIrVersion)
    return llvm::createStringError("IR version " + llvm::Twine(proto.ir_version()) +
                                   " is not supported; expected " + llvm::Twine(kFirstIrVersion) + " to " +
                                   llvm::Twine(kLastIrVersion));
  if (proto.opset_import_size() == 0)
    return llvm::createStringError("the model does not state its operator sets");
  llvm::Expected<Opsets> opsets = Opsets::read(proto.opset_import());
  if (!opsets)
    return opsets.takeError();

  FunctionInliner inliner(storage, *opsets);
  if (llvm::Error error = inliner.prepare())
    return error;
  Problems problems;
  GraphBuilder builder(storage, inliner, problems);
  storage.mainGraph = builder.buildMain(proto.graph(), *opsets);
  return problems.take();
}

Model::Model(std::shared_ptr<Storage> storage) : storage(std::move(storage)) {}

Model::~Model() = default;

llvm::Expected<std::unique_ptr<Model>> Model::load(llvm::StringRef path) {
  llvm::Expected<std::shared_ptr<const MappedFile>> file = MappedFile::open(path.str());
  if (!file)
    return file.takeError();
  auto storage = std::make_shared<Storage>();
  storage->file = std::move(*file);
  llvm::StringRef folder = llvm::sys::path::parent_path(path);
  storage->folder = folder.empty() ? "." : folder.str();
  if (llvm::Error error = readModel(*storage))
    return std::move(error);
  return std::unique_ptr<Model>(new Model(std::move(storage)));
}

llvm::Expected<std::unique_ptr<Model>> Model::parse(llvm::StringRef bytes, llvm::StringRef folder) {
  auto storage = std::make_shared<Storage>();
  storage->file = MappedFile::fromMemory(bytes.str());
  storage->folder = folder.str();
  if (llvm::Error error = readModel(*storage))
    return std::move(error);
  return std::unique_ptr<Model>(new Model(std::move(storage)));
}

const Graph &Model::graph() const {
  return *storage->mainGraph;
}

int64_t Model::irVersion() const {
  return storage->proto.ir_version();
}

std::optional<int64_t> Model::opset(llvm::StringRef domain) const {
  for (const onnx::OperatorSetIdProto &import : storage->proto.opset_import())
    if (normalizedDomain(import.domain()) == normalizedDomain(domain))
      return import.version();
  return std::nullopt;
}

llvm::StringRef Model::producer() const {
  return storage->proto.producer_name();
}

const std::string *Model::metadata(llvm::StringRef key) const {
  for (const onnx::StringStringEntryProto &entry : storage->proto.metadata_props())
    if (entry.key() == key)
      return &entry.value();
  return nullptr;
}

void Model::release() const {
  storage->file->release();
  for (const auto &file : storage->externalFiles)
    file.second->release();
}

} // namespace tenon::onnx_import
