// Synapse's admin API: the devices of an account.
#include "homeserver/accounts/account_shapes.h"
#include "homeserver/admin/admin_route.h"
#include "homeserver/admin/admin_user.h"
#include "homeserver/admin/user_data_shapes.h"
#include "homeserver/admin/user_routes.h"

namespace troupe::homeserver::admin {
namespace {

using net::route::Call;

Task<net::http::Response> get_user_devices(UserAdminApi& api, Call& call) {
  CO_TRY(const auto account, co_await account_in_path(api.accounts, call));
  CO_TRY(auto rows, co_await api.devices.list(account.user_id));
  AdminDevices shown{.devices = {}, .total = std::ssize(rows)};
  for (auto& row : rows) shown.devices.push_back({std::move(row)});
  co_return api::answer(shown);
}

Task<net::http::Response> post_user_device(UserAdminApi& api, Call& call) {
  CO_TRY(auto wanted, api::body_of<NewDeviceBody>(call));
  CO_TRY(const auto account, co_await account_in_path(api.accounts, call));
  const auto device_id = wanted.device_id;
  CO_TRY(co_await api.devices.create(account.user_id, std::move(wanted.device_id), std::move(wanted.display_name)));
  co_await api.audit.record(call, "user.create_device", account.user_id, {{"device_id", device_id}});
  co_return api::answer(accounts::Nothing(), 201);
}

Task<net::http::Response> get_user_device(UserAdminApi& api, Call& call) {
  CO_TRY(const auto account, co_await account_in_path(api.accounts, call));
  CO_TRY(auto row, co_await api.devices.find(account.user_id, call.param("device_id")));
  co_return api::answer(AdminDevice{std::move(row)});
}

Task<net::http::Response> put_user_device(UserAdminApi& api, Call& call) {
  CO_TRY(auto wanted, api::body_of<accounts::DeviceNameBody>(call));
  CO_TRY(const auto account, co_await account_in_path(api.accounts, call));
  const auto& device_id = call.param("device_id");
  if (!wanted.display_name) {
    CO_TRY(co_await api.devices.find(account.user_id, device_id));
    co_return api::answer(accounts::Nothing());  // nothing to change
  }
  CO_TRY(co_await api.devices.rename(account.user_id, device_id, std::move(wanted.display_name)));
  co_await api.audit.record(call, "user.change", account.user_id, {{"device_id", device_id}});
  co_return api::answer(accounts::Nothing());
}

/// Unknown ones are passed over, as Synapse has it.
Task<net::http::Response> remove_devices(UserAdminApi& api, Call& call, std::vector<std::string> device_ids) {
  CO_TRY(const auto account, co_await account_in_path(api.accounts, call));
  boost::json::array named(device_ids.begin(), device_ids.end());
  CO_TRY(co_await api.devices.remove(account.user_id, std::move(device_ids)));
  co_await api.audit.record(call, "user.end_session", account.user_id, {{"device_ids", std::move(named)}});
  co_return api::answer(accounts::Nothing());
}

Task<net::http::Response> delete_user_device(UserAdminApi& api, Call& call) {
  return remove_devices(api, call, {call.param("device_id")});
}

Task<net::http::Response> post_delete_user_devices(UserAdminApi& api, Call& call) {
  CO_TRY(auto wanted, api::body_of<accounts::DeviceListBody>(call));
  co_return co_await remove_devices(api, call, std::move(wanted.devices));
}

}  // namespace

void add_user_device_routes(net::route::Router& router, UserAdminApi& api) {
  const auto group = admin_group(router, "/v2/users/{user_id}");
  constexpr std::string_view kDevices = "/devices";
  constexpr std::string_view kDevice = "/devices/{device_id}";
  constexpr std::size_t kMaxBody = 16UL * 1024;
  group.add({.method = "GET",
             .path = kDevices,
             .summary = "The devices of an account",
             .reply = api::schema_text<AdminDevices>(),
             .run = api::bind(get_user_devices, api)});
  group.add({.method = "POST",
             .path = kDevices,
             .summary = "Make a device that nobody is signed in on",
             .body = api::schema_text<NewDeviceBody>(),
             .max_body_bytes = kMaxBody,
             .reply = api::schema_text<accounts::Nothing>(),
             .status = 201,
             .run = api::bind(post_user_device, api)});
  group.add({.method = "GET",
             .path = kDevice,
             .summary = "One device",
             .reply = api::schema_text<AdminDevice>(),
             .run = api::bind(get_user_device, api)});
  group.add({.method = "PUT",
             .path = kDevice,
             .summary = "Name a device",
             .body = api::schema_text<accounts::DeviceNameBody>(),
             .takes = net::route::Body::json_object,
             .max_body_bytes = kMaxBody,
             .reply = api::schema_text<accounts::Nothing>(),
             .run = api::bind(put_user_device, api)});
  group.add({.method = "DELETE",
             .path = kDevice,
             .summary = "Sign a device out",
             .reply = api::schema_text<accounts::Nothing>(),
             .run = api::bind(delete_user_device, api)});
  group.add({.method = "POST",
             .path = "/delete_devices",
             .summary = "Sign devices out",
             .body = api::schema_text<accounts::DeviceListBody>(),
             .reply = api::schema_text<accounts::Nothing>(),
             .run = api::bind(post_delete_user_devices, api)});
}

}  // namespace troupe::homeserver::admin
