#include "meetings/routes/transcript_routes.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include "meetings/hooks/outbox.h"
#include "meetings/hooks/webhook_store.h"
#include "meetings/module.h"
#include "meetings/records/after_store.h"
#include "meetings/routes/routes_fixture.h"
#include "meetings/transcripts/transcript_store.h"

namespace troupe::meetings::routes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Keeps what a stream has written so far.
class Written final : public net::http::BodyWriter {
 public:
  Task<Unit> write(std::string piece) override {
    const base::Lock lock(mutex_);
    if (closed_) co_return Error(Errc::unavailable, "closed");
    text_ += piece;
    co_return Unit{};
  }
  std::string text() const {
    const base::Lock lock(mutex_);
    return text_;
  }
  void close() {
    const base::Lock lock(mutex_);
    closed_ = true;
  }

 private:
  mutable base::Mutex mutex_;
  std::string text_ GUARDED_BY(mutex_);
  bool closed_ GUARDED_BY(mutex_) = false;
};

class TranscriptRoutesTest : public MeetingRoutesTest {
 protected:
  TranscriptRoutesTest() {
    all = &context->get<transcripts::Transcripts>();
    meeting = add_meeting();
    must(all->open_session({.meeting = meeting, .uid = "W1", .language = "en", .began_ms = 1'700'000'000'000}));
    must(all->hear(meeting, "W1",
                   {{.start_ms = 0, .end_ms = 1'500, .text = "Hello & welcome", .completed = true, .speaker = "Anna"},
                    {.start_ms = 2'000, .end_ms = 3'000, .text = "Thanks", .completed = true, .speaker = "Ben"}}));
  }

  MeetingId add_meeting(State state = State::active) {
    Meeting made;
    made.life = {.state = state, .container = Container::none};
    if (is_terminal(state)) made.ended_ms = 1;
    return MeetingRoutesTest::add_meeting(std::move(made));
  }
  void end_meeting() {
    kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
      tx.run("UPDATE mtg_meeting SET state = 'completed', ended_ms = ?2 WHERE id = ?1", meeting,
             base::system_clock().unix_ms());
      return Unit{};
    }));
    bell.ring(meeting);
  }
  net::http::Response raw(const std::string& method, const std::string& target, const kit::HeaderList& who) {
    return dispatch(kit::platform_request(method, target, "", who));
  }
  RouteAnswer call(const std::string& method, const std::string& target, const kit::HeaderList& who) {
    auto response = raw(method, target, who);
    if (!target.contains("format=")) contract->check(method, target, response);
    return answer_of(response, response.shared_body ? *response.shared_body : response.body);
  }
  std::string path(std::string_view after = {}) const { return path_of_meeting(after); }
  std::vector<std::string> audited() { return audited_where("action LIKE 'transcript.%'"); }

  records::Bell bell{*bus};
  transcripts::Transcripts* all = nullptr;
};

TEST_F(TranscriptRoutesTest, IsReadByWhoeverMaySeeTheMeeting) {
  const auto answer = call("GET", path("/transcript?limit=1"), anna);
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer["/total"], 2);
  EXPECT_EQ(answer["/next_from"], 1);
  EXPECT_EQ(answer["/items/0/id"], "W1:Anna:0");
  EXPECT_EQ(answer["/items/0/said_at"], "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(answer["/items/0/until_at"], "2023-11-14T22:13:21.500Z");
  EXPECT_EQ(answer["/items/0/final"], true);
  for (const auto* after : {"/transcript", "/transcript?format=srt", "/live"}) {
    EXPECT_EQ(call("GET", path(after), ben).status, 404) << after;
    EXPECT_EQ(call("GET", path(after), {}).status, 401) << after;
  }
  EXPECT_EQ(call("DELETE", path(), ben).status, 404);
  EXPECT_EQ(call("GET", path("/transcript"), {{"Authorization", "Bearer the-api-token"}}).status, 200);
  EXPECT_EQ(call("GET", path("/transcript?format=docx"), anna).status, 400);
  EXPECT_EQ(call("GET", path("/live?since=x"), anna).status, 400);
}

TEST_F(TranscriptRoutesTest, IsAFile) {
  const auto vtt = call("GET", path("/transcript?format=vtt"), anna);
  EXPECT_EQ(vtt.status, 200);
  EXPECT_EQ(vtt.headers.get("Content-Type"), "text/vtt; charset=utf-8");
  EXPECT_EQ(vtt.headers.get("Content-Disposition"),
            "attachment; filename=\"meeting-" + std::to_string(meeting) + ".vtt\"");
  EXPECT_EQ(vtt.text,
            "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\n<v Anna>Hello &amp; welcome\n\n"
            "00:00:02.000 --> 00:00:03.000\n<v Ben>Thanks\n");
  EXPECT_EQ(call("GET", path("/transcript?format=text"), anna).text,
            "[00:00:00] Anna: Hello & welcome\n[00:00:02] Ben: Thanks\n");
  EXPECT_THAT(call("GET", path("/transcript?format=srt"), anna).text,
              HasSubstr("2\n00:00:02,000 --> 00:00:03,000\nBen: Thanks\n"));
}

TEST_F(TranscriptRoutesTest, ReadersAreNoted) {
  for (int i = 0; i < 3; ++i) call("GET", path("/transcript"), anna);
  call("GET", path("/transcript?format=text"), anna);
  call("GET", path("/transcript?format=text"), anna);
  call("GET", "/api/v1/transcripts/search?q=thanks", anna);
  end_meeting();
  call("DELETE", path(), anna);
  call("DELETE", path(), anna);
  const auto id = std::to_string(meeting);
  EXPECT_THAT(audited(), ElementsAre("transcript.read " + id, "transcript.export " + id, "transcript.export " + id,
                                     "transcript.search transcripts", "transcript.erase " + id));
}

TEST_F(TranscriptRoutesTest, WhoReadsItInTheLogOfAWebhookIsNotedToo) {
  std::int64_t hook = 0, ping = 0;
  kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
    hook = tx.next_pos();
    ping = tx.next_pos();
    hooks::insert_webhook(tx, {.id = hook,
                               .tenant_id = 1,
                               .owner_id = owners.at("@anna:localhost"),
                               .owner = "@anna:localhost",
                               .url = "https://a.example/",
                               .events = {{"meeting.summarized", true}}});
    hooks::insert_delivery(tx, {.id = ping, .webhook = hook, .event_id = "p", .event_type = "ping", .body = "{}"});
    TRY(const auto vault, transcripts::Vault::of(transcripts::transcript_store::find_volume(tx, meeting)->vault));
    hooks::tell_summary(tx,
                        {.meeting = records::find_meeting(tx, meeting)->meeting,
                         .summary = boost::json::object{{"summary", "They met."}}},
                        vault, 1);
    return Unit{};
  }));
  const auto deliveries = "/api/v1/meetings/webhooks/" + std::to_string(hook) + "/deliveries";
  const auto log = call("GET", deliveries, anna);
  ASSERT_EQ(log.status, 200) << log.text;
  EXPECT_FALSE(log.text.contains("They met"));
  EXPECT_EQ(call("GET", deliveries + "/" + std::to_string(ping), anna).status, 200);
  EXPECT_THAT(audited(), IsEmpty());
  const auto told = deliveries + "/" + std::to_string(log["/items/0/id"].as_int64());
  EXPECT_EQ(call("GET", told, ben).status, 404);
  EXPECT_THAT(call("GET", told, anna).text, HasSubstr("They met."));
  EXPECT_THAT(audited(), ElementsAre("transcript.read " + std::to_string(meeting)));
}

TEST_F(TranscriptRoutesTest, IsSearched) {
  const auto found = call("GET", "/api/v1/transcripts/search?q=hello%20wel&limit=1", anna);
  ASSERT_EQ(found.status, 200) << found.text;
  EXPECT_EQ(found["/items/0/segment/text"], "Hello & welcome");
  EXPECT_EQ(found["/items/0/meeting/id"], meeting);
  EXPECT_EQ(found["/has_more"], false);
  EXPECT_THAT(call("GET", "/api/v1/transcripts/search?q=hello", ben)["/items"].as_array(), IsEmpty());
  EXPECT_EQ(call("GET", "/api/v1/transcripts/search?q=%20", anna).status, 400);
  EXPECT_EQ(call("GET", "/api/v1/transcripts/search", anna).status, 400);
  EXPECT_EQ(call("GET", "/api/v1/transcripts/search?q=hello", {}).status, 401);
}

TEST_F(TranscriptRoutesTest, DeleteStopsAndThenDeletes) {
  const auto stopped = call("DELETE", path(), anna);
  EXPECT_EQ(stopped.status, 202);
  EXPECT_EQ(stopped.body.as_object().if_contains("transcript_erased_at"), nullptr);
  EXPECT_EQ(call("GET", path("/transcript"), anna)["/total"], 2);
  end_meeting();
  const auto erased = call("DELETE", path(), anna);
  EXPECT_EQ(erased.status, 200) << erased.text;
  EXPECT_TRUE(erased["/transcript_erased_at"].is_string());
  EXPECT_EQ(call("GET", path("/transcript"), anna)["/total"], 0);
  EXPECT_EQ(call("DELETE", path(), anna)["/transcript_erased_at"], erased["/transcript_erased_at"]);
  EXPECT_EQ(call("GET", path(), anna)["/transcript_erased_at"], erased["/transcript_erased_at"]);
}

TEST_F(TranscriptRoutesTest, IsFollowed) {
  auto response = raw("GET", path("/live"), anna);
  ASSERT_TRUE(response.stream);
  Written writer;
  auto reading = asio::co_spawn(io.at(1), response.stream(writer), asio::use_future);
  const auto shows = [&](std::string_view text) { return eventually([&] { return writer.text().contains(text); }); };
  EXPECT_TRUE(shows("Thanks"));
  EXPECT_TRUE(shows("event: state"));
  must(all->hear(meeting, "W1", {{.start_ms = 4'000, .end_ms = 5'000, .text = "Something new"}}));
  EXPECT_TRUE(shows("Something new"));
  must(all->retract(meeting, {"W1:Ben:2000"}));
  EXPECT_TRUE(shows("\"retracted\":true"));
  kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
    records::open_after(tx, meeting, 0);
    return Unit{};
  }));
  end_meeting();
  EXPECT_TRUE(shows("\"state\":\"completed\""));
  must(all->erase(meeting));
  EXPECT_TRUE(shows("transcript_erased_at"));
  EXPECT_FALSE(writer.text().contains("event: end")) << "something is to be done yet";

  // Once all of that is done the stream ends, and so does one that begins then.
  kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
    tx.run("UPDATE mtg_after SET state = 'done' WHERE meeting_id = ?1", meeting);
    return Unit{};
  }));
  bell.ring(meeting);
  ASSERT_EQ(reading.wait_for(kit::kPatience), std::future_status::ready);
  EXPECT_TRUE(reading.get());
  EXPECT_TRUE(writer.text().contains("retry: 60000\nevent: end")) << writer.text();
  auto whole = raw("GET", path("/live"), anna);
  ASSERT_TRUE(whole.stream);
  Written once_more;
  auto third = asio::co_spawn(io.at(1), whole.stream(once_more), asio::use_future);
  ASSERT_EQ(third.wait_for(kit::kPatience), std::future_status::ready);
  EXPECT_TRUE(once_more.text().contains("event: end"));

  // Who comes back gets what came since.
  meeting = add_meeting();
  must(all->hear(meeting, "W2", {{.start_ms = 0, .end_ms = 1'000, .text = "First"}}));
  const auto seen = must(all->changes(meeting, 0, 10)).front().changed;
  must(all->hear(meeting, "W2", {{.start_ms = 1'000, .end_ms = 2'000, .text = "Second"}}));
  auto again = raw("GET", path("/live?since=" + std::to_string(seen)), anna);
  Written later;
  auto second = asio::co_spawn(io.at(1), again.stream(later), asio::use_future);
  EXPECT_TRUE(eventually([&] { return later.text().contains("event: state"); }));
  EXPECT_TRUE(later.text().contains("Second"));
  EXPECT_FALSE(later.text().contains("First"));
  bus->publish(std::string(host::kDrainingChannel), "");
  ASSERT_EQ(second.wait_for(kit::kPatience), std::future_status::ready);
  EXPECT_TRUE(second.get());
}

}  // namespace
}  // namespace troupe::meetings::routes
