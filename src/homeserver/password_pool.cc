#include "homeserver/password_pool.h"

#include "base/crypto.h"
#include "homeserver/on_pool.h"

namespace troupe::homeserver {
namespace {

bool verify_or_pretend(const std::optional<std::string>& stored_hash, const std::string& password) {
  // Made at the first use: a hash that no password is known for.
  static const std::string dummy = base::hash_password(base::random_bytes(32)).value_or("");
  const bool fits = base::verify_password(stored_hash ? *stored_hash : dummy, password);
  return fits && stored_hash.has_value();
}

}  // namespace

/// One of the bounded places; given back at the end of the scope.
class PasswordPool::Place {
 public:
  explicit Place(std::atomic<int>& waiting) : waiting_(waiting), taken_(waiting.fetch_add(1) < kMaxWaiting) {}
  ~Place() { waiting_.fetch_sub(1); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  Result<Unit> check() const {
    if (taken_) return Unit{};
    return Error(Errc::limit_exceeded, "Too many people are signing in at the moment; try again in a second.")
        .with_retry_after(std::chrono::seconds(1));
  }

 private:
  std::atomic<int>& waiting_;
  bool taken_;
};

Task<std::string> PasswordPool::hash(std::string password) {
  if (password.empty()) co_return Error(Errc::invalid_param, "The password may not be empty.");
  if (password.size() > kMaxPasswordBytes) {
    co_return Error(Errc::invalid_param, "The password is longer than 512 bytes.");
  }
  const Place place(waiting_);
  CO_TRY([[maybe_unused]] Unit admitted, place.check());
  auto work = [password = std::move(password)] { return base::hash_password(password); };
  co_return co_await on_pool(cpu_, std::move(work));
}

Task<bool> PasswordPool::verify(std::optional<std::string> stored_hash, std::string password) {
  if (password.size() > kMaxPasswordBytes) password.clear();  // never fits: hash() refuses both
  const Place place(waiting_);
  CO_TRY([[maybe_unused]] Unit admitted, place.check());
  auto work = [stored = std::move(stored_hash), password = std::move(password)] {
    return verify_or_pretend(stored, password);
  };
  co_return co_await on_pool(cpu_, std::move(work));
}

}  // namespace troupe::homeserver
