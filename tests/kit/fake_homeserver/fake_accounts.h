// Accounts in memory, with what tests do to them behind the port's back.
#pragma once
#include <map>
#include <set>

#include "base/clock.h"
#include "base/mutex.h"
#include "kit/fake_homeserver/fake_rooms.h"
#include "matrix/accounts.h"

namespace troupe::kit {

class FakeAccounts : public matrix::Accounts {
 public:
  /// `rooms`: those that the accounts join when they are made, and leave when they are closed.
  FakeAccounts(const base::Clock& clock, FakeRooms& rooms) : clock_(clock), rooms_(rooms) {}

  // For tests.
  void add_person(const std::string& localpart, std::string password = "secret-password", bool admin = false);
  void set_flags(const std::string& user_id, bool deactivated, bool locked);
  void set_suspended(const std::string& user_id, bool suspended);
  void set_admin_flag(const std::string& user_id, bool admin);
  /// How its person comes in; before that nobody knows.
  void set_ways_in(const std::string& user_id, matrix::WaysIn ways);
  /// New passwords are that long at least.
  void set_least_password(std::size_t bytes);
  void add_device(const std::string& user_id, std::string device_id);
  /// The next `count` look-ups of accounts fail.
  void fail_accounts(int count);
  /// The access tokens that are in force, by account and device.
  std::map<std::pair<std::string, std::string>, std::string> tokens() const;
  /// Where the last check of a password came from.
  std::string password_asked_from() const;

  // The port.
  const std::string& server_name() const override;
  Task<matrix::Account> create_account(matrix::NewAccount wanted) override;
  Task<matrix::Account> account(std::string user_id) override;
  Task<std::optional<matrix::WaysIn>> ways_in(std::string user_id) override;
  Task<matrix::AccountPage> accounts(matrix::AccountQuery query) override;
  Task<matrix::Account> check_password(std::string user, std::string password, std::string address = {}) override;
  Task<Unit> set_password(std::string user_id, std::string password, bool logout_devices) override;
  Task<Unit> set_admin(std::string user_id, bool admin) override;
  Task<Unit> set_display_name(std::string user_id, std::string display_name) override;
  Task<Unit> deactivate(std::string user_id) override;
  Task<matrix::IssuedToken> issue_token(std::string user_id, std::string device_id) override;
  Task<Unit> revoke_token(std::string user_id, std::string device_id) override;
  Task<std::vector<matrix::BulkAccount>> create_accounts(std::vector<matrix::NewAccount> wanted,
                                                         std::optional<std::string> join_room,
                                                         std::function<void(std::size_t)> done) override;
  Task<Unit> set_locked(std::string user_id, bool locked) override;
  Task<std::vector<matrix::AccountSession>> sessions(std::string user_id) override;
  Task<Unit> end_session(std::string user_id, std::string device_id) override;
  Task<Unit> end_all_sessions(std::string user_id) override;

 private:
  Result<matrix::Account*> find(const std::string& user_id) REQUIRES(mutex_);
  Result<Unit> check_new_password(std::string_view password) const REQUIRES(mutex_);
  /// Error: conflict, when nobody else may administrate.
  Result<Unit> may_lose(const std::string& user_id) const REQUIRES(mutex_);
  void sign_out(const std::string& user_id) REQUIRES(mutex_);

  const base::Clock& clock_;
  FakeRooms& rooms_;
  mutable base::Mutex mutex_;
  std::map<std::string, matrix::Account> accounts_ GUARDED_BY(mutex_);
  std::map<std::string, matrix::WaysIn> ways_in_ GUARDED_BY(mutex_);
  std::map<std::string, std::string> passwords_;
  std::map<std::string, std::set<std::string>> devices_;
  std::map<std::pair<std::string, std::string>, std::string> tokens_;
  std::string password_asked_from_;
  std::size_t least_password_ = 1;
  int issued_ = 0;
  int failing_ = 0;
};

}  // namespace troupe::kit
