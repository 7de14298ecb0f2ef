#include "meetings/calls/desk.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/log.h"
#include "meetings/records/meeting_store.h"

namespace troupe::meetings::calls {
namespace {

namespace json = boost::json;

constexpr std::string_view kDevicePrefix = "MEET";
constexpr std::size_t kRandom = 16;  ///< 95 bits: no two are alike, and none is guessed
constexpr std::int64_t kMostAtOnce = 100;
/// By then nobody is still making a token that was begun before its device was ended.
constexpr std::chrono::minutes kLateBy{10};
constexpr int kMostUpgrades = 20;    ///< of a room, one after the other
constexpr std::int64_t kEnding = 0;  ///< in place of the attempt's number: its token ends, or has

}  // namespace

Task<json::object> Desk::admit(Meeting meeting, std::int64_t attempt) {
  auto look = [&](store::Connection& c) -> Result<std::optional<records::CallAccount>> {
    return records::find_call(c, meeting.id);
  };
  CO_TRY(const auto found, co_await uses_.db.read(look));
  if (!found) co_return json::object();
  const auto& call = *found;
  CO_TRY(co_await follow_room(call.room_id));
  auto look_declined = [&](store::Connection& c) -> Result<std::vector<std::string>> {
    return records::declined_in(c, call.room_id, records::kMostDeclined + 1);
  };
  CO_TRY(const auto declined, co_await uses_.db.read(look_declined));
  if (std::ssize(declined) > records::kMostDeclined) {
    co_return Error(Errc::limit_exceeded, "Too many people decline to be heard in the room of this call.");
  }
  CO_TRY(co_await end(call));
  CO_TRY(co_await check_in_room(call));
  const auto epoch = uses_.lease ? uses_.lease->held() : std::nullopt;
  if (uses_.lease && !epoch) co_return Error(Errc::conflict, "Another process looks after the meetings.");
  const auto device_id = std::string(kDevicePrefix) + base::random_alphanumeric(kRandom);
  const auto now = uses_.clock.unix_ms();
  // Another process that takes this meeting for its own at this moment is not written over.
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    if (epoch) TRY(uses_.lease->check(tx, *epoch));
    if (!records::take_call_device(tx, meeting.id, attempt, device_id)) {
      return Error(Errc::conflict, "Another process is starting this meeting's bot, or the meeting is no more.");
    }
    records::note_declined(tx, meeting, call.room_id, now);
    return Unit{};
  };
  CO_TRY(co_await uses_.db.write(write));
  CO_TRY(const auto issued, co_await uses_.accounts.issue_token(call.user_id, device_id));
  const auto held = co_await is_held(meeting.id, attempt, device_id);
  if (!held || !*held) {
    (void)co_await uses_.accounts.revoke_token(call.user_id, device_id);
    if (!held) co_return std::unexpected(held.error());
    co_return Error(Errc::conflict, "The meeting was stopped before its bot was started.");
  }
  json::object made{{"homeserverUrl", uses_.homeserver_url},
                    {"userId", call.user_id},
                    {"deviceId", issued.device_id},
                    {"accessToken", issued.access_token},
                    {"roomId", call.room_id},
                    {"call", records::to_string(call.kind)},
                    {"displayName", meeting.bot_name},
                    {"declined", json::array(declined.begin(), declined.end())}};
  if (!call.call_id.empty()) made["callId"] = call.call_id;
  co_return made;
}

Task<Unit> Desk::follow_room(std::string room_id) const {
  if (uses_.states == nullptr) co_return Unit{};
  auto before = room_id;
  for (int i = 0; i < kMostUpgrades; ++i) {
    CO_TRY(before, co_await uses_.states->replaced_by(std::move(before)));
    if (before.empty() || before == room_id) break;
    auto write = [&](store::Tx& tx) -> Result<Unit> {
      records::move_consents(tx, before, room_id);
      return Unit{};
    };
    CO_TRY(co_await uses_.db.write(write));
  }
  co_return Unit{};
}

Task<Unit> Desk::check_in_room(records::CallAccount call) const {
  // It was brought there when the meeting was asked for. Whoever put it out since does not want it back: neither
  // another attempt nor a late start brings it in again.
  const auto members = co_await uses_.rooms.joined_members(call.room_id);
  if (!members && members.error().code() != Errc::not_found && members.error().code() != Errc::forbidden) {
    co_return std::unexpected(members.error());
  }
  if (members && std::ranges::find(*members, call.user_id) != members->end()) co_return Unit{};
  co_return Error(Errc::forbidden, call.user_id + " is not in the room of the call any more.");
}

Task<Unit> Desk::end(records::CallAccount call) {
  if (call.device_id.empty()) co_return Unit{};
  const auto present = [&call](store::Tx& tx) {
    auto found = records::find_call(tx, call.meeting);
    return found && found->device_id == call.device_id;
  };
  // Marked first: whoever makes its token just now sees that, or this sees the token.
  const auto again_ms = uses_.clock.unix_ms() + std::chrono::milliseconds(kLateBy).count();
  auto mark = [&](store::Tx& tx) -> Result<Unit> {
    if (!present(tx)) return Unit{};
    records::set_call_device(tx, call.meeting, kEnding, call.device_id);
    records::put_ended_device(tx, {.device_id = call.device_id, .user_id = call.user_id, .again_ms = again_ms});
    return Unit{};
  };
  CO_TRY(co_await uses_.db.write(mark));
  auto revoked = co_await uses_.accounts.revoke_token(call.user_id, call.device_id);
  // An account that is gone has no devices either.
  if (!revoked && revoked.error().code() != Errc::not_found) co_return std::unexpected(std::move(revoked).error());
  auto clear = [&](store::Tx& tx) -> Result<Unit> {
    if (!present(tx)) return Unit{};
    if (records::find_meeting(tx, call.meeting)) {
      records::set_call_device(tx, call.meeting, kEnding, "");
    } else {
      records::delete_call(tx, call.meeting);
    }
    return Unit{};
  };
  co_return co_await uses_.db.write(clear);
}

Task<bool> Desk::is_held(MeetingId meeting, std::int64_t attempt, std::string device_id) const {
  auto look = [&](store::Connection& c) -> Result<bool> {
    const auto call = records::find_call(c, meeting);
    return call && call->attempt == attempt && call->device_id == device_id;
  };
  co_return co_await uses_.db.read(look);
}

Task<Unit> Desk::dismiss(MeetingId meeting) {
  auto look = [meeting](store::Connection& c) -> Result<std::optional<records::CallAccount>> {
    return records::find_call(c, meeting);
  };
  CO_TRY(auto call, co_await uses_.db.read(look));
  if (!call) co_return Unit{};
  co_return co_await end(*std::move(call));
}

Task<Unit> Desk::end_again() {
  auto look = [now = uses_.clock.unix_ms()](store::Connection& c) -> Result<std::vector<records::EndedDevice>> {
    return records::ended_devices(c, now, kMostAtOnce);
  };
  CO_TRY(const auto due, co_await uses_.db.read(look));
  for (const auto& device : due) {
    auto revoked = co_await uses_.accounts.revoke_token(device.user_id, device.device_id);
    if (!revoked && revoked.error().code() != Errc::not_found) co_return std::unexpected(std::move(revoked).error());
    auto forget = [&device](store::Tx& tx) -> Result<Unit> {
      records::delete_ended_device(tx, device.device_id);
      return Unit{};
    };
    CO_TRY(co_await uses_.db.write(forget));
  }
  co_return Unit{};
}

Task<Unit> Desk::sweep() {
  auto look = [](store::Connection& c) -> Result<std::vector<records::CallAccount>> {
    return records::stale_devices(c, kMostAtOnce);
  };
  CO_TRY(const auto stale, co_await uses_.db.read(look));
  Result<Unit> outcome = Unit{};
  for (const auto& call : stale) {
    auto ended = co_await end(call);
    if (ended) continue;
    base::log_warning("meetings", "A meeting's access to its bot's account could not be ended; that is tried again.",
                      {{"meeting", call.meeting}, {"reason", ended.error().message()}});
    if (outcome) outcome = std::move(ended);
  }
  auto again = co_await end_again();
  if (outcome) outcome = std::move(again);
  co_return outcome;
}

}  // namespace troupe::meetings::calls
