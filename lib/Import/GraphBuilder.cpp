#include "lib/Import/GraphBuilder.h"
#include "llvm/ADT/STLExtras.h"
#include <queue>

namespace tenon::onnx_import {

/// If in Loop in If …: real models nest two or three deep.
static constexpr unsigned kMaxGraphDepth = 16;
static constexpr size_t kMaxNameLength = 65536;
/// ONNX's operators have at most 20 or so; the limit keeps searching them one by one cheap.
static constexpr int kMaxAttributes = 256;

static constexpr const char *kUnknownField = "holds a field or value that this importer does not know";

const Graph *GraphBuilder::buildMain(const onnx::GraphProto &proto, const Opsets &opsets) {
  llvm::SetVector<llvm::StringRef> free;
  const Graph *graph = build(proto, {opsets, "", 1, nullptr, nullptr}, free);
  if (!graph)
    return nullptr;
  for (const Value &input : graph->inputs())
    if (input.type.kind == ValueType::Kind::Unknown ||
        (input.type.kind == ValueType::Kind::Tensor && input.type.elementType == ElementType::Undefined))
      problems.add("input " + quoted(input.name) + " has no declared type");
  if (proto.output_size() == 0)
    problems.add("the graph has no outputs");
  llvm::SmallDenseSet<llvm::StringRef> seen;
  for (const Value &output : graph->outputs())
    if (!seen.insert(output.name).second)
      problems.add("output " + quoted(output.name) + " is listed twice");
  return graph;
}

bool GraphBuilder::nameFits(llvm::StringRef name, const llvm::Twine &what) {
  if (name.size() <= kMaxNameLength)
    return true;
  problems.add(what + " " + quoted(name) + ": expected a name of at most " + llvm::Twine(kMaxNameLength) +
               " bytes, but got " + llvm::Twine(name.size()));
  return false;
}

void GraphBuilder::define(Scope &scope, llvm::StringRef name, int producer, const llvm::Twine &what) {
  if (!nameFits(name, what))
    return;
  if (!scope.names.try_emplace(name, producer).second)
    problems.add(what + ": value " + quoted(name) + " is defined twice");
}

bool GraphBuilder::visible(const Scope &scope, llvm::StringRef name) const {
  for (const Scope *s = &scope; s; s = s->outer)
    if (s->names.contains(name))
      return true;
  return false;
}

const Graph *GraphBuilder::build(const onnx::GraphProto &proto, const Context &context,
                                 llvm::SetVector<llvm::StringRef> &free) {
  if (context.depth > kMaxGraphDepth) {
    problems.add("graphs are nested more than " + llvm::Twine(kMaxGraphDepth) + " deep" + context.place);
    return nullptr;
  }
  if (!proto.unknown_fields().empty())
    problems.add("the graph" + context.place + " " + kUnknownField);
  Graph &graph = storage.graphs.emplace_back();
  graph.proto = &proto;
  graph.outer = context.outer;

  std::vector<PlacedNode> placed;
  placed.reserve(static_cast<size_t>(proto.node_size()));
  for (const auto &[index, node] : llvm::enumerate(proto.node()))
    if (llvm::Error error = inliner.expand({&node, &context.opsets, context.place, index}, placed)) {
      problems.add(std::move(error));
      return nullptr;
    }

  // All names first: subgraphs and nodes out of order may use what comes later.
  Scope scope;
  scope.outer = context.scope;
  defineInitializers(graph, scope, context);
  defineInputs(graph, scope, context);
  for (const auto &[position, node] : llvm::enumerate(placed))
    for (const std::string &output : node.proto->output())
      if (!output.empty())
        define(scope, output, static_cast<int>(position), describeNode(*node.proto, node.index) + node.place);
  readDeclaredTypes(graph, context);

  graph.nodeList.resize(placed.size());
  for (const auto &[node, from] : llvm::zip_equal(graph.nodeList, placed))
    buildNode(node, from, graph, scope, context.depth);
  readOutputs(graph, scope, context, free);

  // What comes from graphs around this one, for the node that holds it.
  for (const Node &node : graph.nodeList)
    for (llvm::ArrayRef<llvm::StringRef> names : {node.inputs(), node.captures()})
      for (llvm::StringRef name : names)
        if (!name.empty() && !scope.names.contains(name))
          free.insert(name);
  sort(graph, scope);
  return &graph;
}

void GraphBuilder::defineInitializers(Graph &graph, Scope &scope, const Context &context) {
  size_t count =
      static_cast<size_t>(graph.proto->initializer_size() + graph.proto->sparse_initializer_size());
  graph.initializerList.reserve(count);
  auto add = [&](llvm::StringRef name, Tensor tensor, llvm::Error error) {
    std::string what = "initializer " + quoted(name) + context.place.str();
    if (name.empty())
      problems.add(what + ": an initializer needs a name");
    // Known by name even if it is broken: its uses are not to blame.
    define(scope, name, -1, what);
    if (error) {
      problems.add(std::move(error));
      return;
    }
    graph.initializerIndex[name] = static_cast<unsigned>(graph.initializerList.size());
    graph.initializerList.emplace_back(name, tensor);
  };
  for (const onnx::TensorProto &tensor : graph.proto->initializer())
    add(tensor.name(), Tensor(tensor, storage),
        checkTensor(tensor, storage, "initializer " + quoted(tensor.name()) + context.place));
  for (const onnx::SparseTensorProto &tensor : graph.proto->sparse_initializer())
    add(tensor.values().name(), Tensor(tensor, storage),
        checkSparseTensor(tensor, storage, "initializer " + quoted(tensor.values().name()) + context.place));
}

/// Whether a tensor is a value of the declared type.
static bool conforms(const Tensor &tensor, const ValueType &type) {
  if (type.kind == ValueType::Kind::Unknown)
    return true;
  if (type.kind != ValueType::Kind::Tensor && type.kind != ValueType::Kind::SparseTensor)
    return false;
  if (type.elementType != ElementType::Undefined && type.elementType != tensor.elementType())
    return false;
  if (!type.dims)
    return true;
  if (type.dims->size() != tensor.dims().size())
    return false;
  for (const auto &[dim, size] : llvm::zip_equal(*type.dims, tensor.dims()))
    if (dim.kind == Dim::Kind::Static && dim.size != size)
      return false;
  return true;
}

void GraphBuilder::defineInputs(Graph &graph, Scope &scope, const Context &context) {
  llvm::SmallDenseSet<llvm::StringRef> seen;
  for (const onnx::ValueInfoProto &input : graph.proto->input()) {
    llvm::StringRef name = input.name();
    std::string what = "input " + quoted(name) + context.place.str();
    if (name.empty()) {
      problems.add(what + ": an input needs a name");
      continue;
    }
    if (!input.unknown_fields().empty())
      problems.add(what + " " + kUnknownField);
    llvm::Expected<ValueType> type = readType(input.type());
    if (!type) {
      problems.add(what + ": " + llvm::toString(type.takeError()));
      type = ValueType();
    }
    if (!seen.insert(name).second) {
      problems.add(what + ": value " + quoted(name) + " is defined twice");
      continue;
    }
    // Before IR version 4 every initializer was listed as an input; since then, doing so gives the input a
    // default value. Either way the value is known.
    if (const Tensor *tensor = graph.initializer(name)) {
      if (!conforms(*tensor, *type))
        problems.add(what + ": declared as " + toString(*type) + ", but its initializer differs");
      continue;
    }
    if (scope.names.contains(name)) // A broken initializer's.
      continue;
    define(scope, name, -1, what);
    graph.inputList.push_back({name, std::move(*type)});
  }
}

void GraphBuilder::readDeclaredTypes(Graph &graph, const Context &context) {
  for (const auto *values : {&graph.proto->input(), &graph.proto->output(), &graph.proto->value_info()}) {
    for (const onnx::ValueInfoProto &value : *values) {
      if (!value.has_type())
        continue;
      llvm::Expected<ValueType> type = readType(value.type());
      if (type)
        graph.types.try_emplace(value.name(), std::move(*type));
      else if (values != &graph.proto->input()) // Inputs were reported already.
        problems.add("value " + quoted(value.name()) + context.place + ": " +
                     llvm::toString(type.takeError()));
      else
        llvm::consumeError(type.takeError());
    }
  }
}

void GraphBuilder::readOutputs(Graph &graph, const Scope &scope, const Context &context,
                               llvm::SetVector<llvm::StringRef> &free) {
  for (const onnx::ValueInfoProto &output : graph.proto->output()) {
    llvm::StringRef name = output.name();
    std::string what = "output " + quoted(name) + context.place.str();
    if (name.empty()) {
      problems.add(what + ": an output needs a name");
      continue;
    }
    if (!output.unknown_fields().empty())
      problems.add(what + " " + kUnknownField);
    if (!visible(scope, name)) {
      problems.add(what + ": no node produces it");
      continue;
    }
    if (!scope.names.contains(name))
      free.insert(name);
    const ValueType *type = graph.declaredType(name);
    graph.outputList.push_back({name, type ? *type : ValueType()});
  }
}

void GraphBuilder::buildNode(Node &node, const PlacedNode &placed, Graph &graph, const Scope &scope,
                             unsigned depth) {
  const onnx::NodeProto &proto = *placed.proto;
  node.proto = &proto;
  node.storage = &storage;
  node.op = proto.op_type();
  node.dom = normalizedDomain(proto.domain());
  node.index = placed.index;
  node.place = placed.place;
  node.ins.assign(proto.input().begin(), proto.input().end());
  node.outs.assign(proto.output().begin(), proto.output().end());

  if (!proto.unknown_fields().empty())
    problems.add(node.describe() + " " + kUnknownField);
  if (proto.op_type().empty())
    problems.add(node.describe() + ": a node needs an operator");
  for (llvm::StringRef name : {llvm::StringRef(proto.op_type()), llvm::StringRef(proto.name()), node.dom})
    nameFits(name, node.describe());
  llvm::Expected<int64_t> version = placed.opsets->version(node.dom);
  if (version)
    node.version = *version;
  else if (std::string message = llvm::toString(version.takeError()); reportedOpsets.insert(message).second)
    // Once, not for every node of the model.
    problems.add(node.describe() + ": " + message);
  for (llvm::StringRef name : node.ins)
    if (!name.empty() && !visible(scope, name))
      problems.add(node.describe() + ": input " + quoted(name) +
                   " is neither an input, an initializer nor a node's output");

  if (proto.attribute_size() > kMaxAttributes) {
    problems.add(node.describe() + ": expected at most " + llvm::Twine(kMaxAttributes) +
                 " attributes, but got " + llvm::Twine(proto.attribute_size()));
    return;
  }
  llvm::SetVector<llvm::StringRef> free;
  for (const onnx::AttributeProto &attribute : proto.attribute())
    buildAttribute(node, attribute, placed, graph, scope, depth, free);
  node.captured.assign(free.begin(), free.end());
}

/// The kinds of value that the message holds, in AttributeProto's numbering.
static llvm::SmallVector<int> heldKinds(const onnx::AttributeProto &attribute) {
  using Proto = onnx::AttributeProto;
  const std::pair<bool, int> kinds[] = {
      {attribute.has_f(), Proto::FLOAT},
      {attribute.has_i(), Proto::INT},
      {attribute.has_s(), Proto::STRING},
      {attribute.has_t(), Proto::TENSOR},
      {attribute.has_g(), Proto::GRAPH},
      {attribute.has_sparse_tensor(), Proto::SPARSE_TENSOR},
      {attribute.has_tp(), Proto::TYPE_PROTO},
      {attribute.floats_size() != 0, Proto::FLOATS},
      {attribute.ints_size() != 0, Proto::INTS},
      {attribute.strings_size() != 0, Proto::STRINGS},
      {attribute.tensors_size() != 0, Proto::TENSORS},
      {attribute.graphs_size() != 0, Proto::GRAPHS},
      {attribute.sparse_tensors_size() != 0, Proto::SPARSE_TENSORS},
      {attribute.type_protos_size() != 0, Proto::TYPE_PROTOS},
  };
  llvm::SmallVector<int> held;
  for (auto [present, kind] : kinds)
    if (present)
      held.push_back(kind);
  return held;
}

static AttributeKind kindOf(int number) {
  using Proto = onnx::AttributeProto;
  switch (number) {
  case Proto::FLOAT:
    return AttributeKind::Float;
  case Proto::STRING:
    return AttributeKind::String;
  case Proto::TENSOR:
    return AttributeKind::Tensor;
  case Proto::GRAPH:
    return AttributeKind::Graph;
  case Proto::SPARSE_TENSOR:
    return AttributeKind::SparseTensor;
  case Proto::TYPE_PROTO:
    return AttributeKind::Type;
  case Proto::FLOATS:
    return AttributeKind::Floats;
  case Proto::INTS:
    return AttributeKind::Ints;
  case Proto::STRINGS:
    return AttributeKind::Strings;
  case Proto::TENSORS:
    return AttributeKind::Tensors;
  case Proto::GRAPHS:
    return AttributeKind::Graphs;
  case Proto::SPARSE_TENSORS:
    return AttributeKind::SparseTensors;
  case Proto::TYPE_PROTOS:
    return AttributeKind::Types;
  default:
    return AttributeKind::Int;
  }
}

void GraphBuilder::buildAttribute(Node &node, const onnx::AttributeProto &attribute, const PlacedNode &placed,
                                  Graph &graph, const Scope &scope, unsigned depth,
                                  llvm::SetVector<llvm::StringRef> &free) {
  std::string what = node.describe() + ": attribute " + quoted(attribute.name());
  if (attribute.name().empty() || attribute.name().size() > kMaxNameLength)
    return problems.add(what + ": an attribute needs a name of at most " + llvm::Twine(kMaxNameLength) +
                        " bytes");
  if (!attribute.unknown_fields().empty())
    return problems.add(what + " " + kUnknownField);
  if (node.lookup(attribute.name()))
    return problems.add(what + " is given twice");
  if (!attribute.ref_attr_name().empty())
    return problems.add(what + " refers to an attribute of a function, but is in none");

  llvm::SmallVector<int> held = heldKinds(attribute);
  int type = attribute.type();
  if (type == onnx::AttributeProto::UNDEFINED) {
    if (held.size() != 1)
      return problems.add(what + " has no type, and holds " + llvm::Twine(held.size()) + " kinds of value");
    type = held.front();
  }
  Node::Attribute result;
  result.proto = &attribute;
  result.kind = kindOf(type);
  for (int other : held)
    if (other != type)
      return problems.add(what + ": declared as " + name(result.kind) + ", but it holds " +
                          name(kindOf(other)));
  switch (result.kind) {
  case AttributeKind::Tensor:
  case AttributeKind::Graph:
  case AttributeKind::SparseTensor:
  case AttributeKind::Type:
    if (held.empty())
      return problems.add(what + ": declared as " + name(result.kind) + ", but it holds none");
    break;
  default:
    // An empty list, or a number that is zero and was left out.
    break;
  }

  switch (result.kind) {
  case AttributeKind::Tensor:
    problems.add(checkTensor(attribute.t(), storage, what));
    break;
  case AttributeKind::Tensors:
    for (const onnx::TensorProto &tensor : attribute.tensors())
      problems.add(checkTensor(tensor, storage, what));
    break;
  case AttributeKind::SparseTensor:
    problems.add(checkSparseTensor(attribute.sparse_tensor(), storage, what));
    break;
  case AttributeKind::SparseTensors:
    for (const onnx::SparseTensorProto &tensor : attribute.sparse_tensors())
      problems.add(checkSparseTensor(tensor, storage, what));
    break;
  case AttributeKind::Type:
  case AttributeKind::Types: {
    auto check = [&](const onnx::TypeProto &proto) {
      llvm::Expected<ValueType> read = readType(proto);
      if (!read)
        problems.add(what + ": " + llvm::toString(read.takeError()));
    };
    if (attribute.has_tp())
      check(attribute.tp());
    for (const onnx::TypeProto &proto : attribute.type_protos())
      check(proto);
    break;
  }
  case AttributeKind::Graph:
  case AttributeKind::Graphs: {
    // Its nodes say where they are.
    llvm::StringRef place = storage.places.emplace_back(" in " + node.describe());
    auto add = [&](const onnx::GraphProto &proto) {
      result.graphs.push_back(build(proto, {*placed.opsets, place, depth + 1, &graph, &scope}, free));
    };
    if (attribute.has_g())
      add(attribute.g());
    for (const onnx::GraphProto &proto : attribute.graphs())
      add(proto);
    break;
  }
  default:
    break;
  }
  node.attributes.push_back(std::move(result));
}

void GraphBuilder::sort(Graph &graph, const Scope &scope) {
  size_t count = graph.nodeList.size();
  // predecessors[i]: the nodes whose results node i needs, with repetition.
  std::vector<llvm::SmallVector<unsigned, 4>> predecessors(count);
  bool sorted = true;
  for (size_t i = 0; i < count; ++i)
    for (llvm::ArrayRef<llvm::StringRef> names : {graph.nodeList[i].inputs(), graph.nodeList[i].captures()})
      for (llvm::StringRef name : names) {
        auto found = scope.names.find(name);
        if (name.empty() || found == scope.names.end() || found->second < 0)
          continue;
        predecessors[i].push_back(static_cast<unsigned>(found->second));
        sorted &= static_cast<size_t>(found->second) < i;
      }
  if (sorted)
    return;

  // Kahn's algorithm, taking the earliest in the file among the nodes that are ready.
  std::vector<unsigned> waiting(count);
  std::vector<llvm::SmallVector<unsigned, 4>> successors(count);
  std::priority_queue<unsigned, std::vector<unsigned>, std::greater<unsigned>> ready;
  for (unsigned i = 0; i < count; ++i) {
    waiting[i] = static_cast<unsigned>(predecessors[i].size());
    for (unsigned predecessor : predecessors[i])
      successors[predecessor].push_back(i);
    if (waiting[i] == 0)
      ready.push(i);
  }
  std::vector<unsigned> order;
  order.reserve(count);
  while (!ready.empty()) {
    unsigned next = ready.top();
    ready.pop();
    order.push_back(next);
    for (unsigned successor : successors[next])
      if (--waiting[successor] == 0)
        ready.push(successor);
  }
  if (order.size() != count) {
    // Whatever still waits leads, going backwards, into a cycle.
    unsigned at = static_cast<unsigned>(
        llvm::find_if(waiting, [](unsigned missing) { return missing != 0; }) - waiting.begin());
    std::vector<bool> visited(count);
    while (!visited[at]) {
      visited[at] = true;
      at = *llvm::find_if(predecessors[at], [&](unsigned predecessor) { return waiting[predecessor] != 0; });
    }
    problems.add(graph.nodeList[at].describe() + ": the graph has a cycle through this node");
    return;
  }
  std::vector<Node> nodes;
  nodes.reserve(count);
  for (unsigned position : order)
    nodes.push_back(std::move(graph.nodeList[position]));
  graph.nodeList = std::move(nodes);
}

} // namespace tenon::onnx_import
