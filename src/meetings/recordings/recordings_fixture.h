// What tests of recordings stand on: a meeting that is to be recorded, and where its sound lies.
#pragma once
#include <filesystem>

#include "kit/crash.h"
#include "kit/files.h"
#include "meetings/recordings/sound_response.h"
#include "meetings/transcripts/transcripts_fixture.h"
#include "store/durable_file.h"

namespace troupe::meetings::recordings {

using testing::IsEmpty;
using testing::SizeIs;

inline constexpr base::UnixMs kDay = records::kDayMs;

/// Keeps what an answer writes.
class Heard final : public net::http::BodyWriter {
 public:
  Task<Unit> write(std::string piece) override {
    largest = std::max(largest, piece.size());
    text += piece;
    co_return Unit{};
  }
  std::string text;
  std::size_t largest = 0;
};

class RecordingsTest : public transcripts::TranscriptsTest {
 protected:
  RecordingsTest() {
    open_recordings();
    wants_recording(meeting);
  }
  ~RecordingsTest() override { files.join(); }

  std::filesystem::path root() const { return dir.path() / "recordings"; }
  void open_recordings(std::uint64_t reserve = 0, std::int64_t most_bytes = 0) {
    sound = std::make_unique<Recordings>(
        Recordings::Uses{.db = *db, .clock = time, .bell = bell, .files = files, .most_bytes = most_bytes},
        ChunkFiles::Options{.root = root(), .reserve_bytes = reserve});
  }
  /// A kill: what is in memory is lost.
  void die() {
    sound.reset();
    kill();
    open_recordings();
  }
  void change(std::function<void(store::Tx&)> how) {
    kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
      how(tx);
      return Unit{};
    }));
  }
  void wants_recording(MeetingId id, std::int64_t days = 0) {
    change([&](store::Tx& tx) {
      tx.run("UPDATE mtg_meeting SET recording = 1, attempts = 1, recording_retention_days = ?2 WHERE id = ?1", id,
             days > 0 ? store::Value(days) : store::Value(nullptr));
    });
  }
  NewChunk chunk(std::int64_t number, std::string bytes, std::string part = "p1") const {
    return {.meeting = meeting,
            .attempt = 1,
            .session_uid = "C1",
            .part = std::move(part),
            .number = number,
            .until_ms = (number + 1) * 5'000,
            .bytes = std::move(bytes)};
  }
  Recording take(NewChunk chunk) { return must(sound->take(std::move(chunk))); }
  /// As Aftercare does it.
  std::vector<Recording> finish(MeetingId id) {
    end_meeting(id);
    must(sound->tidy(id));
    std::vector<Recording> ready;
    change([&](store::Tx& tx) { ready = finish_recordings(tx, id, time.unix_ms()); });
    return ready;
  }
  std::string whole(RecordingId id, std::string range = {}) {
    net::http::Request request;
    request.method = "GET";
    if (!range.empty()) request.headers.add("Range", range);
    auto response = sound_response(request, *sound, must(sound->open(id)));
    Heard heard;
    must(response.stream(heard));
    EXPECT_EQ(heard.text.size(), response.content_length);
    EXPECT_LE(heard.largest, ChunkFiles::kMostChunkBytes);
    return heard.text;
  }
  std::size_t files_on_disk() const {
    if (!std::filesystem::exists(root())) return 0;
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root())) count += entry.is_regular_file();
    return count;
  }
  std::int64_t rows(const std::string& table) {
    std::int64_t count = 0;
    kit::must(db->read_now([&](store::Connection& c) -> Result<Unit> {
      count = store::number(c.query("SELECT COUNT(*) FROM " + table));
      return Unit{};
    }));
    return count;
  }
  bool is_in_a_file(std::string_view bytes) const { return kit::is_in_a_file(dir.path(), bytes); }

  asio::thread_pool files{2};
  std::unique_ptr<Recordings> sound;
};

}  // namespace troupe::meetings::recordings
