#include "homeserver/accounts/profile_store.h"

#include "base/text.h"
#include "store/like.h"
#include "store/words.h"

namespace troupe::homeserver::accounts::profile_store {
namespace {

using namespace store::words;

constexpr auto kProfileField =
    store::columns(column("name", &ProfileField::name), column("value", &ProfileField::value));
constexpr auto kFields = sql("SELECT ", kProfileField, " FROM hs_profile WHERE user_id = ?1 ORDER BY name");
constexpr auto kEntry =
    store::columns("a", column("user_id", &DirectoryEntry::user_id), computed("d.value", &DirectoryEntry::display_name),
                   computed("v.value", &DirectoryEntry::avatar_url));
// By local part only: the whole one first.
constexpr auto kSearchLocalparts =
    sql("SELECT ", kEntry,
        " FROM hs_account a "
        "LEFT JOIN hs_profile d ON d.user_id = a.user_id AND d.name = 'displayname' "
        "LEFT JOIN hs_profile v ON v.user_id = a.user_id AND v.name = 'avatar_url' "
        "WHERE a.deactivated = 0 AND lower(a.localpart) LIKE ?1 ESCAPE '\\' "
        "ORDER BY CASE WHEN lower(a.localpart) = ?2 THEN 0 ELSE 1 END, a.localpart LIMIT ?3");
// Whole words first, then beginnings, then the rest.
constexpr auto kSearch = sql(
    "SELECT ", kEntry,
    " FROM hs_account a "
    "LEFT JOIN hs_profile d ON d.user_id = a.user_id AND d.name = 'displayname' "
    "LEFT JOIN hs_profile v ON v.user_id = a.user_id AND v.name = 'avatar_url' "
    "WHERE a.deactivated = 0 AND (lower(a.localpart) LIKE ?1 ESCAPE '\\' OR lower(d.value) LIKE ?1 ESCAPE '\\') "
    "ORDER BY CASE WHEN a.localpart = ?2 OR lower(d.value) = ?2 THEN 0 "
    "WHEN a.localpart LIKE ?3 ESCAPE '\\' OR lower(d.value) LIKE ?3 ESCAPE '\\' THEN 1 ELSE 2 END, a.user_id LIMIT ?4");

}  // namespace

ProfileNames names(store::Connection& connection, std::string_view user_id) {
  return {field(connection, user_id, kDisplayName).value_or(""), field(connection, user_id, kAvatarUrl).value_or("")};
}

std::vector<ProfileField> fields(store::Connection& connection, std::string_view user_id) {
  return store::all(connection.query(kFields, user_id), kProfileField);
}

std::optional<std::string> field(store::Connection& connection, std::string_view user_id, std::string_view name) {
  return store::value<std::string>(
      connection.query("SELECT value FROM hs_profile WHERE user_id = ?1 AND name = ?2", user_id, name));
}

void set_field(store::Tx& tx, std::string_view user_id, std::string_view name, std::string_view value) {
  tx.run(
      "INSERT INTO hs_profile (user_id, name, value) VALUES (?1, ?2, ?3) ON CONFLICT (user_id, name) "
      "DO UPDATE SET value = excluded.value",
      user_id, name, value);
}

void delete_field(store::Tx& tx, std::string_view user_id, std::string_view name) {
  tx.run("DELETE FROM hs_profile WHERE user_id = ?1 AND name = ?2", user_id, name);
}

void delete_all(store::Tx& tx, std::string_view user_id) {
  tx.run("DELETE FROM hs_profile WHERE user_id = ?1", user_id);
}

std::vector<DirectoryEntry> search(store::Connection& connection, std::string_view word, std::int64_t limit) {
  const auto containing = store::like_containing(word);
  const auto beginning = store::like_beginning(word);
  const auto lowered = base::ascii_lower(word);
  return store::all(connection.query(kSearch, containing, lowered, beginning, limit), kEntry);
}

std::vector<DirectoryEntry> search_localparts(store::Connection& connection, std::string_view beginning,
                                              std::int64_t limit) {
  const auto pattern = store::like_beginning(beginning);
  const auto lowered = base::ascii_lower(beginning);
  return store::all(connection.query(kSearchLocalparts, pattern, lowered, limit), kEntry);
}

bool can_meet(store::Connection& connection, std::string_view user_id, std::string_view other) {
  return store::any(connection.query(
      "SELECT 1 FROM hs_membership b WHERE b.user_id = ?2 AND b.membership = 'join' AND (EXISTS (SELECT 1 "
      "FROM hs_membership a WHERE a.user_id = ?1 AND a.room = b.room "
      "AND a.membership = 'join') OR EXISTS (SELECT 1 FROM hs_room r WHERE r.room = b.room "
      "AND r.is_public <> 0)) LIMIT 1",
      user_id, other));
}

}  // namespace troupe::homeserver::accounts::profile_store
