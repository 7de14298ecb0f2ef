#include "net/server/shares.h"

#include "net/route/rate_limit.h"

namespace troupe::net::server {
namespace {

constexpr std::chrono::seconds kTryBodyAgain{5};

}  // namespace

Shares::Outcome Shares::take(std::string_view who, std::size_t amount) {
  const base::Lock lock(mutex_);
  if (amount > limits_.all || taken_ > limits_.all - amount) return Outcome::full;
  const auto at = by_holder_.find(who);
  const auto held = at == by_holder_.end() ? 0 : at->second;
  if (held > 0 && held + amount > limits_.each) return Outcome::too_much;
  taken_ += amount;
  if (at == by_holder_.end()) {
    by_holder_.emplace(who, amount);
  } else {
    at->second += amount;
  }
  return Outcome::taken;
}

void Shares::give_back(std::string_view who, std::size_t amount) {
  const base::Lock lock(mutex_);
  const auto at = by_holder_.find(who);
  if (at == by_holder_.end() || at->second < amount) return;
  taken_ -= amount;
  at->second -= amount;
  if (at->second == 0) by_holder_.erase(at);
}

std::size_t Shares::taken() const {
  const base::Lock lock(mutex_);
  return taken_;
}

Result<Unit> BodyRoom::grow_to(std::size_t bytes, std::string_view address) {
  if (bytes <= bytes_ || bytes <= kNotCounted) return Unit{};
  if (who_.empty()) who_ = route::rate_key_of_address(address);
  switch (shares_.take(who_, bytes - bytes_)) {
    case Shares::Outcome::taken:
      bytes_ = bytes;
      return Unit{};
    case Shares::Outcome::too_much:
      return Error(Errc::limit_exceeded, "Too much is on its way from your address; try again shortly.")
          .with_retry_after(kTryBodyAgain);
    case Shares::Outcome::full:
      break;
  }
  return Error(Errc::unavailable, "Too much is on its way to this server; try again shortly.")
      .with_retry_after(kTryBodyAgain);
}

void BodyRoom::clear() {
  if (bytes_ > 0) shares_.give_back(who_, bytes_);
  bytes_ = 0;
  who_.clear();
}

std::string holder_of(boost::asio::ip::address address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    address = boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
  if (address.is_loopback()) return {};
  return std::string(route::rate_key_of_address(address.to_string()));
}

}  // namespace troupe::net::server
