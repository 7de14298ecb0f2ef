// Finds the route of a path: a tree of segments in which a literal beats a parameter.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::net::route {

/// One listener's patterns. Filled first, then read by all threads.
class RouteTable {
 public:
  RouteTable();
  ~RouteTable();

  /// Throws std::logic_error when the method already has a route on this pattern (names of parameters do not matter) or
  /// the pattern is malformed.
  void add(std::string_view method, std::string_view pattern, std::size_t route);

  enum class Outcome { found, no_path, no_method, malformed };
  struct Match {
    Outcome outcome = Outcome::no_path;
    std::size_t route = 0;            ///< found: the route; no_method: any route of that path
    std::vector<std::string> values;  ///< of the parameters, decoded once
    std::string allow;                ///< no_method: for the Allow header
  };
  /// `path` as on the wire. It is split at '/' first and each segment percent-decoded once after that. A segment that
  /// is not UTF-8 or holds NUL, or a bad escape: malformed. "." and ".." are not special, except that "{name*}" takes
  /// neither them nor an escaped '/'. HEAD falls back to GET.
  Match find(std::string_view method, std::string_view path) const;

  static constexpr std::size_t kMaxSegments = 32;

 private:
  struct Node;
  struct Search;
  std::unique_ptr<Node> root_;
};

/// The names between braces, in order, without the '*'.
std::vector<std::string> parameter_names(std::string_view pattern);

}  // namespace troupe::net::route
