#pragma once

#include "passes/Substitute/Operators.h"
#include <unordered_map>

namespace tenon::substitute {

/// A set of graphs that share what is equal in them: classes of equal values, with the operators that compute
/// each from other classes (Willsey et al., "egg: Fast and Extensible Equality Saturation", POPL 2021:
/// hash-consing, union-find, and congruence restored in batches by `rebuild`).
///
/// An operator of several outputs is the member of a class that has several shapes; `project` makes the class
/// of one of its outputs. What is no rule operator takes part as an opaque one. Operands of commutative
/// operators have no order. Ids count up, so equal sequences of calls have equal results.
class EGraph {
public:
  using ClassId = uint32_t;
  using NodeId = uint32_t;

  /// An operator: one of `OpKind`, or one of those after them.
  using Op = uint16_t;
  static constexpr Op opInput = 100, opOpaque = 101, opOutput = 102;

  struct ENode {
    Op op;
    llvm::SmallVector<int64_t, 4> params;
    llvm::SmallVector<ClassId, 2> children;
    bool operator==(const ENode &other) const {
      return op == other.op && params == other.params && children == other.children;
    }
  };

  struct EClass {
    /// Members, canonical after `rebuild`.
    std::vector<NodeId> nodes;
    /// Operators that read the class.
    std::vector<std::pair<NodeId, ClassId>> parents;
    /// The shape of every output; most classes have one.
    std::vector<ShapeOf<int64_t>> shapes;
  };

  /// The class of a value that comes from outside; equal ids are equal values.
  ClassId addInput(int64_t id, llvm::ArrayRef<int64_t> shape);
  /// An operator on classes; nullopt if it is undefined on their shapes.
  std::optional<ClassId> add(OpKind op, llvm::ArrayRef<int64_t> params, llvm::ArrayRef<ClassId> children);
  /// An operator that no rule knows. `id` says which: equal ids with equal children are equal values.
  ClassId addOpaque(int64_t id, llvm::ArrayRef<ClassId> children, std::vector<ShapeOf<int64_t>> shapes);
  /// Output `output` of a class; the class itself if it has one output.
  ClassId project(ClassId tuple, unsigned output);

  ClassId find(ClassId id) const {
    while (parentOf[id] != id)
      id = parentOf[id];
    return id;
  }
  /// Makes two classes one; their shapes are equal. Congruence waits for `rebuild`. True if they were two.
  bool merge(ClassId a, ClassId b);
  void rebuild();

  const EClass &operator[](ClassId id) const { return classes[find(id)]; }
  const ENode &node(NodeId id) const { return nodes[id]; }
  llvm::ArrayRef<int64_t> shape(ClassId id) const { return (*this)[id].shapes[0]; }
  /// Operators in all classes; every one counts once, also those that became equal to others.
  size_t numNodes() const { return nodes.size(); }
  /// Ids are below this; those with find(id) == id are classes.
  size_t numIds() const { return parentOf.size(); }
  /// The classes that have a member of this operator, in order; after `rebuild`.
  llvm::ArrayRef<ClassId> classesWith(Op op) const;

private:
  struct Hash {
    size_t operator()(const ENode &node) const;
  };
  ClassId addNode(ENode node, std::vector<ShapeOf<int64_t>> shapes);
  void canonicalize(ENode &node) const;

  std::vector<ENode> nodes;
  std::vector<EClass> classes;
  std::vector<ClassId> parentOf;
  std::unordered_map<ENode, ClassId, Hash> known;
  std::vector<ClassId> dirty;
  std::vector<std::vector<ClassId>> index;
};

} // namespace tenon::substitute
