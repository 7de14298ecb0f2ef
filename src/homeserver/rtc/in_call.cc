#include "homeserver/rtc/in_call.h"

namespace troupe::homeserver::rtc {

Task<Unit> InCall::let_in(InCallRow who) {
  who.let_in_ms = parts_.clock.unix_ms();
  // By then the token has run out: who has not come is not coming.
  who.look_ms = who.let_in_ms + kLookTwice.count();
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    in_call_store::put(tx, who);
    if (in_call_store::count_of(tx, who.user_id) <= kMostOfOne) return Unit{};
    return Error(Errc::limit_exceeded, "You have come into too many calls in the last hour.");
  };
  co_return co_await parts_.db.write(write, {.savepoint = true});
}

Task<Unit> InCall::look() {
  CO_TRY(const bool answers, co_await put_out());
  if (!answers) co_return Unit{};
  co_return co_await forget_gone();
}

Task<bool> InCall::put_out() {
  bool some_back = false;
  auto find = [&](store::Connection& c) -> Result<std::vector<InCallRow>> {
    some_back = in_call_store::are_some_back(c);
    return in_call_store::not_welcome(c, kAtOnce);
  };
  CO_TRY(auto found, co_await parts_.db.read(find));
  if (found.empty() && !some_back) co_return true;
  const auto now = parts_.clock.unix_ms();
  std::vector<InCallRow> done, tried;
  bool answers = true;
  for (auto& one : found) {
    answers = (co_await parts_.sfu.remove(one.livekit_room, one.identity)).has_value();
    one.tried_ms = now;
    if (answers && one.out_ms && now - *one.out_ms >= kPutOutFor.count()) {
      done.push_back(std::move(one));
      continue;
    }
    if (answers && !one.out_ms) one.out_ms = now;
    tried.push_back(std::move(one));
    if (!answers) break;
  }
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    for (const auto& one : done) in_call_store::remove(tx, one);
    for (const auto& one : tried) in_call_store::update(tx, one);
    in_call_store::welcome_back(tx);
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(write, {.lane = store::Lane::bulk}));
  co_return answers;
}

Task<Unit> InCall::forget_gone() {
  const auto now = parts_.clock.unix_ms();
  auto find = [now](store::Connection& c) -> Result<std::vector<InCallRow>> {
    return in_call_store::to_look_at(c, now, kAtOnce);
  };
  CO_TRY(auto found, co_await parts_.db.read(find));
  std::vector<InCallRow> gone, there;
  for (auto& one : found) {
    const auto is_there = co_await parts_.sfu.is_there(one.livekit_room, one.identity);
    if (!is_there) break;
    if (!*is_there && one.absent) {
      gone.push_back(std::move(one));
      continue;
    }
    one.absent = !*is_there;
    one.look_ms = now + (one.absent ? kLookTwice : kLookEvery).count();
    there.push_back(std::move(one));
  }
  if (gone.empty() && there.empty()) co_return Unit{};
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    for (const auto& one : gone) in_call_store::remove(tx, one);
    for (const auto& one : there) in_call_store::update(tx, one);
    return Unit{};
  };
  co_return co_await parts_.db.write(write, {.lane = store::Lane::bulk});
}

}  // namespace troupe::homeserver::rtc
