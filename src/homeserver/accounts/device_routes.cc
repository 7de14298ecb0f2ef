// One's own devices: list, name, remove.
#include "homeserver/accounts/account_routes.h"
#include "homeserver/client_route.h"

namespace troupe::homeserver {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

constexpr std::size_t kMaxDevicesAtOnce = 1000;

JsonObject device_json(const DeviceRow& device) {
  JsonObject shown{{"device_id", device.device_id}};
  if (device.display_name) shown["display_name"] = *device.display_name;
  if (device.last_seen_ip) shown["last_seen_ip"] = *device.last_seen_ip;
  if (device.last_seen_ms) shown["last_seen_ts"] = *device.last_seen_ms;
  return shown;
}

Task<net::Response> get_devices(AccountServices services, net::Call& call) {
  CO_TRY(auto devices, co_await services.devices.list(call.caller->user_id));
  JsonArray shown;
  for (const auto& device : devices) shown.push_back(device_json(device));
  co_return json_response({{"devices", std::move(shown)}});
}

Task<net::Response> get_device(AccountServices services, net::Call& call) {
  CO_TRY(auto device, co_await services.devices.find(call.caller->user_id, call.param("device_id")));
  co_return json_response(device_json(device));
}

Task<net::Response> put_device(AccountServices services, net::Call& call) {
  CO_TRY(auto name, net::optional_string(net::body_object(call), "display_name", DeviceService::kMaxDisplayNameBytes));
  const auto& device_id = call.param("device_id");
  if (!name) {
    CO_TRY(co_await services.devices.find(call.caller->user_id, device_id));
    co_return json_response({});  // nothing to change
  }
  CO_TRY(co_await services.devices.rename(call.caller->user_id, device_id, name));
  co_return json_response({});
}

/// Removes devices once the password has been given for exactly this list.
Task<net::Response> remove_with_proof(AccountServices services, net::Call& call, std::vector<std::string> device_ids) {
  UiaRequest proof{.operation = "remove devices of " + call.caller->user_id,
                   .user_id = call.caller->user_id,
                   .address = call.request.remote_address,
                   .flows = {{std::string(kStagePassword)}}};
  for (const auto& id : device_ids) proof.operation += '\0' + id;
  CO_TRY(auto outcome, co_await services.uia.check(std::move(proof), net::body_object(call)));
  if (outcome.ask) co_return *std::move(outcome.ask);
  CO_TRY(co_await services.devices.remove(call.caller->user_id, std::move(device_ids)));
  co_return json_response({});
}

Task<net::Response> delete_device(AccountServices services, net::Call& call) {
  std::vector<std::string> device_ids{call.param("device_id")};
  co_return co_await remove_with_proof(services, call, std::move(device_ids));
}

Task<net::Response> post_delete_devices(AccountServices services, net::Call& call) {
  const auto* given = matrix::find_array(net::body_object(call), "devices");
  if (!given) co_return Error(Errc::missing_param, "devices must be a list of device ids.");
  if (given->size() > kMaxDevicesAtOnce) co_return Error(Errc::invalid_param, "At most 1000 devices at once.");
  std::vector<std::string> device_ids;
  for (const auto& id : *given) {
    if (!id.is_string() || id.get_string().size() > DeviceService::kMaxDeviceIdBytes) {
      co_return Error(Errc::bad_json, "devices must be a list of device ids.");
    }
    device_ids.emplace_back(matrix::view(id.get_string()));
  }
  co_return co_await remove_with_proof(services, call, std::move(device_ids));
}

}  // namespace

void add_device_routes(net::Router& router, AccountServices services) {
  add_client_route(
      router, matrix_route("GET", "/devices", [services](net::Call& call) { return get_devices(services, call); }));
  add_client_route(router, matrix_route("GET", "/devices/{device_id}",
                                        [services](net::Call& call) { return get_device(services, call); }));

  auto put =
      matrix_route("PUT", "/devices/{device_id}", [services](net::Call& call) { return put_device(services, call); });
  put.rate = net::Rate::write;
  put.body = net::Body::json_object;
  put.max_body_bytes = 16 * 1024;
  add_client_route(router, std::move(put));

  auto remove = matrix_route("DELETE", "/devices/{device_id}",
                             [services](net::Call& call) { return delete_device(services, call); });
  remove.rate = net::Rate::write;
  remove.body = net::Body::json_object;
  remove.max_body_bytes = 16 * 1024;
  add_client_route(router, std::move(remove));

  auto remove_many = matrix_route("POST", "/delete_devices",
                                  [services](net::Call& call) { return post_delete_devices(services, call); });
  remove_many.rate = net::Rate::write;
  remove_many.body = net::Body::json_object;
  add_client_route(router, std::move(remove_many));
}

}  // namespace troupe::homeserver
