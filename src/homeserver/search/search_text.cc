#include "homeserver/search/search_text.h"

namespace troupe::homeserver::search {
namespace {

std::optional<SearchedText> text_at(const memory::StoredEvent& stored, TextKey key, std::string_view member) {
  const auto text = matrix::find_string(stored.event->content, member);
  return text ? std::optional(SearchedText{.key = key, .text = *text}) : std::nullopt;
}

}  // namespace

std::optional<SearchedText> text_of(const memory::StoredEvent& stored) {
  const auto& event = *stored.event;
  if (stored.redacted_by || (stored.flags & memory::kIsEdit) != 0) return std::nullopt;
  if (event.type == "m.room.message" && !event.is_state()) return text_at(stored, TextKey::body, "body");
  if (event.state_key != "") return std::nullopt;
  if (event.type == "m.room.name") return text_at(stored, TextKey::name, "name");
  if (event.type == "m.room.topic") return text_at(stored, TextKey::topic, "topic");
  return std::nullopt;
}

std::optional<std::string_view> edited_text(const memory::StoredEvent& edit, const memory::StoredEvent& original) {
  if (edit.redacted_by || edit.event->is_state() || edit.room != original.room) return std::nullopt;
  if (edit.event->sender != original.event->sender || edit.event->type != original.event->type) return std::nullopt;
  const auto* content = matrix::find_object(edit.event->content, "m.new_content");
  return content ? matrix::find_string(*content, "body") : std::nullopt;
}

}  // namespace troupe::homeserver::search
