// The files of recordings: one for each chunk, sealed, in a folder for each recording.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "meetings/types/recording.h"

namespace troupe::meetings::recordings {

/// <root>/<id>/<number>-<random>. A name is never used twice, so no writer meets another, and a file that no row speaks
/// of is a leftover. Its bytes name the recording and the number before they are sealed: a file that was put in the
/// place of another does not open. Callable from any thread; every call blocks on the disk.
class ChunkFiles {
 public:
  /// The largest chunk.
  static constexpr std::size_t kMostChunkBytes = 512UL * 1024;

  struct Options {
    std::filesystem::path root;
    std::uint64_t reserve_bytes = 256ULL * 1024 * 1024;  ///< so much of the disk stays for everything else
  };
  explicit ChunkFiles(Options options) : options_(std::move(options)) {}

  static std::string make_key();
  /// Of a chunk's content, so that a repetition is known as one.
  static std::string digest(const std::string& key, std::string_view bytes);

  /// Yields the name of the file once it is durable. Errors: unavailable (the disk is full or fails: with a time to try
  /// again), internal (no key).
  Result<std::string> write(const Recording& recording, std::int64_t number, std::string_view bytes) const;
  /// Errors: unavailable (it cannot be read), internal (it is not that chunk, or was altered).
  Result<std::string> read(const Recording& recording, const RecordingChunk& chunk) const;
  /// As it lies in the file; nothing: there is none. Error: unavailable.
  Result<std::optional<std::string>> read_sealed(RecordingId recording, const RecordingChunk& chunk) const;
  /// What was sealed. Error: internal (it is not that chunk, or was altered).
  static Result<std::string> opened(const Recording& recording, const RecordingChunk& chunk, std::string_view sealed);
  /// The most that a sealed chunk has.
  static constexpr std::size_t kMostSealedBytes = kMostChunkBytes + 256;
  /// Nothing happens when it is not there.
  void remove(RecordingId recording, const std::string& file) const;
  /// Removes the files of which nothing is in `kept`. Error: unavailable.
  Result<Unit> remove_others(RecordingId recording, const std::vector<RecordingChunk>& kept) const;
  /// Its folder with all that is in it; the name is gone for good. Error: unavailable.
  Result<Unit> remove_all(RecordingId recording) const;
  /// Whose folders there are, at most so many. Error: unavailable.
  Result<std::vector<RecordingId>> folders(std::size_t most) const;

 private:
  std::filesystem::path folder_of(RecordingId recording) const;
  Options options_;
};

}  // namespace troupe::meetings::recordings
