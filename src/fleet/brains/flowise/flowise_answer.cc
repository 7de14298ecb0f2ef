#include "fleet/brains/flowise/flowise_answer.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/encoding.h"
#include "fleet/answers/text_split.h"
#include "matrix/json.h"

namespace troupe::fleet::brains {
namespace {

using boost::json::object;
using boost::json::value;
using matrix::find_array;
using matrix::find_object;
using matrix::find_string;

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxFlowiseErrorBytes = 500;
constexpr std::size_t kMaxAnsweredFileBytes = 20 * 1024 * 1024;
constexpr std::size_t kMaxActionBytes = 16 * 1024;
constexpr std::size_t kMaxDoingBytes = 100;
constexpr std::string_view kAtWork = "⚙ ";
constexpr std::string_view kStored = "FILE-STORAGE::";

/// Lenient where matrix::parse_json is strict: duplicate keys are Flowise's business.
std::optional<value> parse(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  options.allow_invalid_utf8 = true;
  boost::system::error_code ec;
  auto json = boost::json::parse(text, ec, {}, options);
  if (ec) return std::nullopt;
  return json;
}

std::string shortened(std::string_view text, std::size_t most) {
  auto clean = answers::clean_text(text.substr(0, most));
  return text.size() > most ? clean + "…" : clean;
}

/// Flowise writes some lists as JSON inside a string, some of them twice.
value unwrapped(const value& given) {
  value current = given;
  for (int depth = 0; depth < 3 && current.is_string(); ++depth) {
    auto inner = parse(matrix::view(current.get_string()));
    if (!inner) break;
    current = *std::move(inner);
  }
  return current;
}

void add_text(FlowiseAnswer& answer, std::string_view more) {
  auto room = FlowiseAnswer::kMaxTextBytes - std::min(FlowiseAnswer::kMaxTextBytes, answer.text.size());
  if (more.size() > room) answer.cut = true;
  answer.text += more.substr(0, room);
}

/// {"nodeLabel": name, "status": "INPROGRESS"}: where an agent flow is.
void read_step(FlowiseAnswer& answer, const value& given) {
  const auto step = unwrapped(given);
  if (!step.is_object()) return;
  const auto label = find_string(step.get_object(), "nodeLabel").value_or("");
  if (label.empty() || find_string(step.get_object(), "status").value_or("") != "INPROGRESS") return;
  answer.doing = std::string(kAtWork).append(shortened(label, kMaxDoingBytes));
}

/// [{"tool": name, …}], the newest last.
void read_tools(FlowiseAnswer& answer, const value& given) {
  const auto list = unwrapped(given);
  if (!list.is_array()) return;
  for (const auto& item : list.get_array()) {
    if (!item.is_object()) continue;
    const auto name = find_string(item.get_object(), "tool");
    if (name && !name->empty()) answer.doing = std::string(kAtWork).append(shortened(*name, kMaxDoingBytes));
  }
}

void read_follow_ups(FlowiseAnswer& answer, const value& given) {
  auto list = unwrapped(given);
  if (!list.is_array()) return;
  answer.follow_ups.clear();
  for (const auto& item : list.get_array()) {
    if (answer.follow_ups.size() == 5) break;
    if (item.is_string()) answer.follow_ups.push_back(shortened(matrix::view(item.get_string()), 300));
  }
}

void read_sources(FlowiseAnswer& answer, const value& given) {
  auto list = unwrapped(given);
  if (!list.is_array()) return;
  for (const auto& item : list.get_array()) {
    if (!item.is_object() || answer.sources.size() == FlowiseAnswer::kMaxItems) continue;
    const auto& document = item.get_object();
    Footnote note;
    note.text = shortened(find_string(document, "pageContent").value_or(""), 250);
    if (const auto* metadata = find_object(document, "metadata")) {
      auto source = find_string(*metadata, "source").value_or("");
      auto url = find_string(*metadata, "url").value_or(source);
      if (url.starts_with("http://") || url.starts_with("https://")) note.url = shortened(url, 500);
      auto slash = source.find_last_of("/\\");
      auto name = note.url.empty() && slash != source.npos ? source.substr(slash + 1) : source;
      note.title = shortened(find_string(*metadata, "title").value_or(name), 200);
    }
    if (note.title.empty()) note.title = shortened(note.text, 60);
    if (note.title.empty()) continue;
    bool known = std::ranges::any_of(
        answer.sources, [&](const Footnote& other) { return other.title == note.title && other.url == note.url; });
    if (!known) answer.sources.push_back(std::move(note));
  }
}

std::string mime_of(std::string_view type) {
  if (type == "png" || type == "jpeg" || type == "gif" || type == "webp") return "image/" + std::string(type);
  if (type == "jpg") return "image/jpeg";
  if (type == "svg") return "image/svg+xml";
  return {};
}

void read_artifacts(FlowiseAnswer& answer, const value& given) {
  auto list = unwrapped(given);
  if (!list.is_array()) return;
  for (const auto& item : list.get_array()) {
    if (answer.files.size() == FlowiseAnswer::kMaxItems) return;
    if (item.is_array()) {  // agents give one list per tool call
      read_artifacts(answer, item);
      continue;
    }
    if (!item.is_object()) continue;
    const auto& artifact = item.get_object();
    auto data = find_string(artifact, "data").value_or("");
    FlowiseFile file;
    file.mime = mime_of(find_string(artifact, "type").value_or(""));
    file.name = shortened(find_string(artifact, "name").value_or(""), 100);
    if (file.mime.empty()) continue;  // text, HTML, tables: they are in the answer as well
    if (data.starts_with(kStored)) {
      file.stored = data.substr(kStored.size());
      if (file.stored.size() > 255) continue;
    } else {
      if (auto comma = data.find("base64,"); data.starts_with("data:") && comma != data.npos) {
        data.remove_prefix(comma + 7);
      }
      if (data.empty() || data.size() > kMaxAnsweredFileBytes) continue;
      while (data.ends_with('=')) data.remove_suffix(1);
      auto bytes = base::base64_decode(data);
      if (!bytes) continue;
      file.bytes = *std::move(bytes);
    }
    if (file.name.empty()) file.name = file.stored.empty() ? "picture." + file.mime.substr(6) : file.stored;
    answer.files.push_back(std::move(file));
  }
}

void read_annotations(FlowiseAnswer& answer, const value& given) {
  auto list = unwrapped(given);
  if (!list.is_array()) return;
  for (const auto& item : list.get_array()) {
    if (!item.is_object() || answer.files.size() == FlowiseAnswer::kMaxItems) continue;
    auto path = find_string(item.get_object(), "filePath").value_or("");
    auto name = find_string(item.get_object(), "fileName").value_or("");
    if (!path.starts_with(kStored) || path.size() > 300) continue;
    answer.files.push_back({.stored = std::string(path.substr(kStored.size())),
                            .bytes = {},
                            .mime = "application/octet-stream",
                            .name = shortened(name, 100)});
  }
}

void read_action(FlowiseAnswer& answer, const value& given) {
  auto action = unwrapped(given);
  if (!action.is_object()) return;
  auto& raw = action.get_object();
  if (boost::json::serialize(raw).size() > kMaxActionBytes) {
    raw.erase("data");
    if (boost::json::serialize(raw).size() > kMaxActionBytes) return;
  }
  FlowiseAction read;
  if (const auto* data = find_object(raw, "data"))
    read.node = shortened(find_string(*data, "nodeId").value_or(""), 200);
  if (const auto* mapping = find_object(raw, "mapping")) {
    read.approve = shortened(find_string(*mapping, "approve").value_or(read.approve), 100);
    read.reject = shortened(find_string(*mapping, "reject").value_or(read.reject), 100);
  }
  if (const auto* elements = find_array(raw, "elements")) {
    for (const auto& element : *elements) {
      if (!element.is_object()) continue;
      auto type = find_string(element.get_object(), "type").value_or("");
      auto label = find_string(element.get_object(), "label").value_or("");
      if (label.empty()) continue;
      if (type.find("approve") != type.npos) read.approve = shortened(label, 100);
      if (type.find("reject") != type.npos) read.reject = shortened(label, 100);
    }
  }
  if (read.node.empty() && find_array(raw, "elements") == nullptr && find_object(raw, "mapping") == nullptr) return;
  read.raw = std::move(raw);
  answer.action = std::move(read);
}

void read_usage(FlowiseAnswer& answer, const object& usage) {
  auto number = [&](std::initializer_list<std::string_view> keys) -> std::int64_t {
    for (auto key : keys) {
      if (auto found = matrix::find_integer(usage, key); found && *found > 0 && *found < 1'000'000'000) return *found;
    }
    return 0;
  };
  answer.usage.tokens_in += number({"input_tokens", "prompt_tokens", "promptTokens"});
  answer.usage.tokens_out += number({"output_tokens", "completion_tokens", "completionTokens"});
}

/// The members that the JSON answer and the stream's metadata share.
void read_members(FlowiseAnswer& answer, const object& given) {
  auto keep = [&](std::string_view key, std::string& into) {
    if (auto text = find_string(given, key)) into = shortened(*text, 4'000);
  };
  keep("chatMessageId", answer.message_id);
  keep("chatId", answer.chat_id);
  keep("question", answer.question);
  if (const auto* list = matrix::find(given, "followUpPrompts")) read_follow_ups(answer, *list);
  if (const auto* list = matrix::find(given, "sourceDocuments")) read_sources(answer, *list);
  if (const auto* list = matrix::find(given, "artifacts")) read_artifacts(answer, *list);
  if (const auto* list = matrix::find(given, "fileAnnotations")) read_annotations(answer, *list);
  if (const auto* action = matrix::find(given, "action")) read_action(answer, *action);
  if (const auto* usage = find_object(given, "usageMetadata")) read_usage(answer, *usage);
}

std::string code_block(const value& json) { return "```json\n" + boost::json::serialize(json) + "\n```"; }

}  // namespace

Result<FlowiseAnswer> read_flowise_answer(std::string_view body) {
  auto json = parse(body);
  if (!json) return Error(Errc::bad_json, "Flowise's answer is not JSON.");
  FlowiseAnswer answer;
  answer.ended = true;
  if (json->is_string()) {  // flows that end in a function of their own
    add_text(answer, matrix::view(json->get_string()));
    return answer;
  }
  if (!json->is_object()) {
    add_text(answer, code_block(*json));
    return answer;
  }
  const auto& given = json->get_object();
  read_members(answer, given);
  if (const auto* text = matrix::find(given, "text"); text && !text->is_null()) {
    add_text(answer, text->is_string() ? std::string(matrix::view(text->get_string())) : code_block(*text));
  } else if (const auto* object = matrix::find(given, "json")) {
    add_text(answer, code_block(*object));
  } else if (answer.message_id.empty() && !answer.action) {
    add_text(answer, code_block(*json));
  }
  return answer;
}

bool FlowiseStream::take(std::string_view data) {
  auto json = parse(data);
  if (!json || !json->is_object()) return false;
  const auto& event = json->get_object();
  auto name = find_string(event, "event").value_or("");
  const auto* content = matrix::find(event, "data");
  if (name == "end") answer_.ended = true;
  if (name == "abort") answer_.aborted = true;
  if (content == nullptr) return false;
  if (name == "token") {
    if (!content->is_string() || content->get_string().empty()) return false;
    add_text(answer_, matrix::view(content->get_string()));
    return true;
  }
  if (name == "error") {
    answer_.error = content->is_string() ? shortened(matrix::view(content->get_string()), kMaxFlowiseErrorBytes)
                                         : shortened(boost::json::serialize(*content), kMaxFlowiseErrorBytes);
  } else if (name == "nextAgentFlow") {
    read_step(answer_, *content);
  } else if (name == "calledTools" || name == "usedTools") {
    read_tools(answer_, *content);
  } else if (name == "metadata") {
    if (content->is_object()) read_members(answer_, content->get_object());
  } else if (name == "sourceDocuments") {
    read_sources(answer_, *content);
  } else if (name == "artifacts") {
    read_artifacts(answer_, *content);
  } else if (name == "fileAnnotations") {
    read_annotations(answer_, *content);
  } else if (name == "action") {
    read_action(answer_, *content);
  } else if (name == "usageMetadata") {
    auto usage = unwrapped(*content);
    if (usage.is_object()) read_usage(answer_, usage.get_object());
  }
  return false;
}

std::string_view without_empty_lines(std::string_view text) {
  auto begin = text.find_first_not_of(" \r\n");
  return begin == text.npos ? std::string_view() : text.substr(begin);
}

std::string flowise_error_message(std::string_view body) {
  if (auto json = parse(body); json && json->is_object()) {
    for (std::string_view key : {"message", "error"}) {
      if (auto text = find_string(json->get_object(), key)) return shortened(*text, kMaxFlowiseErrorBytes);
    }
  }
  return shortened(body, kMaxFlowiseErrorBytes);
}

}  // namespace troupe::fleet::brains
