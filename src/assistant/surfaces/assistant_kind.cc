// The settings of the kind `assistant`, and what it finds before it starts.
#include "assistant/surfaces/assistant_brain.h"
#include "base/field_errors.h"
#include "fleet/brains/brain_fields.h"
#include "matrix/ids.h"

namespace troupe::assistant::surfaces {
namespace {

using fleet::brains::BrainFields;
using fleet::brains::BrainTest;
using fleet::brains::PreparedConfig;
using Verdict = BrainTest::Verdict;

constexpr std::string_view kAssistantSchema =
    R"json({"type":"object","additionalProperties":false,"properties":{
"services":{"type":"array","title":"Services","maxItems":100,"items":{"type":"string","maxLength":64},
"description":"What this bot works with, by name: slack, companycam … Empty: everything that the tenant has."},
"people":{"type":"array","title":"People","maxItems":1000,"items":{"type":"string","maxLength":255},
"description":"User ids it works for. Empty: everybody with an account in this tenant. Others are refused either way."},
"auto_run_reads":{"type":"boolean","title":"Look things up at once","default":false,
"description":"Plans that change nothing run without being asked. What writes is always asked."},
"patience_s":{"type":"integer","title":"Patience (seconds)","minimum":5,"maximum":600,"default":60,
"description":"How long an answer waits for a task. What takes longer is told later."},
"greeting":{"type":"string","title":"Greeting","maxLength":2000,"description":"Stands before the help. Markdown."}}})json";

constexpr std::int64_t kDefaultPatienceS = 60;
constexpr std::size_t kMaxServices = 100;
constexpr std::size_t kMaxPeople = 1'000;
constexpr std::size_t kMaxServiceNameBytes = 64;

bool is_service_name(std::string_view name) { return !name.empty() && name.size() <= kMaxServiceNameBytes; }
bool is_user_id(std::string_view name) { return name.size() <= 255 && matrix::parse_user_id(name).has_value(); }

Result<std::vector<std::string>> read_names(const boost::json::object& config, std::string_view key, std::size_t most,
                                            bool (*fits)(std::string_view), std::string_view what) {
  std::vector<std::string> names;
  const auto* list = matrix::find(config, key);
  if (list == nullptr || list->is_null()) return names;
  auto wrong = [&] {
    return base::field_error(base::pointer_to(key), std::string(key) + " must be a list of " + std::string(what) +
                                                        ", at most " + std::to_string(most) + ".");
  };
  if (!list->is_array() || list->get_array().size() > most) return wrong();
  for (const auto& item : list->get_array()) {
    if (!item.is_string() || !fits(item.get_string())) return wrong();
    names.emplace_back(item.get_string());
  }
  return names;
}

Result<PreparedConfig> prepare(boost::json::object config, boost::json::object /*old_secrets*/) {
  base::FieldErrors mistakes;
  mistakes.take(fleet::brains::refuse_unknown(
      config, {"services", "people", "auto_run_reads", "patience_s", "greeting", "respond", "reply_as"}));
  mistakes.take(fleet::brains::common_config(config));
  BrainFields fields(config);
  mistakes.take(fields.boolean("auto_run_reads", false));
  mistakes.take(fields.integer("patience_s", 5, 600, kDefaultPatienceS));
  mistakes.take(fields.text("greeting", 2'000, ""));
  mistakes.take(read_names(config, "services", kMaxServices, is_service_name, "names of services"));
  mistakes.take(read_names(config, "people", kMaxPeople, is_user_id, "user ids (@anna:example.org)"));
  TRY(std::move(mistakes).outcome());
  return PreparedConfig{.config = std::move(config), .secrets = {}, .generated_secret = std::nullopt};
}

Result<BrainConfig> read_config(const boost::json::object& config) {
  BrainConfig read;
  TRY(read.rules.services, read_names(config, "services", kMaxServices, is_service_name, "names of services"));
  TRY(read.people, read_names(config, "people", kMaxPeople, is_user_id, "user ids"));
  read.rules.auto_run_reads = matrix::find_bool(config, "auto_run_reads").value_or(false);
  read.rules.patience = std::chrono::seconds(matrix::find_integer(config, "patience_s").value_or(kDefaultPatienceS));
  read.greeting = matrix::find_string(config, "greeting").value_or("");
  return read;
}

Task<BrainTest> test_services(services::Services* services, std::int64_t tenant_id, boost::json::object config) {
  BrainTest found;
  auto read = read_config(config);
  if (!read) co_return std::move(found).is(Verdict::bad, read.error().message());
  auto offer = co_await services->offer(tenant_id);
  if (!offer) co_return std::move(found).is(Verdict::unsure, "What services there are could not be read.");
  const auto& wanted = read->rules.services;
  std::size_t ready = 0;
  for (const auto& name : wanted) {
    if ((*offer)->find(name) == nullptr) {
      found.note(Verdict::bad, "There is no service " + name + ", or it is not enabled.");
    }
  }
  for (const auto& one : (*offer)->all()) {
    const auto& name = one.service.pack->config.service;
    if (!wanted.empty() && std::ranges::find(wanted, name) == wanted.end()) continue;
    if (one.missing_secrets.empty()) {
      ++ready;
      found.note(Verdict::good, name + " is ready.");
    } else {
      found.note(Verdict::unsure, name + " has no key: it can be planned, and does not run.");
    }
  }
  if (ready == 0) co_return std::move(found).is(Verdict::bad, "None of the services can be used.");
  co_return std::move(found).is(Verdict::good, "The assistant can work with " + std::to_string(ready) +
                                                   (ready == 1 ? " service." : " services."));
}

}  // namespace

fleet::brains::BotKind assistant_kind(BrainUses uses) {
  auto* services = &uses.services;
  return {
      .name = "assistant",
      .title = "Assistant",
      .description = "Turns what people write into work at your services, with their own rights.",
      .config_schema = kAssistantSchema,
      .prepare = prepare,
      .make = [uses](const fleet::brains::BrainContext& context, const boost::json::object& config,
                     const boost::json::object&) -> Result<std::unique_ptr<fleet::brains::Brain>> {
        TRY(auto read, read_config(config));
        return std::make_unique<AssistantBrain>(context, uses, std::move(read));
      },
      .test = [services](fleet::brains::BrainContext context, boost::json::object config,
                         boost::json::object) { return test_services(services, context.tenant_id, std::move(config)); },
      .hears_reaction = may_answer};
}

}  // namespace troupe::assistant::surfaces
