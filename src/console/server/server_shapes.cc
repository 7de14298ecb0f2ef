#include "console/server/server_shapes.h"

namespace troupe::api {

using console::server::AuditLines;
using console::server::Counts;
using console::server::Health;
using console::server::HealthOfPart;
using console::server::Hint;
using console::server::NamedCheck;
using console::server::NewTenantBody;
using console::server::Overview;
using console::server::TroubledBot;
using console::server::TroubledBots;
using host::SettingLine;
using identity::AuditChain;
using identity::AuditLine;
using identity::AuditRecord;
using identity::ChainReport;
using identity::Tenant;

namespace {

constexpr std::string_view kHints[] = {"make_user", "make_bot", "start_bot", "invite_bot", "bot_failed"};
constexpr std::string_view kHealth[] = {"healthy", "unhealthy"};

}  // namespace

template <>
const Shape<Tenant>& shape_of() {
  static const auto shape = Shape<Tenant>::answer(
      "Tenant", {member<&Tenant::id>("id"), member<&Tenant::name>("name"),
                 member<&Tenant::principals>("users", {.description = "Principals that belong to it."}),
                 time<&Tenant::created_ms>("created_at")});
  return shape;
}

template <>
const Shape<NewTenantBody>& shape_of() {
  static const auto shape =
      Shape<NewTenantBody>::request("NewTenant", {member<&NewTenantBody::name>("name", {.least = 1, .most = 100})});
  return shape;
}

template <>
const Shape<AuditRecord>& shape_of() {
  static const auto shape = Shape<AuditRecord>::part(
      {member<&AuditRecord::id>("id"), time<&AuditRecord::at_ms>("at"), member<&AuditRecord::actor>("actor"),
       member<&AuditRecord::action>("action"), member<&AuditRecord::target>("target"),
       member<&AuditRecord::detail>("detail", {.may_lack = true}),
       made<[](const AuditRecord& record) { return std::optional(record.request_id); }>("request_id"),
       member<&AuditRecord::kind>("kind", {.description = "action, api_call or command_run."}),
       member<&AuditRecord::hash>(
           "hash",
           {.description = "What the next record continues (docs/audit-chain.md); empty: older than the chain."})});
  return shape;
}

template <>
const Shape<AuditChain>& shape_of() {
  static const auto shape = Shape<AuditChain>::part(
      {member<&AuditChain::head>("head", {.description = "Hash of the newest record: write it down elsewhere."}),
       member<&AuditChain::last_id>("last_id", {.description = "Its number; 0: there is none yet."}),
       member<&AuditChain::base>("base", {.description = "Hash that the oldest kept record continues."}),
       member<&AuditChain::base_id>("base_id", {.description = "Records up to this number are not of the chain."})});
  return shape;
}

template <>
const Shape<AuditLine>& shape_of() {
  static const auto shape = Shape<AuditLine>::part(
      {member<&AuditLine::id>("id"), member<&AuditLine::tenant_id>("tenant_id"), member<&AuditLine::at_ms>("at_ms"),
       member<&AuditLine::actor_id>("actor_id"), member<&AuditLine::actor>("actor"), member<&AuditLine::kind>("kind"),
       member<&AuditLine::action>("action"), member<&AuditLine::target>("target"),
       member<&AuditLine::detail>("detail", {.description = "The stored text of a JSON object, byte by byte."}),
       member<&AuditLine::request_id>("request_id"), member<&AuditLine::hash>("hash")});
  return shape;
}

template <>
const Shape<AuditLines>& shape_of() {
  static const auto shape = Shape<AuditLines>::answer(
      "AuditLines", {member<&AuditLines::chain>("chain"), member<&AuditLines::items>("items")});
  return shape;
}

template <>
const Shape<ChainReport>& shape_of() {
  static const auto shape = Shape<ChainReport>::answer(
      "AuditChainReport",
      {made<[](const ChainReport& report) { return report.problem.empty(); }>("whole"),
       member<&ChainReport::checked>("checked", {.description = "Records that continue each other."}),
       member<&ChainReport::unchained>("unchained", {.description = "Records older than the chain."}),
       member<&ChainReport::head>("head", {.description = "Hash of the last record that was good."}),
       member<&ChainReport::broken_id>(
           "broken_id",
           {.description = "The first record that does not continue the one before; 0: the end is missing.",
            .may_lack = true}),
       member<&ChainReport::found_id>(
           "found_id", {.description = "The record whose hash was asked for; 0: the beginning.", .may_lack = true}),
       made<[](const ChainReport& report) { return report.problem; }>("problem")});
  return shape;
}

template <>
const Shape<SettingLine>& shape_of() {
  static const auto shape = Shape<SettingLine>::part(
      {member<&SettingLine::key>("key"),
       member<&SettingLine::value>("value", {.description = "A secret is \"set\" or empty."}),
       member<&SettingLine::source>(
           "source", {.description = "default, a file with its line, or the name of an environment variable or flag."}),
       member<&SettingLine::secret>("secret"), member<&SettingLine::help>("help")});
  return shape;
}

template <>
const Shape<Counts>& shape_of() {
  static const auto shape = Shape<Counts>::part(
      {member<&Counts::users>("users"), member<&Counts::bots>("bots"),
       member<&Counts::bots_running>("bots_running", {.description = "Also degraded ones."}),
       member<&Counts::bots_failed>("bots_failed", {.description = "Failed, in a crash loop, or degraded."})});
  return shape;
}

template <>
const Shape<TroubledBot>& shape_of() {
  static const auto shape = Shape<TroubledBot>::part(
      {member<&TroubledBot::bot_id>("bot_id"), member<&TroubledBot::display_name>("display_name"),
       member<&TroubledBot::state>("state"), member<&TroubledBot::trouble>("trouble")});
  return shape;
}

template <>
const Shape<TroubledBots>& shape_of() {
  static const auto shape = Shape<TroubledBots>::part(
      {member<&TroubledBots::total>("total"),
       member<&TroubledBots::items>("items", {.description = "The first ten bots with trouble, those that do not "
                                                             "answer first. All: GET /api/v1/bots?state=troubled."})});
  return shape;
}

template <>
const Shape<NamedCheck>& shape_of() {
  static const auto shape = Shape<NamedCheck>::part(
      {member<&NamedCheck::name>("name"), member<&NamedCheck::ok>("ok"), member<&NamedCheck::detail>("detail")});
  return shape;
}

template <>
const Shape<Hint>& shape_of() {
  static const auto shape =
      Shape<Hint>::part({member<&Hint::code>("code", {.one_of = kHints}), member<&Hint::title>("title"),
                         member<&Hint::text>("text"), member<&Hint::link>("link", {.may_lack = true})});
  return shape;
}

template <>
const Shape<Overview>& shape_of() {
  static const auto shape = Shape<Overview>::answer(
      "Overview", {member<&Overview::version>("version"), member<&Overview::server_name>("server_name"),
                   time<&Overview::started_ms>("started_at"), member<&Overview::uptime_s>("uptime_s"),
                   member<&Overview::matrix_url>("matrix_url"), member<&Overview::counts>("counts"),
                   member<&Overview::troubled>("troubled"), member<&Overview::checks>("checks"),
                   member<&Overview::hints>("hints")});
  return shape;
}

template <>
const Shape<HealthOfPart>& shape_of() {
  static const auto shape =
      Shape<HealthOfPart>::part({member<&HealthOfPart::ok>("ok"), member<&HealthOfPart::detail>("detail")});
  return shape;
}

template <>
const Shape<Health>& shape_of() {
  static const auto shape = Shape<Health>::answer(
      "Health", {member<&Health::status>("status", {.one_of = kHealth}), time<&Health::at_ms>("timestamp"),
                 member<&Health::version>("version"), member<&Health::uptime_s>("uptime_s"),
                 member<&Health::checks>("checks"), member<&Health::error>("error", {.may_lack = true})});
  return shape;
}

}  // namespace troupe::api

namespace troupe::console::server {

void add_server_shapes(const api::Kit& kit) {
  api::add_shapes_of<identity::Tenant, NewTenantBody, Overview, Health, AuditLines, identity::ChainReport>(kit);
  api::add_shape(kit, "Tenants", api::list_schema<identity::Tenant>());
  api::add_shape(kit, "AuditPage", api::page_schema<identity::AuditRecord>());
  api::add_shape(kit, "Settings", api::items_schema<host::SettingLine>());
}

}  // namespace troupe::console::server
