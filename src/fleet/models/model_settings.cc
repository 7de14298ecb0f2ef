#include "fleet/models/model_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cmath>

#include "base/encoding.h"
#include "matrix/json.h"
#include "net/http/url.h"

namespace troupe::fleet::models {
namespace {

using Wrong = std::optional<std::string>;
using matrix::JsonObject;

constexpr std::string_view kMustBe = "must be a list of tables [[assistant.models]], or the same as JSON";
constexpr std::string_view kTakesMoney = "an amount like 0.15, at most six places and a million";
constexpr std::size_t kMostModels = 16;
constexpr std::size_t kMaxNameBytes = 100;
constexpr std::size_t kMaxTextBytes = 2048;
constexpr std::string_view kKeys[] = {"name", "base_url", "key", "model", "input_price", "output_price"};

Wrong wrong_address(const std::string& url) {
  if (url.size() <= kMaxTextBytes && net::http::Url::parse(url) && url.find_first_of("?# @") == std::string::npos)
    return std::nullopt;
  return "must be an http or https address, with its /v1, as https://api.openai.com/v1";
}

Wrong wrong_address_or_none(const std::string& url) { return url.empty() ? std::nullopt : wrong_address(url); }

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

constexpr Micros kMostWhole = kMostMoney / kMicros;

/// A text, or a number as TOML has it.
std::optional<Micros> money_of(const boost::json::value& value) {
  if (const auto* text = value.if_string()) return parse_money(matrix::view(*text));
  if (const auto* whole = value.if_int64(); whole && *whole >= 0 && *whole <= kMostWhole) return *whole * kMicros;
  if (const auto* real = value.if_double(); real && *real >= 0 && *real <= static_cast<double>(kMostWhole)) {
    const auto amount = std::llround(*real * static_cast<double>(kMicros));
    if (std::abs(static_cast<double>(amount) / static_cast<double>(kMicros) - *real) < 1e-9) return amount;
  }
  return std::nullopt;
}

Wrong read_text(const JsonObject& table, std::string_view key, std::size_t most, std::string& out) {
  const auto* value = matrix::find(table, key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string() || value->get_string().size() > most ||
      !std::ranges::all_of(matrix::view(value->get_string()), [](unsigned char c) { return c > 0x1f && c != 0x7f; }))
    return fmt::format("{} must be a text of at most {} bytes without line breaks", key, most);
  out = matrix::view(value->get_string());
  return std::nullopt;
}

Wrong read_price(const JsonObject& table, Endpoint& out) {
  const auto* input = matrix::find(table, "input_price");
  const auto* output = matrix::find(table, "output_price");
  if (input == nullptr && output == nullptr) return std::nullopt;
  if (input == nullptr || output == nullptr) return "input_price and output_price belong together";
  const auto in = money_of(*input);
  const auto out_price = money_of(*output);
  if (!in || !out_price) return fmt::format("a price (of a million tokens) must be {}", kTakesMoney);
  out.price = {.input = *in, .output = *out_price};
  return std::nullopt;
}

Wrong read_model(const JsonObject& table, Endpoint& out) {
  for (const auto& [key, value] : table) {
    if (std::ranges::find(kKeys, std::string_view(key)) == std::end(kKeys))
      return fmt::format("unknown key \"{}\"; there are {}", std::string_view(key), fmt::join(kKeys, ", "));
  }
  if (auto wrong = read_text(table, "name", kMaxNameBytes, out.name)) return wrong;
  if (auto wrong = read_text(table, "base_url", kMaxTextBytes, out.base_url)) return wrong;
  if (auto wrong = read_text(table, "key", 1024, out.key)) return wrong;
  if (auto wrong = read_text(table, "model", 200, out.model)) return wrong;
  if (auto wrong = wrong_address(out.base_url)) return "base_url " + *wrong;
  if (out.model.empty()) return "model is missing";
  out.base_url = without_slash(std::move(out.base_url));
  if (out.name.empty()) out.name = out.model.substr(0, kMaxNameBytes);
  return read_price(table, out);
}

std::string written(const std::vector<Endpoint>& models) {
  if (models.empty()) return {};
  matrix::JsonArray list;
  for (const auto& one : models) {
    JsonObject table{{"name", one.name}, {"base_url", one.base_url}, {"key", one.key}, {"model", one.model}};
    if (one.price) {
      table["input_price"] = write_money(one.price->input);
      table["output_price"] = write_money(one.price->output);
    }
    list.push_back(std::move(table));
  }
  return boost::json::serialize(list);
}

/// An amount, or nothing.
template <class Member>
host::Value money(Member member) {
  return {.takes = std::string(kTakesMoney),
          .read = [member](host::Settings& s, const std::string& text) -> Wrong {
            auto& to = member(s.edit<ModelSettings>());
            to.reset();
            if (text.empty()) return std::nullopt;
            to = parse_money(text);
            if (!to) return fmt::format("must be {}", kTakesMoney);
            return std::nullopt;
          },
          .write =
              [member](const host::Settings& s) {
                auto copy = s.of<ModelSettings>();
                const auto& amount = member(copy);
                return amount ? write_money(*amount) : std::string();
              }};
}

Wrong wrong_sentence(const std::string& text) {
  if (text.size() <= kMaxTextBytes && base::is_utf8(text)) return std::nullopt;
  return fmt::format("must be a text of at most {} bytes", kMaxTextBytes);
}

constexpr host::Bounds kPatience{.least = 100, .most = 600'000, .unit = "milliseconds"};

}  // namespace

std::vector<Endpoint> server_endpoints(const ModelSettings& settings) {
  std::vector<Endpoint> found;
  if (!settings.openai_model.empty()) {
    found.push_back({.name = "openai",
                     .base_url = without_slash(settings.openai_base_url.empty() ? ModelSettings().openai_base_url
                                                                                : settings.openai_base_url),
                     .key = settings.openai_key,
                     .model = settings.openai_model});
    if (settings.openai_input_price && settings.openai_output_price) {
      found.back().price = {.input = *settings.openai_input_price, .output = *settings.openai_output_price};
    }
  }
  found.insert(found.end(), settings.more.begin(), settings.more.end());
  return found;
}

std::optional<std::string> read_models(const std::string& text, std::vector<Endpoint>& out) {
  out.clear();
  if (text.empty()) return std::nullopt;
  const auto parsed = matrix::parse_json(text);
  const auto* list = parsed ? parsed->if_array() : nullptr;
  if (!list) return std::string(kMustBe);
  if (list->size() > kMostModels) return fmt::format("may be at most {}", kMostModels);
  for (const auto& entry : *list) {
    const auto* table = entry.if_object();
    if (!table) return std::string(kMustBe);
    Endpoint one;
    if (auto wrong = read_model(*table, one)) return fmt::format("number {}: {}", out.size() + 1, *wrong);
    if (std::ranges::find(out, one.name, &Endpoint::name) != out.end())
      return fmt::format("number {}: there is another with the name {}", out.size() + 1, one.name);
    out.push_back(std::move(one));
  }
  return std::nullopt;
}

std::vector<host::Setting> setting_rows() {
  using S = ModelSettings;
  return {
      {.key = "openai.api_key",
       .environment = {"OPENAI_API_KEY"},
       .value = host::text(&S::openai_key),
       .help = "key of the server's first language model, for bots that use the server's models and for the assistant",
       .secret = host::Secret::yes},
      {.key = "openai.base_url",
       .environment = {"OPENAI_BASE_URL"},
       .value = host::text(&S::openai_base_url, "an address with its /v1", &wrong_address_or_none),
       .help = "where it is: any server with OpenAI's chat API; empty: OpenAI's own"},
      {.key = "openai.model",
       .environment = {"OPENAI_MODEL"},
       .value = host::text(&S::openai_model),
       .help = "its name there; empty: there is no such model"},
      {.key = "openai.input_price",
       .environment = {"OPENAI_INPUT_PRICE"},
       .value = money([](S& s) -> auto& { return s.openai_input_price; }),
       .help = "of a million tokens that it is sent"},
      {.key = "openai.output_price",
       .environment = {"OPENAI_OUTPUT_PRICE"},
       .value = money([](S& s) -> auto& { return s.openai_output_price; }),
       .help = "of a million tokens that it answers"},
      {.key = "assistant.models",
       .value = {.takes = "tables [[assistant.models]] (docs/guide/models.md)",
                 .read = [](host::Settings& s, const std::string& text) -> Wrong {
                   std::vector<Endpoint> read;
                   if (auto wrong = read_models(text, read)) return wrong;
                   s.edit<S>().more = std::move(read);
                   return std::nullopt;
                 },
                 .write = [](const host::Settings& s) { return written(s.of<S>().more); }},
       .help = "further language models in order, asked when those before are down, slow or over their limit: each has "
               "name, base_url, key, model, input_price, output_price",
       .secret = host::Secret::yes},
      {.key = "assistant.first_token_ms",
       .value = host::number(&S::first_token_ms, kPatience),
       .help = "how long a model may take to begin its answer before the next one is asked"},
      {.key = "assistant.idle_ms",
       .value = host::number(&S::idle_ms, kPatience),
       .help = "how long it may be silent in the middle of an answer before the next one is asked"},
      {.key = "assistant.last_resort",
       .value = host::text(&S::last_resort, "a text", &wrong_sentence),
       .help = "what is said when no model answers; empty: a sentence in the language of the question"},
      {.key = "assistant.person_daily_limit",
       .value = money([](S& s) -> auto& { return s.limits.person; }),
       .help = "what language models may cost for one person on a UTC day; empty: no limit"},
      {.key = "assistant.bot_daily_limit",
       .value = money([](S& s) -> auto& { return s.limits.bot; }),
       .help = "what language models may cost for one bot on a UTC day; empty: no limit of the server"},
      {.key = "assistant.tenant_daily_limit",
       .value = money([](S& s) -> auto& { return s.limits.tenant; }),
       .help = "what language models may cost for all bots of one tenant on a UTC day; empty: no limit"},
      {.key = "keep.model_calls_days",
       .value = host::number(&S::keep_days, {.least = 2, .most = 36'500, .unit = "days"}),
       .help = "what calls of language models cost"}};
}

void review_settings(const host::Settings& settings, host::Review& review) {
  const auto& models = settings.of<ModelSettings>();
  if (models.openai_input_price.has_value() != models.openai_output_price.has_value()) {
    review.problems.push_back({.where = "openai", .message = "input_price and output_price belong together"});
  }
  if (!models.limits.any()) return;
  for (const auto& endpoint : server_endpoints(models)) {
    if (endpoint.price) continue;
    review.at_start.push_back("WARNING: a spending limit is set and the model " + endpoint.name +
                              " has no price: it is not asked");
  }
}

}  // namespace troupe::fleet::models
