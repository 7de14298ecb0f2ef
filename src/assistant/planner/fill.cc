#include "assistant/planner/fill.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <set>

#include "assistant/planner/channel_words.h"
#include "assistant/planner/lexicon.h"
#include "assistant/planner/message_words.h"
#include "assistant/planner/name_words.h"
#include "assistant/router/fold.h"
#include "assistant/router/sentence.h"
#include "base/text.h"

namespace troupe::assistant::planner {
namespace {

using slots::Kind;
using slots::Slot;

bool has(const Leaf& leaf, std::string_view word) { return std::ranges::find(leaf.words, word) != leaf.words.end(); }
bool has_any(const Leaf& leaf, std::string_view list) {
  return std::ranges::any_of(leaf.words, [&](const std::string& word) { return router::is_one_of(word, list); });
}
bool in_hint(const Leaf& leaf) { return !leaf.place.empty() && leaf.place.back().ends_with("_hint"); }

constexpr std::string_view kTexts = " message text content body comment msg ";
constexpr std::string_view kNotes = " notes note notepad description topic remark reason subject title ";
constexpr std::string_view kTerms = " query term search q ";
constexpr std::string_view kPersons = " name customer contact company homeowner builder ";

/// What is said between the number and the beginning of the sentence: "job" of "job #880".
std::string thing_before(std::string_view text, std::size_t at) {
  static const RE2 pattern(R"((?i)(\pL+)[\s#:.]*(?:\s(?:id|number|no|nr)[\s.:#]*)?[#:\s]*$)");
  const auto from = at > 60 ? at - 60 : 0;
  std::string word;
  if (!RE2::PartialMatch(re2::StringPiece(text.data() + from, at - from), pattern, &word)) return {};
  const auto meaning = meaning_of_name("x_" + router::fold(word).text);
  std::string thing;
  for (const auto& each : meaning.things) {
    if (each != "x") thing = each;
  }
  return thing;
}

/// How well a number fits: "job 880" is a job_id, and never a work_order_type_id.
double score_id(const Intent& intent, const Leaf& leaf, const std::string& thing) {
  const bool is_id = leaf.words.back() == "id" || leaf.words.back() == "number" || leaf.words.back() == "ts";
  if (is_id && leaf.words.size() > 1) {
    const auto of = meaning_of_name("x_" + leaf.name.substr(0, leaf.name.size() - leaf.words.back().size() - 1)).things;
    if (of.contains(thing)) return 10;
    // An id of the intent's own thing takes a bare number.
    const auto own = meaning_of_name(intent.name).things;
    const bool ours = std::ranges::any_of(of, [&](const auto& each) { return own.contains(each); });
    return ours && (thing.empty() || own.contains(thing)) ? 8 : 0;
  }
  if (is_id && leaf.place.empty()) {
    const auto own = meaning_of_name(intent.name).things;
    return thing.empty() || own.contains(thing) ? 9 : 0;
  }
  if (has_any(leaf, kTerms)) return 3;
  if (in_hint(leaf) && leaf.words.back() == "name") return 4;
  const auto said = meaning_of_name("x_" + leaf.name).things;
  return said.contains(thing) && !leaf.flag ? 6 : 0;
}

double score_date(const Leaf& leaf, const std::set<std::string>& said) {
  const bool is_date = leaf.format == "date" || leaf.format == "date-time" || leaf.words.back() == "date";
  if (!is_date) return 0;
  if (leaf.required) return 8;
  if (leaf.words.size() == 1) return 7;
  // Of several dates that may be given, the one whose name the sentence has.
  return std::ranges::any_of(leaf.words,
                             [&](const auto& word) { return word != "date" && said.contains(singular(word)); })
             ? 7
             : 0;
}

/// "called "Ivy Hall"", "project "Ivy Hall"": the quotes hold a name.
bool quotes_name(const Intent& intent, std::string_view text, const Slot& slot) {
  static const RE2 called(R"((?i)(?:called|named|titled|name|namens|genannt|llamad[oa]|chamad[oa]|nomm\w+)\W*$)");
  const auto from = slot.begin > 40 ? slot.begin - 40 : 0;
  if (RE2::PartialMatch(re2::StringPiece(text.data() + from, slot.begin - from), called)) return true;
  const auto quote = text.substr(0, slot.begin).find_last_of(' ');
  return meaning_of_name(intent.name).things.contains(thing_before(text, quote == text.npos ? 0 : quote));
}

double score_text(const Intent& intent, const Leaf& leaf, const Slot& slot, std::string_view text) {
  const bool needed = leaf.required || intent.writes;
  if (has_any(leaf, kTexts)) return needed || leaf.required_there ? 10 : 6;
  if (has_any(leaf, kNotes)) return leaf.required_there ? 9 : 5;
  if (has_any(leaf, kTerms)) return leaf.required ? 8 : 5;
  if (slot.kind == Kind::quoted && (leaf.name == "name" || leaf.name == "username" || in_hint(leaf)) &&
      leaf.words.back() != "address" && quotes_name(intent, text, slot))
    return leaf.required ? 9 : 7;
  return 0;
}

double score_name(const Leaf& leaf) {
  if (leaf.list) return 0;
  if (in_hint(leaf)) return leaf.words.back() == "name" ? 8 : 0;
  if (leaf.name == "name") return leaf.required ? 9 : 7;
  if (leaf.name == "username") return 9;
  if (leaf.words.back() == "id" && leaf.text && leaf.required && leaf.words.size() == 2 && leaf.words[0] == "bot")
    return 8;
  if (leaf.words.size() == 2 && leaf.words[1] == "name" && leaf.words[0] != "display") return leaf.required ? 7 : 0;
  if (leaf.name == "room_id") return 0;
  if (has_any(leaf, kTerms)) return 6;
  if (leaf.words.front() == "first" && leaf.words.back() == "name") return 6;
  if (leaf.required && leaf.text && leaf.words.back() != "id" && has_any(leaf, kPersons)) return 6;
  return 0;
}

double score_address(const Leaf& leaf) {
  if (has(leaf, "email") || has(leaf, "mail")) return 0;
  if (leaf.words.back() == "address") return in_hint(leaf) ? 9 : 10;
  if (leaf.name.starts_with("street") && !leaf.name.ends_with('2')) return 8;
  if (has_any(leaf, kTerms)) return 5;
  return 0;
}

double score_of(const Intent& intent, const Leaf& leaf, const Slot& slot, std::string_view text,
                const std::set<std::string>& said) {
  if (leaf.whole || leaf.words.empty() || leaf.flag || !leaf.choices.empty()) return 0;
  switch (slot.kind) {
    case Kind::email:
      return leaf.format == "email" || has(leaf, "email") || has(leaf, "mail") ||
                     router::fold(leaf.description).text.contains("e-mail")
                 ? 10
                 : (has_any(leaf, kTerms) ? 4 : 0);
    case Kind::phone:
      return has_any(leaf, " phone tel telephone mobile cell phonenumber ") ? 10 : (has_any(leaf, kTerms) ? 4 : 0);
    case Kind::channel:
      if (has(leaf, "channel")) return leaf.list ? 0 : 10;
      if (has(leaf, "alias")) return text.substr(slot.end).starts_with(':') ? 10 : 0;
      return leaf.name == "name" && meaning_of_name(intent.name).things.contains("channel") ? 8 : 0;
    case Kind::handle:
      return has_any(leaf, " user username handle mention ") && !leaf.list ? 8 : 0;
    case Kind::url:
      return leaf.format == "uri" || has_any(leaf, " url uri link website ") ? 10 : 0;
    case Kind::date:
      return score_date(leaf, said);
    case Kind::amount:
      return has_any(leaf, " amount price total cost value sum budget ") ? 9 : 0;
    case Kind::address:
      return score_address(leaf);
    case Kind::id:
      return score_id(intent, leaf, thing_before(text, slot.begin));
    case Kind::quoted:
    case Kind::message:
      return score_text(intent, leaf, slot, text);
    case Kind::name:
      return score_name(leaf);
  }
  return 0;
}

struct Address {
  std::string street, city, state, zip;
};

Address parts_of(std::string_view text) {
  static const RE2 pattern(R"(([^,]+?)(?:,\s*([^,\d]+?))?(?:,?\s+([A-Z]{2}))?(?:,?\s+(\d{5}(?:-\d{4})?))?)");
  Address out;
  if (!RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern, &out.street, &out.city, &out.state,
                      &out.zip))
    out.street = text;
  return out;
}

/// The value as the leaf takes it.
std::optional<Json> value_for(const Leaf& leaf, const Slot& slot, std::string_view text) {
  if (slot.kind == Kind::amount && (leaf.integer || leaf.number)) {
    return as_value(leaf, std::string_view(slot.value).substr(0, slot.value.find(' ')));
  }
  if (slot.kind == Kind::date && leaf.format == "date-time") return Json(slot.value + "T00:00:00Z");
  if (slot.kind == Kind::date && leaf.description.contains("day/month/year"))
    return Json(fmt::format("{}/{}/{}", slot.value.substr(8, 2), slot.value.substr(5, 2), slot.value.substr(0, 4)));
  if (slot.kind == Kind::channel && has(leaf, "alias")) {
    const auto end = text.find_first_of(" \n\t", slot.end);
    return Json("#" + std::string(text.substr(slot.begin, end == text.npos ? text.npos : end - slot.begin)));
  }
  if (slot.kind == Kind::name && leaf.name == "username") return as_value(leaf, router::fold(slot.value).text);
  if (slot.kind == Kind::address && leaf.name.starts_with("street")) return Json(parts_of(slot.value).street);
  return as_value(leaf, slot.value);
}

/// City, state and postal code of an address beside its street.
void fill_address_parts(const std::vector<Leaf>& leaves, const Leaf& street, std::string_view address,
                        JsonObject& inputs, std::vector<std::string>& filled) {
  const auto parts = parts_of(address);
  for (const auto& leaf : leaves) {
    if (leaf.place != street.place || value_at(inputs, leaf.pointer)) continue;
    const auto& value = leaf.name == "city"                                            ? parts.city
                        : leaf.name == "state"                                         ? parts.state
                        : has_any(leaf, " zip zipcode ") || leaf.name == "postal_code" ? parts.zip
                                                                                       : std::string();
    if (value.empty()) continue;
    put(inputs, leaf.pointer, Json(value));
    filled.push_back(leaf.pointer);
  }
}

std::set<std::string> command_words(std::string_view text) {
  const router::Sentence sentence(text);
  std::set<std::string> out;
  for (const auto& token : sentence.tokens()) {
    if (token.part != router::Part::payload && token.part != router::Part::content) out.insert(singular(token.text));
  }
  return out;
}

/// Choices and flags that the sentence names: "set the priority to urgent", "a private channel".
void fill_words(const std::vector<Leaf>& leaves, std::string_view text, const std::set<std::string>& said,
                JsonObject& inputs, std::vector<std::string>& filled) {
  for (const auto& leaf : leaves) {
    if (leaf.words.empty() || value_at(inputs, leaf.pointer)) continue;
    if (!leaf.choices.empty()) {
      for (const auto& choice : leaf.choices) {
        if (choice.size() < 3 || !said.contains(singular(router::fold(choice).text))) continue;
        put(inputs, leaf.pointer, *as_value(leaf, choice));
        filled.push_back(leaf.pointer);
        break;
      }
    } else if (leaf.flag && leaf.words.size() <= 2 && (leaf.words.size() == 1 || leaf.words[0] == "is")) {
      if (!said.contains(leaf.words.back())) continue;
      put(inputs, leaf.pointer, true);
      filled.push_back(leaf.pointer);
    } else if (leaf.name == "limit" || leaf.name == "per_page") {
      static const RE2 count(R"((?i)\b(?:top|first|last|newest|latest|at most|up to)\s(\d{1,3})\b)");
      std::string number;
      if (!RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), count, &number)) continue;
      if (auto value = as_value(leaf, number)) {
        put(inputs, leaf.pointer, *std::move(value));
        filled.push_back(leaf.pointer);
      }
    }
  }
}

/// An object that may be left out and now lacks something is left out again.
void drop_incomplete(const std::vector<Leaf>& leaves, JsonObject& inputs, std::vector<std::string>& filled) {
  std::vector<std::string> gone;
  for (const auto& leaf : leaves) {
    if (leaf.required || !leaf.required_there || leaf.place.empty() || value_at(inputs, leaf.pointer)) continue;
    const auto object = leaf.pointer.substr(0, leaf.pointer.rfind('/'));
    const bool wanted = std::ranges::any_of(
        leaves, [&](const Leaf& other) { return other.required && other.pointer.starts_with(object + "/"); });
    if (!wanted && value_at(inputs, object)) gone.push_back(object);
  }
  for (const auto& object : gone) {
    take(inputs, object);
    std::erase_if(filled, [&](const std::string& pointer) { return pointer.starts_with(object + "/"); });
  }
}

/// "Ann Lee" for {first_name, last_name}.
void split_name(const std::vector<Leaf>& leaves, const Leaf& first, JsonObject& inputs,
                std::vector<std::string>& filled) {
  const auto* whole = value_at(inputs, first.pointer);
  if (!whole || !whole->is_string()) return;
  const std::string name(whole->get_string());
  const auto blank = name.rfind(' ');
  const auto last = std::ranges::find_if(leaves, [&](const Leaf& leaf) {
    return leaf.place == first.place && leaf.words == std::vector<std::string>{"last", "name"};
  });
  if (blank == name.npos || last == leaves.end() || value_at(inputs, last->pointer)) return;
  put(inputs, first.pointer, Json(name.substr(0, blank)));
  put(inputs, last->pointer, Json(name.substr(blank + 1)));
  filled.push_back(last->pointer);
}

/// Who is meant, when the name is said, is not found by the address that they are to get.
void keep_to_name(const Intent& intent, JsonObject& inputs, std::vector<std::string>& filled) {
  if (!meaning_of_name(intent.name).verbs.contains(Verb::update) || !value_at(inputs, "/project_hint/name")) return;
  for (const std::string_view pointer : {"/extra/email", "/extra/phone"}) {
    if (std::erase(filled, pointer) != 0) take(inputs, pointer);
  }
}

struct Match {
  double score;
  std::size_t slot, leaf;
};

}  // namespace

bool says_words(const Leaf& leaf) { return has_any(leaf, kTexts) || has_any(leaf, kNotes); }

std::vector<Slot> values_in(std::string_view text, std::vector<Slot> found, std::chrono::year_month_day today,
                            const Intent& intent, const std::vector<std::string>& services) {
  const auto skipped = opening_name(text, services);
  const auto rest = text.substr(skipped);
  if (skipped > 0) found = slots::find_slots(rest, today);
  for (auto& slot : found) {
    if (slot.kind == Kind::message) leave_service_out(rest, services, slot);
  }
  // "New lead: Ann Lee, 555 0100" says no message; what stands behind the colon are the values.
  const auto leaves = leaves_of(intent.inputs);
  const bool says = std::ranges::any_of(
      leaves, [](const Leaf& leaf) { return has_any(leaf, kTexts) || (leaf.required && has_any(leaf, kNotes)); });
  for (std::size_t i = 0; i < found.size() && !says; ++i) {
    if (found[i].kind != Kind::message) continue;
    const auto begin = found[i].begin;
    auto inside = slots::find_slots(rest.substr(begin, found[i].end - begin), today);
    for (auto& slot : inside) {
      slot.begin += begin;
      slot.end += begin;
    }
    if (auto first = leading_name(rest.substr(begin, found[i].end - begin), services)) {
      first->begin += begin;
      first->end += begin;
      if (std::ranges::none_of(inside,
                               [&](const Slot& slot) { return slot.begin < first->end && first->begin < slot.end; }))
        inside.insert(inside.begin(), *std::move(first));
    }
    found.erase(found.begin() + static_cast<std::ptrdiff_t>(i));
    found.insert(found.begin() + static_cast<std::ptrdiff_t>(i), inside.begin(), inside.end());
    break;
  }
  drop_vague(rest, found);
  const bool has_message = std::ranges::any_of(
      found, [](const Slot& slot) { return slot.kind == Kind::message || slot.kind == Kind::quoted; });
  if (says && intent.writes && !has_message) add_message(rest, found);
  const bool to_channel =
      std::ranges::any_of(leaves, [](const Leaf& leaf) { return leaf.required && !leaf.list && has(leaf, "channel"); });
  if (to_channel) add_channel(rest, services, found);
  add_named_things(rest, meaning_of_name(intent.name).things, services, found);
  std::ranges::sort(found, {}, &Slot::begin);
  for (auto& slot : found) {
    slot.begin += skipped;
    slot.end += skipped;
  }
  return found;
}

std::vector<std::string> fill(const Intent& intent, std::string_view text, const std::vector<Slot>& values,
                              JsonObject& inputs) {
  const auto leaves = leaves_of(intent.inputs);
  const auto said = command_words(text);
  std::vector<Match> matches;
  for (std::size_t s = 0; s < values.size(); ++s) {
    for (std::size_t l = 0; l < leaves.size(); ++l) {
      if (value_at(inputs, leaves[l].pointer)) continue;
      if (const auto score = score_of(intent, leaves[l], values[s], text, said); score > 0)
        matches.push_back({.score = score + (leaves[l].required ? 0.5 : 0), .slot = s, .leaf = l});
    }
  }
  std::ranges::sort(matches, [](const Match& a, const Match& b) {
    return std::tuple(-a.score, a.slot, a.leaf) < std::tuple(-b.score, b.slot, b.leaf);
  });
  std::vector<std::string> filled;
  std::set<std::size_t> used;
  for (const auto& match : matches) {
    const auto& leaf = leaves[match.leaf];
    const auto& slot = values[match.slot];
    const auto* before = value_at(inputs, leaf.pointer);
    const bool grows =
        leaf.list && before && before->is_array() && std::ranges::find(filled, leaf.pointer) != filled.end();
    if (used.contains(match.slot) || (before && !grows)) continue;
    auto value = value_for(leaf, slot, text);
    if (!value) continue;
    if (grows) {
      auto all = before->get_array();
      for (auto& each : value->get_array()) all.push_back(std::move(each));
      value = Json(std::move(all));
    } else {
      filled.push_back(leaf.pointer);
    }
    put(inputs, leaf.pointer, *std::move(value));
    used.insert(match.slot);
    if (slot.kind == Kind::address && leaf.name.starts_with("street"))
      fill_address_parts(leaves, leaf, slot.value, inputs, filled);
  }
  for (const auto& leaf : leaves) {
    if (leaf.words == std::vector<std::string>{"first", "name"} &&
        std::ranges::find(filled, leaf.pointer) != filled.end())
      split_name(leaves, leaf, inputs, filled);
  }
  keep_to_name(intent, inputs, filled);
  fill_words(leaves, text, said, inputs, filled);
  drop_incomplete(leaves, inputs, filled);
  return filled;
}

std::vector<std::string> fill_standards(const Intent& intent, JsonObject& inputs) {
  std::vector<std::string> filled;
  for (const auto& leaf : leaves_of(intent.inputs)) {
    if (!leaf.required || !leaf.standard || value_at(inputs, leaf.pointer)) continue;
    put(inputs, leaf.pointer, *leaf.standard);
    filled.push_back(leaf.pointer);
  }
  const auto* properties = matrix::find_object(intent.inputs, "properties");
  const auto* extra = properties ? matrix::find_object(*properties, "extra") : nullptr;
  if (extra && matrix::find_string(*extra, "type") == "object" && !extra->contains("required") &&
      !inputs.contains("extra"))
    inputs["extra"] = JsonObject{};
  return filled;
}

std::vector<std::string> missing_inputs(const Intent& intent, const JsonObject& inputs) {
  std::vector<std::string> missing;
  const auto leaves = leaves_of(intent.inputs);
  const auto add = [&](const std::string& pointer) {
    if (std::ranges::find(missing, pointer) == missing.end()) missing.push_back(pointer);
  };
  for (const auto& object : required_objects(intent.inputs)) {
    const auto* value = value_at(inputs, object);
    if (value && value->is_object() && !value->get_object().empty()) continue;
    const auto first = std::ranges::find_if(
        leaves, [&](const Leaf& leaf) { return leaf.pointer.starts_with(object + "/") && !leaf.whole; });
    if (first != leaves.end()) add(first->pointer);
  }
  for (const auto& leaf : leaves) {
    if (leaf.required && !value_at(inputs, leaf.pointer)) add(leaf.pointer);
  }
  // "Show the project", "post hello": the schema lets it be, for the thing may be named in several ways.
  std::vector<const Leaf*> targets, others;
  for (const auto& leaf : leaves) {
    if (leaf.required || leaf.whole) continue;
    const bool top = leaf.place.empty();
    const bool named = in_hint(leaf) ||
                       (!leaf.place.empty() && leaf.place[0] == "extra" && has_any(leaf, " name email phone ")) ||
                       (top && has_any(leaf, " id alias ") && leaf.words.size() > 1);
    (named ? targets : others).push_back(&leaf);
  }
  const auto given = [&](const Leaf* leaf) { return value_at(inputs, leaf->pointer) != nullptr; };
  const auto verbs = meaning_of_name(intent.name).verbs;
  const auto does = [&](Verb verb) { return verbs.contains(verb); };
  const bool has_hint =
      std::ranges::any_of(targets, [](const Leaf* leaf) { return in_hint(*leaf) || has(*leaf, "alias"); });
  if (intent.workflow && has_hint && !does(Verb::list) && !does(Verb::create) && std::ranges::none_of(targets, given)) {
    const auto hint =
        std::ranges::find_if(targets, [](const Leaf* leaf) { return in_hint(*leaf) && leaf->words.back() == "name"; });
    add(hint == targets.end() ? targets.back()->pointer : (*hint)->pointer);
  }
  if (intent.workflow && intent.writes && does(Verb::update) && !others.empty() &&
      std::ranges::none_of(others, given)) {
    const auto text = std::ranges::find_if(others, [](const Leaf* leaf) { return has_any(*leaf, kTexts); });
    add(text == others.end() ? others.front()->pointer : (*text)->pointer);
  }
  return missing;
}

}  // namespace troupe::assistant::planner
