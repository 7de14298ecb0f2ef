#include "runtime/nomad/nomad_reading.h"

#include <charconv>
#include <map>
#include <set>

#include "runtime/cluster/json_read.h"
#include "runtime/nomad/nomad_job.h"

namespace troupe::runtime::nomad {
namespace {

using boost::json::value;
using cluster::array_at;
using cluster::find_at;
using cluster::number_at;
using cluster::object_at;
using cluster::Sighting;
using cluster::text_at;

constexpr std::int64_t kNsPerMs = 1'000'000;

bool is_failure(std::string_view event) {
  for (const auto* known : {"Driver Failure", "Setup Failure", "Failed Artifact Download", "Failed Validation",
                            "Sibling Task Failed", "Not Restarting"}) {
    if (event == known) return true;
  }
  return false;
}

std::string words_of_event(const value& event) {
  const auto words = text_at(event, {"DisplayMessage"});
  return std::string(text_at(event, {"Type"})) + (words.empty() ? "" : ": " + std::string(words));
}

/// Nomad keeps the last ten events of a task; the end is among them.
void read_end(const value& task, Sighting& seen) {
  const value* ended = nullptr;
  const value* failure = nullptr;
  for (const auto& event : array_at(task, {"Events"})) {
    const auto type = text_at(event, {"Type"});
    if (type == "Terminated") ended = &event;
    // "Not Restarting" only repeats that there was one.
    if (is_failure(type) && (type != "Not Restarting" || !failure)) failure = &event;
  }
  seen.phase = Sighting::Phase::ended;
  const auto at = cluster::time_at(task, {"FinishedAt"});
  if (ended) {
    const auto time = number_at(*ended, {"Time"}) / kNsPerMs;
    seen.exit = cluster::exit_of(number_at(*ended, {"ExitCode"}), number_at(*ended, {"Signal"}),
                                 text_at(*ended, {"Details", "oom_killed"}) == "true", time != 0 ? time : at);
  } else if (failure) {
    seen.exit = {.code = -1, .error = "Nomad could not run it. " + words_of_event(*failure), .at = at};
  } else {
    seen.unknown_end = true;
    seen.exit = {.code = -1, .error = "Nomad ended the task and does not say how.", .at = at};
  }
}

void read_allocation(const value& allocation, bool job_is_dead, Sighting& seen) {
  seen.state["allocation"] = text_at(allocation, {"ID"});
  const auto status = text_at(allocation, {"ClientStatus"});
  const auto* task = find_at(allocation, {"TaskStates", kTask});
  const value none;
  if (!task) task = &none;
  seen.started_at = cluster::time_at(*task, {"StartedAt"});
  if (status == "complete" || status == "failed") return read_end(*task, seen);
  // Its node is not heard of: no proof of death, unless Nomad itself has given the job up.
  if (status == "lost" && job_is_dead) {
    seen.phase = Sighting::Phase::ended;
    seen.unknown_end = true;
    seen.exit = {.code = -1, .error = "Nomad lost the machine that the task ran on."};
    return;
  }
  if (status != "pending") {
    seen.phase = Sighting::Phase::running;
    return;
  }
  const auto& events = array_at(*task, {"Events"});
  if (!events.empty()) seen.trouble = words_of_event(events.back());
}

std::int64_t number_in(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// Of several allocations of a job.
bool is_newer(const value& a, const value& b) { return number_at(a, {"CreateIndex"}) > number_at(b, {"CreateIndex"}); }

}  // namespace

std::vector<Sighting> sightings_of(const value& jobs, const value& allocations, std::string_view instance) {
  std::map<std::string_view, const value*> newest;
  for (const auto& allocation : array_at(allocations, {})) {
    auto& slot = newest[text_at(allocation, {"JobID"})];
    if (!slot || is_newer(allocation, *slot)) slot = &allocation;
  }
  std::vector<Sighting> found;
  for (const auto& job : array_at(jobs, {})) {
    if (text_at(job, {"ParentID"}).empty() || text_at(job, {"Meta", "troupe_instance"}) != instance) continue;
    Sighting seen;
    seen.task_id = text_at(job, {"Meta", "troupe_task"});
    seen.run = text_at(job, {"Meta", "troupe_run"});
    if (!is_task_id(seen.task_id) || seen.run.empty()) continue;
    seen.log_after = number_in(text_at(job, {"Meta", "troupe_log_after"}));
    const auto id = text_at(job, {"ID"});
    const bool is_dead = text_at(job, {"Status"}) == "dead";
    seen.state["job"] = id;
    const auto it = newest.find(id);
    if (it != newest.end()) {
      read_allocation(*it->second, is_dead, seen);
    } else if (is_dead) {
      seen.phase = Sighting::Phase::ended;
      seen.exit = {.code = -1, .error = "The task was stopped before Nomad placed it."};
    }
    found.push_back(std::move(seen));
  }
  return found;
}

std::vector<std::string> dead_without_allocation(const value& jobs, const boost::json::array& allocations,
                                                 std::string_view instance) {
  std::set<std::string_view> placed;
  for (const auto& allocation : allocations) placed.insert(text_at(allocation, {"JobID"}));
  std::vector<std::string> found;
  for (const auto& job : array_at(jobs, {})) {
    const auto id = text_at(job, {"ID"});
    if (!id.empty() && text_at(job, {"Status"}) == "dead" && !text_at(job, {"ParentID"}).empty() &&
        text_at(job, {"Meta", "troupe_instance"}) == instance && !placed.contains(id)) {
      found.emplace_back(id);
    }
  }
  return found;
}

const value* newest_allocation(const value& allocations, std::string_view job) {
  const value* newest = nullptr;
  for (const auto& allocation : array_at(allocations, {})) {
    if (text_at(allocation, {"JobID"}) == job && (!newest || is_newer(allocation, *newest))) newest = &allocation;
  }
  return newest;
}

std::string why_not_placed(const value& evaluation) {
  std::string why;
  for (const auto& failed : object_at(evaluation, {"FailedTGAllocs"})) {
    const auto& group = failed.value();
    if (number_at(group, {"NodesEvaluated"}) == 0) why += "; no machine is there for it";
    for (const auto* member : {"ConstraintFiltered", "DimensionExhausted"}) {
      for (const auto& reason : object_at(group, {member})) why += "; " + std::string(reason.key());
    }
  }
  if (!why.empty()) return "Nomad cannot place it: " + why.substr(2);
  return text_at(evaluation, {"Status"}) == "blocked" ? "Nomad waits for room on a machine" : std::string();
}

}  // namespace troupe::runtime::nomad
