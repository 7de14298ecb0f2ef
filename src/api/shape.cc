#include "api/shape.h"

#include <algorithm>

#include "api/reply.h"

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
  *static_cast<std::string*>(value) = *text;
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
  json::object schema{{"type", "string"}, {"format", "date-time"}};
  if (!facts.description.empty()) schema["description"] = facts.description;
  return schema;
}
json::value write_time(const void* value, const Facts&) {
  return json::string(rfc3339(*static_cast<const std::int64_t*>(value)));
}
void read_time(const json::value&, void*, const Facts&, const std::string& pointer, base::FieldErrors& errors) {
  errors.add(pointer, "This is said by the server and cannot be set.");
}

// --- list of texts

json::object texts_schema(const Facts& facts) {
  auto schema = typed("array", facts);
  json::object item{{"type", "string"}};
  if (facts.each_most) item["maxLength"] = *facts.each_most;
  schema["items"] = std::move(item);
  bound(schema, facts, "minItems", "maxItems");
  return schema;
}
json::value write_texts(const void* value, const Facts&) {
  const auto& texts = *static_cast<const std::vector<std::string>*>(value);
  return json::array(texts.begin(), texts.end());
}
void read_texts(const json::value& given, void* value, const Facts& facts, const std::string& pointer,
                base::FieldErrors& errors) {
  const auto* list = given.if_array();
  if (!list) return forms::wrong_type(pointer, "a list", errors);
  if (!is_between(std::ssize(*list), facts)) return errors.add(pointer, "List " + span_of(facts) + ".");
  std::vector<std::string> texts(list->size());
  const Facts each{.most = facts.each_most};
  for (std::size_t i = 0; i < list->size(); ++i) {
    read_text((*list)[i], &texts[i], each, pointer + "/" + std::to_string(i), errors);
  }
  *static_cast<std::vector<std::string>*>(value) = std::move(texts);
}

// --- any object

json::object object_schema(const Facts& facts) { return typed("object", facts); }
json::value write_object(const void* value, const Facts&) { return *static_cast<const json::object*>(value); }
void read_object(const json::value& given, void* value, const Facts&, const std::string& pointer,
                 base::FieldErrors& errors) {
  if (!given.is_object()) return forms::wrong_type(pointer, "an object", errors);
  *static_cast<json::object*>(value) = given.get_object();
}

// --- optional ones of these

template <class V, auto Write>
json::value write_optional(const void* value, const Facts& facts) {
  const auto& given = *static_cast<const std::optional<V>*>(value);
  return given ? Write(&*given, facts) : json::value();
}
template <class V, auto Read>
void read_optional(const json::value& given, void* value, const Facts& facts, const std::string& pointer,
                   base::FieldErrors& errors) {
  Read(given, &static_cast<std::optional<V>*>(value)->emplace(), facts, pointer, errors);
}

bool is_required(const MemberRow& row) { return !row.form->optional && !row.facts.may_lack; }

}  // namespace

namespace forms {

const Form kText{.schema = text_schema, .write = write_text, .read = read_text};
const Form kNumber{.schema = number_schema, .write = write_number, .read = read_number};
const Form kFlag{.schema = flag_schema, .write = write_flag, .read = read_flag};
const Form kTime{.schema = time_schema, .write = write_time, .read = read_time};
const Form kTexts{.schema = texts_schema, .write = write_texts, .read = read_texts};
const Form kObject{.schema = object_schema, .write = write_object, .read = read_object};
const Form kOptionalText{.schema = text_schema,
                         .write = write_optional<std::string, write_text>,
                         .read = read_optional<std::string, read_text>,
                         .optional = true};
const Form kOptionalNumber{.schema = number_schema,
                           .write = write_optional<std::int64_t, write_number>,
                           .read = read_optional<std::int64_t, read_number>,
                           .optional = true};
const Form kOptionalFlag{.schema = flag_schema,
                         .write = write_optional<bool, write_flag>,
                         .read = read_optional<bool, read_flag>,
                         .optional = true};
const Form kOptionalTime{.schema = time_schema,
                         .write = write_optional<std::int64_t, write_time>,
                         .read = read_optional<std::int64_t, read_time>,
                         .optional = true};

void wrong_type(const std::string& pointer, std::string_view wanted, base::FieldErrors& errors) {
  errors.add(pointer, "It must be " + std::string(wanted) + ".");
}

json::object reference(std::string_view name, const Facts& facts) {
  json::object schema{{"$ref", "#/components/schemas/" + std::string(name)}};
  if (!facts.description.empty()) schema["description"] = facts.description;
  return schema;
}

json::object words_schema(std::span<const std::string_view> words, std::string_view description,
                          std::string_view name) {
  if (!name.empty()) return reference(name, {.description = description});
  json::object schema{{"type", "string"}, {"enum", json::array(words.begin(), words.end())}};
  if (!description.empty()) schema["description"] = description;
  return schema;
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
    properties[row.name] = row.form->schema(row.facts);
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
    if (auto value = row.form->write(row.get(object), row.facts); !value.is_null()) out[row.name] = std::move(value);
  }
  return out;
}

void read_members(std::span<const MemberRow> rows, Others others, const json::value& given, void* object,
                  const std::string& pointer, base::FieldErrors& errors) {
  const auto* members = given.if_object();
  if (!members) return forms::wrong_type(pointer, "an object", errors);
  for (const auto& row : rows) {
    const auto where = pointer + base::pointer_to(row.name);
    if (const auto* value = members->if_contains(row.name)) {
      row.form->read(*value, row.set(object), row.facts, where, errors);
    } else if (is_required(row)) {
      errors.add(where, "It is missing.");
    }
  }
  if (others == Others::ignored) return;
  for (const auto& member : *members) {
    if (std::ranges::find(rows, std::string_view(member.key()), &MemberRow::name) != rows.end()) continue;
    errors.add(pointer + base::pointer_to(member.key()), "There is no such member.");
  }
}

}  // namespace troupe::api
