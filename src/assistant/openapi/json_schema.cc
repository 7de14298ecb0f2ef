#include "assistant/openapi/json_schema.h"

#include <algorithm>
#include <array>

#include "assistant/openapi/names.h"
#include "assistant/schema/validator.h"

namespace troupe::assistant::openapi {
namespace {

using report::text;

using matrix::view;

constexpr std::array<std::string_view, 18> kPlain{
    "title",       "format",        "pattern",       "minimum",     "maximum",     "multipleOf",
    "minLength",   "maxLength",     "minItems",      "maxItems",    "required",    "enum",
    "uniqueItems", "minProperties", "maxProperties", "minContains", "maxContains", "const"};
constexpr std::array<std::string_view, 6> kOfOne{"items",    "additionalProperties", "not",
                                                 "contains", "propertyNames",        "if"};
constexpr std::array<std::string_view, 2> kBranches{"then", "else"};
constexpr std::array<std::string_view, 3> kOfMany{"anyOf", "oneOf", "prefixItems"};
constexpr std::size_t kMaxEnumValues = 1'000;

constexpr std::size_t kBytesOfNode = 256, kReferencesOfNode = 8, kItemsOfNode = 8;

/// What a kept value costs: each of its parts, and what its texts hold, count like schemas.
std::size_t weight_of(const Json& value) {
  if (value.is_string()) return value.get_string().size() / kBytesOfNode;
  std::size_t out = 0;
  if (const auto* items = value.if_array()) {
    out = items->size() / kItemsOfNode;
    for (const auto& each : *items) out += weight_of(each);
  } else if (const auto* members = value.if_object()) {
    out = members->size();
    for (const auto& [name, each] : *members) out += name.size() / kBytesOfNode + weight_of(each);
  }
  return out;
}

/// 3.0's `nullable`: null besides.
Json with_null(JsonObject schema) {
  auto* type = schema.if_contains("type");
  if (!type || schema.contains("$ref")) {
    if (schema.empty()) return schema;
    return JsonObject{{"anyOf", JsonArray{std::move(schema), JsonObject{{"type", "null"}}}}};
  }
  if (type->is_string() && view(type->get_string()) != "null") *type = JsonArray{*type, "null"};
  if (auto* choices = schema.if_contains("enum"); choices && choices->is_array()) {
    auto& values = choices->get_array();
    if (std::ranges::none_of(values, [](const auto& each) { return each.is_null(); })) values.push_back(nullptr);
  }
  return schema;
}

/// 3.0 says exclusiveMinimum: true beside the minimum, 2020-12 gives the number itself.
void write_exclusive(const JsonObject& from, JsonObject& out, std::string_view exclusive, std::string_view inclusive) {
  const auto* found = matrix::find(from, exclusive);
  if (!found) return;
  if (found->is_number()) {
    out[exclusive] = *found;
  } else if (found->is_bool() && found->get_bool() && out.contains(inclusive)) {
    out[exclusive] = out[inclusive];
    out.erase(inclusive);
  }
}

}  // namespace

std::string cut_description(std::string_view words) {
  auto size = std::min(words.size(), kMaxDescriptionBytes);
  while (size < words.size() && size > 0 && (static_cast<unsigned char>(words[size]) & 0xc0) == 0x80) --size;
  return std::string(words.substr(0, size));
}

std::string described(const JsonObject& object, std::string_view title) {
  std::string out(matrix::find_string(object, title).value_or(""));
  const auto more = matrix::find_string(object, "description").value_or("");
  if (!more.empty() && more != out) out += (out.empty() ? "" : "\n") + std::string(more);
  return cut_description(out);
}

Json SchemaWriter::convert(const Json& schema) {
  const auto* object = document_.object(&schema);
  if (!object) {
    if (schema.is_object())
      missing_.insert(std::string(matrix::find_string(schema.get_object(), "$ref").value_or("?")));
    return write(schema.is_object() ? Json(JsonObject{}) : schema, 0);
  }
  return write_object(*object, 0);
}

JsonObject SchemaWriter::definitions() {
  JsonObject out;
  while (!waiting_.empty() && !too_large_) {
    const auto reference = std::move(waiting_.front());
    waiting_.pop_front();
    const auto* target = document_.find(reference);
    out[names_[reference]] = target ? write(*target, 1) : Json(JsonObject{});
  }
  return out;
}

Json SchemaWriter::write(const Json& schema, std::size_t depth) {
  if (schema.is_bool()) return schema;
  if (!schema.is_object() || too_large_) return JsonObject{};
  if (const auto ref = matrix::find_string(schema.get_object(), "$ref")) {
    // They cost little, not nothing: a list of a hundred thousand is written anew for each operation.
    if (++references_ % kReferencesOfNode == 0 && ++nodes_ > most_nodes_) too_large_ = true;
    return reference(std::string(*ref));
  }
  return write_object(schema.get_object(), depth);
}

Json SchemaWriter::reference(const std::string& target) {
  if (!document_.find(target)) {
    missing_.insert(target);
    return JsonObject{};
  }
  auto& name = names_[target];
  if (name.empty()) {
    auto wanted = argument_name(std::string_view(target).substr(target.rfind('/') + 1));
    if (wanted.empty()) wanted = "schema";
    // By its number at once where the name is taken: counting up for each would be quadratic.
    if (taken_.contains(wanted)) wanted += "_" + std::to_string(names_.size());
    name = unique_name(std::move(wanted), taken_);
    waiting_.push_back(target);
  }
  return JsonObject{{"$ref", "#/$defs/" + name}};
}

Json SchemaWriter::write_object(const JsonObject& from, std::size_t depth) {
  if (depth > kMaxSchemaDepth || ++nodes_ > most_nodes_) {
    too_large_ = true;
    return JsonObject{};
  }
  if (from.contains("allOf")) {
    auto merged = merge_all(from, depth);
    if (!merged.is_object() || !matrix::find_bool(from, "nullable").value_or(false)) return merged;
    return with_null(std::move(merged.get_object()));
  }
  JsonObject out;
  write_keywords(from, out, depth);
  if (matrix::find_bool(from, "nullable").value_or(false)) return with_null(std::move(out));
  return out;
}

void SchemaWriter::keep(std::string_view key, const Json& value, JsonObject& out) {
  nodes_ += weight_of(value);
  if (nodes_ > most_nodes_) too_large_ = true;
  if (!too_large_) out[key] = value;
}

void SchemaWriter::write_keywords(const JsonObject& from, JsonObject& out, std::size_t depth) {
  const auto* type = matrix::find(from, "type");
  if (type && (type->is_string() || type->is_array())) {
    // What some generators write for an upload of 2.0.
    keep("type", type->is_string() && view(type->get_string()) == "file" ? Json("string") : *type, out);
  } else if (from.contains("properties")) {
    out["type"] = "object";
  }
  if (const auto words = matrix::find_string(from, "description")) out["description"] = cut_description(*words);
  for (const auto key : kPlain) {
    if (const auto* kept = matrix::find(from, key)) keep(key, *kept, out);
  }
  if (const auto* choices = matrix::find_array(out, "enum"); choices && choices->size() > kMaxEnumValues)
    too_large_ = true;
  if (const auto* standard = matrix::find(from, "default"); standard && !standard->is_structured())
    keep("default", *standard, out);
  write_exclusive(from, out, "exclusiveMinimum", "minimum");
  write_exclusive(from, out, "exclusiveMaximum", "maximum");
  for (const auto key : kOfOne) {
    if (const auto* one = matrix::find(from, key)) out[key] = write(*one, depth + 1);
  }
  for (const auto key : kBranches) {
    if (const auto* one = matrix::find(from, key); one && from.contains("if")) out[key] = write(*one, depth + 1);
  }
  for (const auto key : kOfMany) {
    const auto* many = matrix::find_array(from, key);
    if (!many) continue;
    JsonArray made;
    for (std::size_t i = 0; i < many->size() && !too_large_; ++i) made.push_back(write((*many)[i], depth + 1));
    out[key] = std::move(made);
  }
  write_properties(from, out, depth);
}

bool SchemaWriter::hidden(const Json& property) const {
  const auto* object = document_.object(&property);
  return object &&
         matrix::find_bool(*object, direction_ == Direction::request ? "readOnly" : "writeOnly").value_or(false);
}

void SchemaWriter::write_properties(const JsonObject& from, JsonObject& out, std::size_t depth) {
  const auto* properties = matrix::find_object(from, "properties");
  if (!properties) return;
  JsonObject made;
  std::set<std::string, std::less<>> gone;
  for (const auto& [name, property] : *properties) {
    nodes_ += name.size() / kBytesOfNode;
    if (too_large_ || nodes_ > most_nodes_) {
      too_large_ = true;
      return;
    }
    if (hidden(property)) {
      gone.emplace(text(name));
    } else {
      made[name] = write(property, depth + 1);
    }
  }
  out["properties"] = std::move(made);
  auto* required = out.if_contains("required");
  if (!required || !required->is_array()) {
    out.erase("required");
    return;
  }
  JsonArray kept;
  for (auto& each : required->get_array()) {
    if (each.is_string() && !gone.contains(view(each.get_string()))) kept.push_back(std::move(each));
  }
  if (kept.empty()) {
    out.erase("required");
  } else {
    *required = std::move(kept);
  }
}

Json SchemaWriter::merge_all(const JsonObject& from, std::size_t depth) {
  JsonObject out;
  write_keywords(from, out, depth);
  JsonArray apart;
  const auto* parts = matrix::find_array(from, "allOf");
  for (std::size_t i = 0; parts && i < parts->size() && !too_large_; ++i) {
    const auto& part = (*parts)[i];
    const auto ref = part.is_object() ? matrix::find_string(part.get_object(), "$ref") : std::nullopt;
    const std::string name(ref.value_or(""));
    const auto* object = document_.object(&part);
    // A circle through allOf has no merged form.
    if (!object || (ref && !merging_.insert(name).second)) {
      apart.push_back(write(part, depth + 1));
      continue;
    }
    auto written = write_object(*object, depth + 1);
    if (ref) merging_.erase(name);
    if (!written.is_object() || !merge(out, written.get_object())) apart.push_back(std::move(written));
  }
  if (!apart.empty()) {
    kept_all_of_ = true;
    out["allOf"] = std::move(apart);
  }
  return out;
}

bool SchemaWriter::merge(JsonObject& into, const JsonObject& part) {
  // Looked at first: half a merge would be neither.
  for (const auto& [key, value] : part) {
    const auto name = text(key);
    const auto* present = into.if_contains(key);
    if (!present || name == "required" || name == "description" || name == "title" || name == "default") continue;
    if (name == "properties" && present->is_object() && value.is_object()) {
      for (const auto& [member, schema] : value.get_object()) {
        const auto* other = present->get_object().if_contains(member);
        if (other && !schema::same(*other, schema)) return false;
      }
    } else if (!schema::same(*present, value)) {
      return false;
    }
  }
  for (const auto& [key, value] : part) {
    auto* present = into.if_contains(key);
    if (!present) {
      into[key] = value;
    } else if (text(key) == "properties") {
      for (const auto& [member, schema] : value.get_object()) present->get_object()[member] = schema;
    } else if (text(key) == "required" && present->is_array() && value.is_array()) {
      auto& required = present->get_array();
      for (const auto& each : value.get_array()) {
        if (std::ranges::find(required, each) == required.end()) required.push_back(each);
      }
    }
  }
  return true;
}

}  // namespace troupe::assistant::openapi
