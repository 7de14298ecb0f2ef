// The Flowise brain: a flow of a Flowise server answers.
#pragma once
#include "fleet/brains/bot_kind.h"
#include "fleet/brains/flowise/flowise_api.h"

namespace troupe::fleet::brains {

/// One per running bot. What it keeps for each session (session_memory.h):
///   "chat"    {"n": number of the chatId, "open": a request may still be running with it}
///   "files"   documents that were sent without a question, until the next one
///   "action"  what an agent flow waits for
class FlowiseBrain : public Brain {
 public:
  FlowiseBrain(BrainContext context, FlowiseTarget target);

  Task<Reply> answer(Question question, ReplyStream& stream) override;
  bool takes(AttachmentKind kind) const override { return kind != AttachmentKind::video; }
  bool has_sessions() const override { return true; }
  std::vector<Command> commands() const override {
    return {{.name = "help", .description = "What this bot can do."},
            {.name = "status", .description = "Whether the flow can be reached, and what it takes."},
            {.name = "session", .description = "The name of this conversation."},
            {.name = "rag", .description = "Put the files you sent into the knowledge base."}};
  }
  /// Stops the run: a run goes on after its client has left.
  asio::awaitable<void> abandon(const Question& question) override;
  asio::awaitable<std::vector<Finding>> look_around() override;

 private:
  /// A file that waits for its question, as the session's memory holds it.
  using Files = std::vector<Attachment>;
  /// What becomes of the files of a question: parts of the request, and sentences about those that could not be used.
  struct Prepared {
    boost::json::array uploads;
    std::vector<std::string> complaints;
    bool has_voice = false;
  };

  /// Nothing: the text is no command.
  Task<std::optional<Reply>> command(const Question& question);
  Task<Reply> status(const Question& question);
  Task<Reply> index_files(const Question& question, std::string_view arguments);
  Task<Files> kept_files(const Question& question);
  Task<Prepared> prepare_files(const Question& question, Files files, std::string chat_id);
  asio::awaitable<std::optional<boost::json::object>> prepare_file(const Question& question, const Attachment& file,
                                                                   std::string chat_id, Prepared& prepared);
  /// Takes the next chatId when the last one may still be in use, and notes that it is in use now.
  Task<std::string> open_chat(const Question& question);
  Task<FlowiseAnswer> run(boost::json::object body, const std::string& chat_id, const Question& question,
                          ReplyStream& stream);
  asio::awaitable<void> add_files(Reply& reply, const FlowiseAnswer& answer, const std::string& chat_id);
  Task<bool> streams();

  BrainContext context_;
  FlowiseApi api_;
  std::map<std::string, std::string> running_;  ///< the chatId that a question of a session runs with
  struct Probe {
    bool streams = false;
    std::chrono::steady_clock::time_point until{};
  };
  std::optional<Probe> probe_;
  /// After two streams that did not open: ask without until then.
  int unopened_ = 0;
  std::chrono::steady_clock::time_point no_streams_until_{};
};

BotKind flowise_brain();

}  // namespace troupe::fleet::brains
