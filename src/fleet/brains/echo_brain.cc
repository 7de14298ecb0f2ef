// The echo brain: answers every message with its own text. For trying things out.
#include "base/field_errors.h"
#include "fleet/brains/bot_kind.h"

namespace troupe::fleet::brains {
namespace {

constexpr std::string_view kEchoSchema = R"({"type":"object","additionalProperties":false,"properties":{
"prefix":{"type":"string","title":"Prefix","description":"Put in front of what is said back.","maxLength":200,"default":""}}})";

class EchoBrain : public Brain {
 public:
  explicit EchoBrain(std::string prefix) : prefix_(std::move(prefix)) {}
  Task<Reply> answer(Question question, ReplyStream&) override { co_return Reply{.text = prefix_ + question.text}; }
  bool is_slow() const override { return false; }

 private:
  std::string prefix_;
};

Result<PreparedConfig> prepare_echo(boost::json::object config, boost::json::object) {
  base::FieldErrors mistakes;
  mistakes.take(refuse_unknown(config, {"prefix", "respond", "reply_as"}));
  mistakes.take(common_config(config));
  if (auto* prefix = config.if_contains("prefix")) {
    if (!prefix->is_string() || prefix->get_string().size() > 200) {
      mistakes.add("/prefix", "prefix must be a text of at most 200 bytes.");
    }
  }
  TRY(std::move(mistakes).outcome());
  return PreparedConfig{.config = std::move(config), .secrets = {}, .generated_secret = std::nullopt};
}

}  // namespace

BotKind echo_brain() {
  return {.name = "echo",
          .title = "Echo",
          .description = "Says back what it hears. Good for a first try.",
          .config_schema = kEchoSchema,
          .prepare = prepare_echo,
          .make = [](const BrainContext&, const boost::json::object& config,
                     const boost::json::object&) -> Result<std::unique_ptr<Brain>> {
            std::string prefix;
            if (const auto* given = config.if_contains("prefix"); given != nullptr && given->is_string()) {
              prefix = given->get_string();
            }
            return std::make_unique<EchoBrain>(std::move(prefix));
          }};
}

}  // namespace troupe::fleet::brains
