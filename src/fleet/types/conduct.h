// How a bot behaves in rooms, whatever its brain: whose invites it accepts, how much it may say, what it does about
// messages from while it was down. Part of the config of every brain.
#pragma once
#include <boost/json/object.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace troupe::fleet {

/// What becomes of voice messages.
enum class VoiceMessages {
  automatic,  ///< words, where the brain takes no sound itself
  text,       ///< words
  off,        ///< files like any other
};

struct Conduct {
  /// Whose invites are accepted: "here" (people of the bot's tenant on this server), "anyone", "@user:server",
  /// "*:server" (everybody of a server), "!room:server". Empty: nobody's. Never by display name.
  std::vector<std::string> invites_from{"here"};
  std::int64_t max_rooms = 1'000;  ///< 1…10,000
  bool hear_notices = false;       ///< also answers m.notice, which bots send
  VoiceMessages voice_messages = VoiceMessages::automatic;
  std::int64_t room_per_minute = 300;   ///< answers in one room, 1…100,000
  std::int64_t bot_per_minute = 3'000;  ///< answers of the bot in all rooms, 1…1,000,000
  std::int64_t bots_in_a_row = 5;       ///< messages of bots without a person in between, 1…50
  std::int64_t catch_up_minutes = 60;   ///< older questions from while it was down are skipped, 0…10,080
  std::int64_t catch_up_messages = 20;  ///< of one room from while it was down; the newest, 0…1,000
};

/// The members of a config that belong to every brain: respond, reply_as, invites, limits, hear_notices,
/// voice_messages.
std::span<const std::string_view> common_keys();
/// An error shows so much of a name that somebody made up.
inline constexpr std::size_t kShownOfKey = 64;
/// Says that `whose` ("The brain", "limits") has no setting `key`, with the nearest of `known`. Of a long key the
/// beginning.
std::string no_such_setting(std::string_view whose, std::string_view key, std::vector<std::string> known);
/// Reads `invites`, `limits`, `hear_notices` and `voice_messages`. Error: invalid_param, naming the member.
Result<Conduct> read_conduct(const boost::json::object& config);
/// The JSON Schema properties of common_keys, as an object.
std::string_view common_properties();

/// Whether an invite may be accepted. `here` is this server's name, `of_tenant` whether the inviter belongs to the
/// bot's tenant; `inviter` empty: not known, then only a rule about the room or "anyone" helps.
bool accepts_invite(const Conduct& conduct, std::string_view inviter, std::string_view room_id, std::string_view here,
                    bool of_tenant);

}  // namespace troupe::fleet
