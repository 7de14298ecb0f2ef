#include "homeserver/appservice/queries.h"

#include <atomic>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace troupe::homeserver::appservice {
namespace {

using namespace std::chrono_literals;
constexpr auto kLook = 20ms;

Error too_slow() {
  return Error(Errc::timed_out, "The bridge that has this name did not answer in time.").with_status(408);
}

}  // namespace

/// A question under way. Whoever joins it looks at `ended` from time to time: joins are few and on any thread.
struct Queries::Flight {
  std::atomic<bool> ended{false};
};

Task<bool> Queries::find_user(std::string user_id, IsThere is_there) {
  Owners owners;
  for (const auto& service : services_.all())
    if (service->listens() && service->has_user(user_id)) owners.push_back(service.get());
  if (owners.empty()) co_return false;
  co_return co_await find(std::move(user_id), std::move(owners), std::move(is_there));
}

Task<bool> Queries::find_alias(std::string alias, IsThere is_there) {
  Owners owners;
  for (const auto& service : services_.all())
    if (service->listens() && service->has_alias(alias)) owners.push_back(service.get());
  if (owners.empty()) co_return false;
  co_return co_await find(std::move(alias), std::move(owners), std::move(is_there));
}

Task<bool> Queries::find(std::string name, Owners owners, IsThere is_there) {
  std::shared_ptr<Flight> flight;
  bool first = false;
  {
    const base::Lock lock(mutex_);
    const auto found = flights_.find(name);
    if (found != flights_.end()) {
      flight = found->second;
    } else if (flights_.size() < kMaxAtOnce) {
      first = true;
      flight = flights_.emplace(name, std::make_shared<Flight>()).first->second;
    }
  }
  if (!flight) co_return false;
  if (!first) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (!flight->ended) {
      if (std::chrono::steady_clock::now() >= until) co_return too_slow();
      timer.expires_after(kLook);
      co_await timer.async_wait(asio::use_awaitable);
    }
    co_return co_await is_there();
  }
  /// Ends it whatever happens to the one who asks: a person may hang up.
  struct Ending {
    Queries& queries;
    const std::string& name;
    Flight& flight;
    ~Ending() {
      const base::Lock lock(queries.mutex_);
      queries.flights_.erase(name);
      flight.ended = true;
    }
  };
  const Ending ending{*this, name, *flight};
  co_return co_await ask(name, owners, is_there);
}

Task<bool> Queries::ask(const std::string& name, const Owners& owners, const IsThere& is_there) {
  CO_TRY(const bool before, co_await is_there());
  if (before) co_return true;
  bool timed_out = false;
  for (const auto* service : owners) {
    auto answer = name.starts_with('#') ? co_await client_.query_alias(*service, name)
                                        : co_await client_.query_user(*service, name);
    if (!answer) {
      timed_out = timed_out || answer.error().code() == Errc::timed_out;
      continue;
    }
    if (answer->status != 200) continue;
    CO_TRY(const bool made, co_await is_there());
    if (made) co_return true;
  }
  if (timed_out) co_return too_slow();
  co_return false;
}

}  // namespace troupe::homeserver::appservice
