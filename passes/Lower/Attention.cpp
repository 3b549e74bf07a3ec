#include "passes/Lower/Lower.h"
#include "passes/Lower/Rows.h"
#include <limits>

using namespace mlir;
using namespace tenon;
using namespace tenon::lower;
using nn::AttentionScores;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A tensor and which of its dimensions hold batch, head (as key/value head and query head of it, if split),
/// position and element.
namespace {
struct Heads {
  Tensor t;
  /// Order of (batch, key/value head, member of its group, position, element) in `t`.
  SmallVector<int64_t> order;
  SmallVector<AffineExpr> at(AffineExpr b, AffineExpr h, AffineExpr g, AffineExpr s, AffineExpr d) const {
    AffineExpr coordinates[] = {b, h, g, s, d};
    SmallVector<AffineExpr> subscripts;
    for (int64_t i : order)
      subscripts.push_back(coordinates[i]);
    return subscripts;
  }
};
} // namespace

/// Splits the heads of an operand of rank 4, or of rank 3 with `heads` in its last dimension, into `groups`
/// of neighbours.
static Heads splitHeads(TaskBuilder &task, const Tensor &t, int64_t heads, int64_t groups) {
  nn::Dim outer = task.dim(groups), inner = task.dim(heads / groups);
  if (t.rank() == 4)
    return {task.reshape(t, {t.dims[0], outer, inner, t.dims[2], t.dims[3]}), {0, 1, 2, 3, 4}};
  return {task.reshape(t, {t.dims[0], t.dims[1], outer, inner, t.dims[2].floorDiv(heads)}), {0, 3, 1, 2, 4}};
}

/// Writes past and new keys (or values) one after the other into `to`, (batch, heads, keys, size).
static void concatKeys(TaskBuilder &task, const Tensor *past, const Heads &next, nn::Dim pastKeys,
                       nn::Dim newKeys, const Tensor &to) {
  ScalarBuilder s = task.scalars();
  Value zero = s.index(0);
  nn::Dim size = to.dims[3];
  // Moved as it lies in memory.
  Type raw = storageType(to.element);
  auto asRaw = [&](const Tensor &t) { return Tensor{t.memref, raw, t.dims}; };
  if (past)
    task.copy(*past, task.window(to, {zero, zero, zero, zero}, {to.dims[0], to.dims[1], pastKeys, size}));
  Tensor rest =
      task.window(to, {zero, zero, task.extent(pastKeys), zero}, {to.dims[0], to.dims[1], newKeys, size});
  Nest nest(task, rest.dims);
  nest.in(asRaw(next.t), next.at(nest.d(0), nest.d(1), nest.c(0), nest.d(2), nest.d(3))).out(asRaw(rest));
  nest.emit([](ScalarBuilder &, ValueRange in, ValueRange) { return Nest::Values{in[0]}; });
}

namespace {
/// One nn.attention: for each batch and key/value head, blocks of queries go through all nests, from the
/// scores to the results, while what is between lies in a near cache.
class AttentionLowering {
public:
  AttentionLowering(nn::AttentionOp op, TaskBuilder &task)
      : op(op), task(task), sizes(op.getSizes()), groups(sizes.kvHeads),
        members(task.dim(sizes.qHeads / groups)),
        q(splitHeads(task, task.tensor(op.getQ()), sizes.qHeads, groups)),
        y(splitHeads(task, task.tensor(op.getY()), sizes.qHeads, groups)),
        keyElement(nn::getElementType(op.getK())), valueElement(nn::getElementType(op.getV())),
        work(workType(task.context(), {q.t.element, keyElement, valueElement})) {}

  void emit() {
    findParts();
    ScalarBuilder s = task.scalars();
    scale = s.constant(work, op.getScale().convertToDouble());
    if (op.getScoresResult())
      shown = task.reshape(task.tensor(op.getScoresResult()),
                           {sizes.batch, task.dim(groups), members, sizes.queries, sizes.keys});
    if (op.getMask())
      alignMask();
    nn::Dim heads = sizes.batch * groups;
    if (nn::getStatic(heads) == 1) {
      emitHead(task.index(0), task.index(0), /*isAlone=*/true);
      return;
    }
    parallelLoop(heads, [&](Value i) {
      ScalarBuilder s = task.scalars();
      if (nn::getStatic(sizes.batch) == 1)
        emitHead(task.index(0), i, /*isAlone=*/false);
      else
        emitHead(s.floorDivIndex(i, groups), s.modIndex(i, groups), /*isAlone=*/false);
    });
  }

private:
  /// A loop whose iterations are the task's range.
  void parallelLoop(nn::Dim count, llvm::function_ref<void(Value)> body) {
    task.loop(task.index(0), task.extent(count), [&](Value i) {
      Operation *loop = i.getParentRegion()->getParentOp();
      loop->setAttr(kParallelAttr, task.b.getUnitAttr());
      loop->setAttr(kExtentsAttr, AffineMapAttr::get(AffineMap::get(0, task.symbolCount, count)));
      body(i);
    });
  }

  /// Keys and values that lie in one place: those of the past, the new ones, or all.
  struct Part {
    Heads k, v;
    nn::Dim first, count;
  };

  /// Finds the parts; one, if somebody wants keys and values with the past.
  void findParts() {
    auto split = [&](const Tensor &t) { return splitHeads(task, t, groups, groups); };
    Heads k = split(task.tensor(op.getK())), v = split(task.tensor(op.getV()));
    nn::Dim none = task.dim(0);
    std::optional<Tensor> pastKey, pastValue;
    if (op.getPastKey()) {
      pastKey = task.tensor(op.getPastKey());
      pastValue = task.tensor(op.getPastValue());
    }
    // Narrow results would round what one part adds to the other.
    if (!op.getPresent() && pastKey && y.t.element == work) {
      parts = {{split(*pastKey), split(*pastValue), none, sizes.pastKeys},
               {k, v, sizes.pastKeys, sizes.newKeys}};
      return;
    }
    if (pastKey || op.getPresent()) {
      auto join = [&](const std::optional<Tensor> &past, Value present, Heads &next, nn::Dim size) {
        Tensor to = present ? task.tensor(present)
                            : task.scratch(next.t.element, {sizes.batch, task.dim(groups), sizes.keys, size});
        concatKeys(task, past ? &*past : nullptr, next, sizes.pastKeys, sizes.newKeys, to);
        next = split(to);
      };
      join(pastKey, op.getPresentKey(), k, sizes.size);
      join(pastValue, op.getPresentValue(), v, sizes.valueSize);
    }
    parts = {{k, v, none, sizes.keys}};
  }

  /// Aligns the mask to (batch, key/value head, member, query, key).
  void alignMask() {
    Tensor t = task.tensor(op.getMask());
    nn::Dims dims(4 - t.rank(), task.dim(1));
    dims.append(t.dims);
    bool perHead = nn::getStatic(dims[1]) != 1;
    mask = task.reshape(
        t, {dims[0], task.dim(perHead ? groups : 1), perHead ? members : task.dim(1), dims[2], dims[3]});
    maskKeys = task.extent(dims[3]);
    isMaskShort = dims[3] != sizes.keys;
  }

  /// The part of `t` for one batch and head, of `count` positions from `first` on; the dimensions stay.
  Heads partOf(const Heads &t, Value b, Value h, Value first, nn::Dim count) {
    SmallVector<Value> offsets;
    nn::Dims dims = t.t.dims;
    for (auto [d, i] : llvm::enumerate(t.order)) {
      offsets.push_back(i == 0 ? b : i == 1 ? h : i == 3 ? first : task.index(0));
      dims[d] = i < 2 ? task.dim(1) : i == 3 ? count : dims[d];
    }
    return {task.window(t.t, offsets, dims), t.order};
  }

  void emitHead(Value b, Value h, bool isAlone) {
    Head head{b, h};
    for (const Part &part : parts)
      head.parts.push_back({partOf(part.k, b, h, task.index(0), part.count),
                            partOf(part.v, b, h, task.index(0), part.count), part.first, part.count});
    if (op.getValidKeys()) {
      ScalarBuilder s = task.scalars();
      head.valid = s.toIndex(task.load(task.tensor(op.getValidKeys()), {b}));
      head.offset = s.sub(head.valid, task.extent(sizes.queries));
    } else {
      head.offset = task.extent(sizes.pastKeys);
    }
    // Turned keys let the product run along the keys, several queries at a time; a few queries are not worth
    // it.
    constexpr int64_t kFewQueries = 4;
    std::optional<int64_t> fixed = nn::getStatic(sizes.queries), fixedKeys = nn::getStatic(sizes.keys);
    if (!fixed || *fixed > kFewQueries)
      head.turned = turn(head.parts);
    if (!fixed || !fixedKeys || *fixed == 0) {
      emitBlocks(head, task.index(0), sizes.queries, sizes.queries, sizes.keys, isAlone);
      return;
    }
    // Of a causal mask, what the first queries do not see is left out, in a few steps, each of which has code
    // of its own.
    constexpr int64_t kSteps = 4, kFewest = 16;
    bool sees = !op.getCausal() || op.getPastKey() || op.getValidKeys() || op.getScoresResult() ||
                *fixed != *fixedKeys || *fixed % kSteps || *fixed < kSteps * kFewest;
    int64_t steps = sees ? 1 : kSteps, queries = *fixed / steps;
    for (int64_t step = 0; step < steps; ++step) {
      int64_t keys = *fixedKeys / steps * (step + 1);
      int64_t rows = std::clamp<int64_t>(kBlockBytes / 4 / std::max<int64_t>(keys, 1), 8, queries);
      // Even blocks of whole register tiles.
      rows = llvm::alignTo(llvm::divideCeil(queries, llvm::divideCeil(queries, rows)), 8);
      rows = task.takeRows(std::min(rows, queries), queries);
      emitBlocks(head, task.index(step * queries), task.dim(queries), task.dim(rows),
                 step + 1 == steps ? sizes.keys : task.dim(keys), isAlone);
    }
  }

  struct Head {
    Value b, h;
    SmallVector<Part, 2> parts = {};
    std::optional<Tensor> turned = {}; ///< the keys as (size, keys)
    Value valid = {};                  ///< keys that are visible, null if all are
    Value offset = {};                 ///< position of the first query
  };

  /// The keys of one head as (size, keys).
  Tensor turn(ArrayRef<Part> parts) {
    Tensor all = task.scratch(work, {sizes.size, sizes.keys});
    for (const Part &part : parts) {
      Tensor turned = columnsOf(all, part.first, part.count);
      // A few keys at a time: their cache lines are read again for every element.
      constexpr int64_t kTogether = 16;
      std::optional<int64_t> fixed = nn::getStatic(part.count);
      bool isEven = fixed && *fixed % kTogether == 0 && *fixed > kTogether;
      Nest nest(task, isEven ? nn::Dims{task.dim(*fixed / kTogether), sizes.size, task.dim(kTogether)}
                             : nn::Dims{task.dim(1), sizes.size, part.count});
      AffineExpr key = isEven ? nest.d(0) * kTogether + nest.d(2) : nest.d(2), zero = nest.c(0);
      nest.in(part.k.t, part.k.at(zero, zero, zero, key, nest.d(1))).out(turned, {nest.d(1), key});
      nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
        return Nest::Values{toWork(s, in[0], keyElement, work)};
      });
    }
    return all;
  }

  /// Elements [first, first + count) of the last dimension.
  Tensor columnsOf(const Tensor &t, nn::Dim first, nn::Dim count) {
    if (t.dims.back() == count)
      return t;
    SmallVector<Value> offsets(t.rank(), task.index(0));
    offsets.back() = task.extent(first);
    nn::Dims dims = t.dims;
    dims.back() = count;
    return task.window(t, offsets, dims);
  }

  /// Queries [first, first + count), `rows` at a time, which see the first `keys` keys. `isAlone`: the blocks
  /// are the task's range.
  void emitBlocks(const Head &head, Value first, nn::Dim count, nn::Dim rows, nn::Dim keys, bool isAlone) {
    if (count == rows) {
      emitBlock(head, first, rows, keys);
      return;
    }
    int64_t all = *nn::getStatic(count), each = *nn::getStatic(rows);
    auto block = [&](Value i) {
      ScalarBuilder s = task.scalars();
      emitBlock(head, s.add(first, s.mul(i, task.index(each))), rows, keys);
    };
    if (isAlone)
      parallelLoop(task.dim(all / each), block);
    else
      task.loop(task.index(0), task.index(all / each), block);
    if (int64_t rest = all % each)
      emitBlock(head, task.scalars().add(first, task.index(all - rest)), task.dim(rest), keys);
  }

  void emitBlock(const Head &head, Value first, nn::Dim rows, nn::Dim keys) {
    Heads queries = partOf(q, head.b, head.h, first, rows), results = partOf(y, head.b, head.h, first, rows);
    nn::Dims all = {members, rows, keys};
    Tensor scores = task.scratch(work, all), inverse = task.scratch(work, {members, rows});
    for (Part part : head.parts) {
      // A single part may be seen in part.
      if (head.parts.size() == 1)
        part.count = keys;
      emitScores(head, part, queries, first, columnsOf(scores, part.first, part.count));
    }
    RowLoops loops(task, all, int64_t(2));
    exponentiateRows(task, loops, scores, scores, inverse, /*emptyRowsAreZero=*/!op.getPlain());
    if (shown && op.getScores() == AttentionScores::Probabilities) {
      Nest nest(task, all);
      nest.in(scores, loops.whole).in(inverse, loops.row);
      Tensor part = shownPart(head, first, rows);
      nest.out(part, {nest.c(0), nest.c(0), nest.d(0), nest.d(1), nest.d(2)});
      nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
        return Nest::Values{toWork(s, s.mul(in[0], in[1]), work, computeType(shown->element))};
      });
    }

    for (auto [number, part] : llvm::enumerate(head.parts)) {
      bool isFirst = number == 0, isLast = number + 1 == head.parts.size();
      Nest nest(task, {members, rows, sizes.valueSize}, head.parts.size() == 1 ? keys : part.count);
      AffineExpr zero = nest.c(0), m = nest.d(0), i = nest.d(1), d = nest.d(2), j = nest.d(3);
      nest.in(columnsOf(scores, part.first, head.parts.size() == 1 ? keys : part.count), {m, i, j});
      nest.in(part.v.t, part.v.at(zero, zero, zero, j, d));
      nest.out(results.t, results.at(zero, zero, m, i, d)).acc(task.scalars().constant(work, 0));
      nest.emit(
          [&](ScalarBuilder &s, ValueRange in, ValueRange acc) {
            Value value = toWork(s, in[1], valueElement, work), none = s.constant(work, 0);
            // A key of no weight has no influence, whatever its value.
            if (!op.getPlain())
              value = s.select(s.cmp("eq", in[0], none), none, value);
            return Nest::Values{s.fma(in[0], value, acc[0])};
          },
          [&](ScalarBuilder &s, ValueRange acc) {
            Value sum = acc[0];
            if (!isFirst) {
              Value at[] = {s.index(0), s.index(0), s.loop(0), s.loop(1), s.loop(2)};
              SmallVector<Value> subscripts;
              for (int64_t coordinate : results.order)
                subscripts.push_back(at[coordinate]);
              sum = s.add(sum, s.load(results.t, subscripts));
            }
            if (isLast)
              sum = s.mul(sum, s.load(inverse, {s.loop(0), s.loop(1)}));
            return Nest::Values{toWork(s, sum, work, computeType(y.t.element))};
          });
    }
  }

  Tensor shownPart(const Head &head, Value first, nn::Dim rows) {
    Value zero = task.index(0);
    return task.window(*shown, {head.b, head.h, zero, first, zero},
                       {task.dim(1), task.dim(1), members, rows, sizes.keys});
  }

  /// scores = the products of queries and keys of a part, scaled, capped and masked.
  void emitScores(const Head &head, const Part &part, const Heads &queries, Value first,
                  const Tensor &scores) {
    Nest nest(task, scores.dims, sizes.size);
    AffineExpr zero = nest.c(0), m = nest.d(0), i = nest.d(1), j = nest.d(2), d = nest.d(3);
    nest.in(queries.t, queries.at(zero, zero, m, i, d));
    if (head.turned)
      nest.in(columnsOf(*head.turned, part.first, part.count), {d, j});
    else
      nest.in(part.k.t, part.k.at(zero, zero, zero, j, d));
    nest.out(scores).acc(task.scalars().constant(work, 0));
    bool showsHere = shown && op.getScores() != AttentionScores::Probabilities;
    if (showsHere)
      nest.out(columnsOf(shownPart(head, first, scores.dims[1]), part.first, part.count),
               {zero, zero, m, i, j});
    Type second = head.turned ? work : keyElement;
    Value firstKey = task.extent(part.first);
    nest.emit(
        [&](ScalarBuilder &s, ValueRange in, ValueRange acc) {
          return Nest::Values{
              s.fma(toWork(s, in[0], q.t.element, work), toWork(s, in[1], second, work), acc[0])};
        },
        [&](ScalarBuilder &s, ValueRange acc) {
          Value raw = s.mul(acc[0], scale), capped = raw;
          if (double softcap = op.getSoftcap().convertToDouble(); softcap > 0) {
            Value cap = s.constant(work, softcap);
            capped = s.mul(s.math("tanh", s.div(raw, cap)), cap);
          }
          Value biased = hide(s, head, first, firstKey, capped);
          Nest::Values values = {biased};
          if (showsHere) {
            Value show = op.getScores() == AttentionScores::Raw      ? raw
                         : op.getScores() == AttentionScores::Capped ? capped
                                                                     : biased;
            values.push_back(toWork(s, show, work, computeType(shown->element)));
          }
          return values;
        });
  }

  /// A score with the mask, or -inf where the key is not visible. The loops are member, query from `first`
  /// on, and key from `firstKey` on.
  Value hide(ScalarBuilder &s, const Head &head, Value first, Value firstKey, Value score) {
    int64_t left = op.getLeftWindow(), right = op.getRightWindow();
    Value visible, query = s.add(s.loop(1), first), key = s.add(s.loop(2), firstKey);
    auto require = [&](Value condition) { visible = visible ? s.andOp(visible, condition) : condition; };
    if (head.valid)
      require(s.cmp("lt", key, head.valid));
    // Lanes are keys: the distance is what differs among them.
    Value distance = s.sub(key, s.add(query, head.offset));
    if (op.getCausal())
      require(s.cmp("le", distance, s.index(0)));
    if (left >= 0)
      require(s.cmp("ge", distance, s.index(-left)));
    if (right >= 0)
      require(s.cmp("le", distance, s.index(right)));
    if (mask) {
      SmallVector<Value> at = {head.b, head.h, s.loop(0), query, key};
      for (auto [subscript, dim] : llvm::zip(at, mask->dims))
        if (nn::getStatic(dim) == 1)
          subscript = s.index(0);
      if (isMaskShort) {
        require(s.cmp("lt", key, maskKeys));
        at[4] = s.clampIndex(key, s.index(0), s.sub(maskKeys, s.index(1)));
      }
      Value bias = s.load(*mask, at);
      if (mask->element.isInteger(1)) {
        require(bias);
      } else {
        bias = toWork(s, bias, mask->element, work);
        if (!op.getPlain())
          require(s.cmp("ne", bias, s.constant(work, -kInfinity)));
        score = s.add(score, bias);
      }
    }
    return visible ? s.select(visible, score, s.constant(work, -kInfinity)) : score;
  }

  /// Of the scores of one block; beside them, keys and values want to stay in a cache.
  static constexpr int64_t kBlockBytes = 32 << 10;

  nn::AttentionOp op;
  TaskBuilder &task;
  nn::AttentionOp::Sizes sizes;
  int64_t groups;  ///< key/value heads
  nn::Dim members; ///< query heads of each
  Heads q, y;
  SmallVector<Part, 2> parts;
  Type keyElement, valueElement, work;
  Value scale, maskKeys;
  std::optional<Tensor> mask, shown;
  bool isMaskShort = false;
};
} // namespace

static LogicalResult lowerAttention(nn::AttentionOp op, TaskBuilder &task) {
  AttentionLowering(op, task).emit();
  return success();
}

static LogicalResult lowerRotaryEmbedding(nn::RotaryEmbeddingOp op, TaskBuilder &task) {
  Tensor x = task.tensor(op.getX()), y = task.tensor(op.getY()), cos = task.tensor(op.getCos()),
         sin = task.tensor(op.getSin());
  int64_t heads = op.getHeads();
  // One group of all heads: the heads are its members.
  Heads from, to;
  nn::Dim headDim, positions, size;
  if (x.rank() == 4) {
    nn::Dims dims = {x.dims[0], task.dim(1), x.dims[1], x.dims[2], x.dims[3]};
    from = {task.reshape(x, dims), {0, 1, 2, 3, 4}};
    to = {task.reshape(y, dims), {0, 1, 2, 3, 4}};
    headDim = x.dims[1];
    positions = x.dims[2];
    size = x.dims[3];
  } else {
    from = splitHeads(task, x, heads, 1);
    to = splitHeads(task, y, heads, 1);
    headDim = task.dim(heads);
    positions = x.dims[1];
    size = x.dims[2].floorDiv(heads);
  }
  int64_t dim = op.getDim(), half = dim / 2;
  bool interleaved = op.getInterleaved();
  {
    Nest nest(task, {x.dims[0], headDim, positions, task.dim(half)});
    AffineExpr j = nest.d(3), firstAt = interleaved ? j * 2 : j,
               secondAt = interleaved ? j * 2 + 1 : j + half;
    auto at = [&](const Heads &t, AffineExpr element) {
      return t.at(nest.d(0), nest.c(0), nest.d(1), nest.d(2), element);
    };
    nest.in(from.t, at(from, firstAt)).in(from.t, at(from, secondAt));
    Value most;
    if (op.getPositionIds()) {
      nest.in(task.tensor(op.getPositionIds()), {nest.d(0), nest.d(2)});
      most = task.scalars().sub(task.extent(cos.dims[0]), task.index(1));
    } else {
      nest.in(cos, {nest.d(0), nest.d(2), j}).in(sin, {nest.d(0), nest.d(2), j});
    }
    nest.out(to.t, at(to, firstAt)).out(to.t, at(to, secondAt));
    nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      Value c, n;
      if (op.getPositionIds()) {
        Value position = s.clampIndex(s.toIndex(in[2]), s.index(0), most);
        c = s.load(cos, {position, s.loop(3)});
        n = s.load(sin, {position, s.loop(3)});
      } else {
        c = in[2];
        n = in[3];
      }
      return Nest::Values{s.sub(s.mul(c, in[0]), s.mul(n, in[1])), s.add(s.mul(n, in[0]), s.mul(c, in[1]))};
    });
  }
  nn::Dim rest = size - dim;
  if (nn::getStatic(rest) == 0)
    return success();
  Type raw = storageType(x.element);
  from.t.element = to.t.element = raw;
  Nest nest(task, {x.dims[0], headDim, positions, rest});
  auto at = [&](const Heads &t) { return t.at(nest.d(0), nest.c(0), nest.d(1), nest.d(2), nest.d(3) + dim); };
  nest.in(from.t, at(from)).out(to.t, at(to));
  nest.emit([](ScalarBuilder &, ValueRange in, ValueRange) { return Nest::Values{in[0]}; });
  return success();
}

static LogicalResult lowerCacheUpdate(nn::CacheUpdateOp op, TaskBuilder &task) {
  Tensor cache = task.tensor(op.getCache()), update = task.tensor(op.getUpdate()), y = task.tensor(op.getY());
  int64_t axis = op.getAxis();
  if (nn::getStatic(update.dims[axis]) == 0) {
    task.copy(cache, y);
    return success();
  }
  Type i64 = task.b.getI64Type(), raw = storageType(cache.element);
  cache.element = update.element = y.element = raw;
  ScalarBuilder outside = task.scalars();
  Value extent = outside.fromIndex(task.extent(cache.dims[axis]), i64);
  Value count = outside.fromIndex(task.extent(update.dims[axis]), i64);
  Nest nest(task, cache.dims);
  nest.in(cache, nest.parallelDims());
  if (op.getWriteIndices())
    nest.in(task.tensor(op.getWriteIndices()), {nest.d(0)});
  nest.out(y);
  nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
    Value zero = s.constantInt(i64, 0), begin = op.getWriteIndices() ? in[1] : zero;
    Value relative;
    if (op.getCircular()) {
      Value inside = s.rem(begin, extent);
      inside = s.select(s.cmp("lt", inside, zero), s.add(inside, extent), inside);
      relative = s.sub(s.fromIndex(s.loop(axis), i64), inside);
      relative = s.select(s.cmp("lt", relative, zero), s.add(relative, extent), relative);
    } else {
      relative = s.sub(s.fromIndex(s.loop(axis), i64), begin);
    }
    Value isWritten = s.andOp(s.cmp("ge", relative, zero), s.cmp("lt", relative, count));
    Value source = s.max(s.min(relative, s.sub(count, s.constantInt(i64, 1))), zero);
    SmallVector<Value> at;
    for (int64_t d = 0; d < cache.rank(); ++d)
      at.push_back(d == axis ? s.toIndex(source) : s.loop(d));
    return Nest::Values{s.select(isWritten, s.load(update, at), in[0])};
  });
  return success();
}

static LogicalResult lowerLinearAttention(nn::LinearAttentionOp op, TaskBuilder &task) {
  Tensor q = task.tensor(op.getQ()), k = task.tensor(op.getK()), v = task.tensor(op.getV()),
         y = task.tensor(op.getY()), last = task.tensor(op.getState());
  int64_t groups = op.getKvHeads(), members = op.getQHeads() / groups;
  nn::Dim batch = q.dims[0], steps = q.dims[1], heads = task.dim(groups), keySize = last.dims[2],
          valueSize = last.dims[3], one = task.dim(1);
  Type work = Float32Type::get(task.context());
  if (q.element.isF64() || last.element.isF64())
    work = task.b.getF64Type();
  q = task.reshape(q, {batch, steps, heads, task.dim(members), keySize});
  y = task.reshape(y, {batch, steps, heads, task.dim(members), valueSize});
  k = task.reshape(k, {batch, steps, heads, keySize});
  v = task.reshape(v, {batch, steps, heads, valueSize});
  Tensor state = task.scratch(work, last.dims), value = task.scratch(work, {batch, heads, valueSize});
  auto asWork = [&](ScalarBuilder &s, Value x, Type element) { return toWork(s, x, element, work); };
  if (op.getPastState())
    mapElements(task, task.tensor(op.getPastState()), state, work,
                [](ScalarBuilder &, ValueRange in) { return in[0]; });
  else
    task.fill(state, 0);

  ScalarBuilder outside = task.scalars();
  Value zero = outside.index(0), scale = outside.constant(work, op.getScale().convertToDouble());
  task.loop(zero, task.extent(steps), [&](Value t) {
    // The part of an operand at this step.
    auto now = [&](const Tensor &x) {
      SmallVector<Value> offsets(x.rank(), zero);
      offsets[1] = t;
      nn::Dims dims = x.dims;
      dims[1] = one;
      return task.window(x, offsets, dims);
    };
    Tensor qNow = now(q), kNow = now(k), vNow = now(v), yNow = now(y);
    if (op.getDecay()) {
      Tensor decay = task.tensor(op.getDecay());
      bool perRow = !(nn::getStatic(decay.dims[2]) == groups);
      decay = now(task.reshape(decay, {batch, steps, heads, perRow ? keySize : one}));
      Nest nest(task, state.dims);
      nest.in(state, nest.parallelDims());
      nest.in(decay, {nest.d(0), nest.c(0), nest.d(1), perRow ? nest.d(2) : nest.c(0)}).out(state);
      nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
        return Nest::Values{s.mul(in[0], s.math("exp", asWork(s, in[1], decay.element)))};
      });
    }
    if (op.getBeta()) {
      Nest product(task, value.dims, keySize);
      product.in(state, {product.d(0), product.d(1), product.d(3), product.d(2)});
      product.in(kNow, {product.d(0), product.c(0), product.d(1), product.d(3)});
      product.out(value).acc(task.scalars().constant(work, 0));
      product.emit([&](ScalarBuilder &s, ValueRange in, ValueRange acc) {
        return Nest::Values{s.fma(in[0], asWork(s, in[1], kNow.element), acc[0])};
      });
    }
    {
      Nest nest(task, value.dims);
      nest.in(vNow, {nest.d(0), nest.c(0), nest.d(1), nest.d(2)});
      Tensor beta;
      if (op.getBeta()) {
        beta = now(task.tensor(op.getBeta()));
        bool shared = nn::getStatic(beta.dims[2]) == 1;
        nest.in(value, nest.parallelDims()).in(beta, {nest.d(0), nest.c(0), shared ? nest.c(0) : nest.d(1)});
      }
      nest.out(value);
      nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
        Value x = asWork(s, in[0], vNow.element);
        return Nest::Values{op.getBeta() ? s.mul(asWork(s, in[2], beta.element), s.sub(x, in[1])) : x};
      });
    }
    {
      Nest nest(task, state.dims);
      nest.in(state, nest.parallelDims()).in(kNow, {nest.d(0), nest.c(0), nest.d(1), nest.d(2)});
      nest.in(value, {nest.d(0), nest.d(1), nest.d(3)}).out(state);
      nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
        return Nest::Values{s.fma(asWork(s, in[1], kNow.element), in[2], in[0])};
      });
    }
    Nest nest(task, {batch, heads, task.dim(members), valueSize}, keySize);
    nest.in(qNow, {nest.d(0), nest.c(0), nest.d(1), nest.d(2), nest.d(4)});
    nest.in(state, {nest.d(0), nest.d(1), nest.d(4), nest.d(3)});
    nest.out(yNow, {nest.d(0), nest.c(0), nest.d(1), nest.d(2), nest.d(3)});
    nest.acc(task.scalars().constant(work, 0));
    nest.emit(
        [&](ScalarBuilder &s, ValueRange in, ValueRange acc) {
          return Nest::Values{s.fma(s.mul(asWork(s, in[0], qNow.element), scale), in[1], acc[0])};
        },
        [&](ScalarBuilder &s, ValueRange acc) {
          return Nest::Values{toWork(s, acc[0], work, computeType(yNow.element))};
        });
  });
  mapElements(task, state, last, work, [](ScalarBuilder &, ValueRange in) { return in[0]; });
  return success();
}

void lower::populateAttention(Lowerings &lowerings) {
  lowerings.add<nn::AttentionOp>(lowerAttention);
  lowerings.add<nn::RotaryEmbeddingOp>(lowerRotaryEmbedding);
  lowerings.add<nn::CacheUpdateOp>(lowerCacheUpdate);
  lowerings.add<nn::LinearAttentionOp>(lowerLinearAttention);
}
