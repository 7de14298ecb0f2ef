#include "homeserver/admin/user_store.h"

#include "store/columns.h"
#include "store/like.h"

namespace troupe::homeserver::admin::user_store {
namespace {

using store::column;
using store::computed;
using store::sql;

constexpr auto kUser = store::columns(
    "a", column("user_id", &AdminUser::user_id),
    computed("CASE WHEN a.kind = 1 THEN 'bot' ELSE a.user_type END", &AdminUser::user_type),
    column("guest", &AdminUser::guest), column("admin", &AdminUser::admin),
    column("deactivated", &AdminUser::deactivated), column("erased", &AdminUser::erased),
    column("locked", &AdminUser::locked), column("suspended", &AdminUser::suspended),
    column("shadow_banned", &AdminUser::shadow_banned), computed("d.value", &AdminUser::display_name),
    computed("v.value", &AdminUser::avatar_url), column("created_ms", &AdminUser::created_ms),
    computed("(SELECT max(s.last_seen_ms) FROM hs_device s WHERE s.user_id = a.user_id)", &AdminUser::last_seen_ms));
constexpr auto kWithProfile =
    sql(" FROM hs_account a LEFT JOIN hs_profile d ON d.user_id = a.user_id AND d.name = 'displayname' "
        "LEFT JOIN hs_profile v ON v.user_id = a.user_id AND v.name = 'avatar_url' WHERE ");
constexpr auto kFind = sql("SELECT ", kUser, kWithProfile, "a.user_id = ?1");
// A filter that is -1 lets everything through.
constexpr auto kMatching =
    sql(kWithProfile,
        "(lower(a.localpart) LIKE ?1 ESCAPE '\\' OR lower(d.value) LIKE ?1 ESCAPE '\\') "
        "AND lower(a.user_id) LIKE ?2 ESCAPE '\\' "
        "AND (?3 = -1 OR a.admin = ?3) AND (?4 = -1 OR a.deactivated = ?4) AND (?5 = 1 OR a.locked = 0) "
        "AND (?6 = 0 OR a.kind <> 1) AND (?7 = 0 OR a.kind = 1 OR a.user_type IS NULL) "
        "AND (?8 = 0 OR a.kind = 1 OR a.user_type IS NOT NULL) AND (?9 = 1 OR a.guest = 0)");
constexpr auto kCount = sql("SELECT count(*)", kMatching);

struct Ordered {
  std::string_view up;
  std::string_view down;
};
template <std::size_t N>
consteval auto list_by(const char (&order)[N]) {
  return sql("SELECT ", kUser, kMatching, " ORDER BY ", order, ", a.user_id LIMIT ?10 OFFSET ?11");
}
template <std::size_t N>
consteval auto list_by_down(const char (&order)[N]) {
  return sql("SELECT ", kUser, kMatching, " ORDER BY ", order, " DESC, a.user_id LIMIT ?10 OFFSET ?11");
}
constexpr auto kById = sql("SELECT ", kUser, kMatching, " ORDER BY a.user_id LIMIT ?10 OFFSET ?11");
constexpr auto kByIdDown = sql("SELECT ", kUser, kMatching, " ORDER BY a.user_id DESC LIMIT ?10 OFFSET ?11");
constexpr auto kByAdmin = list_by("a.admin");
constexpr auto kByAdminDown = list_by_down("a.admin");
constexpr auto kByType = list_by("CASE WHEN a.kind = 1 THEN 'bot' ELSE coalesce(a.user_type, '') END");
constexpr auto kByTypeDown = list_by_down("CASE WHEN a.kind = 1 THEN 'bot' ELSE coalesce(a.user_type, '') END");
constexpr auto kByDeactivated = list_by("a.deactivated");
constexpr auto kByDeactivatedDown = list_by_down("a.deactivated");
constexpr auto kByDisplayName = list_by("lower(coalesce(d.value, ''))");
constexpr auto kByDisplayNameDown = list_by_down("lower(coalesce(d.value, ''))");
constexpr auto kByAvatar = list_by("coalesce(v.value, '')");
constexpr auto kByAvatarDown = list_by_down("coalesce(v.value, '')");
constexpr auto kByAge = list_by("a.created_ms");
constexpr auto kByAgeDown = list_by_down("a.created_ms");
constexpr auto kBySeen =
    list_by("coalesce((SELECT max(s.last_seen_ms) FROM hs_device s WHERE s.user_id = a.user_id), 0)");
constexpr auto kBySeenDown =
    list_by_down("coalesce((SELECT max(s.last_seen_ms) FROM hs_device s WHERE s.user_id = a.user_id), 0)");
constexpr auto kByLocked = list_by("a.locked");
constexpr auto kByLockedDown = list_by_down("a.locked");

constexpr auto kByShadowBanned = list_by("a.shadow_banned");
constexpr auto kByShadowBannedDown = list_by_down("a.shadow_banned");
constexpr auto kByGuest = list_by("a.guest");
constexpr auto kByGuestDown = list_by_down("a.guest");

/// By kUserOrders.
constexpr std::array<Ordered, kUserOrders.size()> kLists{{{kById, kByIdDown},
                                                          {kByGuest, kByGuestDown},
                                                          {kByAdmin, kByAdminDown},
                                                          {kByType, kByTypeDown},
                                                          {kByDeactivated, kByDeactivatedDown},
                                                          {kByShadowBanned, kByShadowBannedDown},
                                                          {kByDisplayName, kByDisplayNameDown},
                                                          {kByAvatar, kByAvatarDown},
                                                          {kByAge, kByAgeDown},
                                                          {kBySeen, kBySeenDown},
                                                          {kByLocked, kByLockedDown}}};

constexpr auto kMemberChange = store::columns(column("ts", &MemberChange::ts), column("pos", &MemberChange::pos));
constexpr auto kMemberChangesAfter =
    sql("SELECT ", kMemberChange,
        " FROM hs_event WHERE type = 'm.room.member' AND state_key <> sender AND sender = ?1 "
        "AND ts >= ?2 AND (ts, pos) > (?2, ?3) ORDER BY ts, pos LIMIT ?4");
constexpr auto kOwnChange = store::columns(computed("m.room", &OwnChange::room), computed("e.pos", &OwnChange::pos));
constexpr auto kOwnChangesSince =
    sql("SELECT ", kOwnChange,
        " FROM hs_membership m JOIN hs_state s ON s.room = m.room AND s.type = 'm.room.member' "
        "AND s.state_key = m.user_id JOIN hs_event e ON e.pos = s.event_pos "
        "WHERE m.user_id = ?1 AND e.ts >= ?2 ORDER BY m.room, e.pos");

std::int64_t filter_of(std::optional<bool> wanted) { return wanted ? (*wanted ? 1 : 0) : -1; }

}  // namespace

FoundUsers list(store::Connection& connection, const UserFilter& filter) {
  const auto name = store::like_containing(filter.name);
  const auto user_id = store::like_containing(filter.user_id);
  const auto admin = filter_of(filter.admin);
  const auto deactivated = filter_of(filter.deactivated);
  const std::int64_t with_locked{filter.with_locked};
  const std::int64_t no_bots{filter.without_bots};
  const std::int64_t no_support{filter.without_support};
  const std::int64_t no_plain{filter.without_plain};
  const std::int64_t with_guests{filter.with_guests};
  const auto& [up, down] = kLists[filter.order];
  auto rows = connection.query(filter.descending ? down : up, name, user_id, admin, deactivated, with_locked, no_bots,
                               no_support, no_plain, with_guests, filter.limit, filter.from);
  auto users = store::all(std::move(rows), kUser);
  return {.users = std::move(users),
          .total = store::number(connection.query(kCount, name, user_id, admin, deactivated, with_locked, no_bots,
                                                  no_support, no_plain, with_guests))};
}

std::optional<AdminUser> find(store::Connection& connection, std::string_view user_id) {
  return store::one(connection.query(kFind, user_id), kUser);
}

std::vector<MemberChange> member_changes_after(store::Connection& connection, std::string_view sender,
                                               const MemberChange& after, std::int64_t limit) {
  return store::all(connection.query(kMemberChangesAfter, sender, after.ts, after.pos, limit), kMemberChange);
}

std::vector<OwnChange> own_changes_since(store::Connection& connection, std::string_view user_id,
                                         std::int64_t since_ms) {
  return store::all(connection.query(kOwnChangesSince, user_id, since_ms), kOwnChange);
}

}  // namespace troupe::homeserver::admin::user_store
