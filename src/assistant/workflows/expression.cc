#include "assistant/workflows/expression.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "assistant/schema/exact.h"
#include "base/field_errors.h"

namespace troupe::assistant::workflows {
namespace {

using matrix::view;

struct RootName {
  std::string_view name;
  Root root;
};
constexpr std::array<RootName, 7> kRoots{{{"inputs", Root::inputs},
                                          {"$prev", Root::prev},
                                          {"$steps", Root::steps},
                                          {"$args", Root::args},
                                          {"$result", Root::result},
                                          {"$item", Root::item},
                                          {"$marker", Root::marker}}};

Error refused(std::string message) { return base::field_error("", std::move(message)); }

Term literal(Json value) {
  Term out;
  out.literal = std::move(value);
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// The root that a text begins with, followed by its end, a dot, an index or `??`; nullptr: it is a literal.
const RootName* root_of(std::string_view text) {
  for (const auto& each : kRoots) {
    if (!text.starts_with(each.name)) continue;
    const auto rest = text.substr(each.name.size());
    // The word "inputs" alone is a word; only a path makes it ours.
    const bool alone = each.root != Root::inputs && (rest.empty() || trimmed(rest).starts_with("??"));
    if (alone || rest.starts_with('.') || (each.root != Root::inputs && rest.starts_with('['))) return &each;
  }
  return nullptr;
}

/// ".a.b[0].c" as a, b, 0, c.
Result<std::vector<std::string>> path_of(std::string_view rest) {
  std::vector<std::string> out;
  while (!rest.empty()) {
    std::size_t end = 0;
    if (rest.starts_with('[')) {
      end = rest.find(']');
      const auto index = rest.substr(1, end == std::string_view::npos ? 0 : end - 1);
      if (end == std::string_view::npos || index.empty() || index.size() > 6 ||
          index.find_first_not_of("0123456789") != std::string_view::npos)
        return refused("an index is a number in brackets: [0]");
      out.emplace_back(index);
      ++end;
    } else if (rest.starts_with('.')) {
      end = std::min(rest.find_first_of(".[", 1), rest.size());
      if (end == 1) return refused("a name is missing behind a dot");
      out.emplace_back(rest.substr(1, end - 1));
    } else {
      return refused("a dot or a bracket must follow an index");
    }
    rest.remove_prefix(end);
    if (out.size() > kMaxPathNames) return refused("a path has more than 32 names");
  }
  return out;
}

/// Behind `??`: 'text', a number, true, false, null.
Result<Term> literal_term(std::string_view text) {
  if (text.size() >= 2 && text.front() == '\'' && text.back() == '\'')
    return literal(Json(boost::json::string(text.substr(1, text.size() - 2))));
  if (auto value = schema::parse_exact(text); value && !value->is_structured()) return literal(*std::move(value));
  return refused("behind ?? stands a path or a literal: 'text', a number, true, false, null");
}

Result<Term> path_term(std::string_view text, const RootName& root) {
  Term out;
  out.is_literal = false;
  out.root = root.root;
  const auto rest = text.substr(root.name.size());
  TRY(out.path, path_of(rest));
  out.rest = rest.starts_with('.') ? rest.substr(1) : rest;
  const bool named = root.root == Root::prev || root.root == Root::steps;
  if (named && (out.path.empty() || rest.starts_with('[')))
    return refused(std::string(root.name) + " needs the name of a step's out");
  if (root.root == Root::marker && !out.path.empty()) return refused("$marker has no members");
  return out;
}

/// "a ?? 'b ?? c'" at the marks that stand outside quotes.
std::vector<std::string_view> pieces_of(std::string_view text) {
  std::vector<std::string_view> out;
  bool quoted = false;
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\'') quoted = !quoted;
    if (quoted || !text.substr(i).starts_with("??")) continue;
    out.push_back(trimmed(text.substr(from, i - from)));
    from = i + 2;
    ++i;
  }
  out.push_back(trimmed(text.substr(from)));
  return out;
}

std::optional<std::size_t> index_of(std::string_view name) {
  std::size_t out = 0;
  const auto read = std::from_chars(name.data(), name.data() + name.size(), out);
  if (read.ec != std::errc() || read.ptr != name.data() + name.size()) return std::nullopt;
  return out;
}

const Json* step_into(const Json& value, std::string_view name) {
  if (const auto* object = value.if_object()) return matrix::find(*object, name);
  const auto* list = value.if_array();
  const auto index = list ? index_of(name) : std::nullopt;
  return index && *index < list->size() ? &(*list)[*index] : nullptr;
}

const Json* walk(const Json* value, std::span<const std::string> path) {
  for (const auto& name : path) {
    if (!value) return nullptr;
    value = step_into(*value, name);
  }
  return value;
}

const Json* walk(const JsonObject* object, std::span<const std::string> path) {
  if (!object || path.empty()) return nullptr;
  return walk(matrix::find(*object, path.front()), path.subspan(1));
}

/// `$prev.name`: in the seed all behind the first dot is one key; and the value kept under a name is often an object
/// around the value that the name means ({"project_id": …, "candidates": […]} kept as project_id).
const Json* previous(const Term& term, const JsonObject* kept) {
  if (!kept) return nullptr;
  const auto* whole = matrix::find(*kept, term.rest);
  if (!whole) return walk(kept, term.path);
  const auto* object = whole->if_object();
  const auto* inner = object ? matrix::find(*object, term.rest) : nullptr;
  return inner ? inner : whole;
}

std::optional<Json> value_of(const Term& term, const Values& values) {
  if (term.is_literal) return term.literal;
  const Json* found = nullptr;
  switch (term.root) {
    case Root::inputs:
      found = walk(values.inputs, term.path);
      break;
    case Root::prev:
      found = previous(term, values.kept);
      break;
    case Root::steps:
      found = walk(values.kept, term.path);
      break;
    case Root::args:
      if (term.path.empty() && values.args) return Json(*values.args);
      found = walk(values.args, term.path);
      break;
    case Root::result:
      found = walk(values.result, term.path);
      break;
    case Root::item:
      found = walk(values.item, term.path);
      break;
    case Root::marker:
      if (!values.marker.empty()) return Json(boost::json::string(values.marker));
  }
  if (!found) return std::nullopt;
  return *found;
}

std::string as_text(const Json& value) {
  if (value.is_string()) return std::string(view(value.get_string()));
  return value.is_null() ? std::string() : matrix::canonical_json(value);
}

Binding literal_binding(Json value) {
  Binding out;
  out.expression.terms.push_back(literal(std::move(value)));
  return out;
}

Result<Binding> parse_at(const Json& value, std::size_t depth);

/// "Hello {inputs.name}" as a literal and an expression in turn.
Result<Binding> parse_template(std::string_view text) {
  Binding out;
  out.kind = Binding::Kind::text;
  std::string literal_part;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("{{") || text.substr(i).starts_with("}}")) {
      literal_part += text[i++];
      continue;
    }
    if (text[i] != '{') {
      literal_part += text[i];
      continue;
    }
    const auto end = text.find('}', i);
    if (end == std::string_view::npos) return refused("a brace is not closed; {{ is a brace");
    const auto inside = trimmed(text.substr(i + 1, end - i - 1));
    if (!root_of(inside)) return refused("in braces stands a path: {inputs.name}; {{ is a brace");
    out.parts.push_back(literal_binding(boost::json::string(std::exchange(literal_part, {}))));
    Binding part;
    TRY(part.expression, parse_expression(inside));
    out.parts.push_back(std::move(part));
    i = end;
  }
  out.parts.push_back(literal_binding(boost::json::string(literal_part)));
  return out;
}

Result<Binding> parse_join(const JsonObject& object, std::size_t depth) {
  const auto* parts = matrix::find_array(object, "$join");
  if (!parts) return refused("$join is a list");
  Binding out;
  out.kind = Binding::Kind::join;
  out.between = matrix::find_string(object, "with").value_or("");
  for (const auto& each : *parts) {
    TRY(auto part, parse_at(each, depth + 1));
    out.parts.push_back(std::move(part));
  }
  return out;
}

Result<Binding> parse_when(const JsonObject& object, std::size_t depth) {
  const auto* then = matrix::find(object, "then");
  if (!then || object.size() != 2) return refused("$when goes with then, and nothing else");
  Binding out;
  out.kind = Binding::Kind::when;
  for (const auto* part : {matrix::find(object, "$when"), then}) {
    TRY(auto parsed, parse_at(*part, depth + 1));
    out.parts.push_back(std::move(parsed));
  }
  return out;
}

Result<Binding> parse_object(const JsonObject& object, std::size_t depth) {
  if (const auto* as_it_is = matrix::find(object, "$literal"); as_it_is && object.size() == 1)
    return literal_binding(*as_it_is);
  if (const auto words = matrix::find_string(object, "$text"); words && object.size() == 1) {
    if (words->size() > kMaxExpressionBytes) return refused("a text has more than 4096 bytes");
    return parse_template(*words);
  }
  if (object.contains("$join")) return parse_join(object, depth);
  if (object.contains("$when")) return parse_when(object, depth);
  Binding out;
  out.kind = Binding::Kind::object;
  for (const auto& [name, value] : object) {
    const std::string key(name.data(), name.size());
    if (key.starts_with('$')) return refused(key + " is not known: $text, $literal, $join and $when are");
    auto member = parse_at(value, depth + 1);
    if (!member) return base::placed_under(std::move(member).error(), base::pointer_to(key));
    out.names.push_back(key);
    out.parts.push_back(*std::move(member));
  }
  return out;
}

Result<Binding> parse_at(const Json& value, std::size_t depth) {
  if (depth > kMaxBindingDepth) return refused("a binding is nested more than 16 levels deep");
  if (const auto* text = value.if_string()) {
    Binding out;
    TRY(out.expression, parse_expression(view(*text)));
    return out;
  }
  if (const auto* object = value.if_object()) return parse_object(*object, depth);
  const auto* list = value.if_array();
  if (!list) return literal_binding(value);
  Binding out;
  out.kind = Binding::Kind::list;
  for (std::size_t i = 0; i < list->size(); ++i) {
    auto item = parse_at((*list)[i], depth + 1);
    if (!item) return base::placed_under(std::move(item).error(), "/" + std::to_string(i));
    out.parts.push_back(*std::move(item));
  }
  return out;
}

}  // namespace

std::string_view name_of(Root root) { return std::ranges::find(kRoots, root, &RootName::root)->name; }

std::string Term::shown() const {
  if (is_literal) return matrix::canonical_json(literal);
  return std::string(name_of(root)) + (rest.empty() ? "" : rest.starts_with('[') ? rest : "." + rest);
}

Result<Expression> parse_expression(std::string_view text) {
  if (text.size() > kMaxExpressionBytes) return refused("a binding has more than 4096 bytes");
  Expression out;
  if (!root_of(text)) {
    out.terms.push_back(literal(boost::json::string(text)));
    return out;
  }
  for (const auto piece : pieces_of(text)) {
    const auto* root = root_of(piece);
    TRY(auto term, root ? path_term(piece, *root) : literal_term(piece));
    out.terms.push_back(std::move(term));
    if (out.terms.size() > kMaxTerms) return refused("more than eight values stand between ??");
  }
  return out;
}

std::optional<Json> evaluate(const Expression& expression, const Values& values) {
  for (std::size_t i = 0; i < expression.terms.size(); ++i) {
    auto found = value_of(expression.terms[i], values);
    // A null gives way to what stands behind ??, but is itself the value where nothing does.
    if (found && (!found->is_null() || i + 1 == expression.terms.size())) return found;
  }
  return std::nullopt;
}

Result<Binding> parse_binding(const Json& value) { return parse_at(value, 0); }

std::optional<Json> evaluate(const Binding& binding, const Values& values) {
  switch (binding.kind) {
    case Binding::Kind::expression:
      return evaluate(binding.expression, values);
    case Binding::Kind::list: {
      JsonArray out;
      for (const auto& part : binding.parts) {
        if (auto value = evaluate(part, values)) out.push_back(*std::move(value));
      }
      return out;
    }
    case Binding::Kind::object: {
      JsonObject out;
      for (std::size_t i = 0; i < binding.parts.size(); ++i) {
        if (auto value = evaluate(binding.parts[i], values)) out[binding.names[i]] = *std::move(value);
      }
      return out;
    }
    case Binding::Kind::when: {
      const auto condition = evaluate(binding.parts[0], values);
      return condition && !condition->is_null() ? evaluate(binding.parts[1], values) : std::nullopt;
    }
    case Binding::Kind::text:
    case Binding::Kind::join:
      break;
  }
  std::string out;
  for (const auto& part : binding.parts) {
    const auto value = evaluate(part, values);
    if (!value || out.size() > kMaxTemplateBytes) continue;
    const auto piece = as_text(*value);
    if (binding.kind == Binding::Kind::join && !out.empty() && !piece.empty()) out += binding.between;
    out += piece;
  }
  if (binding.kind == Binding::Kind::join && out.empty()) return std::nullopt;
  return Json(boost::json::string(out));
}

void each_term(const Binding& binding, const std::function<void(const Term&)>& visit) {
  for (const auto& term : binding.expression.terms) visit(term);
  for (const auto& part : binding.parts) each_term(part, visit);
}

}  // namespace troupe::assistant::workflows
