#pragma once

#include "autotune/Measure/ExpectationFile.h"
#include "dialects/Sched/Sched.h"
#include "lib/Support/RawTensor.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include <vector>

/// What goes into the candidates of a task and what must come out, for tools/tenon-runner.
namespace tenon::autotune {

/// A tensor as a compiled model sees it.
struct ExpectedTensor {
  ElementType type = ElementType::Undefined;
  std::vector<char> bytes;
  /// Of an output, per element: how much it may differ. Infinity: it may be anything.
  std::vector<float> tolerance;
  /// Of an input: whether a model computes it right before the task. Weights lie there since long.
  bool isFresh = true;
};

/// Writes the file of runtime and runner (ExpectationFile.h); it appears whole or not at all.
llvm::Error writeExpectation(llvm::StringRef path, llvm::ArrayRef<ExpectedTensor> inputs,
                             llvm::ArrayRef<ExpectedTensor> outputs);

/// An expectation, read from its file.
class ReadExpectation {
public:
  /// Refuses what is none.
  static llvm::Expected<ReadExpectation> open(llvm::StringRef path);
  size_t numInputs() const { return in.size(); }
  size_t numOutputs() const { return out.size(); }
  llvm::ArrayRef<char> input(size_t i) const { return bytesOf(in[i]); }
  llvm::ArrayRef<char> output(size_t i) const { return bytesOf(out[i]); }
  /// How `actual`, of as many bytes as output `i`, differs from it beyond the tolerances: one line, empty if
  /// it does not.
  std::string difference(size_t i, llvm::ArrayRef<char> actual) const;

private:
  llvm::ArrayRef<char> bytesOf(const tn_expected_tensor &tensor) const {
    return {file->getBufferStart() + tensor.offset, static_cast<size_t>(tensor.bytes)};
  }
  std::unique_ptr<llvm::MemoryBuffer> file;
  llvm::ArrayRef<tn_expected_tensor> in, out;
};

/// How the model of a task takes its operands: as tensors in row-major order, or as buffers in the task's
/// layouts (weights packed, images in blocks with borders of zeros).
enum class OperandForm { Tensors, Buffers };

/// Evaluates a task of fixed extents by its operators' references and writes its expectation.
///
/// Inputs follow from `seed`: floats uniform in [-1, 1) on a grid, so that none is denormal; small integers,
/// and zeros where the reference refuses these as indices. An element of a float result may differ by 1e-5
/// (16 bits: by four units of rounding) of the sum of two magnitudes: its own, which is that of the task on
/// the operands' magnitudes, hence for a sum of products the sum of their magnitudes; and the largest of the
/// result. Integers must be equal. What pads a block may be anything, borders are zero. `constants`: the
/// operands that are a model's weights.
llvm::Error writeTaskExpectation(llvm::StringRef path, sched::TaskOp task, OperandForm form,
                                 llvm::ArrayRef<unsigned> constants = {}, uint64_t seed = 1);

} // namespace tenon::autotune
