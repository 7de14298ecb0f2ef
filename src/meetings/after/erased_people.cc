#include "meetings/after/erased_people.h"

namespace troupe::meetings::after {

Task<bool> ErasedPeople::is_erased(std::int64_t tenant_id, std::int64_t owner_id) const {
  const auto who = co_await uses_.principals.by_id(tenant_id, owner_id);
  // A service, a user of Vexa's dialect alone: nobody closes an account of theirs.
  if (!who && who.error().code() == Errc::not_found) co_return false;
  if (!who) co_return std::unexpected(who.error());
  co_return co_await uses_.erasures.is_erased(who->user_id);
}

Task<Unit> ErasedPeople::clear(records::MeetingOwner owner) const {
  const records::Whose whose{.tenant_id = owner.tenant_id, .owner_id = owner.owner_id};
  Result<Unit> outcome = Unit{};
  MeetingId after = 0;
  std::vector<MeetingId> page;
  do {
    auto read = [&](store::Connection& c) -> Result<std::vector<MeetingId>> {
      return records::meetings_with_words(c, whose, after, kAtOnce);
    };
    CO_TRY(page, co_await uses_.db.read(read));
    for (const auto id : page) {
      after = id;
      const auto stopped = co_await uses_.meetings.stop(whose, id, {.label = std::string(kOwnActor)});
      if (!stopped && outcome) outcome = std::unexpected(stopped.error());
      if (!stopped || !stopped->ended_ms) continue;  // a later round
      auto erased = co_await uses_.transcripts.erase(id);
      if (erased) erased = co_await uses_.recordings.finish_erasures(id);
      if (outcome) outcome = std::move(erased);
    }
  } while (std::ssize(page) >= kAtOnce);
  co_return outcome;
}

Task<Unit> ErasedPeople::look() {
  Result<Unit> outcome = Unit{};
  records::MeetingOwner after;
  std::vector<records::MeetingOwner> page;
  do {
    auto read = [&](store::Connection& c) -> Result<std::vector<records::MeetingOwner>> {
      return records::owners_of_words(c, after, kAtOnce);
    };
    CO_TRY(page, co_await uses_.db.read(read));
    for (const auto& owner : page) {
      after = owner;
      const auto erased = co_await is_erased(owner.tenant_id, owner.owner_id);
      Result<Unit> done = Unit{};
      if (!erased) {
        done = std::unexpected(erased.error());
      } else if (*erased) {
        done = co_await clear(owner);
      }
      if (outcome) outcome = std::move(done);
    }
  } while (std::ssize(page) >= kAtOnce);
  co_return outcome;
}

}  // namespace troupe::meetings::after
