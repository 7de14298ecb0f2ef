#include "assistant/planner/outcome.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "assistant/router/fold.h"

namespace troupe::assistant::planner {
namespace {

constexpr std::array<std::string_view, 3> kAsked{"service", "intent", "inputs"};
constexpr int kVersion = 1;

/// First to fifth, in English, German, Spanish, French.
constexpr std::array<std::string_view, 5> kOrdinals{
    " first one erste ersten erster primero primera uno premier premiere un ",
    " second two zweite zweiten zweiter segundo segunda dos deuxieme deux ",
    " third three dritte dritten dritter tercero tercera tres troisieme trois ",
    " fourth four vierte vierten cuarto cuarta cuatro quatrieme quatre ",
    " fifth five funfte funften quinto quinta cinco cinquieme cinq "};

constexpr std::array<std::string_view, 25> kRefusals{
    "cancel",        "never mind",   "nevermind", "forget it",   "none",     "none of them", "none of these",
    "stop",          "abbruch",      "abbrechen", "vergiss es",  "cancelar", "ninguno",      "annuler",
    "laisse tomber", "neither",      "cancel it", "cancel that", "stop it",  "no thanks",    "laat maar",
    "annuleer",      "deixa pra la", "esquece",   "esqueca"};

std::string trimmed(std::string_view text) {
  auto folded = router::fold(text.substr(0, kMostTextBytes)).text;
  const auto is_edge = [](char c) { return c == ' ' || c == '.' || c == '!' || c == ')' || c == '#' || c == '"'; };
  while (!folded.empty() && is_edge(folded.back())) folded.pop_back();
  std::size_t begin = 0;
  while (begin < folded.size() && is_edge(folded[begin])) ++begin;
  return folded.substr(begin);
}

std::optional<std::size_t> number_in(std::string_view answer) {
  std::size_t number = 0;
  const auto* end = answer.data() + answer.size();
  const auto [rest, error] = std::from_chars(answer.data(), end, number);
  if (error != std::errc() || number == 0) return std::nullopt;
  const std::string_view behind(rest, static_cast<std::size_t>(end - rest));
  // A keycap emoji is the digit with a variation selector and a frame around it; folding may have taken either.
  if (!behind.empty() && behind != "\xEF\xB8\x8F\xE2\x83\xA3" && behind != "\xE2\x83\xA3") return std::nullopt;
  return number - 1;
}

std::optional<std::size_t> ordinal_in(std::string_view answer) {
  for (const std::string_view article : {"the ", "number ", "der ", "die ", "das ", "el ", "la ", "le ", "option "}) {
    if (answer.starts_with(article)) answer.remove_prefix(article.size());
  }
  if (answer.ends_with(" one") && answer.size() > 4) answer.remove_suffix(4);
  if (answer.empty() || answer.contains(' ')) return std::nullopt;
  const auto word = " " + std::string(answer) + " ";
  const auto* found = std::ranges::find_if(kOrdinals, [&](std::string_view each) { return each.contains(word); });
  if (found == kOrdinals.end()) return std::nullopt;
  return static_cast<std::size_t>(found - kOrdinals.begin());
}

std::vector<std::string> texts_of(const JsonArray& list) {
  std::vector<std::string> out;
  for (const auto& each : list) {
    if (each.is_string()) out.emplace_back(each.get_string());
  }
  return out;
}

Result<std::vector<Option>> read_options(const JsonArray& list) {
  std::vector<Option> out;
  for (const auto& each : list) {
    const auto* object = each.if_object();
    const auto id = object ? matrix::find_string(*object, "id") : std::nullopt;
    const auto label = object ? matrix::find_string(*object, "label") : std::nullopt;
    const auto* value = object ? matrix::find(*object, "value") : nullptr;
    if (!id || !label || !value || out.size() >= kMostOptions)
      return base::Error(base::Errc::bad_json, "the stored question has a choice that is none");
    out.push_back({.id = std::string(*id), .label = std::string(*label), .value = *value});
  }
  return out;
}

Result<std::vector<Origin>> read_origins(const JsonArray& list) {
  std::vector<Origin> out;
  for (const auto& each : list) {
    const auto* object = each.if_object();
    const auto pointer = object ? matrix::find_string(*object, "pointer") : std::nullopt;
    const auto source = read_source(object ? matrix::find_string(*object, "source").value_or("") : "");
    if (!pointer || !source) return base::Error(base::Errc::bad_json, "the stored question has an origin that is none");
    out.push_back({.pointer = std::string(*pointer), .source = *source});
  }
  return out;
}

std::optional<std::chrono::year_month_day> read_stored_day(std::string_view text) {
  int year = 0;
  unsigned month = 0, day = 0;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  std::from_chars(text.data(), text.data() + 4, year);
  std::from_chars(text.data() + 5, text.data() + 7, month);
  std::from_chars(text.data() + 8, text.data() + 10, day);
  const std::chrono::year_month_day read{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!read.ok()) return std::nullopt;
  return read;
}

}  // namespace

JsonObject to_json(const Pending& pending) {
  JsonArray origins, missing, options;
  for (const auto& each : pending.origins)
    origins.push_back(JsonObject{{"pointer", each.pointer}, {"source", name_of(each.source)}});
  for (const auto& each : pending.missing) missing.emplace_back(each);
  for (const auto& each : pending.options)
    options.push_back(JsonObject{{"id", each.id}, {"label", each.label}, {"value", each.value}});
  return {{"version", kVersion},
          {"text", pending.text},
          {"said", fmt::format("{:04}-{:02}-{:02}", static_cast<int>(pending.said.year()),
                               static_cast<unsigned>(pending.said.month()), static_cast<unsigned>(pending.said.day()))},
          {"asked", kAsked.at(static_cast<std::size_t>(pending.asked))},
          {"service", pending.service},
          {"intent", pending.intent},
          {"inputs", pending.inputs},
          {"origins", std::move(origins)},
          {"missing", std::move(missing)},
          {"options", std::move(options)},
          {"questions", pending.questions}};
}

Result<Pending> read_pending(const Json& value) {
  const auto* object = value.if_object();
  const auto wrong = [] { return base::Error(base::Errc::bad_json, "the stored question cannot be read"); };
  if (!object || matrix::find_integer(*object, "version") != kVersion) return wrong();
  const auto text = matrix::find_string(*object, "text"), service = matrix::find_string(*object, "service"),
             intent = matrix::find_string(*object, "intent");
  const auto said = read_stored_day(matrix::find_string(*object, "said").value_or(""));
  const auto* asked = std::ranges::find(kAsked, matrix::find_string(*object, "asked").value_or(""));
  const auto questions = matrix::find_integer(*object, "questions");
  const auto* inputs = matrix::find_object(*object, "inputs");
  const auto* origins = matrix::find_array(*object, "origins");
  const auto* missing = matrix::find_array(*object, "missing");
  const auto* options = matrix::find_array(*object, "options");
  if (!text || !service || !intent || !said || asked == kAsked.end() || !questions || *questions < 0 ||
      *questions > kMostQuestions || !inputs || !origins || !missing || !options)
    return wrong();
  TRY(auto read_from, read_origins(*origins));
  TRY(auto choices, read_options(*options));
  return Pending{.text = std::string(*text),
                 .said = *said,
                 .asked = static_cast<Asked>(asked - kAsked.begin()),
                 .service = std::string(*service),
                 .intent = std::string(*intent),
                 .inputs = *inputs,
                 .origins = std::move(read_from),
                 .missing = texts_of(*missing),
                 .options = std::move(choices),
                 .questions = static_cast<unsigned>(*questions)};
}

std::optional<std::size_t> option_meant(const std::vector<Option>& options, std::string_view answer) {
  const auto said = trimmed(answer);
  // "2" is what stands second, though the first one's id at its service may be 2.
  for (const auto number : {number_in(said), ordinal_in(said)}) {
    if (number && *number < options.size()) return number;
  }
  if (const auto exact = std::ranges::find(options, answer, &Option::id); exact != options.end())
    return static_cast<std::size_t>(exact - options.begin());
  if (said.empty()) return std::nullopt;
  // Labels are often a service's words: one that holds "cancel" or "go ahead" is not what those say.
  const bool may_be_part = said.size() >= 3 && !is_refusal(answer) && !is_mere_assent(answer);
  std::optional<std::size_t> holding;
  std::size_t count = 0;
  for (std::size_t i = 0; i < options.size(); ++i) {
    const auto label = trimmed(options[i].label);
    if (label == said || trimmed(options[i].id) == said) return i;
    if (may_be_part && (" " + label + " ").contains(" " + said + " ")) {
      holding = i;
      ++count;
    }
  }
  return count == 1 ? holding : std::nullopt;
}

bool is_mere_assent(std::string_view answer) {
  constexpr std::array<std::string_view, 50> kAssents{
      "yes",        "y",        "yep",      "yeah",       "yes please", "sure",  "ok",       "okay", "k",
      "fine",       "alright",  "go ahead", "do it",      "no",         "n",     "nope",     "nah",  "thanks",
      "thank you",  "thx",      "ty",       "great",      "good",       "cool",  "please",   "ja",   "ja bitte",
      "jawohl",     "nein",     "danke",    "bitte",      "si",         "vale",  "gracias",  "oui",  "non",
      "d'accord",   "merci",    "sim",      "nao",        "obrigado",   "hello", "obrigada", "hi",   "approve",
      "approve it", "approved", "confirm",  "confirm it", "run it"};
  const auto said = trimmed(answer);
  return std::ranges::find(kAssents, said) != kAssents.end() || said.find_first_not_of("?.!, \t\n-") == said.npos ||
         said == "\xF0\x9F\x91\x8D" || said == "\xE2\x9C\x85";
}

bool is_refusal(std::string_view answer) { return std::ranges::find(kRefusals, trimmed(answer)) != kRefusals.end(); }

}  // namespace troupe::assistant::planner
