// What a module describes when it has the program listen: everything that holds for all requests of one listener.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "net/route/dialect.h"

namespace troupe::net::route {

/// The listener of the program itself; a route that names none stands there.
inline constexpr std::string_view kPlatformListener = "platform";

struct Listener {
  /// An older name of paths: a path that begins with `from` and has no route is looked for with `to` in its place.
  struct Alias {
    std::string from;
    std::string to;
  };
  /// How errors look at paths without a route that begin with `prefix`.
  struct Fallback {
    std::string prefix;
    Dialect dialect;
  };

  std::string name{};                  ///< unique; shown in metrics and in the route table of the API document
  Dialect dialect = Dialect::problem;  ///< of errors where there is no route, nor a fallback
  std::string scheme{};                ///< of routes that name none (net/route/scheme.h); empty: they must name one
  std::vector<Alias> aliases{};        ///< the first that fits is tried
  std::vector<Fallback> fallbacks{};   ///< the first that fits holds
  bool cors = false;             ///< pages of any site may call: every answer says so, and any OPTIONS is answered 200
  std::string not_found_page{};  ///< HTML for a browser that finds nothing; empty: browsers get the dialect, too

  Dialect dialect_of(std::string_view unknown_path) const {
    for (const auto& [prefix, its] : fallbacks) {
      if (unknown_path.starts_with(prefix)) return its;
    }
    return dialect;
  }
};

}  // namespace troupe::net::route
