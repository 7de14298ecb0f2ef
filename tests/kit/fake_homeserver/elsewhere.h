// What the parts of the homeserver in memory share.
#pragma once
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>

#include "base/task.h"

namespace troupe::kit {

inline const std::string kServerName = "localhost";

/// As with a real homeserver, what follows a wait runs later on the caller's executor.
inline asio::awaitable<void> elsewhere() {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}

}  // namespace troupe::kit
