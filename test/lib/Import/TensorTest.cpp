#include "lib/Import/Tensor.h"
#include "test/lib/Import/TestModels.h"
#include <cstring>
#include <filesystem>
#include <unistd.h>

using namespace tenon;
using namespace tenon::onnx_import;
using namespace tenon::onnx_import::testing;

static onnx::TensorProto &weight(onnx::ModelProto &model) {
  return *model.mutable_graph()->mutable_initializer(0);
}

/// A model whose initializer "w" (not used by a node) is `tensor`.
static onnx::ModelProto modelWith(const onnx::TensorProto &tensor) {
  onnx::ModelProto model = emptyModel();
  onnx::GraphProto &graph = *model.mutable_graph();
  addValue(graph.add_input(), "x");
  addValue(graph.add_output(), "y");
  addNode(graph, "Relu", {"x"}, {"y"});
  *graph.add_initializer() = tensor;
  weight(model).set_name("w");
  return model;
}

static onnx::TensorProto typed(int32_t type, std::initializer_list<int64_t> dims) {
  onnx::TensorProto tensor;
  tensor.set_data_type(type);
  for (int64_t dim : dims)
    tensor.add_dims(dim);
  return tensor;
}

/// The bytes of the initializer "w", or the error.
static std::string bytesOf(const onnx::TensorProto &tensor) {
  std::unique_ptr<Model> model = parsed(modelWith(tensor));
  if (!model)
    return "unreadable";
  llvm::Expected<TensorData> data = model->graph().initializer("w")->data();
  if (!data)
    return llvm::toString(data.takeError());
  return std::string(data->bytes().data(), data->bytes().size());
}

template <typename T>
static std::string packed(std::initializer_list<T> values) {
  return std::string(reinterpret_cast<const char *>(values.begin()), values.size() * sizeof(T));
}

TEST(Tensor, checkedNumElementsBounds) {
  EXPECT_EQ(checkedNumElements({}, ElementType::Float32), 1);
  EXPECT_EQ(checkedNumElements({3, 0, 5}, ElementType::Float32), 0);
  EXPECT_EQ(checkedNumElements({1 << 19, 1 << 19}, ElementType::Float32), int64_t(1) << 38);
  EXPECT_EQ(checkedNumElements({1 << 19, (1 << 19) + 1}, ElementType::Float32), std::nullopt);
  EXPECT_EQ(checkedNumElements({0, INT64_MAX, 3}, ElementType::Float32), std::nullopt);
  EXPECT_EQ(checkedNumElements({int64_t(1) << 32, int64_t(1) << 32}, ElementType::Int4), std::nullopt);
  EXPECT_EQ(checkedNumElements({-1}, ElementType::Float32), std::nullopt);
  EXPECT_EQ(checkedNumElements(std::vector<int64_t>(65, 1), ElementType::Float32), std::nullopt);
}

TEST(Tensor, byteCountsRoundUp) {
  EXPECT_EQ(byteCount(3, ElementType::Int4), 2u);
  EXPECT_EQ(byteCount(5, ElementType::UInt2), 2u);
  EXPECT_EQ(byteCount(3, ElementType::Float6E2M3), 3u);
  EXPECT_EQ(byteCount(3, ElementType::Complex128), 48u);
}

TEST(Tensor, convertsTypedFields) {
  onnx::TensorProto tensor = typed(onnx::TensorProto::FLOAT, {2});
  tensor.add_float_data(1.5f);
  tensor.add_float_data(-2.0f);
  EXPECT_EQ(bytesOf(tensor), packed<float>({1.5f, -2.0f}));

  tensor = typed(onnx::TensorProto::INT8, {3});
  for (int value : {-128, 0, 127})
    tensor.add_int32_data(value);
  EXPECT_EQ(bytesOf(tensor), packed<int8_t>({-128, 0, 127}));

  tensor = typed(onnx::TensorProto::UINT16, {2});
  for (int value : {0, 65535})
    tensor.add_int32_data(value);
  EXPECT_EQ(bytesOf(tensor), packed<uint16_t>({0, 65535}));

  tensor = typed(onnx::TensorProto::FLOAT16, {1});
  tensor.add_int32_data(0x3c00);
  EXPECT_EQ(bytesOf(tensor), packed<uint16_t>({0x3c00}));

  tensor = typed(onnx::TensorProto::INT32, {2});
  for (int value : {INT32_MIN, INT32_MAX})
    tensor.add_int32_data(value);
  EXPECT_EQ(bytesOf(tensor), packed<int32_t>({INT32_MIN, INT32_MAX}));

  tensor = typed(onnx::TensorProto::INT64, {1});
  tensor.add_int64_data(INT64_MIN);
  EXPECT_EQ(bytesOf(tensor), packed<int64_t>({INT64_MIN}));

  tensor = typed(onnx::TensorProto::UINT32, {1});
  tensor.add_uint64_data(UINT32_MAX);
  EXPECT_EQ(bytesOf(tensor), packed<uint32_t>({UINT32_MAX}));

  tensor = typed(onnx::TensorProto::DOUBLE, {1});
  tensor.add_double_data(0.1);
  EXPECT_EQ(bytesOf(tensor), packed<double>({0.1}));

  tensor = typed(onnx::TensorProto::COMPLEX64, {1});
  tensor.add_float_data(1);
  tensor.add_float_data(2);
  EXPECT_EQ(bytesOf(tensor), packed<float>({1, 2}));

  tensor = typed(onnx::TensorProto::BOOL, {2});
  tensor.add_int32_data(1);
  tensor.add_int32_data(0);
  EXPECT_EQ(bytesOf(tensor), std::string("\1\0", 2));

  // Two elements per entry, three elements.
  tensor = typed(onnx::TensorProto::INT4, {3});
  tensor.add_int32_data(0x21);
  tensor.add_int32_data(0x0f);
  EXPECT_EQ(bytesOf(tensor), "\x21\x0f");

  // Four six-bit elements 1, 2, 3, 63 make the 24 bits 000001 | 000010<<6 | 000011<<12 | 111111<<18.
  tensor = typed(onnx::TensorProto::FLOAT6E2M3, {4});
  for (int value : {1, 2, 3, 63})
    tensor.add_int32_data(value);
  uint32_t bits = 1 | 2 << 6 | 3 << 12 | 63u << 18;
  EXPECT_EQ(bytesOf(tensor), std::string(reinterpret_cast<const char *>(&bits), 3));
}

TEST(Tensor, refusesValuesThatDoNotFit) {
  onnx::TensorProto tensor = typed(onnx::TensorProto::INT8, {1});
  tensor.add_int32_data(128);
  EXPECT_EQ(bytesOf(tensor), "tensor 'w': value 128 does not fit int8");
  tensor = typed(onnx::TensorProto::UINT8, {1});
  tensor.add_int32_data(-1);
  EXPECT_EQ(bytesOf(tensor), "tensor 'w': value -1 does not fit uint8");
  tensor = typed(onnx::TensorProto::UINT32, {1});
  tensor.add_uint64_data(uint64_t(1) << 32);
  EXPECT_EQ(bytesOf(tensor), "tensor 'w': value 4294967296 does not fit uint32");
  tensor = typed(onnx::TensorProto::BOOL, {2});
  tensor.set_raw_data(std::string("\1\2", 2));
  EXPECT_EQ(bytesOf(tensor), "tensor 'w': expected 0 or 1 in a tensor of booleans, but got 2");
}

TEST(Tensor, readsStringsAndInts) {
  onnx::TensorProto tensor = typed(onnx::TensorProto::STRING, {2});
  tensor.add_string_data("a");
  tensor.add_string_data("bc");
  std::unique_ptr<Model> model = parsed(modelWith(tensor));
  ASSERT_TRUE(model);
  llvm::Expected<std::vector<llvm::StringRef>> strings = model->graph().initializer("w")->strings();
  ASSERT_TRUE(static_cast<bool>(strings));
  EXPECT_EQ(*strings, (std::vector<llvm::StringRef>{"a", "bc"}));
  EXPECT_EQ(llvm::toString(model->graph().initializer("w")->ints().takeError()),
            "tensor 'w': expected int64 or int32, but got string");

  tensor = typed(onnx::TensorProto::INT32, {2});
  tensor.set_raw_data(packed<int32_t>({-7, 8}));
  model = parsed(modelWith(tensor));
  ASSERT_TRUE(model);
  llvm::Expected<llvm::SmallVector<int64_t>> ints = model->graph().initializer("w")->ints();
  ASSERT_TRUE(static_cast<bool>(ints));
  EXPECT_EQ(*ints, (llvm::SmallVector<int64_t>{-7, 8}));
}

TEST(Tensor, refusesWrongByteCounts) {
  onnx::ModelProto model = smallModel();
  weight(model).mutable_raw_data()->push_back('\0');
  EXPECT_EQ(errorOf(model), "initializer 'w': expected 24 bytes for float [2, 3], but got 25");
  weight(model).mutable_raw_data()->resize(23);
  EXPECT_EQ(errorOf(model), "initializer 'w': expected 24 bytes for float [2, 3], but got 23");
  weight(model).clear_raw_data();
  EXPECT_EQ(errorOf(model), "initializer 'w': expected 6 entries for float [2, 3], but got 0");
  for (int i = 0; i < 7; ++i)
    weight(model).add_float_data(0);
  EXPECT_EQ(errorOf(model), "initializer 'w': expected 6 entries for float [2, 3], but got 7");
  // The same for a tensor large enough to stay in the file.
  model = smallModel();
  weight(model).mutable_raw_data()->resize(100000);
  EXPECT_EQ(errorOf(model), "initializer 'w': expected 24 bytes for float [2, 3], but got 100000");
}

TEST(Tensor, refusesBadDims) {
  onnx::ModelProto model = smallModel();
  weight(model).set_dims(0, -2);
  EXPECT_EQ(errorOf(model), "initializer 'w': negative dimension in [-2, 3]");
  weight(model).set_dims(0, int64_t(1) << 61);
  weight(model).set_dims(1, 8);
  EXPECT_EQ(errorOf(model), "initializer 'w': dimensions [2305843009213693952, 8] exceed 2^40 bytes");
  weight(model).set_dims(1, 0);
  expectContains(errorOf(model), "exceed 2^40 bytes");
  for (int i = 0; i < 70; ++i)
    weight(model).add_dims(1);
  expectContains(errorOf(model), "expected at most 64 dimensions, but got 72");
}

TEST(Tensor, refusesTypeConfusion) {
  onnx::ModelProto model = smallModel();
  weight(model).set_data_type(onnx::TensorProto::DOUBLE);
  EXPECT_EQ(errorOf(model), "initializer 'w': expected 48 bytes for double [2, 3], but got 24");
  for (int32_t type : {-1, 0, 29, INT32_MAX}) {
    weight(model).set_data_type(type);
    EXPECT_EQ(errorOf(model), "initializer 'w': unknown tensor data type " + std::to_string(type));
  }
  weight(model).set_data_type(onnx::TensorProto::STRING);
  EXPECT_EQ(errorOf(model), "initializer 'w': strings must be in string_data");
  model = smallModel();
  weight(model).add_float_data(1);
  EXPECT_EQ(errorOf(model), "initializer 'w': data given more than once (raw, typed or external)");
  model = smallModel();
  weight(model).add_int64_data(1);
  EXPECT_EQ(errorOf(model), "initializer 'w': data in a field that does not belong to type float");
  model = smallModel();
  weight(model).mutable_segment()->set_begin(1);
  expectContains(errorOf(model), "segments are not supported");
}

TEST(Tensor, dataOutlivesTheModel) {
  std::unique_ptr<Model> model = parsed(smallModel());
  ASSERT_TRUE(model);
  llvm::Expected<TensorData> data = model->graph().initializer("w")->data();
  ASSERT_TRUE(static_cast<bool>(data));
  model.reset();
  EXPECT_EQ(data->bytes()[5], 5);
}

TEST(Tensor, densifiesSparseTensors) {
  onnx::ModelProto model = smallModel();
  model.mutable_graph()->clear_initializer();
  onnx::SparseTensorProto &sparse = *model.mutable_graph()->add_sparse_initializer();
  sparse.add_dims(2);
  sparse.add_dims(3);
  sparse.mutable_values()->CopyFrom(typed(onnx::TensorProto::FLOAT, {2}));
  sparse.mutable_values()->set_name("w");
  sparse.mutable_values()->add_float_data(4);
  sparse.mutable_values()->add_float_data(5);
  sparse.mutable_indices()->CopyFrom(typed(onnx::TensorProto::INT64, {2, 2}));
  for (int64_t index : {0, 1, 1, 2})
    sparse.mutable_indices()->add_int64_data(index);
  auto dense = [&]() -> std::string {
    std::unique_ptr<Model> read = parsed(model);
    if (!read)
      return "unreadable";
    llvm::Expected<TensorData> data = read->graph().initializer("w")->data();
    return data ? std::string(data->bytes().data(), data->bytes().size()) : llvm::toString(data.takeError());
  };
  EXPECT_EQ(dense(), packed<float>({0, 4, 0, 0, 0, 5}));
  sparse.mutable_indices()->set_int64_data(3, 3);
  EXPECT_EQ(dense(), "sparse tensor 'w': index 3 is outside [2, 3]");
  sparse.mutable_indices()->set_int64_data(3, -1);
  EXPECT_EQ(dense(), "sparse tensor 'w': index -1 is outside [2, 3]");
  // Linear indices.
  sparse.mutable_indices()->CopyFrom(typed(onnx::TensorProto::INT64, {2}));
  sparse.mutable_indices()->add_int64_data(0);
  sparse.mutable_indices()->add_int64_data(5);
  EXPECT_EQ(dense(), packed<float>({4, 0, 0, 0, 0, 5}));
  sparse.set_dims(0, int64_t(1) << 30);
  expectContains(errorOf(model), "dense, it exceeds 256 MiB");
  sparse.set_dims(0, 2);
  sparse.mutable_indices()->set_dims(0, 1);
  sparse.mutable_indices()->mutable_int64_data()->Truncate(1);
  expectContains(errorOf(model), "sparse values [2] and indices [1] do not fit");
}

namespace {

/// A folder with a model's external data, and one beside it.
class ExternalData : public ::testing::Test {
protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "tenon-import-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root = pattern;
    std::filesystem::create_directories(root / "model/sub");
    write("model/w.bin", std::string(8, '\xff') + packed<float>({1, 2, 3, 4, 5, 6}));
    write("secret.bin", std::string(64, 's'));
    model = smallModel();
    weight(model).clear_raw_data();
    weight(model).set_data_location(onnx::TensorProto::EXTERNAL);
    set("location", "w.bin");
    set("offset", "8");
    set("length", "24");
  }
  void TearDown() override { std::filesystem::remove_all(root); }

  void write(const std::string &name, const std::string &bytes) {
    std::ofstream(root / name, std::ios::binary) << bytes;
  }
  void set(const std::string &key, const std::string &value) {
    for (auto &entry : *weight(model).mutable_external_data())
      if (entry.key() == key)
        return entry.set_value(value);
    auto &entry = *weight(model).add_external_data();
    entry.set_key(key);
    entry.set_value(value);
  }
  std::string folder() const { return (root / "model").string(); }
  std::string error() const { return errorOf(model, folder()); }

  std::filesystem::path root;
  onnx::ModelProto model;
};

} // namespace

TEST_F(ExternalData, isMapped) {
  write("model/m.onnx", model.SerializeAsString());
  llvm::Expected<std::unique_ptr<Model>> loaded = Model::load((root / "model/m.onnx").string());
  ASSERT_TRUE(static_cast<bool>(loaded)) << llvm::toString(loaded.takeError());
  llvm::Expected<TensorData> data = (*loaded)->graph().initializer("w")->data();
  ASSERT_TRUE(static_cast<bool>(data));
  EXPECT_TRUE(data->isMapped());
  EXPECT_EQ(std::string(data->bytes().data(), data->bytes().size()), packed<float>({1, 2, 3, 4, 5, 6}));
  data->release();
  EXPECT_EQ(std::string(data->bytes().data(), data->bytes().size()), packed<float>({1, 2, 3, 4, 5, 6}));
}

TEST_F(ExternalData, isFoundInFoldersBelow) {
  std::filesystem::rename(root / "model/w.bin", root / "model/sub/w.bin");
  set("location", "sub/w.bin");
  EXPECT_EQ(error(), "");
}

TEST_F(ExternalData, mayLeaveTheLengthOut) {
  weight(model).mutable_external_data()->RemoveLast();
  EXPECT_EQ(error(), "");
}

TEST_F(ExternalData, missing) {
  set("location", "gone.bin");
  EXPECT_EQ(error(), "initializer 'w': external data 'gone.bin': No such file or directory");
  weight(model).clear_external_data();
  EXPECT_EQ(error(), "initializer 'w': external data '' is not a file name");
  set("location", "sub");
  expectContains(error(), "external data 'sub': is a folder");
}

TEST_F(ExternalData, outsideTheFolder) {
  for (const std::string &location :
       {std::string("../secret.bin"), std::string("sub/../../secret.bin"), (root / "secret.bin").string(),
        (root / "model/w.bin").string(), std::string("/etc/passwd"), std::string("sub/../w.bin")}) {
    set("location", location);
    EXPECT_EQ(error(), "initializer 'w': external data '" + location + "' lies outside the model's folder");
  }
}

TEST_F(ExternalData, outsideTheFolderThroughLinks) {
  std::filesystem::create_symlink(root / "secret.bin", root / "model/link.bin");
  set("location", "link.bin");
  EXPECT_EQ(error(), "initializer 'w': external data 'link.bin' lies outside the model's folder");
  std::filesystem::create_directory_symlink(root, root / "model/up");
  set("location", "up/secret.bin");
  EXPECT_EQ(error(), "initializer 'w': external data 'up/secret.bin' lies outside the model's folder");
  // A folder whose name only begins like the model's.
  std::filesystem::create_directories(root / "model-other");
  write("model-other/w.bin", std::string(64, 'o'));
  std::filesystem::create_symlink(root / "model-other/w.bin", root / "model/other.bin");
  set("location", "other.bin");
  EXPECT_EQ(error(), "initializer 'w': external data 'other.bin' lies outside the model's folder");
  std::filesystem::create_symlink(root / "model/w.bin", root / "model/inside.bin");
  set("location", "inside.bin");
  EXPECT_EQ(error(), "");
}

TEST_F(ExternalData, wrongOffsetsAndLengths) {
  set("offset", "9");
  EXPECT_EQ(error(),
            "initializer 'w': external data 'w.bin' has 32 bytes, but the tensor needs 24 from byte 9");
  for (const char *offset : {"18446744073709551615", "18446744073709551600", "4294967296"}) {
    set("offset", offset);
    expectContains(error(), "has 32 bytes, but the tensor needs 24 from byte");
  }
  for (const char *offset : {"", "-1", "0x8", "8 ", "18446744073709551616", "eight"}) {
    set("offset", offset);
    expectContains(error(), "expected a number for 'offset'");
  }
  set("offset", "0");
  set("length", "23");
  EXPECT_EQ(error(),
            "initializer 'w': expected 24 bytes for its type and dims, but got 23 bytes of external data");
}

TEST_F(ExternalData, givenTwice) {
  weight(model).set_raw_data(std::string(24, '\0'));
  EXPECT_EQ(error(), "initializer 'w': data given more than once (raw, typed or external)");
  weight(model).clear_raw_data();
  auto &again = *weight(model).add_external_data();
  again.set_key("location");
  again.set_value("w.bin");
  EXPECT_EQ(error(), "initializer 'w': external data gives 'location' twice");
}

TEST_F(ExternalData, needsAFolder) {
  expectContains(errorOf(model), "external data 'w.bin' cannot be found: the model is not in a file");
}
