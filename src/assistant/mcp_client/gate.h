// One at a time, in the order of coming, on an executor that one thread runs.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <deque>
#include <memory>

#include "base/task.h"

namespace troupe::assistant::mcp_client {

/// All calls on the executor.
class Gate {
 public:
  /// Opens it again when it goes.
  class Inside {
   public:
    explicit Inside(Gate& gate) : gate_(&gate) {}
    Inside(Inside&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    Inside& operator=(Inside&&) = delete;
    ~Inside() {
      if (gate_ != nullptr) gate_->leave();
    }

   private:
    Gate* gate_;
  };

  /// Error: timed_out. The gate outlives the wait and what came of it.
  Task<Inside> enter(std::chrono::milliseconds patience) {
    if (!taken_) {
      taken_ = true;
      co_return Inside(*this);
    }
    const auto executor = co_await asio::this_coro::executor;
    const auto mine = std::make_shared<Waiting>(asio::steady_timer(executor, patience));
    waiting_.push_back(mine);
    co_await mine->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (mine->next) co_return Inside(*this);
    std::erase(waiting_, mine);
    co_return Error(Errc::timed_out, "it was busy for too long");
  }

 private:
  struct Waiting {
    explicit Waiting(asio::steady_timer of) : timer(std::move(of)) {}
    asio::steady_timer timer;
    bool next = false;
  };
  void leave() {
    if (waiting_.empty()) {
      taken_ = false;
      return;
    }
    const auto next = waiting_.front();
    waiting_.pop_front();
    next->next = true;
    next->timer.cancel();
  }

  bool taken_ = false;
  std::deque<std::shared_ptr<Waiting>> waiting_;
};

}  // namespace troupe::assistant::mcp_client
