// A caller, its ports in memory, and vendors that answer it.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <thread>

#include "assistant/calls/pages.h"
#include "kit/fake_http.h"
#include "kit/task_runner.h"

namespace troupe::assistant::calls::testing_calls {

using net::client::ClientRequest;
using net::client::ClientResponse;
using namespace std::chrono_literals;

class MemoryJournal : public Journal {
 public:
  std::vector<Sending> begun;
  std::vector<Received> ended;
  std::optional<Error> refuse_before, refuse_after;

  Task<Unit> before(const Sending& sending) override {
    if (refuse_before) co_return Error(*refuse_before);
    begun.push_back(sending);
    co_return Unit{};
  }
  Task<Unit> after(Sending /*sending*/, Received received) override {
    if (refuse_after) co_return Error(*refuse_after);
    ended.push_back(std::move(received));
    co_return Unit{};
  }
  /// All that was written down, to search for what must not be there.
  std::string all() const {
    std::string out;
    for (const auto& each : begun) out += each.url + each.body + each.content_type + each.marker;
    for (const auto& each : ended) out += each.body + each.error + each.content_type;
    return out;
  }
};

/// Of several processes on one database; what it does itself, one of them does.
class MemoryGrants : public GrantStore {
 public:
  std::map<std::string, Grant> grants;
  std::map<std::string, std::pair<std::string, std::string>> turns;  ///< whose, and the word for it
  std::optional<Error> refuse;
  std::function<asio::awaitable<void>()> wait_until;  ///< before it answers

  Task<std::optional<Grant>> load(std::string account) override {
    if (wait_until) co_await wait_until();
    const auto found = grants.find(account);
    co_return found == grants.end() ? std::nullopt : std::optional(found->second);
  }
  Task<bool> save(std::string account, Grant grant) override { return save_as("one", account, std::move(grant)); }
  Task<std::optional<std::string>> take_turn(std::string account, std::string lapsed) override {
    return take_turn_as("one", account, lapsed);
  }
  Task<Unit> end_turn(std::string account) override { return end_turn_as("one", account); }

  Task<bool> save_as(std::string process, std::string account, Grant grant) {
    if (refuse) co_return Error(*refuse);
    CO_TRY(co_await end_turn_as(process, account));
    const auto found = grants.find(account);
    if ((found == grants.end() ? std::string() : found->second.version) != grant.version) co_return false;
    grant.version = std::to_string(++count_);
    grants[account] = std::move(grant);
    co_return true;
  }
  Task<std::optional<std::string>> take_turn_as(std::string process, std::string account, std::string lapsed) {
    const auto found = turns.find(account);
    if (found != turns.end() && found->second.first != process && found->second.second != lapsed)
      co_return found->second.second;
    turns[account] = {process, std::to_string(++count_)};
    co_return std::nullopt;
  }
  Task<Unit> end_turn_as(std::string process, std::string account) {
    if (const auto found = turns.find(account); found != turns.end() && found->second.first == process)
      turns.erase(found);
    co_return Unit{};
  }

 private:
  int count_ = 0;
};

/// Another process on that database.
class OtherGrants : public GrantStore {
 public:
  explicit OtherGrants(MemoryGrants& all) : all_(all) {}
  Task<std::optional<Grant>> load(std::string account) override { return all_.load(std::move(account)); }
  Task<bool> save(std::string account, Grant grant) override {
    return all_.save_as("other", std::move(account), std::move(grant));
  }
  Task<std::optional<std::string>> take_turn(std::string account, std::string lapsed) override {
    return all_.take_turn_as("other", std::move(account), std::move(lapsed));
  }
  Task<Unit> end_turn(std::string account) override { return all_.end_turn_as("other", std::move(account)); }

 private:
  MemoryGrants& all_;
};

class MemoryFiles : public Files {
 public:
  std::map<std::string, Blob, std::less<>> blobs;
  bool is_reference(std::string_view text) const override { return text.starts_with("mxc://"); }
  Task<Blob> read(std::string person, std::string reference, std::size_t most_bytes) override {
    const auto found = blobs.find(reference);
    if (found == blobs.end() || person != "@anna:h") co_return Error(Errc::not_found, "no such file");
    if (found->second.bytes.size() > most_bytes) co_return Error(Errc::too_large, "the file is too large");
    co_return found->second;
  }
  Task<std::string> link(std::string person, std::string reference, std::string /*service_url*/) override {
    auto reading = read(std::move(person), reference, kMaxUploadBytes);
    CO_TRY(co_await std::move(reading));
    co_return "https://troupe.example/files/" + reference.substr(reference.rfind('/') + 1);
  }
};

inline ClientResponse json_answer(int status, std::string body, std::string type = "application/json") {
  ClientResponse out{.status = status, .headers = {}, .body = std::move(body)};
  if (!type.empty()) out.headers.add("Content-Type", std::move(type));
  return out;
}
inline ClientResponse with_header(ClientResponse answer, std::string name, std::string value) {
  answer.headers.add(std::move(name), std::move(value));
  return answer;
}
/// The connection ends after the request went out.
inline Error cut() { return Error(Errc::unavailable, "https://vendor: the connection was closed"); }

inline Json parsed(std::string_view text) { return kit::must(matrix::parse_json(text)); }
inline JsonObject object(std::string_view text) { return parsed(text).get_object(); }
/// The path and query that a request asks for.
inline std::string target_of(const ClientRequest& request) {
  return request.url.substr(std::min(request.url.find('/', 8), request.url.size()));
}

class CallsTest : public testing::Test, protected kit::TaskRunner {
 protected:
  CallsTest() : work_(io_.get_executor()), thread_([this] { io_.run(); }) {}
  ~CallsTest() override {
    work_.reset();
    io_.stop();
    thread_.join();
  }
  asio::any_io_executor tasks_run_on() override { return io_.get_executor(); }

  /// Time stands still but for pauses.
  Pause pause() {
    return [this](std::chrono::milliseconds time) -> asio::awaitable<void> {
      clock.advance(time);
      paused += time;
      co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    };
  }
  CallOptions options() {
    CallOptions out;
    out.pause = pause();
    out.chance = [] { return 0.5; };
    return out;
  }
  /// A shipped pack with a key, or one of files.
  static Service service(const std::string& name, packs::Files files = {}) {
    auto checked = packs::read_pack(files.empty() ? packs::shipped_pack(name) : files);
    std::string wrong;
    for (const auto& each : checked.findings.sorted()) wrong += each.file + each.pointer + ": " + each.message + "\n";
    if (!checked.pack) throw std::runtime_error(wrong);
    Service out{.pack = std::make_shared<packs::Pack>(*std::move(checked.pack)),
                .base_url = {},
                .base_is_configured = false,
                .secrets = {{"key", "key-4711-canary"}, {"token_name", "name-0815-canary"}},
                .account = "tenant/" + name};
    out.base_url = out.pack->base_url;
    return out;
  }
  CallContext context(std::string id = "call-1") {
    return {.call_id = std::move(id),
            .marker = marker_of("task", "step"),
            .person = "@anna:h",
            .patience = 5min,
            .sent_ms = {},
            .cancelled = cancelled};
  }
  Result<CallOutcome> call(Service of, std::string operation, std::string_view arguments) {
    return call(std::move(of), std::move(operation), arguments, context());
  }
  Result<CallOutcome> call(Service of, std::string operation, std::string_view arguments, CallContext with) {
    return wait(caller.call(std::move(of), std::move(operation), object(arguments), std::move(with), journal));
  }
  /// Requests whose method and path begin so.
  std::size_t count(std::string_view method, std::string_view path) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        http.requests, [&](const auto& each) { return each.method == method && target_of(each).starts_with(path); }));
  }

  base::ManualClock clock;
  std::chrono::milliseconds paused{0};
  kit::FakeHttp http;
  MemoryJournal journal;
  MemoryGrants grants;
  MemoryFiles files;
  std::shared_ptr<std::atomic<bool>> cancelled = std::make_shared<std::atomic<bool>>(false);
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  Limits limits{clock, pause()};
  Tokens tokens{http, clock, grants, pause()};
  Caller caller{http, limits, tokens, files, clock, options()};
  std::thread thread_;
};

}  // namespace troupe::assistant::calls::testing_calls
