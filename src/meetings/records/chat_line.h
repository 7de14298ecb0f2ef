// Carries what is written in a call's own chat to whoever follows the meeting.
#pragma once
#include <functional>

#include "bus/bus.h"
#include "meetings/types/chat.h"
#include "meetings/types/meeting.h"

namespace troupe::meetings::records {

/// Heard in this process, and through Redis in the others; who does not listen then does not hear it later. All of it
/// from any thread.
class ChatLine {
 public:
  explicit ChatLine(bus::Bus& bus) : bus_(bus) {}
  void tell(MeetingId id, const ChatMessage& message) const;
  /// `heard` runs on the telling thread: it must be quick and post its work elsewhere.
  bus::SubscriptionPtr listen(MeetingId id, std::function<void(ChatMessage)> heard) const;

 private:
  bus::Bus& bus_;
};

}  // namespace troupe::meetings::records
