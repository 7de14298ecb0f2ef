// The shipped packs, their router and the planner over them, made once for all tests. Only tests include this.
#pragma once
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "assistant/planner/built_in.h"
#include "assistant/router/shipped.h"

namespace troupe::assistant::planner {

struct ShippedPlanner {
  router::Router router = router::shipped_router().value();
  Catalogue catalogue = [] {
    std::vector<packs::Checked> checked;
    std::vector<const packs::Pack*> packs;
    for (const auto& name : packs::shipped_services()) checked.push_back(packs::read_pack(packs::shipped_pack(name)));
    for (const auto& each : checked) {
      if (each.pack) packs.push_back(&*each.pack);
    }
    return Catalogue(packs);
  }();
  Picker picker{router, catalogue};
  BuiltInPlanner planner{router, catalogue, picker};

  static const ShippedPlanner& get() {
    static const ShippedPlanner one;
    return one;
  }
};

inline constexpr std::chrono::year_month_day kSaidOn{std::chrono::year(2026), std::chrono::month(11),
                                                     std::chrono::day(18)};

/// "slack.send_message {…}", "? question [pointers] (options)", "- message".
inline std::string told(const Outcome& outcome) {
  if (const auto* plan = std::get_if<Plan>(&outcome))
    return plan->spec.service + "." + plan->spec.intent + " " + boost::json::serialize(plan->spec.inputs);
  if (const auto* question = std::get_if<Question>(&outcome)) {
    const auto& pending = question->pending;
    std::string out = "? ";
    if (pending.asked == Asked::service) out += "service";
    if (pending.asked == Asked::intent) out += pending.service;
    if (pending.asked == Asked::inputs) out += pending.service + "." + pending.intent;
    for (const auto& each : pending.missing) out += " " + each;
    return out;
  }
  return "-";
}

inline Outcome planned(std::string_view text) {
  const auto& shipped = ShippedPlanner::get();
  return shipped.planner.plan({.text = std::string(text), .today = kSaidOn, .material = {}},
                              shipped.router.route(text));
}

}  // namespace troupe::assistant::planner
