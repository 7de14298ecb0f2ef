#include "fleet/models/money.h"

#include <algorithm>

namespace troupe::fleet::models {
namespace {

constexpr std::size_t kPlaces = 6;

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::int64_t number(std::string_view digits) {
  std::int64_t value = 0;
  for (char c : digits) value = value * 10 + (c - '0');
  return value;
}

/// Without an overflow: tokens up to kMostTokens, a price up to kMostMoney.
Micros cost(Micros per_million, std::int64_t tokens) {
  tokens = std::clamp<std::int64_t>(tokens, 0, kMostTokens);
  return tokens / kMicros * per_million + (tokens % kMicros * per_million + kMicros - 1) / kMicros;
}

}  // namespace

std::optional<Micros> parse_money(std::string_view text) {
  const auto dot = std::min(text.find('.'), text.size());
  const auto whole = text.substr(0, dot);
  if (!is_digits(whole) || whole.size() > 7) return std::nullopt;
  auto amount = number(whole) * kMicros;
  if (dot < text.size()) {
    const auto places = text.substr(dot + 1);
    if (!is_digits(places) || places.size() > kPlaces) return std::nullopt;
    std::string filled(places);
    filled.resize(kPlaces, '0');
    amount += number(filled);
  }
  if (amount > kMostMoney) return std::nullopt;
  return amount;
}

std::string write_money(Micros amount) {
  const bool minus = amount < 0;
  const auto digits = std::to_string(minus ? -amount : amount);
  auto padded = digits.size() <= kPlaces ? std::string(kPlaces + 1 - digits.size(), '0') + digits : digits;
  auto whole = padded.substr(0, padded.size() - kPlaces);
  auto places = padded.substr(padded.size() - kPlaces);
  while (places.size() > 2 && places.back() == '0') places.pop_back();
  return (minus ? "-" : "") + whole + "." + places;
}

Micros cost_of(const Price& price, std::int64_t tokens_in, std::int64_t tokens_out) {
  return cost(price.input, tokens_in) + cost(price.output, tokens_out);
}

std::int64_t affordable_tokens(const Price& price, std::int64_t tokens_in, Micros left) {
  left -= cost(price.input, tokens_in);
  if (left < 0) return 0;
  if (price.output == 0) return kMostTokens;
  // left is at most a few million units: its product with a million would not fit.
  const auto millions = left / price.output;
  if (millions >= kMostTokens / kMicros) return kMostTokens;
  const auto rest = left % price.output;
  // The part below a million, found by halves: rest * kMicros may not fit either.
  std::int64_t low = 0;
  std::int64_t high = kMicros - 1;
  while (low < high) {
    const auto middle = (low + high + 1) / 2;
    if (cost(price.output, middle) <= rest) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return millions * kMicros + low;
}

}  // namespace troupe::fleet::models
