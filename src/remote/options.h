// How to reach the other homeserver, and in whose name.
#pragma once
#include <string>

#include "host/settings.h"

namespace troupe::remote {

/// The namespace of accounts that an application service of ours may act for, and of the aliases that those may make.
/// Not of all aliases: the homeserver pushes every event of a room whose alias is in the namespace.
inline constexpr std::string_view kBotPrefix = "bot_";

/// Whether an account's local part lies in that namespace.
inline bool is_in_namespace(std::string_view localpart) { return localpart.starts_with(kBotPrefix); }

/// What an administrator of the other homeserver puts into its `app_service_config_files` (application service API
/// #registration). RemoteSettings must hold both tokens. Ephemeral data is not asked for: nothing of ours shows it yet.
std::string registration_yaml(const host::Settings& settings);

}  // namespace troupe::remote
