#include "assistant/executor/preview.h"

#include "assistant/executor/known.h"
#include "assistant/executor/targets.h"
#include "assistant/schema/validator.h"

namespace troupe::assistant::executor {
namespace {

/// The seed's clients put an operation's arguments into `extra`: those are looked at when it is called.
bool may_be_checked(const matrix::JsonObject& inputs) { return matrix::find_object(inputs, "extra") == nullptr; }

class Previewing {
 public:
  Previewing(const services::Offer& offer, const tasks::TaskSpec& spec) : offer_(offer), spec_(spec) {
    known_.values = {.inputs = &spec.inputs, .kept = &none_, .marker = kNoMarkerYet};
  }

  void add(const workflows::Step& step, const std::string& path) {
    if (step.when && is_known(*step.when, known_) && !workflows::holds(*step.when, known_.values)) return;
    for (std::size_t i = 0; i < step.parallel.size(); ++i) {
      add(step.parallel[i], path + "/parallel:" + std::to_string(i));
    }
    if (!step.action.empty()) {
      previews_.push_back(call(step, path));
    } else if (step.choose) {
      previews_.push_back({.path = path, .action = {}, .description = said(step, step.choose->question), .args = {}});
    } else if (step.answer) {
      const auto words = shown(*step.answer, known_);
      const auto text = words && words->is_string() ? std::string(matrix::view(words->get_string())) : "";
      previews_.push_back({.path = path, .action = {}, .description = said(step, text), .args = {}});
    }
    if (!step.out.empty()) known_.open.insert(step.out);
  }
  std::vector<Preview> take() { return std::move(previews_); }

 private:
  static std::string said(const workflows::Step& step, const std::string& otherwise) {
    return step.description.empty() ? otherwise : step.description;
  }
  Preview call(const workflows::Step& step, const std::string& path) {
    Preview out{.path = path, .action = step.action, .description = step.description, .args = {}};
    known_.item_open = step.each.has_value();
    out.args = shown_arguments(step.bind, known_);
    known_.item_open = false;
    // What is not there now may be when it runs.
    const auto target = target_of(offer_, step.action);
    out.writes = !target || !target->reads();
    out.needs_approval = target && target->needs_approval(spec_);
    if (out.description.empty() && target && !target->is_command()) {
      const auto& words = target->offered->operation.description;
      out.description = words.substr(0, words.find('\n'));
    }
    return out;
  }

  const services::Offer& offer_;
  const tasks::TaskSpec& spec_;
  const matrix::JsonObject none_;
  Known known_;
  std::vector<Preview> previews_;
};

}  // namespace

Result<std::vector<Preview>> preview_of(const services::Offer& offer, const tasks::TaskSpec& spec) {
  TRY(const auto workflow, workflow_of(offer, spec));
  if (may_be_checked(spec.inputs)) {
    const auto wrong = schema::validate(workflows::inputs_of(*workflow), spec.inputs);
    if (!wrong.empty()) {
      const auto where = wrong.front().pointer.empty() ? std::string("The inputs") : wrong.front().pointer.substr(1);
      return Error(Errc::invalid_param, where + " " + wrong.front().message + ".");
    }
  }
  Previewing previewing(offer, spec);
  for (std::size_t i = 0; i < workflow->steps.size(); ++i) previewing.add(workflow->steps[i], std::to_string(i));
  return previewing.take();
}

}  // namespace troupe::assistant::executor
