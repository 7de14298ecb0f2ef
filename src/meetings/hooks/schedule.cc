#include "meetings/hooks/schedule.h"

namespace troupe::meetings::hooks {
namespace {

constexpr double kJitter = 0.1;
constexpr std::int64_t kRequestTimeout = 408;
constexpr std::int64_t kTooEarly = 425;
constexpr std::int64_t kTooMany = 429;

}  // namespace

bool is_permanent(int status) {
  if (status == kRequestTimeout || status == kTooEarly || status == kTooMany) return false;
  return status >= 300 && status <= 499;
}

Delivery after_try(Delivery delivery, const Try& tried, base::UnixMs now, double chance) {
  delivery.tries += 1;
  delivery.status = tried.status;
  delivery.problem = tried.problem;
  if (tried.problem.empty()) {
    delivery.state = DeliveryState::delivered;
    delivery.done_ms = now;
    return delivery;
  }
  const bool is_last = std::cmp_greater_equal(delivery.tries, kPauses.size()) || delivery.event_type == kPing ||
                       now - delivery.begun_ms >= std::chrono::milliseconds(kLongestTrying).count();
  if (is_last || tried.refused || is_permanent(tried.status)) {
    delivery.state = DeliveryState::dead;
    delivery.done_ms = now;
    return delivery;
  }
  const auto pause = static_cast<double>(kPauses.at(static_cast<std::size_t>(delivery.tries)).count());
  delivery.due_ms = now + static_cast<base::UnixMs>(pause * (1.0 + kJitter * (2.0 * chance - 1.0)));
  return delivery;
}

}  // namespace troupe::meetings::hooks
