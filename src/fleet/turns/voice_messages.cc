#include "fleet/turns/voice_messages.h"

#include "base/log.h"
#include "fleet/answers/text_split.h"

namespace troupe::fleet::turns {
namespace {

std::string_view why_not(const Error& error) {
  switch (error.code()) {
    case Errc::too_large:
      return "it is too large";
    case Errc::timed_out:
      return "it took too long";
    case Errc::invalid_param:
      return "its sound is of no known kind, or too long";
    case Errc::not_found:
    case Errc::forbidden:
      return "its file is not there, or was changed";
    default:
      return "the transcriber cannot be reached";
  }
}

}  // namespace

bool is_to_be_heard(const term::LiveBot& bot, const Attachment& file) {
  if (!file.voice || file.kind != AttachmentKind::audio || !bot.brain) return false;
  switch (bot.common.conduct.voice_messages) {
    case VoiceMessages::off:
      return false;
    case VoiceMessages::text:
      return true;
    case VoiceMessages::automatic:
      break;
  }
  return !bot.brain->takes(AttachmentKind::audio);
}

std::string unheard(std::string_view why) {
  return "(A voice message that could not be turned into text: " + std::string(why) + ".)";
}

asio::awaitable<std::string> Listener::line_of(const Question& question, Attachment file) {
  auto fetched = co_await question.download(std::move(file), kMaxRecordingBytes);
  auto words = fetched ? co_await transcriber_.transcribe(std::move(fetched->bytes))
                       : Result<std::string>(std::unexpected(fetched.error()));
  if (!words) {
    base::log_warning("fleet", "A voice message could not be turned into text.",
                      {{"bot", question.bot_id}, {"reason", words.error().message()}});
    co_return unheard(why_not(words.error()));
  }
  auto text = answers::clean_text(*words);
  co_return text.empty() ? "(A voice message in which nothing is said.)" : text;
}

Task<Reply> Listener::answer(Question question, brains::ReplyStream&) {
  Reply heard;
  for (std::size_t i = 0; i < question.attachments.size(); ++i) {
    if (i > 0) heard.text += "\n";
    if (i == kMaxRecordings) {
      heard.text += unheard("too many at once");
      break;
    }
    heard.text += co_await line_of(question, question.attachments[i]);
  }
  co_return heard;
}

}  // namespace troupe::fleet::turns
