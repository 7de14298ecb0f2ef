// From a sentence to the service that it means; or a question, when it could mean several; or none.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/router/features.h"
#include "assistant/router/model.h"
#include "assistant/router/names.h"

namespace troupe::assistant::router {

/// How people ask for something.
struct Phrase {
  std::string text;
  std::string intent;
};

struct Service {
  std::string name;
  std::vector<std::string> synonyms;
  std::vector<Phrase> phrases;
  bool enabled = true;  ///< one that is not is recognised, never chosen and never offered
};

/// Phrases that belong to no service: everyday requests, and with the intent "ask" those too vague for one.
using Background = std::vector<Phrase>;

enum class Outcome { service, ask, none };

/// How a service came to its score: parts add up, in natural logarithms of odds.
struct Score {
  std::string service;  ///< also "none", and "ask": too vague to say
  double model = 0;     ///< what the linear model makes of the subject
  double named = 0;     ///< that the sentence names it, and how
  double learned = 0;   ///< choices people made after questions
  double share = 0;     ///< of all, 0 to 1, after adding up
  std::string why;      ///< for people: `"slcak" pointed, 2 edits`
};

struct Candidate {
  std::string service;
  double confidence = 0;
};

/// A choice that somebody made before, and that weighed in.
struct Learned {
  std::string id;  ///< Choice::id
  std::string service;
  double likeness = 0;  ///< of its text and this one, 0 to 1
};

struct Decision {
  Outcome outcome = Outcome::none;
  std::string service;                ///< set when the outcome is one
  double confidence = 0;              ///< in the outcome, 0 to 1
  std::vector<Candidate> candidates;  ///< to choose from, the likeliest first; one when the outcome is a service
  std::string not_enabled;            ///< the service that was meant, but is not enabled; the outcome is none then
  std::vector<Score> scores;          ///< the explanation, the highest share first
  std::vector<Learned> learned = {};  ///< the likest first
};

/// A person's answer to a question: an example for the next time.
struct Choice {
  std::string id;
  std::string text;
  std::string service;
  float weight = 1;
};

/// How the parts weigh against each other, in natural logarithms of odds. The defaults were chosen by cross-validation
/// over the shipped examples (bench/router.cc).
struct Calibration {
  LinearModel::Training training;
  // Examples of services and of vague requests are few beside those of everything else.
  float service_weight = 1.5F, ask_weight = 2.5F;
  double least_model = -5;  ///< the model alone never says less: a name outweighs it

  // What a name adds, by how the sentence speaks of it.
  double pointed = 7, plain = 6, aside_alone = 4.5, content_alone = 1.5, negated = -6;
  double aside_beside = 1.5, sure_subject = -0.3;  ///< beside another service's subject that is as sure as that
  double beside = -2;                              ///< spoken of, while another one is meant
  double per_edit = 0.9;                           ///< less for each mistyped letter
  // A name that is an everyday word, too, needs the sentence to say that it is one.
  double everyday_pointed = 5, everyday_subject = 3.5, everyday_plain = 0.8, everyday_capital = 1.5,
         known_word_pointed = 2;
  // What a clear name takes from "none" and from "too vague".
  double named_not_none = -4, named_not_vague = -5;

  double least_share = 0.5;     ///< a service is chosen from this share on,
  double least_lead = 2.2;      ///< when its share is so many times the next one's
  double least_to_ask = 0.5;    ///< below this share all services together are not worth a question
  double least_offered = 0.01;  ///< of the likeliest candidate's share

  float least_like = 0.55F;  ///< choices count for texts that are at least this alike
  double per_choice = 12, most_choices = 10;
};

class Router;

/// The choices of one tenant. They are compared, not trained: adding costs microseconds, and taking one away leaves no
/// trace. Not for several threads at once; outlives no router.
class Choices {
 public:
  static constexpr std::size_t kMost = 200;  ///< the oldest makes room

  explicit Choices(const Router& router) : router_(router) {}
  /// Takes the place of one with the same id.
  void add(Choice choice);
  bool remove(std::string_view id);
  std::vector<Choice> list() const;

 private:
  friend class Router;
  struct Kept {
    Choice choice;
    Features features;
  };
  const Router& router_;
  std::vector<Kept> kept_;
};

/// Trained when made (well under a second), unchanging afterwards; any thread. The same phrases make the same router.
class Router {
 public:
  Router(std::vector<Service> services, const Background& background, const Calibration& calibration = {});

  /// Any bytes; of a long text the first kMostBytes count.
  Decision route(std::string_view text, const Choices* choices = nullptr) const;

  const std::vector<Service>& services() const { return services_; }
  /// What the model sees of a text, to compare texts by.
  Features features(std::string_view text, Parts parts = Parts::yes) const;

 private:
  friend class Choices;
  std::vector<Score> scores_of(const Sentence& sentence, const Naming& naming) const;
  void add_names(const Sentence& sentence, const Naming& naming, std::vector<Score>& scores) const;
  std::vector<Learned> add_choices(const Features& features, const Choices& choices, std::vector<Score>& scores) const;
  Decision decide(const std::vector<Score>& scores, const Naming& naming) const;
  void offer(Decision& decision, const std::vector<Score>& scores, const Naming& naming) const;

  Calibration calibration_;
  std::vector<Service> services_;
  std::optional<Vocabulary> known_;
  std::optional<Names> names_;
  LinearModel model_;
};

}  // namespace troupe::assistant::router
