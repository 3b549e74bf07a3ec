#include "lib/Driver/PackWeights.h"
#include "lib/Support/Winograd.h"
#include <cstring>

using namespace mlir;
using namespace tenon;

namespace {
/// Walks the elements of a tensor in the order in which they lie in a buffer.
class Packing {
public:
  Packing(ArrayRef<int64_t> shape, sched::LayoutAttr layout) : shape(shape), at(shape.size(), 0) {
    auto plain = sched::LayoutAttr::get(layout.getContext(), layout.getOrder(), layout.getBlocks(), {}, {});
    extents = plain.getBufferShape(shape);
    SmallVector<int64_t> strides(shape.size(), 1);
    for (int64_t d = int64_t(shape.size()) - 2; d >= 0; --d)
      strides[d] = strides[d + 1] * shape[d + 1];
    for (int64_t d : layout.getOrder())
      dims.push_back({d, layout.getBlock(d), strides[d]});
    for (size_t i = 0; i < layout.getBlocks().size(); i += 2)
      dims.push_back({layout.getBlocks()[i], 1, strides[layout.getBlocks()[i]]});
    rest.assign(dims.size() + 1, 1);
    for (size_t d = dims.size(); d-- > 0;)
      rest[d] = rest[d + 1] * extents[d];
  }

  int64_t slices() const { return extents[0]; }
  /// Elements of the buffer at one index of its first dimension.
  int64_t sliceSize() const { return rest[1]; }

  /// Calls `run(position in the slice, first element, count, stride)` for every run of elements in the slice
  /// at `index` of the first dimension; the elements are `stride` apart in the tensor.
  template <typename Run>
  void walk(int64_t index, Run run) {
    auto [dim, step, stride] = dims[0];
    at[dim] = index * step;
    walk(1, 0, index * step * stride, run);
    at[dim] = 0;
  }

private:
  struct Dim {
    int64_t dim, step, stride; ///< logical dimension, how far one index moves along it, and its stride
  };

  template <typename Run>
  void walk(size_t d, int64_t position, int64_t element, Run run) {
    if (d == dims.size())
      return run(position, element, 1, 0);
    auto [dim, step, stride] = dims[d];
    int64_t start = at[dim];
    // How many indices of this dimension lie inside the tensor.
    int64_t inside = std::clamp<int64_t>((shape[dim] - start + step - 1) / step, 0, extents[d]);
    if (d + 1 == dims.size())
      return run(position, element, inside, step * stride);
    for (int64_t i = 0; i < inside; ++i) {
      at[dim] = start + i * step;
      walk(d + 1, position + i * rest[d + 1], element + i * step * stride, run);
    }
    at[dim] = start;
  }

  SmallVector<int64_t> shape, extents, at, rest;
  SmallVector<Dim> dims;
};
} // namespace

/// Moves `count` elements of `width` bytes between places that are `to` and `from` bytes apart.
static void move(char *target, int64_t to, const char *source, int64_t from, int64_t count, int64_t width) {
  if (width == 4) {
    for (int64_t i = 0; i < count; ++i)
      std::memcpy(target + i * to, source + i * from, 4);
    return;
  }
  for (int64_t i = 0; i < count; ++i)
    std::memcpy(target + i * to, source + i * from, width);
}

std::optional<int64_t> tenon::packedBytes(ShapedType type, sched::LayoutAttr layout) {
  SmallVector<int64_t> shape(type.getShape());
  if (layout)
    shape = layout.getBufferShape(shape);
  return HostTensor::byteSize(type.getElementType(), shape);
}

/// The filters of a convolution, transformed: (points, outputs, channels).
static HostTensor transformed(const HostTensor &weights, sched::LayoutAttr layout) {
  Winograd rows(layout.getWinograd()[0], weights.dim(2)), columns(layout.getWinograd()[1], weights.dim(3));
  HostTensor result(weights.elementType(), layout.getTransformedShape(weights.shape()));
  int64_t filters = weights.dim(0) * weights.dim(1);
  for (int64_t i = 0; i < filters; ++i)
    transformFilter(rows, columns, weights.data<float>().data() + rows.r * columns.r * i,
                    result.data<float>().data() + i, filters);
  return result;
}

llvm::Error tenon::writePacked(const HostTensor &source, sched::LayoutAttr layout, WeightsSink &sink) {
  if (!layout)
    return sink.write(ArrayRef(source.raw(), source.bytes()));
  HostTensor tensor = layout.isTransformed() ? transformed(source, layout) : source;
  Packing packing(tensor.shape(), layout);
  int64_t width = elementBytes(tensor.elementType());
  std::vector<char> slice(packing.sliceSize() * width);
  for (int64_t i = 0; i < packing.slices(); ++i) {
    std::fill(slice.begin(), slice.end(), 0);
    packing.walk(i, [&](int64_t position, int64_t element, int64_t count, int64_t stride) {
      move(slice.data() + position * width, width, tensor.raw() + element * width, stride * width, count,
           width);
    });
    if (llvm::Error error = sink.write(slice))
      return error;
  }
  return llvm::Error::success();
}
