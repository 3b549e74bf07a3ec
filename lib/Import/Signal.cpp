#include "lib/Import/MovementHelpers.h"
#include "lib/Import/Translate.h"
#include "lib/Import/Windows.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace tenon;
using namespace tenon::onnx_import;

/// Elements of a table that is computed at import: more would rather be a weight.
static constexpr int64_t kMaxTable = int64_t(1) << 26;

/// Padding with the carried state (or zeros), a depthwise convolution, an optional x * sigmoid(x); the new
/// state is the end of what was convolved.
static LogicalResult translateCausalConv(NodeImporter &n) {
  mlir::Value x = n.require(0), w = n.require(1), past = n.in(3);
  if (!x || !w)
    return failure();
  StringRef activation = n.attrs.getString("activation", "none");
  if (activation != "none" && activation != "silu" && activation != "swish")
    return n.fail("expected activation none, silu or swish, but got " + quoted(activation));
  nn::Dims dims = nn::getDims(x);
  std::optional<SmallVector<int64_t>> weights = nn::getStatic(nn::getDims(w));
  if (dims.size() != 3 || !weights || weights->size() != 3 || (*weights)[2] < 1 ||
      (*weights)[2] > nn::kMaxWindow || dims[1] != dimOf(n, (*weights)[0]))
    return n.fail("expected an input (batch, channels, length) and weights (channels, 1, kernel), but got " +
                  nn::dimsToString(dims) + " and " + nn::dimsToString(nn::getDims(w)));
  int64_t carried = (*weights)[2] - 1;
  mlir::Value padded;
  if (past) {
    if (nn::getDims(past) != nn::Dims{dims[0], dims[1], dimOf(n, carried)})
      return n.fail("expected a past_state of the last " + Twine(carried) + " positions, but got " +
                    nn::dimsToString(nn::getDims(past)));
    padded = n.create<nn::ConcatOp>({past, x}, {n.attr("axis", int64_t(2))});
  } else {
    padded = n.create<nn::PadOp>({x, {}}, {n.attr("pads", ArrayRef<int64_t>{0, 0, carried, 0, 0, 0}),
                                           n.attr("mode", StringRef("constant"))});
  }
  if (!padded)
    return failure();
  mlir::Value y = n.create<nn::ConvOp>(
      {padded, w, n.in(2)}, {n.attr("strides", ArrayRef<int64_t>{1}), n.attr("pads", ArrayRef<int64_t>{0, 0}),
                             n.attr("dilations", ArrayRef<int64_t>{1}), n.attr("group", (*weights)[0])});
  if (activation != "none" && y)
    y = n.create<nn::MulOp>({y, n.create<nn::SigmoidOp>({y})});
  n.out(0, y);
  if (n.wants(1)) {
    nn::Dim zero = dimOf(n, 0);
    n.out(1, sliceOf(n, padded, {zero, zero, dims[2]}, {dims[0], dims[1], dimOf(n, carried)}, {1, 1, 1}));
  }
  return success();
}

/// a0 - a1 cos(2 pi i / N) + a2 cos(4 pi i / N)
static Translator windowOf(double a0, double a1, double a2) {
  return [=](NodeImporter &n) -> LogicalResult {
    FailureOr<int64_t> size = n.scalarInt(n.require(0), "size");
    FailureOr<Type> type = n.elementType(n.attrs.getInt("output_datatype", 1));
    if (failed(size) || failed(type))
      return failure();
    if (*size < 0 || *size > kMaxTable)
      return n.fail("expected a size from 0 to " + Twine(kMaxTable) + ", but got " + Twine(*size));
    double period = double(n.attrs.getInt("periodic", 1) ? *size : *size - 1);
    HostTensor table(*type, {*size});
    for (int64_t i = 0; i < *size; ++i) {
      double angle = 2 * M_PI * double(i) / period;
      table.setF(i, a0 - a1 * std::cos(angle) + a2 * std::cos(2 * angle));
    }
    n.out(0, n.constant(table));
    return success();
  };
}

/// Triangles that are equally spaced on the mel scale, in bins of a spectrum.
static LogicalResult translateMelWeightMatrix(NodeImporter &n) {
  FailureOr<int64_t> bands = n.scalarInt(n.require(0), "num_mel_bins"),
                     length = n.scalarInt(n.require(1), "dft_length"),
                     rate = n.scalarInt(n.require(2), "sample_rate");
  FailureOr<HostTensor> low = n.constant(n.require(3), "lower_edge_hertz"),
                        high = n.constant(n.require(4), "upper_edge_hertz");
  FailureOr<Type> type = n.elementType(n.attrs.getInt("output_datatype", 1));
  if (failed(bands) || failed(length) || failed(rate) || failed(low) || failed(high) || failed(type))
    return failure();
  if (low->size() != 1 || high->size() != 1)
    return n.fail("expected scalars for the edges");
  if (*bands < 0 || *length < 0 || *rate < 1 || *bands > kMaxTable || *length > kMaxTable ||
      (*length / 2 + 1) * std::max<int64_t>(*bands, 1) > kMaxTable)
    return n.fail("expected sizes from 0 and a table of at most " + Twine(kMaxTable) + " elements");
  int64_t bins = *length / 2 + 1;
  auto mel = [](double hertz) { return 2595 * std::log10(1 + hertz / 700); };
  double first = mel(low->getF(0)), step = (mel(high->getF(0)) - first) / double(*bands + 2);
  SmallVector<int64_t> edges;
  for (int64_t i = 0; i < *bands + 2; ++i) {
    double hertz = 700 * (std::pow(10.0, (first + double(i) * step) / 2595) - 1);
    double bin = std::floor(double(*length + 1) * hertz / double(*rate));
    if (!(bin >= 0 && bin < double(bins)))
      return n.fail("expected edges from 0 to half the sample rate, but got " + std::to_string(low->getF(0)) +
                    " and " + std::to_string(high->getF(0)));
    edges.push_back(int64_t(bin));
  }
  HostTensor table(*type, {bins, *bands});
  for (int64_t i = 0; i < *bands; ++i) {
    int64_t left = edges[i], centre = edges[i + 1], right = edges[i + 2];
    if (left == centre)
      table.setF(centre * *bands + i, 1);
    for (int64_t j = left; left < centre && j <= centre; ++j)
      table.setF(j * *bands + i, double(j - left) / double(centre - left));
    for (int64_t j = centre; j < right; ++j)
      table.setF(j * *bands + i, double(right - j) / double(right - centre));
  }
  n.out(0, n.constant(table));
  return success();
}

/// The product of the affine matrices with a constant grid of homogeneous positions.
static LogicalResult translateAffineGrid(NodeImporter &n) {
  mlir::Value theta = n.require(0);
  FailureOr<SmallVector<int64_t>> size = n.ints(n.require(1), "size");
  if (!theta || failed(size))
    return failure();
  size_t rank = size->size() - 2;
  if (size->size() != 4 && size->size() != 5)
    return n.fail("expected a size of 4 or 5 numbers, but got " + Twine(size->size()));
  Type element = nn::getElementType(theta);
  nn::Dims expected = {nn::getRank(theta) ? nn::getDims(theta)[0] : dimOf(n, 0), dimOf(n, int64_t(rank)),
                       dimOf(n, int64_t(rank) + 1)};
  std::optional<int64_t> batch = nn::getStatic(expected[0]);
  if (nn::getDims(theta) != expected || (batch && *batch != (*size)[0]) || !isa<FloatType>(element))
    return n.fail("expected theta to be a float tensor of " + Twine((*size)[0]) +
                  " affine matrices, but got " + nn::dimsToString(nn::getDims(theta)));
  SmallVector<int64_t> extents(size->begin() + 2, size->end());
  int64_t points = 1;
  for (int64_t extent : extents) {
    if (extent < 0 || extent > kMaxTable || points * extent > kMaxTable)
      return n.fail("expected a grid of at most " + Twine(kMaxTable) + " points");
    points *= extent;
  }
  bool corners = n.attrs.getInt("align_corners", 0) != 0;
  SmallVector<int64_t> shape(extents);
  shape.push_back(int64_t(rank) + 1);
  HostTensor grid(element, shape);
  SmallVector<int64_t> at(rank, 0);
  for (int64_t i = 0; i < points; ++i, nextIndex(at, extents)) {
    // The first coordinate is along the last dimension.
    for (size_t d = 0; d < rank; ++d) {
      double extent = double(extents[rank - 1 - d]), position = double(at[rank - 1 - d]);
      double value =
          corners ? (extent == 1 ? -1.0 : -1 + 2 * position / (extent - 1)) : (2 * position + 1) / extent - 1;
      grid.setF(i * int64_t(rank + 1) + int64_t(d), value);
    }
    grid.setF(i * int64_t(rank + 1) + int64_t(rank), 1);
  }
  StringRef equation = rank == 2 ? "hwk,nik->nhwi" : "dhwk,nik->ndhwi";
  n.out(0, n.create<nn::EinsumOp>({n.constant(grid), theta}, {n.attr("equation", equation)}));
  return success();
}

/// Axis and length are attributes or operands, depending on the version.
static LogicalResult translateDft(NodeImporter &n) {
  mlir::Value x = n.require(0);
  if (!x)
    return failure();
  int64_t rank = nn::getRank(x);
  int64_t axis = n.opset() < 20 ? n.attrs.getInt("axis", 1) : -2;
  if (n.opset() >= 20 && n.in(2)) {
    FailureOr<int64_t> given = n.scalarInt(n.in(2), "axis");
    if (failed(given))
      return failure();
    axis = *given;
  }
  std::optional<int64_t> normal = nn::normalizeAxis(axis, rank);
  if (!normal)
    return n.fail("expected an axis of a tensor of rank " + Twine(rank) + ", but got " + Twine(axis));
  bool inverse = n.attrs.getInt("inverse", 0) != 0, onesided = n.attrs.getInt("onesided", 0) != 0;
  int64_t length;
  if (n.in(1)) {
    FailureOr<int64_t> given = n.scalarInt(n.in(1), "dft_length");
    if (failed(given))
      return failure();
    length = *given;
  } else {
    std::optional<int64_t> extent = nn::getStatic(nn::getDims(x)[*normal]);
    if (!extent || *extent > nn::kMaxExtent)
      return n.fail("expected a known extent of the transformed dimension: bind its symbol by --dim");
    length = inverse && onesided ? 2 * (*extent - 1) : *extent;
  }
  n.out(0, n.create<nn::DftOp>({x}, {n.attr("axis", *normal), n.attr("length", length),
                                     n.attr("inverse", inverse), n.attr("onesided", onesided)}));
  return success();
}

static LogicalResult translateStft(NodeImporter &n) {
  mlir::Value x = n.require(0), window = n.in(2);
  FailureOr<int64_t> step = n.scalarInt(n.require(1), "frame_step");
  if (!x || failed(step))
    return failure();
  std::optional<int64_t> length;
  if (n.in(3)) {
    FailureOr<int64_t> given = n.scalarInt(n.in(3), "frame_length");
    if (failed(given))
      return failure();
    length = *given;
  } else if (mlir::Value from = window ? window : x; nn::getRank(from) > (window ? 0 : 1)) {
    length = nn::getStatic(nn::getDims(from)[window ? 0 : 1]);
  }
  if (!length)
    return n.fail("expected a known frame_length");
  n.out(0, n.create<nn::StftOp>({x, window}, {n.attr("frame_step", *step), n.attr("frame_length", *length),
                                              n.attr("onesided", n.attrs.getInt("onesided", 1) != 0)}));
  return success();
}

static LogicalResult translateDet(NodeImporter &n) {
  mlir::Value x = n.require(0);
  if (!x)
    return failure();
  n.out(0, n.create<nn::DetOp>({x}));
  return success();
}

static LogicalResult translateCol2Im(NodeImporter &n) {
  mlir::Value x = n.require(0);
  FailureOr<SmallVector<int64_t>> image = n.ints(n.require(1), "image_shape"),
                                  block = n.ints(n.require(2), "block_shape");
  if (!x || failed(image) || failed(block))
    return failure();
  SmallVector<int64_t> ones(image->size(), 1), zeros(2 * image->size(), 0);
  nn::Windows windows(*block, n.attrs.getInts("strides", ones), n.attrs.getInts("dilations", ones),
                      n.attrs.getInts("pads", zeros));
  SmallVector<NamedAttribute> attrs = windowAttrs(n, windows);
  attrs.push_back(n.attr("image", ArrayRef<int64_t>(*image)));
  attrs.push_back(n.attr("kernel", ArrayRef<int64_t>(*block)));
  n.out(0, n.create<nn::Col2ImOp>({x}, attrs));
  return success();
}

static LogicalResult translateDeformConv(NodeImporter &n) {
  mlir::Value x = n.require(0), w = n.require(1), offset = n.require(2);
  if (!x || !w || !offset)
    return failure();
  FailureOr<nn::Windows> windows = readWindows(n, x, w);
  if (failed(windows))
    return failure();
  SmallVector<NamedAttribute> attrs = windowAttrs(n, *windows);
  attrs.push_back(n.attr("group", n.attrs.getInt("group", 1)));
  attrs.push_back(n.attr("offset_group", n.attrs.getInt("offset_group", 1)));
  n.out(0, n.create<nn::DeformConvOp>({x, w, offset, n.in(3), n.in(4)}, attrs));
  return success();
}

void onnx_import::populateSignal(Translators &translators) {
  translators.add("CausalConvWithState", translateCausalConv);
  translators.add("DFT", translateDft);
  translators.add("STFT", translateStft);
  translators.add("Det", translateDet);
  translators.add("Col2Im", translateCol2Im);
  translators.add("DeformConv", translateDeformConv);
  translators.add("AffineGrid", translateAffineGrid);
  translators.add("HannWindow", windowOf(0.5, 0.5, 0));
  translators.add("HammingWindow", windowOf(25.0 / 46, 21.0 / 46, 0));
  translators.add("BlackmanWindow", windowOf(0.42, 0.5, 0.08));
  translators.add("MelWeightMatrix", translateMelWeightMatrix);
}
