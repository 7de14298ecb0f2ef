#include "meetings/vexa/call_rate.h"

#include <algorithm>
#include <cmath>

#include "net/route/dialect.h"

namespace troupe::meetings::vexa {
namespace {

Result<net::http::Response> too_often(std::chrono::milliseconds wait) {
  const auto seconds = std::max<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(wait).count(), 1);
  return Error(Errc::limit_exceeded, "Rate limit exceeded").with_retry_after(wait).with_member("retry_after", seconds);
}

/// By coroutine: a closure that is one must not die before it.
Task<net::http::Response> run_limited(CallRate& rate, const net::route::Handler& run, net::route::Call& call) {
  // Nobody in particular is limited by address, before this.
  if (!call.caller) co_return co_await run(call);
  const auto taken = rate.take(call.caller->principal_id);
  auto answer = taken.wait ? too_often(*taken.wait) : co_await run(call);
  // Of what nobody expected the router makes the answer, and a line in the log.
  if (!answer && answer.error().code() == Errc::internal) co_return answer;
  auto response = answer
                      ? *std::move(answer)
                      : net::route::render_error(answer.error(), net::route::Dialect::detail, call.request.request_id);
  response.headers.add("X-RateLimit-Limit", std::to_string(CallRate::kBurst));
  response.headers.add("X-RateLimit-Remaining", std::to_string(taken.remaining));
  co_return response;
}

}  // namespace

CallRate::Taken CallRate::take(std::int64_t who) {
  const auto now = clock_.steady();
  const base::Lock lock(mutex_);
  const auto refill = [&](Bucket& bucket) {
    const auto passed = std::chrono::duration<double>(now - bucket.at).count();
    bucket.tokens = std::min<double>(kBurst, bucket.tokens + std::max(passed, 0.0) * kPerSecond);
    bucket.at = now;
  };
  // Whose bucket is full need not be remembered; if all of them call at once, they are all forgotten.
  if (buckets_.size() >= kMost && !buckets_.contains(who)) {
    for (auto& [id, known] : buckets_) refill(known);
    std::erase_if(buckets_, [](const auto& one) { return one.second.tokens >= kBurst; });
    if (buckets_.size() >= kMost) buckets_.clear();
  }
  auto& bucket = buckets_[who];
  refill(bucket);
  if (bucket.tokens < 1) {
    const auto missing = std::chrono::duration<double>((1 - bucket.tokens) / kPerSecond);
    if (enabled_) return {.remaining = 0, .wait = std::chrono::ceil<std::chrono::milliseconds>(missing)};
    return {};
  }
  bucket.tokens -= 1;
  return {.remaining = static_cast<std::int64_t>(std::floor(bucket.tokens))};
}

net::route::Handler limited(CallRate& rate, net::route::Handler run) {
  return [&rate, run = std::move(run)](net::route::Call& call) { return run_limited(rate, run, call); };
}

}  // namespace troupe::meetings::vexa
