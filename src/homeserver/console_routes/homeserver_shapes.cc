#include "homeserver/console_routes/homeserver_shapes.h"

#include <array>
#include <utility>

#include "homeserver/media/media_types.h"
#include "matrix/ids.h"

namespace troupe::api {

using homeserver::accounts::RegistrationToken;
using homeserver::accounts::RegistrationTokens;
using homeserver::admin::DeletionProgress;
using homeserver::admin::DeletionStatus;
using homeserver::admin::kDeletionWords;
using homeserver::admin::RoomDetails;
using homeserver::admin::RoomEntry;
using homeserver::media::MediaRow;
using homeserver::media::ModeratedMedia;
using homeserver::media::UserUsage;
using homeserver::reports::NamedReport;
using homeserver::reports::ReportedEvent;
using homeserver::reports::ReportKind;
using homeserver::reports::ReportRow;

using namespace homeserver::console_routes;  // the shapes' types

namespace {

constexpr std::array<std::string_view, 3> kProviderStates{"unknown", "ready", "failing"};
constexpr std::array<std::string_view, 4> kPreviews{"none", "picture", "sound", "film"};  // by media::Preview
constexpr std::array<std::string_view, 3> kRegistrationModes{"closed", "token", "open"};
constexpr std::int64_t kMostUses = 1'000'000'000;
constexpr std::int64_t kLongestValidS = 10LL * 366 * 24 * 3600;

/// The rows of a room; `To` leads to it.
template <auto... To>
std::vector<MemberRow> room_rows() {
  return {member<To..., &RoomEntry::room_id>("room_id"),
          member<To..., &RoomEntry::name>("name"),
          member<To..., &RoomEntry::canonical_alias>("alias"),
          member<To..., &RoomEntry::joined_members>("members"),
          member<To..., &RoomEntry::state_events>("state_events"),
          member<To..., &RoomEntry::version>("version"),
          member<To..., &RoomEntry::creator>("creator"),
          member<To..., &RoomEntry::encryption>("encryption", {.description = "The algorithm; not there: none."}),
          member<To..., &RoomEntry::is_public>("public", {.description = "It is in the directory."}),
          member<To..., &RoomEntry::join_rules>("join_rule"),
          member<To..., &RoomEntry::history_visibility>("history_visibility"),
          member<To..., &RoomEntry::room_type>("type", {.description = "m.space, for instance."})};
}

/// The rows of a report; `To` leads to it.
template <auto... To>
std::vector<MemberRow> report_rows() {
  return {member<To..., &NamedReport::row, &ReportRow::id>("id"),
          time<To..., &NamedReport::row, &ReportRow::received_ms>("received_at"),
          member<To..., &NamedReport::row, &ReportRow::user_id>("reporter"),
          member<To..., &NamedReport::row, &ReportRow::room_id>("room_id", {.may_lack = true}),
          member<To..., &NamedReport::name>("room_name"),
          member<To..., &NamedReport::canonical_alias>("room_alias"),
          member<To..., &NamedReport::row, &ReportRow::event_id>("event_id", {.may_lack = true}),
          member<To..., &NamedReport::row, &ReportRow::about>(
              "about", {.description = "The event's sender, or the person.", .may_lack = true}),
          member<To..., &NamedReport::row, &ReportRow::reason>("reason"),
          member<To..., &NamedReport::row, &ReportRow::score>(
              "score", {.description = "-100: most offensive, 0: inoffensive."})};
}

std::string_view kind_of(ReportKind kind) { return kReportKinds[static_cast<std::size_t>(kind)]; }

std::string_view deletion_state(const ShownDeletion& deletion) {
  return kDeletionWords[static_cast<std::size_t>(deletion.of.status)];
}

/// Nothing, unless it failed.
std::optional<std::string> failure_of(const ShownDeletion& deletion) {
  if (deletion.of.status != DeletionStatus::failed) return std::nullopt;
  boost::system::error_code broken;
  const auto result = boost::json::parse(deletion.of.failure, broken);
  const auto* said = result.is_object() ? result.get_object().if_contains("error") : nullptr;
  return said != nullptr && said->is_string() ? std::string(said->get_string()) : std::string("It failed.");
}

}  // namespace

Shape<ListedRoom> make_shape(Of<ListedRoom>) {
  return Shape<ListedRoom>::answer("HomeserverRoom", room_rows<&ListedRoom::of>());
}

Shape<ShownRoom> make_shape(Of<ShownRoom>) {
  return [] {
    auto rows = room_rows<&ShownRoom::of, &RoomDetails::entry>();
    rows.push_back(member<&ShownRoom::of, &RoomDetails::topic>("topic"));
    rows.push_back(member<&ShownRoom::of, &RoomDetails::joined_local_devices>("devices"));
    rows.push_back(member<&ShownRoom::of, &RoomDetails::replacement_room>(
        "replaced_by", {.description = "The room that it was upgraded to."}));
    rows.push_back(member<&ShownRoom::events>("events", {.description = "What lies in it, counted up to 1,000,000."}));
    rows.push_back(member<&ShownRoom::blocked_by>(
        "blocked_by", {.description = "Who blocked it: nobody may enter. Not there: it is not blocked."}));
    return Shape<ShownRoom>::answer("HomeserverRoomDetail", std::move(rows));
  }();
}

Shape<RoomMember> make_shape(Of<RoomMember>) {
  return Shape<RoomMember>::part({member<&RoomMember::user_id>("user_id")});
}

Shape<ShownDeletion> make_shape(Of<ShownDeletion>) {
  return Shape<ShownDeletion>::answer("HomeserverDeletion",
                                      {member<&ShownDeletion::of, &DeletionProgress::delete_id>("delete_id"),
                                       member<&ShownDeletion::of, &DeletionProgress::room_id>("room_id"),
                                       member<&ShownDeletion::of, &DeletionProgress::name>("name", {.may_lack = true}),
                                       made<deletion_state>("state", {.one_of = kDeletionWords}),
                                       member<&ShownDeletion::of, &DeletionProgress::people>(
                                           "people", {.description = "Were in the room, invited or knocking."}),
                                       member<&ShownDeletion::of, &DeletionProgress::people_out>(
                                           "people_out", {.description = "Have been taken out of it."}),
                                       member<&ShownDeletion::of, &DeletionProgress::events>(
                                           "events", {.description = "Lay in the room, counted up to 1,000,000."}),
                                       member<&ShownDeletion::of, &DeletionProgress::events_removed>("events_removed"),
                                       made<failure_of>("error", {.description = "Why it failed."}),
                                       time<&ShownDeletion::of, &DeletionProgress::made_ms>("started_at"),
                                       time<&ShownDeletion::of, &DeletionProgress::ended_ms>("finished_at")});
}

Shape<ListedMedia> make_shape(Of<ListedMedia>) {
  return Shape<ListedMedia>::answer(
      "HomeserverMedia",
      {member<&ListedMedia::of, &ModeratedMedia::row, &MediaRow::media_id>("media_id"),
       member<&ListedMedia::of, &ModeratedMedia::row, &MediaRow::user_id>("user_id"),
       member<&ListedMedia::of, &ModeratedMedia::row, &MediaRow::upload_name>("name"),
       member<&ListedMedia::of, &ModeratedMedia::row, &MediaRow::content_type>("content_type", {.may_lack = true}),
       member<&ListedMedia::of, &ModeratedMedia::row, &MediaRow::bytes>("bytes"),
       time<&ListedMedia::of, &ModeratedMedia::row, &MediaRow::created_ms>("uploaded_at"),
       time<&ListedMedia::of, &ModeratedMedia::row, &MediaRow::last_access_ms>("last_fetched_at",
                                                                               {.description = "To the hour."}),
       member<&ListedMedia::of, &ModeratedMedia::quarantined_by>(
           "quarantined_by", {.description = "Who did it: nobody can fetch its content. Not there: it is not."}),
       member<&ListedMedia::of, &ModeratedMedia::row, &MediaRow::safe>(
           "protected", {.description = "Its content is not put into quarantine."}),
       made<[](const ListedMedia& media) {
         return std::string(kPreviews.at(std::to_underlying(homeserver::media::preview_of(media.of.row.content_type))));
       }>("preview", {.description = "As what it can be looked at.", .one_of = kPreviews})});
}

Shape<ListedUsage> make_shape(Of<ListedUsage>) {
  return Shape<ListedUsage>::answer(
      "HomeserverMediaUsage",
      {member<&ListedUsage::of, &UserUsage::user_id>("user_id"),
       member<&ListedUsage::of, &UserUsage::display_name>("display_name"),
       member<&ListedUsage::of, &UserUsage::count>("files"), member<&ListedUsage::of, &UserUsage::length>("bytes")});
}

Shape<QuarantinedUploads> make_shape(Of<QuarantinedUploads>) {
  return Shape<QuarantinedUploads>::answer(
      "HomeserverQuarantined",
      {member<&QuarantinedUploads::count>("count", {.description = "Files that could be fetched until now."})});
}

Shape<ShownToken> make_shape(Of<ShownToken>) {
  return Shape<ShownToken>::answer(
      "RegistrationToken",
      {member<&ShownToken::of, &RegistrationToken::token>("token"),
       member<&ShownToken::of, &RegistrationToken::uses_allowed>("uses_allowed",
                                                                 {.description = "Not there: any number."}),
       member<&ShownToken::of, &RegistrationToken::completed>("uses"),
       time<&ShownToken::of, &RegistrationToken::expires_ms>("expires_at", {.description = "Not there: never."}),
       time<&ShownToken::of, &RegistrationToken::made_ms>("created_at"),
       member<&ShownToken::valid>("valid", {.description = "Neither used up nor expired."})});
}

Shape<WhoMayRegister> make_shape(Of<WhoMayRegister>) {
  return Shape<WhoMayRegister>::answer(
      "RegistrationMode", {made<[](const WhoMayRegister& now) {
        return std::string(kRegistrationModes[static_cast<std::size_t>(now.mode)]);
      }>("mode", {.description = "Who may make an account: nobody, who has a token, everybody.",
                  .one_of = kRegistrationModes})});
}

Shape<ListedReport> make_shape(Of<ListedReport>) {
  return [] {
    auto rows = report_rows<&ListedReport::of>();
    rows.push_back(made<[](const ListedReport& report) { return std::string(kind_of(report.of.row.kind)); }>(
        "kind", {.one_of = kReportKinds}));
    return Shape<ListedReport>::answer("HomeserverReport", std::move(rows));
  }();
}

Shape<ShownReport> make_shape(Of<ShownReport>) {
  return [] {
    auto rows = report_rows<&ShownReport::of, &ReportedEvent::report>();
    rows.push_back(made<[](const ShownReport& report) { return std::string(kind_of(report.of.report.row.kind)); }>(
        "kind", {.one_of = kReportKinds}));
    rows.push_back(member<&ShownReport::of, &ReportedEvent::event>(
        "event", {.description = "As it is stored now; empty when it is gone, or no event was reported."}));
    return Shape<ShownReport>::answer("HomeserverReportDetail", std::move(rows));
  }();
}

Shape<ShownProvider> make_shape(Of<ShownProvider>) {
  using identity::oidc::ProviderSettings;
  using identity::oidc::ProviderState;
  return Shape<ShownProvider>::answer(
      "HomeserverProvider",
      {member<&ShownProvider::settings, &ProviderSettings::id>("id"),
       member<&ShownProvider::settings, &ProviderSettings::name>("name"),
       member<&ShownProvider::settings, &ProviderSettings::issuer>("issuer"),
       member<&ShownProvider::settings, &ProviderSettings::client_id>("client_id"),
       member<&ShownProvider::settings, &ProviderSettings::scopes>("scopes"),
       member<&ShownProvider::settings, &ProviderSettings::localpart_claim>(
           "localpart_claim", {.description = "What new accounts are called after."}),
       member<&ShownProvider::settings, &ProviderSettings::required_role>(
           "required_role", {.description = "Without it nobody gets in; empty: none is wanted."}),
       member<&ShownProvider::settings, &ProviderSettings::link_existing>("link_existing"),
       member<&ShownProvider::settings, &ProviderSettings::backchannel_logout>("backchannel_logout"),
       member<&ShownProvider::redirect_uri>("redirect_uri", {.description = "To be registered with the provider."}),
       member<&ShownProvider::logout_uri>("logout_uri", {.description = "For back-channel logout."}),
       made<[](const ShownProvider& shown) { return kProviderStates[static_cast<std::size_t>(shown.state.kind)]; }>(
           "state", {.description = "How it answered when it was asked last; unknown: not since the start.",
                     .one_of = kProviderStates}),
       member<&ShownProvider::state, &ProviderState::error>("error",
                                                            {.description = "What is wrong with it; empty: nothing."}),
       member<&ShownProvider::state, &ProviderState::authorization>(
           "authorization_endpoint", {.description = "Where people are sent; empty: not known."}),
       time<&ShownProvider::state, &ProviderState::asked_ms>("asked_at")});
}

Shape<BlockBody> make_shape(Of<BlockBody>) {
  return Shape<BlockBody>::request("HomeserverBlock", {member<&BlockBody::blocked>("blocked")});
}

Shape<DeleteBody> make_shape(Of<DeleteBody>) {
  return Shape<DeleteBody>::request(
      "HomeserverDeleteRoom",
      {member<&DeleteBody::confirm>(
           "confirm", {.description = "The id of the room, typed again.", .least = 1, .most = matrix::kMaxIdBytes}),
       member<&DeleteBody::block>(
           "block", {.description = "Nobody may make or enter a room of this id again.", .may_lack = true})});
}

Shape<RemoveMediaBody> make_shape(Of<RemoveMediaBody>) {
  return Shape<RemoveMediaBody>::request(
      "HomeserverDeleteMedia",
      {member<&RemoveMediaBody::confirm>(
          "confirm", {.description = "The id of the file, typed again.", .least = 1, .most = 255})});
}

Shape<NewTokenBody> make_shape(Of<NewTokenBody>) {
  return Shape<NewTokenBody>::request(
      "NewRegistrationToken",
      {member<&NewTokenBody::token>("token", {.description = "A-Z, a-z, 0-9 and . _ ~ -; left out: one is drawn.",
                                              .least = 1,
                                              .most = RegistrationTokens::kMaxTokenBytes}),
       member<&NewTokenBody::uses_allowed>("uses_allowed",
                                           {.description = "Left out: any number.", .least = 1, .most = kMostUses}),
       member<&NewTokenBody::valid_for_s>(
           "valid_for_s", {.description = "From now on; left out: for ever.", .least = 1, .most = kLongestValidS})});
}

Shape<LinkBody> make_shape(Of<LinkBody>) {
  return Shape<LinkBody>::request(
      "HomeserverLink",
      {member<&LinkBody::user_id>(
          "user_id",
          {.description = "The account: a local part or a user id.", .least = 1, .most = matrix::kMaxIdBytes})});
}

Shape<TokenPatchBody> make_shape(Of<TokenPatchBody>) {
  return Shape<TokenPatchBody>::request(
      "RegistrationTokenPatch",
      {member<&TokenPatchBody::uses_allowed>("uses_allowed",
                                             {.description = "0: any number.", .least = 0, .most = kMostUses}),
       member<&TokenPatchBody::valid_for_s>(
           "valid_for_s", {.description = "From now on; 0: for ever.", .least = 0, .most = kLongestValidS})});
}

}  // namespace troupe::api

namespace troupe::homeserver::console_routes {

void add_homeserver_shapes(const api::Kit& kit) {
  api::add_shapes_of<ShownProvider, ListedRoom, ShownRoom, ShownDeletion, ListedMedia, ListedUsage, QuarantinedUploads,
                     ShownToken, WhoMayRegister, ListedReport, ShownReport, BlockBody, DeleteBody, RemoveMediaBody,
                     NewTokenBody, TokenPatchBody, LinkBody>(kit);
  api::add_shape(kit, "HomeserverProviders", api::list_schema<ShownProvider>());
  api::add_shape(kit, "HomeserverRoomPage", api::page_schema<ListedRoom>());
  api::add_shape(kit, "HomeserverMemberPage", api::page_schema<RoomMember>());
  api::add_shape(kit, "HomeserverDeletionPage", api::page_schema<ShownDeletion>());
  api::add_shape(kit, "HomeserverMediaPage", api::page_schema<ListedMedia>());
  api::add_shape(kit, "HomeserverMediaUsagePage", api::page_schema<ListedUsage>());
  api::add_shape(kit, "RegistrationTokenPage", api::page_schema<ShownToken>());
  api::add_shape(kit, "HomeserverReportPage", api::page_schema<ListedReport>());
}

}  // namespace troupe::homeserver::console_routes
