#include "homeserver/appservice_feed/transaction_sender.h"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "base/log.h"
#include "base/retry.h"
#include "homeserver/appservice/device_notes_store.h"
#include "homeserver/rooms/directory_store.h"
#include "store/in_pieces.h"

namespace troupe::homeserver::appservice_feed {
namespace {

using namespace std::chrono_literals;

/// Another process may have left something that this one has not heard of.
constexpr auto kLookAnyway = 1min;
constexpr std::size_t kMaxRoomsOfPerson = 100;  ///< that are looked at for one change of presence

}  // namespace

TransactionSender::TransactionSender(Parts parts, SendTimes times)
    : parts_(std::move(parts)),
      times_(times),
      transactions_(parts_.metrics.counter("troupe_homeserver_appservice_transactions_total",
                                           "Transactions to application services by what became of them",
                                           {"service", "outcome"})),
      events_(parts_.metrics.counter("troupe_homeserver_appservice_events_total",
                                     "Events that an application service has confirmed", {"service"})),
      failing_(parts_.metrics.gauge("troupe_homeserver_appservice_failures",
                                    "Failures in a row of an application service; 0: it is well", {"service"})),
      looked_upto_(parts_.metrics
                       .gauge("troupe_homeserver_looked_upto_position",
                              "Up to which position the stream has been looked at, where this process does it", {"by"})
                       .with({"appservices"})),
      tasks_(parts_.home) {
  for (const auto& service : parts_.services.all())
    if (service->listens()) states_.try_emplace(service.get());
}

Task<Unit> TransactionSender::round() {
  if (stopping_) co_return Unit{};
  CO_TRY(const auto fresh, co_await parts_.look.look());
  looked_upto_.set(parts_.look.cursor());
  for (const auto* service : fresh) states_.at(service).pending = true;
  // What is noted of devices is noted where it happens, by whichever process; it moves the head.
  if (std::exchange(head_, parts_.look.cursor()) != parts_.look.cursor()) {
    for (auto& [service, state] : states_) state.pending = state.pending || service->hears_messages();
  }
  CO_TRY(co_await hand_out_edus());
  if (parts_.clock.steady() >= look_anyway_at_) {
    look_anyway_at_ = parts_.clock.steady() + kLookAnyway;
    for (auto& [service, state] : states_) state.pending = true;
  }
  start_due();
  co_return Unit{};
}

Task<Unit> TransactionSender::hand_out_edus() {
  const auto edus = parts_.edus.take();
  if (edus.empty()) co_return Unit{};
  using HandedOut = std::vector<std::pair<ServicePtr, std::string>>;
  auto look = [&](store::Connection& connection) -> Result<HandedOut> {
    HandedOut found;
    for (const auto& edu : edus) {
      for (const auto& service : parts_.services.all()) {
        const bool takes = service->listens() && service->registration().receive_ephemeral;
        if (takes && wants(connection, *service, edu)) found.emplace_back(service.get(), edu_json(edu));
      }
    }
    return found;
  };
  CO_TRY(auto found, co_await parts_.db.read(look));
  for (auto& [service, json] : found) {
    auto& waiting = states_.at(service).edus;
    if (waiting.size() >= kMaxEdus) waiting.pop_front();
    waiting.push_back(std::move(json));
  }
  co_return Unit{};
}

bool TransactionSender::wants(store::Connection& connection, const appservice::Service& service,
                              const matrix::Edu& edu) {
  if (const auto* presence = std::get_if<matrix::PresenceEdu>(&edu))
    return wants_presence(connection, service, presence->user_id);
  const auto* typing = std::get_if<matrix::TypingEdu>(&edu);
  const auto room = parts_.rooms.load(connection, typing ? typing->room_id : std::get<matrix::ReceiptEdu>(edu).room_id);
  return room && parts_.interest.wants_room(connection, service, room->num(), parts_.look.cursor());
}

bool TransactionSender::wants_presence(store::Connection& connection, const appservice::Service& service,
                                       const std::string& user_id) {
  if (service.has_user(user_id)) return true;
  std::size_t looked = 0;
  for (const auto& membership : memory::event_store::memberships_of(connection, user_id)) {
    if (membership.membership != "join") continue;
    if (++looked > kMaxRoomsOfPerson) return false;
    if (parts_.interest.wants_room(connection, service, membership.room, parts_.look.cursor())) return true;
  }
  return false;
}

void TransactionSender::start_due() {
  const auto now = parts_.clock.steady();
  for (auto& [service, state] : states_) {
    if (state.sending || state.due > now || (!state.pending && state.edus.empty())) continue;
    state.sending = true;
    tasks_.spawn("a transaction", run(service));
  }
}

bool TransactionSender::idle() const {
  const auto now = parts_.clock.steady();
  return std::ranges::none_of(states_, [now](const auto& entry) {
    const auto& state = entry.second;
    return state.sending || (state.due <= now && (state.pending || !state.edus.empty()));
  });
}

void TransactionSender::try_now(const appservice::Service& service) {
  asio::post(parts_.home, [this, service = &service] {
    const auto found = states_.find(service);
    if (found != states_.end()) found->second.due = {};
  });
}

asio::awaitable<void> TransactionSender::stop(std::chrono::milliseconds patience) {
  stopping_ = true;
  co_await tasks_.join(patience);
}

std::chrono::milliseconds TransactionSender::pause_after(int failures) const {
  return base::doubled(times_.first_retry, failures - 1, times_.longest_retry);
}

asio::awaitable<void> TransactionSender::run(ServicePtr service) {
  auto& state = states_.at(service);
  auto step = Step::more;
  while (step == Step::more && !stopping_) {
    try {
      const auto outcome = co_await send_next(service);
      step = outcome ? *outcome : Step::failed;
      if (!outcome) {
        base::log_warning("homeserver", "what waits for an application service could not be read",
                          {{"service", service->id()}, {"error", outcome.error().detail()}});
      }
    } catch (const std::exception& error) {
      base::log_warning("homeserver", "a transaction failed", {{"service", service->id()}, {"error", error.what()}});
      step = Step::failed;
    }
  }
  state.sending = false;
  if (step == Step::failed) {
    if (state.failures++ == 0)
      base::log_warning("homeserver", "an application service fails", {{"service", service->id()}});
    state.due = parts_.clock.steady() + pause_after(state.failures);
    state.pending = true;
  } else {
    if (std::exchange(state.failures, 0) > 0)
      base::log_info("homeserver", "an application service is back", {{"service", service->id()}});
  }
  failing_.with({service->id()}).set(state.failures);
  if (!stopping_) start_due();
}

Task<TransactionSender::Step> TransactionSender::send_next(ServicePtr service) {
  auto& state = states_.at(service);
  state.pending = false;  // what is written from here on says so again
  CO_TRY(auto transaction, co_await next(service));
  if (transaction.body.empty()) co_return state.pending ? Step::more : Step::done;
  state.last_number = std::max(state.last_number, transaction.number);
  co_return co_await send(service, std::move(transaction));
}

/// The one that was not confirmed, or a new one; without a body when there is nothing to send.
Task<TransactionRow> TransactionSender::next(ServicePtr service) {
  const auto now_ms = parts_.clock.unix_ms();
  EventBatch batch;
  DeviceBatch devices;
  auto read = [&](store::Connection& connection) -> Result<std::optional<TransactionRow>> {
    auto present = feed_store::find_transaction(connection, service->id());
    if (!present) {
      batch = read_batch(connection, parts_.rooms, service->id(), now_ms);
      devices = read_devices(connection, *service);
    }
    return present;
  };
  CO_TRY(auto present, co_await parts_.db.read(read));
  if (present) co_return *std::move(present);
  auto& state = states_.at(service);
  TransactionRow made;
  made.service = service->id();
  const auto edus = take_edus(service);
  const bool settles = batch.upto != 0 || !devices.empty();
  if (!settles && edus.empty()) co_return made;
  // By the clock, so that ids are not given again to other events after a backup was restored.
  made.number = std::max(state.last_number + 1, now_ms);
  made.events = batch.count + devices.count;
  if (made.events > 0 || !edus.empty()) made.body = transaction_body(batch.events, edus, devices.members);
  if (!settles) co_return made;
  auto write = [&](store::Tx& tx) -> Result<std::optional<TransactionRow>> {
    if (auto other = feed_store::find_transaction(tx, service->id())) return other;  // of another process, just now
    feed_store::remove_upto(tx, service->id(), batch.upto);
    settle_devices(tx, parts_.services, *service, devices);
    if (made.events > 0) feed_store::insert_transaction(tx, made);
    return std::optional<TransactionRow>();
  };
  CO_TRY(auto other, co_await parts_.db.write(write, {.lane = store::Lane::receipts}));
  state.pending = true;  // there may be more behind it
  co_return other ? *std::move(other) : std::move(made);
}

std::vector<std::string> TransactionSender::take_edus(ServicePtr service) {
  auto& edus = states_.at(service).edus;
  std::vector<std::string> taken(std::make_move_iterator(edus.begin()), std::make_move_iterator(edus.end()));
  edus.clear();
  return taken;
}

Task<TransactionSender::Step> TransactionSender::send(ServicePtr service, TransactionRow transaction) {
  const auto answer = co_await parts_.client.send(*service, std::to_string(transaction.number), transaction.body);
  if (!answer || answer->status < 200 || answer->status > 299) {
    transactions_.with({service->id(), "failed"}).add();
    co_return Step::failed;
  }
  if (transaction.events > 0) {
    auto remove = [&](store::Tx& tx) -> Result<Unit> {
      feed_store::remove_transaction(tx, service->id(), transaction.number);
      return Unit{};
    };
    CO_TRY(co_await parts_.db.write(remove, {.lane = store::Lane::receipts}));
  }
  transactions_.with({service->id(), "sent"}).add();
  events_.with({service->id()}).add(static_cast<std::uint64_t>(transaction.events));
  co_return Step::more;
}

/// The first id after this one of a service for which something is kept; empty: none.
std::string TransactionSender::service_after(store::Connection& connection, std::string_view service) {
  std::string first;
  for (auto& found : {feed_store::service_after(connection, service),
                      appservice::device_notes_store::service_after(connection, service),
                      rooms::directory_store::network_service_after(connection, service)})
    if (!found.empty() && (first.empty() || found < first)) first = found;
  return first;
}

Task<Unit> TransactionSender::forget_others() {
  constexpr auto kPiece = static_cast<std::int64_t>(store::kPiece);
  std::string last;
  for (std::size_t looked = 0; looked <= 2 * appservice::Services::kMaxServices; ++looked) {
    auto find = [&](store::Connection& connection) -> Result<std::string> { return service_after(connection, last); };
    CO_TRY(last, co_await parts_.db.read(find));
    if (last.empty()) co_return Unit{};
    const auto* known = parts_.services.find(last);
    const bool is_told = known && known->listens();
    auto remove = [&](store::Tx& tx) -> Result<bool> {
      if (is_told) return forget_lost_messages(tx, last, kPiece) == store::kPiece;
      bool more = feed_store::remove_some(tx, last, kPiece);
      more = appservice::device_notes_store::remove_some(tx, last, kPiece) || more;
      return (!known && rooms::directory_store::remove_networks_of(tx, last, kPiece)) || more;
    };
    for (bool more = true; more;) {
      CO_TRY(more, co_await parts_.db.write(remove, {.lane = store::Lane::bulk}));
    }
  }
  co_return Unit{};
}

}  // namespace troupe::homeserver::appservice_feed
