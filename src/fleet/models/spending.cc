#include "fleet/models/spending.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>

#include "base/log.h"
#include "base/utc.h"
#include "fleet/bots/bot_store.h"
#include "store/in_pieces.h"

namespace troupe::fleet::models {
namespace {

/// How long somebody waits who is kept off by reservations alone.
constexpr std::chrono::milliseconds kLookAgain{200};
constexpr std::int64_t kOverdueAtOnce = 200;

struct Held {
  Scope scope;
  std::string_view who;
  std::optional<Micros> limit;
};

std::array<Held, 3> held_by(const PlannedCall& call, const SpendingLimits& limits) {
  return {Held{Scope::person, call.person, limits.person}, Held{Scope::bot, call.bot_id, limits.bot},
          Held{Scope::tenant, "", limits.tenant}};
}

std::array<Held, 3> held_by(const ModelCall& call) {
  return {Held{Scope::person, call.person, {}}, Held{Scope::bot, call.bot_id, {}}, Held{Scope::tenant, "", {}}};
}

/// What the limits leave: for certain, and once all that is under way has cost nothing.
struct Left {
  Micros now = kMostMoney * 1'000;
  Micros at_best = kMostMoney * 1'000;
  Scope least = Scope::tenant;
};

Left left_of(store::Connection& c, const PlannedCall& call, const SpendingLimits& limits, std::int64_t day) {
  Left left;
  for (const auto& held : held_by(call, limits)) {
    if (!held.limit) continue;
    const auto sum = find_sum(c, call.tenant_id, day, held.scope, held.who);
    const auto now = std::max<Micros>(0, *held.limit - sum.spent - sum.reserved);
    left.at_best = std::min(left.at_best, std::max<Micros>(0, *held.limit - sum.spent));
    if (now >= left.now) continue;
    left.now = now;
    left.least = held.scope;
  }
  return left;
}

/// No single answer takes the whole of a limit: however long it may be, others are to fit beside it.
std::int64_t longest_answer(const PlannedCall& call, const SpendingLimits& limits) {
  if (!limits.any()) return call.tokens_out;
  auto least = kMostMoney;
  for (const auto& limit : {limits.person, limits.bot, limits.tenant}) least = std::min(least, limit.value_or(least));
  const auto paid = affordable_tokens(*call.endpoint.price, call.tokens_in, least / 4);
  return std::min(call.tokens_out, std::max(paid, kLeastAnswer));
}

Error over_limit(const Left& left, bool may_pass) {
  constexpr std::array<std::string_view, 3> kWhose{"of this person", "of this bot", "of this tenant"};
  Error error(Errc::limit_exceeded, fmt::format("Today's spending limit {} for language models is reached.",
                                                kWhose[static_cast<std::size_t>(left.least)]));
  if (may_pass) return std::move(error).with_retry_after(kLookAgain);
  return error;
}

void add_to_sums(store::Tx& tx, const ModelCall& call, const SpendingSum& more) {
  for (const auto& held : held_by(call)) {
    auto one = more;
    one.day = call.day;
    one.scope = held.scope;
    one.who = held.who;
    add_to_sum(tx, call.tenant_id, one);
  }
}

bool is_guess(CallState state) { return state != CallState::settled; }

/// Ends a reservation, or corrects one that had expired. Yields by how much the spent money grew.
Micros end_call(store::Tx& tx, ModelCall call, CallState state, Micros spent, const CallEnd& end) {
  const bool first = call.state == CallState::reserved;
  add_to_sums(tx, call,
              {.reserved = -call.reserved,
               .spent = spent - call.spent,
               .calls = first ? 1 : 0,
               .estimated = (is_guess(state) ? 1 : 0) - (!first && is_guess(call.state) ? 1 : 0),
               .tokens_in = end.tokens_in - call.tokens_in,
               .tokens_out = end.tokens_out - call.tokens_out});
  const auto grew = spent - call.spent;
  call.state = state;
  call.reserved = 0;
  call.spent = spent;
  call.tokens_in = end.tokens_in;
  call.tokens_out = end.tokens_out;
  call.expires_ms.reset();
  update_call(tx, call);
  return grew;
}

CallEnd believable(CallEnd end) {
  end.tokens_in = std::clamp<std::int64_t>(end.tokens_in, 0, kMostTokens);
  end.tokens_out = std::clamp<std::int64_t>(end.tokens_out, 0, kMostTokens);
  return end;
}

}  // namespace

Reservation::Reservation(Reservation&& other) noexcept
    : spending_(std::exchange(other.spending_, nullptr)),
      alive_(std::move(other.alive_)),
      id_(other.id_),
      price_(other.price_),
      longest_answer_(other.longest_answer_),
      dropped_(other.dropped_) {}

Reservation::Reservation(Spending& spending, std::int64_t id, std::optional<Price> price,
                         std::optional<std::int64_t> longest_answer)
    : spending_(&spending), alive_(spending.alive_), id_(id), price_(price), longest_answer_(longest_answer) {}

Reservation::~Reservation() {
  if (spending_ != nullptr && alive_.lock()) spending_->book_later(id_, price_, dropped_);
}

Task<Unit> Reservation::settle(CallEnd end) {
  if (spending_ == nullptr) co_return Unit{};
  dropped_ = end;  // should the question be cancelled, or the database refuse: booking twice books once
  auto booked = co_await Spending::book(spending_->books(), id_, price_, end);
  if (booked) spending_ = nullptr;
  co_return booked;
}

Spending::Spending(const Uses& uses, SpendingLimits limits)
    : uses_(uses),
      limits_(limits),
      spent_total_(uses.metrics.counter("troupe_fleet_model_spending_microunits_total",
                                        "What calls of models cost, in millionths of the prices' currency.")),
      refused_total_(uses.metrics.counter("troupe_fleet_model_refusals_total",
                                          "Calls of models that a spending limit did not allow.")) {}

Task<Reservation> Spending::reserve(PlannedCall call) {
  auto limits = limits_;
  if (call.bot_limit) limits.bot = std::min(*call.bot_limit, limits.bot.value_or(*call.bot_limit));
  const auto& price = call.endpoint.price;
  if (limits.any() && !price) {
    refused_total_.add();
    co_return Error(Errc::unsupported, "A spending limit holds, and nobody has said what the model " +
                                           call.endpoint.model + " (" + call.endpoint.name + ") costs.");
  }
  struct Granted {
    std::int64_t id = 0;
    std::int64_t longest = 0;
  };
  const auto now = uses_.clock.unix_ms();
  const auto longest = longest_answer(call, limits);
  auto put_aside = [&](store::Tx& tx) -> Result<Granted> {
    const auto day = day_of(now);
    Granted granted{.longest = longest};
    const Micros amount = price ? cost_of(*price, call.tokens_in, longest) : 0;
    if (limits.any()) {
      const auto left = left_of(tx, call, limits, day);
      if (amount > left.now) return over_limit(left, amount <= left.at_best);
    }
    granted.id = bots::next_id(tx, "model_call");
    const ModelCall row{.id = granted.id,
                        .day = day,
                        .at_ms = now,
                        .tenant_id = call.tenant_id,
                        .bot_id = call.bot_id,
                        .person = call.person,
                        .endpoint = call.endpoint.name,
                        .model = call.endpoint.model,
                        .reserved = amount,
                        .expires_ms = now + (call.patience + kReservedLonger).count()};
    insert_call(tx, row);
    add_to_sums(tx, row, {.reserved = amount});
    return granted;
  };
  auto granted = co_await uses_.db.write(put_aside);
  if (!granted) {
    if (granted.error().code() == Errc::limit_exceeded && granted.error().retry_after().count() == 0) {
      refused_total_.add();
    }
    co_return std::unexpected(std::move(granted).error());
  }
  co_return Reservation(*this, granted->id, price, limits.any() ? std::optional(granted->longest) : std::nullopt);
}

Task<Unit> Spending::book(Books books, std::int64_t id, std::optional<Price> price, CallEnd given) {
  const auto end = believable(given);
  const auto spent = price ? cost_of(*price, end.tokens_in, end.tokens_out) : 0;
  const auto state = !price ? CallState::unpriced : end.counted ? CallState::settled : CallState::estimated;
  struct Booked {
    Micros grew = 0;
    Micros beyond = 0;
  };
  auto write = [&](store::Tx& tx) -> Result<Booked> {
    auto call = find_call(tx, id);
    // Settled already: a commit that was reported as failed may have been made.
    if (!call || (call->state != CallState::reserved && call->state != CallState::expired)) return Booked{};
    const auto put_aside = call->state == CallState::reserved ? call->reserved : call->spent;
    const auto beyond = std::max<Micros>(0, spent - put_aside);
    return Booked{.grew = end_call(tx, *std::move(call), state, spent, end), .beyond = beyond};
  };
  CO_TRY(const auto booked, co_await books.db.write(write));
  if (booked.grew > 0) books.spent_total.add(static_cast<std::uint64_t>(booked.grew));
  if (booked.beyond > 0 && books.limited) {
    base::log_warning("fleet", "A call of a model cost more than was put aside for it: its server counts otherwise.",
                      {{"call", std::to_string(id)}, {"beyond", write_money(booked.beyond)}});
  }
  co_return Unit{};
}

void Spending::book_later(std::int64_t id, std::optional<Price> price, CallEnd end) {
  auto told = [id](const std::exception_ptr& failed, const Result<Unit>& booked) {
    if (!failed && booked) return;
    // It expires: then all that was put aside counts as spent.
    base::log_warning("fleet", "What a call of a model cost could not be booked.",
                      {{"call", std::to_string(id)}, {"reason", failed ? "exception" : booked.error().message()}});
  };
  asio::co_spawn(uses_.home, book(books(), id, price, end), std::move(told));
}

Task<SumPage> Spending::sums(std::int64_t tenant_id, std::int64_t day, Scope scope, std::int64_t from,
                             std::int64_t limit) {
  co_return co_await uses_.db.read(
      [=](store::Connection& c) -> Result<SumPage> { return sum_page(c, tenant_id, day, scope, from, limit); });
}

Task<CallPage> Spending::calls(std::int64_t tenant_id, std::int64_t day, std::string bot_id, std::string person,
                               std::int64_t from, std::int64_t limit) {
  auto page = [&](store::Connection& c) -> Result<CallPage> {
    return call_page(c, tenant_id, day, bot_id, person, from, limit);
  };
  co_return co_await uses_.db.read(page);
}

Task<Unit> Spending::expire() {
  const auto now = uses_.clock.unix_ms();
  struct Ended {
    std::size_t calls = 0;
    Micros spent = 0;
  };
  for (;;) {
    auto some = [now](store::Tx& tx) -> Result<Ended> {
      Ended ended;
      for (auto& call : overdue_calls(tx, now, kOverdueAtOnce)) {
        const auto reserved = call.reserved;
        ended.spent += end_call(tx, std::move(call), CallState::expired, reserved, {});
        ++ended.calls;
      }
      return ended;
    };
    CO_TRY(const auto ended, co_await uses_.db.write(some, {.lane = store::Lane::bulk, .savepoint = false}));
    if (ended.spent > 0) spent_total_.add(static_cast<std::uint64_t>(ended.spent));
    if (ended.calls < static_cast<std::size_t>(kOverdueAtOnce)) co_return Unit{};
  }
}

Task<Unit> Spending::tidy(base::UnixMs now, std::int64_t days) {
  const auto before = day_of(now) - days;
  co_return co_await store::write_in_pieces(
      uses_.db, [before](store::Tx& tx) { return prune_spending(tx, before, std::int64_t{store::kPiece}); });
}

std::optional<std::int64_t> parse_day(std::string_view text) {
  if (text.size() != 10) return std::nullopt;
  const auto date = base::read_date(text);
  if (!date || date->time_since_epoch().count() < 0) return std::nullopt;
  return date->time_since_epoch().count();
}

std::string write_day(std::int64_t day) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

}  // namespace troupe::fleet::models
