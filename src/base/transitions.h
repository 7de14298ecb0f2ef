// Tables of states: what may happen in which state, and where it leads.
#pragma once
#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

namespace troupe::base {

/// A row of such a table.
template <class State, class Event>
struct Transition {
  State from;
  Event event;
  State to;
  constexpr bool operator==(const Transition&) const = default;
};

/// Where the event leads from the state; nothing when no row has both: it is refused.
template <class Table, class State, class Event>
constexpr std::optional<State> next_state(const Table& table, State from, Event event) {
  const auto row = std::ranges::find_if(table, [&](const auto& r) { return r.from == from && r.event == event; });
  return row == table.end() ? std::nullopt : std::optional<State>(row->to);
}

/// No two rows decide the same; for a static_assert behind the table.
template <class Table>
constexpr bool is_decided_once(const Table& table) {
  return std::ranges::all_of(table, [&](const auto& row) {
    return std::ranges::count_if(table, [&](const auto& r) { return r.from == row.from && r.event == row.event; }) == 1;
  });
}

/// The value whose name (to_string, beside its type) the text is.
template <class Values>
constexpr auto find_named(const Values& values, std::string_view text) -> std::optional<typename Values::value_type> {
  const auto found = std::ranges::find_if(values, [&](const auto& value) { return to_string(value) == text; });
  return found == values.end() ? std::nullopt : std::optional(*found);
}

}  // namespace troupe::base
