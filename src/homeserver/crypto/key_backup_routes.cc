// Backups of room keys: their versions and the keys in them.
#include <charconv>

#include "homeserver/common/client_route.h"
#include "homeserver/crypto/crypto_routes.h"

namespace troupe::homeserver::crypto {
namespace {

using matrix::JsonObject;

/// Nothing when it is no number of ours: then there is no such version.
std::optional<std::int64_t> parse_version(std::string_view text) {
  std::int64_t version = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, version);
  if (failed != std::errc{} || stop != end || version <= 0) return std::nullopt;
  return version;
}

Error no_such_version() { return Error(Errc::not_found, "There is no backup of this version."); }

/// The version in the path.
Result<std::int64_t> path_version(const net::route::Call& call) {
  const auto version = parse_version(call.param("version"));
  if (!version) return no_such_version();
  return *version;
}

Result<std::int64_t> query_version(const net::route::Call& call) {
  const auto text = call.request.query_value("version");
  if (!text) return Error(Errc::missing_param, "The query parameter version is missing.");
  const auto version = parse_version(*text);
  if (!version) return no_such_version();
  return *version;
}

BackupScope scope_of(const net::route::Call& call) {
  BackupScope scope;
  scope.room_id = find_param(call, "room_id");
  scope.session_id = find_param(call, "session_id");
  return scope;
}

struct VersionBody {
  std::string algorithm;
  std::string auth_data;
};

Result<VersionBody> read_version(const JsonObject& body) {
  VersionBody read;
  TRY(read.algorithm, net::route::required_string(body, "algorithm", KeyBackup::kMaxAlgorithmBytes));
  const auto* data = matrix::find_object(body, "auth_data");
  if (!data) return Error(Errc::missing_param, "auth_data must be an object.");
  read.auth_data = boost::json::serialize(*data);
  if (read.auth_data.size() > KeyBackup::kMaxAuthDataBytes) {
    return Error(Errc::invalid_param, "auth_data is larger than 64 KiB.");
  }
  return read;
}

net::http::Response version_response(const BackupVersionRow& row) {
  std::string body = "{\"algorithm\":";
  matrix::append_json_string(body, row.algorithm);
  body += ",\"auth_data\":" + row.auth_data + ",\"count\":" + std::to_string(row.key_count) + ",\"etag\":\"" +
          std::to_string(row.etag) + "\",\"version\":\"" + std::to_string(row.version) + "\"}";
  return net::http::Response::json(std::move(body));
}

net::http::Response state_response(const BackupState& state) {
  return json_response({{"count", state.key_count}, {"etag", std::to_string(state.etag)}});
}

Task<net::http::Response> post_backup_version(KeyBackup& backup, net::route::Call& call) {
  CO_TRY(auto given, read_version(net::route::body_object(call)));
  CO_TRY(const auto version,
         co_await backup.create(call.caller->user_id, std::move(given.algorithm), std::move(given.auth_data)));
  co_return json_response({{"version", std::to_string(version)}});
}

Task<net::http::Response> get_current_backup_version(KeyBackup& backup, net::route::Call& call) {
  CO_TRY(const auto row, co_await backup.find(call.caller->user_id, std::nullopt));
  co_return version_response(row);
}

Task<net::http::Response> get_backup_version(KeyBackup& backup, net::route::Call& call) {
  CO_TRY(const auto version, path_version(call));
  CO_TRY(const auto row, co_await backup.find(call.caller->user_id, version));
  co_return version_response(row);
}

Task<net::http::Response> put_backup_version(KeyBackup& backup, net::route::Call& call) {
  CO_TRY(const auto version, path_version(call));
  const auto& body = net::route::body_object(call);
  CO_TRY(auto given, read_version(body));
  CO_TRY(const auto named, net::route::optional_string(body, "version", KeyBackup::kMaxAlgorithmBytes));
  if (named && *named != std::to_string(version)) {
    co_return Error(Errc::invalid_param, "version must be the one in the path.");
  }
  CO_TRY(co_await backup.change(call.caller->user_id, version, std::move(given.algorithm), std::move(given.auth_data)));
  co_return json_response({});
}

Task<net::http::Response> delete_backup_version(KeyBackup& backup, net::route::Call& call) {
  CO_TRY(const auto version, path_version(call));
  CO_TRY(co_await backup.remove(call.caller->user_id, version));
  co_return json_response({});
}

Task<net::http::Response> put_backup_keys(KeyBackup& backup, net::route::Call& call) {
  CO_TRY(const auto version, query_version(call));
  CO_TRY(auto keys, read_backup_keys(net::route::body_object(call), scope_of(call)));
  CO_TRY(const auto state, co_await backup.put(call.caller->user_id, version, std::move(keys)));
  co_return state_response(state);
}

Task<net::http::Response> get_backup_keys(KeyBackup& backup, net::route::Call& call) {
  CO_TRY(const auto version, query_version(call));
  CO_TRY(auto body, co_await backup.get(call.caller->user_id, version, scope_of(call)));
  co_return net::http::Response::json(std::move(body));
}

Task<net::http::Response> delete_backup_keys(KeyBackup& backup, net::route::Call& call) {
  CO_TRY(const auto version, query_version(call));
  CO_TRY(const auto state, co_await backup.remove_keys(call.caller->user_id, version, scope_of(call)));
  co_return state_response(state);
}

}  // namespace

void add_key_backup_routes(net::route::Router& router, KeyBackup& backup) {
  const auto group =
      matrix_group(router, {.prefix = std::string(kClientV3) + "/room_keys", .needs = net::route::Access::user});
  constexpr auto kRequired = net::route::Body::json_required;
  group.add({.method = "POST", .path = "/version", .takes = kRequired, .run = api::bind(post_backup_version, backup)});
  // COMPAT: matrix-js-sdk asks for the current version with a slash at the end.
  for (const auto* path : {"/version", "/version/"}) {
    group.add({.method = "GET", .path = path, .run = api::bind(get_current_backup_version, backup)});
  }
  constexpr std::string_view kVersion = "/version/{version}";
  group.add({.method = "GET", .path = kVersion, .run = api::bind(get_backup_version, backup)});
  group.add({.method = "PUT", .path = kVersion, .takes = kRequired, .run = api::bind(put_backup_version, backup)});
  group.add({.method = "DELETE", .path = kVersion, .run = api::bind(delete_backup_version, backup)});
  for (const auto* path : {"/keys", "/keys/{room_id}", "/keys/{room_id}/{session_id}"}) {
    group.add({.method = "PUT",
               .path = path,
               .takes = kRequired,
               .max_body_bytes = KeyBackup::kMaxBodyBytes,
               .run = api::bind(put_backup_keys, backup)});
    group.add({.method = "GET", .path = path, .run = api::bind(get_backup_keys, backup)});
    group.add({.method = "DELETE", .path = path, .run = api::bind(delete_backup_keys, backup)});
  }
}

}  // namespace troupe::homeserver::crypto
