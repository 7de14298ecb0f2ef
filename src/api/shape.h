// A type's JSON as one table of its members: the schema in the API document, the writer and the reader come from it.
//
//   Shape<Hook> make_shape(Of<Hook>) {
//     return Shape<Hook>::answer("Hook", {
//         member<&Hook::hook_id>("hook_id"),
//         time<&Hook::expires_ms>("expires_at", {.description = "Absent: never."}),
//         member<&Hook::owner, &Owner::name>("owner"),
//         made<[](const Hook& hook) { return hook.uses > 0; }>("used"),
//     });
//   }
//
// What differs by the type of a value is a row of functions (Form), made once for each type; the walk over a table is
// no template (shape.cc), so that a table costs little to compile.
#pragma once
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/kit.h"
#include "api/reply.h"
#include "base/field_errors.h"
#include "base/result.h"
#include "net/route/params.h"

namespace troupe::api {

/// What a table says of a member besides its name and type. Bounds are of the number, or of the length in code points,
/// or of how many items; the reader and the schema hold them alike.
struct Facts {
  std::string_view description = {};
  std::optional<std::int64_t> least = {};
  std::optional<std::int64_t> most = {};
  std::optional<std::int64_t> each_most = {};     ///< length of each item of a list of texts
  std::span<const std::string_view> one_of = {};  ///< the words that a text, or each of a list, may be; empty: any
  /// It need not be there: the reader leaves the value as it is, the writer leaves an empty text out. A std::optional
  /// need never be there.
  bool may_lack = false;
  /// A std::optional without a value is written as null, where readers want the member to be there.
  bool or_null = false;
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
  /// Of what is made of the object when it is written, in place of the two before; it cannot be read.
  boost::json::value (*make)(const void* object, const Facts& facts) = nullptr;
};

/// What becomes of other members than those of the table; `nulls`: they are ignored, and a member of it that may lack
/// may be null.
enum class Others { ignored, refused, nulls };

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

  /// Of what Matrix clients send: a member that it does not have is passed over, and null counts as not there.
  static Shape matrix_request(std::vector<MemberRow> rows) { return {{}, std::move(rows), Others::nulls}; }
  /// Of what belongs to one other shape: it has no name and stands inside that one's schema.
  static Shape part(std::vector<MemberRow> rows) { return {{}, std::move(rows), Others::ignored}; }

  /// In the API document: #/components/schemas/<name>; empty: a part.
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

/// Says which type's table is asked for: whoever owns a T declares `Shape<T> make_shape(Of<T>)` in this namespace,
/// where everybody who includes the T sees it.
template <class T>
struct Of {};

/// The table of a type, made when it is first asked for. It lives as long as the program.
template <class T>
const Shape<T>& shape_of() {
  static const Shape<T> shape = make_shape(Of<T>());
  return shape;
}

/// An enumeration in the document: specialise it with `name` (of its own schema; empty: it has none), `values` (in the
/// order of the document) and `word(value)`, which asks the to_string() of the enumeration's own module.
template <class E>
struct Words;

namespace forms {

extern const Form kText, kWord, kNumber, kFlag, kTime, kOptionalTime, kObject;

void wrong_type(const std::string& pointer, std::string_view wanted, base::FieldErrors& errors);
/// What the server says and nobody can set.
void not_read(const std::string& pointer, base::FieldErrors& errors);
boost::json::object reference(std::string_view name, const Facts& facts);
/// With its description.
boost::json::object described(boost::json::object schema, const Facts& facts);
/// With a name a reference to it.
boost::json::object words_schema(std::span<const std::string_view> words, std::string_view description,
                                 std::string_view name);
/// The word of the row with this number; nothing: there is none.
std::optional<std::size_t> read_word(const boost::json::value& json, std::span<const std::string_view> words,
                                     const std::string& pointer, base::FieldErrors& errors);

/// What is said of each item of a list.
Facts of_each(const Facts& facts);
boost::json::object list_schema(const Form& item, const Facts& facts);
/// Null: it is none, or not as long as it must be.
const boost::json::array* open_list(const boost::json::value& json, const Facts& facts, const std::string& pointer,
                                    base::FieldErrors& errors);

template <class V>
constexpr const Form* form_of();

template <class E>
std::vector<std::string_view> words_of() {
  std::vector<std::string_view> words;
  words.reserve(std::size(Words<E>::values));
  for (const auto value : Words<E>::values) words.push_back(Words<E>::word(value));
  return words;
}

/// An enumeration with words, or a nested type with a shape.
template <class V>
struct FormOf {
  static boost::json::object schema(const Facts& facts) {
    if constexpr (std::is_enum_v<V>) {
      return words_schema(words_of<V>(), facts.description, Words<V>::name);
    } else {
      const auto& shape = shape_of<V>();
      return shape.name().empty() ? described(shape.schema(), facts) : reference(shape.name(), facts);
    }
  }
  static boost::json::value write(const void* value, const Facts&) {
    if constexpr (std::is_enum_v<V>) {
      return boost::json::string(Words<V>::word(*static_cast<const V*>(value)));
    } else {
      return shape_of<V>().write(*static_cast<const V*>(value));
    }
  }
  static void read(const boost::json::value& json, void* value, const Facts&, const std::string& pointer,
                   base::FieldErrors& errors) {
    if constexpr (std::is_enum_v<V>) {
      const auto words = words_of<V>();
      if (auto row = read_word(json, words, pointer, errors)) *static_cast<V*>(value) = Words<V>::values[*row];
    } else {
      shape_of<V>().read_into(json, *static_cast<V*>(value), pointer, errors);
    }
  }
  static constexpr Form form{.schema = schema, .write = write, .read = read};
};

/// Other whole numbers than std::int64_t.
template <std::integral V>
struct FormOf<V> {
  static boost::json::object schema(const Facts& facts) { return kNumber.schema(facts); }
  static boost::json::value write(const void* value, const Facts& facts) {
    const auto number = static_cast<std::int64_t>(*static_cast<const V*>(value));
    return kNumber.write(&number, facts);
  }
  static void read(const boost::json::value& json, void* value, const Facts& facts, const std::string& pointer,
                   base::FieldErrors& errors) {
    std::int64_t number = 0;
    kNumber.read(json, &number, facts, pointer, errors);
    if (!std::in_range<V>(number)) return wrong_type(pointer, "a number that fits", errors);
    *static_cast<V*>(value) = static_cast<V>(number);
  }
  static constexpr Form form{.schema = schema, .write = write, .read = read};
};

template <class V>
struct FormOf<std::optional<V>> {
  static boost::json::object schema(const Facts& facts) { return form_of<V>()->schema(facts); }
  static boost::json::value write(const void* value, const Facts& facts) {
    const auto& given = *static_cast<const std::optional<V>*>(value);
    return given ? form_of<V>()->write(&*given, facts) : nullptr;
  }
  static void read(const boost::json::value& json, void* value, const Facts& facts, const std::string& pointer,
                   base::FieldErrors& errors) {
    form_of<V>()->read(json, &static_cast<std::optional<V>*>(value)->emplace(), facts, pointer, errors);
  }
  static constexpr Form form{.schema = schema, .write = write, .read = read, .optional = true};
};

template <class V>
struct FormOf<std::vector<V>> {
  static boost::json::object schema(const Facts& facts) { return list_schema(*form_of<V>(), facts); }
  static boost::json::value write(const void* value, const Facts& facts) {
    const auto each = of_each(facts);
    boost::json::array out;
    for (const auto& item : *static_cast<const std::vector<V>*>(value)) {
      out.push_back(form_of<V>()->write(&item, each));
    }
    return out;
  }
  static void read(const boost::json::value& json, void* value, const Facts& facts, const std::string& pointer,
                   base::FieldErrors& errors) {
    const auto* list = open_list(json, facts, pointer, errors);
    if (!list) return;
    const auto each = of_each(facts);
    std::vector<V> items(list->size());
    for (std::size_t i = 0; i < list->size(); ++i) {
      form_of<V>()->read((*list)[i], &items[i], each, pointer + "/" + std::to_string(i), errors);
    }
    *static_cast<std::vector<V>*>(value) = std::move(items);
  }
  static constexpr Form form{.schema = schema, .write = write, .read = read};
};

/// An object whose members have any names and values of one type. Only written.
template <class V>
struct FormOf<std::map<std::string, V>> {
  static boost::json::object schema(const Facts& facts) {
    return described({{"type", "object"}, {"additionalProperties", form_of<V>()->schema({})}}, facts);
  }
  static boost::json::value write(const void* value, const Facts&) {
    boost::json::object out;
    for (const auto& [key, item] : *static_cast<const std::map<std::string, V>*>(value)) {
      out[key] = form_of<V>()->write(&item, {});
    }
    return out;
  }
  static void read(const boost::json::value&, void*, const Facts&, const std::string& pointer,
                   base::FieldErrors& errors) {
    not_read(pointer, errors);
  }
  static constexpr Form form{.schema = schema, .write = write, .read = read};
};

template <class V>
constexpr const Form* form_of() {
  if constexpr (std::is_same_v<V, std::string>) {
    return &kText;
  } else if constexpr (std::is_same_v<V, std::string_view>) {
    return &kWord;
  } else if constexpr (std::is_same_v<V, std::int64_t>) {
    return &kNumber;
  } else if constexpr (std::is_same_v<V, bool>) {
    return &kFlag;
  } else if constexpr (std::is_same_v<V, boost::json::object>) {
    return &kObject;
  } else {
    return &FormOf<V>::form;
  }
}

/// Where a member stands: a pointer to it, after those to what it stands in.
template <auto First, auto... Rest>
struct Place;
template <class T, class V, V T::* Where>
struct Place<Where> {
  using Object = T;
  using Value = V;
  static const void* get(const void* object) { return &(static_cast<const T*>(object)->*Where); }
  static void* set(void* object) { return &(static_cast<T*>(object)->*Where); }
};
template <auto First, auto Second, auto... Rest>
struct Place<First, Second, Rest...> {
  using Object = typename Place<First>::Object;
  using Value = typename Place<Second, Rest...>::Value;
  static const void* get(const void* object) { return Place<Second, Rest...>::get(Place<First>::get(object)); }
  static void* set(void* object) { return Place<Second, Rest...>::set(Place<First>::set(object)); }
};

/// What a function or a lambda without captures takes and makes.
template <class F>
struct Making : Making<decltype(&F::operator())> {};
template <class V, class T>
struct Making<V (*)(const T&)> {
  using Object = T;
  using Value = V;
};
template <class F, class V, class T>
struct Making<V (F::*)(const T&) const> : Making<V (*)(const T&)> {};

}  // namespace forms

/// A row: the member's name in JSON, and what is said of it.
template <auto... Where>
MemberRow member(std::string_view name, Facts facts = {}) {
  using Place = forms::Place<Where...>;
  return {name, facts, forms::form_of<typename Place::Value>(), Place::get, Place::set};
}
/// The same for base::UnixMs, or an optional one: "2026-11-20T08:00:00.123Z". Only written.
template <auto... Where>
MemberRow time(std::string_view name, Facts facts = {}) {
  using Place = forms::Place<Where...>;
  constexpr bool optional = std::is_same_v<typename Place::Value, std::optional<std::int64_t>>;
  static_assert(optional || std::is_same_v<typename Place::Value, std::int64_t>, "a time is a base::UnixMs");
  return {name, facts, optional ? &forms::kOptionalTime : &forms::kTime, Place::get, Place::set};
}
/// What `Make` makes of the object: `V (const T&)`. Only written.
template <auto Make>
MemberRow made(std::string_view name, Facts facts = {}) {
  using Making = forms::Making<std::decay_t<decltype(Make)>>;
  using Value = std::decay_t<typename Making::Value>;
  return {.name = name,
          .facts = facts,
          .form = forms::form_of<Value>(),
          .get = nullptr,
          .set = nullptr,
          .make = [](const void* object, const Facts& said) {
            const Value value = Make(*static_cast<const typename Making::Object*>(object));
            return forms::form_of<Value>()->write(&value, said);
          }};
}

/// The schema of an enumeration itself.
template <class E>
boost::json::object words_schema(std::string_view description = {}) {
  return forms::words_schema(forms::words_of<E>(), description, {});
}

/// As its table has it.
template <class T>
boost::json::object write(const T& value) {
  return shape_of<T>().write(value);
}
template <std::ranges::range List>
boost::json::array write_all(const List& items) {
  boost::json::array out;
  for (const auto& item : items) out.push_back(forms::form_of<std::ranges::range_value_t<List>>()->write(&item, {}));
  return out;
}

// The schemas of lists: [...], {items} alone, {items, total} as whole_list() makes it, and with next_from as page()
// does (api/paging.h). What is said of the list is in the facts.
boost::json::object items_schema(boost::json::object items);
boost::json::object list_schema(boost::json::object items);
boost::json::object page_schema(boost::json::object items);
template <class T>
boost::json::object array_schema(const Facts& facts = {}) {
  return forms::list_schema(*forms::form_of<T>(), facts);
}
template <class T>
boost::json::object items_schema(const Facts& facts = {}) {
  return items_schema(array_schema<T>(facts));
}
template <class T>
boost::json::object list_schema(const Facts& facts = {}) {
  return list_schema(array_schema<T>(facts));
}
template <class T>
boost::json::object page_schema(const Facts& facts = {}) {
  return page_schema(array_schema<T>(facts));
}

/// The schema itself, for a route whose shape has no name in the document. It lives as long as the program.
template <class T>
std::string_view schema_text() {
  static const std::string text = boost::json::serialize(shape_of<T>().schema());
  return text;
}

/// An answer, as its table has it.
template <class T>
net::http::Response answer(const T& value, int status = 200) {
  return reply(write(value), status);
}
/// The body of a request. Error: invalid_param with `errors`; what the route's schema has let through has none.
template <class T>
Result<T> body_of(const net::route::Call& call) {
  return shape_of<T>().read(net::route::body_object(call));
}

/// Makes shapes known to the API document under their names.
template <class... T>
void add_shapes_of(const Kit& kit) {
  (add_shape(kit, shape_of<T>().name(), shape_of<T>().schema()), ...);
}

}  // namespace troupe::api
