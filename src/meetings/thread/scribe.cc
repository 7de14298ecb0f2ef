#include "meetings/thread/scribe.h"

#include <algorithm>

#include "matrix/ids.h"

namespace troupe::meetings::thread {
namespace {

constexpr std::string_view kDisplayName = "Transcripts";
constexpr std::string_view kRoomMessage = "m.room.message";
constexpr std::string_view kSealedMessage = "m.room.encrypted";
constexpr std::size_t kMostRoomBytes = 255;

Error no_room() { return Error(Errc::not_found, "There is no such room, or you are not in it."); }

Error no_device() {
  return Error(Errc::conflict, "This room is encrypted, and bots have no devices here to write a transcript there.")
      .with_wire_code(matrix::kEncryptedRoom);
}

/// Of the server or of our database: it says nothing about the room.
bool is_ours(const Error& error) {
  const auto code = error.code();
  return code == Errc::unavailable || code == Errc::timed_out || code == Errc::limit_exceeded || code == Errc::internal;
}

}  // namespace

Task<std::string> Scribe::account() const {
  auto user_id = matrix::make_user_id(uses_.localpart, uses_.accounts.server_name());
  const auto known = co_await uses_.accounts.account(user_id);
  if (!known && known.error().code() != Errc::not_found) co_return std::unexpected(known.error());
  if (known && known->kind == matrix::AccountKind::person) {
    // Whoever has it would read along.
    co_return Error(Errc::conflict, "The account " + user_id + " is somebody's: set meetings.scribe to another name.");
  }
  if (known) co_return user_id;
  auto made = co_await uses_.accounts.create_account({.localpart = uses_.localpart,
                                                      .password = std::nullopt,
                                                      .kind = matrix::AccountKind::service,
                                                      .display_name = std::string(kDisplayName)});
  if (!made && made.error().code() != Errc::user_in_use) co_return std::unexpected(std::move(made).error());
  co_return user_id;
}

Task<bool> Scribe::is_encrypted(std::string room_id) const {
  const auto room = co_await uses_.rooms.room(std::move(room_id));
  if (!room && is_ours(room.error())) co_return std::unexpected(room.error());
  if (!room) co_return no_room();
  co_return room->encrypted;
}

Task<Unit> Scribe::check_power(std::string user_id, std::string room_id, std::string_view type) const {
  auto may = co_await uses_.powers.check_may_send(user_id, std::move(room_id), std::string(type));
  if (may || is_ours(may.error())) co_return may;
  co_return Error(Errc::forbidden, user_id + " may not write in this room: " + may.error().message());
}

Task<Place> Scribe::place_sealed(std::string asker, std::string room_id, Bring bring) const {
  if (!uses_.has_devices || !bring) co_return no_device();
  CO_TRY(co_await check_power(asker, room_id, kSealedMessage));
  auto bot = co_await bring(room_id);
  if (!bot && is_ours(bot.error())) co_return std::unexpected(std::move(bot).error());
  if (!bot) {
    co_return Error(bot.error().code(),
                    "This room is encrypted, so a bot has to write there. " + bot.error().message());
  }
  CO_TRY(co_await check_power(bot->user_id, room_id, kSealedMessage));
  co_return Place{.room_id = std::move(room_id), .sender = std::move(bot->user_id)};
}

/// By itself where the room is open, else invited by whoever asks.
Task<Unit> Scribe::enter(std::string asker, const Place& place) const {
  if (co_await uses_.rooms.join(place.sender, place.room_id)) co_return Unit{};
  if (auto invited = co_await uses_.rooms.invite(asker, place.room_id, place.sender); !invited) {
    co_return Error(invited.error().code(),
                    place.sender + " is not in this room, and you could not invite it: " + invited.error().message());
  }
  if (auto joined = co_await uses_.rooms.join(place.sender, place.room_id); !joined) {
    co_return Error(joined.error().code(), place.sender + " could not join this room: " + joined.error().message());
  }
  co_return Unit{};
}

Task<Place> Scribe::place(std::string asker, std::string room, Bring bring) const {
  if (asker.empty()) {
    co_return Error(Errc::invalid_param, "room is for people with an account here: this key or session has none.");
  }
  if (room.size() > kMostRoomBytes || !(room.starts_with('!') || room.starts_with('#'))) {
    co_return Error(Errc::invalid_param, "room is a room's id (!…) or an address of it (#…).");
  }
  auto found = co_await uses_.rooms.resolve_alias(std::move(room));
  if (!found && is_ours(found.error())) co_return std::unexpected(std::move(found).error());
  if (!found) co_return no_room();
  Place place{.room_id = *std::move(found)};
  const auto members = co_await uses_.rooms.joined_members(place.room_id);
  if (!members && is_ours(members.error())) co_return std::unexpected(members.error());
  if (!members || std::ranges::find(*members, asker) == members->end()) co_return no_room();
  CO_TRY(const bool encrypted, co_await is_encrypted(place.room_id));
  if (encrypted) co_return co_await place_sealed(std::move(asker), std::move(place.room_id), std::move(bring));
  CO_TRY(co_await check_power(asker, place.room_id, kRoomMessage));
  CO_TRY(place.sender, co_await account());
  const bool is_in = std::ranges::find(*members, place.sender) != members->end();
  if (!is_in) CO_TRY(co_await enter(std::move(asker), place));
  auto may = co_await check_power(place.sender, place.room_id, kRoomMessage);
  if (may) co_return place;
  // It has come for nothing; if it stays, nothing is lost.
  if (!is_in) (void)co_await uses_.rooms.leave(place.sender, place.room_id);
  co_return std::unexpected(std::move(may).error());
}

Task<Place> Scribe::place_of_bot(std::string bot_user_id, std::string room_id) const {
  CO_TRY(const bool encrypted, co_await is_encrypted(room_id));
  if (encrypted && !uses_.has_devices) co_return no_device();
  co_return Place{.room_id = std::move(room_id), .sender = std::move(bot_user_id)};
}

}  // namespace troupe::meetings::thread
