#include "tenon-c/Compiler.h"
#include "tenon/Compiler.h"
#include <cstdlib>
#include <cstring>

using namespace tenon;

struct tenon_options {
  CompileOptions options;
};
struct tenon_compiled {
  CompiledModel model;
};
struct tenon_loaded {
  RunnableModel model;
};

/// Hands a failure's text to the caller.
static int report(const std::string &message, char **error) {
  if (error)
    *error = strdup(message.c_str());
  return 1;
}

const char *tenon_version(void) {
  return version();
}
void tenon_free_text(char *text) {
  std::free(text);
}

tenon_options *tenon_options_create(void) {
  return new tenon_options();
}
void tenon_options_destroy(tenon_options *options) {
  delete options;
}
void tenon_options_set_target(tenon_options *options, const char *target) {
  options->options.target = target;
}
void tenon_options_set_name(tenon_options *options, const char *name) {
  options->options.name = name;
}
void tenon_options_set_threads(tenon_options *options, int32_t threads) {
  options->options.threads = threads;
}
void tenon_options_set_strict(tenon_options *options, int32_t strict) {
  options->options.numerics = strict ? Numerics::Strict : Numerics::Fast;
}
void tenon_options_set_phase(tenon_options *options, const char *phase) {
  options->options.toPhase = phase;
}
void tenon_options_add_dim(tenon_options *options, const char *name, int64_t min, int64_t max) {
  options->options.dims.push_back({name, min, max});
}
void tenon_options_add_state(tenon_options *options, const char *input, const char *output) {
  options->options.states.emplace_back(input, output);
}

int tenon_options_add_bind(tenon_options *options, const char *input, tenon_type type, int32_t rank,
                           const int64_t *shape, const void *data, char **error) {
  if (rank < 0)
    return report("expected a rank of at least 0, but got " + std::to_string(rank), error);
  Result<Tensor> tensor = Tensor::create(type, std::vector<int64_t>(shape, shape + rank));
  if (!tensor.ok())
    return report(tensor.message(), error);
  if (tensor->bytes())
    std::memcpy(tensor->data(), data, tensor->bytes());
  options->options.binds.emplace_back(input, *tensor);
  return 0;
}

tenon_compiled *tenon_compile(const char *path, const tenon_options *options, char **error) {
  Result<CompiledModel> model = CompiledModel::compile(path, options ? options->options : CompileOptions());
  if (model.ok())
    return new tenon_compiled{std::move(*model)};
  report(model.message(), error);
  return nullptr;
}

void tenon_compiled_destroy(tenon_compiled *compiled) {
  delete compiled;
}

int tenon_compiled_write(const tenon_compiled *compiled, const char *path, char **error) {
  Status status = compiled->model.write(path);
  return status.ok() ? 0 : report(status.message(), error);
}

static tenon_loaded *toLoaded(Result<RunnableModel> model, char **error) {
  if (model.ok())
    return new tenon_loaded{std::move(*model)};
  report(model.message(), error);
  return nullptr;
}

tenon_loaded *tenon_compiled_load(const tenon_compiled *compiled, char **error) {
  return toLoaded(compiled->model.load(), error);
}

tenon_loaded *tenon_load(const char *path, char **error) {
  return toLoaded(RunnableModel::load(path), error);
}
void tenon_loaded_destroy(tenon_loaded *loaded) {
  delete loaded;
}
const tenon_model *tenon_loaded_model(const tenon_loaded *loaded) {
  return loaded->model.handle();
}
