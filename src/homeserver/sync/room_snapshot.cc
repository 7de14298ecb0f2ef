#include "homeserver/sync/room_snapshot.h"

#include <algorithm>
#include <ranges>

#include "homeserver/account_data/account_data_store.h"
#include "homeserver/common/sync_token.h"
#include "matrix/json_out.h"

namespace troupe::homeserver::sync {
namespace {

constexpr std::size_t kPieceOfTimeline = 128;

Error not_for_them() { return {Errc::forbidden, "You are not in this room, or it does not exist."}; }

/// The newest events that the user may see, newest first; `start`: the place before the oldest of them.
struct Newest {
  std::vector<memory::StoredEventPtr> events;
  StreamPos start = 0;
};
Newest newest_of(RoomView& view, StreamPos from, std::size_t limit) {
  Newest newest{.events = {}, .start = from};
  for (std::size_t looked_at = 0; newest.events.size() < limit && looked_at < RoomSnapshot::kMaxLookedAt;) {
    const auto piece =
        memory::event_store::timeline(*view.connection(), view.room().num(), 0, newest.start, kPieceOfTimeline, true);
    for (const auto& stored : std::views::reverse(piece)) {
      if (newest.events.size() == limit) return newest;
      newest.start = stored->pos - 1;
      if (view.shows(*stored)) newest.events.push_back(stored);
    }
    if (piece.size() < kPieceOfTimeline) break;
    looked_at += piece.size();
  }
  return newest;
}

void append_messages(std::string& out, RoomView& view, std::size_t limit) {
  const auto end = view.visible_upto();
  const auto newest = newest_of(view, end, limit);
  const EventFormat format{.room_id = view.room().id()};
  out += "{\"chunk\":[";
  for (const auto& stored : std::views::reverse(newest.events)) {
    matrix::append_separator(out);
    view.append(out, *stored, format);
  }
  out += "],\"end\":\"" + page_token(end) + "\",\"start\":\"" + page_token(newest.start) + "\"}";
}

void append_state_at(std::string& out, RoomView& view, StreamPos at) {
  const EventFormat format{.room_id = view.room().id()};
  out += '[';
  const auto append = [&](const memory::StoredEventPtr& stored) {
    if (!stored) return;
    matrix::append_separator(out);
    view.append_state(out, *stored, format);
  };
  for (const auto& stored : view.state_at(at)) append(stored);
  const auto all = [](std::string_view, std::string_view, std::string_view) { return true; };
  for (const auto& newest : view.append_members(out, at, format, all)) append(view.value_at(newest, at));
  out += ']';
}

void append_account_data(std::string& out, RoomView& view) {
  const auto rows = account_data::account_data_store::account_data_of_room(*view.connection(), view.recipient().user_id,
                                                                           view.room().num());
  out += '[';
  for (const auto& row : rows) {
    matrix::append_separator(out);
    out += "{\"content\":" + row.content + ",\"type\":";
    matrix::append_json_string(out, row.type);
    out += '}';
  }
  out += ']';
}

}  // namespace

Task<std::string> RoomSnapshot::room(ReadRequest request, std::size_t limit) {
  const auto head = parts_.db.head();
  auto query = [&](store::Connection& connection) -> Result<std::string> {
    const auto room = parts_.rooms.load(connection, request.room_id);
    if (!room) return not_for_them();
    const Recipient recipient{.user_id = request.user_id,
                              .device_id = request.device_id,
                              .now_ms = parts_.clock.unix_ms(),
                              .settings = parts_.account_data.settings(&connection, request.user_id)};
    RoomView view(room, recipient, &connection, 0, head, RoomView::Take::but_members);
    const auto readable = view.readable_state();
    if (!readable) return not_for_them();
    std::string out = R"({"account_data":)";
    append_account_data(out, view);
    out += R"(,"membership":)";
    matrix::append_json_string(out, view.membership_at(head));
    out += R"(,"messages":)";
    append_messages(out, view, std::min(limit, kMaxEvents));
    out += R"(,"room_id":)";
    matrix::append_json_string(out, room->id());
    out += R"(,"state":)";
    append_state_at(out, view, *readable);
    const base::ReadLock lock(room->mutex());
    out += room->is_public() ? R"(,"visibility":"public"})" : R"(,"visibility":"private"})";
    return out;
  };
  co_return co_await parts_.db.read(query);
}

Task<std::string> RoomSnapshot::room_of(std::string event_id) {
  const auto head = parts_.db.head();
  auto query = [&](store::Connection& connection) -> Result<std::string> {
    const auto pos = parts_.lookup.find(connection, event_id);
    const auto stored = pos && *pos <= head ? memory::event_store::load_event(connection, *pos) : nullptr;
    const auto room = stored ? memory::event_store::find_room(connection, stored->room) : std::nullopt;
    return room ? room->room_id : std::string();
  };
  co_return co_await parts_.db.read(query);
}

}  // namespace troupe::homeserver::sync
