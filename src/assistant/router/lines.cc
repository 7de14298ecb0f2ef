#include "assistant/router/lines.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>

namespace troupe::assistant::router {
namespace {

namespace json = boost::json;

double rounded(double value) { return std::round(value * 10'000) / 10'000; }

json::array scores_of(const Decision& decision) {
  json::array out;
  for (const auto& score : decision.scores) {
    out.push_back(json::object{{"service", score.service},
                               {"share", rounded(score.share)},
                               {"model", rounded(score.model)},
                               {"named", rounded(score.named)},
                               {"learned", rounded(score.learned)},
                               {"why", score.why}});
  }
  return out;
}

}  // namespace

Result<std::string> route_line(const Router& router, std::string_view line, bool debug) {
  if (line.size() > kMostLineBytes) return Error(Errc::too_large, "the line is longer than 1 MiB");
  boost::system::error_code failed;
  const auto value = json::parse(line, failed);
  if (failed || !value.is_object()) return Error(Errc::bad_json, "not a JSON object");
  const auto& given = value.get_object();
  const auto* id = given.if_contains("id");
  const auto* text = given.if_contains("text");
  const bool named = id && (id->is_string() || (id->is_number() && std::isfinite(id->to_number<double>())));
  if (!named) return Error(Errc::bad_json, "id must be a text or a number");
  if (!text || !text->is_string()) return Error(Errc::bad_json, "text must be a text");
  const auto decision = router.route(text->get_string());
  json::array candidates;
  for (const auto& one : decision.candidates) candidates.emplace_back(one.service);
  json::object out{{"id", *id},
                   {"service", decision.outcome == Outcome::service ? decision.service : "none"},
                   {"ask", decision.outcome == Outcome::ask},
                   {"confidence", rounded(decision.confidence)},
                   {"candidates", std::move(candidates)}};
  if (!decision.not_enabled.empty()) out["not_enabled"] = decision.not_enabled;
  if (debug) out["scores"] = scores_of(decision);
  return json::serialize(out);
}

}  // namespace troupe::assistant::router
