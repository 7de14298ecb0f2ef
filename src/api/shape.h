// A type's JSON as one table of its members: the schema in the API document, the writer and the reader come from it.
//
//   template <> const Shape<Hook>& shape_of<Hook>() {
//     static const auto shape = Shape<Hook>::answer("Hook", {
//         member<&Hook::hook_id>("hook_id"),
//         time<&Hook::expires_ms>("expires_at", {.description = "Absent: never."}),
//     });
//     return shape;
//   }
//
// What differs by the type of a value is a row of functions (Form), made once for each type; the walk over a table is
// no template (shape.cc), so that a table costs little to compile.
#pragma once
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/kit.h"
#include "base/field_errors.h"
#include "base/result.h"

namespace troupe::api {

/// What a table says of a member besides its name and type. Bounds are of the number, or of the length in code points,
/// or of how many items; the reader and the schema hold them alike.
struct Facts {
  std::string_view description = {};
  std::optional<std::int64_t> least = {};
  std::optional<std::int64_t> most = {};
  std::optional<std::int64_t> each_most = {};  ///< length of each item of a list of texts
  /// It need not be there: the reader leaves the value as it is, the writer leaves an empty text out. A std::optional
  /// need never be there.
  bool may_lack = false;
};

/// How values of one C++ type look as JSON.
struct Form {
  /// The schema, with the facts in it.
  boost::json::object (*schema)(const Facts& facts);
  /// Null: it is left out.
  boost::json::value (*write)(const void* value, const Facts& facts);
  /// Mistakes are named with `pointer`.
  void (*read)(const boost::json::value& json, void* value, const Facts& facts, const std::string& pointer,
               base::FieldErrors& errors);
  bool optional = false;
};

/// One row of a table.
struct MemberRow {
  std::string_view name;
  Facts facts;
  const Form* form;
  const void* (*get)(const void* object);
  void* (*set)(void* object);
};

/// Whether other members than those of the table are refused.
enum class Others { ignored, refused };

// The walk over a table.
boost::json::object schema_of(std::span<const MemberRow> rows, Others others);
boost::json::object write_members(std::span<const MemberRow> rows, const void* object);
void read_members(std::span<const MemberRow> rows, Others others, const boost::json::value& json, void* object,
                  const std::string& pointer, base::FieldErrors& errors);

template <class T>
class Shape {
 public:
  /// Of what is answered: whoever reads it passes over members that it does not know.
  static Shape answer(std::string_view name, std::vector<MemberRow> rows) {
    return {name, std::move(rows), Others::ignored};
  }
  /// Of what is sent to us: a member that it does not have is a mistake.
  static Shape request(std::string_view name, std::vector<MemberRow> rows) {
    return {name, std::move(rows), Others::refused};
  }

  /// In the API document: #/components/schemas/<name>.
  std::string_view name() const { return name_; }
  boost::json::object schema() const { return schema_of(rows_, others_); }
  boost::json::object write(const T& value) const { return write_members(rows_, &value); }
  /// Error: invalid_param with `errors`, one for each member that is wrong.
  Result<T> read(const boost::json::value& json) const {
    T value{};
    base::FieldErrors errors;
    read_into(json, value, {}, errors);
    TRY(std::move(errors).outcome());
    return value;
  }
  void read_into(const boost::json::value& json, T& value, const std::string& pointer,
                 base::FieldErrors& errors) const {
    read_members(rows_, others_, json, &value, pointer, errors);
  }

 private:
  Shape(std::string_view name, std::vector<MemberRow> rows, Others others)
      : name_(name), rows_(std::move(rows)), others_(others) {}
  std::string_view name_;
  std::vector<MemberRow> rows_;
  Others others_;
};

/// The table of a type: whoever owns the type specialises it.
template <class T>
const Shape<T>& shape_of();

/// The words of an enumeration: specialise it with `name` (of its own schema in the document; empty: it has none) and
/// `rows` (each value with its word, in the order of the document).
template <class E>
struct Words;

namespace forms {

extern const Form kText, kNumber, kFlag, kTime, kTexts, kObject;
extern const Form kOptionalText, kOptionalNumber, kOptionalFlag, kOptionalTime;

void wrong_type(const std::string& pointer, std::string_view wanted, base::FieldErrors& errors);
boost::json::object reference(std::string_view name, const Facts& facts);
/// With a name a reference to it.
boost::json::object words_schema(std::span<const std::string_view> words, std::string_view description,
                                 std::string_view name);
/// The word of the row with this number; nothing: there is none.
std::optional<std::size_t> read_word(const boost::json::value& json, std::span<const std::string_view> words,
                                     const std::string& pointer, base::FieldErrors& errors);

template <class E>
std::vector<std::string_view> words_of() {
  std::vector<std::string_view> words;
  for (const auto& row : Words<E>::rows) words.push_back(row.second);
  return words;
}
template <class E>
std::string_view word_of(E value) {
  for (const auto& row : Words<E>::rows) {
    if (row.first == value) return row.second;
  }
  return {};
}

/// An enumeration with words, or a nested type with a shape.
template <class V>
struct FormOf {
  static boost::json::object schema(const Facts& facts) {
    if constexpr (std::is_enum_v<V>) {
      return words_schema(words_of<V>(), facts.description, Words<V>::name);
    } else {
      return reference(shape_of<V>().name(), facts);
    }
  }
  static boost::json::value write(const void* value, const Facts&) {
    if constexpr (std::is_enum_v<V>) {
      return boost::json::string(word_of(*static_cast<const V*>(value)));
    } else {
      return shape_of<V>().write(*static_cast<const V*>(value));
    }
  }
  static void read(const boost::json::value& json, void* value, const Facts&, const std::string& pointer,
                   base::FieldErrors& errors) {
    if constexpr (std::is_enum_v<V>) {
      const auto words = words_of<V>();
      if (auto row = read_word(json, words, pointer, errors)) *static_cast<V*>(value) = Words<V>::rows[*row].first;
    } else {
      shape_of<V>().read_into(json, *static_cast<V*>(value), pointer, errors);
    }
  }
  static constexpr Form form{.schema = schema, .write = write, .read = read};
};

template <class V>
struct FormOf<std::optional<V>> {
  static boost::json::value write(const void* value, const Facts& facts) {
    const auto& given = *static_cast<const std::optional<V>*>(value);
    return given ? FormOf<V>::write(&*given, facts) : nullptr;
  }
  static void read(const boost::json::value& json, void* value, const Facts& facts, const std::string& pointer,
                   base::FieldErrors& errors) {
    FormOf<V>::read(json, &static_cast<std::optional<V>*>(value)->emplace(), facts, pointer, errors);
  }
  static constexpr Form form{.schema = FormOf<V>::schema, .write = write, .read = read, .optional = true};
};

template <class V>
constexpr const Form* form_of() {
  if constexpr (std::is_same_v<V, std::string>) {
    return &kText;
  } else if constexpr (std::is_same_v<V, std::int64_t>) {
    return &kNumber;
  } else if constexpr (std::is_same_v<V, bool>) {
    return &kFlag;
  } else if constexpr (std::is_same_v<V, std::vector<std::string>>) {
    return &kTexts;
  } else if constexpr (std::is_same_v<V, boost::json::object>) {
    return &kObject;
  } else if constexpr (std::is_same_v<V, std::optional<std::string>>) {
    return &kOptionalText;
  } else if constexpr (std::is_same_v<V, std::optional<std::int64_t>>) {
    return &kOptionalNumber;
  } else if constexpr (std::is_same_v<V, std::optional<bool>>) {
    return &kOptionalFlag;
  } else {
    return &FormOf<V>::form;
  }
}

template <auto Where>
struct Place;
template <class T, class V, V T::* Where>
struct Place<Where> {
  using Value = V;
  static const void* get(const void* object) { return &(static_cast<const T*>(object)->*Where); }
  static void* set(void* object) { return &(static_cast<T*>(object)->*Where); }
};

}  // namespace forms

/// A row: the member's name in JSON, and what is said of it.
template <auto Where>
MemberRow member(std::string_view name, Facts facts = {}) {
  using Place = forms::Place<Where>;
  return {name, facts, forms::form_of<typename Place::Value>(), Place::get, Place::set};
}
/// The same for base::UnixMs, or an optional one: "2026-11-20T08:00:00.123Z". Only written.
template <auto Where>
MemberRow time(std::string_view name, Facts facts = {}) {
  using Place = forms::Place<Where>;
  constexpr bool optional = std::is_same_v<typename Place::Value, std::optional<std::int64_t>>;
  static_assert(optional || std::is_same_v<typename Place::Value, std::int64_t>, "a time is a base::UnixMs");
  return {name, facts, optional ? &forms::kOptionalTime : &forms::kTime, Place::get, Place::set};
}

/// The schema of an enumeration itself.
template <class E>
boost::json::object words_schema(std::string_view description = {}) {
  return forms::words_schema(forms::words_of<E>(), description, {});
}

/// Makes shapes known to the API document under their names.
template <class... T>
void add_shapes_of(const Kit& kit) {
  (add_shape(kit, shape_of<T>().name(), shape_of<T>().schema()), ...);
}

}  // namespace troupe::api
