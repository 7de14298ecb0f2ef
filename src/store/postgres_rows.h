// The rows of a PostgreSQL query, all of them in memory.
#pragma once
#include <libpq-fe.h>

#include <deque>
#include <string>
#include <string_view>

#include "store/connection_impl.h"
#include "store/postgres_connection.h"

namespace troupe::store {

/// Belongs to the Rows that it stands behind: release() deletes it.
class PostgresRows final : public Connection::Impl::OpenRows {
 public:
  explicit PostgresRows(ResultPtr result) : result_(std::move(result)), count_(PQntuples(result_.get())) {}

  bool next() override;
  std::int64_t integer(int column) override;
  std::string_view text(int column) override;
  std::string_view blob(int column) override { return bytes(column); }
  bool is_null(int column) override { return outside(column) || PQgetisnull(result_.get(), row_, column) == 1; }
  int width() override { return PQnfields(result_.get()); }
  void release() noexcept override { delete this; }

 private:
  bool outside(int column) const { return row_ < 0 || row_ >= count_ || column >= PQnfields(result_.get()); }
  std::string_view bytes(int column) const;

  ResultPtr result_;
  int count_;
  int row_ = -1;
  std::deque<std::string> made_;  ///< texts of this row that are not in the result as they are
};

}  // namespace troupe::store
