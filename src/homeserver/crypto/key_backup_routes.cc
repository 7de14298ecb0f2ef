// Backups of room keys: their versions and the keys in them.
#include <charconv>

#include "homeserver/client_route.h"
#include "homeserver/crypto/crypto_routes.h"

namespace troupe::homeserver {
namespace {

using matrix::JsonObject;

constexpr std::size_t kMaxVersionBodyBytes = 256 * 1024;

/// Nothing when it is no number of ours: then there is no such version.
std::optional<std::int64_t> parse_version(std::string_view text) {
  std::int64_t version = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, version);
  if (failed != std::errc{} || stop != end || version <= 0) return std::nullopt;
  return version;
}

Error unknown_version() { return Error(Errc::not_found, "There is no backup of this version."); }

/// The version in the path.
Result<std::int64_t> path_version(const net::Call& call) {
  const auto version = parse_version(call.param("version"));
  if (!version) return unknown_version();
  return *version;
}

Result<std::int64_t> query_version(const net::Call& call) {
  const auto text = call.request.query_value("version");
  if (!text) return Error(Errc::missing_param, "The query parameter version is missing.");
  const auto version = parse_version(*text);
  if (!version) return unknown_version();
  return *version;
}

BackupScope scope_of(const net::Call& call) {
  BackupScope scope;
  for (const auto& [name, value] : call.params) {
    if (name == "room_id") scope.room_id = value;
    if (name == "session_id") scope.session_id = value;
  }
  return scope;
}

struct VersionBody {
  std::string algorithm;
  std::string auth_data;
};

Result<VersionBody> read_version(const JsonObject& body) {
  VersionBody read;
  TRY(read.algorithm, net::required_string(body, "algorithm", KeyBackup::kMaxAlgorithmBytes));
  const auto* data = matrix::find_object(body, "auth_data");
  if (!data) return Error(Errc::missing_param, "auth_data must be an object.");
  read.auth_data = boost::json::serialize(*data);
  if (read.auth_data.size() > KeyBackup::kMaxAuthDataBytes) {
    return Error(Errc::invalid_param, "auth_data is larger than 64 KiB.");
  }
  return read;
}

net::Response version_response(const BackupVersionRow& row) {
  std::string body = "{\"algorithm\":";
  matrix::append_json_string(body, row.algorithm);
  body += ",\"auth_data\":" + row.auth_data + ",\"count\":" + std::to_string(row.key_count) + ",\"etag\":\"" +
          std::to_string(row.etag) + "\",\"version\":\"" + std::to_string(row.version) + "\"}";
  return net::Response::json(std::move(body));
}

net::Response state_response(const BackupState& state) {
  return json_response({{"count", state.key_count}, {"etag", std::to_string(state.etag)}});
}

Task<net::Response> post_version(CryptoServices services, net::Call& call) {
  CO_TRY(auto given, read_version(net::body_object(call)));
  CO_TRY(const auto version,
         co_await services.backup.create(call.caller->user_id, std::move(given.algorithm), std::move(given.auth_data)));
  co_return json_response({{"version", std::to_string(version)}});
}

Task<net::Response> get_current_version(CryptoServices services, net::Call& call) {
  CO_TRY(const auto row, co_await services.backup.find(call.caller->user_id, std::nullopt));
  co_return version_response(row);
}

Task<net::Response> get_version(CryptoServices services, net::Call& call) {
  CO_TRY(const auto version, path_version(call));
  CO_TRY(const auto row, co_await services.backup.find(call.caller->user_id, version));
  co_return version_response(row);
}

Task<net::Response> put_version(CryptoServices services, net::Call& call) {
  CO_TRY(const auto version, path_version(call));
  const auto& body = net::body_object(call);
  CO_TRY(auto given, read_version(body));
  CO_TRY(const auto named, net::optional_string(body, "version", KeyBackup::kMaxAlgorithmBytes));
  if (named && *named != std::to_string(version)) {
    co_return Error(Errc::invalid_param, "version must be the one in the path.");
  }
  CO_TRY(co_await services.backup.change(call.caller->user_id, version, std::move(given.algorithm),
                                         std::move(given.auth_data)));
  co_return json_response({});
}

Task<net::Response> delete_version(CryptoServices services, net::Call& call) {
  CO_TRY(const auto version, path_version(call));
  CO_TRY(co_await services.backup.remove(call.caller->user_id, version));
  co_return json_response({});
}

Task<net::Response> put_keys(CryptoServices services, net::Call& call) {
  CO_TRY(const auto version, query_version(call));
  CO_TRY(auto keys, read_backup_keys(net::body_object(call), scope_of(call)));
  CO_TRY(const auto state, co_await services.backup.put(call.caller->user_id, version, std::move(keys)));
  co_return state_response(state);
}

Task<net::Response> get_keys(CryptoServices services, net::Call& call) {
  CO_TRY(const auto version, query_version(call));
  CO_TRY(auto body, co_await services.backup.get(call.caller->user_id, version, scope_of(call)));
  co_return net::Response::json(std::move(body));
}

Task<net::Response> delete_keys(CryptoServices services, net::Call& call) {
  CO_TRY(const auto version, query_version(call));
  CO_TRY(const auto state, co_await services.backup.remove_keys(call.caller->user_id, version, scope_of(call)));
  co_return state_response(state);
}

using Handle = Task<net::Response> (*)(CryptoServices, net::Call&);

void add(net::Router& router, CryptoServices services, std::string method, std::string path, Handle handle,
         std::size_t max_body_bytes) {
  const bool reads = method == "GET";
  auto route = matrix_route(std::move(method), std::move(path),
                            [services, handle](net::Call& call) { return handle(services, call); });
  route.rate = reads ? net::Rate::read : net::Rate::write;
  if (max_body_bytes != 0) {
    route.body = net::Body::json_required;
    route.max_body_bytes = max_body_bytes;
  }
  add_client_route(router, std::move(route));
}

}  // namespace

void add_key_backup_routes(net::Router& router, CryptoServices services) {
  add(router, services, "POST", "/room_keys/version", post_version, kMaxVersionBodyBytes);
  // COMPAT: matrix-js-sdk asks for the current version with a slash at the end.
  for (const auto* path : {"/room_keys/version", "/room_keys/version/"}) {
    add(router, services, "GET", path, get_current_version, 0);
  }
  add(router, services, "GET", "/room_keys/version/{version}", get_version, 0);
  add(router, services, "PUT", "/room_keys/version/{version}", put_version, kMaxVersionBodyBytes);
  add(router, services, "DELETE", "/room_keys/version/{version}", delete_version, 0);
  for (const auto* path : {"/room_keys/keys", "/room_keys/keys/{room_id}", "/room_keys/keys/{room_id}/{session_id}"}) {
    add(router, services, "PUT", path, put_keys, KeyBackup::kMaxBodyBytes);
    add(router, services, "GET", path, get_keys, 0);
    add(router, services, "DELETE", path, delete_keys, 0);
  }
}

}  // namespace troupe::homeserver
