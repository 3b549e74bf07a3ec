#include "Arguments.h"
#include <cstdio>

using namespace tenon;
using namespace tenon::cli;

static int fail(const std::string &message) {
  std::fprintf(stderr, "error: %s\n", message.c_str());
  return 1;
}

/// Prints and checks: a full disk is an error for text, too.
static int print(const std::string &text) {
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0)
    return fail("cannot write to standard output");
  return 0;
}

int main(int argc, char **argv) {
  installFatalErrorHandlers();
  std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty())
    return fail("expected a command; see 'tenon --help'");
  if (words[0] == "--help" || words[0] == "-h" || (words[0] == "help" && words.size() == 1))
    return print(generalHelp());
  if (words[0] == "--version")
    return print(std::string("tenon ") + version() + "\n");
  bool wantsHelp = words[0] == "help";
  if (wantsHelp)
    words.erase(words.begin());
  for (const Command &command : commands()) {
    if (command.name != words[0])
      continue;
    words.erase(words.begin());
    for (const std::string &word : words) {
      if (word == "--")
        break;
      wantsHelp |= word == "--help" || word == "-h";
    }
    if (wantsHelp)
      return print(helpOf(command));
    Result<Arguments> arguments = parseArguments(command, words);
    if (!arguments.ok())
      return fail(arguments.message());
    Status status = command.run(*arguments);
    if (!status.ok())
      return fail(status.message());
    if (std::fflush(stdout) != 0)
      return fail("cannot write to standard output");
    return 0;
  }
  return fail("there is no command '" + words[0] + "'; see 'tenon --help'");
}
