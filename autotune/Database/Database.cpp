#include "autotune/Database/Database.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>
#include <sqlite3.h>
#include <unistd.h>

using namespace tenon;
using namespace tenon::autotune;
using llvm::StringRef;

/// Marks the file as ours (SQLite's application_id), and its tables' layout (user_version). Any change of the
/// tables, or of what a column means, raises the version.
static constexpr int64_t kApplication = 0x54756e65, kVersion = 3;
/// How long a writer waits for others.
static constexpr int kBusyMilliseconds = 60000;

static constexpr const char *kTables = R"(
CREATE TABLE records(
  task TEXT NOT NULL, target TEXT NOT NULL, machine TEXT NOT NULL, schedule TEXT NOT NULL,
  outcome TEXT NOT NULL, ns REAL NOT NULL, low REAL NOT NULL, high REAL NOT NULL, cold_ns REAL NOT NULL,
  noise REAL NOT NULL, runs INTEGER NOT NULL, message TEXT NOT NULL, time INTEGER NOT NULL,
  PRIMARY KEY(task, target, machine, schedule)) WITHOUT ROWID;
CREATE TABLE kept(
  task TEXT NOT NULL, target TEXT NOT NULL, machine TEXT NOT NULL, schedule TEXT NOT NULL, time INTEGER NOT NULL,
  PRIMARY KEY(task, target, machine)) WITHOUT ROWID;
CREATE TABLE machines(fingerprint TEXT PRIMARY KEY, description TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE tasks(fingerprint TEXT PRIMARY KEY, description TEXT NOT NULL) WITHOUT ROWID;
)";
/// What version 3 has beside these.
static constexpr const char *kVariantTable = R"(
CREATE TABLE variants(
  task TEXT NOT NULL, target TEXT NOT NULL, machine TEXT NOT NULL, variant TEXT NOT NULL, time INTEGER NOT NULL,
  PRIMARY KEY(task, target, machine)) WITHOUT ROWID;
)";
static constexpr const char *kColumns =
    "task, target, machine, schedule, outcome, ns, low, high, cold_ns, noise, runs, message, time";
/// Measurement::stepNs of a record that is ok.
static constexpr const char *kStepNs = "iif(cold_ns > 0, cold_ns, ns)";

//===----------------------------------------------------------------------===//
// SQLite
//===----------------------------------------------------------------------===//

struct Database::Impl {
  ~Impl() { sqlite3_close(db); }

  llvm::Error fail() {
    int code = sqlite3_errcode(db);
    if (code == SQLITE_NOTADB)
      return llvm::createStringError("'" + path + "': expected a tuning database");
    // One line, although SQLite may cite a broken table's.
    std::string reason = sqlite3_errmsg(db);
    std::replace_if(reason.begin(), reason.end(), [](char c) { return !llvm::isPrint(c); }, ' ');
    return llvm::createStringError("tuning database '" + path + "': " + reason);
  }
  llvm::Error execute(const char *sql) {
    return sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK ? llvm::Error::success() : fail();
  }
  llvm::Expected<int64_t> number(const char *sql);
  /// Does `work` as one transaction, alone among the writers; undone if it fails.
  llvm::Error transaction(llvm::function_ref<llvm::Error()> work);
  llvm::Error check();
  llvm::Error logAhead();
  llvm::Error putDescription(const char *table, StringRef fingerprint, StringRef text);
  llvm::Expected<std::optional<std::string>> description(const char *table, StringRef fingerprint);
  llvm::Error putRecord(const Record &record);
  /// `table` and its column for what is kept: a schedule or a variant.
  llvm::Error putKept(const char *table, const char *column, StringRef task, StringRef target,
                      StringRef machine, StringRef kept, int64_t time);
  llvm::Error putKept(const KeptSchedule &kept) {
    return putKept("kept", "schedule", kept.task, kept.target, kept.machine, kept.schedule, kept.time);
  }
  llvm::Error putKept(const KeptVariant &kept) {
    return putKept("variants", "variant", kept.task, kept.target, kept.machine, kept.variant, kept.time);
  }
  template <typename Kept>
  llvm::Expected<std::vector<Kept>> findKept(const char *table, const char *column, StringRef task,
                                             StringRef target);

  std::string path;
  sqlite3 *db = nullptr;
};

namespace {
/// A prepared statement and the row that it is at. Errors of preparing and binding are those of the next
/// step.
class Statement {
public:
  Statement(sqlite3 *db, const std::string &sql) {
    sqlite3_prepare_v2(db, sql.c_str(), static_cast<int>(sql.size()), &statement, nullptr);
  }
  ~Statement() { sqlite3_finalize(statement); }
  Statement(const Statement &) = delete;

  Statement &bind(StringRef text) {
    sqlite3_bind_text(statement, ++bound, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
    return *this;
  }
  Statement &bind(double value) {
    // The columns hold numbers; what is none says nothing.
    sqlite3_bind_double(statement, ++bound, std::isfinite(value) ? value : 0);
    return *this;
  }
  Statement &bind(int64_t value) {
    sqlite3_bind_int64(statement, ++bound, value);
    return *this;
  }
  /// SQLITE_ROW, SQLITE_DONE or an error.
  int step() { return statement ? sqlite3_step(statement) : SQLITE_ERROR; }
  /// Columns of the row. A file may be anyone's: text is made valid for JSON, numbers are finite.
  std::string text(int column) {
    auto *bytes = reinterpret_cast<const char *>(sqlite3_column_text(statement, column));
    return llvm::json::fixUTF8(StringRef(bytes, bytes ? sqlite3_column_bytes(statement, column) : 0));
  }
  double real(int column) {
    double value = sqlite3_column_double(statement, column);
    return std::isfinite(value) ? value : 0;
  }
  int64_t integer(int column) { return sqlite3_column_int64(statement, column); }

private:
  sqlite3_stmt *statement = nullptr;
  int bound = 0;
};
} // namespace

/// Calls `row` for each row.
static llvm::Error forEachRow(Database::Impl &impl, Statement &statement, llvm::function_ref<void()> row) {
  int code;
  while ((code = statement.step()) == SQLITE_ROW)
    row();
  return code == SQLITE_DONE ? llvm::Error::success() : impl.fail();
}

llvm::Expected<int64_t> Database::Impl::number(const char *sql) {
  Statement statement(db, sql);
  if (statement.step() != SQLITE_ROW)
    return fail();
  return statement.integer(0);
}

llvm::Error Database::Impl::transaction(llvm::function_ref<llvm::Error()> work) {
  if (llvm::Error error = execute("BEGIN IMMEDIATE"))
    return error;
  llvm::Error error = work();
  if (!error)
    error = execute("COMMIT");
  if (error)
    sqlite3_exec(db, "ROLLBACK", nullptr, nullptr, nullptr);
  return error;
}

/// The change to a log waits for no one by itself.
llvm::Error Database::Impl::logAhead() {
  for (int waited = 0;; waited += 10) {
    if (sqlite3_exec(db, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr) == SQLITE_OK)
      return llvm::Error::success();
    if ((sqlite3_errcode(db) & 0xff) != SQLITE_BUSY || waited >= kBusyMilliseconds)
      return fail();
    usleep(10000);
  }
}

/// Makes the tables in an empty file, and what a file of the version before lacks; refuses a file that holds
/// something else.
llvm::Error Database::Impl::check() {
  llvm::Expected<int64_t> application = number("PRAGMA application_id");
  if (!application)
    return application.takeError();
  llvm::Expected<int64_t> tables = number("SELECT count(*) FROM sqlite_master");
  if (!tables)
    return tables.takeError();
  if (*application == 0 && *tables == 0) {
    if (llvm::Error error = execute(kTables))
      return error;
    if (llvm::Error error = execute(kVariantTable))
      return error;
    return execute(
        llvm::formatv("PRAGMA application_id = {0}; PRAGMA user_version = {1}", kApplication, kVersion)
            .str()
            .c_str());
  }
  if (*application != kApplication)
    return llvm::createStringError("'" + path +
                                   "': expected a tuning database, but it is one of another program");
  llvm::Expected<int64_t> version = number("PRAGMA user_version");
  if (!version)
    return version.takeError();
  if (*version == kVersion - 1) {
    if (llvm::Error error = execute(kVariantTable))
      return error;
    return execute(llvm::formatv("PRAGMA user_version = {0}", kVersion).str().c_str());
  }
  if (*version != kVersion)
    return llvm::createStringError(
        llvm::formatv(
            "'{0}': expected a tuning database of version {1}, but got version {2}: export it with the "
            "tenon that made it, and import the lines into a new one",
            path, kVersion, *version)
            .str());
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Opening
//===----------------------------------------------------------------------===//

Database::Database(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
Database::~Database() = default;

static llvm::Expected<std::unique_ptr<Database::Impl>> openFile(const std::string &file, StringRef name,
                                                                int flags) {
  auto impl = std::make_unique<Database::Impl>();
  impl->path = name.str();
  if (sqlite3_open_v2(file.c_str(), &impl->db, flags, nullptr) != SQLITE_OK)
    return llvm::createStringError("cannot open tuning database '" + name +
                                   "': " + (impl->db ? sqlite3_errmsg(impl->db) : "out of memory"));
  sqlite3_busy_timeout(impl->db, kBusyMilliseconds);
  // A file may be anyone's.
  sqlite3_db_config(impl->db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  if (llvm::Error error = impl->execute("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON"))
    return error;
  return impl;
}

llvm::Expected<std::unique_ptr<Database>> Database::open(StringRef path, Mode mode) {
  // Names with a meaning of their own, such as ":memory:", begin with no slash.
  std::string file = path.starts_with("/") ? path.str() : "./" + path.str();
  auto impl = openFile(file, path, SQLITE_OPEN_READWRITE | (mode == Mode::Create ? SQLITE_OPEN_CREATE : 0));
  if (!impl)
    return impl.takeError();
  // Look before anything is changed.
  llvm::Expected<int64_t> application = (*impl)->number("PRAGMA application_id");
  if (!application)
    return application.takeError();
  llvm::Expected<int64_t> version = (*impl)->number("PRAGMA user_version");
  if (!version)
    return version.takeError();
  if (*application == kApplication && *version != kVersion - 1) {
    if (llvm::Error error = (*impl)->check())
      return error;
  } else if (llvm::Error error = (*impl)->transaction([&] { return (*impl)->check(); }))
    return error;
  // A log outlives the process once it is written to the system; it is not written through to the disk each
  // time.
  if (llvm::Error error = (*impl)->logAhead())
    return error;
  if (llvm::Error error = (*impl)->execute("PRAGMA synchronous = NORMAL"))
    return error;
  return std::unique_ptr<Database>(new Database(std::move(*impl)));
}

llvm::Expected<std::unique_ptr<Database>> Database::inMemory() {
  auto impl = openFile(":memory:", "memory", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (!impl)
    return impl.takeError();
  if (llvm::Error error = (*impl)->check())
    return error;
  return std::unique_ptr<Database>(new Database(std::move(*impl)));
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

llvm::Error Database::Impl::putRecord(const Record &record) {
  const Measurement &m = record.measurement;
  Statement statement(db, std::string("INSERT INTO records(") + kColumns +
                              ") VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                              "ON CONFLICT(task, target, machine, schedule) DO UPDATE SET "
                              "outcome = excluded.outcome, ns = excluded.ns, low = excluded.low, "
                              "high = excluded.high, cold_ns = excluded.cold_ns, noise = excluded.noise, "
                              "runs = excluded.runs, message = excluded.message, time = excluded.time "
                              "WHERE excluded.time >= records.time");
  statement.bind(record.task).bind(record.target).bind(record.machine).bind(record.schedule);
  statement.bind(outcomeName(m.outcome)).bind(m.ns).bind(m.low).bind(m.high).bind(m.coldNs).bind(m.noise);
  statement.bind(m.runs).bind(m.message).bind(record.time);
  return statement.step() == SQLITE_DONE ? llvm::Error::success() : fail();
}

llvm::Error Database::put(llvm::ArrayRef<Record> records) {
  return impl->transaction([&]() -> llvm::Error {
    for (const Record &record : records)
      if (llvm::Error error = impl->putRecord(record))
        return error;
    return llvm::Error::success();
  });
}

llvm::Error Database::Impl::putKept(const char *table, const char *column, StringRef task, StringRef target,
                                    StringRef machine, StringRef kept, int64_t time) {
  Statement statement(
      db, llvm::formatv("INSERT INTO {0}(task, target, machine, {1}, time) VALUES(?, ?, ?, ?, ?) "
                        "ON CONFLICT(task, target, machine) DO UPDATE SET "
                        "{1} = excluded.{1}, time = excluded.time WHERE excluded.time >= {0}.time",
                        table, column));
  statement.bind(task).bind(target).bind(machine).bind(kept).bind(time);
  return statement.step() == SQLITE_DONE ? llvm::Error::success() : fail();
}

llvm::Error Database::keep(llvm::ArrayRef<KeptSchedule> kept, llvm::ArrayRef<KeptVariant> variants) {
  return impl->transaction([&]() -> llvm::Error {
    for (const KeptSchedule &entry : kept)
      if (llvm::Error error = impl->putKept(entry))
        return error;
    for (const KeptVariant &entry : variants)
      if (llvm::Error error = impl->putKept(entry))
        return error;
    return llvm::Error::success();
  });
}

llvm::Error Database::Impl::putDescription(const char *table, StringRef fingerprint, StringRef text) {
  Statement statement(
      db, llvm::formatv("INSERT OR REPLACE INTO {0}(fingerprint, description) VALUES(?, ?)", table));
  statement.bind(fingerprint).bind(text);
  return statement.step() == SQLITE_DONE ? llvm::Error::success() : fail();
}

llvm::Error Database::putMachine(const Machine &machine) {
  return impl->putDescription("machines", machine.fingerprint(),
                              llvm::formatv("{0}", llvm::json::Value(machine.toJson())).str());
}

llvm::Error Database::putTask(StringRef fingerprint, StringRef text) {
  return impl->putDescription("tasks", fingerprint, text);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// The row of a statement that selects kColumns.
static Record readRecord(Statement &row) {
  Record record;
  record.task = row.text(0);
  record.target = row.text(1);
  record.machine = row.text(2);
  record.schedule = row.text(3);
  Measurement &m = record.measurement;
  if (!parseOutcome(row.text(4), m.outcome))
    m.outcome = Outcome::Failed;
  m.ns = row.real(5);
  m.low = row.real(6);
  m.high = row.real(7);
  m.coldNs = row.real(8);
  m.noise = row.real(9);
  m.runs = row.integer(10);
  m.message = row.text(11);
  record.time = row.integer(12);
  return record;
}

/// The first record that a condition selects.
static llvm::Expected<std::optional<Record>> firstRecord(Database::Impl &impl, const std::string &condition,
                                                         std::initializer_list<StringRef> values) {
  Statement statement(impl.db,
                      llvm::formatv("SELECT {0} FROM records WHERE {1} LIMIT 1", kColumns, condition));
  for (StringRef value : values)
    statement.bind(value);
  switch (statement.step()) {
  case SQLITE_ROW:
    return readRecord(statement);
  case SQLITE_DONE:
    return std::nullopt;
  default:
    return impl.fail();
  }
}

llvm::Expected<std::optional<Record>> Database::find(StringRef task, StringRef target, StringRef machine,
                                                     StringRef schedule) {
  return firstRecord(*impl, "task = ? AND target = ? AND machine = ? AND schedule = ?",
                     {task, target, machine, schedule});
}

llvm::Expected<std::optional<Record>> Database::best(StringRef task, StringRef target, StringRef machine) {
  return firstRecord(
      *impl,
      std::string("task = ? AND target = ? AND machine = ? AND outcome = 'ok' AND ns > 0 ORDER BY ") +
          kStepNs,
      {task, target, machine});
}

llvm::Expected<std::vector<Record>> Database::records(StringRef task, StringRef target, StringRef machine) {
  std::vector<Record> found;
  std::string condition = "task = ?";
  condition += target.empty() ? "" : " AND target = ?";
  condition += machine.empty() ? "" : " AND machine = ?";
  Statement statement(impl->db, llvm::formatv("SELECT {0} FROM records WHERE {1} ORDER BY time, schedule",
                                              kColumns, condition));
  for (StringRef value : {task, target, machine})
    if (!value.empty() || value.data() == task.data())
      statement.bind(value);
  if (llvm::Error error = forEachRow(*impl, statement, [&] { found.push_back(readRecord(statement)); }))
    return error;
  return found;
}

/// The row of a statement that selects task, target, machine, what is kept, and time.
template <typename Kept>
static Kept readKept(Statement &row) {
  return {row.text(0), row.text(1), row.text(2), row.text(3), row.integer(4)};
}

template <typename Kept>
llvm::Expected<std::vector<Kept>> Database::Impl::findKept(const char *table, const char *column,
                                                           StringRef task, StringRef target) {
  std::vector<Kept> found;
  Statement statement(db, llvm::formatv("SELECT task, target, machine, {1}, time FROM {0} "
                                        "WHERE task = ? AND target = ? ORDER BY time DESC, machine",
                                        table, column));
  statement.bind(task).bind(target);
  if (llvm::Error error = forEachRow(*this, statement, [&] { found.push_back(readKept<Kept>(statement)); }))
    return error;
  return found;
}

llvm::Expected<std::vector<KeptSchedule>> Database::kept(StringRef task, StringRef target) {
  return impl->findKept<KeptSchedule>("kept", "schedule", task, target);
}

llvm::Expected<std::vector<KeptVariant>> Database::keptVariants(StringRef task, StringRef target) {
  return impl->findKept<KeptVariant>("variants", "variant", task, target);
}

llvm::Expected<std::optional<std::string>> Database::Impl::description(const char *table,
                                                                       StringRef fingerprint) {
  Statement statement(db, llvm::formatv("SELECT description FROM {0} WHERE fingerprint = ?", table));
  statement.bind(fingerprint);
  std::optional<std::string> found;
  if (llvm::Error error = forEachRow(*this, statement, [&] { found = statement.text(0); }))
    return error;
  return found;
}

static llvm::Expected<Machine> parseMachine(StringRef text) {
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(text);
  if (!value)
    return value.takeError();
  const llvm::json::Object *object = value->getAsObject();
  if (!object)
    return llvm::createStringError("expected a machine's description as an object");
  return Machine::fromJson(*object);
}

llvm::Expected<std::optional<Machine>> Database::machine(StringRef fingerprint) {
  llvm::Expected<std::optional<std::string>> text = impl->description("machines", fingerprint);
  if (!text)
    return text.takeError();
  if (!*text)
    return std::nullopt;
  llvm::Expected<Machine> machine = parseMachine(**text);
  if (!machine)
    return llvm::createStringError("tuning database '" + impl->path + "': machine " + fingerprint + ": " +
                                   llvm::toString(machine.takeError()));
  return std::move(*machine);
}

llvm::Expected<std::optional<std::string>> Database::taskText(StringRef fingerprint) {
  return impl->description("tasks", fingerprint);
}

llvm::Expected<std::vector<TaskStatistics>> Database::statistics() {
  std::vector<TaskStatistics> found;
  Statement statement(impl->db, std::string("SELECT task, target, machine, count(*), sum(outcome <> 'ok'), "
                                            "min(CASE WHEN outcome = 'ok' THEN ") +
                                    kStepNs + " END) FROM records GROUP BY task, target, machine");
  if (llvm::Error error = forEachRow(*impl, statement, [&] {
        found.push_back({statement.text(0), statement.text(1), statement.text(2), statement.integer(3),
                         statement.integer(4), statement.real(5)});
      }))
    return error;
  return found;
}

//===----------------------------------------------------------------------===//
// Several databases
//===----------------------------------------------------------------------===//

llvm::Error Database::forEach(llvm::function_ref<void(StringRef, StringRef)> machine,
                              llvm::function_ref<void(StringRef, StringRef)> task,
                              llvm::function_ref<void(const Record &)> record,
                              llvm::function_ref<void(const KeptSchedule &)> kept,
                              llvm::function_ref<void(const KeptVariant &)> variant) {
  // One snapshot of all tables, whoever writes meanwhile.
  if (llvm::Error error = impl->execute("BEGIN"))
    return error;
  auto read = [&]() -> llvm::Error {
    for (const auto &[table, visit] : {std::pair("machines", &machine), std::pair("tasks", &task)}) {
      auto &describe = *visit;
      Statement statement(
          impl->db, llvm::formatv("SELECT fingerprint, description FROM {0} ORDER BY fingerprint", table));
      if (llvm::Error error =
              forEachRow(*impl, statement, [&] { describe(statement.text(0), statement.text(1)); }))
        return error;
    }
    Statement statement(
        impl->db,
        llvm::formatv("SELECT {0} FROM records ORDER BY task, target, machine, schedule", kColumns));
    if (llvm::Error error = forEachRow(*impl, statement, [&] { record(readRecord(statement)); }))
      return error;
    Statement winners(
        impl->db, "SELECT task, target, machine, schedule, time FROM kept ORDER BY task, target, machine");
    if (llvm::Error error = forEachRow(*impl, winners, [&] { kept(readKept<KeptSchedule>(winners)); }))
      return error;
    Statement ways(
        impl->db, "SELECT task, target, machine, variant, time FROM variants ORDER BY task, target, machine");
    return forEachRow(*impl, ways, [&] { variant(readKept<KeptVariant>(ways)); });
  };
  llvm::Error error = read();
  sqlite3_exec(impl->db, "ROLLBACK", nullptr, nullptr, nullptr);
  return error;
}

llvm::Error Database::putAll(const Contents &contents) {
  return impl->transaction([&]() -> llvm::Error {
    for (const auto &[fingerprint, text] : contents.machines)
      if (llvm::Error error = impl->putDescription("machines", fingerprint, text))
        return error;
    for (const auto &[fingerprint, text] : contents.tasks)
      if (llvm::Error error = impl->putDescription("tasks", fingerprint, text))
        return error;
    for (const Record &record : contents.records)
      if (llvm::Error error = impl->putRecord(record))
        return error;
    for (const KeptSchedule &kept : contents.kept)
      if (llvm::Error error = impl->putKept(kept))
        return error;
    for (const KeptVariant &variant : contents.variants)
      if (llvm::Error error = impl->putKept(variant))
        return error;
    return llvm::Error::success();
  });
}

llvm::Error Database::merge(StringRef path) {
  llvm::Expected<std::unique_ptr<Database>> other = open(path, Mode::Existing);
  if (!other)
    return other.takeError();
  Contents contents;
  if (llvm::Error error = (*other)->forEach(
          [&](StringRef fingerprint, StringRef text) { contents.machines.emplace_back(fingerprint, text); },
          [&](StringRef fingerprint, StringRef text) { contents.tasks.emplace_back(fingerprint, text); },
          [&](const Record &record) { contents.records.push_back(record); },
          [&](const KeptSchedule &kept) { contents.kept.push_back(kept); },
          [&](const KeptVariant &variant) { contents.variants.push_back(variant); }))
    return error;
  return putAll(contents);
}
