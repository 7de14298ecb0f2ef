#include "assistant/planner/model_answer.h"

#include <fmt/format.h>

#include <algorithm>

#include "assistant/openapi/names.h"
#include "assistant/planner/leaves.h"
#include "assistant/planner/prompts.h"
#include "assistant/report/findings.h"
#include "assistant/schema/exact.h"
#include "assistant/schema/strict.h"
#include "base/text.h"

namespace troupe::assistant::planner {
namespace {

constexpr std::size_t kMostQuestionBytes = 300;

bool too_long(const ModelAnswer& answer) {
  auto size = answer.text.size() + answer.refusal.size();
  for (const auto& call : answer.calls) size += call.name.size() + call.arguments.size();
  return size > kMostModelBytes || answer.calls.size() > 64;
}

/// Where the object that begins at `begin` ends; npos: it does not.
std::size_t end_of_object(std::string_view text, std::size_t begin) {
  std::size_t depth = 0;
  bool quoted = false;
  for (auto at = begin; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '\\') ++at;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

/// "slack.send_message", "slack__send_message", or the operation's name alone where only one has it.
const Intent* named(std::string_view name, const std::vector<const Intent*>& offered) {
  const Intent* alone = nullptr;
  std::size_t count = 0;
  for (const auto* each : offered) {
    if (name == openapi::tool_name(each->service, each->name) || name == each->service + "." + each->name) return each;
    if (name == each->name) {
      alone = each;
      ++count;
    }
  }
  return count == 1 ? alone : nullptr;
}

std::string clean_question(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kMostQuestionBytes)) out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xC0U) == 0x80U) out.pop_back();
  if (!out.empty() && static_cast<unsigned char>(out.back()) >= 0xC0) out.pop_back();
  return out;
}

void choose(std::string_view name, const std::vector<const Intent*>& offered, ReadChoice& out) {
  if (const auto* intent = named(name, offered)) {
    if (std::ranges::find(out.intents, intent) == out.intents.end()) out.intents.push_back(intent);
  } else {
    out.wrong.push_back(fmt::format("{} is no operation of the list", report::quoted(name)));
  }
}

/// What an object says in one of the ways that models have: ours, a tool call in words, the seed's task.
std::string_view name_in(const JsonObject& object) {
  for (const auto* key : {"choice", "name", "tool", "function", "operation", "action"}) {
    if (const auto name = matrix::find_string(object, key)) return *name;
  }
  return matrix::find_string(object, "intent").value_or("");
}

/// The inputs inside what else a model put around them.
const JsonObject* unwrapped(const JsonObject& object, const Intent& intent) {
  const auto* properties = matrix::find_object(intent.inputs, "properties");
  for (const auto* key : {"inputs", "arguments", "parameters", "args"}) {
    if (properties && properties->contains(key)) continue;
    const auto* inside = matrix::find_object(object, key);
    if (!inside || object.size() > 3) continue;
    const auto name = name_in(object);
    const auto service = matrix::find_string(object, "service").value_or(intent.service);
    const bool ours = name.empty() || named(name, {&intent});
    return ours && service == intent.service ? inside : nullptr;
  }
  return &object;
}

/// "urgent" for "Urgent", "5" for 5: what is meant is plain.
void mend(const Intent& intent, JsonObject& inputs) {
  for (const auto& leaf : leaves_of(intent.inputs)) {
    const auto* value = value_at(inputs, leaf.pointer);
    if (!value || leaf.whole || leaf.list || !value->is_string()) continue;
    if (leaf.choices.empty() && leaf.text) continue;
    if (auto meant = as_value(leaf, matrix::view(value->get_string()))) put(inputs, leaf.pointer, *std::move(meant));
  }
}

std::string why_none(const ModelAnswer& answer) {
  if (answer.finish_reason == "length") return "it was cut off before its end";
  if (!answer.refusal.empty()) return "it was a refusal";
  if (answer.text.empty() && answer.calls.empty()) return "it was empty";
  return "it was not one JSON object";
}

}  // namespace

std::optional<JsonObject> object_in(std::string_view text) {
  std::optional<JsonObject> found;
  for (auto begin = text.find('{'); begin != text.npos;) {
    const auto end = end_of_object(text, begin);
    // One that does not end: whatever stands inside it is a part of something that was cut off.
    if (end == text.npos) return std::nullopt;
    auto read = schema::parse_exact(text.substr(begin, end - begin));
    if (read && read->is_object()) {
      if (found) return std::nullopt;
      found = std::move(read->get_object());
    }
    begin = text.find('{', end);
  }
  return found;
}

ReadChoice read_choice(const ModelAnswer& answer, const std::vector<const Intent*>& offered) {
  ReadChoice out;
  if (too_long(answer)) {
    out.wrong.emplace_back("it was far too long");
    return out;
  }
  if (!answer.calls.empty()) {
    for (const auto& call : answer.calls) choose(call.name, offered, out);
    return out;
  }
  if (!answer.refusal.empty() || answer.finish_reason == "content_filter") {
    out.wrong.emplace_back("it was a refusal");
    return out;
  }
  const auto object = object_in(answer.text);
  if (!object) {
    // A name and nothing else is as good.
    if (const auto* intent = named(answer.text, offered)) {
      out.intents.push_back(intent);
    } else {
      out.wrong.push_back(why_none(answer));
    }
    return out;
  }
  const auto name = name_in(*object);
  if (name == kAskInstead || name == "none") {
    out.question = clean_question(matrix::find_string(*object, "question").value_or(""));
  } else {
    const auto service = matrix::find_string(*object, "service");
    choose(service && !name.contains('.') && !name.contains("__") ? fmt::format("{}.{}", *service, name)
                                                                  : std::string(name),
           offered, out);
  }
  return out;
}

ReadInputs read_inputs(const ModelAnswer& answer, const Intent& intent) {
  ReadInputs out;
  if (too_long(answer)) {
    out.wrong.emplace_back("it was far too long");
    return out;
  }
  std::optional<JsonObject> object;
  for (const auto& call : answer.calls) {
    if (!named(call.name, {&intent})) {
      out.wrong.push_back(fmt::format("{} was not asked for", report::quoted(call.name)));
    } else if (object) {
      out.wrong.emplace_back("one call is wanted, not several");
    } else if (auto read = schema::parse_exact(call.arguments.empty() ? "{}" : call.arguments);
               read && read->is_object()) {
      object = std::move(read->get_object());
    } else {
      out.wrong.emplace_back("the arguments are no whole JSON object");
    }
  }
  if (answer.calls.empty() && answer.refusal.empty()) object = object_in(answer.text);
  if (!object) {
    if (out.wrong.empty()) out.wrong.push_back(why_none(answer));
    return out;
  }
  const auto* inside = unwrapped(*object, intent);
  if (!inside) {
    out.wrong.emplace_back("it names another operation");
    return out;
  }
  auto clean = schema::without_nulls(intent.inputs, *inside);
  out.inputs = std::move(clean.get_object());
  mend(intent, *out.inputs);
  for (const auto& violation : schema::validate(intent.inputs, *out.inputs))
    out.wrong.push_back(
        fmt::format("{} {}", violation.pointer.empty() ? "the whole" : violation.pointer, violation.message));
  return out;
}

}  // namespace troupe::assistant::planner
