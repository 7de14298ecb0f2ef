#include "meetings/calls/askers.h"

#include <algorithm>

#include "meetings/life/journal.h"

namespace troupe::meetings::calls {

Task<bool> Askers::is_there(records::Asker asker) const {
  const auto who = co_await uses_.principals.by_id(asker.tenant_id, asker.owner_id);
  if (!who && who.error().code() == Errc::not_found) co_return false;
  if (!who) co_return std::unexpected(who.error());
  const auto members = co_await uses_.rooms.joined_members(std::move(asker.room_id));
  // No such room any more: nobody is in it.
  if (!members && (members.error().code() == Errc::not_found || members.error().code() == Errc::forbidden)) {
    co_return false;
  }
  if (!members) co_return std::unexpected(members.error());
  co_return std::ranges::find(*members, who->user_id) != members->end();
}

Task<Unit> Askers::send_away(records::Asker asker) const {
  auto note = [&asker, given = life::given(uses_.clock.unix_ms())](store::Tx& tx) -> Result<Unit> {
    return life::remark(tx, asker.meeting, "whoever asked for it is not in the room of the call any more", given);
  };
  CO_TRY(co_await uses_.db.write(note));
  const auto stopped =
      co_await uses_.meetings.stop({.tenant_id = asker.tenant_id}, asker.meeting, {.label = std::string(kOwnActor)});
  if (!stopped && stopped.error().code() != Errc::not_found) co_return std::unexpected(stopped.error());
  co_return Unit{};
}

Task<Unit> Askers::silence(records::Asker asker) const {
  auto end = [&asker](store::Tx& tx) -> Result<Unit> {
    records::end_telling(tx, asker.meeting, "Whoever asked for it is not in this room any more.");
    return Unit{};
  };
  co_return co_await uses_.db.write(end);
}

Task<Unit> Askers::look_at(Find find, End end) const {
  Result<Unit> outcome = Unit{};
  MeetingId after = 0;
  std::vector<records::Asker> page;
  do {
    auto read = [find, after](store::Connection& c) -> Result<std::vector<records::Asker>> {
      return find(c, after, kAtOnce);
    };
    CO_TRY(page, co_await uses_.db.read(read));
    for (auto& asker : page) {
      after = asker.meeting;
      const auto there = co_await is_there(asker);
      Result<Unit> done = Unit{};
      if (!there) {
        done = std::unexpected(there.error());
      } else if (!*there) {
        done = co_await (this->*end)(std::move(asker));
      }
      if (outcome) outcome = std::move(done);
    }
  } while (std::ssize(page) >= kAtOnce);
  co_return outcome;
}

Task<Unit> Askers::look() {
  auto calls = co_await look_at(records::call_askers, &Askers::send_away);
  auto threads = co_await look_at(records::thread_askers, &Askers::silence);
  co_return calls ? threads : calls;
}

}  // namespace troupe::meetings::calls
