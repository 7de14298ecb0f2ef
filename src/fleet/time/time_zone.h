// Time zones by their IANA names, from the system's tzdata through Howard Hinnant's date library (libstdc++ 12 has no
// zones of its own).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace date {
class time_zone;
}

namespace troupe::fleet::time {

/// Seconds since 1970-01-01 00:00 as a wall clock of some zone counts them: no instant until a zone is named.
using LocalSeconds = std::int64_t;
using UnixSeconds = std::int64_t;

/// What a wall-clock time means in a zone.
struct Instants {
  enum class Kind {
    unique,
    gap,      ///< the clocks jump over it: both members are the moment of the jump
    overlap,  ///< the clocks show it twice: first and second
  };
  Kind kind = Kind::unique;
  UnixSeconds first = 0;
  UnixSeconds second = 0;
};

/// A zone; small, copyable, callable from any thread. The system's data is read once.
class TimeZone {
 public:
  /// By name, in any case ("Europe/Berlin", "utc"). Errors: invalid_param (no such zone), unavailable (the system has
  /// no tzdata).
  static Result<TimeZone> find(std::string_view name);
  static TimeZone utc();

  /// As tzdata writes it.
  const std::string& name() const { return name_; }
  LocalSeconds to_local(UnixSeconds instant) const;
  Instants to_instants(LocalSeconds local) const;
  /// "2026-12-01 09:30 (Europe/Berlin)".
  std::string show(UnixSeconds instant) const;

 private:
  TimeZone(const date::time_zone* zone, std::string name) : zone_(zone), name_(std::move(name)) {}
  const date::time_zone* zone_;  ///< the library's own; null: UTC
  std::string name_;
};

/// The seconds of a date and time of day, which must exist in the calendar; see is_date.
LocalSeconds local_seconds(int year, unsigned month, unsigned day, unsigned hour, unsigned minute);
bool is_date(int year, unsigned month, unsigned day);

}  // namespace troupe::fleet::time
