#include "assistant/services/grants.h"

#include <boost/json/serialize.hpp>
#include <charconv>

#include "assistant/services/service_store.h"
#include "matrix/json.h"

namespace troupe::assistant::services {
namespace {

constexpr std::size_t kWordLength = 22;

std::string text_of(const matrix::JsonObject& object, std::string_view name) {
  return std::string(matrix::find_string(object, name).value_or(""));
}

/// "7/slack": 7. What has no number is the server's.
std::int64_t tenant_of(std::string_view account) {
  std::int64_t out = tasks::kEveryTenant;
  std::from_chars(account.data(), account.data() + account.size(), out);
  return out;
}

}  // namespace

std::string seal(const base::SealingKey& key, const std::string& account, const calls::Grant& grant) {
  return key.seal(boost::json::serialize(matrix::JsonObject{{"account", account},
                                                            {"access_token", grant.access_token},
                                                            {"refresh_token", grant.refresh_token},
                                                            {"expires_ms", grant.expires_ms},
                                                            {"address", grant.address}}));
}

Task<std::optional<calls::Grant>> StoredGrants::load(std::string account) {
  const auto read = [&account](store::Connection& c) -> Result<std::string> {
    return service_store::grant(c, account);
  };
  CO_TRY(const auto sealed, co_await uses_.db.read(read));
  if (sealed.empty()) co_return std::nullopt;
  CO_TRY(const auto text, uses_.sealing_key.open(sealed));
  const auto parsed = matrix::parse_json(text);
  const auto* object = parsed ? parsed->if_object() : nullptr;
  if (!object || text_of(*object, "account") != account)
    co_return Error(Errc::internal, "The stored sign-in at a service cannot be read.");
  calls::Grant grant{.access_token = text_of(*object, "access_token"),
                     .refresh_token = text_of(*object, "refresh_token"),
                     .expires_ms = matrix::find_integer(*object, "expires_ms").value_or(0),
                     .address = text_of(*object, "address"),
                     .version = sealed};
  tell(account, grant);
  co_return grant;
}

Task<bool> StoredGrants::save(std::string account, calls::Grant grant) {
  tell(account, grant);
  const auto sealed = seal(uses_.sealing_key, account, grant);
  const auto write = [&, now = uses_.clock.unix_ms()](store::Tx& tx) -> Result<bool> {
    service_store::remove_turn(tx, account, uses_.holder);
    if (service_store::grant(tx, account) != grant.version) return false;
    service_store::put_grant(tx, account, sealed, now);
    return true;
  };
  co_return co_await uses_.db.write(write);
}

Task<std::optional<std::string>> StoredGrants::take_turn(std::string account, std::string lapsed) {
  if (uses_.holder.empty()) co_return std::nullopt;
  const service_store::Turn mine{.holder = uses_.holder, .word = base::random_alphanumeric(kWordLength)};
  const auto write = [&](store::Tx& tx) -> Result<std::optional<std::string>> {
    // One of this process is from before it started again: Tokens takes one at a time.
    auto found = service_store::turn(tx, account);
    if (found && found->holder != mine.holder && found->word != lapsed) return std::move(found->word);
    service_store::put_turn(tx, account, mine);
    return std::nullopt;
  };
  co_return co_await uses_.db.write(write);
}

Task<Unit> StoredGrants::end_turn(std::string account) {
  if (uses_.holder.empty()) co_return Unit{};
  const auto write = [&](store::Tx& tx) -> Result<Unit> {
    service_store::remove_turn(tx, account, uses_.holder);
    return Unit{};
  };
  co_return co_await uses_.db.write(write);
}

void StoredGrants::tell(const std::string& account, const calls::Grant& grant) {
  std::vector<std::string> values{grant.access_token, grant.refresh_token};
  {
    const base::Lock lock(mutex_);
    if (last_.size() >= calls::kMaxGrants) last_.clear();
    auto& last = last_[account];
    values.insert(values.end(), {last.access_token, last.refresh_token});
    last = grant;
  }
  std::erase(values, std::string());
  uses_.secrets.replace(tenant_of(account), "grant " + account, std::move(values));
}

}  // namespace troupe::assistant::services
