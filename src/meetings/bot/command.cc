#include "meetings/bot/command.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace troupe::meetings::bot {
namespace {

constexpr std::size_t kMostWords = 8;
constexpr std::string_view kBlanks = " \t\r\n";

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (words.size() < kMostWords) {
    const auto begin = text.find_first_not_of(kBlanks);
    if (begin == text.npos) break;
    text.remove_prefix(begin);
    const auto end = std::min(text.find_first_of(kBlanks), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

/// [words](link) and <link>.
std::string_view bare(std::string_view word) {
  if (const auto middle = word.find("]("); word.starts_with('[') && middle != word.npos && word.ends_with(')')) {
    return word.substr(middle + 2, word.size() - middle - 3);
  }
  if (word.size() > 2 && word.starts_with('<') && word.ends_with('>')) return word.substr(1, word.size() - 2);
  return word;
}

bool is_link(std::string_view word) {
  return word.contains("://") || word.contains('/') || word.starts_with("matrix:") || word.starts_with("msteams:");
}

}  // namespace

Command parse_command(std::string_view text) {
  auto words = words_of(text);
  if (!words.empty()) {
    const auto first = base::ascii_lower(words.front());
    if (first == "!meet" || first == "meet") words.erase(words.begin());
  }
  // Its name may have been cut off already.
  if (words.empty()) return {.kind = Command::Kind::here};
  const auto first = base::ascii_lower(words.front());
  if (words.size() == 1) {
    if (first == "help" || first == "!help" || first == "?") return {};
    if (first == "stop" || first == "leave" || first == "!stop") return {.kind = Command::Kind::stop};
    if (first == "decline" || first == "!decline") return {.kind = Command::Kind::decline};
    if (first == "accept" || first == "!accept") return {.kind = Command::Kind::accept};
    if (first == "status" || first == "!status") return {.kind = Command::Kind::status};
  }
  if ((first == "call" || first == "!call") && words.size() <= 2) {
    return {.kind = Command::Kind::call, .language = words.size() > 1 ? base::ascii_lower(words[1]) : std::string()};
  }
  const auto link = bare(words.front());
  if (!is_link(link) || words.size() > 2) return {.kind = Command::Kind::unknown};
  return {.kind = Command::Kind::meet,
          .link = std::string(link),
          .language = words.size() > 1 ? base::ascii_lower(words[1]) : std::string()};
}

}  // namespace troupe::meetings::bot
