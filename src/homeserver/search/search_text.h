// Which text of an event is searched.
#pragma once
#include <optional>
#include <string_view>

#include "homeserver/search/search_store.h"

namespace troupe::homeserver::search {

/// Words of one text that are kept.
inline constexpr std::size_t kMaxWords = 500;

struct SearchedText {
  TextKey key = TextKey::body;
  std::string_view text;  ///< borrows from the event
};
/// Of a message, or of a room's name or topic; nothing for edits, for what was removed and for all other events,
/// encrypted ones among them.
std::optional<SearchedText> text_of(const memory::StoredEvent& stored);
/// What an edit makes of the original's text; nothing when it is no valid edit of it.
std::optional<std::string_view> edited_text(const memory::StoredEvent& edit, const memory::StoredEvent& original);

}  // namespace troupe::homeserver::search
