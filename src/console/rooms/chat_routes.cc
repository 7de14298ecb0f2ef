// /api/v1/bots/{bot_id}/chat: write to a bot, read the conversation, watch it live.
#include <boost/asio/this_coro.hpp>
#include <ranges>

#include "api/event_stream.h"
#include "api/group.h"
#include "api/words.h"
#include "base/crypto.h"
#include "console/rooms/room_routes.h"
#include "console/rooms/room_shapes.h"
#include "net/route/params.h"

namespace troupe::console::rooms {
namespace {

using namespace api::words;

constexpr net::route::NumberRange kMessages{.otherwise = 50, .least = 1, .most = 100};
constexpr int kMaxStreams = 256;
/// A stream that was left off further back than this many positions (of the whole server) is told to read the
/// conversation again: walking there costs as much as everything that was said in between, in all rooms.
constexpr StreamPos kTooFar = 2'000;

Task<Response> send_chat(ChatApi& console, Call& call) {
  CO_TRY(auto body, api::body_of<ChatTextBody>(call));
  CO_TRY(const auto chat, co_await console.chats(call, call.param("bot_id")));
  auto txn_id = body.txn_id.value_or("auto-" + base::random_alphanumeric(24));
  CO_TRY(const auto sent, co_await chat.send(std::move(body.text), std::move(txn_id)));
  co_return api::answer(sent);
}

Task<Response> read_chat(ChatApi& console, Call& call) {
  CO_TRY(auto limit, net::route::query_number(call.request, "limit", kMessages));
  CO_TRY(const auto chat, co_await console.chats(call, call.param("bot_id")));
  CO_TRY(const auto room, co_await chat.room());
  ChatMessages shown;
  if (!room) co_return api::answer(shown);
  CO_TRY(auto messages, co_await room->newest(static_cast<std::size_t>(limit)));
  for (const auto& message : std::views::reverse(messages)) shown.items.push_back(chat_message(message));
  shown.typing = console.typing.in(room->room_id()).now;
  shown.room_id = room->room_id();
  co_return api::answer(shown);
}

/// As an edit of the message would show it.
ChatMessage grown_message(GrowingTexts::Growing growing) {
  ChatMessage message;
  message.event_id = growing.event_id + "+" + std::to_string(growing.said);
  message.sender = std::move(growing.sender);
  message.msgtype = "m.notice";
  message.body = std::move(growing.text);
  message.edited = true;
  message.replaces = std::move(growing.event_id);
  return message;
}

/// The room that somebody watches, once it is known: of the others' answers nobody needs to be woken.
class WatchedPlace {
 public:
  void set(std::string_view room_id) {
    const base::Lock lock(mutex_);
    begins_ = std::string(room_id) + " ";
  }
  bool is_in(std::string_view said) const {
    const base::Lock lock(mutex_);
    return !begins_.empty() && said.starts_with(begins_);
  }

 private:
  mutable base::Mutex mutex_;
  std::string begins_ GUARDED_BY(mutex_);
};

struct Watch {
  net::route::Caller caller;
  BotChat chat;
  std::optional<StreamPos> since;
};

/// Sends the messages of the room after `cursor` and moves it. False when the person has left.
Task<bool> send_messages(net::http::BodyWriter& writer, const ChatRoom& room, StreamPos& cursor) {
  for (;;) {
    CO_TRY(auto news, co_await room.after(cursor));
    std::string text;
    for (const auto& event : news.events) {
      if (auto said = chat_message(event)) text += api::sse_event("message", event.pos, api::write(*said));
    }
    cursor = news.cursor;
    if (!text.empty()) {
      CO_TRY(co_await writer.write(std::move(text)));
    }
    if (news.left) co_return false;
    if (!news.more) co_return true;
  }
}

Task<Unit> stream_chat(ChatApi& console, net::http::BodyWriter& writer, Watch watch) {
  api::StreamLife life(console.kit, watch.caller, co_await asio::this_coro::executor);
  // Listen first, look second.
  auto on_events = console.kit.bus.on_ring(bus::Topic::events, [notify = life.notifier()](StreamPos) { notify(); });
  auto on_typing = console.kit.bus.subscribe(std::string(fleet::kTypingChannel),
                                             [notify = life.notifier()](std::string_view) { notify(); });
  const auto place = std::make_shared<WatchedPlace>();
  auto on_growing = console.kit.bus.subscribe(std::string(fleet::kGrowingChannel),
                                              [place, notify = life.notifier()](std::string_view text) {
                                                if (place->is_in(text)) notify();
                                              });
  const auto head = console.chats.head();
  auto cursor = watch.since.value_or(head);
  const bool too_far = head > kTooFar && cursor < head - kTooFar;
  if (too_far) cursor = head;
  const auto& typing_rooms = console.typing;
  TypingRooms::Typing told_typing;
  std::uint64_t told_growing = 0;
  std::optional<ChatRoom> room;
  auto greeting = "retry: 2000\n" + api::sse_event("hello", cursor, {{"cursor", cursor}});
  if (too_far) greeting += api::sse_event("reset", cursor, {});
  CO_TRY(co_await writer.write(std::move(greeting)));
  for (;;) {
    CO_TRY(const bool goes_on, co_await life.goes_on());
    if (!goes_on) co_return Unit{};
    if (!room) {
      // Not there before the first message: what is older than this look is not said in it.
      const auto before = console.chats.head();
      CO_TRY(auto found, co_await watch.chat.room());
      if (found) place->set(room.emplace(*std::move(found)).room_id());
      if (!room) cursor = std::max(cursor, before);
    }
    if (room) {
      CO_TRY(auto there, co_await send_messages(writer, *room, cursor));
      if (!there) co_return Unit{};
    }
    if (auto typing = room ? typing_rooms.in(room->room_id()) : told_typing; typing != told_typing) {
      // Renewals are told too: a page lets typing end by itself after a while.
      told_typing = typing;
      CO_TRY(co_await writer.write(api::sse_event("typing", cursor, {{"typing", typing.now}})));
    }
    if (auto growing = room ? console.growing.in(room->room_id()) : GrowingTexts::Growing();
        growing.said != told_growing) {
      told_growing = growing.said;
      if (told_growing != 0) {
        CO_TRY(co_await writer.write(api::sse_event("message", cursor, api::write(grown_message(std::move(growing))))));
      }
    }
    CO_TRY(co_await life.wait(writer));
  }
}

Task<Response> follow_chat(ChatApi& console, Call& call, api::StreamLimit streams) {
  CO_TRY(auto since, api::resume_from(call.request, "since"));
  CO_TRY(auto chat, co_await console.chats(call, call.param("bot_id")));
  CO_TRY(co_await chat.room());  // says who has no account
  CO_TRY(auto slot, streams.enter(*call.caller));
  const Watch watch{.caller = *call.caller, .chat = std::move(chat), .since = since};
  co_return api::event_stream(
      [&console, watch, slot](net::http::BodyWriter& writer) { return stream_chat(console, writer, watch); });
}

}  // namespace

void add_chat_routes(net::route::Router& routes, ChatApi& console) {
  const api::Group group(
      routes, {.prefix = "/api/v1/bots/{bot_id}/chat", .needs = Access::user, .scope = "bots", .tag = {"bots"}});
  group.add({.method = "POST",
             .summary = "Write to a bot, as the signed-in person, in the direct room of the two",
             .rate = net::route::Rate::message,
             .body = TROUPE_REF("ChatText"),
             .reply = TROUPE_REF("ChatSent"),
             .run = api::bind(send_chat, console)});
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

}  // namespace troupe::console::rooms
