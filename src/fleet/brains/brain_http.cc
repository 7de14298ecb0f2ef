#include "fleet/brains/brain_http.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

namespace troupe::fleet::brains {
namespace {

constexpr std::chrono::milliseconds kLook{250};

/// A decimal number without sign or exponent.
std::optional<double> decimal(std::string_view text) {
  if (text.empty() || text.size() > 12 || text.find_first_not_of("0123456789.") != text.npos) return std::nullopt;
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

asio::awaitable<bool> pause_while_wanted(std::chrono::milliseconds time, ReplyStream& stream) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  auto until = std::chrono::steady_clock::now() + time;
  while (stream.wanted()) {
    auto now = std::chrono::steady_clock::now();
    if (now >= until) co_return true;
    timer.expires_at(std::min(until, now + kLook));
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_return false;
}

std::optional<base::UnixMs> parse_http_date(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  if (text.empty() || text.size() > kLongest) return std::nullopt;
  const std::string line(text);
  // "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994".
  for (const char* form : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    std::tm utc{};
    const char* end = strptime(line.c_str(), form, &utc);
    if (end == nullptr || *end != '\0') continue;
    return static_cast<base::UnixMs>(timegm(&utc)) * 1000;
  }
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> retry_after(const net::http::Headers& headers, base::UnixMs now) {
  if (auto exact = decimal(headers.get("retry-after-ms"))) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(*exact));
  }
  if (auto seconds = decimal(headers.get("Retry-After"))) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(*seconds * 1000));
  }
  if (auto date = parse_http_date(headers.get("Retry-After"))) {
    return std::chrono::milliseconds(std::max<base::UnixMs>(0, *date - now));
  }
  return std::nullopt;
}

std::string as_sentence(std::string text) {
  if (!text.empty() && text.find_last_of(".!?") != text.size() - 1) text += '.';
  return text;
}

bool is_worth_retrying(int status) {
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504 ||
         status == 529;
}

std::optional<std::chrono::milliseconds> retry_pause(int tried, std::optional<std::chrono::milliseconds> asked,
                                                     std::chrono::milliseconds longest) {
  auto pause = asked.value_or(std::chrono::seconds(1LL << std::clamp(tried - 1, 0, 6)));
  if (pause > longest) return asked ? std::nullopt : std::optional(longest);
  return pause;
}

}  // namespace troupe::fleet::brains
