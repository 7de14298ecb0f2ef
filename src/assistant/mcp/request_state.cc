#include "assistant/mcp/request_state.h"

#include <chrono>

#include "base/crypto.h"
#include "base/encoding.h"
#include "matrix/json.h"

namespace troupe::assistant::mcp {
namespace {

constexpr auto kLifeMs = std::chrono::milliseconds(std::chrono::hours(1)).count();

std::string mark(std::string_view key, std::string_view text, std::string_view owner) {
  return base::base64url(base::as_bytes(base::hmac_sha256(key, std::string(text) + "\n" + std::string(owner))));
}

}  // namespace

RequestStates::RequestStates(const base::Clock& clock) : clock_(clock), key_(base::random_bytes(32)) {}

std::string RequestStates::seal(const RequestState& state, std::string_view owner) const {
  const matrix::JsonObject content{{"task", state.task_id},
                                   {"approval", state.approval_id},
                                   {"digest", state.digest},
                                   {"question", state.question_id},
                                   {"ends", clock_.unix_ms() + kLifeMs}};
  auto text = base::base64url(base::as_bytes(boost::json::serialize(content)));
  auto made = mark(key_, text, owner);
  return std::move(text) + "." + std::move(made);
}

std::optional<RequestState> RequestStates::open(std::string_view text, std::string_view owner) const {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos || text.size() > 4'096) return std::nullopt;
  const auto content = text.substr(0, dot);
  if (!base::constant_time_equal(mark(key_, content, owner), text.substr(dot + 1))) return std::nullopt;
  const auto decoded = base::base64_decode(content);
  const auto parsed = decoded ? matrix::parse_json(*decoded) : Result<matrix::Json>(Error(Errc::bad_json));
  if (!parsed || !parsed->is_object()) return std::nullopt;
  const auto& object = parsed->get_object();
  if (matrix::find_integer(object, "ends").value_or(0) <= clock_.unix_ms()) return std::nullopt;
  auto member = [&](std::string_view name) { return std::string(matrix::find_string(object, name).value_or("")); };
  return RequestState{.task_id = member("task"),
                      .approval_id = member("approval"),
                      .digest = member("digest"),
                      .question_id = member("question")};
}

}  // namespace troupe::assistant::mcp
