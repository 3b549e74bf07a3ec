#include "autotune/Database/Database.h"
#include "llvm/Support/FormatVariadic.h"

using namespace tenon;
using namespace tenon::autotune;
using llvm::StringRef;
namespace json = llvm::json;

/// The first line says what the others are.
static constexpr const char *kFormat = "tenon tuning records";
static constexpr int64_t kLinesVersion = 3;

llvm::Error Database::exportLines(llvm::raw_ostream &out) {
  auto line = [&](json::Object object) { out << json::Value(std::move(object)) << '\n'; };
  line(json::Object{{"format", kFormat}, {"version", kLinesVersion}});
  return forEach(
      [&](StringRef fingerprint, StringRef text) {
        // What somebody else wrote into the file and is no description stays there.
        if (llvm::Expected<json::Value> description = json::parse(text))
          line(json::Object{{"fingerprint", fingerprint}, {"machine_description", std::move(*description)}});
        else
          llvm::consumeError(description.takeError());
      },
      [&](StringRef fingerprint, StringRef text) {
        line(json::Object{{"fingerprint", fingerprint}, {"task_text", text}});
      },
      [&](const Record &record) {
        const Measurement &m = record.measurement;
        line(json::Object{{"task", record.task},
                          {"target", record.target},
                          {"machine", record.machine},
                          {"schedule", record.schedule},
                          {"outcome", outcomeName(m.outcome)},
                          {"ns", m.ns},
                          {"low", m.low},
                          {"high", m.high},
                          {"cold_ns", m.coldNs},
                          {"noise", m.noise},
                          {"runs", m.runs},
                          {"message", m.message},
                          {"time", record.time}});
      },
      [&](const KeptSchedule &kept) {
        line(json::Object{{"task", kept.task},
                          {"target", kept.target},
                          {"machine", kept.machine},
                          {"kept", kept.schedule},
                          {"time", kept.time}});
      },
      [&](const KeptVariant &kept) {
        line(json::Object{{"task", kept.task},
                          {"target", kept.target},
                          {"machine", kept.machine},
                          {"variant", kept.variant},
                          {"time", kept.time}});
      });
}

/// A line's record.
static llvm::Expected<Record> parseRecord(const json::Object &object) {
  Record record;
  Measurement &m = record.measurement;
  std::string outcome;
  for (auto [key, field] : {std::pair("task", &record.task), std::pair("target", &record.target),
                            std::pair("machine", &record.machine), std::pair("schedule", &record.schedule),
                            std::pair("outcome", &outcome), std::pair("message", &m.message)}) {
    std::optional<StringRef> text = object.getString(key);
    if (!text)
      return llvm::createStringError("expected a record with a text '%s'", key);
    *field = text->str();
  }
  if (!parseOutcome(outcome, m.outcome))
    return llvm::createStringError("unknown outcome '" + outcome + "'");
  for (auto [key, field] : {std::pair("ns", &m.ns), std::pair("low", &m.low), std::pair("high", &m.high),
                            std::pair("cold_ns", &m.coldNs), std::pair("noise", &m.noise)}) {
    std::optional<double> value = object.getNumber(key);
    if (!value)
      return llvm::createStringError("expected a record with a number '%s'", key);
    *field = *value;
  }
  for (auto [key, field] : {std::pair("runs", &m.runs), std::pair("time", &record.time)}) {
    std::optional<int64_t> value = object.getInteger(key);
    if (!value)
      return llvm::createStringError("expected a record with a whole number '%s'", key);
    *field = *value;
  }
  return record;
}

/// A line that says what a task is compiled with, which is called `key`; nothing if it says something else.
template <typename Kept>
static std::optional<Kept> parseKept(const json::Object &object, StringRef key) {
  auto text = [&](StringRef key) { return object.getString(key); };
  auto task = text("task"), target = text("target"), machine = text("machine"), kept = text(key);
  std::optional<int64_t> time = object.getInteger("time");
  if (!task || !target || !machine || !kept || !time)
    return std::nullopt;
  return Kept{task->str(), target->str(), machine->str(), kept->str(), *time};
}

llvm::Expected<int64_t> Database::importLines(StringRef text) {
  Contents contents;
  int64_t number = 0;
  bool announced = false;
  auto parse = [&](StringRef line) -> llvm::Error {
    llvm::Expected<json::Value> value = json::parse(line);
    if (!value)
      return value.takeError();
    const json::Object *object = value->getAsObject();
    if (!object)
      return llvm::createStringError("expected an object");
    if (std::optional<StringRef> format = object->getString("format"); format || !announced) {
      if (format != kFormat)
        return llvm::createStringError("expected a first line with the format '%s'", kFormat);
      announced = true;
      // Version 1 had no kept schedules, version 2 no variants.
      std::optional<int64_t> version = object->getInteger("version");
      if (!version || *version < 1 || *version > kLinesVersion)
        return llvm::createStringError("expected version 1 to %lld of the format",
                                       static_cast<long long>(kLinesVersion));
      return llvm::Error::success();
    }
    std::optional<StringRef> fingerprint = object->getString("fingerprint");
    if (const json::Object *description = object->getObject("machine_description");
        description && fingerprint) {
      if (llvm::Expected<Machine> machine = Machine::fromJson(*description); !machine)
        return machine.takeError();
      contents.machines.emplace_back(*fingerprint,
                                     llvm::formatv("{0}", json::Value(json::Object(*description))));
    } else if (std::optional<StringRef> task = object->getString("task_text"); task && fingerprint) {
      contents.tasks.emplace_back(*fingerprint, *task);
    } else if (auto kept = parseKept<KeptSchedule>(*object, "kept")) {
      contents.kept.push_back(std::move(*kept));
    } else if (auto variant = parseKept<KeptVariant>(*object, "variant")) {
      contents.variants.push_back(std::move(*variant));
    } else {
      llvm::Expected<Record> record = parseRecord(*object);
      if (!record)
        return record.takeError();
      contents.records.push_back(std::move(*record));
    }
    return llvm::Error::success();
  };
  for (StringRef line : llvm::split(text, '\n')) {
    ++number;
    if (line.trim().empty())
      continue;
    if (llvm::Error error = parse(line)) {
      std::string reason = llvm::toString(std::move(error));
      return llvm::createStringError("line " + llvm::Twine(number) + ": " + StringRef(reason).rtrim());
    }
  }
  if (!announced)
    return llvm::createStringError("expected a first line with the format '%s'", kFormat);
  if (llvm::Error error = putAll(contents))
    return error;
  return static_cast<int64_t>(contents.records.size());
}
