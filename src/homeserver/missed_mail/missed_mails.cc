#include "homeserver/missed_mail/missed_mails.h"

#include <algorithm>

#include "base/log.h"
#include "homeserver/accounts/account_store.h"
#include "homeserver/common/public_address.h"
#include "homeserver/missed_mail/missed_letter.h"
#include "homeserver/missed_mail/unsubscribe.h"
#include "host/cursor_store.h"

namespace troupe::homeserver::missed_mail {
namespace {

std::int64_t in_ms(std::chrono::milliseconds time) { return time.count(); }

/// Whether the account may have mails now.
bool is_open(store::Connection& connection, const std::string& user_id) {
  const auto account = accounts::account_store::find_account(connection, user_id);
  return account && !account->deactivated && !account->locked;
}

}  // namespace

std::chrono::milliseconds MissedMails::wait() const {
  return std::chrono::seconds(parts_.settings.of<MailSettings>().missed_after_s);
}

Task<Unit> MissedMails::round() {
  auto look = [this](store::Connection& connection) -> Result<std::vector<MissedRow>> {
    return missed_store::due(connection, parts_.clock.unix_ms(), kAtOnce);
  };
  CO_TRY(const auto rows, co_await parts_.db.read(look));
  for (const auto& row : rows) {
    const auto done = co_await look_at(row);
    if (done) continue;
    base::log_warning("homeserver", "a mail about missed messages has to wait",
                      {{"user", row.user_id}, {"error", done.error().message()}});
    CO_TRY(co_await put_off(row, parts_.clock.unix_ms() + in_ms(kTryAgain)));
  }
  co_return Unit{};
}

Task<Unit> MissedMails::look_at(const MissedRow& due) {
  const auto now = parts_.clock.unix_ms();
  Look look{.row = due, .at_ms = now};
  const auto& row = look.row;
  auto allowed = [&](store::Connection& connection) -> Result<bool> {
    look.planned_upto = host::find_cursor(connection, kPlannedUpTo).value_or(0);
    return accounts::mail_pusher_store::find(connection, row.user_id, row.address) && is_open(connection, row.user_id);
  };
  CO_TRY(const bool open, co_await parts_.db.read(allowed));
  // After the cursor: what is planned once this has ended is newer.
  const auto upto = parts_.db.head();
  auto after = row;
  after.due_ms = 0;
  after.told_pos = upto;
  if (!open) co_return co_await end(look, after);
  CO_TRY(const auto missed, co_await parts_.messages.find(row.user_id, row.told_pos, upto));
  if (missed.rooms.empty()) co_return co_await end(look, after);
  // What the look was planned for has been read, and this has not waited long enough. A time to come is a bridge's.
  const auto ripe = missed.oldest_ms + in_ms(wait());
  if (missed.oldest_ms <= now && ripe > now) co_return co_await put_off(row, ripe);
  const auto first_pause = std::min(in_ms(wait()) * kFirstPause, in_ms(kLongestPause));
  after.mailed_ms = now;
  after.pause_ms = first_pause;
  if (row.mailed_ms > 0) {
    CO_TRY(const bool unread, co_await parts_.messages.any(row.user_id, row.told_pos));
    if (unread && now < row.mailed_ms + row.pause_ms) co_return co_await put_off(row, row.mailed_ms + row.pause_ms);
    if (unread) after.pause_ms = std::clamp(row.pause_ms * 2, first_pause, in_ms(kLongestPause));
  }
  co_return co_await send(look, after, missed);
}

bool MissedMails::end(store::Tx& tx, const Look& look, MissedRow after) const {
  if (host::find_cursor(tx, kPlannedUpTo).value_or(0) != look.planned_upto) after.due_ms = look.at_ms + in_ms(wait());
  return missed_store::replace(tx, look.row, after);
}

Task<Unit> MissedMails::end(const Look& look, const MissedRow& after) {
  auto note = [&](store::Tx& tx) -> Result<Unit> {
    end(tx, look, after);
    return Unit{};
  };
  co_return co_await parts_.db.write(note, {.lane = store::Lane::receipts});
}

Task<Unit> MissedMails::put_off(const MissedRow& row, std::int64_t due_ms) {
  auto after = row;
  after.due_ms = due_ms;
  auto note = [&](store::Tx& tx) -> Result<Unit> {
    missed_store::replace(tx, row, after);
    return Unit{};
  };
  co_return co_await parts_.db.write(note, {.lane = store::Lane::receipts});
}

Task<Unit> MissedMails::send(const Look& look, const MissedRow& after, const Missed& missed) {
  const auto& row = look.row;
  const auto stamp = parts_.queue.stamp();
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    // They may have ended since, by the link or with the address.
    const auto made = accounts::mail_pusher_store::find(tx, row.user_id, row.address);
    if (!made || !end(tx, look, after)) return Unit{};
    const auto token =
        unsubscribe_token(parts_.key, {.user_id = row.user_id, .address = row.address, .made_ms = *made});
    const MissedTo to{
        .address = row.address,
        .server_name = parts_.settings.server_name,
        .unsubscribe = configured_address(parts_.settings) + std::string(kUnsubscribePath) + "?token=" + token};
    return parts_.queue.put(tx, missed_letter(missed, to), stamp.now_ms + in_ms(kLife), stamp);
  };
  co_return co_await parts_.db.write(write, {.lane = store::Lane::receipts, .savepoint = true});
}

}  // namespace troupe::homeserver::missed_mail
