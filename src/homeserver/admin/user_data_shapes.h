// Shapes of what belongs to one account in Synapse's admin API (api/shape.h): devices, rooms, pushers, data.
#pragma once
#include <map>

#include "api/shape.h"
#include "homeserver/accounts/account_store.h"

namespace troupe::homeserver::admin {

struct NewDeviceBody {
  std::string device_id;
  std::optional<std::string> display_name;
};

/// A device, with its user.
struct AdminDevice {
  accounts::DeviceRow row;
};
struct AdminDevices {
  std::vector<AdminDevice> devices;
  std::int64_t total = 0;
};
struct JoinedRooms {
  std::vector<std::string> joined_rooms;
  std::int64_t total = 0;
};
struct Memberships {
  std::map<std::string, std::string> memberships;  ///< by room id
};
struct PusherList {
  std::vector<boost::json::object> pushers;  ///< as the specification has them
  std::int64_t total = 0;
};
struct InviteCount {
  std::int64_t invite_count = 0;
};
struct JoinCount {
  std::int64_t cumulative_joined_room_count = 0;
};
struct KeysReplaceable {
  std::int64_t updatable_without_uia_before_ms = 0;
};
/// {"global": {type: content}, "rooms": {room id: {type: content}}}
struct AccountDataAnswer {
  boost::json::object account_data;
};

}  // namespace troupe::homeserver::admin

namespace troupe::api {

template <>
const Shape<homeserver::admin::NewDeviceBody>& shape_of();
template <>
const Shape<homeserver::admin::AdminDevice>& shape_of();
template <>
const Shape<homeserver::admin::AdminDevices>& shape_of();
template <>
const Shape<homeserver::admin::JoinedRooms>& shape_of();
template <>
const Shape<homeserver::admin::Memberships>& shape_of();
template <>
const Shape<homeserver::admin::PusherList>& shape_of();
template <>
const Shape<homeserver::admin::InviteCount>& shape_of();
template <>
const Shape<homeserver::admin::JoinCount>& shape_of();
template <>
const Shape<homeserver::admin::KeysReplaceable>& shape_of();
template <>
const Shape<homeserver::admin::AccountDataAnswer>& shape_of();

}  // namespace troupe::api
