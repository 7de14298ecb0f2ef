// The routes of devices' keys, of messages between devices and of key backups.
#pragma once
#include "homeserver/accounts/delegated_proof.h"
#include "homeserver/accounts/uia.h"
#include "homeserver/crypto/cross_signing.h"
#include "homeserver/crypto/device_keys.h"
#include "homeserver/crypto/key_backup.h"
#include "homeserver/crypto/to_device.h"
#include "host/module.h"

namespace troupe::homeserver::crypto {

// What the routes of each file use must outlive the router.

struct KeyApi {
  DeviceKeys& keys;
  CrossSigning& cross_signing;
  accounts::Uia& uia;
  const base::Clock& clock;
  accounts::DelegatedProof& delegated;
  const host::Settings& settings;
};
void add_key_routes(net::route::Router& router, KeyApi& api);                ///< keys/*
void add_to_device_routes(net::route::Router& router, ToDevice& to_device);  ///< sendToDevice
void add_key_backup_routes(net::route::Router& router, KeyBackup& backup);   ///< room_keys/*

/// What stands below. Everything must outlive the context.
struct CryptoBasis {
  memory::Users& users;
  DeviceChanges& changes;
  DeviceKeys& keys;
  accounts::Uia& uia;
  accounts::DelegatedProof& delegated;
  streams::EventStreams& streams;
  const appservice::Services* services = nullptr;
};
/// What others use of it; lives as long as the context.
struct CryptoParts {
  CrossSigning& cross_signing;
  ToDevice& to_device;
};
/// Makes the rest, which lives as long as the context, with its routes and jobs.
CryptoParts setup_crypto(host::Context& context, const CryptoBasis& basis);

}  // namespace troupe::homeserver::crypto
