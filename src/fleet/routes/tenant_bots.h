// The fleet as one caller reaches it. Handlers are given this in place of the services: there is no other way to a bot
// or a hook than through the caller's own tenant, so that the wall between tenants cannot be forgotten.
#pragma once
#include "api/caller.h"
#include "fleet/service/bot_service.h"
#include "fleet/triggers/hook_service.h"
#include "identity/authenticator.h"

namespace troupe::fleet::routes {

/// Who caused it, for the history; from which address, where a request is there.
Actor actor_of(const net::route::Caller& caller, std::string address = {});
/// Whether the caller sees how bots are set up: operators and administrators.
inline bool sees_settings(const net::route::Call& call) { return call.caller->role != net::route::Role::member; }

/// The bots of one tenant; what each function does and its errors are those of BotService. Made for one request or one
/// stream; the tasks it hands out may outlive it.
class TenantBots {
 public:
  TenantBots(service::BotService& bots, matrix::RoomActions& rooms, const net::route::Caller& caller,
             std::string address = {})
      : bots_(bots),
        rooms_(rooms),
        tenant_(caller.tenant_id),
        user_id_(caller.user_id),
        actor_(actor_of(caller, std::move(address))) {}

  Task<BotPage> list(std::string search, std::int64_t from, std::int64_t limit, std::string state = {}) const {
    return bots_.list(tenant_, std::move(search), from, limit, std::move(state));
  }
  Task<BotView> get(std::string bot_id) const { return bots_.get(tenant_, std::move(bot_id)); }
  Task<HistoryPage> history(std::string bot_id, std::string search, std::int64_t from, std::int64_t limit) const {
    return bots_.history(tenant_, std::move(bot_id), std::move(search), from, limit);
  }
  Task<TurnRecord> turn_record(std::string bot_id, std::string event_id) const {
    return bots_.turn_record(tenant_, std::move(bot_id), std::move(event_id));
  }
  Task<std::vector<matrix::RoomSummary>> rooms(std::string bot_id) const {
    return bots_.rooms(tenant_, std::move(bot_id));
  }
  /// Of the bot's rooms those that the caller is in, too.
  Task<std::vector<matrix::RoomSummary>> shared_rooms(std::string bot_id) const {
    return rooms_with(bots_, rooms_, {.tenant_id = tenant_, .bot_id = std::move(bot_id), .user_id = user_id_});
  }
  Task<LogPage> logs(std::string bot_id, LogQuery query) const {
    return bots_.logs(tenant_, std::move(bot_id), std::move(query));
  }
  Task<std::vector<UsageHour>> usage(std::string bot_id, std::int64_t hours) const {
    return bots_.usage(tenant_, std::move(bot_id), hours);
  }
  Task<BotCounts> counts() const { return bots_.counts(tenant_); }
  Task<std::optional<BotView>> find(BotKey bot) const { return bots_.find(tenant_, bot); }
  Task<std::vector<service::LiveChange>> changes_after(std::int64_t after, std::int64_t limit) const {
    return bots_.changes_after(tenant_, after, limit);
  }

  Task<service::MadeBot> create(service::NewBot wanted) const {
    return bots_.create(tenant_, std::move(wanted), actor_);
  }
  Task<service::MadeBot> change(std::string bot_id, service::BotPatch patch) const {
    return bots_.change(tenant_, std::move(bot_id), std::move(patch), actor_);
  }
  Task<BotView> start(std::string bot_id, bool fresh = false) const {
    return bots_.start(tenant_, std::move(bot_id), actor_, fresh);
  }
  Task<BotView> stop(std::string bot_id) const { return bots_.stop(tenant_, std::move(bot_id), actor_); }
  Task<BotView> restart(std::string bot_id) const { return bots_.restart(tenant_, std::move(bot_id), actor_); }
  Task<Unit> remove(std::string bot_id) const { return bots_.remove(tenant_, std::move(bot_id), actor_); }

 private:
  struct Pair {
    std::int64_t tenant_id;
    std::string bot_id;
    std::string user_id;
  };
  static Task<std::vector<matrix::RoomSummary>> rooms_with(service::BotService& bots, matrix::RoomActions& rooms,
                                                           Pair pair);

  service::BotService& bots_;
  matrix::RoomActions& rooms_;
  std::int64_t tenant_;
  std::string user_id_;
  Actor actor_;
};

/// The inbound webhooks of one tenant's bots, as HookService has them.
class TenantHooks {
 public:
  TenantHooks(triggers::HookService& hooks, const net::route::Call& call)
      : hooks_(hooks), tenant_(call.caller->tenant_id), actor_(actor_of(*call.caller, call.request.remote_address)) {}

  Task<std::vector<triggers::Hook>> list(std::string bot_id) const { return hooks_.list(tenant_, std::move(bot_id)); }
  Task<triggers::MadeHook> create(std::string bot_id, triggers::NewHook wanted) const {
    return hooks_.create(tenant_, std::move(bot_id), std::move(wanted), actor_);
  }
  Task<Unit> remove(std::string bot_id, std::string hook_id) const {
    return hooks_.remove(tenant_, std::move(bot_id), std::move(hook_id));
  }

 private:
  triggers::HookService& hooks_;
  std::int64_t tenant_;
  Actor actor_;
};

/// What handlers hold of the fleet: it opens with a caller only.
class BotDoor {
 public:
  BotDoor(service::BotService& bots, matrix::RoomActions& rooms) : bots_(bots), rooms_(rooms) {}
  TenantBots operator()(const net::route::Caller& caller) const { return {bots_, rooms_, caller}; }
  TenantBots operator()(const net::route::Call& call) const {
    return {bots_, rooms_, *call.caller, call.request.remote_address};
  }

  // What belongs to no tenant.
  const brains::BotKinds& kinds() const { return bots_.kinds(); }
  /// The number of the newest change of the whole fleet.
  Task<std::int64_t> last_change() const { return bots_.last_change(); }
  /// As BotService: `bot` is one that the caller has reached.
  Task<Unit> check_invite(BotView bot, std::string inviter, std::string room_id) const {
    return bots_.check_invite(std::move(bot), std::move(inviter), std::move(room_id));
  }
  /// The id of the bot whose account this is, for whoever has reached the account; nothing: it is no bot's.
  Task<std::optional<std::string>> bot_of_account(std::int64_t tenant_id, std::string user_id) const {
    return owner_of(bots_, tenant_id, std::move(user_id));
  }

 private:
  static Task<std::optional<std::string>> owner_of(service::BotService& bots, std::int64_t tenant_id,
                                                   std::string user_id);

  service::BotService& bots_;
  matrix::RoomActions& rooms_;
};

/// The same for hooks.
class HookDoor {
 public:
  explicit HookDoor(triggers::HookService& hooks) : hooks_(hooks) {}
  TenantHooks operator()(const net::route::Call& call) const { return {hooks_, call}; }

 private:
  triggers::HookService& hooks_;
};

}  // namespace troupe::fleet::routes
