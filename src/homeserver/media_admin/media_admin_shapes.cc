#include "homeserver/media_admin/media_admin_shapes.h"

namespace troupe::api {

using homeserver::media::MediaRow;
using homeserver::media::ModeratedMedia;
using homeserver::media::UserUsage;
using homeserver::media_admin::DeletedMedia;
using homeserver::media_admin::MediaInfo;
using homeserver::media_admin::MediaInfoAnswer;
using homeserver::media_admin::MediaUsagePage;
using homeserver::media_admin::PurgedCache;
using homeserver::media_admin::QuarantineChange;
using homeserver::media_admin::QuarantineChanges;
using homeserver::media_admin::QuarantinedCount;
using homeserver::media_admin::RoomMedia;
using homeserver::media_admin::UserMediaPage;

namespace {

constexpr Facts kNullable{.or_null = true};

/// The rows of an upload; `To` leads to it.
template <auto... To>
std::vector<MemberRow> upload_rows() {
  return {member<To..., &ModeratedMedia::row, &MediaRow::created_ms>("created_ts"),
          member<To..., &ModeratedMedia::row, &MediaRow::last_access_ms>(
              "last_access_ts", {.description = "to the hour; null: never", .or_null = true}),
          member<To..., &ModeratedMedia::row, &MediaRow::media_id>("media_id"),
          member<To..., &ModeratedMedia::row, &MediaRow::bytes>("media_length"),
          member<To..., &ModeratedMedia::row, &MediaRow::content_type>("media_type"),
          member<To..., &ModeratedMedia::quarantined_by>("quarantined_by", kNullable),
          member<To..., &ModeratedMedia::row, &MediaRow::safe>("safe_from_quarantine"),
          member<To..., &ModeratedMedia::row, &MediaRow::upload_name>("upload_name", kNullable)};
}

}  // namespace

Shape<ModeratedMedia> make_shape(Of<ModeratedMedia>) { return Shape<ModeratedMedia>::part(upload_rows<>()); }

Shape<UserMediaPage> make_shape(Of<UserMediaPage>) {
  return Shape<UserMediaPage>::part({member<&UserMediaPage::media>("media"), member<&UserMediaPage::total>("total"),
                                     member<&UserMediaPage::next_token>("next_token")});
}

Shape<DeletedMedia> make_shape(Of<DeletedMedia>) {
  return Shape<DeletedMedia>::part(
      {member<&DeletedMedia::deleted_media>("deleted_media"), member<&DeletedMedia::total>("total")});
}

Shape<QuarantinedCount> make_shape(Of<QuarantinedCount>) {
  return Shape<QuarantinedCount>::part({member<&QuarantinedCount::num_quarantined>("num_quarantined")});
}

Shape<PurgedCache> make_shape(Of<PurgedCache>) {
  return Shape<PurgedCache>::part({member<&PurgedCache::deleted>("deleted")});
}

Shape<UserUsage> make_shape(Of<UserUsage>) {
  return Shape<UserUsage>::part({member<&UserUsage::display_name>("displayname", kNullable),
                                 member<&UserUsage::count>("media_count"), member<&UserUsage::length>("media_length"),
                                 member<&UserUsage::user_id>("user_id")});
}

Shape<MediaUsagePage> make_shape(Of<MediaUsagePage>) {
  return Shape<MediaUsagePage>::part({member<&MediaUsagePage::users>("users"), member<&MediaUsagePage::total>("total"),
                                      member<&MediaUsagePage::next_token>("next_token")});
}

Shape<QuarantineChange> make_shape(Of<QuarantineChange>) {
  return Shape<QuarantineChange>::part({member<&QuarantineChange::origin>("origin"),
                                        member<&QuarantineChange::media_id>("media_id"),
                                        member<&QuarantineChange::quarantined>("quarantined")});
}

Shape<QuarantineChanges> make_shape(Of<QuarantineChanges>) {
  return Shape<QuarantineChanges>::part(
      {member<&QuarantineChanges::next_batch>("next_batch"), member<&QuarantineChanges::changes>("changes")});
}

Shape<MediaInfo> make_shape(Of<MediaInfo>) {
  return [] {
    auto rows = upload_rows<&MediaInfo::of>();
    rows.push_back(member<&MediaInfo::of, &ModeratedMedia::row, &MediaRow::user_id>("user_id"));
    rows.push_back(member<&MediaInfo::of, &ModeratedMedia::row, &MediaRow::sha256>("sha256", kNullable));
    rows.push_back(member<&MediaInfo::authenticated>("authenticated"));
    for (const auto name : {"media_origin", "filesystem_id", "url_cache"})
      rows.push_back(member<&MediaInfo::none>(name, kNullable));
    return Shape<MediaInfo>::part(std::move(rows));
  }();
}

Shape<MediaInfoAnswer> make_shape(Of<MediaInfoAnswer>) {
  return Shape<MediaInfoAnswer>::part({member<&MediaInfoAnswer::media_info>("media_info")});
}

Shape<RoomMedia> make_shape(Of<RoomMedia>) {
  return Shape<RoomMedia>::part({member<&RoomMedia::local>("local"), member<&RoomMedia::remote>("remote")});
}

}  // namespace troupe::api
