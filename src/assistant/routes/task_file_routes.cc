// /api/v1/tasks/{task_id}/files/{file_id}: what a service answered with, as a download.
#include <algorithm>

#include "api/words.h"
#include "assistant/routes/downloads.h"
#include "assistant/routes/routes.h"
#include "base/encoding.h"

namespace troupe::assistant::routes {
namespace {

using namespace api::words;

constexpr std::chrono::seconds kDownloadDeadline{120};

/// Always a download, by a name that is nothing but a name (RFC 6266).
std::string disposition(std::string_view name) {
  const bool plain = std::ranges::all_of(name, [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
  if (plain) return "attachment; filename=\"" + std::string(name) + '"';
  return "attachment; filename*=utf-8''" + base::percent_encode(name);
}

Task<Response> give_file(TaskFileApi& files, Call& call) {
  CO_TRY(auto seat, files.seats.take(call.caller->principal_id));
  CO_TRY(auto kept, co_await files.assistant(call).file(call.param("task_id"), call.param("file_id")));
  CO_TRY(seat.grow(kept.content.size()));
  co_return download({.content = std::move(kept.content),
                      .type = std::move(kept.file.type),
                      .disposition = disposition(kept.file.name)},
                     std::move(seat));
}

}  // namespace

void add_task_file_routes(const api::Group& group, TaskFileApi& files) {
  group.add({.method = "GET",
             .path = "/tasks/{task_id}/files/{file_id}",
             .summary = "A file that a service answered with, as a download",
             .reply = R"({"type":"string"})",
             .reply_type = kUnknownType,
             .deadline = kDownloadDeadline,
             .run = api::bind(give_file, files)});
}

}  // namespace troupe::assistant::routes
