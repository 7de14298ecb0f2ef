#include "assistant/mcp_auth/challenge.h"

namespace troupe::assistant::mcp_auth {
namespace {

using net::http::equals_ignoring_case;

/// Goes through one field: `scheme name=value, name="value", scheme …`.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text.substr(0, kMaxChallengeBytes)) {}

  /// To the next word; false: there is none.
  bool next_word(std::string& word) {
    while (at_ < text_.size() && (is_space(text_[at_]) || text_[at_] == ',')) ++at_;
    const auto begin = at_;
    while (at_ < text_.size() && !std::string_view(" \t,=\"").contains(text_[at_])) ++at_;
    word = text_.substr(begin, at_ - begin);
    if (word.empty() && at_ < text_.size()) ++at_;  // a quote or a sign that stands alone
    return at_ < text_.size() || !word.empty();
  }
  /// The value behind a name; nothing: it was no name.
  std::optional<std::string> value() {
    const auto before = at_;
    skip_spaces();
    if (at_ >= text_.size() || text_[at_] != '=') {
      at_ = before;
      return std::nullopt;
    }
    ++at_;
    skip_spaces();
    return at_ < text_.size() && text_[at_] == '"' ? quoted() : bare();
  }

 private:
  static bool is_space(char c) { return c == ' ' || c == '\t'; }
  void skip_spaces() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  std::string bare() {
    const auto begin = at_;
    while (at_ < text_.size() && !is_space(text_[at_]) && text_[at_] != ',') ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }
  std::string quoted() {
    std::string out;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      out += text_[at_];
    }
    if (at_ < text_.size()) ++at_;
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

void read_field(std::string_view field, std::vector<Challenge>& out) {
  Scanner scanner(field);
  bool bearer = false;
  for (std::string word; scanner.next_word(word);) {
    auto value = scanner.value();
    if (!value) {  // the name of a scheme
      bearer = equals_ignoring_case(word, "Bearer");
      if (bearer) out.emplace_back();
      continue;
    }
    if (!bearer) continue;
    auto& last = out.back();
    if (equals_ignoring_case(word, "resource_metadata"))
      last.resource_metadata = *std::move(value);
    else if (equals_ignoring_case(word, "scope"))
      last.scope = *std::move(value);
    else if (equals_ignoring_case(word, "error"))
      last.error = *std::move(value);
  }
}

}  // namespace

std::optional<Challenge> read_challenge(const net::http::Headers& headers) {
  std::vector<Challenge> all;
  for (const auto& [name, value] : headers.all()) {
    if (equals_ignoring_case(name, "WWW-Authenticate")) read_field(value, all);
  }
  for (auto& each : all) {
    if (!each.resource_metadata.empty()) return std::move(each);
  }
  if (all.empty()) return std::nullopt;
  return std::move(all.front());
}

}  // namespace troupe::assistant::mcp_auth
