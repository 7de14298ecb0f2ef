// What administrators see of uploads.
#include <limits>

#include "homeserver/admin/admin_route.h"
#include "homeserver/media_admin/media_admin_routes.h"
#include "homeserver/media_admin/media_admin_shapes.h"
#include "matrix/ids.h"

namespace troupe::homeserver::media_admin {
namespace {

using media::MediaSort;
using media::UsageSort;

constexpr std::chrono::minutes kLong{2};
constexpr std::int64_t kLatest = 1LL << 53;

/// The words of an order_by, in the order of the enumeration's values.
constexpr std::string_view kMediaOrders[] = {"created_ts",   "media_id",   "upload_name",    "last_access_ts",
                                             "media_length", "media_type", "quarantined_by", "safe_from_quarantine"};
constexpr std::string_view kUsageOrders[] = {"user_id", "displayname", "media_length", "media_count"};

template <class Sort>
Result<Sort> read_order(const net::http::Request& request, std::span<const std::string_view> words) {
  const auto asked = request.query_value("order_by");
  if (!asked) return Sort();
  const auto found = std::ranges::find(words, *asked);
  if (found != words.end()) return static_cast<Sort>(found - words.begin());
  std::string list;
  for (const auto word : words) list += (list.empty() ? "" : ", ") + std::string(word);
  return Error(Errc::invalid_param, "order_by must be one of: " + list + ".");
}

Result<std::optional<std::int64_t>> read_time(const net::http::Request& request, std::string_view name) {
  if (!request.query_value(name)) return std::optional<std::int64_t>();
  TRY(const auto time, net::route::query_number(request, name, {.otherwise = 0, .least = 0, .most = kLatest}));
  return std::optional(time);
}

Task<net::http::Response> get_user_media(MediaAdminApi& api, net::route::Call& call) {
  CO_TRY(auto query, read_media_list(api, call));
  const admin::AdminPage page{.from = query.from, .limit = query.limit, .backwards = query.descending};
  CO_TRY(auto found, co_await api.moderation.list(std::move(query)));
  const auto next = page.next(found.total, found.media.size());
  co_return api::answer(UserMediaPage{.media = std::move(found.media), .total = found.total, .next_token = next});
}

Task<net::http::Response> get_media_usage(MediaAdminApi& api, net::route::Call& call) {
  CO_TRY(const auto page, admin::admin_page(call.request));
  media::UsageQuery query{.search = {},
                          .from_ms = {},
                          .until_ms = {},
                          .sort = {},
                          .descending = page.backwards,
                          .from = page.from,
                          .limit = page.limit};
  CO_TRY(query.search, net::route::query_search(call.request, "search_term"));
  CO_TRY(query.from_ms, read_time(call.request, "from_ts"));
  CO_TRY(query.until_ms, read_time(call.request, "until_ts"));
  if (query.until_ms && *query.until_ms < query.from_ms.value_or(0))
    co_return Error(Errc::invalid_param, "until_ts must not be before from_ts.");
  CO_TRY(query.sort, read_order<UsageSort>(call.request, kUsageOrders));
  CO_TRY(auto found, co_await api.moderation.usage(std::move(query)));
  const auto next = page.next(found.total, found.users.size());
  co_return api::answer(MediaUsagePage{.users = std::move(found.users), .total = found.total, .next_token = next});
}

Task<net::http::Response> get_media_info(MediaAdminApi& api, net::route::Call& call) {
  if (call.param("server") != api.settings.server_name)
    co_return Error(Errc::not_found, "This server has files of its own users only.");
  CO_TRY(auto found, co_await api.moderation.find(call.param("media_id")));
  co_return api::answer(MediaInfoAnswer{.media_info = {.of = std::move(found), .none = {}}});
}

Task<net::http::Response> get_room_media(MediaAdminApi& api, net::route::Call& call) {
  CO_TRY(const auto found, co_await room_media(api.db, api.settings.server_name, call.param("room_id")));
  co_return api::answer(found);
}

Task<net::http::Response> get_quarantine_changes(MediaAdminApi& api, net::route::Call& call) {
  CO_TRY(const auto after,
         net::route::query_number(call.request, "from",
                                  {.otherwise = 0, .least = 0, .most = std::numeric_limits<std::int64_t>::max()}));
  CO_TRY(auto found, co_await api.moderation.changes_after(after));
  QuarantineChanges answer{.changes = {}, .next_batch = found.next};
  answer.changes.reserve(found.changes.size());
  for (auto& change : found.changes)
    answer.changes.push_back({.origin = api.settings.server_name,
                              .media_id = std::move(change.media_id),
                              .quarantined = change.quarantined});
  co_return api::answer(answer);
}

constexpr std::string_view kMediaOrderSchema =
    R"({"type":"string","enum":["created_ts","media_id","upload_name","last_access_ts","media_length","media_type",)"
    R"("quarantined_by","safe_from_quarantine"]})";
constexpr std::string_view kUsageOrderSchema =
    R"({"type":"string","enum":["user_id","displayname","media_length","media_count"]})";

std::vector<net::route::QueryParam> list_params(std::string_view order_schema) {
  auto params = admin::admin_page_params();
  params.push_back({"order_by", "what they are ordered by", order_schema});
  return params;
}

}  // namespace

Result<Unit> check_local_user(const MediaAdminApi& api, std::string_view user_id) {
  const auto parts = matrix::parse_user_id(user_id);
  if (parts && parts->server == api.settings.server_name) return Unit{};
  return Error(Errc::invalid_param, "Give the full id of an account of this server.");
}

Result<media::MediaListQuery> read_media_list(const MediaAdminApi& api, const net::route::Call& call) {
  TRY(check_local_user(api, call.param("user_id")));
  // The newest first, unless an order was asked for.
  TRY(const auto page, admin::admin_page(call.request, !call.request.query_value("order_by")));
  TRY(const auto sort, read_order<MediaSort>(call.request, kMediaOrders));
  return media::MediaListQuery{.user_id = call.param("user_id"),
                               .sort = sort,
                               .descending = page.backwards,
                               .from = page.from,
                               .limit = page.limit};
}

void add_media_list_routes(net::route::Router& router, MediaAdminApi& api) {
  const auto group = admin::admin_group(router, "/v1");
  group.add({.method = "GET",
             .path = "/users/{user_id}/media",
             .summary = "List an account's uploads",
             .reply = api::schema_text<UserMediaPage>(),
             .query = list_params(kMediaOrderSchema),
             .run = api::bind(get_user_media, api)});
  auto usage_params = list_params(kUsageOrderSchema);
  usage_params.push_back({"search_term", "in local parts and display names", R"({"type":"string","maxLength":200})"});
  usage_params.push_back({"from_ts", "uploaded then or later, ms", R"({"type":"integer","minimum":0})"});
  usage_params.push_back({"until_ts", "uploaded then or earlier, ms", R"({"type":"integer","minimum":0})"});
  group.add({.method = "GET",
             .path = "/statistics/users/media",
             .summary = "What accounts' uploads take",
             .reply = api::schema_text<MediaUsagePage>(),
             .query = std::move(usage_params),
             .deadline = kLong,
             .run = api::bind(get_media_usage, api)});
  group.add({.method = "GET",
             .path = "/media/quarantine_changes",
             .summary = "What was put into quarantine, or let out of it, in the order of the last changes",
             .reply = api::schema_text<QuarantineChanges>(),
             .query = {{"from", "the next_batch of the page before", R"({"type":"integer","minimum":0,"default":0})"}},
             .run = api::bind(get_quarantine_changes, api)});
  group.add({.method = "GET",
             .path = "/media/{server}/{media_id}",
             .summary = "Show an upload",
             .reply = api::schema_text<MediaInfoAnswer>(),
             .run = api::bind(get_media_info, api)});
  group.add({.method = "GET",
             .path = "/room/{room_id}/media",
             .summary = "List the files that a room's unencrypted events name",
             .reply = api::schema_text<RoomMedia>(),
             .deadline = kLong,
             .run = api::bind(get_room_media, api)});
}

}  // namespace troupe::homeserver::media_admin
