#include "homeserver/sync/history.h"

#include <algorithm>
#include <set>

#include "homeserver/common/sync_token.h"
#include "homeserver/sync/bundles.h"
#include "homeserver/sync/history_store.h"
#include "matrix/json_out.h"

namespace troupe::homeserver::sync {
namespace {

Error no_such_event() { return {Errc::not_found, "There is no such event, or you may not see it."}; }

constexpr std::size_t kThreadChunk = 100;
constexpr std::size_t kMaxPageScanned = 5000;  ///< rows read for one page, whatever the filter drops

/// Walks a room's timeline in either direction and hands over what the user may see and the filter lets pass.
struct Page {
  std::vector<memory::StoredEventPtr> events;  ///< in the order of the walk
  StreamPos last = 0;                          ///< the last position looked at
  bool more = false;                           ///< the walk stopped before the end
  bool passed_over = false;                    ///< the filter left something out
};

Page walk(RoomView& view, const PageRequest& request, StreamPos from, StreamPos floor, StreamPos ceiling) {
  Page page;
  page.last = from;
  ceiling = std::min(ceiling, view.visible_upto());
  StreamPos low = request.backwards ? floor : std::max(floor, from);
  StreamPos high = request.backwards ? std::min(ceiling, from) : ceiling;
  const auto chunk_size = std::clamp<std::size_t>(request.limit + 1, 32, 256);
  for (std::size_t scanned = 0; low < high;) {
    auto chunk =
        memory::event_store::timeline(*view.connection(), view.room().num(), low, high, chunk_size, request.backwards);
    if (request.backwards) std::ranges::reverse(chunk);
    for (const auto& stored : chunk) {
      if (page.events.size() == request.limit) {
        page.more = true;
        return page;
      }
      page.last = request.backwards ? stored->pos - 1 : stored->pos;
      if (!request.filter.matches(*stored->event)) {
        page.passed_over = true;
      } else if (view.shows(*stored)) {
        if (!is_related_to(view, *stored, request.filter)) {
          page.passed_over = true;
          continue;
        }
        page.events.push_back(stored);
      }
    }
    if (chunk.size() < chunk_size) return page;
    (request.backwards ? high : low) = page.last;
    scanned += chunk.size();
    if (scanned >= kMaxPageScanned) {
      page.more = true;
      return page;
    }
  }
  return page;
}

}  // namespace

Error no_such_room() { return {Errc::not_found, "Room not found"}; }

/// What every answer starts from: the room in memory, a view of it for this user, the head.
struct History::Reading {
  History& history;
  store::Connection& connection;
  const ReadRequest& request;
  StreamPos head;
  Recipient recipient;
  memory::RoomPtr room;
  std::optional<RoomView> view;
  EventFormat format;

  Result<Unit> open(RoomView::Take state) {
    room = history.rooms_.load(connection, request.room_id);
    if (!room && request.as_admin) return no_such_room();
    if (!room) return Error(Errc::forbidden, "You are not in this room, or it does not exist.");
    recipient = {.user_id = request.user_id,
                 .device_id = request.device_id,
                 .now_ms = history.clock_.unix_ms(),
                 .sees_all = request.as_admin};
    // Whom administrators ignore they still look after.
    if (!request.as_admin) recipient.settings = history.account_data_.settings(&connection, request.user_id);
    view.emplace(room, recipient, &connection, 0, head, state);
    format.room_id = room->id();
    format.federation = request.whole;
    if (view->may_read()) return Unit{};
    return Error(Errc::forbidden, "You are not in this room, or it does not exist.");
  }

  Result<memory::StoredEventPtr> find(const std::string& event_id) {
    const auto pos = history.lookup_.find(connection, event_id);
    auto stored = pos && *pos <= head ? view->event_at(*pos) : nullptr;
    if (!stored || stored->room != room->num() || !view->visible(*stored)) {
      return no_such_event();
    }
    return stored;
  }

  /// The event that a thread's answer belongs to; nothing when the user sees the answer or the root not.
  memory::StoredEventPtr root_of(StreamPos answer) {
    const auto stored = view->event_at(answer);
    if (!stored || !view->shows(*stored)) return nullptr;
    const auto* relates = matrix::find_object(stored->event->content, "m.relates_to");
    const auto id = relates ? matrix::find_string(*relates, "event_id") : std::nullopt;
    const auto pos = id ? history.lookup_.find(connection, *id) : std::nullopt;
    const auto root = pos ? view->event_at(*pos) : nullptr;
    return root && root->room == room->num() && view->shows(*root) ? root : nullptr;
  }
  bool is_newest_answer(const memory::StoredEvent& root, StreamPos answer) {
    const auto newest = shown_relations(*view, {.parent = root.pos, .rel_type = "m.thread", .limit = 1});
    return !newest.empty() && newest.front().pos == answer;
  }

  void append_events(std::string& out, const std::vector<memory::StoredEventPtr>& events) {
    out += '[';
    for (const auto& stored : events) {
      matrix::append_separator(out);
      view->append(out, *stored, format);
    }
    out += ']';
  }

  /// The member events of the senders, for clients that load members lazily; for who left as they were then.
  void append_senders(std::string& out, const std::vector<memory::StoredEventPtr>& events) {
    std::set<std::string_view> senders;
    for (const auto& stored : events) senders.insert(stored->event->sender);
    const auto readable = view->readable_state(head).value_or(0);
    out += '[';
    for (const auto sender : senders) {
      const auto member = view->state_at("m.room.member", sender, readable);
      if (!member) continue;
      matrix::append_separator(out);
      view->append_state(out, *member, format);
    }
    out += ']';
  }
};

History::History(store::Database& db, memory::Rooms& rooms, memory::EventLookup& lookup,
                 account_data::AccountData& account_data, const base::Clock& clock)
    : db_(db), rooms_(rooms), lookup_(lookup), account_data_(account_data), clock_(clock) {}

template <class Make>
Task<std::string> History::read(ReadRequest request, Make make, RoomView::Take state) {
  const auto head = db_.head();
  auto query = [&](store::Connection& connection) -> Result<std::string> {
    Reading reading{*this, connection, request, head, {}, nullptr, std::nullopt, {}};
    TRY(reading.open(state));
    std::string out;
    TRY(make(reading, out));
    return out;
  };
  co_return co_await db_.read(query);
}

Task<std::string> History::messages(ReadRequest request, PageRequest page) {
  auto make = [&](Reading& reading, std::string& out) -> Result<Unit> {
    auto& view = *reading.view;
    const auto from = std::min(page.from.value_or(page.backwards ? reading.head : 0), reading.head);
    StreamPos floor = 0;
    StreamPos ceiling = reading.head;
    if (page.to) (page.backwards ? floor : ceiling) = std::min(*page.to, reading.head);
    const auto found = walk(view, page, from, floor, ceiling);
    out += "{\"chunk\":";
    reading.append_events(out, found.events);
    if (page.filter.lazy_load_members && !found.events.empty()) {
      out += ",\"state\":";
      reading.append_senders(out, found.events);
    }
    out += ",\"start\":\"";
    out += page_token(from);
    out += '"';
    // At the end of history there is no `end`. Stopped by `to`, there may be more beyond it. A filtered page has one as
    // long as it has events: clients know its end by an empty page, as from Synapse.
    const bool stopped_by_to = page.to && !found.events.empty();
    if (found.more || stopped_by_to || (found.passed_over && !found.events.empty())) {
      out += ",\"end\":\"";
      out += page_token(stopped_by_to && !found.more ? *page.to : found.last);
      out += '"';
    }
    out += '}';
    return Unit{};
  };
  co_return co_await read(std::move(request), make);
}

Task<std::string> History::event(ReadRequest request, std::string event_id) {
  auto make = [&](Reading& reading, std::string& out) -> Result<Unit> {
    TRY(const auto stored, reading.find(event_id));
    reading.view->append(out, *stored, reading.format);
    return Unit{};
  };
  auto found = co_await read(std::move(request), make);
  // Who may not see an event is not told whether it is there (#get_matrixclientv3roomsroomideventeventid).
  if (!found && found.error().code() == Errc::forbidden) co_return no_such_event();
  co_return found;
}

Task<History::Place> History::place_of(std::string event_id) {
  auto query = [&](store::Connection& connection) -> Result<Place> {
    const auto pos = lookup_.find(connection, event_id);
    const auto stored = pos ? memory::event_store::load_event(connection, *pos) : nullptr;
    const auto row = stored ? memory::event_store::find_room(connection, stored->room) : std::nullopt;
    if (!row) return Error(Errc::not_found, "Event not found");
    return Place{.room_id = row->room_id, .pos = *pos};
  };
  co_return co_await db_.read(query);
}

Task<std::string> History::context(ReadRequest request, std::string event_id, std::size_t limit, EventFilter filter) {
  auto make = [&](Reading& reading, std::string& out) -> Result<Unit> {
    auto& view = *reading.view;
    TRY(const auto stored, reading.find(event_id));
    PageRequest before{.backwards = true, .from = {}, .to = {}, .limit = limit / 2, .filter = filter};
    PageRequest after{.backwards = false, .from = {}, .to = {}, .limit = limit - limit / 2, .filter = filter};
    const auto older = walk(view, before, stored->pos - 1, 0, reading.head);
    const auto newer = walk(view, after, stored->pos, 0, reading.head);
    out += "{\"start\":\"";
    out += page_token(older.last);
    out += "\",\"end\":\"";
    out += page_token(newer.last);
    out += "\",\"event\":";
    view.append(out, *stored, reading.format);
    out += ",\"events_before\":";
    reading.append_events(out, older.events);
    out += ",\"events_after\":";
    reading.append_events(out, newer.events);
    out += ",\"state\":";
    // The state after the last event shown, as far as they may know it: their own membership is shown always.
    const auto last = view.readable_state(newer.events.empty() ? stored->pos : newer.events.back()->pos).value_or(0);
    std::set<std::string_view> senders{stored->event->sender};
    for (const auto& event : older.events) senders.insert(event->event->sender);
    for (const auto& event : newer.events) senders.insert(event->event->sender);
    out += '[';
    const auto append = [&](const memory::StoredEventPtr& entry) {
      if (!entry || !filter.matches(*entry->event)) return;
      matrix::append_separator(out);
      view.append_state(out, *entry, reading.format);
    };
    for (const auto& entry : view.state_at(last)) append(entry);
    const auto wanted = [&filter](std::string_view, std::string_view sender, std::string_view) {
      return filter.matches_sender(sender) && !filter.contains_url.value_or(false);
    };
    if (filter.matches_type("m.room.member")) {
      for (const auto& newest :
           view.append_members(out, last, reading.format, wanted, filter.lazy_load_members ? &senders : nullptr))
        append(view.value_at(newest, last));
    }
    out += "]}";
    return Unit{};
  };
  co_return co_await read(std::move(request), make, RoomView::Take::but_members);
}

Task<std::string> History::relations(ReadRequest request, RelationsRequest relations) {
  auto make = [&](Reading& reading, std::string& out) -> Result<Unit> {
    auto& view = *reading.view;
    TRY(const auto parent, reading.find(relations.event_id));
    const auto& page = relations.page;
    const auto from = std::min(page.from.value_or(page.backwards ? reading.head : 0), reading.head);
    StreamPos low = page.backwards ? 0 : from;
    StreamPos high = page.backwards ? from : reading.head;
    if (page.to) (page.backwards ? low : high) = std::min(*page.to, reading.head);

    std::vector<StreamPos> parents{parent->pos};
    std::vector<StreamPos> found;
    const auto depth = relations.recurse ? kRelationDepth : 1;
    for (std::size_t level = 0; level < depth && !parents.empty(); ++level) {
      std::vector<StreamPos> children;
      for (const auto pos : parents) {
        const bool last = level + 1 == depth;
        const bool all = relations.recurse && !last;
        const auto rows =
            shown_relations(view, {.parent = pos,
                                   .rel_type = all ? std::string_view() : std::string_view(relations.rel_type),
                                   .event_type = all ? std::string_view() : std::string_view(relations.event_type),
                                   .after = low,
                                   .upto = high,
                                   .limit = relations.recurse ? kMaxPageScanned : page.limit + 1,
                                   .newest_first = page.backwards});
        for (const auto& row : rows) {
          children.push_back(row.pos);
          const bool fits = (relations.rel_type.empty() || row.rel_type == relations.rel_type) &&
                            (relations.event_type.empty() || row.type == relations.event_type);
          if (fits) found.push_back(row.pos);
        }
        if (found.size() > kMaxPageScanned || children.size() > kMaxPageScanned) break;
      }
      parents = std::move(children);
    }
    std::ranges::sort(found);
    found.erase(std::ranges::unique(found).begin(), found.end());
    if (page.backwards) std::ranges::reverse(found);
    const bool more = found.size() > page.limit;
    if (more) found.resize(page.limit);

    out += "{\"chunk\":[";
    for (const auto pos : found) {
      const auto stored = view.event_at(pos);
      if (!stored || !view.shows(*stored)) continue;
      if (!page.filter.matches(*stored->event)) continue;
      matrix::append_separator(out);
      view.append(out, *stored, reading.format);
    }
    out += ']';
    if (page.from) {
      out += ",\"prev_batch\":\"";
      out += page_token(from);
      out += '"';
    }
    if (more) {
      out += ",\"next_batch\":\"";
      out += page_token(page.backwards ? found.back() - 1 : found.back());
      out += '"';
    }
    if (relations.recurse) {
      out += ",\"recursion_depth\":";
      matrix::append_number(out, static_cast<std::int64_t>(kRelationDepth));
    }
    out += '}';
    return Unit{};
  };
  co_return co_await read(std::move(request), make);
}

Task<std::string> History::threads(ReadRequest request, std::optional<StreamPos> from, std::size_t limit,
                                   bool participated) {
  auto make = [&](Reading& reading, std::string& out) -> Result<Unit> {
    auto& view = *reading.view;
    auto before = std::min(from.value_or(reading.head), view.visible_upto()) + 1;
    std::set<StreamPos> seen;  // roots whose newest answer was met already, here or on an earlier page
    std::size_t shown = 0;
    bool more = false;
    out += "{\"chunk\":[";
    for (std::size_t scanned = 0; !more && scanned < kMaxPageScanned;) {
      const auto answers = history_store::thread_answers(reading.connection, reading.room->num(), before, kThreadChunk);
      for (const auto pos : answers) {
        if (shown == limit) {
          more = true;
          break;
        }
        before = pos;
        const auto root = reading.root_of(pos);
        if (!root || !seen.insert(root->pos).second || !reading.is_newest_answer(*root, pos)) continue;
        const auto& user = reading.request.user_id;
        const bool theirs =
            root->event->sender == user ||
            history_store::has_relation_by(reading.connection, root->pos, "m.thread", user, reading.head);
        if (participated && !theirs) continue;
        matrix::append_separator(out);
        view.append(out, *root, reading.format);
        ++shown;
      }
      scanned += answers.size();
      if (answers.size() < kThreadChunk) break;
      more |= scanned >= kMaxPageScanned;
    }
    out += ']';
    if (more) {
      out += ",\"next_batch\":\"";
      out += page_token(before - 1);
      out += '"';
    }
    out += '}';
    return Unit{};
  };
  co_return co_await read(std::move(request), make);
}

Task<std::string> History::event_at_time(ReadRequest request, std::int64_t ts_ms, bool forward) {
  auto make = [&](Reading& reading, std::string& out) -> Result<Unit> {
    auto& connection = reading.connection;
    const auto room = reading.room->num();
    // Times grow with positions, but for events that were given a time of their own; among those this may miss one.
    const auto wanted = forward ? ts_ms : ts_ms + 1;
    const auto newest = reading.view->visible_upto();
    StreamPos low = 0;
    for (StreamPos high = newest; low < high;) {
      const auto middle = low + (high - low) / 2;
      const auto next = history_store::first_after(connection, room, middle);
      if (!next || next->ts_ms >= wanted) {
        high = middle;
      } else {
        low = next->pos;
      }
    }
    auto found = history_store::first_after(connection, room, low);
    if (found && found->ts_ms < wanted) found.reset();
    if (!forward) found = history_store::last_upto(connection, room, std::min(newest, found ? found->pos - 1 : newest));
    const auto stored = found && found->pos <= newest ? reading.view->event_at(found->pos) : nullptr;
    if (!stored || !reading.view->visible(*stored)) {
      return Error(Errc::not_found,
                   forward ? "There is no event after this time." : "There is no event before this time.");
    }
    out += "{\"event_id\":";
    matrix::append_json_string(out, stored->event->event_id);
    out += ",\"origin_server_ts\":";
    matrix::append_number(out, stored->event->origin_server_ts);
    out += '}';
    return Unit{};
  };
  co_return co_await read(std::move(request), make);
}

Task<std::vector<matrix::RoomMessage>> History::recent(ReadRequest request, std::size_t limit) {
  const auto head = db_.head();
  auto query = [&](store::Connection& connection) -> Result<std::vector<matrix::RoomMessage>> {
    Reading reading{*this, connection, request, head, {}, nullptr, std::nullopt, {}};
    TRY(reading.open(RoomView::Take::entries));
    PageRequest page{
        .backwards = true, .from = {}, .to = {}, .limit = std::clamp<std::size_t>(limit, 1, 100), .filter = {}};
    page.filter.types = {"m.room.message", "m.room.encrypted", "m.sticker"};
    std::vector<matrix::RoomMessage> messages;
    for (const auto& stored : walk(*reading.view, page, head, 0, head).events) {
      const auto& event = *stored->event;
      messages.push_back({event.event_id, event.sender, event.type, event.origin_server_ts, event.content});
    }
    return messages;
  };
  co_return co_await db_.read(query);
}

}  // namespace troupe::homeserver::sync
