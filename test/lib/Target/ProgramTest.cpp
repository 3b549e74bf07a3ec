#include "test/lib/Target/TestModel.h"
#include "llvm/MC/MCSubtargetInfo.h"

using namespace tenon;
using namespace tenon::test;

namespace {

/// A program of hand-written steps; the tasks' IR comes with it.
struct Draft {
  ProgramDesc program;
  std::string tasks;
  Draft() { program.variants = {{get(parseTarget("native")), {}}}; }
  std::vector<StepDesc> &steps() { return program.variants[0].steps; }
  std::unique_ptr<LoadedModel> load() const {
    TargetSpec target = get(parseTarget("native"));
    ModelObjects model;
    model.targets = {target};
    model.entrySymbol = program.entrySymbol();
    model.objects.push_back(compileText(tasks, target));
    model.objects.push_back(get(emitProgram(program)));
    return get(LoadedModel::fromObjects(model));
  }
};

RawTensor ints(std::vector<int64_t> values) {
  RawTensor tensor = get(RawTensor::create(ElementType::Int64, {static_cast<int64_t>(values.size())}));
  if (!values.empty())
    std::memcpy(tensor.data(), values.data(), values.size() * sizeof(int64_t));
  return tensor;
}

/// A counter: state c of one int64, out = c + 1.
Draft counter() {
  Draft draft;
  draft.program.name = "counter";
  draft.program.inputs.push_back({"c", ElementType::Int64, {1}, "", false});
  draft.program.outputs.push_back({"next", ElementType::Int64, {1}, "", false});
  draft.program.states.push_back({0, 0, 64});
  draft.program.arenaBytes = 128;
  draft.steps().push_back(
      {"counter_add", "add", "", {{BufferKind::Input, 0, 0}, {BufferKind::Output, 0, 0}}, {{1, 0}}, 1});
  draft.tasks = R"(define hidden void @counter_add(ptr %b, ptr %s, ptr %d, i64 %begin, i64 %end) {
  %in = load ptr, ptr %b
  %q = getelementptr ptr, ptr %b, i64 1
  %out = load ptr, ptr %q
  %v = load i64, ptr %in
  %n = add i64 %v, 1
  store i64 %n, ptr %out
  ret void
})";
  return draft;
}

TEST(Program, StatesReplaceTheirInput) {
  auto model = counter().load();
  ASSERT_EQ(model->states().size(), 1u);
  int64_t state = 41, out = 0;
  const void *inputs[] = {&state};
  void *outputs[] = {nullptr};
  std::vector<char> memory(tenon_workspace_size(model->handle(), nullptr) + 64);
  char error[200];
  tenon_run_args args = {};
  args.size = sizeof args;
  args.inputs = inputs;
  args.outputs = outputs;
  args.workspace = reinterpret_cast<char *>(llvm::alignTo(reinterpret_cast<uintptr_t>(memory.data()), 64));
  args.workspace_size = memory.size() - 64;
  args.error = error;
  args.error_size = sizeof error;
  EXPECT_EQ(tenon_run(model->handle(), &args), TENON_OK) << error;
  EXPECT_EQ(state, 42);
  outputs[0] = &out;
  EXPECT_EQ(tenon_run(model->handle(), &args), TENON_OK) << error;
  EXPECT_EQ(state, 43);
  EXPECT_EQ(out, 43);
  outputs[0] = &state;
  EXPECT_EQ(tenon_run(model->handle(), &args), TENON_INVALID_ARGUMENT);
  EXPECT_STREQ(error, "output 'next': expected null or a buffer of its own, but got the state's");
  // The C++ interface leaves the caller's tensor alone.
  std::vector<RawTensor> tensors;
  tensors.push_back(ints({7}));
  EXPECT_EQ(get(model->run(tensors))[0].as<int64_t>()[0], 8);
  EXPECT_EQ(tensors[0].as<int64_t>()[0], 7);
}

TEST(Program, ChecksBuffersBeforeRunning) {
  auto model = counter().load();
  alignas(64) char memory[1024];
  int64_t state[2] = {5, 0};
  const void *inputs[] = {state};
  void *outputs[] = {state + 1};
  size_t capacity[] = {8};
  char error[200];
  tenon_run_args args = {};
  args.size = sizeof args;
  args.inputs = inputs;
  args.outputs = outputs;
  args.output_capacity = capacity;
  args.workspace = memory;
  args.workspace_size = sizeof memory;
  args.error = error;
  args.error_size = sizeof error;
  ASSERT_EQ(tenon_run(model->handle(), &args), TENON_OK) << error;
  ASSERT_EQ(state[0], 6);

  capacity[0] = 7;
  EXPECT_EQ(tenon_run(model->handle(), &args), TENON_BUFFER_TOO_SMALL);
  EXPECT_STREQ(error, "output 'next': expected room for 8 bytes, but got 7");
  capacity[0] = 8;
  args.workspace = memory + 8;
  EXPECT_EQ(tenon_run(model->handle(), &args), TENON_MISALIGNED);
  args.workspace = memory;
  args.workspace_size = 100;
  EXPECT_EQ(tenon_run(model->handle(), &args), TENON_WORKSPACE_TOO_SMALL);
  args.workspace_size = sizeof memory;
  inputs[0] = nullptr;
  EXPECT_EQ(tenon_run(model->handle(), &args), TENON_INVALID_ARGUMENT);
  EXPECT_STREQ(error, "input 'c': expected data, but got a null pointer");
  inputs[0] = reinterpret_cast<char *>(state) + 1;
  EXPECT_EQ(tenon_run(model->handle(), &args), TENON_MISALIGNED);
  EXPECT_STREQ(error, "input 'c': expected an address that is a multiple of 8");
  inputs[0] = state;
  const int64_t two = 2, *shapes[] = {&two};
  args.input_shapes = shapes;
  EXPECT_EQ(tenon_run(model->handle(), &args), TENON_SHAPE_MISMATCH);
  EXPECT_STREQ(error, "input 'c': expected shape (1), but got (2)");
  args.input_shapes = nullptr;
  args.size = 8;
  EXPECT_EQ(tenon_run(model->handle(), &args), TENON_INVALID_ARGUMENT);
  args.size = sizeof args;
  // An error's text never leaves its buffer.
  error[5] = 'x';
  args.error_size = 5;
  args.workspace_size = 0;
  EXPECT_EQ(tenon_run(model->handle(), &args), TENON_WORKSPACE_TOO_SMALL);
  EXPECT_STREQ(error, "expe");
  EXPECT_EQ(error[5], 'x');
  EXPECT_EQ(state[0], 6);
}

TEST(Program, ComparesBoundInputs) {
  Draft draft = counter();
  draft.program.states.clear();
  const int64_t seven = 7;
  draft.program.inputs[0].bound.assign(reinterpret_cast<const char *>(&seven), sizeof seven);
  draft.program.inputs[0].isBound = true;
  auto model = draft.load();
  std::vector<RawTensor> inputs = get(model->matchInputs({}));
  EXPECT_EQ(get(model->run(inputs))[0].as<int64_t>()[0], 8);
  inputs[0] = ints({6});
  EXPECT_EQ(message(model->run(inputs).takeError()),
            "input 'c': expected the content the model was compiled for, but got another");
}

/// Copies the numbers that are not zero and says how many: a result whose size depends on data.
Draft nonZero() {
  Draft draft;
  draft.program.name = "nonzero";
  draft.program.symbols = {{"N", 0, 10, false}, {"count", 0, 5, true}};
  DimExpr n = DimExpr::symbol(0), count = DimExpr::symbol(1);
  draft.program.inputs.push_back({"x", ElementType::Int64, {n}, "", false});
  draft.program.outputs.push_back({"y", ElementType::Int64, {count}, "", false});
  draft.steps().push_back(
      {"nonzero_copy", "copy", "", {{BufferKind::Input, 0, 0}, {BufferKind::Output, 0, 0}}, {{1, 0}}, n});
  draft.tasks = R"(define hidden void @nonzero_copy(ptr %b, ptr %s, ptr %d, i64 %begin, i64 %end) {
  %in = load ptr, ptr %b
  %q = getelementptr ptr, ptr %b, i64 1
  %out = load ptr, ptr %q
  %n = load i64, ptr %d
  br label %head
head:
  %i = phi i64 [0, %0], [%in2, %next]
  %k = phi i64 [0, %0], [%k2, %next]
  %more = icmp slt i64 %i, %n
  br i1 %more, label %body, label %done
body:
  %p = getelementptr i64, ptr %in, i64 %i
  %v = load i64, ptr %p
  %z = icmp eq i64 %v, 0
  br i1 %z, label %next, label %keep
keep:
  %room = icmp slt i64 %k, 5
  br i1 %room, label %put, label %count
put:
  %o = getelementptr i64, ptr %out, i64 %k
  store i64 %v, ptr %o
  br label %count
count:
  %k1 = add i64 %k, 1
  br label %next
next:
  %k2 = phi i64 [%k, %body], [%k1, %count]
  %in2 = add i64 %i, 1
  br label %head
done:
  %ps = getelementptr i64, ptr %d, i64 1
  store i64 %k, ptr %ps
  ret void
})";
  return draft;
}

TEST(Program, ResultsMayDependOnDataForTheirSize) {
  auto model = nonZero().load();
  auto run = [&](std::vector<int64_t> x) {
    std::vector<RawTensor> inputs;
    inputs.push_back(ints(std::move(x)));
    return get(model->run(inputs))[0].as<int64_t>().vec();
  };
  EXPECT_EQ(run({0, 4, 0, 5}), (std::vector<int64_t>{4, 5}));
  EXPECT_EQ(run({}), std::vector<int64_t>{});
  EXPECT_EQ(run({1, 2, 3, 4, 5}), (std::vector<int64_t>{1, 2, 3, 4, 5}));
  std::vector<RawTensor> tooMany;
  tooMany.push_back(ints({1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(message(model->run(tooMany).takeError()),
            "dimension 'count': the data led to 6, outside its bounds");
  tenon_step_info step;
  ASSERT_EQ(tenon_get_step(model->handle(), 0, nullptr, &step), TENON_OK);
  EXPECT_EQ(step.flops, 10);
  EXPECT_EQ(model->outputShapeText(0), "(count,)");
}

/// A step of two phases, of 6 and 3 points. Points of the first set their entry of `marks` (in the arena) by
/// way of scratch; those of the second add up all of them. The output has the sums and the length of each
/// point's call.
Draft phases() {
  Draft draft;
  draft.program.name = "phases";
  draft.program.outputs.push_back({"out", ElementType::Int64, {18}, "", false});
  draft.program.arenaBytes = 192;
  StepDesc step;
  step.task = "phases_sum";
  step.buffers = {{BufferKind::Output, 0, 0}, {BufferKind::Arena, 0, 0}};
  step.phases = {{6, 1000000}, {3, 1000000}};
  step.scratchBytes = 64;
  step.scratchOffset = 128;
  draft.steps().push_back(step);
  draft.tasks = R"(define hidden void @phases_sum(ptr %b, ptr %s, ptr %d, i64 %begin, i64 %end) {
entry:
  %out = load ptr, ptr %b
  %q = getelementptr ptr, ptr %b, i64 1
  %marks = load ptr, ptr %q
  %length = sub i64 %end, %begin
  br label %head
head:
  %i = phi i64 [%begin, %entry], [%next, %mark], [%next, %done]
  %more = icmp slt i64 %i, %end
  br i1 %more, label %body, label %exit
body:
  %next = add i64 %i, 1
  %at = getelementptr i64, ptr %out, i64 %i
  %i9 = add i64 %i, 9
  %at9 = getelementptr i64, ptr %out, i64 %i9
  store i64 %length, ptr %at9
  %first = icmp slt i64 %i, 6
  br i1 %first, label %mark, label %sum
mark:
  store volatile i64 %next, ptr %s
  %back = load volatile i64, ptr %s
  store i64 %back, ptr %at
  %m = getelementptr i64, ptr %marks, i64 %i
  store i64 %back, ptr %m
  br label %head
sum:
  br label %add
add:
  %k = phi i64 [0, %sum], [%k1, %add]
  %t = phi i64 [0, %sum], [%t1, %add]
  %km = getelementptr i64, ptr %marks, i64 %k
  %kv = load i64, ptr %km
  %t1 = add i64 %t, %kv
  %k1 = add i64 %k, 1
  %again = icmp slt i64 %k1, 6
  br i1 %again, label %add, label %done
done:
  store i64 %t1, ptr %at
  br label %head
exit:
  ret void
})";
  return draft;
}

/// The sums and the lengths of a run; the workspace is that of `planned` threads.
std::vector<int64_t> runPhases(const LoadedModel &model, const tenon_thread_pool *pool, int32_t planned) {
  std::vector<int64_t> out(18);
  void *outputs[] = {out.data()};
  int64_t size = tenon_workspace_size_for_threads(model.handle(), nullptr, planned);
  // Bytes behind the workspace show who writes there.
  std::unique_ptr<char, void (*)(char *)> memory(static_cast<char *>(std::aligned_alloc(64, 4096)),
                                                 [](char *p) { std::free(p); });
  std::memset(memory.get(), 0x55, 4096);
  char error[200] = "";
  tenon_run_args args = {};
  args.size = sizeof args;
  const void *inputs[] = {nullptr};
  args.inputs = inputs;
  args.outputs = outputs;
  args.workspace = memory.get();
  args.workspace_size = size;
  args.pool = pool;
  args.error = error;
  args.error_size = sizeof error;
  EXPECT_EQ(tenon_run(model.handle(), &args), TENON_OK) << error;
  for (int64_t i = size; i < 4096; ++i)
    EXPECT_EQ(memory.get()[i], 0x55) << i;
  return out;
}

TEST(Program, PhasesAreSplitOneAfterTheOther) {
  auto model = phases().load();
  tenon_step_info step;
  ASSERT_EQ(tenon_get_step(model->handle(), 0, nullptr, &step), TENON_OK);
  EXPECT_EQ(step.range, 9);
  const std::vector<int64_t> sums = {1, 2, 3, 4, 5, 6, 21, 21, 21};
  auto expect = [&](const tenon_thread_pool *pool, int32_t planned, std::vector<int64_t> lengths) {
    std::vector<int64_t> out = runPhases(*model, pool, planned), all = sums;
    all.insert(all.end(), lengths.begin(), lengths.end());
    EXPECT_EQ(out, all) << planned;
  };
  // Without threads, one call.
  expect(nullptr, 1, std::vector<int64_t>(9, 9));
  ThreadPool two = makePool(2), four = makePool(4);
  expect(two.get(), 2, {3, 3, 3, 3, 3, 3, 2, 2, 1});
  expect(four.get(), 4, {2, 2, 2, 2, 1, 1, 1, 1, 1});
  // As many parts as there is scratch for.
  expect(four.get(), 2, {3, 3, 3, 3, 3, 3, 2, 2, 1});
  expect(four.get(), 3, {2, 2, 2, 2, 2, 2, 1, 1, 1});
  expect(four.get(), 1, std::vector<int64_t>(9, 9));
}

TEST(Program, SmallPhasesAreNotSplit) {
  Draft draft = phases();
  draft.steps()[0].phases = {{6, 15000}, {3, 1000000}};
  auto model = draft.load();
  ThreadPool pool = makePool(2);
  std::vector<int64_t> out = runPhases(*model, pool.get(), 2);
  EXPECT_EQ(std::vector<int64_t>(out.begin() + 9, out.end()),
            (std::vector<int64_t>{6, 6, 6, 6, 6, 6, 2, 2, 1}));
  draft.steps()[0].phases = {{6, 15000}, {3, 15000}};
  model = draft.load();
  out = runPhases(*model, pool.get(), 2);
  EXPECT_EQ(std::vector<int64_t>(out.begin() + 9, out.end()), std::vector<int64_t>(9, 9));
}

TEST(Program, WorkspacesGrowByTheScratchOfAThread) {
  auto model = phases().load();
  auto size = [&](int32_t threads) {
    return tenon_workspace_size_for_threads(model->handle(), nullptr, threads);
  };
  EXPECT_EQ(size(1), tenon_workspace_size(model->handle(), nullptr));
  EXPECT_EQ(size(0), size(1));
  EXPECT_EQ(size(2), size(1) + 64);
  EXPECT_EQ(size(5), size(1) + 4 * 64);
}

TEST(Program, DimensionsAgreeAcrossInputs) {
  Draft draft = counter();
  draft.program.states.clear();
  draft.program.symbols = {{"N", 1, 8, false}};
  DimExpr n = DimExpr::symbol(0);
  draft.program.inputs[0].dims = {n};
  draft.program.inputs.push_back({"pairs", ElementType::Int8, {n * 2, n}, "", false});
  auto model = draft.load();
  EXPECT_EQ(model->inputShapeText(1), "(N*2, N)");
  std::vector<RawTensor> inputs;
  inputs.push_back(ints({1, 2, 3}));
  inputs.push_back(get(RawTensor::create(ElementType::Int8, {6, 3})));
  EXPECT_EQ(get(model->inferDims(inputs)), std::vector<int64_t>{3});
  inputs[1] = get(RawTensor::create(ElementType::Int8, {6, 4}));
  EXPECT_EQ(message(model->inferDims(inputs).takeError()),
            "input 'pairs': expected shape (6, 3), but got (6, 4)");
}

TEST(Program, VerifiesWhatTheRuntimeTakesForGranted) {
  auto refused = [](auto change) {
    Draft draft = nonZero();
    change(draft.program);
    return message(verifyProgram(draft.program));
  };
  EXPECT_EQ(refused([](ProgramDesc &) {}), "");
  EXPECT_NE(refused([](ProgramDesc &p) { p.variants[0].steps[0].buffers[0].index = 1; }), "");
  EXPECT_NE(refused([](ProgramDesc &p) { p.variants[0].steps[0].buffers[0] = {BufferKind::Arena, 0, 1}; }),
            "");
  EXPECT_NE(refused([](ProgramDesc &p) { p.variants[0].steps[0].buffers[0] = {BufferKind::Weights, 0, 1}; }),
            "");
  EXPECT_NE(refused([](ProgramDesc &p) { p.variants[0].steps[0].task = "other_task"; }), "");
  EXPECT_NE(refused([](ProgramDesc &p) { p.variants[0].steps[0].scratchOffset = 64; }), "");
  EXPECT_NE(refused([](ProgramDesc &p) { p.variants[0].steps[0].scratchBytes = 64; }), "");
  EXPECT_NE(refused([](ProgramDesc &p) { p.variants.clear(); }), "");
  EXPECT_NE(refused([](ProgramDesc &p) { p.variants.push_back({p.variants[0].target, {}}); }), "");
  EXPECT_NE(refused([](ProgramDesc &p) { p.alignment = 48; }), "");
  EXPECT_NE(refused([](ProgramDesc &p) { p.symbols[0].max = -1; }), "");
  EXPECT_NE(refused([](ProgramDesc &p) { p.symbols[0].max = INT64_MAX; }), "");
  EXPECT_NE(refused([](ProgramDesc &p) { p.inputs[0].dims = {DimExpr::symbol(2)}; }), "");
  EXPECT_NE(refused([](ProgramDesc &p) { p.inputs[0].type = ElementType::Undefined; }), "");
  EXPECT_NE(refused([](ProgramDesc &p) { p.states.push_back({0, 0, 0}); }), "");
  EXPECT_NE(refused([](ProgramDesc &p) {
              p.variants[0].steps[0].phases[0].range = DimExpr(INT64_MAX) * DimExpr::symbol(0) * 2;
            }),
            "");
}

TEST(DimExpr, FoldsAndPrints) {
  DimExpr n = DimExpr::symbol(0), m = DimExpr::symbol(1);
  std::string names[] = {"N", "M"};
  EXPECT_TRUE((DimExpr(3) * 4 + 1).isConstant());
  EXPECT_EQ((DimExpr(3) * 4 + 1).constant(), 13);
  EXPECT_EQ((n + 0).text(names), "N");
  EXPECT_EQ((n * 1).text(names), "N");
  EXPECT_EQ(((n + 1) * m - (n - 2)).text(names), "(N + 1)*M - (N - 2)");
  EXPECT_EQ(DimExpr::ceilDiv(n + 1, 2).text(names), "ceildiv(N + 1, 2)");
}

TEST(Target, KnowsWhatNamesMean) {
  TargetSpec v3 = get(parseTarget("x86-64-v3"));
  EXPECT_TRUE(v3.has("avx2") && v3.has("fma") && v3.has("f16c") && !v3.has("avx512f"));
  EXPECT_EQ(v3.vectorBytes, 32u);
  TargetSpec v4 = get(parseTarget("x86-64-v4"));
  EXPECT_TRUE(v4.has("avx512vl") && v4.has("avx2") && !v4.has("avx512vnni"));
  EXPECT_EQ(v4.vectorBytes, 64u);
  EXPECT_TRUE(get(parseTarget("x86-64-v4+avx512vnni")).has("avx512vnni"));
  // Taking away a feature takes away what needs it.
  TargetSpec less = get(parseTarget("x86-64-v4-avx512f"));
  EXPECT_TRUE(!less.has("avx512f") && !less.has("avx512vl") && less.has("avx2"));
  TargetSpec both = get(parseTarget("x86-64-v3+avxvnni-fma+amx-int8"));
  EXPECT_TRUE(both.has("avxvnni") && !both.has("fma") && both.has("amx-int8"));
  EXPECT_TRUE(get(parseTarget("aarch64+dotprod+fp16")).has("fullfp16"));
  EXPECT_TRUE(get(parseTarget("native")).runsHere());
  EXPECT_FALSE(
      get(parseTarget(get(parseTarget("native")).arch == Arch::X86_64 ? "aarch64" : "x86-64")).runsHere());
  for (const char *bad : {"", "x86", "x86-64-v5", "x86-64-v3+warp", "native,", "aarch64+avx2", "x86-64+"})
    EXPECT_NE(message(parseTarget(bad).takeError()), "") << bad;
}

TEST(Target, SeveralComeInTheOrderOfPreference) {
  auto names = [](llvm::StringRef list) { return targetNames(get(parseTargets(list))); };
  EXPECT_EQ(names("x86-64-v3"), "x86-64-v3");
  EXPECT_EQ(names("x86-64,x86-64-v4,x86-64-v3"), "x86-64-v4,x86-64-v3,x86-64");
  EXPECT_EQ(names("x86-64-v3+avxvnni-fma,x86-64-v3,x86-64-v4-avx512bw"),
            "x86-64-v4-avx512bw,x86-64-v3+avxvnni-fma,x86-64-v3");
  EXPECT_EQ(names("aarch64,aarch64+dotprod+fp16"), "aarch64+dotprod+fp16,aarch64");
  std::vector<TargetSpec> targets = get(parseTargets("x86-64-v4-avx512bw,x86-64-v3+avx512f"));
  EXPECT_EQ(targets[0].symbol, "x86_64_v4_no_avx512bw");
  EXPECT_EQ(targets[1].symbol, "x86_64_v3_avx512f");
  auto refusal = [](llvm::StringRef list) { return message(parseTargets(list).takeError()); };
  EXPECT_EQ(refusal("x86-64-v3,aarch64"),
            "expected targets of one architecture, but got 'x86-64-v3' and 'aarch64'");
  EXPECT_EQ(refusal("aarch64,aarch64"), "target 'aarch64' is given twice");
  EXPECT_EQ(
      refusal("x86-64-v3,x86-64-v3-avx512f"),
      "expected targets with different features, but 'x86-64-v3' and 'x86-64-v3-avx512f' have the same");
  for (const char *bad : {"", ",", "x86-64-v3,", "x86-64-v3,,x86-64"})
    EXPECT_NE(refusal(bad).find("unknown target"), std::string::npos) << bad;
}

/// Whatever LLVM may use beyond the architecture's baseline is in the mask, so the runtime's check is
/// complete.
TEST(Target, GeneratesNothingTheMaskDoesNotName) {
  for (const char *name :
       {"native", "x86-64-v2", "x86-64-v3", "x86-64-v4", "x86-64-v4+avx512vnni+amx-int8"}) {
    TargetSpec target = get(parseTarget(name)), base = get(parseTarget("x86-64"));
    if (target.arch != base.arch)
      continue;
    std::unique_ptr<llvm::TargetMachine> machine = get(createTargetMachine(target)),
                                         baseMachine = get(createTargetMachine(base));
    const llvm::MCSubtargetInfo &used = *machine->getMCSubtargetInfo(),
                                &given = *baseMachine->getMCSubtargetInfo();
    for (const llvm::SubtargetFeatureKV &feature : used.getAllProcessorFeatures()) {
      llvm::StringRef key = feature.Key;
      // Tuning, and what comes with sse4.2 in the same bit of cpuid.
      bool tuning = key.contains("fast") || key.contains("slow") || key.contains("false-deps") ||
                    key.contains("allow-") || key.contains("prefer-") || key == "crc32";
      if (!used.getFeatureBits().test(feature.Value) || given.getFeatureBits().test(feature.Value) || tuning)
        continue;
      EXPECT_TRUE(target.has(key)) << name << ": " << key.str();
    }
  }
}

} // namespace
