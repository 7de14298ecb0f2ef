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

Shape<RateOverride> make_shape(Of<RateOverride>) {
  return Shape<RateOverride>::matrix_request(
      {member<&RateOverride::messages_per_second>("messages_per_second", {.least = 0, .most = kMostMessages}),
       member<&RateOverride::burst_count>("burst_count", {.least = 0, .most = kMostMessages})});
}

Shape<NewDeviceBody> make_shape(Of<NewDeviceBody>) {
  return Shape<NewDeviceBody>::matrix_request(
      {member<&NewDeviceBody::device_id>("device_id", {.least = 1, .most = DeviceService::kMaxDeviceIdBytes}),
       member<&NewDeviceBody::display_name>("display_name", {.most = DeviceService::kMaxDisplayNameBytes})});
}

Shape<AdminDevice> make_shape(Of<AdminDevice>) {
  constexpr Facts kShown{.or_null = true};
  return Shape<AdminDevice>::part(
      {member<&AdminDevice::row, &DeviceRow::device_id>("device_id"),
       member<&AdminDevice::row, &DeviceRow::display_name>("display_name", kShown),
       member<&AdminDevice::row, &DeviceRow::last_seen_ip>("last_seen_ip", kShown),
       member<&AdminDevice::row, &DeviceRow::last_seen_user_agent>("last_seen_user_agent", kShown),
       member<&AdminDevice::row, &DeviceRow::last_seen_ms>("last_seen_ts", kShown),
       member<&AdminDevice::row, &DeviceRow::user_id>("user_id"),
       member<&AdminDevice::row, &DeviceRow::dehydrated>("dehydrated")});
}

Shape<AdminDevices> make_shape(Of<AdminDevices>) {
  return Shape<AdminDevices>::part({member<&AdminDevices::devices>("devices"), member<&AdminDevices::total>("total")});
}

Shape<JoinedRooms> make_shape(Of<JoinedRooms>) {
  return Shape<JoinedRooms>::part(
      {member<&JoinedRooms::joined_rooms>("joined_rooms"), member<&JoinedRooms::total>("total")});
}

Shape<Memberships> make_shape(Of<Memberships>) {
  return Shape<Memberships>::part({member<&Memberships::memberships>("memberships")});
}

Shape<PusherList> make_shape(Of<PusherList>) {
  return Shape<PusherList>::part({member<&PusherList::pushers>("pushers"), member<&PusherList::total>("total")});
}

Shape<InviteCount> make_shape(Of<InviteCount>) {
  return Shape<InviteCount>::part({member<&InviteCount::invite_count>("invite_count")});
}

Shape<JoinCount> make_shape(Of<JoinCount>) {
  return Shape<JoinCount>::part({member<&JoinCount::cumulative_joined_room_count>("cumulative_joined_room_count")});
}

Shape<KeysReplaceable> make_shape(Of<KeysReplaceable>) {
  return Shape<KeysReplaceable>::part(
      {member<&KeysReplaceable::updatable_without_uia_before_ms>("updatable_without_uia_before_ms")});
}

Shape<AccountDataAnswer> make_shape(Of<AccountDataAnswer>) {
  return Shape<AccountDataAnswer>::part({member<&AccountDataAnswer::account_data>("account_data")});
}

}  // namespace troupe::api
