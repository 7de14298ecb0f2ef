#include "assistant/planner/channel_words.h"

#include <re2/re2.h>

#include <algorithm>

#include "assistant/planner/lexicon.h"
#include "assistant/router/fold.h"
#include "assistant/router/sentence.h"
#include "base/text.h"

namespace troupe::assistant::planner {
namespace {

using slots::Kind;
using slots::Slot;

/// People, and what a message goes to without a channel of that name.
constexpr std::string_view kNoChannels =
    " me us you him her them it all everyone everybody anyone someone somebody nobody people customer client boss team "
    "crew office homeowner manager adjuster say tell let know channel channels kanal canal slack mir uns ihm ihr ihnen "
    "alle allen todos todas el ella ellos nous moi lui leur tous work start do see be get ask remind check confirm ";

constexpr std::size_t kLongestName = 80;

bool is_free(const std::vector<Slot>& found, std::size_t begin, std::size_t end) {
  return std::ranges::none_of(found, [&](const Slot& slot) { return begin < slot.end && slot.begin < end; });
}

/// Whether a channel may be called so.
bool can_be(std::string_view word, const std::vector<std::string>& services) {
  if (word.size() > kLongestName) return false;
  const auto folded = router::fold(word).text;
  return !router::is_one_of(folded, kNoChannels) && !is_plain_word(folded) &&
         !std::ranges::binary_search(services, folded);
}

/// The first match outside what was found already.
bool add_first(const RE2& pattern, std::string_view text, const std::vector<std::string>& services,
               std::vector<Slot>& found) {
  re2::StringPiece rest(text.data(), text.size()), name;
  while (RE2::FindAndConsume(&rest, pattern, &name)) {
    const auto begin = static_cast<std::size_t>(name.data() - text.data());
    const std::string_view word(name.data(), name.size());
    // What is said begins before it and goes on behind it; a message that reaches to the end has swallowed its address.
    if (can_be(word, services) && is_free(found, begin, begin + word.size())) {
      found.push_back(
          {.kind = Kind::channel, .value = base::ascii_lower(word), .begin = begin, .end = begin + word.size()});
      return true;
    }
  }
  return false;
}

}  // namespace

void add_channel(std::string_view text, const std::vector<std::string>& services, std::vector<Slot>& found) {
  if (std::ranges::any_of(found, [](const Slot& slot) { return slot.kind == Kind::channel; })) return;
  static const RE2 behind(
      R"((?i)\b(?:channel|kanal|canal)\s+(?:called\s+|named\s+|namens\s+|llamado\s+|nommé\s+)?([\p{L}\p{N}][\p{L}\p{N}_-]*))");
  static const RE2 before(R"((?i)\b(?:the|our|den|dem|im)\s+([\p{L}\p{N}][\p{L}\p{N}_-]*)[\s-](?:channel|kanal)\b)");
  // In small letters alone: "to Anna" is a person, and "to the customer" no name.
  static const RE2 bare(
      R"(\b(?:to|in|into|on|auf|en|dans)\s+([\p{Ll}\p{N}][\p{Ll}\p{N}_-]+)\s*(?:$|[:,.!"“„]|\s(?:in|on|via|using|that|saying|auf|en|sur)\s))");
  if (add_first(behind, text, services, found) || add_first(before, text, services, found)) return;
  add_first(bare, text, services, found);
}

}  // namespace troupe::assistant::planner
