#include "meetings/recordings/files.h"

#include <fmt/format.h>

#include <charconv>
#include <set>

#include "base/crypto.h"
#include "base/encoding.h"
#include "store/durable_file.h"

namespace troupe::meetings::recordings {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kRandomBytes = 8;
constexpr std::chrono::seconds kTryAgain{20};

std::string name_line(RecordingId recording, std::int64_t number) { return fmt::format("{}/{}\n", recording, number); }

/// What the disk said is for the log: it names folders of this machine.
Error no_room(const std::string& detail) {
  return Error(Errc::unavailable, "The recording cannot be stored now: its disk is full or fails.", detail)
      .with_retry_after(kTryAgain);
}

Error cannot(std::string_view what, const fs::path& path, const std::error_code& code) {
  return Error(Errc::unavailable, "A recording's files cannot be looked at or removed.",
               fmt::format("{} {}: {}", what, path.string(), code.message()));
}

}  // namespace

std::string ChunkFiles::make_key() { return base::random_bytes(kKeyBytes); }

std::string ChunkFiles::digest(const std::string& key, std::string_view bytes) { return base::hmac_sha256(key, bytes); }

fs::path ChunkFiles::folder_of(RecordingId recording) const { return options_.root / std::to_string(recording); }

Result<std::string> ChunkFiles::write(const Recording& recording, std::int64_t number, std::string_view bytes) const {
  TRY(const auto sealing, base::SealingKey::from_raw(recording.key));
  const auto folder = folder_of(recording.id);
  if (const auto made = store::make_folders_durably(folder); !made) return no_room(made.error().message());
  const auto space = store::disk_space(folder);
  if (!space) return no_room(space.error().message());
  if (space->free_bytes < options_.reserve_bytes + bytes.size()) {
    return no_room(fmt::format("{} bytes are free, and {} stay so", space->free_bytes, options_.reserve_bytes));
  }
  const auto random = base::random_bytes(kRandomBytes);
  auto name =
      fmt::format("{}-{}", number, base::hex({reinterpret_cast<const std::uint8_t*>(random.data()), random.size()}));
  std::string plain = name_line(recording.id, number);
  plain += bytes;
  const auto written = store::write_durably(folder / name, sealing.seal(plain));
  if (!written) {
    remove(recording.id, name);  // it may stand there, and not be durable
    return no_room(written.error().message());
  }
  return name;
}

Result<std::optional<std::string>> ChunkFiles::read_sealed(RecordingId recording, const RecordingChunk& chunk) const {
  return store::read_whole(folder_of(recording) / chunk.file, kMostSealedBytes);
}

Result<std::string> ChunkFiles::read(const Recording& recording, const RecordingChunk& chunk) const {
  TRY(const auto sealed, read_sealed(recording.id, chunk));
  if (!sealed) return Error(Errc::unavailable, "A piece of the recording is not on the disk any more.");
  return opened(recording, chunk, *sealed);
}

Result<std::string> ChunkFiles::opened(const Recording& recording, const RecordingChunk& chunk,
                                       std::string_view sealed) {
  TRY(const auto sealing, base::SealingKey::from_raw(recording.key));
  TRY(auto plain, sealing.open(sealed));
  const auto line = name_line(recording.id, chunk.number);
  if (!plain.starts_with(line) || plain.size() - line.size() != static_cast<std::size_t>(chunk.bytes)) {
    return Error(Errc::internal, "A piece of the recording is not what it should be.");
  }
  plain.erase(0, line.size());
  return plain;
}

void ChunkFiles::remove(RecordingId recording, const std::string& file) const {
  std::error_code ec;
  fs::remove(folder_of(recording) / file, ec);  // what stays is removed with the leftovers
}

Result<Unit> ChunkFiles::remove_others(RecordingId recording, const std::vector<RecordingChunk>& kept) const {
  std::set<std::string_view> names;
  for (const auto& chunk : kept) names.insert(chunk.file);
  const auto folder = folder_of(recording);
  std::error_code ec;
  std::vector<fs::path> others;
  for (fs::directory_iterator at(folder, ec), end; !ec && at != end; at.increment(ec)) {
    if (!names.contains(at->path().filename().string())) others.push_back(at->path());
  }
  if (ec == std::errc::no_such_file_or_directory) return Unit{};
  if (ec) return cannot("look at", folder, ec);
  for (const auto& path : others) {
    fs::remove(path, ec);
    if (ec) return cannot("remove", path, ec);
  }
  return Unit{};
}

Result<Unit> ChunkFiles::remove_all(RecordingId recording) const {
  const auto folder = folder_of(recording);
  std::error_code ec;
  const auto removed = fs::remove_all(folder, ec);
  if (ec) return cannot("remove", folder, ec);
  if (removed > 0) TRY(store::sync_folder(options_.root));
  return Unit{};
}

Result<std::vector<RecordingId>> ChunkFiles::folders(std::size_t most) const {
  std::vector<RecordingId> found;
  std::error_code ec;
  for (fs::directory_iterator at(options_.root, ec), end; !ec && at != end && found.size() < most; at.increment(ec)) {
    const auto name = at->path().filename().string();
    RecordingId id = 0;
    const auto [last, wrong] = std::from_chars(name.data(), name.data() + name.size(), id);
    if (wrong == std::errc() && last == name.data() + name.size()) found.push_back(id);
  }
  if (ec && ec != std::errc::no_such_file_or_directory) return cannot("look at", options_.root, ec);
  return found;
}

}  // namespace troupe::meetings::recordings
