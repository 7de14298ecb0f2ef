#include "fleet/turns/turn_record.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/encoding.h"
#include "base/errc.h"
#include "fleet/answers/choices.h"
#include "fleet/answers/text_split.h"
#include "fleet/brains/exchange.h"
#include "matrix/json.h"

namespace troupe::fleet::turns {
namespace {

constexpr std::size_t kMaxTextBytes = Exchange::kMaxBytes;
constexpr std::size_t kShortestSecret = 4;

void collect(const boost::json::value& value, std::vector<std::string>& found) {
  if (const auto* text = value.if_string()) {
    if (text->size() >= kShortestSecret) found.emplace_back(matrix::view(*text));
  } else if (const auto* object = value.if_object()) {
    for (const auto& member : *object) collect(member.value(), found);
  } else if (const auto* array = value.if_array()) {
    for (const auto& item : *array) collect(item, found);
  }
}

/// Takes secrets out of texts, in each way they may be written there.
class Scrubber {
 public:
  explicit Scrubber(const std::vector<std::string>& secrets) {
    for (const auto& secret : secrets) {
      if (secret.size() < kShortestSecret) continue;
      auto json = boost::json::serialize(boost::json::value(secret));
      words_.push_back(json.substr(1, json.size() - 2));
      words_.push_back(base::percent_encode(secret));
      words_.push_back(secret);
    }
    // A secret that holds another one goes first.
    std::ranges::sort(words_, std::ranges::greater(), &std::string::size);
  }
  std::string operator()(std::string_view text) const {
    std::string clean(text.substr(0, kMaxTextBytes + brains::kLongestSecret));
    const bool was_cut = clean.size() == kMaxTextBytes + brains::kLongestSecret;
    for (const auto& word : words_) {
      for (auto at = clean.find(word); at != clean.npos; at = clean.find(word, at + kStars.size())) {
        clean.replace(at, word.size(), kStars);
      }
    }
    // The end may be the beginning of one.
    if (was_cut) clean.resize(clean.size() - std::min(clean.size(), brains::kLongestSecret));
    return answers::clean_text(std::string_view(clean).substr(0, kMaxTextBytes));
  }

 private:
  static constexpr std::string_view kStars = "***";
  std::vector<std::string> words_;
};

boost::json::object question_json(const Question& question, const Scrubber& scrub) {
  boost::json::array files;
  for (const auto& file : question.attachments) {
    files.push_back({{"mxc", file.mxc}, {"mime", file.mime}, {"name", scrub(file.name)}, {"bytes", file.bytes}});
  }
  return {{"bot_id", question.bot_id},           {"room_id", question.room_id},
          {"event_id", question.event_id},       {"sender", question.sender},
          {"text", scrub(question.text)},        {"msgtype", question.msgtype},
          {"thread_root", question.thread_root}, {"timestamp_ms", question.timestamp_ms},
          {"session", question.session},         {"choice_id", scrub(question.choice_id)},
          {"in_group", question.in_group},       {"language", question.language},
          {"attachments", std::move(files)}};
}

boost::json::object reply_json(const Reply& reply, const Scrubber& scrub) {
  boost::json::object json{{"text", scrub(reply.text)}};
  if (!reply.html.empty()) json["html"] = scrub(reply.html);
  if (!reply.choices.empty()) {
    auto choices = reply.choices;
    for (auto& choice : choices) {
      for (auto* text : {&choice.id, &choice.label, &choice.reaction}) *text = scrub(*text);
    }
    json["choices"] = answers::choices_to_json(choices);
  }
  boost::json::array files;
  for (const auto& file : reply.uploads) {
    files.push_back({{"name", scrub(file.name)}, {"mime", file.mime}, {"bytes", file.bytes.size()}});
  }
  if (!files.empty()) json["files"] = std::move(files);
  boost::json::array notes;
  for (const auto& note : reply.footnotes) {
    notes.push_back({{"title", scrub(note.title)}, {"text", scrub(note.text)}, {"url", scrub(note.url)}});
  }
  if (!notes.empty()) json["footnotes"] = std::move(notes);
  if (!reply.trouble.empty()) json["trouble"] = scrub(reply.trouble);
  json["tokens_in"] = reply.usage.tokens_in;
  json["tokens_out"] = reply.usage.tokens_out;
  return json;
}

}  // namespace

Result<std::vector<std::string>> secret_values(const base::SealingKey& key, const std::string& sealed) {
  std::vector<std::string> found;
  if (sealed.empty()) return found;
  TRY(auto opened, key.open(sealed));
  TRY(auto json, matrix::parse_json(opened));
  collect(json, found);
  return found;
}

boost::json::object turn_record(const Question& question, const Result<Reply>& reply,
                                const std::vector<Exchange>& exchanges, const std::vector<std::string>& secrets) {
  const Scrubber scrub(secrets);
  boost::json::object record{{"question", question_json(question, scrub)}};
  if (reply) {
    record["reply"] = reply_json(*reply, scrub);
  } else {
    record["error"] = {{"code", base::info(reply.error().code()).name}, {"message", scrub(reply.error().message())}};
  }
  boost::json::array sent;
  for (const auto& exchange : exchanges) {
    boost::json::object one{{"method", exchange.method},
                            {"url", scrub(exchange.url)},
                            {"sent", scrub(exchange.sent)},
                            {"status", exchange.status},
                            {"received", scrub(exchange.received)}};
    if (exchange.cut) one["cut"] = true;
    sent.push_back(std::move(one));
  }
  record["exchanges"] = std::move(sent);
  return record;
}

}  // namespace troupe::fleet::turns
