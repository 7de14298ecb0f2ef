// Synapse's admin API: which accounts there are, and whose a name, an address or an external id is.
#include "base/text.h"
#include "homeserver/admin/admin_route.h"
#include "homeserver/admin/user_routes.h"
#include "homeserver/admin/user_shapes.h"

namespace troupe::homeserver::admin {
namespace {

using net::route::Call;
using net::route::query_choice;
using net::route::QueryParam;

/// Whether accounts that are deactivated are among those that are listed.
enum class Deactivated {
  added,   ///< v2: true adds them to the others
  chosen,  ///< v3: true shows them alone, false the others alone, nothing all
};

Result<std::optional<bool>> query_wish(const net::http::Request& request, std::string_view name) {
  TRY(const auto word, query_choice(request, name, {"true", "false"}));
  return word ? std::optional(*word == "true") : std::nullopt;
}

Result<std::size_t> query_order(const net::http::Request& request) {
  const auto word = request.query_value("order_by").value_or("");
  if (word.empty()) return 0;
  const auto found = std::ranges::find(kUserOrders, word);
  if (found != kUserOrders.end()) return static_cast<std::size_t>(found - kUserOrders.begin());
  std::string words;
  for (const auto order : kUserOrders) words += (words.empty() ? "" : ", ") + std::string(order);
  return Error(Errc::invalid_param, "order_by must be one of: " + words + ".");
}

Result<UserFilter> read_filter(const net::http::Request& request, const AdminPage& page, Deactivated meaning) {
  UserFilter filter;
  filter.from = page.from;
  filter.limit = page.limit;
  filter.descending = page.backwards;
  TRY(filter.name, net::route::query_search(request, "name"));
  if (filter.name.empty()) {
    TRY(filter.user_id, net::route::query_search(request, "user_id"));
  }
  TRY(const auto guests, query_wish(request, "guests"));
  filter.with_guests = guests.value_or(true);
  TRY(filter.admin, query_wish(request, "admins"));
  TRY(filter.deactivated, query_wish(request, "deactivated"));
  if (meaning == Deactivated::added) {
    filter.deactivated = filter.deactivated.value_or(false) ? std::nullopt : std::optional(false);
  }
  TRY(filter.with_locked, net::route::query_flag(request, "locked"));
  for (const auto type : request.query_values("not_user_type")) {
    if (type == "bot") filter.without_bots = true;
    if (type == "support") filter.without_support = true;
    if (type.empty()) filter.without_plain = true;
  }
  TRY(filter.order, query_order(request));
  return filter;
}

Task<net::http::Response> list_users(UserAdminApi& api, const Call& call, Deactivated meaning) {
  CO_TRY(const auto page, admin_page(call.request));
  CO_TRY(const auto filter, read_filter(call.request, page, meaning));
  auto look = [&filter](store::Connection& connection) -> Result<FoundUsers> {
    return user_store::list(connection, filter);
  };
  CO_TRY(auto found, co_await api.db.read(look));
  UserPage shown{.users = {}, .total = found.total, .next_token = std::nullopt};
  if (const auto next = page.next(found.total, found.users.size())) shown.next_token = std::to_string(*next);
  shown.users = std::move(found.users);
  co_return api::answer(shown);
}

Task<net::http::Response> get_users_v2(UserAdminApi& api, Call& call) {
  return list_users(api, call, Deactivated::added);
}
Task<net::http::Response> get_users_v3(UserAdminApi& api, Call& call) {
  return list_users(api, call, Deactivated::chosen);
}

Task<net::http::Response> get_username_available(UserAdminApi& api, Call& call) {
  auto username = call.request.query_value("username");
  if (!username) co_return Error(Errc::missing_param, "username is missing.");
  CO_TRY(co_await api.accounts.check_available(std::string(*username)));
  co_return api::answer(NameAvailable());
}

net::http::Response whose(const std::optional<std::string>& user_id) {
  return api::answer(UserIdAnswer{.user_id = *user_id});
}
Error nobodys() { return Error(Errc::not_found, "No account of this server has it."); }

Task<net::http::Response> get_user_of_external_id(UserAdminApi& api, Call& call) {
  auto look = [&call](store::Connection& connection) -> Result<std::optional<std::string>> {
    return accounts::identifier_store::user_of_external_id(connection, call.param("provider"),
                                                           call.param("external_id"));
  };
  CO_TRY(const auto user_id, co_await api.db.read(look));
  if (!user_id) co_return nobodys();
  co_return whose(user_id);
}

Task<net::http::Response> get_user_of_third_party_id(UserAdminApi& api, Call& call) {
  const auto& medium = call.param("medium");
  const auto address = medium == "email" ? base::ascii_lower(call.param("address")) : call.param("address");
  auto look = [&](store::Connection& connection) -> Result<std::optional<std::string>> {
    return accounts::identifier_store::user_of_third_party_id(connection, medium, address);
  };
  CO_TRY(const auto user_id, co_await api.db.read(look));
  if (!user_id) co_return nobodys();
  co_return whose(user_id);
}

std::vector<QueryParam> list_params() {
  constexpr std::string_view kFlag = R"({"type":"boolean"})";
  auto params = admin_page_params();
  params.push_back({"name", "part of the local part or of the display name"});
  params.push_back({"user_id", "part of the user id; not with name"});
  params.push_back({"guests", "false: without guests", kFlag});
  params.push_back({"admins", "only administrators, or only the others", kFlag});
  params.push_back({"deactivated", "v2: with deactivated accounts; v3: only them, or only the others", kFlag});
  params.push_back({"locked", "with locked accounts", kFlag});
  params.push_back({"not_user_type", "leave these out: bot, support, or empty for those without a type"});
  params.push_back({"order_by", "by what, the id when it is not said"});
  return params;
}

}  // namespace

void add_user_list_routes(net::route::Router& router, UserAdminApi& api) {
  admin_group(router, "/v2/users")
      .add({.method = "GET",
            .summary = "List accounts",
            .reply = api::schema_text<UserPage>(),
            .query = list_params(),
            .run = api::bind(get_users_v2, api)});
  admin_group(router, "/v3/users")
      .add({.method = "GET",
            .summary = "List accounts; deactivated ones are chosen by themselves",
            .reply = api::schema_text<UserPage>(),
            .query = list_params(),
            .run = api::bind(get_users_v3, api)});
  const auto group = admin_group(router, "/v1");
  group.add({.method = "GET",
             .path = "/username_available",
             .summary = "Whether a name is free",
             .reply = api::schema_text<NameAvailable>(),
             .query = {{.name = "username", .description = "a local part", .required = true}},
             .run = api::bind(get_username_available, api)});
  group.add({.method = "GET",
             .path = "/auth_providers/{provider}/users/{external_id}",
             .summary = "Whose an id at a provider of sign-in is",
             .reply = api::schema_text<UserIdAnswer>(),
             .run = api::bind(get_user_of_external_id, api)});
  group.add({.method = "GET",
             .path = "/threepid/{medium}/users/{address}",
             .summary = "Whose a mail address or a telephone number is",
             .reply = api::schema_text<UserIdAnswer>(),
             .run = api::bind(get_user_of_third_party_id, api)});
}

}  // namespace troupe::homeserver::admin
