// Our portable SQL in the words of PostgreSQL. Pure.
#pragma once
#include <string>
#include <string_view>

namespace troupe::store {

/// One statement, or a script of several, for PostgreSQL.
struct PostgresSql {
  std::string text;
  int parameters = 0;  ///< the highest ?N
  /// Inserts exactly one row whenever it does not fail, so that nobody has to wait for the number of rows.
  bool inserts_one = false;
  bool reads_only = false;  ///< SELECT or VALUES
  bool controls = false;    ///< BEGIN, COMMIT, SAVEPOINT and their like: changes no row
  bool opens = false;       ///< of these, what cannot fail by itself: BEGIN, SAVEPOINT, RELEASE
};

/// ?N → $N; in CREATE and ALTER TABLE the types INTEGER, BLOB, REAL and TEXT (which compares by bytes, as in SQLite),
/// without WITHOUT ROWID; CAST(… AS INTEGER); instr and ifnull. Texts, quoted names and comments stay as they are. SQL
/// that is beyond the portable kind comes out as it went in, and PostgreSQL refuses it.
PostgresSql to_postgres(std::string_view sql);

}  // namespace troupe::store
