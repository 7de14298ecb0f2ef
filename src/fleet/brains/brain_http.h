// What brains that ask other services share: pauses that end when nobody waits any more, and how long a service asks
// to be left alone.
#pragma once
#include <chrono>
#include <optional>

#include "base/clock.h"
#include "fleet/brains/brain.h"
#include "net/client/client.h"

namespace troupe::fleet::brains {

/// Sleeps on the caller's executor. False as soon as the answer is not wanted any more (looked at four times a second).
/// `stream` outlives the task.
asio::awaitable<bool> pause_while_wanted(std::chrono::milliseconds time, ReplyStream& stream);

/// Retry-After in seconds (also with a fraction) or as a date, or `retry-after-ms` as OpenAI sends it; a date that has
/// passed is no pause. Nothing when neither is there or it says something else.
std::optional<std::chrono::milliseconds> retry_after(const net::http::Headers& headers, base::UnixMs now);

/// An HTTP date in any of its three forms (RFC 9110 5.6.7), always UTC.
std::optional<base::UnixMs> parse_http_date(std::string_view text);

/// With a full stop at its end, so that another sentence may follow.
std::string as_sentence(std::string text);

/// Statuses that another try may cure: 408, 429, 500, 502, 503, 504, 529.
bool is_worth_retrying(int status);

/// How long before try number `tried` + 1: what the service asked for, else 1, 2, 4 … seconds. Nothing when it asks for
/// more than `longest`.
std::optional<std::chrono::milliseconds> retry_pause(int tried, std::optional<std::chrono::milliseconds> asked,
                                                     std::chrono::milliseconds longest);

}  // namespace troupe::fleet::brains
