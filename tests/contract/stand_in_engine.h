// A container engine that runs nothing: it answers the Docker Engine API as documented, checks each request against it,
// and misbehaves when a test says so. Its containers do what their program's name says.
#pragma once
#include <boost/asio/steady_timer.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <deque>
#include <map>
#include <set>

#include "base/encoding.h"
#include "base/mutex.h"
#include "base/utc.h"
#include "net/tls/test_peer.h"

namespace troupe::contract {

namespace engine_testing = net::tls::testing;

class StandInEngine {
 public:
  /// What happens to a request in place of its answer.
  struct Fault {
    int status = 0;                     ///< answers so; 0: as it should
    bool cut = false;                   ///< hangs up in place of an answer, but does what was asked
    std::chrono::milliseconds slow{0};  ///< waits before it answers
    std::string body = R"({"message":"the engine is unwell"})";
  };
  /// Asked for each request; `target` is without the API's version.
  using Judge = std::function<std::optional<Fault>(const std::string& method, const std::string& target)>;

  explicit StandInEngine(bool podman = false) : podman_(podman), acceptor_(io_, socket()) {
    asio::co_spawn(io_, accept(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~StandInEngine() {
    io_.stop();
    thread_.join();
  }
  std::string socket() const { return dir_.file("engine.sock"); }
  std::string host() const { return "unix://" + socket(); }

  void judge(Judge judge) {
    const base::Lock lock(mutex_);
    judge_ = std::move(judge);
  }
  std::atomic<bool> lose_events{false};
  std::atomic<bool> repeat_events{false};
  std::atomic<bool> image_is_there{true};
  std::atomic<bool> pull_works{true};
  /// Ends all streams that are open now.
  void cut_streams() {
    asio::post(io_, [this] { ++cuts_, changed(); });
  }
  /// Ends a container as if its program had; `oom`: the kernel killed it.
  void end_container(const std::string& task, int code, bool oom = false) {
    on_its_thread([&] {
      for (auto& [id, c] : containers_) {
        if (c.label("troupe.task") == task && c.status == "running") end(c, code, oom);
      }
    });
  }
  /// Somebody else removes it.
  void remove_container(const std::string& task) {
    on_its_thread([&] {
      std::erase_if(containers_, [&](const auto& entry) { return entry.second.label("troupe.task") == task; });
    });
  }
  /// Somebody else's container takes a name.
  void occupy(const std::string& name) {
    on_its_thread([&] { add(name, boost::json::object{{"Image", "other"}, {"Labels", boost::json::object()}}); });
  }
  std::size_t containers() {
    std::size_t count = 0;
    on_its_thread([&] { count = containers_.size(); });
    return count;
  }
  /// The archives that were unpacked in a task's container, one after the other.
  std::string files_of(const std::string& task) {
    std::string out;
    on_its_thread([&] {
      for (auto& [id, c] : containers_) out += c.label("troupe.task") == task ? c.files : "";
    });
    return out;
  }
  /// What inspecting a task's container shows.
  std::string shown_of(const std::string& task) {
    std::string out;
    on_its_thread([&] {
      for (auto& [id, c] : containers_) out += c.label("troupe.task") == task ? inspected(c) : "";
    });
    return out;
  }
  int requests(const std::string& start) {
    const base::Lock lock(mutex_);
    return static_cast<int>(std::ranges::count_if(seen_, [&](const auto& r) { return r.starts_with(start); }));
  }
  /// Requests that no engine knows.
  std::vector<std::string> violations() {
    const base::Lock lock(mutex_);
    return violations_;
  }

 private:
  struct Line {
    int stream;
    std::int64_t at_s;
    std::string stamp;
    std::string text;
  };
  struct Container {
    std::string id, name, status = "created", error, program, files;
    boost::json::object body;
    int code = 0;
    bool oom = false;
    std::int64_t finished_s = 0;
    std::vector<Line> lines;
    std::string label(const std::string& key) const {
      const auto* labels = body.if_contains("Labels");
      const auto* value = labels ? labels->as_object().if_contains(key) : nullptr;
      return value ? std::string(value->as_string()) : "";
    }
  };
  struct Request {
    std::string method, path, body;
    std::map<std::string, std::string> query;
  };
  struct Answer {
    int status = 200;
    std::string body;
  };
  using Stream = net::tls::Stream;

  template <class F>
  void on_its_thread(F action) {
    std::promise<void> done;
    asio::post(io_, [&] {
      action();
      done.set_value();
    });
    done.get_future().wait();
  }

  // Connections.

  asio::awaitable<void> accept() {
    for (;;) {
      auto [failed, socket] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
      if (failed) co_return;
      asio::co_spawn(io_, serve(net::tls::make_local_stream(std::move(socket))), asio::detached);
    }
  }
  asio::awaitable<void> serve(std::unique_ptr<Stream> stream) {
    for (;;) {
      const auto text = co_await engine_testing::read_request(*stream);
      if (text.empty()) co_return;
      auto request = parse(text);
      std::optional<Fault> fault;
      {
        const base::Lock lock(mutex_);
        seen_.push_back(request.method + " " + request.path);
        if (judge_) fault = judge_(request.method, request.path);
      }
      if (fault && fault->slow.count() > 0) co_await sleep(fault->slow);
      if (fault && fault->status != 0) {
        co_await engine_testing::say(*stream, head(fault->status, fault->body.size()) + fault->body);
        continue;
      }
      const bool head_only = request.method == "HEAD";
      if (request.path == "/events" || request.path.ends_with("/logs")) {
        if (fault && fault->cut) co_return;
        co_await (request.path == "/events" ? stream_events(*stream, request) : stream_logs(*stream, request));
        co_return;
      }
      const auto answer = handle(request);
      if (fault && fault->cut) co_return;
      co_await engine_testing::say(*stream, head(answer.status, answer.body.size()) + (head_only ? "" : answer.body));
    }
  }
  static std::string head(int status, std::size_t length) {
    return "HTTP/1.1 " + std::to_string(status) +
           " X\r\nDate: " + base::utc_text(base::system_clock().unix_ms(), base::kHttpDate) +
           (status == 204 || status == 304 ? "\r\n\r\n" : "\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n");
  }
  Request parse(const std::string& text) {
    Request request;
    const auto line = text.substr(0, text.find("\r\n"));
    request.method = line.substr(0, line.find(' '));
    auto target = line.substr(request.method.size() + 1);
    target.resize(target.find(' '));
    const auto mark = target.find('?');
    auto query = mark == target.npos ? "" : target.substr(mark + 1);
    auto path = target.substr(0, mark);
    if (path.starts_with("/v1.41/"))
      path.erase(0, 6);
    else if (path != "/version")
      violation("without the API's version: " + line);
    request.path = base::percent_decode(path).value_or("");
    while (!query.empty()) {
      const auto part = query.substr(0, query.find('&'));
      query.erase(0, std::min(part.size() + 1, query.size()));
      const auto is = part.find('=');
      request.query[part.substr(0, is)] = base::percent_decode(part.substr(is + 1)).value_or("");
    }
    request.body = text.substr(text.find("\r\n\r\n") + 4);
    return request;
  }
  void violation(std::string what) {
    const base::Lock lock(mutex_);
    violations_.push_back(std::move(what));
  }
  asio::awaitable<void> sleep(std::chrono::milliseconds time) {
    asio::steady_timer timer(io_, time);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  void changed() {
    for (auto* timer : waiting_) timer->cancel();
  }
  asio::awaitable<void> wait_for_change() {
    asio::steady_timer timer(io_, std::chrono::hours(1));
    waiting_.insert(&timer);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    waiting_.erase(&timer);
  }
  static std::string chunk(std::string_view bytes) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    return size + std::string(bytes) + "\r\n";
  }

  // Streams.

  asio::awaitable<void> stream_events(Stream& stream, Request request) {
    check_filters(request);
    const auto since = request.query.contains("since") ? std::stoll(request.query["since"]) : now_s();
    const auto cuts = cuts_;
    std::size_t next = 0;
    co_await engine_testing::say(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (cuts == cuts_) {
      for (; next < events_.size(); ++next) {
        if (events_[next].first < since || lose_events) continue;
        const auto& text = events_[next].second;
        for (int i = 0; i < (repeat_events ? 2 : 1); ++i) {  // an object may come in two pieces
          co_await engine_testing::say(stream, chunk(text.substr(0, 10)));
          co_await engine_testing::say(stream, chunk(text.substr(10)));
        }
      }
      co_await wait_for_change();
    }
  }
  asio::awaitable<void> stream_logs(Stream& stream, Request request) {
    const auto id = request.path.substr(12, request.path.size() - 12 - 5);
    if (request.query["follow"] != "1" || request.query["stdout"] != "1" || request.query["timestamps"] != "1") {
      violation("logs without follow, stdout, timestamps");
    }
    if (!find(id)) {
      const auto body = no_such(id).body;
      co_await engine_testing::say(stream, head(404, body.size()) + body);
      co_return;
    }
    const auto since = request.query.contains("since") ? std::stoll(request.query["since"]) : 0;
    const auto cuts = cuts_;
    std::size_t next = 0;
    co_await engine_testing::say(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (cuts == cuts_) {
      auto* container = find(id);
      if (!container) break;
      for (; next < container->lines.size(); ++next) {
        const auto line = container->lines[next];
        if (line.at_s < since) continue;
        const auto payload = line.stamp + " " + line.text + "\n";
        std::string frame(8, '\0');
        frame[0] = static_cast<char>(line.stream);
        frame[6] = static_cast<char>(payload.size() >> 8);
        frame[7] = static_cast<char>(payload.size() & 0xff);
        co_await engine_testing::say(stream, chunk((frame + payload).substr(0, 5)));
        co_await engine_testing::say(stream, chunk((frame + payload).substr(5)));
        container = find(id);
        if (!container) break;
      }
      if (!container || container->status == "exited") break;
      co_await wait_for_change();
    }
    if (cuts == cuts_) co_await engine_testing::say(stream, "0\r\n\r\n");
  }

  // The API.

  static std::int64_t now_s() { return base::system_clock().unix_ms() / 1000; }
  static std::string time_text(std::int64_t s) {
    return s == 0 ? "0001-01-01T00:00:00Z" : base::utc_text(s * 1000, base::kIsoSeconds) + "Z";
  }
  static Answer error(int status, const std::string& words) {
    return {status, boost::json::serialize(boost::json::object{{"message", words}})};
  }
  static Answer no_such(const std::string& id) { return error(404, "No such container: " + id); }
  Container* find(const std::string& id) {
    for (auto& [key, container] : containers_) {
      if (key == id || container.name == id) return &container;
    }
    return nullptr;
  }
  void check_filters(const Request& request) {
    const auto found = request.query.find("filters");
    if (found == request.query.end() || found->second.find("troupe.instance=") == std::string::npos) {
      violation("not only its own: " + request.path);
    }
  }
  Container& add(const std::string& name, boost::json::object body) {
    const auto id = base::hex(base::as_bytes(base::random_bytes(32)));
    auto& made = containers_[id];
    made.id = id;
    made.name = name;
    made.body = std::move(body);
    if (const auto* words = made.body.if_contains("Entrypoint")) made.program = std::string(words->at(0).as_string());
    return made;
  }
  void tell(const Container& container, const char* action) {
    boost::json::object event{
        {"Type", "container"},
        {"Action", action},
        {"Actor", {{"ID", container.id}, {"Attributes", {{"exitCode", std::to_string(container.code)}}}}},
        {"time", now_s()}};
    events_.emplace_back(now_s(), boost::json::serialize(event));
    changed();
  }
  void print(Container& container, int stream, const std::string& text) {
    const auto nanos = std::to_string(1'000'000'000 + ++printed_).substr(1);
    container.lines.push_back(
        {stream, now_s(),
         podman_ ? time_text(now_s()) : base::utc_text(now_s() * 1000, base::kIsoSeconds) + "." + nanos + "Z", text});
    changed();
  }
  void end(Container& container, int code, bool oom = false) {
    container.status = "exited";
    container.code = code;
    container.oom = oom && !podman_;
    container.finished_s = now_s();
    if (oom && !podman_) tell(container, "oom");
    tell(container, podman_ ? "died" : "die");
  }
  asio::awaitable<void> end_later(std::string id, int code) {
    co_await sleep(std::chrono::milliseconds(200));
    if (auto* container = find(id); container && container->status == "running") end(*container, code);
  }
  Answer begin(Container& c) {
    if (c.status == "running") return {304, ""};
    if (c.program.starts_with("/nowhere")) {
      c.code = 127;
      c.error = "executable file not found in $PATH";
      return error(400, "failed to create shim task: OCI runtime create failed: " + c.error);
    }
    c.status = "running";
    tell(c, "start");
    if (c.program == "says_three") {
      for (const char* text : {"one", "two", "three"}) print(c, 1, text);
    }
    if (c.program == "ignores_stop" || c.program == "is_slow_to_end") print(c, 1, "ready");
    if (c.program == "exits_3") end(c, 3);
    if (c.program == "breaks_off") end(c, 139);
    if (c.program == "missing_under_init") end(c, 127);
    return {204, ""};
  }
  Answer signal(Container& c, const std::string& signal) {
    if (c.status != "running") return error(409, "Container " + c.id + " is not running");
    if (signal == "SIGKILL" || signal == "9") {
      end(c, 137);
    } else if (signal != "SIGTERM" && signal != "15") {
      violation("signal " + signal);
    } else if (c.program == "is_slow_to_end") {
      asio::co_spawn(io_, end_later(c.id, 0), asio::detached);
    } else if (c.program != "ignores_stop") {
      end(c, 143);
    }
    return {204, ""};
  }
  std::string inspected(const Container& c) const {
    const auto* host = c.body.if_contains("HostConfig");
    return boost::json::serialize(
        boost::json::object{{"Id", c.id},
                            {"Name", "/" + c.name},
                            {"State",
                             {{"Status", c.status},
                              {"Running", c.status == "running"},
                              {"OOMKilled", c.oom},
                              {"ExitCode", c.code},
                              {"Error", c.error},
                              {"Pid", c.status == "running" ? 4711 : 0},
                              {"StartedAt", time_text(now_s())},
                              {"FinishedAt", time_text(c.finished_s)}}},
                            {"Config", c.body},
                            {"HostConfig", host ? *host : boost::json::value(boost::json::object())}});
  }
  Answer create(const Request& request) {
    static const std::set<std::string_view> kKnown{"Image",      "Env",  "WorkingDir", "Labels",
                                                   "HostConfig", "User", "Entrypoint", "Cmd"};
    static const std::set<std::string_view> kHost{
        "AutoRemove", "Init",    "RestartPolicy", "SecurityOpt", "LogConfig",      "NetworkMode",
        "ExtraHosts", "CapDrop", "NanoCpus",      "ShmSize",     "ReadonlyRootfs", "Tmpfs",
        "Mounts",     "Memory",  "MemorySwap",    "PidsLimit",   "CpuShares",      "Ulimits"};
    auto body = boost::json::parse(request.body).as_object();
    for (const auto& member : body) {
      if (!kKnown.contains(member.key())) violation("create: " + std::string(member.key()));
    }
    const auto& host = body.at("HostConfig").as_object();
    for (const auto& member : host) {
      if (!kHost.contains(member.key())) violation("create: HostConfig." + std::string(member.key()));
    }
    if (host.at("AutoRemove").as_bool()) violation("create: AutoRemove loses the exit code");
    if (host.at("RestartPolicy").at("Name") != "no") violation("create: RestartPolicy");
    if (!image_is_there) return error(404, "No such image: " + std::string(body.at("Image").as_string()));
    const auto name = request.query.at("name");
    if (find(name)) return error(409, "Conflict. The container name \"/" + name + "\" is already in use");
    return {201, boost::json::serialize(
                     boost::json::object{{"Id", add(name, std::move(body)).id}, {"Warnings", boost::json::array()}})};
  }
  Answer handle(const Request& r) {
    const auto is = [&](const char* method, std::string_view start, std::string_view end = "") {
      return r.method == method && r.path.starts_with(start) && r.path.ends_with(end);
    };
    if (is("GET", "/version")) {
      boost::json::array parts{{{"Name", podman_ ? "Podman Engine" : "Engine"}}};
      return {200, boost::json::serialize(boost::json::object{{"Version", podman_ ? "4.3.1" : "20.10.24"},
                                                              {"ApiVersion", "1.41"},
                                                              {"MinAPIVersion", "1.12"},
                                                              {"Components", parts}})};
    }
    if (is("GET", "/images/", "/json")) return image_is_there ? Answer{200, "{}"} : error(404, "No such image");
    if (is("POST", "/images/create")) {
      image_is_there = pull_works.load();
      return {200, pull_works ? R"({"status":"Pulling"})"
                                "\r\n"
                                R"({"status":"Done"})"
                                "\r\n"
                              : R"({"status":"Pulling"})"
                                "\r\n"
                                R"({"errorDetail":{},"error":"no route to host"})"
                                "\r\n"};
    }
    if (is("POST", "/containers/create")) return create(r);
    if (is("GET", "/containers/json")) return list(r);
    if (is("DELETE", "/volumes/")) return {204, ""};
    if (!r.path.starts_with("/containers/")) {
      violation(r.method + " " + r.path);
      return {404, "404 page not found"};
    }
    const auto id = r.path.substr(12, r.path.find('/', 12) - 12);
    auto* container = find(id);
    if (!container) return no_such(id);
    if (is("GET", "", "/json")) return {200, inspected(*container)};
    if (is("POST", "", "/start")) return begin(*container);
    if (is("POST", "", "/kill")) return signal(*container, r.query.at("signal"));
    if (is("HEAD", "", "/archive")) return {container->program == "missing_under_init" ? 404 : 200, ""};
    if (is("PUT", "", "/archive")) {
      if (r.query.at("path") != "/troupe") violation("an archive for " + r.query.at("path"));
      container->files += r.body;
      return {200, ""};
    }
    if (r.method == "DELETE" && r.query.at("force") == "true") {
      if (container->status == "running") end(*container, 137);
      containers_.erase(container->id);
      changed();
      return {204, ""};
    }
    violation(r.method + " " + r.path);
    return {404, "404 page not found"};
  }
  Answer list(const Request& request) {
    check_filters(request);
    if (request.query.at("all") != "true") violation("list without all=true");
    const auto filters = boost::json::parse(request.query.at("filters"));
    boost::json::array out;
    for (const auto& [id, c] : containers_) {
      const bool wanted = std::ranges::all_of(filters.at("label").as_array(), [&](const auto& filter) {
        const std::string text(filter.as_string());
        return c.label(text.substr(0, text.find('='))) == text.substr(text.find('=') + 1);
      });
      if (wanted)
        out.push_back({{"Id", id}, {"Names", {"/" + c.name}}, {"State", c.status}, {"Labels", c.body.at("Labels")}});
    }
    return {200, boost::json::serialize(out)};
  }

  const bool podman_;
  engine_testing::TempDir dir_;
  asio::io_context io_{1};
  asio::local::stream_protocol::acceptor acceptor_;
  std::map<std::string, Container> containers_;
  std::vector<std::pair<std::int64_t, std::string>> events_;
  std::set<asio::steady_timer*> waiting_;
  int cuts_ = 0;
  int printed_ = 0;
  base::Mutex mutex_;
  Judge judge_ GUARDED_BY(mutex_);
  std::vector<std::string> seen_ GUARDED_BY(mutex_);
  std::vector<std::string> violations_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace troupe::contract
