#include "assistant/executor/task_files.h"

namespace troupe::assistant::executor {
namespace {

constexpr std::string_view kTaskFile = "task-file:";

}  // namespace

std::string task_file(std::int64_t step, std::int64_t place) {
  return std::string(kTaskFile) +
         tasks::FileRecord{.task_id = {}, .step = step, .place = place, .name = {}, .type = {}}.id();
}

bool is_task_file(std::string_view text) { return text.starts_with(kTaskFile); }

bool TaskFiles::is_reference(std::string_view text) const { return is_task_file(text); }

Task<calls::Blob> TaskFiles::read(std::string /*person*/, std::string reference, std::size_t most_bytes) {
  auto reading = ledger_.parts().tasks.file_of(ledger_.claim(), reference.substr(kTaskFile.size()));
  CO_TRY(auto kept, co_await std::move(reading));
  if (kept.content.size() > most_bytes) co_return Error(Errc::too_large, "The file is too large to be sent on.");
  co_return calls::Blob{
      .name = std::move(kept.file.name), .content_type = std::move(kept.file.type), .bytes = std::move(kept.content)};
}

}  // namespace troupe::assistant::executor
