// SQL for clients, codes, links and the people who are signed in on the pages. Rows become structs here and nowhere
// else.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "homeserver/accounts/sso_store.h"
#include "store/database.h"

namespace troupe::homeserver::oauth {

/// Hashes are 32 raw bytes; times milliseconds since 1970.
struct CodeRow {
  std::string code_hash;
  std::string client_id;
  std::string redirect_uri;
  std::string challenge;
  std::string scope;
  std::optional<std::string> nonce;
  std::string user_id;
  std::string device_id;
  std::int64_t made_ms = 0;
  std::int64_t ends_ms = 0;
  bool used = false;
  accounts::SsoOrigin origin = {};
};

enum class LinkState : std::uint8_t { waiting = 0, allowed = 1, denied = 2, used = 3 };

/// A device without a browser that waits until a person has typed its code.
struct LinkRow {
  std::string code_hash;
  std::string user_code;
  std::string client_id;
  std::string scope;
  std::string device_id;
  std::int64_t made_ms = 0;
  std::int64_t ends_ms = 0;
  std::int64_t asked_ms = 0;
  LinkState state = LinkState::waiting;
  std::optional<std::string> user_id;
  accounts::SsoOrigin origin = {};  ///< of whoever allowed it
};

struct BrowserRow {
  std::string token_hash;
  std::string user_id;
  std::string password_mark;
  std::int64_t ends_ms = 0;
  accounts::SsoOrigin origin = {};
};

// Functions, not a class: they hold no state. All throw store::SqlError only.
namespace oauth_store {

/// True when it is new.
bool put_client(store::Tx&, std::string_view client_id, std::string_view metadata, std::int64_t now_ms);
std::optional<std::string> find_client(store::Connection&, std::string_view client_id);
std::int64_t count_unused_clients(store::Connection&, std::int64_t at_most);
void delete_oldest_unused_client(store::Tx&);
void note_use(store::Tx&, std::string_view client_id, std::int64_t now_ms);
/// Those that nobody used since they were made before `unused_ms`, and those last used before `used_ms` by which no
/// device is signed in. Yields how many went, `limit` at most.
std::int64_t delete_old_clients(store::Tx&, std::int64_t unused_ms, std::int64_t used_ms, std::int64_t limit);

void insert_code(store::Tx&, const CodeRow& row);
std::optional<CodeRow> find_code(store::Connection&, std::string_view code_hash);
/// False when it was used already.
bool use_code(store::Tx&, std::string_view code_hash);
std::int64_t delete_old_codes(store::Tx&, std::int64_t before_ms, std::int64_t limit);

/// False when another one has the same user code.
bool insert_link(store::Tx&, const LinkRow& row);
std::optional<LinkRow> find_link(store::Connection&, std::string_view code_hash);
std::optional<LinkRow> find_link_by_user_code(store::Connection&, std::string_view user_code);
std::int64_t count_links(store::Connection&, std::int64_t at_most);
void note_asked(store::Tx&, std::string_view code_hash, std::int64_t now_ms);
/// False when it is not in the state `from` any more.
bool move_link(store::Tx&, std::string_view code_hash, LinkState from, LinkState to,
               const std::optional<std::string>& user_id);
/// Who vouched for whoever allowed it.
void put_link_origin(store::Tx&, std::string_view code_hash, const accounts::SsoOrigin& origin);
/// Those that ended before `before_ms`; used ones when that was before `used_ms`.
std::int64_t delete_old_links(store::Tx&, std::int64_t before_ms, std::int64_t used_ms, std::int64_t limit);

void insert_browser(store::Tx&, const BrowserRow& row);
std::optional<BrowserRow> find_browser(store::Connection&, std::string_view token_hash);
void delete_browser(store::Tx&, std::string_view token_hash);
std::int64_t delete_old_browsers(store::Tx&, std::int64_t before_ms, std::int64_t limit);

/// The sealed seed that ID tokens are signed with.
std::optional<std::string> find_key(store::Connection&);
void put_key(store::Tx&, std::string_view seed);

}  // namespace oauth_store
}  // namespace troupe::homeserver::oauth
