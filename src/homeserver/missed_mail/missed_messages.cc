#include "homeserver/missed_mail/missed_messages.h"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "homeserver/common/sync_token.h"

namespace troupe::homeserver::missed_mail {
namespace {

using matrix::JsonObject;

constexpr std::size_t kMaxNameBytes = 100;

/// One line of at most so many bytes, no character taken apart.
std::string one_line(std::string_view text, std::size_t most) {
  std::string out;
  for (const char c : text) {
    const bool space = static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
    if (space && (out.empty() || out.back() == ' ')) continue;
    out += space ? ' ' : c;
    if (out.size() > most) break;
  }
  if (out.size() <= most) return out;
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xc0U) == 0x80) --end;
  return out.substr(0, end) + "…";
}

/// An item of the list.
struct Item {
  std::string room_id;
  std::string sender;
  std::string type;
  JsonObject content;
  std::int64_t sent_ms = 0;
};

std::optional<Item> read_item(const matrix::Json& json) {
  const auto* object = json.if_object();
  const auto* event = object ? matrix::find_object(*object, "event") : nullptr;
  const auto room = object ? matrix::find_string(*object, "room_id") : std::nullopt;
  const auto* content = event ? matrix::find_object(*event, "content") : nullptr;
  if (!room || !content) return std::nullopt;
  Item item{.room_id = std::string(*room),
            .sender = std::string(matrix::find_string(*event, "sender").value_or("")),
            .type = std::string(matrix::find_string(*event, "type").value_or("")),
            .content = *content};
  if (const auto* sent = matrix::find(*object, "ts"); sent && sent->is_int64()) item.sent_ms = sent->get_int64();
  return item;
}

struct Page {
  std::vector<Item> items;
  std::optional<std::string> next;
};

Result<Page> read_page(const std::string& text) {
  TRY(const auto json, matrix::parse_json(text));
  Page page;
  const auto* object = json.if_object();
  const auto* list = object ? matrix::find_array(*object, "notifications") : nullptr;
  if (!list) return Error(Errc::internal, "A list of notifications is damaged.");
  for (const auto& item : *list)
    if (auto read = read_item(item)) page.items.push_back(*std::move(read));
  if (const auto next = matrix::find_string(*object, "next_token")) page.next = std::string(*next);
  return page;
}

std::string text_of(const memory::Room& room, std::string_view type, std::string_view state_key, std::string_view key)
    REQUIRES_SHARED(room.mutex()) {
  const auto stored = room.state_event(type, state_key);
  return stored ? std::string(matrix::find_string(stored->event->content, key).value_or("")) : std::string();
}

/// Puts the items into their rooms, with names as they are now.
class Sorter {
 public:
  Sorter(store::Connection& connection, memory::Rooms& rooms) : connection_(connection), rooms_(rooms) {}

  void take(const Item& item, Missed& out) {
    const auto room = rooms_.load(connection_, item.room_id);
    if (!room) return;
    const base::ReadLock lock(room->mutex());
    auto sender = one_line(text_of(*room, "m.room.member", item.sender, "displayname"), kMaxNameBytes);
    if (sender.empty()) sender = item.sender;
    const auto at = std::ranges::find(ids_, item.room_id);
    if (at == ids_.end()) {
      ids_.push_back(item.room_id);
      auto name = one_line(text_of(*room, "m.room.name", "", "name"), kMaxNameBytes);
      if (name.empty()) name = one_line(text_of(*room, "m.room.canonical_alias", "", "alias"), kMaxNameBytes);
      out.rooms.push_back({.name = name.empty() ? "A chat with " + sender : name, .messages = {}});
    }
    const auto index = static_cast<std::size_t>(std::ranges::find(ids_, item.room_id) - ids_.begin());
    auto& messages = out.rooms[index].messages;
    messages.insert(messages.begin(), {std::move(sender), line_of(item.type, item.content), item.sent_ms});
    out.oldest_ms = out.oldest_ms == 0 ? item.sent_ms : std::min(out.oldest_ms, item.sent_ms);
  }

 private:
  store::Connection& connection_;
  memory::Rooms& rooms_;
  std::vector<std::string> ids_;  ///< of out.rooms
};

}  // namespace

std::string line_of(std::string_view type, const JsonObject& content) {
  if (type == "m.room.encrypted") return "an encrypted message";
  if (type == "m.room.member") return "invites you";
  if (type == "m.sticker") return "a sticker";
  if (type == "m.call.invite") return "calls you";
  if (type != "m.room.message") return "something new";
  const auto kind = matrix::find_string(content, "msgtype").value_or("");
  auto body = one_line(matrix::find_string(content, "body").value_or(""), MissedMessages::kMaxTextBytes);
  if (kind == "m.image") return "a picture: " + body;
  if (kind == "m.file" || kind == "m.audio" || kind == "m.video") return "a file: " + body;
  if (kind == "m.location") return "a place: " + body;
  return body.empty() ? "a message" : body;
}

Task<Missed> MissedMessages::find(std::string user_id, StreamPos after, StreamPos upto) {
  std::vector<Item> items;
  Missed missed;
  std::optional<StreamPos> from = upto;
  for (int pages = 0; from && items.size() < kMost && pages < kMaxPages; ++pages) {
    CO_TRY(const auto text, co_await notifications_.page({.user_id = user_id,
                                                          .device_id = {},
                                                          .from = from,
                                                          .limit = kMost - items.size(),
                                                          .only_unread = true,
                                                          .after = after}));
    CO_TRY(auto page, read_page(text));
    std::ranges::move(page.items, std::back_inserter(items));
    const auto next = page.next ? parse_token(*page.next) : std::nullopt;
    from = next ? std::optional(next->pos) : std::nullopt;
  }
  missed.more = items.size() >= kMost && from.has_value();
  auto sort = [&](store::Connection& connection) -> Result<Unit> {
    missed.rooms.clear();
    missed.oldest_ms = 0;
    Sorter sorter(connection, rooms_);
    for (const auto& item : items) sorter.take(item, missed);
    return Unit{};
  };
  CO_TRY(co_await db_.read(sort));
  co_return missed;
}

Task<bool> MissedMessages::any(std::string user_id, StreamPos upto) {
  CO_TRY(const auto text,
         co_await notifications_.page(
             {.user_id = std::move(user_id), .device_id = {}, .from = upto, .limit = 1, .only_unread = true}));
  CO_TRY(const auto page, read_page(text));
  co_return !page.items.empty();
}

}  // namespace troupe::homeserver::missed_mail
