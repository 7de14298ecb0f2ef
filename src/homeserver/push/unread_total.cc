#include "homeserver/push/unread_total.h"

#include <algorithm>

#include "homeserver/sync/visibility.h"

namespace troupe::homeserver::push {
namespace {

constexpr std::chrono::milliseconds kPiece{10};

struct Joined {
  memory::RoomPtr room;
  StreamPos member_pos = 0;
};

}  // namespace

Task<std::int64_t> UnreadTotal::count_invitations(std::string user_id, std::vector<memory::RoomPtr> rooms) {
  if (rooms.empty()) co_return 0;
  auto count = [&](store::Connection& connection) -> Result<std::int64_t> {
    const auto settings = services_.account_data.settings(&connection, user_id);
    return std::ranges::count_if(rooms, [&](const memory::RoomPtr& room) {
      const base::ReadLock lock(room->mutex());
      const auto invitation = room->state_event(sync::kMember, user_id);
      return invitation && !settings->hides_invite_of(invitation->event->sender);
    });
  };
  co_return co_await db_.read(count);
}

Task<std::int64_t> UnreadTotal::of(std::string user_id) {
  CO_TRY(const auto user, co_await sync_.load_user(user_id));
  const auto upto = db_.head();
  std::vector<Joined> rooms;
  std::vector<memory::RoomPtr> invitations;
  {
    const base::Lock lock(user->mutex());
    for (const auto& [num, membership] : user->memberships()) {
      if (membership.membership == "join") rooms.push_back({membership.room, membership.pos});
      if (membership.membership == "invite" && !membership.forgotten) invitations.push_back(membership.room);
    }
  }
  CO_TRY(std::int64_t total, co_await count_invitations(user_id, std::move(invitations)));
  const sync::Recipient recipient{.user_id = user_id, .device_id = {}};
  for (std::size_t next = 0; next < rooms.size();) {
    const auto first = next;
    std::int64_t counted = 0;
    auto count = [&](store::Connection& connection) -> Result<Unit> {
      const sync::PieceOfTime time(kPiece);
      counted = 0;
      for (next = first; next < rooms.size() && (next == first || !time.over()); ++next) {
        const auto& [room, member_pos] = rooms[next];
        const auto joined_at = [&] { return sync::RoomView(room, recipient, &connection, upto, upto).joined_at(); };
        const auto counts = services_.unread.count(&connection, room, user_id, member_pos, upto, joined_at);
        if (counts) counted += counts->total().notifications;
      }
      return Unit{};
    };
    CO_TRY(co_await db_.read(count));
    total += counted;
  }
  co_return total;
}

}  // namespace troupe::homeserver::push
