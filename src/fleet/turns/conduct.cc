#include "fleet/turns/conduct.h"

#include <algorithm>
#include <array>

#include "matrix/ids.h"
#include "matrix/json.h"

namespace troupe::fleet {
namespace {

constexpr std::array<std::string_view, 5> kCommonKeys{"respond", "reply_as", "invites", "limits", "hear_notices"};
constexpr std::size_t kMaxRules = 200;

constexpr std::string_view kProperties = R"json({
"respond":{"type":"string","title":"Answers","enum":["auto","always","mention"],"default":"auto",
"description":"auto: every message in a room of two, else only when spoken to. always: every message. mention: only when spoken to."},
"reply_as":{"type":"string","title":"Sends","enum":["notice","text"],"default":"notice",
"description":"Notices are what bots send; other bots ignore them, so that two bots never talk without end."},
"hear_notices":{"type":"boolean","title":"Answers notices","default":false,
"description":"Also answers what other bots send. The limit of bot messages in a row holds all the same."},
"invites":{"type":"object","title":"Invites","additionalProperties":false,"properties":{
"from":{"type":"array","title":"From","maxItems":200,"items":{"type":"string","maxLength":255},"default":["here"],
"description":"here: people of this server. anyone. @user:server, *:server or !room:server. Empty: nobody."},
"max_rooms":{"type":"integer","title":"At most rooms","minimum":1,"maximum":10000,"default":1000}}},
"limits":{"type":"object","title":"Limits","additionalProperties":false,"properties":{
"room_per_minute":{"type":"integer","title":"Answers a minute in one room","minimum":1,"maximum":100000,"default":300},
"bot_per_minute":{"type":"integer","title":"Answers a minute in all rooms","minimum":1,"maximum":1000000,"default":3000},
"bots_in_a_row":{"type":"integer","title":"Messages of bots in a row","minimum":1,"maximum":50,"default":5},
"catch_up_minutes":{"type":"integer","title":"Answers messages from while it was down that are at most this old (minutes)","minimum":0,"maximum":10080,"default":60},
"catch_up_messages":{"type":"integer","title":"At most so many of a room, the newest","minimum":0,"maximum":100000,"default":20}}}})json";

Error wrong(const std::string& what) { return Error(Errc::invalid_param, what); }

Result<Unit> read_number(const boost::json::object& from, std::string_view key, std::string_view name, std::int64_t low,
                         std::int64_t high, std::int64_t& into) {
  if (!from.contains(key)) return Unit{};
  auto number = matrix::find_integer(from, key);
  if (!number || *number < low || *number > high) {
    return wrong(std::string(name) + " must be a whole number from " + std::to_string(low) + " to " +
                 std::to_string(high) + ".");
  }
  into = *number;
  return Unit{};
}

Result<Unit> only(const boost::json::object& object, std::string_view name,
                  std::initializer_list<std::string_view> known) {
  for (const auto& member : object) {
    std::string_view key(member.key().data(), member.key().size());
    if (std::ranges::find(known, key) == known.end()) {
      return wrong(std::string(name) + " has no setting '" + std::string(key.substr(0, 64)) + "'.");
    }
  }
  return Unit{};
}

Result<Unit> read_invites(const boost::json::object& invites, Conduct& conduct) {
  TRY([[maybe_unused]] auto known, only(invites, "invites", {"from", "max_rooms"}));
  TRY([[maybe_unused]] auto rooms,
      read_number(invites, "max_rooms", "invites.max_rooms", 1, 10'000, conduct.max_rooms));
  if (!invites.contains("from")) return Unit{};
  const auto* from = matrix::find_array(invites, "from");
  if (from == nullptr || from->size() > kMaxRules) return wrong("invites.from must be a list of at most 200 rules.");
  conduct.invites_from.clear();
  for (const auto& entry : *from) {
    auto rule = entry.is_string() ? std::string(entry.get_string()) : std::string();
    bool word = rule == "here" || rule == "anyone";
    bool names = rule.size() <= 255 && (rule.starts_with('@') || rule.starts_with("*:") || rule.starts_with('!')) &&
                 rule.size() > 2;
    bool user = !rule.starts_with('@') || matrix::parse_user_id(rule);
    if (!word && !(names && user)) {
      return wrong("invites.from: each rule is here, anyone, @user:server, *:server or !room:server.");
    }
    conduct.invites_from.push_back(std::move(rule));
  }
  return Unit{};
}

Result<Unit> read_limits(const boost::json::object& limits, Conduct& c) {
  TRY([[maybe_unused]] auto known,
      only(limits, "limits",
           {"room_per_minute", "bot_per_minute", "bots_in_a_row", "catch_up_minutes", "catch_up_messages"}));
  TRY([[maybe_unused]] auto room,
      read_number(limits, "room_per_minute", "limits.room_per_minute", 1, 100'000, c.room_per_minute));
  TRY([[maybe_unused]] auto bot,
      read_number(limits, "bot_per_minute", "limits.bot_per_minute", 1, 1'000'000, c.bot_per_minute));
  TRY([[maybe_unused]] auto row, read_number(limits, "bots_in_a_row", "limits.bots_in_a_row", 1, 50, c.bots_in_a_row));
  TRY([[maybe_unused]] auto age,
      read_number(limits, "catch_up_minutes", "limits.catch_up_minutes", 0, 10'080, c.catch_up_minutes));
  return read_number(limits, "catch_up_messages", "limits.catch_up_messages", 0, 100'000, c.catch_up_messages);
}

}  // namespace

bool is_common_key(std::string_view key) { return std::ranges::find(kCommonKeys, key) != kCommonKeys.end(); }

std::string_view common_properties() { return kProperties; }

Result<Conduct> read_conduct(const boost::json::object& config) {
  Conduct conduct;
  if (const auto* invites = config.if_contains("invites")) {
    if (!invites->is_object()) return wrong("invites must be an object.");
    TRY([[maybe_unused]] auto read, read_invites(invites->get_object(), conduct));
  }
  if (const auto* limits = config.if_contains("limits")) {
    if (!limits->is_object()) return wrong("limits must be an object.");
    TRY([[maybe_unused]] auto read, read_limits(limits->get_object(), conduct));
  }
  if (const auto* hear = config.if_contains("hear_notices")) {
    if (!hear->is_bool()) return wrong("hear_notices must be true or false.");
    conduct.hear_notices = hear->get_bool();
  }
  return conduct;
}

bool accepts_invite(const Conduct& conduct, std::string_view inviter, std::string_view room_id, std::string_view here) {
  auto parts = matrix::parse_user_id(inviter);
  auto server = parts ? std::string_view(parts->server) : std::string_view();
  return std::ranges::any_of(conduct.invites_from, [&](std::string_view rule) {
    if (rule == "anyone" || rule == room_id) return true;
    if (server.empty()) return false;
    if (rule == "here") return server == here;
    if (rule.starts_with("*:")) return server == rule.substr(2);
    return rule == inviter;
  });
}

}  // namespace troupe::fleet
