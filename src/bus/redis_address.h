// Where a Redis server is, from a redis:// URL.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace troupe::bus {

struct RedisAddress {
  std::string host;  ///< an IPv6 address without brackets
  std::uint16_t port = 6379;
  std::string user;      ///< decoded; empty: none
  std::string password;  ///< decoded; empty: none
  int database = 0;

  /// `redis://[[user]:password@]host[:port][/database]`. Error: invalid_param, with a sentence that never repeats the
  /// password (rediss:// is refused: the client library that Debian has speaks no TLS).
  static Result<RedisAddress> parse(std::string_view url);
  /// "host:port": for logs.
  std::string name() const;
};

}  // namespace troupe::bus
