// A room's committed state, for what judges by it.
#pragma once
#include "homeserver/memory/room.h"
#include "matrix/auth.h"

namespace troupe::homeserver::memory {

/// Under the room's lock. The room must outlive it.
class CommittedState final : public matrix::StateView {
 public:
  explicit CommittedState(const Room& room) : room_(room) {}
  matrix::EventPtr state(std::string_view type, std::string_view state_key) const override {
    const auto stored = room_.state_event(type, state_key);
    return stored ? stored->event : nullptr;
  }

 private:
  const Room& room_;
};

}  // namespace troupe::homeserver::memory
