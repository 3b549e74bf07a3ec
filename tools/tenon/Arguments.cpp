#include "Arguments.h"
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>

using namespace tenon;
using namespace tenon::cli;

std::string Arguments::get(const std::string &flag, const std::string &otherwise) const {
  auto it = flags.find(flag);
  return it == flags.end() ? otherwise : it->second.back();
}

const std::vector<std::string> &Arguments::all(const std::string &flag) const {
  static const std::vector<std::string> none;
  auto it = flags.find(flag);
  return it == flags.end() ? none : it->second;
}

/// Number of edits between two words, by Levenshtein's recurrence.
static size_t distance(const std::string &a, const std::string &b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

Result<Arguments> cli::parseArguments(const Command &command, const std::vector<std::string> &words) {
  Arguments arguments;
  bool flagsEnded = false;
  for (size_t i = 0; i < words.size(); ++i) {
    std::string word = words[i];
    if (flagsEnded || word.size() < 2 || word[0] != '-') {
      arguments.positional.push_back(word);
      continue;
    }
    if (word == "--") {
      flagsEnded = true;
      continue;
    }
    std::string value;
    size_t equals = word.find('=');
    bool attached = word.compare(0, 2, "--") == 0 && equals != std::string::npos;
    if (attached) {
      value = word.substr(equals + 1);
      word.resize(equals);
    }
    auto flag = std::find_if(command.flags.begin(), command.flags.end(),
                             [&](const Flag &known) { return known.name == word; });
    if (flag == command.flags.end()) {
      std::string message = "tenon " + command.name + " has no flag '" + word + "'";
      const Flag *nearest = nullptr;
      for (const Flag &known : command.flags)
        if (!nearest || distance(known.name, word) < distance(nearest->name, word))
          nearest = &known;
      message += nearest && distance(nearest->name, word) <= 2 ? "; did you mean '" + nearest->name + "'?"
                                                               : "; see 'tenon " + command.name + " --help'";
      return Status::failure(message);
    }
    if (flag->value.empty()) {
      if (attached)
        return Status::failure("flag '" + word + "' takes no value");
    } else if (!attached) {
      if (i + 1 == words.size())
        return Status::failure("flag '" + word + "' needs a value: " + word + " " + flag->value);
      value = words[++i];
    }
    std::vector<std::string> &values = arguments.flags[word];
    if (!flag->repeats && !values.empty())
      return Status::failure("flag '" + word + "' is given twice");
    values.push_back(value);
  }
  return arguments;
}

Result<std::pair<std::string, std::string>> cli::splitPair(const std::string &flag, const std::string &text) {
  size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    return Status::failure("flag '" + flag + "': expected NAME=VALUE, but got '" + text + "'");
  return std::pair<std::string, std::string>(text.substr(0, equals), text.substr(equals + 1));
}

Result<int64_t> cli::parseInteger(const std::string &flag, const std::string &text, int64_t min,
                                  int64_t max) {
  char *end = nullptr;
  errno = 0;
  long long value = std::strtoll(text.c_str(), &end, 10);
  if (text.empty() || *end || errno || value < min || value > max)
    return Status::failure("flag '" + flag + "': expected a number from " + std::to_string(min) + " to " +
                           std::to_string(max) + ", but got '" + text + "'");
  return static_cast<int64_t>(value);
}

/// A number that is not finite if the text is none.
static double parseNumber(const std::string &text) {
  char *end = nullptr;
  double value = std::strtod(text.c_str(), &end);
  return text.empty() || *end ? NAN : value;
}

Result<double> cli::parseSeconds(const std::string &flag, const std::string &text) {
  double value = parseNumber(text);
  if (!std::isfinite(value) || value <= 0)
    return Status::failure("flag '" + flag + "': expected a positive number, but got '" + text + "'");
  return value;
}

Result<double> cli::parseShare(const std::string &flag, const std::string &text) {
  double value = parseNumber(text);
  if (!(value >= 0 && value <= 1))
    return Status::failure("flag '" + flag + "': expected a number from 0 to 1, but got '" + text + "'");
  return value;
}

Result<DimRange> cli::parseDim(const std::string &text) {
  Result<std::pair<std::string, std::string>> pair = splitPair("--dim", text);
  if (!pair.ok())
    return Status::failure("flag '--dim': expected NAME=N or NAME=A..B, but got '" + text + "'");
  const std::string &range = pair->second;
  size_t dots = range.find("..");
  Result<int64_t> min = parseInteger("--dim", range.substr(0, dots), 0, INT64_MAX);
  if (!min.ok())
    return Status::failure(min.message());
  if (dots == std::string::npos)
    return DimRange{pair->first, *min, *min};
  Result<int64_t> max = parseInteger("--dim", range.substr(dots + 2), *min, INT64_MAX);
  if (!max.ok())
    return Status::failure(max.message());
  return DimRange{pair->first, *min, *max};
}
