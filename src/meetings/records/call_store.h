// The tables of Matrix calls. All functions run inside the caller's transaction and throw store::SqlError.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "meetings/types/meeting.h"
#include "store/database.h"

namespace troupe::meetings::records {

enum class CallKind {
  rtc,     ///< of many, over LiveKit
  legacy,  ///< of two (m.call.invite)
};
inline constexpr std::array kCallKinds{CallKind::rtc, CallKind::legacy};
std::string_view to_string(CallKind kind);
std::optional<CallKind> parse_call_kind(std::string_view text);

/// The account with which a meeting's bot is in a call; one of a meeting at most.
struct CallAccount {
  MeetingId meeting = 0;
  std::int64_t bot = 0;  ///< fleet::BotKey
  std::string user_id{};
  std::string room_id{};
  CallKind kind = CallKind::rtc;
  std::string call_id{};     ///< of a legacy call
  std::int64_t attempt = 0;  ///< that the device was made for
  std::string device_id{};   ///< empty: there is none
};

void insert_call(store::Tx& tx, const CallAccount& call);
std::optional<CallAccount> find_call(store::Connection& c, MeetingId id);
/// The device that is about to be made for the attempt. False: there is one already, or no such meeting.
bool take_call_device(store::Tx& tx, MeetingId id, std::int64_t attempt, std::string_view device_id);
/// Empty: it is gone.
void set_call_device(store::Tx& tx, MeetingId id, std::int64_t attempt, std::string_view device_id);
/// Devices of meetings that have ended or are no more, and of containers that are gone or are not the present one.
std::vector<CallAccount> stale_devices(store::Connection& c, std::int64_t limit);
/// Whether a meeting was made of this call of two.
bool has_answered(store::Connection& c, std::string_view room_id, std::string_view call_id);
/// Of one that is no more.
void delete_call(store::Tx& tx, MeetingId id);

/// A device that was ended. Whoever was making its token just then may have been late: it is ended once more.
struct EndedDevice {
  std::string device_id{};
  std::string user_id{};
  base::UnixMs again_ms = 0;
};
void put_ended_device(store::Tx& tx, const EndedDevice& device);
/// Those whose time has come.
std::vector<EndedDevice> ended_devices(store::Connection& c, base::UnixMs now, std::int64_t limit);
void delete_ended_device(store::Tx& tx, std::string_view device_id);

/// Whether somebody in a room lets themselves be heard.
struct Consent {
  std::int64_t tenant_id = 0;  ///< to whose bot they said so
  std::string room_id{};
  std::string user_id{};
  bool declined = false;
  MeetingId meeting = 0;   ///< in which they said so; 0: in none
  base::UnixMs at_ms = 0;  ///< when they said so
};
/// Of whom a bot is told. Where there are more it does not come: it would hear those it was not told of.
inline constexpr std::int64_t kMostDeclined = 1'000;
/// How many of these at most are not in the room while they decline: nobody keeps bots out of it by names alone.
inline constexpr std::int64_t kMostAbsentDeclined = kMostDeclined / 2;
/// From now on, in the room and in its meeting. Who lets themselves be heard does so for all tenants' bots there, as
/// who declines does. False: it was so already, or they declined again after they had said this.
bool put_consent(store::Tx& tx, const Consent& consent, base::UnixMs now);
/// What was said in a room holds in the one that replaces it, and in that one alone.
void move_consents(store::Tx& tx, std::string_view from_room, std::string_view to_room);
/// Who declines in the room of this meeting by now is known in it, and was needed just now. Another tenant's meeting,
/// in which they said so, is not named.
void note_declined(store::Tx& tx, const Meeting& meeting, std::string_view room_id, base::UnixMs now);
/// The user ids of those who declined, whichever tenant's bot they told it, at most `limit`, in their order.
std::vector<std::string> declined_in(store::Connection& c, std::string_view room_id, std::int64_t limit);
/// Of those who said something in this meeting, or declined in its room before.
std::vector<Consent> consents_of(store::Connection& c, MeetingId id, std::int64_t limit);
/// Those that no bot was told of since. Yields how many there were, at most `limit`.
std::int64_t forget_consents(store::Tx& tx, base::UnixMs before, std::int64_t limit);
/// All who ever said something, in the order of their ids, after that one.
std::vector<std::string> consenting_users(store::Connection& c, std::string_view after, std::int64_t limit);
/// Nothing is kept of what somebody said.
void forget_consents_of(store::Tx& tx, std::string_view user_id);

}  // namespace troupe::meetings::records
