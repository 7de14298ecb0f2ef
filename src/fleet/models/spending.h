// Money for models: reserved before a call, settled after, never more than the day's limits.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "base/metrics.h"
#include "base/task.h"
#include "fleet/models/endpoint.h"
#include "fleet/models/spending_store.h"

namespace troupe::fleet::models {

inline constexpr std::int64_t kLeastAnswer = 64;  ///< tokens

/// Of a UTC day; nothing: none. Each amount is what calls may cost, reservations included.
struct SpendingLimits {
  std::optional<Micros> person = {};
  std::optional<Micros> bot = {};
  std::optional<Micros> tenant = {};
  bool any() const { return person || bot || tenant; }
};

/// A call that is about to be made.
struct PlannedCall {
  std::int64_t tenant_id = 1;
  std::string bot_id;
  std::string person;
  Endpoint endpoint;
  std::int64_t tokens_in = 0;             ///< at most so many: what is reserved must do
  std::int64_t tokens_out = 0;            ///< as many as the answer may have
  std::chrono::milliseconds patience{0};  ///< it will have ended by then
  std::optional<Micros> bot_limit = {};   ///< of the bot's own; the smaller one of it and the server's holds
};

/// What a call was, once it is over.
struct CallEnd {
  std::int64_t tokens_in = 0;
  std::int64_t tokens_out = 0;
  bool counted = false;  ///< by the server; else it is our guess
};

class Spending;

/// Money put aside for one call. Dropped without settle() (the question was cancelled), it is settled in the background
/// by what `if_dropped` says. Moved only.
class Reservation {
 public:
  Reservation() = default;  ///< of nothing
  Reservation(Reservation&&) noexcept;
  Reservation& operator=(Reservation&&) = delete;
  ~Reservation();

  /// The longest answer that the reserved money pays for; nothing: no limit holds.
  std::optional<std::int64_t> longest_answer() const { return longest_answer_; }
  /// What it has cost if nobody settles it.
  void if_dropped(CallEnd end) { dropped_ = end; }
  /// Books what it has cost; once. Errors: those of the database; then it is booked in the background when it can be.
  Task<Unit> settle(CallEnd end);

 private:
  friend class Spending;
  Reservation(Spending& spending, std::int64_t id, std::optional<Price> price,
              std::optional<std::int64_t> longest_answer);

  Spending* spending_ = nullptr;     ///< nullptr: settled, or moved away
  std::weak_ptr<const bool> alive_;  ///< what is left of a program that ends may go after everything else
  std::int64_t id_ = 0;
  std::optional<Price> price_;
  std::optional<std::int64_t> longest_answer_;
  CallEnd dropped_;
};

/// One per process, for all bots; the database holds the truth, so that several processes keep one limit. Callable from
/// any thread. Database and metrics outlive whatever `home` still runs of it.
class Spending {
 public:
  struct Uses {
    store::Database& db;
    const base::Clock& clock;
    base::MetricRegistry& metrics;
    asio::any_io_executor home;  ///< where dropped reservations are settled
  };
  Spending(const Uses& uses, SpendingLimits limits);

  const SpendingLimits& limits() const { return limits_; }

  /// Puts the price of the question and of its longest answer aside; where a limit holds, of one that a quarter of it
  /// pays for (kLeastAnswer tokens at least). Durable when it completes. Errors: limit_exceeded (a limit of the day;
  /// with retry_after when only calls that are under way stand in between), unsupported (a limit holds and the model's
  /// price is not known), unavailable.
  Task<Reservation> reserve(PlannedCall call);

  /// Of a day, the dearest first.
  Task<SumPage> sums(std::int64_t tenant_id, std::int64_t day, Scope scope, std::int64_t from, std::int64_t limit);
  /// Of a day, newest first; empty texts: of all bots, of all persons.
  Task<CallPage> calls(std::int64_t tenant_id, std::int64_t day, std::string bot_id, std::string person,
                       std::int64_t from, std::int64_t limit);

  /// Books reservations whose process has gone away as spent: whether their calls were made nobody knows. A job.
  Task<Unit> expire();
  /// Forgets days that are older than `days` by `now`.
  Task<Unit> tidy(base::UnixMs now, std::int64_t days);

 private:
  friend class Reservation;
  /// What booking needs: it goes on in the background, perhaps longer than this.
  struct Books {
    store::Database& db;
    base::Counter& spent_total;
    bool limited;
  };
  Books books() const { return {.db = uses_.db, .spent_total = spent_total_, .limited = limits_.any()}; }
  static Task<Unit> book(Books books, std::int64_t id, std::optional<Price> price, CallEnd end);
  void book_later(std::int64_t id, std::optional<Price> price, CallEnd end);

  Uses uses_;
  SpendingLimits limits_;
  base::Counter& spent_total_;
  base::Counter& refused_total_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

/// Beyond a call's patience, before what it reserved counts as spent.
inline constexpr std::chrono::milliseconds kReservedLonger{300'000};

/// Days since 1970 by UTC.
inline std::int64_t day_of(base::UnixMs at) { return at / 86'400'000; }
/// "2026-11-20" to the number of the day, and back.
std::optional<std::int64_t> parse_day(std::string_view text);
std::string write_day(std::int64_t day);

}  // namespace troupe::fleet::models
