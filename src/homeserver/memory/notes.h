// What an operation tells the other processes of this server, beside the events it adds: which of their memory is out
// of date now. Sent with Tx::announce, so it goes with the operation; heard by Follower.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/memory/receipt_store.h"
#include "store/database.h"

namespace troupe::homeserver::memory {

/// One note. The views borrow from the bytes it was parsed from.
struct Note {
  enum class Kind : char {
    own = 'o',        ///< user, pos: something of the user's own (to-device messages, key counts, account data)
    devices = 'd',    ///< user, pos, room…: their device list, for everybody in these rooms
    settings = 's',   ///< user, pos: push rules or ignored users, which the server itself acts on
    receipt = 'r',    ///< room, user, kind, thread, event id, event pos, ts, pos
    forgotten = 'f',  ///< user, room, pos of the membership that was forgotten
    listed = 'p',     ///< room, 0 or 1: in the directory
    blocked = 'b',    ///< room, 0 or 1
    pruned = 'x',     ///< pos of an event that was redacted
    history = 'h',    ///< room, pos: its messages before it were removed
    gone = 'g',       ///< room, pos: purged
    sessions = 't',   ///< user [, device]: tokens, password, lock, deactivation
  };
  Kind kind = Kind::own;
  std::vector<std::string_view> fields;

  /// 0 when there is no such field or it is no number.
  std::int64_t number(std::size_t field) const;
  std::string_view text(std::size_t field) const { return field < fields.size() ? fields[field] : std::string_view(); }
};

// Functions, not a class: they hold no state. Writer thread, inside an operation.
namespace notes {

inline constexpr std::string_view kTopic = "hs";

void own_changed(store::Tx& tx, std::string_view user_id, StreamPos pos);
void devices_changed(store::Tx& tx, std::string_view user_id, StreamPos pos, const std::vector<RoomNum>& rooms);
void settings_changed(store::Tx& tx, std::string_view user_id, StreamPos pos);
void receipt(store::Tx& tx, RoomNum room, const receipt_store::ReceiptRow& row);
void forgotten(store::Tx& tx, std::string_view user_id, RoomNum room, StreamPos member_pos);
void listed(store::Tx& tx, RoomNum room, bool is_public);
void blocked(store::Tx& tx, RoomNum room, bool is_blocked);
void pruned(store::Tx& tx, StreamPos pos);
void history(store::Tx& tx, RoomNum room, StreamPos before);
void gone(store::Tx& tx, RoomNum room, StreamPos pos);
void sessions_changed(store::Tx& tx, std::string_view user_id, std::optional<std::string_view> device_id);

/// Nothing when the bytes are no note of this version: a newer program wrote them.
std::optional<Note> parse(std::string_view bytes);

}  // namespace notes
}  // namespace troupe::homeserver::memory
