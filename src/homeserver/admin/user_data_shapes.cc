#include "homeserver/admin/user_data_shapes.h"

#include "homeserver/accounts/device_service.h"

namespace troupe::api {

using homeserver::accounts::DeviceRow;
using homeserver::accounts::DeviceService;
using homeserver::admin::AccountDataAnswer;
using homeserver::admin::AdminDevice;
using homeserver::admin::AdminDevices;
using homeserver::admin::InviteCount;
using homeserver::admin::JoinCount;
using homeserver::admin::JoinedRooms;
using homeserver::admin::KeysReplaceable;
using homeserver::admin::Memberships;
using homeserver::admin::NewDeviceBody;
using homeserver::admin::PusherList;
using homeserver::admin::RateOverride;

namespace {

constexpr std::int64_t kMostMessages = 1'000'000;

}  // namespace

template <>
const Shape<RateOverride>& shape_of() {
  static const auto shape = Shape<RateOverride>::matrix_request(
      {member<&RateOverride::messages_per_second>("messages_per_second", {.least = 0, .most = kMostMessages}),
       member<&RateOverride::burst_count>("burst_count", {.least = 0, .most = kMostMessages})});
  return shape;
}

template <>
const Shape<NewDeviceBody>& shape_of() {
  static const auto shape = Shape<NewDeviceBody>::matrix_request(
      {member<&NewDeviceBody::device_id>("device_id", {.least = 1, .most = DeviceService::kMaxDeviceIdBytes}),
       member<&NewDeviceBody::display_name>("display_name", {.most = DeviceService::kMaxDisplayNameBytes})});
  return shape;
}

template <>
const Shape<AdminDevice>& shape_of() {
  constexpr Facts kShown{.or_null = true};
  static const auto shape = Shape<AdminDevice>::part(
      {member<&AdminDevice::row, &DeviceRow::device_id>("device_id"),
       member<&AdminDevice::row, &DeviceRow::display_name>("display_name", kShown),
       member<&AdminDevice::row, &DeviceRow::last_seen_ip>("last_seen_ip", kShown),
       member<&AdminDevice::row, &DeviceRow::last_seen_user_agent>("last_seen_user_agent", kShown),
       member<&AdminDevice::row, &DeviceRow::last_seen_ms>("last_seen_ts", kShown),
       member<&AdminDevice::row, &DeviceRow::user_id>("user_id"),
       member<&AdminDevice::row, &DeviceRow::dehydrated>("dehydrated")});
  return shape;
}

template <>
const Shape<AdminDevices>& shape_of() {
  static const auto shape =
      Shape<AdminDevices>::part({member<&AdminDevices::devices>("devices"), member<&AdminDevices::total>("total")});
  return shape;
}

template <>
const Shape<JoinedRooms>& shape_of() {
  static const auto shape = Shape<JoinedRooms>::part(
      {member<&JoinedRooms::joined_rooms>("joined_rooms"), member<&JoinedRooms::total>("total")});
  return shape;
}

template <>
const Shape<Memberships>& shape_of() {
  static const auto shape = Shape<Memberships>::part({member<&Memberships::memberships>("memberships")});
  return shape;
}

template <>
const Shape<PusherList>& shape_of() {
  static const auto shape =
      Shape<PusherList>::part({member<&PusherList::pushers>("pushers"), member<&PusherList::total>("total")});
  return shape;
}

template <>
const Shape<InviteCount>& shape_of() {
  static const auto shape = Shape<InviteCount>::part({member<&InviteCount::invite_count>("invite_count")});
  return shape;
}

template <>
const Shape<JoinCount>& shape_of() {
  static const auto shape =
      Shape<JoinCount>::part({member<&JoinCount::cumulative_joined_room_count>("cumulative_joined_room_count")});
  return shape;
}

template <>
const Shape<KeysReplaceable>& shape_of() {
  static const auto shape = Shape<KeysReplaceable>::part(
      {member<&KeysReplaceable::updatable_without_uia_before_ms>("updatable_without_uia_before_ms")});
  return shape;
}

template <>
const Shape<AccountDataAnswer>& shape_of() {
  static const auto shape = Shape<AccountDataAnswer>::part({member<&AccountDataAnswer::account_data>("account_data")});
  return shape;
}

}  // namespace troupe::api
