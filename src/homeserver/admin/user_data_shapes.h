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
/// What is 0 a second has no limit. Neither: as for everybody.
struct RateOverride {
  std::optional<std::int64_t> messages_per_second;
  std::optional<std::int64_t> burst_count;
};
/// {"global": {type: content}, "rooms": {room id: {type: content}}}
struct AccountDataAnswer {
  boost::json::object account_data;
};

}  // namespace troupe::homeserver::admin

namespace troupe::api {

Shape<homeserver::admin::NewDeviceBody> make_shape(Of<homeserver::admin::NewDeviceBody>);
Shape<homeserver::admin::AdminDevice> make_shape(Of<homeserver::admin::AdminDevice>);
Shape<homeserver::admin::AdminDevices> make_shape(Of<homeserver::admin::AdminDevices>);
Shape<homeserver::admin::JoinedRooms> make_shape(Of<homeserver::admin::JoinedRooms>);
Shape<homeserver::admin::Memberships> make_shape(Of<homeserver::admin::Memberships>);
Shape<homeserver::admin::PusherList> make_shape(Of<homeserver::admin::PusherList>);
Shape<homeserver::admin::InviteCount> make_shape(Of<homeserver::admin::InviteCount>);
Shape<homeserver::admin::JoinCount> make_shape(Of<homeserver::admin::JoinCount>);
Shape<homeserver::admin::KeysReplaceable> make_shape(Of<homeserver::admin::KeysReplaceable>);
Shape<homeserver::admin::AccountDataAnswer> make_shape(Of<homeserver::admin::AccountDataAnswer>);
Shape<homeserver::admin::RateOverride> make_shape(Of<homeserver::admin::RateOverride>);

}  // namespace troupe::api
