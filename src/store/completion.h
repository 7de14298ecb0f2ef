// How a coroutine waits for one of the store's threads, and how many of them are woken at the price of one.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <vector>

#include "base/task.h"

namespace troupe::store {

/// Somebody who waits: what to call, and on which executor (none: here and now).
struct Waiter {
  asio::any_io_executor executor;
  std::move_only_function<void()> resume;
};

/// Suspends the calling coroutine and hands its Waiter to `start`. Whatever `start` refers to may be gone as soon as
/// another thread resumes the waiter, so handing it over must be the last thing that `start` does.
template <class Start>
asio::awaitable<void> wait_for(Start start) {
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
      [](auto handler, Start begin) {
        auto executor = asio::get_associated_executor(handler);
        begin(Waiter{std::move(executor), std::move(handler)});
      },
      asio::use_awaitable, std::move(start));
}

/// Collects waiters and wakes them with one post per executor. Belongs to one thread.
class Completions {
 public:
  void add(Waiter waiter);
  /// Wakes all that were added; leaves this empty.
  void flush();

 private:
  struct Group {
    asio::any_io_executor executor;
    std::vector<std::move_only_function<void()>> resumes;
  };
  std::vector<Group> groups_;
  std::vector<std::move_only_function<void()>> direct_;
};

}  // namespace troupe::store
