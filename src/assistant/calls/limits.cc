#include "assistant/calls/limits.h"

#include <algorithm>

namespace troupe::assistant::calls {
namespace {

using std::chrono::nanoseconds;

bool applies(const packs::Rate& rate, const openapi::Operation& operation) {
  const auto among = [](const auto& list, const auto& value) {
    return list.empty() || std::ranges::find(list, value) != list.end();
  };
  return among(rate.methods, operation.method) && among(rate.operations, operation.name);
}

std::string value_at(const JsonObject& arguments, std::string_view pointer) {
  boost::system::error_code failed;
  const Json whole = arguments;
  const auto* found = whole.find_pointer(pointer, failed);
  if (!found) return {};
  return found->is_string() ? std::string(matrix::view(found->get_string())) : matrix::canonical_json(*found);
}

constexpr std::size_t kMaxKeyBytes = 200;

}  // namespace

std::vector<LimitOf> limits_of(const Service& service, const packs::Offered& offered, const JsonObject& arguments) {
  const auto& config = service.pack->config;
  const auto& operation = offered.operation;
  std::vector<LimitOf> out;
  for (std::size_t i = 0; i < config.rates.size(); ++i) {
    const auto& rate = config.rates[i];
    if (!applies(rate, operation)) continue;
    std::string key = config.service + "\n" + (rate.all_keys ? service.base_url : service.account) + "\n" +
                      (rate.all_keys ? "all " : "") + std::to_string(i);
    for (const auto& by : rate.per) {
      key += '\n';
      key += by == "operation" ? operation.name
             : by == "method"  ? operation.method
                               : value_at(arguments, by).substr(0, kMaxKeyBytes);
    }
    out.push_back({.key = std::move(key), .calls = rate.calls, .seconds = rate.seconds, .shared = rate.all_keys});
  }
  if (std::ranges::all_of(out, &LimitOf::shared))
    out.push_back({.key = config.service + "\n" + service.account + "\n" + operation.name});
  return out;
}

void Limits::Bucket::fill(TimePoint now) {
  if (capacity == 0 || now <= filled) return;
  const auto fresh = static_cast<std::size_t>((now - filled) / interval);
  filled += fresh * interval;
  tokens = std::min(capacity, tokens + std::min(fresh, capacity));
  if (tokens == capacity) filled = now;  // a full bucket gathers nothing
}

nanoseconds Limits::Bucket::wait_of(TimePoint now, std::size_t before) const {
  const auto held = std::max(nanoseconds(held_until - now), nanoseconds(0));
  if (capacity == 0 || tokens > before) return held;
  return std::max(held, nanoseconds(filled - now) + static_cast<std::int64_t>(before - tokens + 1) * interval);
}

Result<std::vector<std::shared_ptr<Limits::Bucket>>> Limits::buckets_of(const std::vector<LimitOf>& limits,
                                                                        TimePoint now) {
  if (buckets_.size() + limits.size() > kMaxLimits) {
    std::erase_if(buckets_, [&](auto& each) {
      auto& bucket = *each.second;
      bucket.fill(now);
      return bucket.line.empty() && now >= bucket.held_until && bucket.tokens == bucket.capacity;
    });
  }
  std::vector<std::shared_ptr<Bucket>> out;
  for (const auto& limit : limits) {
    auto found = buckets_.find(limit.key);
    if (found == buckets_.end()) {
      if (buckets_.size() >= kMaxLimits) return Error(Errc::limit_exceeded, "too many calls under way");
      auto made = std::make_shared<Bucket>();
      if (limit.calls != 0) {
        // A burst and what fills up behind it stay within the limit together.
        made->capacity = std::max<std::size_t>(1, limit.calls / 4);
        const auto rest = made->capacity == 1 ? limit.calls : limit.calls - made->capacity;
        made->interval = nanoseconds(std::chrono::seconds(limit.seconds)) / static_cast<std::int64_t>(rest);
      }
      made->tokens = made->capacity;
      made->filled = now;
      found = buckets_.emplace(limit.key, std::move(made)).first;
    }
    found->second->fill(now);
    out.push_back(found->second);
  }
  return out;
}

bool Limits::take_turn(const Waiter& waiter, TimePoint now) {
  const auto is_ready = [now](const Waiter& each) {
    return std::ranges::all_of(each.buckets, [now](const auto& bucket) {
      bucket->fill(now);
      return bucket->open(now);
    });
  };
  if (!is_ready(waiter)) return false;
  for (const auto& bucket : waiter.buckets) {
    // Among the first so many there is a token for each: nobody before them needs to be asked.
    if (bucket->capacity == 0 || place_of(*bucket, waiter) < bucket->tokens) continue;
    std::size_t earlier = 0;  // who came before and could go, too, has the first tokens
    for (const auto* each : bucket->line) {
      if (each == &waiter) break;
      if (is_ready(*each) && ++earlier >= bucket->tokens) return false;
    }
  }
  for (const auto& bucket : waiter.buckets) bucket->tokens -= bucket->capacity == 0 ? 0 : 1;
  return true;
}

std::size_t Limits::place_of(const Bucket& bucket, const Waiter& waiter) {
  const auto found =
      std::ranges::lower_bound(bucket.line, waiter.ticket, {}, [](const Waiter* each) { return each->ticket; });
  return static_cast<std::size_t>(found - bucket.line.begin());
}

nanoseconds Limits::wait_of(const Waiter& waiter, TimePoint now) {
  nanoseconds longest{0};
  for (const auto& bucket : waiter.buckets) {
    longest = std::max(longest, bucket->wait_of(now, place_of(*bucket, waiter)));
  }
  return longest;
}

void Limits::leave(Waiter* waiter) {
  const base::Lock lock(mutex_);
  for (const auto& bucket : waiter->buckets) {
    const auto at = bucket->line.begin() + static_cast<std::ptrdiff_t>(place_of(*bucket, *waiter));
    if (at != bucket->line.end() && *at == waiter) bucket->line.erase(at);
  }
}

Task<Unit> Limits::enter(std::vector<LimitOf> limits, TimePoint until, CallContext context) {
  Waiter waiter;
  // Whatever ends the coroutine, its place in the lines goes with it.
  const std::unique_ptr<Waiter, std::function<void(Waiter*)>> place(&waiter, [this](auto* each) { leave(each); });
  for (bool first = true;; first = false) {
    nanoseconds wait{0};
    {
      const base::Lock lock(mutex_);
      const auto now = clock_.steady();
      if (first) {
        CO_TRY(waiter.buckets, buckets_of(limits, now));
        for (const auto& bucket : waiter.buckets) {
          if (bucket->line.size() >= kMaxWaitingCalls)
            co_return Error(Errc::limit_exceeded, "too many calls wait for the service's limit");
        }
        waiter.ticket = ++tickets_;
        for (const auto& bucket : waiter.buckets) bucket->line.push_back(&waiter);
      }
      if (take_turn(waiter, now)) co_return Unit{};
      wait = wait_of(waiter, now);
      if (now + wait > until) {
        const auto after = std::chrono::ceil<std::chrono::milliseconds>(wait);
        co_return Error(Errc::limit_exceeded, "the service's limit is used up").with_retry_after(after);
      }
    }
    const auto time = std::max(std::chrono::ceil<std::chrono::milliseconds>(wait), std::chrono::milliseconds(1));
    const auto piece = std::min(time, kLookEvery);
    if (!co_await pause_for(pause_, clock_, piece, context)) co_return Error(Errc::conflict, "cancelled");
  }
}

void Limits::hold(const std::vector<LimitOf>& limits, std::chrono::milliseconds time) {
  const base::Lock lock(mutex_);
  const auto now = clock_.steady();
  const auto buckets = buckets_of(limits, now);
  if (!buckets) return;
  for (std::size_t i = 0; i < limits.size(); ++i) {
    auto& bucket = *(*buckets)[i];
    // What one account hears does not hold up all others.
    if (!limits[i].shared) bucket.held_until = std::max(bucket.held_until, now + time);
  }
}

std::size_t Limits::size() const {
  const base::Lock lock(mutex_);
  return buckets_.size();
}

}  // namespace troupe::assistant::calls
