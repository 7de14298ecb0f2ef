#include "homeserver/media_admin/room_media_store.h"

#include "store/words.h"

namespace troupe::homeserver::media_admin::room_media_store {
namespace {

using namespace store::words;

constexpr auto kAvatar =
    store::columns("a", column("user_id", &Avatar::user_id), computed("COALESCE(p.value, '')", &Avatar::address));
constexpr auto kAvatars =
    sql("SELECT ", kAvatar,
        " FROM hs_account a LEFT JOIN hs_profile p ON p.user_id = a.user_id AND p.name = 'avatar_url' "
        "WHERE a.user_id > ?1 ORDER BY a.user_id LIMIT ?2");

}  // namespace

Contents contents_after(store::Connection& connection, memory::RoomNum room, StreamPos after, std::size_t limit) {
  Contents found;
  auto rows = connection.query(
      "SELECT t.pos, e.bytes, e.body FROM hs_timeline t JOIN hs_event e ON e.pos = t.pos WHERE t.room = ?1 "
      "AND t.pos > ?2 ORDER BY t.pos LIMIT ?3",
      room, after, static_cast<std::int64_t>(limit));
  while (rows.next()) {  // one event at a time in memory
    std::string_view bytes;
    std::optional<std::string_view> body;
    rows >> found.last >> bytes >> store::blob(body);
    ++found.seen;
    const auto pdu = memory::event_store::stored_pdu(found.last, bytes, body);
    if (!pdu.contains("mxc:")) continue;
    const auto json = matrix::parse_json(pdu);
    const auto* event = json ? json->if_object() : nullptr;
    if (const auto* content = event ? matrix::find_object(*event, "content") : nullptr)
      found.with_address.push_back(*content);
  }
  return found;
}

std::vector<Avatar> avatars_after(store::Connection& connection, std::string_view user_id, std::size_t limit) {
  return store::all(connection.query(kAvatars, user_id, static_cast<std::int64_t>(limit)), kAvatar);
}

RoomPictures pictures_after(store::Connection& connection, memory::RoomNum room, std::size_t limit) {
  RoomPictures found;
  std::vector<StreamPos> events;
  {
    auto rows = connection.query(
        "SELECT r.room, (SELECT s.event_pos FROM hs_state s WHERE s.room = r.room AND s.type = 'm.room.avatar' "
        "AND s.state_key = '' ORDER BY s.pos DESC LIMIT 1) FROM hs_room r WHERE r.room > ?1 "
        "ORDER BY r.room LIMIT ?2",
        room, static_cast<std::int64_t>(limit));
    while (rows.next()) {
      std::optional<StreamPos> event;
      rows >> found.last >> event;
      ++found.seen;
      if (event) events.push_back(*event);
    }
  }
  for (const auto pos : events) {
    const auto stored = memory::event_store::load_event(connection, pos);
    const auto url = stored ? matrix::find_string(stored->event->content, "url") : std::nullopt;
    if (url) found.addresses.emplace_back(*url);
  }
  return found;
}

}  // namespace troupe::homeserver::media_admin::room_media_store
