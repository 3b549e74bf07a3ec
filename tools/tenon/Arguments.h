#pragma once

#include "tenon/Compiler.h"
#include <map>
#include <string>
#include <vector>

/// The command line: what there is, as tables from which parser, help and completion are made.
namespace tenon::cli {

/// What a flag's value or a positional argument is, for completion.
enum class Kind { None, Text, File, Folder, Phase, Target, Numerics, Search };

struct Flag {
  std::string name;  ///< "--input"
  std::string value; ///< "NAME=FILE.npy"; empty for a switch
  std::string help;
  Kind kind = Kind::Text;
  bool repeats = false;
};

/// The command line of one command, taken apart.
struct Arguments {
  std::vector<std::string> positional;
  std::map<std::string, std::vector<std::string>> flags;

  bool has(const std::string &flag) const { return flags.count(flag) != 0; }
  /// The flag's value, or `otherwise` if it is absent.
  std::string get(const std::string &flag, const std::string &otherwise = "") const;
  const std::vector<std::string> &all(const std::string &flag) const;
};

struct Command {
  std::string name;
  std::string positional; ///< "MODEL|OUT.so"
  Kind positionalKind = Kind::File;
  std::string summary;
  std::string description;
  std::vector<Flag> flags;
  std::vector<std::string> examples;
  Status (*run)(const Arguments &);
};

/// All commands, in the order of the help.
const std::vector<Command> &commands();

/// Takes the arguments of a command apart. `--flag VALUE` and `--flag=VALUE` are the same; `--` ends the
/// flags.
Result<Arguments> parseArguments(const Command &command, const std::vector<std::string> &words);

std::string generalHelp();
std::string helpOf(const Command &command);
/// A script for the shell ("bash", "zsh" or "fish").
Result<std::string> completionScript(const std::string &shell);

/// NAME=VALUE.
Result<std::pair<std::string, std::string>> splitPair(const std::string &flag, const std::string &text);
/// A whole number from `min` to `max`.
Result<int64_t> parseInteger(const std::string &flag, const std::string &text, int64_t min, int64_t max);
/// A positive number.
Result<double> parseSeconds(const std::string &flag, const std::string &text);
/// A number from 0 to 1.
Result<double> parseShare(const std::string &flag, const std::string &text);
/// NAME=N or NAME=A..B.
Result<DimRange> parseDim(const std::string &text);

} // namespace tenon::cli
