#include "homeserver/mail/mail_queue.h"

#include <algorithm>

#include "base/log.h"
#include "base/on_pool.h"
#include "base/retry.h"

namespace troupe::homeserver::mail {
namespace {

constexpr std::int64_t kAtOnce = 20;
constexpr std::size_t kIdBytes = 12;

/// The recipient, and the text after the first line end: an address has none.
std::optional<net::smtp::Mail> unpack(std::string_view packed, std::string from) {
  const auto end = packed.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  return net::smtp::Mail{
      .from = std::move(from), .to = std::string(packed.substr(0, end)), .text = std::string(packed.substr(end + 1))};
}

}  // namespace

MailQueue::MailQueue(Parts parts)
    : parts_(parts),
      waits_(parts.clock),
      mails_(parts.metrics.counter("troupe_mail_mails_total", "Mails by what became of them", {"outcome"})) {}

MailQueue::~MailQueue() {
  stop();
  pool_.join();
}

void MailQueue::stop() {
  {
    const base::Lock lock(mutex_);
    stopping_ = true;
  }
  parts_.carrier.stop();
}

MailStamp MailQueue::stamp() const {
  return {.now_ms = parts_.clock.unix_ms(),
          .due_ms = waits_.unix_ms(),
          .id = base::hex(base::as_bytes(base::random_bytes(kIdBytes)))};
}

Result<Unit> MailQueue::put(store::Tx& tx, const Letter& letter, base::UnixMs ends_ms, const MailStamp& stamp) const {
  if (mail_store::wait_at_least(tx, kMostWaiting)) {
    return Error(Errc::unavailable, "Too many mails wait to be sent; try again later.").with_retry_after(kLongestPause);
  }
  const auto from = parse_mail_sender(parts_.settings.of<MailSettings>().from).value_or(MailSender());
  const auto text = compose(letter, from, stamp.id, stamp.now_ms);
  mail_store::insert(tx, {.id = tx.next_pos(),
                          .sealed_mail = parts_.key.seal(letter.to + '\n' + text),
                          .made_ms = stamp.now_ms,
                          .due_ms = stamp.due_ms,
                          .ends_ms = ends_ms,
                          .failures = 0});
  return Unit{};
}

std::optional<std::string> MailQueue::trouble() const {
  const base::Lock lock(mutex_);
  if (trouble_.empty()) return std::nullopt;
  return "mails do not go out: " + trouble_;
}

void MailQueue::note_trouble(std::string sentence) {
  const base::Lock lock(mutex_);
  trouble_ = std::move(sentence);
}

Task<Unit> MailQueue::send_due() {
  const auto now = waits_.unix_ms();
  const auto head = parts_.db.head();
  if (parts_.clock.steady() < paused_until_ || (head == looked_at_ && now < next_due_ms_)) co_return Unit{};
  for (;;) {
    auto look = [now](store::Connection& connection) -> Result<std::vector<MailRow>> {
      return mail_store::due(connection, now, now + kLongestRetry.count(), kAtOnce);
    };
    CO_TRY(const auto rows, co_await parts_.db.read(look));
    for (const auto& row : rows) {
      CO_TRY(const auto next, co_await deliver(row));
      if (next == Next::pause) co_return Unit{};
    }
    if (rows.size() < static_cast<std::size_t>(kAtOnce)) break;
  }
  auto look = [](store::Connection& connection) -> Result<std::optional<std::int64_t>> {
    return mail_store::next_due(connection);
  };
  CO_TRY(const auto next, co_await parts_.db.read(look));
  next_due_ms_ = next.value_or(std::numeric_limits<base::UnixMs>::max());
  looked_at_ = head;
  co_return Unit{};
}

Task<MailQueue::Next> MailQueue::deliver(const MailRow& row) {
  {
    const base::Lock lock(mutex_);
    if (stopping_) co_return Next::pause;
  }
  if (row.ends_ms <= parts_.clock.unix_ms()) {
    CO_TRY(co_await settle(row, "expired", nullptr));
    co_return Next::go_on;
  }
  const auto from = parse_mail_sender(parts_.settings.of<MailSettings>().from).value_or(MailSender());
  const auto opened = parts_.key.open(row.sealed_mail);
  const auto mail = opened ? unpack(*opened, from.address) : std::nullopt;
  if (!mail) {
    CO_TRY(co_await settle(row, "unreadable", nullptr));
    co_return Next::go_on;
  }
  auto work = [&carrier = parts_.carrier, &mail = *mail] { return carrier.carry(mail); };
  const auto carried = co_await base::on_pool(pool_, work);
  const auto code = carried ? Errc::internal : carried.error().code();
  if (carried || code == Errc::invalid_param || code == Errc::limit_exceeded) {
    failures_ = 0;
    note_trouble({});
    CO_TRY(co_await settle(row, carried ? "sent" : "refused", carried ? nullptr : &carried.error()));
    co_return Next::go_on;
  }
  mails_.with({"failed"}).add();
  paused_until_ = parts_.clock.steady() + base::doubled(kFirstPause, failures_++, kLongestPause);
  if (failures_ == 1) base::log_warning("homeserver", "mails do not go out", {{"error", carried.error().message()}});
  note_trouble(carried.error().message());
  CO_TRY(co_await put_behind(row));
  co_return Next::pause;
}

/// It may be this mail that upsets the relay: another one is tried next.
Task<Unit> MailQueue::put_behind(const MailRow& row) {
  const auto left = std::max<std::int64_t>(0, row.ends_ms - 1 - parts_.clock.unix_ms());
  const auto due = waits_.unix_ms() + std::min(base::doubled(kFirstRetry, row.failures, kLongestPause).count(), left);
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    mail_store::postpone(tx, row.id, due, row.failures + 1);
    return Unit{};
  };
  co_return co_await parts_.db.write(write, {.lane = store::Lane::receipts});
}

/// Takes the mail away, or puts it off when it is refused for now.
Task<Unit> MailQueue::settle(const MailRow& row, std::string_view outcome, const Error* refusal) {
  const bool later = refusal && refusal->code() == Errc::limit_exceeded;
  if (refusal)
    base::log_warning("homeserver", later ? "a mail is refused for now" : "a mail is refused",
                      {{"mail", row.id}, {"error", refusal->message()}});
  mails_.with({later ? "deferred" : std::string(outcome)}).add();
  const auto pause = base::doubled(kFirstRetry, row.failures, kLongestRetry).count();
  const auto due = waits_.unix_ms() + pause;
  const bool ends_first = parts_.clock.unix_ms() + pause >= row.ends_ms;
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    if (later && !ends_first)
      mail_store::postpone(tx, row.id, due, row.failures + 1);
    else
      mail_store::remove(tx, row.id);
    return Unit{};
  };
  co_return co_await parts_.db.write(write, {.lane = store::Lane::receipts});
}

}  // namespace troupe::homeserver::mail
