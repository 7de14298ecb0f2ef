#include "assistant/surfaces/reply_files.h"

#include <algorithm>

#include "base/log.h"

namespace troupe::assistant::surfaces {
namespace {

using dialogue::ReplyKind;

/// The types are of our own making, by the bytes: nothing among the pictures holds a script.
fleet::AttachmentKind kind_of(std::string_view type) {
  if (type.starts_with("image/") && type != "image/tiff") return fleet::AttachmentKind::image;
  if (type.starts_with("audio/")) return fleet::AttachmentKind::audio;
  if (type.starts_with("video/")) return fleet::AttachmentKind::video;
  return fleet::AttachmentKind::file;
}

/// Those that its end tells of.
std::vector<tasks::FileRecord> files_told(const dialogue::Reply& reply) {
  std::vector<tasks::FileRecord> files;
  if (!reply.view || (reply.kind != ReplyKind::result && reply.kind != ReplyKind::failed)) return files;
  std::ranges::copy_if(reply.view->files, std::back_inserter(files), &tasks::FileRecord::kept);
  return files;
}

}  // namespace

Task<std::vector<fleet::Upload>> uploads_of(tasks::Tasks& tasks, tasks::Who who, const dialogue::Reply& reply) {
  std::vector<fleet::Upload> uploads;
  const auto files = files_told(reply);
  auto left = static_cast<std::int64_t>(kMaxFileBytesShown);
  for (const auto& file : files) {
    if (uploads.size() == kMaxFilesShown) break;
    if (file.bytes > left) continue;
    auto kept = co_await tasks.file(who, file.task_id, file.id());
    if (!kept) {
      base::log_info("assistant", "A file of a task is not shown.",
                     {{"task", file.task_id}, {"file", file.id()}, {"reason", kept.error().message()}});
      continue;
    }
    left -= file.bytes;
    uploads.push_back({.name = std::move(kept->file.name),
                       .mime = std::move(kept->file.type),
                       .bytes = std::move(kept->content),
                       .kind = kind_of(file.type)});
  }
  co_return uploads;
}

std::string where_files_are(const dialogue::Reply& reply, std::size_t shown) {
  const auto files = files_told(reply).size();
  if (shown >= files) return {};
  return shown == 0 ? "Download: in the console, on the task's page."
                    : "The others: in the console, on the task's page.";
}

}  // namespace troupe::assistant::surfaces
