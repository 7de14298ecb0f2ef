#include "assistant/planner/one_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "assistant/planner/leaves.h"
#include "assistant/router/sentence.h"

namespace troupe::assistant::planner {
namespace {

constexpr std::string_view kLater = " later tonight after spater nachher luego depois ";

/// "Later" in the command itself: what is to be said says nothing about the call.
bool is_for_later(std::string_view text, const std::vector<slots::Slot>& values) {
  std::string rest(text);
  for (const auto& each : values) {
    if (each.kind == slots::Kind::message || each.kind == slots::Kind::quoted)
      rest.replace(each.begin, each.end - each.begin, each.end - each.begin, ' ');
  }
  const router::Sentence sentence(rest);
  return std::ranges::any_of(sentence.tokens(), [](const auto& token) {
    return token.kind == router::Kind::word && token.part == router::Part::command &&
           router::is_one_of(token.text, kLater);
  });
}

/// "Let them know that we are away tomorrow": the day belongs to what is said.
bool is_told(std::string_view text, const slots::Slot& date) {
  constexpr std::array<std::string_view, 5> kThat{" that ", " dass ", " que ", " about ", " wegen "};
  const auto before = text.substr(0, date.begin);
  return std::ranges::any_of(kThat, [&](auto that) { return before.contains(that); });
}

}  // namespace

std::string beyond_one_call(const Intent& intent, const Meaning& said, std::string_view text,
                            const std::vector<slots::Slot>& values, std::chrono::year_month_day today) {
  if (!intent.writes) return {};
  const auto of = meaning_of_name(intent.name);
  const bool several =
      !of.plural && std::ranges::any_of(said.listed, [&](const auto& thing) { return of.things.contains(thing); });
  const auto channels = std::ranges::count(values, slots::Kind::channel, &slots::Slot::kind);
  const auto quoted = std::ranges::count(values, slots::Kind::quoted, &slots::Slot::kind);
  const bool sends = of.verbs.contains(Verb::send);
  if (several || (sends && quoted > 1 && channels > 1)) return "I do one of these at a time: say it once for each.";
  // An operation that takes a day is given it.
  if (std::ranges::any_of(leaves_of(intent.inputs), [](const auto& leaf) { return leaf.format.starts_with("date"); }))
    return {};
  const auto day = fmt::format("{:04}-{:02}-{:02}", static_cast<int>(today.year()),
                               static_cast<unsigned>(today.month()), static_cast<unsigned>(today.day()));
  const bool dated = std::ranges::any_of(values, [&](const auto& each) {
    return each.kind == slots::Kind::date && each.value > day && !is_told(text, each);
  });
  if (sends && (dated || is_for_later(text, values)))
    return "I do this at once, and not at a later time: leave the time out, or say it when it is due. What is to be "
           "sent belongs in quotation marks, or behind a colon.";
  return {};
}

}  // namespace troupe::assistant::planner
