#include "autotune/Space/Variants.h"
#include "dialects/NN/NN.h"
#include "lib/Support/Winograd.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::autotune;

/// The number of the task's argument that `value` is; -1 if it is none.
static int64_t argumentOf(Value value) {
  auto argument = dyn_cast_if_present<BlockArgument>(value);
  return argument ? int64_t(argument.getArgNumber()) : -1;
}

static sched::LayoutAttr withHalo(sched::LayoutAttr layout, ArrayRef<int64_t> least) {
  SmallVector<int64_t> halo;
  for (int64_t d = 0; d < int64_t(layout.getOrder().size()); ++d)
    halo.push_back(std::max(layout.getHaloOf(d), least[d]));
  if (llvm::all_of(halo, [](int64_t h) { return h == 0; }))
    halo.clear();
  return sched::LayoutAttr::get(layout.getContext(), layout.getOrder(), layout.getBlocks(), halo, {});
}

namespace {
/// Collects the variants of one task.
class Variants {
public:
  Variants(sched::TaskOp task, int64_t lanes) : task(task), lanes(lanes) {
    for (unsigned i = 0; i < task.getArgumentTypes().size() + task.getResultTypes().size(); ++i)
      layouts.push_back(task.getLayout(i));
    add(kAsPlanned.str(), layouts, true);
  }

  /// The task with other layouts.
  void add(const std::string &name, ArrayRef<sched::LayoutAttr> wanted, bool hasSameImages) {
    OpBuilder b(task.getContext());
    OwningOpRef<ModuleOp> module = ModuleOp::create(b, task.getLoc());
    b.setInsertionPointToStart(module->getBody());
    auto clone = cast<sched::TaskOp>(b.clone(*task));
    clone.removeScheduleAttr();
    SmallVector<Attribute> attrs;
    for (sched::LayoutAttr layout : wanted)
      attrs.push_back(layout ? Attribute(layout) : b.getUnitAttr());
    if (llvm::any_of(wanted, [](sched::LayoutAttr layout) { return layout != nullptr; }))
      clone.setLayoutsAttr(b.getArrayAttr(attrs));
    TaskVariant variant{name, "", wanted.vec(), hasSameImages};
    llvm::raw_string_ostream os(variant.text);
    module->print(os);
    if (llvm::none_of(found, [&](const TaskVariant &other) { return other.text == variant.text; }))
      found.push_back(std::move(variant));
  }

  /// Weights with their outputs, logical dimension `outputs`, in other blocks; the other blocks come before.
  void addPackings(const std::string &name, ArrayRef<sched::LayoutAttr> base, int64_t weights,
                   ArrayRef<int64_t> order, ArrayRef<int64_t> before, int64_t outputs, int64_t extent,
                   ArrayRef<int64_t> winograd, bool hasSameImages) {
    for (int64_t vectors : {1, 2, 4}) {
      int64_t block = vectors * lanes;
      if (block > lanes && block >= 2 * extent)
        continue;
      SmallVector<int64_t> blocks(before);
      blocks.append({outputs, block});
      SmallVector<sched::LayoutAttr> wanted(base);
      wanted[weights] = sched::LayoutAttr::get(task.getContext(), order, blocks, {}, winograd);
      add(name + "blocks of " + std::to_string(block), wanted, hasSameImages);
    }
  }

  void addConvolution(nn::ConvOp conv, bool fastNumerics) {
    int64_t x = argumentOf(conv.getX()), w = argumentOf(conv.getW());
    auto images = cast<RankedTensorType>(conv.getX().getType()),
         weights = cast<RankedTensorType>(conv.getW().getType()),
         results = cast<RankedTensorType>(conv.getY().getType());
    unsigned last = unsigned(layouts.size() - 1);
    if (x < 0 || w < 0 || !layouts[w] || images.getRank() != 4 || task.getResultTypes().size() != 1 ||
        conv.getGroup() != 1)
      return;
    ArrayRef<int64_t> shape = weights.getShape();
    int64_t inner = layouts[x] ? layouts[x].getBlock(1) : 1;
    SmallVector<int64_t> before;
    if (inner > 1)
      before = {1, inner};
    // The direct way reads the border that the pads say, which images for Winograd's have, too.
    addPackings("direct, ", layouts, w, {0, 1, 2, 3}, before, 0, shape[0], {}, true);
    auto isOne = [](int64_t value) { return value == 1; };
    if (!fastNumerics || inner == 1 || !layouts[last] || images.getShape()[0] != 1 ||
        !llvm::all_of(conv.getStrides(), isOne) || !llvm::all_of(conv.getDilations(), isOne))
      return;
    // Points of a tile that registers hold, or nearly so.
    constexpr int64_t kMostPoints = 36;
    for (int64_t m : {1, 2, 4, 6})
      for (int64_t n : {1, 2, 4, 6}) {
        int64_t points = (m + shape[2] - 1) * (n + shape[3] - 1);
        if ((m == 1) != (shape[2] == 1) || (n == 1) != (shape[3] == 1) || m * n == 1 ||
            points > kMostPoints || !Winograd::supports(m, shape[2]) || !Winograd::supports(n, shape[3]))
          continue;
        // Whole tiles are read and written.
        SmallVector<int64_t> read(4, 0), written(4, 0);
        for (int64_t i = 0; i < 2; ++i) {
          int64_t extent = results.getShape()[2 + i], reached = llvm::alignTo(extent, i ? n : m);
          read[2 + i] = std::max({conv.getPads()[i], conv.getPads()[2 + i],
                                  reached + shape[2 + i] - 1 - conv.getPads()[i] - images.getShape()[2 + i]});
          written[2 + i] = reached - extent;
        }
        SmallVector<sched::LayoutAttr> wanted(layouts);
        wanted[x] = withHalo(wanted[x], read);
        // What is added to tiles is read where they are written.
        for (auto [i, type] : llvm::enumerate(task.getArgumentTypes()))
          if (wanted[i] && type == results && int64_t(i) != x)
            wanted[i] = withHalo(wanted[i], written);
        wanted[last] = withHalo(wanted[last], written);
        if (x >= 0 && images == results && task.getInPlace() && llvm::is_contained(*task.getInPlace(), x))
          continue;
        std::string name = "winograd " + std::to_string(m) + "x" + std::to_string(n) + ", ";
        addPackings(name, wanted, w, {0, 1, 2}, {}, 1, shape[0], {m, n}, wanted == layouts);
      }
  }

  void addProduct(Value matrix, bool isTransposed) {
    int64_t w = argumentOf(matrix);
    if (w < 0 || !layouts[w])
      return;
    int64_t columns = isTransposed ? 0 : 1;
    addPackings("", layouts, w, {columns, 1 - columns}, {}, columns,
                cast<RankedTensorType>(matrix.getType()).getShape()[columns], {}, true);
  }

  std::vector<TaskVariant> found;

private:
  sched::TaskOp task;
  int64_t lanes;
  SmallVector<sched::LayoutAttr> layouts;
};
} // namespace

std::vector<TaskVariant> tenon::autotune::listVariants(sched::TaskOp task, int64_t vectorBytes,
                                                       bool fastNumerics) {
  Variants variants(task, vectorBytes / 4);
  for (Operation &op : task.getBody().front()) {
    if (auto conv = dyn_cast<nn::ConvOp>(op)) {
      // Of two convolutions that one task computes row by row, neither can change by itself.
      if (llvm::hasSingleElement(task.getBody().front().getOps<nn::ConvOp>()))
        variants.addConvolution(conv, fastNumerics);
    } else if (auto matmul = dyn_cast<nn::MatMulOp>(op)) {
      variants.addProduct(matmul.getB(), false);
    } else if (auto gemm = dyn_cast<nn::GemmOp>(op)) {
      variants.addProduct(gemm.getB(), gemm.getTransB());
    }
  }
  return std::move(variants.found);
}
