#include "runtime/sandbox/host_words.h"

#include <unistd.h>

#include <algorithm>

namespace troupe::runtime::sandbox {
namespace {

constexpr std::string_view kShellsOwn = ";&|<>$`(){}[]*?~#!\\";
constexpr const char* kProgramFolders[] = {"/usr/local/bin/", "/usr/bin/", "/bin/"};

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

Error refuse(std::string why) { return Error(Errc::invalid_param, "The command is refused: " + std::move(why)); }

}  // namespace

Result<std::vector<std::string>> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool begun = false;
  char quote = 0;
  for (const char c : text) {
    if (is_control(c)) return refuse("it holds a line's end or a control character.");
    if (quote != '\'' && kShellsOwn.find(c) != std::string_view::npos) {
      return refuse(std::string("it holds ") + c + ", which only a shell understands; none reads it.");
    }
    if (quote != 0 && c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
      begun = true;
    } else if (quote == 0 && (c == ' ' || c == '\t')) {
      if (begun) words.push_back(std::move(word));
      word.clear();
      begun = false;
    } else {
      word += c;
      begun = true;
    }
  }
  if (quote != 0) return refuse("a quote is not closed.");
  if (begun) words.push_back(std::move(word));
  if (words.empty()) return refuse("it is empty.");
  return words;
}

Result<std::string> allowed_program(const std::string& name, const std::vector<std::string>& allowed) {
  if (std::ranges::find(allowed, name) == allowed.end()) {
    return Error(Errc::forbidden, "The program " + name + " is not in SHELL_ALLOW.");
  }
  if (name.starts_with('/')) return name;
  if (name.find('/') != std::string::npos) {
    return Error(Errc::forbidden, "SHELL_ALLOW names programs by an absolute path or a plain name, not " + name + ".");
  }
  for (const auto* folder : kProgramFolders) {
    auto path = folder + name;
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return Error(Errc::not_found, "There is no program " + name + ".");
}

}  // namespace troupe::runtime::sandbox
