#ifndef TENON_TEST_LIB_TARGET_TESTMODEL_H
#define TENON_TEST_LIB_TARGET_TESTMODEL_H

#include "lib/Target/Linker.h"
#include "lib/Target/LoadedModel.h"
#include "lib/Target/ProgramDesc.h"
#include "tenon-c/ThreadPool.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Target/TargetMachine.h"
#include "gtest/gtest.h"
#include <cstring>

namespace tenon::test {

template <typename T>
T get(llvm::Expected<T> value) {
  if (value)
    return std::move(*value);
  ADD_FAILURE() << llvm::toString(value.takeError());
  std::abort();
}

using ThreadPool = std::unique_ptr<tenon_thread_pool, void (*)(tenon_thread_pool *)>;

inline ThreadPool makePool(int32_t threads) {
  return ThreadPool(tenon_thread_pool_create(threads), tenon_thread_pool_destroy);
}

inline std::string message(llvm::Error error) {
  return llvm::toString(std::move(error));
}

/// Compiles tasks written as LLVM IR.
inline ObjectBytes compileText(const std::string &text, const TargetSpec &target) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic diagnostic;
  std::unique_ptr<llvm::Module> module = llvm::parseAssemblyString(text, diagnostic, context);
  if (!module) {
    ADD_FAILURE() << diagnostic.getMessage().str();
    std::abort();
  }
  std::unique_ptr<llvm::TargetMachine> machine = get(createTargetMachine(target));
  return get(compileLLVMModule(*module, target, *machine));
}

/// y[i] = x[i] * w[0] for begin <= i < end, on floats: buffers x, w, y.
inline std::string scaleTask(const std::string &name) {
  return R"(define hidden void @)" + name + R"((ptr %buffers, ptr %scratch, ptr %dims, i64 %begin, i64 %end) {
  %x = load ptr, ptr %buffers
  %pw = getelementptr ptr, ptr %buffers, i64 1
  %w = load ptr, ptr %pw
  %py = getelementptr ptr, ptr %buffers, i64 2
  %y = load ptr, ptr %py
  %f = load float, ptr %w
  br label %head
head:
  %i = phi i64 [%begin, %0], [%n, %body]
  %more = icmp slt i64 %i, %end
  br i1 %more, label %body, label %done
body:
  %px = getelementptr float, ptr %x, i64 %i
  %v = load float, ptr %px
  %p = fmul float %v, %f
  %pyi = getelementptr float, ptr %y, i64 %i
  store float %p, ptr %pyi
  %n = add i64 %i, 1
  br label %head
done:
  ret void
}
)";
}

/// The weights' only number, then zeros up to `size`.
inline WeightsSource oneWeight(float value, uint64_t size) {
  return {size, [value, size](WeightsSink &sink) -> llvm::Error {
            if (llvm::Error error = sink.write({reinterpret_cast<const char *>(&value), sizeof value}))
              return error;
            return sink.padTo(size);
          }};
}

/// "y = factor * x" over N floats, 1 <= N <= 1000: x -> t (arena) -> y, so factor is the product of two
/// steps. A variant per target. With `inPlace`, t is y.
inline ModelObjects scaleModel(const std::string &name, float factor, std::vector<TargetSpec> targets,
                               uint64_t weightBytes = 4, bool inPlace = false) {
  ProgramDesc program;
  program.name = name;
  program.symbols.push_back({"N", 1, 1000, false});
  DimExpr n = DimExpr::symbol(0);
  program.inputs.push_back({"x", ElementType::Float32, {n}, "", false});
  program.outputs.push_back({"y", ElementType::Float32, {n}, "", false});
  program.weightBytes = static_cast<int64_t>(weightBytes);
  program.arenaBytes = 4096;
  BufferDesc x{BufferKind::Input, 0, 0}, t{BufferKind::Arena, 0, 64}, y{BufferKind::Output, 0, 0},
      w{BufferKind::Weights, 0, 0};
  if (inPlace)
    t = y;
  ModelObjects model;
  for (const TargetSpec &target : targets) {
    std::string task = program.symbolName() + "_scale_" + target.symbol;
    program.variants.push_back({target,
                                {{task, "first", "", {x, w, t}, {{n, 1000000}}, n},
                                 {task, "second third", "by hand", {t, w, y}, {{n, 1000000}}, n}}});
    model.objects.push_back(compileText(scaleTask(task), target));
  }
  model.targets = std::move(targets);
  model.entrySymbol = program.entrySymbol();
  model.weightsSymbol = program.weightsSymbol();
  model.weights = oneWeight(factor, weightBytes);
  model.objects.push_back(get(emitProgram(program)));
  return model;
}

inline RawTensor floats(std::vector<float> values) {
  RawTensor tensor = get(RawTensor::create(ElementType::Float32, {static_cast<int64_t>(values.size())}));
  std::memcpy(tensor.data(), values.data(), values.size() * sizeof(float));
  return tensor;
}

/// A folder that is removed at the end.
class Folder {
public:
  Folder() { EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("tenon-test", path)); }
  ~Folder() { llvm::sys::fs::remove_directories(path); }
  std::string operator/(const std::string &name) const { return (path + "/" + name).str(); }
  size_t count() const {
    size_t files = 0;
    std::error_code code;
    for (llvm::sys::fs::directory_iterator it(path, code), end; it != end && !code; it.increment(code))
      ++files;
    return files;
  }

private:
  llvm::SmallString<128> path;
};

} // namespace tenon::test

#endif // TENON_TEST_LIB_TARGET_TESTMODEL_H
