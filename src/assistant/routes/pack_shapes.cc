#include "assistant/routes/pack_shapes.h"

#include <algorithm>

#include "assistant/sign_in/flow.h"
#include "base/field_errors.h"
#include "matrix/json.h"
#include "net/http/url.h"

namespace troupe::assistant::routes {
namespace {

constexpr std::size_t kMaxSecrets = 6, kMaxSummary = 300;

/// The first line of a description, cut where a list has no room for it.
std::string first_line(const std::string& text) { return tasks::cut(text.substr(0, text.find('\n')), kMaxSummary); }

/// Nothing: nobody signs in there on a page.
std::optional<PackSignInState> sign_in_of(const services::Item& item) {
  if (!item.use) return std::nullopt;
  const auto& auth = item.use->service.pack->config.auth;
  const auto there = net::http::Url::parse(auth.authorize_url);
  const bool finds = item.finds_sign_in && (item.asks_for_sign_in || auth.scheme == packs::Scheme::oauth2);
  if (!finds && (auth.scheme != packs::Scheme::oauth2 || !there)) return std::nullopt;
  return PackSignInState{.signed_in = item.signed_in,
                         .is_found = finds,
                         .is_asked = item.asks_for_sign_in,
                         .address = there ? there->origin() : std::string(),
                         .scopes = auth.scopes,
                         .return_path = sign_in::arrival_path(item.shelved.service),
                         .return_origin = {}};
}

PackState state_of(const services::Item& item) {
  PackState out{.replaces_shipped = item.shelved.replaces_shipped,
                .base_url = item.base_url,
                .base_url_from = std::string(services::kAddressesFrom.at(static_cast<std::size_t>(item.base_from))),
                .keys = {},
                .keys_unused = item.keys_unused,
                .sign_in = sign_in_of(item),
                .approval = {.by = std::string(tasks::kApprovers.at(static_cast<std::size_t>(item.approver))),
                             .names = item.approvers,
                             .is_set = item.approver_is_set},
                .egress = {},
                .errors = static_cast<std::int64_t>(item.shelved.read->findings.errors()),
                .warnings = static_cast<std::int64_t>(item.shelved.read->findings.warnings()),
                .findings = item.shelved.read->findings.sorted()};
  for (const auto& key : item.keys) {
    out.keys.push_back({.name = key.name,
                        .from = std::string(services::kKeysFrom.at(static_cast<std::size_t>(key.from))),
                        .environment = packs::environment_name(item.shelved.service, key.name)});
  }
  if (item.use) out.egress = item.use->service.pack->egress;
  return out;
}

}  // namespace

PackRow row_of(const services::Item& item) {
  PackRow out{.service = item.shelved.service,
              .title = item.shelved.service,
              .added = item.shelved.source == packs::Source::added,
              .enabled = item.enabled,
              .usable = item.use != nullptr};
  if (!item.use) return out;
  const auto& pack = *item.use->service.pack;
  out.title = pack.title;
  const bool is_shut = item.asks_for_sign_in && !item.signed_in;
  out.ready = item.enabled && item.missing.empty() && !item.base_url.empty() && !is_shut;
  out.operations = static_cast<std::int64_t>(pack.operations.size());
  out.intents = static_cast<std::int64_t>(pack.intents().size());
  return out;
}

PackView view_of(const services::Item& item, bool whole, const std::string& public_url) {
  PackView out{.row = row_of(item), .synonyms = {}, .intents = {}, .operations = {}, .settings = {}};
  if (whole) out.settings = state_of(item);
  if (whole && out.settings->sign_in) out.settings->sign_in->return_origin = public_url;
  if (!item.use) return out;
  const auto& pack = *item.use->service.pack;
  out.synonyms = pack.config.synonyms;
  for (const auto& [name, workflow] : pack.workflows)
    out.intents.push_back({.name = name, .description = first_line(workflow.description)});
  for (const auto& [name, offered] : pack.operations) {
    const auto& operation = offered.operation;
    out.operations.push_back({.name = name,
                              .summary = first_line(operation.description),
                              .method = operation.method,
                              .path = operation.path,
                              .writes = operation.writes,
                              .approval = offered.approval});
  }
  return out;
}

Result<services::Change> change_of(PackChange body) {
  services::Change out{.enabled = body.enabled, .base_url = std::move(body.base_url), .secrets = {}, .approval = {}};
  base::FieldErrors errors;
  if (body.secrets && body.secrets->size() > kMaxSecrets) errors.add("/secrets", "has at most 6 members");
  for (const auto& [name, value] : body.secrets.value_or(boost::json::object())) {
    const auto key = std::string(name).substr(0, 64);
    if (value.is_null()) {
      out.secrets[key] = std::nullopt;
    } else if (value.is_string() && !value.get_string().empty()) {
      out.secrets[key] = std::string(matrix::view(value.get_string()));
    } else {
      errors.add("/secrets" + base::pointer_to(key), "must be a text, or null to forget it");
    }
  }
  if (body.approval) {
    services::ApprovalRule rule{.approver = {}, .names = std::move(body.approval->names)};
    const auto by = std::ranges::find(tasks::kApprovers, body.approval->by);
    if (by != tasks::kApprovers.end()) rule.approver = static_cast<tasks::Approver>(by - tasks::kApprovers.begin());
    out.approval = std::move(rule);
  }
  TRY(std::move(errors).outcome());
  return out;
}

Result<packs::Files> files_of(const PackFiles& body) {
  packs::Files out;
  base::FieldErrors errors;
  for (const auto& [name, value] : body.files) {
    if (out.size() > packs::kMaxPackFiles) break;
    const auto key = std::string(name);
    if (value.is_string()) {
      out.emplace(key, matrix::view(value.get_string()));
    } else {
      errors.add("/files" + base::pointer_to(key.substr(0, 64)), "must be the file's text");
    }
  }
  TRY(std::move(errors).outcome());
  return out;
}

}  // namespace troupe::assistant::routes

namespace troupe::api {

using assistant::report::Finding;
using assistant::routes::PackApproval;
using assistant::routes::PackChange;
using assistant::routes::PackFiles;
using assistant::routes::PackIntent;
using assistant::routes::PackKey;
using assistant::routes::PackOperation;
using assistant::routes::PackRow;
using assistant::routes::PackSignInState;
using assistant::routes::PackState;
using assistant::routes::PackView;
using assistant::services::AddedPack;
using assistant::services::Tested;

namespace {

constexpr std::string_view kSources[] = {"shipped", "added"};
constexpr std::string_view kRules[] = {"pack", "asker", "administrator", "named"};

std::string source_of(const PackRow& row) { return row.added ? "added" : "shipped"; }

}  // namespace

Shape<PackRow> make_shape(Of<PackRow>) {
  return Shape<PackRow>::answer(
      "PackRow",
      {member<&PackRow::service>("service"), member<&PackRow::title>("title"),
       made<source_of>("source", {.one_of = kSources}), member<&PackRow::enabled>("enabled"),
       member<&PackRow::usable>("usable", {.description = "false: it has errors, and is not used."}),
       member<&PackRow::ready>("ready", {.description = "Enabled, usable, and nothing that it needs is missing."}),
       member<&PackRow::operations>("operations"), member<&PackRow::intents>("intents")});
}

Shape<PackOperation> make_shape(Of<PackOperation>) {
  return Shape<PackOperation>::part(
      {member<&PackOperation::name>("name"), member<&PackOperation::summary>("summary"),
       member<&PackOperation::method>("method"), member<&PackOperation::path>("path"),
       member<&PackOperation::writes>("writes"),
       member<&PackOperation::approval>("approval", {.description = "Somebody must agree to the exact call."})});
}

Shape<PackIntent> make_shape(Of<PackIntent>) {
  return Shape<PackIntent>::part(
      {member<&PackIntent::name>("name"), member<&PackIntent::description>("description", {.may_lack = true})});
}

Shape<PackKey> make_shape(Of<PackKey>) {
  return Shape<PackKey>::part(
      {member<&PackKey::name>("name"),
       member<&PackKey::from>("from",
                              {.description = "Where its value comes from.", .one_of = assistant::services::kKeysFrom}),
       member<&PackKey::environment>("environment", {.description = "The variable of the default tenant's."})});
}

Shape<PackApproval> make_shape(Of<PackApproval>) {
  return Shape<PackApproval>::part(
      {member<&PackApproval::by>("by", {.description = "Who says yes; pack: as the pack has it.", .one_of = kRules}),
       member<&PackApproval::names>(
           "names", {.description = "User ids, when by is named.", .most = 50, .each_most = 255, .may_lack = true})});
}

Shape<PackSignInState> make_shape(Of<PackSignInState>) {
  return Shape<PackSignInState>::part(
      {member<&PackSignInState::signed_in>("signed_in"),
       member<&PackSignInState::is_found>(
           "found",
           {.description = "Where it is, and as which client, is found when somebody signs in (an MCP server)."}),
       member<&PackSignInState::is_asked>("asked", {.description = "The server has asked for it."}),
       member<&PackSignInState::address>(
           "address", {.description = "Of the service that people are sent to; empty: it is not known yet."}),
       member<&PackSignInState::scopes>("scopes", {.description = "What they are asked to allow."}),
       member<&PackSignInState::return_path>(
           "return_path", {.description = "Where they come back to, on this server: the service has to know it."}),
       member<&PackSignInState::return_origin>(
           "return_origin", {.description = "The address of this server before it (console.public_url); empty: the one "
                                            "that the dashboard is open at."})});
}

Shape<Finding> make_shape(Of<Finding>) {
  return Shape<Finding>::part(
      {made<[](const Finding& each) { return std::string(assistant::report::name_of(each.severity)); }>("severity"),
       member<&Finding::file>("file"), member<&Finding::pointer>("pointer"), member<&Finding::message>("message"),
       member<&Finding::advice>("advice")});
}

Shape<PackState> make_shape(Of<PackState>) {
  return Shape<PackState>::part(
      {member<&PackState::replaces_shipped>("replaces_shipped"), member<&PackState::base_url>("base_url"),
       member<&PackState::base_url_from>("base_url_from", {.one_of = assistant::services::kAddressesFrom}),
       member<&PackState::keys>("keys", {.description = "The secrets that it needs; never their values."}),
       member<&PackState::keys_unused>(
           "keys_unused", {.description = "Keys are stored, but for another address: they have to be set again."}),
       member<&PackState::sign_in>("sign_in", {.description = "Where people sign in to the service on its own page."}),
       member<&PackState::approval>("approval"),
       made<[](const PackState& state) { return state.approval.is_set; }>(
           "approval_set", {.description = "By the tenant; false: it is the pack's own rule."}),
       member<&PackState::egress>("egress", {.description = "Hosts that may be called."}),
       member<&PackState::errors>("errors"), member<&PackState::warnings>("warnings"),
       member<&PackState::findings>("findings", {.description = "What the pack lacks, at most 200."})});
}

Shape<PackView> make_shape(Of<PackView>) {
  return Shape<PackView>::answer(
      "Pack", {member<&PackView::row, &PackRow::service>("service"), member<&PackView::row, &PackRow::title>("title"),
               made<[](const PackView& view) { return source_of(view.row); }>("source", {.one_of = kSources}),
               member<&PackView::row, &PackRow::enabled>("enabled"), member<&PackView::row, &PackRow::usable>("usable"),
               member<&PackView::row, &PackRow::ready>("ready"), member<&PackView::synonyms>("synonyms"),
               member<&PackView::intents>("intents", {.description = "Workflows. Each operation is an intent, too."}),
               member<&PackView::operations>("operations"),
               member<&PackView::settings>("settings", {.description = "For administrators."})});
}

Shape<PackChange> make_shape(Of<PackChange>) {
  return Shape<PackChange>::request(
      "PackChange",
      {member<&PackChange::enabled>("enabled"),
       member<&PackChange::base_url>("base_url",
                                     {.description = "In the place of the pack's, version path included; empty: the "
                                                     "pack's. Keys that were set for another address are not used.",
                                      .most = 2'048}),
       member<&PackChange::secrets>("secrets", {.description = "By name: a text, or null to forget it. They are never "
                                                               "shown again."}),
       member<&PackChange::approval>("approval")});
}

Shape<PackFiles> make_shape(Of<PackFiles>) {
  return Shape<PackFiles>::request(
      "PackFiles",
      {member<&PackFiles::files>("files", {.description = "By name: config.json, openapi.json or .yaml, "
                                                          "workflows.json, probes.json, examples.jsonl."})});
}

Shape<AddedPack> make_shape(Of<AddedPack>) {
  return Shape<AddedPack>::answer(
      "PackAdded", {member<&AddedPack::service>("service"),
                    member<&AddedPack::replaced>("replaced", {.description = "One of its name that was there."})});
}

Shape<Tested> make_shape(Of<Tested>) {
  return Shape<Tested>::answer(
      "PackTested",
      {made<[](const Tested& found) {
         return std::string(assistant::services::kVerdicts.at(static_cast<std::size_t>(found.verdict)));
       }>("verdict", {.description = "unsure: something answers; whether it works shows only with a task.",
                      .one_of = assistant::services::kVerdicts}),
       member<&Tested::summary>("summary"),
       member<&Tested::operation>("operation", {.description = "That was called.", .may_lack = true}),
       member<&Tested::status>("status", {.description = "Of the answer; 0: there was none."}),
       member<&Tested::took_ms>("took_ms")});
}

}  // namespace troupe::api
