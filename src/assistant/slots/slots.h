// What a sentence says besides its verb: the values that can fill an operation's arguments, found by grammar alone. For
// the planner that works without a model.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::assistant::slots {

enum class Kind : std::uint8_t {
  quoted,   ///< between quotation marks of any language; value: what stands between them
  url,      ///< http or https
  email,    ///<
  channel,  ///< #general; value: without the sign
  handle,   ///< @anna; value: without the sign
  phone,    ///< value: digits, with + where it was there
  date,     ///< value: 2026-03-04, also of "tomorrow" and "next Monday"
  amount,   ///< with a currency; value: "1250.50 USD"
  address,  ///< a house number beside a street
  id,       ///< a UUID, a number behind "id", "number", "#" or "no.", a Slack id
  message,  ///< what is to be said: behind a colon, "saying", "tell …"
  name,     ///< of a person, a company, a project
};

/// A value in the sentence. Ranges of one sentence do not overlap.
struct Slot {
  Kind kind = Kind::name;
  std::string value;      ///< as services take it
  std::size_t begin = 0;  ///< bytes of the sentence: [begin, end)
  std::size_t end = 0;
};

/// Longer sentences are cut there: nothing behind it is found.
inline constexpr std::size_t kMostBytes = 16'384;
/// Values beyond these are left out.
inline constexpr std::size_t kMostSlots = 64;

/// In the order of the sentence. `today`: the speaker's day. Linear in the length of the text; any thread.
std::vector<Slot> find_slots(std::string_view text, std::chrono::year_month_day today);

/// "email"; for the debug view.
std::string_view name_of(Kind kind);

}  // namespace troupe::assistant::slots
