#include "net/http/http.h"

#include "net/http/form_body.h"

#include <algorithm>

#include "base/encoding.h"

namespace troupe::net::http {
namespace {

constexpr std::size_t kMaxQueryParams = 256;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

Result<std::string> decode_query_text(std::string_view text) {
  if (text.find_first_of("%+") == text.npos && base::is_utf8(text)) return std::string(text);
  auto decoded = base::percent_decode(text, true);
  if (!decoded || !base::is_utf8(*decoded)) {
    return Error(Errc::invalid_param, "The query has a malformed escape or is not UTF-8.");
  }
  return *std::move(decoded);
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, lower, lower); }

void Headers::append(std::string_view name, std::string_view value) {
  if (spare_.empty()) {
    fields_.emplace_back(name, value);
    return;
  }
  fields_.push_back(std::move(spare_.back()));
  spare_.pop_back();
  fields_.back().first.assign(name);
  fields_.back().second.assign(value);
}

void Headers::clear() {
  constexpr std::size_t kMaxSpare = 32;
  constexpr std::size_t kMaxSpareBytes = 1024;
  while (!fields_.empty()) {
    if (spare_.size() < kMaxSpare && fields_.back().second.capacity() <= kMaxSpareBytes) {
      spare_.push_back(std::move(fields_.back()));
    }
    fields_.pop_back();
  }
}

void Headers::set(std::string_view name, std::string value) {
  auto same = [&](const auto& field) { return equals_ignoring_case(field.first, name); };
  auto found = std::ranges::find_if(fields_, same);
  if (found == fields_.end()) {
    fields_.emplace_back(name, std::move(value));
    return;
  }
  found->second = std::move(value);
  fields_.erase(std::remove_if(found + 1, fields_.end(), same), fields_.end());
}

std::string_view Headers::get(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (equals_ignoring_case(field, name)) return value;
  }
  return {};
}

bool Headers::has(std::string_view name) const { return count(name) > 0; }

std::size_t Headers::count(std::string_view name) const {
  auto same = [&](const auto& field) { return equals_ignoring_case(field.first, name); };
  return static_cast<std::size_t>(std::ranges::count_if(fields_, same));
}

std::optional<std::string_view> Request::query_value(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Request::query_values(std::string_view name) const {
  std::vector<std::string_view> out;
  for (const auto& [key, value] : query) {
    if (key == name) out.emplace_back(value);
  }
  return out;
}

Result<QueryParams> parse_pairs(std::string_view text) {
  QueryParams pairs;
  while (!text.empty()) {
    const auto piece = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), piece.size() + 1));
    if (piece.empty()) continue;
    if (pairs.size() == kMaxQueryParams) return Error(Errc::invalid_param, "There are more than 256 parameters.");
    const auto equal = piece.find('=');
    TRY(auto name, decode_query_text(piece.substr(0, equal)));
    TRY(auto value, decode_query_text(equal == piece.npos ? std::string_view() : piece.substr(equal + 1)));
    pairs.emplace_back(std::move(name), std::move(value));
  }
  return pairs;
}

Result<Unit> Request::set_target(std::string_view wire) {
  target.assign(wire);
  query.clear();
  // RFC 9112 3.2.2: a server accepts the absolute form as well.
  if (auto scheme = wire.find("://"); scheme != wire.npos && wire.starts_with("http")) {
    const auto path_at = wire.find_first_of("/?", scheme + 3);
    wire = path_at == wire.npos ? "/" : wire.substr(path_at);
  }
  wire = wire.substr(0, wire.find('#'));
  const auto mark = wire.find('?');
  path.assign(wire.substr(0, mark));
  if (path == "*" && method == "OPTIONS") return Unit{};
  if (!path.starts_with('/')) return Error(Errc::invalid_param, "The request target must be a path.");
  if (mark == wire.npos) return Unit{};
  TRY(query, parse_pairs(wire.substr(mark + 1)));
  return Unit{};
}

Response Response::json(std::string serialized, int status) {
  Response response = empty(status);
  response.headers.add("Content-Type", "application/json");
  response.body = std::move(serialized);
  return response;
}

Response Response::text(std::string body, int status, std::string content_type) {
  Response response = empty(status);
  response.headers.add("Content-Type", std::move(content_type));
  response.body = std::move(body);
  return response;
}

}  // namespace troupe::net::http
