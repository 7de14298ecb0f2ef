#include "assistant/schema/strict.h"

#include <algorithm>
#include <array>

#include "assistant/report/findings.h"

namespace troupe::assistant::schema {
namespace {

using report::text;

using matrix::view;
using report::below;

constexpr std::size_t kMaxConversionDepth = 96;
constexpr std::size_t kMaxReasons = 20;

/// Kept as they are. Bounds of texts and the like are ours to check: endpoints differ in what they take.
constexpr std::array<std::string_view, 11> kKept{"type",       "enum",     "const",   "description",
                                                 "title",      "pattern",  "minimum", "maximum",
                                                 "multipleOf", "minItems", "maxItems"};
/// Another ("int64", "uri", "binary") has strict endpoints refuse the whole schema.
constexpr std::array<std::string_view, 9> kFormats{"date-time", "time", "date", "duration", "email",
                                                   "hostname",  "ipv4", "ipv6", "uuid"};
constexpr std::array<std::string_view, 5> kRefused{"not", "if", "patternProperties", "dependentRequired",
                                                   "prefixItems"};

bool requires_member(const JsonObject& schema, std::string_view name) {
  const auto* required = matrix::find_array(schema, "required");
  return required && std::ranges::any_of(*required, [&](const auto& each) {
           return each.is_string() && view(each.get_string()) == name;
         });
}

bool takes_null(const Json& schema, const Json& root, std::size_t depth) {
  if (schema.is_bool()) return schema.get_bool();
  if (!schema.is_object() || depth > 16) return false;
  const auto& object = schema.get_object();
  if (const auto ref = matrix::find_string(object, "$ref")) {
    const auto* target = follow(root, *ref);
    return target && takes_null(*target, root, depth + 1);
  }
  for (const auto* key : {"anyOf", "oneOf"}) {
    if (const auto* forms = matrix::find_array(object, key))
      return std::ranges::any_of(*forms, [&](const auto& each) { return takes_null(each, root, depth + 1); });
  }
  const auto* type = matrix::find(object, "type");
  if (!type) return matrix::find(object, "enum") == nullptr && matrix::find(object, "properties") == nullptr;
  if (type->is_string()) return view(type->get_string()) == "null";
  return type->is_array() && std::ranges::any_of(type->get_array(), [](const auto& each) {
           return each.is_string() && view(each.get_string()) == "null";
         });
}

/// The same schema, null besides.
Json or_null(Json schema, const Json& root) {
  if (takes_null(schema, root, 0)) return schema;
  auto* object = schema.if_object();
  auto* type = object ? object->if_contains("type") : nullptr;
  if (!type || object->contains("$ref") || object->contains("anyOf") || object->contains("const"))
    return JsonObject{{"anyOf", JsonArray{std::move(schema), JsonObject{{"type", "null"}}}}};
  if (type->is_string()) {
    *type = JsonArray{*type, "null"};
  } else if (type->is_array()) {
    type->get_array().push_back("null");
  }
  if (auto* choices = object->if_contains("enum"); choices && choices->is_array())
    choices->get_array().push_back(nullptr);
  return schema;
}

class Writer {
 public:
  explicit Writer(const JsonObject& root) : root_(root) {}

  Strict whole() {
    Strict out;
    auto made = convert(root_, "", 0, 0);
    if (auto* object = made.if_object()) out.schema = std::move(*object);
    if (const auto* defs = matrix::find_object(root_.get_object(), "$defs")) {
      JsonObject kept;
      for (const auto& [name, schema] : *defs) kept[name] = convert(schema, below("/$defs", text(name)), 0, 0);
      out.schema["$defs"] = std::move(kept);
    }
    if (properties_ > kMaxStrictProperties) loose("", "has more than 5000 properties");
    if (choices_ > kMaxStrictEnumValues) loose("", "has more than 1000 values to choose from");
    if (bytes_ > kMaxStrictBytes) loose("", "has more than 120000 characters of names");
    out.loose = std::move(reasons_);
    return out;
  }

 private:
  /// `nested` counts levels of objects, `depth` everything.
  Json convert(const Json& schema, const std::string& pointer, std::size_t depth, std::size_t nested) {
    if (!schema.is_object() || depth > kMaxConversionDepth) {
      loose(pointer, "may be anything");
      return JsonObject{};
    }
    const auto& from = schema.get_object();
    if (const auto ref = matrix::find_string(from, "$ref")) return JsonObject{{"$ref", *ref}};
    JsonObject out;
    for (const auto key : kKept) {
      if (const auto* kept = matrix::find(from, key)) out[key] = *kept;
    }
    if (const auto format = matrix::find_string(from, "format");
        format && std::ranges::find(kFormats, *format) != kFormats.end())
      out["format"] = *format;
    for (const auto key : kRefused) {
      if (from.contains(key)) loose(pointer, "uses " + std::string(key));
    }
    if (const auto* choices = matrix::find_array(from, "enum")) count_choices(*choices);
    combine(from, out, pointer, depth, nested);
    if (const auto* items = matrix::find(from, "items")) {
      out["items"] = convert(*items, below(pointer, "items"), depth + 1, nested);
    } else if (is_of_type(from, "array")) {
      loose(pointer, "is a list of anything");
    }
    if (from.contains("properties") || is_of_type(from, "object")) close(from, out, pointer, depth, nested);
    if (!from.contains("type") && !from.contains("enum") && !from.contains("const") && !out.contains("anyOf") &&
        !out.contains("properties"))
      loose(pointer, "may be anything");
    return out;
  }

  void combine(const JsonObject& from, JsonObject& out, const std::string& pointer, std::size_t depth,
               std::size_t nested) {
    for (const auto* key : {"anyOf", "oneOf"}) {
      const auto* forms = matrix::find_array(from, key);
      if (!forms) continue;
      if (depth == 0 && pointer.empty()) loose(pointer, "is a choice of forms as a whole");
      JsonArray made;
      for (std::size_t i = 0; i < forms->size(); ++i)
        made.push_back(convert((*forms)[i], below(below(pointer, key), i), depth + 1, nested));
      out["anyOf"] = std::move(made);
    }
    if (from.contains("allOf")) loose(pointer, "uses allOf");
  }

  void close(const JsonObject& from, JsonObject& out, const std::string& pointer, std::size_t depth,
             std::size_t nested) {
    if (nested >= kMaxStrictDepth) loose(pointer, "is nested more than 10 levels deep");
    const auto* properties = matrix::find_object(from, "properties");
    const auto* others = matrix::find(from, "additionalProperties");
    if (!properties || properties->empty() ? !others || !others->is_bool() || others->get_bool()
                                           : others && others->is_object())
      loose(pointer, "may have any members");
    JsonObject made;
    JsonArray required;
    if (properties) {
      for (const auto& [key, schema] : *properties) {
        const auto name = text(key);
        auto member = convert(schema, below(below(pointer, "properties"), name), depth + 1, nested + 1);
        made[key] = requires_member(from, name) ? std::move(member) : or_null(std::move(member), root_);
        required.emplace_back(key);
        ++properties_;
        bytes_ += name.size();
      }
    }
    out["properties"] = std::move(made);
    out["required"] = std::move(required);
    out["additionalProperties"] = false;
  }

  static bool is_of_type(const JsonObject& schema, std::string_view type) {
    const auto* types = matrix::find(schema, "type");
    if (!types) return false;
    if (types->is_string()) return view(types->get_string()) == type;
    return types->is_array() && std::ranges::any_of(types->get_array(), [&](const auto& each) {
             return each.is_string() && view(each.get_string()) == type;
           });
  }

  void count_choices(const JsonArray& choices) {
    choices_ += choices.size();
    for (const auto& each : choices) bytes_ += each.is_string() ? each.get_string().size() : 0;
  }

  void loose(const std::string& pointer, std::string_view why) {
    if (reasons_.size() < kMaxReasons) reasons_.push_back(pointer + ": " + std::string(why));
  }

  const Json root_;
  std::vector<std::string> reasons_;
  std::size_t properties_ = 0, choices_ = 0, bytes_ = 0;
};

class Cleaner {
 public:
  explicit Cleaner(const JsonObject& root) : root_(root) {}

  void clean(const Json* schema, Json& value, std::size_t depth) const {
    if (depth > kMaxConversionDepth) return;
    const auto* at = resolved(schema);
    if (auto* members = value.if_object()) {
      clean_members(at, *members, depth);
    } else if (auto* items = value.if_array()) {
      const auto* of = at ? matrix::find(*at, "items") : nullptr;
      for (auto& each : *items) clean(of, each, depth + 1);
    }
  }

 private:
  void clean_members(const JsonObject* schema, JsonObject& members, std::size_t depth) const {
    JsonObject kept;
    for (auto& [name, value] : members) {
      const auto* of = member(schema, text(name));
      if (value.is_null() && !(of && takes_null(*of, root_, 0))) continue;
      clean(of, value, depth + 1);
      kept[name] = std::move(value);
    }
    members = std::move(kept);
  }

  /// The schema of a member, in one of several forms too.
  const Json* member(const JsonObject* schema, std::string_view name) const {
    if (!schema) return nullptr;
    if (const auto* properties = matrix::find_object(*schema, "properties")) {
      if (const auto* found = matrix::find(*properties, name)) return found;
    }
    for (const auto* key : {"anyOf", "oneOf", "allOf"}) {
      const auto* forms = matrix::find_array(*schema, key);
      for (std::size_t i = 0; forms && i < forms->size(); ++i) {
        const auto* form = resolved(&(*forms)[i]);
        const auto* properties = form ? matrix::find_object(*form, "properties") : nullptr;
        if (const auto* found = properties ? matrix::find(*properties, name) : nullptr) return found;
      }
    }
    return nullptr;
  }

  const JsonObject* resolved(const Json* schema) const {
    for (int steps = 0; schema && schema->is_object() && steps < 16; ++steps) {
      const auto ref = matrix::find_string(schema->get_object(), "$ref");
      if (!ref) return &schema->get_object();
      schema = follow(root_, *ref);
    }
    return nullptr;
  }

  const Json root_;
};

}  // namespace

Strict strict_variant(const JsonObject& schema) { return Writer(schema).whole(); }

Json without_nulls(const JsonObject& schema, Json value) {
  const Json whole(schema);
  Cleaner(schema).clean(&whole, value, 0);
  return value;
}

}  // namespace troupe::assistant::schema
