#include "assistant/planner/task_spec.h"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>

#include "assistant/openapi/names.h"
#include "base/text.h"

namespace troupe::assistant::planner {
namespace {

constexpr std::array<std::string_view, 4> kSources{"words", "standard", "model", "material"};

bool is_word_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || byte >= 0x80;
}

/// Lower case, each run of blanks one blank.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : base::ascii_lower(text)) {
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!blank) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

}  // namespace

JsonObject to_json(const TaskSpec& spec) {
  return {{"service", spec.service}, {"intent", spec.intent}, {"inputs", spec.inputs}};
}

Result<TaskSpec> read_task_spec(const Json& value) {
  const auto* object = value.if_object();
  const auto service = object ? matrix::find_string(*object, "service") : std::nullopt;
  const auto intent = object ? matrix::find_string(*object, "intent") : std::nullopt;
  const auto* inputs = object ? matrix::find_object(*object, "inputs") : nullptr;
  if (!service || !intent || !inputs || object->size() != 3)
    return base::Error(base::Errc::bad_json, "a task is {\"service\", \"intent\", \"inputs\"}");
  if (!openapi::is_service(*service) || service->size() > openapi::kMaxServiceBytes ||
      !openapi::is_operation(*intent) || intent->size() > openapi::kMaxOperationBytes)
    return base::Error(base::Errc::bad_json, "service and intent are names in small letters");
  if (boost::json::serialize(*inputs).size() > kMaxInputsBytes)
    return base::Error(base::Errc::too_large, "the inputs are too large");
  return TaskSpec{.service = std::string(*service), .intent = std::string(*intent), .inputs = *inputs};
}

std::string_view name_of(Source source) { return kSources.at(static_cast<std::size_t>(source)); }

std::optional<Source> read_source(std::string_view name) {
  const auto* found = std::ranges::find(kSources, name);
  if (found == kSources.end()) return std::nullopt;
  return static_cast<Source>(found - kSources.begin());
}

bool stands_in(std::string_view text, std::string_view words) {
  const auto sought = plain(text), all = plain(words);
  if (sought.empty()) return true;
  const auto goes_on = [&](std::size_t a, std::size_t b) { return is_word_char(all[a]) && is_word_char(all[b]); };
  for (auto at = all.find(sought); at != all.npos; at = all.find(sought, at + 1)) {
    const auto end = at + sought.size();
    if ((at == 0 || !goes_on(at - 1, at)) && (end == all.size() || !goes_on(end - 1, end))) return true;
  }
  return false;
}

}  // namespace troupe::assistant::planner
