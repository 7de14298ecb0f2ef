// What administrators see of uploads and decide of them: lists, totals, quarantine, protection from it.
#pragma once
#include <string>
#include <vector>

#include "base/clock.h"
#include "homeserver/media/moderation_store.h"

namespace troupe::homeserver::media {

/// One per server; callable from any thread. Quarantine holds for a content, whoever uploaded it and whoever will: all
/// of its uploads are not_found then, in every process from the commit on. A content of which some upload is protected
/// is not put there.
class MediaModeration {
 public:
  MediaModeration(store::Database& db, const base::Clock& clock) : db_(db), clock_(clock) {}

  Task<ModeratedMedia> find(std::string media_id);  ///< not_found
  struct Page {
    std::vector<ModeratedMedia> media;
    std::int64_t total = 0;
  };
  /// Error: not_found (no such account).
  Task<Page> list(MediaListQuery query);
  Task<Page> list_all(AllMediaQuery query);
  struct UsagePage {
    std::vector<UserUsage> users;
    std::int64_t total = 0;
  };
  Task<UsagePage> usage(UsageQuery query);
  /// Uploads and reservations of everybody after this one (empty: all), at most store::kPiece.
  Task<std::vector<ModeratedMedia>> all_after(std::string media_id);

  /// What was put into quarantine, or let out of it, after the position: the last change of each content, shown for
  /// each of its uploads that are here.
  struct Change {
    std::string media_id;
    bool quarantined = false;
  };
  struct Changes {
    std::vector<Change> changes;
    StreamPos next = 0;  ///< where to go on; the position asked for when nothing came after it
  };
  static constexpr std::size_t kChangesAtOnce = 100;         ///< beyond so many no further content is begun
  static constexpr std::size_t kMostShownOfContent = 1'000;  ///< uploads, the newest
  Task<Changes> changes_after(StreamPos after);

  /// Error: not_found.
  Task<Unit> quarantine(std::string media_id, std::string by);
  Task<Unit> release(std::string media_id);              ///< not_found
  Task<Unit> set_safe(std::string media_id, bool safe);  ///< not_found
  /// All of an account's; yields how many that could be fetched until now. Error: not_found (no such account).
  Task<std::int64_t> quarantine_uploads_of(std::string user_id, std::string by);
  /// Those of these that are here.
  Task<std::int64_t> quarantine_all(std::vector<std::string> media_ids, std::string by);

 private:
  template <class Apply>
  Task<Unit> change(std::string media_id, Apply apply);
  store::Database& db_;
  const base::Clock& clock_;
};

}  // namespace troupe::homeserver::media
