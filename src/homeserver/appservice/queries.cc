#include "homeserver/appservice/queries.h"

#include "matrix/ids.h"

namespace troupe::homeserver::appservice {
namespace {

Error too_slow() {
  return Error(Errc::timed_out, "The bridge that has this name did not answer in time.").with_status(408);
}

}  // namespace

Queries::Queries(const Services& services, ServiceClient& client, const base::Clock& clock, asio::any_io_executor home)
    : services_(services),
      client_(client),
      clock_(clock),
      limiter_({}, clock),
      lookups_(std::move(home), clock, {.kept = kMaxKept, .under_way = kMaxAtOnce}) {}

Task<bool> Queries::find_user(Asker asker, std::string user_id, IsThere is_there) {
  auto owners = owners_of(asker, user_id, &Service::has_user);
  co_return co_await find(std::move(asker), std::move(user_id), std::move(owners), std::move(is_there));
}

Task<bool> Queries::find_alias(Asker asker, std::string alias, IsThere is_there) {
  auto owners = owners_of(asker, alias, &Service::has_alias);
  co_return co_await find(std::move(asker), std::move(alias), std::move(owners), std::move(is_there));
}

Queries::Owners Queries::owners_of(const Asker& asker, std::string_view name, Has has) const {
  Owners owners;
  if (name.size() > matrix::kMaxIdBytes) return owners;
  for (const auto& service : services_.all())
    if (service.get() != asker.service && service->listens() && (service.get()->*has)(name))
      owners.push_back(service.get());
  return owners;
}

Task<bool> Queries::find(Asker asker, std::string name, Owners owners, IsThere is_there) {
  if (owners.empty()) co_return false;
  CO_TRY(const bool present, co_await is_there());
  if (present) co_return true;
  if (const auto known = lookups_.kept(name)) co_return *known;
  if (!asker.who.empty()) {
    if (const auto wait = limiter_.take(net::route::Rate::read, asker.who, &kOfAsker)) {
      co_return Error(Errc::limit_exceeded, "So many names cannot be looked for at once.").with_retry_after(*wait);
    }
  }
  auto question = [this, name, owners = std::move(owners), is_there = std::move(is_there)] {
    return ask(name, owners, is_there);
  };
  co_return co_await lookups_.find(std::move(asker.who), std::move(name), std::move(question));
}

asio::awaitable<Queries::Lookups::Outcome> Queries::ask(std::string name, Owners owners, IsThere is_there) {
  // Once more: it may have come into being since the asker looked.
  if (auto before = co_await is_there(); !before || *before) co_return Lookups::Outcome{.answer = std::move(before)};
  const auto until = clock_.steady() + kPatience;
  bool timed_out = false;
  bool failed = false;
  for (const auto* service : owners) {
    if (clock_.steady() >= until) {
      timed_out = true;
      break;
    }
    auto answer = name.starts_with('#') ? co_await client_.query_alias(*service, name)
                                        : co_await client_.query_user(*service, name);
    if (!answer || answer->status >= 500) {
      failed = true;
      timed_out = timed_out || (!answer && answer.error().code() == Errc::timed_out);
      continue;
    }
    if (answer->status != 200) continue;
    if (auto made = co_await is_there(); !made || *made) co_return Lookups::Outcome{.answer = std::move(made)};
  }
  if (timed_out) co_return Lookups::Outcome{.answer = too_slow(), .life = kFailureIsKept};
  co_return Lookups::Outcome{.answer = false, .life = failed ? kFailureIsKept : kNoIsKept};
}

}  // namespace troupe::homeserver::appservice
