// The keys of the configuration that identity reads.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "host/setting.h"

namespace troupe::identity {

struct IdentitySettings {
  std::string api_token;                   ///< an administrator's API key
  std::string dev_token;                   ///< the same with scope `assistant`
  std::int64_t keep_audit_days = 365;      ///< records of the audit log; 0: for ever
  std::int64_t keep_ended_keys_days = 90;  ///< API keys that are revoked or expired, after that; 0: for ever
  std::string anchor_tsa;                  ///< a time-stamping authority; empty: none
  std::string anchor_tsa_ca;               ///< PEM file of what its certificate leads to; empty: the system's
  std::string anchor_homeserver;           ///< where the room is; empty: none
  std::string anchor_token;                ///< of the account there that writes
  std::string anchor_room;                 ///< its id
  std::int64_t anchor_minutes = 60;        ///< how often a chain that has grown is anchored
};

std::vector<host::Setting> setting_rows();
/// What the keys are worth together.
void review_settings(const host::Settings& settings, host::Review& review);

}  // namespace troupe::identity
