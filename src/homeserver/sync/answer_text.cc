#include "homeserver/sync/answer_text.h"

#include "homeserver/account_data/account_data.h"
#include "matrix/json_out.h"
#include "matrix/push_rules.h"

namespace troupe::homeserver::sync {

void append_data_event(std::string& out, std::string_view type, std::string_view content) {
  matrix::append_separator(out);
  out += "{\"type\":";
  matrix::append_json_string(out, type);
  out += ",\"content\":";
  out += content;
  out += '}';
}

void append_default_push_rules(std::string& out, std::string_view user_id) {
  const matrix::JsonObject content{{"global", matrix::default_push_rules(user_id)}};
  append_data_event(out, account_data::kPushRulesType, boost::json::serialize(content));
}

void append_strings(std::string& out, const std::vector<std::string>& strings) {
  out += '[';
  for (const auto& text : strings) {
    matrix::append_separator(out);
    matrix::append_json_string(out, text);
  }
  out += ']';
}

std::string key_counts(const crypto::DeviceSyncPart& part) {
  std::string out = "\"device_one_time_keys_count\":{";
  for (const auto& [algorithm, count] : part.one_time_key_counts) {
    matrix::append_separator(out);
    matrix::append_json_string(out, algorithm);
    out += ':';
    matrix::append_number(out, count);
  }
  out += "},\"device_unused_fallback_key_types\":";
  append_strings(out, part.unused_fallback_key_types);
  return out;
}

}  // namespace troupe::homeserver::sync
