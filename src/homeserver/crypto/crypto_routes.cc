#include "homeserver/crypto/crypto_routes.h"

#include "homeserver/accounts/session.h"
#include "homeserver/common/client_route.h"
#include "homeserver/common/public_address.h"
#include "homeserver/common/sync_token.h"
#include "host/age_clock.h"
#include "matrix/ids.h"

namespace troupe::homeserver::crypto {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

constexpr std::size_t kMaxKeysBytes = 1024 * 1024;
constexpr std::size_t kMaxSignaturesBytes = 4 * 1024 * 1024;

Task<net::http::Response> post_keys(KeyApi& api, net::route::Call& call) {
  const auto& user_id = call.caller->user_id;
  const auto& device_id = call.caller->device_id;
  if (device_id.empty()) co_return Error(Errc::invalid_param, "Keys belong to a device: sign in with one.");
  CO_TRY(auto upload, read_key_upload(net::route::body_object(call), user_id, device_id));
  CO_TRY(auto counts, co_await api.keys.upload(user_id, device_id, std::move(upload)));
  JsonObject shown;
  for (const auto& [algorithm, count] : counts) shown[algorithm] = count;
  if (!shown.contains("signed_curve25519")) shown["signed_curve25519"] = 0;
  co_return json_response({{"one_time_key_counts", std::move(shown)}});
}

Task<net::http::Response> post_keys_query(KeyApi& api, net::route::Call& call) {
  CO_TRY(auto wanted, read_key_query(net::route::body_object(call)));
  CO_TRY(auto body, co_await api.keys.query(call.caller->user_id, std::move(wanted)));
  co_return net::http::Response::json(std::move(body));
}

Task<net::http::Response> post_keys_claim(KeyApi& api, net::route::Call& call) {
  CO_TRY(auto claims, read_key_claim(net::route::body_object(call)));
  CO_TRY(auto body, co_await api.keys.claim(std::move(claims)));
  co_return net::http::Response::json(std::move(body));
}

/// Who replaces keys proves it by password, or, on a device that knows none, allows it on the account's page.
Task<accounts::UiaRequest> proof_of_reset(KeyApi& api, net::route::Call& call) {
  const auto& user_id = call.caller->user_id;
  accounts::UiaRequest proof{.operation = "cross-signing keys of " + user_id,
                             .user_id = user_id,
                             .address = call.request.remote_address,
                             .flows = {{std::string(accounts::kStagePassword)}}};
  CO_TRY(const bool delegated, co_await api.delegated.applies_to(user_id, call.caller->device_id));
  if (!delegated) co_return proof;
  const auto page = public_address(api.settings, call.request) + std::string(accounts::kAccountPagePath) +
                    "?action=org.matrix.cross_signing_reset";
  proof.flows.clear();
  for (const auto stage : {accounts::kStageOAuth, accounts::kStageOAuthUnstable}) {
    proof.flows.push_back({std::string(stage)});
    proof.params[stage] = JsonObject{{"url", page}};
  }
  CO_TRY(const bool allowed, co_await api.delegated.reset_is_allowed(user_id));
  if (allowed) proof.proven.emplace_back(accounts::kStageOAuth);
  co_return proof;
}

Task<net::http::Response> post_device_signing(KeyApi& api, net::route::Call& call) {
  const auto& body = net::route::body_object(call);
  const auto user_id = call.caller->user_id;
  CO_TRY(auto keys, read_cross_signing_keys(body, user_id));
  CO_TRY(const auto change, co_await api.cross_signing.compare(user_id, keys));
  if (change == CrossSigning::Change::none) co_return json_response({});
  // The first keys need no proof, nor do others while an administrator allows it.
  const bool trusted = accounts::service_of(call) != nullptr;  // an application service has no password to give
  const auto stored = co_await api.cross_signing.upload(user_id, keys, trusted, api.clock.unix_ms());
  if (stored) co_return json_response({});
  if (stored.error().code() != Errc::conflict) co_return std::unexpected(stored.error());
  CO_TRY(const auto proof, co_await proof_of_reset(api, call));
  CO_TRY(auto outcome, co_await api.uia.check(proof, body));
  if (outcome.ask) co_return *std::move(outcome.ask);
  CO_TRY(co_await api.cross_signing.upload(user_id, std::move(keys), true));
  if (!proof.proven.empty()) {
    CO_TRY(co_await api.delegated.end_reset(user_id));
  }
  co_return json_response({});
}

Task<net::http::Response> post_signatures(KeyApi& api, net::route::Call& call) {
  CO_TRY(auto objects, read_signed_objects(net::route::body_object(call), call.caller->user_id));
  CO_TRY(const auto failed, co_await api.cross_signing.add_signatures(call.caller->user_id, std::move(objects)));
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

Result<StreamPos> required_position(const net::route::Call& call, std::string_view name) {
  const auto text = call.request.query_value(name);
  if (!text) return Error(Errc::missing_param, "The query parameter " + std::string(name) + " is missing.");
  const auto token = parse_token(*text);
  if (!token) return Error(Errc::invalid_param, std::string(name) + " is no token of this server.");
  return token->pos;
}

JsonArray strings(const std::vector<std::string>& list) { return JsonArray(list.begin(), list.end()); }

Task<net::http::Response> get_keys_changes(KeyApi& api, net::route::Call& call) {
  CO_TRY(const auto from, required_position(call, "from"));
  CO_TRY(const auto to, required_position(call, "to"));
  CO_TRY(const auto found, co_await api.keys.changed_between(call.caller->user_id, from, to));
  co_return json_response({{"changed", strings(found.changed)}, {"left", strings(found.left)}});
}

Task<net::http::Response> put_to_device(ToDevice& to_device, net::route::Call& call) {
  const auto& type = call.param("event_type");
  const auto& txn_id = call.param("txn_id");
  if (type.size() > matrix::kMaxIdBytes) co_return Error(Errc::invalid_param, "The type is longer than 255 bytes.");
  SendToDevice request;
  request.sender = call.caller->user_id;
  request.sender_device = call.caller->device_id;
  request.by_guest = accounts::is_guest(call);
  request.type = type;
  request.txn_hash =
      memory::txn_hash(call.caller->user_id, call.caller->device_id, memory::txn_path({"sendToDevice", type, txn_id}));
  CO_TRY(request.messages, read_device_messages(net::route::body_object(call)));
  if (accounts::is_shadow_banned(call))
    std::erase_if(request.messages, [&](const DeviceMessage& message) { return message.user_id != request.sender; });
  CO_TRY(co_await to_device.send(std::move(request)));
  co_return json_response({});
}

}  // namespace

void add_key_routes(net::route::Router& router, KeyApi& api) {
  const auto group = matrix_group(
      router,
      {.prefix = std::string(kClientV3) + "/keys", .needs = net::route::Access::user, .max_body_bytes = kMaxKeysBytes});
  constexpr auto kObject = net::route::Body::json_object;
  group.add({.method = "POST", .path = "/upload", .takes = kObject, .run = api::bind(post_keys, api)});
  group.add({.method = "POST",
             .path = "/query",
             .rate = net::route::Rate::read,
             .takes = kObject,
             .run = api::bind(post_keys_query, api)});
  group.add({.method = "POST", .path = "/claim", .takes = kObject, .run = api::bind(post_keys_claim, api)});
  group.add({.method = "POST",
             .path = "/device_signing/upload",
             .takes = kObject,
             .run = api::bind(post_device_signing, api)});
  group.add({.method = "POST",
             .path = "/signatures/upload",
             .takes = kObject,
             .max_body_bytes = kMaxSignaturesBytes,
             .run = api::bind(post_signatures, api)});
  group.add(
      {.method = "GET", .path = "/changes", .max_body_bytes = 256UL * 1024, .run = api::bind(get_keys_changes, api)});
}

void add_to_device_routes(net::route::Router& router, ToDevice& to_device) {
  const auto group = matrix_group(router, {.prefix = std::string(kClientV3) + "/sendToDevice",
                                           .needs = net::route::Access::user,
                                           .max_body_bytes = ToDevice::kMaxBodyBytes});
  group.add({.method = "PUT",
             .path = "/{event_type}/{txn_id}",
             .takes = net::route::Body::json_required,
             .run = api::bind(put_to_device, to_device)});
}

CryptoParts setup_crypto(host::Context& context, const CryptoBasis& basis) {
  auto& db = context.db();
  auto& routes = context.routes();
  auto& cross_signing = context.make<CrossSigning>(db, basis.changes);
  auto& to_device =
      context.make<ToDevice>(db, basis.users, context.settings(), context.clock(), &basis.streams, basis.services);
  auto& backup = context.make<KeyBackup>(db);
  add_key_routes(routes, context.make<KeyApi>(KeyApi{.keys = basis.keys,
                                                     .cross_signing = cross_signing,
                                                     .uia = basis.uia,
                                                     .clock = context.clock(),
                                                     .delegated = basis.delegated,
                                                     .settings = context.settings()}));
  add_to_device_routes(routes, to_device);
  add_key_backup_routes(routes, backup);
  context.every({.name = "homeserver.to_device",
                 .every = std::chrono::hours(1),
                 .run = [&to_device, &ages = host::age_clock(context)] { return to_device.forget_old(ages.unix_ms()); },
                 .singleton = true});
  context.every({.name = "homeserver.key_backups",
                 .every = std::chrono::hours(1),
                 .run = [&backup] { return backup.sweep(); },
                 .singleton = true});
  return {.cross_signing = cross_signing, .to_device = to_device};
}

}  // namespace troupe::homeserver::crypto
