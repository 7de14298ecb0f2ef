#include "assistant/workflows/workflow.h"

#include <algorithm>
#include <array>

#include "assistant/openapi/names.h"
#include "assistant/schema/validator.h"
#include "base/field_errors.h"

namespace troupe::assistant::workflows {
namespace {

using report::text;

using matrix::view;
using report::below;

constexpr std::size_t kMaxConditionDepth = 8;
constexpr std::size_t kMaxTextBytes = 1'000;
constexpr std::array<std::string_view, 12> kStepKeys{"action", "description", "bind",   "out",   "when",     "each",
                                                     "pages",  "choose",      "answer", "value", "parallel", "comment"};
constexpr std::array<std::string_view, 5> kWorkflowKeys{"description", "inputs", "steps", "result", "comment"};
constexpr std::array<std::string_view, 6> kChoiceKeys{"from", "match", "id", "label", "question", "none"};

Error wrong(std::string message) { return base::field_error("", std::move(message)); }
Error wrong_at(std::string_view pointer, std::string message) { return base::field_error(pointer, std::move(message)); }

template <std::size_t N>
Result<Unit> check_keys(const JsonObject& object, const std::array<std::string_view, N>& known) {
  for (const auto& [key, value] : object) {
    if (std::ranges::find(known, text(key)) == known.end())
      return wrong_at(base::pointer_to(text(key)), "is not known here");
  }
  return Unit{};
}

/// A text of at most 1,000 bytes, or empty.
Result<std::string> text_of(const JsonObject& object, std::string_view key) {
  const auto* found = matrix::find(object, key);
  if (!found) return std::string();
  if (!found->is_string() || found->get_string().size() > kMaxTextBytes)
    return wrong_at(base::pointer_to(key), "must be a text of at most 1000 bytes");
  return std::string(view(found->get_string()));
}

template <class T>
Result<T> placed(Result<T> result, std::string_view prefix) {
  if (!result) return base::placed_under(std::move(result).error(), prefix);
  return result;
}

Result<std::optional<Binding>> optional_binding(const JsonObject& object, std::string_view key) {
  const auto* found = matrix::find(object, key);
  if (!found) return std::optional<Binding>();
  TRY(auto binding, placed(parse_binding(*found), base::pointer_to(key)));
  return std::optional(std::move(binding));
}

Result<std::vector<std::pair<std::string, Binding>>> bindings(const JsonObject& object, std::string_view key) {
  std::vector<std::pair<std::string, Binding>> out;
  const auto* found = matrix::find(object, key);
  if (!found) return out;
  if (!found->is_object()) return wrong_at(base::pointer_to(key), "must be an object: name to value");
  for (const auto& [name, value] : found->get_object()) {
    TRY(auto binding, placed(parse_binding(value), below(base::pointer_to(key), text(name))));
    out.emplace_back(text(name), std::move(binding));
  }
  return out;
}

Result<Choice> parse_choice(const Json& value) {
  const auto* object = value.if_object();
  if (!object) return wrong("must be an object with from, id and label");
  TRY(check_keys(*object, kChoiceKeys));
  Choice out;
  TRY(auto from, optional_binding(*object, "from"));
  if (!from) return wrong_at("/from", "is missing: the list to choose from");
  out.from = *std::move(from);
  TRY(out.match, bindings(*object, "match"));
  TRY(out.id, text_of(*object, "id"));
  TRY(out.question, text_of(*object, "question"));
  TRY(out.none, text_of(*object, "none"));
  if (const auto* label = matrix::find_array(*object, "label")) {
    for (const auto& each : *label) {
      if (each.is_string()) out.label.emplace_back(view(each.get_string()));
    }
  }
  if (out.id.empty()) out.id = "/id";
  const auto is_pointer = [](const std::string& each) { return each.starts_with('/'); };
  if (!is_pointer(out.id) || !std::ranges::all_of(out.label, is_pointer) || out.label.empty() ||
      !std::ranges::all_of(out.match, [&](const auto& each) { return is_pointer(each.first); }))
    return wrong("id, label and match name members by pointers: \"/name\"; there is at least one label");
  return out;
}

class StepReader {
 public:
  static Result<Step> read(const Json& value, bool inside_parallel) {
    const auto* object = value.if_object();
    if (!object) return wrong("a step is an object with an action");
    TRY(check_keys(*object, kStepKeys));
    Step out;
    TRY(out.action, text_of(*object, "action"));
    TRY(out.description, text_of(*object, "description"));
    TRY(out.out, text_of(*object, "out"));
    TRY(out.bind, bindings(*object, "bind"));
    TRY(out.each, optional_binding(*object, "each"));
    TRY(out.answer, optional_binding(*object, "answer"));
    TRY(out.value, optional_binding(*object, "value"));
    TRY(read_when(*object, out));
    TRY(read_pages(*object, out));
    if (const auto* choice = matrix::find(*object, "choose")) {
      TRY(out.choose, placed(parse_choice(*choice), "/choose"));
    }
    TRY(read_parallel(*object, inside_parallel, out));
    TRY(check_one_kind(out, inside_parallel));
    return out;
  }

 private:
  static Result<Unit> read_when(const JsonObject& object, Step& out) {
    const auto* when = matrix::find(object, "when");
    if (!when) return Unit{};
    TRY(out.when, placed(parse_condition(*when), "/when"));
    return Unit{};
  }

  static Result<Unit> read_pages(const JsonObject& object, Step& out) {
    const auto* pages = matrix::find(object, "pages");
    if (!pages) return Unit{};
    if (!pages->is_int64() || pages->get_int64() < 1 || pages->get_int64() > static_cast<std::int64_t>(kMaxPages))
      return wrong_at("/pages", "is how many pages are followed at most, 1 to 1000");
    out.most_pages = static_cast<std::size_t>(pages->get_int64());
    return Unit{};
  }

  static Result<Unit> read_parallel(const JsonObject& object, bool inside, Step& out) {
    const auto* list = matrix::find(object, "parallel");
    if (!list) return Unit{};
    const auto* steps = list->if_array();
    if (inside || !steps || steps->empty() || steps->size() > kMaxParallel)
      return wrong_at("/parallel", "is a list of 1 to 16 steps, none of them parallel itself");
    for (std::size_t i = 0; i < steps->size(); ++i) {
      TRY(auto step, placed(read((*steps)[i], true), below("/parallel", i)));
      step.pointer = below("/parallel", i);
      out.parallel.push_back(std::move(step));
    }
    return Unit{};
  }

  static Result<Unit> check_one_kind(const Step& step, bool inside_parallel) {
    const int kinds = (step.action.empty() ? 0 : 1) + (step.choose ? 1 : 0) + (step.answer ? 1 : 0) +
                      (step.value ? 1 : 0) + (step.parallel.empty() ? 0 : 1);
    if (kinds != 1) return wrong("a step has exactly one of action, choose, value, answer and parallel");
    if (step.action.empty() && (!step.bind.empty() || step.each || step.most_pages != 0))
      return wrong("bind, each and pages belong to a step with an action");
    if (step.each && step.most_pages != 0) return wrong("a step has each or pages, not both");
    if (inside_parallel && (step.answer || step.choose))
      return wrong("steps at once can neither ask nor end the workflow");
    if ((step.choose || step.value) && step.out.empty())
      return wrong_at("/out", "is missing: the name under which it is kept");
    return Unit{};
  }
};

Result<Workflow> read_workflow(const std::string& intent, const Json& value) {
  Workflow out;
  out.intent = intent;
  const auto* steps = value.if_array();
  std::string prefix;
  if (const auto* object = value.if_object()) {
    TRY(check_keys(*object, kWorkflowKeys));
    TRY(out.description, text_of(*object, "description"));
    TRY(out.result, optional_binding(*object, "result"));
    if (const auto* inputs = matrix::find(*object, "inputs")) {
      if (!inputs->is_object() || matrix::find_string(inputs->get_object(), "type") != "object")
        return wrong_at("/inputs", "is a JSON schema of an object");
      out.inputs = inputs->get_object();
    }
    steps = matrix::find_array(*object, "steps");
    prefix = "/steps";
  }
  if (!steps || steps->empty() || steps->size() > kMaxSteps)
    return wrong("a workflow is a list of 1 to 64 steps, or an object with one as steps");
  for (std::size_t i = 0; i < steps->size(); ++i) {
    const auto pointer = below(prefix, i);
    TRY(auto step, placed(StepReader::read((*steps)[i], false), pointer));
    step.pointer = below("", intent) + pointer;
    for (auto& each : step.parallel) each.pointer = step.pointer + each.pointer;
    out.steps.push_back(std::move(step));
  }
  return out;
}

bool is_true(const std::optional<Json>& value) {
  if (!value || value->is_null()) return false;
  if (value->is_bool()) return value->get_bool();
  if (value->is_string()) return !value->get_string().empty();
  if (value->is_array()) return !value->get_array().empty();
  if (value->is_number()) return value->to_number<double>() != 0;
  return !value->get_object().empty();
}

struct ConditionKind {
  std::string_view key;
  Condition::Kind kind;
};
constexpr std::array<ConditionKind, 8> kConditions{{{"exists", Condition::Kind::exists},
                                                    {"missing", Condition::Kind::missing},
                                                    {"empty", Condition::Kind::empty},
                                                    {"equals", Condition::Kind::equals},
                                                    {"not_equals", Condition::Kind::not_equals},
                                                    {"all", Condition::Kind::all},
                                                    {"any", Condition::Kind::any},
                                                    {"not", Condition::Kind::none}}};

Result<Unit> fill_condition(Condition& out, std::string_view key, const Json& value, std::size_t depth) {
  const bool pair = out.kind == Condition::Kind::equals || out.kind == Condition::Kind::not_equals;
  const bool several = out.kind == Condition::Kind::all || out.kind == Condition::Kind::any;
  const auto* list = value.if_array();
  if ((pair && (!list || list->size() != 2)) || (several && (!list || list->empty() || list->size() > kMaxParallel)))
    return wrong(std::string(key) + (pair ? " compares two values: [a, b]" : " is a list of 1 to 16 conditions"));
  if (pair) {
    for (const auto& each : *list) {
      TRY(auto binding, parse_binding(each));
      out.of.push_back(std::move(binding));
    }
  } else if (several) {
    for (const auto& each : *list) {
      TRY(auto part, parse_condition(each, depth + 1));
      out.parts.push_back(std::move(part));
    }
  } else if (out.kind == Condition::Kind::none) {
    TRY(auto part, parse_condition(value, depth + 1));
    out.parts.push_back(std::move(part));
  } else {
    TRY(auto binding, parse_binding(value));
    out.of.push_back(std::move(binding));
  }
  return Unit{};
}

/// inputs.<argument> ?? inputs.extra.<argument>: the planner fills the first, the seed's clients the second.
Binding input_named(const std::string& argument) {
  Binding out;
  for (const auto* place : {"", "extra"}) {
    Term term;
    term.is_literal = false;
    term.root = Root::inputs;
    if (*place) term.path.emplace_back(place);
    term.path.push_back(argument);
    term.rest = *place ? std::string(place) + "." + argument : argument;
    out.expression.terms.push_back(std::move(term));
  }
  return out;
}

}  // namespace

Workflows read_workflows(const Json& document, const report::InFile& report) {
  Workflows out;
  const auto* object = document.if_object();
  if (!object) {
    report.error("", "this is no object", "workflows.json is an object: intent to steps");
    return out;
  }
  for (const auto& [key, value] : *object) {
    const std::string intent(text(key));
    const auto pointer = below("", intent);
    if (intent == "comment") continue;
    if (!openapi::is_operation(intent)) {
      report.error(pointer, "an intent's name is in snake case", "letters, digits and single underscores, at most 61");
    } else if (out.size() >= kMaxWorkflows) {
      report.error(pointer, "there are more than 500 workflows", "split the pack");
      break;
    } else if (auto workflow = read_workflow(intent, value)) {
      out.emplace(intent, *std::move(workflow));
    } else {
      const auto placed_error = base::placed_under(std::move(workflow).error(), pointer);
      const auto* errors = placed_error.members().if_contains("errors");
      const auto* first = errors && errors->is_array() && !errors->get_array().empty()
                              ? errors->get_array().front().if_object()
                              : nullptr;
      const auto where = first ? matrix::find_string(*first, "pointer").value_or(pointer) : std::string_view(pointer);
      const auto what = first ? matrix::find_string(*first, "message").value_or(placed_error.message())
                              : std::string_view(placed_error.message());
      report.error(std::string(where), std::string(what), "see docs/packs.md, Workflows");
    }
  }
  return out;
}

Result<Condition> parse_condition(const Json& value, std::size_t depth) {
  if (depth > kMaxConditionDepth) return wrong("a condition is nested more than 8 levels deep");
  Condition out;
  const auto* object = value.if_object();
  if (!object) {
    TRY(auto binding, parse_binding(value));
    out.of.push_back(std::move(binding));
    return out;
  }
  const auto key = object->size() == 1 ? text(object->begin()->key()) : std::string_view();
  const auto* known = std::ranges::find(kConditions, key, &ConditionKind::key);
  if (known == kConditions.end())
    return wrong("a condition is a path, or one of exists, missing, empty, equals, not_equals, all, any, not");
  out.kind = known->kind;
  TRY(fill_condition(out, key, object->begin()->value(), depth));
  return out;
}

bool holds(const Condition& condition, const Values& values) {
  const auto value = [&](std::size_t i) { return evaluate(condition.of[i], values); };
  const auto part = [&](const Condition& each) { return holds(each, values); };
  const auto equal = [&] {
    const auto a = value(0), b = value(1);
    return a && b ? schema::same(*a, *b) : !a && !b;
  };
  switch (condition.kind) {
    case Condition::Kind::truthy:
      return is_true(value(0));
    case Condition::Kind::exists:
      return value(0).value_or(nullptr) != nullptr;
    case Condition::Kind::missing:
      return value(0).value_or(nullptr) == nullptr;
    case Condition::Kind::empty: {
      const auto found = value(0);
      return !found || found->is_null() || (found->is_structured() || found->is_string() ? !is_true(found) : false);
    }
    case Condition::Kind::equals:
      return equal();
    case Condition::Kind::not_equals:
      return !equal();
    case Condition::Kind::all:
      return std::ranges::all_of(condition.parts, part);
    case Condition::Kind::any:
      return std::ranges::any_of(condition.parts, part);
    case Condition::Kind::none:
      break;
  }
  return !part(condition.parts.front());
}

void each_term(const Condition& condition, const std::function<void(const Term&)>& visit) {
  for (const auto& each : condition.of) each_term(each, visit);
  for (const auto& each : condition.parts) each_term(each, visit);
}

const JsonObject& seed_inputs() {
  static const JsonObject schema = [] {
    const Json word{{"type", "string"}};
    JsonObject hint{{"type", "object"}, {"properties", {{"name", word}, {"address", word}}}};
    return JsonObject{{"type", "object"},
                      {"properties", {{"project_hint", hint}, {"message", word}, {"extra", {{"type", "object"}}}}}};
  }();
  return schema;
}

const JsonObject& inputs_of(const Workflow& workflow) { return workflow.inputs ? *workflow.inputs : seed_inputs(); }

Workflow workflow_of(const std::string& service, const openapi::Operation& operation) {
  Workflow out;
  out.intent = operation.name;
  out.description = operation.description;
  out.inputs = operation.arguments;
  Step step;
  step.action = service + "." + operation.name;
  step.description = operation.description.substr(0, operation.description.find('\n'));
  if (const auto* properties = matrix::find_object(operation.arguments, "properties")) {
    for (const auto& [name, schema] : *properties)
      step.bind.emplace_back(text(name), input_named(std::string(text(name))));
  }
  step.out = operation.name;
  out.steps.push_back(std::move(step));
  return out;
}

}  // namespace troupe::assistant::workflows
