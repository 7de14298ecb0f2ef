#include "api/shape.h"

#include <algorithm>

namespace troupe::api {
namespace json = boost::json;

namespace {

json::object typed(std::string_view type, const Facts& facts) {
  json::object schema{{"type", type}};
  if (!facts.description.empty()) schema["description"] = facts.description;
  return schema;
}

void bound(json::object& schema, const Facts& facts, std::string_view least, std::string_view most) {
  if (facts.least) schema[least] = *facts.least;
  if (facts.most) schema[most] = *facts.most;
}

bool is_between(std::int64_t value, const Facts& facts) {
  return value >= facts.least.value_or(value) && value <= facts.most.value_or(value);
}

std::string span_of(const Facts& facts) {
  if (!facts.most) return "at least " + std::to_string(*facts.least);
  if (!facts.least) return "at most " + std::to_string(*facts.most);
  return std::to_string(*facts.least) + " to " + std::to_string(*facts.most);
}

std::int64_t code_points(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; });
}

// --- text

json::object text_schema(const Facts& facts) {
  auto schema = typed("string", facts);
  bound(schema, facts, "minLength", "maxLength");
  if (!facts.one_of.empty()) schema["enum"] = json::array(facts.one_of.begin(), facts.one_of.end());
  return schema;
}
json::value write_text(const void* value, const Facts& facts) {
  const auto& text = *static_cast<const std::string*>(value);
  return facts.may_lack && text.empty() ? json::value() : json::value(text);
}
void read_text(const json::value& given, void* value, const Facts& facts, const std::string& pointer,
               base::FieldErrors& errors) {
  const auto* text = given.if_string();
  if (!text) return forms::wrong_type(pointer, "text", errors);
  if (!is_between(code_points({text->data(), text->size()}), facts)) {
    return errors.add(pointer, "Write " + span_of(facts) + " characters.");
  }
  if (text->find('\0') != json::string::npos) return errors.add(pointer, "It may not hold a NUL character.");
  if (!facts.one_of.empty() && !forms::read_word(given, facts.one_of, pointer, errors)) return;
  *static_cast<std::string*>(value) = *text;
}
json::value write_word(const void* value, const Facts& facts) {
  const auto& text = *static_cast<const std::string_view*>(value);
  return facts.may_lack && text.empty() ? json::value() : json::value(text);
}
/// Of what is only written.
void read_nothing(const json::value&, void*, const Facts&, const std::string& pointer, base::FieldErrors& errors) {
  forms::not_read(pointer, errors);
}

// --- number

json::object number_schema(const Facts& facts) {
  auto schema = typed("integer", facts);
  bound(schema, facts, "minimum", "maximum");
  return schema;
}
json::value write_number(const void* value, const Facts&) { return *static_cast<const std::int64_t*>(value); }
void read_number(const json::value& given, void* value, const Facts& facts, const std::string& pointer,
                 base::FieldErrors& errors) {
  boost::system::error_code inexact;
  const auto number = given.to_number<std::int64_t>(inexact);
  if (inexact) return forms::wrong_type(pointer, "a whole number", errors);
  if (!is_between(number, facts)) return errors.add(pointer, "It must be " + span_of(facts) + ".");
  *static_cast<std::int64_t*>(value) = number;
}

// --- flag

json::object flag_schema(const Facts& facts) { return typed("boolean", facts); }
json::value write_flag(const void* value, const Facts&) { return *static_cast<const bool*>(value); }
void read_flag(const json::value& given, void* value, const Facts&, const std::string& pointer,
               base::FieldErrors& errors) {
  if (!given.is_bool()) return forms::wrong_type(pointer, "true or false", errors);
  *static_cast<bool*>(value) = given.get_bool();
}

// --- time

json::object time_schema(const Facts& facts) {
  return forms::described({{"type", "string"}, {"format", "date-time"}}, facts);
}
json::value write_time(const void* value, const Facts&) {
  return json::string(rfc3339(*static_cast<const std::int64_t*>(value)));
}
json::value write_optional_time(const void* value, const Facts& facts) {
  const auto& given = *static_cast<const std::optional<std::int64_t>*>(value);
  return given ? write_time(&*given, facts) : json::value();
}

// --- any object

json::object object_schema(const Facts& facts) { return typed("object", facts); }
json::value write_object(const void* value, const Facts&) { return *static_cast<const json::object*>(value); }
void read_object(const json::value& given, void* value, const Facts&, const std::string& pointer,
                 base::FieldErrors& errors) {
  if (!given.is_object()) return forms::wrong_type(pointer, "an object", errors);
  *static_cast<json::object*>(value) = given.get_object();
}

json::object or_null(json::object schema) {
  const json::object null{{"type", "null"}};
  if (!schema.contains("type") || schema.contains("enum")) {
    return {{"anyOf", json::array{std::move(schema), null}}};
  }
  auto& type = schema["type"];
  type = json::array{type, "null"};
  return schema;
}

bool is_required(const MemberRow& row) { return row.facts.or_null || (!row.form->optional && !row.facts.may_lack); }

bool may_be_null(const MemberRow& row, Others others) {
  return row.facts.or_null || (others == Others::nulls && !is_required(row));
}

}  // namespace

namespace forms {

const Form kText{.schema = text_schema, .write = write_text, .read = read_text};
const Form kWord{.schema = text_schema, .write = write_word, .read = read_nothing};
const Form kNumber{.schema = number_schema, .write = write_number, .read = read_number};
const Form kFlag{.schema = flag_schema, .write = write_flag, .read = read_flag};
const Form kTime{.schema = time_schema, .write = write_time, .read = read_nothing};
const Form kOptionalTime{.schema = time_schema, .write = write_optional_time, .read = read_nothing, .optional = true};
const Form kObject{.schema = object_schema, .write = write_object, .read = read_object};

void wrong_type(const std::string& pointer, std::string_view wanted, base::FieldErrors& errors) {
  errors.add(pointer, "It must be " + std::string(wanted) + ".");
}

void not_read(const std::string& pointer, base::FieldErrors& errors) {
  errors.add(pointer, "This is said by the server and cannot be set.");
}

json::object described(json::object schema, const Facts& facts) {
  if (!facts.description.empty()) schema["description"] = facts.description;
  return schema;
}

json::object reference(std::string_view name, const Facts& facts) {
  return described({{"$ref", "#/components/schemas/" + std::string(name)}}, facts);
}

Facts of_each(const Facts& facts) { return {.most = facts.each_most, .one_of = facts.one_of}; }

json::object list_schema(const Form& item, const Facts& facts) {
  auto schema = typed("array", facts);
  schema["items"] = item.schema(of_each(facts));
  bound(schema, facts, "minItems", "maxItems");
  return schema;
}

const json::array* open_list(const json::value& given, const Facts& facts, const std::string& pointer,
                             base::FieldErrors& errors) {
  const auto* list = given.if_array();
  if (!list) {
    wrong_type(pointer, "a list", errors);
  } else if (!is_between(std::ssize(*list), facts)) {
    errors.add(pointer, "List " + span_of(facts) + ".");
    return nullptr;
  }
  return list;
}

json::object words_schema(std::span<const std::string_view> words, std::string_view description,
                          std::string_view name) {
  if (!name.empty()) return reference(name, {.description = description});
  return described({{"type", "string"}, {"enum", json::array(words.begin(), words.end())}},
                   {.description = description});
}

std::optional<std::size_t> read_word(const json::value& given, std::span<const std::string_view> words,
                                     const std::string& pointer, base::FieldErrors& errors) {
  const auto* text = given.if_string();
  const auto found = text ? std::ranges::find(words, std::string_view(text->data(), text->size())) : words.end();
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  std::string list;
  for (auto word : words) list += (list.empty() ? "" : ", ") + std::string(word);
  errors.add(pointer, "It must be one of: " + list + ".");
  return std::nullopt;
}

}  // namespace forms

json::object schema_of(std::span<const MemberRow> rows, Others others) {
  json::object schema{{"type", "object"}};
  json::array required;
  json::object properties;
  for (const auto& row : rows) {
    if (is_required(row)) required.emplace_back(row.name);
    auto member = row.form->schema(row.facts);
    properties[row.name] = may_be_null(row, others) ? or_null(std::move(member)) : std::move(member);
  }
  if (!required.empty()) schema["required"] = std::move(required);
  if (others == Others::refused) schema["additionalProperties"] = false;
  schema["properties"] = std::move(properties);
  return schema;
}

json::object write_members(std::span<const MemberRow> rows, const void* object) {
  json::object out;
  out.reserve(rows.size());
  for (const auto& row : rows) {
    auto value = row.make ? row.make(object, row.facts) : row.form->write(row.get(object), row.facts);
    if (!value.is_null() || row.facts.or_null) out[row.name] = std::move(value);
  }
  return out;
}

void read_members(std::span<const MemberRow> rows, Others others, const json::value& given, void* object,
                  const std::string& pointer, base::FieldErrors& errors) {
  const auto* members = given.if_object();
  if (!members) return forms::wrong_type(pointer, "an object", errors);
  for (const auto& row : rows) {
    const auto where = pointer + base::pointer_to(row.name);
    const auto* value = members->if_contains(row.name);
    if (value && value->is_null() && may_be_null(row, others)) continue;
    if (value) {
      if (row.make) {
        forms::not_read(where, errors);
      } else {
        row.form->read(*value, row.set(object), row.facts, where, errors);
      }
    } else if (is_required(row)) {
      errors.add(where, "It is missing.");
    }
  }
  if (others != Others::refused) return;
  for (const auto& member : *members) {
    if (std::ranges::find(rows, std::string_view(member.key()), &MemberRow::name) != rows.end()) continue;
    errors.add(pointer + base::pointer_to(member.key()), "There is no such member.");
  }
}

json::object items_schema(json::object items) {
  return {{"type", "object"},
          {"required", json::array{"items"}},
          {"properties", json::object{{"items", std::move(items)}}}};
}

json::object list_schema(json::object items) {
  auto schema = items_schema(std::move(items));
  schema["required"].as_array().emplace_back("total");
  schema["properties"].as_object()["total"] = json::object{{"type", "integer"}};
  return schema;
}

json::object page_schema(json::object items) {
  auto schema = list_schema(std::move(items));
  schema["properties"].as_object()["next_from"] = json::object{{"type", "integer"}};
  return schema;
}

}  // namespace troupe::api
