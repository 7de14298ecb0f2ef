#include "fleet/types/conduct.h"

#include <algorithm>
#include <array>

#include "base/field_errors.h"
#include "base/nearest.h"
#include "matrix/ids.h"
#include "matrix/json.h"

namespace troupe::fleet {
namespace {

constexpr std::array<std::string_view, 6> kCommonKeys{"respond", "reply_as",     "invites",
                                                      "limits",  "hear_notices", "voice_messages"};
constexpr std::size_t kMaxRules = 200;

constexpr std::string_view kProperties = R"json({
"respond":{"type":"string","title":"Answers","enum":["auto","always","mention"],"default":"auto",
"description":"auto: every message in a room of two, else only when spoken to. always: every message. mention: only when spoken to."},
"reply_as":{"type":"string","title":"Sends","enum":["notice","text"],"default":"notice",
"description":"Notices are what bots send; other bots ignore them, so that two bots never talk without end."},
"hear_notices":{"type":"boolean","title":"Answers notices","default":false,
"description":"Also answers what other bots send. The limit of bot messages in a row holds all the same."},
"voice_messages":{"type":"string","title":"Voice messages","enum":["auto","text","off"],"default":"auto",
"description":"auto: turned into text where the brain takes no sound itself. text: always. off: they are files like any other."},
"invites":{"type":"object","title":"Invites","additionalProperties":false,"properties":{
"from":{"type":"array","title":"From","maxItems":200,"items":{"type":"string","maxLength":255},"default":["here"],
"description":"here: people of this server who belong to the bot's tenant. anyone. @user:server, *:server or !room:server. Empty: nobody."},
"max_rooms":{"type":"integer","title":"At most rooms","minimum":1,"maximum":10000,"default":1000}}},
"limits":{"type":"object","title":"Limits","additionalProperties":false,"properties":{
"room_per_minute":{"type":"integer","title":"Answers a minute in one room","minimum":1,"maximum":100000,"default":300},
"bot_per_minute":{"type":"integer","title":"Answers a minute in all rooms","minimum":1,"maximum":1000000,"default":3000},
"bots_in_a_row":{"type":"integer","title":"Messages of bots in a row","minimum":1,"maximum":50,"default":5},
"catch_up_minutes":{"type":"integer","title":"Answers messages from while it was down that are at most this old (minutes)","minimum":0,"maximum":10080,"default":60},
"catch_up_messages":{"type":"integer","title":"At most so many of a room, the newest","minimum":0,"maximum":100000,"default":20}}}})json";

/// `name` is a path with dots: "limits.bot_per_minute".
Error wrong(std::string_view name, const std::string& what) {
  std::string pointer;
  while (!name.empty()) {
    auto dot = std::min(name.find('.'), name.size());
    pointer += base::pointer_to(name.substr(0, dot));
    name.remove_prefix(std::min(dot + 1, name.size()));
  }
  return base::field_error(pointer, what);
}

Result<Unit> read_number(const boost::json::object& from, std::string_view key, std::string_view name, std::int64_t low,
                         std::int64_t high, std::int64_t& into) {
  if (!from.contains(key)) return Unit{};
  auto number = matrix::find_integer(from, key);
  if (!number || *number < low || *number > high) {
    return wrong(name, std::string(name) + " must be a whole number from " + std::to_string(low) + " to " +
                           std::to_string(high) + ".");
  }
  into = *number;
  return Unit{};
}

Result<Unit> only(const boost::json::object& object, std::string_view name,
                  std::initializer_list<std::string_view> known) {
  base::FieldErrors mistakes;
  for (const auto& member : object) {
    std::string_view key(member.key().data(), member.key().size());
    if (std::ranges::find(known, key) != known.end()) continue;
    mistakes.add(base::pointer_to(name) + base::pointer_to(key.substr(0, kShownOfKey)),
                 no_such_setting(name, key, {known.begin(), known.end()}));
  }
  return std::move(mistakes).outcome();
}

Result<Unit> read_inviters(const boost::json::object& invites, Conduct& conduct) {
  if (!invites.contains("from")) return Unit{};
  const auto* from = matrix::find_array(invites, "from");
  if (from == nullptr || from->size() > kMaxRules) {
    return wrong("invites.from", "invites.from must be a list of at most 200 rules.");
  }
  conduct.invites_from.clear();
  for (const auto& entry : *from) {
    auto rule = entry.is_string() ? std::string(entry.get_string()) : std::string();
    bool word = rule == "here" || rule == "anyone";
    bool names = rule.size() <= 255 && (rule.starts_with('@') || rule.starts_with("*:") || rule.starts_with('!')) &&
                 rule.size() > 2;
    bool user = !rule.starts_with('@') || matrix::parse_user_id(rule);
    if (!word && !(names && user)) {
      return wrong("invites.from", "invites.from: each rule is here, anyone, @user:server, *:server or !room:server.");
    }
    conduct.invites_from.push_back(std::move(rule));
  }
  return Unit{};
}

Result<Unit> read_invites(const boost::json::object& invites, Conduct& conduct) {
  base::FieldErrors mistakes;
  mistakes.take(only(invites, "invites", {"from", "max_rooms"}));
  mistakes.take(read_number(invites, "max_rooms", "invites.max_rooms", 1, 10'000, conduct.max_rooms));
  mistakes.take(read_inviters(invites, conduct));
  return std::move(mistakes).outcome();
}

Result<Unit> read_limits(const boost::json::object& limits, Conduct& c) {
  base::FieldErrors mistakes;
  mistakes.take(only(limits, "limits",
                     {"room_per_minute", "bot_per_minute", "bots_in_a_row", "catch_up_minutes", "catch_up_messages"}));
  auto number = [&](std::string_view key, std::int64_t low, std::int64_t high, std::int64_t& into) {
    mistakes.take(read_number(limits, key, "limits." + std::string(key), low, high, into));
  };
  number("room_per_minute", 1, 100'000, c.room_per_minute);
  number("bot_per_minute", 1, 1'000'000, c.bot_per_minute);
  number("bots_in_a_row", 1, 50, c.bots_in_a_row);
  number("catch_up_minutes", 0, 10'080, c.catch_up_minutes);
  number("catch_up_messages", 0, 100'000, c.catch_up_messages);
  return std::move(mistakes).outcome();
}

}  // namespace

std::span<const std::string_view> common_keys() { return kCommonKeys; }

std::string no_such_setting(std::string_view whose, std::string_view key, std::vector<std::string> known) {
  const auto shown = key.substr(0, kShownOfKey);
  const auto meant = base::did_you_mean(shown, known);
  return std::string(whose) + " has no setting '" + std::string(shown) + (meant.empty() ? "'." : "'; " + meant);
}

std::string_view common_properties() { return kProperties; }

Result<Conduct> read_conduct(const boost::json::object& config) {
  Conduct conduct;
  base::FieldErrors mistakes;
  if (const auto* invites = config.if_contains("invites")) {
    mistakes.take(invites->is_object() ? read_invites(invites->get_object(), conduct)
                                       : Result<Unit>(wrong("invites", "invites must be an object.")));
  }
  if (const auto* limits = config.if_contains("limits")) {
    mistakes.take(limits->is_object() ? read_limits(limits->get_object(), conduct)
                                      : Result<Unit>(wrong("limits", "limits must be an object.")));
  }
  if (const auto* hear = config.if_contains("hear_notices")) {
    if (!hear->is_bool()) mistakes.add("/hear_notices", "hear_notices must be true or false.");
    conduct.hear_notices = hear->is_bool() && hear->get_bool();
  }
  if (config.contains("voice_messages")) {
    const auto word = matrix::find_string(config, "voice_messages").value_or("");
    if (word == "text") {
      conduct.voice_messages = VoiceMessages::text;
    } else if (word == "off") {
      conduct.voice_messages = VoiceMessages::off;
    } else if (word != "auto") {
      mistakes.add("/voice_messages", "voice_messages must be 'auto', 'text' or 'off'.");
    }
  }
  TRY(std::move(mistakes).outcome());
  return conduct;
}

bool accepts_invite(const Conduct& conduct, std::string_view inviter, std::string_view room_id, std::string_view here,
                    bool of_tenant) {
  auto parts = matrix::parse_user_id(inviter);
  auto server = parts ? std::string_view(parts->server) : std::string_view();
  return std::ranges::any_of(conduct.invites_from, [&](std::string_view rule) {
    if (rule == "anyone" || rule == room_id) return true;
    if (server.empty()) return false;
    if (rule == "here") return server == here && of_tenant;
    if (rule.starts_with("*:")) return server == rule.substr(2);
    return rule == inviter;
  });
}

}  // namespace troupe::fleet
