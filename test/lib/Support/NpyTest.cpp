#include "lib/Support/Npy.h"
#include "lib/Support/AtomicFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"
#include <cstring>

using namespace tenon;

namespace {

/// A .npy file with this header text.
std::string npy(llvm::StringRef header, llvm::StringRef data, int version = 1) {
  std::string file = "\x93NUMPY";
  file += static_cast<char>(version);
  file += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
    file += static_cast<char>(header.size() >> (8 * i) & 255);
  return file + header.str() + data.str();
}

std::string messageOf(const std::string &file) {
  auto tensor = parseNpy({file.data(), file.size()}, "f.npy");
  return tensor ? "" : llvm::toString(tensor.takeError());
}

template <typename T>
std::vector<T> valuesOf(const std::string &file) {
  auto tensor = parseNpy({file.data(), file.size()}, "f.npy");
  if (!tensor) {
    ADD_FAILURE() << llvm::toString(tensor.takeError());
    return {};
  }
  return tensor->as<T>().vec();
}

class NpyFile : public ::testing::Test {
protected:
  void SetUp() override { ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("tenon-npy", folder)); }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }
  std::string path(const char *name) const { return (folder + "/" + name).str(); }
  size_t filesInFolder() const {
    size_t count = 0;
    std::error_code code;
    for (llvm::sys::fs::directory_iterator it(folder, code), end; it != end && !code; it.increment(code))
      ++count;
    return count;
  }
  llvm::SmallString<128> folder;
};

TEST_F(NpyFile, RoundTripsEveryType) {
  for (ElementType type : {ElementType::Bool, ElementType::Int8, ElementType::Int16, ElementType::Int32,
                           ElementType::Int64, ElementType::UInt8, ElementType::UInt16, ElementType::UInt32,
                           ElementType::UInt64, ElementType::Float16, ElementType::Float32,
                           ElementType::Float64, ElementType::Complex64, ElementType::Complex128}) {
    for (const std::vector<int64_t> &shape :
         std::vector<std::vector<int64_t>>{{}, {3}, {2, 3}, {2, 0, 3}, {1, 2, 3, 4}}) {
      auto tensor = RawTensor::create(type, shape);
      ASSERT_TRUE(bool(tensor));
      for (size_t i = 0; i < tensor->bytes(); ++i)
        tensor->data()[i] = static_cast<char>(type == ElementType::Bool ? i & 1 : i * 37 + 1);
      ASSERT_FALSE(bool(writeNpy(path("t.npy"), *tensor)));
      auto back = readNpy(path("t.npy"));
      ASSERT_TRUE(bool(back)) << llvm::toString(back.takeError());
      EXPECT_EQ(back->type(), type);
      EXPECT_EQ(back->shape(), llvm::ArrayRef<int64_t>(shape));
      EXPECT_EQ(0, std::memcmp(back->data(), tensor->data(), tensor->bytes()));
      EXPECT_EQ(reinterpret_cast<uintptr_t>(back->data()) % 64, 0u);
    }
  }
}

TEST(Npy, ReadsWhatNumpyWrites) {
  // As numpy.save writes numpy.array([[1, 2, 3], [4, 5, 6]], dtype=numpy.int16).
  std::string header = "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }";
  header.resize(117, ' ');
  header += '\n';
  std::string data("\1\0\2\0\3\0\4\0\5\0\6\0", 12);
  EXPECT_EQ(valuesOf<int16_t>(npy(header, data)), (std::vector<int16_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(valuesOf<int16_t>(npy(header, data, 2)), (std::vector<int16_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(valuesOf<int16_t>(npy(header, data, 3)), (std::vector<int16_t>{1, 2, 3, 4, 5, 6}));
}

TEST(Npy, TurnsFortranOrderIntoC) {
  std::string data("\1\2\3\4\5\6", 6);
  EXPECT_EQ(valuesOf<int8_t>(npy("{'descr': '|i1', 'fortran_order': True, 'shape': (2, 3)}", data)),
            (std::vector<int8_t>{1, 3, 5, 2, 4, 6}));
  EXPECT_EQ(valuesOf<int8_t>(npy("{'descr': '|i1', 'fortran_order': True, 'shape': (3, 1, 2)}", data)),
            (std::vector<int8_t>{1, 4, 2, 5, 3, 6}));
}

TEST(Npy, SwapsBigEndianData) {
  EXPECT_EQ(
      valuesOf<int32_t>(npy("{'descr': '>i4', 'fortran_order': False, 'shape': (1,)}", {"\0\0\1\2", 4})),
      (std::vector<int32_t>{258}));
}

TEST(Npy, NormalisesBools) {
  EXPECT_EQ(
      valuesOf<uint8_t>(npy("{'descr': '|b1', 'fortran_order': False, 'shape': (3,)}", {"\0\1\x7f", 3})),
      (std::vector<uint8_t>{0, 1, 1}));
}

TEST(Npy, RefusesEveryTruncation) {
  std::string whole =
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }\n", std::string(16, 'x'));
  ASSERT_EQ(messageOf(whole), "");
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_NE(messageOf(whole.substr(0, length)), "") << length;
}

TEST(Npy, SaysWhatIsWrong) {
  auto header = [](const char *text) { return messageOf(npy(text, "")); };
  EXPECT_EQ(messageOf("hello, this is no array"), "'f.npy': expected a .npy file");
  EXPECT_EQ(messageOf(npy("{}", "", 4)), "'f.npy': expected .npy version 1, 2 or 3, but got 4");
  EXPECT_NE(header("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}").find("its type is '|O'"),
            std::string::npos);
  EXPECT_NE(header("{'descr': '<U5', 'fortran_order': False, 'shape': (1,)}").find("its type is '<U5'"),
            std::string::npos);
  EXPECT_NE(header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}"), "");
  EXPECT_NE(header("{'fortran_order': False, 'shape': (1,)}").find("expected the keys"), std::string::npos);
  EXPECT_NE(header("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}")
                .find("unexpected key"),
            std::string::npos);
  EXPECT_NE(header("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,)}").find("True or False"),
            std::string::npos);
  for (const char *shape : {"(-1,)", "(1.5,)", "(18446744073709551616,)", "(9223372036854775808,)", "(1", "1",
                            "(,)", "(1,,2)", "(a,)"})
    EXPECT_NE(
        header((std::string("{'descr': '<f4', 'fortran_order': False, 'shape': ") + shape + "}").c_str()), "")
        << shape;
}

TEST(Npy, RefusesSizesThatOverflowOrDoNotMatch) {
  auto with = [](const char *shape, size_t bytes) {
    return messageOf(npy(std::string("{'descr': '<f8', 'fortran_order': False, 'shape': ") + shape + "}",
                         std::string(bytes, 'x')));
  };
  EXPECT_EQ(with("(2,)", 16), "");
  EXPECT_EQ(with("(2,)", 17), "'f.npy': expected 16 bytes for shape (2,), but the file has 17");
  EXPECT_EQ(with("(3,)", 16), "'f.npy': expected 24 bytes for shape (3,), but the file has 16");
  EXPECT_NE(with("(4611686018427387904, 4)", 0), "");
  EXPECT_NE(with("(9223372036854775807,)", 8), "");
  EXPECT_NE(with("(1000000000000,)", 8), "");
  // An empty array of impossible strides takes no memory, but no program can index it.
  EXPECT_NE(with("(0, 9223372036854775807, 9223372036854775807)", 0), "");
  EXPECT_EQ(with("(0, 9)", 0), "");
  std::string many = "(";
  for (int i = 0; i < 65; ++i)
    many += "1, ";
  EXPECT_NE(with((many + ")").c_str(), 8), "");
}

TEST_F(NpyFile, LeavesNothingBehindOnFailure) {
  auto tensor = RawTensor::create(ElementType::Float32, {4});
  ASSERT_TRUE(bool(tensor));
  llvm::Error error = writeNpy(path("missing/t.npy"), *tensor);
  std::string message = llvm::toString(std::move(error));
  EXPECT_NE(message.find("cannot write '"), std::string::npos) << message;
  EXPECT_NE(message.find("missing/t.npy"), std::string::npos) << message;
  EXPECT_EQ(filesInFolder(), 0u);
}

TEST_F(NpyFile, AFileAppearsWholeOrNotAtAll) {
  ASSERT_FALSE(bool(writeFile(path("f"), llvm::StringRef("old"))));
  {
    auto file = AtomicFile::create(path("f"));
    ASSERT_TRUE(bool(file));
    ASSERT_FALSE(bool(file->write(llvm::StringRef("new"))));
    auto before = llvm::MemoryBuffer::getFile(path("f"));
    EXPECT_EQ((*before)->getBuffer(), "old");
    EXPECT_EQ(filesInFolder(), 2u);
  } // given up
  EXPECT_EQ(filesInFolder(), 1u);
  EXPECT_EQ((*llvm::MemoryBuffer::getFile(path("f")))->getBuffer(), "old");
  ASSERT_FALSE(bool(writeFile(path("f"), llvm::StringRef("newer"))));
  EXPECT_EQ((*llvm::MemoryBuffer::getFile(path("f")))->getBuffer(), "newer");
  EXPECT_EQ(filesInFolder(), 1u);
}

TEST(Npy, AFullDiskIsAnError) {
  auto tensor = RawTensor::create(ElementType::Float32, {1 << 16});
  ASSERT_TRUE(bool(tensor));
  std::string message = llvm::toString(writeNpy("/dev/full", *tensor));
  EXPECT_NE(message.find("cannot write '/dev/full'"), std::string::npos) << message;
}

TEST(RawTensor, RefusesWhatCannotBe) {
  EXPECT_FALSE(llvm::errorToBool(RawTensor::create(ElementType::Float32, {0, 7}).takeError()));
  for (const std::vector<int64_t> &shape : std::vector<std::vector<int64_t>>{
           {-1}, {INT64_MAX}, {1 << 30, 1 << 30, 1 << 30}, {0, INT64_MAX, INT64_MAX}})
    EXPECT_TRUE(llvm::errorToBool(RawTensor::create(ElementType::Float32, shape).takeError()));
}

} // namespace
