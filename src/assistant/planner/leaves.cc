#include "assistant/planner/leaves.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>

#include "assistant/report/findings.h"
#include "assistant/router/fold.h"
#include "assistant/router/sentence.h"
#include "base/json_pointer.h"
#include "base/text.h"

namespace troupe::assistant::planner {
namespace {

using matrix::view;
using report::below;

constexpr std::size_t kMostLevels = 6;
constexpr std::string_view kYes = " yes y true on ja si oui sim ok okay sure ";
constexpr std::string_view kNo = " no n false off nein non nao ";

class Collector {
 public:
  explicit Collector(const JsonObject& root) : root_(root) {}

  void walk(const Json& schema, const std::string& pointer, std::vector<std::string> place, bool required,
            bool required_there) {
    const auto* at = resolved(schema);
    if (!at || leaves.size() >= kMaxLeaves) return;
    const auto* properties = matrix::find_object(*at, "properties");
    if (properties && place.size() < kMostLevels) {
      if (required && required_there && !pointer.empty()) objects.push_back(pointer);
      for (const auto& [key, member] : *properties) {
        const std::string name(report::text(key));
        const bool needed = requires_name(*at, name);
        auto inside = place;
        inside.push_back(name);
        walk(member, below(pointer, name), std::move(inside), required && needed, needed);
      }
      return;
    }
    if (!place.empty()) add(*at, pointer, std::move(place), required, required_there);
  }

  std::vector<Leaf> leaves;
  std::vector<std::string> objects;

 private:
  const JsonObject* resolved(const Json& schema) const {
    const auto* at = &schema;
    for (int steps = 0; at && at->is_object() && steps < 16; ++steps) {
      const auto& object = at->get_object();
      if (const auto ref = matrix::find_string(object, "$ref")) {
        at = schema::follow(root_, *ref);
        continue;
      }
      const JsonArray* forms = nullptr;
      for (const auto* key : {"anyOf", "oneOf", "allOf"}) {
        if (!forms) forms = matrix::find_array(object, key);
      }
      if (!forms || forms->empty() || object.contains("type") || object.contains("properties")) return &object;
      at = &forms->front();
    }
    return nullptr;
  }

  static bool requires_name(const JsonObject& schema, std::string_view name) {
    const auto* required = matrix::find_array(schema, "required");
    return required && std::ranges::any_of(*required, [&](const auto& each) {
             return each.is_string() && view(each.get_string()) == name;
           });
  }

  static void read_type(Leaf& leaf, std::string_view type) {
    leaf.text = leaf.text || type == "string";
    leaf.integer = leaf.integer || type == "integer";
    leaf.number = leaf.number || type == "number";
    leaf.flag = leaf.flag || type == "boolean";
    leaf.list = leaf.list || type == "array";
  }

  static std::string as_text(const Json& value) {
    return value.is_string() ? std::string(value.get_string()) : boost::json::serialize(value);
  }

  void add(const JsonObject& schema, const std::string& pointer, std::vector<std::string> place, bool required,
           bool required_there) {
    Leaf leaf;
    leaf.pointer = pointer;
    leaf.name = place.back();
    leaf.words = words_of_name(leaf.name);
    place.pop_back();
    leaf.place = std::move(place);
    leaf.format = matrix::find_string(schema, "format").value_or("");
    leaf.description = matrix::find_string(schema, "description").value_or("");
    leaf.required = required;
    leaf.required_there = required_there;
    leaf.longest = matrix::find_integer(schema, "maxLength").value_or(0);
    const auto* type = matrix::find(schema, "type");
    if (type && type->is_string()) read_type(leaf, view(type->get_string()));
    if (type && type->is_array()) {
      for (const auto& each : type->get_array()) {
        if (each.is_string()) read_type(leaf, view(each.get_string()));
      }
    }
    if (!type && schema.contains("enum")) leaf.text = true;
    if (const auto* choices = matrix::find_array(schema, "enum")) {
      for (const auto& each : *choices) {
        if (!each.is_null()) leaf.choices.push_back(as_text(each));
      }
      if (leaf.choices.size() == 1) leaf.standard = choices->front();
    }
    if (const auto* value = matrix::find(schema, "default")) leaf.standard = *value;
    if (const auto* value = matrix::find(schema, "const")) leaf.standard = *value;
    if (leaf.list) {
      const auto* items = matrix::find_object(schema, "items");
      if (items && leaf.description.empty()) leaf.description = matrix::find_string(*items, "description").value_or("");
      leaf.whole = !items || matrix::find_string(*items, "type").value_or("") != "string";
    }
    leaf.whole = leaf.whole || !(leaf.text || leaf.integer || leaf.number || leaf.flag || leaf.list);
    leaves.push_back(std::move(leaf));
  }

  const Json root_;
};

Collector collected(const JsonObject& schema) {
  Collector out(schema);
  out.walk(Json(schema), "", {}, true, false);
  return out;
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number value{};
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || rest != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Json> as_list(std::string_view text) {
  JsonArray out;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find_first_of(",;\n", begin), text.size());
    auto part = text.substr(begin, end - begin);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (!part.empty()) out.emplace_back(part);
    begin = end + 1;
  }
  if (out.empty()) return std::nullopt;
  return Json(std::move(out));
}

void collect_values(const Json& value, const std::string& pointer, std::size_t depth,
                    std::vector<std::pair<std::string, const Json*>>& out) {
  if (const auto* object = value.if_object(); object && depth < matrix::kMaxJsonDepth) {
    for (const auto& [key, member] : *object) collect_values(member, below(pointer, report::text(key)), depth + 1, out);
  } else if (const auto* list = value.if_array(); list && depth < matrix::kMaxJsonDepth) {
    for (std::size_t i = 0; i < list->size(); ++i) collect_values((*list)[i], below(pointer, i), depth + 1, out);
  } else {
    out.emplace_back(pointer, &value);
  }
}

}  // namespace

std::vector<Leaf> leaves_of(const JsonObject& schema) { return collected(schema).leaves; }
std::vector<std::string> required_objects(const JsonObject& schema) { return collected(schema).objects; }

std::optional<Json> as_value(const Leaf& leaf, std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (text.empty() || leaf.whole) return std::nullopt;
  if (!leaf.choices.empty()) {
    const auto found = std::ranges::find_if(
        leaf.choices, [&](const std::string& each) { return router::fold(each).text == router::fold(text).text; });
    if (found == leaf.choices.end()) return std::nullopt;
    if (leaf.text) return Json(*found);
    text = *found;
  }
  if (leaf.integer) {
    if (const auto value = number_of<std::int64_t>(text)) return Json(*value);
  }
  if (leaf.number) {
    if (const auto value = number_of<double>(text); value && std::isfinite(*value)) return Json(*value);
  }
  if (leaf.flag) {
    const auto word = base::ascii_lower(text);
    if (router::is_one_of(word, kYes)) return Json(true);
    if (router::is_one_of(word, kNo)) return Json(false);
  }
  if (leaf.list) return as_list(text);
  if (!leaf.text || (leaf.longest > 0 && std::cmp_greater(text.size(), leaf.longest * 4))) return std::nullopt;
  return Json(text);
}

std::string spoken(const Leaf& leaf) { return fmt::format("{}", fmt::join(leaf.words, " ")); }

void put(JsonObject& inputs, std::string_view pointer, Json value) {
  const auto names = base::pointer_steps(pointer);
  auto* at = &inputs;
  for (std::size_t i = 0; i + 1 < names.size(); ++i) {
    auto& next = (*at)[names[i]];
    if (!next.is_object()) next = JsonObject{};
    at = &next.get_object();
  }
  if (!names.empty()) (*at)[names.back()] = std::move(value);
}

const Json* value_at(const JsonObject& inputs, std::string_view pointer) {
  const Json* found = nullptr;
  const JsonObject* object = &inputs;
  const JsonArray* list = nullptr;
  for (const auto& name : base::pointer_steps(pointer)) {
    if (object) {
      found = matrix::find(*object, name);
    } else if (list) {
      const auto at = number_of<std::size_t>(name);
      found = at && *at < list->size() ? &(*list)[*at] : nullptr;
    } else {
      return nullptr;
    }
    if (!found) return nullptr;
    object = found->if_object();
    list = found->if_array();
  }
  return found;
}

void take(JsonObject& inputs, std::string_view pointer) {
  const auto names = base::pointer_steps(pointer);
  if (names.empty()) return;
  if (names.size() > 1) {
    auto* first = inputs.if_contains(names[0]);
    auto* object = first ? first->if_object() : nullptr;
    if (!object) return;
    take(*object, pointer.substr(pointer.find('/', 1)));
    if (object->empty()) inputs.erase(names[0]);
    return;
  }
  inputs.erase(names[0]);
}

std::vector<std::pair<std::string, const Json*>> values_of(const JsonObject& inputs) {
  std::vector<std::pair<std::string, const Json*>> out;
  for (const auto& [key, value] : inputs) collect_values(value, below("", report::text(key)), 0, out);
  return out;
}

}  // namespace troupe::assistant::planner
