// Bindings: how a step's arguments come from what was asked for and from earlier steps. Parsed once, evaluated purely.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "matrix/json.h"

namespace troupe::assistant::workflows {

using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;

/// Where a path begins.
enum class Root : std::uint8_t {
  inputs,  ///< `inputs.a.b`: what was asked for
  prev,    ///< `$prev.name.a`: what an earlier step kept as `name`
  steps,   ///< `$steps.name.a`: the same; the name may have no dots
  args,    ///< `$args.a`: probes and undoing: what the write was called with
  result,  ///< `$result.a`: undoing: what the write answered
  item,    ///< `$item.a`: the entry of a step's `each`
  marker,  ///< `$marker`: a text that no other call has, and the same when a call is tried again
};
std::string_view name_of(Root root);

/// A literal, or a path with names and indexes.
struct Term {
  bool is_literal = true;
  Json literal;
  Root root = Root::inputs;
  std::string rest;  ///< behind the root, as it was written: the seed reads all of it as one key
  std::vector<std::string> path;

  /// "$steps.found"
  std::string shown() const;
};

/// Terms in order: the first that has a value is the value (`a ?? b ?? 'literal'`).
struct Expression {
  std::vector<Term> terms;
};

inline constexpr std::size_t kMaxExpressionBytes = 4'096;
inline constexpr std::size_t kMaxPathNames = 32;
inline constexpr std::size_t kMaxTerms = 8;
inline constexpr std::size_t kMaxBindingDepth = 16;
inline constexpr std::size_t kMaxTemplateBytes = 256 * 1024;  ///< what a `$text` may grow to

/// `inputs.<path>`, `$prev.<name>[.<path>]`, `$steps.<name>[.<path>]` and the like, with `[0]` or `.0` as index, and
/// `??` with literals behind it ('text', numbers, true, false, null). A text that begins with none of the roots is a
/// literal as it stands, `??` and all, as the seed has it. Error: invalid_param (too long; a root without a path; an
/// index that does not close; a word behind `??` that is no literal).
Result<Expression> parse_expression(std::string_view text);

/// What expressions read. The pointers may be nullptr: then nothing is there.
struct Values {
  const JsonObject* inputs = nullptr;
  const JsonObject* kept = nullptr;  ///< `out` name → value, of earlier steps
  const JsonObject* args = nullptr;
  const Json* result = nullptr;
  const Json* item = nullptr;
  std::string_view marker{};
};

/// Nothing: there is no such value, and the argument is left out.
std::optional<Json> evaluate(const Expression& expression, const Values& values);

/// A binding is a literal, an expression, or a list or object of bindings, besides
///   {"$text": "Hello {inputs.name}"}   a text with expressions in braces ({{ is a brace)
///   {"$literal": …}                    as it stands, whatever it looks like
///   {"$join": [binding…], "with": ", "}  texts together, those that are missing left out
///   {"$when": binding, "then": binding}  the second where the first has a value other than null, else nothing
struct Binding {
  enum class Kind : std::uint8_t { expression, list, object, text, join, when };
  Kind kind = Kind::expression;
  Expression expression;           ///< literals too
  std::vector<Binding> parts;      ///< list, object, text (literals and expressions in turn), join; when: two
  std::vector<std::string> names;  ///< object: of its parts
  std::string between;             ///< join
};

/// Error: invalid_param with the pointer inside the binding.
Result<Binding> parse_binding(const Json& value);
/// Nothing when there is nothing: an object's missing members are left out, a list's too.
std::optional<Json> evaluate(const Binding& binding, const Values& values);

/// Each path in the binding, for checks.
void each_term(const Binding& binding, const std::function<void(const Term&)>& visit);

}  // namespace troupe::assistant::workflows
