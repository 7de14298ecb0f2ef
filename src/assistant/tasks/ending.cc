#include "assistant/tasks/ending.h"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "assistant/tasks/changes.h"
#include "assistant/tasks/file_store.h"
#include "assistant/tasks/task_store.h"
#include "base/encoding.h"

namespace troupe::assistant::tasks {
namespace {

constexpr std::size_t kMaxFileNameBytes = 200;
constexpr std::size_t kMaxFileTypeBytes = 100;

Fitting cut_note(std::size_t bytes) {
  Fitting note{.value = JsonObject{{"cut", true}, {"bytes", bytes}}, .text = {}, .is_cut = true};
  note.text = boost::json::serialize(note.value);
  return note;
}

/// What is a text has no secrets; in other bytes nobody would find them by their value.
std::shared_ptr<const std::string> without_secrets(const Redactor& redactor,
                                                   std::shared_ptr<const std::string> content) {
  const bool is_text = !content->contains('\0') && base::is_utf8(*content);
  return is_text && !redactor.empty() ? std::make_shared<const std::string>(redactor.text(*content)) : content;
}

/// Before the task's row is stored. What there is no room for is noted without its bytes: what was done was done.
void put_files(store::Tx& tx, Held& held, const Ending& ending) {
  if (ending.files.empty()) return;
  auto& task = held.task;
  auto left = std::min(kMaxFileBytesOfTask - task.file_bytes,
                       kMaxPersonBytes - held.more_bytes - task_store::usage(tx, task.tenant_id, task.owner_id).bytes);
  for (std::size_t i = 0; i < ending.files.size() && task.files < kMaxFilesOfTask; ++i) {
    auto file = ending.files[i];
    file.kept = file.bytes <= left;
    if (file.kept) {
      left -= file.bytes;
      task.file_bytes += file.bytes;
      held.more_bytes += file.bytes;
    }
    file_store::insert(tx, file, file.kept ? std::string_view(*ending.contents[i]) : std::string_view());
    ++task.files;
  }
}

}  // namespace

Fitting fitting(const Redactor& redactor, const Json& value, std::size_t most) {
  Fitting made{.value = redactor.json(value), .text = {}};
  made.text = boost::json::serialize(made.value);
  return made.text.size() <= most ? made : cut_note(made.text.size());
}

Result<Ending> ending_of(const Redactor& redactor, const Claim& claim, std::int64_t number, StepEnd end,
                         base::UnixMs now) {
  if (!step_may_become(StepStatus::running, end.status) || end.status == StepStatus::running) {
    return Error(Errc::invalid_param, "A step ends done, in an error or skipped.");
  }
  Ending made{
      .number = number, .status = end.status, .error = cut(redactor.text(end.error), kMaxReasonBytes), .at_ms = now};
  if (end.output) {
    auto fits = fitting(redactor, *end.output, kMaxOutputBytes);
    made.output = std::move(fits.value);
    made.output_text = std::move(fits.text);
    made.is_cut = fits.is_cut;
  }
  if (end.status != StepStatus::done) return made;
  for (auto& draft : end.files) {
    made.contents.push_back(without_secrets(redactor, std::move(draft.content)));
    made.files.push_back({.task_id = claim.task_id,
                          .step = number,
                          .place = std::ssize(made.files) + 1,
                          .name = cut(redactor.text(draft.name), kMaxFileNameBytes),
                          .type = cut(redactor.text(draft.type), kMaxFileTypeBytes),
                          .bytes = std::ssize(*made.contents.back())});
  }
  return made;
}

StepRecord as_ended(StepRecord step, const Ending& ending, bool has_room) {
  step.status = ending.status;
  step.output = has_room ? ending.output : cut_note(static_cast<std::size_t>(ending.output_bytes())).value;
  step.output_cut = !has_room || ending.is_cut;
  step.error = ending.error;
  step.ended_ms = std::max(ending.at_ms, step.started_ms);
  return step;
}

Result<Unit> keep(store::Tx& tx, const Held& held) {
  if (held.changed_ms == 0) return Unit{};
  const auto& task = held.task;
  if (held.more_bytes != 0) task_store::add_usage(tx, task.tenant_id, task.owner_id, {.bytes = held.more_bytes});
  const bool is_late = held.changed_ms >= task.updated_ms + kListedAnew;
  if (task_store::progress(tx, task, is_late ? std::optional(held.changed_ms) : std::nullopt)) return Unit{};
  return lost_claim();
}

Result<bool> put(store::Tx& tx, Held& held, const Ending& ending) {
  auto& task = held.task;
  const auto bytes = ending.output_bytes();
  const bool has_room = task.bytes + bytes <= kMaxTaskBytes;
  const auto note = has_room ? std::string() : cut_note(static_cast<std::size_t>(bytes)).text;
  std::optional<std::string_view> output;
  if (ending.output_text) output = has_room ? std::string_view(*ending.output_text) : std::string_view(note);
  const bool was_running = task_store::end_step(tx, task.id, ending.number,
                                                {.status = ending.status,
                                                 .output = output,
                                                 .output_cut = !has_room || ending.is_cut,
                                                 .error = ending.error,
                                                 .at_ms = ending.at_ms});
  if (!was_running) {
    return Error(Errc::conflict, "The step has ended.",
                 "step " + task.id + "." + std::to_string(ending.number) + " does not run and cannot become " +
                     std::string(to_string(ending.status)));
  }
  put_files(tx, held, ending);
  if (has_room) {
    task.bytes += bytes;
    held.more_bytes += bytes;
  }
  held.changed_ms = std::max(held.changed_ms, ending.at_ms);
  return has_room;
}

Actor actor_of(const TaskRecord& task) {
  return {.tenant_id = task.tenant_id, .principal_id = task.owner_id, .label = task.owner};
}

}  // namespace troupe::assistant::tasks
