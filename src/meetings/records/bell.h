// Tells whoever follows a meeting that something of it was written.
#pragma once
#include <functional>

#include "bus/bus.h"
#include "meetings/types/meeting.h"

namespace troupe::meetings::records {

/// Rung after the commit of a change of a meeting or its transcript. Who listens looks at the rows, from where it
/// stopped: rings may be merged. Heard in this process, and through Redis in the others; without Redis others notice by
/// looking now and then. All of it from any thread.
class Bell {
 public:
  explicit Bell(bus::Bus& bus) : bus_(bus) {}
  void ring(MeetingId id) const;
  /// `heard` runs on the ringing thread: it must be quick and post its work elsewhere.
  bus::SubscriptionPtr listen(MeetingId id, std::function<void()> heard) const;
  bus::SubscriptionPtr listen_to_all(std::function<void(MeetingId)> heard) const;

 private:
  bus::Bus& bus_;
};

}  // namespace troupe::meetings::records
