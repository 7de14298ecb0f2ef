// Where a Flowise flow is, and how it is asked: the config of the Flowise brain. Pure.
#pragma once
#include <boost/json/object.hpp>
#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace troupe::fleet::brains {

struct FlowiseTarget {
  std::string api;   ///< "http://host:3000/api/v1"
  std::string flow;  ///< the flow's id
  std::string key;   ///< of the flow; empty: none. Secret.
  bool stream = true;
  bool show_sources = true;
  bool show_suggestions = true;
  boost::json::object override_config;  ///< sent with every question; sessionId is ours
  std::chrono::milliseconds first_byte{120'000};
  std::chrono::milliseconds idle{90'000};
  std::chrono::milliseconds total{300'000};

  std::string prediction_url() const { return api + "/prediction/" + flow; }
};

struct FlowiseAddress {
  std::string api;
  std::string flow;  ///< empty: the address names none
};

/// Understands the prediction address that Flowise shows (…/api/v1/prediction/<id>), the pages of its own UI
/// (…/canvas/<id>, …/agentcanvas/<id>, …/chatbot/<id>), and the server's address alone.
/// Errors: invalid_param, as a sentence.
Result<FlowiseAddress> parse_flowise_address(std::string_view url);
/// Letters, digits, - and _, at most 64.
bool is_flow_id(std::string_view id);

/// From a config and secrets that prepare() has checked. Errors: invalid_param.
Result<FlowiseTarget> flowise_target(const boost::json::object& config, const boost::json::object& secrets);

}  // namespace troupe::fleet::brains
