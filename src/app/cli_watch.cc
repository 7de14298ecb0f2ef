// troupe meeting watch
#include <fmt/format.h>

#include <atomic>
#include <boost/json.hpp>
#include <csignal>
#include <cstdio>

#include "app/cli_line.h"
#include "app/local_stream.h"
#include "app/meeting_watch.h"

namespace troupe::app {
namespace {

constexpr int kSegmentsAtOnce = 200;

std::atomic<bool> watch_interrupted{false};

/// What there is of it in a data folder that no server runs on. False: it could not be read, and why is printed.
bool tell_all_there_is(Asker& asker, long long number, bool as_json, MeetingWatch& watch, bool& goes_on) {
  const auto path = fmt::format("/api/v1/meetings/{}", number);
  const auto meeting = asker.object({.method = "GET", .target = path, .body = {}}, as_json);
  if (!meeting) return false;
  for (std::size_t from = 0;; from += kSegmentsAtOnce) {
    const auto page =
        asker.object({.method = "GET",
                      .target = fmt::format("{}/transcript?format=json&from={}&limit={}", path, from, kSegmentsAtOnce),
                      .body = {}},
                     as_json);
    if (!page) return false;
    const auto* items = page->if_contains("items");
    if (!items || !items->is_array()) break;
    for (const auto& segment : items->get_array()) {
      if (segment.is_object()) watch.take_segment(segment.get_object());
    }
    if (items->get_array().size() < kSegmentsAtOnce) break;
  }
  goes_on = watch.take_meeting(*meeting);
  return true;
}

}  // namespace

void say_unserved() {
  fmt::print(stderr,
             "No server runs on this data folder: nothing happens to meetings until one does (troupe serve).\n");
}

/// Prints each change of its state and what was said as soon as that is final, until the meeting is over.
int CommandLine::watch_meeting() {
  auto config = load(options_, modules_);
  if (!config) return kWrongUse;
  std::signal(SIGINT, [](int) { watch_interrupted = true; });
  const auto as_json = options_.output.json;
  MeetingWatch watch(as_json, [](const std::string& line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
  });
  const Following following{.socket = config->settings.data_dir / "run" / "troupe.sock",
                            .target = fmt::format("/api/v1/meetings/{}/live", args_.number)};
  const auto followed = follow_local(
      following, watch_interrupted, [&watch](const auto& event) { return watch.take(event); },
      [] { fmt::print(stderr, "troupe: the server is away; trying again\n"); });
  if (!followed) {
    fmt::print(stderr, "troupe: {}\n", followed.error().message());
    return kFailed;
  }
  if (followed->how == Followed::How::refused) {
    print_error(followed->reply.body, as_json);
    return kFailed;
  }
  if (followed->how == Followed::How::nobody) {
    Asker asker(config->settings, modules_);
    bool goes_on = false;
    if (!tell_all_there_is(asker, args_.number, as_json, watch, goes_on)) return kFailed;
    if (goes_on) {
      say_unserved();
      return kFailed;
    }
  }
  return watch.is_failed() ? kFailed : kDone;
}

}  // namespace troupe::app
