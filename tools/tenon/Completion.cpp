#include "Arguments.h"
#include <algorithm>

using namespace tenon;
using namespace tenon::cli;

//===----------------------------------------------------------------------===//
// Help
//===----------------------------------------------------------------------===//

/// Text in two columns; lines of `right` go below each other.
static std::string entry(const std::string &left, const std::string &right, size_t width) {
  std::string text = "  " + left;
  text += left.size() < width ? std::string(width - left.size(), ' ') : "\n" + std::string(width + 2, ' ');
  for (char c : right)
    text += c == '\n' ? "\n" + std::string(width + 2, ' ') : std::string(1, c);
  return text + "\n";
}

std::string cli::generalHelp() {
  std::string text = "Tenon compiles trained neural networks to code that runs by itself.\n\n"
                     "usage: tenon COMMAND ...\n\ncommands\n";
  for (const Command &command : commands())
    text += entry(command.name, command.summary, 14);
  text += entry("--version", "print the version", 14);
  return text + "\nexamples\n"
                "  tenon compile resnet50.onnx -o resnet50.so\n"
                "  tenon run resnet50.so --input data=cat.npy --output-dir out\n"
                "\n'tenon COMMAND --help' tells more about a command.\n";
}

std::string cli::helpOf(const Command &command) {
  std::string text = "usage: tenon " + command.name + " " + command.positional;
  if (!command.flags.empty())
    text += " [FLAG]...";
  text += "\n\n" + command.description + "\n";
  if (!command.flags.empty())
    text += "\nflags\n";
  for (const Flag &flag : command.flags)
    text += entry(flag.name + (flag.value.empty() ? "" : " " + flag.value) + (flag.repeats ? " ..." : ""),
                  flag.help, 30);
  text += "\nexamples\n";
  for (const std::string &example : command.examples)
    text += "  " + example + "\n";
  return text;
}

//===----------------------------------------------------------------------===//
// Completion
//===----------------------------------------------------------------------===//

/// The words that a flag's value may be; empty where it is free.
static std::string valuesOf(Kind kind) {
  std::string words;
  switch (kind) {
  case Kind::Phase:
    for (const std::string &phase : phaseNames())
      words += (words.empty() ? "" : " ") + phase;
    return words;
  case Kind::Target:
    return "native x86-64 x86-64-v2 x86-64-v3 x86-64-v4 aarch64";
  case Kind::Numerics:
    return "strict fast";
  case Kind::Search:
    return "egraph backtrack";
  default:
    return "";
  }
}

/// The help's first line, without what shells would interpret.
static std::string brief(const std::string &help) {
  std::string line = help.substr(0, help.find('\n'));
  line.erase(std::remove_if(line.begin(), line.end(),
                            [](char c) { return c == '\'' || c == '[' || c == ']' || c == ':'; }),
             line.end());
  return line;
}

static std::string bash() {
  std::string names;
  for (const Command &command : commands())
    names += command.name + " ";
  std::string text =
      "# Completion of tenon for bash.\n"
      "_tenon() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}\n"
      "  COMPREPLY=()\n"
      "  if [[ $COMP_CWORD -eq 1 ]]; then\n"
      "    COMPREPLY=($(compgen -W '" +
      names +
      "--help --version' -- \"$word\"))\n"
      "    return\n"
      "  fi\n"
      "  if [[ $before == = || $word == = ]]; then # NAME=FILE\n"
      "    COMPREPLY=($(compgen -f -- \"${word#=}\"))\n"
      "    return\n"
      "  fi\n"
      "  case $command:$before in\n";
  for (const Command &command : commands())
    for (const Flag &flag : command.flags) {
      std::string words = valuesOf(flag.kind);
      if (!words.empty())
        text += "    " + command.name + ":" + flag.name + ") COMPREPLY=($(compgen -W '" + words +
                "' -- \"$word\")); return ;;\n";
      else if (flag.kind == Kind::Folder)
        text +=
            "    " + command.name + ":" + flag.name + ") COMPREPLY=($(compgen -d -- \"$word\")); return ;;\n";
    }
  text += "  esac\n"
          "  case $command in\n";
  for (const Command &command : commands()) {
    std::string flags;
    for (const Flag &flag : command.flags)
      flags += flag.name + " ";
    text += "    " + command.name + ") [[ $word == -* ]] && COMPREPLY=($(compgen -W '" + flags +
            "--help' -- \"$word\"))";
    if (command.positionalKind == Kind::Text)
      text += " || COMPREPLY=($(compgen -W 'bash zsh fish' -- \"$word\"))";
    text += " ;;\n";
  }
  return text + "  esac\n"
                "  [[ ${#COMPREPLY[@]} -eq 0 && $word != -* ]] && COMPREPLY=($(compgen -f -- \"$word\"))\n"
                "}\n"
                "complete -o filenames -F _tenon tenon\n";
}

static std::string zsh() {
  std::string text =
      "#compdef tenon\n# Completion of tenon for zsh.\n_tenon() {\n  local -a commands\n  commands=(\n";
  for (const Command &command : commands())
    text += "    '" + command.name + ":" + brief(command.summary) + "'\n";
  text += "  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
          "  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $command in\n";
  for (const Command &command : commands()) {
    text += "    " + command.name + ")\n      _arguments";
    for (const Flag &flag : command.flags) {
      std::string spec = (flag.repeats ? "*" : "") + flag.name + "[" + brief(flag.help) + "]";
      std::string words = valuesOf(flag.kind);
      if (!words.empty())
        spec += ":value:(" + words + ")";
      else if (flag.kind == Kind::File)
        spec += ":file:_files";
      else if (flag.kind == Kind::Folder)
        spec += ":folder:_files -/";
      else if (flag.kind == Kind::Text)
        spec += ":" + brief(flag.value) + ":";
      text += " \\\n        '" + spec + "'";
    }
    text += command.positionalKind == Kind::Text ? " \\\n        '1:shell:(bash zsh fish)' ;;\n"
                                                 : " \\\n        '1:model:_files' ;;\n";
  }
  return text + "  esac\n}\n_tenon \"$@\"\n";
}

static std::string fish() {
  std::string text = "# Completion of tenon for fish.\n";
  for (const Command &command : commands()) {
    text += "complete -c tenon -n __fish_use_subcommand -f -a " + command.name + " -d '" +
            brief(command.summary) + "'\n";
    std::string when = "complete -c tenon -n '__fish_seen_subcommand_from " + command.name + "'";
    if (command.positionalKind == Kind::Text)
      text += when + " -f -a 'bash zsh fish'\n";
    for (const Flag &flag : command.flags) {
      text += when + (flag.name.compare(0, 2, "--") == 0 ? " -l " + flag.name.substr(2)
                                                         : " -s " + flag.name.substr(1));
      std::string words = valuesOf(flag.kind);
      if (!words.empty())
        text += " -x -a '" + words + "'";
      else if (flag.kind != Kind::None)
        text += flag.kind == Kind::Text ? " -x" : " -r";
      text += " -d '" + brief(flag.help) + "'\n";
    }
  }
  return text;
}

Result<std::string> cli::completionScript(const std::string &shell) {
  if (shell == "bash")
    return bash();
  if (shell == "zsh")
    return zsh();
  if (shell == "fish")
    return fish();
  return Status::failure("expected bash, zsh or fish, but got '" + shell + "'");
}
