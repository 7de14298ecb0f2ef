#include "assistant/packs/phrases.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <map>

namespace troupe::assistant::packs {
namespace {

namespace json = boost::json;

constexpr std::string_view kBackground = "none/";

Result<json::object> read_object(std::string_view text) {
  boost::system::error_code failed;
  auto value = json::parse(text, failed);
  if (failed || !value.is_object()) return Error(Errc::bad_json, "not a JSON object");
  return std::move(value.get_object());
}

std::string words_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

Error in_file(std::string_view path, const Error& error) {
  return Error(Errc::bad_json, fmt::format("packs/{}: {}", path, error.message()));
}

}  // namespace

Result<std::vector<Example>> read_examples(std::string_view lines) {
  std::vector<Example> examples;
  for (std::size_t number = 1; !lines.empty(); ++number) {
    const auto end = std::min(lines.find('\n'), lines.size());
    const auto line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto object = read_object(line);
    if (!object) return Error(Errc::bad_json, fmt::format("line {}: not a JSON object", number));
    Example example{.text = words_of(*object, "text"), .intent = words_of(*object, "intent")};
    if (example.text.empty() || example.intent.empty()) {
      return Error(Errc::bad_json, fmt::format("line {}: needs text and intent", number));
    }
    examples.push_back(std::move(example));
  }
  return examples;
}

Result<Phrases> read_phrases(std::string_view config, std::string_view examples) {
  TRY(auto object, read_object(config));
  Phrases phrases{.service = words_of(object, "service"), .synonyms = {}, .examples = {}};
  if (phrases.service.empty()) return Error(Errc::bad_json, "service is missing");
  if (const auto* enabled = object.if_contains("enabled"); enabled && enabled->is_bool()) {
    phrases.enabled = enabled->get_bool();
  }
  if (const auto* synonyms = object.if_contains("synonyms"); synonyms && synonyms->is_array()) {
    for (const auto& one : synonyms->get_array()) {
      if (one.is_string()) phrases.synonyms.emplace_back(one.get_string());
    }
  }
  TRY(phrases.examples, read_examples(examples));
  return phrases;
}

Result<PhraseBook> read_phrase_book(std::span<const ShippedFile> files) {
  struct Parts {
    std::string_view config, examples;
  };
  PhraseBook book;
  std::map<std::string_view, Parts> packs;
  for (const auto& file : files) {
    const auto slash = file.path.find('/');
    if (slash == std::string_view::npos) continue;
    if (file.path.starts_with(kBackground)) {
      auto examples = read_examples(file.bytes);
      if (!examples) return in_file(file.path, examples.error());
      book.background.insert(book.background.end(), examples->begin(), examples->end());
    } else if (file.path.substr(slash + 1) == "config.json") {
      packs[file.path.substr(0, slash)].config = file.bytes;
    } else if (file.path.substr(slash + 1) == "examples.jsonl") {
      packs[file.path.substr(0, slash)].examples = file.bytes;
    }
  }
  for (const auto& [folder, parts] : packs) {
    if (parts.config.empty()) continue;
    auto phrases = read_phrases(parts.config, parts.examples);
    if (!phrases) return in_file(folder, phrases.error());
    book.services.push_back(*std::move(phrases));
  }
  return book;
}

}  // namespace troupe::assistant::packs
