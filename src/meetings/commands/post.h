// Carries commands to bots and word of meetings to those who follow them: by the own listener, by an outside Redis, or
// by both.
#pragma once
#include "bus/redis_channels.h"
#include "meetings/commands/listener.h"

namespace troupe::meetings::commands {

class Post final : public life::Courier {
 public:
  /// `guard` learns the tokens of bots before they have them: what others try at their address keeps none of them out.
  explicit Post(net::route::CredentialGuard& guard) : guard_(guard) {}
  /// What is used from now on; until then nobody is reached. It outlives the calls of this.
  void use(const Listener& listener) { listener_ = &listener; }
  /// Bots are handed `handed`; empty: the own listener's address.
  void use(bus::RedisChannels& redis, std::string handed);

  std::string address_for(const std::string& token) const override;
  Task<std::int64_t> tell(life::Order order) override;
  void announce(const Meeting& meeting) override;

 private:
  net::route::CredentialGuard& guard_;
  std::string handed_;  ///< written before redis_ is
  std::atomic<bus::RedisChannels*> redis_{nullptr};
  std::atomic<const Listener*> listener_{nullptr};
};

}  // namespace troupe::meetings::commands
