// Sending: messages, state, redactions.
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "homeserver/rooms/event_lookup.h"
#include "homeserver/rooms/room_operations.h"
#include "homeserver/rooms/room_service.h"
#include "matrix/ids.h"

namespace troupe::homeserver {
namespace {

constexpr std::string_view kRedactionType = "m.room.redaction";
/// Of one person on one event: more are not looked through for a repeated one.
constexpr std::size_t kLookedAnnotations = 50;
constexpr std::int64_t kKeepTxnsMs = 24LL * 60 * 60 * 1000;

/// The same reaction twice from one person is refused (Client-Server API #annotating-events).
Result<Unit> check_annotation(store::Tx& tx, const RoomForWrite& room, const matrix::EventDraft& draft) {
  auto relation = relation_of(draft.content);
  if (!relation || relation->rel_type != "m.annotation") return Unit{};
  TRY(const auto parent, room.find_event(tx, relation->event_id));
  if (!parent) return Unit{};
  for (auto pos : event_store::relations_by(tx, parent->pos, "m.annotation", draft.sender, kLookedAnnotations)) {
    auto other = event_store::load_event(tx, pos);
    if (!other || other->event->type != draft.type) continue;
    auto theirs = relation_of(other->event->content);
    if (theirs && theirs->key == relation->key)
      return Error(Errc::invalid_param, "You have sent this reaction to the event already.")
          .with_wire_code("M_DUPLICATE_ANNOTATION");
  }
  return Unit{};
}

/// Own events need the level for redaction events (checked by the rules); others' need the room's redact level.
Result<Unit> check_redaction(const RoomForWrite& room, const matrix::Event& target, std::string_view sender) {
  if (target.type == "m.room.create") return Error(Errc::forbidden, "The create event of a room cannot be redacted.");
  if (target.sender == sender) return Unit{};
  matrix::PowerLevels levels(room.version(), room);
  if (levels.user(sender) >= levels.redact()) return Unit{};
  return Error(Errc::forbidden, "Redacting others' events needs power level " + std::to_string(levels.redact()) + ".");
}

}  // namespace

RoomService::RoomService(store::Database& db, Rooms& rooms, EventLookup& lookup, const host::Settings& settings,
                         const base::Clock& clock)
    : db_(db), rooms_(rooms), lookup_(lookup), settings_(settings), clock_(clock) {}

Task<Unit> RoomService::warm(std::string room_id) {
  if (rooms_.find(room_id)) co_return Unit{};
  auto load = [&](store::Connection& connection) -> Result<Unit> {
    rooms_.load(connection, room_id);
    return Unit{};
  };
  co_return co_await db_.read(load);
}

Task<Unit> RoomService::prepare(std::string room_id, bool needs_lookup) {
  constexpr auto kLook = std::chrono::milliseconds(20);
  if (needs_lookup && lookup_.rebuilding()) {
    const auto until = std::chrono::steady_clock::now() + kRebuildPatience;
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (lookup_.rebuilding()) {
      if (std::chrono::steady_clock::now() >= until) co_return lookup_is_rebuilding();
      timer.expires_after(kLook);
      co_await timer.async_wait(asio::use_awaitable);
    }
  }
  co_return co_await warm(std::move(room_id));
}

Task<Sent> RoomService::send(Actor actor, std::string room_id, std::string type, matrix::JsonObject content,
                             std::optional<std::int64_t> ts) {
  if (type == kRedactionType) {
    auto target = matrix::find_string(content, "redacts");
    if (!target) co_return Error(Errc::bad_json, "content.redacts must name the event to redact.");
    std::string event_id(*target);
    co_return co_await redact(std::move(actor), std::move(room_id), std::move(event_id), std::move(content));
  }
  CO_TRY(check_content(content));
  const auto hash = hash_of(actor);
  CO_TRY(co_await prepare(room_id, !hash.empty() || relation_of(content)));
  const matrix::EventDraft draft{.type = std::move(type),
                                 .sender = actor.user_id,
                                 .state_key = {},
                                 .content = std::move(content),
                                 .origin_server_ts = ts.value_or(clock_.unix_ms()),
                                 .redacts = {}};
  auto append = [&](store::Tx& tx) -> Result<Sent> {
    TRY(const auto seen, seen_before(rooms_, tx, hash));
    if (seen) return *seen;
    TRY(auto room, open_for_member(rooms_, tx, room_id));
    TRY(check_annotation(tx, room, draft));
    TRY(auto stored, room.append(tx, draft, origin_of(actor, hash)));
    return as_sent(stored);
  };
  co_return co_await db_.write(append);
}

Task<Sent> RoomService::set_state(Actor actor, std::string room_id, std::string type, std::string state_key,
                                  matrix::JsonObject content) {
  CO_TRY(check_content(content));
  const auto hash = hash_of(actor);
  CO_TRY(co_await prepare(room_id, !hash.empty() || relation_of(content)));
  const auto draft =
      state_draft(std::move(type), std::move(state_key), actor.user_id, std::move(content), clock_.unix_ms());
  auto append = [&](store::Tx& tx) -> Result<Sent> {
    TRY(const auto seen, seen_before(rooms_, tx, hash));
    if (seen) return *seen;
    TRY(auto room, open_for_member(rooms_, tx, room_id));
    auto event = draft;
    if (event.type == kMemberType && matrix::find_string(event.content, "membership") == "join") {
      if (*event.state_key == event.sender) add_profile(tx, event.sender, event.content);
      TRY(add_restricted_join(tx, room, event));
    }
    TRY(matrix::authorize(room.version(), event, room_id, room));
    auto present = room.state_event(event.type, *event.state_key);
    if (present && !present->redacted_by && present->event->content == event.content) return as_sent(present, true);
    if (event.type == "m.room.canonical_alias" && event.state_key->empty()) {
      TRY(check_canonical_alias(tx, room, event.content));
    }
    TRY(auto stored, room.append(tx, std::move(event), origin_of(actor, hash)));
    return as_sent(stored);
  };
  co_return co_await db_.write(append);
}

Task<Sent> RoomService::redact(Actor actor, std::string room_id, std::string event_id, matrix::JsonObject content) {
  CO_TRY(check_content(content));
  if (!matrix::is_event_id(event_id)) co_return Error(Errc::not_found, "There is no such event in this room.");
  const auto hash = hash_of(actor);
  CO_TRY(co_await prepare(room_id, true));
  content.erase("redacts");
  const matrix::EventDraft draft{.type = std::string(kRedactionType),
                                 .sender = actor.user_id,
                                 .state_key = {},
                                 .content = std::move(content),
                                 .origin_server_ts = clock_.unix_ms(),
                                 .redacts = event_id};
  auto append = [&](store::Tx& tx) -> Result<Sent> {
    TRY(const auto seen, seen_before(rooms_, tx, hash));
    if (seen) return *seen;
    TRY(auto room, open_for_member(rooms_, tx, room_id));
    TRY(matrix::authorize(room.version(), draft, room_id, room));
    TRY(const auto target, room.find_event(tx, event_id));
    if (!target) return Error(Errc::not_found, "There is no such event in this room.");
    TRY(check_redaction(room, *target->event, actor.user_id));
    TRY(auto stored, room.append(tx, draft, origin_of(actor, hash)));
    TRY(room.prune(tx, target, stored->pos));
    return as_sent(stored);
  };
  co_return co_await db_.write(append, {.lane = store::Lane::send, .savepoint = true});
}

Task<Unit> RoomService::forget_old_txns(base::UnixMs now) {
  constexpr std::size_t kChunk = 500;
  const auto before = now - kKeepTxnsMs;
  std::string after;
  for (;;) {
    auto read = [&](store::Connection& connection) -> Result<std::vector<std::string>> {
      return event_store::old_txns(connection, before, after, kChunk);
    };
    CO_TRY(auto old, co_await db_.read(read));
    if (old.empty()) co_return Unit{};
    after = old.back();
    auto remove = [&](store::Tx& tx) -> Result<Unit> {
      for (const auto& hash : old) event_store::forget_txn(tx, hash);
      return Unit{};
    };
    CO_TRY(co_await db_.write(remove, {.lane = store::Lane::bulk, .savepoint = false}));
  }
}

}  // namespace troupe::homeserver
