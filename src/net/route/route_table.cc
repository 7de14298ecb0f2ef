#include "net/route/route_table.h"

#include <algorithm>
#include <span>
#include <stdexcept>

#include "base/encoding.h"

namespace troupe::net::route {

struct RouteTable::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> parameter;
  std::vector<std::pair<std::string, std::size_t>> methods;       ///< of paths that end here
  std::vector<std::pair<std::string, std::size_t>> rest_methods;  ///< of "{name*}" from here on
};

namespace {

using Methods = std::vector<std::pair<std::string, std::size_t>>;

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}
bool is_rest(std::string_view segment) { return is_parameter(segment) && segment[segment.size() - 2] == '*'; }

const std::size_t* route_of(const Methods& methods, std::string_view method) {
  for (const auto& [name, route] : methods) {
    if (name == method) return &route;
  }
  return method == "HEAD" ? route_of(methods, "GET") : nullptr;
}

}  // namespace

RouteTable::RouteTable() : root_(std::make_unique<Node>()) {}
RouteTable::~RouteTable() = default;

std::vector<std::string> parameter_names(std::string_view pattern) {
  std::vector<std::string> names;
  for (auto open = pattern.find('{'); open != pattern.npos; open = pattern.find('{', open + 1)) {
    auto name = pattern.substr(open + 1, pattern.find('}', open) - open - 1);
    if (name.ends_with('*')) name.remove_suffix(1);
    names.emplace_back(name);
  }
  return names;
}

void RouteTable::add(std::string_view method, std::string_view pattern, std::size_t route) {
  auto broken = [&](std::string_view why) {
    throw std::logic_error("route " + std::string(method) + " " + std::string(pattern) + ": " + std::string(why));
  };
  if (!pattern.starts_with('/')) broken("must begin with /");
  Node* node = root_.get();
  Methods* methods = nullptr;
  std::size_t segments = 0;
  for (auto rest = pattern.substr(1);;) {
    const auto segment = rest.substr(0, rest.find('/'));
    const bool last = segment.size() == rest.size();
    if (++segments > kMaxSegments) broken("has too many segments");
    if (is_rest(segment)) {
      if (!last) broken("{name*} must come last");
      methods = &node->rest_methods;
      break;
    }
    if (!is_parameter(segment) && segment.find_first_of("{}") != segment.npos) broken("has a malformed parameter");
    auto& next = is_parameter(segment) ? node->parameter : node->literals[std::string(segment)];
    if (!next) next = std::make_unique<Node>();
    node = next.get();
    if (last) {
      methods = &node->methods;
      break;
    }
    rest.remove_prefix(segment.size() + 1);
  }
  for (const auto& [name, other] : *methods) {
    if (name == method) broken("is declared twice");
  }
  methods->emplace_back(method, route);
}

/// Depth first; literal children before the parameter, the parameter before the rest.
struct RouteTable::Search {
  std::string_view method;
  std::span<const std::string_view> segments;
  std::array<std::string_view, kMaxSegments> values{};
  std::size_t value_count = 0;
  std::size_t rest_at = kMaxSegments + 1;
  const std::size_t* found = nullptr;
  const Methods* seen_methods = nullptr;  ///< of the best path that exists
  std::size_t steps = 0;

  bool take(const Methods& methods) {
    if (methods.empty()) return false;
    if ((found = route_of(methods, method))) return true;
    if (!seen_methods) seen_methods = &methods;
    return false;
  }

  bool walk(const Node& node, std::size_t at) {
    if (at == segments.size()) return take(node.methods);
    const auto segment = segments[at];
    if (auto next = node.literals.find(segment); next != node.literals.end() && walk(*next->second, at + 1))
      return true;
    if (node.parameter && !segment.empty()) {
      values[value_count++] = segment;
      if (walk(*node.parameter, at + 1)) return true;
      --value_count;
    }
    if (node.rest_methods.empty()) return false;
    for (auto piece : segments.subspan(at)) {
      if (piece == "." || piece == ".." || piece.find('/') != piece.npos) return false;
    }
    if (!take(node.rest_methods)) return false;
    rest_at = at;
    return true;
  }
};

RouteTable::Match RouteTable::find(std::string_view method, std::string_view path) const {
  Match match;
  if (!path.starts_with('/')) return match;
  std::array<std::string_view, kMaxSegments> segments;
  std::array<std::string, kMaxSegments> decoded;
  std::size_t count = 0;
  for (auto rest = path.substr(1);;) {
    if (count == kMaxSegments) return match;
    const auto segment = rest.substr(0, rest.find('/'));
    segments[count] = segment;
    if (segment.find('%') != segment.npos) {
      auto text = base::percent_decode(segment);
      if (!text) return match.outcome = Outcome::malformed, match;
      decoded[count] = *std::move(text);
      segments[count] = decoded[count];
    }
    if (segments[count].find('\0') != segment.npos || !base::is_utf8(segments[count])) {
      return match.outcome = Outcome::malformed, match;
    }
    ++count;
    if (segment.size() == rest.size()) break;
    rest.remove_prefix(segment.size() + 1);
  }
  Search search{.method = method, .segments = std::span(segments).first(count)};
  if (!search.walk(*root_, 0)) {
    if (!search.seen_methods) return match;
    match.outcome = Outcome::no_method;
    match.route = search.seen_methods->front().second;
    for (const auto& [name, route] : *search.seen_methods) {
      match.allow += match.allow.empty() ? name : ", " + name;
      if (name == "GET") match.allow += ", HEAD";
    }
    return match;
  }
  match.outcome = Outcome::found;
  match.route = *search.found;
  match.values.reserve(search.value_count + 1);
  for (std::size_t i = 0; i < search.value_count; ++i) match.values.emplace_back(search.values[i]);
  if (search.rest_at <= count) {
    std::string joined;
    for (std::size_t i = search.rest_at; i < count; ++i) {
      if (i > search.rest_at) joined += '/';
      joined += segments[i];
    }
    match.values.push_back(std::move(joined));
  }
  return match;
}

}  // namespace troupe::net::route
