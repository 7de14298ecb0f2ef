// SQL for what an account is known by elsewhere: addresses of its person, ids at providers of sign-in.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"

namespace troupe::homeserver::accounts {

struct ThirdPartyId {
  std::string medium;  ///< email, msisdn
  std::string address;
  std::int64_t added_ms = 0;
};

struct ExternalId {
  std::string provider;
  std::string external_id;
};

// Functions, not a class: they hold no state. All throw store::SqlError only.
namespace identifier_store {

std::vector<ThirdPartyId> third_party_ids(store::Connection&, std::string_view user_id);
/// These and no others. What the account has already keeps its time; what another account has comes to this one.
void set_third_party_ids(store::Tx&, std::string_view user_id, const std::vector<ThirdPartyId>& ids);
void delete_third_party_ids(store::Tx&, std::string_view user_id);
std::optional<std::string> user_of_third_party_id(store::Connection&, std::string_view medium,
                                                  std::string_view address);

std::vector<ExternalId> external_ids(store::Connection&, std::string_view user_id);
/// These and no others. Error: conflict (one is another account's), before anything is written.
Result<Unit> set_external_ids(store::Tx&, std::string_view user_id, const std::vector<ExternalId>& ids);
std::optional<std::string> user_of_external_id(store::Connection&, std::string_view provider,
                                               std::string_view external_id);
/// False when an account has it already.
bool add_external_id(store::Tx&, std::string_view user_id, const ExternalId& id);
void delete_external_id(store::Tx&, const ExternalId& id);

}  // namespace identifier_store
}  // namespace troupe::homeserver::accounts
