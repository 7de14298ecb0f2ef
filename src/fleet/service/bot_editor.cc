#include "fleet/service/bot_editor.h"

#include <boost/json/serialize.hpp>

#include "fleet/life/brain_maker.h"
#include "matrix/ids.h"
#include "matrix/json.h"

namespace troupe::fleet::service {
namespace {

constexpr std::size_t kMaxNameBytes = 256;
constexpr std::size_t kMaxConfigBytes = 32 * 1024;

Result<Unit> check_name(std::string_view name) {
  if (name.size() > kMaxNameBytes) return base::field_error("/display_name", "display_name is longer than 256 bytes.");
  return Unit{};
}

/// Some kinds run something as the user of Troupe: not for everybody who may make bots.
Result<Unit> may_make(const brains::BotKind& kind, const Actor& actor) {
  if (kind.needs == brains::Needs::server_admin && !actor.server_admin) return Error(Errc::forbidden, kind.refusal);
  if (!kind.off.empty()) return Error(Errc::forbidden, kind.off);
  return Unit{};
}

/// "https://host:port" of an address; empty for anything else.
std::string_view origin_of(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme == text.npos) return {};
  return text.substr(0, text.find_first_of("/?#", scheme + 3));
}

/// Whether each address in `from` is at the same place in `to`.
bool keeps_addresses(const boost::json::object& from, const boost::json::object& to) {
  return std::ranges::all_of(from, [&](const auto& member) {
    const auto* text = member.value().if_string();
    if (text == nullptr || origin_of(matrix::view(*text)).empty()) return true;
    const std::string_view key(member.key().data(), member.key().size());
    return origin_of(matrix::find_string(to, key).value_or("")) == origin_of(matrix::view(*text));
  });
}

/// The stored secrets that a changed config goes on with. A secret was typed for an address and goes nowhere else: with
/// another one it must be typed anew, or be taken away by an empty text. Error: invalid_param, naming it.
Result<boost::json::object> secrets_for(const BotEditor::Uses& uses, const Bot& row, const std::string& kind_name,
                                        const boost::json::object& config) {
  boost::json::object kept;
  if (kind_name != row.brain_kind) return kept;
  if (auto opened = life::open_secrets(uses.sealing_key, row)) kept = *std::move(opened);
  const auto* kind = uses.kinds.find(kind_name);
  if (kind == nullptr || !kind->sends_secrets || same_addresses(row.brain_config, config)) return kept;
  boost::json::object bound;
  for (const auto& member : kept) {
    const std::string_view key(member.key().data(), member.key().size());
    if (key == kind->bound_secrets) {
      bound[key] = member.value();
      continue;
    }
    if (matrix::find_string(config, key)) continue;
    return Error(Errc::invalid_param, std::string(key) +
                                          " must be given again, as the address changes: a stored "
                                          "secret is sent only where it was typed for.");
  }
  return bound;
}

/// Writes the brain into the row, with its secrets sealed. Yields a secret that was made just now.
Result<std::optional<std::string>> set_brain(const BotEditor::Uses& uses, Bot& row, std::string kind_name,
                                             boost::json::object config, boost::json::object old_secrets,
                                             const Actor& actor) {
  if (boost::json::serialize(config).size() > kMaxConfigBytes) {
    return base::field_error("/brain/config", "The brain's config is larger than 32 KiB.");
  }
  brains::PreparedConfig prepared;
  if (const auto* kind = uses.kinds.find(kind_name)) {
    TRY(may_make(*kind, actor));
    auto made = kind->prepare(std::move(config), std::move(old_secrets));
    if (!made) return base::placed_under(std::move(made).error(), "/brain/config");
    prepared = *std::move(made);
  } else {
    std::string listed;
    for (const auto& kind : uses.kinds.all()) listed += (listed.empty() ? "" : ", ") + kind.name;
    return base::field_error("/brain/kind",
                             "There is no brain '" + kind_name.substr(0, 32) + "'. There are: " + listed + ".");
  }
  row.driver = uses.kinds.of(kind_name).driver_for(prepared.config);
  row.brain_kind = std::move(kind_name);
  row.brain_config = std::move(prepared.config);
  row.sealed_secrets =
      prepared.secrets.empty() ? std::string() : uses.sealing_key.seal(boost::json::serialize(prepared.secrets));
  return std::move(prepared.generated_secret);
}

}  // namespace

bool same_addresses(const boost::json::object& stored, const boost::json::object& given) {
  return keeps_addresses(stored, given) && keeps_addresses(given, stored);
}

bool is_bot_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

Result<Unit> check_restart(const RestartPolicy& policy) {
  if (policy.max_restarts < 1 || policy.max_restarts > 1'000) {
    return base::field_error("/restart/max_restarts", "restart.max_restarts must be 1 to 1000.");
  }
  if (policy.window_s < 10 || policy.window_s > 86'400) {
    return base::field_error("/restart/window_s", "restart.window_s must be 10 to 86400 seconds.");
  }
  return Unit{};
}

Result<BotDraft> BotEditor::draft(std::int64_t tenant_id, NewBot wanted, const Actor& actor) const {
  auto mistakes = std::move(wanted.mistakes);
  if (!is_bot_id(wanted.bot_id)) {
    mistakes.add("/bot_id", "bot_id must be 1 to 64 characters of a-z 0-9 . _ and -.");
  }
  mistakes.take(check_name(wanted.display_name));
  mistakes.take(check_restart(wanted.restart));
  const auto& server = uses_.accounts.server_name();
  auto user_id = wanted.user_id.value_or(matrix::make_user_id("bot_" + wanted.bot_id, server));
  auto parts = matrix::parse_user_id(user_id);
  if (!parts || parts->server != server) {
    mistakes.add("/user_id", "user_id must be an account of this server, e.g. @" + wanted.bot_id + ":" + server + ".");
  }
  auto now = uses_.clock.unix_ms();
  BotDraft draft;
  auto& row = draft.row;
  row.tenant_id = tenant_id;
  row.bot_id = wanted.bot_id;
  row.user_id = std::move(user_id);
  row.display_name = wanted.display_name.empty() ? wanted.bot_id : wanted.display_name;
  row.homeserver = wanted.homeserver;
  row.annotations = std::move(wanted.annotations);
  row.restart = wanted.restart;
  row.since_ms = row.created_ms = row.updated_ms = now;
  auto secret = set_brain(uses_, row, wanted.brain_kind, std::move(wanted.brain_config), {}, actor);
  if (!secret && secret.error().code() != Errc::invalid_param && mistakes.empty())
    return std::unexpected(secret.error());
  if (auto made = mistakes.take(std::move(secret))) draft.generated_secret = *std::move(made);
  TRY(std::move(mistakes).outcome());
  if (wanted.password) row.sealed_password = uses_.sealing_key.seal(*wanted.password);
  return draft;
}

Result<BotDraft> BotEditor::patch(Bot row, BotPatch patch, const Actor& actor) const {
  BotDraft draft;
  if (patch.display_name) {
    TRY(check_name(*patch.display_name));
    row.display_name = patch.display_name->empty() ? row.bot_id : *patch.display_name;
  }
  if (patch.members) TRY(patch.members->add_to(patch, row));
  for (const auto& member : patch.annotations) row.annotations[member.key()] = member.value();
  if (patch.restart) {
    TRY(check_restart(*patch.restart));
    row.restart = *patch.restart;
  }
  if (patch.brain_kind || patch.brain_config) {
    auto kind = patch.brain_kind.value_or(row.brain_kind);
    // Away from a kind is as much a change of it as towards one.
    TRY(may_make(uses_.kinds.of(row.brain_kind), actor));
    auto config = patch.brain_config.value_or(boost::json::object());
    TRY(auto secrets, secrets_for(uses_, row, kind, config));
    TRY(draft.generated_secret, set_brain(uses_, row, std::move(kind), std::move(config), std::move(secrets), actor));
  }
  row.updated_ms = uses_.clock.unix_ms();
  draft.row = std::move(row);
  return draft;
}

Task<bool> BotEditor::obtain_account(Bot row, std::optional<std::string> password, bool given,
                                     std::string address) const {
  auto& accounts = uses_.accounts;
  auto account = co_await accounts.account(row.user_id);
  if (!account && account.error().code() != Errc::not_found) co_return std::unexpected(std::move(account).error());
  if (!account) {
    auto parts = matrix::parse_user_id(row.user_id);
    matrix::NewAccount wanted{.localpart = std::string(parts->localpart),
                              .password = password,
                              .kind = matrix::AccountKind::bot,
                              .admin = false,
                              .display_name = row.display_name};
    CO_TRY(auto made, co_await accounts.create_account(std::move(wanted)));
    CO_TRY(co_await uses_.principals.for_account(std::move(made), row.tenant_id));
    co_return true;
  }
  // An account belongs to one tenant, whoever has known its password or had a bot of this name.
  CO_TRY(auto principal, co_await uses_.principals.for_account(*account));
  if (principal.tenant_id != row.tenant_id) {
    co_return Error(Errc::user_in_use, "The account " + row.user_id + " exists already. Choose another id.");
  }
  if (account->deactivated || account->locked) {
    co_return base::field_error("/bot_id", "The account " + row.user_id + " is closed or locked. Choose another id.",
                                Errc::conflict);
  }
  if (given && password) {
    CO_TRY(co_await accounts.check_password(row.user_id, *password, std::move(address)));
  } else if (account->kind != matrix::AccountKind::bot) {
    co_return base::field_error(
        "/bot_id", "The account " + row.user_id + " exists and is not a bot's. Choose another id.", Errc::user_in_use);
  }
  // An account that an earlier bot of this name left behind is this bot's now.
  bool ours = !given && account->kind == matrix::AccountKind::bot;
  if (ours && account->display_name != row.display_name) {
    CO_TRY(co_await accounts.set_display_name(row.user_id, row.display_name));
  }
  co_return ours;
}

}  // namespace troupe::fleet::service
