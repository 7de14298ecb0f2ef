// How many files the program may have open, and how many of them are for its listeners' connections.
#pragma once
#include <cstddef>
#include <string_view>

namespace troupe::app {

/// Clients that wait for news hold a connection each, by the thousand.
inline constexpr std::size_t kMostClientConnections = 16'384;
inline constexpr std::size_t kMostOtherConnections = 8'192;

/// Sets the limit of open files to as many as the machine allows; yields it.
std::size_t raise_descriptor_limit();

/// How many connections a listener takes at once when the program may have so many files open. Some are left for
/// databases, media, bots' programs and what the program itself connects to: without them it could answer nobody. Of
/// the others clients have three quarters, and all other listeners together the rest, so that a crowd at one leaves the
/// others theirs. At least 16. `other_listeners`: without the clients' own.
std::size_t connections_of(std::string_view listener, std::size_t descriptors, std::size_t other_listeners);

}  // namespace troupe::app
