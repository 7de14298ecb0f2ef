#include "host/lease.h"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"
#include "host/lease_store.h"

namespace troupe::host {
namespace {

using Time = std::chrono::steady_clock::time_point;

}  // namespace

struct Lease::Inside {
  const base::Clock& clock;
  const bool alone;
  std::atomic<std::int64_t> epoch{0};  ///< 0: not held
  std::atomic<std::int64_t> until_ns{0};
  std::atomic<LeaseLoss> loss{LeaseLoss::none};

  base::Mutex mutex;
  std::vector<std::function<void(std::optional<std::int64_t>)>> listeners GUARDED_BY(mutex);
  std::int64_t told GUARDED_BY(mutex) = 0;
  std::int64_t last_epoch GUARDED_BY(mutex) = 0;  ///< of those that this process held
  bool over GUARDED_BY(mutex) = false;            ///< it was given back: nothing is held any more
  LeaseRow seen GUARDED_BY(mutex);                ///< what another process had, and since when by our clock
  Time seen_at GUARDED_BY(mutex);
  base::Gauge* gauge = nullptr;  ///< from the start

  bool expired() const { return !alone && clock.steady().time_since_epoch().count() >= until_ns.load(); }
};

Lease::Lease(std::string name, const base::Clock& clock, bool alone)
    : name_(std::move(name)), inside_(std::make_shared<Inside>(clock, alone)) {}

std::optional<std::int64_t> Lease::held() const {
  const auto epoch = inside_->epoch.load(std::memory_order_acquire);
  if (epoch == 0 || inside_->expired()) return std::nullopt;
  return epoch;
}

LeaseLoss Lease::loss() const {
  if (held()) return LeaseLoss::none;
  return inside_->epoch.load() != 0 ? LeaseLoss::overdue : inside_->loss.load();
}

Result<Unit> Lease::check(store::Tx& tx, std::int64_t epoch) const {
  const auto row = lease_store::find(tx, name_);
  if (row && row->epoch == epoch && !row->holder.empty()) return Unit{};
  return Error(Errc::conflict, "Another process of this server does this now.", "lease " + name_);
}

void Lease::on_change(std::function<void(std::optional<std::int64_t>)> tell) {
  const base::Lock lock(inside_->mutex);
  inside_->listeners.push_back(std::move(tell));
}

struct Leases::Impl : std::enable_shared_from_this<Leases::Impl> {
  /// What a step wants of one lease, and what came of it.
  struct Wish {
    Lease* lease = nullptr;
    std::int64_t mine = 0;  ///< the epoch that is to be renewed; 0: not held
    std::int64_t last = 0;  ///< the epoch that was held last
    LeaseRow stale;         ///< a row nobody renewed for a term; epoch 0: none
    std::int64_t got = 0;   ///< the epoch held after the write
    std::optional<LeaseRow> row{};
  };

  Impl(store::Database& db, const base::Clock& clock, LeaseOptions options, base::MetricRegistry& metrics)
      : db(db),
        clock(clock),
        options(std::move(options)),
        held(metrics.gauge("troupe_host_lease_held", "1 while this process holds the lease", {"lease"})) {}

  std::vector<Lease*> all() {
    const base::Lock lock(mutex);
    std::vector<Lease*> out;
    out.reserve(leases.size());
    for (const auto& lease : leases) out.push_back(lease.get());
    return out;
  }

  bool takeable(const Wish& wish, const std::optional<LeaseRow>& row) const {
    if (!row || row->holder.empty() || options.alone) return true;
    // Of an earlier start on this data folder, or of this one before the database was away.
    if (row->holder == options.holder && (first || (wish.last != 0 && row->epoch == wish.last))) return true;
    return wish.stale.epoch != 0 && row->epoch == wish.stale.epoch && row->beat == wish.stale.beat;
  }

  /// Inside the write; touches nothing but the rows and the wishes' outcome.
  void exchange(store::Tx& tx, std::vector<Wish>& wishes) const {
    for (auto& wish : wishes) {
      wish.got = 0;
      wish.row = lease_store::find(tx, wish.lease->name());
      const bool ours =
          wish.mine != 0 && wish.row && wish.row->holder == options.holder && wish.row->epoch == wish.mine;
      LeaseRow next{.holder = options.holder, .epoch = wish.mine, .beat = 1};
      if (ours) {
        next.beat = wish.row->beat + 1;
      } else if (!stopping.load() && takeable(wish, wish.row)) {
        next.epoch = (wish.row ? wish.row->epoch : 0) + 1;
      } else {
        continue;
      }
      lease_store::put(tx, wish.lease->name(), next);
      wish.got = next.epoch;
    }
  }

  /// Notes what another process has; after a whole term without change the row is stale.
  void observe(Lease& lease, const std::optional<LeaseRow>& row, Time now) const {
    auto& inside = *lease.inside_;
    const base::Lock lock(inside.mutex);
    if (!row || (row->epoch == inside.seen.epoch && row->beat == inside.seen.beat)) return;
    inside.seen = *row;
    inside.seen_at = now;
  }

  /// What was lost is another's now.
  void note_taken(Lease& lease, const std::optional<LeaseRow>& row) const {
    auto& inside = *lease.inside_;
    const base::Lock lock(inside.mutex);
    if (row && row->epoch > inside.last_epoch && inside.last_epoch != 0) inside.loss = LeaseLoss::taken;
  }

  Wish wish_for(Lease& lease, Time now) const {
    auto& inside = *lease.inside_;
    Wish wish{.lease = &lease, .mine = lease.held().value_or(0), .stale = {}};
    const base::Lock lock(inside.mutex);
    wish.last = inside.last_epoch;
    if (wish.mine == 0 && inside.seen.epoch != 0 && now - inside.seen_at >= options.term) wish.stale = inside.seen;
    return wish;
  }

  void settle(Lease& lease, std::int64_t epoch, Time renewed) {
    auto& inside = *lease.inside_;
    const base::Lock lock(inside.mutex);
    if (inside.over) return;  // who stops does not wait for a step that is under way
    // A tenth early: see the class comment.
    inside.until_ns = (renewed + options.term - options.term / 10).time_since_epoch().count();
    inside.loss = LeaseLoss::none;
    inside.last_epoch = epoch;
    inside.epoch.store(epoch, std::memory_order_release);
  }

  /// The epoch that was held. Nothing settles it any more.
  static std::optional<std::int64_t> let_go(Lease& lease) {
    const base::Lock lock(lease.inside_->mutex);
    const auto epoch = lease.held();
    if (epoch) lease.inside_->epoch = 0;
    lease.inside_->over = true;
    return epoch;
  }

  /// Tells the listeners what changed since they were told last, also that a renewal is overdue.
  void tell(Lease& lease) {
    auto& inside = *lease.inside_;
    std::vector<std::function<void(std::optional<std::int64_t>)>> listeners;
    std::optional<std::int64_t> now;
    {
      const base::Lock lock(inside.mutex);
      now = lease.held();
      if (!now && inside.epoch.exchange(0) != 0) inside.loss = LeaseLoss::overdue;
      if (now.value_or(0) == inside.told) return;
      inside.told = now.value_or(0);
      inside.gauge->set(now ? 1 : 0);
      listeners = inside.listeners;
    }
    base::log_info("host", now ? "a lease is held now" : "a lease is no longer held",
                   {{"lease", lease.name()}, {"epoch", now.value_or(0)}});
    for (const auto& listener : listeners) listener(now);
  }

  Task<Unit> step() {
    const auto leases = all();
    const auto started = clock.steady();
    std::vector<Wish> wishes;
    bool write = false;
    for (auto* lease : leases) {
      tell(*lease);
      auto wish = wish_for(*lease, started);
      if (options.alone && wish.mine != 0) continue;
      write |= wish.mine != 0 || options.alone || first;
      wishes.push_back(std::move(wish));
    }
    if (wishes.empty()) co_return Unit{};
    if (!write) {  // only watching: a look is cheaper than a commit
      auto look = [&](store::Connection& connection) -> Result<Unit> {
        for (auto& wish : wishes) wish.row = lease_store::find(connection, wish.lease->name());
        return Unit{};
      };
      CO_TRY(co_await db.read(look));
      const auto now = clock.steady();
      for (const auto& wish : wishes) {
        write |= takeable(wish, wish.row);
        note_taken(*wish.lease, wish.row);
        observe(*wish.lease, wish.row, now);
      }
      if (!write) co_return Unit{};
    }
    auto change = [&](store::Tx& tx) -> Result<Unit> {
      exchange(tx, wishes);
      return Unit{};
    };
    writing = true;  // before the write is queued: who stops after it gives back what comes of it
    const struct Written {
      std::atomic<bool>& writing;
      ~Written() { writing = false; }  // after what came of it is settled
    } written{writing};
    CO_TRY(co_await db.write(change));
    first = false;
    const auto now = clock.steady();
    for (const auto& wish : wishes) {
      if (wish.got != 0) {
        settle(*wish.lease, wish.got, started);
      } else {
        wish.lease->inside_->epoch = 0;
        note_taken(*wish.lease, wish.row);
      }
      if (wish.got == 0) observe(*wish.lease, wish.row, now);
      tell(*wish.lease);
    }
    co_return Unit{};
  }

  Task<Unit> give_back() {
    std::vector<Lease*> given;
    // One that is being acquired is this process's by its row alone: nobody settles it any more, and the next process
    // would wait out its term. Asked first: a step that ends meanwhile has settled what it got.
    const bool acquiring = writing.load();
    for (auto* lease : all()) {
      if (let_go(*lease) || acquiring) given.push_back(lease);
      tell(*lease);
    }
    if (given.empty()) co_return Unit{};
    auto change = [&](store::Tx& tx) -> Result<Unit> {
      for (auto* lease : given) {
        auto row = lease_store::find(tx, lease->name());
        if (!row || row->holder != options.holder) continue;
        row->holder.clear();
        lease_store::put(tx, lease->name(), *row);
      }
      return Unit{};
    };
    co_return co_await db.write(change);
  }

  asio::awaitable<void> renew_loop(std::shared_ptr<asio::steady_timer> timer) {
    while (!stopping.load()) {
      timer->expires_after(options.term / 4);
      boost::system::error_code cancelled;
      co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
      if (stopping.load()) co_return;
      auto done = co_await step();
      if (!done) {
        base::log_warning("host", "leases could not be looked at",
                          {{"error", done.error().message()}, {"detail", done.error().detail()}});
      }
    }
  }

  /// A renewal may hang with its database; that it is overdue is told all the same.
  asio::awaitable<void> watch_loop(std::shared_ptr<asio::steady_timer> timer) {
    while (!stopping.load()) {
      timer->expires_after(options.term / 20);
      boost::system::error_code cancelled;
      co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
      if (stopping.load()) co_return;
      for (auto* lease : all()) tell(*lease);
    }
  }

  store::Database& db;
  const base::Clock& clock;
  const LeaseOptions options;
  base::Family<base::Gauge>& held;
  std::atomic<bool> stopping{false};
  std::atomic<bool> writing{false};  ///< step() changes rows, or has not settled yet what it changed
  bool first = true;                 ///< no write has gone through yet; step() only
  base::Mutex mutex;
  std::vector<std::unique_ptr<Lease>> leases GUARDED_BY(mutex);  ///< only added to
  std::vector<std::shared_ptr<asio::steady_timer>> timers;
};

Leases::Leases(store::Database& db, const base::Clock& clock, LeaseOptions options, base::MetricRegistry& metrics)
    : impl_(std::make_shared<Impl>(db, clock, std::move(options), metrics)) {}

Leases::~Leases() = default;

Lease& Leases::get(std::string_view name) {
  const base::Lock lock(impl_->mutex);
  for (const auto& lease : impl_->leases)
    if (lease->name() == name) return *lease;
  auto lease = std::make_unique<Lease>(std::string(name), impl_->clock, impl_->options.alone);
  lease->inside_->gauge = &impl_->held.with({std::string(name)});
  impl_->leases.push_back(std::move(lease));
  return *impl_->leases.back();
}

const std::string& Leases::holder() const { return impl_->options.holder; }

Task<Unit> Leases::step() { return impl_->step(); }

Task<Unit> Leases::start(asio::any_io_executor executor) {
  CO_TRY(co_await impl_->step());
  for (int i = 0; i < 2; ++i) impl_->timers.push_back(std::make_shared<asio::steady_timer>(executor));
  // The coroutines hold what they use: the program may end while one waits for its database.
  auto renew = [](std::shared_ptr<Impl> impl) -> asio::awaitable<void> { co_await impl->renew_loop(impl->timers[0]); };
  auto watch = [](std::shared_ptr<Impl> impl) -> asio::awaitable<void> { co_await impl->watch_loop(impl->timers[1]); };
  asio::co_spawn(executor, renew(impl_), asio::detached);
  if (!impl_->options.alone) asio::co_spawn(executor, watch(impl_), asio::detached);
  co_return Unit{};
}

Task<Unit> Leases::stop() {
  if (impl_->stopping.exchange(true)) co_return Unit{};
  for (const auto& timer : impl_->timers) {
    auto executor = timer->get_executor();
    asio::post(executor, [timer] { timer->cancel(); });
  }
  co_return co_await impl_->give_back();
}

}  // namespace troupe::host
