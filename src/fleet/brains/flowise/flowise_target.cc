#include "fleet/brains/flowise/flowise_target.h"

#include <algorithm>

#include "base/field_errors.h"
#include "matrix/json.h"
#include "net/http/url.h"

namespace troupe::fleet::brains {
namespace {

constexpr std::size_t kMaxUrlBytes = 2'048;

Error bad_url() {
  return base::field_error(
      "/url", "url must be the address of a Flowise flow, e.g. http://127.0.0.1:3000/api/v1/prediction/<flow id>.");
}

}  // namespace

bool is_flow_id(std::string_view id) {
  return !id.empty() && id.size() <= 64 && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

Result<FlowiseAddress> parse_flowise_address(std::string_view url) {
  bool printable = std::ranges::all_of(url, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (url.size() > kMaxUrlBytes || !printable || !net::http::Url::parse(url)) return bad_url();
  url = url.substr(0, url.find_first_of("?#"));
  while (url.ends_with('/')) url.remove_suffix(1);
  if (url.ends_with("/prediction")) return bad_url();
  FlowiseAddress address;
  constexpr std::string_view kPrediction = "/prediction/";
  if (auto at = url.find(kPrediction); at != url.npos) {
    address.api = url.substr(0, at);
    address.flow = url.substr(at + kPrediction.size());
    if (!is_flow_id(address.flow)) return bad_url();
    return address;
  }
  for (std::string_view page : {"/v2/agentcanvas/", "/agentcanvas/", "/canvas/", "/chatbot/"}) {
    auto at = url.find(page);
    if (at == url.npos) continue;
    address.flow = url.substr(at + page.size());
    if (!is_flow_id(address.flow)) return bad_url();
    url = url.substr(0, at);
    break;
  }
  address.api = std::string(url) + (url.ends_with("/api/v1") ? "" : "/api/v1");
  return address;
}

Result<FlowiseTarget> flowise_target(const boost::json::object& config, const boost::json::object& secrets) {
  TRY(auto address, parse_flowise_address(matrix::find_string(config, "url").value_or("")));
  FlowiseTarget target;
  target.api = std::move(address.api);
  target.flow = std::move(address.flow);
  if (auto flow = matrix::find_string(config, "flow_id"); flow && !flow->empty()) target.flow = *flow;
  if (!is_flow_id(target.flow)) return base::field_error("/flow_id", "The Flowise flow's id is missing. Set flow_id.");
  target.key = matrix::find_string(secrets, "api_key").value_or("");
  target.stream = matrix::find_bool(config, "stream").value_or(true);
  target.show_sources = matrix::find_bool(config, "sources").value_or(true);
  target.show_suggestions = matrix::find_bool(config, "suggestions").value_or(true);
  if (const auto* more = matrix::find_object(config, "override_config")) target.override_config = *more;
  auto read = [&](std::string_view key, std::chrono::milliseconds& time) {
    if (auto ms = matrix::find_integer(config, key)) time = std::chrono::milliseconds(*ms);
  };
  read("first_byte_timeout_ms", target.first_byte);
  read("idle_timeout_ms", target.idle);
  read("total_timeout_ms", target.total);
  return target;
}

}  // namespace troupe::fleet::brains
