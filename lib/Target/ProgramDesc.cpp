#include "lib/Target/ProgramDesc.h"
#include "runtime/Expr.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace tenon;
using llvm::Twine;

DimExpr DimExpr::symbol(int64_t index) {
  DimExpr expr;
  expr.code = {{TN_SYMBOL, index}};
  return expr;
}

DimExpr DimExpr::fromTable(const tn_expr &expr) {
  DimExpr result(expr.value);
  if (expr.length)
    result.code.assign(expr.code, expr.code + expr.length);
  return result;
}

DimExpr DimExpr::combine(tn_opcode op, const DimExpr &a, const DimExpr &b) {
  DimExpr result;
  result.code = a.code;
  result.code.insert(result.code.end(), b.code.begin(), b.code.end());
  result.code.push_back({op, 0});
  int64_t value;
  tn_expr view = result.view();
  // What cannot be folded, such as an overflow, stays and is found by verifyProgram.
  if (a.isConstant() && b.isConstant() && tn_eval(&view, nullptr, 0, nullptr, &value))
    return DimExpr(value);
  if (op == TN_MUL && b.isConstant() && b.constant() == 1)
    return a;
  if (op == TN_MUL && a.isConstant() && a.constant() == 1)
    return b;
  if (op == TN_ADD && b.isConstant() && b.constant() == 0)
    return a;
  if (op == TN_ADD && a.isConstant() && a.constant() == 0)
    return b;
  return result;
}

tn_expr DimExpr::view() const {
  if (isConstant())
    return {nullptr, 0, constant()};
  return {code.data(), static_cast<int64_t>(code.size()), 0};
}

std::optional<int64_t> DimExpr::evaluate(llvm::ArrayRef<int64_t> values) const {
  std::vector<tn_symbol> symbols(values.size());
  tn_expr expr = view();
  int64_t value;
  if (!tn_eval(&expr, symbols.data(), static_cast<int64_t>(symbols.size()), values.data(), &value))
    return std::nullopt;
  return value;
}

std::string DimExpr::text(llvm::ArrayRef<std::string> symbolNames) const {
  // Each entry: text, and whether it must be put in parentheses below a product.
  llvm::SmallVector<std::pair<std::string, bool>> stack;
  for (const tn_instr &in : code) {
    if (in.op == TN_CONST) {
      stack.push_back({std::to_string(in.value), in.value < 0});
      continue;
    }
    if (in.op == TN_SYMBOL) {
      size_t index = static_cast<size_t>(in.value);
      stack.push_back({index < symbolNames.size() ? symbolNames[index] : "?", false});
      continue;
    }
    auto [b, looseB] = stack.pop_back_val();
    auto [a, looseA] = stack.pop_back_val();
    std::string tightA = looseA ? "(" + a + ")" : a, tightB = looseB ? "(" + b + ")" : b;
    switch (in.op) {
    case TN_ADD:
      stack.push_back({a + " + " + b, true});
      break;
    case TN_SUB:
      stack.push_back({a + " - " + tightB, true});
      break;
    case TN_MUL:
      stack.push_back({tightA + "*" + tightB, false});
      break;
    default: {
      const char *name = in.op == TN_FLOORDIV  ? "floordiv"
                         : in.op == TN_CEILDIV ? "ceildiv"
                         : in.op == TN_MOD     ? "mod"
                         : in.op == TN_MIN     ? "min"
                                               : "max";
      stack.push_back({std::string(name) + "(" + a + ", " + b + ")", false});
    }
    }
  }
  return stack.back().first;
}

std::string tenon::sanitizeSymbol(llvm::StringRef name) {
  std::string result;
  if (name.empty() || llvm::isDigit(name[0]))
    result.push_back('_');
  for (char c : name)
    result.push_back(llvm::isAlnum(c) ? c : '_');
  return result;
}

std::string ProgramDesc::symbolName() const {
  return sanitizeSymbol(name);
}

namespace {
/// verifyProgram's state: the table's form of the symbols.
class Verifier {
public:
  explicit Verifier(const ProgramDesc &program) : program(program) {
    for (const SymbolDesc &symbol : program.symbols) {
      table.push_back({symbol.name.c_str(), symbol.dataDependent ? TN_SYMBOL_DATA : TN_SYMBOL_ENTRY,
                       symbol.min, symbol.max});
      minima.push_back(symbol.min);
    }
  }
  llvm::Error run();

private:
  llvm::Error fail(const Twine &what) const {
    return llvm::createStringError("program '" + Twine(program.name) + "': " + what);
  }
  bool evaluates(const DimExpr &expr) const {
    tn_expr view = expr.view();
    int64_t value;
    return tn_eval(&view, table.data(), table.size(), nullptr, &value) &&
           tn_eval(&view, table.data(), table.size(), minima.data(), &value);
  }
  llvm::Error tensor(const TensorDesc &tensor, const char *what) const;
  llvm::Error step(const StepDesc &step) const;

  const ProgramDesc &program;
  std::vector<tn_symbol> table;
  std::vector<int64_t> minima;
};
} // namespace

/// Bytes of a tensor with all symbols at their maxima, or nothing if that cannot be said.
static std::optional<int64_t> maxBytes(const TensorDesc &tensor, llvm::ArrayRef<tn_symbol> symbols) {
  std::vector<tn_expr> dims;
  for (const DimExpr &dim : tensor.dims)
    dims.push_back(dim.view());
  tn_tensor view = {};
  view.type = static_cast<int32_t>(tensor.type);
  view.rank = static_cast<int32_t>(dims.size());
  view.dims = dims.data();
  int64_t bytes;
  if (!elementBytes(tensor.type) ||
      !tn_tensor_shape(&view, symbols.data(), symbols.size(), nullptr, nullptr, &bytes))
    return std::nullopt;
  return bytes;
}

llvm::Error Verifier::tensor(const TensorDesc &tensor, const char *what) const {
  for (const DimExpr &dim : tensor.dims)
    if (!evaluates(dim))
      return fail(Twine(what) + " '" + tensor.name + "': a dimension does not fit 64 bits");
  std::optional<int64_t> bytes = maxBytes(tensor, table);
  if (!bytes)
    return fail(Twine(what) + " '" + tensor.name + "': its size does not fit 64 bits");
  if (tensor.isBound && static_cast<int64_t>(tensor.bound.size()) > *bytes)
    return fail(Twine(what) + " '" + tensor.name + "': expected at most " + Twine(*bytes) +
                " bytes of content, but got " + Twine(tensor.bound.size()));
  return llvm::Error::success();
}

llvm::Error Verifier::step(const StepDesc &step) const {
  // Two models in one program must not have a task's name in common.
  if (!llvm::StringRef(step.task).starts_with(program.symbolName() + "_"))
    return fail("expected the task's name to start with '" + program.symbolName() + "_', but got '" +
                step.task + "'");
  for (const PhaseDesc &phase : step.phases)
    if (!evaluates(phase.range))
      return fail("step '" + step.task + "': its range does not fit 64 bits");
  if (step.scratchOffset < -1 || step.scratchBytes < 0 ||
      (step.scratchOffset < 0) != (step.scratchBytes == 0) || step.scratchBytes > program.arenaBytes ||
      step.scratchOffset > program.arenaBytes - step.scratchBytes || step.scratchBytes % program.alignment ||
      (step.scratchOffset >= 0 && step.scratchOffset % program.alignment))
    return fail("step '" + step.task + "': expected aligned scratch in the arena, but got " +
                Twine(step.scratchBytes) + " bytes at " + Twine(step.scratchOffset));
  for (const BufferDesc &buffer : step.buffers) {
    int64_t indices = 1, end = INT64_MAX;
    switch (buffer.kind) {
    case BufferKind::Arena:
      end = program.arenaBytes;
      break;
    case BufferKind::Weights:
      end = program.weightBytes;
      break;
    case BufferKind::Input:
      indices = program.inputs.size();
      break;
    case BufferKind::Output:
      indices = program.outputs.size();
      break;
    }
    if (buffer.index < 0 || buffer.index >= indices || buffer.offset < 0 || buffer.offset > end)
      return fail("step '" + step.task + "': a buffer is out of range");
  }
  return llvm::Error::success();
}

llvm::Error Verifier::run() {
  if (program.name.empty())
    return fail("expected a name");
  if (!llvm::isPowerOf2_64(program.alignment) || program.alignment < 8 || program.alignment > 4096 ||
      !llvm::isPowerOf2_64(program.ioAlignment) || program.ioAlignment > 64)
    return fail("expected alignments that are powers of two, up to 4096 in the arena and 64 for the caller");
  if (program.arenaBytes < 0 || program.arenaBytes > INT64_MAX / 2 || program.weightBytes < 0)
    return fail("its memory does not fit 64 bits");
  for (const SymbolDesc &symbol : program.symbols)
    if (symbol.min < 0 || symbol.max < symbol.min)
      return fail("dimension '" + symbol.name + "': expected 0 <= min <= max, but got " + Twine(symbol.min) +
                  " and " + Twine(symbol.max));
  for (const TensorDesc &input : program.inputs)
    if (llvm::Error error = tensor(input, "input"))
      return error;
  for (const TensorDesc &output : program.outputs)
    if (llvm::Error error = tensor(output, "output"))
      return error;
  for (const StateDesc &state : program.states) {
    if (state.input < 0 || state.input >= static_cast<int64_t>(program.inputs.size()) || state.output < 0 ||
        state.output >= static_cast<int64_t>(program.outputs.size()))
      return fail("a state is out of range");
    const TensorDesc &input = program.inputs[state.input], &output = program.outputs[state.output];
    if (input.type != output.type || input.dims.size() != output.dims.size() || input.isBound)
      return fail("state '" + input.name + "': expected the type and rank of output '" + output.name + "'");
    int64_t bytes = *maxBytes(output, table);
    if (state.arenaOffset < 0 || state.arenaOffset > program.arenaBytes - bytes ||
        state.arenaOffset % program.alignment)
      return fail("state '" + input.name + "': expected room for output '" + output.name + "' in the arena");
  }
  if (program.variants.empty())
    return fail("expected a target");
  const VariantDesc &first = program.variants[0];
  for (const VariantDesc &variant : program.variants) {
    if (variant.target.arch != first.target.arch || variant.steps.size() != first.steps.size())
      return fail("expected variants of one architecture and of the same steps");
    for (const StepDesc &entry : variant.steps)
      if (llvm::Error error = step(entry))
        return error;
  }
  return llvm::Error::success();
}

llvm::Error tenon::verifyProgram(const ProgramDesc &program) {
  return Verifier(program).run();
}

static const char *cTypeName(ElementType type) {
  switch (type) {
  case ElementType::Float32:
    return "float";
  case ElementType::Float64:
    return "double";
  case ElementType::Int8:
    return "int8_t";
  case ElementType::Int16:
    return "int16_t";
  case ElementType::Int32:
    return "int32_t";
  case ElementType::Int64:
    return "int64_t";
  case ElementType::UInt16:
    return "uint16_t";
  case ElementType::UInt32:
    return "uint32_t";
  case ElementType::UInt64:
    return "uint64_t";
  case ElementType::UInt8:
  case ElementType::Bool:
    return "uint8_t";
  default:
    return nullptr;
  }
}

/// A name as it may stand in a C comment on one line.
static std::string commentText(llvm::StringRef name) {
  std::string text;
  for (char c : name)
    text.push_back(llvm::isPrint(c) && c != '*' && c != '\\' ? c : '_');
  return text;
}

std::string tenon::emitHeader(const ProgramDesc &program) {
  std::vector<std::string> names;
  for (const SymbolDesc &symbol : program.symbols)
    names.push_back(commentText(symbol.name));
  std::string text;
  llvm::raw_string_ostream os(text);
  std::string guard = "TENON_MODEL_" + llvm::StringRef(program.symbolName()).upper() + "_H";
  os << "/* The model '" << commentText(program.name) << "', compiled by Tenon.\n *\n";
  auto list = [&](llvm::ArrayRef<TensorDesc> tensors, const char *what) {
    for (size_t i = 0; i < tensors.size(); ++i) {
      const char *type = cTypeName(tensors[i].type);
      os << " * " << what << " " << i << ": '" << commentText(tensors[i].name) << "', "
         << elementName(tensors[i].type);
      if (type)
        os << " (" << type << ")";
      os << " [";
      for (size_t k = 0; k < tensors[i].dims.size(); ++k)
        os << (k ? ", " : "") << tensors[i].dims[k].text(names);
      os << "]" << (tensors[i].isBound ? ", compiled in" : "") << "\n";
    }
  };
  list(program.inputs, "input");
  list(program.outputs, "output");
  for (const SymbolDesc &symbol : program.symbols)
    os << " * dimension " << commentText(symbol.name) << ": " << symbol.min << " to " << symbol.max
       << (symbol.dataDependent ? ", known after a run" : "") << "\n";
  os << " */\n#ifndef " << guard << "\n#define " << guard << "\n\n#include \"tenon-c/Model.h\"\n\n"
     << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n/* The model; see tenon-c/Model.h for what it can do. "
        "*/\n"
     << "const tenon_model *" << program.entrySymbol()
     << "(void);\n\n#ifdef __cplusplus\n}\n#endif\n\n#endif /* " << guard << " */\n";
  return text;
}
