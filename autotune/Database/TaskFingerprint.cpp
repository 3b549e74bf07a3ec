#include "autotune/Database/TaskFingerprint.h"
#include "dialects/NN/NN.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"
#include <map>

using namespace mlir;
using namespace tenon;

static std::string hashText(ArrayRef<uint8_t> bytes) {
  return llvm::toHex(llvm::SHA256::hash(bytes), /*LowerCase=*/true).substr(0, 32);
}

/// Replaces the names of resources, which depend on the model they are in, by what they hold.
static void nameResourcesByContent(std::string &text, Operation *root) {
  std::map<std::string, std::string> contents;
  AttrTypeWalker walker;
  walker.addWalk([&](DenseResourceElementsAttr attr) {
    ArrayRef<char> bytes;
    if (AsmResourceBlob *blob = attr.getRawHandle().getBlob())
      bytes = blob->getData();
    contents["dense_resource<" + attr.getRawHandle().getKey().str() + ">"] =
        "dense_resource<" + hashText({reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()}) + ">";
  });
  root->walk([&](Operation *op) { walker.walk<WalkOrder::PreOrder>(op->getAttrDictionary()); });
  for (const auto &[name, content] : contents)
    for (size_t at = 0; (at = text.find(name, at)) != std::string::npos; at += content.size())
      text.replace(at, name.size(), content);
}

std::string autotune::canonicalText(sched::TaskOp task) {
  OwningOpRef<sched::TaskOp> copy(cast<sched::TaskOp>(task->clone()));
  copy->setSymName("task");
  // One task, however it is compiled.
  copy->removeScheduleAttr();
  // What else hangs on the operation (`device`) says nothing about what it computes.
  SmallVector<StringAttr> notes;
  for (NamedAttribute attr : (*copy)->getDiscardableAttrs())
    notes.push_back(attr.getName());
  for (StringAttr name : notes)
    (*copy)->removeDiscardableAttr(name);
  std::string text;
  llvm::raw_string_ostream os(text);
  (*copy)->print(os, OpPrintingFlags().useLocalScope().printGenericOpForm());
  nameResourcesByContent(text, *copy);

  // A dynamic extent is an expression over the module's symbols.
  bool symbolic = false;
  auto look = [&](TypeRange types) {
    for (Type type : types)
      if (auto shaped = dyn_cast<ShapedType>(type))
        symbolic |= !shaped.hasStaticShape();
  };
  task->walk([&](Operation *op) {
    look(op->getResultTypes());
    for (Region &region : op->getRegions())
      for (Block &block : region)
        look(block.getArgumentTypes());
  });
  if (auto module = task->getParentOfType<ModuleOp>(); module && symbolic)
    for (auto [min, max] : nn::getSymbolBounds(module))
      os << "\n" << min << ".." << max;
  return text;
}

std::string autotune::fingerprint(sched::TaskOp task) {
  std::string text = canonicalText(task);
  return hashText({reinterpret_cast<const uint8_t *>(text.data()), text.size()});
}
