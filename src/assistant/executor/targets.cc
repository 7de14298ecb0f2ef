#include "assistant/executor/targets.h"

#include "assistant/executor/commands.h"
#include "assistant/executor/undo.h"
#include "assistant/own/own_client.h"
#include "assistant/report/findings.h"
#include "assistant/schema/exact.h"
#include "assistant/schema/validator.h"
#include "assistant/services/keys.h"

namespace troupe::assistant::executor {
namespace {

using matrix::Json;
using matrix::JsonObject;

std::string missing_words(const services::InUse& in_use) {
  const auto& config = in_use.service.pack->config;
  const auto& missing = in_use.missing_secrets;
  if (missing.size() == 1 && missing.front() == services::kSignIn && !config.auth.authorize_url.empty())
    return in_use.service.pack->title +
           " cannot be called: nobody has signed in there yet. An administrator does on its page in the console.";
  std::string names;
  for (const auto& secret : missing) {
    names += (names.empty() ? "" : ", ") + packs::environment_name(config.service, secret);
  }
  return in_use.service.pack->title + " cannot be called: nothing is set for " + names + ".";
}

/// The number, where it is written as it would be again: of "007" and "-0" something would be lost.
std::optional<Json> whole_number(std::string_view text) {
  auto number = schema::parse_exact(text);
  const bool is_whole = number && (number->is_int64() || number->is_uint64());
  return is_whole && matrix::canonical_json(*number) == text ? std::optional(*std::move(number)) : std::nullopt;
}

/// The same value in the type that is wanted, where there is exactly one way to write it so.
void adapt(Json& value, const JsonObject& schema) {
  const auto type = matrix::find_string(schema, "type");
  if (!type) return;
  if (*type == "string" && (value.is_int64() || value.is_uint64())) {
    value = boost::json::string(matrix::canonical_json(value));
  } else if (const auto* text = value.if_string(); text != nullptr) {
    const auto words = matrix::view(*text);
    if (*type == "integer" || *type == "number") {
      if (auto number = whole_number(words)) value = *std::move(number);
    } else if (*type == "boolean" && (words == "true" || words == "false")) {
      value = words == "true";
    }
  }
}

}  // namespace

bool Target::needs_approval(const tasks::TaskSpec& spec) const {
  if (is_command() || offered->approval) return true;
  if (spec.borrowed && !reads()) return true;
  const bool is_own = in_use->service.pack->config.service == own::kService && in_use->source == packs::Source::shipped;
  return is_own && spec.service != own::kService;
}

OrStop<Target> target_of(const services::Offer& offer, std::string_view action) {
  const auto dot = action.find('.');
  const auto service = action.substr(0, dot);
  const auto operation = dot == std::string_view::npos ? std::string_view() : action.substr(dot + 1);
  if (service == kSystem && operation == kRunCommand) {
    return Target{.in_use = nullptr, .offered = nullptr, .schema = &command_inputs(), .title = "The command runner"};
  }
  const auto* in_use = offer.find(service);
  if (in_use == nullptr) return failed("There is no service " + report::quoted(service) + " here any more.");
  const auto* offered = in_use->service.pack->find(operation);
  if (offered == nullptr) return failed(in_use->service.pack->title + " has no " + report::quoted(operation) + ".");
  return Target{.in_use = in_use,
                .offered = offered,
                .schema = &offered->operation.arguments,
                .title = in_use->service.pack->title};
}

OrStop<Unit> check_secrets(const Target& target) {
  if (target.is_command() || target.offered->operation.open || target.in_use->missing_secrets.empty()) return Unit{};
  return failed(missing_words(*target.in_use));
}

Result<WorkflowPtr> workflow_of(const services::Offer& offer, const tasks::TaskSpec& spec) {
  const auto& [service, intent] = std::tie(spec.service, spec.intent);
  const auto own = [](workflows::Workflow made) {
    return std::make_shared<const workflows::Workflow>(std::move(made));
  };
  if (is_undo(spec)) return own(undo_workflow(spec.inputs));
  if (service == kSystem) {
    if (intent != kRunCommand) return Error(Errc::not_found, "There is no such command.");
    return own(command_workflow());
  }
  const auto* in_use = offer.find(service);
  if (in_use == nullptr) return Error(Errc::not_found, "There is no service " + report::quoted(service) + ".");
  const auto& pack = in_use->service.pack;
  if (const auto known = pack->workflows.find(intent); known != pack->workflows.end())
    return WorkflowPtr(pack, &known->second);
  auto found = pack->workflow(intent);
  if (!found) return Error(Errc::not_found, pack->title + " has no intent " + report::quoted(intent) + ".");
  return own(*std::move(found));
}

OrStop<JsonObject> fitted(const Target& target, std::string_view action, JsonObject arguments) {
  auto wrong = schema::validate(*target.schema, arguments);
  if (wrong.empty()) return arguments;
  if (const auto* properties = matrix::find_object(*target.schema, "properties")) {
    for (auto& [name, value] : arguments) {
      const auto* schema = matrix::find_object(*properties, matrix::view(name));
      if (schema != nullptr && !schema::validate(Json(*schema), value).empty()) adapt(value, *schema);
    }
  }
  wrong = schema::validate(*target.schema, arguments);
  if (wrong.empty()) return arguments;
  const auto& first = wrong.front();
  const auto where = first.pointer.empty() ? std::string("what it is called with") : first.pointer.substr(1);
  return failed(std::string(action) + " cannot be called: " + where + " " + first.message + ".");
}

}  // namespace troupe::assistant::executor
