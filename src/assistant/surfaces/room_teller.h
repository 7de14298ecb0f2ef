// Says later words in rooms, through the fleet.
#pragma once
#include "assistant/surfaces/watcher.h"
#include "fleet/triggers/voice.h"

namespace troupe::assistant::surfaces {

/// One per program; callable from any thread.
class RoomTeller : public Teller {
 public:
  RoomTeller(fleet::triggers::Voice& voice, tasks::Tasks& tasks) : voice_(voice), tasks_(tasks) {}
  asio::awaitable<void> show_files(tasks::Who who, tasks::JsonObject place, const dialogue::Reply& reply,
                                   Shown& shown) override;
  Result<Unit> tell(store::Tx& tx, const Watch& watch, const Shown& shown, const std::string& key,
                    base::UnixMs now) override;
  Result<bool> is_open(store::Connection& c, const tasks::JsonObject& place) override;
  void ring() override { voice_.ring(); }

 private:
  fleet::triggers::Voice& voice_;
  tasks::Tasks& tasks_;
};

}  // namespace troupe::assistant::surfaces
