#include "passes/Substitute/EGraph.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/STLExtras.h"

using namespace tenon::substitute;
using llvm::ArrayRef;

size_t EGraph::Hash::operator()(const ENode &node) const {
  // Not llvm::hash_combine, which may differ between runs.
  uint64_t hash = node.op + 0x9E3779B97F4A7C15u;
  auto mix = [&](uint64_t value) {
    hash ^= value + 0x9E3779B97F4A7C15u + (hash << 6) + (hash >> 2);
    hash *= 0xBF58476D1CE4E5B9u;
    hash ^= hash >> 29;
  };
  for (int64_t param : node.params)
    mix(param);
  for (ClassId child : node.children)
    mix(child + 0x100000000u);
  return hash;
}

void EGraph::canonicalize(ENode &node) const {
  for (ClassId &child : node.children)
    child = find(child);
  if (node.op < numOpKinds && getOperator(OpKind(node.op)).commutative)
    llvm::sort(node.children);
}

EGraph::ClassId EGraph::addNode(ENode node, std::vector<ShapeOf<int64_t>> shapes) {
  canonicalize(node);
  auto found = known.find(node);
  if (found != known.end())
    return find(found->second);
  ClassId id = parentOf.size();
  NodeId nodeId = nodes.size();
  parentOf.push_back(id);
  classes.push_back({{nodeId}, {}, std::move(shapes)});
  for (ClassId child : node.children)
    classes[child].parents.push_back({nodeId, id});
  known.emplace(node, id);
  nodes.push_back(std::move(node));
  return id;
}

EGraph::ClassId EGraph::addInput(int64_t id, ArrayRef<int64_t> shape) {
  return addNode({opInput, {id}, {}}, {ShapeOf<int64_t>(shape.begin(), shape.end())});
}

std::optional<EGraph::ClassId> EGraph::add(OpKind op, ArrayRef<int64_t> params, ArrayRef<ClassId> children) {
  ENode node{Op(op), {params.begin(), params.end()}, {children.begin(), children.end()}};
  std::vector<ShapeOf<int64_t>> operands;
  for (ClassId child : children) {
    const EClass &c = (*this)[child];
    if (c.shapes.size() != 1)
      return std::nullopt;
    operands.push_back(c.shapes[0]);
  }
  auto shapes = inferShapes(op, operands, params);
  if (!shapes)
    return std::nullopt;
  return addNode(std::move(node), std::move(*shapes));
}

EGraph::ClassId EGraph::addOpaque(int64_t id, ArrayRef<ClassId> children,
                                  std::vector<ShapeOf<int64_t>> shapes) {
  return addNode({opOpaque, {id}, {children.begin(), children.end()}}, std::move(shapes));
}

EGraph::ClassId EGraph::project(ClassId tuple, unsigned output) {
  if ((*this)[tuple].shapes.size() == 1)
    return find(tuple);
  ShapeOf<int64_t> shape = (*this)[tuple].shapes[output];
  return addNode({opOutput, {int64_t(output)}, {tuple}}, {shape});
}

bool EGraph::merge(ClassId a, ClassId b) {
  a = find(a);
  b = find(b);
  if (a == b)
    return false;
  assert(classes[a].shapes == classes[b].shapes && "equal values have equal shapes");
  if (classes[a].parents.size() + classes[a].nodes.size() <
      classes[b].parents.size() + classes[b].nodes.size())
    std::swap(a, b);
  parentOf[b] = a;
  llvm::append_range(classes[a].nodes, classes[b].nodes);
  llvm::append_range(classes[a].parents, classes[b].parents);
  classes[b] = EClass();
  dirty.push_back(a);
  return true;
}

void EGraph::rebuild() {
  while (!dirty.empty()) {
    std::vector<ClassId> work;
    for (ClassId id : dirty)
      work.push_back(find(id));
    dirty.clear();
    llvm::sort(work);
    work.erase(std::unique(work.begin(), work.end()), work.end());
    for (ClassId id : work) {
      // A merge may have swallowed the class meanwhile.
      id = find(id);
      std::vector<std::pair<NodeId, ClassId>> parents = std::move(classes[id].parents);
      classes[id].parents.clear();
      std::unordered_map<ENode, ClassId, Hash> seen;
      std::vector<std::pair<NodeId, ClassId>> kept;
      for (auto [nodeId, owner] : parents) {
        known.erase(nodes[nodeId]);
        canonicalize(nodes[nodeId]);
      }
      for (auto [nodeId, owner] : parents) {
        auto [other, isNew] = seen.try_emplace(nodes[nodeId], owner);
        if (!isNew) {
          merge(other->second, owner);
          continue;
        }
        auto [existing, unknown] = known.try_emplace(nodes[nodeId], owner);
        if (!unknown)
          merge(existing->second, owner);
        kept.push_back({nodeId, owner});
      }
      for (auto &[nodeId, owner] : kept)
        owner = find(owner);
      llvm::append_range(classes[find(id)].parents, kept);
    }
  }
  index.assign(opOutput + 1, {});
  for (ClassId id = 0; id < parentOf.size(); ++id) {
    if (parentOf[id] != id)
      continue;
    // Members that became equal are kept once.
    std::vector<NodeId> &members = classes[id].nodes;
    std::vector<NodeId> kept;
    for (NodeId nodeId : members) {
      canonicalize(nodes[nodeId]);
      if (llvm::none_of(kept, [&](NodeId other) { return nodes[other] == nodes[nodeId]; }))
        kept.push_back(nodeId);
    }
    members = std::move(kept);
    for (NodeId nodeId : members) {
      std::vector<ClassId> &entry = index[nodes[nodeId].op];
      if (entry.empty() || entry.back() != id)
        entry.push_back(id);
    }
  }
}

ArrayRef<EGraph::ClassId> EGraph::classesWith(Op op) const {
  return op < index.size() ? ArrayRef<ClassId>(index[op]) : ArrayRef<ClassId>();
}
