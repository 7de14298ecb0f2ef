// SQL for sign-ins that are on their way, and for logout tokens that were taken.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "homeserver/accounts/sso_store.h"
#include "store/database.h"

namespace troupe::homeserver::sso {

/// What somebody signs in for.
enum class Purpose : std::uint8_t {
  login = 0,    ///< a client waits for a login token; the target is its address
  confirm = 1,  ///< a session of user-interactive authentication waits; the target is its id
  pages = 2,    ///< the pages of OAuth; the target is one of them
  console = 3,  ///< the console waits for a token that is good there alone; the target is its address
};

enum class Step : std::uint8_t {
  away = 0,   ///< at the provider
  back = 1,   ///< returned; what the provider says is being looked at
  name = 2,   ///< a name for the new account is wanted
  leave = 3,  ///< known; the person is asked whether to go on to the client
};

struct SignInRow {
  std::string state_hash;    ///< 32 raw bytes
  std::string browser_hash;  ///< 32 raw bytes
  std::string place_hash;    ///< 32 raw bytes: of the address, or its network, that it began at
  Purpose purpose = Purpose::login;
  std::string target;
  Step step = Step::away;
  accounts::SsoOrigin origin;
  std::string localpart;  ///< as the provider has it
  std::string display_name;
  std::string user_id;
  std::int64_t ends_ms = 0;
};

// Functions, not a class: they hold no state. All throw store::SqlError only.
namespace sign_in_store {

/// Sign-ins on their way at once, in all and from one place; the oldest go beyond, so that a flood from one place
/// pushes out its own.
inline constexpr std::int64_t kMaxOnTheWay = 10'000;
inline constexpr std::int64_t kMaxOfPlace = 500;

void insert(store::Tx&, const SignInRow& row);
std::optional<SignInRow> find(store::Connection&, std::string_view state_hash);
/// False when it is not at the step `from` any more.
bool move(store::Tx&, std::string_view state_hash, Step from, Step to);
/// What the provider has said, and where that leads.
void put_person(store::Tx&, const SignInRow& row);
void remove(store::Tx&, std::string_view state_hash);
std::int64_t remove_ended(store::Tx&, std::int64_t now_ms, std::int64_t limit);
/// Those of a person or a session of the provider (accounts::sso_store).
void remove_of(store::Tx&, const accounts::SsoOrigin& ended, std::int64_t now_ms);

void note_logout(store::Tx&, std::string_view token_hash, std::int64_t ends_ms);
bool was_logout_taken(store::Connection&, std::string_view token_hash);
std::int64_t forget_logouts(store::Tx&, std::int64_t now_ms, std::int64_t limit);

}  // namespace sign_in_store
}  // namespace troupe::homeserver::sso
