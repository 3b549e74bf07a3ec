#ifndef TENON_TEST_AUTOTUNE_MEASURE_CANDIDATES_H
#define TENON_TEST_AUTOTUNE_MEASURE_CANDIDATES_H

#include "autotune/Measure/Expectation.h"
#include "autotune/Measure/Measurers.h"
#include "lib/Support/AtomicFile.h"
#include "test/lib/Target/TestModel.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cstdlib>

namespace tenon::test {

/// What candidates may need of the system; they are linked with no C library but for what kernels call.
inline const char *const kSystem = R"(
static long system_call(long number, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
  register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
#else
  register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c, x3 __asm__("x3") = d,
                x4 __asm__("x4") = e, x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
#endif
}
#if defined(__x86_64__)
enum { number_mmap = 9, number_exit_group = 231, number_openat = 257, number_close = 3 };
#else
enum { number_mmap = 222, number_exit_group = 94, number_openat = 56, number_close = 57 };
#endif
)";

/// The number of elements of the task's only input x and its only output y.
inline constexpr int64_t kElements = 1000;

/// A candidate of the task "y = 2 x" whose body is C code on x and y.
inline std::string makeCandidate(Folder &folder, const std::string &name, const std::string &body,
                                 int64_t elements = kElements, const std::string &targetName = "native") {
  std::string source = folder / (name + ".c"), object = folder / (name + ".o"),
              library = folder / (name + ".so");
  std::string text = std::string(kSystem) + "void " + name +
                     "_task(void *const *buffers, void *scratch, long *dims, long begin, long end) {\n"
                     "  const float *x = buffers[0];\n  float *y = buffers[1];\n  (void)system_call;\n" +
                     body + "\n}\n";
  EXPECT_EQ(message(writeFile(source, text)), "");
  TargetSpec target = get(parseTarget(targetName));
  std::string command = std::string(TEST_C_COMPILER) + " --target=" + target.triple +
                        " -O1 -fPIC -fvisibility=hidden -ffreestanding -fno-builtin -w -c " + source +
                        " -o " + object;
  EXPECT_EQ(std::system(command.c_str()), 0) << text;
  auto bytes = llvm::MemoryBuffer::getFile(object);
  EXPECT_TRUE(bool(bytes));

  ProgramDesc program;
  program.name = name;
  program.inputs.push_back({"x", ElementType::Float32, {elements}, "", false});
  program.outputs.push_back({"y", ElementType::Float32, {elements}, "", false});
  program.arenaBytes = 4096;
  StepDesc step;
  step.task = name + "_task";
  step.buffers = {{BufferKind::Input, 0, 0}, {BufferKind::Output, 0, 0}};
  program.variants.push_back({target, {step}});
  ModelObjects model;
  model.targets = {target};
  model.entrySymbol = program.entrySymbol();
  model.weightsSymbol = program.weightsSymbol();
  model.weights = {0, [](WeightsSink &) { return llvm::Error::success(); }};
  model.objects.emplace_back((*bytes)->getBufferStart(), (*bytes)->getBufferEnd());
  model.objects.push_back(get(emitProgram(program)));
  EXPECT_EQ(message(writeSharedObject(library, model)), "");
  return library;
}

inline const char *const kRight = "for (long i = 0; i < 1000; ++i) y[i] = 2 * x[i];";

/// What candidates of "y = 2 x" compute.
inline std::string makeExpectation(Folder &folder, const std::string &name = "expectation",
                                   int64_t elements = kElements) {
  autotune::ExpectedTensor x, y;
  x.type = y.type = ElementType::Float32;
  std::vector<float> in, out;
  for (int64_t i = 0; i < elements; ++i) {
    in.push_back(static_cast<float>(i % 37 - 18) / 16);
    out.push_back(2 * in.back());
  }
  auto bytes = [](const std::vector<float> &values) {
    return std::vector<char>(reinterpret_cast<const char *>(values.data()),
                             reinterpret_cast<const char *>(values.data() + values.size()));
  };
  x.bytes = bytes(in);
  y.bytes = bytes(out);
  y.tolerance.assign(elements, 1e-5f);
  std::string path = folder / name;
  EXPECT_EQ(message(autotune::writeExpectation(path, x, y)), "");
  return path;
}

/// Quick measurements; tests do not look at times.
inline autotune::MeasureOptions quick() {
  autotune::MeasureOptions options;
  options.seconds = 0.02;
  options.timeout = 1;
  options.coldRuns = 1;
  options.sweepBytes = 1 << 20;
  options.memoryBytes = 256 << 20;
  return options;
}

} // namespace tenon::test

#endif // TENON_TEST_AUTOTUNE_MEASURE_CANDIDATES_H
