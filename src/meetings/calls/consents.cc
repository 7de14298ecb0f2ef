#include "meetings/calls/consents.h"

#include "meetings/records/meeting_store.h"

namespace troupe::meetings::calls {
namespace {

constexpr store::WriteOptions kBulk{.lane = store::Lane::bulk};

}  // namespace

Task<bool> Consents::is_closed(std::string user_id) const {
  if (!user_id.ends_with(":" + uses_.accounts.server_name())) co_return false;
  const auto account = co_await uses_.accounts.account(std::move(user_id));
  if (!account && account.error().code() == Errc::not_found) co_return true;
  if (!account) co_return std::unexpected(account.error());
  co_return account->deactivated;
}

Task<Unit> Consents::forget() {
  const auto before = uses_.clock.unix_ms() - kKeepDays * records::kDayMs;
  auto old = [before](store::Tx& tx) -> Result<std::int64_t> { return records::forget_consents(tx, before, kAtOnce); };
  std::int64_t gone = 0;
  do {
    CO_TRY(gone, co_await uses_.db.write(old, kBulk));
  } while (gone >= kAtOnce);
  std::string after;
  std::vector<std::string> page;
  do {
    auto look = [&](store::Connection& c) -> Result<std::vector<std::string>> {
      return records::consenting_users(c, after, kAtOnce);
    };
    CO_TRY(page, co_await uses_.db.read(look));
    for (auto& user_id : page) {
      after = user_id;
      CO_TRY(const bool closed, co_await is_closed(user_id));
      if (!closed) continue;
      auto write = [&](store::Tx& tx) -> Result<Unit> {
        records::forget_consents_of(tx, user_id);
        return Unit{};
      };
      CO_TRY(co_await uses_.db.write(write, kBulk));
    }
  } while (std::ssize(page) >= kAtOnce);
  co_return Unit{};
}

}  // namespace troupe::meetings::calls
