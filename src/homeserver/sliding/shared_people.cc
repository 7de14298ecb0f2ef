#include "homeserver/sliding/shared_people.h"

#include <algorithm>

namespace troupe::homeserver::sliding {
namespace {

struct Moved {
  memory::RoomPtr room;
  bool joined = false;
  StreamPos member_pos = 0;
};

std::vector<Moved> moved_rooms(const memory::UserView& user, StreamPos since, StreamPos upto) {
  std::vector<Moved> found;
  const base::Lock lock(user.mutex());
  for (const auto& [num, membership] : user.memberships()) {
    if (membership.pos > upto) continue;
    const bool joined = membership.membership == "join";
    if (membership.pos > since || (joined && membership.room->last_pos() > since)) {
      found.push_back({.room = membership.room, .joined = joined, .member_pos = membership.pos});
    }
  }
  return found;
}

class Company {
 public:
  Company(SharedPeople& found, const sync::Recipient& recipient, store::Connection* connection, StreamPos since,
          StreamPos upto)
      : found_(found), recipient_(recipient), connection_(connection), since_(since), upto_(upto) {}

  bool add_joined(const Moved& moved) {
    sync::RoomView view(moved.room, recipient_, connection_, since_, upto_);
    if (moved.member_pos > since_ && !view.joined_throughout(since_)) {
      if (!view.incomplete()) add_members(*moved.room);
      return !view.incomplete();
    }
    if (view.tail_complete_after() <= since_) {
      for (const auto& stored : view.tail()) add(*stored);
    } else if (!view.need_sql()) {
      for (const auto& stored : memory::event_store::state_changes(*connection_, moved.room->num(), since_, upto_))
        add(*stored);
    }
    return !view.incomplete();
  }

  /// Those with whom the user was in a room when they ceased to be.
  bool add_left(const Moved& moved) {
    sync::RoomView own(moved.room, recipient_, connection_, since_, moved.member_pos);
    const auto ceased = own.left_at(moved.member_pos);
    if (own.incomplete()) return false;
    if (!ceased || *ceased <= since_) return true;
    sync::RoomView then(moved.room, recipient_, connection_, since_, *ceased);
    const auto add = [&](std::string_view user, std::string_view membership) {
      if (user != recipient_.user_id && membership == "join") found_.left.emplace(user);
    };
    const auto others = then.members_at(
        *ceased, [&](const memory::Members::Member& member) { add(member.user_id(), member.membership()); });
    for (const auto& newest : others)
      if (const auto value = then.value_at(newest, *ceased)) add(*value->event->state_key, sync::membership_in(*value));
    return !then.incomplete();
  }

 private:
  void add_members(const memory::Room& room) {
    const base::ReadLock lock(room.mutex());
    room.members().walk([&](const memory::Members::Member& member) {
      const auto user = member.user_id();
      if (user != recipient_.user_id && member.membership() == "join") found_.joined.emplace(user);
      return true;
    });
  }

  void add(const memory::StoredEvent& stored) {
    const auto& event = *stored.event;
    if (event.type != sync::kMember || !event.state_key || *event.state_key == recipient_.user_id) return;
    if (stored.pos <= since_ || stored.pos > upto_) return;
    const auto membership = sync::membership_in(stored);
    if (membership == "join") {
      found_.joined.insert(*event.state_key);
    } else if (membership == "leave" || membership == "ban") {
      found_.left.insert(*event.state_key);
    }
  }

  SharedPeople& found_;
  const sync::Recipient& recipient_;
  store::Connection* connection_;
  const StreamPos since_;
  const StreamPos upto_;
};

}  // namespace

bool find_shared_people(SharedPeople& found, const memory::UserView& user, const sync::Recipient& recipient,
                        store::Connection* connection, StreamPos since, StreamPos upto) {
  if (user.last_pos() <= since) return true;
  Company company(found, recipient, connection, since, upto);
  return std::ranges::all_of(moved_rooms(user, since, upto), [&](const Moved& moved) {
    return moved.joined ? company.add_joined(moved) : company.add_left(moved);
  });
}

}  // namespace troupe::homeserver::sliding
