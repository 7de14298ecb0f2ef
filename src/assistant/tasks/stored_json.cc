#include "assistant/tasks/stored_json.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace troupe::assistant::tasks {
namespace {

/// Beyond what any parser here lets in, with room for what is put around it.
constexpr std::size_t kStoredDepth = 512;

std::string text_of(const Json& value) {
  const auto* text = value.if_string();
  return text != nullptr ? std::string(text->data(), text->size()) : std::string();
}

}  // namespace

Json parse_stored(std::string_view text) {
  boost::system::error_code ec;
  boost::json::parse_options options;
  options.max_depth = kStoredDepth;
  auto parsed = boost::json::parse(text, ec, {}, options);
  return ec ? Json() : parsed;
}

void StoredObject::read(store::Rows& rows, JsonObject& member) {
  auto parsed = parse_stored(rows.take<std::string_view>());
  member = parsed.is_object() ? std::move(parsed.get_object()) : JsonObject();
}
std::string StoredObject::write(const JsonObject& member) { return boost::json::serialize(member); }

void StoredArray::read(store::Rows& rows, JsonArray& member) {
  auto parsed = parse_stored(rows.take<std::string_view>());
  member = parsed.is_array() ? std::move(parsed.get_array()) : JsonArray();
}
std::string StoredArray::write(const JsonArray& member) { return boost::json::serialize(member); }

void StoredValue::read(store::Rows& rows, std::optional<Json>& member) {
  const auto text = rows.take<std::optional<std::string>>();
  member = text ? std::optional<Json>(parse_stored(*text)) : std::nullopt;
}
std::optional<std::string> StoredValue::write(const std::optional<Json>& member) {
  return member ? std::optional(boost::json::serialize(*member)) : std::nullopt;
}

void StoredAnswer::read(store::Rows& rows, std::optional<JsonObject>& member) {
  const auto text = rows.take<std::optional<std::string>>();
  member.reset();
  if (!text) return;
  auto parsed = parse_stored(*text);
  member = parsed.is_object() ? std::move(parsed.get_object()) : JsonObject();
}
std::optional<std::string> StoredAnswer::write(const std::optional<JsonObject>& member) {
  return member ? std::optional(boost::json::serialize(*member)) : std::nullopt;
}

void StoredTexts::read(store::Rows& rows, std::vector<std::string>& member) {
  JsonArray array;
  StoredArray::read(rows, array);
  member.clear();
  for (const auto& entry : array) member.push_back(text_of(entry));
}
std::string StoredTexts::write(const std::vector<std::string>& member) {
  JsonArray array;
  for (const auto& text : member) array.push_back(Json(text));
  return boost::json::serialize(array);
}

void StoredChoices::read(store::Rows& rows, std::vector<Choice>& member) {
  JsonArray array;
  StoredArray::read(rows, array);
  member.clear();
  for (auto& entry : array) {
    auto* object = entry.if_object();
    if (object == nullptr) continue;
    member.push_back(
        {.id = text_of((*object)["id"]), .label = text_of((*object)["label"]), .value = (*object)["value"]});
  }
}
std::string StoredChoices::write(const std::vector<Choice>& member) {
  JsonArray array;
  for (const auto& choice : member) {
    array.push_back(JsonObject{{"id", choice.id}, {"label", choice.label}, {"value", choice.value}});
  }
  return boost::json::serialize(array);
}

}  // namespace troupe::assistant::tasks
