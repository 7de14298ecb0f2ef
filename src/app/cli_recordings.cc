// troupe meeting recordings, troupe meeting recording
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <optional>
#include <string>

#include "app/cli_line.h"
#include "app/saved_file.h"

namespace troupe::app {
namespace {

namespace json = boost::json;
/// Of a recording at once: as base64 it fits into a message of the local socket.
constexpr std::int64_t kPieceOfRecording = 4LL * 1024 * 1024;

std::string recordings_path(long long meeting) { return fmt::format("/api/v1/meetings/{}/recordings", meeting); }

/// With the numbers by which `--number` knows them, in the order of the server: the oldest first.
json::array numbered(const json::array& recordings) {
  json::array rows;
  for (const auto& recording : recordings) {
    auto row = recording.as_object();
    row["number"] = rows.size() + 1;
    rows.emplace_back(std::move(row));
  }
  return rows;
}

/// The one that is meant; otherwise why there is none is printed.
const json::value* recording_meant(const json::array& recordings, long long number) {
  const auto count = std::ssize(recordings);
  if (count == 0) {
    fmt::print(stderr, "troupe: nothing is recorded of this meeting. Recordings are made where join has --record.\n");
    return nullptr;
  }
  if (number == 0 && count > 1) {
    fmt::print(stderr, "troupe: there are {} recordings: say which with --number 1 to {}\n", count, count);
    return nullptr;
  }
  if (number < 0 || number > count) {
    fmt::print(stderr, "troupe: there is no recording {}, only 1 to {}\n", number, count);
    return nullptr;
  }
  return &recordings[static_cast<std::size_t>(std::max(number, 1LL) - 1)];
}

/// Piece after piece, so that a long one needs no memory. False: why is printed.
bool copy_recording(Asker& asker, const std::string& target, std::int64_t bytes, SavedFile& file, bool as_json) {
  for (std::int64_t at = 0; at < bytes;) {
    const auto last = std::min(at + kPieceOfRecording, bytes) - 1;
    const auto piece = good_body(
        asker.ask({.method = "GET", .target = target, .body = {}, .range = fmt::format("bytes={}-{}", at, last)}),
        as_json);
    if (!piece) return false;
    if (std::ssize(*piece) != last - at + 1) {
      fmt::print(stderr, "troupe: the server answered with another part of the recording than was asked for\n");
      return false;
    }
    if (const auto written = file.write(*piece); !written) {
      fmt::print(stderr, "troupe: {}\n", written.error().message());
      return false;
    }
    at = last + 1;
  }
  return true;
}

}  // namespace

int CommandLine::list_recordings() {
  auto config = load(options_, modules_);
  if (!config) return kWrongUse;
  Asker asker(config->settings, modules_);
  const auto items = asker.items(recordings_path(args_.number) + "?", options_.output.json);
  if (!items) return kFailed;
  const auto rows = numbered(*items);
  if (options_.output.json) {
    fmt::print("{}\n", json::serialize(json::object{{"items", rows}, {"total", rows.size()}}));
  } else if (options_.output.quiet) {
    for (const auto& row : rows) fmt::print("{}\n", text_at(row, "/number"));
  } else if (rows.empty()) {
    fmt::print("Nothing is recorded of this meeting. Recordings are made where join has --record.\n");
  } else {
    constexpr Column kColumns[]{{"number", "/number"},         {"state", "/state"},     {"begun", "/started_at"},
                                {"ended", "/ended_at"},        {"seconds", "/seconds"}, {"bytes", "/bytes"},
                                {"missing pieces", "/missing"}};
    print_columns(rows, kColumns);
  }
  return kDone;
}

int CommandLine::save_recording() {
  auto config = load(options_, modules_);
  if (!config) return kWrongUse;
  Asker asker(config->settings, modules_);
  const bool as_json = options_.output.json;
  const auto items = asker.items(recordings_path(args_.number) + "?", as_json);
  if (!items) return kFailed;
  const auto* recording = recording_meant(*items, args_.recording);
  if (recording == nullptr) return kFailed;
  if (text_at(*recording, "/state") != "ready") {
    // A piece that comes late moves all behind it.
    fmt::print(stderr, "troupe: it is being recorded: that can be saved when the meeting has ended\n");
    return kFailed;
  }
  auto file = SavedFile::open(args_.out, args_.force);
  if (!file) {
    fmt::print(stderr, "troupe: {}\n", file.error().message());
    return kFailed;
  }
  const auto bytes = recording->at("bytes").to_number<std::int64_t>();
  const auto target = recordings_path(args_.number) + "/" + text_at(*recording, "/id");
  if (!copy_recording(asker, target, bytes, **file, as_json)) return kFailed;
  if (const auto done = (*file)->finish(); !done) {
    fmt::print(stderr, "troupe: {}\n", done.error().message());
    return kFailed;
  }
  if (as_json) {
    fmt::print("{}\n", json::serialize(json::object{{"file", args_.out}, {"recording", *recording}}));
  } else if (!options_.output.quiet) {
    fmt::print("{} bytes written to {}.\n", bytes, for_terminal(args_.out));
  }
  return kDone;
}

void CommandLine::add_recording_commands(CLI::App* meeting) {
  auto* list = add(meeting, "recordings", "What was recorded of a meeting: one each time that a bot began anew",
                   [this] { return list_recordings(); });
  auto* save = add(meeting, "recording", "Save the sound of a meeting", [this] { return save_recording(); });
  for (auto* command : {list, save}) {
    command->add_option("meeting", args_.number, "The meeting's number")->required();
  }
  save->add_option("--number", args_.recording, "Which of its recordings, as troupe meeting recordings counts them")
      ->check(CLI::PositiveNumber);
  save->add_option("--out", args_.out, "The file to write")->required();
  save->add_flag("--force", args_.force, "Replace that file if it is there");
  save->footer("Example: troupe meeting recording 12 --out call.webm");
}

}  // namespace troupe::app
