#include "assistant/executor/choosing.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "assistant/tasks/redactor.h"

namespace troupe::assistant::executor {
namespace {

constexpr std::size_t kMostValueBytes = 1'536;
constexpr std::size_t kMostLabelBytes = 300;
constexpr int kWhole = 4, kPart = 2, kWords = 1;

const Json* at(const Json& value, std::string_view pointer) {
  boost::system::error_code failed;
  return value.find_pointer(pointer, failed);
}

/// All texts and numbers inside, in their order: an address is one text, whatever members it has.
void gather(std::string& out, const Json& value, int depth = 0) {
  if (depth > 4 || value.is_null() || value.is_bool()) return;
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) gather(out, member.value(), depth + 1);
    return;
  }
  if (const auto* list = value.if_array()) {
    for (const auto& each : *list) gather(out, each, depth + 1);
    return;
  }
  const auto piece = value.is_string() ? std::string(matrix::view(value.get_string())) : matrix::canonical_json(value);
  if (!out.empty() && !piece.empty()) out += ", ";
  out += piece;
}

std::string text_of(const Json& value) {
  std::string out;
  gather(out, value);
  return out;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || (c & 0x80) != 0; }

/// In small letters, words with one blank between them.
std::string plain(std::string_view text) {
  std::string out;
  bool blank = false;
  for (const char c : text) {
    if (!is_word(c)) {
      blank = !out.empty();
      continue;
    }
    if (std::exchange(blank, false)) out += ' ';
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

std::set<std::string> words_of(const std::string& text) {
  std::set<std::string> out;
  for (std::size_t from = 0; from < text.size();) {
    const auto end = std::min(text.find(' ', from), text.size());
    out.insert(text.substr(from, end - from));
    from = end + 1;
  }
  return out;
}

int likeness(const std::string& wanted, const std::string& there) {
  if (wanted.empty() || there.empty()) return 0;
  if (wanted == there) return kWhole;
  const auto within = [](const std::string& part, const std::string& whole) {
    return (" " + whole + " ").contains(" " + part + " ");
  };
  if (within(wanted, there) || within(there, wanted)) return kPart;
  const auto asked = words_of(wanted), has = words_of(there);
  const auto shared = std::ranges::count_if(asked, [&](const auto& word) { return has.contains(word); });
  return 2 * static_cast<std::size_t>(shared) > asked.size() ? kWords : 0;
}

using Wanted = std::vector<std::pair<std::string, std::string>>;

int fit(const Wanted& wanted, const Json& entry) {
  int out = 0;
  for (const auto& [pointer, text] : wanted) {
    if (const auto* there = at(entry, pointer)) out += likeness(text, plain(text_of(*there)));
  }
  return out;
}

std::string cut_label(std::string text) { return tasks::cut(std::move(text), kMostLabelBytes); }

tasks::Choice offered(const workflows::Choice& choice, const Json& entry, std::string id) {
  tasks::Choice out{.id = std::move(id), .label = cut_label(label_of(choice, entry)), .value = entry};
  if (out.label.empty()) out.label = out.id;
  // The entry itself is in the list that it is chosen from; here it is for people.
  if (matrix::canonical_json(entry).size() > kMostValueBytes) {
    out.value = matrix::JsonObject{{"id", out.id}, {"label", out.label}};
  }
  return out;
}

}  // namespace

std::string id_of(const workflows::Choice& choice, const Json& entry) {
  const auto* found = at(entry, choice.id);
  return found && !found->is_structured() ? text_of(*found) : std::string();
}

std::string label_of(const workflows::Choice& choice, const Json& entry) {
  std::string out;
  for (const auto& pointer : choice.label) {
    const auto* found = at(entry, pointer);
    const auto piece = found ? text_of(*found) : std::string();
    if (piece.empty()) continue;
    if (!out.empty()) out += " - ";
    out += piece;
  }
  return out;
}

const Json* find_entry(const workflows::Choice& choice, const JsonArray& list, std::string_view id) {
  const auto found = std::ranges::find_if(list, [&](const Json& entry) { return id_of(choice, entry) == id; });
  return found == list.end() ? nullptr : &*found;
}

Chosen choose(const workflows::Choice& choice, const workflows::Values& values, const JsonArray& list, bool careful) {
  if (list.empty()) return {};
  Wanted wanted;
  for (const auto& [pointer, binding] : choice.match) {
    const auto value = workflows::evaluate(binding, values);
    auto text = value ? plain(text_of(*value)) : std::string();
    if (!text.empty()) wanted.emplace_back(pointer, std::move(text));
  }
  int best = 0;
  for (const auto& entry : list) best = std::max(best, fit(wanted, entry));
  std::vector<const Json*> left;
  std::set<std::string> ids;
  for (const auto& entry : list) {
    if (best > 0 && fit(wanted, entry) != best) continue;
    const auto id = id_of(choice, entry);
    if (list.size() == 1 || (!id.empty() && id.size() <= tasks::kMaxNameBytes && ids.insert(id).second))
      left.push_back(&entry);
  }
  const bool comparable = std::ranges::any_of(wanted, [&](const auto& each) {
    return std::ranges::any_of(list, [&](const Json& e) { return at(e, each.first); });
  });
  const bool fits = best > 0 || !comparable;
  if (left.empty() || (!fits && left.size() > kMostOffered)) return {};
  const bool can_ask = !id_of(choice, *left.front()).empty();
  if (left.size() == 1 && (fits || !careful || !can_ask)) {
    return {.state = Chosen::State::one, .entry = *left.front(), .choices = {}};
  }
  if (left.size() > tasks::kMaxChoices) left.resize(tasks::kMaxChoices);
  Chosen out{.state = Chosen::State::ask, .entry = {}, .choices = {}};
  for (const auto* entry : left) out.choices.push_back(offered(choice, *entry, id_of(choice, *entry)));
  return out;
}

}  // namespace troupe::assistant::executor
