#include "dialects/NN/AxisSplit.h"
#include "dialects/NN/Broadcast.h"
#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::nn;

// nn.attention

/// (batch, heads, sequence, size) of an operand of rank 3 or 4.
static Dims headDims(Value value, int64_t heads) {
  Dims dims = getDims(value);
  if (dims.size() == 4)
    return dims;
  return {dims[0], constDim(value.getContext(), heads), dims[1], dims[2].floorDiv(heads)};
}

/// Whether rank and heads of an operand agree, and `heads` divides the last dimension.
static bool hasHeads(Value value, int64_t heads) {
  Dims dims = getDims(value);
  if (dims.size() == 4)
    return heads == 0;
  std::optional<int64_t> last = dims.size() == 3 ? getStatic(dims[2]) : std::nullopt;
  return last && heads > 0 && *last % heads == 0;
}

AttentionOp::Sizes AttentionOp::getSizes() {
  Dims q = headDims(getQ(), getQHeads()), k = headDims(getK(), getKvHeads()),
       v = headDims(getV(), getKvHeads());
  Dim past = getPastKey() ? getDims(getPastKey())[2] : constDim(getContext(), 0);
  return {q[0], q[2], k[2], past, past + k[2], q[3], v[3], *getStatic(q[1]), *getStatic(k[1])};
}

LogicalResult AttentionOp::inferTypes(SmallVectorImpl<Type> &types) {
  int64_t qHeads = getQHeads(), kvHeads = getKvHeads();
  int64_t rank = getRank(getQ());
  if (!hasHeads(getQ(), qHeads) || !hasHeads(getK(), kvHeads) || !hasHeads(getV(), kvHeads) ||
      getRank(getK()) != rank || getRank(getV()) != rank)
    return emitOpError("C1: expected rank 4, or rank 3 and numbers of heads that divide the last dimension, "
                       "but got ")
           << getQ().getType() << ", " << getK().getType() << ", " << getV().getType() << " with " << qHeads
           << " and " << kvHeads << " heads";
  Dims q = headDims(getQ(), qHeads), k = headDims(getK(), kvHeads), v = headDims(getV(), kvHeads);
  if (q[0] != k[0] || q[0] != v[0] || k[1] != v[1] || k[2] != v[2] || q[3] != k[3])
    return emitOpError("C1: expected matching batch, heads, keys and sizes, but got ")
           << dimsToString(q) << ", " << dimsToString(k) << ", " << dimsToString(v);
  std::optional<int64_t> heads = getStatic(q[1]), sharedBy = getStatic(k[1]);
  if (!heads || !sharedBy || *sharedBy < 1 || *heads % *sharedBy)
    return emitOpError("C2: expected query heads that are a multiple of key heads, but got ")
           << dimsToString(q[1]) << " and " << dimsToString(k[1]);
  Type element = getElementType(getQ()), keyElement = getElementType(getK()),
       valueElement = getElementType(getV());
  for (Type type : {element, keyElement, valueElement})
    if (!isa<FloatType>(type))
      return emitOpError("C3: expected float element types, but got ") << type;
  if (bool(getPastKey()) != bool(getPastValue()) || (getPastKey() && getValidKeys()))
    return emitOpError(
        "C4: expected both or neither of past_key and past_value, and no valid_keys with them");
  if (getPastKey()) {
    Dims pastKey = getDims(getPastKey()), pastValue = getDims(getPastValue());
    Dims wantKey = k, wantValue = v;
    if (pastKey.size() == 4)
      wantKey[2] = wantValue[2] = pastKey[2];
    if (pastKey != wantKey || pastValue != wantValue)
      return emitOpError("C4: expected a past of shapes ")
             << dimsToString(wantKey) << " and " << dimsToString(wantValue) << ", but got "
             << dimsToString(pastKey) << " and " << dimsToString(pastValue);
    if (getElementType(getPastKey()) != keyElement || getElementType(getPastValue()) != valueElement)
      return emitOpError("C3: expected a past of types ") << keyElement << " and " << valueElement;
  }
  Sizes sizes = getSizes();
  Dims scores = {q[0], q[1], sizes.queries, sizes.keys};
  if (getMask()) {
    Dims mask = getDims(getMask());
    bool fits = !mask.empty() && mask.size() <= 4;
    if (fits) {
      Dim &last = mask.back();
      std::optional<int64_t> have = getStatic(last), want = getStatic(sizes.keys);
      fits = last == sizes.keys || (have && want && *have <= *want);
      last = sizes.keys;
      FailureOr<Dims> all = broadcastDims(mask, scores);
      fits &= succeeded(all) && *all == scores;
    }
    Type type = getElementType(getMask());
    if (!fits || !(isa<FloatType>(type) || type.isInteger(1)))
      return emitOpError("C5: expected a bool or float mask that broadcasts to ")
             << dimsToString(scores) << ", but got " << getMask().getType();
  }
  if (getValidKeys() &&
      (getDims(getValidKeys()) != Dims{q[0]} || !getElementType(getValidKeys()).isSignlessInteger(64)))
    return emitOpError("C6: expected i64 valid_keys of shape ")
           << dimsToString(q[0]) << ", but got " << getValidKeys().getType();
  int64_t results = 1 + (getPresent() ? 2 : 0) + (getScores() != AttentionScores::None);
  if (int64_t((*this)->getNumResults()) != results)
    return emitOpError("C7: expected ") << results << " results, but got " << (*this)->getNumResults();

  Dims y = rank == 4 ? Dims{q[0], q[1], q[2], v[3]} : Dims{q[0], q[2], v[3] * *heads};
  types.push_back(getTensorType(y, element));
  if (getPresent()) {
    types.push_back(getTensorType({k[0], k[1], sizes.keys, k[3]}, keyElement));
    types.push_back(getTensorType({v[0], v[1], sizes.keys, v[3]}, valueElement));
  }
  if (getScores() != AttentionScores::None)
    types.push_back(getTensorType(scores, element));
  return success();
}

/// An operand as (batch, heads, sequence, size), whatever its form.
namespace {
struct Heads {
  Heads(const HostTensor &t, int64_t heads) : t(t) {
    if (t.rank() == 4) {
      sequence = t.dim(2);
      size = t.dim(3);
      strides = t.strides();
    } else {
      sequence = t.dim(1);
      size = t.dim(2) / heads;
      strides = {sequence * heads * size, size, heads * size, 1};
    }
  }
  int64_t at(int64_t b, int64_t h, int64_t s, int64_t d) const {
    return b * strides[0] + h * strides[1] + s * strides[2] + d * strides[3];
  }
  double operator()(int64_t b, int64_t h, int64_t s, int64_t d) const { return t.getF(at(b, h, s, d)); }
  HostTensor t;
  int64_t sequence, size;
  SmallVector<int64_t> strides;
};
} // namespace

/// Past (may be empty) and new keys or values, as one tensor of rank 4.
static HostTensor withPast(const HostTensor &past, const Heads &next, int64_t batch, int64_t heads) {
  int64_t before = past.empty() ? 0 : past.dim(2), total = before + next.sequence;
  HostTensor all(next.t.elementType(), {batch, heads, total, next.size});
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t s = 0; s < total; ++s)
        for (int64_t d = 0; d < next.size; ++d) {
          int64_t to = ((b * heads + h) * total + s) * next.size + d;
          if (s < before)
            all.copyElement(to, past, ((b * heads + h) * before + s) * next.size + d);
          else
            all.copyElement(to, next.t, next.at(b, h, s - before, d));
        }
  return all;
}

LogicalResult AttentionOp::evaluate(EvalContext &ctx) {
  Sizes sizes = getSizes();
  int64_t heads = sizes.qHeads, kvHeads = sizes.kvHeads;
  Heads q(ctx.get(getQ()), heads);
  int64_t batch = q.t.dim(0);
  auto optional = [&](Value value) { return value ? ctx.get(value) : HostTensor(); };
  HostTensor past = optional(getPastKey()), valid = optional(getValidKeys()), mask = optional(getMask());
  HostTensor keys = withPast(past, Heads(ctx.get(getK()), kvHeads), batch, kvHeads);
  HostTensor values = withPast(optional(getPastValue()), Heads(ctx.get(getV()), kvHeads), batch, kvHeads);
  Heads k(keys, kvHeads), v(values, kvHeads);
  int64_t queries = q.sequence, total = k.sequence;
  HostTensor y = ctx.make(getY()), shown = getScoresResult() ? ctx.make(getScoresResult()) : HostTensor();
  double softcap = getSoftcap().convertToDouble(), inf = std::numeric_limits<double>::infinity();
  int64_t left = getLeftWindow(), right = getRightWindow();

  SmallVector<int64_t> maskShape;
  int64_t maskKeys = 0;
  if (!mask.empty()) {
    maskKeys = mask.shape().back();
    maskShape.assign(mask.shape().begin(), mask.shape().end());
  }
  SmallVector<int64_t> maskTo = {batch, heads, queries, maskKeys};
  BroadcastIndex maskAt(maskShape, maskTo);

  SmallVector<double> row(total);
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t h = 0; h < heads; ++h)
      for (int64_t i = 0; i < queries; ++i) {
        int64_t kv = h / (heads / kvHeads), first = ((b * heads + h) * queries + i) * total;
        auto show = [&](AttentionScores which, int64_t j) {
          if (getScores() == which)
            shown.setF(first + j, row[j]);
        };
        Int limit = valid.empty() ? Int(total) : valid.getI(b);
        Int position = i + (valid.empty() ? Int(past.empty() ? 0 : past.dim(2)) : limit - queries);
        double max = -inf;
        for (int64_t j = 0; j < total; ++j) {
          row[j] = 0;
          for (int64_t d = 0; d < q.size; ++d)
            row[j] += q(b, h, i, d) * k(b, kv, j, d);
          row[j] *= getScale().convertToDouble();
          show(AttentionScores::Raw, j);
          if (softcap > 0)
            row[j] = softcap * std::tanh(row[j] / softcap);
          show(AttentionScores::Capped, j);
          bool visible = j < limit && (!getCausal() || j <= position) && (left < 0 || j >= position - left) &&
                         (right < 0 || j <= position + right);
          if (!mask.empty()) {
            bool covered = j < maskKeys;
            double bias = -inf;
            if (covered) {
              double element = mask.getF(maskAt(((b * heads + h) * queries + i) * maskKeys + j));
              bias = mask.isFloat() ? element : element != 0 ? 0 : -inf;
            }
            visible &= bias != -inf || (covered && mask.isFloat() && getPlain());
            row[j] += visible ? bias : 0;
          }
          if (!visible)
            row[j] = -inf;
          show(AttentionScores::Biased, j);
          max = std::isnan(row[j]) || row[j] > max ? row[j] : max;
        }
        double sum = 0;
        for (double &s : row) {
          s = max == -inf && !getPlain() ? 0 : std::exp(s - max);
          sum += s;
        }
        for (int64_t j = 0; j < total; ++j) {
          row[j] = max == -inf && !getPlain() ? 0 : row[j] / sum;
          show(AttentionScores::Probabilities, j);
        }
        for (int64_t d = 0; d < v.size; ++d) {
          double out = 0;
          for (int64_t j = 0; j < total; ++j)
            out += row[j] == 0 && !getPlain() ? 0 : row[j] * v(b, kv, j, d);
          int64_t to = y.rank() == 4 ? ((b * heads + h) * queries + i) * v.size + d
                                     : ((b * queries + i) * heads + h) * v.size + d;
          y.setF(to, out);
        }
      }
  ctx.set(getY(), y);
  if (getPresent()) {
    ctx.set(getPresentKey(), keys);
    ctx.set(getPresentValue(), values);
  }
  if (getScoresResult())
    ctx.set(getScoresResult(), shown);
  return success();
}

// nn.rotary_embedding

LogicalResult RotaryEmbeddingOp::inferTypes(SmallVectorImpl<Type> &types) {
  int64_t heads = getHeads(), dim = getDim();
  if (!hasHeads(getX(), heads))
    return emitOpError("C1: expected rank 4, or rank 3 and heads that divide the last dimension, but got ")
           << getX().getType() << " and " << heads << " heads";
  Dims x = headDims(getX(), heads);
  std::optional<int64_t> size = getStatic(x[3]);
  if (!size || dim < 2 || dim % 2 || dim > *size)
    return emitOpError("C2: expected an even dim in [2, ") << dimsToString(x[3]) << "], but got " << dim;
  Dim half = constDim(getContext(), dim / 2);
  for (Value cache : {getCos(), getSin()}) {
    Dims dims = getDims(cache), want = {x[0], x[2], half};
    if (getPositionIds())
      want = {dims.empty() ? half : dims[0], half};
    Type element = getElementType(getX());
    if (dims != want || getStatic(dims[0]) == 0 || getElementType(cache) != element ||
        !isa<FloatType>(element) || dims != getDims(getCos()))
      return emitOpError("C3: expected caches of ")
             << element << ", " << dimsToString(want) << ", but got " << cache.getType();
  }
  if (getPositionIds() && (getDims(getPositionIds()) != Dims{x[0], x[2]} ||
                           !getElementType(getPositionIds()).isSignlessInteger(64)))
    return emitOpError("C4: expected i64 position_ids of shape ")
           << dimsToString(x[0]) << "x" << dimsToString(x[2]) << ", but got " << getPositionIds().getType();
  types.push_back(getX().getType());
  return success();
}

LogicalResult RotaryEmbeddingOp::evaluate(EvalContext &ctx) {
  Heads x(ctx.get(getX()), getHeads());
  HostTensor y = ctx.make(getY());
  const HostTensor &cos = ctx.get(getCos()), &sin = ctx.get(getSin());
  int64_t heads = x.t.rank() == 4 ? x.t.dim(1) : int64_t(getHeads()), half = getDim() / 2;
  for (int64_t b = 0; b < x.t.dim(0); ++b)
    for (int64_t s = 0; s < x.sequence; ++s) {
      int64_t angles = (b * x.sequence + s) * half;
      if (getPositionIds()) {
        Int position = ctx.get(getPositionIds()).getI(b * x.sequence + s);
        angles = int64_t(std::clamp<Int>(position, 0, cos.dim(0) - 1)) * half;
      }
      for (int64_t h = 0; h < heads; ++h) {
        for (int64_t d = getDim(); d < x.size; ++d)
          y.copyElement(x.at(b, h, s, d), x.t, x.at(b, h, s, d));
        for (int64_t j = 0; j < half; ++j) {
          int64_t first = x.at(b, h, s, getInterleaved() ? 2 * j : j);
          int64_t second = x.at(b, h, s, getInterleaved() ? 2 * j + 1 : j + half);
          double a = x.t.getF(first), c = x.t.getF(second);
          y.setF(first, cos.getF(angles + j) * a - sin.getF(angles + j) * c);
          y.setF(second, sin.getF(angles + j) * a + cos.getF(angles + j) * c);
        }
      }
    }
  ctx.set(getY(), y);
  return success();
}

// nn.cache_update

LogicalResult CacheUpdateOp::inferTypes(SmallVectorImpl<Type> &types) {
  int64_t axis = getAxis(), rank = getRank(getCache());
  if (axis < 1 || axis >= rank || getElementType(getCache()) != getElementType(getUpdate()))
    return emitOpError("C1: expected one element type and an axis in [1, ")
           << rank << "), but got " << getCache().getType() << ", " << getUpdate().getType() << " and "
           << axis;
  Dims cache = getDims(getCache()), update = getDims(getUpdate());
  Dims want = cache;
  bool fits = int64_t(update.size()) == rank;
  if (fits) {
    std::optional<int64_t> have = getStatic(update[axis]), room = getStatic(cache[axis]);
    fits = update[axis] == cache[axis] || (have && room && *have <= *room);
    want[axis] = update[axis];
  }
  if (!fits || update != want)
    return emitOpError("C2: expected an update that fits ")
           << dimsToString(cache) << ", but got " << dimsToString(update);
  if (getWriteIndices() && (getDims(getWriteIndices()) != Dims{cache[0]} ||
                            !getElementType(getWriteIndices()).isSignlessInteger(64)))
    return emitOpError("C3: expected i64 write_indices of shape ")
           << dimsToString(cache[0]) << ", but got " << getWriteIndices().getType();
  types.push_back(getCache().getType());
  return success();
}

LogicalResult CacheUpdateOp::evaluate(EvalContext &ctx) {
  const HostTensor &cache = ctx.get(getCache()), &update = ctx.get(getUpdate());
  HostTensor y = ctx.make(getY());
  if (y.size() == 0) {
    ctx.set(getY(), y);
    return success();
  }
  std::memcpy(y.raw(), cache.raw(), cache.bytes());
  SmallVector<int64_t> index(update.rank(), 0), strides = y.strides();
  int64_t axis = getAxis(), extent = y.dim(axis);
  for (int64_t i = 0; i < update.size(); ++i, nextIndex(index, update.shape())) {
    Int begin = getWriteIndices() ? ctx.get(getWriteIndices()).getI(index[0]) : 0;
    Int at = begin + index[axis];
    if (getCircular())
      at = (at % extent + extent) % extent;
    if (at < 0 || at >= extent)
      continue;
    y.copyElement(linearIndex(index, strides) + (int64_t(at) - index[axis]) * strides[axis], update, i);
  }
  ctx.set(getY(), y);
  return success();
}

// nn.linear_attention

LogicalResult LinearAttentionOp::inferTypes(SmallVectorImpl<Type> &types) {
  Type element = getElementType(getQ());
  Dims q = getDims(getQ()), k = getDims(getK()), v = getDims(getV());
  for (Value value : {getQ(), getK(), getV()}) {
    Dims dims = getDims(value);
    if (dims.size() != 3 || !isa<FloatType>(element) || getElementType(value) != element || dims[0] != q[0] ||
        dims[1] != q[1] || !getStatic(dims[2]))
      return emitOpError("C1: expected matching floats (batch, steps, heads * size), but got ")
             << value.getType();
  }
  int64_t qHeads = getQHeads(), kvHeads = getKvHeads();
  int64_t qLast = *getStatic(q[2]), kLast = *getStatic(k[2]), vLast = *getStatic(v[2]);
  if (kvHeads < 1 || qHeads < 1 || qHeads % kvHeads || qLast % qHeads || kLast % kvHeads || vLast % kvHeads ||
      qLast / qHeads != kLast / kvHeads)
    return emitOpError("C2: expected heads that divide ")
           << qLast << ", " << kLast << " and " << vLast << ", but got " << qHeads << " and " << kvHeads;
  int64_t keySize = kLast / kvHeads, valueSize = vLast / kvHeads;
  auto constant = [&](int64_t value) { return constDim(getContext(), value); };
  Dims state = {q[0], constant(kvHeads), constant(keySize), constant(valueSize)};
  Type stateElement = getPastState() ? getElementType(getPastState()) : element;
  if (getPastState() && (getDims(getPastState()) != state || !isa<FloatType>(stateElement)))
    return emitOpError("C3: expected a past state of shape ")
           << dimsToString(state) << ", but got " << getPastState().getType();
  auto isGate = [&](Value value, int64_t a, int64_t b) {
    Dims dims = value ? getDims(value) : Dims{q[0], q[1], constant(a)};
    return dims.size() == 3 && dims[0] == q[0] && dims[1] == q[1] &&
           (getStatic(dims[2]) == a || getStatic(dims[2]) == b) &&
           (!value || isa<FloatType>(getElementType(value)));
  };
  if (!isGate(getDecay(), kvHeads, kLast) || !isGate(getBeta(), kvHeads, 1))
    return emitOpError("C4: expected decay and beta of ")
           << dimsToString(q[0]) << "x" << dimsToString(q[1]) << " times " << kvHeads << " heads";
  types.push_back(getTensorType({q[0], q[1], constant(qHeads * valueSize)}, element));
  types.push_back(getTensorType(state, stateElement));
  return success();
}

LogicalResult LinearAttentionOp::evaluate(EvalContext &ctx) {
  int64_t qHeads = getQHeads(), kvHeads = getKvHeads();
  Heads q(ctx.get(getQ()), qHeads), k(ctx.get(getK()), kvHeads), v(ctx.get(getV()), kvHeads);
  HostTensor y = ctx.make(getY()), last = ctx.make(getState());
  int64_t steps = q.sequence;
  auto gate = [&](Value value, int64_t b, int64_t t, int64_t h, int64_t row) {
    const HostTensor &g = ctx.get(value);
    int64_t width = g.dim(2), at = width == 1 ? 0 : width == kvHeads ? h : h * k.size + row;
    return g.getF((b * steps + t) * width + at);
  };
  for (int64_t b = 0; b < q.t.dim(0); ++b)
    for (int64_t h = 0; h < kvHeads; ++h) {
      int64_t first = (b * kvHeads + h) * k.size * v.size;
      std::vector<double> state(k.size * v.size), next(v.size);
      for (size_t i = 0; i < state.size() && getPastState(); ++i)
        state[i] = ctx.get(getPastState()).getF(first + i);
      for (int64_t t = 0; t < steps; ++t) {
        for (int64_t r = 0; r < k.size && getDecay(); ++r)
          for (int64_t c = 0; c < v.size; ++c)
            state[r * v.size + c] *= std::exp(gate(getDecay(), b, t, h, r));
        for (int64_t c = 0; c < v.size; ++c) {
          next[c] = v(b, h, t, c);
          for (int64_t r = 0; r < k.size && getBeta(); ++r)
            next[c] -= state[r * v.size + c] * k(b, h, t, r);
          if (getBeta())
            next[c] *= gate(getBeta(), b, t, h, 0);
        }
        for (int64_t r = 0; r < k.size; ++r)
          for (int64_t c = 0; c < v.size; ++c)
            state[r * v.size + c] += k(b, h, t, r) * next[c];
        for (int64_t g = 0; g < qHeads / kvHeads; ++g)
          for (int64_t c = 0; c < v.size; ++c) {
            int64_t head = h * (qHeads / kvHeads) + g;
            double out = 0;
            for (int64_t r = 0; r < k.size; ++r)
              out += state[r * v.size + c] * q(b, head, t, r);
            y.setF(((b * steps + t) * qHeads + head) * v.size + c, out * getScale().convertToDouble());
          }
      }
      for (size_t i = 0; i < state.size(); ++i)
        last.setF(first + i, state[i]);
    }
  ctx.set(getY(), y);
  ctx.set(getState(), last);
  return success();
}
