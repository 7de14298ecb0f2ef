#include "store/postgres_url.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <system_error>

namespace troupe::store {
namespace {

constexpr std::size_t kMaxNameBytes = 63;  // of PostgreSQL

Error malformed(std::string_view why) {
  return Error(
      Errc::invalid_param,
      fmt::format("The database address {}. It looks like postgres://user:password@host:5432/database; special "
                  "characters in the password are percent-encoded (@ as %40, / as %2F, : as %3A).",
                  why));
}

bool is_name(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && text.size() <= kMaxNameBytes && letter(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return letter(c) || digit(c); });
}

/// One port, or one for each of several hosts.
bool are_ports(std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(text.size(), text.find(','));
    const auto one = text.substr(0, end);
    unsigned port = 0;
    const auto [rest, failed] = std::from_chars(one.data(), one.data() + one.size(), port);
    if (!one.empty() && (failed != std::errc() || rest != one.data() + one.size() || port == 0 || port > 65'535)) {
      return false;
    }
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return true;
}

/// Takes `schema=…` out of the parameters.
std::string take_schema(std::string& url) {
  const auto query = url.find('?');
  if (query == url.npos) return {};
  std::string kept;
  std::string schema;
  std::string_view rest = std::string_view(url).substr(query + 1);
  while (!rest.empty()) {
    const auto end = std::min(rest.size(), rest.find('&'));
    const auto parameter = rest.substr(0, end);
    rest.remove_prefix(std::min(rest.size(), end + 1));
    if (parameter.starts_with("schema=")) {
      schema = parameter.substr(7);
    } else if (!parameter.empty()) {
      kept += kept.empty() ? "?" : "&";
      kept += parameter;
    }
  }
  url = url.substr(0, query) + kept;
  return schema;
}

}  // namespace

Result<PostgresUrl> PostgresUrl::parse(std::string_view text) {
  if (!text.starts_with("postgres://") && !text.starts_with("postgresql://")) {
    return malformed("does not start with postgres://");
  }
  if (text.find('\0') != text.npos) return malformed("is malformed");
  PostgresUrl out;
  out.url = text;
  const bool names_schema = text.find("schema=") != text.npos;
  out.schema = take_schema(out.url);
  if (names_schema && !out.schema.empty() && !is_name(out.schema)) {
    return malformed("names a schema with other characters than letters, digits and _");
  }
  // libpq's own sentence is not passed on: it may quote a part of the password.
  std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfoParse(out.url.c_str(), nullptr),
                                                                       &PQconninfoFree);
  if (!options) return malformed("is malformed");
  std::string user;
  std::string host;
  std::string port;
  std::string database;
  for (const auto* option = options.get(); option->keyword; ++option) {
    if (!option->val) continue;
    const std::string_view keyword = option->keyword;
    if (keyword == "user") user = option->val;
    if (keyword == "host" || (keyword == "hostaddr" && host.empty())) host = option->val;
    if (keyword == "port") port = option->val;
    if (keyword == "dbname") database = option->val;
  }
  if (!are_ports(port)) return malformed("names a port that is no number from 1 to 65535");
  out.shown = fmt::format("{}{}{}{}/{}{}", user, user.empty() ? "" : "@", host.empty() ? "localhost" : host,
                          port.empty() ? "" : ":" + port, database.empty() ? user : database,
                          out.schema.empty() ? "" : " (schema " + out.schema + ")");
  return out;
}

}  // namespace troupe::store
