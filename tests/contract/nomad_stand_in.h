// A peer written here from Nomad's API documentation, not the real Nomad: parameterised jobs, dispatch, allocations
// with blocking queries, logs, signals, stop and purge. What a task does is in the name of its image.
#pragma once
#include <algorithm>
#include <chrono>

#include "base/utc.h"
#include "contract/engine_stand_in.h"

namespace troupe::contract {

class NomadStandIn final : public EngineStandIn {
 public:
  static constexpr std::string_view kToken = "nomad-test-token";
  using Clock = std::chrono::steady_clock;
  struct Job {
    boost::json::object body{};
    std::string parent{}, token{}, status = "pending", payload{};
    std::map<std::string, std::string> meta{};
  };
  struct Allocation {
    std::string id{}, job{}, image{}, status = "pending", out{};
    std::int64_t create_index = 0;
    boost::json::array events{};
    std::optional<Clock::time_point> ends_at{};
    std::int64_t code = 0, signal = 0;
    bool oom = false;
  };
  std::map<std::string, Job> jobs;
  std::vector<Allocation> allocations;
  std::int64_t index = 10;
  bool places = true;          ///< there is room on machines
  bool lists_late = false;     ///< the list of allocations is older than that of jobs
  bool forgets_lists = false;  ///< lists are empty although the jobs are there

  Allocation* find_task(std::string_view task_id) {
    for (auto it = allocations.rbegin(); it != allocations.rend(); ++it) {
      const auto job = jobs.find(it->job);
      if (job != jobs.end() && job->second.meta.at("troupe_task") == task_id) return &*it;
    }
    return nullptr;
  }
  /// What its program is started with: Nomad replaces names in metadata first, then in environment and arguments, each
  /// time once; names that it does not know stay.
  struct Seen {
    std::map<std::string, std::string> environment{};
    std::vector<std::string> words{};
  };
  Seen seen_by(const Allocation& it) const {
    const auto& job = jobs.at(it.job);
    std::map<std::string, std::string> names{{"NOMAD_TASK_DIR", "/local"}, {"attr.kernel.name", "linux"}};
    for (const auto& [key, value] : job.meta) {
      const auto text = replaced(value, names);
      auto upper = key;
      std::ranges::transform(upper, upper.begin(), [](char c) { return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c; });
      names["NOMAD_META_" + key] = text;
      names["NOMAD_META_" + upper] = text;
    }
    Seen seen;
    const auto& task = job.body.at("TaskGroups").at(0).at("Tasks").at(0);
    for (const auto& [name, value] : task.at("Env").as_object()) {
      seen.environment[std::string(name)] = replaced(std::string(value.as_string()), names);
    }
    for (const auto* list : {"entrypoint", "args"}) {
      const auto* words = task.at("Config").as_object().if_contains(list);
      if (words == nullptr) continue;
      for (const auto& word : words->as_array()) seen.words.push_back(replaced(std::string(word.as_string()), names));
    }
    return seen;
  }
  void end(Allocation& it, std::int64_t code, std::int64_t signal, bool oom = false) {
    if (it.status != "running") return;
    boost::json::object details{{"exit_code", std::to_string(code)}, {"oom_killed", oom ? "true" : "false"}};
    it.events.push_back({{"Type", "Terminated"},
                         {"Time", base::system_clock().unix_ms() * 1'000'000},
                         {"ExitCode", code},
                         {"Signal", signal},
                         {"DisplayMessage", "Exit Code: " + std::to_string(code)},
                         {"Details", std::move(details)}});
    leave(it, code == 0 && signal == 0 ? "complete" : "failed");
  }
  /// The node's client says so, or is not heard of.
  void leave(Allocation& it, std::string status) {
    it.status = std::move(status);
    const auto job = jobs.find(it.job);
    if (job != jobs.end() && (it.status == "complete" || it.status == "failed")) job->second.status = "dead";
    ++index;
  }

 protected:
  void check_credential(const ClientRequest& request) override {
    expect(request.headers.get("x-nomad-token") == kToken, "no token in X-Nomad-Token");
    expect(request.url.find(kToken) == std::string::npos, "the token is in a URL");
  }
  asio::awaitable<ClientResponse> serve(Asked asked) override {
    tick();
    expect(asked.query["namespace"] == "bots", "another namespace: " + asked.line);
    auto& path = asked.path;
    expect(path.front() == "v1", "no version: " + asked.line);
    if (path.size() == 3 && path[1] == "agent") {
      co_return json(boost::json::parse(R"({"config":{"Version":{"Version":"1.8.4"}}})"));
    }
    if (path.size() == 2 && path[1] == "jobs" && asked.method == "GET") co_return list_jobs(asked);
    if (path.size() == 2 && path[1] == "jobs" && asked.method == "PUT") co_return register_job(asked);
    if (path.size() == 2 && path[1] == "allocations") co_return co_await list_allocations(std::move(asked));
    if (path.size() >= 3 && path[1] == "job") co_return one_job(asked);
    if (path.size() == 3 && path[1] == "evaluation") co_return evaluation();
    if (path.size() == 5 && path[1] == "client" && path[4] == "signal") co_return take_signal(asked);
    if (path.size() == 5 && path[2] == "fs" && path[3] == "logs") co_return log(asked);
    expect(false, "no such call: " + asked.line);
    co_return answer(404, "Invalid method or path");
  }

 private:
  static std::string replaced(std::string_view text, const std::map<std::string, std::string>& names) {
    std::string out;
    while (!text.empty()) {
      const auto end = text.starts_with("${") ? text.find('}') : std::string_view::npos;
      const auto known = end == std::string_view::npos ? names.end() : names.find(std::string(text.substr(2, end - 2)));
      out += known == names.end() ? std::string(1, text.front()) : known->second;
      text.remove_prefix(known == names.end() ? 1 : end + 1);
    }
    return out;
  }
  void tick() {
    const auto now = Clock::now();
    for (auto& it : allocations) {
      if (it.status == "pending" && jobs.contains(it.job)) begin(it);
      if (it.status == "running" && it.ends_at && *it.ends_at <= now) end(it, it.code, it.signal, it.oom);
    }
  }
  void begin(Allocation& it) {
    const auto is = [&](std::string_view what) { return it.image == "test/" + std::string(what); };
    if (is("cannot_start") || is("not_there")) {
      it.events.push_back({{"Type", "Driver Failure"},
                           {"DisplayMessage", "Failed to pull `" + it.image + "`: repository does not exist"}});
      return leave(it, "failed");
    }
    it.status = "running";
    jobs[it.job].status = "running";
    ++index;
    if (is("exits_3")) it.ends_at = Clock::now(), it.code = 3;
    if (is("breaks_off")) it.ends_at = Clock::now(), it.code = 139;
    if (is("too_big")) it.ends_at = Clock::now(), it.code = 137, it.oom = true;
    if (is("says_half")) it.ends_at = Clock::now(), it.out = "one\nhalf a line";
    if (is("says_three")) it.out = "one\ntwo\nthree\n";
    if (is("ignores_stop") || is("is_slow_to_end")) it.out = "ready\n";
  }
  void tell(Allocation& it, std::string_view signal) {
    if (signal == "SIGKILL") return end(it, 137, 9);
    if (signal != "SIGTERM" || it.image == "test/ignores_stop") return;
    if (it.image == "test/is_slow_to_end") {
      it.ends_at = Clock::now() + std::chrono::milliseconds(200);
      it.code = 0;
      return;
    }
    end(it, 143, 0);
  }
  ClientResponse register_job(const Asked& asked) {
    const auto& job = asked.body.at("Job").as_object();
    expect_known(
        job, "Job",
        {"ID", "Name", "Type", "Namespace", "Datacenters", "Constraints", "Meta", "ParameterizedJob", "TaskGroups"});
    expect(job.at("Type") == "batch" && job.at("Namespace") == "bots", "not a batch job of the namespace");
    const auto& group = job.at("TaskGroups").at(0);
    expect_known(group, "TaskGroup", {"Name", "Count", "RestartPolicy", "ReschedulePolicy", "EphemeralDisk", "Tasks"});
    expect(group.at("RestartPolicy").at("Attempts") == 0 && group.at("ReschedulePolicy").at("Attempts") == 0 &&
               group.at("ReschedulePolicy").at("Unlimited") == false,
           "Nomad may start it again");
    const auto& task = group.at("Tasks").at(0);
    expect_known(
        task, "Task",
        {"Name", "Driver", "Config", "Env", "Resources", "LogConfig", "KillTimeout", "KillSignal", "DispatchPayload"});
    expect_known(task.at("Config"), "Config", {"image", "entrypoint", "args", "network_mode", "shm_size"});
    const auto files =
        task.at("LogConfig").at("MaxFiles").as_int64() * task.at("LogConfig").at("MaxFileSizeMB").as_int64();
    expect(group.at("EphemeralDisk").at("SizeMB").as_int64() > files, "the logs do not fit on the disk");
    jobs[std::string(job.at("ID").as_string())].body = job;
    return json({{"EvalID", ""}, {"JobModifyIndex", ++index}, {"Warnings", ""}});
  }
  ClientResponse dispatch(const std::string& id, const Asked& asked) {
    expect(asked.method == "PUT" || asked.method == "POST", "dispatch by " + asked.method);
    expect_known(asked.body, "dispatch", {"Meta", "Payload"});
    const auto token = asked.query.contains("idempotency_token") ? asked.query.at("idempotency_token") : "";
    for (const auto& [child, job] : jobs) {
      // Of the same parent only, as Nomad looks for it.
      if (!token.empty() && job.parent == id && job.token == token && job.status != "dead") return dispatched(child);
    }
    const auto& parameters = jobs[id].body.at("ParameterizedJob");
    std::set<std::string> required;
    for (const auto& key : parameters.at("MetaRequired").as_array()) required.emplace(key.as_string());
    Job made{.body = jobs[id].body, .parent = id, .token = token};
    for (const auto& [key, value] : asked.body.at("Meta").as_object()) {
      if (required.erase(std::string(key)) == 0) return answer(500, "Dispatch request included unpermitted metadata");
      made.meta[std::string(key)] = std::string(value.as_string());
    }
    if (!required.empty()) return answer(500, "Dispatch did not provide required meta keys");
    const auto* payload = asked.body.as_object().if_contains("Payload");
    const bool wanted = parameters.at("Payload") == "required";
    if (wanted != (payload != nullptr))
      return answer(500, "Payload is " + std::string(wanted ? "missing" : "forbidden"));
    if (payload) made.payload = base::base64_decode(payload->as_string()).value_or("");
    expect(made.payload.size() <= 16'384, "a payload over 16 KiB");
    const auto& task = made.body.at("TaskGroups").at(0).at("Tasks").at(0);
    const auto child = id + "/dispatch-1700000000-" + std::to_string(10'000'000 + ++index);
    if (places) {
      allocations.push_back({.id = "alloc-" + std::to_string(index),
                             .job = child,
                             .image = std::string(task.at("Config").at("image").as_string()),
                             .create_index = index});
    }
    jobs[child] = std::move(made);
    return dispatched(child);
  }
  ClientResponse dispatched(const std::string& child) const {
    return json({{"DispatchedJobID", child},
                 {"EvalID", "eval-1"},
                 {"EvalCreateIndex", index},
                 {"JobCreateIndex", index},
                 {"Index", index}});
  }
  static ClientResponse evaluation() {
    return json(boost::json::parse(
        R"({"Status":"complete","FailedTGAllocs":{"task":{"NodesEvaluated":2,"DimensionExhausted":{"memory":2}}}})"));
  }
  ClientResponse one_job(const Asked& asked) {
    const auto& id = asked.path[2];
    const auto found = jobs.find(id);
    // A child whose slash was not escaped arrives here as two segments.
    expect(asked.path.size() < 4 || !asked.path[3].starts_with("dispatch-"), "a job id is not escaped: " + asked.line);
    if (found == jobs.end()) return answer(404, "job not found");
    if (asked.path.size() == 4 && asked.path[3] == "dispatch") return dispatch(id, asked);
    if (asked.path.size() == 4 && asked.path[3] == "allocations") return json(stubs(id));
    if (asked.method == "DELETE") return stop(id, asked.query.at("purge") == "true");
    boost::json::object meta;
    for (const auto& [key, value] : found->second.meta) meta[key] = value;
    return json(
        {{"ID", id}, {"ParentID", found->second.parent}, {"Status", found->second.status}, {"Meta", std::move(meta)}});
  }
  ClientResponse stop(const std::string& id, bool purge) {
    for (auto& it : allocations) {
      if (it.job != id) continue;
      tell(it, "SIGTERM");
      if (it.status == "running" && !it.ends_at) it.ends_at = Clock::now(), it.code = 137, it.signal = 9;
    }
    jobs[id].status = "dead";
    if (purge) jobs.erase(id);
    ++index;
    return json({{"EvalID", "eval-2"}, {"JobModifyIndex", index}});
  }
  ClientResponse take_signal(const Asked& asked) {
    expect_known(asked.body, "signal", {"Signal", "Task"});
    expect(asked.body.at("Task") == "task", "another task's name");
    for (auto& it : allocations) {
      if (it.id != asked.path[3]) continue;
      if (it.status != "running") return answer(500, "Task not running");
      tell(it, std::string_view(asked.body.at("Signal").as_string()));
      return json(boost::json::object{});
    }
    return answer(404, "alloc not found");
  }
  ClientResponse log(const Asked& asked) {
    for (const auto& key : {"task", "type", "plain", "origin", "offset"}) {
      expect(asked.query.contains(key), std::string("a log without ") + key);
    }
    for (const auto& it : allocations) {
      if (it.id != asked.path[4]) continue;
      if (it.status == "pending") return answer(404, "log entry for task \"task\" and log type not found");
      const auto& text = asked.query.at("type") == "stdout" ? it.out : std::string();
      const auto offset = std::stoul(asked.query.at("offset"));
      return answer(200, text.substr(std::min(offset, text.size())));
    }
    return answer(404, "alloc not found");
  }
  boost::json::array stubs(std::string_view job) const {
    boost::json::array found;
    for (const auto& it : allocations) {
      if (!job.empty() && it.job != job) continue;
      boost::json::value states;
      if (it.status != "pending" || !it.events.empty()) {
        boost::json::object task{
            {"State", it.status == "running" ? "running" : "dead"},
            {"Failed", it.status == "failed"},
            {"StartedAt", "2026-11-20T08:00:00.123456789Z"},
            {"FinishedAt", it.status == "running" ? "0001-01-01T00:00:00Z" : "2026-11-20T08:00:09Z"},
            {"Events", it.events}};
        states = boost::json::object{{"task", std::move(task)}};
      }
      found.push_back({{"ID", it.id},
                       {"JobID", it.job},
                       {"ClientStatus", it.status},
                       {"DesiredStatus", "run"},
                       {"CreateIndex", it.create_index},
                       {"TaskStates", std::move(states)}});
    }
    return found;
  }
  asio::awaitable<ClientResponse> list_allocations(Asked asked) {
    const auto since = asked.query.contains("index") ? std::stol(asked.query["index"]) : 0;
    std::int64_t wait_ms = 0;
    if (since > 0) {
      expect(asked.query["wait"].ends_with("ms"), "a blocking query without a time");
      wait_ms = std::stol(asked.query["wait"]);
    }
    const auto until = Clock::now() + std::chrono::milliseconds(wait_ms);
    while (index <= since && Clock::now() < until) {
      co_await pause(std::chrono::milliseconds(1));
      tick();
    }
    auto response = json(forgets_lists || lists_late ? boost::json::array() : stubs(""));
    response.headers.add("X-Nomad-Index", std::to_string(index));
    co_return response;
  }
  ClientResponse list_jobs(const Asked& asked) {
    expect(asked.query.contains("prefix") && asked.query.at("meta") == "true", "jobs without prefix and meta");
    boost::json::array found;
    for (const auto& [id, job] : jobs) {
      if (forgets_lists || !id.starts_with(asked.query.at("prefix"))) continue;
      boost::json::object meta;
      for (const auto& [key, value] : job.meta) meta[key] = value;
      found.push_back({{"ID", id}, {"ParentID", job.parent}, {"Status", job.status}, {"Meta", std::move(meta)}});
    }
    return json(found);
  }
};

}  // namespace troupe::contract
