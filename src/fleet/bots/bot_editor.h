// What people may write about a bot: checks it, and makes the row that is stored.
#pragma once
#include "fleet/deps.h"

namespace troupe::fleet {

struct NewBot {
  std::string bot_id;  ///< a-z 0-9 . _ -, 1…64 bytes
  std::string display_name;
  std::string brain_kind;
  boost::json::object brain_config;
  std::string flowise_url;
  std::string homeserver;               ///< as given to /create_bot; only shown again
  std::optional<std::string> user_id;   ///< none: @bot_<bot_id>
  std::optional<std::string> password;  ///< of that account: set when it is made, checked when it exists
  bool allow_missing_brain = false;     ///< a kind that this version does not have (Flowise) may be stored
  RestartPolicy restart;
};
struct BotPatch {
  std::optional<std::string> display_name;
  std::optional<std::string> flowise_url;
  std::optional<std::string> brain_kind;
  std::optional<boost::json::object> brain_config;
  std::optional<RestartPolicy> restart;
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

/// The row of a new bot, without its number. Errors: invalid_param; forbidden (a program, and the actor is no
/// administrator or programs are not allowed here).
Result<BotDraft> draft_bot(const Deps& deps, std::int64_t tenant_id, NewBot wanted, const Actor& actor);
/// The row after a change. Errors: as draft_bot; invalid_param (another address, and a stored secret is not given
/// anew).
Result<BotDraft> patch_bot(const Deps& deps, Bot row, BotPatch patch, const Actor& actor);
/// The account for a new bot: yields whether it was made just now, or is an earlier bot's of this name. Errors:
/// user_in_use (another tenant's, or a person's), conflict (closed), those of the homeserver.
Task<bool> obtain_account(const Deps& deps, Bot row, std::optional<std::string> password, bool given,
                          std::string address);

}  // namespace troupe::fleet
