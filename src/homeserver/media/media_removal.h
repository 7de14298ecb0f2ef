// Removing uploads for good, with what they take of the disk.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "base/clock.h"
#include "homeserver/media/media_files.h"
#include "homeserver/media/media_store.h"

namespace troupe::homeserver::media {

/// One per server; callable from any thread. Contents are shared by all uploads of them: a file goes when its last
/// upload has gone. Which files have to go is durable with the removal, so that a crash leaves none behind.
class MediaRemoval {
 public:
  /// A file that was written so lately stays a little longer: the row of an upload of it may just come.
  static constexpr std::chrono::seconds kSettle{10};
  static constexpr std::size_t kMaxAtOnce = 500;

  MediaRemoval(store::Database& db, MediaFiles& files, const base::Clock& clock)
      : db_(db), files_(files), clock_(clock) {}

  /// Removes these uploads and yields those that were there. Their files go at once where that is safe, else with
  /// free_disk(). At most kMaxAtOnce.
  Task<std::vector<std::string>> remove(std::vector<std::string> media_ids);
  /// Removes the files of removed uploads. From a job, every few seconds.
  Task<Unit> free_disk();

 private:
  store::Database& db_;
  MediaFiles& files_;
  const base::Clock& clock_;
};

}  // namespace troupe::homeserver::media
