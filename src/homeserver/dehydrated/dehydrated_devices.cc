#include "homeserver/dehydrated/dehydrated_devices.h"

#include <limits>

#include "homeserver/accounts/account_service.h"
#include "homeserver/common/settings.h"

namespace troupe::homeserver::dehydrated {

namespace rows = accounts::account_store;

namespace {
Error has_none() { return Error(Errc::not_found, "There is no dehydrated device."); }
}  // namespace

Task<Unit> DehydratedDevices::replace(std::string user_id, NewDehydrated wanted) {
  const auto now = parts_.clock.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    const auto account = rows::find_account(tx, user_id);
    if (!account || account->deactivated) return Error(Errc::forbidden, "This account has been deactivated.");
    if (const auto before = rows::find_dehydrated(tx, user_id)) {
      TRY(accounts::remove_device(tx, parts_.observer, user_id, before->device_id));
    }
    if (rows::find_device(tx, user_id, wanted.device_id)) {
      return Error(Errc::invalid_param, "A device of yours that is signed in has this id.");
    }
    if (rows::count_devices(tx, user_id) >= parts_.settings.of<KeepSettings>().devices_per_account) {
      return Error(Errc::forbidden, "This account has as many devices as it may. Sign out of one of them first.");
    }
    rows::upsert_device(tx, {.user_id = user_id,
                             .device_id = wanted.device_id,
                             .display_name = wanted.display_name,
                             .created_ms = now,
                             .last_seen_ms = std::nullopt,
                             .last_seen_ip = std::nullopt,
                             .last_seen_user_agent = std::nullopt});
    rows::put_dehydrated(tx, {.user_id = user_id, .device_id = wanted.device_id, .device_data = wanted.device_data});
    return parts_.keys.upload_in(tx, user_id, wanted.device_id, wanted.keys);
  };
  co_return co_await parts_.db.write(write, {.lane = store::Lane::send, .savepoint = true});
}

Task<accounts::DehydratedRow> DehydratedDevices::find(std::string user_id) {
  auto look = [&](store::Connection& connection) -> Result<accounts::DehydratedRow> {
    auto row = rows::find_dehydrated(connection, user_id);
    if (!row) return has_none();
    return *std::move(row);
  };
  co_return co_await parts_.db.read(look);
}

Task<std::string> DehydratedDevices::remove(std::string user_id) {
  auto write = [&](store::Tx& tx) -> Result<std::string> {
    auto row = rows::find_dehydrated(tx, user_id);
    if (!row) return has_none();
    TRY(accounts::remove_device(tx, parts_.observer, user_id, row->device_id));
    return std::move(row->device_id);
  };
  co_return co_await parts_.db.write(write, {.lane = store::Lane::send, .savepoint = true});
}

Task<WaitingPage> DehydratedDevices::waiting(std::string user_id, std::string device_id, StreamPos after) {
  auto look = [&](store::Connection& connection) -> Result<WaitingPage> {
    const auto row = rows::find_dehydrated(connection, user_id);
    if (!row || row->device_id != device_id) {
      return Error(Errc::forbidden, "You may only read the messages of your dehydrated device.");
    }
    auto found = crypto::to_device_store::waiting(connection, user_id, device_id, after,
                                                  std::numeric_limits<StreamPos>::max(), kPage + 1);
    WaitingPage page{.events = {}, .upto = after, .more = found.size() > kPage};
    if (page.more) found.pop_back();
    if (!found.empty()) page.upto = found.back().pos;
    for (auto& message : found) page.events.push_back(std::move(message.json));
    return page;
  };
  co_return co_await parts_.db.read(look);
}

}  // namespace troupe::homeserver::dehydrated
