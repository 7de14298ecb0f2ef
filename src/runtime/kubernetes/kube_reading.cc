#include "runtime/kubernetes/kube_reading.h"

#include <charconv>

#include "base/utc.h"
#include "runtime/cluster/json_read.h"
#include "runtime/kubernetes/kube_job.h"

namespace troupe::runtime::kubernetes {
namespace {

using boost::json::value;
using cluster::array_at;
using cluster::find_at;
using cluster::number_at;
using cluster::Sighting;
using cluster::text_at;

constexpr std::size_t kSecondsLength = std::string_view("2026-11-20T08:00:00").size();
constexpr std::size_t kNanoDigits = 9;
constexpr std::int64_t kMsPerS = 1000;

std::string reason_and_message(const value& in, cluster::Path path = {}) {
  const auto* at = find_at(in, path);
  if (!at) return {};
  std::string words(text_at(*at, {"reason"}));
  const auto message = text_at(*at, {"message"});
  if (!message.empty()) words += (words.empty() ? "" : ": ") + std::string(message);
  return words;
}

bool never_ran(std::string_view reason) {
  return reason == "StartError" || reason == "ContainerCannotRun" || reason == "ContainerStatusUnknown";
}

void read_terminated(const value& terminated, Sighting& seen) {
  seen.phase = Sighting::Phase::ended;
  seen.started_at = cluster::time_at(terminated, {"startedAt"});
  const auto reason = text_at(terminated, {"reason"});
  const auto at = cluster::time_at(terminated, {"finishedAt"});
  if (never_ran(reason)) {
    seen.unknown_end = reason == "ContainerStatusUnknown";
    seen.exit = {.code = -1, .error = "Kubernetes could not run it. " + reason_and_message(terminated), .at = at};
    return;
  }
  seen.exit = cluster::exit_of(number_at(terminated, {"exitCode"}), number_at(terminated, {"signal"}),
                               reason == "OOMKilled", at);
}

void read_waiting(const value& pod, const value* waiting, Sighting& seen) {
  if (waiting) {
    const auto reason = text_at(*waiting, {"reason"});
    if (reason != "ContainerCreating" && reason != "PodInitializing") seen.trouble = reason_and_message(*waiting);
    seen.hopeless = reason == "InvalidImageName" || reason == "ErrImageNeverPull";
    return;
  }
  for (const auto& condition : array_at(pod, {"status", "conditions"})) {
    if (text_at(condition, {"type"}) != "PodScheduled" || text_at(condition, {"status"}) != "False") continue;
    seen.trouble = reason_and_message(condition);
  }
}

void end_unknown(Sighting& seen, std::string why) {
  seen.phase = Sighting::Phase::ended;
  seen.unknown_end = true;
  seen.exit = {.code = -1, .error = std::move(why)};
}

std::int64_t number_from(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::optional<Sighting> start_of_sighting(const value& object, std::string_view instance) {
  if (text_at(object, {"metadata", "labels", kInstanceLabel}) != instance) return std::nullopt;
  Sighting seen;
  seen.task_id = text_at(object, {"metadata", "annotations", kTaskNote});
  seen.run = text_at(object, {"metadata", "annotations", kRunNote});
  if (!is_task_id(seen.task_id) || seen.run.empty()) return std::nullopt;
  seen.log_after = number_from(text_at(object, {"metadata", "annotations", kLogNote}));
  seen.state["job"] = text_at(object, {"metadata", "labels", kJobLabel});
  return seen;
}

/// A timestamp with its fraction filled up to nanoseconds, so that texts compare as times do.
std::string comparable(std::string_view time) {
  std::string text(time.substr(0, kSecondsLength));
  const auto dot = time.size() > kSecondsLength && time[kSecondsLength] == '.';
  auto fraction = dot ? time.substr(kSecondsLength + 1) : std::string_view();
  fraction = fraction.substr(0, fraction.find_first_not_of("0123456789"));
  std::string digits(fraction.substr(0, kNanoDigits));
  digits.resize(kNanoDigits, '0');
  return text + "." + digits;
}

}  // namespace

std::optional<Sighting> sighting_of_pod(const value& pod, std::string_view instance, bool deleted) {
  auto seen = start_of_sighting(pod, instance);
  if (!seen) return std::nullopt;
  const value none;
  const value* container = &none;
  for (const auto& status : array_at(pod, {"status", "containerStatuses"})) {
    if (text_at(status, {"name"}) == kContainer) container = &status;
  }
  const auto phase = text_at(pod, {"status", "phase"});
  if (const auto* terminated = find_at(*container, {"state", "terminated"})) {
    read_terminated(*terminated, *seen);
  } else if (deleted) {
    end_unknown(*seen, "The pod was deleted, and nobody knows how the task ended.");
  } else if (phase == "Failed") {
    const auto why = reason_and_message(pod, {"status"});
    seen->phase = Sighting::Phase::ended;
    seen->exit = {.code = -1, .error = "Kubernetes gave the task up. " + why};
  } else if (phase == "Succeeded") {
    end_unknown(*seen, "Kubernetes does not say how the task ended.");
  } else if (const auto* running = find_at(*container, {"state", "running"}); running || phase == "Unknown") {
    seen->phase = Sighting::Phase::running;
    if (running) seen->started_at = cluster::time_at(*running, {"startedAt"});
  } else {
    read_waiting(pod, find_at(*container, {"state", "waiting"}), *seen);
  }
  return seen;
}

std::optional<Sighting> sighting_of_job(const value& job, std::string_view instance) {
  auto seen = start_of_sighting(job, instance);
  if (!seen) return std::nullopt;
  seen->state["uid"] = text_at(job, {"metadata", "uid"});
  if (is_over(job)) end_unknown(*seen, "Its pod is gone, and nobody knows how the task ended.");
  return seen;
}

bool is_over(const value& job) {
  for (const auto& condition : array_at(job, {"status", "conditions"})) {
    const auto type = text_at(condition, {"type"});
    if ((type == "Complete" || type == "Failed") && text_at(condition, {"status"}) == "True") return true;
  }
  return false;
}

std::vector<LogLine> new_lines(std::string_view log, boost::json::object& place) {
  std::string last(text_at(value(place), {"last"}));
  auto seen = number_at(value(place), {"seen"});
  std::vector<LogLine> lines;
  std::int64_t to_skip = seen;
  while (true) {
    const auto end = log.find('\n');
    if (end == std::string_view::npos) break;  // a line that is still being written
    const auto line = log.substr(0, end);
    log.remove_prefix(end + 1);
    const auto blank = line.find(' ');
    const auto stamp = line.substr(0, blank);
    const auto when = base::read_utc(stamp, base::kIsoSeconds);
    if (!when) continue;
    const auto time = comparable(stamp);
    if (time < last) continue;
    if (time == last && to_skip > 0) {
      --to_skip;
      continue;
    }
    seen = time == last ? seen + 1 : 1;
    if (time != last) to_skip = 0;
    last = time;
    const auto ms = number_from(std::string_view(time).substr(kSecondsLength + 1, 3));
    const auto text = blank == std::string_view::npos ? std::string_view() : line.substr(blank + 1);
    lines.push_back({.at = *when / kMsPerS * kMsPerS + ms, .source = LogSource::out, .text = std::string(text)});
  }
  place["last"] = last;
  place["seen"] = seen;
  return lines;
}

}  // namespace troupe::runtime::kubernetes
