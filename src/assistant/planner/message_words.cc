#include "assistant/planner/message_words.h"

#include <re2/re2.h>

#include <algorithm>

#include "assistant/router/fold.h"
#include "assistant/router/sentence.h"
#include "base/text.h"

namespace troupe::assistant::planner {
namespace {

using slots::Kind;
using slots::Slot;

/// "Send a message to", "post it in": that says nothing yet.
bool is_vague(std::string_view said) {
  static const RE2 vague(
      R"((?i)^(?:an?|the|this|that|it|some|something|my|our|them|to|in|on|into|una?|ein\w*|une?|uma?|messages?|notes?|updates?)\b.*)");
  return RE2::FullMatch(re2::StringPiece(said.data(), said.size()), vague);
}

}  // namespace

void drop_vague(std::string_view text, std::vector<Slot>& found) {
  static const RE2 verb(R"((?i)\b(?:send|post|write|put|share)\s*$)");
  std::erase_if(found, [&](const Slot& slot) {
    return slot.kind == Kind::message && is_vague(slot.value) &&
           RE2::PartialMatch(re2::StringPiece(text.data(), slot.begin), verb);
  });
}

void add_message(std::string_view text, std::vector<Slot>& found) {
  static const RE2 clause(R"((?is)\b(?:that|dass|que)\s+(\S.*?)\s*$)");
  static const RE2 object(
      R"((?i)\b(?:post|send|write|say|poste|sende|envia|escreva)\s+(\S.{0,200}?)\s+(?:to|in|into|on|im|na|en|dans)\s)");
  re2::StringPiece said;
  const re2::StringPiece whole(text.data(), text.size());
  if (!RE2::PartialMatch(whole, clause, &said) &&
      (!RE2::PartialMatch(whole, object, &said) || is_vague(std::string_view(said.data(), said.size()))))
    return;
  const auto begin = static_cast<std::size_t>(said.data() - text.data());
  const auto end = begin + said.size();
  std::erase_if(found, [&](const Slot& slot) { return slot.begin >= begin && slot.end <= end; });
  if (std::ranges::any_of(found, [&](const Slot& slot) { return slot.begin < end && begin < slot.end; })) return;
  found.push_back({.kind = Kind::message, .value = std::string(said), .begin = begin, .end = end});
}

void leave_service_out(std::string_view text, const std::vector<std::string>& services, Slot& slot) {
  static const RE2 opening(
      R"((?is)^(?:on|in|via|over|through|using|auf|en|sur|no)\s+([\p{L}\p{N}]+)(?:\s*[:,]|\s+(?:that|dass|que))?\s+(\S.*)$)");
  static const RE2 closing(R"((?is)^(.*?(\S+))\s+(?:on|in|via|over|through|using)\s+([\p{L}\p{N}]+)$)");
  static const RE2 place(R"((?i)^\s+(?:to|in|on|into)\s+[#@])");
  constexpr std::string_view kMeantSo = " is are am was were be been we're they're i'm not ";
  const auto is_service = [&](std::string_view word) {
    return std::ranges::binary_search(services, router::fold(word).text);
  };
  std::string name, last;
  re2::StringPiece said;
  const auto whole = [&] { return re2::StringPiece(text.data() + slot.begin, slot.end - slot.begin); };
  if (RE2::FullMatch(whole(), opening, &name, &said) && is_service(name))
    slot.begin = static_cast<std::size_t>(said.data() - text.data());
  const re2::StringPiece behind(text.data() + slot.end, text.size() - slot.end);
  if (RE2::PartialMatch(behind, place) && RE2::FullMatch(whole(), closing, &said, &last, &name) && is_service(name) &&
      !router::is_one_of(base::ascii_lower(last), kMeantSo))
    slot.end = slot.begin + said.size();
  slot.value = text.substr(slot.begin, slot.end - slot.begin);
}

}  // namespace troupe::assistant::planner
