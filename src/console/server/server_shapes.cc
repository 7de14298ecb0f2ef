#include "console/server/server_shapes.h"

namespace troupe::api {

using console::server::AnchorLine;
using console::server::AnchorLines;
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
using identity::Anchored;
using identity::AnchorStanding;
using identity::AuditChain;
using identity::AuditLine;
using identity::AuditRecord;
using identity::ChainReport;
using identity::PlaceStanding;
using identity::Tenant;

namespace {

constexpr std::string_view kHints[] = {"make_user", "make_bot", "start_bot", "invite_bot", "bot_failed"};
constexpr std::string_view kHealth[] = {"healthy", "unhealthy"};

/// 0: the member is left out.
std::string time_or_nothing(base::UnixMs time) { return time == 0 ? std::string() : rfc3339(time); }

}  // namespace

Shape<Tenant> make_shape(Of<Tenant>) {
  return Shape<Tenant>::answer("Tenant",
                               {member<&Tenant::id>("id"), member<&Tenant::name>("name"),
                                member<&Tenant::principals>("users", {.description = "Principals that belong to it."}),
                                time<&Tenant::created_ms>("created_at")});
}

Shape<NewTenantBody> make_shape(Of<NewTenantBody>) {
  return Shape<NewTenantBody>::request("NewTenant", {member<&NewTenantBody::name>("name", {.least = 1, .most = 100})});
}

Shape<AuditRecord> make_shape(Of<AuditRecord>) {
  return Shape<AuditRecord>::part(
      {member<&AuditRecord::id>("id"), time<&AuditRecord::at_ms>("at"), member<&AuditRecord::actor>("actor"),
       member<&AuditRecord::action>("action"), member<&AuditRecord::target>("target"),
       member<&AuditRecord::detail>("detail", {.may_lack = true}),
       made<[](const AuditRecord& record) { return std::optional(record.request_id); }>("request_id"),
       member<&AuditRecord::kind>("kind", {.description = "action, api_call or command_run."}),
       member<&AuditRecord::hash>(
           "hash",
           {.description = "What the next record continues (docs/audit-chain.md); empty: older than the chain."})});
}

Shape<AuditChain> make_shape(Of<AuditChain>) {
  return Shape<AuditChain>::part(
      {member<&AuditChain::head>("head", {.description = "Hash of the newest record: write it down elsewhere."}),
       member<&AuditChain::last_id>("last_id", {.description = "Its number; 0: there is none yet."}),
       member<&AuditChain::base>("base", {.description = "Hash that the oldest kept record continues."}),
       member<&AuditChain::base_id>("base_id", {.description = "Records up to this number are not of the chain."})});
}

Shape<AuditLine> make_shape(Of<AuditLine>) {
  return Shape<AuditLine>::part(
      {member<&AuditLine::id>("id"), member<&AuditLine::tenant_id>("tenant_id"), member<&AuditLine::at_ms>("at_ms"),
       member<&AuditLine::actor_id>("actor_id"), member<&AuditLine::actor>("actor"), member<&AuditLine::kind>("kind"),
       member<&AuditLine::action>("action"), member<&AuditLine::target>("target"),
       member<&AuditLine::detail>("detail", {.description = "The stored text of a JSON object, byte by byte."}),
       member<&AuditLine::request_id>("request_id"), member<&AuditLine::hash>("hash")});
}

Shape<AuditLines> make_shape(Of<AuditLines>) {
  return Shape<AuditLines>::answer("AuditLines",
                                   {member<&AuditLines::chain>("chain"), member<&AuditLines::items>("items")});
}

Shape<Anchored> make_shape(Of<Anchored>) {
  return Shape<Anchored>::part(
      {member<&Anchored::id>("id"), member<&Anchored::kind>("kind", {.description = "time_stamp or room"}),
       member<&Anchored::place>("place"), member<&Anchored::head>("head"),
       member<&Anchored::last_id>("last_id", {.description = "The record whose hash it is: it covers all up to it."}),
       time<&Anchored::at_ms>("at"),
       made<[](const Anchored& each) {
         return std::string(identity::kAnchorStates.at(static_cast<std::size_t>(each.state)));
       }>("state", {.description = "How it stands to the chain; proven: where it was written down confirms it.",
                    .one_of = identity::kAnchorStates}),
       made<[](const Anchored& each) { return time_or_nothing(each.proven_ms); }>(
           "proven_at", {.description = "When it was written down, as the place says.", .may_lack = true}),
       member<&Anchored::problem>("problem", {.may_lack = true})});
}

Shape<AnchorLine> make_shape(Of<AnchorLine>) {
  return Shape<AnchorLine>::part(
      {member<&AnchorLine::anchor, &Anchored::id>("id"), member<&AnchorLine::anchor, &Anchored::kind>("kind"),
       member<&AnchorLine::anchor, &Anchored::place>("place"), member<&AnchorLine::anchor, &Anchored::head>("head"),
       member<&AnchorLine::anchor, &Anchored::last_id>("last_id"),
       member<&AnchorLine::anchor, &Anchored::at_ms>("at_ms"),
       member<&AnchorLine::proof>("proof",
                                  {.description = "In base64: the answer of a time-stamping authority (DER), or "
                                                  "a message's event id."})});
}

Shape<AnchorLines> make_shape(Of<AnchorLines>) {
  return Shape<AnchorLines>::answer("AuditAnchors", {member<&AnchorLines::items>("items")});
}

Shape<PlaceStanding> make_shape(Of<PlaceStanding>) {
  return Shape<PlaceStanding>::part(
      {member<&PlaceStanding::kind>("kind", {.description = "time_stamp or room"}),
       member<&PlaceStanding::place>("place"),
       made<[](const PlaceStanding& each) { return time_or_nothing(each.newest ? each.newest->at_ms : 0); }>(
           "anchored_at", {.description = "When a head was written down there last.", .may_lack = true}),
       made<[](const PlaceStanding& each) { return each.newest ? std::optional(each.newest->last_id) : std::nullopt; }>(
           "last_id", {.description = "It covers all records up to this number.", .may_lack = true}),
       made<[](const PlaceStanding& each) { return time_or_nothing(each.waiting_ms); }>(
           "waiting_since",
           {.description = "When the oldest record that it does not cover was written.", .may_lack = true}),
       made<[](const PlaceStanding& each) { return time_or_nothing(each.failing_ms); }>(
           "failing_since", {.description = "Every try failed since then.", .may_lack = true}),
       member<&PlaceStanding::problem>("problem", {.description = "What the last try failed of.", .may_lack = true}),
       member<&PlaceStanding::late>("late", {.description = "Nothing was written down for longer than three rounds, "
                                                            "although there was something."})});
}

Shape<AnchorStanding> make_shape(Of<AnchorStanding>) {
  return Shape<AnchorStanding>::answer(
      "AuditAnchoring",
      {made<[](const AnchorStanding& all) { return static_cast<std::int64_t>(all.every.count()); }>(
           "every_minutes", {.description = "How often a chain that has grown is anchored."}),
       member<&AnchorStanding::places>("places", {.description = "None: anchoring is switched off."})});
}

Shape<ChainReport> make_shape(Of<ChainReport>) {
  return Shape<ChainReport>::answer(
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
       member<&ChainReport::anchors_total>("anchors_total", {.description = "Heads that were written down elsewhere."}),
       member<&ChainReport::anchors>("anchors", {.description = "Of these the newest 100, and those that are wrong."}),
       made<[](const ChainReport& report) { return report.problem; }>("problem")});
}

Shape<SettingLine> make_shape(Of<SettingLine>) {
  return Shape<SettingLine>::part(
      {member<&SettingLine::key>("key"),
       member<&SettingLine::value>("value", {.description = "A secret is \"set\" or empty."}),
       member<&SettingLine::source>(
           "source", {.description = "default, a file with its line, or the name of an environment variable or flag."}),
       member<&SettingLine::secret>("secret"), member<&SettingLine::help>("help")});
}

Shape<Counts> make_shape(Of<Counts>) {
  return Shape<Counts>::part(
      {member<&Counts::users>("users"), member<&Counts::bots>("bots"),
       member<&Counts::bots_running>("bots_running", {.description = "Also degraded ones."}),
       member<&Counts::bots_failed>("bots_failed", {.description = "Failed, in a crash loop, or degraded."})});
}

Shape<TroubledBot> make_shape(Of<TroubledBot>) {
  return Shape<TroubledBot>::part({member<&TroubledBot::bot_id>("bot_id"),
                                   member<&TroubledBot::display_name>("display_name"),
                                   member<&TroubledBot::state>("state"), member<&TroubledBot::trouble>("trouble")});
}

Shape<TroubledBots> make_shape(Of<TroubledBots>) {
  return Shape<TroubledBots>::part(
      {member<&TroubledBots::total>("total"),
       member<&TroubledBots::items>("items", {.description = "The first ten bots with trouble, those that do not "
                                                             "answer first. All: GET /api/v1/bots?state=troubled."})});
}

Shape<NamedCheck> make_shape(Of<NamedCheck>) {
  return Shape<NamedCheck>::part(
      {member<&NamedCheck::name>("name"), member<&NamedCheck::ok>("ok"), member<&NamedCheck::detail>("detail")});
}

Shape<Hint> make_shape(Of<Hint>) {
  return Shape<Hint>::part({member<&Hint::code>("code", {.one_of = kHints}), member<&Hint::title>("title"),
                            member<&Hint::text>("text"), member<&Hint::link>("link", {.may_lack = true})});
}

Shape<Overview> make_shape(Of<Overview>) {
  return Shape<Overview>::answer("Overview",
                                 {member<&Overview::version>("version"), member<&Overview::server_name>("server_name"),
                                  time<&Overview::started_ms>("started_at"), member<&Overview::uptime_s>("uptime_s"),
                                  member<&Overview::matrix_url>("matrix_url"), member<&Overview::counts>("counts"),
                                  member<&Overview::troubled>("troubled"), member<&Overview::checks>("checks"),
                                  member<&Overview::hints>("hints")});
}

Shape<HealthOfPart> make_shape(Of<HealthOfPart>) {
  return Shape<HealthOfPart>::part({member<&HealthOfPart::ok>("ok"), member<&HealthOfPart::detail>("detail")});
}

Shape<Health> make_shape(Of<Health>) {
  return Shape<Health>::answer(
      "Health", {member<&Health::status>("status", {.one_of = kHealth}), time<&Health::at_ms>("timestamp"),
                 member<&Health::version>("version"), member<&Health::uptime_s>("uptime_s"),
                 member<&Health::checks>("checks"), member<&Health::error>("error", {.may_lack = true})});
}

}  // namespace troupe::api

namespace troupe::console::server {

void add_server_shapes(const api::Kit& kit) {
  api::add_shapes_of<identity::Tenant, NewTenantBody, Overview, Health, AnchorLines, AuditLines,
                     identity::AnchorStanding, identity::ChainReport>(kit);
  api::add_shape(kit, "Tenants", api::list_schema<identity::Tenant>());
  api::add_shape(kit, "AuditPage", api::page_schema<identity::AuditRecord>());
  api::add_shape(kit, "Settings", api::items_schema<host::SettingLine>());
}

}  // namespace troupe::console::server
