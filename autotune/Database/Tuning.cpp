#include "tenon/Tuning.h"
#include "autotune/Database/Database.h"
#include "lib/Support/AtomicFile.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace tenon;
using autotune::Database;

static Status failure(llvm::Error error) {
  return Status::failure(llvm::toString(std::move(error)));
}

Result<std::vector<TuningStatistics>> tenon::tuningStatistics(const std::string &path) {
  auto database = Database::open(path, Database::Mode::Existing);
  if (!database)
    return failure(database.takeError());
  auto found = (*database)->statistics();
  if (!found)
    return failure(found.takeError());
  std::vector<TuningStatistics> result;
  for (const autotune::TaskStatistics &entry : *found) {
    auto machine = (*database)->machine(entry.machine);
    if (!machine)
      return failure(machine.takeError());
    result.push_back({entry.task, entry.target, entry.machine, *machine ? (*machine)->cpu : "",
                      entry.measured, entry.failed, entry.bestNs});
  }
  return result;
}

Result<std::string> tenon::exportTuning(const std::string &path) {
  auto database = Database::open(path, Database::Mode::Existing);
  if (!database)
    return failure(database.takeError());
  std::string text;
  llvm::raw_string_ostream out(text);
  if (llvm::Error error = (*database)->exportLines(out))
    return failure(std::move(error));
  return text;
}

Status tenon::exportTuning(const std::string &path, const std::string &file) {
  Result<std::string> text = exportTuning(path);
  if (!text.ok())
    return Status::failure(text.message());
  if (llvm::Error error = writeFile(file, *text))
    return failure(std::move(error));
  return {};
}

Status tenon::importTuning(const std::string &path, const std::string &file) {
  auto buffer = llvm::MemoryBuffer::getFile(file, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return Status::failure("cannot read '" + file + "': " + buffer.getError().message());
  llvm::StringRef text = (*buffer)->getBuffer();
  auto import = [&](Database &database) -> Status {
    if (text.starts_with("SQLite format 3")) {
      if (llvm::Error error = database.merge(file))
        return failure(std::move(error));
    } else if (auto imported = database.importLines(text); !imported) {
      return Status::failure("'" + file + "': " + llvm::toString(imported.takeError()));
    }
    return {};
  };
  // Into nothing first: what is broken makes no database.
  auto scratch = Database::inMemory();
  if (!scratch)
    return failure(scratch.takeError());
  if (Status status = import(**scratch); !status.ok())
    return status;
  auto database = Database::open(path);
  return database ? import(**database) : failure(database.takeError());
}
