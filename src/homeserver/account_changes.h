// What follows from a change of an account or a device: in its rooms, among its keys, in the console.
#pragma once
#include "homeserver/accounts/account_observer.h"
#include "homeserver/crypto/device_keys.h"
#include "homeserver/delayed/delayed_events.h"
#include "homeserver/rooms/room_service.h"
#include "identity/audit.h"
#include "identity/principals.h"
#include "identity/sessions.h"

namespace troupe::homeserver {

/// One per server.
class AccountChanges final : public accounts::AccountObserver {
 public:
  /// All must outlive this; those that are pointers may be null.
  AccountChanges(rooms::RoomService& rooms, crypto::DeviceKeys& keys, delayed::DelayedEvents* delayed,
                 identity::Principals* principals, identity::Sessions* consoles, identity::Audit* audit = nullptr)
      : rooms_(rooms), keys_(keys), delayed_(delayed), principals_(principals), consoles_(consoles), audit_(audit) {}

  Task<Unit> profile_changed(std::string user_id) override { return rooms_.refresh_profile(std::move(user_id)); }
  Task<Unit> deactivated(std::string user_id) override {
    if (delayed_) CO_TRY(co_await delayed_->forget(user_id));
    co_return co_await rooms_.leave_all(std::move(user_id));
  }
  void account_changed(store::Tx& tx, const matrix::Account& account, base::UnixMs now) override {
    if (principals_) principals_->follow(tx, account, now);
  }
  void joined(store::Tx& tx, std::string_view user_id, const accounts::Joined& how, base::UnixMs now) override {
    if (!audit_) return;
    identity::AuditRecord line;
    line.actor = line.target = user_id;
    line.action = how.how == accounts::Joined::How::linked ? "user.link" : "user.register";
    line.detail["by"] = how.by;
    if (!how.provider.empty()) line.detail["provider"] = how.provider;
    if (how.admin) line.detail["admin"] = true;
    audit_->append_and_ring(tx, std::move(line), now);
  }
  void signed_out(store::Tx& tx, std::string_view user_id) override {
    if (consoles_) consoles_->end_all_of(tx, user_id);
  }
  Result<Unit> device_removed(store::Tx& tx, std::string_view user_id, std::string_view device_id) override {
    delayed::DelayedEvents::device_removed(tx, user_id, device_id);
    return keys_.device_removed(tx, user_id, device_id);
  }
  Result<Unit> device_renamed(store::Tx& tx, std::string_view user_id, std::string_view device_id) override {
    return keys_.device_renamed(tx, user_id, device_id);
  }

 private:
  rooms::RoomService& rooms_;
  crypto::DeviceKeys& keys_;
  delayed::DelayedEvents* delayed_;
  identity::Principals* principals_;
  identity::Sessions* consoles_;
  identity::Audit* audit_;
};

}  // namespace troupe::homeserver
