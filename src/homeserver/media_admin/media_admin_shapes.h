// Shapes of what Synapse's admin API says of uploads (api/shape.h).
#pragma once
#include "api/shape.h"
#include "homeserver/media/media_moderation.h"
#include "homeserver/media_admin/room_media.h"

namespace troupe::homeserver::media_admin {

struct Nothing {};
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

template <>
const Shape<homeserver::media_admin::Nothing>& shape_of();
template <>
const Shape<homeserver::media::ModeratedMedia>& shape_of();
template <>
const Shape<homeserver::media_admin::UserMediaPage>& shape_of();
template <>
const Shape<homeserver::media_admin::DeletedMedia>& shape_of();
template <>
const Shape<homeserver::media_admin::QuarantinedCount>& shape_of();
template <>
const Shape<homeserver::media_admin::PurgedCache>& shape_of();
template <>
const Shape<homeserver::media::UserUsage>& shape_of();
template <>
const Shape<homeserver::media_admin::MediaUsagePage>& shape_of();
template <>
const Shape<homeserver::media_admin::MediaInfo>& shape_of();
template <>
const Shape<homeserver::media_admin::MediaInfoAnswer>& shape_of();
template <>
const Shape<homeserver::media_admin::RoomMedia>& shape_of();

}  // namespace troupe::api
