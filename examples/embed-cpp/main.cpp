// Compiles the model that its argument names, runs it, and writes it as a shared object if a second argument
// says where.
#include "tenon/Compiler.h"
#include <algorithm>
#include <iostream>

static int fail(const std::string &message) {
  std::cerr << "error: " << message << "\n";
  return 1;
}

int main(int argc, char **argv) {
  if (argc < 2)
    return fail("usage: embed-cpp xor.mlir [OUT.so]");
  tenon::CompileOptions options;
  tenon::Result<tenon::CompiledModel> compiled = tenon::CompiledModel::compile(argv[1], options);
  if (!compiled.ok())
    return fail(compiled.message());
  for (const auto &input : compiled->summary().inputs)
    std::cout << "input " << input.name << ": " << input.type << " " << input.shape << "\n";

  tenon::Result<tenon::RunnableModel> model = compiled->load();
  if (!model.ok())
    return fail(model.message());
  tenon::Result<tenon::Tensor> x = tenon::Tensor::create(TENON_FLOAT32, {4, 2});
  if (!x.ok())
    return fail(x.message());
  const float table[] = {0, 0, 0, 1, 1, 0, 1, 1};
  std::copy(std::begin(table), std::end(table), static_cast<float *>(x->data()));
  tenon::Result<std::vector<tenon::Tensor>> outputs = model->run({{"x", *x}});
  if (!outputs.ok())
    return fail(outputs.message());
  const auto *y = static_cast<const float *>((*outputs)[0].data());
  for (int i = 0; i < 4; ++i)
    std::cout << table[2 * i] << " xor " << table[2 * i + 1] << " = " << y[i] << "\n";

  if (argc > 2) {
    tenon::Status written = compiled->write(argv[2]);
    if (!written.ok())
      return fail(written.message());
  }
  return 0;
}
