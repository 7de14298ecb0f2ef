#include "assistant/tasks/lives.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>

#include "assistant/tasks/life_store.h"
#include "base/log.h"
#include "store/durable_file.h"

namespace troupe::assistant::tasks {
namespace {

/// Of other processes, those that wrote last.
constexpr std::size_t kMostOthers = 64;
constexpr std::size_t kMostNameBytes = 200;
constexpr std::size_t kDigits = 20;
constexpr std::size_t kMostBytes = 2 * (kMostOthers + 1) * (kMostNameBytes + kDigits + 2);
/// Of the one line that earlier programs wrote: the count of all processes.
const std::string kOfAll;

/// Always as long as before: what stands there is overwritten in place.
std::string as_line(std::int64_t number, std::string_view holder) { return fmt::format("{:020} {}\n", number, holder); }

/// Half a line says nothing.
std::optional<std::pair<std::string, std::int64_t>> in_line(std::string_view line, bool first) {
  std::int64_t number = 0;
  const auto digits = line.substr(0, kDigits);
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = digits.size() == kDigits && end == digits.data() + kDigits;
  if (failed != std::errc() || !whole || number <= 0) return std::nullopt;
  const auto name = line.substr(kDigits);
  if (name.empty()) return first ? std::optional(std::pair(kOfAll, number)) : std::nullopt;
  if (!name.starts_with(' ') || name.size() == 1 || name.size() > kMostNameBytes) return std::nullopt;
  return std::pair(std::string(name.substr(1)), number);
}

Error no_file(const std::filesystem::path& file) {
  return Error(Errc::unavailable, fmt::format("{} cannot be written: {}", file.string(),
                                              std::error_code(errno, std::generic_category()).message()));
}

using Numbers = std::map<std::string, std::int64_t>;  ///< of processes, the newest of each

Numbers newest_in(store::Connection& c) {
  Numbers newest;
  for (auto& each : life_store::newest(c, kMostOthers)) newest[std::move(each.holder)] = each.number;
  return newest;
}

/// Whether this database lacks what a folder knows. One that is not named here any more is no sign by itself.
bool is_older(store::Connection& c, const Numbers& newest, const Numbers& known, const std::string& own) {
  const auto now = life_store::now(c);
  return std::ranges::any_of(known, [&](const auto& each) {
    const auto& [holder, number] = each;
    const auto found = newest.find(holder);
    const auto there = found != newest.end() ? found->second : life_store::of(c, holder);
    if (there == 0 && holder != own) return number > now.number;
    return number > there;
  });
}

void begin_life(store::Tx& tx, const Numbers& known) {
  auto life = life_store::now(tx);
  ++life.life;
  for (const auto& [holder, number] : known) {
    life.number = std::max(life.number, number);
    if (holder != kOfAll) life_store::raise(tx, {.holder = holder, .number = number});  // seen once
  }
  ++life.number;
  life_store::put(tx, life);
}

}  // namespace

Lives::~Lives() {
  if (handle_ >= 0) ::close(handle_);
}

Result<Unit> Lives::read() {
  TRY(const auto text, store::read_whole(file_, kMostBytes));
  const base::Lock lock(mutex_);
  auto rest = text ? std::string_view(*text) : std::string_view();
  for (bool first = true; !rest.empty(); first = false) {
    const auto end = rest.find('\n');
    if (const auto line = in_line(rest.substr(0, end), first)) {
      auto& number = known_[line->first];
      number = std::max(number, line->second);
    }
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  }
  was_read_ = true;
  return Unit{};
}

Task<Unit> Lives::start() { return follow(); }

Task<Unit> Lives::follow() {
  bool first = false;
  {
    const base::Lock lock(mutex_);
    first = !was_read_;
  }
  if (first) {
    auto reading = read();
    const base::Lock lock(mutex_);
    if (!said(std::move(reading))) co_return Unit{};
  }
  Numbers known;
  {
    const base::Lock lock(mutex_);
    known = known_;
  }
  struct Seen {
    Numbers others;
    bool is_older = false;
  };
  auto look = [&](store::Connection& c) -> Result<Seen> {
    Seen seen{.others = newest_in(c)};
    seen.is_older = is_older(c, seen.others, known, holder_);
    return seen;
  };
  auto write = [&](store::Tx& tx) -> Result<Seen> {
    TRY(auto seen, look(tx));
    if (seen.is_older) begin_life(tx, known);
    return look(tx);
  };
  CO_TRY(auto seen, co_await db_.read(look));
  if (seen.is_older) {
    base::log_warning("assistant",
                      "The database is an older copy of itself: what its tasks write may have been done in the time "
                      "that is lost, and is looked for first.");
    CO_TRY(seen, co_await db_.write(write));
  }
  const base::Lock lock(mutex_);
  learn(seen.others);
  if (known_ == known && handle_ >= 0 && trouble_.empty()) co_return Unit{};
  const auto now = text();
  static_cast<void>(said(handle_ < 0 || now.size() != size_ ? open(now) : put(now)));
  co_return Unit{};
}

void Lives::learn(const Numbers& others) {
  known_.erase(kOfAll);
  // Its own is what was noted: one that the database alone has was not sent.
  for (const auto& [holder, number] : others) {
    if (holder == holder_ || holder.empty() || holder.size() >= kMostNameBytes || holder.find('\n') != holder.npos)
      continue;
    auto& known = known_[holder];
    known = std::max(known, number);
  }
  while (known_.size() > kMostOthers + 1) {
    auto oldest = known_.end();
    for (auto at = known_.begin(); at != known_.end(); ++at) {
      if (at->first != holder_ && (oldest == known_.end() || at->second < oldest->second)) oldest = at;
    }
    known_.erase(oldest);
  }
}

std::string Lives::text() const {
  // The own line first, and there from the beginning: the others keep their places while it grows.
  const auto own = known_.find(holder_);
  auto out = as_line(own == known_.end() ? 0 : own->second, holder_);
  for (const auto& [holder, number] : known_) {
    if (holder != holder_) out += as_line(number, holder);
  }
  return out;
}

Result<Unit> Lives::open(const std::string& text) {
  TRY(store::write_durably(file_, text));
  if (handle_ >= 0) ::close(handle_);
  size_ = text.size();
  handle_ = ::open(file_.c_str(), O_WRONLY | O_CLOEXEC);
  if (handle_ < 0) return no_file(file_);
  return Unit{};
}

Result<Unit> Lives::put(const std::string& text) {
  if (::pwrite(handle_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) return no_file(file_);
  return Unit{};
}

Result<Unit> Lives::said(Result<Unit> outcome) {
  if (outcome) {
    if (!trouble_.empty()) base::log_info("assistant", file_.string() + " can be written again: steps that write run.");
    trouble_.clear();
    return outcome;
  }
  auto words = outcome.error().message();
  while (words.ends_with('.')) words.pop_back();
  words += ": no step of the assistant that writes runs";
  if (words != trouble_) base::log_error("assistant", words);
  trouble_ = std::move(words);
  return outcome;
}

Result<Unit> Lives::ready() {
  const base::Lock lock(mutex_);
  if (handle_ < 0) return Error(Errc::unavailable, trouble_.empty() ? "The assistant has not started." : trouble_);
  return said(put(text()));
}

Result<Unit> Lives::note(std::int64_t number) {
  const base::Lock lock(mutex_);
  auto& own = known_[holder_];
  if (number <= own && trouble_.empty()) return Unit{};
  own = std::max(own, number);
  if (handle_ < 0) return Error(Errc::unavailable, "The assistant has not started.");
  return said(put(text()));
}

std::optional<std::string> Lives::trouble() const {
  const base::Lock lock(mutex_);
  return trouble_.empty() ? std::nullopt : std::optional(trouble_);
}

}  // namespace troupe::assistant::tasks
