// The four vendors as they are: what they answer, what they refuse, what they do when an answer is lost.
#pragma once
#include <deque>

#include "assistant/calls/calls_fixture.h"
#include "base/encoding.h"

namespace troupe::assistant::calls::testing_calls {

/// How one request goes wrong.
enum class Mishap : std::uint8_t {
  none,
  lost_before,         ///< it was sent and never came
  lost_after,          ///< it was done, and its answer is lost
  server_error,        ///< 500, nothing done
  server_error_after,  ///< 500, and done all the same
  limited,
};

/// What the vendors have in common: a key, mishaps, what was written.
class Vendor {
 public:
  virtual ~Vendor() = default;
  std::deque<Mishap> mishaps;  ///< of the next writes
  std::size_t writes = 0;      ///< that were done

  Result<ClientResponse> answer(const ClientRequest& request) {
    if (!is_let_in(request)) return no_key();
    if (!is_write(request)) return handle(request);
    const auto mishap = mishaps.empty() ? Mishap::none : mishaps.front();
    if (!mishaps.empty()) mishaps.pop_front();
    if (mishap == Mishap::lost_before) return cut();
    if (mishap == Mishap::server_error) return broken();
    if (mishap == Mishap::limited) return limited();
    const auto done = handle(request);
    if (mishap == Mishap::lost_after) return cut();
    return mishap == Mishap::server_error_after ? broken() : done;
  }

 protected:
  virtual ClientResponse handle(const ClientRequest& request) = 0;
  virtual bool is_write(const ClientRequest& request) const { return request.method != "GET"; }
  virtual bool is_let_in(const ClientRequest& request) const {
    return request.headers.get("authorization") == "Bearer key-4711-canary";
  }
  virtual ClientResponse no_key() const = 0;
  virtual ClientResponse broken() const { return json_answer(500, "<html>oops</html>", "text/html"); }
  virtual ClientResponse limited() const = 0;

  static std::string query_of(const ClientRequest& request, std::string_view name) {
    const auto target = target_of(request);
    auto at = target.find("?" + std::string(name) + "=");
    if (at == std::string::npos) at = target.find("&" + std::string(name) + "=");
    if (at == std::string::npos) return {};
    const auto from = at + name.size() + 2;
    return base::percent_decode(target.substr(from, target.find('&', from) - from), true).value_or("");
  }
  static std::int64_t number_of(const ClientRequest& request, std::string_view name, std::int64_t otherwise) {
    const auto text = query_of(request, name);
    return text.empty() ? otherwise : std::stoll(text);
  }
};

/// Bare arrays without a total, {"errors":[…]}, no Retry-After.
class CompanyCam : public Vendor {
 public:
  JsonArray projects;
  std::int64_t now_s = 1'700'000'000;

 protected:
  ClientResponse handle(const ClientRequest& request) override {
    if (!target_of(request).starts_with("/v2/projects")) return json_answer(404, R"({"errors":["Not Found"]})");
    if (request.method == "POST") {
      auto made = object(request.body);
      made["id"] = std::to_string(projects.size() + 1);
      made["created_at"] = now_s;
      projects.push_back(made);
      ++writes;
      return json_answer(201, matrix::canonical_json(made));
    }
    const auto wanted = query_of(request, "query");
    JsonArray found;
    for (const auto& each : projects) {
      if (wanted.empty() || matrix::view(each.at("name").get_string()).contains(wanted)) found.push_back(each);
    }
    const auto size = static_cast<std::size_t>(number_of(request, "per_page", 25));
    const auto first = (static_cast<std::size_t>(number_of(request, "page", 1)) - 1) * size;
    JsonArray page;
    for (auto i = first; i < std::min(found.size(), first + size); ++i) page.push_back(found[i]);
    return json_answer(200, matrix::canonical_json(page));
  }
  ClientResponse no_key() const override { return json_answer(401, R"({"errors":["Unauthorized"]})"); }
  ClientResponse limited() const override { return json_answer(429, R"({"errors":["Too many requests"]})"); }
};

/// Problem documents, 416 past the end, 429 in plain text.
class AccuLynx : public Vendor {
 public:
  JsonArray contacts;

 protected:
  bool is_write(const ClientRequest& request) const override {
    return request.method != "GET" && !target_of(request).contains("/search");
  }
  ClientResponse handle(const ClientRequest& request) override {
    if (is_write(request)) {
      auto made = object(request.body);
      if (!made.contains("lastName"))
        return json_answer(
            400,
            R"({"type":"about:blank","title":"Bad Request","status":400,"detail":"lastName is required","traceId":"0"})",
            "application/problem+json");
      made["id"] = "c" + std::to_string(contacts.size() + 1);
      contacts.insert(contacts.begin(), Json(made));
      ++writes;
      return json_answer(201, R"({"id":")" + std::string(matrix::view(made["id"].get_string())) + R"(","_link":"x"})");
    }
    const auto size = static_cast<std::size_t>(number_of(request, "pageSize", 10));
    const auto first = static_cast<std::size_t>(number_of(request, "pageStartIndex", 0));
    if (first != 0 && first >= contacts.size())
      return json_answer(416, R"({"type":"about:blank","title":"Range Not Satisfiable","status":416,"traceId":"0"})",
                         "application/problem+json");
    JsonArray page;
    for (auto i = first; i < std::min(contacts.size(), first + size); ++i) page.push_back(contacts[i]);
    const JsonObject answer{{"count", contacts.size()}, {"pageSize", size}, {"pageStartIndex", first}, {"items", page}};
    return json_answer(200, matrix::canonical_json(answer));
  }
  ClientResponse no_key() const override {
    return json_answer(401, R"({"type":"about:blank","title":"Unauthorized","status":401,"traceId":"0"})",
                       "application/problem+json");
  }
  ClientResponse limited() const override { return json_answer(429, "Too many requests. Slow down.", "text/plain"); }
};

/// {exception, message, success:false}, etags, next_batch, 521.
class Bolt : public Vendor {
 public:
  std::map<std::string, JsonObject> jobs;
  int busy = 0;  ///< so many 521 come first

  void add(const std::string& id, const std::string& address) {
    jobs[id] = {{"id", std::stoll(id)}, {"address", address}, {"etag", "e1"}};
  }

 protected:
  bool is_let_in(const ClientRequest& request) const override {
    return request.headers.get("authorization") == R"(Token token="key-4711-canary", name="name-0815-canary")";
  }
  ClientResponse handle(const ClientRequest& request) override {
    if (busy > 0 && busy-- > 0)
      return json_answer(521,
                         R"({"exception":"RETRY LATER","message":"service is limited momentarily","success":false})");
    const auto target = target_of(request);
    if (request.method == "PATCH")
      return change(target.substr(target.rfind('/') + 1), object(request.body).at("job").get_object());
    if (request.method == "POST") {
      auto made = object(request.body).at("job").get_object();
      const auto id = std::to_string(jobs.size() + 1);
      made["id"] = std::stoll(id);
      made["etag"] = "e1";
      jobs[id] = made;
      ++writes;
      return json_answer(200, matrix::canonical_json(JsonObject{{"job", made}, {"success", true}}));
    }
    // Two a page here; a hundred there.
    JsonArray page;
    const auto first = static_cast<std::size_t>(number_of(request, "next_batch", 0));
    std::size_t at = 0;
    for (const auto& [id, job] : jobs) {
      if (at >= first && at < first + 2) page.push_back(job);
      ++at;
    }
    JsonObject answer{{"jobs", page}, {"success", true}};
    if (first + 2 < jobs.size()) {
      answer["next_batch"] = std::to_string(first + 2);
    } else {
      answer["refresh_token"] = "r1";
    }
    return json_answer(200, matrix::canonical_json(answer));
  }
  ClientResponse change(const std::string& id, const JsonObject& wanted) {
    auto& job = jobs[id];
    if (!wanted.contains("etag") || wanted.at("etag") != job["etag"])
      return json_answer(409, R"({"exception":"conflict","message":"the etag is stale","success":false})");
    for (const auto& [name, value] : wanted) job[name] = value;
    job["etag"] = std::string(matrix::view(job["etag"].get_string())) + "+";
    ++writes;
    return json_answer(200, matrix::canonical_json(JsonObject{{"job", job}, {"success", true}}));
  }
  ClientResponse no_key() const override {
    return json_answer(401, R"({"exception":"unauthorized","message":"no","success":false})");
  }
  ClientResponse limited() const override {
    return json_answer(429, R"({"exception":"RETRY LATER","message":"slow down","success":false})");
  }
};

/// Status 200 whatever happens, cursors, metadata, Retry-After.
class Slack : public Vendor {
 public:
  JsonArray messages;  ///< the newest first
  bool may_read_history = true;
  std::string refuses;  ///< the next write, with this code

 protected:
  ClientResponse handle(const ClientRequest& request) override {
    const auto target = target_of(request);
    if (!refuses.empty() && request.method == "POST") return no(std::exchange(refuses, ""));
    if (target.starts_with("/api/chat.postMessage")) {
      auto sent = object(request.body);
      if (!sent.contains("channel") || sent["channel"] == "nowhere") return no("channel_not_found");
      sent["ts"] = "1700000000." + std::to_string(messages.size());
      messages.insert(messages.begin(), Json(sent));
      ++writes;
      return json_answer(200, matrix::canonical_json(JsonObject{
                                  {"ok", true}, {"channel", sent["channel"]}, {"ts", sent["ts"]}, {"message", sent}}));
    }
    if (target.starts_with("/api/conversations.history")) {
      if (!may_read_history) return no("missing_scope");
      const bool with_metadata = query_of(request, "include_all_metadata") == "true";
      JsonArray shown = messages;
      for (auto& each : shown) {
        if (!with_metadata) each.get_object().erase("metadata");
      }
      return json_answer(200, matrix::canonical_json(JsonObject{
                                  {"ok", true}, {"messages", shown}, {"response_metadata", {{"next_cursor", ""}}}}));
    }
    if (target.starts_with("/api/conversations.list")) {
      // A page may be empty before the end.
      const auto cursor = query_of(request, "cursor");
      if (cursor.empty())
        return json_answer(200, R"({"ok":true,"channels":[],"response_metadata":{"next_cursor":"two"}})");
      return json_answer(
          200, R"({"ok":true,"channels":[{"id":"C1","name":"general"}],"response_metadata":{"next_cursor":""}})");
    }
    ++writes;
    return json_answer(200, R"({"ok":true})");
  }
  static ClientResponse no(const std::string& code) {
    return json_answer(200, R"({"ok":false,"error":")" + code + "\"}");
  }
  ClientResponse no_key() const override { return no("invalid_auth"); }
  ClientResponse limited() const override {
    return with_header(json_answer(429, R"({"ok":false,"error":"ratelimited"})"), "Retry-After", "5");
  }
};

}  // namespace troupe::assistant::calls::testing_calls
