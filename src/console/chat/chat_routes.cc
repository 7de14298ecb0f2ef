// /api/v1/bots/{bot_id}/chat: write to a bot, read the conversation, watch it live.
#include <boost/asio/this_coro.hpp>

#include "api/event_stream.h"
#include "console/chat/chat.h"
#include "console/chat/typing_rooms.h"
#include "console/console_api.h"

namespace troupe::console {
namespace {

using net::Access;
using net::Call;
using net::Response;

constexpr net::NumberRange kMessages{.otherwise = 50, .least = 1, .most = 100};
constexpr std::size_t kFeedPage = 200;
constexpr int kMaxStreams = 256;
/// A stream that was left off further back than this many positions (of the whole server) is told to read the
/// conversation again: walking there costs as much as everything that was said in between, in all rooms.
constexpr StreamPos kTooFar = 2'000;

const identity::Principal& person_of(const Call& call) { return identity::credential_of(*call.caller).principal; }

Task<Response> say(ChatApi& console, Call& call) {
  CO_TRY(auto bot, co_await console.bots(call).get(call.param("bot_id")));
  auto txn_id = net::optional_body_text(call, "txn_id").value_or("auto-" + call.request.request_id);
  BotChat chat(console);
  CO_TRY(auto sent,
         co_await chat.send(person_of(call), std::move(bot), net::body_text(call, "text"), std::move(txn_id)));
  co_return reply(boost::json::object{{"room_id", sent.room_id}, {"event_id", sent.event_id}});
}

Task<Response> read_chat(ChatApi& console, Call& call) {
  CO_TRY(auto limit, net::query_number(call.request, "limit", kMessages));
  CO_TRY(auto bot, co_await console.bots(call).get(call.param("bot_id")));
  BotChat chat(console);
  CO_TRY(auto room_id, co_await chat.room(person_of(call), std::move(bot)));
  boost::json::array items;
  if (!room_id) co_return reply(boost::json::object{{"typing", false}, {"items", std::move(items)}});
  CO_TRY(auto messages, co_await console.homeserver.recent_messages(*room_id, person_of(call).user_id,
                                                                    static_cast<std::size_t>(limit)));
  for (auto message = messages.rbegin(); message != messages.rend(); ++message) items.push_back(chat_view(*message));
  const bool typing = console.typing.in(*room_id).now;
  co_return reply(boost::json::object{{"room_id", *room_id}, {"typing", typing}, {"items", std::move(items)}});
}

struct Watch {
  net::Caller caller;
  identity::Principal person;
  fleet::BotView bot;
  std::optional<StreamPos> since;
};

/// Sends the messages of the room after `cursor` and moves it. False when the person has left.
Task<bool> send_messages(ChatApi& console, net::BodyWriter& writer, const Watch& watch, const std::string& room_id,
                         StreamPos& cursor) {
  for (;;) {
    CO_TRY(auto feed, co_await console.homeserver.events_after(cursor, kFeedPage));
    std::string text;
    bool gone = false;
    for (const auto& event : feed.events) {
      if (event.room_id != room_id) continue;
      gone = gone || (event.type == "m.room.member" && event.state_key == watch.person.user_id &&
                      matrix::find_string(event.content, "membership") != "join");
      if (auto view = chat_view(event)) text += api::sse_event("message", event.pos, *view);
    }
    cursor = std::max(cursor, feed.cursor);
    if (!text.empty()) {
      CO_TRY(co_await writer.write(std::move(text)));
    }
    if (gone) co_return false;
    if (!feed.more) co_return true;
  }
}

Task<Unit> stream(ChatApi& console, net::BodyWriter& writer, Watch watch) {
  api::StreamLife life(console.kit, watch.caller, co_await asio::this_coro::executor);
  // Listen first, look second.
  auto on_events = console.kit.bus.on_ring(bus::Topic::events, [ring = life.ringer()](StreamPos) { ring(); });
  auto on_typing = console.kit.bus.subscribe(std::string(fleet::kTypingChannel),
                                             [ring = life.ringer()](std::string_view) { ring(); });
  const auto head = console.homeserver.head();
  auto cursor = watch.since.value_or(head);
  const bool too_far = head > kTooFar && cursor < head - kTooFar;
  if (too_far) cursor = head;
  const auto& typing_rooms = console.typing;
  TypingRooms::Typing told_typing;
  std::optional<std::string> room_id;
  auto greeting = "retry: 2000\n" + api::sse_event("hello", cursor, {{"cursor", cursor}});
  if (too_far) greeting += api::sse_event("reset", cursor, {});
  CO_TRY(co_await writer.write(std::move(greeting)));
  BotChat chat(console);
  for (;;) {
    CO_TRY(const bool goes_on, co_await life.goes_on());
    if (!goes_on) co_return Unit{};
    if (!room_id) {
      // Not there before the first message: what is older than this look is not said in it.
      const auto before = console.homeserver.head();
      CO_TRY(room_id, co_await chat.room(watch.person, watch.bot));
      if (!room_id) cursor = std::max(cursor, before);
    }
    if (room_id) {
      CO_TRY(auto there, co_await send_messages(console, writer, watch, *room_id, cursor));
      if (!there) co_return Unit{};
    }
    if (auto typing = room_id ? typing_rooms.in(*room_id) : told_typing; typing != told_typing) {
      // Renewals are told too: a page lets typing end by itself after a while.
      told_typing = typing;
      CO_TRY(co_await writer.write(api::sse_event("typing", cursor, {{"typing", typing.now}})));
    }
    CO_TRY(co_await life.wait(writer));
  }
}

Task<Response> follow_chat(ChatApi& console, Call& call, api::StreamLimit streams) {
  Watch watch{.caller = *call.caller, .person = person_of(call), .bot = {}, .since = std::nullopt};
  CO_TRY(watch.since, api::resume_from(call.request, "since"));
  CO_TRY(watch.bot, co_await console.bots(call).get(call.param("bot_id")));
  BotChat chat(console);
  CO_TRY(co_await chat.room(watch.person, watch.bot));  // says who has no account
  CO_TRY(auto slot, streams.enter(*call.caller));
  co_return api::event_stream(
      [&console, watch, slot](net::BodyWriter& writer) { return stream(console, writer, watch); });
}

}  // namespace

void add_chat_routes(net::Router& routes, ChatApi& console) {
  const api::Group group(
      routes, {.prefix = "/api/v1/bots/{bot_id}/chat", .needs = Access::user, .scope = "bots", .tag = "bots"});
  group.add({.method = "POST",
             .summary = "Write to a bot, as the signed-in person, in the direct room of the two",
             .rate = net::Rate::message,
             .body = TROUPE_REF("ChatText"),
             .reply = TROUPE_REF("ChatSent"),
             .run = api::bind(say, console)});
  group.add({.method = "GET",
             .summary = "The conversation of the signed-in person with a bot, oldest first",
             .reply = TROUPE_REF("ChatMessages"),
             .query = {{.name = "limit",
                        .description = "The newest so many",
                        .schema = R"({"type":"integer","minimum":1,"maximum":100,"default":50})"}},
             .run = api::bind(read_chat, console)});
  const api::StreamLimit streams(kMaxStreams);
  group.add(api::stream_operation("/live",
                                  "The conversation as server-sent events: hello, message, typing, reset (read it "
                                  "again; resumes with Last-Event-ID)",
                                  api::since_parameter(),
                                  [&console, streams](Call& call) { return follow_chat(console, call, streams); }));
}

}  // namespace troupe::console
