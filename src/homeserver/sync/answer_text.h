// Text that the answers of /sync and of sliding sync have in common.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/crypto/device_sync.h"

namespace troupe::homeserver::sync {

/// Appends {"type", "content"} to a list that has begun. `content` is JSON.
void append_data_event(std::string& out, std::string_view type, std::string_view content);

/// The same of the push rules of a user who has none of their own.
void append_default_push_rules(std::string& out, std::string_view user_id);

/// Appends a list of strings.
void append_strings(std::string& out, const std::vector<std::string>& strings);

/// The members about one-time and fallback keys.
std::string key_counts(const crypto::DeviceSyncPart& part);

}  // namespace troupe::homeserver::sync
