#include "lib/Import/Wire.h"
#include "test/lib/Import/TestModels.h"

using namespace tenon;
using namespace tenon::onnx_import;
using namespace tenon::onnx_import::testing;

static llvm::ArrayRef<char> view(const std::string &bytes) {
  return {bytes.data(), bytes.size()};
}

static std::string wireError(const std::string &bytes) {
  llvm::Expected<Skeleton> skeleton = cutLargeTensors(view(bytes));
  return skeleton ? std::string() : llvm::toString(skeleton.takeError());
}

TEST(Wire, leavesSmallModelsAlone) {
  std::string bytes = smallModel().SerializeAsString();
  llvm::Expected<Skeleton> skeleton = cutLargeTensors(view(bytes));
  ASSERT_TRUE(static_cast<bool>(skeleton));
  EXPECT_EQ(skeleton->bytes, bytes);
  EXPECT_TRUE(skeleton->spans.empty());
}

TEST(Wire, cutsLargeTensorsWhereverTheyAre) {
  onnx::ModelProto proto = smallModel();
  onnx::GraphProto &graph = *proto.mutable_graph();
  std::vector<onnx::TensorProto *> large;
  auto fill = [&](onnx::TensorProto *tensor, int64_t count) {
    fillTensor(*tensor, "t" + std::to_string(large.size()), {count});
    large.push_back(tensor);
  };
  fill(graph.add_initializer(), 1024);
  fill(addNode(graph, "Constant", {}, {"c"}).add_attribute()->mutable_t(), 2000);
  onnx::AttributeProto &nested = *addNode(graph, "If", {}, {}).add_attribute();
  fill(nested.mutable_g()->add_initializer(), 3000);
  fill(addNode(*nested.mutable_g(), "Constant", {}, {"d"}).add_attribute()->add_tensors(), 4000);
  fill(graph.add_sparse_initializer()->mutable_values(), 5000);
  onnx::FunctionProto &function = *proto.add_functions();
  fill(addNode(function, "Constant", {}, {"e"}).add_attribute()->mutable_t(), 6000);
  fill(function.add_attribute_proto()->mutable_t(), 7000);
  // Just below the limit.
  fillTensor(*graph.add_initializer(), "small", {1023});
  std::string bytes = proto.SerializeAsString();
  llvm::Expected<Skeleton> skeleton = cutLargeTensors(view(bytes));
  ASSERT_TRUE(static_cast<bool>(skeleton)) << llvm::toString(skeleton.takeError());
  EXPECT_EQ(skeleton->spans.size(), large.size());
  EXPECT_LT(skeleton->bytes.size(), 8000u);

  // Putting the bytes back gives the same message.
  onnx::ModelProto read;
  ASSERT_TRUE(read.ParseFromString(skeleton->bytes));
  onnx::GraphProto &readGraph = *read.mutable_graph();
  onnx::GraphProto &inner = *readGraph.mutable_node(3)->mutable_attribute(0)->mutable_g();
  for (onnx::TensorProto *tensor :
       {readGraph.mutable_initializer(1), readGraph.mutable_node(2)->mutable_attribute(0)->mutable_t(),
        inner.mutable_initializer(0), inner.mutable_node(0)->mutable_attribute(0)->mutable_tensors(0),
        readGraph.mutable_sparse_initializer(0)->mutable_values(),
        read.mutable_functions(0)->mutable_node(0)->mutable_attribute(0)->mutable_t(),
        read.mutable_functions(0)->mutable_attribute_proto(0)->mutable_t()}) {
    ASSERT_TRUE(tensor->has_tenon_span());
    EXPECT_FALSE(tensor->has_raw_data());
    Span span = skeleton->spans[tensor->tenon_span()];
    tensor->set_raw_data(bytes.substr(span.offset, span.length));
    tensor->clear_tenon_span();
  }
  EXPECT_EQ(read.SerializeAsString(), bytes);
}

TEST(Wire, refusesTheImportersOwnField) {
  onnx::ModelProto proto = smallModel();
  proto.mutable_graph()->mutable_initializer(0)->set_tenon_span(0);
  proto.mutable_graph()->mutable_initializer(0)->clear_raw_data();
  expectContains(errorOf(proto), "a tensor holds the unknown field 100000");
}

TEST(Wire, refusesLargeDataGivenTwice) {
  // Two occurrences of raw_data, one cut and one not: protobuf would take the last.
  onnx::ModelProto proto = smallModel();
  onnx::TensorProto &tensor = *proto.mutable_graph()->mutable_initializer(0);
  tensor.clear_raw_data();
  onnx::TensorProto small, large;
  small.set_raw_data(std::string(24, 'a'));
  large.set_raw_data(std::string(5000, 'b'));
  std::string both = tensor.SerializeAsString() + large.SerializeAsString() + small.SerializeAsString();
  onnx::GraphProto holder;
  holder.mutable_unknown_fields()->append("\x2a"); // initializer, length-delimited
  proto.mutable_graph()->clear_initializer();
  for (uint64_t length = both.size(); length; length >>= 7)
    holder.mutable_unknown_fields()->push_back(static_cast<char>((length & 0x7f) | (length >> 7 ? 0x80 : 0)));
  proto.mutable_graph()->mutable_unknown_fields()->append(holder.unknown_fields() + both);
  EXPECT_EQ(errorOf(proto), "initializer 'w': data given more than once (raw, typed or external)");
}

TEST(Wire, refusesImpossibleBytes) {
  EXPECT_EQ(wireError("\x08"), "damaged or not an ONNX model: byte 1: a number is cut off");
  expectContains(wireError("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), "exceeds 64 bits");
  expectContains(wireError("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "exceeds 64 bits");
  EXPECT_EQ(wireError(std::string("\x00\x00", 2)),
            "damaged or not an ONNX model: byte 0: field number 0 is impossible");
  expectContains(wireError("\x0b\x0c"), "wire type 3 does not occur in ONNX");
  expectContains(wireError("\x0e\x0c"), "wire type 6 does not occur in ONNX");
  expectContains(wireError("\x0d\x01\x02"), "a number is cut off");
  expectContains(wireError("\x3a\x05\x01"), "field 7 of 5 bytes does not fit the 1 bytes left");
  expectContains(wireError("\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "does not fit the 0 bytes left");
  expectContains(wireError("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), "is impossible");
}

TEST(Wire, limitsWhatParsingCosts) {
  // Two bytes each, but objects of hundreds of bytes: 8 MB of file for 4 million nodes.
  std::string nodes;
  for (int i = 0; i < 4'000'000; ++i)
    nodes += std::string("\x0a\x00", 2);
  std::string model = "\x3a";
  for (uint64_t length = nodes.size(); length; length >>= 7)
    model.push_back(static_cast<char>((length & 0x7f) | (length >> 7 ? 0x80 : 0)));
  expectContains(wireError(model + nodes), "MiB of memory to parse");
}
