#include "autotune/Database/Database.h"
#include "lib/Support/AtomicFile.h"
#include "test/lib/Target/TestModel.h"
#include "llvm/Support/MemoryBuffer.h"
#include <csignal>
#include <random>
#include <set>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace tenon;
using namespace tenon::autotune;
using namespace tenon::test;

namespace {

using Pointer = std::unique_ptr<Database>;

Record record(const std::string &task, const std::string &schedule, double ns, int64_t time = 1) {
  Record record;
  record.task = task;
  record.target = "native";
  record.machine = "m";
  record.schedule = schedule;
  record.measurement = {Outcome::Ok, ns, ns - 1, ns + 1, 2 * ns, 0.01, 100, ""};
  record.time = time;
  return record;
}

std::string exported(Database &database) {
  std::string text;
  llvm::raw_string_ostream out(text);
  EXPECT_EQ(message(database.exportLines(out)), "");
  return text;
}

/// Runs SQL on a file, as another program would.
void executeSql(const std::string &path, const char *sql) {
  sqlite3 *db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
  sqlite3_close(db);
}

TEST(Database, KeepsRecords) {
  Folder folder;
  {
    Pointer database = get(Database::open(folder / "t.db"));
    Record failed = record("a", "slow, \"quoted\"\n\xc3\xa4", 30);
    failed.measurement.outcome = Outcome::Wrong;
    failed.measurement.message = "output 0 differs";
    ASSERT_EQ(
        message(database->put({record("a", "x", 20, 2), record("a", "y", 10), failed, record("b", "x", 1)})),
        "");
  }
  Pointer database = get(Database::open(folder / "t.db", Database::Mode::Existing));
  std::optional<Record> found = get(database->find("a", "native", "m", "x"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->measurement.ns, 20);
  EXPECT_EQ(found->measurement.low, 19);
  EXPECT_EQ(found->measurement.high, 21);
  EXPECT_EQ(found->measurement.coldNs, 40);
  EXPECT_EQ(found->measurement.noise, 0.01);
  EXPECT_EQ(found->measurement.runs, 100);
  EXPECT_EQ(found->time, 2);
  for (auto [task, target, machine, schedule] : {std::tuple("c", "native", "m", "x"),
                                                 {"a", "other", "m", "x"},
                                                 {"a", "native", "n", "x"},
                                                 {"a", "native", "m", "z"}})
    EXPECT_FALSE(get(database->find(task, target, machine, schedule)));
  found = get(database->find("a", "native", "m", "slow, \"quoted\"\n\xc3\xa4"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->measurement.outcome, Outcome::Wrong);
  EXPECT_EQ(found->measurement.message, "output 0 differs");

  EXPECT_EQ(get(database->best("a", "native", "m"))->schedule, "y");
  EXPECT_FALSE(get(database->best("a", "native", "n")));
  EXPECT_EQ(get(database->records("a")).size(), 3u);
  EXPECT_EQ(get(database->records("a", "native", "m")).size(), 3u);
  EXPECT_EQ(get(database->records("a", "native", "n")).size(), 0u);
  EXPECT_EQ(get(database->records("a", "", "m")).size(), 3u);
  EXPECT_EQ(get(database->records("")).size(), 0u);
  std::vector<TaskStatistics> statistics = get(database->statistics());
  ASSERT_EQ(statistics.size(), 2u);
  EXPECT_EQ(statistics[0].measured, 3);
  EXPECT_EQ(statistics[0].failed, 1);
  EXPECT_EQ(statistics[0].bestNs, 20) << "cold";
}

TEST(Database, TheLaterRecordOfAPointCounts) {
  Pointer database = get(Database::inMemory());
  ASSERT_EQ(
      message(database->put({record("a", "x", 20, 5), record("a", "x", 30, 6), record("a", "x", 10, 4)})),
      "");
  EXPECT_EQ(get(database->find("a", "native", "m", "x"))->measurement.ns, 30);
  EXPECT_EQ(get(database->records("a")).size(), 1u);
}

TEST(Database, NumbersAreFinite) {
  Pointer database = get(Database::inMemory());
  Record odd = record("a", "x", std::numeric_limits<double>::quiet_NaN());
  odd.measurement.high = std::numeric_limits<double>::infinity();
  ASSERT_EQ(message(database->put(odd)), "");
  EXPECT_EQ(get(database->find("a", "native", "m", "x"))->measurement.ns, 0);
  EXPECT_FALSE(get(database->best("a", "native", "m")));
  Pointer other = get(Database::inMemory());
  EXPECT_EQ(get(other->importLines(exported(*database))), 1);
}

TEST(Database, KeepsMachinesAndTasks) {
  Pointer database = get(Database::inMemory());
  Machine machine = describeThisMachine();
  ASSERT_EQ(message(database->putMachine(machine)), "");
  ASSERT_EQ(message(database->putTask("abc", "the task's text")), "");
  EXPECT_EQ(get(database->machine(machine.fingerprint()))->fingerprint(), machine.fingerprint());
  EXPECT_FALSE(get(database->machine("none")));
  EXPECT_EQ(get(database->taskText("abc")), "the task's text");
  EXPECT_FALSE(get(database->taskText("none")));
}

TEST(Database, KeepsWhatTasksAreCompiledWith) {
  Folder folder;
  {
    Pointer database = get(Database::open(folder / "t.db"));
    ASSERT_EQ(message(database->keep({{"a", "native", "m", "old", 1},
                                      {"a", "native", "m", "new", 3},
                                      {"a", "native", "m", "late", 2},
                                      {"a", "native", "n", "other", 4},
                                      {"a", "x86-64", "m", "else", 5}})),
              "");
  }
  Pointer database = get(Database::open(folder / "t.db", Database::Mode::Existing));
  std::vector<KeptSchedule> kept = get(database->kept("a", "native"));
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].schedule, "other");
  EXPECT_EQ(kept[0].machine, "n");
  EXPECT_EQ(kept[1].schedule, "new");
  EXPECT_EQ(kept[1].time, 3);
  EXPECT_TRUE(get(database->kept("b", "native")).empty());
}

TEST(Database, KeepsHowTasksAreComputed) {
  Folder folder;
  std::string path = folder / "t.db";
  {
    Pointer database = get(Database::open(path));
    ASSERT_EQ(message(database->keep({{"b", "native", "m", "x", 2}}, {{"a", "native", "m", "old", 1},
                                                                      {"a", "native", "m", "new", 3},
                                                                      {"a", "native", "m", "late", 2},
                                                                      {"a", "native", "n", "other", 4}})),
              "");
  }
  Pointer database = get(Database::open(path, Database::Mode::Existing)), other = get(Database::inMemory());
  std::vector<KeptVariant> kept = get(database->keptVariants("a", "native"));
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].variant, "other");
  EXPECT_EQ(kept[1].variant, "new");
  EXPECT_EQ(kept[1].machine, "m");
  EXPECT_TRUE(get(database->keptVariants("a", "x86-64")).empty());
  EXPECT_EQ(get(database->kept("b", "native")).size(), 1u);
  EXPECT_EQ(get(other->importLines(exported(*database))), 0);
  EXPECT_EQ(exported(*other), exported(*database));
  Pointer third = get(Database::open(folder / "third.db"));
  ASSERT_EQ(message(third->merge(path)), "");
  EXPECT_EQ(exported(*third), exported(*database));
}

TEST(Database, TakesFilesOfTheVersionBefore) {
  Folder folder;
  std::string path = folder / "t.db", lines;
  {
    Pointer database = get(Database::open(path));
    ASSERT_EQ(message(database->put({record("a", "x", 20)})), "");
    ASSERT_EQ(message(database->keep({{"a", "native", "m", "x", 1}})), "");
    lines = exported(*database);
  }
  executeSql(path, "DROP TABLE variants; PRAGMA user_version = 2");
  for (int round = 0; round < 2; ++round) {
    Pointer database = get(Database::open(path, Database::Mode::Existing));
    EXPECT_EQ(exported(*database), lines);
    ASSERT_EQ(message(database->keep({}, {{"a", "native", "m", "way", 1}})), "");
    EXPECT_EQ(get(database->keptVariants("a", "native")).size(), 1u);
    lines = exported(*database);
  }
}

TEST(Database, GoesThroughLines) {
  Pointer database = get(Database::inMemory()), other = get(Database::inMemory());
  Record failed = record("a", "\xc3\xa4\n\t\"", 1);
  failed.measurement.outcome = Outcome::TimedOut;
  ASSERT_EQ(message(database->put({record("a", "x", 20.125), failed})), "");
  ASSERT_EQ(message(database->putMachine(describeThisMachine())), "");
  ASSERT_EQ(message(database->putTask("abc", "line\nline")), "");
  ASSERT_EQ(message(database->keep({{"a", "native", "m", "x", 7}})), "");
  std::string lines = exported(*database);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 6);
  EXPECT_EQ(get(other->importLines(lines)), 2);
  EXPECT_EQ(exported(*other), lines);
  // Again, and twice in one file: nothing changes.
  EXPECT_EQ(get(other->importLines(lines + "\n" + lines)), 4);
  EXPECT_EQ(exported(*other), lines);
}

TEST(Database, RefusesBrokenLinesWhole) {
  Pointer database = get(Database::inMemory());
  ASSERT_EQ(message(database->put({record("a", "x", 20)})), "");
  std::string lines = exported(*database);
  size_t second = lines.find('\n') + 1;
  Pointer other = get(Database::inMemory());
  auto refused = [&](const std::string &text) { return message(other->importLines(text).takeError()); };
  EXPECT_EQ(refused(""), "expected a first line with the format 'tenon tuning records'");
  EXPECT_EQ(refused("{}"), "line 1: expected a first line with the format 'tenon tuning records'");
  EXPECT_EQ(refused(lines.substr(second)),
            "line 1: expected a first line with the format 'tenon tuning records'");
  EXPECT_EQ(refused(lines + "[]"), "line 3: expected an object");
  EXPECT_EQ(refused(lines + "{\"task\": 1}"), "line 3: expected a record with a text 'task'");
  EXPECT_NE(refused(lines + "{\"task\"").find("line 3: "), std::string::npos);
  EXPECT_EQ(refused("{\"format\": \"tenon tuning records\", \"version\": 4}"),
            "line 1: expected version 1 to 3 of the format");
  std::string odd = lines;
  odd.replace(odd.find("\"ok\""), 4, "\"no\"");
  EXPECT_EQ(refused(odd), "line 2: unknown outcome 'no'");
  EXPECT_EQ(refused(lines + "{\"fingerprint\": \"f\", \"machine_description\": {}}"),
            "line 3: expected a machine with a text 'arch'");
  for (size_t length = 1; length < lines.size() - 1; ++length)
    if (length != second - 1 && length != second)
      EXPECT_NE(refused(lines.substr(0, length)), "") << length;
  EXPECT_EQ(get(other->records("a")).size(), 0u);
}

TEST(Database, JoinsTwo) {
  Folder folder;
  Pointer one = get(Database::open(folder / "one.db")), two = get(Database::open(folder / "two.db"));
  ASSERT_EQ(message(one->put({record("a", "x", 1, 10), record("a", "y", 2, 10)})), "");
  ASSERT_EQ(message(two->put({record("a", "x", 3, 11), record("a", "y", 4, 9), record("b", "z", 5)})), "");
  ASSERT_EQ(message(one->merge(folder / "two.db")), "");
  EXPECT_EQ(get(one->find("a", "native", "m", "x"))->measurement.ns, 3);
  EXPECT_EQ(get(one->find("a", "native", "m", "y"))->measurement.ns, 2);
  EXPECT_EQ(get(one->find("b", "native", "m", "z"))->measurement.ns, 5);
  std::string all = exported(*one);
  ASSERT_EQ(message(one->merge(folder / "one.db")), "");
  EXPECT_EQ(exported(*one), all);
  EXPECT_EQ(get(two->records("a")).size(), 2u);
  EXPECT_NE(message(one->merge(folder / "none.db")).find("cannot open tuning database"), std::string::npos);
}

TEST(Database, RefusesFilesOfOthers) {
  Folder folder;
  auto refused = [&](const std::string &path, Database::Mode mode = Database::Mode::Create) {
    auto database = Database::open(path, mode);
    return database ? "opened" : message(database.takeError());
  };
  EXPECT_NE(refused(folder / "none.db", Database::Mode::Existing).find("cannot open tuning database"),
            std::string::npos);
  EXPECT_EQ(folder.count(), 0u);
  EXPECT_NE(refused(folder / "no/folder/t.db").find("cannot open tuning database"), std::string::npos);
  ASSERT_EQ(message(writeFile(folder / "text.db",
                              llvm::StringRef("a text that is long enough to have a header's length"))),
            "");
  EXPECT_EQ(refused(folder / "text.db"), "'" + (folder / "text.db") + "': expected a tuning database");

  executeSql(folder / "other.db", "CREATE TABLE records(x); PRAGMA user_version = 1");
  auto before = llvm::MemoryBuffer::getFile(folder / "other.db");
  EXPECT_EQ(refused(folder / "other.db"),
            "'" + (folder / "other.db") + "': expected a tuning database, but it is one of another program");
  auto after = llvm::MemoryBuffer::getFile(folder / "other.db");
  EXPECT_TRUE((*before)->getBuffer() == (*after)->getBuffer());

  get(Database::open(folder / "later.db"));
  executeSql(folder / "later.db", "PRAGMA user_version = 4");
  EXPECT_EQ(refused(folder / "later.db"),
            "'" + (folder / "later.db") +
                "': expected a tuning database of version 3, but got version 4: "
                "export it with the tenon that made it, and import the lines into a new one");
  // An empty file is what a process leaves that is killed before its first table.
  ASSERT_EQ(message(writeFile(folder / "empty.db", llvm::StringRef())), "");
  EXPECT_EQ(refused(folder / "empty.db"), "opened");
}

TEST(Database, AnyBrokenFileIsAnErrorOrReads) {
  Folder folder;
  std::string path = folder / "t.db";
  {
    Pointer database = get(Database::open(path));
    std::vector<Record> records;
    for (int i = 0; i < 300; ++i)
      records.push_back(record("task" + std::to_string(i % 7), "schedule " + std::to_string(i), i + 1));
    ASSERT_EQ(message(database->put(records)), "");
  }
  std::string whole = (*llvm::MemoryBuffer::getFile(path))->getBuffer().str();
  std::mt19937_64 random(1);
  int refused = 0;
  for (int round = 0; round < 200; ++round) {
    std::string broken = whole;
    if (round % 4 == 0)
      broken.resize(random() % whole.size());
    else
      for (int i = 0; i < 1 << round % 8; ++i)
        broken[random() % (round % 2 ? whole.size() : 4096)] = static_cast<char>(random());
    std::string file = folder / ("b" + std::to_string(round) + ".db");
    ASSERT_EQ(message(writeFile(file, broken)), "");
    auto database = Database::open(file);
    if (!database) {
      std::string text = message(database.takeError());
      EXPECT_EQ(text.find('\n'), std::string::npos) << text;
      ++refused;
      continue;
    }
    std::string text;
    llvm::raw_string_ostream out(text);
    std::vector<std::string> errors;
    errors.push_back(message((*database)->exportLines(out)));
    if (auto found = (*database)->best("task1", "native", "m"); !found)
      errors.push_back(message(found.takeError()));
    errors.push_back(message((*database)->put({record("task1", "new", 1)})));
    for (const std::string &error : errors) {
      EXPECT_EQ(error.find('\n'), std::string::npos) << error;
      refused += !error.empty();
    }
  }
  EXPECT_GT(refused, 20);
}

/// A process that writes records of `task` one by one, and says each time that put has returned.
pid_t startWriter(const std::string &path, const std::string &task, int count, int pipe) {
  pid_t child = fork();
  if (child)
    return child;
  auto database = Database::open(path);
  if (!database)
    _exit(2);
  for (int i = 0; i < count; ++i) {
    if (llvm::Error error = (*database)->put({record(task, std::to_string(i), i + 1)})) {
      llvm::consumeError(std::move(error));
      _exit(3);
    }
    char done = 1;
    if (write(pipe, &done, 1) != 1)
      _exit(4);
  }
  _exit(0);
}

TEST(Database, LosesNothingWhenItsWriterIsKilled) {
  Folder folder;
  std::string path = folder / "t.db";
  std::mt19937_64 random(7);
  size_t lost = 0, finished = 0;
  for (int round = 0; round < 20; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    std::string task = "task" + std::to_string(round);
    pid_t child = startWriter(path, task, 1000000, ends[1]);
    close(ends[1]);
    // From before the file is there to some hundred records later.
    usleep(static_cast<useconds_t>(random() % (round % 4 ? 60000 : 3000)));
    kill(child, SIGKILL);
    int status;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status)) << "exit status " << WEXITSTATUS(status);
    size_t said = 0;
    char buffer[4096];
    for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
      said += static_cast<size_t>(n);
    close(ends[0]);
    Pointer database = get(Database::open(path));
    size_t there = get(database->records(task)).size();
    // The last one may have been written and not reported.
    EXPECT_TRUE(there == said || there == said + 1) << there << " of " << said;
    lost += said - std::min(said, there);
    finished += said;
    // What earlier rounds wrote is there still, and the next point can be written.
    ASSERT_EQ(message(database->put({record("after", std::to_string(round), 1)})), "");
    EXPECT_EQ(get(database->records("after")).size(), static_cast<size_t>(round + 1));
  }
  EXPECT_EQ(lost, 0u);
  EXPECT_GT(finished, 100u);
}

TEST(Database, TwoProcessesWriteTheUnion) {
  Folder folder;
  std::string path = folder / "t.db";
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const int count = 200;
  std::vector<pid_t> children;
  // The first two race for the file; the third writes what the first does.
  for (const char *task : {"one", "two", "one"})
    children.push_back(startWriter(path, task, count, ends[1]));
  close(ends[1]);
  for (pid_t child : children) {
    int status;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }
  close(ends[0]);
  Pointer database = get(Database::open(path));
  EXPECT_EQ(get(database->records("one")).size(), static_cast<size_t>(count));
  EXPECT_EQ(get(database->records("two")).size(), static_cast<size_t>(count));
}

} // namespace
