#include "net/route/rate_limit.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/crypto.h"

namespace troupe::net::route {
namespace {

std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebULL;
  return x ^ x >> 31;
}

/// Keyed, so that nobody outside can aim at another's bucket.
std::uint64_t hash(std::uint64_t seed, Rate rate, std::string_view who) {
  std::uint64_t h = mix(seed + static_cast<std::uint64_t>(rate) + 1);
  while (!who.empty()) {
    std::uint64_t word = 0;
    const auto count = std::min<std::size_t>(8, who.size());
    std::memcpy(&word, who.data(), count);
    h = mix((h ^ word) + seed + count);
    who.remove_prefix(count);
  }
  return h ? h : 1;
}

}  // namespace

const RateClass& RateLimits::of(Rate rate) const {
  switch (rate) {
    case Rate::none:
    case Rate::read:
      return read;
    case Rate::write:
      return write;
    case Rate::message:
      return message;
    case Rate::login:
      return login;
    case Rate::registration:
      return registration;
    case Rate::join:
      return join;
    case Rate::invite:
      return invite;
    case Rate::create_room:
      return create_room;
    case Rate::upload:
      return upload;
    case Rate::search:
      return search;
  }
  return read;
}

RateLimiter::RateLimiter(RateLimits limits, const base::Clock& clock)
    : limits_(limits), clock_(clock), stripes_(kLocks) {
  const auto random = base::random_bytes(sizeof seed_);
  std::memcpy(&seed_, random.data(), sizeof seed_);
}

std::optional<std::chrono::milliseconds> RateLimiter::take(Rate rate, std::string_view who, const RateClass* own) {
  return ask(rate, who, 1, own);
}

std::optional<std::chrono::milliseconds> RateLimiter::look(Rate rate, std::string_view who) {
  return ask(rate, who, 0, nullptr);
}

std::optional<std::chrono::milliseconds> RateLimiter::ask(Rate rate, std::string_view who, double taken,
                                                          const RateClass* own) {
  if (!limits_.enabled || rate == Rate::none) return std::nullopt;
  const RateClass& numbers = own ? *own : limits_.of(rate);
  const auto key = hash(seed_, rate, who);
  const auto set = key % kSets;
  const auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady().time_since_epoch()).count();
  auto& stripe = stripes_[set % kLocks];
  const base::Lock lock(stripe.mutex);
  auto* const begin = stripe.buckets.data() + set / kLocks * kWays;
  auto* const end = begin + kWays;
  auto* bucket = std::find_if(begin, end, [&](const Bucket& b) { return b.key == key; });
  if (bucket == end) {
    bucket = std::min_element(begin, end, [](const Bucket& a, const Bucket& b) { return a.touched_ms < b.touched_ms; });
    *bucket = {.key = key, .tokens = numbers.burst, .touched_ms = now_ms};
  }
  const auto elapsed_s = static_cast<double>(std::max<std::int64_t>(0, now_ms - bucket->touched_ms)) / 1000.0;
  const double tokens = std::min(numbers.burst, bucket->tokens + elapsed_s * numbers.per_s);
  // Only whole milliseconds count; a bucket touched twice in one keeps its time and loses nothing.
  bucket->touched_ms = std::max(bucket->touched_ms, now_ms);
  if (tokens >= 1) {
    bucket->tokens = tokens - taken;
    return std::nullopt;
  }
  bucket->tokens = tokens;
  const double wait_ms = numbers.per_s > 0 ? (1 - tokens) / numbers.per_s * 1000.0 : 3'600'000.0;
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(std::max(1.0, wait_ms - 1e-6))));
}

std::string_view rate_key_of_address(std::string_view address) {
  if (address.find(':') == address.npos) return address;
  // Text of the first four groups. A "::" before that stands for a short prefix and is kept whole.
  std::size_t colons = 0;
  for (std::size_t i = 0; i < address.size(); ++i) {
    if (address[i] != ':') continue;
    if (i + 1 < address.size() && address[i + 1] == ':') return address.substr(0, std::min(address.size(), i + 2));
    if (++colons == 4) return address.substr(0, i);
  }
  return address;
}

}  // namespace troupe::net::route
