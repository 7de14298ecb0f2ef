// Waiting for what other processes of this server have committed.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>

#include "store/database.h"

namespace troupe::homeserver::sync {

/// One per server, made before its first request; callable from any thread.
class HeadWatch {
 public:
  explicit HeadWatch(store::Database& db);

  /// True as soon as the database's head is at the position or after it; false when the time is over. The caller's
  /// executor must run on one thread.
  asio::awaitable<bool> reached(StreamPos pos, std::chrono::milliseconds at_most);

 private:
  struct Waiting;
  store::Database& db_;
  std::shared_ptr<Waiting> waiting_;
};

}  // namespace troupe::homeserver::sync
