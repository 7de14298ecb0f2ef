// What somebody writes in a call's own chat.
#pragma once
#include <string>

#include "base/clock.h"

namespace troupe::meetings {

inline constexpr std::size_t kMostChatBytes = 32UL * 1024;  ///< of a message with all that belongs to it
inline constexpr std::size_t kMostChatSenderBytes = 256;

/// Told to whoever follows the meeting when it is said, and kept nowhere.
struct ChatMessage {
  std::string sender{};  ///< empty: nobody knows
  std::string text{};    ///< not empty
  bool is_from_bot = false;
  base::UnixMs said_ms = 0;
};

}  // namespace troupe::meetings
