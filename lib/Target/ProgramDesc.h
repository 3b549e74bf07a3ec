#ifndef TENON_LIB_TARGET_PROGRAMDESC_H
#define TENON_LIB_TARGET_PROGRAMDESC_H

#include "lib/Support/RawTensor.h"
#include "lib/Target/Codegen.h"
#include "lib/Target/TargetSpec.h"
#include "runtime/Program.h"
#include <optional>
#include <string>
#include <vector>

namespace tenon {

/// An integer expression over a program's symbols, kept as the postfix code that the runtime evaluates.
/// Operations on constants are folded.
class DimExpr {
public:
  DimExpr() : DimExpr(0) {}
  DimExpr(int64_t value) : code{{TN_CONST, value}} {} // NOLINT: a number is an expression
  static DimExpr symbol(int64_t index);
  /// The expression of a table, which the compiler made.
  static DimExpr fromTable(const tn_expr &expr);

  friend DimExpr operator+(const DimExpr &a, const DimExpr &b) { return combine(TN_ADD, a, b); }
  friend DimExpr operator-(const DimExpr &a, const DimExpr &b) { return combine(TN_SUB, a, b); }
  friend DimExpr operator*(const DimExpr &a, const DimExpr &b) { return combine(TN_MUL, a, b); }
  static DimExpr floorDiv(const DimExpr &a, const DimExpr &b) { return combine(TN_FLOORDIV, a, b); }
  static DimExpr ceilDiv(const DimExpr &a, const DimExpr &b) { return combine(TN_CEILDIV, a, b); }
  static DimExpr mod(const DimExpr &a, const DimExpr &b) { return combine(TN_MOD, a, b); }
  static DimExpr min(const DimExpr &a, const DimExpr &b) { return combine(TN_MIN, a, b); }
  static DimExpr max(const DimExpr &a, const DimExpr &b) { return combine(TN_MAX, a, b); }

  bool isConstant() const { return code.size() == 1 && code[0].op == TN_CONST; }
  /// The value of a constant.
  int64_t constant() const { return code[0].value; }
  /// The postfix code.
  const std::vector<tn_instr> &instructions() const { return code; }
  /// The table's form; it points into this expression.
  tn_expr view() const;
  /// The value where symbol i is worth values[i]; nothing where it leaves int64 or divides by zero.
  std::optional<int64_t> evaluate(llvm::ArrayRef<int64_t> values) const;
  /// "4*N + 1", with the symbols' names.
  std::string text(llvm::ArrayRef<std::string> symbolNames) const;

private:
  static DimExpr combine(tn_opcode op, const DimExpr &a, const DimExpr &b);
  std::vector<tn_instr> code;
};

/// A symbolic dimension: min <= value <= max.
struct SymbolDesc {
  std::string name;
  int64_t min = 0;
  int64_t max = 0;
  /// Written by a task while the program runs, rather than bound at entry.
  bool dataDependent = false;
};

/// An input or an output.
struct TensorDesc {
  std::string name;
  ElementType type = ElementType::Undefined;
  std::vector<DimExpr> dims;
  /// For an input whose value was compiled in: the content that the caller must pass. Only with `isBound`.
  std::string bound;
  bool isBound = false;
};

/// An in-out tensor: `output` replaces `input`. The arena holds the output's largest size at `arenaOffset`
/// for the whole run.
struct StateDesc {
  int32_t input = 0;
  int32_t output = 0;
  int64_t arenaOffset = 0;
};

enum class BufferKind : int32_t {
  Arena = TN_ARENA,
  Weights = TN_WEIGHTS,
  Input = TN_INPUT,
  Output = TN_OUTPUT
};

/// An operand of a step: a byte offset into the arena, the weights, or input or output number `index`.
struct BufferDesc {
  BufferKind kind = BufferKind::Arena;
  int32_t index = 0;
  int64_t offset = 0;
};

/// A part of a step's range; see tn_phase.
struct PhaseDesc {
  DimExpr range = 1;
  DimExpr work = 0;
};

/// One run of a task; see tn_step. Several steps may call one task.
struct StepDesc {
  std::string task; ///< symbol of the function: ProgramDesc::symbolName(), '_' and anything
  std::string source;
  std::string schedule;
  std::vector<BufferDesc> buffers;
  std::vector<PhaseDesc> phases = {PhaseDesc()};
  DimExpr flops = 0;
  int64_t scratchBytes = 0;
  int64_t scratchOffset = -1;
  std::string layouts;
  DimExpr bytes = 0;
};

/// All steps, compiled for one target; see tn_variant.
struct VariantDesc {
  TargetSpec target;
  std::vector<StepDesc> steps;
};

/// A whole program: the plain C++ form of tn_program, except for the weights' address.
struct ProgramDesc {
  std::string name;
  std::vector<SymbolDesc> symbols;
  std::vector<TensorDesc> inputs;
  std::vector<TensorDesc> outputs;
  std::vector<StateDesc> states;
  /// At least one, the preferred one first.
  std::vector<VariantDesc> variants;
  int64_t weightBytes = 0;
  int64_t arenaBytes = 0;
  int64_t alignment = 64;
  int64_t ioAlignment = 1;

  /// The model's name as part of a C identifier.
  std::string symbolName() const;
  /// Symbol of the weights' section (hidden), if there are weights.
  std::string weightsSymbol() const { return symbolName() + "_weights"; }
  /// Symbol of the function that returns the model.
  std::string entrySymbol() const { return "tenon_model_" + symbolName(); }
};

/// Turns a name into (part of) a C identifier: other characters become '_', a leading digit gets one before
/// it.
std::string sanitizeSymbol(llvm::StringRef name);

/// Checks what the runtime takes for granted: indices, offsets, alignments, expressions that evaluate at the
/// symbols' bounds. An error here is a mistake of the compiler, or a model too large to address.
llvm::Error verifyProgram(const ProgramDesc &program);

/// Makes the object that holds the program's table and defines entrySymbol(). It refers to the tasks, to
/// weightsSymbol() and to the runtime, all hidden.
llvm::Expected<ObjectBytes> emitProgram(const ProgramDesc &program);

/// The C header that goes with an object file: declares entrySymbol() and documents inputs and outputs.
std::string emitHeader(const ProgramDesc &program);

} // namespace tenon

#endif // TENON_LIB_TARGET_PROGRAMDESC_H
