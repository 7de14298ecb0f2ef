// SQL for reading accounts as Synapse's admin API shows them.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"

namespace troupe::homeserver::admin {

struct AdminUser {
  std::string user_id;
  std::string user_type;  ///< bot, support; empty: neither
  bool guest = false;
  bool admin = false;
  bool deactivated = false;
  bool erased = false;
  bool locked = false;
  bool suspended = false;
  bool shadow_banned = false;
  std::string display_name;  ///< empty: none
  std::string avatar_url;    ///< empty: none
  std::int64_t created_ms = 0;
  std::optional<std::int64_t> last_seen_ms;  ///< on any device
};

/// By what lists of users may be sorted, in the words of `order_by`.
inline constexpr std::array<std::string_view, 11> kUserOrders{
    "name",        "is_guest",   "admin",       "user_type",    "deactivated", "shadow_banned",
    "displayname", "avatar_url", "creation_ts", "last_seen_ts", "locked"};

struct UserFilter {
  std::string name;     ///< part of the local part or the display name; empty: any
  std::string user_id;  ///< part of the id; empty: any
  std::optional<bool> admin;
  std::optional<bool> deactivated;
  bool with_locked = false;
  bool with_guests = true;
  bool without_bots = false;
  bool without_support = false;
  bool without_plain = false;  ///< those without a type
  std::size_t order = 0;       ///< of kUserOrders; what is equal in it stands in the order of the ids
  bool descending = false;
  std::int64_t from = 0;
  std::int64_t limit = 0;
};

struct FoundUsers {
  std::vector<AdminUser> users;
  std::int64_t total = 0;
};

// Functions, not a class: they hold no state. All throw store::SqlError only.
namespace user_store {

FoundUsers list(store::Connection&, const UserFilter& filter);
std::optional<AdminUser> find(store::Connection&, std::string_view user_id);

/// An event by which somebody changed another's membership.
struct MemberChange {
  std::int64_t ts = 0;
  StreamPos pos = 0;
};
/// Those of the sender after this one, by their time, at most `limit`.
std::vector<MemberChange> member_changes_after(store::Connection&, std::string_view sender, const MemberChange& after,
                                               std::int64_t limit);
/// The user's own member events since then, by rooms.
struct OwnChange {
  std::int64_t room = 0;
  StreamPos pos = 0;
};
std::vector<OwnChange> own_changes_since(store::Connection&, std::string_view user_id, std::int64_t since_ms);

}  // namespace user_store
}  // namespace troupe::homeserver::admin
