#include "fleet/brains/openai/fallbacks.h"

#include <algorithm>

#include "fleet/brains/brain_fields.h"
#include "matrix/json.h"
#include "net/http/url.h"

namespace troupe::fleet::brains {
namespace {

constexpr std::size_t kMostFallbacks = 8;
constexpr std::size_t kMaxNameBytes = 100;
constexpr std::size_t kMaxSentenceBytes = 2048;
constexpr std::string_view kFallbacks = "fallbacks";
constexpr std::string_view kKnown[] = {"name",        "base_url",    "model",       "api_key",
                                       "api_key_set", "price_input", "price_output"};

/// Nothing when it is absent, null or empty.
Result<std::optional<models::Micros>> money_in(const boost::json::object& config, std::string_view key) {
  const auto* value = matrix::find(config, key);
  if (value == nullptr || value->is_null()) return std::nullopt;
  const auto text = matrix::find_string(config, key);
  if (text && text->empty()) return std::nullopt;
  auto amount = text ? models::parse_money(*text) : std::nullopt;
  if (!amount) {
    return base::field_error(base::pointer_to(key), std::string(key) + " must be an amount as text, like \"0.15\".");
  }
  return amount;
}

Result<std::optional<models::Price>> price_in(const boost::json::object& config) {
  TRY(auto input, money_in(config, "price_input"));
  TRY(auto output, money_in(config, "price_output"));
  if (input.has_value() != output.has_value()) {
    return base::field_error("/price_input", "price_input and price_output belong together.");
  }
  if (!input) return std::nullopt;
  return models::Price{.input = *input, .output = *output};
}

Result<std::optional<std::chrono::milliseconds>> time_in(const boost::json::object& config, std::string_view key) {
  const auto* value = matrix::find(config, key);
  if (value == nullptr || value->is_null()) return std::nullopt;
  auto copy = config;
  TRY(const auto time, BrainFields(copy).integer(key, 100, 600'000, 100));
  return std::chrono::milliseconds(time);
}

/// What a fallback's key is kept by: it is sent only where it was typed for.
std::string bound_to(const boost::json::object& one) {
  const auto url = net::http::Url::parse(matrix::find_string(one, "base_url").value_or(""));
  return (url ? url->origin() : std::string()) + "\n" + std::string(matrix::find_string(one, "name").value_or(""));
}

std::string trimmed_address(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

void check_one(boost::json::object& one, base::FieldErrors& mistakes) {
  for (const auto& member : one) {
    if (std::ranges::find(kKnown, std::string_view(member.key())) != std::end(kKnown)) continue;
    mistakes.add(base::pointer_to(member.key()), "There is no '" + std::string(member.key()) + "' in a fallback.");
  }
  BrainFields fields(one);
  if (auto url = mistakes.take(fields.web_address("base_url", "https://api.openai.com/v1"))) {
    if (url->find_first_of("?#") != url->npos) mistakes.add("/base_url", "base_url must have no query.");
    one["base_url"] = trimmed_address(*std::move(url));
  }
  const auto model = mistakes.take(fields.text("model", 200, ""));
  if (model && model->empty()) mistakes.add("/model", "model must be the name of a model, as the server lists it.");
  const auto name = mistakes.take(fields.text("name", kMaxNameBytes, ""));
  if (name && name->empty() && model) one["name"] = model->substr(0, kMaxNameBytes);
  mistakes.take(price_in(one));
}

/// Takes the key out of a fallback, or finds the one that it had.
void move_key(boost::json::object& one, const boost::json::object& kept, boost::json::object& to,
              base::FieldErrors& mistakes) {
  const auto place = bound_to(one);
  boost::json::object secrets;
  if (const auto known = matrix::find_string(kept, place)) secrets["api_key"] = *known;
  const auto there = mistakes.take(BrainFields(one).secret("api_key", 1, 1024, secrets));
  if (there && *there) to[place] = secrets.at("api_key");
}

}  // namespace

void prepare_fallbacks(boost::json::object& config, boost::json::object& secrets, base::FieldErrors& mistakes) {
  BrainFields fields(config);
  mistakes.take(price_in(config));
  mistakes.take(money_in(config, "daily_limit"));
  mistakes.take(fields.boolean("server_models", true));
  mistakes.take(fields.text("last_resort", kMaxSentenceBytes, ""));
  mistakes.take(time_in(config, "first_token_ms"));
  mistakes.take(time_in(config, "silence_ms"));
  auto kept = boost::json::object();
  if (const auto* old = matrix::find_object(secrets, kFallbacks)) kept = *old;
  secrets.erase(kFallbacks);
  auto* value = config.if_contains(kFallbacks);
  if (value == nullptr || value->is_null()) {
    config[kFallbacks] = boost::json::array();
    return;
  }
  if (!value->is_array() || value->get_array().size() > kMostFallbacks) {
    mistakes.add("/fallbacks", "fallbacks must be a list of at most 8 models.");
    return;
  }
  boost::json::object keys;
  std::vector<std::string> names;
  for (std::size_t at = 0; at < value->get_array().size(); ++at) {
    const auto place = "/fallbacks/" + std::to_string(at);
    auto* one = value->get_array()[at].if_object();
    if (one == nullptr) {
      mistakes.add(place, "Each fallback must be an object with base_url and model.");
      continue;
    }
    base::FieldErrors found;
    check_one(*one, found);
    move_key(*one, kept, keys, found);
    auto name = std::string(matrix::find_string(*one, "name").value_or(""));
    if (std::ranges::find(names, name) != names.end()) found.add("/name", "There is another fallback of this name.");
    names.push_back(std::move(name));
    if (auto outcome = std::move(found).outcome(); !outcome) {
      mistakes.add(base::placed_under(std::move(outcome).error(), place));
    }
  }
  if (!keys.empty()) secrets[kFallbacks] = std::move(keys);
}

Result<FallbackConfig> read_fallbacks(const boost::json::object& config, const boost::json::object& secrets) {
  FallbackConfig read;
  TRY(read.price, price_in(config));
  TRY(read.daily_limit, money_in(config, "daily_limit"));
  TRY(read.first_token, time_in(config, "first_token_ms"));
  TRY(read.idle, time_in(config, "silence_ms"));
  read.server_models = matrix::find_bool(config, "server_models").value_or(true);
  read.last_resort = matrix::find_string(config, "last_resort").value_or("");
  const auto* keys = matrix::find_object(secrets, kFallbacks);
  const auto* list = matrix::find_array(config, kFallbacks);
  if (list == nullptr) return read;
  for (const auto& entry : *list) {
    if (!entry.is_object() || read.fallbacks.size() == kMostFallbacks) continue;
    const auto& one = entry.get_object();
    models::Endpoint endpoint{.name = std::string(matrix::find_string(one, "name").value_or("")),
                              .base_url = std::string(matrix::find_string(one, "base_url").value_or("")),
                              .model = std::string(matrix::find_string(one, "model").value_or(""))};
    if (keys != nullptr) endpoint.key = matrix::find_string(*keys, bound_to(one)).value_or("");
    TRY(endpoint.price, price_in(one));
    read.fallbacks.push_back(std::move(endpoint));
  }
  return read;
}

}  // namespace troupe::fleet::brains
