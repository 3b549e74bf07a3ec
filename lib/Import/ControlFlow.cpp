#include "lib/Import/MovementHelpers.h"

/// Branches and loops have no op of their own: a branch is chosen or both are computed, loops are unrolled.
using namespace mlir;
using namespace tenon;
using namespace tenon::onnx_import;

/// Trips of a loop times nodes of its body that are unrolled.
static constexpr int64_t kMaxUnrolledNodes = 4096;

/// The condition's value if it does not depend on any input.
static std::optional<bool> ifKnown(NodeImporter &n, mlir::Value condition) {
  std::optional<HostTensor> value = n.ifConstant(condition);
  return value && value->size() == 1 ? std::optional(value->getI(0) != 0) : std::nullopt;
}

static LogicalResult setOutputs(NodeImporter &n, ArrayRef<mlir::Value> values) {
  if (values.size() != n.numOutputs())
    return n.fail("expected a body of " + llvm::Twine(n.numOutputs()) + " outputs, but got " +
                  llvm::Twine(values.size()));
  for (auto [i, value] : llvm::enumerate(values))
    n.out(i, value);
  return success();
}

static LogicalResult importIf(NodeImporter &n) {
  const Graph *thenBranch = n.attrs.requireGraph("then_branch"),
              *elseBranch = n.attrs.requireGraph("else_branch");
  mlir::Value condition = n.require(0);
  if (!thenBranch || !elseBranch || !condition)
    return n.fail("expected a condition and two branches");
  if (!nn::getElementType(condition).isInteger(1) ||
      nn::getStatic(nn::numElements(nn::getDims(condition), n.b.getContext())) != 1)
    return n.fail("expected a condition of one boolean");
  auto take = [&](bool which) -> LogicalResult {
    FailureOr<SmallVector<mlir::Value>> values = n.inlineGraph(which ? *thenBranch : *elseBranch, {});
    return failed(values) ? failure() : setOutputs(n, *values);
  };
  if (std::optional<bool> known = ifKnown(n, condition))
    return take(*known);

  FailureOr<SmallVector<mlir::Value>> onTrue = n.inlineGraph(*thenBranch, {});
  if (failed(onTrue))
    return failure();
  FailureOr<SmallVector<mlir::Value>> onFalse = n.inlineGraph(*elseBranch, {});
  if (failed(onFalse))
    return failure();
  if (onTrue->size() != onFalse->size())
    return n.fail("expected branches with equally many outputs");
  if (ValueRange(*onTrue).getTypes() != ValueRange(*onFalse).getTypes()) {
    // No type can hold either result, so the choice is made when compiling.
    FailureOr<HostTensor> value = n.constant(condition, "cond");
    return failed(value) ? failure() : setOutputs(n, value->getI(0) != 0 ? *onTrue : *onFalse);
  }
  mlir::Value scalar = asScalar(n, condition);
  SmallVector<mlir::Value> values;
  for (auto [a, b] : llvm::zip(*onTrue, *onFalse))
    values.push_back(a == b ? a : n.create<nn::WhereOp>({scalar, a, b}));
  return setOutputs(n, values);
}

/// One tensor from the slices that the trips of a loop gave, along a new dimension `axis`.
static mlir::Value stack(NodeImporter &n, ArrayRef<mlir::Value> slices, int64_t axis) {
  SmallVector<mlir::Value> parts;
  for (mlir::Value slice : slices) {
    if (slice.getType() != slices.front().getType()) {
      (void)n.fail("expected scan outputs of one shape, but got " +
                   nn::dimsToString(nn::getDims(slices.front())) + " and " +
                   nn::dimsToString(nn::getDims(slice)));
      return {};
    }
    nn::Dims dims = nn::getDims(slice);
    std::optional<int64_t> position = nn::normalizeAxis(axis, dims.size() + 1);
    if (!position) {
      (void)n.fail("expected a scan axis from " + llvm::Twine(-int64_t(dims.size()) - 1) + " to " +
                   llvm::Twine(dims.size()) + ", but got " + llvm::Twine(axis));
      return {};
    }
    dims.insert(dims.begin() + *position, dimOf(n, 1));
    parts.push_back(reshapeTo(n, slice, dims));
    if (!parts.back())
      return {};
    axis = *position;
  }
  return parts.size() == 1 ? parts.front() : n.create<nn::ConcatOp>(parts, n.attr("axis", axis));
}

static LogicalResult checkUnrolling(NodeImporter &n, const Graph &body, int64_t trips) {
  int64_t nodes = std::max<int64_t>(body.nodes().size(), 1);
  if (trips > kMaxUnrolledNodes / nodes)
    return n.fail("a loop of " + llvm::Twine(trips) + " trips over " + llvm::Twine(nodes) +
                  " nodes is too long: loops are unrolled to at most " + llvm::Twine(kMaxUnrolledNodes) +
                  " nodes");
  return success();
}

static LogicalResult importLoop(NodeImporter &n) {
  const Graph *body = n.attrs.requireGraph("body");
  if (!body)
    return n.fail("expected a body");
  // The body takes the trip's number, the condition and the carried values.
  size_t carriedCount = n.numInputs() < 2 ? 0 : n.numInputs() - 2;
  if (body->inputs().size() != carriedCount + 2 || body->outputs().size() < carriedCount + 1)
    return n.fail("expected a body of " + llvm::Twine(carriedCount + 2) + " inputs, but got " +
                  llvm::Twine(body->inputs().size()));
  size_t scanCount = body->outputs().size() - 1 - carriedCount;
  int64_t trips = INT64_MAX;
  if (mlir::Value count = n.in(0)) {
    FailureOr<int64_t> value = n.scalarInt(count, "M");
    if (failed(value))
      return failure();
    trips = std::max<int64_t>(*value, 0);
  }
  // A condition that is given and known ends the loop; one that depends on data does not.
  mlir::Value condition = n.in(1);
  auto goesOn = [&]() -> FailureOr<bool> {
    if (!condition)
      return true;
    if (std::optional<bool> known = ifKnown(n, condition))
      return *known;
    FailureOr<HostTensor> value = n.constant(condition, "cond");
    if (failed(value))
      return failure();
    if (value->size() != 1)
      return n.fail("expected a condition of one boolean");
    return value->getI(0) != 0;
  };
  if (!condition && n.in(0))
    if (failed(checkUnrolling(n, *body, trips)))
      return failure();
  SmallVector<mlir::Value> carried;
  for (size_t i = 0; i < carriedCount; ++i) {
    carried.push_back(n.require(i + 2));
    if (!carried.back())
      return failure();
  }
  SmallVector<SmallVector<mlir::Value>> scans(scanCount);
  HostTensor yes(n.b.getI1Type(), {});
  yes.setI(0, 1);
  for (int64_t trip = 0; trip < trips; ++trip) {
    FailureOr<bool> go = goesOn();
    if (failed(go))
      return failure();
    if (!*go)
      break;
    if (failed(checkUnrolling(n, *body, trip + 1)))
      return failure();
    HostTensor number(n.b.getI64Type(), {});
    number.setI(0, trip);
    SmallVector<mlir::Value> inputs{n.constant(number), n.constant(yes)};
    inputs.append(carried);
    FailureOr<SmallVector<mlir::Value>> outputs = n.inlineGraph(*body, inputs);
    if (failed(outputs))
      return failure();
    condition = outputs->front();
    carried.assign(outputs->begin() + 1, outputs->begin() + 1 + carriedCount);
    for (size_t i = 0; i < scanCount; ++i)
      scans[i].push_back((*outputs)[1 + carriedCount + i]);
  }
  SmallVector<mlir::Value> results = carried;
  for (auto [i, slices] : llvm::enumerate(scans)) {
    if (slices.empty()) {
      if (n.wants(carriedCount + i))
        return n.fail("a scan output of a loop without trips has no known shape");
      results.push_back({});
      continue;
    }
    results.push_back(stack(n, slices, 0));
    if (!results.back())
      return failure();
  }
  results.resize(std::max(results.size(), n.numOutputs()));
  return setOutputs(n, ArrayRef(results).take_front(n.numOutputs()));
}

namespace {
/// The final states of a scan, and what each trip gave to the scan outputs.
struct ScanResults {
  SmallVector<mlir::Value> states;
  SmallVector<SmallVector<mlir::Value>> scans;
};
} // namespace

/// The element of `x` at `position` of `axis`, which disappears.
static mlir::Value elementOf(NodeImporter &n, mlir::Value x, int64_t axis, int64_t position) {
  HostTensor index(n.b.getI64Type(), {});
  index.setI(0, position);
  return n.create<nn::GatherOp>({x, n.constant(index)}, n.attr("axis", axis));
}

/// Unrolls a scan of `trips` trips over `axes` of `scanned`, backwards where `directions` (if not empty) says
/// so.
static FailureOr<ScanResults> unrollScan(NodeImporter &n, const Graph &body, ArrayRef<mlir::Value> states,
                                         ArrayRef<mlir::Value> scanned, ArrayRef<int64_t> axes,
                                         ArrayRef<int64_t> directions, int64_t trips) {
  size_t scanOutputs = body.outputs().size() - states.size();
  ScanResults results{SmallVector<mlir::Value>(states), SmallVector<SmallVector<mlir::Value>>(scanOutputs)};
  for (int64_t trip = 0; trip < trips; ++trip) {
    SmallVector<mlir::Value> inputs = results.states;
    for (auto [i, x] : llvm::enumerate(scanned)) {
      bool backwards = i < directions.size() && directions[i];
      inputs.push_back(elementOf(n, x, axes[i], backwards ? trips - 1 - trip : trip));
      if (!inputs.back())
        return failure();
    }
    FailureOr<SmallVector<mlir::Value>> outputs = n.inlineGraph(body, inputs);
    if (failed(outputs))
      return failure();
    results.states.assign(outputs->begin(), outputs->begin() + states.size());
    for (size_t i = 0; i < scanOutputs; ++i)
      results.scans[i].push_back((*outputs)[states.size() + i]);
  }
  return results;
}

/// The number of a scan's trips: the static extent of every scanned dimension.
static FailureOr<int64_t> scanLength(NodeImporter &n, ArrayRef<mlir::Value> scanned, ArrayRef<int64_t> axes) {
  std::optional<int64_t> trips;
  for (auto [x, axis] : llvm::zip(scanned, axes)) {
    std::optional<int64_t> length = nn::getStatic(nn::getDims(x)[axis]);
    if (!length)
      return n.fail("the scanned dimension is symbolic; bind it with --dim NAME=N");
    if (trips && *trips != *length)
      return n.fail("expected scan inputs of one length, but got " + llvm::Twine(*trips) + " and " +
                    llvm::Twine(*length));
    trips = length;
  }
  return *trips;
}

/// Checks the numbers of operands, results, and inputs and outputs of the body; gives the number of states.
static FailureOr<size_t> scanStates(NodeImporter &n, const Graph &body, size_t operands, int64_t scanInputs) {
  if (scanInputs < 1 || scanInputs > int64_t(operands))
    return n.fail("expected num_scan_inputs from 1 to " + llvm::Twine(operands) + ", but got " +
                  llvm::Twine(scanInputs));
  size_t states = operands - scanInputs;
  if (body.inputs().size() != operands || body.outputs().size() < states ||
      body.outputs().size() != n.numOutputs())
    return n.fail("expected a body of " + llvm::Twine(operands) + " inputs and " +
                  llvm::Twine(n.numOutputs()) + " outputs, but got " + llvm::Twine(body.inputs().size()) +
                  " and " + llvm::Twine(body.outputs().size()));
  return states;
}

/// Scan of opset 8: an operand for the lengths of sequences, and a dimension of examples before the scanned
/// one.
static LogicalResult importBatchedScan(NodeImporter &n) {
  const Graph *body = n.attrs.requireGraph("body");
  int64_t scanInputs = n.attrs.requireInt("num_scan_inputs");
  ArrayRef<int64_t> directions = n.attrs.getInts("directions", {});
  SmallVector<mlir::Value> operands;
  for (size_t i = 1; i < n.numInputs(); ++i)
    operands.push_back(n.require(i));
  if (!body || llvm::is_contained(operands, mlir::Value()))
    return n.fail("expected a body and operands");
  if (n.in(0))
    return n.fail("expected no sequence_lens; sequences of different lengths are not supported");
  FailureOr<size_t> states = scanStates(n, *body, operands.size(), scanInputs);
  if (failed(states))
    return failure();
  if (!directions.empty() && int64_t(directions.size()) != scanInputs)
    return n.fail("expected " + llvm::Twine(scanInputs) + " directions, but got " +
                  llvm::Twine(directions.size()));
  for (auto [i, operand] : llvm::enumerate(operands))
    if (nn::getRank(operand) < (i < *states ? 1 : 2))
      return n.fail("expected operands with a dimension of examples, but got " +
                    nn::dimsToString(nn::getDims(operand)));
  ArrayRef<mlir::Value> scanned = ArrayRef(operands).drop_front(*states);
  SmallVector<int64_t> first(operands.size(), 0), second(scanned.size(), 1);
  FailureOr<int64_t> examples = scanLength(n, operands, first);
  FailureOr<int64_t> trips = failed(examples) ? examples : scanLength(n, scanned, second);
  if (failed(trips))
    return failure();
  if (*examples < 1 || *trips < 1)
    return n.fail("a scan over nothing has outputs of no known shape");
  if (*examples > kMaxUnrolledNodes || *trips > kMaxUnrolledNodes ||
      failed(checkUnrolling(n, *body, *examples * *trips)))
    return n.fail("a scan of " + llvm::Twine(*examples) + " examples of length " + llvm::Twine(*trips) +
                  " is too long to be unrolled");
  SmallVector<SmallVector<mlir::Value>> results(n.numOutputs());
  for (int64_t example = 0; example < *examples; ++example) {
    SmallVector<mlir::Value> own;
    for (mlir::Value operand : operands) {
      own.push_back(elementOf(n, operand, 0, example));
      if (!own.back())
        return failure();
    }
    FailureOr<ScanResults> outcome =
        unrollScan(n, *body, ArrayRef(own).take_front(*states), ArrayRef(own).drop_front(*states),
                   SmallVector<int64_t>(scanned.size(), 0), directions, *trips);
    if (failed(outcome))
      return failure();
    for (auto [i, state] : llvm::enumerate(outcome->states))
      results[i].push_back(state);
    for (auto [i, slices] : llvm::enumerate(outcome->scans)) {
      results[*states + i].push_back(stack(n, slices, 0));
      if (!results[*states + i].back())
        return failure();
    }
  }
  SmallVector<mlir::Value> stacked;
  for (ArrayRef<mlir::Value> parts : results) {
    stacked.push_back(stack(n, parts, 0));
    if (!stacked.back())
      return failure();
  }
  return setOutputs(n, stacked);
}

static LogicalResult importScan(NodeImporter &n) {
  if (n.opset() < 9)
    return importBatchedScan(n);
  const Graph *body = n.attrs.requireGraph("body");
  int64_t scanInputs = n.attrs.requireInt("num_scan_inputs");
  ArrayRef<int64_t> inputAxes = n.attrs.getInts("scan_input_axes", {}),
                    inputDirections = n.attrs.getInts("scan_input_directions", {}),
                    outputAxes = n.attrs.getInts("scan_output_axes", {}),
                    outputDirections = n.attrs.getInts("scan_output_directions", {});
  FailureOr<SmallVector<mlir::Value>> operands = n.all();
  if (!body || failed(operands))
    return n.fail("expected a body and operands");
  FailureOr<size_t> states = scanStates(n, *body, operands->size(), scanInputs);
  if (failed(states))
    return failure();
  size_t scanOutputs = n.numOutputs() - *states;
  auto entry = [](ArrayRef<int64_t> list, size_t i) { return i < list.size() ? list[i] : 0; };
  for (auto [list, count] : {std::pair(inputAxes, size_t(scanInputs)),
                             {inputDirections, size_t(scanInputs)},
                             {outputAxes, scanOutputs},
                             {outputDirections, scanOutputs}})
    if (!list.empty() && list.size() != count)
      return n.fail("expected " + llvm::Twine(count) + " scan axes or directions, but got " +
                    llvm::Twine(list.size()));

  ArrayRef<mlir::Value> scanned = ArrayRef(*operands).drop_front(*states);
  SmallVector<int64_t> axes;
  for (auto [i, x] : llvm::enumerate(scanned)) {
    FailureOr<int64_t> axis = checkAxis(n, entry(inputAxes, i), nn::getRank(x));
    if (failed(axis))
      return failure();
    axes.push_back(*axis);
  }
  FailureOr<int64_t> trips = scanLength(n, scanned, axes);
  if (failed(trips) || failed(checkUnrolling(n, *body, *trips)))
    return failure();
  FailureOr<ScanResults> outcome =
      unrollScan(n, *body, ArrayRef(*operands).take_front(*states), scanned, axes, inputDirections, *trips);
  if (failed(outcome))
    return failure();
  SmallVector<mlir::Value> results = outcome->states;
  for (auto [i, slices] : llvm::enumerate(outcome->scans)) {
    if (slices.empty())
      return n.fail("a scan over nothing has outputs of no known shape");
    if (entry(outputDirections, i))
      std::reverse(slices.begin(), slices.end());
    results.push_back(stack(n, slices, entry(outputAxes, i)));
    if (!results.back())
      return failure();
  }
  return setOutputs(n, results);
}

//===-- Optionals: a tensor stands for the optional that holds it --------------------------------------===//

static LogicalResult optionalHasElement(NodeImporter &n) {
  HostTensor has(n.b.getI1Type(), {});
  has.setI(0, bool(n.in(0)));
  n.out(0, n.constant(has));
  return success();
}

static LogicalResult optionalIdentity(NodeImporter &n) {
  n.attrs.ignore("type");
  if (!n.in(0))
    return n.fail("empty optionals are not supported");
  n.out(0, n.in(0));
  return success();
}

void onnx_import::populateControlFlow(Translators &t) {
  t.add("If", importIf);
  t.add("Loop", importLoop);
  t.add("Scan", importScan);
  t.add("Optional", optionalIdentity);
  t.add("OptionalHasElement", optionalHasElement);
  t.add("OptionalGetElement", optionalIdentity);
}
