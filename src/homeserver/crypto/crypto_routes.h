// Devices' keys, messages between devices, key backups and push rules: the services behind those routes, and one
// function that makes them and adds the routes.
#pragma once
#include "homeserver/accounts/account_hooks.h"
#include "homeserver/accounts/uia.h"
#include "homeserver/crypto/cross_signing.h"
#include "homeserver/crypto/device_keys.h"
#include "homeserver/crypto/key_backup.h"
#include "homeserver/crypto/to_device.h"
#include "homeserver/reading/sync_service.h"
#include "homeserver/settings/account_data.h"
#include "host/module.h"

namespace troupe::homeserver {

/// Everything that these routes use.
struct CryptoServices {
  DeviceKeys& keys;
  CrossSigning& cross_signing;
  ToDevice& to_device;
  KeyBackup& backup;
  Uia& uia;
};

/// What /sync shows of devices: read_device_sync and forget_delivered_to_device.
DeviceSync device_sync();

/// Makes the services, adds their routes and jobs, and fills in what happens to keys when a device goes or is renamed.
/// The arguments must outlive the context.
CryptoServices setup_crypto(host::Context& context, Rooms& rooms, Users& users, Uia& uia, AccountData& account_data,
                            AccountHooks& hooks);

// The routes of each file. The services must outlive the router.
void add_key_routes(net::Router& router, CryptoServices services);         ///< keys/*
void add_to_device_routes(net::Router& router, CryptoServices services);   ///< sendToDevice
void add_key_backup_routes(net::Router& router, CryptoServices services);  ///< room_keys/*
void add_push_rule_routes(net::Router& router, AccountData& data);         ///< pushrules

void fill_device_hooks(AccountHooks& hooks, DeviceKeys& keys);

}  // namespace troupe::homeserver
