// The pieces of recordings in the bucket of media: as sealed as in the folder, and called the same.
#pragma once
#include <atomic>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "host/object_store.h"
#include "meetings/recordings/files.h"

namespace troupe::meetings::recordings {

/// recordings/<id>/<file of the chunk>. Callable from any thread. Errors: unavailable, with a time to try again.
class ChunkBucket {
 public:
  explicit ChunkBucket(host::ObjectStore& objects) : objects_(objects) {}

  Task<Unit> put(RecordingId recording, std::string file, std::string sealed);
  /// Error also: internal (it is not that chunk, or was altered).
  Task<std::string> read(Recording recording, RecordingChunk chunk);
  /// The files that are there.
  Task<std::set<std::string>> files_of(RecordingId recording);
  Task<Unit> remove_all(RecordingId recording);
  /// Whether the last listing or storing went well; true at the start.
  bool answers() const { return answers_; }
  /// Of which anything lies there, at most so many.
  Task<std::set<RecordingId>> recordings(std::size_t most);

 private:
  Task<std::vector<std::string>> names(std::string begin);
  /// Beside each other; at least one.
  Task<Unit> remove(std::span<const std::string> names);
  host::ObjectStore& objects_;
  std::atomic<bool> answers_{true};
};

}  // namespace troupe::meetings::recordings
