#pragma once

#include "dialects/NN/NN.h"
#include "dialects/Sched/Sched.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/Lower/Math/MathLibrary.h"
#include "llvm/ADT/StringMap.h"

/// From `nn` ops in a task to loop nests (`kernel.generic`, and scf loops around them) on memrefs.
///
/// An op's lowering reads operand buffers and fills result buffers, which the caller of the task owns;
/// intermediate buffers come from `TaskBuilder::scratch`. Arithmetic is written on scalars, once; the
/// expansion vectorises it.
namespace tenon::lower {

/// Element type in memory: bool and sub-byte integers take an i8, unsigned ones become signless, bf16 an i16,
/// 8- and 4-bit floats an i8; the rest is itself.
mlir::Type storageType(mlir::Type element);
/// Type that arithmetic on such elements is done in: f32 for all floats but f64; i1 for bool; i8 for sub-byte
/// integers; else the signless integer.
mlir::Type computeType(mlir::Type element);
/// Whether integers of this type are unsigned (ui* and bool).
bool isUnsigned(mlir::Type element);

/// A buffer with the `nn` element type it stands for.
struct Tensor {
  mlir::Value memref; ///< of storageType(element)
  mlir::Type element;
  nn::Dims dims;                    ///< logical extents
  sched::LayoutAttr layout = {};    ///< of the buffer, null for row-major; only nests may access others
  mlir::ElementsAttr constant = {}; ///< of a single element known to the task, which has no buffer
  int64_t rank() const { return dims.size(); }
};

class TaskBuilder;
class ScalarBuilder;

/// Element as it lies in memory (storageType) to its compute type.
mlir::Value toCompute(ScalarBuilder &s, mlir::Value x, mlir::Type element);
/// Value of compute type to the element as it lies in memory.
mlir::Value toStorage(ScalarBuilder &s, mlir::Value x, mlir::Type element);

/// Scalar arithmetic inside a loop nest. Values have compute types; both operands of a binary have the same
/// type. Integer ops that differ by sign take `u` = isUnsigned(element).
class ScalarBuilder {
public:
  ScalarBuilder(mlir::OpBuilder &b, mlir::Location loc, MathLibrary &library)
      : b(b), loc(loc), library(library) {}
  mlir::OpBuilder &b;
  mlir::Location loc;
  MathLibrary &library;
  using V = mlir::Value;

  V constant(mlir::Type computeType, double value); ///< float or integer (exact up to 2^53)
  V constantInt(mlir::Type computeType, int64_t value);
  V index(int64_t value); ///< constant of index type
  V loop(int64_t dim);    ///< coordinate along loop dimension `dim` (index type)
  V add(V x, V y);
  V sub(V x, V y);
  V mul(V x, V y);
  V neg(V x);
  V fma(V x, V y, V z);            ///< x * y + z; mul and add on integers
  V div(V x, V y, bool u = false); ///< floats; integers truncate; x / 0 = 0, no trap on overflow
  V rem(V x, V y, bool u = false); ///< C's % and fmod: sign of x
  V min(V x, V y, bool u = false);
  V max(V x, V y, bool u = false); ///< NaN if either is NaN
  V cmp(llvm::StringRef predicate, V x, V y,
        bool u = false); ///< "eq","ne","lt","le","gt","ge"; ordered on floats ("ne" unordered); i1
  V select(V condition, V x, V y);
  V andOp(V x, V y);
  V orOp(V x, V y);
  V xorOp(V x, V y);
  V notOp(V x); ///< bitwise; on i1 logical
  V shl(V x, V y);
  V shr(V x, V y, bool u); ///< amounts >= the width give 0 (or the sign)
  V isNan(V x);
  V abs(V x);
  V sqrt(V x);
  V floor(V x);
  V ceil(V x);
  V roundEven(V x);
  V trunc(V x);
  /// Transcendental on floats, as an op of the math dialect, expanded later: exp, expm1, log, log1p, sin,
  /// cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh, erf.
  V math(llvm::StringRef function, V x);
  V pow(V x, V y); ///< floats
  V sigmoid(V x);
  /// Value conversion between compute types of the given nn element types (float to integer truncates and
  /// saturates, NaN gives 0; to bool: nonzero; the result is rounded to `to`'s precision, e.g. through f16).
  V cast(V x, mlir::Type from, mlir::Type to);
  /// f64 to f32 with rounding to odd, which a further rounding (to 22 bits or fewer) does not distort; others
  /// stay as they are.
  V toOdd(V x);
  V toIndex(V integer, bool u = false); ///< integer compute value to index type
  V fromIndex(V index, mlir::Type integerType);
  // index arithmetic: add, sub, mul, min, max, cmp work on index type too (signed)
  V floorDivIndex(V x, int64_t divisor);
  V modIndex(V x, int64_t divisor);
  V clampIndex(V x, V low, V high); ///< inclusive

  /// Element of `t` at computed subscripts (index type) that must be in bounds: clamp first. A gather when
  /// vectorised.
  V load(const Tensor &t, llvm::ArrayRef<V> subscripts);
};

/// A perfect loop nest: becomes one kernel.generic.
///
///   Nest nest(task, y.dims);                       // parallel loops over y's extents
///   nest.in(x, broadcast subscripts…); nest.out(y);
///   nest.emit([&](ScalarBuilder &s, ValueRange in, ValueRange) { return {s.add(in[0], in[1])}; });
class Nest {
public:
  Nest(TaskBuilder &task, llvm::ArrayRef<nn::Dim> parallel, llvm::ArrayRef<nn::Dim> reduction = {});

  /// Loop dimension `i` (parallel first, then reductions) as an affine expression.
  mlir::AffineExpr d(int64_t i);
  mlir::AffineExpr c(int64_t value);
  /// All parallel dimensions in order.
  llvm::SmallVector<mlir::AffineExpr> parallelDims();

  /// Adds an input read at affine subscripts of the loop dimensions (dims and constants only).
  Nest &in(const Tensor &t, llvm::ArrayRef<mlir::AffineExpr> subscripts);
  /// Adds an input that is NumPy-broadcast to the parallel dimensions, or a constant.
  Nest &inBroadcast(const Tensor &t);
  /// Adds an output; default subscripts: the parallel dimensions.
  Nest &out(const Tensor &t);
  Nest &out(const Tensor &t, llvm::ArrayRef<mlir::AffineExpr> subscripts);
  /// Adds an accumulator that starts at `init` (a compute-typed scalar defined before the nest).
  Nest &acc(mlir::Value init);
  /// Runs dimension 0 over [begin, end) only (index values).
  Nest &range(mlir::Value begin, mlir::Value end);
  /// Leaves out the points of the reductions where `expr`, which is linear in one reduction dimension and at
  /// most one parallel dimension, is negative.
  Nest &where(mlir::AffineExpr expr);

  using Values = llvm::SmallVector<mlir::Value>;
  /// `in`: the inputs' elements, converted to compute types; `acc`: the accumulators. Returns the outputs
  /// (converted to the outputs' element types from their compute types), or the new accumulators if there are
  /// reduction dimensions.
  using Body = llvm::function_ref<Values(ScalarBuilder &, mlir::ValueRange in, mlir::ValueRange acc)>;
  /// Returns the outputs, in compute types. Inputs read here use ScalarBuilder::load with
  /// ScalarBuilder::loop.
  using Epilogue = llvm::function_ref<Values(ScalarBuilder &, mlir::ValueRange acc)>;
  void emit(Body body);
  void emit(Body body, Epilogue epilogue);

private:
  void build(Body body, const Epilogue *epilogue);
  TaskBuilder &task;
  nn::Dims extents;
  int64_t numParallel;
  llvm::SmallVector<Tensor> inputs, outputs;
  llvm::SmallVector<mlir::AffineMap> inputMaps, outputMaps;
  llvm::SmallVector<mlir::Value> inits, bounds;
  llvm::SmallVector<mlir::AffineExpr> constraints;
};

/// What a lowering may use of the task under construction.
class TaskBuilder {
public:
  mlir::OpBuilder &b;
  mlir::Location loc;

  /// The buffer of an operand or result of the op being lowered.
  Tensor tensor(mlir::Value nnValue);
  /// A temporary buffer of the task, uninitialised. `element` is an nn element type.
  Tensor scratch(mlir::Type element, llvm::ArrayRef<nn::Dim> dims, sched::LayoutAttr layout = {});
  /// The same memory with another shape of equal size (row-major).
  Tensor reshape(const Tensor &t, llvm::ArrayRef<nn::Dim> dims);
  /// The part of `t` at index `i` of dimension 0 (rank drops by one).
  Tensor slice(const Tensor &t, mlir::Value i);
  /// The part of `t` from `offsets` (index values) of extents `dims`, steps 1; same rank.
  Tensor window(const Tensor &t, llvm::ArrayRef<mlir::Value> offsets, llvm::ArrayRef<nn::Dim> dims);

  /// Run-time extent as an index value (a constant if static).
  mlir::Value extent(nn::Dim dim);
  mlir::Value index(int64_t value);
  /// Writes the value of a data-dependent symbol (index type).
  void setSymbol(nn::Dim symbol, mlir::Value value);
  /// Scalar arithmetic outside nests.
  ScalarBuilder scalars() { return ScalarBuilder(b, loc, library); }
  /// Loads one element (compute type) at index subscripts, outside nests.
  mlir::Value load(const Tensor &t, mlir::ValueRange subscripts);
  /// Stores one element given in compute type.
  void store(mlir::Value value, const Tensor &t, mlir::ValueRange subscripts);
  /// for (i = begin; i < end; ++i) body(i)
  void loop(mlir::Value begin, mlir::Value end, llvm::function_ref<void(mlir::Value i)> body);
  /// A loop with carried values; body returns the next ones; the final ones are returned.
  llvm::SmallVector<mlir::Value>
  loop(mlir::Value begin, mlir::Value end, mlir::ValueRange carried,
       llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value i, mlir::ValueRange carried)> body);
  void fill(const Tensor &t, double value);
  void copy(const Tensor &from, const Tensor &to);

  mlir::MLIRContext *context() { return b.getContext(); }
  nn::Dim dim(int64_t value) { return nn::constDim(context(), value); }

  TaskBuilder(mlir::OpBuilder &b, mlir::Location loc, MathLibrary &library)
      : b(b), loc(loc), library(library), flops(nn::constDim(b.getContext(), 0)) {}
  MathLibrary &library;
  int64_t l2Bytes = 512 << 10; ///< a core's second data cache

  /// How many rows go through all nests at a time: what the task's schedule says, from 1 to `most`, else
  /// `choice`.
  int64_t takeRows(int64_t choice, int64_t most);
  llvm::ArrayRef<int64_t> givenRows; ///< of the task's schedule; empty: none
  llvm::SmallVector<int64_t> rows;   ///< taken so far
  /// A row-major tensor at `pointer` (a memref of rank 0).
  Tensor view(mlir::Value pointer, mlir::Type element, llvm::ArrayRef<nn::Dim> dims);

  /// Set-up by the pass: where values and symbols live.
  llvm::DenseMap<mlir::Value, Tensor> values;
  unsigned symbolCount = 0;
  mlir::Value symbols; ///< memref<?xi64> of the model's symbols
  /// Arithmetic operations of all nests so far, over the symbols; loops around nests count where their trip
  /// count is static.
  nn::Dim flops;
  int64_t repeats = 1; ///< static trip count of the enclosing loops
};

/// Lowers one op. Fails with a diagnostic.
using Lowering = std::function<mlir::LogicalResult(mlir::Operation *, TaskBuilder &)>;

/// Lowerings by op name.
class Lowerings {
public:
  template <typename Op>
  void add(std::function<mlir::LogicalResult(Op, TaskBuilder &)> lowering) {
    table[Op::getOperationName()] = [lowering](mlir::Operation *op, TaskBuilder &task) {
      return lowering(llvm::cast<Op>(op), task);
    };
  }
  const Lowering *find(llvm::StringRef name) const {
    auto it = table.find(name);
    return it == table.end() ? nullptr : &it->second;
  }
  static const Lowerings &get();

private:
  llvm::StringMap<Lowering> table;
};

// One per family of operators.
void populateAttention(Lowerings &lowerings);
void populateContraction(Lowerings &lowerings);
void populateConversion(Lowerings &lowerings);
void populateElementwise(Lowerings &lowerings);
void populateImage(Lowerings &lowerings);
void populateIndexing(Lowerings &lowerings);
void populateInteger(Lowerings &lowerings);
void populateMovement(Lowerings &lowerings);
void populateNormalization(Lowerings &lowerings);
void populatePool(Lowerings &lowerings);
void populateRecurrent(Lowerings &lowerings);
void populateReduction(Lowerings &lowerings);
void populateScan(Lowerings &lowerings);
void populateSelection(Lowerings &lowerings);
void populateSignal(Lowerings &lowerings);

} // namespace tenon::lower
