// Task<T>: a coroutine that yields a Result<T>, on Asio's executors.
#pragma once
#include <boost/asio/awaitable.hpp>

#include "base/result.h"

namespace troupe {
namespace asio = boost::asio;
}

namespace troupe::base {

/// Started by co_await or by TaskGroup::spawn (async.h); runs on the executor of whoever awaits it.
/// Parameters of coroutines are taken by value: a reference may not outlive the first suspension, unless the callee's
/// comment says that the caller keeps the object alive until the task ends.
template <class T>
using Task = asio::awaitable<Result<T>>;

}  // namespace troupe::base

namespace troupe {
using base::Task;
}
