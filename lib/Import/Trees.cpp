#include "lib/Import/Trees.h"
#include "lib/Import/GraphImporter.h"
#include "lib/Import/MovementHelpers.h"
#include <cmath>

/// Decision trees by expansion: every row of the input walks down all trees at once, one level per step, by
/// gathers from tables of the nodes.
using namespace mlir;
using namespace tenon;
using namespace tenon::onnx_import;

namespace {
enum class Branch : uint8_t { Leq, Lt, Gte, Gt, Eq, Neq, Member };
enum class Aggregate { Average, Sum, Min, Max };
enum class PostTransform { None, Softmax, Logistic };

/// The nodes of all trees, and after them the leaves, which are their own successors.
class TreeImporter {
public:
  explicit TreeImporter(NodeImporter &n) : n(n), x(n.require(0)) {}

  LogicalResult run() {
    if (!x || failed(readAttributes()) || failed(readMembers()) || failed(measureDepth()))
      return failure();
    mlir::Value leaf = walk();
    mlir::Value scores = leaf ? aggregateLeaves(leaf) : mlir::Value();
    if (!scores)
      return failure();
    if (post == PostTransform::Logistic)
      scores = n.create<nn::SigmoidOp>({scores});
    else if (post == PostTransform::Softmax)
      scores = n.create<nn::SoftmaxOp>(
          {scores}, {n.attr("kind", nn::SoftmaxKindAttr::get(n.b.getContext(), nn::SoftmaxKind::Softmax)),
                     n.attr("axes", ArrayRef<int64_t>{1})});
    n.out(0, scores);
    return success();
  }

private:
  /// Levels of a tree: each becomes about ten ops.
  static constexpr int64_t kMaxDepth = 128;
  /// Elements of the table of set members, which has a row per node.
  static constexpr int64_t kMaxMembers = int64_t(1) << 24;

  FailureOr<HostTensor> tensorAttribute(StringRef name) {
    std::optional<onnx_import::Tensor> tensor = n.attrs.getTensor(name);
    if (!tensor)
      return n.fail("expected the attribute '" + name + "'");
    llvm::Expected<HostTensor> value = readTensor(n.b.getContext(), *tensor);
    if (!value)
      return n.fail(llvm::toString(value.takeError()));
    return *value;
  }

  LogicalResult expectSize(StringRef name, int64_t size, int64_t expected) {
    if (size == expected)
      return success();
    return n.fail("expected " + llvm::Twine(expected) + " elements of '" + name + "', but got " +
                  llvm::Twine(size));
  }
  LogicalResult expectInside(StringRef name, int64_t value, int64_t end) {
    if (value >= 0 && value < end)
      return success();
    return n.fail("expected '" + name + "' from 0 to " + llvm::Twine(end - 1) + ", but got " +
                  llvm::Twine(value));
  }

  LogicalResult readAttributes() {
    Dims dims = nn::getDims(x);
    element = nn::getElementType(x);
    std::optional<int64_t> width = dims.size() == 2 ? nn::getStatic(dims[1]) : std::nullopt;
    if (!isa<FloatType>(element) || !width || *width < 1)
      return n.fail("expected floats (N, features) with a static number of features, but got " +
                    nn::dimsToString(dims));
    rows = dims[0];
    n.attrs.ignore("nodes_hitrates");
    targets = n.attrs.requireInt("n_targets");
    int64_t aggregateCode = n.attrs.getInt("aggregate_function", 1),
            postCode = n.attrs.getInt("post_transform", 0);
    roots = llvm::to_vector(n.attrs.requireInts("tree_roots"));
    features = llvm::to_vector(n.attrs.requireInts("nodes_featureids"));
    ArrayRef<int64_t> trueIds = n.attrs.requireInts("nodes_truenodeids"),
                      falseIds = n.attrs.requireInts("nodes_falsenodeids"),
                      trueLeafs = n.attrs.requireInts("nodes_trueleafs"),
                      falseLeafs = n.attrs.requireInts("nodes_falseleafs");
    missing = llvm::to_vector(n.attrs.getInts("nodes_missing_value_tracks_true", {}));
    leafTargets = llvm::to_vector(n.attrs.requireInts("leaf_targetids"));
    FailureOr<HostTensor> modeCodes = tensorAttribute("nodes_modes"),
                          splitValues = tensorAttribute("nodes_splits"),
                          weightValues = tensorAttribute("leaf_weights");
    if (failed(modeCodes) || failed(splitValues) || failed(weightValues))
      return failure();
    if (aggregateCode < 0 || aggregateCode > 3)
      return n.fail("expected aggregate_function 0 to 3, but got " + llvm::Twine(aggregateCode));
    if (postCode < 0 || postCode > 2)
      return n.fail("expected post_transform 0, 1 or 2, but got " + llvm::Twine(postCode));
    if (targets < 1 || targets > kMaxMembers || roots.empty())
      return n.fail("expected at least one target and one tree, but got " + llvm::Twine(targets) + " and " +
                    llvm::Twine(roots.size()));
    aggregate = Aggregate(aggregateCode);
    post = PostTransform(postCode);
    nodes = features.size();
    leaves = leafTargets.size();
    if (!isa<IntegerType>(modeCodes->elementType()) || !isa<FloatType>(splitValues->elementType()) ||
        !isa<FloatType>(weightValues->elementType()))
      return n.fail("expected integers for nodes_modes and floats for nodes_splits and leaf_weights");
    if (failed(expectSize("nodes_modes", modeCodes->size(), nodes)) ||
        failed(expectSize("nodes_splits", splitValues->size(), nodes)) ||
        failed(expectSize("nodes_truenodeids", trueIds.size(), nodes)) ||
        failed(expectSize("nodes_falsenodeids", falseIds.size(), nodes)) ||
        failed(expectSize("nodes_trueleafs", trueLeafs.size(), nodes)) ||
        failed(expectSize("nodes_falseleafs", falseLeafs.size(), nodes)) ||
        (!missing.empty() && failed(expectSize("nodes_missing_value_tracks_true", missing.size(), nodes))) ||
        failed(expectSize("leaf_weights", weightValues->size(), leaves)))
      return failure();
    for (int64_t root : roots)
      if (failed(expectInside("tree_roots", root, nodes)))
        return failure();
    for (int64_t target : leafTargets)
      if (failed(expectInside("leaf_targetids", target, targets)))
        return failure();
    for (int64_t i = 0; i < nodes; ++i) {
      int64_t mode = int64_t(modeCodes->getI(i));
      if (failed(expectInside("nodes_modes", mode, 7)) ||
          failed(expectInside("nodes_featureids", features[i], *width)) ||
          failed(expectInside("nodes_truenodeids", trueIds[i], trueLeafs[i] ? leaves : nodes)) ||
          failed(expectInside("nodes_falsenodeids", falseIds[i], falseLeafs[i] ? leaves : nodes)))
        return failure();
      modes.push_back(Branch(mode));
      splits.push_back(splitValues->getF(i));
      onTrue.push_back(trueIds[i] + (trueLeafs[i] ? nodes : 0));
      onFalse.push_back(falseIds[i] + (falseLeafs[i] ? nodes : 0));
    }
    for (int64_t i = 0; i < leaves; ++i)
      weights.push_back(weightValues->getF(i));
    return success();
  }

  /// The sets of the nodes that test membership, in the order of the nodes, each ended by a NaN.
  LogicalResult readMembers() {
    int64_t testing = llvm::count(modes, Branch::Member);
    if (!testing && !n.attrs.has("membership_values"))
      return success();
    FailureOr<HostTensor> values = tensorAttribute("membership_values");
    if (failed(values))
      return failure();
    if (!isa<FloatType>(values->elementType()))
      return n.fail("expected floats for membership_values");
    members.emplace_back();
    for (int64_t i = 0; i < values->size(); ++i)
      if (std::isnan(values->getF(i)))
        members.emplace_back();
      else
        members.back().push_back(values->getF(i));
    if (members.back().empty())
      members.pop_back();
    if (failed(expectSize("membership_values", members.size(), testing)))
      return failure();
    for (ArrayRef<double> set : members)
      widestSet = std::max<int64_t>(widestSet, set.size());
    if (widestSet > kMaxMembers / (nodes + leaves))
      return n.fail("expected smaller sets of members, but got one of " + llvm::Twine(widestSet));
    return success();
  }

  /// The steps from a root to its farthest leaf. Nodes may be shared, but no walk may return.
  LogicalResult measureDepth() {
    constexpr int64_t kUnknown = -1, kOpen = -2;
    SmallVector<int64_t> height(nodes + leaves, kUnknown);
    std::fill(height.begin() + nodes, height.end(), 0);
    SmallVector<int64_t> stack(roots);
    while (!stack.empty()) {
      int64_t node = stack.back();
      if (height[node] >= 0) {
        stack.pop_back();
        continue;
      }
      bool opened = height[node] == kOpen;
      height[node] = kOpen;
      int64_t highest = 0;
      bool ready = true;
      for (int64_t child : {onTrue[node], onFalse[node]}) {
        if (height[child] >= 0) {
          highest = std::max(highest, height[child]);
          continue;
        }
        // A child that is not finished although this node's children were visited lies on the way to it.
        if (height[child] == kOpen || opened)
          return n.fail("expected trees, but a node is its own descendant");
        ready = false;
        stack.push_back(child);
      }
      if (ready)
        height[node] = highest + 1;
    }
    for (int64_t root : roots)
      depth = std::max(depth, height[root]);
    if (depth > kMaxDepth)
      return n.fail("expected trees of at most " + llvm::Twine(kMaxDepth) + " levels, but got " +
                    llvm::Twine(depth));
    return success();
  }

  /// A constant with one integer per node and leaf.
  mlir::Value table(llvm::function_ref<int64_t(int64_t)> value) {
    HostTensor t(n.b.getI64Type(), {nodes + leaves});
    for (int64_t i = 0; i < nodes + leaves; ++i)
      t.setI(i, value(i));
    return n.constant(t);
  }
  mlir::Value floatTable(llvm::function_ref<double(int64_t)> value) {
    HostTensor t(element, {nodes + leaves});
    for (int64_t i = 0; i < nodes + leaves; ++i)
      t.setF(i, value(i));
    return n.constant(t);
  }
  /// One boolean per node (false for leaves).
  mlir::Value flags(llvm::function_ref<bool(int64_t)> value) {
    HostTensor t(n.b.getI1Type(), {nodes + leaves});
    for (int64_t i = 0; i < nodes + leaves; ++i)
      t.setI(i, i < nodes && value(i));
    return n.constant(t);
  }
  mlir::Value gather(mlir::Value from, mlir::Value at) {
    return from && at ? n.create<nn::GatherOp>({from, at}, n.attr("axis", int64_t(0))) : mlir::Value();
  }
  /// (rows, trees) as (rows, trees, 1).
  mlir::Value column(mlir::Value t) {
    return t ? reshapeTo(n, t, {rows, dimOf(n, roots.size()), dimOf(n, 1)}) : mlir::Value();
  }
  mlir::Value reduce(mlir::Value t, nn::ReduceKind kind, int64_t axis) {
    if (!t)
      return {};
    return n.create<nn::ReduceOp>({t}, {n.attr("kind", nn::ReduceKindAttr::get(n.b.getContext(), kind)),
                                        n.attr("axes", ArrayRef<int64_t>{axis}), n.attr("keepdims", false)});
  }
  template <typename Op>
  mlir::Value apply(ArrayRef<mlir::Value> operands) {
    return llvm::is_contained(operands, mlir::Value()) ? mlir::Value() : n.create<Op>(operands);
  }

  mlir::Value compare(Branch mode, mlir::Value feature, mlir::Value split, mlir::Value node) {
    switch (mode) {
    case Branch::Leq:
      return apply<nn::LessEqualOp>({feature, split});
    case Branch::Lt:
      return apply<nn::LessOp>({feature, split});
    case Branch::Gte:
      return apply<nn::LessEqualOp>({split, feature});
    case Branch::Gt:
      return apply<nn::LessOp>({split, feature});
    case Branch::Eq:
      return apply<nn::EqualOp>({feature, split});
    case Branch::Neq:
      return apply<nn::NotOp>({apply<nn::EqualOp>({feature, split})});
    case Branch::Member:
      return reduce(apply<nn::EqualOp>({column(feature), gather(memberTable(), node)}), nn::ReduceKind::Max,
                    2);
    }
    llvm_unreachable("an unknown mode");
  }

  /// (nodes, widest set), filled up with NaN, which equals nothing.
  mlir::Value memberTable() {
    int64_t width = std::max<int64_t>(widestSet, 1);
    HostTensor t(element, {nodes + leaves, width});
    for (int64_t i = 0; i < t.size(); ++i)
      t.setF(i, NAN);
    for (int64_t i = 0, set = 0; i < nodes; ++i)
      if (modes[i] == Branch::Member) {
        for (auto [k, value] : llvm::enumerate(members[set]))
          t.setF(i * width + int64_t(k), value);
        ++set;
      }
    return n.constant(t);
  }

  /// The leaf that each row reaches in each tree, (rows, trees).
  mlir::Value walk() {
    auto isNode = [&](int64_t i) { return i < nodes; };
    mlir::Value featureTable = table([&](int64_t i) { return isNode(i) ? features[i] : 0; });
    mlir::Value splitTable = floatTable([&](int64_t i) { return isNode(i) ? splits[i] : 0; });
    mlir::Value trueTable = table([&](int64_t i) { return isNode(i) ? onTrue[i] : i; });
    mlir::Value falseTable = table([&](int64_t i) { return isNode(i) ? onFalse[i] : i; });
    mlir::Value node = broadcastTo(n, n.intTensor(roots), {rows, dimOf(n, roots.size())});
    for (int64_t level = 0; level < depth; ++level) {
      mlir::Value at = gather(featureTable, node), split = gather(splitTable, node);
      mlir::Value feature =
          at ? n.create<nn::GatherElementsOp>({x, at}, n.attr("axis", int64_t(1))) : mlir::Value();
      mlir::Value taken;
      for (Branch mode :
           {Branch::Leq, Branch::Lt, Branch::Gte, Branch::Gt, Branch::Eq, Branch::Neq, Branch::Member}) {
        if (!llvm::is_contained(modes, mode))
          continue;
        mlir::Value holds = compare(mode, feature, split, node);
        if (!llvm::all_equal(modes))
          holds = apply<nn::AndOp>({holds, gather(flags([&](int64_t i) { return modes[i] == mode; }), node)});
        taken = taken ? apply<nn::OrOp>({taken, holds}) : holds;
      }
      if (llvm::is_contained(missing, 1)) {
        mlir::Value tracks = gather(flags([&](int64_t i) { return missing[i] == 1; }), node);
        taken = apply<nn::OrOp>({taken, apply<nn::AndOp>({tracks, apply<nn::IsNaNOp>({feature})})});
      }
      node = apply<nn::WhereOp>({taken, gather(trueTable, node), gather(falseTable, node)});
      if (!node)
        return {};
    }
    return node;
  }

  /// The leaves' weights per target, (rows, targets).
  mlir::Value aggregateLeaves(mlir::Value leaf) {
    mlir::Value weight =
        gather(floatTable([&](int64_t i) { return i < nodes ? 0 : weights[i - nodes]; }), leaf);
    mlir::Value target =
        gather(table([&](int64_t i) { return i < nodes ? 0 : leafTargets[i - nodes]; }), leaf);
    HostTensor numbers(n.b.getI64Type(), {1, 1, targets});
    for (int64_t i = 0; i < targets; ++i)
      numbers.setI(i, i);
    mlir::Value hits = apply<nn::EqualOp>({column(target), n.constant(numbers)});
    bool extreme = aggregate == Aggregate::Min || aggregate == Aggregate::Max;
    double neutral = !extreme ? 0 : aggregate == Aggregate::Min ? INFINITY : -INFINITY;
    mlir::Value parts = apply<nn::WhereOp>({hits, column(weight), n.scalar(element, neutral)});
    if (!extreme) {
      mlir::Value sum = reduce(parts, nn::ReduceKind::Sum, 1);
      return aggregate == Aggregate::Sum ? sum
                                         : apply<nn::DivOp>({sum, n.scalar(element, double(roots.size()))});
    }
    mlir::Value best =
        reduce(parts, aggregate == Aggregate::Min ? nn::ReduceKind::Min : nn::ReduceKind::Max, 1);
    // A target without any leaf has the score 0.
    return apply<nn::WhereOp>({reduce(hits, nn::ReduceKind::Max, 1), best, n.scalar(element, 0)});
  }

  using Dims = nn::Dims;
  NodeImporter &n;
  mlir::Value x;
  Type element;
  nn::Dim rows;
  int64_t targets = 0, nodes = 0, leaves = 0, depth = 0, widestSet = 0;
  Aggregate aggregate = Aggregate::Sum;
  PostTransform post = PostTransform::None;
  SmallVector<int64_t> roots, features, onTrue, onFalse, missing, leafTargets;
  SmallVector<Branch> modes;
  SmallVector<double> splits, weights;
  std::vector<SmallVector<double>> members;
};
} // namespace

static LogicalResult importTreeEnsemble(NodeImporter &n) {
  return TreeImporter(n).run();
}

void onnx_import::populateTrees(Translators &translators) {
  translators.add("TreeEnsemble", importTreeEnsemble, "ai.onnx.ml");
}
