#include "net/resp/resp_parser.h"

#include <charconv>

namespace troupe::net::resp {
namespace {

constexpr std::size_t kLongestNumber = 20;  ///< of a line that announces a length
constexpr std::string_view kBlanks = " \t\r";

Error protocol_error(std::string_view what) { return Error(Errc::bad_json, "Protocol error: " + std::string(what)); }

std::optional<long long> read_number(std::string_view text) {
  long long number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<std::string_view> RespParser::line() {
  const std::string_view rest = std::string_view(buffer_).substr(at_);
  const auto end = rest.find('\n');
  if (end == rest.npos) return std::nullopt;
  at_ += end + 1;
  auto text = rest.substr(0, end);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

std::optional<Command> RespParser::inline_command(std::string_view text) const {
  Command words;
  for (;;) {
    const auto begin = text.find_first_not_of(kBlanks);
    if (begin == text.npos) break;
    text.remove_prefix(begin);
    const auto end = std::min(text.find_first_of(kBlanks), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words.empty() ? std::nullopt : std::optional(std::move(words));
}

Result<bool> RespParser::take_word() {
  if (!word_size_) {
    const auto rest = std::string_view(buffer_).substr(at_);
    if (rest.empty()) return false;
    if (rest[0] != '$') return protocol_error("expected '$'");
    const auto announced = line();
    if (!announced) {
      if (rest.size() > kLongestNumber) return protocol_error("too big bulk count string");
      return false;
    }
    const auto size = read_number(announced->substr(1));
    if (!size || *size < 0 || static_cast<unsigned long long>(*size) > limits_.command_bytes - taken_bytes_) {
      return protocol_error("invalid bulk length");
    }
    word_size_ = static_cast<std::size_t>(*size);
  }
  const auto rest = std::string_view(buffer_).substr(at_);
  if (rest.size() < *word_size_ + 2) return false;
  if (rest.substr(*word_size_, 2) != "\r\n") return protocol_error("a bulk string does not end where it should");
  words_.emplace_back(rest.substr(0, *word_size_));
  taken_bytes_ += *word_size_;
  at_ += *word_size_ + 2;
  word_size_.reset();
  return true;
}

/// Not at each command: a pipeline would be copied again and again.
void RespParser::forget_read() {
  if (at_ < buffer_.size() && at_ < limits_.line_bytes) return;
  buffer_.erase(0, at_);
  at_ = 0;
}

Result<std::optional<Command>> RespParser::next() {
  for (;;) {
    if (words_left_ == 0) {
      forget_read();
      const auto rest = std::string_view(buffer_).substr(at_);
      if (rest.empty()) return std::optional<Command>();
      const bool is_array = rest[0] == '*';
      const auto text = line();
      if (!text) {
        if (is_array && rest.size() > kLongestNumber) return protocol_error("too big mbulk count string");
        if (rest.size() > limits_.line_bytes) return protocol_error("too big inline request");
        return std::optional<Command>();
      }
      if (!is_array) {
        if (text->size() > limits_.line_bytes) return protocol_error("too big inline request");
        auto command = inline_command(*text);
        if (!command) continue;
        if (command->size() > limits_.words) return protocol_error("too big inline request");
        return command;
      }
      const auto count = read_number(text->substr(1));
      if (!count || *count > static_cast<long long>(limits_.words)) return protocol_error("invalid multibulk length");
      if (*count <= 0) continue;
      words_left_ = static_cast<std::size_t>(*count);
      words_.clear();
      taken_bytes_ = 0;
    }
    TRY(const bool taken, take_word());
    if (!taken) {
      forget_read();
      return std::optional<Command>();
    }
    if (--words_left_ == 0) return std::optional(std::move(words_));
  }
}

}  // namespace troupe::net::resp
