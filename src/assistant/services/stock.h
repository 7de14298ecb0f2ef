// All packs of a tenant with what is set of each: what its administrator looks at, and the offer made of it.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "assistant/packs/found_sign_in.h"
#include "assistant/services/keys.h"
#include "assistant/services/service_store.h"
#include "assistant/services/services.h"
#include "assistant/services/shelf.h"
#include "assistant/tasks/secrets.h"

namespace troupe::assistant::services {

enum class KeyFrom : std::uint8_t { nowhere, stored, environment };
inline constexpr std::array<std::string_view, 3> kKeysFrom{"nowhere", "stored", "environment"};
enum class AddressFrom : std::uint8_t { pack, stored, environment };
inline constexpr std::array<std::string_view, 3> kAddressesFrom{"pack", "stored", "environment"};

/// One secret of a pack, without its value.
struct Key {
  std::string name;
  KeyFrom from = KeyFrom::nowhere;
};

/// One pack of a tenant, usable or not.
struct Item {
  Shelved shelved;
  bool enabled = false;
  std::string base_url = {};
  AddressFrom base_from = AddressFrom::pack;
  std::vector<Key> keys = {};
  /// Keys are stored, but for another address, or they do not open: they are not used.
  bool keys_unused = false;
  tasks::Approver approver = tasks::Approver::asker;
  std::vector<std::string> approvers = {};
  /// Of an MCP server: whose list of tools it wants (list_address), and whether it is there.
  std::string list_address = {};
  bool listed = false;
  /// Of an MCP server whose pack does not say where people sign in: that its server asks for it, and what was found
  /// when somebody did the last time.
  bool finds_sign_in = false, asks_for_sign_in = false;
  std::optional<packs::FoundSignIn> found = {};
  bool approver_is_set = false;           ///< by the tenant; else it is the pack's
  std::shared_ptr<const InUse> use = {};  ///< nullptr: it has errors
  std::vector<std::string> missing = {};  ///< secrets
  bool signed_in = false;                 ///< somebody has, at a service of OAuth 2: by a page, or by a token put in
  std::string base_otherwise = {};        ///< the base URL if none were stored
  /// Where the keys of the environment may go; empty: there are none for it.
  std::string environment_address = {};
};

struct Stock {
  std::vector<Item> items;  ///< by service
  std::shared_ptr<const Offer> offer;
  std::string stamp;  ///< of the shelf when it was read

  const Item* find(std::string_view service) const;
};

inline constexpr std::size_t kMaxTenantTools = 2'000;  ///< of all MCP servers of a tenant other than the default one

/// An address together with the path, or a program: what is there has one list of tools.
std::string list_address(const packs::Pack& pack, const std::string& base_url);

/// Makes stocks. One thread at a time.
class Stocker {
 public:
  struct Uses {
    const base::SealingKey& sealing_key;
    tasks::Secrets& secrets;
    const ServiceSettings& settings;
    Environment environment;
    std::filesystem::path data_dir;
    std::string own_address;  ///< of the platform listener, for the pack of this server itself
  };
  explicit Stocker(Uses uses);

  /// Reads the disk; reads, checks and trains what is new. The secrets of the stock are known to tasks::Secrets when it
  /// comes back. `rows` are the tenant's.
  std::shared_ptr<const Stock> make(std::int64_t tenant_id, const service_store::Rows& rows);

  const Shelf& shelf() const { return shelf_; }
  const ServerKeys& server_keys() const { return server_keys_; }

 private:
  struct Told {
    std::vector<std::string> now, before;
  };
  Item item_of(std::int64_t tenant_id, Shelved shelved, const service_store::Rows& rows);
  /// Gives the pack of an MCP server the tools that it was seen with.
  void find_tools(const service_store::Rows& rows, Item& item);
  /// Gives the pack of an MCP server the sign-in that was found for it.
  void find_sign_in(const service_store::Rows& rows, Item& item) const;
  void find_address(std::int64_t tenant_id, const service_store::Row& row, Item& item, bool& configured) const;
  SecretValues find_keys(std::int64_t tenant_id, const service_store::Row& row, Item& item) const;
  void tell(std::int64_t tenant_id, const std::string& service, const SecretValues& secrets);
  std::shared_ptr<const Learned> learned_of(const std::vector<Item>& items, const std::vector<InUse>& in_use);

  Uses uses_;
  Shelf shelf_;
  ServerKeys server_keys_;
  std::map<std::string, Told> told_;  ///< by account
  std::size_t room_ = 0;              ///< for tools in the stock that is being made
  std::map<std::string, std::weak_ptr<const Learned>> learned_;
};

/// The pack's own rule as tasks have it: somebody else is an administrator.
inline tasks::Approver approver_of(packs::ApprovedBy by) {
  return by == packs::ApprovedBy::other ? tasks::Approver::administrator : tasks::Approver::asker;
}

}  // namespace troupe::assistant::services
