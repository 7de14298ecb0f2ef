// Errors as values: Error, Result<T>, and the two macros that pass an error up.
#pragma once
#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/errc.h"

namespace troupe::base {

class Error;
/// Either a value or an Error. Functions that return one are [[nodiscard]].
template <class T>
using Result = std::expected<T, Error>;

/// The value of a Result that carries nothing.
struct Unit {};

/// Why an operation failed. `message` may be shown to whoever asked; `detail` is for the log only. Two words, the rest
/// lies elsewhere: every coroutine keeps room for one in each Result that it waits for. One that was moved from keeps
/// its code and has no message.
class [[nodiscard]] Error {
 public:
  explicit Error(Errc code);
  Error(Errc code, std::string message, std::string detail = {});
  Error(const Error& other);
  Error(Error&&) noexcept = default;
  Error& operator=(const Error& other);
  Error& operator=(Error&&) noexcept = default;
  ~Error() = default;

  Errc code() const { return code_; }
  const std::string& message() const { return facts().message; }
  const std::string& detail() const { return facts().detail; }
  /// The code to show in a dialect, when it is more exact than the kind's own (e.g. "M_ROOM_IN_USE"); else empty.
  std::string_view wire_code() const { return facts().wire_code; }
  /// 0: the status of the kind.
  int http_status() const { return facts().http_status ? facts().http_status : info(code_).http_status; }
  /// How long to wait before trying again; zero: not said.
  std::chrono::milliseconds retry_after() const { return facts().retry_after; }
  /// More members for the body of the answer (`soft_logout`, `current_version`, …).
  const boost::json::object& members() const { return facts().members; }

  /// `wire_code` must outlive the error: a string constant.
  Error&& with_wire_code(std::string_view wire_code) &&;
  Error&& with_status(int http_status) &&;
  Error&& with_retry_after(std::chrono::milliseconds wait) &&;
  Error&& with_member(std::string_view key, boost::json::value value) &&;

  /// So that `return Error(…)` works in any function that returns a Result.
  template <class T>
  operator std::expected<T, Error>() && {  // NOLINT(google-explicit-constructor)
    return std::expected<T, Error>(std::unexpect, std::move(*this));
  }

 private:
  struct Facts {
    std::string message;
    std::string detail;
    std::string_view wire_code;
    int http_status = 0;
    std::chrono::milliseconds retry_after{0};
    boost::json::object members;
  };
  struct Forget {
    void operator()(Facts* facts) const;
  };

  const Facts& facts() const;
  Facts& own_facts();

  Errc code_;
  std::unique_ptr<Facts, Forget> facts_;  ///< none: moved from
};

}  // namespace troupe::base

namespace troupe {
using base::Errc;
using base::Error;
using base::Result;
using base::Unit;
}  // namespace troupe

#define TROUPE_CONCAT_INNER(a, b) a##b
#define TROUPE_CONCAT(a, b) TROUPE_CONCAT_INNER(a, b)
#define TROUPE_TRY(ret, tmp, ...) \
  if (auto tmp = (__VA_ARGS__); !tmp) ret std::unexpected(std::move(tmp).error())
#define TROUPE_TRY_TAKE(ret, tmp, declaration, ...)      \
  auto tmp = (__VA_ARGS__);                              \
  if (!tmp) ret std::unexpected(std::move(tmp).error()); \
  declaration = *std::move(tmp)
#define TROUPE_TRY_IMPL(ret, first, ...)       \
  TROUPE_CONCAT(TROUPE_TRY, __VA_OPT__(_TAKE)) \
  (ret, TROUPE_CONCAT(troupe_try_, __COUNTER__), first __VA_OPT__(, ) __VA_ARGS__)

/// TRY(auto room, find_room(id)); takes the value, or returns the error from a plain function. TRY(check(id)); has no
/// value to take. What has a comma outside parentheses (template arguments) stands in parentheses of its own.
#define TRY(...) TROUPE_TRY_IMPL(return, __VA_ARGS__)
/// The same in a coroutine: CO_TRY(auto sent, co_await rooms.send(request)); the declaration introduces a new name.
#define CO_TRY(...) TROUPE_TRY_IMPL(co_return, __VA_ARGS__)
