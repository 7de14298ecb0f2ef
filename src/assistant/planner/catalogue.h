// All that can be asked for: the intents of the packs in use, ready for choosing and filling.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/packs/pack.h"
#include "assistant/planner/task_spec.h"
#include "assistant/router/narrow.h"

namespace troupe::assistant::planner {

struct Intent {
  std::string service;
  std::string name;
  std::string description;  ///< its first line is shown to people
  JsonObject inputs;        ///< the schema of the inputs
  bool writes = false;      ///< one of its steps does
  bool workflow = false;    ///< of workflows.json: made for people, where a lone operation is the service's own
};

/// Unchanging once made; any thread. Copies what it needs: the packs may go.
class Catalogue {
 public:
  /// Packs that are not enabled are passed over.
  explicit Catalogue(const std::vector<const packs::Pack*>& packs);

  /// nullptr: no such intent.
  const Intent* find(std::string_view service, std::string_view intent) const;
  const std::vector<Intent>& all() const { return intents_; }
  /// "CompanyCam" for "companycam"; the name itself when there is no such pack.
  std::string_view title_of(std::string_view service) const;
  /// What a Narrower is made of.
  std::vector<router::Operation> operations() const;

  /// What keeps a task from being done: an unknown intent, or inputs that its schema refuses. Empty: nothing.
  std::vector<schema::Violation> check(const TaskSpec& spec) const;

 private:
  std::vector<Intent> intents_;  ///< by service, then name
  std::vector<std::pair<std::string, std::string>> titles_;
};

/// The first line of the description, else the name in words.
std::string spoken_name(const Intent& intent);
/// "job_id", "startDate": "job", "id"; "start", "date". Small letters.
std::vector<std::string> words_of_name(std::string_view name);

}  // namespace troupe::assistant::planner
