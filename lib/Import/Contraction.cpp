#include "lib/Import/Translate.h"
#include "lib/Import/Windows.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::onnx_import;

static LogicalResult translateConv(NodeImporter &n) {
  FailureOr<Convolution> conv = readConvolution(n, 0, 1);
  if (failed(conv))
    return failure();
  n.out(0, n.create<nn::ConvOp>({conv->x, conv->weights, n.in(2)}, conv->attrs));
  return success();
}

/// ONNX gives the result's extents in four ways (explicit pads, auto_pad, output_padding, output_shape); all
/// become pads, of which those at the end may be negative.
static LogicalResult translateConvTranspose(NodeImporter &n) {
  mlir::Value x = n.require(0), w = n.require(1);
  if (!x || !w)
    return failure();
  nn::Dims spatial = nn::getDims(x);
  if (spatial.size() < 3)
    return n.fail("expected an input of rank 3 or more, but got " + nn::dimsToString(spatial));
  spatial.erase(spatial.begin(), spatial.begin() + 2);
  size_t rank = spatial.size();
  std::optional<SmallVector<int64_t>> shape = nn::getStatic(nn::getDims(w));
  if (!shape || shape->size() != rank + 2)
    return n.fail("expected weights of rank " + Twine(rank + 2) + " and known extents, but got " +
                  nn::dimsToString(nn::getDims(w)));
  ArrayRef<int64_t> kernel = n.attrs.getInts("kernel_shape", {});
  if (!kernel.empty() && kernel != ArrayRef(*shape).drop_front(2))
    return n.fail("expected kernel_shape to be the weights' extents " + nn::dimsToString(nn::getDims(w)));
  SmallVector<int64_t> ones(rank, 1), zeros(2 * rank, 0);
  nn::Windows windows(ArrayRef(*shape).drop_front(2), n.attrs.getInts("strides", ones),
                      n.attrs.getInts("dilations", ones), n.attrs.getInts("pads", zeros));
  SmallVector<int64_t> padding(n.attrs.getInts("output_padding", ArrayRef(zeros).take_front(rank)));
  SmallVector<int64_t> outputShape(n.attrs.getInts("output_shape", {}));
  StringRef autoPad = n.attrs.getString("auto_pad", "NOTSET");
  if (!llvm::is_contained({"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"}, autoPad))
    return n.fail("expected auto_pad NOTSET, VALID, SAME_UPPER or SAME_LOWER, but got " + quoted(autoPad));
  // Some exporters write the whole shape.
  if (outputShape.size() == rank + 2)
    outputShape.erase(outputShape.begin(), outputShape.begin() + 2);
  if (windows.strides.size() != rank || windows.dilations.size() != rank || windows.pads.size() != 2 * rank ||
      padding.size() != rank || (!outputShape.empty() && outputShape.size() != rank))
    return n.fail(
        "expected one stride, dilation and output_padding, two pads and at most one output_shape for "
        "each of " +
        Twine(rank) + " spatial dimensions");
  bool same = autoPad.starts_with("SAME");
  if (autoPad == "VALID")
    windows.pads = zeros;
  for (size_t i = 0; i < rank; ++i) {
    for (int64_t value : {windows.kernel[i], windows.strides[i], windows.dilations[i], padding[i] + 1})
      if (value < 1 || value > nn::kMaxWindow)
        return n.fail("expected kernel extents, strides, dilations and output_padding from 1 (0) to " +
                      Twine(nn::kMaxWindow) + ", but got " + Twine(value));
    if (outputShape.empty() && !same) {
      windows.pads[rank + i] -= padding[i];
      continue;
    }
    // What the result of all contributions has too much.
    int64_t total = windows.span(i) - windows.strides[i] + padding[i];
    if (!outputShape.empty()) {
      std::optional<int64_t> extent = nn::getStatic(spatial[i]);
      if (!extent || *extent > nn::kMaxExtent || outputShape[i] < 0 || outputShape[i] > nn::kMaxExtent)
        return n.fail("expected known extents with output_shape, but got " + nn::dimsToString(spatial));
      total = (*extent - 1) * windows.strides[i] + windows.span(i) + padding[i] - outputShape[i];
    }
    int64_t spread = std::max<int64_t>(total, 0);
    windows.pads[i] = autoPad == "SAME_UPPER" ? spread / 2 : spread - spread / 2;
    windows.pads[rank + i] = total - windows.pads[i] - padding[i];
  }
  SmallVector<NamedAttribute> attrs = windowAttrs(n, windows);
  attrs.push_back(n.attr("group", n.attrs.getInt("group", 1)));
  n.out(0, n.create<nn::ConvTransposeOp>({x, w, n.in(2)}, attrs));
  return success();
}

static LogicalResult translateMatMul(NodeImporter &n) {
  mlir::Value a = n.require(0), b = n.require(1);
  if (!a || !b)
    return failure();
  n.out(0, n.create<nn::MatMulOp>({a, b}));
  return success();
}

static LogicalResult translateGemm(NodeImporter &n) {
  mlir::Value a = n.require(0), b = n.require(1);
  if (!a || !b)
    return failure();
  // Before opset 11, the third operand is required; nothing else changed but types.
  n.out(0, n.create<nn::GemmOp>({a, b, n.in(2)}, {n.attr("alpha", double(n.attrs.getFloat("alpha", 1))),
                                                  n.attr("beta", double(n.attrs.getFloat("beta", 1))),
                                                  n.attr("trans_a", n.attrs.getInt("transA", 0) != 0),
                                                  n.attr("trans_b", n.attrs.getInt("transB", 0) != 0)}));
  return success();
}

/// The letters of one term, with the ellipsis replaced by those of `ellipsis` that it stands for.
static std::string expandTerm(StringRef term, StringRef ellipsis, size_t rank) {
  auto [before, after] = term.split("...");
  if (!term.contains("..."))
    return term.str();
  size_t named = before.size() + after.size();
  size_t stands = rank > named ? rank - named : 0;
  return (before + ellipsis.take_back(std::min(stands, ellipsis.size())) + after).str();
}

/// Resolves the ellipsis and the implicit result, and contracts longer operand lists pair by pair.
static LogicalResult translateEinsum(NodeImporter &n) {
  FailureOr<SmallVector<mlir::Value>> operands = n.all();
  if (failed(operands))
    return failure();
  std::string equation = n.attrs.requireString("equation").str();
  llvm::erase(equation, ' ');
  bool isExplicit = StringRef(equation).contains("->");
  auto [left, right] = StringRef(equation).split("->");
  SmallVector<StringRef> parts;
  left.split(parts, ',');
  auto refuse = [&] { return n.fail("expected an equation over the operands, but got " + quoted(equation)); };
  if (parts.size() != operands->size() || operands->empty())
    return refuse();
  // An ellipsis is as many letters, of those that the equation leaves free, as the longest needs.
  size_t longest = 0;
  for (auto [i, part] : llvm::enumerate(parts)) {
    size_t rank = nn::getRank((*operands)[i]), named = part.size();
    if (part.contains("...")) {
      named -= 3;
      if (named > rank)
        return refuse();
      longest = std::max(longest, rank - named);
    } else if (named != rank) {
      return refuse();
    }
  }
  std::string ellipsis;
  for (char c = 'z'; c >= 'A' && ellipsis.size() < longest; --c)
    if (llvm::isAlpha(c) && equation.find(c) == std::string::npos)
      ellipsis.push_back(c);
  if (ellipsis.size() < longest)
    return refuse();
  SmallVector<std::string> terms;
  for (auto [i, part] : llvm::enumerate(parts)) {
    terms.push_back(expandTerm(part, ellipsis, nn::getRank((*operands)[i])));
    if (!llvm::all_of(terms.back(), llvm::isAlpha))
      return refuse();
  }
  std::string output;
  if (isExplicit) {
    output = expandTerm(right, ellipsis, SIZE_MAX);
  } else {
    output = ellipsis;
    for (char c = 'A'; c <= 'z'; ++c)
      if (llvm::isAlpha(c) && llvm::count(left, c) == 1)
        output.push_back(c);
  }
  std::string inputs = llvm::join(terms, ",");
  for (char c : output)
    if (!llvm::isAlpha(c) || inputs.find(c) == std::string::npos)
      return refuse();
  // From the left; a pair keeps the letters that are needed later.
  mlir::Value result = (*operands)[0];
  std::string term = terms[0];
  for (size_t i = 1; i < terms.size() || i == 1; ++i) {
    bool last = i + 1 >= terms.size();
    std::string target;
    if (last) {
      target = output;
    } else {
      std::string later = output + llvm::join(ArrayRef(terms).drop_front(i + 1), "");
      for (char c : term + terms[i])
        if (later.find(c) != std::string::npos && target.find(c) == std::string::npos)
          target.push_back(c);
    }
    SmallVector<mlir::Value> pair = {result};
    std::string pairEquation = term;
    if (i < terms.size()) {
      pair.push_back((*operands)[i]);
      pairEquation += "," + terms[i];
    }
    result = n.create<nn::EinsumOp>(pair, {n.attr("equation", StringRef(pairEquation + "->" + target))});
    if (!result)
      return failure();
    term = target;
  }
  n.out(0, result);
  return success();
}

void onnx_import::populateContraction(Translators &translators) {
  translators.add("Conv", translateConv);
  translators.add("ConvTranspose", translateConvTranspose);
  translators.add("MatMul", translateMatMul);
  translators.add("Gemm", translateGemm);
  translators.add("Einsum", translateEinsum);
}
