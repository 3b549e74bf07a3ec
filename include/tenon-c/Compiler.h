/* The C interface of the compiler: from a model's file to something that runs, or to a file.
 *
 *     char *error = NULL;
 *     tenon_compiled *compiled = tenon_compile("resnet50.onnx", NULL, &error);
 *     tenon_loaded *loaded = compiled ? tenon_compiled_load(compiled, &error) : NULL;
 *     if (!loaded) { fprintf(stderr, "%s\n", error); tenon_free_text(error); ... }
 *     const tenon_model *model = tenon_loaded_model(loaded);   // see Model.h for running it
 *     ...
 *     tenon_loaded_destroy(loaded);
 *     tenon_compiled_destroy(compiled);
 *
 * Handles are opaque and are destroyed by their creator's counterpart; destroying NULL does nothing.
 * Functions that can fail return NULL, or a number other than 0, and set *error, if `error` is not NULL, to
 * one line of text that tenon_free_text frees. Different handles may be used in different threads.
 */
#ifndef TENON_C_COMPILER_H
#define TENON_C_COMPILER_H

#include "tenon-c/Model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The compiler's version, "0.1.0". */
const char *tenon_version(void);

/* Frees an error's text. */
void tenon_free_text(char *text);

/* How to compile. */
typedef struct tenon_options tenon_options;

/* Options with their defaults: for this machine, all dimensions as the model has them, one thread, fast
 * numerics. */
tenon_options *tenon_options_create(void);
void tenon_options_destroy(tenon_options *options);
/* As `tenon compile --target` spells it, several targets separated by commas; checked when compiling. */
void tenon_options_set_target(tenon_options *options, const char *target);
/* The model's name, which symbols carry; by default the file's. */
void tenon_options_set_name(tenon_options *options, const char *name);
/* Threads to plan for. */
void tenon_options_set_threads(tenon_options *options, int32_t threads);
/* 1: f32 semantics as ONNX has them; 0 (the default): sums may be reordered. */
void tenon_options_set_strict(tenon_options *options, int32_t strict);
/* The last phase to run ("import", "simplify", ...); by default all run. */
void tenon_options_set_phase(tenon_options *options, const char *phase);
/* A symbolic dimension lies in [min, max]; min == max binds it. */
void tenon_options_add_dim(tenon_options *options, const char *name, int64_t min, int64_t max);
/* The output replaces the input after every run. */
void tenon_options_add_state(tenon_options *options, const char *input, const char *output);
/* Compiles in the value of an input that determines shapes. `data` is dense, in C order, and copied. */
int tenon_options_add_bind(tenon_options *options, const char *input, tenon_type type, int32_t rank,
                           const int64_t *shape, const void *data, char **error);

/* A model that went through the compiler. It refers to the model's file, which must stay as it is. */
typedef struct tenon_compiled tenon_compiled;

/* Reads and compiles a model (.onnx or .mlir). `options` may be NULL. */
tenon_compiled *tenon_compile(const char *path, const tenon_options *options, char **error);
void tenon_compiled_destroy(tenon_compiled *compiled);
/* Writes a file, whole or not at all, in the form its ending names: .so, .o (with .h beside it), .h, .mlir,
 * .ll, .s. */
int tenon_compiled_write(const tenon_compiled *compiled, const char *path, char **error);

/* A model in this process. */
typedef struct tenon_loaded tenon_loaded;

/* Links a compiled model into this process. It does not need `compiled` any more. */
tenon_loaded *tenon_compiled_load(const tenon_compiled *compiled, char **error);
/* Loads a `.so` that the compiler wrote. (To run a certain one of its variants, see tenon_model in Model.h.)
 */
tenon_loaded *tenon_load(const char *path, char **error);
void tenon_loaded_destroy(tenon_loaded *loaded);
/* What the functions of Model.h take; valid as long as `loaded`. */
const tenon_model *tenon_loaded_model(const tenon_loaded *loaded);

#ifdef __cplusplus
}
#endif

#endif /* TENON_C_COMPILER_H */
