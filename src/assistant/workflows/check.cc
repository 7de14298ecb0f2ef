#include "assistant/workflows/check.h"

#include <algorithm>
#include <span>

#include "assistant/schema/validator.h"

namespace troupe::assistant::workflows {
namespace {

using matrix::view;
using report::below;

constexpr std::string_view kCommand = "system.run_command";

/// The types that a schema allows; empty: any, or not known.
std::set<std::string> types_of(const Json* schema, const Json& root, int depth = 0) {
  const auto* object = schema ? schema->if_object() : nullptr;
  if (!object || depth > 8) return {};
  if (const auto ref = matrix::find_string(*object, "$ref"))
    return types_of(schema::follow(root, *ref), root, depth + 1);
  const auto* type = matrix::find(*object, "type");
  std::set<std::string> out;
  if (type && type->is_string()) out.emplace(view(type->get_string()));
  if (type && type->is_array()) {
    for (const auto& each : type->get_array()) {
      if (each.is_string()) out.emplace(view(each.get_string()));
    }
  }
  return out;
}

bool may_fit(const std::set<std::string>& given, const std::set<std::string>& wanted) {
  if (given.empty() || wanted.empty()) return true;
  return std::ranges::any_of(given, [&](const auto& type) {
    return wanted.contains(type) || (type == "integer" && wanted.contains("number")) ||
           (type == "number" && wanted.contains("integer"));
  });
}

std::string listed(const std::set<std::string>& types) {
  std::string out;
  for (const auto& each : types) out += (out.empty() ? "" : " or ") + each;
  return out;
}

/// The schema of an input, and whether the inputs can have it at all.
struct Input {
  bool known = true;
  const Json* schema = nullptr;
};
Input input_at(const Json& root, std::span<const std::string> path) {
  const Json* at = &root;
  for (const auto& name : path) {
    const auto* object = at ? at->if_object() : nullptr;
    if (const auto ref = object ? matrix::find_string(*object, "$ref") : std::nullopt) {
      at = schema::follow(root, *ref);
      object = at ? at->if_object() : nullptr;
    }
    if (!object) return {};
    if (const auto* items = matrix::find(*object, "items")) {
      at = items;
      continue;
    }
    const auto* properties = matrix::find_object(*object, "properties");
    const auto* next = properties ? matrix::find(*properties, name) : nullptr;
    if (!next && (!properties || matrix::find_bool(*object, "additionalProperties") != false)) return {};
    if (!next) return {.known = false};
    at = next;
  }
  return {.schema = at};
}

void check_term(const Term& term, const Scope& scope, const std::string& pointer, const report::InFile& report) {
  if (term.is_literal) return;
  if (!scope.roots.contains(term.root)) {
    report.error(pointer, term.shown() + " means nothing here", "see docs/packs.md, Bindings");
    return;
  }
  const bool kept = term.root == Root::prev || term.root == Root::steps;
  if (kept && !scope.kept.contains(term.path.front()) && !(term.root == Root::prev && scope.kept.contains(term.rest)))
    report.error(pointer, term.shown() + ": no step before this one keeps that name",
                 "give the step that yields it an \"out\" of this name");
  if (term.root == Root::inputs && scope.inputs && !input_at(Json(*scope.inputs), term.path).known)
    report.error(pointer, term.shown() + " is not among the workflow's inputs",
                 "add it to \"inputs\", or correct the name");
}

class WorkflowCheck {
 public:
  WorkflowCheck(const Workflow& workflow, const Actions& actions, const report::InFile& report)
      : workflow_(workflow), actions_(actions), report_(report) {}

  void run() {
    scope_.roots = {Root::inputs, Root::prev, Root::steps, Root::marker};
    scope_.inputs = workflow_.inputs ? &*workflow_.inputs : nullptr;
    bool ended = false;
    for (const auto& step : workflow_.steps) {
      if (ended)
        report_.warn(step.pointer, "this step is never reached", "an answer without \"when\" ends the workflow");
      check_step(step, scope_);
      keep(step);
      ended = ended || (step.answer && !step.when);
    }
    if (workflow_.result) check_names(*workflow_.result, scope_, below("", workflow_.intent) + "/result", report_);
  }

 private:
  void check_step(const Step& step, const Scope& scope) {
    if (step.when) {
      each_term(*step.when, [&](const Term& term) { check_term(term, scope, step.pointer + "/when", report_); });
    }
    if (step.each) check_names(*step.each, scope, step.pointer + "/each", report_);
    if (step.answer) check_names(*step.answer, scope, step.pointer + "/answer", report_);
    if (step.value) check_names(*step.value, scope, step.pointer + "/value", report_);
    if (step.choose) {
      check_names(step.choose->from, scope, step.pointer + "/choose/from", report_);
      for (const auto& [member, binding] : step.choose->match)
        check_names(binding, scope, below(step.pointer + "/choose/match", member), report_);
    }
    for (const auto& each : step.parallel) check_step(each, scope);
    if (!step.action.empty()) check_action(step, scope);
  }

  void check_action(const Step& step, const Scope& scope) {
    auto inner = scope;
    if (step.each) inner.roots.insert(Root::item);
    const auto dot = step.action.find('.');
    const auto service = step.action.substr(0, dot);
    if (step.action == kCommand || (dot != std::string::npos && service != actions_.service)) {
      for (const auto& [name, binding] : step.bind)
        check_names(binding, inner, below(step.pointer + "/bind", name), report_);
      if (step.action == kCommand)
        report_.warn(step.pointer + "/action", "this workflow runs a command on the server's machine",
                     "add the pack only if you trust whoever wrote it");
      else
        report_.note(step.pointer + "/action", step.action + " belongs to another pack and is not checked here",
                     "check it where both are");
      return;
    }
    const auto* operation =
        dot == std::string::npos ? nullptr : actions_.find(std::string_view(step.action).substr(dot + 1));
    if (!operation) {
      report_.error(step.pointer + "/action", report::quoted(step.action) + " is no action of this pack",
                    "actions are " + actions_.service + ".<operation>; troupe pack show lists them");
      return;
    }
    if (step.most_pages != 0 && operation->writes)
      report_.error(step.pointer + "/pages", "only reading operations have pages", "leave it out");
    check_call(*operation, step.bind, inner, step.pointer + "/bind", report_);
  }

  void keep(const Step& step) {
    for (const auto& each : step.parallel) keep(each);
    if (step.out.empty()) return;
    if (!scope_.kept.insert(step.out).second)
      report_.error(step.pointer + "/out", "an earlier step keeps " + report::quoted(step.out) + " already",
                    "choose another name");
    if (step.out.find_first_of(".[") != std::string::npos)
      report_.error(step.pointer + "/out", "a name may have neither dots nor brackets", "choose another name");
  }

  const Workflow& workflow_;
  const Actions& actions_;
  const report::InFile& report_;
  Scope scope_;
};

/// A binding whose value is known now.
std::optional<Json> constant(const Binding& binding) {
  bool fixed = true;
  each_term(binding, [&](const Term& term) { fixed = fixed && term.is_literal; });
  return fixed ? evaluate(binding, {}) : std::nullopt;
}

void check_fit(const std::string& name, const Binding& binding, const Json& wanted, const JsonObject& arguments,
               const Scope& scope, const std::string& pointer, const report::InFile& report) {
  if (const auto value = constant(binding)) {
    JsonObject one{{"$defs", arguments.contains("$defs") ? arguments.at("$defs") : Json(JsonObject{})},
                   {"allOf", JsonArray{wanted}}};
    const auto wrong = schema::validate(Json(one), *value);
    if (!wrong.empty())
      report.error(pointer, "the value for " + name + wrong.front().pointer + " " + wrong.front().message,
                   "correct it");
    return;
  }
  std::set<std::string> given;
  const Json root(arguments);
  if (binding.kind == Binding::Kind::text || binding.kind == Binding::Kind::join) given = {"string"};
  if (binding.kind == Binding::Kind::list) given = {"array"};
  if (binding.kind == Binding::Kind::object) given = {"object"};
  if (binding.kind == Binding::Kind::expression && scope.inputs) {
    const auto& first = binding.expression.terms.front();
    const Json inputs(*scope.inputs);
    if (first.root == Root::inputs && !first.is_literal) given = types_of(input_at(inputs, first.path).schema, inputs);
  }
  const auto types = types_of(&wanted, root);
  if (!may_fit(given, types))
    report.error(pointer, name + " takes " + listed(types) + ", not " + listed(given), "bind a value of that type");
}

}  // namespace

void check_names(const Binding& binding, const Scope& scope, const std::string& pointer, const report::InFile& report) {
  each_term(binding, [&](const Term& term) { check_term(term, scope, pointer, report); });
}

void check_call(const openapi::Operation& operation, const std::vector<std::pair<std::string, Binding>>& bind,
                const Scope& scope, const std::string& pointer, const report::InFile& report) {
  const auto* properties = matrix::find_object(operation.arguments, "properties");
  std::set<std::string, std::less<>> bound;
  for (const auto& [name, binding] : bind) {
    const auto here = below(pointer, name);
    bound.insert(name);
    check_names(binding, scope, here, report);
    const auto* wanted = properties ? matrix::find(*properties, name) : nullptr;
    if (!wanted) {
      report.error(here, operation.name + " takes no " + report::quoted(name), "troupe pack show lists what it takes");
      continue;
    }
    check_fit(name, binding, *wanted, operation.arguments, scope, here, report);
  }
  const auto* required = matrix::find_array(operation.arguments, "required");
  for (std::size_t i = 0; required && i < required->size(); ++i) {
    const auto name = view((*required)[i].get_string());
    if (!bound.contains(name)) report.error(pointer, operation.name + " needs " + report::quoted(name), "bind it");
  }
}

void check_workflow(const Workflow& workflow, const Actions& actions, const report::InFile& report) {
  WorkflowCheck(workflow, actions, report).run();
}

}  // namespace troupe::assistant::workflows
