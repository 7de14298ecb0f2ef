// Uploads in a bucket of S3, under <prefix>media/ab/<sha256>.
#pragma once
#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <filesystem>

#include "base/clock.h"
#include "homeserver/media/bucket_owner.h"
#include "homeserver/media/media_files.h"
#include "homeserver/s3/bucket.h"
#include "store/async_gate.h"
#include "store/database.h"

namespace troupe::homeserver::media {

/// A bucket cannot remove a file only if nobody writes it at this moment. So a removal is written down first
/// (hs_media_going), while no row speaks of the file, and an arrival whose row is committed waits for such a removal
/// and then looks: what is gone it stores again, from the copy that it still has.
class BucketFiles final : public MediaFiles {
 public:
  static constexpr std::size_t kPartBytes = 8UL * 1024 * 1024;  ///< larger files go in parts of this
  static constexpr std::size_t kReadBytes = 1024 * 1024;        ///< fetched at once for a quick reader
  static constexpr std::size_t kFirstReadBytes = 128 * 1024;
  /// Fetched and not handed on yet, of all readers together; beyond it each gets no more than it asks for.
  static constexpr std::size_t kMaxAhead = 32UL * 1024 * 1024;
  /// Who takes longer over a piece reads slowly: nothing is fetched ahead.
  static constexpr std::chrono::seconds kQuick{1};
  static constexpr std::size_t kStoredAtOnce = 8;  ///< parts of 8 MiB are in memory for each
  static constexpr std::size_t kMaxWaiting = 256;
  /// A removal that was written down so long ago has ended, whatever became of its process: longer than the tries of
  /// one request take.
  static constexpr std::chrono::minutes kRemovalLife{10};
  static constexpr std::chrono::minutes kSettlePatience{2};

  struct Parts {
    s3::Bucket& bucket;
    store::Database& db;
    std::filesystem::path spool;  ///< for files under way
    asio::thread_pool& pool;
    const base::Clock& clock;
    std::string prefix{};  ///< of every key; empty, or ends with '/'
    BucketOwner& owner;
  };
  explicit BucketFiles(Parts parts) : parts_(std::move(parts)) {}
  /// Bytes that were fetched and nobody has taken.
  std::size_t bytes_ahead() const { return ahead_; }

  Task<std::unique_ptr<MediaArrival>> begin(std::uint64_t limit_bytes) override;
  Task<std::shared_ptr<MediaFile>> open(std::string sha256) override;
  Task<bool> remove_unless_younger(std::string sha256, std::chrono::seconds age) override;
  Task<std::vector<std::string>> list(std::string folder) override;
  Task<Unit> sweep_leftovers(std::chrono::seconds age) override;
  std::string_view place() const override { return "the bucket of media"; }

 private:
  class Arrival;
  class File;
  /// Writes the removal down. False: somebody needs the file, or another removes it.
  Task<bool> note_going(std::string sha256, std::string mark);
  Task<Unit> forget_going(std::string sha256, std::string mark);
  std::string files_prefix() const { return parts_.prefix + "media/"; }
  std::string key_of(std::string_view sha256) const;
  Parts parts_;
  std::atomic<std::size_t> ahead_{0};
  store::AsyncGate storing_{kStoredAtOnce, kMaxWaiting};
};

}  // namespace troupe::homeserver::media
