#include "fleet/brains/openai/chat_context.h"

#include <algorithm>
#include <boost/json/serialize.hpp>

namespace troupe::fleet::brains {
namespace {

constexpr std::size_t kMaxTextBytes = 16 * 1024;
constexpr std::string_view kCut = " …";

std::string cut(std::string_view text) {
  if (text.size() <= kMaxTextBytes) return std::string(text);
  auto end = kMaxTextBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + std::string(kCut);
}

std::int64_t tokens_of(const ChatTurn& turn) {
  return estimate_tokens(turn.question) + estimate_tokens(turn.answer) + 2 * kTokensPerMessage;
}

}  // namespace

std::int64_t estimate_tokens(std::string_view text) {
  std::int64_t ascii = 0;
  std::int64_t others = 0;
  for (unsigned char c : text) {
    if (c < 0x80) {
      ++ascii;
    } else if ((c & 0xC0) != 0x80) {
      ++others;
    }
  }
  return (ascii + 3) / 4 + others;
}

std::size_t turns_to_drop(const std::vector<ChatTurn>& turns, std::int64_t budget_tokens) {
  std::size_t kept = 0;
  for (auto left = budget_tokens; kept < turns.size(); ++kept) {
    left -= tokens_of(turns[turns.size() - 1 - kept]);
    if (left < 0) break;
  }
  return turns.size() - kept;
}

std::vector<ChatTurn> read_turns(const matrix::Json& stored) {
  std::vector<ChatTurn> turns;
  if (!stored.is_array()) return turns;
  for (const auto& entry : stored.get_array()) {
    if (!entry.is_object()) continue;
    auto question = matrix::find_string(entry.get_object(), "q");
    auto answer = matrix::find_string(entry.get_object(), "a");
    if (question && answer) turns.push_back({std::string(*question), std::string(*answer)});
  }
  return turns;
}

matrix::Json write_turns(const std::vector<ChatTurn>& turns, std::size_t max_turns, std::size_t max_bytes) {
  std::vector<matrix::JsonObject> kept;  // newest first
  std::size_t bytes = 2;
  for (auto turn = turns.rbegin(); turn != turns.rend() && kept.size() < max_turns; ++turn) {
    matrix::JsonObject entry{{"q", cut(turn->question)}, {"a", cut(turn->answer)}};
    bytes += boost::json::serialize(entry).size() + 1;
    if (bytes > max_bytes) break;
    kept.push_back(std::move(entry));
  }
  matrix::JsonArray array;
  for (auto entry = kept.rbegin(); entry != kept.rend(); ++entry) array.emplace_back(std::move(*entry));
  return array;
}

}  // namespace troupe::fleet::brains
