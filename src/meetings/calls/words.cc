#include "meetings/calls/words.h"

#include <algorithm>

#include "matrix/ids.h"

namespace troupe::meetings::calls {
namespace {

constexpr int kUnprocessable = 422;
/// A bot that goes on changing its mind fills no history.
constexpr std::int64_t kMostNoted = 2'000;

Error no_such_session() { return Error(Errc::not_found, "There is no such session."); }
Error not_ours(std::string why) { return Error(Errc::invalid_param, std::move(why)).with_status(kUnprocessable); }

/// All of them: whom the bot is not told of it would hear.
Result<std::vector<std::string>> declined_of(store::Connection& c, std::string_view room_id) {
  auto declined = records::declined_in(c, room_id, records::kMostDeclined + 1);
  if (std::ssize(declined) <= records::kMostDeclined) return declined;
  return Error(Errc::limit_exceeded, "Too many people decline to be heard in the room of this call.");
}

}  // namespace

Task<Words::Known> Words::known(Credential credential) const {
  auto kept = co_await uses_.meetings.admit(std::move(credential.token));
  if (!kept && kept.error().code() == Errc::unknown_token) co_return no_such_session();
  if (!kept) co_return std::unexpected(std::move(kept).error());
  const auto& attempt = kept->attempt;
  if (!attempt || attempt->connection_id != credential.connection_id || is_terminal(kept->meeting.life.state) ||
      attempt->state == Container::gone || attempt->number != kept->meeting.life.attempts) {
    co_return no_such_session();
  }
  auto look = [id = kept->meeting.id](store::Connection& c) -> Result<std::optional<records::CallAccount>> {
    return records::find_call(c, id);
  };
  CO_TRY(auto call, co_await uses_.db.read(look));
  if (!call) co_return not_ours("The bot of this meeting has no account of its own.");
  co_return Known{.meeting = std::move(kept->meeting), .attempt = *std::move(kept->attempt), .call = *std::move(call)};
}

Task<std::vector<std::string>> Words::vouch(Credential credential, std::string device_id) {
  CO_TRY(auto found, co_await known(std::move(credential)));
  auto& call = found.call;
  if (call.device_id.empty() || call.device_id != device_id || call.attempt != found.attempt.number) {
    co_return not_ours("That is not the device of this meeting's bot.");
  }
  if (uses_.vouching == nullptr) co_return not_ours("Bots have no keys on this server.");
  auto ask = [&](store::Connection& c) { return declined_of(c, call.room_id); };
  CO_TRY(co_await uses_.db.read(ask));
  auto vouched = co_await uses_.vouching->vouch(call.bot, std::move(call.user_id), std::move(device_id));
  if (!vouched && vouched.error().code() == Errc::invalid_param) co_return not_ours(vouched.error().message());
  if (!vouched) co_return std::unexpected(std::move(vouched).error());
  const auto now = uses_.clock.unix_ms();
  auto note = [&](store::Tx& tx) -> Result<std::vector<std::string>> {
    records::note_declined(tx, found.meeting, call.room_id, now);
    return declined_of(tx, call.room_id);
  };
  co_return co_await uses_.db.write(note);
}

Task<Unit> Words::consent(Credential credential, Wish wish) {
  const auto& [user_id, declined, ago] = wish;
  CO_TRY(auto found, co_await known(std::move(credential)));
  if (user_id.size() > matrix::kMaxIdBytes || !matrix::parse_user_id(user_id))
    co_return not_ours("That is no user id.");
  CO_TRY(const auto members, co_await uses_.rooms.joined_members(found.call.room_id));
  // Who has left since they said so is not heard in the next call either.
  const bool is_there = std::ranges::find(members, user_id) != members.end();
  const auto now = uses_.clock.unix_ms();
  const auto given = life::given(now);
  const records::Consent consent{.tenant_id = found.meeting.tenant_id,
                                 .room_id = found.call.room_id,
                                 .user_id = user_id,
                                 .declined = declined,
                                 .meeting = found.meeting.id,
                                 .at_ms = now - ago.count()};
  auto write = [&](store::Tx& tx) -> Result<bool> {
    if (declined && !is_there) {
      const auto known = records::declined_in(tx, consent.room_id, records::kMostAbsentDeclined);
      if (std::ssize(known) >= records::kMostAbsentDeclined && std::ranges::find(known, user_id) == known.end()) {
        return not_ours("Too many people decline to be heard in the room of this call who are not there.");
      }
    }
    if (!records::put_consent(tx, consent, now)) return false;
    if (found.meeting.transitions >= kMostNoted) return true;
    TRY(life::remark(tx, found.meeting.id,
                     user_id + (declined ? " declines to be heard" : " lets themselves be heard again"), given));
    return true;
  };
  CO_TRY(const auto changed, co_await uses_.db.write(write));
  if (changed) uses_.bell.ring(found.meeting.id);
  co_return Unit{};
}

}  // namespace troupe::meetings::calls
