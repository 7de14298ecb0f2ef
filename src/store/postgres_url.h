// The address of a PostgreSQL database.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace troupe::store {

struct PostgresUrl {
  /// postgres://user:password@host:port/database?parameters of libpq; and `schema=name` (a letter or _, then letters,
  /// digits and _, at most 63): the tables live in that schema, which is made when missing.
  /// Errors: invalid_param; the message never holds a part of the address.
  static Result<PostgresUrl> parse(std::string_view text);

  std::string url;     ///< for libpq; holds the password
  std::string schema;  ///< empty: what the server chooses for the user
  std::string shown;   ///< user, host, port and database, for messages and logs
};

}  // namespace troupe::store
