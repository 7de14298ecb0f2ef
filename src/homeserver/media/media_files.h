// Where the bytes of uploads and small pictures lie, by the hash of their content: a folder, or a bucket.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "store/blob_store.h"

namespace troupe::homeserver::media {

/// One file on its way in. What was written goes away unless finish() succeeds. One call at a time.
class MediaArrival {
 public:
  MediaArrival() = default;
  MediaArrival(const MediaArrival&) = delete;
  MediaArrival& operator=(const MediaArrival&) = delete;
  virtual ~MediaArrival() = default;
  /// Errors: too_large (over the limit), unavailable; after one the arrival is dead.
  virtual Task<Unit> write(std::string piece) = 0;
  /// Makes the file durable under its hash, then completes; the same content again is stored once. Call once.
  virtual Task<store::Blob> finish() = 0;
  /// After the row that speaks of the file is committed: sees to it that a removal that crossed it has not taken the
  /// file away. `slow`: the row came long after the file. Error: unavailable (it is gone).
  virtual Task<Unit> settle(bool slow) = 0;
};

/// An open file. One call at a time.
class MediaFile {
 public:
  MediaFile() = default;
  MediaFile(const MediaFile&) = delete;
  MediaFile& operator=(const MediaFile&) = delete;
  virtual ~MediaFile() = default;
  virtual std::uint64_t bytes() const = 0;
  /// Up to `limit` bytes from `offset`; empty at the end. Error: unavailable.
  virtual Task<std::string> read(std::uint64_t offset, std::size_t limit) = 0;
  /// The whole of it as an open file of this machine, for as long as this lives. Error: unavailable.
  virtual Task<int> descriptor() = 0;
};

/// Callable from any thread. A file is durable before its row is written, and removed after its last row is gone.
class MediaFiles {
 public:
  MediaFiles() = default;
  MediaFiles(const MediaFiles&) = delete;
  MediaFiles& operator=(const MediaFiles&) = delete;
  virtual ~MediaFiles() = default;
  /// `limit_bytes`: more makes write() fail with too_large. Error: unavailable.
  virtual Task<std::unique_ptr<MediaArrival>> begin(std::uint64_t limit_bytes) = 0;
  /// Errors: not_found (also for what is no hash), unavailable.
  virtual Task<std::shared_ptr<MediaFile>> open(std::string sha256) = 0;
  /// Removes a file unless it was written in the last `age`, also when it is being written again at this moment. False
  /// when it stays. Errors: invalid_param (no hash), unavailable.
  virtual Task<bool> remove_unless_younger(std::string sha256, std::chrono::seconds age) = 0;
  /// The hashes that begin with these two digits, in no order. Error: unavailable.
  virtual Task<std::vector<std::string>> list(std::string folder) = 0;
  /// Removes what interrupted arrivals left behind more than `age` ago.
  virtual Task<Unit> sweep_leftovers(std::chrono::seconds age) = 0;
  /// What fails when files cannot be stored: "the disk of the media folder".
  virtual std::string_view place() const = 0;
};

}  // namespace troupe::homeserver::media
