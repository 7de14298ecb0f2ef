// Makes small pictures of large ones, each in a child process of its own with limits.
#pragma once
#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "base/task.h"
#include "homeserver/media/media_store.h"
#include "store/async_gate.h"

namespace troupe::homeserver::media {

/// The environment variable that tells the worker what to make: "WIDTH HEIGHT crop|scale".
inline constexpr const char* kThumbnailOrder = "TROUPE_THUMBNAIL";
/// How the worker's answer begins when it could not shut itself in, before the names of what is missing.
inline constexpr std::string_view kMissingWalls = "without ";
inline constexpr std::size_t kMaxThumbnailSourceBytes = 32UL * 1024 * 1024;

struct ThumbnailPicture {
  std::string content_type;  ///< image/png or image/jpeg
  std::string bytes;
};

struct ThumbnailerOptions {
  /// What is started; the worker must be the program's first act.
  std::vector<std::string> command{"/proc/self/exe", "thumbnail-worker"};
  std::chrono::milliseconds timeout{15'000};
  std::size_t at_once = 2;
  std::size_t max_waiting = 64;
  std::size_t max_result_bytes = 4UL * 1024 * 1024;
};

/// One per server; callable from any thread.
class Thumbnailer {
 public:
  explicit Thumbnailer(base::MetricRegistry& metrics, ThumbnailerOptions options = {});

  /// So many work at once; whoever has a place may bring a picture to this machine's disk. Error: unavailable (too
  /// busy).
  using Place = store::AsyncGate::Pass;
  Task<Place> enter() { return gate_.enter(); }
  /// Reads the picture from an open file (from its beginning; the caller keeps it open until the task ends). Never
  /// enlarges. Errors: unsupported with status 400 (no picture, or a damaged one), unavailable (cannot start).
  Task<ThumbnailPicture> make(const Place& place, int picture_descriptor, ThumbnailShape shape);

 private:
  /// Takes the worker's word on missing walls from the front of its answer; says it once in the log.
  void note_walls(std::string& answer);
  ThumbnailerOptions options_;
  std::atomic<bool> warned_{false};
  store::AsyncGate gate_;
  base::Counter& made_;
  base::Counter& failed_;
};

}  // namespace troupe::homeserver::media
