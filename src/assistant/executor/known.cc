#include "assistant/executor/known.h"

#include <algorithm>

namespace troupe::assistant::executor {
namespace {

using workflows::Binding;
using workflows::Root;
using workflows::Term;

bool is_open(const Term& term, const Known& known) {
  if (term.is_literal) return false;
  switch (term.root) {
    case Root::item:
      return known.item_open;
    case Root::prev:
      return known.open.contains(term.rest) || (!term.path.empty() && known.open.contains(term.path.front()));
    case Root::steps:
      return !term.path.empty() && known.open.contains(term.path.front());
    case Root::inputs:
    case Root::args:
    case Root::result:
    case Root::marker:
      return false;
  }
  return false;
}

/// Terms up to the first that has a value; nothing: the value hangs on what is not known.
bool is_known(const workflows::Expression& expression, const Known& known) {
  for (const auto& term : expression.terms) {
    if (is_open(term, known)) return false;
    const auto value = workflows::evaluate(workflows::Expression{.terms = {term}}, known.values);
    if (value && !value->is_null()) return true;
  }
  return true;
}

std::string in_words(const workflows::Expression& expression) {
  std::string out;
  for (const auto& term : expression.terms) out += (out.empty() ? "" : " ?? ") + term.shown();
  return out;
}

std::string as_text(const Json& value) {
  if (value.is_string()) return std::string(matrix::view(value.get_string()));
  return value.is_null() ? std::string() : matrix::canonical_json(value);
}

}  // namespace

bool is_known(const Binding& binding, const Known& known) {
  if (binding.kind == Binding::Kind::expression) return is_known(binding.expression, known);
  return std::ranges::all_of(binding.parts, [&](const Binding& part) { return is_known(part, known); });
}

bool is_known(const workflows::Condition& condition, const Known& known) {
  return std::ranges::all_of(condition.of, [&](const Binding& each) { return is_known(each, known); }) &&
         std::ranges::all_of(condition.parts, [&](const auto& each) { return is_known(each, known); });
}

bool are_known(const std::vector<std::pair<std::string, Binding>>& bind, const Known& known) {
  return std::ranges::all_of(bind, [&](const auto& each) { return is_known(each.second, known); });
}

bool uses_marker(const std::vector<std::pair<std::string, Binding>>& bind) {
  bool found = false;
  const auto look = [&](const Term& term) { found = found || (!term.is_literal && term.root == Root::marker); };
  for (const auto& [name, binding] : bind) workflows::each_term(binding, look);
  return found;
}

JsonObject arguments_of(const std::vector<std::pair<std::string, Binding>>& bind, const workflows::Values& values) {
  JsonObject out;
  for (const auto& [name, binding] : bind) {
    if (auto value = workflows::evaluate(binding, values)) out[name] = *std::move(value);
  }
  return out;
}

JsonObject shown_arguments(const std::vector<std::pair<std::string, Binding>>& bind, const Known& known) {
  JsonObject out;
  for (const auto& [name, binding] : bind) {
    if (auto value = shown(binding, known)) out[name] = *std::move(value);
  }
  return out;
}

std::optional<Json> shown(const Binding& binding, const Known& known) {
  if (is_known(binding, known)) return workflows::evaluate(binding, known.values);
  switch (binding.kind) {
    case Binding::Kind::expression:
      return Json(boost::json::string(in_words(binding.expression)));
    case Binding::Kind::list: {
      JsonArray out;
      for (const auto& part : binding.parts) {
        if (auto value = shown(part, known)) out.push_back(*std::move(value));
      }
      return out;
    }
    case Binding::Kind::object: {
      JsonObject out;
      for (std::size_t i = 0; i < binding.parts.size(); ++i) {
        if (auto value = shown(binding.parts[i], known)) out[binding.names[i]] = *std::move(value);
      }
      return out;
    }
    case Binding::Kind::when:
      return is_known(binding.parts[0], known) && !workflows::evaluate(binding, known.values) &&
                     is_known(binding.parts[1], known)
                 ? std::nullopt
                 : shown(binding.parts[1], known);
    case Binding::Kind::text:
    case Binding::Kind::join:
      break;
  }
  std::string out;
  for (const auto& part : binding.parts) {
    const auto value = shown(part, known);
    if (!value) continue;
    const auto piece = is_known(part, known) ? as_text(*value) : "{" + as_text(*value) + "}";
    if (binding.kind == Binding::Kind::join && !out.empty() && !piece.empty()) out += binding.between;
    out += piece;
  }
  return Json(boost::json::string(out));
}

}  // namespace troupe::assistant::executor
