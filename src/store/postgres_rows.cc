#include "store/postgres_rows.h"

#include "store/postgres_values.h"

namespace troupe::store {

bool PostgresRows::next() {
  made_.clear();
  if (row_ >= count_) return false;
  return ++row_ < count_;
}

std::string_view PostgresRows::bytes(int column) const {
  if (outside(column)) return {};
  return {PQgetvalue(result_.get(), row_, column), static_cast<std::size_t>(PQgetlength(result_.get(), row_, column))};
}

std::int64_t PostgresRows::integer(int column) {
  if (is_null(column)) return 0;
  return get_integer(PQftype(result_.get(), column), bytes(column));
}

std::string_view PostgresRows::text(int column) {
  const auto raw = bytes(column);
  if (is_null(column)) return {};
  switch (PQftype(result_.get(), column)) {
    case pg_type::kBool:
    case pg_type::kInt2:
    case pg_type::kInt4:
    case pg_type::kInt8:
    case pg_type::kNumeric:
      return made_.emplace_back(std::to_string(integer(column)));
    case pg_type::kBytea:
      return raw;
    default:
      return is_escaped(raw) ? made_.emplace_back(unescape_text(raw)) : raw;
  }
}

}  // namespace troupe::store
