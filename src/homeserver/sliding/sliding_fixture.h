// A whole server whose people speak sliding sync. Only tests include this.
#pragma once
#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <map>

#include "homeserver/sliding/sliding_request.h"
#include "homeserver/whole_server_fixture.h"

namespace troupe::homeserver::sliding {

class SlidingTest : public testing::Test {
 protected:
  static constexpr auto kUnstable = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync";
  static constexpr auto kAccepted = "/_matrix/client/v4/sync";
  /// One list of everything.
  static constexpr auto kAll = R"({"lists":{"all":{"ranges":[[0,19]],"timeline_limit":3,"required_state":[]}}})";

  static std::string id(const std::string& name) { return "@" + name + ":example.org"; }
  static matrix::Json json(std::string_view text) { return boost::json::parse(text); }

  /// "bob/LAPTOP" is bob on another device.
  const std::string& token(const std::string& who) {
    auto& known = tokens_[who];
    if (!known.empty()) return known;
    const auto slash = who.find('/');
    if (slash == who.npos) return known = server.person(who);
    token(who.substr(0, slash));
    auto& accounts = server.context->get<matrix::Accounts>();
    return known = server.must(accounts.issue_token(id(who.substr(0, slash)), who.substr(slash + 1))).access_token;
  }

  WholeAnswer call(const std::string& who, const std::string& method, const std::string& path,
                   std::string_view body = "{}") {
    return server.call(token(who), method, path, method == "GET" ? matrix::Json() : json(body));
  }
  WholeAnswer ok(const std::string& who, const std::string& method, const std::string& path,
                 std::string_view body = "{}") {
    auto answer = call(who, method, path, body);
    EXPECT_EQ(answer.status, 200) << method << " " << path << " " << answer.text;
    return answer;
  }

  // What people do; each yields the id of the room or of the event.
  std::string create(const std::string& who, std::string_view body = R"({"preset":"public_chat"})") {
    return ok(who, "POST", "/createRoom", body).string_at("/room_id");
  }
  void join(const std::string& who, const std::string& room) { ok(who, "POST", "/rooms/" + room + "/join"); }
  void leave(const std::string& who, const std::string& room) { ok(who, "POST", "/rooms/" + room + "/leave"); }
  void act_on(const std::string& who, const std::string& room, const std::string& what, const std::string& whom) {
    ok(who, "POST", "/rooms/" + room + "/" + what, R"({"user_id":")" + id(whom) + "\"}");
  }
  std::string send(const std::string& who, const std::string& room, const std::string& type, std::string_view content) {
    return ok(who, "PUT", "/rooms/" + room + "/send/" + type + "/t" + std::to_string(++txn_), content)
        .string_at("/event_id");
  }
  std::string say(const std::string& who, const std::string& room, const std::string& text) {
    return send(who, room, "m.room.message", R"({"msgtype":"m.text","body":")" + text + "\"}");
  }
  std::string set(const std::string& who, const std::string& room, const std::string& type, const std::string& key,
                  std::string_view content) {
    return ok(who, "PUT", "/rooms/" + room + "/state/" + type + "/" + key, content).string_at("/event_id");
  }
  void read(const std::string& who, const std::string& room, const std::string& event,
            const std::string& kind = "m.read") {
    ok(who, "POST", "/rooms/" + room + "/receipt/" + kind + "/" + event);
  }

  // Sliding sync.
  static std::string target(const std::string& pos, int timeout_ms) {
    std::string path = kUnstable;
    path += "?timeout=" + std::to_string(timeout_ms);
    return pos.empty() ? path : path + "&pos=" + pos;
  }
  WholeAnswer slide(const std::string& who, const std::string& pos = {}, std::string_view body = kAll,
                    int timeout_ms = 0) {
    return call(who, "POST", target(pos, timeout_ms), body);
  }
  WholeAnswer slide_v4(const std::string& who, const std::string& pos, std::string_view body) {
    auto whole = json(body);
    if (!pos.empty()) whole.as_object()["pos"] = pos;
    return server.call(token(who), "POST", kAccepted, whole);
  }
  std::future<WholeAnswer> start(const std::string& who, const std::string& pos, std::string_view body = kAll,
                                 int timeout_ms = 30'000) {
    net::http::Request request;
    request.method = "POST";
    EXPECT_TRUE(request.set_target(target(pos, timeout_ms)));
    request.body = body;
    request.remote_address = "192.0.2.7";
    request.headers.add("Authorization", "Bearer " + token(who));
    return asio::co_spawn(server.tasks_run_on(), ask(std::move(request)), asio::use_future);
  }
  WholeAnswer done(std::future<WholeAnswer>& waiting) {
    if (waiting.wait_for(kit::kPatience) != std::future_status::ready) ADD_FAILURE() << "nobody woke the request";
    return waiting.get();
  }
  /// A request that waits; it must not be answered before `act` has run.
  WholeAnswer woken_by(const std::string& who, const std::string& pos, const std::function<void()>& act,
                       std::string_view body = kAll) {
    auto waiting = start(who, pos, body);
    EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(30)), std::future_status::timeout) << "answered without news";
    act();
    return done(waiting);
  }

  static std::string pos_of(const WholeAnswer& answer) { return answer.string_at("/pos"); }
  static matrix::Json room_in(const WholeAnswer& answer, const std::string& room, const std::string& member = {}) {
    return answer.at("/rooms/" + room + (member.empty() ? "" : "/" + member));
  }
  static std::size_t rooms_in(const WholeAnswer& answer) {
    const auto rooms = answer.at("/rooms");
    return rooms.is_object() ? rooms.as_object().size() : 0;
  }
  /// Bodies of messages; types of the others, of members with who and what.
  static std::vector<std::string> digest(const matrix::Json& events) {
    std::vector<std::string> found;
    if (!events.is_array()) return {"no list"};
    for (const auto& item : events.get_array()) {
      const auto& event = item.as_object();
      const auto* content = matrix::find_object(event, "content");
      std::string text(matrix::find_string(event, "type").value_or("?"));
      if (const auto body = matrix::find_string(*content, "body")) text = *body;
      if (text == "m.room.member") text = std::string(matrix::find_string(*content, "membership").value_or("?"));
      if (const auto key = matrix::find_string(event, "state_key"); key && !key->empty()) {
        text += ":" + std::string(key->substr(1, key->find(':') - 1));
      }
      found.push_back(std::move(text));
    }
    return found;
  }
  static std::vector<std::string> timeline(const WholeAnswer& answer, const std::string& room) {
    return digest(room_in(answer, room, "timeline"));
  }
  static std::vector<std::string> state(const WholeAnswer& answer, const std::string& room) {
    return digest(room_in(answer, room, "required_state"));
  }
  /// The ids of a list's first range.
  static std::vector<std::string> ids(const WholeAnswer& answer, const std::string& list = "all") {
    std::vector<std::string> found;
    const auto shown = answer.at("/lists/" + list + "/ops/0/room_ids");
    if (!shown.is_array()) return found;
    for (const auto& room : shown.get_array()) found.emplace_back(matrix::view(room.as_string()));
    return found;
  }
  static std::int64_t count(const WholeAnswer& answer, const std::string& list = "all") {
    const auto count = answer.at("/lists/" + list + "/count");
    return count.is_int64() ? count.get_int64() : -1;
  }

  WholeServer server;

 private:
  asio::awaitable<WholeAnswer> ask(net::http::Request request) {
    const auto response = co_await server.router.dispatch(host::kMatrixListener, request);
    WholeAnswer answer{response.status, response.shared_body ? *response.shared_body : response.body, {}};
    boost::system::error_code broken;
    answer.json = boost::json::parse(answer.text, broken);
    co_return answer;
  }

  std::map<std::string, std::string> tokens_;
  int txn_ = 0;
};

}  // namespace troupe::homeserver::sliding
