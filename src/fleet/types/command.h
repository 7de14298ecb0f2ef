// What a person can have a bot do by name.
#pragma once
#include <string>
#include <vector>

namespace troupe::fleet {

/// `!name` in a message.
struct Command {
  std::string name;         ///< a–z, 0–9 and _
  std::string description;  ///< one sentence
  bool operator==(const Command&) const = default;
};

/// A bot has no more.
inline constexpr std::size_t kMostCommands = 20;

}  // namespace troupe::fleet
