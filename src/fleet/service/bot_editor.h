// What people may write about a bot: checks it, and makes the row that is stored.
#pragma once
#include "base/crypto.h"
#include "base/field_errors.h"
#include "fleet/brains/bot_kind.h"
#include "fleet/types/bot.h"
#include "identity/principals.h"
#include "matrix/accounts.h"

namespace troupe::fleet::service {

struct NewBot {
  std::string bot_id;  ///< a-z 0-9 . _ -, 1…64 bytes
  std::string display_name;
  std::string brain_kind;
  boost::json::object brain_config;
  boost::json::object annotations;      ///< Bot::annotations
  std::string homeserver;               ///< as given to /create_bot; only shown again
  std::optional<std::string> user_id;   ///< none: @bot_<bot_id>
  std::optional<std::string> password;  ///< of that account: set when it is made, checked when it exists
  RestartPolicy restart;
  base::FieldErrors mistakes;  ///< that were found before: told together with those found here
};
struct BotPatch;
/// What members of an API that mean parts of a patch come to.
class PatchMembers {
 public:
  virtual ~PatchMembers() = default;
  /// Fills the patch in, by the row that it is for.
  virtual Result<Unit> add_to(BotPatch& patch, const Bot& row) const = 0;
};
struct BotPatch {
  std::optional<std::string> display_name = {};
  boost::json::object annotations = {};  ///< that are added or replaced
  std::optional<std::string> brain_kind = {};
  std::optional<boost::json::object> brain_config = {};
  std::optional<RestartPolicy> restart = {};
  std::shared_ptr<const PatchMembers> members = {};  ///< that mean parts of the above; may be nullptr
};
struct BotDraft {
  Bot row;
  std::optional<std::string> generated_secret;  ///< made just now, to be shown once
};

/// Whether a config's addresses (scheme, host, port) are those that are stored: then stored secrets may go there.
bool same_addresses(const boost::json::object& stored, const boost::json::object& given);
/// Whether a name may be a bot's id.
bool is_bot_id(std::string_view text);
/// Error: invalid_param, naming the member that is out of range.
Result<Unit> check_restart(const RestartPolicy& policy);

/// Callable from any thread.
class BotEditor {
 public:
  struct Uses {
    matrix::Accounts& accounts;
    identity::Principals& principals;
    const base::Clock& clock;
    const brains::BotKinds& kinds;
    const base::SealingKey& sealing_key;
  };
  explicit BotEditor(const Uses& uses) : uses_(uses) {}

  /// The row of a new bot, without its number. Errors: invalid_param; forbidden (a program, and the actor is no
  /// administrator or programs are not allowed here).
  Result<BotDraft> draft(std::int64_t tenant_id, NewBot wanted, const Actor& actor) const;
  /// The row after a change. Errors: as draft; invalid_param (another address, and a stored secret is not given anew).
  Result<BotDraft> patch(Bot row, BotPatch patch, const Actor& actor) const;
  /// The account for a new bot: yields whether it was made just now, or is an earlier bot's of this name. Errors:
  /// user_in_use (another tenant's, or a person's), conflict (closed), those of the homeserver.
  Task<bool> obtain_account(Bot row, std::optional<std::string> password, bool given, std::string address) const;

 private:
  Uses uses_;
};

}  // namespace troupe::fleet::service
