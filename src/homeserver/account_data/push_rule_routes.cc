// Push rules: the whole set and single rules (Client-Server API #push-rules-api). They live in account data.
#include "homeserver/account_data/account_data_routes.h"
#include "homeserver/common/client_route.h"
#include "matrix/push_rules.h"

namespace troupe::homeserver::account_data {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

constexpr std::size_t kMaxRuleBodyBytes = 64 * 1024;

Error no_rule() { return Error(Errc::not_found, "There is no such push rule."); }

Task<net::http::Response> get_push_rules(AccountData& data, net::route::Call& call) {
  CO_TRY(auto rules, co_await data.push_rules(call.caller->user_id));
  co_return json_response({{"global", std::move(rules)}});
}

Task<net::http::Response> get_global_rules(AccountData& data, net::route::Call& call) {
  CO_TRY(const auto rules, co_await data.push_rules(call.caller->user_id));
  co_return json_response(rules);
}

Task<net::http::Response> get_rules_of_kind(AccountData& data, net::route::Call& call) {
  CO_TRY(const auto rules, co_await data.push_rules(call.caller->user_id));
  const auto* list = matrix::find_array(rules, call.param("kind"));
  if (!list) co_return Error(Errc::invalid_param, "There is no kind of push rules named like this.");
  co_return net::http::Response::json(boost::json::serialize(*list));
}

Task<JsonObject> read_rule(AccountData& data, net::route::Call& call) {
  CO_TRY(const auto rules, co_await data.push_rules(call.caller->user_id));
  const auto* rule = matrix::find_push_rule(rules, call.param("kind"), call.param("rule_id"));
  if (!rule) co_return no_rule();
  co_return *rule;
}

Task<net::http::Response> get_rule(AccountData& data, net::route::Call& call) {
  CO_TRY(const auto rule, co_await read_rule(data, call));
  co_return json_response(rule);
}

Task<net::http::Response> get_enabled(AccountData& data, net::route::Call& call) {
  CO_TRY(const auto rule, co_await read_rule(data, call));
  co_return json_response({{"enabled", matrix::find_bool(rule, "enabled").value_or(true)}});
}

Task<net::http::Response> get_actions(AccountData& data, net::route::Call& call) {
  CO_TRY(const auto rule, co_await read_rule(data, call));
  const auto* actions = matrix::find_array(rule, "actions");
  co_return json_response({{"actions", actions ? *actions : JsonArray()}});
}

Task<net::http::Response> change(AccountData& data, net::route::Call& call,
                                 std::function<Result<Unit>(JsonObject&)> edit) {
  CO_TRY(co_await data.change_push_rules(call.caller->user_id, std::move(edit)));
  co_return json_response({});
}

Task<net::http::Response> put_rule(AccountData& data, net::route::Call& call) {
  const matrix::PushRuleEdit edit{.kind = call.param("kind"),
                                  .rule_id = call.param("rule_id"),
                                  .before = std::string(call.request.query_value("before").value_or("")),
                                  .after = std::string(call.request.query_value("after").value_or("")),
                                  .body = net::route::body_object(call)};
  co_return co_await change(data, call, [&edit](JsonObject& rules) { return matrix::put_push_rule(rules, edit); });
}

Task<net::http::Response> delete_rule(AccountData& data, net::route::Call& call) {
  auto edit = [&call](JsonObject& rules) {
    return matrix::delete_push_rule(rules, call.param("kind"), call.param("rule_id"));
  };
  co_return co_await change(data, call, edit);
}

Task<net::http::Response> put_enabled(AccountData& data, net::route::Call& call) {
  const auto* given = matrix::find(net::route::body_object(call), "enabled");
  if (!given) co_return Error(Errc::missing_param, "enabled is missing.");
  CO_TRY(const bool enabled, net::route::optional_bool(net::route::body_object(call), "enabled", true));
  auto edit = [&call, enabled](JsonObject& rules) {
    return matrix::set_push_rule_enabled(rules, call.param("kind"), call.param("rule_id"), enabled);
  };
  co_return co_await change(data, call, edit);
}

Task<net::http::Response> put_actions(AccountData& data, net::route::Call& call) {
  const auto* actions = matrix::find_array(net::route::body_object(call), "actions");
  if (!actions) co_return Error(Errc::missing_param, "actions must be a list.");
  auto edit = [&call, actions](JsonObject& rules) {
    return matrix::set_push_rule_actions(rules, call.param("kind"), call.param("rule_id"), *actions);
  };
  co_return co_await change(data, call, edit);
}

}  // namespace

void add_push_rule_routes(net::route::Router& router, AccountData& data) {
  const auto group =
      matrix_group(router, {.prefix = std::string(kClientV3) + "/pushrules", .needs = net::route::Access::user});
  // The specification has the slash at the end of the first two; clients come without it as well.
  for (const auto* path : {"", "/"}) group.add({.method = "GET", .path = path, .run = api::bind(get_push_rules, data)});
  for (const auto* path : {"/global", "/global/"}) {
    group.add({.method = "GET", .path = path, .run = api::bind(get_global_rules, data)});
  }
  for (const auto* path : {"/global/{kind}", "/global/{kind}/"}) {
    group.add({.method = "GET", .path = path, .run = api::bind(get_rules_of_kind, data)});
  }
  const auto put = [&group](std::string_view path, net::route::Handler run) {
    group.add({.method = "PUT",
               .path = path,
               .takes = net::route::Body::json_required,
               .max_body_bytes = kMaxRuleBodyBytes,
               .run = std::move(run)});
  };
  constexpr std::string_view kRule = "/global/{kind}/{rule_id}";
  constexpr std::string_view kEnabled = "/global/{kind}/{rule_id}/enabled";
  constexpr std::string_view kActions = "/global/{kind}/{rule_id}/actions";
  group.add({.method = "GET", .path = kRule, .run = api::bind(get_rule, data)});
  put(kRule, api::bind(put_rule, data));
  group.add({.method = "DELETE", .path = kRule, .run = api::bind(delete_rule, data)});
  group.add({.method = "GET", .path = kEnabled, .run = api::bind(get_enabled, data)});
  put(kEnabled, api::bind(put_enabled, data));
  group.add({.method = "GET", .path = kActions, .run = api::bind(get_actions, data)});
  put(kActions, api::bind(put_actions, data));
}

}  // namespace troupe::homeserver::account_data
