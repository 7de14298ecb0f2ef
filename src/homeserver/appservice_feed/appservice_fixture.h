// A homeserver with bridges, and what they are told. Only tests include this.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>

#include "base/encoding.h"
#include "base/mutex.h"
#include "homeserver/common/settings.h"
#include "homeserver/sync/sync_fixture.h"
#include "homeserver/whole_server_fixture.h"

namespace troupe::homeserver::appservice_feed {

inline constexpr std::string_view kIrcYaml = R"(id: irc
url: http://127.0.0.1:1234
as_token: as-irc
hs_token: hs-irc
sender_localpart: _irc_bot
rate_limited: false
receive_ephemeral: true
protocols: [irc]
namespaces:
  users: [{exclusive: true, regex: "@_irc_.*:example\\.org"}]
  aliases: [{exclusive: true, regex: "#_irc_.*:example\\.org"}]
  rooms: []
)";
/// Calls only, and has nothing for itself.
inline constexpr std::string_view kWatchYaml = R"(id: watch
url: null
as_token: as-watch
hs_token: hs-watch
sender_localpart: watcher
namespaces:
  users: [{exclusive: false, regex: "@.*"}]
)";

/// Stands in for the bridges.
class StandIn final : public net::client::HttpClient {
 public:
  struct Asked {
    std::string method;
    std::string path;
    std::string token;
    std::string body;
  };
  using Answer = std::function<Result<net::client::ClientResponse>(const Asked&)>;

  Task<net::client::ClientResponse> send(net::client::ClientRequest request) override {
    EXPECT_EQ(request.trust, net::client::Trust::configured);
    EXPECT_EQ(request.max_redirects, 0);
    constexpr std::string_view kHost = "http://127.0.0.1:1234";
    EXPECT_TRUE(request.url.starts_with(kHost)) << request.url;
    Asked asked{request.method, request.url.substr(kHost.size()), std::string(request.headers.get("Authorization")),
                request.body};
    Answer answer;
    {
      const base::Lock lock(mutex_);
      asked_.push_back(asked);
      answer = answer_;
    }
    if (!answer) co_return net::client::ClientResponse{.status = 200, .headers = {}, .body = "{}"};
    // Not on the caller's thread: what a bridge calls while it is asked needs that one.
    auto work = [&]() -> Task<net::client::ClientResponse> { co_return answer(asked); };
    co_return co_await asio::co_spawn(threads_, work(), asio::use_awaitable);
  }
  Task<net::client::ClientResponse> stream_events(net::client::ClientRequest,
                                                  std::function<bool(const net::client::ServerSentEvent&)>) override {
    co_return Error(Errc::unavailable, "no stream");
  }
  void answer_with(Answer answer) {
    const base::Lock lock(mutex_);
    answer_ = std::move(answer);
  }
  void answer_status(int status, std::string body = "{}") {
    answer_with([=](const Asked&) -> Result<net::client::ClientResponse> {
      return net::client::ClientResponse{.status = status, .headers = {}, .body = body};
    });
  }
  /// What was asked so far.
  std::vector<Asked> asked() {
    const base::Lock lock(mutex_);
    return asked_;
  }
  /// Bodies of the transactions so far.
  std::vector<matrix::Json> transactions() {
    std::vector<matrix::Json> bodies;
    for (const auto& each : asked())
      if (each.path.starts_with("/_matrix/app/v1/transactions/")) bodies.push_back(boost::json::parse(each.body));
    return bodies;
  }
  void clear() {
    const base::Lock lock(mutex_);
    asked_.clear();
  }

 private:
  asio::thread_pool threads_{1};
  base::Mutex mutex_;
  std::vector<Asked> asked_ GUARDED_BY(mutex_);
  Answer answer_ GUARDED_BY(mutex_);
};

class AppserviceTest : public testing::Test {
 protected:
  /// `more`: lines of the bridge's registration.
  explicit AppserviceTest(std::string_view more = {}) {
    const std::string irc = std::string(kIrcYaml) + std::string(more);
    const WholeServerOptions options{.configure = [&irc](host::Settings& set) { register_bridges(set, irc); },
                                     .web = &bridge};
    server = std::make_unique<WholeServer>(clock, options);
    for (const auto& begin : server->context->starts()) server->wait(begin()).value();
  }
  static void register_bridges(host::Settings& settings, const std::string& irc) {
    auto& files = settings.edit<AppserviceSettings>().files;
    for (const auto& [name, text] :
         {std::pair("irc.yaml", std::string_view(irc)), std::pair("watch.yaml", kWatchYaml)}) {
      files.push_back((settings.data_dir / name).string());
      std::ofstream(files.back()) << text;
    }
  }

  /// A call of the bridge, as one of its users.
  WholeAnswer as(std::string_view user, std::string method, std::string path, const matrix::Json& body = {}) {
    path += path.contains('?') ? '&' : '?';
    path += "user_id=" + base::percent_encode("@" + std::string(user) + ":example.org");
    return server->call("as-irc", std::move(method), std::move(path), body);
  }
  void make_ghost(const std::string& name) {
    const auto made =
        server->call("as-irc", "POST", "/register",
                     {{"type", "m.login.application_service"}, {"username", name}, {"inhibit_login", true}});
    ASSERT_EQ(made.status, 200) << made.text;
  }
  std::string make_room(const std::string& token, matrix::JsonObject more = {{"preset", "public_chat"}}) {
    const auto made = server->call(token, "POST", "/createRoom", more);
    EXPECT_EQ(made.status, 200) << made.text;
    return made.string_at("/room_id");
  }
  static std::string enc(std::string_view text) { return base::percent_encode(text); }
  int join(const std::string& token, const std::string& room) {
    return server->call(token, "POST", "/join/" + enc(room), matrix::JsonObject()).status;
  }
  void send(const std::string& token, const std::string& room, const std::string& text) {
    const auto sent =
        server->call(token, "PUT", "/rooms/" + enc(room) + "/send/m.room.message/" + std::to_string(++txn),
                     {{"msgtype", "m.text"}, {"body", text}});
    ASSERT_EQ(sent.status, 200) << sent.text;
  }
  /// Lets the bridge be told until the condition holds.
  template <class F>
  bool told_until(F condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < deadline) {
      server->run_job("homeserver.appservices");
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }
  /// The same while time passes, so that what failed is tried again.
  template <class F>
  bool later_until(F condition) {
    return told_until([&] {
      clock.advance(std::chrono::seconds(10));
      return condition();
    });
  }
  /// Texts of the messages that the bridge was sent, in order; those of a repeated transaction again.
  std::vector<std::string> texts() {
    std::vector<std::string> found;
    for (const auto& transaction : bridge.transactions()) {
      for (const auto& event : transaction.at("events").as_array()) {
        const auto* body = event.at("content").as_object().if_contains("body");
        if (event.at("type") == "m.room.message" && body) found.emplace_back(body->as_string());
      }
    }
    return found;
  }
  bool was_told(std::string_view text) {
    const auto all = texts();
    return std::ranges::find(all, text) != all.end();
  }

  sync::SharedClock clock;
  StandIn bridge;
  std::unique_ptr<WholeServer> server;
  int txn = 0;
};

}  // namespace troupe::homeserver::appservice_feed
