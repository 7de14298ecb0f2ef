// Whose account was erased leaves no words and no sound behind.
#include "meetings/after/erased_people.h"

#include <boost/asio/thread_pool.hpp>
#include <set>

#include "identity/migrations.gen.h"
#include "kit/fake_homeserver/fake_homeserver.h"
#include "meetings/life/meetings_fixture.h"

namespace troupe::meetings::after {
namespace {

class SaidErasures final : public matrix::Erasures {
 public:
  std::set<std::string> erased;
  Task<bool> is_erased(std::string user_id) override { co_return erased.contains(user_id); }
};

class ErasedPeopleTest : public life::MeetingsTest {
 protected:
  ErasedPeopleTest() : server(*bus, time), principals(*db, time) {
    migrate("identity", identity::migrations());
    options.may_record = true;
    for (const auto* name : {"anna", "ben"}) server.add_person(name);
  }
  ~ErasedPeopleTest() override {
    end();
    files.join();
  }

  static std::string user(const std::string& name) { return "@" + name + ":" + kit::kServerName; }
  /// A meeting in which something was said and recorded.
  MeetingId spoken_in(const std::string& name, const std::string& room) {
    const auto owner = must(principals.for_account(must(server.account(user(name)))));
    auto made = wanted(room, owner.id);
    made.recording = true;
    const auto id = must(service->create(std::move(made))).id;
    EXPECT_TRUE(runs(id));
    EXPECT_TRUE(say(id, joined()));
    must(words.open_session({.meeting = id, .uid = "s", .language = "en", .began_ms = time.unix_ms()}));
    must(words.hear(id, "s", {{.start_ms = 0, .end_ms = 900, .text = "Quicksilver", .completed = true}}));
    must(sound.take({.meeting = id,
                     .attempt = 1,
                     .session_uid = "s",
                     .part = "p",
                     .number = 0,
                     .until_ms = 5'000,
                     .bytes = "sound"}));
    return id;
  }
  void leave(MeetingId id) {
    exits(id, {.code = 0});
    ASSERT_TRUE(eventually([&] { return look(id).ended_ms.has_value(); }));
  }
  std::size_t said(MeetingId id) { return must(words.read(id, 0, 10)).items.size(); }
  std::size_t recorded(MeetingId id) { return must(sound.list(id)).size(); }
  Result<Unit> look_after() {
    ErasedPeople people({.db = *db,
                         .erasures = erasures,
                         .principals = principals,
                         .meetings = *service,
                         .transcripts = words,
                         .recordings = sound});
    return run(people.look());
  }

  kit::FakeHomeserver server;
  SaidErasures erasures;
  identity::Principals principals;
  asio::thread_pool files{1};
  transcripts::Transcripts words{{.db = *db, .clock = time, .bell = bell}};
  recordings::Recordings sound{{.db = *db, .clock = time, .bell = bell, .files = files},
                               {.root = dir.path() / "recordings", .reserve_bytes = 0}};
};

TEST_F(ErasedPeopleTest, TheirMeetingsLoseWordsAndSound) {
  const auto annas = spoken_in("anna", "A"), bens = spoken_in("ben", "B");
  leave(annas);
  leave(bens);
  kit::must(look_after());
  EXPECT_EQ(said(annas) + said(bens), 2U);
  erasures.erased.insert(user("anna"));
  kit::must(look_after());
  EXPECT_EQ(said(annas), 0U);
  EXPECT_EQ(recorded(annas), 0U);
  EXPECT_TRUE(look(annas).transcript_erased_ms);
  EXPECT_EQ(said(bens), 1U) << "somebody else's";
  EXPECT_EQ(recorded(bens), 1U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path() / "recordings"), {}), 1);
  kit::must(look_after());
}

TEST_F(ErasedPeopleTest, WhoseWordsThereAreIsReadInPages) {
  const auto one = spoken_in("anna", "A"), two = spoken_in("ben", "B"), last = spoken_in("anna", "C");
  for (const auto id : {one, two, last}) leave(id);
  kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
    // Another tenant's, with a smaller number than the first tenant's last.
    tx.run("UPDATE mtg_meeting SET tenant_id = 2, owner_id = 1 WHERE id = ?1", last);
    return Unit{};
  }));
  std::vector<std::pair<std::int64_t, std::int64_t>> found;
  records::MeetingOwner after;
  kit::must(db->read_now([&](store::Connection& c) -> Result<Unit> {
    for (;;) {
      const auto page = records::owners_of_words(c, after, 1);
      if (page.empty() || found.size() > 3) return Unit{};
      after = page.front();
      found.emplace_back(after.tenant_id, after.owner_id);
    }
  }));
  ASSERT_EQ(found.size(), 3U);
  EXPECT_TRUE(std::ranges::is_sorted(found));
  EXPECT_EQ(found.back(), std::pair(2L, 1L));
}

TEST_F(ErasedPeopleTest, AClosedAccountThatIsNotErasedKeepsThem) {
  const auto id = spoken_in("anna", "A");
  leave(id);
  server.set_flags(user("anna"), true, false);
  kit::must(look_after());
  EXPECT_EQ(said(id), 1U);
  EXPECT_EQ(recorded(id), 1U);
}

TEST_F(ErasedPeopleTest, OneThatGoesOnIsStoppedFirst) {
  const auto id = spoken_in("anna", "A");
  erasures.erased.insert(user("anna"));
  kit::must(look_after());
  EXPECT_TRUE(look(id).life.stop_requested);
  ASSERT_TRUE(becomes(id, State::completed));
  kit::must(look_after());
  EXPECT_EQ(said(id) + recorded(id), 0U);
}

}  // namespace
}  // namespace troupe::meetings::after
