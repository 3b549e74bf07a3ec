#include "lib/Import/FunctionInliner.h"
#include "llvm/ADT/STLExtras.h"
#include <set>

namespace tenon::onnx_import {

/// Deeper than functions written by exporters call each other (a layer in a block in a model is 3).
static constexpr unsigned kMaxCallDepth = 32;
static constexpr uint64_t kMaxCopies = uint64_t(1) << 20;
static constexpr uint64_t kMaxCopiedBytes = uint64_t(512) << 20;

using NodeList = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

static std::string key(llvm::StringRef domain, llvm::StringRef name, llvm::StringRef overload) {
  std::string text = normalizedDomain(domain).str();
  text.push_back('\0');
  text += name;
  text.push_back('\0');
  return text + overload.str();
}

/// Calls `visit` with each graph in the nodes' attributes, not with graphs inside those.
template <typename Visit>
static void forEachGraph(const onnx::NodeProto &node, Visit visit) {
  for (const onnx::AttributeProto &attribute : node.attribute()) {
    if (attribute.has_g())
      visit(attribute.g());
    for (const onnx::GraphProto &graph : attribute.graphs())
      visit(graph);
  }
}

/// Of the names "inlined<N>.…", which N the model has already.
static void collectPrefixes(const NodeList &nodes, std::set<uint64_t> &taken) {
  auto add = [&](llvm::StringRef name) {
    uint64_t number = 0;
    if (name.consume_front("inlined") && !name.consumeInteger(10, number) && name.starts_with("."))
      taken.insert(number);
  };
  for (const onnx::NodeProto &node : nodes) {
    for (const std::string &name : node.output())
      add(name);
    forEachGraph(node, [&](const onnx::GraphProto &graph) {
      for (const onnx::ValueInfoProto &input : graph.input())
        add(input.name());
      for (const onnx::TensorProto &tensor : graph.initializer())
        add(tensor.name());
      collectPrefixes(graph.node(), taken);
    });
  }
}

/// About what a copy of the message takes in memory.
static uint64_t memoryOf(const onnx::NodeProto &node);

static uint64_t memoryOf(const onnx::GraphProto &graph) {
  uint64_t bytes = sizeof(onnx::GraphProto) + 8192;
  for (const onnx::NodeProto &node : graph.node())
    bytes += memoryOf(node);
  for (const onnx::TensorProto &tensor : graph.initializer())
    bytes += sizeof(onnx::TensorProto) + 8 * tensor.ByteSizeLong();
  for (const auto *values : {&graph.input(), &graph.output(), &graph.value_info()})
    for (const onnx::ValueInfoProto &value : *values)
      bytes += sizeof(onnx::ValueInfoProto) + 24 * value.ByteSizeLong();
  for (const onnx::SparseTensorProto &tensor : graph.sparse_initializer())
    bytes += 1024 + 8 * tensor.ByteSizeLong();
  for (const onnx::TensorAnnotation &annotation : graph.quantization_annotation())
    bytes += 256 + 64 * annotation.ByteSizeLong();
  return bytes + 64 * static_cast<uint64_t>(graph.metadata_props_size()) + graph.doc_string().size();
}

static uint64_t memoryOf(const onnx::AttributeProto &attribute) {
  uint64_t bytes = sizeof(onnx::AttributeProto) + 128 + attribute.name().size() + attribute.s().size();
  bytes +=
      8 * static_cast<uint64_t>(attribute.ints_size()) + 4 * static_cast<uint64_t>(attribute.floats_size());
  for (const std::string &text : attribute.strings())
    bytes += 48 + text.size();
  if (attribute.has_t())
    bytes += sizeof(onnx::TensorProto) + 8 * attribute.t().ByteSizeLong();
  for (const onnx::TensorProto &tensor : attribute.tensors())
    bytes += sizeof(onnx::TensorProto) + 8 * tensor.ByteSizeLong();
  if (attribute.has_sparse_tensor())
    bytes += 1024 + 8 * attribute.sparse_tensor().ByteSizeLong();
  for (const onnx::SparseTensorProto &tensor : attribute.sparse_tensors())
    bytes += 1024 + 8 * tensor.ByteSizeLong();
  if (attribute.has_tp())
    bytes += 256 + 24 * attribute.tp().ByteSizeLong();
  for (const onnx::TypeProto &type : attribute.type_protos())
    bytes += 256 + 24 * type.ByteSizeLong();
  if (attribute.has_g())
    bytes += memoryOf(attribute.g());
  for (const onnx::GraphProto &graph : attribute.graphs())
    bytes += memoryOf(graph);
  return bytes;
}

static uint64_t memoryOf(const onnx::NodeProto &node) {
  uint64_t bytes = sizeof(onnx::NodeProto) + 512;
  for (const auto *names : {&node.input(), &node.output()})
    for (const std::string &name : *names)
      bytes += 96 + name.size();
  for (const onnx::AttributeProto &attribute : node.attribute())
    bytes += memoryOf(attribute);
  for (const onnx::NodeDeviceConfigurationProto &configuration : node.device_configurations())
    bytes += 256 + 64 * configuration.ByteSizeLong();
  return bytes + 64 * static_cast<uint64_t>(node.metadata_props_size()) + node.doc_string().size();
}

/// Rewrites one copy of a function's body.
class FunctionInliner::Renamer {
public:
  using Charge = llvm::function_ref<llvm::Error(uint64_t)>;
  Renamer(const Function &function, std::string prefix, Charge charge)
      : function(function), prefix(std::move(prefix)), charge(charge) {}

  llvm::Error bind(const onnx::NodeProto &call);
  llvm::Error rewrite(onnx::NodeProto &node) { return rewriteNode(node, {nullptr, names}); }

private:
  /// The names that a graph of the body defines itself hide the parameters.
  struct Scope {
    const Scope *outer;
    const llvm::StringMap<std::string> &names;
  };

  std::string fresh(llvm::StringRef name) const { return prefix + name.str(); }
  /// A short name in the body may stand for a long one of the call, thus the charge.
  llvm::Error rename(std::string &name, const Scope &scope) const {
    if (name.empty())
      return llvm::Error::success();
    const std::string *actual = nullptr;
    for (const Scope *s = &scope; s && !actual; s = s->outer) {
      auto found = s->names.find(name);
      if (found != s->names.end())
        actual = &found->second;
    }
    if (llvm::Error error = charge(actual ? actual->size() : prefix.size()))
      return error;
    name = actual ? *actual : fresh(name);
    return llvm::Error::success();
  }
  llvm::Error rewriteNode(onnx::NodeProto &node, const Scope &scope);
  llvm::Error rewriteGraph(onnx::GraphProto &graph, const Scope &scope);

  const Function &function;
  std::string prefix;
  Charge charge;
  llvm::StringMap<std::string> names;
  llvm::StringMap<const onnx::AttributeProto *> given;
};

llvm::Error FunctionInliner::Renamer::bind(const onnx::NodeProto &call) {
  const onnx::FunctionProto &proto = *function.proto;
  if (call.input_size() > proto.input_size())
    return llvm::createStringError("expected at most " + llvm::Twine(proto.input_size()) +
                                   " inputs, but got " + llvm::Twine(call.input_size()));
  if (call.output_size() > proto.output_size())
    return llvm::createStringError("expected at most " + llvm::Twine(proto.output_size()) +
                                   " outputs, but got " + llvm::Twine(call.output_size()));
  for (int i = 0; i < proto.input_size(); ++i)
    names[proto.input(i)] = i < call.input_size() ? call.input(i) : std::string();
  for (int i = 0; i < call.output_size(); ++i)
    // An output that is an input too becomes a copy, made by expand().
    if (!call.output(i).empty())
      names.try_emplace(proto.output(i), call.output(i));

  for (const onnx::AttributeProto &attribute : proto.attribute_proto())
    given[attribute.name()] = &attribute;
  for (const std::string &name : proto.attribute())
    given.try_emplace(name, nullptr);
  llvm::SmallVector<llvm::StringRef> seen;
  for (const onnx::AttributeProto &attribute : call.attribute()) {
    auto parameter = given.find(attribute.name());
    if (parameter == given.end())
      return llvm::createStringError("attribute " + quoted(attribute.name()) +
                                     " is not one of the function's");
    if (llvm::is_contained(seen, attribute.name()))
      return llvm::createStringError("attribute " + quoted(attribute.name()) + " is given twice");
    seen.push_back(attribute.name());
    if (attribute.has_g() || attribute.graphs_size() != 0)
      return llvm::createStringError("attribute " + quoted(attribute.name()) +
                                     ": graphs as attributes of functions are not supported");
    if (!attribute.ref_attr_name().empty())
      return llvm::createStringError("attribute " + quoted(attribute.name()) +
                                     " refers to an attribute of a function, but is in none");
    parameter->second = &attribute;
  }
  return llvm::Error::success();
}

llvm::Error FunctionInliner::Renamer::rewriteNode(onnx::NodeProto &node, const Scope &scope) {
  for (auto *names : {node.mutable_input(), node.mutable_output()})
    for (std::string &name : *names)
      if (llvm::Error error = rename(name, scope))
        return error;
  auto &attributes = *node.mutable_attribute();
  llvm::SmallVector<int> omitted;
  for (int i = 0; i < attributes.size(); ++i) {
    onnx::AttributeProto &attribute = attributes[i];
    if (!attribute.ref_attr_name().empty()) {
      std::string own = attribute.name();
      auto value = given.find(attribute.ref_attr_name());
      if (value == given.end())
        return llvm::createStringError("attribute " + quoted(own) + " refers to " +
                                       quoted(attribute.ref_attr_name()) +
                                       ", which the function does not declare");
      if (!value->second) {
        // The call leaves it out, so the body does too.
        omitted.push_back(i);
        continue;
      }
      const onnx::AttributeProto &source = *value->second;
      if (attribute.type() != onnx::AttributeProto::UNDEFINED &&
          source.type() != onnx::AttributeProto::UNDEFINED && attribute.type() != source.type())
        return llvm::createStringError("attribute " + quoted(own) + " refers to " +
                                       quoted(attribute.ref_attr_name()) + ", which is of another type");
      if (llvm::Error error = charge(memoryOf(source)))
        return error;
      // A reference with a field that is not known stays refusable.
      std::string unknown = attribute.unknown_fields();
      attribute.CopyFrom(source);
      attribute.set_name(own);
      *attribute.mutable_unknown_fields() += unknown;
    }
    if (attribute.has_g())
      if (llvm::Error error = rewriteGraph(*attribute.mutable_g(), scope))
        return error;
    for (onnx::GraphProto &graph : *attribute.mutable_graphs())
      if (llvm::Error error = rewriteGraph(graph, scope))
        return error;
  }
  if (omitted.empty())
    return llvm::Error::success();
  google::protobuf::RepeatedPtrField<onnx::AttributeProto> kept;
  for (int i = 0; i < attributes.size(); ++i)
    if (!llvm::is_contained(omitted, i))
      *kept.Add() = std::move(attributes[i]);
  attributes.Swap(&kept);
  return llvm::Error::success();
}

llvm::Error FunctionInliner::Renamer::rewriteGraph(onnx::GraphProto &graph, const Scope &outer) {
  llvm::StringMap<std::string> local;
  auto define = [&](const std::string &name) { local[name] = fresh(name); };
  for (const onnx::ValueInfoProto &input : graph.input())
    define(input.name());
  for (const onnx::TensorProto &tensor : graph.initializer())
    define(tensor.name());
  for (const onnx::SparseTensorProto &tensor : graph.sparse_initializer())
    define(tensor.values().name());
  for (const onnx::NodeProto &node : graph.node())
    for (const std::string &name : node.output())
      define(name);
  Scope scope = {&outer, local};
  for (auto *values : {graph.mutable_input(), graph.mutable_output(), graph.mutable_value_info()})
    for (onnx::ValueInfoProto &value : *values)
      if (llvm::Error error = rename(*value.mutable_name(), scope))
        return error;
  for (onnx::TensorProto &tensor : *graph.mutable_initializer())
    if (llvm::Error error = rename(*tensor.mutable_name(), scope))
      return error;
  for (onnx::SparseTensorProto &tensor : *graph.mutable_sparse_initializer())
    if (llvm::Error error = rename(*tensor.mutable_values()->mutable_name(), scope))
      return error;
  for (onnx::NodeProto &node : *graph.mutable_node())
    if (llvm::Error error = rewriteNode(node, scope))
      return error;
  return llvm::Error::success();
}

llvm::Error FunctionInliner::prepare() {
  if (storage.proto.functions_size() == 0)
    return llvm::Error::success();
  for (const onnx::FunctionProto &function : storage.proto.functions())
    if (llvm::Error error = checkFunction(function))
      return llvm::createStringError("function " + quoted(function.name()) + ": " +
                                     llvm::toString(std::move(error)));
  for (auto &entry : functions)
    if (llvm::Error error = measureDepth(entry.second, 0))
      return error;

  onnx::ModelProto identity;
  identity.add_opset_import()->set_version(13);
  llvm::Expected<Opsets> opsets = Opsets::read(identity.opset_import());
  if (!opsets)
    return opsets.takeError();
  identityOpsets = std::move(*opsets);

  std::set<uint64_t> taken;
  onnx::NodeProto everything;
  collectPrefixes(storage.proto.graph().node(), taken);
  for (const onnx::ValueInfoProto &input : storage.proto.graph().input())
    *everything.add_output() = input.name();
  for (const onnx::TensorProto &tensor : storage.proto.graph().initializer())
    *everything.add_output() = tensor.name();
  NodeList names;
  *names.Add() = std::move(everything);
  collectPrefixes(names, taken);
  uint64_t number = 0;
  while (taken.count(number))
    ++number;
  prefix = "inlined" + std::to_string(number) + ".";
  return llvm::Error::success();
}

llvm::Error FunctionInliner::checkFunction(const onnx::FunctionProto &function) {
  if (!function.unknown_fields().empty())
    return llvm::createStringError("it holds a field that this importer does not know");
  if (function.name().empty())
    return llvm::createStringError("it has no name");
  auto unique = [](const auto &names, const char *what) -> llvm::Error {
    std::set<llvm::StringRef> seen;
    for (const std::string &name : names)
      if (name.empty() || !seen.insert(name).second)
        return llvm::createStringError(llvm::Twine(what) + " " + quoted(name) + " is empty or listed twice");
    return llvm::Error::success();
  };
  if (llvm::Error error = unique(function.input(), "input"))
    return error;
  if (llvm::Error error = unique(function.output(), "output"))
    return error;
  std::vector<std::string> attributes(function.attribute().begin(), function.attribute().end());
  for (const onnx::AttributeProto &attribute : function.attribute_proto()) {
    attributes.push_back(attribute.name());
    if (attribute.has_g() || attribute.graphs_size() != 0 || !attribute.ref_attr_name().empty())
      return llvm::createStringError("the default of attribute " + quoted(attribute.name()) +
                                     " is a graph or a reference, which is not supported");
  }
  if (llvm::Error error = unique(attributes, "attribute"))
    return error;

  auto [entry, isNew] = functions.try_emplace(key(function.domain(), function.name(), function.overload()));
  if (!isNew)
    return llvm::createStringError("it is defined twice");
  Function &record = entry->second;
  record.proto = &function;
  record.place = storage.places.emplace_back(" in function " + quoted(function.name()));
  llvm::Expected<Opsets> opsets = Opsets::read(function.opset_import());
  if (!opsets)
    return opsets.takeError();
  record.ownOpsets = std::move(*opsets);
  // Some writers leave a function's imports out where they are the model's.
  record.opsets = record.ownOpsets.empty() ? &modelOpsets : &record.ownOpsets;
  return llvm::Error::success();
}

const FunctionInliner::Function *FunctionInliner::callee(const onnx::NodeProto &node) const {
  auto found = functions.find(key(node.domain(), node.op_type(), node.overload()));
  return found == functions.end() ? nullptr : &found->second;
}

llvm::Error FunctionInliner::measureDepth(Function &function, unsigned callers) {
  if (function.depth == 0) {
    if (function.visiting)
      return llvm::createStringError("function " + quoted(function.proto->name()) + " calls itself");
    if (callers > kMaxCallDepth)
      return llvm::createStringError("function " + quoted(function.proto->name()) +
                                     " is called through more than " + llvm::Twine(kMaxCallDepth) +
                                     " others");
    function.visiting = true;
    unsigned depth = 0;
    if (llvm::Error error = measureCalls(function.proto->node(), callers, depth))
      return error;
    function.visiting = false;
    function.depth = depth + 1;
  }
  if (callers + function.depth > kMaxCallDepth)
    return llvm::createStringError("function " + quoted(function.proto->name()) +
                                   ": calls are nested more than " + llvm::Twine(kMaxCallDepth) + " deep");
  return llvm::Error::success();
}

llvm::Error FunctionInliner::measureCalls(const NodeList &nodes, unsigned callers, unsigned &depth) {
  for (const onnx::NodeProto &node : nodes) {
    if (Function *function = const_cast<Function *>(callee(node))) {
      if (llvm::Error error = measureDepth(*function, callers + 1))
        return error;
      depth = std::max(depth, function->depth);
    }
    llvm::Error failure = llvm::Error::success();
    forEachGraph(node, [&](const onnx::GraphProto &graph) {
      if (!failure)
        failure = measureCalls(graph.node(), callers, depth);
    });
    if (failure)
      return failure;
  }
  return llvm::Error::success();
}

llvm::Error FunctionInliner::charge(uint64_t bytes, uint64_t newCopies) {
  copiedBytes += bytes;
  copies += newCopies;
  if (copies > kMaxCopies || copiedBytes > kMaxCopiedBytes)
    return llvm::createStringError("the model's functions expand to more than " + llvm::Twine(kMaxCopies) +
                                   " nodes or " + llvm::Twine(kMaxCopiedBytes >> 20) + " MiB");
  return llvm::Error::success();
}

llvm::Error FunctionInliner::expand(const PlacedNode &node, std::vector<PlacedNode> &result) {
  const Function *function = functions.empty() ? nullptr : callee(*node.proto);
  if (!function) {
    result.push_back(node);
    return llvm::Error::success();
  }
  auto fail = [&](llvm::Error error) {
    return llvm::createStringError(describeNode(*node.proto, node.index) + node.place + ": " +
                                   llvm::toString(std::move(error)));
  };
  if (!node.proto->unknown_fields().empty())
    return fail(llvm::createStringError("the node holds a field that this importer does not know"));
  // An empty body is a copy as well: calls count, not only what they leave behind.
  if (llvm::Error error = charge(256, /*newCopies=*/1))
    return fail(std::move(error));
  // Named: the renamer keeps a reference to it.
  auto chargeBytes = [&](uint64_t bytes) { return charge(bytes); };
  Renamer renamer(*function, prefix + std::to_string(copies) + ".", chargeBytes);
  if (llvm::Error error = renamer.bind(*node.proto))
    return fail(std::move(error));
  const onnx::FunctionProto &proto = *function->proto;
  size_t index = 0;
  for (const onnx::NodeProto &inner : proto.node()) {
    if (llvm::Error error = charge(memoryOf(inner), /*newCopies=*/1))
      return fail(std::move(error));
    onnx::NodeProto &copy = storage.expandedNodes.emplace_back(inner);
    if (llvm::Error error = renamer.rewrite(copy))
      return llvm::createStringError(describeNode(inner, index) + function->place + ": " +
                                     llvm::toString(std::move(error)));
    if (llvm::Error error = expand({&copy, function->opsets, function->place, index++}, result))
      return error;
  }
  // A parameter that is handed through needs a node, because the call's output is a name of its own.
  for (int i = 0; i < node.proto->output_size(); ++i) {
    auto formal = llvm::find(proto.input(), proto.output(i));
    if (node.proto->output(i).empty() || formal == proto.input().end())
      continue;
    int position = static_cast<int>(formal - proto.input().begin());
    if (position >= node.proto->input_size() || node.proto->input(position).empty())
      return fail(llvm::createStringError("output " + llvm::Twine(i) + " is an input that the call omits"));
    if (llvm::Error error = charge(memoryOf(*node.proto), /*newCopies=*/1))
      return fail(std::move(error));
    onnx::NodeProto &copy = storage.expandedNodes.emplace_back();
    copy.set_op_type("Identity");
    copy.add_input(node.proto->input(position));
    copy.add_output(node.proto->output(i));
    result.push_back({&copy, &identityOpsets, function->place, index++});
  }
  return llvm::Error::success();
}

} // namespace tenon::onnx_import
