// What the router learns from: the names and the examples of packs.
#pragma once
#include <span>
#include <string_view>

#include "assistant/packs/shipped.h"
#include "base/result.h"

namespace troupe::assistant::packs {

/// A line of examples.jsonl: {"text", "intent"}.
struct Example {
  std::string text;
  std::string intent;
};

/// What routing needs of one pack.
struct Phrases {
  std::string service;
  std::vector<std::string> synonyms;
  std::vector<Example> examples;
  bool enabled = true;
};

struct PhraseBook {
  std::vector<Phrases> services;    ///< by name
  std::vector<Example> background;  ///< of packs/none: the intents are "none" and "ask"
};

/// One examples.jsonl; blank lines are skipped. Errors: bad_json with the line's number.
Result<std::vector<Example>> read_examples(std::string_view lines);

/// `config.json` and `examples.jsonl` (it may be missing: empty) of one pack. Errors: bad_json.
Result<Phrases> read_phrases(std::string_view config, std::string_view examples);

/// Those of all packs in a list of files, as shipped_files() has them. Errors: bad_json, with the file's path.
Result<PhraseBook> read_phrase_book(std::span<const ShippedFile> files);

}  // namespace troupe::assistant::packs
