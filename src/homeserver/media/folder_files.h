// Uploads in a folder of this machine, or one that several share.
#pragma once
#include <boost/asio/thread_pool.hpp>

#include "homeserver/media/media_files.h"
#include "store/async_gate.h"

namespace troupe::homeserver::media {

/// All work is done on the pool for files.
class FolderFiles final : public MediaFiles {
 public:
  /// Files that are made durable at once: less than the pool for files has threads, so that on a disk whose syncs take
  /// seconds downloads still go on beside them.
  static constexpr std::size_t kSyncsAtOnce = 4;
  static constexpr std::size_t kMaxSyncsWaiting = 256;

  FolderFiles(const store::BlobStore& blobs, asio::thread_pool& pool) : blobs_(blobs), pool_(pool) {}

  Task<std::unique_ptr<MediaArrival>> begin(std::uint64_t limit_bytes) override;
  Task<std::shared_ptr<MediaFile>> open(std::string sha256) override;
  Task<bool> remove_unless_younger(std::string sha256, std::chrono::seconds age) override;
  Task<std::vector<std::string>> list(std::string folder) override;
  Task<Unit> sweep_leftovers(std::chrono::seconds age) override;
  std::string_view place() const override { return "the disk of the media folder"; }

 private:
  class Arrival;
  class File;
  const store::BlobStore& blobs_;
  asio::thread_pool& pool_;
  store::AsyncGate syncing_{kSyncsAtOnce, kMaxSyncsWaiting};
};

}  // namespace troupe::homeserver::media
