// An executor over a database, four vendors in memory and a program that can end anywhere. Only tests include this.
#pragma once
#include <gmock/gmock.h>

#include "assistant/calls/calls_fixture.h"
#include "assistant/executor/runs.h"
#include "assistant/executor/targets.h"
#include "assistant/executor/undo.h"
#include "assistant/tasks/tasks_fixture.h"

namespace troupe::assistant::executor {

using calls::testing_calls::json_answer;
using calls::testing_calls::object;
using calls::testing_calls::parsed;
using calls::testing_calls::target_of;
using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;
using net::client::ClientRequest;
using net::client::ClientResponse;
using namespace std::chrono_literals;

/// What the vendors know: things by the path of their list, and which write made each change.
class World {
 public:
  std::map<std::string, JsonArray> lists;  ///< "/v2/projects" → entries
  std::vector<std::string> made;           ///< "POST /v2/projects", one for each thing that came to be
  std::map<std::string, int> sent;         ///< the same for each request that writes
  /// Yields what goes wrong instead; the second argument: it has been done.
  std::function<std::optional<Error>(const ClientRequest&, bool)> mishap;
  std::int64_t now_s = 1'700'000'000;

  Result<ClientResponse> answer(const ClientRequest& request) {
    if (mishap) {
      if (auto error = mishap(request, false)) return *std::move(error);
    }
    auto given = respond(request);
    if (mishap) {
      if (auto error = mishap(request, true)) return *std::move(error);
    }
    return given;
  }
  int count(const std::string& what) const { return static_cast<int>(std::ranges::count(made, what)); }

 private:
  static ClientResponse ok(const Json& body) { return json_answer(200, matrix::canonical_json(body)); }
  static bool reads(const ClientRequest& request, const std::string& path) {
    return request.method == "GET" || path.ends_with("/search");
  }
  static std::string query_of(const ClientRequest& request, std::string_view name) {
    const auto target = target_of(request);
    auto at = target.find(std::string(name) + "=");
    if (at == std::string::npos) return {};
    const auto from = at + name.size() + 1;
    return base::percent_decode(target.substr(from, target.find('&', from) - from), true).value_or("");
  }
  ClientResponse respond(const ClientRequest& request) {
    const auto target = target_of(request);
    const auto path = target.substr(0, target.find('?'));
    if (!reads(request, path)) ++sent[request.method + " " + path];
    if (request.url.starts_with("https://slack.com/")) return slack(request, path);
    if (request.url.starts_with("https://app.bolttech.net/")) return bolt(request, path);
    if (request.url.starts_with("https://api.acculynx.com/")) return acculynx(request, path);
    return companycam(request, path);
  }
  Json add(const ClientRequest& request, const std::string& path, JsonObject thing) {
    thing["id"] = "n" + std::to_string(made.size() + 1);
    thing["created_at"] = now_s;
    lists[path].insert(lists[path].begin(), Json(thing));
    made.push_back(request.method + " " + path);
    return thing;
  }
  Json found(const std::string& path) {
    const auto slash = path.rfind('/');
    for (const auto& each : lists[path.substr(0, slash)]) {
      const auto& id = each.at("id");
      const auto text = id.is_string() ? std::string(matrix::view(id.get_string())) : matrix::canonical_json(id);
      if (text == path.substr(slash + 1)) return each;
    }
    return JsonObject{{"id", path.substr(slash + 1)}};
  }

  ClientResponse companycam(const ClientRequest& request, const std::string& path) {
    if (request.method == "PUT") {
      if (std::ranges::count(made, "PUT " + path) == 0) made.push_back("PUT " + path);
      return ok(object(request.body));
    }
    if (request.method == "POST") {
      auto body = object(request.body);
      for (const auto* inner : {"comment", "photo"}) {
        if (const auto* object = matrix::find_object(body, inner)) body = JsonObject(*object);
      }
      return json_answer(201, matrix::canonical_json(add(request, path, body)));
    }
    if (path == "/v2/projects") {
      JsonArray hits;
      for (const auto& each : lists[path]) {
        if (matrix::view(each.at("name").get_string()).contains(query_of(request, "query"))) hits.push_back(each);
      }
      return ok(query_of(request, "page") == "2" ? JsonArray() : hits);
    }
    if (path.starts_with("/v2/projects/") && std::ranges::count(path, '/') == 3) return ok(found(path));
    return ok(query_of(request, "page") == "2" ? JsonArray() : lists[path]);
  }
  ClientResponse acculynx(const ClientRequest& request, const std::string& path) {
    const std::string base = "/api/v2";
    const auto page = [&](const std::string& of) {
      const auto& all = lists[base + of];
      return ok(JsonObject{{"count", all.size()}, {"pageSize", 25}, {"pageStartIndex", 0}, {"items", all}});
    };
    if (path == base + "/contacts/contact-types")
      return ok(JsonObject{{"count", 1}, {"items", JsonArray{JsonObject{{"id", "type-1"}, {"name", "Customer"}}}}});
    if (path == base + "/contacts/search") return page("/contacts");
    if (path == base + "/jobs/search") return page("/jobs");
    if (request.method == "GET" && path == base + "/jobs") return page("/jobs");
    if (request.method == "GET") return ok(found(path));
    if (request.method == "PUT") {
      if (std::ranges::count(made, "PUT " + path) == 0) made.push_back("PUT " + path);
      return ok(JsonObject{});
    }
    auto body = object(request.body);
    if (path == base + "/jobs") body["contacts"] = JsonArray{JsonObject{{"contact", body["contact"]}}};
    return json_answer(201, matrix::canonical_json(add(request, path, body)));
  }
  ClientResponse bolt(const ClientRequest& request, const std::string& path) {
    if (request.method == "PATCH") {
      auto& jobs = lists["/open/v1/jobs"];
      auto& job = jobs.at(0).get_object();
      const auto wanted = object(request.body).at("job").get_object();
      if (wanted.at("etag") != job["etag"])
        return json_answer(409, R"({"exception":"conflict","message":"the etag is stale","success":false})");
      for (const auto& [name, value] : wanted) job[name] = value;
      job["etag"] = std::string(matrix::view(job["etag"].get_string())) + "+";
      made.push_back("PATCH " + path);
      return ok(JsonObject{{"job", job}, {"success", true}});
    }
    const auto name = path.substr(path.rfind('/') + 1);
    if (std::isdigit(static_cast<unsigned char>(name[0])) != 0) {
      return ok(JsonObject{{"job", found(path)}, {"success", true}});
    }
    const auto& all = lists[path];
    const bool second = query_of(request, "next_batch") == "two";
    JsonArray page;
    for (std::size_t i = second ? 1 : 0; i < (second ? all.size() : std::min<std::size_t>(1, all.size())); ++i)
      page.push_back(all[i]);
    JsonObject out{{name, page}, {"success", true}};
    if (!second && all.size() > 1) out["next_batch"] = "two";
    return ok(out);
  }
  ClientResponse slack(const ClientRequest& request, const std::string& path) {
    const auto method = path.substr(path.rfind('/') + 1);
    if (method == "conversations.list") {
      const auto& all = lists["channels"];
      const bool second = query_of(request, "cursor") == "two";
      JsonArray page;
      for (std::size_t i = second ? 1 : 0; i < (second ? all.size() : std::min<std::size_t>(1, all.size())); ++i)
        page.push_back(all[i]);
      const auto* next = !second && all.size() > 1 ? "two" : "";
      return ok(JsonObject{{"ok", true}, {"channels", page}, {"response_metadata", {{"next_cursor", next}}}});
    }
    if (method == "conversations.history")
      return ok(
          JsonObject{{"ok", true}, {"messages", lists["messages"]}, {"response_metadata", {{"next_cursor", ""}}}});
    if (method == "users.lookupByEmail") {
      const auto email = query_of(request, "email");
      return ok(JsonObject{{"ok", true}, {"user", {{"id", "U" + email.substr(0, email.find('@'))}}}});
    }
    if (method == "conversations.info")
      return ok(JsonObject{{"ok", true}, {"channel", {{"id", query_of(request, "channel")}, {"name", "general"}}}});
    const auto body = object(request.body);
    if (method == "conversations.invite") {
      const auto who = "invited " + std::string(matrix::view(body.at("users").get_string()));
      if (std::ranges::count(made, who) > 0) return ok(JsonObject{{"ok", false}, {"error", "already_in_channel"}});
      made.push_back(who);
      return ok(JsonObject{{"ok", true}, {"channel", {{"id", "C1"}}}});
    }
    made.push_back("POST " + path);
    if (method == "conversations.create") {
      const JsonObject channel{{"id", "C9"}, {"name", body.at("name")}};
      lists["channels"].push_back(channel);
      return ok(JsonObject{{"ok", true}, {"channel", channel}});
    }
    auto message = body;
    message["ts"] = std::to_string(now_s) + ".000" + std::to_string(made.size());
    lists["messages"].insert(lists["messages"].begin(), Json(message));
    return ok(JsonObject{{"ok", true}, {"channel", body.at("channel")}, {"ts", message["ts"]}});
  }
};

class FakeServices final : public services::Services {
 public:
  std::shared_ptr<const services::Offer> now;
  bool broken = false;
  Task<std::shared_ptr<const services::Offer>> offer(std::int64_t /*tenant_id*/) override {
    if (broken) co_return Error(Errc::unavailable, "the database");
    co_return now;
  }
};

/// A pack of a few files, or a shipped one.
inline services::InUse in_use(const std::string& name, packs::Files files = {}) {
  auto checked = packs::read_pack(files.empty() ? packs::shipped_pack(name) : files);
  std::string wrong;
  for (const auto& each : checked.findings.sorted()) wrong += each.file + each.pointer + ": " + each.message + "\n";
  if (!checked.pack) throw std::runtime_error(wrong);
  services::InUse out{.service = {.pack = std::make_shared<packs::Pack>(*std::move(checked.pack)),
                                  .base_url = {},
                                  .secrets = {{"key", "key-4711-canary"}, {"token_name", "name-0815-canary"}},
                                  .account = "tenant/" + name}};
  out.service.base_url = out.service.pack->base_url;
  return out;
}

/// What a program has of all this, from its start to where it ends. Its coroutines stay where they were given up, and
/// go with their thread: the database may be about to answer them until it stops.
struct Program {
  Program(net::client::HttpClient& http, const base::Clock& clock, calls::GrantStore& grants, calls::Files& files,
          const calls::CallOptions& options)
      : limits(clock, options.pause),
        tokens(http, clock, grants, options.pause),
        caller(http, limits, tokens, files, clock, options) {}
  std::shared_ptr<std::atomic<bool>> alive = std::make_shared<std::atomic<bool>>(true);
  calls::Limits limits;
  calls::Tokens tokens;
  calls::Caller caller;
  std::unique_ptr<Runs> runs;
};

class ExecutorFixture : public tasks::TasksFixture {
 protected:
  using Who = tasks::Who;

  ExecutorFixture() {
    http.answer = [this](const ClientRequest& request) { return world.answer(request); };
    static const std::vector<services::InUse> shipped{in_use("companycam"), in_use("acculynx"), in_use("bolt"),
                                                      in_use("slack")};
    offer(shipped);
  }
  ~ExecutorFixture() override {
    end_program();
    db->stop();
    program_io.reset();
  }

  void offer(std::vector<services::InUse> all) {
    services.now = std::make_shared<const services::Offer>(std::move(all), nullptr);
  }
  /// A service of files of the test's own.
  void offer(const std::string& config, const std::string& workflows, const std::string& probes = "{}") {
    offer({in_use("shop", {{"config.json", config}, {"workflows.json", workflows}, {"probes.json", probes}})});
  }
  calls::Pause pause() {
    return [this](std::chrono::milliseconds time) -> asio::awaitable<void> {
      clock.passed_ms += time.count();
      co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    };
  }
  calls::CallOptions options() {
    calls::CallOptions out;
    out.settle_last = std::chrono::milliseconds(0);  // the vendors here do at once what they do
    out.pause = pause();
    out.chance = [] { return 0.5; };
    return out;
  }
  Runs& runs() {
    if (!program) start_program();
    return *program->runs;
  }
  void start_program(std::function<bool(Point)> probe = {}, RunLimits limits = {}) {
    end_program();
    program = std::make_unique<Program>(http, clock, grants, files, options());
    auto passes = [alive = program->alive, probe = std::move(probe)](Point point) {
      return *alive && (!probe || probe(point));
    };
    program->runs = std::make_unique<Runs>(Runs::Uses{.tasks = tasks(),
                                                      .services = services,
                                                      .caller = program->caller,
                                                      .may_act = may_act,
                                                      .bus = *bus,
                                                      .clock = clock,
                                                      .commands = commands,
                                                      .lives = lives,
                                                      .metrics = metrics,
                                                      .io = *program_io,
                                                      .limits = limits,
                                                      .probe = std::move(passes)});
  }
  /// The program ends where it stands.
  void end_program() {
    if (!program) return;
    *program->alive = false;
    // Whatever runs comes to its next point, and what waits for the database has its answer.
    asio::post(program_io->at(0), asio::use_future).get();
    eventually([this] { return program->runs->under_way() == 0; });
    ended.push_back(std::move(program));
  }
  /// The same, and it starts again; what was under way goes on.
  void program_dies(std::function<bool(Point)> next_probe = {}) {
    end_program();
    restart();
    start_program(std::move(next_probe));
    must(program->runs->take_over());
  }

  tasks::TaskRecord planned_as(std::string service, std::string intent, std::string_view inputs,
                               bool borrowed = false) {
    return must(tasks().create(anna, {.conversation_id = conversation(anna),
                                      .spec = {.service = std::move(service),
                                               .intent = std::move(intent),
                                               .inputs = object(inputs),
                                               .borrowed = borrowed}}))
        .task;
  }
  void wait_for(const std::string& id) { EXPECT_TRUE(must(runs().settled(id, 60s))) << "the task goes on and on"; }
  tasks::TaskView view(const std::string& id) { return must(tasks().find(anna, id)); }
  tasks::TaskView executed(const std::string& id) {
    runs().start(must(tasks().execute(anna, id)));
    wait_for(id);
    return view(id);
  }
  tasks::TaskView executed(std::string service, std::string intent, std::string_view inputs) {
    return executed(planned_as(std::move(service), std::move(intent), inputs).id);
  }
  tasks::TaskView answered(const std::string& id, const std::string& choice) {
    runs().start(must(tasks().resume(anna, id, {.choice_id = choice})));
    wait_for(id);
    return view(id);
  }
  tasks::TaskView approved(const tasks::TaskView& view_before) {
    const auto& approval = *view_before.approval;
    runs().start(must(tasks().approve(anna, approval.id, approval.digest)));
    wait_for(approval.task_id);
    return view(approval.task_id);
  }
  /// The task that undoes it, planned, without a dialogue.
  Result<tasks::TaskRecord> undoing(const std::string& id) {
    const auto all = undo_inputs(*services.now, view(id).task, steps_of(id));
    return wait(tasks().undo(
        anna, id,
        {.service = std::string(kSystem),
         .intent = std::string(kUndo),
         .inputs = [all](std::span<const tasks::EarlierUndo> earlier) { return left_to_undo(all, earlier); }}));
  }
  std::vector<tasks::StepRecord> steps_of(const std::string& id) { return must(tasks().steps(anna, id, 0, 500)); }

  World world;
  kit::FakeHttp http;
  FakeServices services;
  calls::testing_calls::MemoryGrants grants;
  calls::testing_calls::MemoryFiles files;
  runtime::sandbox::Commands* commands = nullptr;
  tasks::Lives* lives = nullptr;
  std::function<Task<Unit>(tasks::Who)> may_act;  ///< of the next program
  std::unique_ptr<Program> program;
  std::vector<std::unique_ptr<Program>> ended;
  std::unique_ptr<net::server::IoThreads> program_io = std::make_unique<net::server::IoThreads>(1);
};

/// With a few things at the vendors.
class ExecutorTest : public ExecutorFixture {
 protected:
  void SetUp() override {
    world.lists["/v2/projects"] = {
        JsonObject{{"id", "p1"}, {"name", "Smith roof"}, {"address", {{"street_address_1", "1 Main St"}}}},
        JsonObject{{"id", "p2"}, {"name", "Smith barn"}, {"address", {{"street_address_1", "2 Oak Ave"}}}},
        JsonObject{{"id", "p3"}, {"name", "Kelly"}}};
    world.lists["channels"] = {JsonObject{{"id", "C1"}, {"name", "general"}},
                               JsonObject{{"id", "C2"}, {"name", "ops"}}};
    world.lists["/api/v2/jobs"] = {JsonObject{{"id", "j1"}, {"jobName", "Smith"}}};
  }
  /// The paths of what was run, in the order of beginning.
  std::vector<std::string> paths_of(const std::string& id) {
    std::vector<std::string> out;
    for (const auto& step : steps_of(id)) out.push_back(step.path);
    return out;
  }
  static constexpr std::string_view kComment = R"({"project_hint":{"name":"Smith"},"message":"Hello"})";
};

}  // namespace troupe::assistant::executor
