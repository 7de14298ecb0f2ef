// One server to a bucket, or to a folder of it: two would delete each other's files as files that nobody needs.
#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "homeserver/s3/bucket.h"
#include "store/database.h"

namespace troupe::homeserver::media {

/// A mark in the bucket names the database that its files belong to; the database notes the same name. Processes of
/// one database are one owner. Callable from any thread.
class BucketOwner {
 public:
  /// So long a mark that was read is believed.
  static constexpr std::chrono::minutes kBelieved{1};
  static constexpr std::string_view kMark = "troupe-owner";

  struct Parts {
    s3::Bucket& bucket;
    store::Database& db;
    const base::Clock& clock;
    std::string prefix;  ///< of every key; empty, or ends with '/'
    std::string server_name;
    std::string bucket_name;  ///< for the sentence
  };
  explicit BucketOwner(Parts parts) : parts_(std::move(parts)) {}

  /// Before anything is deleted, and at the start; writes the mark when there is none. Errors: conflict (another's:
  /// the message says what to do), unavailable.
  Task<Unit> check();
  /// Whether the last check found another's mark: nothing may be stored there.
  bool is_anothers() const;

 private:
  Task<std::string> own_name();
  Task<Unit> look();
  Parts parts_;
  mutable base::Mutex mutex_;
  std::optional<std::chrono::steady_clock::time_point> checked_at_ GUARDED_BY(mutex_);
  bool anothers_ GUARDED_BY(mutex_) = false;
};

}  // namespace troupe::homeserver::media
