// Sending: messages, state, redactions.
#include <algorithm>
#include <array>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "homeserver/memory/event_lookup.h"
#include "homeserver/rooms/guest_rules.h"
#include "homeserver/rooms/room_operations.h"
#include "homeserver/rooms/room_service.h"
#include "matrix/glob.h"
#include "matrix/ids.h"
#include "matrix/power_rules.h"
#include "matrix/room_actions.h"

namespace troupe::homeserver::rooms {
namespace {

constexpr std::string_view kRedactionType = "m.room.redaction";
constexpr std::string_view kCreateType = "m.room.create";
constexpr std::string_view kPowerLevelsType = "m.room.power_levels";
/// Of one person on one event: more are not looked through for a repeated one.
constexpr std::size_t kLookedAnnotations = 50;
constexpr std::int64_t kKeepTxnsMs = 24LL * 60 * 60 * 1000;

/// The same reaction twice from one person is refused (Client-Server API #annotating-events).
Result<Unit> check_annotation(store::Tx& tx, const memory::RoomForWrite& room, const matrix::EventDraft& draft) {
  auto relation = memory::relation_of(draft.content);
  if (!relation || relation->rel_type != "m.annotation") return Unit{};
  TRY(const auto parent, room.find_event(tx, relation->event_id));
  if (!parent) return Unit{};
  for (auto pos :
       memory::event_store::relations_by(tx, parent->pos, "m.annotation", draft.sender, kLookedAnnotations)) {
    auto other = memory::event_store::load_event(tx, pos);
    if (!other || other->event->type != draft.type) continue;
    auto theirs = memory::relation_of(other->event->content);
    if (theirs && theirs->key == relation->key)
      return Error(Errc::invalid_param, "You have sent this reaction to the event already.")
          .with_wire_code("M_DUPLICATE_ANNOTATION");
  }
  return Unit{};
}

/// A thread begins at an event that stands for itself: none on an answer, an edit or a reaction. What has been redacted
/// has lost its relation; an event that is not here is nobody's to judge.
Result<Unit> check_thread(store::Tx& tx, const memory::RoomForWrite& room, const matrix::EventDraft& draft) {
  auto relation = memory::relation_of(draft.content);
  if (!relation || relation->rel_type != "m.thread") return Unit{};
  TRY(const auto parent, room.find_event(tx, relation->event_id));
  if (!parent || !memory::relation_of(parent->event->content)) return Unit{};
  return Error(Errc::invalid_param, "Cannot start threads from an event with a relation").with_wire_code("M_UNKNOWN");
}

/// Power levels that cannot be read, or that list somebody who stands above them all (room version 12), are refused by
/// the rules. From who may set levels that is a mistake in the request; everybody else hears from the rules that they
/// may not.
Result<Unit> check_levels(const memory::RoomForWrite& room, const matrix::EventDraft& draft) {
  if (draft.type != kPowerLevelsType || !draft.state_key->empty()) return Unit{};
  const auto& version = room.version();
  const auto create = room.state(kCreateType, "");
  if (!create || room.membership(draft.sender) != "join") return Unit{};
  const matrix::PowerLevels levels(version, room);
  if (levels.user(draft.sender) < levels.needed_for(kPowerLevelsType, true)) return Unit{};
  const auto readable = matrix::check_level_shapes(version, draft.content, *create);
  return readable ? readable : Error(Errc::bad_json, readable.error().message());
}

/// A membership that there is not is a mistake in the request. Whoever is not in the room is told so first.
Result<Unit> check_membership(const memory::RoomForWrite& room, const matrix::EventDraft& draft) {
  constexpr std::array<std::string_view, 5> kMemberships{"invite", "join", "knock", "leave", "ban"};
  if (draft.type != kMemberType || room.membership(draft.sender) != "join") return Unit{};
  const auto membership = matrix::find_string(draft.content, "membership").value_or("");
  if (std::ranges::find(kMemberships, membership) != kMemberships.end()) return Unit{};
  return Error(Errc::bad_json, "membership must be invite, join, knock, leave or ban.");
}

/// Server ACLs that shut out this very server: nobody here could say anything after them, nor take them back.
Result<Unit> check_server_acl(const matrix::EventDraft& draft, std::string_view server_name) {
  if (draft.type != "m.room.server_acl" || !draft.state_key->empty()) return Unit{};
  const auto host =
      server_name.substr(0, server_name.find(':', server_name.starts_with('[') ? server_name.find(']') : 0));
  const auto lists = [&](std::string_view key) {
    const auto* patterns = matrix::find_array(draft.content, key);
    return patterns && std::ranges::any_of(*patterns, [&](const matrix::Json& pattern) {
             return pattern.is_string() && matrix::glob_matches(matrix::view(pattern.get_string()), host);
           });
  };
  if (lists("allow") && !lists("deny")) return Unit{};
  return Error(Errc::bad_json, "These server ACLs would shut out this server.");
}

/// Up to room version 5 the rules let anybody of a server set the aliases that it keeps for a room. Here only who is in
/// the room does.
Result<Unit> check_aliases_sender(const memory::RoomForWrite& room, const matrix::EventDraft& draft) {
  if (draft.type != "m.room.aliases" || room.membership(draft.sender) == "join") return Unit{};
  return Error(Errc::forbidden, "You are not in this room.");
}

/// What a program of this server says in plain words stays out of encrypted rooms, whatever it believed of the room.
Result<Unit> check_plain(const Actor& actor, const memory::RoomForWrite& room) {
  if (!actor.plain_rooms_only || !room.state("m.room.encryption", "")) return Unit{};
  return Error(Errc::conflict, "This room is encrypted and the message is not: write it in a Matrix client.")
      .with_wire_code(matrix::kEncryptedRoom);
}

bool is_own_leave(const matrix::EventDraft& draft) {
  return draft.type == kMemberType && draft.state_key == draft.sender &&
         matrix::find_string(draft.content, "membership") == "leave";
}

Error room_is_created_once() { return Error(Errc::bad_json, "A room is created once: its m.room.create stays."); }

/// Own events need the level for redaction events (checked by the rules); others' need the room's redact level.
Result<Unit> check_redaction(const memory::RoomForWrite& room, const matrix::Event& target, std::string_view sender) {
  if (target.type == kCreateType) return Error(Errc::forbidden, "The create event of a room cannot be redacted.");
  if (target.sender == sender) return Unit{};
  matrix::PowerLevels levels(room.version(), room);
  if (levels.user(sender) >= levels.redact()) return Unit{};
  return Error(Errc::forbidden, "Redacting others' events needs power level " + std::to_string(levels.redact()) + ".");
}

/// The operation with the actor's companion, if there is one.
template <class Append>
auto accompanied(const Actor& actor, Append& append) {
  return [&actor, &append](store::Tx& tx) -> Result<Sent> {
    if (!actor.companion) return append(tx);
    TRY(actor.companion->begin(tx));
    TRY(auto sent, append(tx));
    TRY(actor.companion->end(tx, sent));
    return sent;
  };
}

/// Most operations refuse before their first change; with a companion they may refuse after it.
store::WriteOptions options_of(const Actor& actor) {
  return {.lane = store::Lane::send, .savepoint = actor.companion != nullptr};
}

}  // namespace

RoomService::RoomService(store::Database& db, memory::Rooms& rooms, memory::EventLookup& lookup,
                         const host::Settings& settings, const base::Clock& clock, const appservice::Services* services)
    : db_(db), rooms_(rooms), lookup_(lookup), settings_(settings), clock_(clock), services_(services) {}

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
      if (std::chrono::steady_clock::now() >= until) co_return memory::lookup_is_rebuilding();
      timer.expires_after(kLook);
      co_await timer.async_wait(asio::use_awaitable);
    }
  }
  co_return co_await warm(std::move(room_id));
}

Result<Unit> RoomService::check_content_in(const std::string& room_id, const matrix::JsonObject& content) const {
  auto checked = check_content(nullptr, content);
  if (checked) return checked;
  // Rooms that take more are few: their version is asked for only now.
  const auto room = rooms_.find(room_id);
  return room ? check_content(&room->version(), content) : checked;
}

Task<Sent> RoomService::send(Actor actor, std::string room_id, std::string type, matrix::JsonObject content,
                             std::optional<std::int64_t> ts) {
  if (type == kRedactionType) {
    auto target = matrix::find_string(content, "redacts");
    if (!target) co_return Error(Errc::bad_json, "content.redacts must name the event to redact.");
    std::string event_id(*target);
    co_return co_await redact(std::move(actor), std::move(room_id), std::move(event_id), std::move(content));
  }
  if (type == kCreateType) co_return room_is_created_once();
  const auto hash = hash_of(actor);
  CO_TRY(co_await prepare(room_id, !hash.empty() || memory::relation_of(content)));
  CO_TRY(check_content_in(room_id, content));
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
    TRY(check_plain(actor, room));
    TRY(check_annotation(tx, room, draft));
    TRY(check_thread(tx, room, draft));
    if (actor.unheard) {
      TRY(const auto allowed, room.allow(draft));
      return unheard_sent(room, allowed, hash);
    }
    TRY(auto stored, room.append(tx, draft, origin_of(actor, hash)));
    return as_sent(stored);
  };
  co_return co_await db_.write(accompanied(actor, append), options_of(actor));
}

Task<Sent> RoomService::set_state(Actor actor, std::string room_id, std::string type, std::string state_key,
                                  matrix::JsonObject content, std::optional<std::int64_t> ts) {
  if (type == kCreateType) co_return room_is_created_once();
  const auto hash = hash_of(actor);
  CO_TRY(co_await prepare(room_id, !hash.empty() || memory::relation_of(content)));
  CO_TRY(check_content_in(room_id, content));
  const auto draft = state_draft(std::move(type), std::move(state_key), actor.user_id, std::move(content),
                                 ts.value_or(clock_.unix_ms()));
  auto append = [&](store::Tx& tx) -> Result<Sent> {
    TRY(const auto seen, seen_before(rooms_, tx, hash));
    if (seen) return *seen;
    TRY(auto room, open_for_member(rooms_, tx, room_id));
    TRY(check_levels(room, draft));
    TRY(check_membership(room, draft));
    TRY(check_aliases_sender(room, draft));
    if (draft.type == kMemberType) {
      const auto membership = matrix::find_string(draft.content, "membership").value_or("");
      TRY(check_not_blocked(room, *draft.state_key, membership));
      TRY(check_guest(tx, room, draft.sender, *draft.state_key, membership));
      TRY(check_invite(tx, settings_, draft.sender, *draft.state_key, membership));
    }
    auto event = draft;
    if (event.type == kMemberType && matrix::find_string(event.content, "membership") == "join") {
      if (*event.state_key == event.sender) add_profile(tx, event.sender, event.content);
      TRY(add_restricted_join(tx, room, event));
    }
    // They may still leave, and say nothing with it.
    if (actor.unheard && is_own_leave(event)) event.content = {{"membership", "leave"}};
    TRY(auto allowed, room.allow(std::move(event)));
    const auto& wanted = allowed.draft();
    auto present = room.state_event(wanted.type, *wanted.state_key);
    if (present && !present->redacted_by && present->event->content == wanted.content) return as_sent(present, true);
    if (wanted.type == "m.room.canonical_alias" && wanted.state_key->empty()) {
      TRY(check_canonical_alias(tx, room, wanted.content));
    }
    TRY(check_server_acl(wanted, settings_.server_name));
    if (actor.unheard && !is_own_leave(wanted)) return unheard_sent(room, allowed, hash);
    TRY(auto stored, room.append(tx, std::move(allowed), origin_of(actor, hash)));
    return as_sent(stored);
  };
  const bool about_guests = draft.type == "m.room.guest_access" && draft.state_key->empty();
  CO_TRY(auto sent, co_await db_.write(accompanied(actor, append), options_of(actor)));
  if (about_guests && !lets_guests_in(draft.content)) {
    // The rule stands; whoever is left is sent away by the job.
    if (const auto gone = co_await send_guests_away(room_id); !gone)
      base::log_warning("homeserver", "guests are still in a room that lets none in",
                        {{"room_id", room_id}, {"error", gone.error().message()}});
  }
  co_return sent;
}

Task<Sent> RoomService::redact(Actor actor, std::string room_id, std::string event_id, matrix::JsonObject content) {
  if (!matrix::is_event_id(event_id)) co_return Error(Errc::not_found, "There is no such event in this room.");
  const auto hash = hash_of(actor);
  CO_TRY(co_await prepare(room_id, true));
  CO_TRY(check_content_in(room_id, content));
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
    TRY(auto allowed, room.allow(draft));
    TRY(const auto target, room.find_event(tx, event_id));
    if (!target) return Error(Errc::not_found, "There is no such event in this room.");
    if (actor.redacts_own_only && target->event->sender != actor.user_id) {
      return Error(Errc::forbidden, "A suspended account redacts its own events only.")
          .with_wire_code("M_USER_SUSPENDED");
    }
    TRY(check_redaction(room, *target->event, actor.user_id));
    if (actor.unheard) return unheard_sent(room, allowed, hash);
    TRY(auto stored, room.append(tx, std::move(allowed), origin_of(actor, hash)));
    TRY(room.prune(tx, target, stored->pos));
    return as_sent(stored);
  };
  co_return co_await db_.write(accompanied(actor, append), {.lane = store::Lane::send, .savepoint = true});
}

Task<Unit> RoomService::forget_old_txns(base::UnixMs now) {
  constexpr std::size_t kChunk = 500;
  const auto before = now - kKeepTxnsMs;
  std::string after;
  for (;;) {
    auto read = [&](store::Connection& connection) -> Result<std::vector<std::string>> {
      return memory::event_store::old_txns(connection, before, after, kChunk);
    };
    CO_TRY(auto old, co_await db_.read(read));
    if (old.empty()) co_return Unit{};
    after = old.back();
    auto remove = [&](store::Tx& tx) -> Result<Unit> {
      for (const auto& hash : old) memory::event_store::forget_txn(tx, hash);
      return Unit{};
    };
    CO_TRY(co_await db_.write(remove, {.lane = store::Lane::bulk, .savepoint = false}));
  }
}

}  // namespace troupe::homeserver::rooms
