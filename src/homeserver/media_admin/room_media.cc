#include "homeserver/media_admin/room_media.h"

#include "homeserver/media_admin/room_media_store.h"
#include "store/in_pieces.h"

namespace troupe::homeserver::media_admin {
namespace {

constexpr std::string_view kScheme = "mxc://";

std::string_view text_of(const matrix::JsonObject& object, std::string_view key) {
  const auto text = matrix::find_string(object, key).value_or("");
  return text.starts_with(kScheme) ? text : std::string_view();
}

/// The addresses that a content names.
void add_addresses(std::set<std::string>& found, const matrix::JsonObject& content) {
  const auto add = [&found](std::string_view address) {
    if (!address.empty() && found.size() < kMaxRoomMedia) found.emplace(address);
  };
  add(text_of(content, "url"));
  if (const auto* info = matrix::find_object(content, "info")) add(text_of(*info, "thumbnail_url"));
}

}  // namespace

std::string_view local_media_id(std::string_view address, std::string_view server_name) {
  if (!address.starts_with(kScheme)) return {};
  address.remove_prefix(kScheme.size());
  const auto slash = address.find('/');
  if (slash == address.npos || address.substr(0, slash) != server_name) return {};
  return address.substr(slash + 1);
}

Task<RoomMedia> room_media(store::Database& db, std::string server_name, std::string room_id) {
  auto find = [&room_id](store::Connection& connection) -> Result<memory::RoomNum> {
    const auto room = memory::event_store::find_room(connection, room_id);
    if (!room) return Error(Errc::not_found, "There is no such room on this server.");
    return room->room;
  };
  CO_TRY(const auto room, co_await db.read(find));
  std::set<std::string> found;
  for (StreamPos after = 0;;) {
    auto look = [room, after](store::Connection& connection) -> Result<room_media_store::Contents> {
      return room_media_store::contents_after(connection, room, after, store::kPiece);
    };
    CO_TRY(const auto piece, co_await db.read(look));
    for (const auto& content : piece.with_address) add_addresses(found, content);
    if (piece.seen < store::kPiece) break;
    after = piece.last;
  }
  RoomMedia media;
  for (const auto& address : found)
    (local_media_id(address, server_name).empty() ? media.remote : media.local).push_back(address);
  co_return media;
}

Task<std::set<std::string>> profile_pictures(store::Database& db, std::string server_name) {
  std::set<std::string> used;
  const auto add = [&](std::string_view address) {
    if (const auto id = local_media_id(address, server_name); !id.empty()) used.emplace(id);
  };
  for (std::string after;;) {
    auto look = [&after](store::Connection& connection) -> Result<std::vector<room_media_store::Avatar>> {
      return room_media_store::avatars_after(connection, after, store::kPiece);
    };
    CO_TRY(const auto piece, co_await db.read(look));
    for (const auto& avatar : piece) add(avatar.address);
    if (piece.size() < store::kPiece) break;
    after = piece.back().user_id;
  }
  for (memory::RoomNum after = 0;;) {
    auto look = [after](store::Connection& connection) -> Result<room_media_store::RoomPictures> {
      return room_media_store::pictures_after(connection, after, store::kPiece);
    };
    CO_TRY(const auto piece, co_await db.read(look));
    for (const auto& address : piece.addresses) add(address);
    if (piece.seen < store::kPiece) break;
    after = piece.last;
  }
  co_return used;
}

}  // namespace troupe::homeserver::media_admin
