// The columns of a row beside the members of the struct that they fill. One table gives the select list, the insert and
// the reader, so none of them can go out of step with the others.
//
//   using store::column;
//   constexpr auto kHook = store::columns("h", column("id", &Hook::id), column("name", &Hook::name));
//   constexpr auto kOfBot = store::sql("SELECT ", kHook, " FROM fleet_hook h WHERE h.bot = ?1");
//   constexpr auto kInsert = store::insert("fleet_hook", kHook, "token_hash");
//
//   std::vector<Hook> hooks = store::all(c.query(kOfBot, bot), kHook);
//   store::run_insert(tx, kInsert, kHook, hook, token_hash);
#pragma once
#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "store/connection.h"
#include "store/sql.h"

namespace troupe::store {

// ---- How a member is stored. A codec reads the next column into it, and makes a Value or a std::string of it. ----

/// Numbers, bool, enums (as their number), text, and an optional of these, where nothing is NULL.
struct Plain {
  template <class M>
  static void read(Rows& rows, M& member) {
    rows >> member;
  }
  template <class M>
  static Value write(const M& member) {
    if constexpr (std::is_integral_v<M> || std::is_enum_v<M>) {
      return static_cast<std::int64_t>(member);
    } else {
      return Value(member);
    }
  }
  template <class M>
  static Value write(const std::optional<M>& member) {
    return member ? write(*member) : Value(nullptr);
  }
};

/// Bytes; in an optional nothing is NULL.
struct Bytes {
  template <class M>
  static void read(Rows& rows, M& member) {
    rows >> blob(member);
  }
  template <class M>
  static Value write(const M& member) {
    return Value::blob(member);
  }
};

/// Bytes or text of which there may be none: empty is NULL.
struct BytesOrNull {
  static void read(Rows& rows, std::string& member) { rows >> blob(member); }
  static Value write(std::string_view member) { return blob_or_null(member); }
};
struct TextOrNull {
  static void read(Rows& rows, std::string& member) { rows >> member; }
  static Value write(std::string_view member) { return text_or_null(member); }
};

/// A JSON object or array as text. What is no such thing, NULL included, is read as an empty one.
struct Json {
  template <class M>
  static void read(Rows& rows, M& member) {
    member = M();
    const auto text = rows.take<std::string_view>();
    if (text.empty()) return;
    boost::system::error_code ec;
    auto parsed = boost::json::parse(text, ec);
    if (auto* found = in(parsed, member)) member = std::move(*found);
  }
  template <class M>
  static std::string write(const M& member) {
    return boost::json::serialize(member);
  }

 private:
  static boost::json::object* in(boost::json::value& parsed, const boost::json::object&) { return parsed.if_object(); }
  static boost::json::array* in(boost::json::value& parsed, const boost::json::array&) { return parsed.if_array(); }
};

/// An enum by its word: to_string() of its namespace, and Parse, which yields it or an optional of it. A word that
/// Parse does not know, NULL included, is read as Else.
template <auto Parse, auto Else>
struct Word {
  using Enum = decltype(Else);
  static void read(Rows& rows, Enum& member) {
    const std::optional<Enum> parsed = Parse(rows.take<std::string_view>());
    member = parsed.value_or(Else);
  }
  static Value write(Enum member) { return std::string_view(to_string(member)); }
};

/// An enum by its place in a list of words. A word that is not there, NULL included, is read as Else.
template <auto& Words, auto Else>
struct Listed {
  using Enum = decltype(Else);
  static constexpr std::string_view word(Enum value) { return Words[static_cast<std::size_t>(value)]; }
  static constexpr Enum parse(std::string_view text) {
    const auto found = std::ranges::find(Words, text);
    return found == std::end(Words) ? Else : static_cast<Enum>(found - std::begin(Words));
  }
  static void read(Rows& rows, Enum& member) { member = parse(rows.take<std::string_view>()); }
  static Value write(Enum member) { return word(member); }
};

// ---- Where a member is. ----

template <class T, class M>
struct Member {
  using Row = T;
  M T::* member;
  constexpr M& of(T& row) const { return row.*member; }
  constexpr const M& of(const T& row) const { return row.*member; }
};
/// A member of a member.
template <class T, class Inner, class M>
struct InnerMember {
  using Row = T;
  Inner T::* inner;
  M Inner::* member;
  constexpr M& of(T& row) const { return (row.*inner).*member; }
  constexpr const M& of(const T& row) const { return (row.*inner).*member; }
};

// ---- What columns are made of. ----

/// One column. Only one that is Stored stands in inserts; the text of another is any expression.
template <std::size_t N, class Path, class Codec, bool Stored>
struct Column {
  using Row = typename Path::Row;
  static constexpr int kWidth = 1;
  static constexpr bool kStored = Stored;
  static constexpr std::size_t kNameSize = N;
  static constexpr std::size_t select_size(std::size_t alias_size) { return N + (Stored ? alias_size : 0); }

  Sql<N> name;
  Path path;

  constexpr char* select(char* at, std::string_view prefix) const {
    if (Stored) at = detail::append(at, prefix);
    return detail::append(at, name);
  }
  void read(Rows& rows, Row& row) const { Codec::read(rows, path.of(row)); }
  auto values(const Row& row) const {
    if constexpr (Stored) {
      return std::tuple(Codec::write(path.of(row)));
    } else {
      return std::tuple<>();
    }
  }
};

/// A column of the same name as in the table, for reading and for inserting.
template <class Codec = Plain, std::size_t N, class T, class M>
constexpr auto column(const char (&name)[N], M T::* member) {
  return Column<N - 1, Member<T, M>, Codec, true>{detail::copied(name), {member}};
}
template <class Codec = Plain, std::size_t N, class T, class Inner, class M>
constexpr auto column(const char (&name)[N], Inner T::* inner, M Inner::* member) {
  return Column<N - 1, InnerMember<T, Inner, M>, Codec, true>{detail::copied(name), {inner, member}};
}
/// For reading only: any expression, with the alias of its table where it needs one.
template <class Codec = Plain, std::size_t N, class T, class M>
constexpr auto computed(const char (&expression)[N], M T::* member) {
  return Column<N - 1, Member<T, M>, Codec, false>{detail::copied(expression), {member}};
}
template <class Codec = Plain, std::size_t N, class T, class M>
constexpr auto computed(const Sql<N>& expression, M T::* member) {
  return Column<N, Member<T, M>, Codec, false>{expression, {member}};
}

/// Columns of a T, in the order of the select list. Prefix is what stands before the names there ("h.").
template <class T, std::size_t PrefixSize, class... Parts>
struct Columns {
  using Row = T;
  static constexpr bool kStored = false;  // in inserts only the outermost ones
  static constexpr int kWidth = (Parts::kWidth + ...);
  static constexpr std::size_t kSelectSize = (Parts::select_size(PrefixSize) + ...) + 2 * (sizeof...(Parts) - 1);

  Sql<PrefixSize> prefix;
  std::tuple<Parts...> parts;

  constexpr char* select(char* at) const {
    std::apply(
        [&](const auto&... part) {
          bool first = true;
          ((at = detail::append(at, std::exchange(first, false) ? "" : ", "), at = part.select(at, prefix)), ...);
        },
        parts);
    return at;
  }
  void read(Rows& rows, T& row) const {
    std::apply([&](const auto&... part) { (part.read(rows, row), ...); }, parts);
  }
  auto values(const T& row) const {
    return std::apply([&](const auto&... part) { return std::tuple_cat(part.values(row)...); }, parts);
  }
};

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

/// A member that has columns of its own, for reading only.
template <class T, class M, class Inner>
struct Part {
  using Row = T;
  static constexpr int kWidth = Inner::kWidth;
  static constexpr bool kStored = false;
  static constexpr std::size_t select_size(std::size_t) { return Inner::kSelectSize; }

  M T::* member;
  Inner columns;

  constexpr char* select(char* at, std::string_view) const { return columns.select(at); }
  void read(Rows& rows, T& row) const {
    if constexpr (IsOptional<M>::value) {
      (row.*member).reset();
      if (rows.null_ahead()) return rows.skip(kWidth);
      columns.read(rows, (row.*member).emplace());
    } else {
      columns.read(rows, row.*member);
    }
  }
  auto values(const T&) const { return std::tuple<>(); }
};
/// An optional member is nothing where its first column is NULL.
template <class T, class M, class Inner>
constexpr auto part(M T::* member, const Inner& columns) {
  return Part<T, M, Inner>{member, columns};
}

template <class First, class... More>
constexpr auto columns(First first, More... more) {
  return Columns<typename First::Row, 0, First, More...>{{}, {first, more...}};
}
/// With an alias of the table: "h" selects h.id, h.name.
template <std::size_t N, class First, class... More>
constexpr auto columns(const char (&alias)[N], First first, More... more) {
  Sql<N> prefix;
  detail::append(detail::append(prefix.text, {alias, N - 1}), ".");
  return Columns<typename First::Row, N, First, More...>{prefix, {first, more...}};
}

// ---- The SQL. ----

template <class T, std::size_t PrefixSize, class... Parts>
struct detail::SizeOf<Columns<T, PrefixSize, Parts...>> {
  static constexpr std::size_t kSize = Columns<T, PrefixSize, Parts...>::kSelectSize;
};
template <class T, std::size_t PrefixSize, class... Parts>
constexpr char* append_piece(char* at, const Columns<T, PrefixSize, Parts...>& columns) {
  return columns.select(at);
}

namespace detail {

template <class Part>
constexpr std::size_t stored_size() {
  if constexpr (Part::kStored) return Part::kNameSize;
  return 0;
}
constexpr std::size_t placeholders_size(std::size_t count) {
  std::size_t size = 0;
  for (std::size_t n = 1; n <= count; ++n) size += n < 10 ? 2 : 3;
  return size;
}
constexpr char* append_placeholder(char* at, std::size_t n) {
  *at++ = '?';
  if (n >= 10) *at++ = static_cast<char>('0' + n / 10);
  *at++ = static_cast<char>('0' + n % 10);
  return at;
}

}  // namespace detail

/// "INSERT INTO table (names) VALUES (?1, …)": the stored columns, then `more` ones that the struct does not hold.
/// Together at most 99.
template <std::size_t N, class T, std::size_t PrefixSize, class... Parts, std::size_t... More>
consteval auto insert(const char (&table)[N], const Columns<T, PrefixSize, Parts...>& columns,
                      const char (&... more)[More]) {
  constexpr std::size_t kCount = (std::size_t{Parts::kStored} + ...) + sizeof...(More);
  static_assert(kCount > 0 && kCount < 100);
  constexpr std::size_t kNames = (detail::stored_size<Parts>() + ...) + ((More - 1) + ... + 0) + 2 * (kCount - 1);
  constexpr std::size_t kFixed = sizeof("INSERT INTO  () VALUES ()") - 1;
  Sql<kFixed + (N - 1) + kNames + detail::placeholders_size(kCount) + 2 * (kCount - 1)> made;
  char* at = detail::append(made.text, "INSERT INTO ");
  at = detail::append(detail::append(at, {table, N - 1}), " (");
  bool first = true;
  const auto name = [&](std::string_view text) {
    at = detail::append(detail::append(at, std::exchange(first, false) ? "" : ", "), text);
  };
  std::apply(
      [&](const auto&... part) {
        const auto stored = [&](const auto& one) {
          if constexpr (std::remove_cvref_t<decltype(one)>::kStored) name(one.name);
        };
        (stored(part), ...);
      },
      columns.parts);
  (name({more, More - 1}), ...);
  at = detail::append(at, ") VALUES (");
  for (std::size_t n = 1; n <= kCount; ++n) {
    at = detail::append_placeholder(detail::append(at, n == 1 ? "" : ", "), n);
  }
  detail::append(at, ")");
  return made;
}

/// Runs an insert of these columns, perhaps with something after it (ON CONFLICT …), and yields the number of rows
/// made. `more` are the values of its other columns, then of what stands after. Throws SqlError.
template <class T, std::size_t PrefixSize, class... Parts, class... More>
std::int64_t run_insert(Connection& connection, std::string_view sql, const Columns<T, PrefixSize, Parts...>& columns,
                        const std::type_identity_t<T>& row, const More&... more) {
  return std::apply([&](const auto&... value) { return connection.run(sql, value..., more...); }, columns.values(row));
}

// ---- Reading. All of them throw SqlError. ----

/// Throws SqlError unless the query has as many columns as its reader wants.
void check_width(const Rows& rows, int wanted);

/// The first row, if there is one.
template <class T, std::size_t PrefixSize, class... Parts>
std::optional<T> one(Rows rows, const Columns<T, PrefixSize, Parts...>& columns) {
  check_width(rows, columns.kWidth);
  std::optional<T> found;
  if (rows.next()) columns.read(rows, found.emplace());
  return found;
}

/// All rows, in their order.
template <class T, std::size_t PrefixSize, class... Parts>
std::vector<T> all(Rows rows, const Columns<T, PrefixSize, Parts...>& columns) {
  check_width(rows, columns.kWidth);
  std::vector<T> found;
  while (rows.next()) columns.read(rows, found.emplace_back());
  return found;
}

/// The only column of the first row; nothing where there is no row or it is NULL.
template <class T, class Codec = Plain>
std::optional<T> value(Rows rows) {
  check_width(rows, 1);
  if (!rows.next() || rows.null_ahead()) return std::nullopt;
  std::optional<T> found;
  Codec::read(rows, found.emplace());
  return found;
}

/// The only column of all rows.
template <class T, class Codec = Plain>
std::vector<T> values(Rows rows) {
  check_width(rows, 1);
  std::vector<T> found;
  while (rows.next()) Codec::read(rows, found.emplace_back());
  return found;
}

/// The number that a query for one number gave, 0 without a row.
inline std::int64_t number(Rows rows) { return value<std::int64_t>(std::move(rows)).value_or(0); }

/// Whether there is a row.
inline bool any(Rows rows) { return rows.next(); }

}  // namespace troupe::store
