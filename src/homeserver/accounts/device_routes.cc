// One's own devices: list, name, remove.
#include "homeserver/accounts/account_routes.h"
#include "homeserver/accounts/account_shapes.h"
#include "homeserver/common/client_route.h"

namespace troupe::homeserver::accounts {
namespace {

Task<net::http::Response> get_devices(DeviceApi& api, net::route::Call& call) {
  CO_TRY(auto devices, co_await api.devices.list(call.caller->user_id));
  co_return api::answer(DeviceList{.devices = std::move(devices)});
}

Task<net::http::Response> get_device(DeviceApi& api, net::route::Call& call) {
  CO_TRY(auto device, co_await api.devices.find(call.caller->user_id, call.param("device_id")));
  co_return api::answer(device);
}

Task<net::http::Response> put_device(DeviceApi& api, net::route::Call& call) {
  CO_TRY(auto wanted, api::body_of<DeviceNameBody>(call));
  const auto& device_id = call.param("device_id");
  if (service_of(call)) {
    // Its users have devices without signing in (Client-Server API #put_matrixclientv3devicesdeviceid).
    const auto known = co_await api.devices.find(call.caller->user_id, device_id);
    if (!known && known.error().code() == Errc::not_found) {
      CO_TRY(co_await api.devices.create(call.caller->user_id, device_id, std::move(wanted.display_name)));
      co_return json_response({}, 201);
    }
  }
  if (!wanted.display_name) {
    CO_TRY(co_await api.devices.find(call.caller->user_id, device_id));
    co_return json_response({});  // nothing to change
  }
  CO_TRY(co_await api.devices.rename(call.caller->user_id, device_id, std::move(wanted.display_name)));
  co_return json_response({});
}

/// Removes devices once the password has been given for exactly this list. An application service has none to give.
Task<net::http::Response> remove_with_proof(DeviceApi& api, net::route::Call& call,
                                            std::vector<std::string> device_ids) {
  if (service_of(call)) {
    CO_TRY(co_await api.devices.remove(call.caller->user_id, std::move(device_ids)));
    co_return json_response({});
  }
  UiaRequest proof{.operation = "remove devices of " + call.caller->user_id,
                   .user_id = call.caller->user_id,
                   .address = call.request.remote_address,
                   .flows = {{std::string(kStagePassword)}}};
  for (const auto& id : device_ids) proof.operation += '\0' + id;
  CO_TRY(auto outcome, co_await api.uia.check(std::move(proof), net::route::body_object(call)));
  if (outcome.ask) co_return *std::move(outcome.ask);
  CO_TRY(co_await api.devices.remove(call.caller->user_id, std::move(device_ids)));
  co_return json_response({});
}

Task<net::http::Response> delete_device(DeviceApi& api, net::route::Call& call) {
  std::vector<std::string> device_ids{call.param("device_id")};
  co_return co_await remove_with_proof(api, call, std::move(device_ids));
}

Task<net::http::Response> post_delete_devices(DeviceApi& api, net::route::Call& call) {
  CO_TRY(auto wanted, api::body_of<DeviceListBody>(call));
  co_return co_await remove_with_proof(api, call, std::move(wanted.devices));
}

}  // namespace

void add_device_routes(net::route::Router& router, DeviceApi& api) {
  const auto group = matrix_group(router, {.prefix = std::string(kClientV3), .needs = net::route::Access::user});
  constexpr auto kObject = net::route::Body::json_object;
  constexpr std::string_view kDevice = "/devices/{device_id}";
  constexpr std::size_t kMaxShortBody = 16UL * 1024;
  group.add({.method = "GET",
             .path = "/devices",
             .reply = api::schema_text<DeviceList>(),
             .run = api::bind(get_devices, api)});
  group.add(
      {.method = "GET", .path = kDevice, .reply = api::schema_text<DeviceRow>(), .run = api::bind(get_device, api)});
  group.add({.method = "PUT",
             .path = kDevice,
             .body = api::schema_text<DeviceNameBody>(),
             .takes = kObject,
             .max_body_bytes = kMaxShortBody,
             .reply = api::schema_text<Nothing>(),
             .run = api::bind(put_device, api)});
  group.add({.method = "DELETE",
             .path = kDevice,
             .takes = kObject,
             .max_body_bytes = kMaxShortBody,
             .run = api::bind(delete_device, api)});
  group.add({.method = "POST",
             .path = "/delete_devices",
             .body = api::schema_text<DeviceListBody>(),
             .takes = kObject,
             .reply = api::schema_text<Nothing>(),
             .run = api::bind(post_delete_devices, api)});
}

}  // namespace troupe::homeserver::accounts
