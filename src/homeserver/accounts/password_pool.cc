#include "homeserver/accounts/password_pool.h"

#include <algorithm>
#include <thread>

#include "base/crypto.h"
#include "base/on_pool.h"

namespace troupe::homeserver::accounts {
namespace {

bool verify_or_pretend(const std::optional<std::string>& stored_hash, const std::string& password) {
  // Made at the first use: a hash that no password is known for.
  static const std::string dummy = base::hash_password(base::random_bytes(32)).value_or("");
  const bool fits = base::verify_password(stored_hash ? *stored_hash : dummy, password);
  return fits && stored_hash.has_value();
}

}  // namespace

PasswordPool::PasswordPool(asio::thread_pool& threads)
    : threads_(threads), gate_(std::max(1U, std::thread::hardware_concurrency() / 2), kMaxWaiting) {}

Task<store::AsyncGate::Pass> PasswordPool::enter() {
  auto pass = co_await gate_.enter();
  if (pass) co_return *std::move(pass);
  co_return Error(Errc::limit_exceeded, "Too many people are signing in at the moment; try again in a second.")
      .with_retry_after(std::chrono::seconds(1));
}

Task<std::string> PasswordPool::hash(std::string password) {
  if (password.empty()) co_return Error(Errc::invalid_param, "The password may not be empty.");
  if (password.size() > kMaxPasswordBytes) {
    co_return Error(Errc::invalid_param, "The password is longer than 512 bytes.");
  }
  CO_TRY(const auto pass, co_await enter());
  auto work = [password = std::move(password)] { return base::hash_password(password); };
  co_return co_await base::on_pool(threads_, std::move(work));
}

Task<bool> PasswordPool::verify(std::optional<std::string> stored_hash, std::string password) {
  if (password.size() > kMaxPasswordBytes) password.clear();  // never fits: hash() refuses both
  CO_TRY(const auto pass, co_await enter());
  auto work = [stored = std::move(stored_hash), password = std::move(password)] {
    return verify_or_pretend(stored, password);
  };
  co_return co_await base::on_pool(threads_, std::move(work));
}

}  // namespace troupe::homeserver::accounts
