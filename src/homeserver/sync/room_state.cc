#include "homeserver/sync/room_state.h"

#include <algorithm>

#include "base/mutex.h"
#include "homeserver/memory/users.h"
#include "matrix/json_out.h"

namespace troupe::homeserver::sync {
namespace {

/// How many events the creation of a room may put before the creator's own.
constexpr std::size_t kBeforeMembers = 8;

/// Where the first member came in: a room that is empty yet is one in the middle of its creation, which nobody has
/// seen.
StreamPos first_member(RoomView& view) {
  const auto beginning =
      memory::event_store::timeline(*view.connection(), view.room().num(), 0, view.upto(), kBeforeMembers, false);
  const auto member = std::ranges::find(beginning, kMember, [](const auto& stored) { return stored->event->type; });
  return member == beginning.end() ? view.upto() : (*member)->pos;
}

/// The member events at a position, of the memberships that are asked for; says whether there were any at all.
bool append_members_at(std::string& out, RoomView& view, StreamPos at, const EventFormat& format,
                       const MembersRequest& members) {
  const auto wanted = [&](std::string_view membership) {
    return (members.membership.empty() || membership == members.membership) &&
           (members.not_membership.empty() || membership != members.not_membership);
  };
  bool any = false;
  const auto others =
      view.append_members(out, at, format, [&](std::string_view, std::string_view, std::string_view membership) {
        any = true;
        return wanted(membership);
      });
  for (const auto& newest : others) {
    const auto value = view.value_at(newest, at);
    if (!value) continue;
    any = true;
    if (!wanted(membership_in(*value))) continue;
    matrix::append_separator(out);
    view.append_state(out, *value, format);
  }
  return any;
}

Error not_here() { return {Errc::forbidden, "You are not in this room, or it does not exist."}; }

}  // namespace

RoomState::RoomState(store::Database& db, memory::Rooms& rooms, memory::Users& users, const base::Clock& clock)
    : db_(db), rooms_(rooms), users_(users), clock_(clock) {}

template <class Make>
Task<std::string> RoomState::read(ReadRequest request, RoomView::Take take, Make make) {
  const auto head = db_.head();
  auto query = [&](store::Connection& connection) -> Result<std::string> {
    const auto room = rooms_.load(connection, request.room_id);
    if (!room) return request.as_admin ? no_such_room() : not_here();
    const Recipient recipient{.user_id = request.user_id,
                              .device_id = request.device_id,
                              .now_ms = clock_.unix_ms(),
                              .sees_all = request.as_admin};
    RoomView view(room, recipient, &connection, head, head, take);
    const auto at = view.readable_state();
    if (!at) return not_here();
    std::string out;
    TRY(make(view, *at, out));
    return out;
  };
  co_return co_await db_.read(query);
}

Task<std::string> RoomState::all(ReadRequest request, std::string type) {
  auto make = [&](RoomView& view, StreamPos at, std::string& out) -> Result<Unit> {
    const EventFormat format{.room_id = view.room().id()};
    out += '[';
    for (const auto& stored : view.state_at(at, type)) {
      matrix::append_separator(out);
      view.append_state(out, *stored, format);
    }
    if (type.empty() || type == kMember) append_members_at(out, view, at, format, {});
    out += ']';
    return Unit{};
  };
  co_return co_await read(std::move(request), RoomView::Take::but_members, make);
}

Task<std::string> RoomState::entry(ReadRequest request, std::string type, std::string state_key, bool whole_event) {
  auto make = [&](RoomView& view, StreamPos at, std::string& out) -> Result<Unit> {
    const auto stored = view.state_at(type, state_key, at);
    if (!stored) return Error(Errc::not_found, "The room has no state of this type and key.");
    if (whole_event) {
      view.append(out, *stored, {.room_id = view.room().id()});
    } else {
      out += boost::json::serialize(stored->event->content);
    }
    return Unit{};
  };
  co_return co_await read(std::move(request), RoomView::Take::entries, make);
}

Task<std::string> RoomState::members(ReadRequest request, MembersRequest members) {
  auto make = [&](RoomView& view, StreamPos at, std::string& out) -> Result<Unit> {
    const EventFormat format{.room_id = view.room().id()};
    out += "{\"chunk\":[";
    // Then, if they may know it: clients ask with tokens from before their join, too, and are told of today.
    const auto known_at = [&](StreamPos pos) { return std::min(at, view.readable_state(pos).value_or(at)); };
    if (!append_members_at(out, view, known_at(members.at.value_or(at)), format, members))
      append_members_at(out, view, known_at(first_member(view)), format, members);
    out += "]}";
    return Unit{};
  };
  co_return co_await read(std::move(request), RoomView::Take::entries, make);
}

Task<std::string> RoomState::joined_members(ReadRequest request) {
  auto make = [](RoomView& view, StreamPos at, std::string& out) -> Result<Unit> {
    if (view.membership_at(view.upto()) != "join") return not_here();
    const auto append = [&out](std::string_view key, std::optional<std::string_view> value) {
      matrix::append_key(out, key);
      if (value) {
        matrix::append_json_string(out, *value);
      } else {
        out += "null";
      }
    };
    out += "{\"joined\":{";
    const auto add = [&](std::string_view user_id, const matrix::JsonObject& content) {
      matrix::append_separator(out);
      matrix::append_json_string(out, user_id);
      out += ":{";
      append("display_name", matrix::find_string(content, "displayname"));
      append("avatar_url", matrix::find_string(content, "avatar_url"));
      out += '}';
    };
    const auto others = view.members_at(at, [&](const memory::Members::Member& member) {
      if (member.membership() == "join") add(member.user_id(), member.content());
    });
    for (const auto& newest : others) {
      const auto value = view.value_at(newest, at);
      if (value && membership_in(*value) == "join") add(*value->event->state_key, value->event->content);
    }
    out += "}}";
    return Unit{};
  };
  co_return co_await read(std::move(request), RoomView::Take::entries, make);
}

Task<std::string> RoomState::joined_rooms(std::string user_id) {
  auto user = users_.find(user_id);
  if (!user) {
    auto load = [&](store::Connection& connection) -> Result<memory::UserViewPtr> {
      return users_.load(connection, rooms_, user_id);
    };
    CO_TRY(user, co_await db_.read(load));
  }
  std::string out = "{\"joined_rooms\":[";
  const base::Lock lock(user->mutex());
  for (const auto& [num, membership] : user->memberships()) {
    if (membership.membership != "join") continue;
    matrix::append_separator(out);
    matrix::append_json_string(out, membership.room->id());
  }
  out += "]}";
  co_return out;
}

}  // namespace troupe::homeserver::sync
