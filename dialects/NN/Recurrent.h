#pragma once

#include "dialects/NN/NN.h"

/// What LSTM, GRU and RNN have in common.
namespace tenon::nn {

enum class Cell { Lstm, Gru, Rnn };

/// The functions that ONNX offers inside recurrent cells.
enum class Activation {
  Relu,
  Tanh,
  Sigmoid,
  Affine,
  LeakyRelu,
  ThresholdedRelu,
  ScaledTanh,
  HardSigmoid,
  Elu,
  Softsign,
  Softplus
};
/// By its name in lower case.
std::optional<Activation> parseActivation(llvm::StringRef name);

/// One recurrent op, whichever it is.
struct Recurrent {
  explicit Recurrent(LstmOp op);
  explicit Recurrent(GruOp op);
  explicit Recurrent(RnnOp op);

  mlir::Operation *op;
  Cell cell;
  mlir::Value x, w, r, b, lengths, h0, c0, p;
  llvm::StringRef direction;
  mlir::ArrayAttr names;
  llvm::ArrayRef<double> alpha, beta;
  std::optional<double> clip;
  bool batchMajor, inputForget = false, linearBeforeReset = false;

  int64_t gates() const { return cell == Cell::Lstm ? 4 : cell == Cell::Gru ? 3 : 1; }
  /// Activations per direction.
  int64_t functions() const { return cell == Cell::Lstm ? 3 : cell == Cell::Gru ? 2 : 1; }
  int64_t directions() const { return direction == "bidirectional" ? 2 : 1; }
  /// Whether direction `d` runs backwards in time.
  bool reverse(int64_t d) const { return direction == "reverse" || d == 1; }
  int64_t hidden() const { return *getStatic(getDims(r)[2]); }
  Dim time() const { return getDims(x)[batchMajor ? 1 : 0]; }
  Dim batch() const { return getDims(x)[batchMajor ? 0 : 1]; }

  mlir::LogicalResult infer(llvm::SmallVectorImpl<mlir::Type> &types) const;
  mlir::LogicalResult evaluate(EvalContext &ctx) const;

private:
  template <typename Op>
  Recurrent(Op op, Cell cell);
};

} // namespace tenon::nn
