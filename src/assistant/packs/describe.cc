#include "assistant/openapi/names.h"
#include "assistant/packs/pack.h"
#include "assistant/schema/strict.h"

namespace troupe::assistant::packs {
namespace {

JsonObject row_of(const Pack& pack, const Offered& offered) {
  const auto& operation = offered.operation;
  JsonObject out{{"action", pack.config.service + "." + operation.name},
                 {"tool", openapi::tool_name(pack.config.service, operation.name)},
                 {"method", operation.method},
                 {"path", operation.path},
                 {"summary", operation.description.substr(0, operation.description.find('\n'))},
                 {"writes", operation.writes},
                 {"approval", offered.approval}};
  const auto probe = pack.probes.find(operation.name);
  if (operation.writes) out["probe"] = probe == pack.probes.end() ? "none" : workflows::name_of(probe->second.kind);
  if (offered.undo) out["undo"] = pack.config.service + "." + offered.undo->operation;
  return out;
}

}  // namespace

matrix::JsonObject describe(const Pack& pack) {
  const auto& config = pack.config;
  JsonArray operations, intents, environment;
  for (const auto& [name, offered] : pack.operations) operations.push_back(row_of(pack, offered));
  for (const auto& [intent, workflow] : pack.workflows)
    intents.push_back(
        JsonObject{{"intent", intent}, {"description", workflow.description}, {"steps", workflow.steps.size()}});
  for (const auto& secret : config.auth.secrets()) environment.emplace_back(environment_name(config.service, secret));
  environment.emplace_back(environment_name(config.service, "base_url"));
  return {{"service", config.service},
          {"title", pack.title},
          {"enabled", config.enabled},
          {"base_url", pack.base_url},
          {"egress", JsonArray(pack.egress.begin(), pack.egress.end())},
          {"auth", name_of(config.auth.scheme)},
          {"environment", std::move(environment)},
          {"synonyms", JsonArray(config.synonyms.begin(), config.synonyms.end())},
          {"workflows", std::move(intents)},
          {"operations", std::move(operations)}};
}

matrix::JsonObject describe(const Pack& pack, const Offered& offered) {
  auto out = row_of(pack, offered);
  out["description"] = offered.operation.description;
  out["arguments"] = offered.operation.arguments;
  auto strict = schema::strict_variant(offered.operation.arguments);
  out["strict"] = std::move(strict.schema);
  out["not_strict"] = JsonArray(strict.loose.begin(), strict.loose.end());
  if (offered.operation.answer) out["answer"] = *offered.operation.answer;
  return out;
}

}  // namespace troupe::assistant::packs
