// Recordings over HTTP: bots bring them with their token and nobody else; whoever may see a meeting hears it.
#include "meetings/routes/recording_routes.h"

#include "base/crypto.h"
#include "kit/bodies.h"
#include "meetings/recordings/recordings.h"
#include "meetings/routes/routes_fixture.h"

namespace troupe::meetings::routes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class RecordingRoutesTest : public MeetingRoutesTest {
 protected:
  explicit RecordingRoutesTest(bool may_record = true)
      : MeetingRoutesTest([may_record](MeetingSettings& of_meetings) {
          of_meetings.recordings = may_record;
          of_meetings.recording_retention_days = 30;
          of_meetings.meeting_retention_days = 90;
        }) {
    meeting = add_meeting("a-token-of-one-meeting");
  }

  /// In a call, with its bot's token.
  MeetingId add_meeting(const std::string& token, bool recording = true) {
    Meeting made;
    made.life = {.state = State::active, .container = Container::running, .attempts = 1};
    made.recording = recording;
    const auto hash = base::sha256(token);
    return MeetingRoutesTest::add_meeting(std::move(made), [&](store::Tx& tx, const Meeting& written) {
      const auto number = std::to_string(written.id);
      records::insert_attempt(tx, {.meeting = written.id,
                                   .number = 1,
                                   .task_id = "t" + number,
                                   .state = Container::running,
                                   .connection_id = "C" + number,
                                   .token_hash = {hash.begin(), hash.end()}});
    });
  }
  void end_meeting(MeetingId id) {
    kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
      tx.run("UPDATE mtg_meeting SET state = 'completed', ended_ms = 1 WHERE id = ?1", id);
      recordings::finish_recordings(tx, id, base::system_clock().unix_ms());
      return Unit{};
    }));
  }
  RouteAnswer call(const std::string& method, const std::string& target, kit::HeaderList who,
                   const std::string& body = "", bool checked = true) {
    auto response = dispatch(kit::platform_request(method, target, body, who));
    if (response.stream) {
      kit::Collector played;
      must(response.stream(played));
      EXPECT_EQ(response.content_length, played.bytes.size());
      return answer_of(response, std::move(played.bytes));
    }
    if (checked) contract->check(method, target, response);
    return answer_of(response, response.body);
  }
  RouteAnswer bring(const std::string& where, const std::string& bytes) {
    return call("PUT", "/bots/internal/recording/" + where, {{"Content-Type", "audio/webm"}}, bytes);
  }
  std::string path(std::string_view after = {}) const { return path_of_meeting("/recordings" + std::string(after)); }
  std::vector<std::string> audited() {
    return audited_where("(action LIKE 'recording.%' OR action = 'meeting.retention')");
  }
};

TEST_F(RecordingRoutesTest, WhatABotBringsIsHeardByWhoeverMaySeeTheMeetingAndNobodyElse) {
  ASSERT_EQ(call("GET", path(), anna)["/total"], 0);
  const auto brought = bring("a-token-of-one-meeting/p1/0?until_ms=5000", "0123456789");
  ASSERT_EQ(brought.status, 200) << brought.text;
  const auto id = brought["/recording_id"].to_number<std::int64_t>();
  EXPECT_EQ(bring("a-token-of-one-meeting/p1/1?until_ms=10000", "abcde").status, 200);
  EXPECT_EQ(bring("a-token-of-one-meeting/p1/1?until_ms=10000", "abcde")["/chunks"], 2) << "again";
  const auto list = call("GET", path(), anna);
  EXPECT_EQ(list["/items/0/id"], id);
  EXPECT_EQ(list["/items/0/state"], "recording");
  EXPECT_EQ(list["/items/0/seconds"], 10);
  EXPECT_EQ(list["/items/0/bytes"], 15);
  EXPECT_EQ(list["/items/0/type"], "audio/webm");
  EXPECT_EQ(list["/items/0/missing"], 0);
  const auto one = path("/" + std::to_string(id));
  const auto whole = call("GET", one, anna);
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.text, "0123456789abcde");
  EXPECT_EQ(whole.headers.get("Content-Type"), "audio/webm");
  EXPECT_EQ(whole.headers.get("X-Content-Type-Options"), "nosniff");
  EXPECT_THAT(std::string(whole.headers.get("Content-Security-Policy")), HasSubstr("sandbox"));
  EXPECT_THAT(std::string(whole.headers.get("Content-Disposition")), HasSubstr("attachment; filename=\"meeting-"));
  EXPECT_THAT(std::string(whole.headers.get("Cache-Control")), HasSubstr("no-store"));
  auto ranged = anna;
  ranged.emplace_back("Range", "bytes=8-11");
  const auto part = call("GET", one, ranged);
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.text, "89ab");
  EXPECT_EQ(part.headers.get("Content-Range"), "bytes 8-11/15");
  ranged.back().second = "bytes=15-";
  EXPECT_EQ(call("GET", one, ranged, "", false).status, 416);
  for (const auto* target : {"", "/1", "/999999"}) EXPECT_EQ(call("GET", path(target), ben).status, 404) << target;
  EXPECT_EQ(call("GET", one, ben).status, 404);
  EXPECT_EQ(call("DELETE", one, ben).status, 404);
  EXPECT_EQ(call("GET", one, {}).status, 401);
  const auto other = add_meeting("another-token");
  EXPECT_EQ(call("GET", "/api/v1/meetings/" + std::to_string(other) + "/recordings/" + std::to_string(id), anna).status,
            404)
      << "of another meeting";
  EXPECT_THAT(audited(), ElementsAre("recording.download " + std::to_string(meeting)));
}

TEST_F(RecordingRoutesTest, NobodyBringsAnythingWithoutTheTokenOfABotThatRecords) {
  EXPECT_EQ(bring("forged/p1/0", "x").status, 404);
  add_meeting("not-recorded", false);
  EXPECT_EQ(bring("not-recorded/p1/0", "x").status, 404);
  EXPECT_EQ(bring("a-token-of-one-meeting/p1/minus", "x").status, 400);
  EXPECT_EQ(bring("a-token-of-one-meeting/p1/0?until_ms=soon", "x").status, 400);
  EXPECT_EQ(bring("a-token-of-one-meeting/p_1/0", "x").status, 400);
  EXPECT_EQ(bring("a-token-of-one-meeting/p1/0", std::string(512 * 1024, 'x')).status, 200);
  EXPECT_EQ(bring("a-token-of-one-meeting/p1/0", "other").status, 409);
  end_meeting(meeting);
  EXPECT_EQ(bring("a-token-of-one-meeting/p1/1", "x").status, 409);
}

TEST_F(RecordingRoutesTest, DeletingIsForWhenTheMeetingIsOverAndIsForGood) {
  const auto id = bring("a-token-of-one-meeting/p1/0", "sound")["/recording_id"].to_number<std::int64_t>();
  const auto second = bring("a-token-of-one-meeting/p2/0", "sound")["/recording_id"].to_number<std::int64_t>();
  const auto one = path("/" + std::to_string(id));
  EXPECT_EQ(call("DELETE", one, anna).status, 409);
  end_meeting(meeting);
  EXPECT_EQ(call("DELETE", one, anna).status, 204);
  EXPECT_EQ(call("DELETE", one, anna).status, 404);
  EXPECT_EQ(call("GET", one, anna).status, 404);
  EXPECT_EQ(call("GET", path(), anna)["/items/0/id"], second);
  EXPECT_FALSE(std::filesystem::exists(settings.data_dir / "recordings" / std::to_string(id)));
  EXPECT_EQ(call("DELETE", "/api/v1/meetings/" + std::to_string(meeting), anna).status, 200);
  EXPECT_FALSE(std::filesystem::exists(settings.data_dir / "recordings" / std::to_string(second)));
  EXPECT_EQ(call("GET", path(), anna)["/total"], 0);
  EXPECT_THAT(audited(), ElementsAre("recording.erase " + std::to_string(meeting)));
}

TEST_F(RecordingRoutesTest, ADeletionWhoseFilesStayIsSaidAndThatOfOthersIsNotHeldUp) {
  const auto id = bring("a-token-of-one-meeting/p1/0", "sound")["/recording_id"].to_number<std::int64_t>();
  end_meeting(meeting);
  const auto root = settings.data_dir / "recordings", away = settings.data_dir / "away";
  std::filesystem::rename(root, away);
  std::filesystem::create_directory_symlink(root, root);  // a loop: its disk is away
  EXPECT_EQ(call("DELETE", path("/" + std::to_string(id)), anna).status, 503);
  EXPECT_EQ(call("GET", path(), anna)["/total"], 0);
  EXPECT_THAT(audited(), ElementsAre("recording.erase " + std::to_string(meeting)));
  const auto other = add_meeting("another-token");
  end_meeting(other);
  EXPECT_EQ(call("DELETE", "/api/v1/meetings/" + std::to_string(other), anna).status, 200);
  std::filesystem::remove(root);
  std::filesystem::rename(away, root);
}

TEST_F(RecordingRoutesTest, AMeetingSaysWhetherItIsRecordedAndUsuallyIsNot) {
  const auto asked = call("POST", "/api/v1/meetings", anna,
                          R"({"link":"https://meet.jit.si/a","recording":true,"recording_retention_days":7})");
  ASSERT_EQ(asked.status, 201) << asked.text;
  EXPECT_EQ(asked["/recording"], true);
  EXPECT_EQ(asked["/recording_retention_days"], 7);
  EXPECT_EQ(call("POST", "/api/v1/meetings", anna, R"({"link":"https://meet.jit.si/b"})")["/recording"], false);
}

TEST_F(RecordingRoutesTest, ATenantsOperatorsSayForHowLongAndMembersSeeIt) {
  const kit::HeaderList root{{"Authorization", "Bearer the-api-token"}};
  const std::string where = "/api/v1/meetings/retention";
  EXPECT_EQ(call("GET", where, ben)["/effective_recording_days"], 30);
  EXPECT_EQ(call("PUT", where, ben, R"({"recording_days":1})").status, 403);
  for (const auto* bad : {R"({"recording_days":0})", R"({"recording_days":3651})", R"({"transcript_days":"7"})"}) {
    EXPECT_EQ(call("PUT", where, root, bad).status, 400) << bad;
  }
  const auto set = call("PUT", where, root, R"({"transcript_days":14,"recording_days":60})");
  ASSERT_EQ(set.status, 200) << set.text;
  EXPECT_EQ(set["/effective_transcript_days"], 14);
  EXPECT_EQ(set["/effective_recording_days"], 30) << "what is set for all is shorter";
  EXPECT_EQ(call("GET", where, ben)["/recording_days"], 60);
  const auto slip = call("PUT", where, root, R"({"recordings_days":7})");
  EXPECT_EQ(slip.status, 400) << "and takes nothing back";
  EXPECT_EQ(call("GET", where, ben)["/recording_days"], 60);
  EXPECT_TRUE(call("PUT", where, root, R"({"transcript_days":null})")["/transcript_days"].is_null());
  EXPECT_EQ(call("GET", where, ben)["/effective_transcript_days"], 90) << "the meeting itself goes then";
  EXPECT_THAT(audited(), ElementsAre("meeting.retention meetings", "meeting.retention meetings"));
}

TEST_F(RecordingRoutesTest, VexasClientsFindHearAndDeleteTheirs) {
  const auto id =
      bring("a-token-of-one-meeting/p1/0?until_ms=2500", "sound")["/recording_id"].to_number<std::int64_t>();
  const auto as = [](kit::HeaderList key) {
    return kit::HeaderList{{"X-API-Key", key.front().second.substr(std::string_view("Bearer ").size())}};
  };
  const auto mine = as(anna), others = as(ben);
  const auto list = call("GET", "/recordings?limit=10", mine);
  ASSERT_EQ(list.status, 200) << list.text;
  EXPECT_EQ(list["/recordings/0/id"], id);
  EXPECT_EQ(list["/recordings/0/meeting_id"], meeting);
  EXPECT_EQ(list["/recordings/0/status"], "in_progress");
  EXPECT_EQ(list["/recordings/0/media_files/0/duration_seconds"], 2.5);
  EXPECT_EQ(call("GET", "/recordings", others)["/recordings"].as_array().size(), 0U);
  const auto one = "/recordings/" + std::to_string(id);
  EXPECT_EQ(call("GET", one, mine)["/media_files/0/format"], "webm");
  EXPECT_EQ(call("GET", one, others)["/detail"], "Recording not found");
  const auto master = call("GET", one + "/master?type=audio", mine);
  const std::string raw(master["/raw_url"].as_string());
  EXPECT_EQ(call("GET", one + "/master?type=video", mine).status, 404);
  EXPECT_EQ(call("GET", raw, mine).text, "sound");
  EXPECT_EQ(call("GET", raw, others).status, 404);
  EXPECT_EQ(call("GET", one + "/media/1/raw", mine).status, 404);
  EXPECT_EQ(call("GET", one + "/media/" + std::to_string(id) + "/download", mine)["/content_type"], "audio/webm");
  EXPECT_EQ(call("DELETE", one, mine).status, 409);
  end_meeting(meeting);
  EXPECT_EQ(call("DELETE", one, others).status, 404);
  EXPECT_EQ(call("DELETE", one, mine)["/status"], "deleted");
  EXPECT_EQ(call("GET", one, mine).status, 404);

  EXPECT_EQ(call("GET", "/recording-config", mine)["/enabled"], false);
  EXPECT_EQ(call("PUT", "/recording-config", mine, R"({"enabled":true,"capture_modes":["audio","video"]})").status,
            422);
  EXPECT_EQ(call("PUT", "/recording-config", mine, R"({"enabled":"yes"})").status, 422);
  EXPECT_EQ(call("PUT", "/recording-config", mine, R"({"enabled":true,"capture_modes":["audio"]})").status, 200);
  const auto recorded = [&](std::string body) {
    const auto made = call("POST", "/bots", mine, body);
    EXPECT_EQ(made.status, 201) << made.text;
    return call("GET", "/api/v1/meetings/" + std::to_string(made["/id"].to_number<std::int64_t>()), anna)["/recording"];
  };
  EXPECT_EQ(recorded(R"({"platform":"google_meet","native_meeting_id":"abc-defg-hij"})"), true);
  EXPECT_EQ(recorded(R"({"platform":"google_meet","native_meeting_id":"abc-defg-hik","recording_enabled":false})"),
            false);
}

class NoRecordingsTest : public RecordingRoutesTest {
 protected:
  NoRecordingsTest() : RecordingRoutesTest(false) {}
};

TEST_F(NoRecordingsTest, AServerThatRecordsNothingSaysSo) {
  const auto refused = call("POST", "/api/v1/meetings", anna, R"({"link":"https://meet.jit.si/a","recording":true})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(call("POST", "/api/v1/meetings", anna, R"({"link":"https://meet.jit.si/a"})").status, 201);
}

}  // namespace
}  // namespace troupe::meetings::routes
