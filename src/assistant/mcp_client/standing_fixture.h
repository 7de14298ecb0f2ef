// A web with streams that stay open. Only tests include this.
#pragma once
#include <atomic>

#include "assistant/mcp_client/servers_fixture.h"

namespace troupe::assistant::mcp_client::testing_servers {

inline bool is_standing(const ClientRequest& request) {
  return request.method == "GET" || request.body.contains("subscriptions/listen");
}

/// A web whose streams of notifications stay open until the test, or whoever asked, ends them.
class StandingHttp final : public kit::FakeHttp {
 public:
  std::atomic<int> open{0};
  std::atomic<int> status{200};  ///< of streams that are asked for
  std::atomic<bool> cut{false};  ///< they end at once

  void say(std::string data, std::string id = {}, std::string event = "message") {
    const base::Lock lock(mutex_);
    said_.push_back({.event = std::move(event), .data = std::move(data), .id = std::move(id)});
  }
  std::vector<ClientRequest> asked() const {
    const base::Lock lock(mutex_);
    return asked_;
  }
  Task<ClientResponse> stream_events(ClientRequest request, Receive receive) override {
    if (!is_standing(request)) {
      auto plain = FakeHttp::stream_events(std::move(request), std::move(receive));
      co_return co_await std::move(plain);
    }
    {
      const base::Lock lock(mutex_);
      asked_.push_back(std::move(request));
    }
    if (status != 200) co_return ClientResponse{.status = status, .headers = {}, .body = {}};
    ++open;
    const std::shared_ptr<void> until_over(nullptr, [this](void*) { --open; });
    for (bool last = false; !last;) {
      last = cut;
      if (!receive_all(receive) || last) break;
      asio::steady_timer timer(co_await asio::this_coro::executor, 1ms);
      co_await timer.async_wait(asio::use_awaitable);
    }
    ClientResponse out{.status = 200, .headers = {}, .body = {}};
    out.headers.add("Content-Type", "text/event-stream");
    co_return out;
  }

 private:
  bool receive_all(const Receive& receive) {
    std::vector<net::client::ServerSentEvent> now;
    {
      const base::Lock lock(mutex_);
      now.swap(said_);
    }
    return std::ranges::all_of(now, receive);
  }
  mutable base::Mutex mutex_;
  std::vector<ClientRequest> asked_ GUARDED_BY(mutex_);
  std::vector<net::client::ServerSentEvent> said_ GUARDED_BY(mutex_);
};

}  // namespace troupe::assistant::mcp_client::testing_servers
