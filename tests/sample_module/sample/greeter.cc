#include "sample/greeter.h"

namespace troupe::sample {
namespace {

constexpr std::string_view kSchema = R"({"type":"object","additionalProperties":false,"properties":{}})";

class Greeter : public fleet::brains::Brain {
 public:
  explicit Greeter(std::string greeting) : greeting_(std::move(greeting)) {}
  Task<fleet::Reply> answer(fleet::Question question, fleet::brains::ReplyStream&) override {
    co_return fleet::Reply{.text = greeting_ + ", " + question.sender};
  }
  bool is_slow() const override { return false; }

 private:
  std::string greeting_;
};

Result<fleet::brains::PreparedConfig> prepare(boost::json::object config, boost::json::object) {
  TRY(fleet::brains::refuse_unknown(config, {"respond", "reply_as"}));
  TRY(fleet::brains::common_config(config));
  return fleet::brains::PreparedConfig{.config = std::move(config), .secrets = {}, .generated_secret = std::nullopt};
}

}  // namespace

fleet::brains::BotKind greeter_kind(std::string greeting) {
  return {.name = "sample_greeter",
          .title = "Greeter",
          .description = "Greets whoever writes to it.",
          .config_schema = kSchema,
          .prepare = prepare,
          .make = [greeting = std::move(greeting)](const fleet::brains::BrainContext&, const boost::json::object&,
                                                   const boost::json::object&)
              -> Result<std::unique_ptr<fleet::brains::Brain>> { return std::make_unique<Greeter>(greeting); }};
}

}  // namespace troupe::sample
