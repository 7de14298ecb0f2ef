// What administrators do with uploads: quarantine, protection from it, removal.
#include "homeserver/admin/admin_route.h"
#include "homeserver/media_admin/media_admin_routes.h"
#include "homeserver/media_admin/media_admin_shapes.h"
#include "store/in_pieces.h"

namespace troupe::homeserver::media_admin {
namespace {

constexpr std::chrono::minutes kLongWork{2};
constexpr std::size_t kMaxDeleted = 10'000;  ///< in one request
constexpr std::int64_t kLatestMs = 1LL << 53;
/// Before it no server was: a time in seconds was meant for one in milliseconds.
constexpr std::int64_t kFirstPlausibleMs = 30'000'000'000;

Result<Unit> check_server(const MediaAdminApi& api, const net::route::Call& call) {
  if (call.param("server") == api.settings.server_name) return Unit{};
  return Error(Errc::not_found, "This server has files of its own users only.");
}

Task<net::http::Response> post_quarantine(MediaAdminApi& api, net::route::Call& call) {
  CO_TRY(check_server(api, call));
  CO_TRY(co_await api.moderation.quarantine(call.param("media_id"), call.caller->user_id));
  co_return api::answer(Nothing());
}
Task<net::http::Response> post_unquarantine(MediaAdminApi& api, net::route::Call& call) {
  CO_TRY(check_server(api, call));
  CO_TRY(co_await api.moderation.release(call.param("media_id")));
  co_return api::answer(Nothing());
}
Task<net::http::Response> post_protect(MediaAdminApi& api, net::route::Call& call) {
  CO_TRY(co_await api.moderation.set_safe(call.param("media_id"), true));
  co_return api::answer(Nothing());
}
Task<net::http::Response> post_unprotect(MediaAdminApi& api, net::route::Call& call) {
  CO_TRY(co_await api.moderation.set_safe(call.param("media_id"), false));
  co_return api::answer(Nothing());
}

Task<net::http::Response> post_quarantine_user(MediaAdminApi& api, net::route::Call& call) {
  CO_TRY(check_local_user(api, call.param("user_id")));
  CO_TRY(const auto count, co_await api.moderation.quarantine_uploads_of(call.param("user_id"), call.caller->user_id));
  co_return api::answer(QuarantinedCount{.num_quarantined = count});
}

Task<net::http::Response> post_quarantine_room(MediaAdminApi& api, net::route::Call& call) {
  const auto& server = api.settings.server_name;
  CO_TRY(const auto found, co_await room_media(api.db, server, call.param("room_id")));
  std::vector<std::string> ids;
  ids.reserve(found.local.size());
  for (const auto& address : found.local) ids.emplace_back(local_media_id(address, server));
  CO_TRY(const auto count, co_await api.moderation.quarantine_all(std::move(ids), call.caller->user_id));
  co_return api::answer(QuarantinedCount{.num_quarantined = count});
}

/// In pieces; yields those that were there.
Task<std::vector<std::string>> remove(MediaAdminApi& api, std::vector<std::string> ids) {
  std::vector<std::string> removed;
  for (std::size_t from = 0; from < ids.size(); from += media::MediaRemoval::kMaxAtOnce) {
    const auto end = std::min(from + media::MediaRemoval::kMaxAtOnce, ids.size());
    std::vector<std::string> piece(ids.begin() + static_cast<std::ptrdiff_t>(from),
                                   ids.begin() + static_cast<std::ptrdiff_t>(end));
    CO_TRY(auto gone, co_await api.removal.remove(std::move(piece)));
    std::ranges::move(gone, std::back_inserter(removed));
  }
  co_return removed;
}

net::http::Response deleted(std::vector<std::string> ids) {
  const auto total = std::ssize(ids);
  return api::answer(DeletedMedia{.deleted_media = std::move(ids), .total = total});
}

Task<net::http::Response> delete_media(MediaAdminApi& api, net::route::Call& call) {
  if (!check_server(api, call))
    co_return Error(Errc::invalid_param, "Only files of this server can be deleted.").with_wire_code("M_UNKNOWN");
  CO_TRY(co_await api.moderation.find(call.param("media_id")));
  std::vector<std::string> ids{call.param("media_id")};
  CO_TRY(auto gone, co_await remove(api, std::move(ids)));
  co_return deleted(std::move(gone));
}

/// The page that GET would show.
Task<net::http::Response> delete_user_media(MediaAdminApi& api, net::route::Call& call) {
  CO_TRY(auto query, read_media_list(api, call));
  CO_TRY(const auto found, co_await api.moderation.list(std::move(query)));
  std::vector<std::string> ids;
  ids.reserve(found.media.size());
  for (const auto& media : found.media) ids.push_back(media.row.media_id);
  CO_TRY(auto gone, co_await remove(api, std::move(ids)));
  co_return deleted(std::move(gone));
}

Result<std::int64_t> read_before(const net::http::Request& request) {
  if (!request.query_value("before_ts"))
    return Error(Errc::missing_param, "before_ts is missing: milliseconds since 1970.");
  TRY(const auto before,
      net::route::query_number(request, "before_ts", {.otherwise = 0, .least = 0, .most = kLatestMs}));
  if (before >= kFirstPlausibleMs) return before;
  return Error(Errc::invalid_param, "before_ts is in the year 1970: give it in milliseconds.");
}

/// What goes: uploads that were last fetched, or else uploaded, before then and are longer, but for pictures in use.
struct Condition {
  std::int64_t before_ms = 0;
  std::int64_t longer_than = 0;
  std::set<std::string> kept;

  bool holds(const media::MediaRow& row) const {
    return row.sha256 && row.last_access_ms.value_or(row.created_ms) < before_ms && row.bytes > longer_than &&
           !kept.contains(row.media_id);
  }
};

Task<net::http::Response> post_delete(MediaAdminApi& api, net::route::Call& call) {
  Condition condition;
  CO_TRY(condition.before_ms, read_before(call.request));
  CO_TRY(condition.longer_than,
         net::route::query_number(call.request, "size_gt", {.otherwise = 0, .least = 0, .most = kLatestMs}));
  bool keep_profiles = true;
  if (call.request.query_value("keep_profiles")) {
    CO_TRY(keep_profiles, net::route::query_flag(call.request, "keep_profiles"));
  }
  if (const auto server = find_param(call, "server"); server && *server != api.settings.server_name)
    co_return Error(Errc::invalid_param, "Only files of this server can be deleted.").with_wire_code("M_UNKNOWN");
  if (keep_profiles) {
    CO_TRY(condition.kept, co_await profile_pictures(api.db, api.settings.server_name));
  }
  std::vector<std::string> gone;
  for (std::string after; gone.size() < kMaxDeleted;) {
    CO_TRY(const auto piece, co_await api.moderation.all_after(after));
    std::vector<std::string> ids;
    for (const auto& media : piece)
      if (condition.holds(media.row)) ids.push_back(media.row.media_id);
    CO_TRY(auto removed, co_await remove(api, std::move(ids)));
    std::ranges::move(removed, std::back_inserter(gone));
    if (piece.size() < store::kPiece) break;
    after = piece.back().row.media_id;
  }
  co_return deleted(std::move(gone));
}

/// Nothing of other servers is kept here.
Task<net::http::Response> post_purge_cache(net::route::Call& call) {
  CO_TRY(read_before(call.request));
  co_return api::answer(PurgedCache());
}

std::vector<net::route::QueryParam> delete_params() {
  return {{"before_ts", "last used before this time, ms", R"({"type":"integer","minimum":0})"},
          {"size_gt", "longer than so many bytes", R"({"type":"integer","minimum":0,"default":0})"},
          {"keep_profiles", "keep pictures of accounts and rooms", R"({"type":"boolean","default":true})"}};
}

}  // namespace

void add_media_moderation_routes(net::route::Router& router, MediaAdminApi& api) {
  const auto group = admin::admin_group(router, "/v1");
  const auto add = [&group](std::string_view method, std::string_view path, std::string_view summary,
                            std::string_view reply, net::route::Handler run,
                            std::vector<net::route::QueryParam> query = {}) {
    group.add({.method = method,
               .path = path,
               .summary = summary,
               .reply = reply,
               .query = std::move(query),
               .deadline = kLongWork,
               .run = std::move(run)});
  };
  const auto nothing = api::schema_text<Nothing>();
  const auto counted = api::schema_text<QuarantinedCount>();
  const auto gone = api::schema_text<DeletedMedia>();
  add("POST", "/media/quarantine/{server}/{media_id}", "Let nobody fetch an upload's content", nothing,
      api::bind(post_quarantine, api));
  add("POST", "/media/unquarantine/{server}/{media_id}", "Let an upload's content be fetched again", nothing,
      api::bind(post_unquarantine, api));
  add("POST", "/media/protect/{media_id}", "Keep an upload's content out of quarantine", nothing,
      api::bind(post_protect, api));
  add("POST", "/media/unprotect/{media_id}", "End the protection of an upload", nothing,
      api::bind(post_unprotect, api));
  add("POST", "/user/{user_id}/media/quarantine", "Let nobody fetch what an account has uploaded", counted,
      api::bind(post_quarantine_user, api));
  add("POST", "/room/{room_id}/media/quarantine", "Let nobody fetch the files of a room", counted,
      api::bind(post_quarantine_room, api));
  add("DELETE", "/media/{server}/{media_id}", "Delete an upload", gone, api::bind(delete_media, api));
  add("DELETE", "/users/{user_id}/media", "Delete a page of an account's uploads", gone,
      api::bind(delete_user_media, api), admin::admin_page_params());
  add("POST", "/media/delete", "Delete uploads by time and length, 10,000 at most", gone, api::bind(post_delete, api),
      delete_params());
  add("POST", "/media/{server}/delete", "The same under its old address", gone, api::bind(post_delete, api),
      delete_params());
  add("POST", "/purge_media_cache", "Forget files of other servers: there are none", api::schema_text<PurgedCache>(),
      post_purge_cache);
}

void setup_media_admin(host::Context& context, media::MediaRemoval& removal) {
  auto& moderation = context.make<media::MediaModeration>(context.db(), context.clock());
  auto& api = context.make<MediaAdminApi>(
      MediaAdminApi{.db = context.db(), .moderation = moderation, .removal = removal, .settings = context.settings()});
  add_media_list_routes(context.routes(), api);
  add_media_moderation_routes(context.routes(), api);
}

}  // namespace troupe::homeserver::media_admin
