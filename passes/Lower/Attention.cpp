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

static LogicalResult lowerAttention(nn::AttentionOp op, TaskBuilder &task) {
  nn::AttentionOp::Sizes sizes = op.getSizes();
  int64_t groups = sizes.kvHeads;
  nn::Dim batch = sizes.batch, heads = task.dim(groups), members = task.dim(sizes.qHeads / groups),
          queries = sizes.queries, keys = sizes.keys;
  Heads q = splitHeads(task, task.tensor(op.getQ()), sizes.qHeads, groups),
        y = splitHeads(task, task.tensor(op.getY()), sizes.qHeads, groups),
        k = splitHeads(task, task.tensor(op.getK()), groups, groups),
        v = splitHeads(task, task.tensor(op.getV()), groups, groups);
  Type work = workType(task.context(), {q.t.element, k.t.element, v.t.element});

  // Keys and values with the past, where there is one or somebody wants them.
  if (op.getPastKey() || op.getPresent()) {
    auto join = [&](Value pastValue, Value present, Heads &next, nn::Dim size) {
      Tensor to = present ? task.tensor(present) : task.scratch(next.t.element, {batch, heads, keys, size});
      std::optional<Tensor> past;
      if (pastValue)
        past = task.tensor(pastValue);
      concatKeys(task, past ? &*past : nullptr, next, sizes.pastKeys, sizes.newKeys, to);
      next = splitHeads(task, to, groups, groups);
    };
    join(op.getPastKey(), op.getPresentKey(), k, sizes.size);
    join(op.getPastValue(), op.getPresentValue(), v, sizes.valueSize);
  }

  nn::Dims all = {batch, heads, members, queries, keys};
  Tensor scores = task.scratch(work, all);
  Value scale = task.scalars().constant(work, op.getScale().convertToDouble());
  {
    // Transposed keys let the product run along the keys, several queries at a time; a few queries are not
    // worth it.
    constexpr int64_t kFewQueries = 4;
    std::optional<int64_t> fixedQueries = nn::getStatic(queries);
    bool transposes = !fixedQueries || *fixedQueries > kFewQueries;
    Tensor turned;
    if (transposes) {
      turned = task.scratch(work, {batch, heads, sizes.size, keys});
      Nest nest(task, turned.dims);
      nest.in(k.t, k.at(nest.d(0), nest.d(1), nest.c(0), nest.d(3), nest.d(2))).out(turned);
      nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
        return Nest::Values{toWork(s, in[0], k.t.element, work)};
      });
    }
    Nest nest(task, all, sizes.size);
    nest.in(q.t, q.at(nest.d(0), nest.d(1), nest.d(2), nest.d(3), nest.d(5)));
    if (transposes)
      nest.in(turned, {nest.d(0), nest.d(1), nest.d(5), nest.d(4)});
    else
      nest.in(k.t, k.at(nest.d(0), nest.d(1), nest.c(0), nest.d(4), nest.d(5)));
    nest.out(scores).acc(task.scalars().constant(work, 0));
    Type second = transposes ? work : k.t.element;
    nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange acc) {
      return Nest::Values{s.fma(toWork(s, in[0], q.t.element, work), toWork(s, in[1], second, work), acc[0])};
    });
  }

  // Scale, cap, mask.
  std::optional<Tensor> shown, mask, valid;
  if (op.getScoresResult())
    shown = task.reshape(task.tensor(op.getScoresResult()), all);
  if (op.getMask())
    mask = task.tensor(op.getMask());
  if (op.getValidKeys())
    valid = task.tensor(op.getValidKeys());
  bool showsHere = shown && op.getScores() != AttentionScores::Probabilities;
  double softcap = op.getSoftcap().convertToDouble();
  int64_t left = op.getLeftWindow(), right = op.getRightWindow();
  Type i64 = task.b.getI64Type();
  ScalarBuilder outside = task.scalars();
  Value offset = outside.fromIndex(task.extent(sizes.pastKeys), i64);
  Value queryCount = outside.fromIndex(task.extent(queries), i64);
  Value maskKeys;
  bool shortMask = false;
  {
    Nest nest(task, all);
    nest.in(scores, nest.parallelDims());
    unsigned next = 1, maskInput = 0, validInput = 0;
    if (mask) {
      // Aligned to (batch, heads, queries, keys), with the heads split in two.
      nn::Dims dims(4 - mask->rank(), task.dim(1));
      dims.append(mask->dims);
      shortMask = dims[3] != keys;
      bool perHead = nn::getStatic(dims[1]) != 1;
      Tensor aligned = task.reshape(
          *mask, {dims[0], perHead ? heads : task.dim(1), perHead ? members : task.dim(1), dims[2], dims[3]});
      SmallVector<AffineExpr> at;
      for (auto [i, dim] : llvm::enumerate(aligned.dims))
        at.push_back(nn::getStatic(dim) == 1 ? nest.c(0) : nest.d(i));
      mask = aligned;
      maskKeys = task.extent(dims[3]);
      if (!shortMask) {
        maskInput = next++;
        nest.in(aligned, at);
      }
    }
    if (valid) {
      validInput = next++;
      nest.in(*valid, {nest.d(0)});
    }
    nest.out(scores);
    if (showsHere)
      nest.out(*shown);
    nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) {
      Value raw = s.mul(in[0], scale), capped = raw;
      if (softcap > 0) {
        Value cap = s.constant(work, softcap);
        capped = s.mul(s.math("tanh", s.div(raw, cap)), cap);
      }
      Value visible, biased = capped;
      auto require = [&](Value condition) { visible = visible ? s.andOp(visible, condition) : condition; };
      Value key = s.fromIndex(s.loop(4), i64), position = s.fromIndex(s.loop(3), i64);
      if (valid)
        position = s.add(position, s.sub(in[validInput], queryCount));
      else
        position = s.add(position, offset);
      if (valid)
        require(s.cmp("lt", key, in[validInput]));
      if (op.getCausal())
        require(s.cmp("le", key, position));
      if (left >= 0)
        require(s.cmp("ge", key, s.sub(position, s.constantInt(i64, left))));
      if (right >= 0)
        require(s.cmp("le", key, s.add(position, s.constantInt(i64, right))));
      if (mask) {
        Value bias;
        if (shortMask) {
          Value covered = s.cmp("lt", s.loop(4), maskKeys);
          require(covered);
          SmallVector<Value> at;
          for (auto [i, dim] : llvm::enumerate(mask->dims))
            at.push_back(nn::getStatic(dim) == 1 ? s.index(0) : s.loop(i));
          at[4] = s.clampIndex(s.loop(4), s.index(0), s.sub(maskKeys, s.index(1)));
          bias = s.load(*mask, at);
        } else {
          bias = in[maskInput];
        }
        if (mask->element.isInteger(1)) {
          require(bias);
        } else {
          bias = toWork(s, bias, mask->element, work);
          require(s.cmp("ne", bias, s.constant(work, -kInfinity)));
          biased = s.add(capped, bias);
        }
      }
      if (visible)
        biased = s.select(visible, biased, s.constant(work, -kInfinity));
      Nest::Values results = {biased};
      if (showsHere) {
        Value show = op.getScores() == AttentionScores::Raw      ? raw
                     : op.getScores() == AttentionScores::Capped ? capped
                                                                 : biased;
        results.push_back(toWork(s, show, work, computeType(shown->element)));
      }
      return results;
    });
  }

  RowLoops rows(task, all, int64_t(4));
  softmaxRows(task, rows, scores, scores, /*emptyRowsAreZero=*/true);
  if (shown && !showsHere)
    mapElements(task, scores, *shown, work, [](ScalarBuilder &, ValueRange in) { return in[0]; });

  Nest nest(task, {batch, heads, members, queries, sizes.valueSize}, keys);
  nest.in(scores, {nest.d(0), nest.d(1), nest.d(2), nest.d(3), nest.d(5)});
  nest.in(v.t, v.at(nest.d(0), nest.d(1), nest.c(0), nest.d(5), nest.d(4)));
  nest.out(y.t, y.at(nest.d(0), nest.d(1), nest.d(2), nest.d(3), nest.d(4)));
  nest.acc(task.scalars().constant(work, 0));
  nest.emit(
      [&](ScalarBuilder &s, ValueRange in, ValueRange acc) {
        // A key of no weight has no influence, whatever its value.
        Value zero = s.constant(work, 0);
        Value value = s.select(s.cmp("eq", in[0], zero), zero, toWork(s, in[1], v.t.element, work));
        return Nest::Values{s.fma(in[0], value, acc[0])};
      },
      [&](ScalarBuilder &s, ValueRange acc) {
        return Nest::Values{toWork(s, acc[0], work, computeType(y.t.element))};
      });
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
