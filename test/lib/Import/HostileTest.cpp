#include "lib/Import/Wire.h"
#include "test/lib/Import/Exercise.h"
#include "test/lib/Import/TestModels.h"
#include <random>

using namespace tenon;
using namespace tenon::onnx_import;
using namespace tenon::onnx_import::testing;

static const std::string &realModel() {
  static const std::string bytes = readFile(TENON_TEST_MODEL);
  return bytes;
}

/// Reads the bytes as a model and uses all of it, or expects a one-line error. Returns whether it was read.
static bool survives(const std::string &bytes) {
  llvm::Expected<std::unique_ptr<Model>> model = Model::parse(bytes);
  if (model) {
    exercise((*model)->graph());
    return true;
  }
  std::string message = llvm::toString(model.takeError());
  EXPECT_FALSE(message.empty());
  EXPECT_LT(message.size(), 10000u);
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  return false;
}

TEST(Hostile, theModelItselfIsFine) {
  ASSERT_GT(realModel().size(), 100000u);
  EXPECT_TRUE(survives(realModel()));
}

TEST(Hostile, empty) {
  EXPECT_EQ(errorOf(std::string()), "the file is empty");
}

TEST(Hostile, noGraph) {
  onnx::ModelProto proto = smallModel();
  proto.clear_graph();
  expectContains(errorOf(proto), "it has no graph");
}

TEST(Hostile, notProtobuf) {
  EXPECT_FALSE(survives("This is a text, not a model.\n"));
  EXPECT_FALSE(survives(std::string(10000, '\0')));
  EXPECT_FALSE(survives(std::string(10000, '\xff')));
  std::mt19937 random(1);
  for (int i = 0; i < 1000; ++i) {
    std::string noise(1 + random() % 200, '\0');
    for (char &byte : noise)
      byte = static_cast<char>(random());
    EXPECT_FALSE(survives(noise));
  }
}

TEST(Hostile, truncated) {
  std::mt19937 random(2);
  for (int i = 0; i < 50; ++i) {
    size_t length = random() % realModel().size();
    EXPECT_FALSE(survives(realModel().substr(0, length))) << "cut at " << length;
  }
}

TEST(Hostile, truncatedEverywhereInASmallModel) {
  std::string bytes = smallModel().SerializeAsString();
  for (size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(survives(bytes.substr(0, length))) << "cut at " << length;
}

TEST(Hostile, flippedBytes) {
  // Half of the mutants change only bytes outside the weights: the structure is a small part of the file.
  llvm::Expected<Skeleton> skeleton = cutLargeTensors({realModel().data(), realModel().size()});
  ASSERT_TRUE(static_cast<bool>(skeleton));
  std::vector<size_t> structure;
  size_t at = 0;
  for (const Span &span : skeleton->spans) {
    for (; at < span.offset; ++at)
      structure.push_back(at);
    at = span.offset + span.length;
  }
  for (; at < realModel().size(); ++at)
    structure.push_back(at);

  std::mt19937 random(3);
  int refused = 0;
  for (int i = 0; i < 1000; ++i) {
    std::string mutant = realModel();
    for (unsigned changes = 1 + random() % 4; changes; --changes) {
      size_t position = i % 2 ? structure[random() % structure.size()] : random() % mutant.size();
      mutant[position] = static_cast<char>(mutant[position] ^ (1 + random() % 255));
    }
    refused += !survives(mutant);
  }
  // Changes of structure are noticed more often than not (names of values and the like are free).
  EXPECT_GT(refused, 250);
}

TEST(Hostile, flippedBitsEverywhereInASmallModel) {
  std::string bytes = smallModel().SerializeAsString();
  for (size_t i = 0; i < bytes.size() * 8; ++i) {
    std::string mutant = bytes;
    mutant[i / 8] = static_cast<char>(mutant[i / 8] ^ (1 << (i % 8)));
    survives(mutant);
  }
}
