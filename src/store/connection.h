// One database connection and the rows of a query: one thin layer over SQLite and PostgreSQL.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace troupe::store {

/// A failed statement. Leaves the store only as an Error: Database catches it around every operation and query.
class SqlError : public std::runtime_error {
 public:
  SqlError(const std::string& what, bool transient, std::string state = {})
      : std::runtime_error(what), transient_(transient), state_(std::move(state)) {}
  /// Worth trying again later (disk full, busy, I/O error) as opposed to a programming error.
  bool transient() const { return transient_; }
  /// PostgreSQL's code (SQLSTATE), when the server gave one; else empty.
  const std::string& state() const { return state_; }

 private:
  bool transient_;
  std::string state_;
};

/// A bound parameter. Text and blobs are borrowed until the statement has run.
class Value {
 public:
  enum class Kind { null, integer, text, blob };
  Value(std::nullptr_t) : kind_(Kind::null) {}                  // NOLINT(google-explicit-constructor)
  Value(std::int64_t n) : kind_(Kind::integer), integer_(n) {}  // NOLINT(google-explicit-constructor)
  Value(int n) : Value(static_cast<std::int64_t>(n)) {}         // NOLINT(google-explicit-constructor)
  Value(bool b) : Value(static_cast<std::int64_t>(b)) {}        // NOLINT(google-explicit-constructor)
  Value(std::string_view s) : kind_(Kind::text), bytes_(s) {}   // NOLINT(google-explicit-constructor)
  Value(const std::string& s) : Value(std::string_view(s)) {}   // NOLINT(google-explicit-constructor)
  Value(const char* s) : Value(std::string_view(s)) {}          // NOLINT(google-explicit-constructor)
  template <class T>
  Value(const std::optional<T>& v) : Value(nullptr) {  // NOLINT(google-explicit-constructor)
    if (v) *this = Value(*v);
  }
  static Value blob(std::string_view bytes) {
    Value v(bytes);
    v.kind_ = Kind::blob;
    return v;
  }
  /// Nothing is NULL.
  template <class T>
  static Value blob(const std::optional<T>& bytes) {
    return bytes ? blob(*bytes) : Value(nullptr);
  }
  Kind kind() const { return kind_; }
  std::int64_t integer() const { return integer_; }
  std::string_view bytes() const { return bytes_; }

 private:
  Kind kind_;
  std::int64_t integer_ = 0;
  std::string_view bytes_;
};

/// Empty is NULL; else a value of its bytes, which are borrowed.
inline Value text_or_null(std::string_view text) { return text.empty() ? Value(nullptr) : Value(text); }
inline Value blob_or_null(std::string_view bytes) { return bytes.empty() ? Value(nullptr) : Value::blob(bytes); }

template <class Bytes>
struct BlobInto {
  Bytes& bytes;
};
/// For `rows >> blob(bytes)`: the column holds bytes, not text. Into a std::string or std::string_view (NULL is empty)
/// or an optional of one (NULL is nothing).
template <class Bytes>
BlobInto<Bytes> blob(Bytes& bytes) {
  return {bytes};
}

/// The rows of one query, read forward: rows by next(), and the columns of a row in the order of its select list by >>.
/// `int`, `std::int64_t`, `bool` and other numbers, enums (their number), `std::string`, `std::string_view` (which
/// lives until the next call of next()), and an `std::optional` of these, where NULL is nothing; into the others NULL
/// is 0 or empty. One query of the same SQL text may be open at a time on a connection.
class Rows {
 public:
  Rows(Rows&& other) noexcept;
  Rows& operator=(Rows&&) = delete;
  ~Rows();
  bool next();  ///< throws SqlError

  /// The row's next column. Throws SqlError past the last one.
  template <class T>
  Rows& operator>>(T& out) {
    get(out, step());
    return *this;
  }
  template <class Bytes>
  Rows& operator>>(BlobInto<Bytes> out) {
    get_blob(out.bytes, step());
    return *this;
  }
  template <class T>
  T take() {
    T out{};
    *this >> out;
    return out;
  }
  void skip(int columns) { column_ += columns; }
  /// Whether the column that is read next is NULL.
  bool null_ahead() const { return is_null(column_); }
  /// How many columns each row has.
  int width() const { return width_; }

 private:
  friend class Connection;
  struct Impl;
  explicit Rows(Impl* impl);
  int step() {
    if (column_ >= width_) [[unlikely]]
      past_the_end();
    return column_++;
  }
  [[noreturn]] void past_the_end() const;
  std::int64_t integer(int column) const;
  std::string_view text(int column) const;
  std::string_view bytes(int column) const;
  bool is_null(int column) const;

  void get(std::string& out, int at) { out = text(at); }
  void get(std::string_view& out, int at) { out = text(at); }
  void get(bool& out, int at) { out = integer(at) != 0; }
  template <class T>
    requires std::is_integral_v<T> || std::is_enum_v<T>
  void get(T& out, int at) {
    out = static_cast<T>(integer(at));
  }

  template <class T>
  void get(std::optional<T>& out, int at) {
    out.reset();
    if (!is_null(at)) get(out.emplace(), at);
  }
  template <class Bytes>
  void get_blob(Bytes& out, int at) {
    out = bytes(at);
  }
  template <class Bytes>
  void get_blob(std::optional<Bytes>& out, int at) {
    out.reset();
    if (!is_null(at)) out = bytes(at);
  }

  Impl* impl_;
  int width_ = 0;
  int column_ = 0;
};

/// Not thread-safe: belongs to the thread that runs the operation or query it was handed to.
/// Statements are prepared once per connection and found again by their text. Parameters are written ?1, ?2, …; the SQL
/// is the portable kind described in README.md.
class Connection {
 public:
  virtual ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Runs a statement that returns no rows; yields the number of rows changed. Throws SqlError.
  template <class... Args>
  std::int64_t run(std::string_view sql, const Args&... args) {
    const Value values[] = {Value(args)..., Value(nullptr)};
    return run_values(sql, std::span(values, sizeof...(args)));
  }
  /// Starts a query. Throws SqlError.
  template <class... Args>
  Rows query(std::string_view sql, const Args&... args) {
    const Value values[] = {Value(args)..., Value(nullptr)};
    return query_values(sql, std::span(values, sizeof...(args)));
  }
  std::int64_t run_values(std::string_view sql, std::span<const Value> values);
  Rows query_values(std::string_view sql, std::span<const Value> values);
  /// Runs a script of several statements (migrations). Throws SqlError.
  void script(std::string_view sql);
  struct Impl;  ///< the store's own

 protected:
  Connection();
  std::unique_ptr<Impl> impl_;
};

}  // namespace troupe::store
