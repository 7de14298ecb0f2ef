// A peer written here from Kubernetes' API documentation, not a real API server: Jobs, Pods and Secrets of one
// namespace, lists, watches, logs, deletion with its policies. What a task does is in the name of its image.
#pragma once
#include <algorithm>
#include <chrono>

#include "base/utc.h"
#include "contract/engine_stand_in.h"

namespace troupe::contract {

class KubernetesStandIn final : public EngineStandIn {
 public:
  static constexpr std::string_view kToken = "kubernetes-test-token";
  using Clock = std::chrono::steady_clock;
  using Object = boost::json::object;
  struct Job {
    Object object{};
    std::string uid{};
    bool deleting = false, had_pod = false;
    std::string over{};            ///< Complete or Failed
    Clock::time_point noted_at{};  ///< when its controller says so
  };
  struct Pod {
    std::string name{}, job{}, image{}, phase = "Pending", waiting{}, reason{}, log{};
    Object metadata{};
    std::optional<boost::json::value> terminated{};
    std::optional<Clock::time_point> ends_at{}, killed_at{};
    std::int64_t code = 0, version = 0;
    bool deleting = false, reported = true;
  };
  struct Event {
    std::int64_t version;
    std::string line;
  };
  static constexpr std::chrono::milliseconds kController{200};
  std::map<std::string, Job> jobs;
  std::map<std::string, Pod> pods;
  std::map<std::string, Object> secrets;
  std::vector<Event> events;
  std::int64_t version = 100;
  std::int64_t oldest = 0;  ///< watches from before are too old
  int drops = 0;            ///< so many events get lost on the way
  bool doubles = false;     ///< each event comes twice
  bool gone_as_status = false;
  bool hangs_up = false;  ///< streams are cut in the middle of a line
  bool places = true;

  Pod* find_task(std::string_view task_id) {
    for (auto& [name, pod] : pods) {
      if (pod.metadata.at("annotations").at("troupe.dev/task").as_string() == task_id) return &pod;
    }
    return nullptr;
  }
  void end(Pod& pod, std::int64_t code, std::string reason) {
    if (pod.terminated) return;
    pod.phase = code == 0 ? "Succeeded" : "Failed";
    pod.terminated = boost::json::value{{"exitCode", code},
                                        {"reason", reason},
                                        {"startedAt", "2026-11-20T08:00:00Z"},
                                        {"finishedAt", "2026-11-20T08:00:09Z"}};
    tell("MODIFIED", pod);
    const auto job = jobs.find(pod.job);
    if (job != jobs.end()) is_over(job->second, code == 0 ? "Complete" : "Failed");
  }
  static void is_over(Job& job, std::string how) {
    job.over = std::move(how);
    job.noted_at = Clock::now() + kController;
  }
  /// Evicted by its machine: no container says how it ended.
  void evict(Pod& pod) {
    pod.phase = "Failed";
    pod.reason = "Evicted";
    pod.waiting = "-";
    tell("MODIFIED", pod);
    is_over(jobs.at(pod.job), "Failed");
  }
  void forget(const std::string& name) {
    auto pod = pods.at(name);
    ++version;
    tell("DELETED", pod);
    pods.erase(name);
  }
  Task<ClientResponse> stream_body(ClientRequest request, std::function<bool(std::string_view)> receive) override {
    const auto asked = take_apart(request);
    lines.push_back(asked.line);
    check_credential(request);
    expect(asked.query.contains("resourceVersion") && asked.query.contains("timeoutSeconds"),
           "a watch without version");
    expect(asked.query.at("labelSelector") == "troupe.dev/instance=abc", "a watch over others' pods");
    if (next_mischief(asked.line) == Mischief::error_500) co_return answer(500, "etcd is away");
    auto at = std::stol(asked.query.at("resourceVersion"));
    const auto until = Clock::now() + std::chrono::seconds(std::stoi(asked.query.at("timeoutSeconds")));
    const std::string gone =
        R"({"kind":"Status","status":"Failure","reason":"Expired","code":410,"message":"too old"})";
    if (std::exchange(gone_as_status, false)) co_return answer(410, gone, "application/json");
    while (Clock::now() < until) {
      tick();
      if (at < oldest) {
        receive(R"({"type":"ERROR","object":)" + gone + "}\n");
        break;
      }
      std::string bytes;
      for (const auto& event : events) {
        if (event.version <= at) continue;
        at = event.version;
        if (drops > 0 && --drops >= 0) continue;
        bytes += event.line + (doubles ? event.line : "");
      }
      if (hangs_up) {
        hangs_up = false;
        receive(R"({"type":"MODIFIED","obj)");
        co_return Error(Errc::unavailable, "the connection was cut");
      }
      // In two pieces, cut anywhere.
      const auto half = bytes.size() / 2;
      if (!bytes.empty() &&
          (!receive(std::string_view(bytes).substr(0, half)) || !receive(std::string_view(bytes).substr(half)))) {
        break;
      }
      co_await pause(std::chrono::milliseconds(1));
    }
    co_return answer(200, "", "application/json");
  }

 protected:
  void check_credential(const ClientRequest& request) override {
    expect(request.headers.get("authorization") == "Bearer " + std::string(kToken), "no bearer token");
    expect(request.url.find(kToken) == std::string::npos, "the token is in a URL");
  }
  asio::awaitable<ClientResponse> serve(Asked asked) override {
    tick();
    const auto& path = asked.path;
    if (asked.line == "GET /version") co_return json(Object{{"gitVersion", "v1.31.2"}});
    const bool is_batch = path.size() >= 6 && path[0] == "apis" && path[1] == "batch" && path[2] == "v1";
    const bool is_core = path.size() >= 5 && path[0] == "api" && path[1] == "v1";
    const std::size_t at = is_batch ? 3 : 2;
    if ((!is_batch && !is_core) || path[at] != "namespaces" || path[at + 1] != "bots") {
      expect(false, "no such call: " + asked.line);
      co_return status(404, "NotFound", "the server could not find the requested resource");
    }
    const auto name = path.size() > at + 3 ? path[at + 3] : std::string();
    if (is_batch) co_return serve_job(asked, name);
    if (path[at + 2] == "secrets") co_return add_secret(asked);
    if (path.size() == at + 5 && path[at + 4] == "log") co_return log(asked, name);
    if (name.empty()) {
      expect(asked.method == "GET", asked.method + " of all pods of the namespace: " + asked.line);
      co_return list_pods(asked);
    }
    co_return delete_pod(asked, name);
  }

 private:
  static ClientResponse status(int code, std::string reason, std::string message) {
    return json({{"kind", "Status"}, {"status", "Failure"}, {"code", code}, {"reason", reason}, {"message", message}},
                code);
  }
  boost::json::value object_of(const Pod& pod) const {
    auto metadata = pod.metadata;
    metadata["name"] = pod.name;
    metadata["creationTimestamp"] = "2026-11-20T08:00:00Z";
    metadata["resourceVersion"] = std::to_string(pod.version);
    if (pod.deleting) metadata["deletionTimestamp"] = "2026-11-20T08:00:05Z";
    Object state;
    if (pod.terminated) {
      state["terminated"] = *pod.terminated;
    } else if (pod.phase == "Running") {
      state["running"] = Object{{"startedAt", "2026-11-20T08:00:00Z"}};
    } else {
      state["waiting"] = Object{{"reason", pod.waiting.empty() ? "ContainerCreating" : pod.waiting},
                                {"message", "about " + pod.image}};
    }
    Object told{{"phase", pod.phase}};
    if (!pod.reason.empty()) told["reason"] = pod.reason, told["message"] = "The node was low on resource: memory.";
    if (pod.waiting != "-") told["containerStatuses"] = boost::json::array{Object{{"name", "task"}, {"state", state}}};
    return Object{{"kind", "Pod"}, {"metadata", std::move(metadata)}, {"status", std::move(told)}};
  }
  void tell(std::string_view type, Pod& pod) {
    pod.version = ++version;
    events.push_back({version, boost::json::serialize(Object{{"type", type}, {"object", object_of(pod)}}) + "\n"});
  }
  /// The Job controller, the machine's agent and the garbage collector.
  void tick() {
    const auto now = Clock::now();
    for (auto& [name, job] : jobs) {
      const bool suspended = job.object.at("spec").at("suspend").as_bool();
      if (!suspended && !job.had_pod && !job.deleting && places) make_pod(name, job);
    }
    std::vector<std::string> over;
    for (auto& [name, pod] : pods) {
      if (pod.phase == "Pending" && pod.waiting.empty()) begin(pod);
      if (pod.phase == "Running" && pod.ends_at && *pod.ends_at <= now) {
        end(pod, pod.code, pod.code == 0 ? "Completed" : pod.image == "test/too_big" ? "OOMKilled" : "Error");
      }
      if (pod.phase == "Running" && pod.killed_at && *pod.killed_at <= now) end(pod, 137, "Error");
      if (pod.deleting && (pod.terminated || pod.phase != "Running")) over.push_back(name);
    }
    for (const auto& name : over) {
      if (const auto job = jobs.find(pods.at(name).job); job != jobs.end() && job->second.over.empty()) {
        is_over(job->second, "Failed");
      }
      forget(name);
    }
    std::erase_if(jobs, [this](const auto& job) {
      return job.second.deleting &&
             std::ranges::none_of(pods, [&](const auto& pod) { return pod.second.job == job.first; });
    });
    std::erase_if(secrets, [this](const auto& secret) {
      const auto& owner = secret.second.at("metadata").at("ownerReferences").at(0);
      const auto job = jobs.find(std::string(owner.at("name").as_string()));
      return job == jobs.end() || owner.at("uid").as_string() != job->second.uid;
    });
  }
  void make_pod(const std::string& name, Job& job) {
    job.had_pod = true;
    const auto& made_of = job.object.at("spec").at("template");
    const auto& spec = made_of.at("spec");
    Pod pod{.name = name + "-x" + std::to_string(version), .job = name};
    pod.image = std::string(spec.at("containers").at(0).at("image").as_string());
    pod.metadata = made_of.at("metadata").as_object();
    const auto* volumes = spec.as_object().if_contains("volumes");
    for (const auto& volume : volumes ? volumes->as_array() : boost::json::array()) {
      if (const auto* secret = volume.as_object().if_contains("secret")) {
        expect(secrets.contains(std::string(secret->at("secretName").as_string())), "a pod begins without its Secret");
        expect(secret->at("defaultMode") == 0400, "others may read the secrets");
      }
    }
    auto& kept = pods[pod.name] = pod;
    tell("ADDED", kept);
  }
  void begin(Pod& pod) {
    const auto is = [&](std::string_view what) { return pod.image == "test/" + std::string(what); };
    if (is("cannot_start")) {
      pod.phase = "Running";
      pod.terminated = boost::json::value{{"exitCode", 128},
                                          {"reason", "StartError"},
                                          {"message", "exec: \"bot\": executable file not found in $PATH"},
                                          {"startedAt", "1970-01-01T00:00:00Z"},
                                          {"finishedAt", "2026-11-20T08:00:09Z"}};
      pod.phase = "Failed";
      is_over(jobs.at(pod.job), "Failed");
      return tell("MODIFIED", pod);
    }
    if (is("not_there")) pod.waiting = "ImagePullBackOff";
    if (is("NOT A NAME")) pod.waiting = "InvalidImageName";
    if (!pod.waiting.empty()) return tell("MODIFIED", pod);
    pod.phase = "Running";
    if (is("exits_3")) pod.ends_at = Clock::now(), pod.code = 3;
    if (is("breaks_off")) pod.ends_at = Clock::now(), pod.code = 139;
    if (is("too_big")) pod.ends_at = Clock::now(), pod.code = 137;
    if (is("says_three")) {
      pod.log = "2026-11-20T08:00:00.1Z one\n2026-11-20T08:00:00.12Z two\n2026-11-20T08:00:00.12Z three\n";
    }
    if (is("ignores_stop") || is("is_slow_to_end")) pod.log = "2026-11-20T08:00:00.1Z ready\n";
    tell("MODIFIED", pod);
  }
  void stop(Pod& pod, std::chrono::seconds grace) {
    pod.deleting = true;
    const auto at = Clock::now() + grace;
    pod.killed_at = pod.killed_at ? std::min(*pod.killed_at, at) : at;
    if (pod.image == "test/is_slow_to_end") {
      pod.ends_at = Clock::now() + std::chrono::milliseconds(200);
    } else if (pod.image != "test/ignores_stop" && pod.phase == "Running") {
      end(pod, 143, "Error");
    }
    tell("MODIFIED", pod);
  }
  boost::json::value object_of(const std::string& name, const Job& job) const {
    auto object = job.object;
    object["metadata"].as_object()["name"] = name;
    object["metadata"].as_object()["uid"] = job.uid;
    if (job.deleting) object["metadata"].as_object()["deletionTimestamp"] = "2026-11-20T08:00:05Z";
    if (!job.over.empty()) {
      boost::json::array told{
          Object{{"type", job.over == "Failed" ? "FailureTarget" : "SuccessCriteriaMet"}, {"status", "True"}}};
      if (Clock::now() >= job.noted_at) told.push_back(Object{{"type", job.over}, {"status", "True"}});
      object["status"] = Object{{"conditions", std::move(told)}};
    }
    return object;
  }
  ClientResponse serve_job(const Asked& asked, const std::string& name) {
    if (name.empty() && asked.method == "GET") {
      expect(asked.query.contains("labelSelector") && asked.query.at("labelSelector") == "troupe.dev/instance=abc",
             "a list of others' jobs");
      boost::json::array items;
      for (const auto& [id, job] : jobs) {
        if (job.object.at("metadata").at("labels").at("troupe.dev/instance") == "abc")
          items.push_back(object_of(id, job));
      }
      return json(
          {{"kind", "JobList"}, {"metadata", {{"resourceVersion", std::to_string(version)}}}, {"items", items}});
    }
    if (name.empty() && asked.method != "POST") {
      expect(false, asked.method + " of all Jobs of the namespace: " + asked.line);
      if (asked.method == "DELETE") jobs.clear();
      return status(200, "", "deletecollection");
    }
    if (name.empty()) return make_job(asked);
    const auto found = jobs.find(name);
    if (found == jobs.end()) return status(404, "NotFound", "jobs.batch not found");
    auto& job = found->second;
    if (asked.method == "PATCH") {
      expect(asked.body == boost::json::parse(R"({"spec":{"suspend":false}})"), "another patch");
      job.object["spec"].as_object()["suspend"] = false;
    }
    if (asked.method == "DELETE") {
      expect_known(asked.body, "DeleteOptions", {"apiVersion", "kind", "propagationPolicy", "preconditions"});
      expect(asked.body.is_object() && asked.body.as_object().contains("propagationPolicy"),
             "a Job is deleted and its pods are orphaned");
      const auto* given = asked.body.as_object().if_contains("preconditions");
      if (given && given->at("uid").as_string() != job.uid)
        return status(409, "Conflict", "the UID in the precondition differs");
      job.deleting = true;
      for (auto& [id, pod] : pods) {
        if (pod.job == name && !pod.deleting) stop(pod, std::chrono::seconds(1));
      }
    }
    return json(object_of(name, job));
  }
  ClientResponse make_job(const Asked& asked) {
    const auto& job = asked.body.as_object();
    expect_known(job, "Job", {"apiVersion", "kind", "metadata", "spec"});
    expect_known(job.at("spec"), "JobSpec",
                 {"backoffLimit", "completions", "parallelism", "suspend", "ttlSecondsAfterFinished",
                  "activeDeadlineSeconds", "template"});
    const auto& pod = job.at("spec").at("template").at("spec");
    expect_known(pod, "PodSpec",
                 {"restartPolicy", "terminationGracePeriodSeconds", "automountServiceAccountToken",
                  "enableServiceLinks", "containers", "volumes", "securityContext", "serviceAccountName",
                  "nodeSelector", "tolerations", "imagePullSecrets"});
    expect_known(pod.at("containers").at(0), "Container",
                 {"name", "image", "command", "env", "resources", "securityContext", "terminationMessagePolicy",
                  "volumeMounts", "imagePullPolicy"});
    expect(job.at("spec").at("backoffLimit") == 0 && pod.at("restartPolicy") == "Never", "it may be started again");
    const auto name = std::string(job.at("metadata").at("name").as_string());
    expect(name.size() <= 63, "a name over 63 characters");
    if (jobs.contains(name)) return status(409, "AlreadyExists", "jobs.batch \"" + name + "\" already exists");
    jobs[name] = {.object = job, .uid = "uid-" + std::to_string(++version)};
    return json(object_of(name, jobs[name]), 201);
  }
  ClientResponse add_secret(const Asked& asked) {
    expect(asked.method == "POST", "secrets are only made");
    const auto& metadata = asked.body.at("metadata");
    expect_known(asked.body, "Secret", {"apiVersion", "kind", "metadata", "immutable", "type", "data"});
    expect_known(metadata.at("ownerReferences").at(0), "OwnerReference", {"apiVersion", "kind", "name", "uid"});
    const auto name = std::string(metadata.at("name").as_string());
    if (secrets.contains(name)) return status(409, "AlreadyExists", "secrets already exists");
    secrets[name] = asked.body.as_object();
    return json(asked.body, 201);
  }
  ClientResponse list_pods(const Asked& asked) {
    const auto& selector = asked.query.at("labelSelector");
    expect(selector.starts_with("troupe.dev/instance=abc"), "a list of others' pods");
    const auto comma = selector.find("troupe.dev/job=");
    const auto wanted = comma == std::string::npos ? "" : selector.substr(comma + 15);
    boost::json::array items;
    for (const auto& [name, pod] : pods) {
      if (pod.metadata.at("labels").at("troupe.dev/instance") != "abc") continue;
      if (wanted.empty() || pod.job == wanted) items.push_back(object_of(pod));
    }
    return json({{"kind", "PodList"}, {"metadata", {{"resourceVersion", std::to_string(version)}}}, {"items", items}});
  }
  ClientResponse delete_pod(const Asked& asked, const std::string& name) {
    expect(asked.method == "DELETE", "no such call: " + asked.line);
    expect_known(asked.body, "DeleteOptions", {"apiVersion", "kind", "gracePeriodSeconds"});
    const auto grace = asked.body.at("gracePeriodSeconds").as_int64();
    expect(grace > 0, "a pod is forgotten before it is dead");
    const auto found = pods.find(name);
    if (found == pods.end()) return status(404, "NotFound", "pods not found");
    stop(found->second, std::chrono::seconds(grace));
    return json(object_of(found->second));
  }
  ClientResponse log(const Asked& asked, const std::string& name) {
    const auto found = pods.find(name);
    if (found == pods.end()) return status(404, "NotFound", "pods not found");
    if (found->second.phase == "Pending") return status(400, "BadRequest", "container is waiting to start");
    expect(asked.query.at("container") == "task" && asked.query.at("timestamps") == "true", "a log without times");
    const auto since = asked.query.contains("sinceTime") ? asked.query.at("sinceTime").substr(0, 19) : "";
    std::string lines_since;
    std::string_view rest = found->second.log;
    while (!rest.empty()) {
      const auto end = rest.find('\n') + 1;
      if (rest.substr(0, 19) >= since) lines_since += rest.substr(0, end);
      rest.remove_prefix(end);
    }
    return answer(200, lines_since);
  }
};

}  // namespace troupe::contract
