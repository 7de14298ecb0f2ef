// Push rules: the whole set and single rules (Client-Server API #push-rules-api). They live in account data.
#include "homeserver/client_route.h"
#include "homeserver/crypto/crypto_routes.h"
#include "matrix/push_rules.h"

namespace troupe::homeserver {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

constexpr std::size_t kMaxRuleBodyBytes = 64 * 1024;

using Handle = Task<net::Response> (*)(AccountData&, net::Call&);

Error no_rule() { return Error(Errc::not_found, "There is no such push rule."); }

Task<net::Response> get_all(AccountData& data, net::Call& call) {
  CO_TRY(auto rules, co_await data.push_rules(call.caller->user_id));
  co_return json_response({{"global", std::move(rules)}});
}

Task<net::Response> get_global(AccountData& data, net::Call& call) {
  CO_TRY(const auto rules, co_await data.push_rules(call.caller->user_id));
  co_return json_response(rules);
}

Task<net::Response> get_kind(AccountData& data, net::Call& call) {
  CO_TRY(const auto rules, co_await data.push_rules(call.caller->user_id));
  const auto* list = matrix::find_array(rules, call.param("kind"));
  if (!list) co_return Error(Errc::invalid_param, "There is no kind of push rules named like this.");
  co_return net::Response::json(boost::json::serialize(*list));
}

Task<JsonObject> read_rule(AccountData& data, net::Call& call) {
  CO_TRY(const auto rules, co_await data.push_rules(call.caller->user_id));
  const auto* rule = matrix::find_push_rule(rules, call.param("kind"), call.param("rule_id"));
  if (!rule) co_return no_rule();
  co_return *rule;
}

Task<net::Response> get_rule(AccountData& data, net::Call& call) {
  CO_TRY(const auto rule, co_await read_rule(data, call));
  co_return json_response(rule);
}

Task<net::Response> get_enabled(AccountData& data, net::Call& call) {
  CO_TRY(const auto rule, co_await read_rule(data, call));
  co_return json_response({{"enabled", matrix::find_bool(rule, "enabled").value_or(true)}});
}

Task<net::Response> get_actions(AccountData& data, net::Call& call) {
  CO_TRY(const auto rule, co_await read_rule(data, call));
  const auto* actions = matrix::find_array(rule, "actions");
  co_return json_response({{"actions", actions ? *actions : JsonArray()}});
}

Task<net::Response> change(AccountData& data, net::Call& call, std::function<Result<Unit>(JsonObject&)> edit) {
  CO_TRY(co_await data.change_push_rules(call.caller->user_id, std::move(edit)));
  co_return json_response({});
}

Task<net::Response> put_rule(AccountData& data, net::Call& call) {
  const matrix::PushRuleEdit edit{.kind = call.param("kind"),
                                  .rule_id = call.param("rule_id"),
                                  .before = std::string(call.request.query_value("before").value_or("")),
                                  .after = std::string(call.request.query_value("after").value_or("")),
                                  .body = net::body_object(call)};
  co_return co_await change(data, call, [&edit](JsonObject& rules) { return matrix::put_push_rule(rules, edit); });
}

Task<net::Response> delete_rule(AccountData& data, net::Call& call) {
  co_return co_await change(data, call, [&call](JsonObject& rules) {
    return matrix::delete_push_rule(rules, call.param("kind"), call.param("rule_id"));
  });
}

Task<net::Response> put_enabled(AccountData& data, net::Call& call) {
  const auto* given = matrix::find(net::body_object(call), "enabled");
  if (!given) co_return Error(Errc::missing_param, "enabled is missing.");
  CO_TRY(const bool enabled, net::optional_bool(net::body_object(call), "enabled", true));
  co_return co_await change(data, call, [&call, enabled](JsonObject& rules) {
    return matrix::set_push_rule_enabled(rules, call.param("kind"), call.param("rule_id"), enabled);
  });
}

Task<net::Response> put_actions(AccountData& data, net::Call& call) {
  const auto* actions = matrix::find_array(net::body_object(call), "actions");
  if (!actions) co_return Error(Errc::missing_param, "actions must be a list.");
  co_return co_await change(data, call, [&call, actions](JsonObject& rules) {
    return matrix::set_push_rule_actions(rules, call.param("kind"), call.param("rule_id"), *actions);
  });
}

void add(net::Router& router, AccountData& data, std::string method, std::string path, Handle handle) {
  const bool writes = method == "PUT";
  const bool reads = method == "GET";
  auto route =
      matrix_route(std::move(method), std::move(path), [&data, handle](net::Call& call) { return handle(data, call); });
  route.rate = reads ? net::Rate::read : net::Rate::write;
  if (writes) {
    route.body = net::Body::json_required;
    route.max_body_bytes = kMaxRuleBodyBytes;
  }
  add_client_route(router, std::move(route));
}

}  // namespace

void add_push_rule_routes(net::Router& router, AccountData& data) {
  const std::string rule = "/pushrules/global/{kind}/{rule_id}";
  // The specification has the slash at the end of the first two; clients come without it as well.
  for (const auto* path : {"/pushrules", "/pushrules/"}) add(router, data, "GET", path, get_all);
  for (const auto* path : {"/pushrules/global", "/pushrules/global/"}) add(router, data, "GET", path, get_global);
  for (const auto* path : {"/pushrules/global/{kind}", "/pushrules/global/{kind}/"}) {
    add(router, data, "GET", path, get_kind);
  }
  add(router, data, "GET", rule, get_rule);
  add(router, data, "PUT", rule, put_rule);
  add(router, data, "DELETE", rule, delete_rule);
  add(router, data, "GET", rule + "/enabled", get_enabled);
  add(router, data, "PUT", rule + "/enabled", put_enabled);
  add(router, data, "GET", rule + "/actions", get_actions);
  add(router, data, "PUT", rule + "/actions", put_actions);
}

}  // namespace troupe::homeserver
