// SQL for what administrators do with uploads: lists, quarantine, protection, totals by account.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/media/media_store.h"

namespace troupe::homeserver::media {

/// An upload with what administrators decided of it.
struct ModeratedMedia {
  MediaRow row;
  std::optional<std::string> quarantined_by;  ///< the administrator; none: it may be fetched
};

enum class MediaSort {
  created,
  media_id,
  upload_name,
  last_access,
  length,
  type,
  quarantined_by,
  safe,
};
struct MediaListQuery {
  std::string user_id;
  MediaSort sort = MediaSort::created;
  bool descending = true;
  std::int64_t from = 0;
  std::int64_t limit = 100;
};

/// A page of everybody's uploads.
struct AllMediaQuery {
  enum class Sort { largest, newest };
  bool only_quarantined = false;
  Sort sort = Sort::largest;
  std::int64_t from = 0;
  std::int64_t limit = 100;
};

enum class UsageSort { user_id, display_name, length, count };
struct UsageQuery {
  std::string search;                   ///< in local parts and display names
  std::optional<std::int64_t> from_ms;  ///< only what was uploaded then or later
  std::optional<std::int64_t> until_ms;
  UsageSort sort = UsageSort::user_id;
  bool descending = false;
  std::int64_t from = 0;
  std::int64_t limit = 100;
};
struct UserUsage {
  std::string user_id;
  std::optional<std::string> display_name;
  std::int64_t count = 0;
  std::int64_t length = 0;  ///< bytes
};

/// A content was put into quarantine, or let out of it.
struct QuarantineChange {
  std::string sha256;
  StreamPos pos = 0;
  bool quarantined = false;
};

// Functions, not a class: they hold no state. All throw store::SqlError only.
namespace moderation_store {

std::optional<ModeratedMedia> find(store::Connection&, std::string_view media_id);
bool is_account(store::Connection&, std::string_view user_id);
/// A page of an account's uploads; reservations are none.
std::vector<ModeratedMedia> list(store::Connection&, const MediaListQuery& query);
std::int64_t count(store::Connection&, std::string_view user_id);
/// The same in the order of their age, after this one: for going over all of them.
std::vector<ModeratedMedia> uploads_after(store::Connection&, std::string_view user_id, std::int64_t created_ms,
                                          std::string_view media_id, std::size_t limit);
/// Everybody's; reservations are none.
std::vector<ModeratedMedia> list_all(store::Connection&, const AllMediaQuery& query);
std::int64_t count_all(store::Connection&, const AllMediaQuery& query);
/// Uploads and reservations of everybody after this one.
std::vector<ModeratedMedia> all_after(store::Connection&, std::string_view media_id, std::size_t limit);

// Both note the change (changes_after). False when it was so already.
bool quarantine(store::Tx&, std::string_view sha256, std::string_view by, std::int64_t now_ms);
bool release(store::Tx&, std::string_view sha256);
/// The last changes of contents with after < position <= upto, in their order.
std::vector<QuarantineChange> changes_after(store::Connection&, StreamPos after, StreamPos upto, std::size_t limit);
/// Uploads of a content, the newest first.
std::vector<std::string> uploads_of_content(store::Connection&, std::string_view sha256, std::size_t limit);
/// Whether some upload of the content is protected.
bool is_safe(store::Connection&, std::string_view sha256);
void set_safe(store::Tx&, std::string_view media_id, bool safe);
void note_access(store::Tx&, std::string_view media_id, std::int64_t at_ms);

/// Accounts with uploads, by what those take; with a time by the uploads of that time alone, which costs a look at
/// each.
std::vector<UserUsage> usage(store::Connection&, const UsageQuery& query);
std::int64_t count_usage(store::Connection&, const UsageQuery& query);

}  // namespace moderation_store
}  // namespace troupe::homeserver::media
