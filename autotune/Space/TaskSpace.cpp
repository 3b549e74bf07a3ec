#include "autotune/Space/TaskSpace.h"
#include "autotune/Space/Features.h"
#include "dialects/NN/NN.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Lower/Expand/Expand.h"
#include "passes/Lower/Lower.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::autotune;

Space::~Space() = default;
TaskSpace::~TaskSpace() = default;
TaskSpace::TaskSpace(MLIRContext *context, const TargetSpec &target) : context(context), target(target) {}

/// Nests that take less than this part of the task's time by the estimate keep the schedule that was chosen.
static constexpr double kNegligible = 0.02;
/// Forms of a task: more would be lowered in vain.
static constexpr size_t kMostForms = 16;

std::string tenon::autotune::kindOf(const TargetSpec &target) {
  return (target.arch == Arch::X86_64 ? "x86_64/" : "aarch64/") + std::to_string(target.vectorBytes);
}

LowerOptions tenon::autotune::lowerOptionsOf(const TargetSpec &target) {
  return {int64_t(target.vectorBytes), int64_t(target.vectorRegisters), int64_t(target.l1Bytes),
          int64_t(target.l2Bytes)};
}

kernel::Core tenon::autotune::coreOf(const TargetSpec &target) {
  return {int64_t(target.vectorBytes), int64_t(target.vectorRegisters), int64_t(target.l1Bytes),
          int64_t(target.l2Bytes)};
}

std::unique_ptr<TaskSpace> TaskSpace::create(sched::TaskOp task, const TargetSpec &target) {
  for (Type type : llvm::concat<Type>(SmallVector<Type>(task.getArgumentTypes()),
                                      SmallVector<Type>(task.getResultTypes())))
    if (!cast<RankedTensorType>(type).hasStaticShape()) {
      task.emitOpError("expected extents that are known, to be tuned, but got ") << type;
      return nullptr;
    }
  OwningOpRef<ModuleOp> module = isolateTask(task);
  std::unique_ptr<TaskSpace> space(new TaskSpace(task.getContext(), target));
  if (!space->addForm(*module, sched::ScheduleAttr::get(task.getContext(), {}, {}, {}, {})))
    return nullptr;
  // What is tried may fail.
  ScopedDiagnosticHandler silent(task.getContext(), [](Diagnostic &) { return success(); });
  space->addForms(*module);
  return space;
}

std::unique_ptr<TaskSpace> TaskSpace::create(kernel::GenericOp nest, const TargetSpec &target) {
  std::unique_ptr<TaskSpace> space(new TaskSpace(nest.getContext(), target));
  Form form;
  OpBuilder b(nest.getContext());
  // A function of the nest alone, whose arguments are what it uses.
  form.module = ModuleOp::create(b, nest.getLoc());
  b.setInsertionPointToStart(form.module->getBody());
  IRMapping mapping;
  SmallVector<Value> used;
  nest->walk([&](Operation *op) {
    for (Value operand : op->getOperands())
      if (!nest->isAncestor(operand.getParentRegion()->getParentOp()) && !llvm::is_contained(used, operand))
        used.push_back(operand);
  });
  auto func =
      func::FuncOp::create(b, nest.getLoc(), "kernel", b.getFunctionType(TypeRange(ValueRange(used)), {}));
  b.setInsertionPointToStart(func.addEntryBlock());
  for (auto [value, argument] : llvm::zip(used, func.getArguments())) {
    Operation *constant = value.getDefiningOp();
    if (constant && constant->hasTrait<OpTrait::ConstantLike>())
      mapping.map(value, b.clone(*constant)->getResult(0));
    else
      mapping.map(value, argument);
  }
  cast<kernel::GenericOp>(b.clone(*nest, mapping)).removeScheduleAttr();
  func::ReturnOp::create(b, nest.getLoc());
  (*form.module)->setAttr(kScheduleAttr, sched::ScheduleAttr::get(nest.getContext(), {}, {}, {}, {}));
  PassManager pm(nest.getContext(), ModuleOp::getOperationName());
  kernel::Core core = coreOf(target);
  pm.addPass(createScheduleKernels({core.vectorBytes, core.registers, core.l1Bytes, core.l2Bytes}));
  if (failed(pm.run(*form.module)))
    return nullptr;
  form.chosen = getSchedule(*form.module);
  space->addNests(std::move(form));
  return space;
}

bool TaskSpace::addForm(ModuleOp task, sched::ScheduleAttr wanted) {
  OwningOpRef<ModuleOp> module(task.clone());
  auto op = *module->getOps<sched::TaskOp>().begin();
  op.setScheduleAttr(wanted);
  PassManager pm(context);
  pm.enableVerifier(false);
  buildTasksToNestsPipeline(pm, lowerOptionsOf(target));
  if (failed(pm.run(*module)))
    return false;
  Form form;
  ModuleOp code = *module->getOps<ModuleOp>().begin();
  code->remove();
  form.module = code;
  form.chosen = getSchedule(code);
  auto isSame = [&](const Form &other) {
    return other.chosen.getRows() == form.chosen.getRows() &&
           other.chosen.getStrips() == form.chosen.getStrips() &&
           other.chosen.getPhases() == form.chosen.getPhases();
  };
  if (llvm::any_of(forms, isSame))
    return false;
  addNests(std::move(form));
  return true;
}

void TaskSpace::addNests(Form form) {
  SmallVector<kernel::GenericOp> nests;
  form.module->walk([&](kernel::GenericOp op) { nests.push_back(op); });
  kernel::Core core = coreOf(target);
  SmallVector<double> cycles;
  for (kernel::GenericOp op : nests)
    cycles.push_back(kernel::NestCost(op, core).estimate(kernel::Schedule(*op.getSchedule())).total);
  double sum = form.cycles = std::accumulate(cycles.begin(), cycles.end(), 0.0);
  for (auto [op, own] : llvm::zip(nests, cycles))
    form.nests.push_back(std::make_unique<NestSpace>(op, core, own < kNegligible * sum));
  form.features = std::make_unique<TaskFeatures>(*form.module, form.nests, target);
  knobCount = std::max(knobCount, 1 + form.nests.size() * NestSpace::kKnobs);
  forms.push_back(std::move(form));
}

void TaskSpace::addForms(ModuleOp task) {
  auto attr = [&](ArrayRef<int64_t> rows, ArrayRef<int64_t> strips, ArrayRef<int64_t> phases) {
    return sched::ScheduleAttr::get(context, rows, strips, phases, {});
  };
  auto tryForm = [&](ArrayRef<int64_t> rows, ArrayRef<int64_t> strips, ArrayRef<int64_t> phases) {
    if (forms.size() < kMostForms)
      addForm(task, attr(rows, strips, phases));
  };
  sched::ScheduleAttr first = forms[0].chosen;
  if (!first.getRows().empty()) {
    // Fewer and more rows at a time.
    for (auto [times, parts] : {std::pair(1, 2), {2, 1}, {1, 4}, {4, 1}, {1, 8}, {3, 2}, {3, 4}, {8, 1}}) {
      SmallVector<int64_t> rows;
      for (int64_t r : first.getRows())
        rows.push_back(std::max<int64_t>(r * times / parts, 1));
      tryForm(rows, {}, {});
    }
    if (first.getRows().size() == 1)
      for (int64_t r : {1, 2, 3, 7})
        tryForm(r, {}, {});
  }
  if (!first.getStrips().empty())
    for (int64_t length : {0, 1, 2, 4, 7, 8, 14, 16, 28, 56}) {
      SmallVector<int64_t> strips(first.getStrips());
      // A buffer for which no strips were chosen has rows, too, where it is an image.
      if (strips[1] == 0)
        strips[0] = 2;
      strips[1] = length;
      tryForm({}, strips, {});
    }
  // Other dimensions for the threads, phase by phase.
  constexpr int64_t kMostDims = 4;
  for (size_t i = 1; i < first.getPhases().size(); i += 2)
    for (int64_t d = 0; d < kMostDims; ++d)
      if (first.getPhases()[i] >= 0 && first.getPhases()[i] != d) {
        SmallVector<int64_t> phases(first.getPhases());
        phases[i] = d;
        tryForm(first.getRows(), first.getStrips(), phases);
      }
}

uint64_t TaskSpace::size() const {
  double sum = 0;
  for (const Form &form : forms) {
    double points = 1;
    for (auto &nest : form.nests)
      points *= double(nest->size());
    sum += points;
  }
  constexpr double kMost = 9e18;
  return uint64_t(std::min(sum, kMost));
}

bool TaskSpace::hasChoice() const {
  return forms.size() > 1 || llvm::any_of(forms[0].nests, [](auto &nest) { return nest->hasChoice(); });
}

Point TaskSpace::sample(Rng &rng) const {
  Point point(knobCount, 0);
  if (weights.empty())
    for (const Form &form : forms) {
      double points = 1;
      for (auto &nest : form.nests)
        points *= nest->estimateSize();
      weights.push_back(points);
    }
  if (forms.size() > 1)
    point[0] = uint16_t(std::discrete_distribution<size_t>(weights.begin(), weights.end())(rng));
  for (size_t i = 0; i < forms[point[0]].nests.size(); ++i)
    forms[point[0]].nests[i]->sample(rng, knobs(point, i));
  return point;
}

Point TaskSpace::analyticOf(size_t form) const {
  Point point(knobCount, 0);
  point[0] = uint16_t(form);
  for (size_t i = 0; i < forms[form].nests.size(); ++i)
    llvm::copy(forms[form].nests[i]->analytic(), knobs(point, i).begin());
  return point;
}

Point TaskSpace::analytic() const {
  return analyticOf(0);
}

Point TaskSpace::mutate(const Point &point, Rng &rng) const {
  constexpr double kOtherForm = 0.1;
  if (forms.size() > 1 && std::uniform_real_distribution<>()(rng) < kOtherForm) {
    size_t form = std::uniform_int_distribution<size_t>(0, forms.size() - 2)(rng);
    form += form >= point[0];
    // The nests' schedules where they can stay what they are.
    Point next = analyticOf(form);
    auto &from = forms[point[0]].nests, &to = forms[form].nests;
    for (size_t i = 0; i < to.size() && from.size() == to.size(); ++i)
      if (auto found = to[i]->find(from[i]->schedule(knobs(point, i))))
        llvm::copy(*found, knobs(next, i).begin());
    return next;
  }
  const Form &form = forms[point[0]];
  SmallVector<size_t> movable;
  for (size_t i = 0; i < form.nests.size(); ++i)
    for (unsigned k = 0; k < NestSpace::kKnobs; ++k)
      if (form.nests[i]->count(k) > 1) {
        movable.push_back(i);
        break;
      }
  Point next = point;
  if (!movable.empty()) {
    size_t i = movable[std::uniform_int_distribution<size_t>(0, movable.size() - 1)(rng)];
    form.nests[i]->mutate(rng, knobs(next, i));
  }
  return next;
}

Point TaskSpace::cross(const Point &a, const Point &b, Rng &rng) const {
  Point next = a;
  if (a[0] != b[0])
    return mutate(a, rng);
  const Form &form = forms[a[0]];
  std::bernoulli_distribution coin;
  for (size_t i = 0; i < form.nests.size(); ++i) {
    // Knob by knob, where that is valid; else the whole nest of one parent.
    SmallVector<uint16_t, NestSpace::kKnobs> mixed;
    for (unsigned k = 0; k < NestSpace::kKnobs; ++k)
      mixed.push_back(coin(rng) ? knobs(a, i)[k] : knobs(b, i)[k]);
    if (!form.nests[i]->isValid(mixed))
      mixed.assign(coin(rng) ? knobs(a, i) : knobs(b, i));
    llvm::copy(mixed, knobs(next, i).begin());
  }
  return next;
}

bool TaskSpace::keepsSplit(const Point &point) const {
  return forms[point[0]].chosen.getPhases() == forms[0].chosen.getPhases();
}

bool TaskSpace::isValid(const Point &point) const {
  if (point.size() != knobCount || point[0] >= forms.size())
    return false;
  const Form &form = forms[point[0]];
  for (size_t i = 0; i < form.nests.size(); ++i) {
    for (unsigned k = 0; k < NestSpace::kKnobs; ++k)
      if (knobs(point, i)[k] >= form.nests[i]->count(k))
        return false;
    if (!form.nests[i]->isValid(knobs(point, i)))
      return false;
  }
  return llvm::all_of(llvm::drop_begin(point, 1 + form.nests.size() * NestSpace::kKnobs),
                      [](uint16_t knob) { return knob == 0; });
}

void TaskSpace::enumerate(llvm::function_ref<bool(const Point &)> visit) const {
  for (size_t f = 0; f < forms.size(); ++f) {
    const Form &form = forms[f];
    Point point(knobCount, 0);
    point[0] = uint16_t(f);
    // Counts up like a number whose digits are the knobs; where a nest's are not valid, only its own go on.
    size_t digits = form.nests.size() * NestSpace::kKnobs;
    auto advance = [&](size_t upTo) {
      for (size_t k = 0; k < digits; ++k) {
        // The digits of nests before `upTo` start again.
        if (k < upTo * NestSpace::kKnobs) {
          point[1 + k] = 0;
          continue;
        }
        if (size_t(++point[1 + k]) < form.nests[k / NestSpace::kKnobs]->count(k % NestSpace::kKnobs))
          return true;
        point[1 + k] = 0;
      }
      return false;
    };
    for (bool more = true; more;) {
      size_t bad = form.nests.size();
      for (size_t i = form.nests.size(); i-- > 0 && bad == form.nests.size();)
        if (!form.nests[i]->isValid(knobs(point, i)))
          bad = i;
      if (bad == form.nests.size() && !visit(point))
        return;
      more = advance(bad == form.nests.size() ? 0 : bad);
    }
  }
}

sched::ScheduleAttr TaskSpace::schedule(const Point &point) const {
  const Form &form = forms[point[0]];
  SmallVector<kernel::ScheduleAttr> nests;
  for (size_t i = 0; i < form.nests.size(); ++i)
    nests.push_back(form.nests[i]->schedule(knobs(point, i)).toAttr(context));
  return form.chosen.withNests(nests);
}

std::string TaskSpace::print(const Point &point) const {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << Attribute(schedule(point));
  return text;
}

std::optional<Point> TaskSpace::parse(StringRef text) const {
  ScopedDiagnosticHandler silent(context, [](Diagnostic &) { return success(); });
  auto attr = dyn_cast_if_present<sched::ScheduleAttr>(parseAttribute(text, context));
  if (!attr)
    return std::nullopt;
  for (auto [f, form] : llvm::enumerate(forms)) {
    if (attr.getRows() != form.chosen.getRows() || attr.getStrips() != form.chosen.getStrips() ||
        attr.getPhases() != form.chosen.getPhases() || attr.getNests().size() != form.nests.size())
      continue;
    Point point(knobCount, 0);
    point[0] = uint16_t(f);
    bool isFound = true;
    for (auto [i, nest] : llvm::enumerate(attr.getNests())) {
      auto found = form.nests[i]->find(kernel::Schedule(nest));
      isFound &= found.has_value();
      if (found)
        llvm::copy(*found, knobs(point, i).begin());
    }
    if (isFound)
      return point;
  }
  return std::nullopt;
}

unsigned TaskSpace::numFeatures() const {
  return TaskFeatures::kCount;
}

std::vector<std::string> TaskSpace::featureNames() const {
  return forms[0].features->names(ArrayRef<uint16_t>(analytic()).drop_front());
}

void TaskSpace::features(const Point &point, MutableArrayRef<float> out) const {
  forms[point[0]].features->extract(ArrayRef<uint16_t>(point).drop_front(), out);
}
