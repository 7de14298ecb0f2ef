// The port on the server in this program.
#include "homeserver/port/embedded_homeserver.h"
#include "homeserver/media/folder_files.h"

#include <gmock/gmock.h>

#include <boost/asio/thread_pool.hpp>

#include "base/mutex.h"
#include "homeserver/account_changes.h"
#include "homeserver/rooms/room_fixture.h"

namespace troupe::homeserver::port {
namespace {

class EmbeddedHomeserverTest : public rooms::RoomTest {
 protected:
  EmbeddedHomeserverTest() { open(); }
  ~EmbeddedHomeserverTest() override { cpu_.join(); }

  void open() {
    changes_ = std::make_unique<crypto::DeviceChanges>(*server->rooms, *server->users);
    keys_ = std::make_unique<crypto::DeviceKeys>(*server->db, *server->rooms, *changes_, server->settings);
    observer_ = std::make_unique<AccountChanges>(*server->service, *keys_, nullptr, nullptr, nullptr);
    typing_ =
        std::make_unique<memory::Typing>(*server->db, *server->rooms, *server->users, *bus_, server->io.get_executor());
    account_data_ = std::make_unique<account_data::AccountData>(*server->db, *server->rooms, *server->users);
    receipts_ =
        std::make_unique<sync::Receipts>(*server->db, *server->rooms, *server->users, *account_data_, server->clock);
    sessions_ = accounts::make_sessions(*server->db, server->clock, server->metrics, server->settings);
    accounts_ = std::make_unique<accounts::AccountService>(accounts::AccountService::Parts{
        *server->db, *sessions_, passwords_, *bus_, server->settings, server->clock, *observer_, server->clock});
    devices_ = std::make_unique<accounts::DeviceService>(accounts::DeviceService::Parts{
        *server->db, *sessions_, server->clock, *observer_, server->settings, server->clock});
    media_ = std::make_unique<media::MediaService>(
        media::MediaService::Parts{*server->db, media_files_, thumbnailer_, *bus_, server->settings, server->clock});
    streams_ = std::make_unique<streams::EventStreams>(
        streams::EventStreams::Parts{.rooms = *server->rooms, .inbox = server->users->inbox(), .clock = server->clock});
    port_ = std::make_unique<EmbeddedHomeserver>(EmbeddedHomeserver::Parts{.db = *server->db,
                                                                           .rooms = *server->rooms,
                                                                           .room_service = *server->service,
                                                                           .accounts = *accounts_,
                                                                           .devices = *devices_,
                                                                           .media = *media_,
                                                                           .settings = server->settings,
                                                                           .typing = *typing_,
                                                                           .receipts = *receipts_,
                                                                           .presence = presence_,
                                                                           .streams = *streams_});
  }
  void reopen() {
    port_.reset();
    streams_.reset();
    media_.reset();
    devices_.reset();
    accounts_.reset();
    sessions_.reset();
    receipts_.reset();
    account_data_.reset();
    typing_.reset();
    observer_.reset();
    keys_.reset();
    changes_.reset();
    restart();
    open();
  }
  std::string person(std::string localpart) {
    matrix::NewAccount account;
    account.localpart = localpart;
    EXPECT_TRUE(server->run(port_->create_account(account)));
    return user(localpart);
  }
  std::string room_of(std::string creator) {
    matrix::NewRoom room;
    room.creator = std::move(creator);
    room.name = "Tea";
    room.is_public = true;
    return server->run(port_->create_room(room)).value();
  }
  Result<matrix::SentEvent> say(std::string sender, std::string room_id, std::string txn, std::string text = "hi") {
    matrix::NewEvent event{.room_id = std::move(room_id),
                           .sender = std::move(sender),
                           .type = "m.room.message",
                           .content = {{"msgtype", "m.text"}, {"body", std::move(text)}},
                           .txn_id = std::move(txn)};
    return server->run(port_->send(std::move(event)));
  }
  /// All events after a cursor, in pages of `limit`.
  std::vector<matrix::FeedEvent> feed(StreamPos cursor, std::size_t limit) {
    std::vector<matrix::FeedEvent> all;
    for (;;) {
      auto page = server->run(port_->events_after(cursor, limit)).value();
      for (auto& event : page.events) {
        EXPECT_GT(event.pos, cursor);
        cursor = event.pos;
        all.push_back(std::move(event));
      }
      EXPECT_GE(page.cursor, cursor);
      cursor = page.cursor;
      if (!page.more) {
        EXPECT_EQ(cursor, port_->head());
        return all;
      }
    }
  }

  asio::thread_pool cpu_{1};
  accounts::PasswordPool passwords_{cpu_};
  std::unique_ptr<bus::Bus> bus_ = bus::make_local_bus();
  std::unique_ptr<crypto::DeviceChanges> changes_;
  std::unique_ptr<crypto::DeviceKeys> keys_;
  std::unique_ptr<AccountChanges> observer_;
  std::unique_ptr<memory::Typing> typing_;
  std::unique_ptr<account_data::AccountData> account_data_;
  std::unique_ptr<sync::Receipts> receipts_;
  std::unique_ptr<accounts::Sessions> sessions_;
  std::unique_ptr<accounts::AccountService> accounts_;
  std::unique_ptr<accounts::DeviceService> devices_;
  store::TempDir files_;
  base::MetricRegistry metrics_;
  store::BlobStore blobs_ = store::BlobStore::open(files_.path() / "media").value();
  media::FolderFiles media_files_{blobs_, cpu_};
  media::Thumbnailer thumbnailer_{metrics_};
  std::unique_ptr<media::MediaService> media_;
  base::ManualClock presence_clock_;
  sync::Presence presence_{*bus_, presence_clock_, true};
  std::unique_ptr<streams::EventStreams> streams_;
  std::unique_ptr<EmbeddedHomeserver> port_;
};

TEST_F(EmbeddedHomeserverTest, RoomsMembersAndMessages) {
  auto alice = person("alice");
  auto bob = person("bob");
  auto id = room_of(alice);
  EXPECT_EQ(server->run(port_->room(id))->name, "Tea");
  EXPECT_FALSE(server->run(port_->room("!x:y")));
  ASSERT_TRUE(server->run(port_->invite(alice, id, bob)));
  EXPECT_EQ(server->run(port_->invite(alice, id, user("nobody"))).error().code(), Errc::not_found);
  EXPECT_THAT(server->run(port_->invited_rooms(bob)).value(), testing::ElementsAre(id));
  ASSERT_TRUE(server->run(port_->join(bob, id)));
  auto joined = server->run(port_->joined_rooms(bob)).value();
  ASSERT_EQ(joined.size(), 1U);
  EXPECT_EQ(joined[0].joined_members, 2);
  EXPECT_FALSE(joined[0].encrypted);
  auto joined_at = joined[0].joined_at;
  ASSERT_TRUE(server->run(port_->set_display_name(bob, "Robert")));
  EXPECT_EQ(server->run(port_->joined_rooms(bob)).value()[0].joined_at, joined_at) << "a new name is no new join";
  reopen();
  auto cold = server->run(port_->joined_rooms(bob)).value();
  EXPECT_EQ(cold[0].joined_at, joined_at);
  EXPECT_EQ(cold[0].joined_members, 2);
  EXPECT_EQ(server->run(port_->room(id))->joined_members, 2);
  ASSERT_TRUE(server->run(port_->leave(bob, id)));
  EXPECT_TRUE(server->run(port_->joined_rooms(bob)).value().empty());
}

TEST_F(EmbeddedHomeserverTest, SendsOnceForAKey) {
  auto alice = person("alice");
  auto bob = person("bob");
  auto id = room_of(alice);
  auto other = room_of(alice);
  auto first = say(alice, id, "k1").value();
  auto again = say(alice, id, "k1", "different text").value();
  EXPECT_EQ(again.event_id, first.event_id);
  EXPECT_TRUE(again.duplicate);
  EXPECT_NE(say(alice, other, "k1").value().event_id, first.event_id);
  reopen();
  EXPECT_EQ(say(alice, id, "k1").value().event_id, first.event_id);
  EXPECT_EQ(say(alice, id, "").error().code(), Errc::invalid_param);
  EXPECT_EQ(say(alice, id, std::string(256, 'k')).error().code(), Errc::invalid_param);
  EXPECT_EQ(say(bob, id, "k1").error().code(), Errc::forbidden);
}

TEST_F(EmbeddedHomeserverTest, TheFeedIsTheStreamFromMemoryAndFromTheDatabase) {
  auto alice = person("alice");
  auto id = room_of(alice);
  std::vector<std::string> sent;
  for (int i = 0; i < 1200; ++i) sent.push_back(say(alice, id, "k" + std::to_string(i)).value().event_id);
  auto check = [&](std::size_t limit) {
    auto events = feed(0, limit);
    std::vector<std::string> messages;
    for (const auto& event : events)
      if (event.type == "m.room.message") messages.push_back(event.event_id);
    EXPECT_EQ(messages, sent);
    EXPECT_EQ(events.front().type, "m.room.create");
    EXPECT_EQ(events.front().room_id, id);
  };
  check(1000);
  check(7);
  reopen();
  check(1000);
  sent.push_back(say(alice, id, "last").value().event_id);
  check(100);
  EXPECT_TRUE(feed(port_->head(), 10).empty());
  EXPECT_TRUE(feed(port_->head() + 0, 0).empty());
}

TEST_F(EmbeddedHomeserverTest, FilesGoUpAndDown) {
  auto alice = person("alice");
  auto mxc =
      server->run(port_->upload(alice, {.bytes = "hello", .content_type = "text/plain", .name = "a.txt"})).value();
  EXPECT_TRUE(mxc.starts_with("mxc://")) << mxc;
  auto file = server->run(port_->download(mxc, 5)).value();
  EXPECT_EQ(file.bytes, "hello");
  EXPECT_EQ(file.content_type, "text/plain");
  EXPECT_EQ(file.name, "a.txt");
  EXPECT_EQ(server->run(port_->download(mxc, 4)).error().code(), Errc::too_large);
  EXPECT_EQ(server->run(port_->download(mxc + "x", 9)).error().code(), Errc::not_found);
  EXPECT_EQ(server->run(port_->download("mxc://elsewhere/x", 9)).error().code(), Errc::not_found);
  EXPECT_EQ(server->run(port_->download("http://x/y", 9)).error().code(), Errc::invalid_param);
}

TEST_F(EmbeddedHomeserverTest, TokensAreIssuedReplacedAndRevoked) {
  auto alice = person("alice");
  auto who = [&](const std::string& token) -> std::string {
    net::http::Request request;
    request.headers.add("Authorization", "Bearer " + token);
    auto caller = server->run(sessions_->admit(request));
    if (!caller || !*caller) return "nobody";
    return static_cast<const accounts::Session*>((*caller)->session.get())->user_id;
  };
  auto first = server->run(port_->issue_token(alice, "")).value();
  EXPECT_EQ(who(first.access_token), alice);
  auto second = server->run(port_->issue_token(alice, first.device_id)).value();
  EXPECT_EQ(second.device_id, first.device_id);
  EXPECT_EQ(who(first.access_token), "nobody");
  EXPECT_EQ(who(second.access_token), alice);
  ASSERT_TRUE(server->run(port_->revoke_token(alice, second.device_id)));
  EXPECT_EQ(who(second.access_token), "nobody");
  EXPECT_TRUE(server->run(port_->revoke_token(alice, "UNKNOWN")));
  EXPECT_EQ(server->run(port_->issue_token(user("nobody"), "")).error().code(), Errc::not_found);
}

TEST_F(EmbeddedHomeserverTest, TheFeedNamesWhatWasRedactedInsideTheContent) {
  for (const auto& version : matrix::room_versions()) {
    const auto id = public_room("alice", std::string(version.id));
    const auto gone = send("alice", id, "gone").value().event_id;
    const auto cursor = port_->head();
    ASSERT_TRUE(server->run(server->service->redact(actor("alice"), id, gone, {})));
    const auto told = feed(cursor, 10);
    ASSERT_EQ(told.size(), 1U) << version.id;
    EXPECT_EQ(matrix::find_string(told.front().content, "redacts"), gone) << version.id;
  }
}

TEST_F(EmbeddedHomeserverTest, RecentMessagesAsTheUserMaySeeThem) {
  auto alice = person("alice");
  auto bob = person("bob");
  auto id = room_of(alice);
  auto first = say(alice, id, "k1", "one").value();
  auto second = say(alice, id, "k2", "two").value();
  ASSERT_TRUE(send(actor("alice"), id, "m.room.message",
                   {{"body", "* 2"},
                    {"m.new_content", {{"body", "2"}}},
                    {"m.relates_to", {{"rel_type", "m.replace"}, {"event_id", second.event_id}}}}));
  auto gone = say(alice, id, "k3", "gone").value();
  ASSERT_TRUE(server->run(server->service->redact(actor("alice"), id, gone.event_id, {})));
  auto texts = [&](const std::string& who, std::size_t limit = 10) {
    std::vector<std::string> found;
    for (const auto& message : server->run(port_->recent_messages(id, who, limit)).value())
      found.emplace_back(*matrix::find_string(message.content, "body"));
    return found;
  };
  EXPECT_THAT(texts(alice), testing::ElementsAre("2", "one"));
  EXPECT_THAT(texts(alice, 1), testing::ElementsAre("2"));
  EXPECT_EQ(server->run(port_->recent_messages(id, bob, 10)).error().code(), Errc::forbidden);
  EXPECT_FALSE(server->run(port_->recent_messages("!x:y", bob, 10)));
  ASSERT_TRUE(set_state("alice", id, "m.room.history_visibility", "", {{"history_visibility", "joined"}}));
  ASSERT_TRUE(server->run(port_->join(bob, id)));
  EXPECT_TRUE(texts(bob).empty());
  ASSERT_TRUE(say(alice, id, "k4", "four"));
  EXPECT_THAT(texts(bob), testing::ElementsAre("four"));
  EXPECT_EQ(texts(alice).size(), 3U);
}

TEST_F(EmbeddedHomeserverTest, TheVersionOfARoomsMembersChangesWithThemAlone) {
  auto alice = person("alice");
  auto bob = person("bob");
  auto id = room_of(alice);
  const auto version = [&] { return *server->run(port_->members_version(id)); };
  const auto alone = version();
  EXPECT_GT(alone, 0);
  ASSERT_TRUE(say(alice, id, "k1", "one"));
  EXPECT_EQ(version(), alone);
  ASSERT_TRUE(server->run(port_->invite(alice, id, bob)));
  ASSERT_TRUE(server->run(port_->join(bob, id)));
  const auto together = version();
  EXPECT_NE(together, alone);
  reopen();  // the room sleeps
  EXPECT_EQ(version(), together);
  ASSERT_TRUE(say(alice, id, "k2", "two"));
  EXPECT_EQ(version(), together);
  ASSERT_TRUE(server->run(port_->leave(bob, id)));
  EXPECT_NE(version(), together);
  EXPECT_EQ(*server->run(port_->members_version("!none:example.org")), 0);
}

TEST_F(EmbeddedHomeserverTest, ManyAccountsAndTheirJoins) {
  auto alice = person("alice");
  auto id = room_of(alice);
  std::vector<matrix::NewAccount> many(500);
  for (std::size_t i = 0; i < many.size(); ++i) many[i].localpart = "member" + std::to_string(i);
  std::size_t done = 0;
  auto made = server->run(port_->create_accounts(many, id, [&](std::size_t count) { done = count; }));
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_TRUE(std::ranges::all_of(*made, [](const auto& one) { return one.created && one.joined; }));
  EXPECT_EQ(done, 500U);
  EXPECT_EQ(server->run(port_->room(id))->joined_members, 501);
  made = server->run(port_->create_accounts(many, id, {}));
  ASSERT_TRUE(made) << "again is no harm";
  EXPECT_TRUE(std::ranges::all_of(*made, [](const auto& one) { return !one.created && one.joined; }));
  EXPECT_EQ(server->run(port_->room(id))->joined_members, 501);
  ASSERT_TRUE(server->run(port_->deactivate(user("member7"))));
  EXPECT_EQ(membership(id, "member7"), "leave");
  made = server->run(port_->create_accounts(many, id, {}));
  ASSERT_TRUE(made);
  EXPECT_FALSE((*made)[7].joined) << "a closed account stays outside";
  EXPECT_EQ(membership(id, "member7"), "leave");
  many.resize(1);
  many[0].localpart = "never-made";
  EXPECT_FALSE(server->run(port_->create_accounts(many, "!none:example.org", {})));
  EXPECT_FALSE(server->run(port_->account(user("never-made")))) << "without the room nothing is made";
}

TEST_F(EmbeddedHomeserverTest, AccountsAreFilteredAndSorted) {
  for (const char* name : {"carol", "anna", "ben"}) person(name);
  ASSERT_TRUE(server->run(port_->set_admin(user("anna"), true)));
  ASSERT_TRUE(server->run(port_->set_locked(user("ben"), true)));
  ASSERT_TRUE(server->run(port_->set_display_name(user("carol"), "Aaron")));
  auto names = [&](matrix::AccountQuery query) {
    std::vector<std::string> found;
    for (const auto& account : server->run(port_->accounts(query))->accounts) found.push_back(account.user_id);
    return found;
  };
  using testing::ElementsAre;
  const auto anna = user("anna"), ben = user("ben"), carol = user("carol");
  EXPECT_THAT(names({}), ElementsAre(anna, ben, carol));
  EXPECT_THAT(names({.descending = true}), ElementsAre(carol, ben, anna));
  EXPECT_THAT(names({.sort = matrix::AccountSort::display_name}), ElementsAre(carol, anna, ben));
  EXPECT_THAT(names({.admin = true}), ElementsAre(anna));
  EXPECT_THAT(names({.locked = true}), ElementsAre(ben));
  EXPECT_THAT(names({.admin = false, .locked = false}), ElementsAre(carol));
  EXPECT_THAT(names({.kind = matrix::AccountKind::bot}), ElementsAre());
  EXPECT_THAT(names({.deactivated = true}), ElementsAre());
}

TEST_F(EmbeddedHomeserverTest, OneAdministratorStaysWhateverTheyDoAtOnce) {
  const auto anna = person("anna"), ben = person("ben");
  using Change = std::function<Task<Unit>(std::string)>;
  const Change changes[] = {[&](std::string id) { return port_->set_admin(std::move(id), false); },
                            [&](std::string id) { return port_->set_locked(std::move(id), true); },
                            [&](std::string id) { return port_->deactivate(std::move(id)); }};
  for (const auto& change : changes) {
    for (const auto& id : {anna, ben}) {
      ASSERT_TRUE(server->run(port_->set_admin(id, true)));
      ASSERT_TRUE(server->run(port_->set_locked(id, false)));
    }
    std::vector<std::future<Result<Unit>>> both;
    for (const auto& id : {anna, ben}) {
      both.push_back(asio::co_spawn(server->io, change(id), asio::use_future));
    }
    int refused = 0;
    for (auto& one : both) {
      auto outcome = one.get();
      if (outcome) continue;
      ++refused;
      EXPECT_EQ(outcome.error().code(), Errc::conflict);
      EXPECT_NE(outcome.error().message().find("last administrator"), std::string::npos);
    }
    EXPECT_EQ(refused, 1);
    EXPECT_EQ(server->run(port_->accounts({.admin = true, .locked = false, .deactivated = false}))->total, 1);
  }
}

TEST_F(EmbeddedHomeserverTest, PresenceIsToldWhenItChangesAndWhenSomebodyFallsSilent) {
  std::vector<std::pair<std::string, std::string>> told;
  const auto observing = port_->observe([&](const matrix::Edu& edu) {
    const auto& presence = std::get<matrix::PresenceEdu>(edu);
    told.emplace_back(presence.presence, presence.status_msg);
  });
  const auto online = sync::Availability::online;
  presence_.set("@anna:example.org", "PHONE", online, "tea");
  for (std::int64_t silent_ms = 0; silent_ms < sync::Presence::kIdleMs; silent_ms += 30'000) {
    presence_.touch("@anna:example.org", "PHONE", online);
    presence_.tell_of_silent();
    presence_clock_.advance(std::chrono::seconds(30));
  }
  presence_.tell_of_silent();
  presence_clock_.advance(std::chrono::milliseconds(sync::Presence::kGoneMs));
  presence_.tell_of_silent();
  presence_.tell_of_silent();
  using testing::Pair;
  EXPECT_THAT(told, testing::ElementsAre(Pair("online", "tea"), Pair("unavailable", "tea"), Pair("offline", "tea")));
}

TEST_F(EmbeddedHomeserverTest, TypingIsToldWhenItBeginsAndWhenItsTimeIsOver) {
  const auto alice = person("alice");
  const auto id = room_of(alice);
  base::Mutex mutex;
  base::Condition changed;
  std::vector<std::size_t> typing;
  const auto observing = port_->observe([&](const matrix::Edu& edu) {
    const base::Lock lock(mutex);
    typing.push_back(std::get<matrix::TypingEdu>(edu).user_ids.size());
    changed.notify_all();
  });
  ASSERT_TRUE(server->run(port_->set_typing(id, alice, true, std::chrono::seconds(1))));
  ASSERT_TRUE(server->run(port_->set_typing(id, alice, true, std::chrono::seconds(1))));
  base::Lock lock(mutex);
  ASSERT_TRUE(changed.wait_for(lock, std::chrono::seconds(30), [&] { return typing.size() == 2; }));
  EXPECT_THAT(typing, testing::ElementsAre(1U, 0U)) << "told once that it began, once that it ended";
}

TEST_F(EmbeddedHomeserverTest, SessionsAreListedAndEnded) {
  auto anna = person("anna");
  for (const char* device : {"PHONE", "LAPTOP"}) {
    accounts::SignIn request{
        .user_id = anna, .device_id = device, .display_name = "Anna's", .remote_address = "10.0.0.1"};
    ASSERT_TRUE(server->run(devices_->sign_in(request)));
  }
  auto sessions = server->run(port_->sessions(anna));
  ASSERT_EQ(sessions->size(), 2U);
  EXPECT_EQ((*sessions)[0].device_id, "LAPTOP");
  EXPECT_EQ((*sessions)[0].display_name, "Anna's");
  ASSERT_TRUE(server->run(port_->end_session(anna, "LAPTOP")));
  EXPECT_EQ(server->run(port_->end_session(anna, "LAPTOP")).error().code(), Errc::not_found);
  ASSERT_TRUE(server->run(port_->end_all_sessions(anna)));
  EXPECT_TRUE(server->run(port_->sessions(anna))->empty());
  EXPECT_EQ(server->run(port_->sessions(user("nobody"))).error().code(), Errc::not_found);
}

}  // namespace
}  // namespace troupe::homeserver::port
