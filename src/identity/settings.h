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
};

std::vector<host::Setting> setting_rows();

}  // namespace troupe::identity
