// Runs blocking or CPU-heavy work on a thread pool and comes back to the caller's executor.
#pragma once
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <type_traits>
#include <utility>

#include "base/task.h"

namespace troupe::base {

/// `work` is a plain callable that owns what it uses. Cancelling the waiting coroutine does not stop it.
template <class F>
auto on_pool(asio::thread_pool& pool, F work) -> asio::awaitable<std::invoke_result_t<F&>> {
  using T = std::invoke_result_t<F&>;
  auto there = [](F owned) -> asio::awaitable<T> { co_return owned(); };
  auto task = there(std::move(work));
  asio::any_io_executor executor = pool.get_executor();
  co_return co_await asio::co_spawn(executor, std::move(task),
                                    asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
}

}  // namespace troupe::base
