#include "homeserver/crypto/crypto_routes.h"

#include "homeserver/client_route.h"
#include "homeserver/reading/sync_token.h"
#include "homeserver/rooms/room_routes.h"
#include "host/age_clock.h"
#include "matrix/ids.h"

namespace troupe::homeserver {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

constexpr std::size_t kMaxUploadBytes = 1024 * 1024;
constexpr std::size_t kMaxQueryBytes = 1024 * 1024;
constexpr std::size_t kMaxSignaturesBytes = 4 * 1024 * 1024;

net::Route key_route(std::string path, std::size_t max_body_bytes, net::Handler run) {
  auto route = matrix_route("POST", std::move(path), std::move(run));
  route.body = net::Body::json_object;
  route.max_body_bytes = max_body_bytes;
  return route;
}

Task<net::Response> post_upload(CryptoServices services, net::Call& call) {
  const auto& user_id = call.caller->user_id;
  const auto& device_id = call.caller->device_id;
  if (device_id.empty()) co_return Error(Errc::invalid_param, "Keys belong to a device: sign in with one.");
  CO_TRY(auto upload, read_key_upload(net::body_object(call), user_id, device_id));
  CO_TRY(auto counts, co_await services.keys.upload(user_id, device_id, std::move(upload)));
  JsonObject shown;
  for (const auto& [algorithm, count] : counts) shown[algorithm] = count;
  if (!shown.contains("signed_curve25519")) shown["signed_curve25519"] = 0;
  co_return json_response({{"one_time_key_counts", std::move(shown)}});
}

Task<net::Response> post_query(CryptoServices services, net::Call& call) {
  CO_TRY(auto wanted, read_key_query(net::body_object(call)));
  CO_TRY(auto body, co_await services.keys.query(call.caller->user_id, std::move(wanted)));
  co_return net::Response::json(std::move(body));
}

Task<net::Response> post_claim(CryptoServices services, net::Call& call) {
  CO_TRY(auto claims, read_key_claim(net::body_object(call)));
  CO_TRY(auto body, co_await services.keys.claim(std::move(claims)));
  co_return net::Response::json(std::move(body));
}

Task<net::Response> post_device_signing(CryptoServices services, net::Call& call) {
  const auto& body = net::body_object(call);
  const auto user_id = call.caller->user_id;
  CO_TRY(auto keys, read_cross_signing_keys(body, user_id));
  CO_TRY(const auto change, co_await services.cross_signing.compare(user_id, keys));
  if (change == CrossSigning::Change::none) co_return json_response({});
  if (change == CrossSigning::Change::first) {
    const auto stored = co_await services.cross_signing.upload(user_id, keys, false);
    if (stored) co_return json_response({});
    // Another device was faster: its keys are there now.
    if (stored.error().code() != Errc::conflict) co_return std::unexpected(stored.error());
  }
  const UiaRequest proof{.operation = "cross-signing keys of " + user_id,
                         .user_id = user_id,
                         .address = call.request.remote_address,
                         .flows = {{std::string(kStagePassword)}}};
  CO_TRY(auto outcome, co_await services.uia.check(proof, body));
  if (outcome.ask) co_return *std::move(outcome.ask);
  CO_TRY(co_await services.cross_signing.upload(user_id, std::move(keys), true));
  co_return json_response({});
}

Task<net::Response> post_signatures(CryptoServices services, net::Call& call) {
  CO_TRY(auto objects, read_signed_objects(net::body_object(call), call.caller->user_id));
  CO_TRY(const auto failed, co_await services.cross_signing.add_signatures(call.caller->user_id, std::move(objects)));
  JsonObject failures;
  for (const auto& [user_id, targets] : failed) {
    JsonObject shown;
    for (const auto& [target, error] : targets) {
      const auto wire = error.wire_code();
      shown[target] = JsonObject{{"errcode", wire.empty() ? base::info(error.code()).matrix_code : wire},
                                 {"error", error.message()}};
    }
    failures[user_id] = std::move(shown);
  }
  co_return json_response({{"failures", std::move(failures)}});
}

Result<StreamPos> required_position(const net::Call& call, std::string_view name) {
  const auto text = call.request.query_value(name);
  if (!text) return Error(Errc::missing_param, "The query parameter " + std::string(name) + " is missing.");
  const auto token = parse_token(*text);
  if (!token) return Error(Errc::invalid_param, std::string(name) + " is no token of this server.");
  return token->pos;
}

JsonArray strings(const std::vector<std::string>& list) { return JsonArray(list.begin(), list.end()); }

Task<net::Response> get_changes(CryptoServices services, net::Call& call) {
  CO_TRY(const auto from, required_position(call, "from"));
  CO_TRY(const auto to, required_position(call, "to"));
  CO_TRY(const auto found, co_await services.keys.changed_between(call.caller->user_id, from, to));
  co_return json_response({{"changed", strings(found.changed)}, {"left", strings(found.left)}});
}

Task<net::Response> put_to_device(CryptoServices services, net::Call& call) {
  const auto& type = call.param("event_type");
  const auto& txn_id = call.param("txn_id");
  if (type.size() > matrix::kMaxIdBytes) co_return Error(Errc::invalid_param, "The type is longer than 255 bytes.");
  SendToDevice request;
  request.sender = call.caller->user_id;
  request.type = type;
  request.txn_hash = txn_hash(call.caller->user_id, call.caller->device_id,
                              actor_of(call, {"sendToDevice", type, txn_id}, txn_id).txn_path);
  CO_TRY(request.messages, read_device_messages(net::body_object(call)));
  CO_TRY(co_await services.to_device.send(std::move(request)));
  co_return json_response({});
}

}  // namespace

void add_key_routes(net::Router& router, CryptoServices services) {
  auto upload =
      key_route("/keys/upload", kMaxUploadBytes, [services](net::Call& call) { return post_upload(services, call); });
  upload.rate = net::Rate::write;
  add_client_route(router, std::move(upload));
  add_client_route(router, key_route("/keys/query", kMaxQueryBytes,
                                     [services](net::Call& call) { return post_query(services, call); }));
  auto claim =
      key_route("/keys/claim", kMaxQueryBytes, [services](net::Call& call) { return post_claim(services, call); });
  claim.rate = net::Rate::write;
  add_client_route(router, std::move(claim));
  auto signing = key_route("/keys/device_signing/upload", kMaxUploadBytes,
                           [services](net::Call& call) { return post_device_signing(services, call); });
  signing.rate = net::Rate::write;
  add_client_route(router, std::move(signing));
  auto signatures = key_route("/keys/signatures/upload", kMaxSignaturesBytes,
                              [services](net::Call& call) { return post_signatures(services, call); });
  signatures.rate = net::Rate::write;
  add_client_route(router, std::move(signatures));
  add_client_route(router, matrix_route("GET", "/keys/changes",
                                        [services](net::Call& call) { return get_changes(services, call); }));
}

void add_to_device_routes(net::Router& router, CryptoServices services) {
  auto send = matrix_route("PUT", "/sendToDevice/{event_type}/{txn_id}",
                           [services](net::Call& call) { return put_to_device(services, call); });
  send.rate = net::Rate::write;
  send.body = net::Body::json_required;
  send.max_body_bytes = ToDevice::kMaxBodyBytes;
  add_client_route(router, std::move(send));
}

void fill_device_hooks(AccountHooks& hooks, DeviceKeys& keys) {
  hooks.device_removed = [&keys](store::Tx& tx, std::string_view user_id, std::string_view device_id) {
    return keys.device_removed(tx, user_id, device_id);
  };
  hooks.device_renamed = [&keys](store::Tx& tx, std::string_view user_id, std::string_view device_id) {
    return keys.device_renamed(tx, user_id, device_id);
  };
}

DeviceSync device_sync() { return {.read = read_device_sync, .forget = forget_delivered_to_device}; }

CryptoServices setup_crypto(host::Context& context, Rooms& rooms, Users& users, Uia& uia, AccountData& account_data,
                            AccountHooks& hooks) {
  auto& db = context.db();
  auto& changes = context.make<DeviceChanges>(rooms, users);
  auto& backup = context.make<KeyBackup>(db);
  const CryptoServices services{.keys = context.make<DeviceKeys>(db, rooms, changes, context.settings()),
                                .cross_signing = context.make<CrossSigning>(db, changes),
                                .to_device = context.make<ToDevice>(db, users, context.settings(), context.clock()),
                                .backup = backup,
                                .uia = uia};
  add_key_routes(context.routes(), services);
  add_to_device_routes(context.routes(), services);
  add_key_backup_routes(context.routes(), services);
  add_push_rule_routes(context.routes(), account_data);
  fill_device_hooks(hooks, services.keys);
  context.every({.name = "homeserver.to_device",
                 .every = std::chrono::hours(1),
                 .run = [&to_device = services.to_device,
                         &ages = host::age_clock(context)] { return to_device.forget_old(ages.unix_ms()); },
                 .singleton = true});
  context.every({.name = "homeserver.key_backups",
                 .every = std::chrono::hours(1),
                 .run = [&backup] { return backup.sweep(); },
                 .singleton = true});
  return services;
}

}  // namespace troupe::homeserver
