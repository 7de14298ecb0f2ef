#include "fleet/turns/rules.h"

#include <algorithm>

#include "fleet/answers/reply_content.h"
#include "matrix/ids.h"

namespace troupe::fleet::turns {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool starts_with_ignoring_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() &&
         std::ranges::equal(text.substr(0, start.size()), start, [](char a, char b) { return lower(a) == lower(b); });
}

/// What follows a name at the start of a text ("name: …", "name, …"); nothing when the name is not there.
std::optional<std::string_view> after_name(std::string_view text, std::string_view name) {
  if (name.empty() || !starts_with_ignoring_case(text, name)) return std::nullopt;
  auto rest = text.substr(name.size());
  if (rest.empty() || (rest.front() != ':' && rest.front() != ',')) return std::nullopt;
  rest.remove_prefix(1);
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  return rest;
}

/// What follows a word at the start of a text.
std::optional<std::string_view> after_word(std::string_view text, std::string_view word) {
  if (word.empty() || !starts_with_ignoring_case(text, word)) return std::nullopt;
  auto rest = text.substr(word.size());
  if (!rest.empty() && rest.front() != ' ' && rest.front() != '\n') return std::nullopt;
  while (rest.starts_with(' ') || rest.starts_with('\n')) rest.remove_prefix(1);
  return rest;
}

/// The rest of a text that begins by calling the reader; nothing when it does not.
std::optional<std::string_view> after_call(std::string_view text, const Reader& reader) {
  auto parts = matrix::parse_user_id(reader.user_id);
  auto localpart = parts ? parts->localpart : std::string_view();
  for (auto name : {reader.user_id, reader.display_name, reader.bot_id, localpart}) {
    auto at = text.starts_with('@') && !name.starts_with('@') ? text.substr(1) : text;
    if (auto rest = after_name(at, name)) return rest;
  }
  if (auto rest = after_word(text, reader.user_id)) return rest;
  return after_word(text, "!" + std::string(reader.bot_id));
}

}  // namespace

bool is_mentioned(const Message& message, const Reader& reader) {
  if (std::ranges::find(message.mentions, reader.user_id) != message.mentions.end()) return true;
  if (!message.says_whom && message.text.find(reader.user_id) != std::string::npos) return true;
  return after_call(message.text, reader).has_value();
}

std::string strip_mention(std::string_view text, const Reader& reader) {
  return std::string(after_call(text, reader).value_or(text));
}

bool is_addressed(const Message& message, const Reader& reader, const Surroundings& around) {
  // Two bots in a thread would go on for ever: there each is called by name.
  bool called = around.replies_to_reader || is_mentioned(message, reader);
  if (!message.thread_root.empty() && around.other_bot_in_thread) return called;
  if (reader.respond == brains::Respond::always) return true;
  if (around.joined_members <= 2 && reader.respond == brains::Respond::automatic) return true;
  if (called) return true;
  return reader.respond == brains::Respond::automatic && !message.thread_root.empty() && around.reader_in_thread &&
         around.only_bot && !around.sender_is_bot;
}

std::optional<Verdict> judge(const Message& message, const Reader& reader, const Surroundings& around) {
  if (message.notice && !reader.hears_notices) return std::nullopt;
  if (!is_addressed(message, reader, around)) return std::nullopt;
  if (around.sender_is_bot && (message.hops >= answers::kMaxHops || around.bot_streak > reader.bots_in_a_row)) {
    return Verdict{.state = TurnState::skipped_loop, .detail = "bots talk to each other"};
  }
  if (!reader.running) return Verdict{.state = TurnState::skipped_stopped};
  if (!reader.takes_more) {
    return Verdict{.state = TurnState::skipped_overload, .detail = "too many messages were waiting"};
  }
  return Verdict{};
}

}  // namespace troupe::fleet::turns
