// An MCP server that does what a test says, over HTTP and as a program. Only tests include this.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/serialize.hpp>
#include <thread>

#include "assistant/mcp_client/hub.h"
#include "base/mutex.h"
#include "kit/fake_http.h"
#include "kit/socket_program.h"
#include "kit/task_runner.h"

namespace troupe::assistant::mcp_client::testing_servers {

using namespace std::chrono_literals;
using net::client::ClientRequest;
using net::client::ClientResponse;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

inline constexpr std::string_view kTools = R"([
  {"name":"echo","description":"Says it again","annotations":{"readOnlyHint":true},
   "inputSchema":{"type":"object","properties":{"message":{"type":"string","x-mcp-header":"Message"}},"required":["message"]}},
  {"name":"write","inputSchema":{"type":"object"}}])";

inline Json parsed(std::string_view text) { return kit::must(matrix::parse_json(text)); }

inline std::string_view header(const ClientRequest& request, std::string_view name) {
  return request.headers.get(name);
}

inline ClientResponse events(std::string_view body) {
  ClientResponse out{.status = 200, .headers = {}, .body = std::string(body)};
  out.headers.add("Content-Type", "text/event-stream");
  return out;
}
inline ClientResponse status(int code, std::string body = {}) {
  ClientResponse out{.status = code, .headers = {}, .body = std::move(body)};
  out.headers.add("Content-Type", "application/json");
  return out;
}

/// What a server of the protocol says to a message; what is answered to tools/call is the test's.
struct StandIn {
  bool modern = false;
  std::string version = "2025-11-25";
  JsonArray tools = parsed(kTools).get_array();
  JsonObject capabilities;
  std::size_t page = 100;  ///< tools on each
  std::function<Json(const JsonObject& params)> call = [](const JsonObject& params) {
    const auto* arguments = matrix::find_object(params, "arguments");
    return Json(JsonObject{{"content", {{{"type", "text"}, {"text", boost::json::serialize(*arguments)}}}}});
  };
  std::vector<std::string> methods;  ///< that were asked for, in their order
  JsonObject last_params;

  /// Nothing: a notification.
  std::optional<Json> answer(const JsonObject& message) {
    const std::string method(matrix::find_string(message, "method").value_or(""));
    methods.push_back(method);
    const auto* id = matrix::find(message, "id");
    if (id == nullptr) return std::nullopt;
    const auto* params = matrix::find_object(message, "params");
    last_params = params != nullptr ? *params : JsonObject();
    JsonObject out{{"jsonrpc", "2.0"}, {"id", *id}};
    if (method == "server/discover" && modern) {
      out["result"] =
          JsonObject{{"supportedVersions", {"2026-07-28"}}, {"resultType", "complete"}, {"capabilities", capabilities}};
    } else if (method == "initialize" && !modern) {
      out["result"] = JsonObject{{"protocolVersion", version}, {"capabilities", capabilities}};
    } else if (method == "tools/list") {
      out["result"] = listed();
    } else if (method == "tools/call") {
      out["result"] = call(last_params);
    } else {
      out["error"] = JsonObject{{"code", -32601}, {"message", "There is no " + method}};
    }
    return out;
  }

 private:
  JsonObject listed() const {
    const std::string cursor(matrix::find_string(last_params, "cursor").value_or("0"));
    const auto from = std::stoul(cursor);
    JsonArray some;
    for (auto i = from; i < tools.size() && i < from + page; ++i) some.push_back(tools[i]);
    JsonObject out{{"tools", std::move(some)}, {"resultType", "complete"}};
    if (from + page < tools.size()) out["nextCursor"] = std::to_string(from + page);
    return out;
  }
};

/// Programs whose other side is a thread of the test's.
class FakePrograms final : public runtime::sandbox::Programs {
 public:
  using Talk = std::function<void(int socket, int number)>;
  explicit FakePrograms(Talk talk) : talk_(std::move(talk)) {}
  ~FakePrograms() override { join(); }
  void join() {
    std::vector<std::thread> all;
    {
      const base::Lock lock(mutex_);
      all.swap(threads_);
    }
    for (auto& each : all) each.join();
  }
  Task<std::unique_ptr<runtime::sandbox::Program>> start(runtime::sandbox::ProgramOrder order) override {
    if (refused) co_return Error(*refused);
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) co_return Error(Errc::unavailable);
    const base::Lock lock(mutex_);
    orders.push_back(std::move(order));
    threads_.emplace_back([this, socket = ends[1], number = static_cast<int>(orders.size())] {
      talk_(socket, number);
      ::close(socket);
    });
    std::unique_ptr<runtime::sandbox::Program> out = std::make_unique<kit::SocketProgram>(ends[0]);
    co_return out;
  }
  std::vector<runtime::sandbox::ProgramOrder> orders;  ///< read when nothing is under way
  std::optional<Error> refused;                        ///< why none is started; set before anything is under way

 private:
  Talk talk_;
  base::Mutex mutex_;
  std::vector<std::thread> threads_ GUARDED_BY(mutex_);
};

inline void send_line(int socket, const std::string& line) {
  const auto whole = line + "\n";
  for (std::size_t sent = 0; sent < whole.size();) {
    const auto count = ::send(socket, whole.data() + sent, whole.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return;
    sent += static_cast<std::size_t>(count);
  }
}
/// Lines until the other side closes, or `take` says that it is enough.
inline void each_line(int socket, const std::function<bool(const std::string&)>& take) {
  std::string input;
  char piece[4096];
  for (;;) {
    const auto count = ::recv(socket, piece, sizeof piece, 0);
    if (count <= 0) return;
    input.append(piece, static_cast<std::size_t>(count));
    for (auto end = input.find('\n'); end != std::string::npos; end = input.find('\n')) {
      const auto line = input.substr(0, end);
      input.erase(0, end + 1);
      if (!take(line)) return;
    }
  }
}
/// Talks as the stand-in says.
inline void serve(StandIn& server, int socket) {
  each_line(socket, [&](const std::string& line) {
    if (const auto answer = server.answer(parsed(line).get_object()))
      send_line(socket, boost::json::serialize(*answer));
    return true;
  });
}

class ServersTest : public testing::Test, protected kit::TaskRunner {
 protected:
  ServersTest() : thread_([this] { io_.run(); }) {}
  ~ServersTest() override {
    hub_.reset();
    work_.reset();
    io_.stop();
    thread_.join();
    std::error_code ignored;
    std::filesystem::remove_all(folders_, ignored);
  }
  asio::any_io_executor tasks_run_on() override { return io_.get_executor(); }

  Hub& hub(runtime::sandbox::Programs* programs = nullptr) {
    if (!hub_) {
      hub_ = std::make_unique<Hub>(Means{.http = http, .programs = programs, .folders = folders_, .version = "1"});
    }
    return *hub_;
  }
  /// A service whose pack was read with the stand-in's tools.
  calls::Service service(const std::string& mcp = R"({"transport":"http","url":"https://ev.example/mcp"})") const {
    auto read = packs::read_pack({{"config.json", R"({"service":"ev","mcp":)" + mcp + "}"}}, &server.tools);
    if (!read.pack) throw std::runtime_error("the pack has errors");
    calls::Service out{.pack = std::make_shared<packs::Pack>(*std::move(read.pack)),
                       .base_url = {},
                       .base_is_configured = false,
                       .secrets = {{"key", "canary-4711"}},
                       .account = "1/ev"};
    out.base_url = out.pack->base_url;
    return out;
  }
  calls::ToolCall tool(const std::string& name, std::string_view arguments = "{}", calls::Service of = {}) {
    if (!of.pack) of = service();
    calls::ToolCall out{.service = of,
                        .tool = *of.pack->find(name)->tool,
                        .arguments = parsed(arguments).get_object(),
                        .headers = {},
                        .writes = of.pack->find(name)->operation.writes};
    out.headers.set("Authorization", "Bearer canary-4711");
    return out;
  }
  calls::Arrived call(calls::ToolCall wanted) { return wait(hub().call(std::move(wanted))); }
  calls::Arrived call(const std::string& name, std::string_view arguments = "{}") {
    return call(tool(name, arguments));
  }

  /// The stand-in over HTTP, with JSON answers; `session`: it has sessions of this name.
  void serve_http(std::string session = {}) {
    http.stream = [this, session](const ClientRequest& request, const auto&) { return over_http(request, session); };
  }
  Result<ClientResponse> over_http(const ClientRequest& request, const std::string& session) {
    if (request.method != "POST") return ClientResponse{.status = 405, .headers = {}, .body = {}};
    const auto message = parsed(request.body).get_object();
    const auto answer = server.answer(message);
    if (!answer) return ClientResponse{.status = 202, .headers = {}, .body = {}};
    const bool refused = answer->get_object().contains("error");
    ClientResponse out{.status = refused ? 400 : 200, .headers = {}, .body = boost::json::serialize(*answer)};
    out.headers.add("Content-Type", "application/json");
    if (!session.empty() && matrix::find_string(message, "method") == "initialize")
      out.headers.add("Mcp-Session-Id", session);
    return out;
  }
  std::size_t count(std::string_view method) const {
    return static_cast<std::size_t>(std::ranges::count(server.methods, method));
  }

  StandIn server;
  kit::FakeHttp http;

 private:
  const std::filesystem::path folders_ =
      std::filesystem::temp_directory_path() / ("troupe-mcp-" + std::to_string(::getpid()));
  std::unique_ptr<Hub> hub_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  std::thread thread_;
};

}  // namespace troupe::assistant::mcp_client::testing_servers
