#include "fleet/answers/choices.h"

#include <boost/json/array.hpp>

#include "matrix/json.h"

namespace troupe::fleet::answers {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\n')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n' || text.back() == '.')) text.remove_suffix(1);
  return text;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return std::ranges::equal(a, b, [&](char x, char y) { return lower(x) == lower(y); });
}

/// An emoji without the mark that asks for its coloured form (U+FE0F): clients send it either way.
std::string plain_emoji(std::string_view text) {
  constexpr std::string_view kMark = "\xef\xb8\x8f";
  std::string out(text);
  for (auto at = out.find(kMark); at != out.npos; at = out.find(kMark)) out.erase(at, kMark.size());
  return out;
}

}  // namespace

boost::json::value choices_to_json(const std::vector<Choice>& choices) {
  boost::json::array list;
  for (const auto& choice : choices) {
    list.push_back(boost::json::object{{"id", choice.id}, {"label", choice.label}, {"reaction", choice.reaction}});
  }
  return list;
}

std::vector<Choice> choices_from_json(const boost::json::value& json) {
  std::vector<Choice> choices;
  if (!json.is_array()) return choices;
  for (const auto& item : json.get_array()) {
    if (!item.is_object()) continue;
    const auto& object = item.get_object();
    choices.push_back({.id = std::string(matrix::find_string(object, "id").value_or("")),
                       .label = std::string(matrix::find_string(object, "label").value_or("")),
                       .reaction = std::string(matrix::find_string(object, "reaction").value_or(""))});
  }
  return choices;
}

std::optional<std::string> picked_choice(const std::vector<Choice>& choices, std::string_view text) {
  auto said = trimmed(text);
  if (said.empty() || said.size() > 200) return std::nullopt;
  auto emoji = plain_emoji(said);
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const auto& choice = choices[i];
    if (said == std::to_string(i + 1) || said == choice.id || equals_ignoring_case(said, choice.label) ||
        (!choice.reaction.empty() && emoji == plain_emoji(choice.reaction))) {
      return choice.id;
    }
  }
  return std::nullopt;
}

}  // namespace troupe::fleet::answers
