#include "console/api.h"

#include <boost/json/serialize.hpp>
#include <charconv>

#include "base/log.h"
#include "matrix/ids.h"
#include "matrix/json.h"

namespace troupe::console {
namespace {

constexpr std::int64_t kMaxLimit = 1'000;
constexpr std::size_t kMaxSearchBytes = 200;

}  // namespace

Result<std::int64_t> number(const net::Request& request, std::string_view name, std::int64_t standard,
                            std::int64_t least, std::int64_t most) {
  auto given = request.query_value(name);
  if (!given || given->empty()) return standard;
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), value);
  if (error != std::errc() || end != given->data() + given->size() || value < least || value > most) {
    return Error(Errc::invalid_param, std::string(name) + " must be a number from " + std::to_string(least) + " to " +
                                          std::to_string(most) + ".");
  }
  return value;
}

Result<std::optional<std::string>> choice(const net::Request& request, std::string_view name,
                                          std::initializer_list<std::string_view> words) {
  auto given = request.query_value(name);
  if (!given || given->empty()) return std::nullopt;
  if (std::ranges::find(words, *given) != words.end()) return std::string(*given);
  std::string list;
  for (auto word : words) list += (list.empty() ? "" : ", ") + std::string(word);
  return Error(Errc::invalid_param, std::string(name) + " must be one of: " + list + ".");
}

Result<bool> switched_on(const net::Request& request, std::string_view name) {
  auto given = request.query_value(name).value_or("");
  if (given == "true" || given == "1" || given == "yes" || given == "on") return true;
  if (given.empty() || given == "false" || given == "0" || given == "no" || given == "off") return false;
  return Error(Errc::invalid_param, std::string(name) + " must be true or false.");
}

std::vector<net::QueryParam> paging_params(std::vector<net::QueryParam> others) {
  others.push_back({.name = "from",
                    .description = "How many to pass over",
                    .schema = R"({"type":"integer","minimum":0,"default":0})"});
  others.push_back({.name = "limit",
                    .description = "How many to answer",
                    .schema = R"({"type":"integer","minimum":1,"maximum":1000,"default":100})"});
  return others;
}

Result<Paging> paging(const net::Request& request) {
  Paging result;
  TRY(result.from, number(request, "from", 0, 0, 1'000'000'000));
  TRY(result.limit, number(request, "limit", 100, 1, kMaxLimit));
  return result;
}

Result<std::string> search_text(const net::Request& request, std::string_view name) {
  auto given = request.query_value(name).value_or("");
  if (given.size() > kMaxSearchBytes) {
    return Error(Errc::invalid_param, std::string(name) + " may have at most 200 bytes.");
  }
  return std::string(given);
}

boost::json::object page(boost::json::array items, std::int64_t total, const Paging& paging) {
  auto next = paging.from + static_cast<std::int64_t>(items.size());
  boost::json::object body{{"items", std::move(items)}, {"total", total}};
  if (next < total && next > paging.from) body["next_from"] = next;
  return body;
}

net::Response reply(const boost::json::value& body, int status) {
  return net::Response::json(boost::json::serialize(body), status);
}

void add_route(Api& api, ApiRoute declared, ApiHandler handler) {
  net::Route route;
  auto usual = declared.method == "GET" ? net::Rate::read : net::Rate::write;
  route.method = std::move(declared.method);
  route.path = std::move(declared.path);
  route.dialect = declared.dialect;
  route.needs = declared.needs;
  route.scope = std::move(declared.scope);
  route.rate = declared.rate.value_or(usual);
  route.body = declared.takes;
  if (route.body == net::Body::none && !declared.body.empty()) route.body = net::Body::json_required;
  route.body_type = declared.body_type;
  route.max_body_bytes = declared.max_body_bytes;
  route.query = std::move(declared.query);
  route.good_status = declared.good_status;
  route.reply_type = declared.reply_type;
  route.summary = std::move(declared.summary);
  route.body_schema = declared.body;
  route.reply_schema = declared.reply;
  route.tag = std::move(declared.tag);
  route.run = [&api, handler](net::Call& call) { return handler(api, call); };
  api.context.routes().add(std::move(route));
}

fleet::Actor actor(const net::Call& call) {
  const auto& credential = identity::credential_of(*call.caller);
  return {.label = credential.principal.label(),
          .server_admin = identity::is_server_admin(*call.caller),
          .address = call.request.remote_address};
}

std::int64_t tenant(const net::Call& call) { return call.caller ? call.caller->tenant_id : identity::kDefaultTenant; }

bool is_limited(const net::Call& call) {
  return !call.caller->scopes.empty() &&
         identity::credential_of(*call.caller).kind != identity::Credential::Kind::local;
}

bool has_scope(const net::Call& call, std::string_view scope) {
  return !is_limited(call) || std::ranges::find(call.caller->scopes, scope) != call.caller->scopes.end();
}

bool sees_settings(const net::Call& call) { return call.caller->role != net::Role::member; }

void ring_users(Api& api) { api.context.bus().ring(bus::Topic::users, 0); }

namespace {

asio::awaitable<void> write_audit(Api& api, const net::Call& call, identity::AuditRecord record) {
  record.request_id = call.request.request_id;
  auto written = co_await api.audit.record(std::move(record));
  if (!written) {
    base::log_error("console", "A line of the audit log could not be written.",
                    {{"reason", written.error().message()}, {"request_id", call.request.request_id}});
  }
}

}  // namespace

asio::awaitable<void> audit(Api& api, const net::Call& call, std::string action, std::string target,
                            boost::json::object detail) {
  identity::AuditRecord record;
  record.tenant_id = tenant(call);
  if (call.caller) {
    record.actor_id = call.caller->principal_id;
    record.actor = identity::credential_of(*call.caller).principal.label();
  } else {
    record.actor = call.request.remote_address;
  }
  record.action = std::move(action);
  record.target = std::move(target);
  record.detail = std::move(detail);
  co_await write_audit(api, call, std::move(record));
}

asio::awaitable<void> audit_as(Api& api, const net::Call& call, const identity::Principal& who, std::string action,
                               std::string target, boost::json::object detail) {
  identity::AuditRecord record;
  record.tenant_id = who.tenant_id;
  record.actor_id = who.id;
  record.actor = who.label();
  record.action = std::move(action);
  record.target = std::move(target);
  record.detail = std::move(detail);
  co_await write_audit(api, call, std::move(record));
}

asio::awaitable<void> audit_sign_in(Api& api, const net::Call& call, const identity::Principal& who,
                                    boost::json::object detail) {
  detail["address"] = call.request.remote_address;
  co_await audit_as(api, call, who, "session.create", who.label(), std::move(detail));
}

asio::awaitable<void> audit_refusal(Api& api, const net::Call& call, std::string user, boost::json::object detail) {
  identity::AuditRecord record;
  if (auto house = co_await api.principals.tenant_of(full_user_id(api, user))) record.tenant_id = *house;
  record.actor = call.request.remote_address;
  record.action = "session.refuse";
  record.target = std::move(user);
  record.detail = std::move(detail);
  co_await write_audit(api, call, std::move(record));
}

std::string full_user_id(const Api& api, std::string_view user) {
  if (user.starts_with('@')) {
    if (user.find(':') != user.npos) return std::string(user);
    user.remove_prefix(1);
  }
  return matrix::make_user_id(user, api.homeserver.server_name());
}

std::string text(const net::Call& call, std::string_view member) { return optional_text(call, member).value_or(""); }

std::optional<std::string> optional_text(const net::Call& call, std::string_view member) {
  const auto* object = call.body.if_object();
  if (object == nullptr) return std::nullopt;
  auto found = matrix::find_string(*object, member);
  if (!found) return std::nullopt;
  return std::string(*found);
}

}  // namespace troupe::console
