#include "homeserver/password_pool.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/crypto.h"

namespace troupe::homeserver {
namespace {

asio::awaitable<Result<std::string>> hash_there(std::string password) { co_return base::hash_password(password); }

asio::awaitable<bool> verify_there(std::optional<std::string> stored_hash, std::string password) {
  // Made at the first use: a hash that no password is known for.
  static const std::string dummy = base::hash_password(base::random_bytes(32)).value_or("");
  const bool fits = base::verify_password(stored_hash ? *stored_hash : dummy, password);
  co_return fits && stored_hash.has_value();
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
  asio::any_io_executor pool = cpu_.get_executor();
  auto work = hash_there(std::move(password));
  co_return co_await asio::co_spawn(pool, std::move(work), asio::use_awaitable);
}

Task<bool> PasswordPool::verify(std::optional<std::string> stored_hash, std::string password) {
  if (password.size() > kMaxPasswordBytes) password.clear();  // never fits: hash() refuses both
  const Place place(waiting_);
  CO_TRY([[maybe_unused]] Unit admitted, place.check());
  asio::any_io_executor pool = cpu_.get_executor();
  auto work = verify_there(std::move(stored_hash), std::move(password));
  co_return co_await asio::co_spawn(pool, std::move(work), asio::use_awaitable);
}

}  // namespace troupe::homeserver
