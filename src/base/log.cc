#include "base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <ctime>

#include "base/clock.h"
#include "base/secret_names.h"
#include "base/utc.h"

namespace troupe::base {
namespace {

constexpr std::array<std::string_view, 6> kSecretMarks{"access_token=", "Bearer ", "syt_", "trp_", "mct_", "password="};
constexpr std::string_view kRedacted = "[redacted]";

LogFormat& format() {
  static LogFormat value = LogFormat::text;
  return value;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> value = [] {
    auto made = spdlog::stderr_color_mt("troupe");
    made->set_pattern("%v");
    made->set_level(spdlog::level::warn);
    return made;
  }();
  return *value;
}

bool ends_credential(char c) {
  return c == ' ' || c == '&' || c == '"' || c == '\'' || c == ',' || c == ';' || c == '\n' || c == '}';
}

void clean(boost::json::value& value) {
  if (auto* text = value.if_string()) {
    *text = redact({text->data(), text->size()});
  } else if (auto* object = value.if_object()) {
    for (auto& [key, member] : *object) {
      if (names_a_secret(key) && !member.is_bool()) {
        member = kRedacted;
      } else {
        clean(member);
      }
    }
  } else if (auto* array = value.if_array()) {
    for (auto& element : *array) clean(element);
  }
}

std::string timestamp() {
  const auto now = system_clock().unix_ms();
  return fmt::format("{}.{:03}Z", utc_text(now, kIsoSeconds), now % 1000);
}

}  // namespace

void configure_log(const LogOptions& options) {
  const bool text = options.format == LogFormat::automatic ? log_is_on_terminal() : options.format == LogFormat::text;
  format() = text ? LogFormat::text : LogFormat::json;
  set_log_level(options.level);
  logger().flush_on(spdlog::level::info);
}

void set_log_level(LogLevel level) { logger().set_level(to_spdlog(level)); }

bool log_is_on_terminal() { return ::isatty(STDERR_FILENO) == 1; }

std::string redact(std::string_view text) {
  std::string out(text);
  for (std::string_view mark : kSecretMarks) {
    for (auto at = out.find(mark); at != out.npos; at = out.find(mark, at + mark.size() + kRedacted.size())) {
      auto begin = at + mark.size();
      auto end = begin;
      while (end < out.size() && !ends_credential(out[end])) ++end;
      out.replace(begin, end - begin, kRedacted);
    }
  }
  return out;
}

bool log_enabled(LogLevel level) { return logger().should_log(to_spdlog(level)); }

void log(LogLevel level, std::string_view module, std::string_view message, boost::json::object fields) {
  if (!logger().should_log(to_spdlog(level))) return;
  boost::json::value cleaned(std::move(fields));
  clean(cleaned);
  const auto shown = redact(message);
  const auto level_name = spdlog::level::to_string_view(to_spdlog(level));
  if (format() == LogFormat::text) {
    logger().log(to_spdlog(level), "{} {} [{}] {}{}", timestamp(), fmt::to_string(level_name), module, shown,
                 cleaned.as_object().empty() ? std::string() : " " + boost::json::serialize(cleaned));
    return;
  }
  boost::json::object line;
  line["time"] = timestamp();
  line["level"] = boost::json::string_view(level_name.data(), level_name.size());
  line["module"] = module;
  line["message"] = shown;
  for (auto& [key, value] : cleaned.as_object()) line[key] = std::move(value);
  logger().log(to_spdlog(level), "{}", boost::json::serialize(line));
}

}  // namespace troupe::base
