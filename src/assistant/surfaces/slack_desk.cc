#include "assistant/surfaces/slack_desk.h"

#include <boost/asio/this_coro.hpp>
#include <set>

#include "base/async.h"
#include "base/log.h"
#include "store/in_pieces.h"

namespace troupe::assistant::surfaces {
namespace {

constexpr std::string_view kSlack = "slack";
constexpr std::int64_t kSlackAtOnce = 50;
constexpr std::int64_t kMostPostTries = 12;
constexpr base::UnixMs kSlackKeptMs = 30LL * 86'400'000;
constexpr base::UnixMs kEventPauseMs = 10'000;
constexpr base::UnixMs kFirstPostPauseMs = 2'000;
constexpr base::UnixMs kLongestPostPauseMs = 600'000;
/// People in Slack see nothing of what goes on: what takes longer is told later.
constexpr std::chrono::milliseconds kSlackPatience{10'000};
constexpr std::chrono::milliseconds kPostPatience{60'000};
constexpr std::chrono::minutes kRoundPatience{10};

/// Where an answer goes. It begins no thread: Slack's history, by which a post whose answer was lost is looked for,
/// does not have what stands in one.
tasks::JsonObject place_of(const SlackEvent& event) {
  return {{"channel", event.channel}, {"thread", event.thread_ts}};
}

std::string in_place(const tasks::JsonObject& place, std::string_view name) {
  return std::string(matrix::find_string(place, name).value_or(""));
}

/// Each try of a post: noted before it goes out, in the audit afterwards.
class PostJournal : public calls::Journal {
 public:
  PostJournal(store::Database& db, const tasks::Journal& journal, std::string id)
      : db_(db), journal_(journal), id_(std::move(id)) {}

  Task<Unit> before(const calls::Sending& sending) override {
    if (!sending.writes) co_return Unit{};
    auto mark = [&](store::Tx& tx) -> Result<Unit> {
      slack_store::mark_sent(tx, id_, sending.at_ms);
      return Unit{};
    };
    co_return co_await db_.write(mark);
  }
  Task<Unit> after(calls::Sending sending, calls::Received received) override {
    tasks::ApiCall call{.service = std::move(sending.service),
                        .method = std::move(sending.method),
                        .url = std::move(sending.url),
                        .request = std::move(sending.body),
                        .latency_ms = received.took.count(),
                        .error = std::move(received.error)};
    if (received.status != 0) {
      call.status = received.status;
      call.response = std::move(received.body);
    }
    tasks::Records records;
    records.calls.push_back(std::move(call));
    const tasks::Actor actor{.tenant_id = identity::kDefaultTenant, .principal_id = 0, .label = "troupe"};
    auto prepared = journal_.prepared(actor.tenant_id, std::move(records));
    if (!prepared) co_return std::unexpected(std::move(prepared).error());
    auto write = [&](store::Tx& tx) -> Result<Unit> {
      journal_.append(tx, actor, *prepared);
      return Unit{};
    };
    CO_TRY(co_await db_.write(write));
    journal_.ring();
    co_return Unit{};
  }

 private:
  store::Database& db_;
  const tasks::Journal& journal_;
  const std::string id_;
};

}  // namespace

Task<std::string> SlackDesk::accept(std::string timestamp, std::string signature, std::string body) {
  if (uses_.settings.signing_secret.empty()) co_return Error(Errc::not_found, "No Slack app is set up here.");
  const auto now = uses_.clock.unix_ms();
  if (!slack_signed(uses_.settings.signing_secret, timestamp, signature, body, now)) {
    co_return Error(Errc::forbidden, "The signature is not Slack's, or too old.");
  }
  CO_TRY(auto post, read_slack_post(body));
  if (!post.challenge.empty() || !post.event) co_return post.challenge;
  auto keep = [&](store::Tx& tx) -> Result<Unit> {
    if (slack_store::open_events(tx) >= kMostWaiting)
      return Error(Errc::unavailable, "Too much of Slack's waits here.");
    slack_store::insert_event(tx, *post.event, now);
    return Unit{};
  };
  CO_TRY(co_await uses_.db.write(keep));
  co_return std::string();
}

Task<Unit> SlackDesk::round() {
  auto heard = co_await hear_all();
  CO_TRY(co_await post_all());
  co_return heard;
}

Task<Unit> SlackDesk::hear_all() {
  const auto now = uses_.clock.unix_ms();
  auto find = [now](store::Connection& c) -> Result<std::vector<SlackHeard>> {
    return slack_store::due_events(c, now, kSlackAtOnce);
  };
  CO_TRY(auto due, co_await uses_.db.read(find));
  if (due.empty()) co_return Unit{};
  base::TaskGroup group(co_await asio::this_coro::executor);
  std::set<std::string> channels;  // one thing at a time in each, in its order
  for (auto& one : due) {
    if (!channels.insert(one.event.channel).second) continue;
    group.spawn("slack event", [](SlackDesk& desk, SlackHeard heard) -> asio::awaitable<void> {
      const auto id = heard.event.id;
      auto done = co_await desk.hear(std::move(heard));
      if (done) co_return;
      base::log_warning("assistant", "What was said in Slack could not be acted on; it is tried again.",
                        {{"event", id}, {"reason", done.error().message()}});
      const auto until = desk.uses_.clock.unix_ms() + kEventPauseMs;
      auto put_off = [&](store::Tx& tx) -> Result<Unit> {
        slack_store::put_off_event(tx, id, until);
        return Unit{};
      };
      (void)co_await desk.uses_.db.write(put_off);
    }(*this, std::move(one)));
  }
  (void)co_await group.join(kRoundPatience);
  co_return Unit{};
}

Task<Unit> SlackDesk::hear(SlackHeard heard) {
  const auto& event = heard.event;
  const auto session = event.team + ":" + event.channel;
  auto load = [&](store::Connection& c) -> Result<tasks::JsonObject> {
    return slack_store::thread_of(c, session, event.user).value_or(tasks::JsonObject());
  };
  CO_TRY(auto kept, co_await uses_.db.read(load));
  auto thread = thread_from(kept);
  CO_TRY(auto put, co_await answer(event, session, thread));
  const auto now = uses_.clock.unix_ms();
  const auto place = place_of(event);
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    if (!slack_store::finish_event(tx, event.id)) return Unit{};
    slack_store::put_thread(tx, session, event.user, to_json(thread), now);
    if (put.text.empty() && put.picks.empty()) return Unit{};
    slack_store::insert_post(tx, {.id = "answer:" + event.id,
                                  .channel = event.channel,
                                  .thread_ts = in_place(place, "thread"),
                                  .text = to_mrkdwn(put),
                                  .created_ms = now});
    return Unit{};
  };
  co_return co_await uses_.db.write(write);
}

Task<Shown> SlackDesk::answer(const SlackEvent& event, const std::string& session, Thread& thread) {
  const auto person = person_of(uses_.settings, event.user);
  if (person.empty()) {
    co_return Shown{
        .text = "I do not know who you are here. An administrator can say so (slack.people, " + event.user + ").",
        .picks = {}};
  }
  auto who = co_await uses_.people.of(person, identity::kDefaultTenant);
  if (!who && who.error().code() != Errc::forbidden) co_return std::unexpected(std::move(who).error());
  if (!who) co_return Shown{.text = who.error().message(), .picks = {}};
  if (event.text.empty()) co_return Shown{.text = "Tell me what to do.", .picks = {}};
  auto keep = [&](Thread begun) -> Task<Unit> {
    const auto now = uses_.clock.unix_ms();
    auto write = [&](store::Tx& tx) -> Result<Unit> {
      slack_store::put_thread(tx, session, event.user, to_json(begun), now);
      return Unit{};
    };
    co_return co_await uses_.db.write(write);
  };
  const auto key = "slack:" + event.id;
  const auto whose = *who;
  Heard heard{.who = *std::move(who),
              .session = {.surface = std::string(kSlack), .name = session},
              .person = event.user,
              .text = event.text,
              .message = key,
              .key = key,
              .place = place_of(event),
              .matrix_user = person};
  CO_TRY(auto said, co_await uses_.talk.hear(std::move(heard), thread,
                                             {.services = {}, .auto_run_reads = false, .patience = kSlackPatience},
                                             {.wanted = [] { return true; }, .doing = {}, .keep = keep}));
  auto put = said.reply ? shown(*said.reply) : Shown{};
  if (said.reply) co_await show_files(whose, {}, *said.reply, put);
  if (!said.words.empty()) put.text = said.words + (put.text.empty() ? "" : "\n\n" + put.text);
  co_return put;
}

Task<Unit> SlackDesk::post_all() {
  const auto now = uses_.clock.unix_ms();
  auto find = [now](store::Connection& c) -> Result<std::vector<SlackWords>> {
    return slack_store::due_posts(c, now, kSlackAtOnce);
  };
  CO_TRY(auto due, co_await uses_.db.read(find));
  if (due.empty()) co_return Unit{};
  CO_TRY(auto slack, co_await uses_.service());
  base::TaskGroup group(co_await asio::this_coro::executor);
  std::set<std::string> channels;
  for (auto& words : due) {
    if (!channels.insert(words.channel).second) continue;
    group.spawn("slack post", [](SlackDesk& desk, SlackWords said, calls::Service service) -> asio::awaitable<void> {
      const auto id = said.id;
      auto done = co_await desk.post(std::move(said), std::move(service));
      if (done) co_return;
      base::log_warning("assistant", "A message could not be posted in Slack.",
                        {{"post", id}, {"reason", done.error().message()}});
    }(*this, std::move(words), slack));
  }
  (void)co_await group.join(kRoundPatience);
  co_return Unit{};
}

Task<Unit> SlackDesk::post(SlackWords words, calls::Service service) {
  tasks::JsonObject args{{"channel", words.channel}, {"text", words.text}};
  if (!words.thread_ts.empty()) args["thread_ts"] = words.thread_ts;
  PostJournal journal(uses_.db, uses_.journal, words.id);
  auto outcome = co_await uses_.caller.call(std::move(service), "send_message", std::move(args),
                                            {.call_id = words.id,
                                             .marker = calls::marker_of(words.id, "0"),
                                             .person = {},
                                             .patience = kPostPatience,
                                             .sent_ms = words.sent_ms,
                                             .cancelled = {}},
                                            journal);
  const bool done = outcome && outcome->state == calls::CallState::done;
  // What was refused would be again; what nobody knows of is not said twice.
  const bool over =
      outcome && (outcome->state == calls::CallState::refused || outcome->state == calls::CallState::unknown);
  const bool nothing_sent = outcome && outcome->state == calls::CallState::failed;
  const bool given_up = !done && !over && words.tries + 1 >= kMostPostTries;
  if (!done) {
    base::log_warning("assistant",
                      over || given_up ? "A message is not posted in Slack." : "A message waits for Slack.",
                      {{"post", words.id}, {"reason", outcome ? outcome->message : outcome.error().message()}});
  }
  auto pause = std::min(kFirstPostPauseMs << std::min<std::int64_t>(words.tries, 9), kLongestPostPauseMs);
  if (outcome) pause = std::max<base::UnixMs>(pause, outcome->retry_after.count());
  const auto until = uses_.clock.unix_ms() + pause;
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    if (done || over || given_up) {
      slack_store::finish_post(tx, words.id);
    } else {
      slack_store::put_off_post(tx, words.id, until, nothing_sent);
    }
    return Unit{};
  };
  co_return co_await uses_.db.write(write);
}

Result<Unit> SlackDesk::tell(store::Tx& tx, const Watch& watch, const Shown& shown, const std::string& key,
                             base::UnixMs now) {
  slack_store::insert_post(tx, {.id = key,
                                .channel = in_place(watch.place, "channel"),
                                .thread_ts = in_place(watch.place, "thread"),
                                .text = to_mrkdwn(shown),
                                .created_ms = now});
  return Unit{};
}

Task<Unit> SlackDesk::prune(base::UnixMs aged) {
  const auto before = aged - kSlackKeptMs;
  auto piece = [before](store::Tx& tx) { return slack_store::prune(tx, before, std::int64_t{store::kPiece}); };
  co_return co_await store::write_in_pieces(uses_.db, piece);
}

}  // namespace troupe::assistant::surfaces
