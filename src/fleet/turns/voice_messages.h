// What people recorded instead of writing it becomes words before a brain is asked.
#pragma once
#include <string>
#include <vector>

#include "fleet/brains/brain.h"
#include "fleet/term/roster.h"
#include "fleet/types/transcriber.h"

namespace troupe::fleet::turns {

/// A larger recording is not fetched; ten minutes of Opus are about 2 MB.
inline constexpr std::size_t kMaxRecordingBytes = 10 * 1024 * 1024;
/// Of one question; the brain is told of the others.
inline constexpr std::size_t kMaxRecordings = 8;

/// Whether the bot's brain gets this file as words: a voice message, by the bot's setting.
bool is_to_be_heard(const term::LiveBot& bot, const Attachment& file);

/// Is asked as a brain is, so that it ends where nobody waits for an answer any more: replies with the words of a
/// question's attachments, a line each. What cannot be understood is a line in round brackets that says why.
class Listener final : public brains::Brain {
 public:
  /// `transcriber` outlives it.
  explicit Listener(Transcriber& transcriber) : transcriber_(transcriber) {}
  Task<Reply> answer(Question question, brains::ReplyStream& stream) override;

 private:
  asio::awaitable<std::string> line_of(const Question& question, Attachment file);

  Transcriber& transcriber_;
};

/// Such a line, for a person's voice message that could not be turned into text: `why` ends without a full stop.
std::string unheard(std::string_view why);

}  // namespace troupe::fleet::turns
