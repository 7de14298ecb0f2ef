// Shapes of what Synapse's admin API says of uploads (api/shape.h).
#pragma once
#include "api/shape.h"
#include "homeserver/common/nothing.h"
#include "homeserver/media/media_moderation.h"
#include "homeserver/media_admin/room_media.h"

namespace troupe::homeserver::media_admin {

struct UserMediaPage {
  std::vector<media::ModeratedMedia> media;
  std::int64_t total = 0;
  std::optional<std::int64_t> next_token;
};
struct DeletedMedia {
  std::vector<std::string> deleted_media;
  std::int64_t total = 0;
};
struct QuarantinedCount {
  std::int64_t num_quarantined = 0;
};
struct PurgedCache {
  std::int64_t deleted = 0;
};
struct MediaUsagePage {
  std::vector<media::UserUsage> users;
  std::int64_t total = 0;
  std::optional<std::int64_t> next_token;
};
struct QuarantineChange {
  std::string origin;
  std::string media_id;
  bool quarantined = false;
};
struct QuarantineChanges {
  std::vector<QuarantineChange> changes;
  std::int64_t next_batch = 0;
};
struct MediaInfo {
  media::ModeratedMedia of;
  bool authenticated = true;        ///< no upload is given to whoever has no token
  std::optional<std::string> none;  ///< what uploads here do not have
};
struct MediaInfoAnswer {
  MediaInfo media_info;
};

}  // namespace troupe::homeserver::media_admin

namespace troupe::api {

Shape<homeserver::media::ModeratedMedia> make_shape(Of<homeserver::media::ModeratedMedia>);
Shape<homeserver::media_admin::UserMediaPage> make_shape(Of<homeserver::media_admin::UserMediaPage>);
Shape<homeserver::media_admin::DeletedMedia> make_shape(Of<homeserver::media_admin::DeletedMedia>);
Shape<homeserver::media_admin::QuarantinedCount> make_shape(Of<homeserver::media_admin::QuarantinedCount>);
Shape<homeserver::media_admin::PurgedCache> make_shape(Of<homeserver::media_admin::PurgedCache>);
Shape<homeserver::media::UserUsage> make_shape(Of<homeserver::media::UserUsage>);
Shape<homeserver::media_admin::MediaUsagePage> make_shape(Of<homeserver::media_admin::MediaUsagePage>);
Shape<homeserver::media_admin::MediaInfo> make_shape(Of<homeserver::media_admin::MediaInfo>);
Shape<homeserver::media_admin::MediaInfoAnswer> make_shape(Of<homeserver::media_admin::MediaInfoAnswer>);
Shape<homeserver::media_admin::QuarantineChange> make_shape(Of<homeserver::media_admin::QuarantineChange>);
Shape<homeserver::media_admin::QuarantineChanges> make_shape(Of<homeserver::media_admin::QuarantineChanges>);
Shape<homeserver::media_admin::RoomMedia> make_shape(Of<homeserver::media_admin::RoomMedia>);

}  // namespace troupe::api
