// The planner that needs no model: from the person's own words to a task, or one question, by grammar and the packs'
// schemas alone.
#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/planner/fill.h"
#include "assistant/planner/outcome.h"
#include "assistant/planner/pick.h"
#include "assistant/router/router.h"

namespace troupe::assistant::planner {

/// A text that a service or a file holds. It may fill inputs where a model reads it, and never says what is done.
struct Material {
  std::string name;  ///< "roof.txt", "companycam.get_project"
  std::string text;
};

struct Asking {
  std::string text;                     ///< the person's own words; longer than kMostTextBytes is cut
  std::chrono::year_month_day today{};  ///< their day
  std::vector<Material> material;       ///< of this conversation; the built-in planner does not read it
};

/// For the debug view: what the router made of a text, the likeliest services and the choices that weighed in.
JsonObject explain(const router::Decision& decision);

/// Unchanging once made; any thread. Outlived by the router, the catalogue and the picker. All functions are pure: the
/// same state and answer yield the same outcome, days later and on another machine.
class BuiltInPlanner {
 public:
  BuiltInPlanner(const router::Router& router, const Catalogue& catalogue, const Picker& picker);

  /// `decision`: the router's of the same text.
  Outcome plan(const Asking& asking, const router::Decision& decision) const;
  /// What the person's words make of a question; `today` is theirs now.
  Outcome answer(Pending pending, std::string_view answer, std::chrono::year_month_day today) const;
  /// The same for one of its options, which must be there.
  Outcome chosen(Pending pending, std::size_t option, std::chrono::year_month_day today) const;

  // The parts, which the planner with a model shares.

  /// The service is known.
  Outcome plan_in(Pending pending, const std::string& service) const;
  /// Service and intent are known: fills what is missing, then a plan or a question.
  Outcome plan_intent(Pending pending, const Intent& intent) const;
  /// Whole inputs as they are: a plan where they fit, else a question.
  Outcome finish(Pending pending, const Intent& intent) const;
  Outcome ask_service(Pending pending, const router::Decision& decision) const;
  Outcome ask_intent(Pending pending, const std::vector<Ranked>& ranked) const;
  Nothing nothing_for(const router::Decision& decision) const;

  const Catalogue& catalogue() const { return catalogue_; }
  const Picker& picker() const { return picker_; }

 private:
  Outcome plan_intent(Pending pending, const Intent& intent, std::vector<slots::Slot> found) const;
  Outcome ask_inputs(Pending pending, const Intent& intent, std::vector<std::string> missing) const;
  /// The intent cannot be done by words alone: what else?
  Outcome ask_instead(Pending pending, const Intent& intent, std::string_view why) const;
  Outcome answer_inputs(Pending pending, std::string_view answer, std::chrono::year_month_day today) const;
  /// Asks the same once more; `why`: what was wrong with the answer, as a sentence.
  Outcome again(Pending pending, std::string_view why = {}) const;
  std::string question_of(const Pending& pending) const;

  const Catalogue& catalogue_;
  const Picker& picker_;
  std::vector<std::string> service_names_;  ///< folded: names and synonyms
};

}  // namespace troupe::assistant::planner
