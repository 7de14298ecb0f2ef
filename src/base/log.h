// Structured logging: one JSON object a line on standard error (text on a terminal), secrets cut out. spdlog does the
// writing.
#pragma once
#include <boost/json/object.hpp>
#include <string_view>

namespace troupe::base {

enum class LogLevel { debug, info, warning, error };
/// `automatic`: text where a person reads it, on a terminal; JSON elsewhere.
enum class LogFormat { automatic, json, text };

struct LogOptions {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::automatic;
};

/// Call once, before other threads start. Until then warnings and errors go out as text.
void configure_log(const LogOptions& options);
/// Another level than the one that was configured. Callable from any thread.
void set_log_level(LogLevel level);
/// Whether a person reads what is written on standard error.
bool log_is_on_terminal();

/// Writes one line: `time`, `level`, `module`, `message` and the fields. Callable from any thread; never throws.
/// Fields whose key names a secret (token, password, secret, authorization, cookie, key …) are replaced by
/// "[redacted]", and so is what looks like a credential inside any string (see redact()).
void log(LogLevel level, std::string_view module, std::string_view message, boost::json::object fields = {});

/// Whether lines of this level are written: for callers to whom even gathering the fields costs too much.
bool log_enabled(LogLevel level);

inline void log_debug(std::string_view module, std::string_view message, boost::json::object fields = {}) {
  log(LogLevel::debug, module, message, std::move(fields));
}
inline void log_info(std::string_view module, std::string_view message, boost::json::object fields = {}) {
  log(LogLevel::info, module, message, std::move(fields));
}
inline void log_warning(std::string_view module, std::string_view message, boost::json::object fields = {}) {
  log(LogLevel::warning, module, message, std::move(fields));
}
inline void log_error(std::string_view module, std::string_view message, boost::json::object fields = {}) {
  log(LogLevel::error, module, message, std::move(fields));
}

/// The text without what looks like a credential: `access_token=…`, `Bearer …`, our own token prefixes.
std::string redact(std::string_view text);

}  // namespace troupe::base
