// SQL that is put together from pieces while the program is compiled.
#pragma once
#include <algorithm>
#include <cstddef>
#include <string_view>

namespace troupe::store {

/// A text of N bytes. Keep it in a constexpr variable of a namespace: statements are found again by the address.
template <std::size_t N>
struct Sql {
  char text[N + 1] = {};
  constexpr operator std::string_view() const { return {text, N}; }  // NOLINT: meant to be implicit; N may be 0
};

namespace detail {

template <class Piece>
struct SizeOf;
template <std::size_t N>
struct SizeOf<char[N]> {
  static constexpr std::size_t kSize = N - 1;
};
template <std::size_t N>
struct SizeOf<Sql<N>> {
  static constexpr std::size_t kSize = N;
};

constexpr char* append(char* at, std::string_view piece) { return std::ranges::copy(piece, at).out; }
template <std::size_t N>
constexpr Sql<N - 1> copied(const char (&literal)[N]) {
  Sql<N - 1> made;
  append(made.text, {literal, N - 1});
  return made;
}

}  // namespace detail

/// Writes a piece of sql(); what else can be one brings another.
template <std::size_t N>
constexpr char* append_piece(char* at, const char (&literal)[N]) {
  return detail::append(at, {literal, N - 1});
}
template <std::size_t N>
constexpr char* append_piece(char* at, const Sql<N>& piece) {
  return detail::append(at, piece);
}

/// One text of literals, of other such texts, and of Columns, which stand for their select list (store/columns.h).
template <class... Pieces>
consteval auto sql(const Pieces&... pieces) {
  Sql<(detail::SizeOf<Pieces>::kSize + ...)> made;
  char* at = made.text;
  ((at = append_piece(at, pieces)), ...);
  return made;
}

}  // namespace troupe::store
