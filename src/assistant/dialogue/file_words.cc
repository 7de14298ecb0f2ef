#include "assistant/dialogue/file_words.h"

#include <fmt/format.h>

#include "assistant/dialogue/words.h"
#include "assistant/executor/task_files.h"

namespace troupe::assistant::dialogue {
namespace {

using matrix::Json;

constexpr std::size_t kMostFilesTold = 20, kFileNameBytes = 200;

bool is_step_file(const Json& value) {
  const auto* object = value.if_object();
  return object != nullptr && executor::is_task_file(matrix::find_string(*object, "file").value_or(""));
}

std::string size_words(std::int64_t bytes) {
  constexpr double kKilo = 1'000;
  if (bytes < static_cast<std::int64_t>(kKilo)) return fmt::format("{} bytes", bytes);
  const auto kilobytes = static_cast<double>(bytes) / kKilo;
  return kilobytes < kKilo ? fmt::format("{:.0f} kB", kilobytes) : fmt::format("{:.1f} MB", kilobytes / kKilo);
}

}  // namespace

Json without_files(const Json& result) {
  if (is_step_file(result)) return {};
  const auto* object = result.if_object();
  const auto* files = object != nullptr ? matrix::find_array(*object, "files") : nullptr;
  if (files == nullptr || files->empty() || !is_step_file(files->front())) return result;
  auto rest = *object;
  rest.erase("files");
  return rest;
}

std::string file_words(const std::vector<tasks::FileRecord>& files) {
  std::string out;
  std::size_t shown = 0;
  for (const auto& file : files) {
    if (shown == kMostFilesTold) break;
    out += fmt::format("\n- {} ({}{})", plain(file.name, kFileNameBytes), size_words(file.bytes),
                       file.kept ? "" : "; not kept: there was no room for it");
    ++shown;
  }
  if (out.empty()) return out;
  if (shown < files.size()) out += fmt::format("\n- … and {} more", files.size() - shown);
  return fmt::format("\n\n{}:", files.size() == 1 ? "A file" : "Files") + out;
}

}  // namespace troupe::assistant::dialogue
