// The Flowise brain as the registry lists it: its settings, and the test of its connection.
#include "base/field_errors.h"
#include "fleet/brains/brain_fields.h"
#include "fleet/brains/flowise/flowise_brain.h"
#include "matrix/json.h"

namespace troupe::fleet::brains {
namespace {

constexpr std::string_view kFlowiseSchema =
    R"json({"type":"object","required":["url"],"additionalProperties":false,"properties":{
"url":{"type":"string","title":"Address","format":"uri","maxLength":2048,
"description":"The flow's prediction address as Flowise shows it, or the address of the Flowise server (then set the flow)."},
"flow_id":{"type":"string","title":"Flow","maxLength":64,"description":"The flow's id. Only needed when the address does not name one."},
"api_key":{"type":"string","title":"API key","writeOnly":true,"maxLength":512,
"description":"Only for flows that are protected by one. Kept sealed, never shown."},
"stream":{"type":"boolean","title":"Show answers while they are written","default":true,"description":"Where the flow can."},
"sources":{"type":"boolean","title":"Show sources","default":true,"description":"Lists the documents that an answer rests on."},
"suggestions":{"type":"boolean","title":"Show suggestions","default":true,"description":"Lists the follow-up questions that the flow proposes."},
"override_config":{"type":"object","title":"Override config","description":"Sent with each question, e.g. {\"vars\":{\"tone\":\"kind\"}}. The flow must allow overrides.","additionalProperties":true},
"first_byte_timeout_ms":{"type":"integer","title":"Time until the answer begins (ms)","minimum":1000,"maximum":600000,"default":120000},
"idle_timeout_ms":{"type":"integer","title":"Longest pause in an answer (ms)","minimum":1000,"maximum":600000,"default":90000},
"total_timeout_ms":{"type":"integer","title":"Longest answer (ms)","minimum":1000,"maximum":800000,"default":300000}}})json";

struct TimeSetting {
  std::string_view key;
  std::int64_t most;
  std::int64_t standard;
};
constexpr TimeSetting kTimes[] = {{"first_byte_timeout_ms", 600'000, 120'000},
                                  {"idle_timeout_ms", 600'000, 90'000},
                                  {"total_timeout_ms", 800'000, 300'000}};

/// The flow that the settings name.
Result<Unit> check_flow(const boost::json::object& config) {
  base::FieldErrors mistakes;
  std::string flow;
  auto url = matrix::find_string(config, "url");
  if (!url) {
    mistakes.add("/url", "url is missing: the prediction address of a Flowise flow.");
  } else if (auto address = mistakes.take(parse_flowise_address(*url))) {
    flow = std::move(address->flow);
  }
  if (const auto* given = config.if_contains("flow_id")) {
    bool empty = given->is_string() && given->get_string().empty();
    if (!empty && (!given->is_string() || !is_flow_id(matrix::view(given->get_string())))) {
      mistakes.add("/flow_id", "flow_id must be the id of a flow: letters, digits, - and _, at most 64.");
    } else if (!empty) {
      flow = given->get_string();
    }
  }
  if (mistakes.empty() && flow.empty()) {
    mistakes.add("/flow_id", "url names no flow. Give its prediction address, or set flow_id.");
  }
  return std::move(mistakes).outcome();
}

/// Moves the key out of the config.
Result<Unit> take_key(boost::json::object& config, boost::json::object& secrets) {
  if (const auto* key = config.if_contains("api_key")) {
    bool fits =
        key->is_string() && key->get_string().size() <= 512 &&
        std::ranges::all_of(matrix::view(key->get_string()), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
    if (!fits) {
      return base::field_error("/api_key", "api_key must be a text of at most 512 characters without spaces.");
    }
    if (key->get_string().empty()) {
      secrets.erase("api_key");
    } else {
      secrets["api_key"] = *key;
    }
    config.erase("api_key");
  }
  config["api_key_set"] = secrets.contains("api_key");
  return Unit{};
}

Result<PreparedConfig> prepare(boost::json::object config, boost::json::object old_secrets) {
  base::FieldErrors mistakes;
  mistakes.take(refuse_unknown(
      config, {"url", "flow_id", "api_key", "api_key_set", "stream", "sources", "suggestions", "override_config",
               "first_byte_timeout_ms", "idle_timeout_ms", "total_timeout_ms", "respond", "reply_as"}));
  mistakes.take(common_config(config));
  mistakes.take(check_flow(config));
  BrainFields fields(config);
  for (std::string_view key : {"stream", "sources", "suggestions"}) mistakes.take(fields.boolean(key, true));
  if (const auto* more = config.if_contains("override_config"); more && !more->is_object()) {
    mistakes.add("/override_config", "override_config must be a JSON object.");
  }
  for (const auto& time : kTimes) mistakes.take(fields.integer(time.key, 1'000, time.most, time.standard));
  PreparedConfig prepared{.config = {}, .secrets = std::move(old_secrets), .generated_secret = std::nullopt};
  mistakes.take(take_key(config, prepared.secrets));
  TRY(std::move(mistakes).outcome());
  prepared.config = std::move(config);
  return prepared;
}

Result<std::unique_ptr<Brain>> make(const BrainContext& context, const boost::json::object& config,
                                    const boost::json::object& secrets) {
  TRY(auto target, flowise_target(config, secrets));
  return std::make_unique<FlowiseBrain>(context, std::move(target));
}

Task<BrainTest> test_flowise(BrainContext context, boost::json::object config, boost::json::object secrets) {
  using Verdict = BrainTest::Verdict;
  CO_TRY(auto target, flowise_target(config, secrets));
  FlowiseApi api(std::move(context), std::move(target));
  BrainTest found;
  auto there = co_await api.ping();
  if (!there) {
    found.note(Verdict::bad, there.error().message());
    co_return std::move(found).is(Verdict::bad, "Flowise does not answer at this address.");
  }
  auto version = co_await api.version();
  found.note(Verdict::good, version ? "Flowise " + *version + " answers." : "Flowise answers.");
  auto streaming = co_await api.is_streaming();
  if (!streaming) {
    found.note(Verdict::bad, streaming.error().message());
    co_return std::move(found).is(Verdict::bad, "Flowise is there, but the flow cannot be used.");
  }
  found.note(Verdict::good, "The flow is there.");
  found.note(Verdict::good, *streaming ? "Its answers can be shown while they are written."
                                       : "Its answers come whole: the flow does not stream.");
  if (auto uploads = co_await api.uploads()) {
    found.note(Verdict::good, std::string("Pictures: ") + (uploads->images ? "yes" : "no") +
                                  ". Voice messages: " + (uploads->speech ? "yes" : "no") +
                                  ". Files for its vector store: " + (uploads->rag ? "yes" : "no") + ".");
  }
  auto key = co_await api.key_works();
  if (key && *key && !**key) {
    // Keys may be made for asking only.
    found.note(Verdict::unsure, "The API key may not read stored answers; asking may still work.");
    co_return std::move(found).is(Verdict::unsure,
                                  "Flowise is there and has the flow; whether the key may ask is not sure.");
  }
  if (key && *key) found.note(Verdict::good, "The API key is accepted.");
  co_return std::move(found).is(Verdict::good, "Flowise is there and has the flow.");
}

}  // namespace

BotKind flowise_brain() {
  return {.name = "flowise",
          .title = "Flowise",
          .description = "A flow of your Flowise server answers: chains, agents, documents.",
          .config_schema = kFlowiseSchema,
          .prepare = prepare,
          .make = make,
          .test = test_flowise};
}

}  // namespace troupe::fleet::brains
