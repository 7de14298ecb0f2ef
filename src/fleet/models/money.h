// Amounts of money and what tokens cost. Whole numbers of micro-units (0.000001 of whatever currency the prices are
// in), never floating point. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::fleet::models {

using Micros = std::int64_t;

inline constexpr Micros kMicros = 1'000'000;
/// The largest amount that people may write: a million.
inline constexpr Micros kMostMoney = 1'000'000 * kMicros;
/// Of one call; what a server claims beyond is not believed.
inline constexpr std::int64_t kMostTokens = 1'000'000'000;

/// Of a million tokens.
struct Price {
  Micros input = 0;
  Micros output = 0;
  bool operator==(const Price&) const = default;
};

/// "1", "0.15", "12.000001": at most six places, no sign, up to kMostMoney.
std::optional<Micros> parse_money(std::string_view text);
/// As parse_money() reads it, with two places at least: "0.15", "1.00".
std::string write_money(Micros amount);

/// Rounded up to the next micro-unit. Negative numbers of tokens count as none, more than kMostTokens as that many.
Micros cost_of(const Price& price, std::int64_t tokens_in, std::int64_t tokens_out);
/// How many tokens of answer `left` pays for, the question's paid. At most kMostTokens.
std::int64_t affordable_tokens(const Price& price, std::int64_t tokens_in, Micros left);

}  // namespace troupe::fleet::models
