// What people say to what the assistant has put before them, and how that is written for them. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/dialogue/assistant.h"
#include "fleet/triggers/voice.h"

namespace troupe::assistant::surfaces {

enum class Word {
  none,    ///< something else
  yes,     ///< also ✅ and 👍
  no,      ///< also ❌ and 👎
  cancel,  ///< "cancel", "stop"
};
/// The whole text, in some languages, without regard to case and a full stop.
Word word_of(std::string_view text);
/// The number that the whole text is, 1…100: digits, with or without a full stop, or the emoji of a key (1️⃣ … 🔟).
std::optional<std::size_t> number_of(std::string_view text);
/// The emoji of a key, 1…10; empty: there is none.
std::string emoji_of(std::size_t number);
/// Whether a reaction could be an answer to anything.
bool may_answer(std::string_view emoji);
/// The one of these that the whole text names: its label without regard to case, or its id.
const tasks::Choice* named_choice(const std::vector<tasks::Choice>& choices, std::string_view text);

/// Something that a person may pick, beside its number.
struct Pick {
  std::string id;
  std::string label;
  std::string reaction;  ///< empty: by number and label only
};
inline constexpr std::string_view kPickYes = "yes";
inline constexpr std::string_view kPickNo = "no";

struct Shown {
  std::string text;                       ///< Markdown, at most kMaxShownBytes
  std::vector<Pick> picks;                ///< in the order of their numbers, at most kMaxPicks
  fleet::triggers::LateFiles files = {};  ///< that stand with it
};
/// So much that it is one message wherever it is shown: what is reacted to is known by its message.
inline constexpr std::size_t kMaxShownBytes = 9'500;
inline constexpr std::size_t kMaxPicks = 20;

/// A reply as a message. Calls that wait for an approval are shown with their exact arguments; where that is too much
/// for a message nothing can be picked, and the text says where they can be seen.
Shown shown(const dialogue::Reply& reply);

/// What a person was told of a task, to know whether there is something new: "q:<id>" of a question, "a:<id>" of an
/// approval, "planned", "e:<phase>" at its end; empty while it runs.
std::string told_of(const tasks::TaskView& view);
/// Whether that is an end.
bool is_end(std::string_view told);

}  // namespace troupe::assistant::surfaces
