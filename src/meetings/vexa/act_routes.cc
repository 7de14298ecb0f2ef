// /bots/…/speak, /chat, /screen and /avatar: what bots of Vexa that take part are told. Which of it a bot does is its
// own affair; the bot that comes with this program only writes in chats.
#include <boost/json/serialize.hpp>

#include "api/words.h"
#include "meetings/vexa/dialect.h"
#include "meetings/vexa/schemes.h"
#include "net/http/address_rules.h"
#include "net/http/url.h"

namespace troupe::meetings::vexa {
namespace {

using namespace api::words;
namespace json = boost::json;

constexpr std::string_view kNoActive = "No active meeting found";
constexpr std::string_view kChatSend = "chat_send";
/// Half a MiB, encoded, with what JSON escapes.
constexpr std::size_t kMostBody = 1UL << 20;

/// An action, and what is answered when the bot has heard it.
struct Act {
  json::object command{};
  std::string message{};
};

Error bad(std::string message) { return Error(Errc::invalid_param, std::move(message)); }

/// The bot's browser opens it from inside the network: as for links of meetings.
Result<Unit> check_address(std::string_view name, const std::string& text) {
  const auto url = net::http::Url::parse(text);
  if (!url || !url->tls || net::http::address_named_by(url->host) || url->host.find('.') == std::string::npos) {
    return bad(std::string(name) + " is an https address of a public host.");
  }
  return Unit{};
}

/// Both of Vexa's spellings, so that its bots of 0.10 and of 0.12 find theirs.
Result<Act> speaking(const SpeakBody& body) {
  const int given = !body.text.empty() + !body.audio_url.empty() + !body.audio_base64.empty();
  if (given != 1) return bad("One of text, audio_url and audio_base64 is wanted.");
  if (!body.text.empty()) {
    return Act{.command = {{"action", "speak"},
                           {"text", body.text},
                           {"voice", body.voice.empty() ? "auto" : body.voice},
                           {"provider", body.provider.empty() ? "piper" : body.provider}},
               .message = "Speak command sent"};
  }
  if (!body.audio_url.empty()) TRY(check_address("audio_url", body.audio_url));
  json::object command{{"action", "speak_audio"},
                       {"format", body.format.empty() ? "wav" : body.format},
                       {"sample_rate", body.sample_rate.value_or(24'000)}};
  const auto add = [&command](std::string_view newer, std::string_view older, const std::string& value) {
    if (value.empty()) return;
    command[newer] = value;
    command[older] = value;
  };
  add("url", "audio_url", body.audio_url);
  add("audioBase64", "audio_base64", body.audio_base64);
  return Act{.command = std::move(command), .message = "Speak command sent"};
}

Result<Act> chatting(const ChatBody& body) {
  if (body.text.empty()) return bad("text is wanted.");
  return Act{.command = {{"action", kChatSend}, {"text", body.text}}, .message = "Chat message sent"};
}

Result<Act> showing(const ScreenBody& body) {
  const bool is_html = body.type == "html";
  if (!is_html && body.type != "image" && body.type != "video" && body.type != "url") {
    return bad("type is image, video, url or html.");
  }
  if ((is_html ? body.html : body.url).empty()) return bad(is_html ? "html is wanted." : "url is wanted.");
  json::object command{
      {"action", "screen_show"}, {"type", body.type}, {"start_share", body.start_share.value_or(true)}};
  if (is_html) {
    command["html"] = body.html;
  } else {
    TRY(check_address("url", body.url));
    command["url"] = body.url;
    if (body.type == "image") command["imageUrl"] = body.url;
  }
  return Act{.command = std::move(command), .message = "Screen content command sent"};
}

Result<Act> avatar(const AvatarBody& body) {
  if (body.url.empty() == body.image_base64.empty()) return bad("One of url and image_base64 is wanted.");
  json::object command{{"action", "avatar_set"}};
  if (!body.url.empty()) {
    TRY(check_address("url", body.url));
    command["url"] = body.url;
  } else {
    command["image_base64"] = body.image_base64;
  }
  return Act{.command = std::move(command), .message = "Avatar set command sent"};
}

Task<Response> tell(Dialect& dialect, Call& call, Act act) {
  CO_TRY(const auto meant, call_of(call));
  CO_TRY(const auto shown, co_await dialect.reading.in_call(own(call), meant, std::nullopt, std::string(kNoActive)));
  const auto& meeting = shown.meeting;
  const bool is_there = meeting.life.state == State::active || meeting.life.state == State::reconfiguring;
  if (!is_there || !shown.attempt) co_return Error(Errc::not_found, std::string(kNoActive));
  const std::string action(act.command.at("action").as_string());
  if (dialect.own_bot && action != kChatSend) {
    co_return Error(Errc::unsupported, "The bot of this server says and shows nothing in calls.").with_status(501);
  }
  act.command["meeting_id"] = meeting.id;
  CO_TRY(const auto heard, co_await dialect.courier.tell({.meeting = meeting.id,
                                                          .connection_id = shown.attempt->connection_id,
                                                          .body = json::serialize(act.command)}));
  // Nothing keeps a command for who is not there.
  if (heard == 0) co_return Error(Errc::unavailable, "The bot does not listen to commands.");
  co_await api::audit(dialect.kit, call, "meeting.act", std::to_string(meeting.id),
                      {{"action", action}, {"face", "vexa"}});
  co_return reply({{"message", act.message}, {"meeting_id", meeting.id}}, 202);
}

template <class Body, auto Made>
Task<Response> act_of(Dialect& dialect, Call& call) {
  CO_TRY(const auto body, api::body_of<Body>(call));
  CO_TRY(auto act, Made(body));
  co_return co_await tell(dialect, call, std::move(act));
}

template <const char* Action>
Task<Response> end_of(Dialect& dialect, Call& call) {
  co_return co_await tell(dialect, call, {.command = {{"action", Action}}, .message = "Command sent"});
}
constexpr char kSpeakStop[] = "speak_stop";
constexpr char kScreenStop[] = "screen_stop";
constexpr char kAvatarReset[] = "avatar_reset";

/// What is written in calls' chats is told on and kept nowhere.
Task<Response> read_chat(Dialect& dialect, Call& call) {
  CO_TRY(const auto meant, call_of(call));
  CO_TRY(co_await dialect.reading.in_call(own(call), meant, std::nullopt, std::string(kNoActive)));
  co_return Error(Errc::unsupported, "Messages of a call's chat are not kept: follow them on the WebSocket.")
      .with_status(501);
}

}  // namespace

void add_act_routes(Dialect& dialect, const Mount& mount) {
  const auto group = group_of(dialect, mount, kBotKeys);
  const auto add = [&](const char* method, const char* path, const char* summary, std::string_view body, auto run) {
    group.add({.method = method,
               .path = path,
               .summary = summary,
               .body = body,
               .max_body_bytes = kMostBody,
               .status = 202,
               .run = api::bind(run, dialect)});
  };
  add("POST", "/bots/{platform}/{native_meeting_id}/speak", "Have the bot say something: text, or sound",
      api::schema_text<SpeakBody>(), act_of<SpeakBody, speaking>);
  add("DELETE", "/bots/{platform}/{native_meeting_id}/speak", "Have the bot say no more", {}, end_of<kSpeakStop>);
  add("POST", "/bots/{platform}/{native_meeting_id}/chat", "Have the bot write in the call's chat",
      api::schema_text<ChatBody>(), act_of<ChatBody, chatting>);
  add("GET", "/bots/{platform}/{native_meeting_id}/chat", "Not kept: 501; the WebSocket tells of it", {}, read_chat);
  add("POST", "/bots/{platform}/{native_meeting_id}/screen", "Have the bot show something",
      api::schema_text<ScreenBody>(), act_of<ScreenBody, showing>);
  add("DELETE", "/bots/{platform}/{native_meeting_id}/screen", "Have the bot show nothing more", {},
      end_of<kScreenStop>);
  add("PUT", "/bots/{platform}/{native_meeting_id}/avatar", "Give the bot another picture",
      api::schema_text<AvatarBody>(), act_of<AvatarBody, avatar>);
  add("DELETE", "/bots/{platform}/{native_meeting_id}/avatar", "Give the bot its own picture back", {},
      end_of<kAvatarReset>);
}

}  // namespace troupe::meetings::vexa
