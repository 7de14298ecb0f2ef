#include "assistant/calls/meaning.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "assistant/schema/exact.h"
#include "base/utc.h"

namespace troupe::assistant::calls {
namespace {

constexpr std::array<std::string_view, 6> kMeanings{"done", "past_end", "refused", "again", "sign_in", "lost"};
constexpr std::int64_t kMostRetrySeconds = 86'400;

bool says_json(const net::client::ClientResponse& response) {
  const auto type = response.headers.get("content-type");
  return type.contains("json");
}

template <class T>
bool among(const std::vector<T>& list, const T& value) {
  return std::ranges::find(list, value) != list.end();
}

/// The service says that it did nothing, and why: it is called too often, or has no time.
bool says_not_done(const packs::Errors& errors, int status, const packs::Outcome& outcome) {
  return status == 429 || among(errors.not_done_status, status) ||
         (!outcome.code.empty() && among(errors.not_done, outcome.code));
}

Judged of_broken(const packs::Offered& offered, const Arrived& arrived) {
  Judged out;
  const auto& error = *arrived.broken;
  out.message = error.message();
  const bool may_pass = error.code() == Errc::unavailable || error.code() == Errc::timed_out;
  if (!arrived.sent) {
    out.meaning = may_pass ? Meaning::again : Meaning::refused;
  } else if (offered.operation.writes) {
    out.meaning = Meaning::lost;
  } else {
    out.meaning = may_pass ? Meaning::again : Meaning::refused;
  }
  return out;
}

/// The status, the codes and what they leave open, of an answer that says that it is not well.
Meaning of_refusal(const packs::Errors& errors, bool writes, int status, const packs::Outcome& outcome) {
  if (!outcome.code.empty() && among(errors.terminal, outcome.code)) return Meaning::refused;
  if (says_not_done(errors, status, outcome)) return Meaning::again;
  if (status == 401) return Meaning::sign_in;
  if (!writes) return outcome.retry ? Meaning::again : Meaning::refused;
  const bool open = status >= 500 || status == 408 || (status >= 300 && status < 400) || status < 200 ||
                    (status < 300 && outcome.retry);
  if (open) return Meaning::lost;
  return outcome.retry ? Meaning::again : Meaning::refused;
}

Judged of_unreadable(const packs::Offered& offered, Judged out) {
  out.meaning = offered.operation.writes ? Meaning::lost : Meaning::again;
  out.message = "the answer cannot be read";
  return out;
}

}  // namespace

std::string_view name_of(Meaning meaning) { return kMeanings.at(static_cast<std::size_t>(meaning)); }

Judged judge(const Service& service, const packs::Offered& offered, const Arrived& arrived, base::UnixMs now) {
  if (arrived.broken) return of_broken(offered, arrived);
  const auto& response = arrived.response;
  const auto& errors = service.pack->config.errors;
  const auto status = response.status;
  const bool good = status >= 200 && status < 300;
  Judged out;
  // What a service calls JSON, or sends as such without saying so; all else is a file or a text.
  const auto first = response.body.find_first_not_of(" \t\r\n");
  const bool looks = first != std::string::npos && (response.body[first] == '{' || response.body[first] == '[');
  auto parsed = !response.body.empty() && (says_json(response) || looks) ? schema::parse_exact(response.body)
                                                                         : Result<Json>(Error(Errc::not_json));
  out.is_json = parsed.has_value();
  if (parsed) out.answer = *std::move(parsed);
  out.retry_after = retry_after_of(response.headers, now);
  const auto& paging = offered.paging;
  if (!offered.operation.writes && paging.end_status != 0 && status == paging.end_status) {
    out.meaning = Meaning::past_end;
    return out;
  }
  if (good && !out.is_json && !response.body.empty()) {
    // A service with a flag for "done" has said nothing without it; a good status of a write is an answer all the same.
    const bool flagged = !errors.ok.empty() && (says_json(response) || offered.operation.writes);
    if (flagged || (says_json(response) && !offered.operation.writes)) return of_unreadable(offered, std::move(out));
  }
  if (good && response.body.empty() && !errors.ok.empty() && status != 204 && offered.operation.writes)
    return of_unreadable(offered, std::move(out));
  const auto outcome = packs::judge(errors, status, out.is_json ? &out.answer : nullptr, response.body);
  if (outcome.ok) {
    out.meaning = Meaning::done;
    return out;
  }
  out.code = outcome.code;
  out.message = outcome.message.empty() ? "it answered with status " + std::to_string(status) : outcome.message;
  out.limited = says_not_done(errors, status, outcome);
  out.meaning = of_refusal(errors, offered.operation.writes, status, outcome);
  return out;
}

std::chrono::milliseconds retry_after_of(const net::http::Headers& headers, base::UnixMs now) {
  const auto value = headers.get("retry-after");
  std::int64_t seconds = 0;
  const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (failed == std::errc() && end == value.data() + value.size())
    return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, kMostRetrySeconds));
  const auto at = base::read_utc(value.substr(0, 64), base::kHttpDate);
  return std::chrono::milliseconds(at ? std::clamp<std::int64_t>(*at - now, 0, kMostRetrySeconds * 1'000) : 0);
}

std::string next_link(const net::http::Headers& headers) {
  for (const auto& [name, value] : headers.all()) {
    if (!net::http::equals_ignoring_case(name, "link")) continue;
    std::string_view rest = value;
    for (auto open = rest.find('<'); open != std::string_view::npos; open = rest.find('<')) {
      const auto close = rest.find('>', open);
      if (close == std::string_view::npos) break;
      const auto target = rest.substr(open + 1, close - open - 1);
      rest.remove_prefix(close + 1);
      const auto parameters = rest.substr(0, rest.find('<'));
      if (parameters.contains("rel=\"next\"") || parameters.contains("rel=next")) return std::string(target);
    }
  }
  return {};
}

}  // namespace troupe::assistant::calls
