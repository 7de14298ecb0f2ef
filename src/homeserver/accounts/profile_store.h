// SQL for profiles: display name, avatar and custom fields of local users.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"

namespace troupe::homeserver::accounts {

inline constexpr std::string_view kDisplayName = "displayname";
inline constexpr std::string_view kAvatarUrl = "avatar_url";

/// What member events carry of a profile; empty: not set.
struct ProfileNames {
  std::string display_name;
  std::string avatar_url;
};

struct ProfileField {
  std::string name;
  std::string value;  ///< plain text for displayname and avatar_url, JSON for all others
};

struct DirectoryEntry {
  std::string user_id;
  std::string display_name;
  std::string avatar_url;
};

// Functions, not a class: they hold no state. All throw store::SqlError only.
namespace profile_store {

ProfileNames names(store::Connection&, std::string_view user_id);
std::vector<ProfileField> fields(store::Connection&, std::string_view user_id);
std::optional<std::string> field(store::Connection&, std::string_view user_id, std::string_view name);
void set_field(store::Tx&, std::string_view user_id, std::string_view name, std::string_view value);
void delete_field(store::Tx&, std::string_view user_id, std::string_view name);
void delete_all(store::Tx&, std::string_view user_id);
/// Active local accounts whose local part or display name contains the word, best matches first.
std::vector<DirectoryEntry> search(store::Connection&, std::string_view word, std::int64_t limit);
/// Active local accounts whose local part begins so, the one that is no longer first.
std::vector<DirectoryEntry> search_localparts(store::Connection&, std::string_view beginning, std::int64_t limit);
/// Whether the one can meet the other in rooms: in one that both are in, or in one that the room directory lists.
bool can_meet(store::Connection&, std::string_view user_id, std::string_view other);

}  // namespace profile_store
}  // namespace troupe::homeserver::accounts
