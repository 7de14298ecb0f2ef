// What brains that ask other services share: pauses that end when nobody waits any more, and how long a service asks
// to be left alone.
#pragma once
#include <chrono>
#include <optional>

#include "fleet/brains/brain.h"
#include "net/client.h"

namespace troupe::fleet {

/// Sleeps on the caller's executor. False as soon as the answer is not wanted any more (looked at four times a second).
/// `stream` outlives the task.
asio::awaitable<bool> pause_while_wanted(std::chrono::milliseconds time, ReplyStream& stream);

/// Retry-After in seconds (also with a fraction), or `retry-after-ms` as OpenAI sends it; nothing when neither is there
/// or it is a date.
std::optional<std::chrono::milliseconds> retry_after(const net::Headers& headers);

/// Statuses that another try may cure: 408, 429, 500, 502, 503, 504, 529.
bool is_worth_retrying(int status);

/// How long before try number `tried` + 1: what the service asked for, else 1, 2, 4 … seconds. Nothing when it asks for
/// more than `longest`.
std::optional<std::chrono::milliseconds> retry_pause(int tried, std::optional<std::chrono::milliseconds> asked,
                                                     std::chrono::milliseconds longest);

}  // namespace troupe::fleet
