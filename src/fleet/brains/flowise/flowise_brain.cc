#include "fleet/brains/flowise/flowise_brain.h"

#include <boost/json/serialize.hpp>

#include "base/encoding.h"
#include "base/log.h"
#include "fleet/answers/choices.h"
#include "fleet/answers/sentences.h"
#include "fleet/brains/brain_http.h"
#include "fleet/brains/flowise/flowise_words.h"
#include "matrix/json.h"

namespace troupe::fleet::brains {
namespace {

using boost::json::object;
using std::chrono::steady_clock;

constexpr std::chrono::minutes kProbeKept{2};
constexpr std::chrono::minutes kNoStreams{10};
constexpr std::chrono::milliseconds kShortWait{10'000};  ///< a 429 that asks for no more is waited out, once
constexpr std::size_t kMaxFiles = 10;
constexpr std::size_t kMaxKeptFiles = 5;
/// Flowise takes 50 MB of JSON; base64 adds a third.
constexpr std::size_t kMaxFileBytes = 20 * 1024 * 1024;
constexpr std::size_t kMaxPictureBytes = 10 * 1024 * 1024;
constexpr std::size_t kMaxFetched = 5;
constexpr std::string_view kApprove = "proceed";
constexpr std::string_view kReject = "reject";

boost::json::value as_json(const Attachment& file) {
  return {{"mxc", file.mxc}, {"mime", file.mime}, {"name", file.name}, {"bytes", file.bytes}};
}

std::string extension_for(std::string_view mime) {
  auto slash = mime.find('/');
  auto type = slash == mime.npos ? mime : mime.substr(slash + 1);
  if (type == "jpeg") return "jpg";
  return std::string(type.substr(0, type.find_first_of("+;")));
}

/// The audio types that Flowise turns into text, and the names that fit them (it compares name and type).
std::pair<std::string, std::string> speech_type(std::string_view mime) {
  if (mime.starts_with("audio/webm")) return {"audio/webm", "voice.webm"};
  if (mime.starts_with("audio/mp4") || mime.starts_with("audio/m4a") || mime.starts_with("audio/x-m4a")) {
    return {"audio/mp4", "voice.mp4"};
  }
  if (mime.starts_with("audio/ogg") || mime.starts_with("audio/opus")) return {"audio/ogg", "voice.ogg"};
  return {};
}

std::string_view leading_word(std::string_view text) { return text.substr(0, text.find_first_of(" \n")); }

/// Whether the next question must not use the chatId again: the run may still be going on.
bool may_still_run(Errc code) {
  return code == Errc::timed_out || code == Errc::unavailable || code == Errc::conflict || code == Errc::internal;
}

/// While a question of a session runs. A later one of the same session may have taken its place.
class Running {
 public:
  Running(std::map<std::string, std::string>& all, std::string session, std::string chat_id)
      : all_(all), session_(std::move(session)), chat_id_(std::move(chat_id)) {
    all_[session_] = chat_id_;
  }
  ~Running() {
    auto found = all_.find(session_);
    if (found != all_.end() && found->second == chat_id_) all_.erase(found);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  std::map<std::string, std::string>& all_;
  std::string session_;
  std::string chat_id_;
};

asio::awaitable<void> stop_run(FlowiseApi api, std::string chat_id) {
  if (!chat_id.empty()) co_await api.abort(std::move(chat_id));
}

asio::awaitable<void> wait_for(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace

FlowiseBrain::FlowiseBrain(BrainContext context, FlowiseTarget target)
    : context_(context), api_(std::move(context), std::move(target)) {}

Task<Reply> FlowiseBrain::answer(Question question, ReplyStream& stream) {
  CO_TRY(auto commanded, co_await command(question));
  if (commanded) co_return *std::move(commanded);
  CO_TRY(auto files, co_await kept_files(question));
  bool kept_before = !files.empty();
  bool has_text = question.text.find_first_not_of(" \n\t") != question.text.npos;
  bool only_documents =
      !question.attachments.empty() &&
      std::ranges::all_of(question.attachments, [](const auto& file) { return file.kind == AttachmentKind::file; });
  files.insert(files.end(), question.attachments.begin(), question.attachments.end());
  if (!has_text && only_documents) {
    // A document without a question waits for one.
    Reply kept;
    while (files.size() > kMaxKeptFiles) files.erase(files.begin());
    boost::json::array list;
    for (const auto& file : files) list.push_back(as_json(file));
    kept.remember["files"] = std::move(list);
    kept.text = answers::sentence(answers::Sentence::file_kept, question.language, question.attachments.back().name);
    co_return kept;
  }

  CO_TRY(auto chat_id, co_await open_chat(question));
  CO_TRY(auto prepared, co_await prepare_files(question, std::move(files), chat_id));
  std::string complaints;
  for (const auto& complaint : prepared.complaints) complaints += complaint + "\n";
  Reply reply;
  reply.remember["chat"] = nullptr;  // replaced below once the request has ended well
  if (kept_before) reply.remember["files"] = nullptr;
  auto number = chat_id.substr(chat_id.rfind('#') + 1);
  auto closed = [&number] { return object{{"n", number}, {"open", false}}; };
  if (!has_text && prepared.uploads.empty()) {
    reply.text = complaints;
    reply.remember["chat"] = closed();
    co_return reply;
  }

  auto override_config = api_.target().override_config;
  override_config["sessionId"] = question.session;
  object body{{"question", question.text},
              {"chatId", chat_id},
              {"sessionId", question.session},
              {"overrideConfig", std::move(override_config)}};
  if (!prepared.uploads.empty()) body["uploads"] = std::move(prepared.uploads);
  if (!question.choice_id.empty()) {
    CO_TRY(auto action, co_await question.memory->get("action"));
    if (action && action->is_object()) {
      auto node = matrix::find_string(action->get_object(), "node").value_or("");
      if (!node.empty()) {
        body["humanInput"] = object{{"type", question.choice_id}, {"startNodeId", node}, {"feedback", ""}};
      } else if (const auto* raw = matrix::find(action->get_object(), "raw")) {
        body["action"] = *raw;
      }
    }
  }
  CO_TRY(auto answer, co_await run(std::move(body), chat_id, question, stream));

  reply.remember["chat"] = closed();
  reply.text = complaints;
  if (prepared.has_voice && !answer.question.empty() && answer.question != question.text) {
    reply.text += flowise_word(FlowiseWord::heard, question.language, answer.question);
  }
  reply.text += without_empty_lines(answer.text);
  if (answer.cut) reply.text += answers::sentence(answers::Sentence::cut, question.language);
  reply.usage = answer.usage;
  if (api_.target().show_sources) reply.footnotes = answer.sources;
  if (api_.target().show_suggestions) reply.suggestions = answer.follow_ups;
  if (answer.action) {
    reply.choices = {{.id = std::string(kApprove), .label = answer.action->approve, .reaction = "✅"},
                     {.id = std::string(kReject), .label = answer.action->reject, .reaction = "❌"}};
    reply.remember["action"] = object{{"node", answer.action->node}, {"raw", answer.action->raw}};
  } else {
    reply.remember["action"] = nullptr;
  }
  co_await add_files(reply, answer, chat_id);
  if (reply.text.empty() && reply.uploads.empty() && reply.choices.empty()) {
    co_return Error(Errc::unavailable, "Flowise answered without text.");
  }
  co_return reply;
}

asio::awaitable<void> FlowiseBrain::abandon(const Question& question) {
  auto found = running_.find(question.session);
  // The chatId stays noted as open: the next question takes another one.
  return stop_run(api_, found == running_.end() ? std::string() : found->second);
}

asio::awaitable<std::vector<Finding>> FlowiseBrain::look_around() {
  std::vector<Finding> found;
  auto there = co_await api_.is_streaming();
  if (!there) {
    found.push_back({.text = as_sentence(there.error().message()) + " Questions are asked all the same."});
    co_return found;
  }
  if (api_.target().stream && !*there) {
    found.push_back({.text = "The flow does not stream: its answers come whole.", .hinders = false});
  }
  co_return found;
}

Task<std::string> FlowiseBrain::open_chat(const Question& question) {
  std::int64_t number = 1;
  CO_TRY(auto kept, co_await question.memory->get("chat"));
  if (kept && kept->is_object()) {
    const auto& chat = kept->get_object();
    auto text = matrix::find_string(chat, "n").value_or("");
    if (!text.empty()) number = std::strtoll(std::string(text).c_str(), nullptr, 10);
    if (auto count = matrix::find_integer(chat, "n")) number = *count;
    // An open one belongs to a request that ended badly, or to a program that did.
    if (matrix::find_bool(chat, "open").value_or(true)) ++number;
  }
  auto text = std::to_string(std::max<std::int64_t>(number, 1));
  CO_TRY(co_await question.memory->put("chat", object{{"n", text}, {"open", true}}));
  co_return question.session + "#" + text;
}

Task<bool> FlowiseBrain::streams() {
  auto now = steady_clock::now();
  if (!api_.target().stream || now < no_streams_until_) co_return false;
  if (probe_ && now < probe_->until) co_return probe_->streams;
  CO_TRY(auto found, co_await api_.is_streaming());
  probe_ = Probe{.streams = found, .until = now + kProbeKept};
  co_return found;
}

Task<FlowiseAnswer> FlowiseBrain::run(object body, const std::string& chat_id, const Question& question,
                                      ReplyStream& stream) {
  Running running(running_, question.session, chat_id);
  auto streaming = co_await streams();
  if (!streaming) {
    auto code = streaming.error().code();
    // A flow that is not there would not answer a streamed request at all.
    if (code == Errc::not_found || code == Errc::forbidden) co_return std::unexpected(streaming.error());
    base::log_info("fleet", "Flowise did not say whether the flow streams; asking without.",
                   {{"bot", context_.bot_id}, {"reason", streaming.error().message()}});
  }
  Result<FlowiseAnswer> answer = Error(Errc::internal);
  bool begun = false;
  for (int attempt = 0; attempt < 2; ++attempt) {
    bool streamed = streaming && *streaming;
    if (streamed) {
      answer = co_await api_.ask_streaming(body, stream, begun);
    } else {
      answer = co_await api_.ask(body, stream);
    }
    if (answer || answer.error().code() != Errc::limit_exceeded) break;
    auto wait = answer.error().retry_after();
    if (attempt > 0 || wait > kShortWait || !stream.wanted()) break;
    co_await wait_for(std::max<std::chrono::milliseconds>(wait, std::chrono::seconds(1)));
  }
  if (begun) unopened_ = 0;
  if (!answer) {
    probe_.reset();
    if (answer.error().code() == Errc::timed_out && streaming && *streaming && !begun) {
      // No head in time: the request failed before its stream was open, or something in between holds streams back.
      auto there = co_await api_.is_streaming();
      if (!there && there.error().code() != Errc::timed_out) co_return std::unexpected(there.error());
      if (++unopened_ >= 2) {
        no_streams_until_ = steady_clock::now() + kNoStreams;
        unopened_ = 0;
      }
    }
    if (answer.error().code() == Errc::timed_out || answer.error().code() == Errc::conflict) {
      co_await api_.abort(chat_id);
    }
    if (!may_still_run(answer.error().code())) {
      // Refused before anything ran: the chatId is as good as new.
      auto number = chat_id.substr(chat_id.rfind('#') + 1);
      CO_TRY(co_await question.memory->put("chat", object{{"n", number}, {"open", false}}));
    }
    co_return answer;
  }
  if (!answer->text.empty() || answer->action || !answer->files.empty() || !(streaming && *streaming)) co_return answer;
  // A stream without a single token: the answer is stored all the same.
  base::log_info("fleet", "Flowise's stream had no text; looking for the answer.", {{"bot", context_.bot_id}});
  auto stored = co_await api_.stored_answer(answer->chat_id.empty() ? chat_id : answer->chat_id, answer->message_id);
  if (stored && *stored && !(*stored)->empty()) {
    answer->text = *std::move(*stored);
    co_return answer;
  }
  co_return co_await api_.ask(std::move(body), stream);
}

Task<FlowiseBrain::Files> FlowiseBrain::kept_files(const Question& question) {
  Files files;
  CO_TRY(auto kept, co_await question.memory->get("files"));
  if (!kept || !kept->is_array()) co_return files;
  for (const auto& item : kept->get_array()) {
    if (!item.is_object()) continue;
    const auto& file = item.get_object();
    files.push_back({.mxc = std::string(matrix::find_string(file, "mxc").value_or("")),
                     .mime = std::string(matrix::find_string(file, "mime").value_or("")),
                     .name = std::string(matrix::find_string(file, "name").value_or("")),
                     .kind = AttachmentKind::file,
                     .bytes = matrix::find_integer(file, "bytes").value_or(0),
                     .voice = false});
  }
  co_return files;
}

Task<FlowiseBrain::Prepared> FlowiseBrain::prepare_files(const Question& question, Files files, std::string chat_id) {
  Prepared prepared;
  if (files.size() > kMaxFiles) files.resize(kMaxFiles);
  for (const auto& file : files) {
    auto part = co_await prepare_file(question, file, chat_id, prepared);
    if (part) prepared.uploads.push_back(*std::move(part));
  }
  co_return prepared;
}

asio::awaitable<std::optional<object>> FlowiseBrain::prepare_file(const Question& question, const Attachment& file,
                                                                  std::string chat_id, Prepared& prepared) {
  auto name = file.name.empty() ? "file." + extension_for(file.mime) : file.name;
  auto complain = [&](answers::Sentence which, const Error& error) {
    base::log_info("fleet", "A file could not be given to Flowise.",
                   {{"bot", context_.bot_id}, {"reason", error.message()}, {"detail", error.detail()}});
    prepared.complaints.push_back(answers::sentence(which, question.language, name));
  };
  auto limit = file.kind == AttachmentKind::image ? kMaxPictureBytes : kMaxFileBytes;
  auto media = co_await question.download(file, limit);
  if (!media) {
    complain(media.error().code() == Errc::too_large ? answers::Sentence::file_too_large
                                                     : answers::Sentence::file_unreadable,
             media.error());
    co_return std::nullopt;
  }
  auto mime = file.mime.empty() ? media->content_type : file.mime;
  if (file.kind == AttachmentKind::image) {
    // Flowise compares the name's ending with the type.
    if (auto ending = "." + extension_for(mime); !name.ends_with(ending)) name += ending;
    co_return object{{"type", "file"}, {"name", name}, {"mime", mime}, {"data", data_uri(mime, media->bytes)}};
  }
  if (file.kind == AttachmentKind::audio) {
    auto [type, spoken] = speech_type(mime);
    auto uploads = co_await api_.uploads();
    if (type.empty() || (uploads && !uploads->speech)) {
      complain(answers::Sentence::file_not_taken,
               Error(Errc::invalid_param, "the flow does not turn speech into text"));
      co_return std::nullopt;
    }
    prepared.has_voice = true;
    co_return object{{"type", "audio"}, {"name", spoken}, {"mime", type}, {"data", data_uri(type, media->bytes)}};
  }
  matrix::Media document{.bytes = std::move(media->bytes), .content_type = mime, .name = name};
  bool is_text = mime.starts_with("text/") || mime.starts_with("application/json");
  auto text = is_text && base::is_utf8(document.bytes) ? std::optional(document.bytes) : std::nullopt;
  auto content = co_await api_.extract(std::move(chat_id), std::move(document));
  if (content) {
    co_return object{{"type", "file:full"}, {"name", name}, {"mime", mime}, {"data", *content}};
  }
  if (text) {  // the flow takes no files, but text is text
    co_return object{{"type", "file:full"}, {"name", name}, {"mime", mime}, {"data", *text}};
  }
  complain(content.error().code() == Errc::too_large       ? answers::Sentence::file_too_large
           : content.error().code() == Errc::invalid_param ? answers::Sentence::file_not_taken
                                                           : answers::Sentence::file_unreadable,
           content.error());
  co_return std::nullopt;
}

asio::awaitable<void> FlowiseBrain::add_files(Reply& reply, const FlowiseAnswer& answer, const std::string& chat_id) {
  for (const auto& file : answer.files) {
    if (reply.uploads.size() == kMaxFetched) break;
    auto bytes = file.bytes;
    if (!file.stored.empty()) {
      auto fetched = co_await api_.stored_file(answer.chat_id.empty() ? chat_id : answer.chat_id, file.stored);
      if (!fetched) {
        base::log_info("fleet", "A file that Flowise made could not be fetched.",
                       {{"bot", context_.bot_id}, {"reason", fetched.error().message()}});
        continue;
      }
      bytes = *std::move(fetched);
    }
    bool image = file.mime.starts_with("image/") && file.mime != "image/svg+xml";
    reply.uploads.push_back({.name = file.name,
                             .mime = file.mime,
                             .bytes = std::move(bytes),
                             .kind = image ? AttachmentKind::image : AttachmentKind::file});
  }
}

Task<std::optional<Reply>> FlowiseBrain::command(const Question& question) {
  std::string_view text = question.text;
  while (text.starts_with(' ')) text.remove_prefix(1);
  if (!text.starts_with('!') || text.size() < 2 || text.size() > 200) co_return std::nullopt;
  auto name = leading_word(text);
  Reply reply{.text = {}, .own_words = true};
  if (name == "!help" || name == "!start") {
    reply.text = flowise_word(FlowiseWord::help, question.language);
  } else if (name == "!session") {
    reply.text = flowise_word(FlowiseWord::session, question.language, question.session);
  } else if (name == "!status") {
    co_return co_await status(question);
  } else if (name == "!rag") {
    co_return co_await index_files(question, text.substr(name.size()));
  } else {
    bool is_word = std::ranges::all_of(name.substr(1), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
    if (!is_word) co_return std::nullopt;  // "!!!" is no command
    reply.text = flowise_word(FlowiseWord::unknown_command, question.language);
  }
  co_return reply;
}

Task<Reply> FlowiseBrain::status(const Question& question) {
  Reply reply{.text = {}, .own_words = true};
  auto there = co_await api_.is_streaming();
  if (!there) {
    reply.text = flowise_word(FlowiseWord::status_down, question.language, there.error().message());
    co_return reply;
  }
  auto version = co_await api_.version();
  bool streaming = *there && api_.target().stream;
  reply.text =
      flowise_word(FlowiseWord::status_up, question.language, version.value_or(""),
                   flowise_word(streaming ? FlowiseWord::streams : FlowiseWord::streams_not, question.language));
  co_return reply;
}

Task<Reply> FlowiseBrain::index_files(const Question& question, std::string_view arguments) {
  Reply reply{.text = {}, .own_words = true};
  std::int64_t size = 300;
  std::int64_t overlap = 150;
  while (!arguments.empty()) {
    auto space = arguments.find_first_not_of(" \n");
    if (space == arguments.npos) break;
    arguments.remove_prefix(space);
    auto word = leading_word(arguments);
    arguments.remove_prefix(word.size());
    auto equals = word.find('=');
    auto number = equals == word.npos ? 0 : std::strtoll(std::string(word.substr(equals + 1)).c_str(), nullptr, 10);
    auto key = word.substr(0, equals);
    if (number < 1 || number > 100'000 || (key != "chunkSize" && key != "chunkOverlap")) {
      reply.text = flowise_word(FlowiseWord::bad_index_arguments, question.language);
      co_return reply;
    }
    (key == "chunkSize" ? size : overlap) = number;
  }
  if (overlap >= size) {
    reply.text = flowise_word(FlowiseWord::bad_index_arguments, question.language);
    co_return reply;
  }
  CO_TRY(auto files, co_await kept_files(question));
  files.insert(files.end(), question.attachments.begin(), question.attachments.end());
  std::vector<matrix::Media> media;
  for (const auto& file : files) {
    if (file.kind != AttachmentKind::file) continue;
    auto bytes = co_await question.download(file, kMaxFileBytes);
    if (!bytes) continue;
    bytes->name = file.name;
    if (!file.mime.empty()) bytes->content_type = file.mime;
    media.push_back(*std::move(bytes));
  }
  if (media.empty()) {
    reply.text = flowise_word(FlowiseWord::no_files_to_index, question.language);
    co_return reply;
  }
  std::vector<std::pair<std::string, std::string>> fields{{"chunkSize", std::to_string(size)},
                                                          {"chunkOverlap", std::to_string(overlap)},
                                                          {"chatId", question.session},
                                                          {"sessionId", question.session}};
  auto done = co_await api_.upsert(std::move(media), std::move(fields));
  if (!done) {
    base::log_warning(
        "fleet", "Flowise could not index files.",
        {{"bot", context_.bot_id}, {"reason", done.error().message()}, {"detail", done.error().detail()}});
    reply.text = flowise_word(FlowiseWord::index_failed, question.language, done.error().message());
    co_return reply;
  }
  reply.own_words = false;
  reply.text =
      flowise_word(FlowiseWord::indexed, question.language, std::to_string(done->added), std::to_string(done->updated));
  reply.remember["files"] = nullptr;
  co_return reply;
}

}  // namespace troupe::fleet::brains
