// /api/v1/homeserver/media: everybody's files, what they take, quarantine and removal.
#include "api/paging.h"
#include "api/words.h"
#include "homeserver/console_routes/homeserver_routes.h"
#include "homeserver/console_routes/homeserver_shapes.h"
#include "homeserver/console_routes/server_group.h"
#include "homeserver/media/file_response.h"
#include "homeserver/media/media_types.h"

namespace troupe::homeserver::console_routes {
namespace {

using namespace api::words;

/// Further into a list of files nobody pages: each page costs a step for each file before it.
constexpr std::int64_t kFurthestFile = 100'000;
constexpr std::chrono::minutes kLongest{2};  // of a quarantine of many files
constexpr media::ThumbnailShape kPreviewShape{.width = 800, .height = 600, .crop = false};

Task<media::MediaModeration::Page> find_media(MediaApi& console, Call& call, api::Paging at) {
  CO_TRY(const auto sort, net::route::query_choice(call.request, "sort", {"-bytes", "-uploaded_at"}));
  CO_TRY(const auto quarantined, net::route::query_choice(call.request, "quarantined", {"true"}));
  CO_TRY(auto user_id, net::route::query_search(call.request, "user_id"));
  const bool newest = sort == "-uploaded_at";
  if (user_id.empty()) {
    using Sort = media::AllMediaQuery::Sort;
    co_return co_await console.moderation.list_all({.only_quarantined = quarantined.has_value(),
                                                    .sort = newest ? Sort::newest : Sort::largest,
                                                    .from = at.from,
                                                    .limit = at.limit});
  }
  if (quarantined) co_return Error(Errc::invalid_param, "Ask for an account's files or for those in quarantine.");
  co_return co_await console.moderation.list({.user_id = std::move(user_id),
                                              .sort = newest ? media::MediaSort::created : media::MediaSort::length,
                                              .descending = true,
                                              .from = at.from,
                                              .limit = at.limit});
}

Task<Response> list_media(MediaApi& console, Call& call) {
  CO_TRY(const auto at, api::paging(call.request));
  if (at.from > kFurthestFile) co_return Error(Errc::invalid_param, "from may be 100,000 at most.");
  CO_TRY(auto found, co_await find_media(console, call, at));
  boost::json::array items;
  for (auto& media : found.media) items.push_back(api::write(ListedMedia{std::move(media)}));
  co_return reply(api::page(std::move(items), found.total, at));
}

Task<Response> list_media_usage(MediaApi& console, Call& call) {
  CO_TRY(const auto at, api::paging(call.request));
  media::UsageQuery query{.search = {},
                          .from_ms = {},
                          .until_ms = {},
                          .sort = media::UsageSort::length,
                          .descending = true,
                          .from = at.from,
                          .limit = at.limit};
  CO_TRY(query.search, net::route::query_search(call.request));
  CO_TRY(auto found, co_await console.moderation.usage(std::move(query)));
  boost::json::array items;
  for (auto& user : found.users) items.push_back(api::write(ListedUsage{std::move(user)}));
  co_return reply(api::page(std::move(items), found.total, at));
}

Task<Response> show_media(MediaApi& console, std::string media_id) {
  CO_TRY(auto found, co_await console.moderation.find(std::move(media_id)));
  co_return api::answer(ListedMedia{std::move(found)});
}

Task<Response> quarantine_media(MediaApi& console, Call& call) {
  const auto& media_id = call.param("media_id");
  CO_TRY(const auto found, co_await console.moderation.find(media_id));
  if (!found.row.sha256) co_return Error(Errc::conflict, "Nothing was uploaded here yet.");
  CO_TRY(co_await console.moderation.quarantine(media_id, caller_name(call)));
  CO_TRY(auto now, co_await console.moderation.find(media_id));
  if (!now.quarantined_by) co_return Error(Errc::conflict, "This file, or another of the same content, is protected.");
  co_await api::audit(console.kit, call, "media.quarantine", media_id, {{"user_id", now.row.user_id}});
  co_return api::answer(ListedMedia{std::move(now)});
}

Task<media::OpenMedia> open_preview(MediaApi& console, const media::MediaRow& row) {
  constexpr std::chrono::milliseconds kNoWait{0};
  switch (media::preview_of(row.content_type)) {
    case media::Preview::picture:
      co_return co_await console.files.open_thumbnail(row.media_id, kPreviewShape, kNoWait, media::Quarantined::shown);
    case media::Preview::sound:
    case media::Preview::film:
      co_return co_await console.files.open(row.media_id, kNoWait, media::Quarantined::shown);
    case media::Preview::none:
      break;
  }
  co_return Error(Errc::unsupported, "A file of this kind is not shown.");
}

/// Of a picture a small one that is made here: nothing of what was uploaded reaches the administrator's browser as it
/// is.
Task<Response> preview_media(MediaApi& console, Call& call) {
  const auto& media_id = call.param("media_id");
  CO_TRY(const auto found, co_await console.moderation.find(media_id));
  if (!found.row.sha256) co_return Error(Errc::conflict, "Nothing was uploaded here yet.");
  CO_TRY(auto file, co_await open_preview(console, found.row));
  file.upload_name.reset();
  auto response = media::file_response(call.request, std::move(file));
  response.headers.set("Cache-Control", "private, no-store");
  response.headers.set("Cross-Origin-Resource-Policy", "same-origin");
  // Of each part that a player asks for: whoever asks for all but the first byte has seen it, too.
  if (response.stream) {
    co_await api::audit(console.kit, call, "media.view", media_id, {{"user_id", found.row.user_id}});
  }
  co_return response;
}

Task<Response> release_media(MediaApi& console, Call& call) {
  const auto& media_id = call.param("media_id");
  CO_TRY(co_await console.moderation.release(media_id));
  co_await api::audit(console.kit, call, "media.release", media_id);
  co_return co_await show_media(console, media_id);
}

Task<Response> delete_media(MediaApi& console, Call& call) {
  CO_TRY(const auto body, api::body_of<RemoveMediaBody>(call));
  const auto& media_id = call.param("media_id");
  if (body.confirm != media_id) {
    co_return Error(Errc::invalid_param, "confirm must repeat the id of the file: this cannot be undone.");
  }
  CO_TRY(const auto found, co_await console.moderation.find(media_id));
  CO_TRY(co_await console.removal.remove(std::vector<std::string>{media_id}));
  co_await api::audit(console.kit, call, "media.delete", media_id,
                      {{"user_id", found.row.user_id}, {"bytes", found.row.bytes}});
  co_return Response::empty(204);
}

Task<Response> quarantine_uploads(MediaApi& console, Call& call) {
  const auto& user_id = call.param("user_id");
  CO_TRY(const auto count, co_await console.moderation.quarantine_uploads_of(user_id, caller_name(call)));
  co_await api::audit(console.kit, call, "media.quarantine_user", user_id, {{"count", count}});
  co_return api::answer(QuarantinedUploads{count});
}

}  // namespace

void add_media_routes(net::route::Router& routes, MediaApi& console) {
  const ServerGroup media(routes, "/media");
  media.add(
      {.method = "GET",
       .summary = "Everybody's files, the largest first",
       .reply = TROUPE_REF("HomeserverMediaPage"),
       .query = api::paging_params({{"user_id", "Whose files; the full id"},
                                    {"quarantined", "Only those in quarantine", R"({"type":"boolean","enum":[true]})"},
                                    {"sort", "The largest or the newest first",
                                     R"({"type":"string","enum":["-bytes","-uploaded_at"],"default":"-bytes"})"}}),
       .run = api::bind(list_media, console)});
  media.add({.method = "GET",
             .path = "/{media_id}/preview",
             .summary = "A small picture of a picture, or a sound or film (a part of it: 206); in quarantine, too",
             .reply = R"({"type":"string","format":"binary"})",
             .reply_type = "application/octet-stream",
             .deadline = kLongest,
             .run = api::bind(preview_media, console)});
  media.add({.method = "POST",
             .path = "/{media_id}/quarantine",
             .summary = "Let nobody fetch a file's content, whoever uploaded it",
             .reply = TROUPE_REF("HomeserverMedia"),
             .run = api::bind(quarantine_media, console)});
  media.add({.method = "POST",
             .path = "/{media_id}/release",
             .summary = "Let a file's content be fetched again",
             .reply = TROUPE_REF("HomeserverMedia"),
             .run = api::bind(release_media, console)});
  media.add({.method = "POST",
             .path = "/{media_id}/delete",
             .summary = "Remove a file for ever",
             .body = TROUPE_REF("HomeserverDeleteMedia"),
             .status = 204,
             .run = api::bind(delete_media, console)});
  const ServerGroup usage(routes, "/media-usage");
  usage.add({.method = "GET",
             .summary = "Accounts with files, by what those take",
             .reply = TROUPE_REF("HomeserverMediaUsagePage"),
             .query = api::paging_params({{"search", "Part of a local part or a display name"}}),
             .run = api::bind(list_media_usage, console)});
  usage.add({.method = "POST",
             .path = "/{user_id}/quarantine",
             .summary = "Let nobody fetch what an account has uploaded",
             .reply = TROUPE_REF("HomeserverQuarantined"),
             .deadline = kLongest,
             .run = api::bind(quarantine_uploads, console)});
}

}  // namespace troupe::homeserver::console_routes
