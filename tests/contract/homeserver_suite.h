// What every twin of the port (matrix/homeserver.h) must do. One instance of the suite runs for each twin; a twin on a
// server that outlives the test must bear names of its own in each run, so all names come from unique().
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/crypto.h"
#include "base/mutex.h"
#include "contract/small_program.h"
#include "matrix/homeserver.h"

namespace troupe::contract {

/// A twin under test, and what its server can do.
struct Twin {
  std::unique_ptr<SmallProgram> server;  ///< the homeserver, when it runs in this process
  std::unique_ptr<SmallProgram> client;  ///< holds the port under test; nullptr: `server` holds it
  bool admin_api = true;                 ///< whether other people's accounts can be changed
  /// Sets somebody's presence to online with this status; empty where the port hears of nobody's presence.
  std::function<void(const std::string& user_id, std::string status)> come_online{};

  SmallProgram& program() { return client ? *client : *server; }
  matrix::Accounts& accounts() { return role<matrix::Accounts>(); }
  matrix::RoomActions& rooms() { return role<matrix::RoomActions>(); }
  matrix::RoomPowers& powers() { return role<matrix::RoomPowers>(); }
  matrix::Feed& feed() { return role<matrix::Feed>(); }
  matrix::EphemeralFeed& ephemeral() { return role<matrix::EphemeralFeed>(); }
  matrix::MediaRepository& media() { return role<matrix::MediaRepository>(); }
  template <class Role>
  Role& role() {
    return program().context->template get<Role>();
  }
};

/// What an observer of the port's ephemeral feed has heard.
class Heard {
 public:
  explicit Heard(matrix::EphemeralFeed& feed)
      : observing_(feed.observe([this](const matrix::Edu& edu) {
          const base::Lock lock(mutex_);
          heard_.push_back(edu);
          more_.notify_all();
        })) {}
  void stop() { observing_.reset(); }

  /// The first that fits, when it comes within a while.
  std::optional<matrix::Edu> eventually(const std::function<bool(const matrix::Edu&)>& fits) {
    base::Lock lock(mutex_);
    auto found = heard_.end();
    more_.wait_for(lock, std::chrono::seconds(60),
                   [&]() REQUIRES(mutex_) { return (found = std::ranges::find_if(heard_, fits)) != heard_.end(); });
    return found == heard_.end() ? std::nullopt : std::optional(*found);
  }
  bool eventually(matrix::Edu wanted) {
    return eventually([&](const matrix::Edu& edu) { return edu == wanted; }).has_value();
  }
  bool already(const matrix::Edu& wanted) {
    const base::Lock lock(mutex_);
    return std::ranges::find(heard_, wanted) != heard_.end();
  }

 private:
  base::Mutex mutex_;
  base::Condition more_;
  std::vector<matrix::Edu> heard_ GUARDED_BY(mutex_);
  base::SubscriptionPtr observing_;
};

using MakeTwin = std::unique_ptr<Twin> (*)();

class HomeserverContract : public ::testing::TestWithParam<std::pair<const char*, MakeTwin>> {
 protected:
  void SetUp() override {
    twin = GetParam().second();
    if (!twin) GTEST_SKIP() << "this server is not at hand";
  }

  template <class T>
  Result<T> run(Task<T> task) {
    return twin->program().run(std::move(task));
  }
  template <class T>
  T must(Task<T> task) {
    return twin->program().must(std::move(task));
  }
  static std::string unique(std::string_view prefix) {
    return std::string(prefix) + base::hex(base::as_bytes(base::random_bytes(6)));
  }
  std::string bot() {
    matrix::NewAccount wanted;
    wanted.localpart = unique("bot_");
    wanted.kind = matrix::AccountKind::bot;
    wanted.display_name = "A bot";
    return must(twin->accounts().create_account(std::move(wanted))).user_id;
  }
  std::string room(const std::string& creator, std::vector<std::string> invite = {}) {
    matrix::NewRoom wanted;
    wanted.creator = creator;
    wanted.name = "Tea";
    wanted.topic = "Leaves and water";
    wanted.invite = std::move(invite);
    return must(twin->rooms().create_room(std::move(wanted)));
  }
  matrix::NewEvent message(std::string sender, std::string room_id, std::string txn, std::string body) {
    return {.room_id = std::move(room_id),
            .sender = std::move(sender),
            .type = "m.room.message",
            .content = {{"msgtype", "m.text"}, {"body", std::move(body)}},
            .txn_id = std::move(txn)};
  }
  /// Events of a room after a cursor, once `enough` says so.
  std::vector<matrix::FeedEvent> feed(StreamPos cursor, const std::string& room_id,
                                      const std::function<bool(const std::vector<matrix::FeedEvent>&)>& enough) {
    std::vector<matrix::FeedEvent> found;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    for (;;) {
      auto page = must(twin->feed().events_after(cursor, 50));
      for (auto& event : page.events) {
        EXPECT_GT(event.pos, cursor);
        cursor = event.pos;
        if (event.room_id == room_id) found.push_back(std::move(event));
      }
      EXPECT_GE(page.cursor, cursor);
      cursor = page.cursor;
      if (enough(found)) return found;
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("the feed lacks what was waited for");
      if (!page.more) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  static std::vector<std::string> bodies(const std::vector<matrix::FeedEvent>& events) {
    std::vector<std::string> out;
    for (const auto& event : events) {
      if (event.type == "m.room.message") out.emplace_back(matrix::find_string(event.content, "body").value_or(""));
    }
    return out;
  }

  std::unique_ptr<Twin> twin;
};

TEST_P(HomeserverContract, MakesAnAccountOnce) {
  matrix::NewAccount wanted;
  wanted.localpart = unique("bot_");
  wanted.kind = matrix::AccountKind::bot;
  wanted.display_name = "Parrot";
  auto made = must(twin->accounts().create_account(wanted));
  EXPECT_EQ(made.user_id, "@" + wanted.localpart + ":" + twin->accounts().server_name());
  auto found = must(twin->accounts().account(made.user_id));
  EXPECT_EQ(found.display_name, "Parrot");
  EXPECT_EQ(found.kind, matrix::AccountKind::bot);
  EXPECT_EQ(run(twin->accounts().create_account(wanted)).error().code(), Errc::user_in_use);
  wanted.localpart = "Not A Name";
  EXPECT_EQ(run(twin->accounts().create_account(wanted)).error().code(), Errc::invalid_param);
  EXPECT_EQ(run(twin->accounts().account("@" + unique("nobody") + ":" + twin->accounts().server_name())).error().code(),
            Errc::not_found);
  must(twin->accounts().set_display_name(made.user_id, "Polly"));
  EXPECT_EQ(must(twin->accounts().account(made.user_id)).display_name, "Polly");
}

TEST_P(HomeserverContract, ChecksPasswords) {
  matrix::NewAccount wanted;
  wanted.localpart = unique("anna");
  wanted.password = "correct-horse-1";
  auto made = must(twin->accounts().create_account(wanted));
  EXPECT_EQ(must(twin->accounts().check_password(wanted.localpart, "correct-horse-1")).user_id, made.user_id);
  EXPECT_EQ(must(twin->accounts().check_password(made.user_id, "correct-horse-1")).user_id, made.user_id);
  EXPECT_EQ(run(twin->accounts().check_password(wanted.localpart, "wrong")).error().code(), Errc::forbidden);
  EXPECT_EQ(run(twin->accounts().check_password(unique("nobody"), "wrong")).error().code(), Errc::forbidden);
}

TEST_P(HomeserverContract, AnAdministratorChangesAccounts) {
  if (!twin->admin_api) GTEST_SKIP() << "this server has no admin API";
  matrix::NewAccount wanted;
  wanted.localpart = unique("berta");
  wanted.password = "correct-horse-1";
  auto made = must(twin->accounts().create_account(wanted));
  must(twin->accounts().set_password(made.user_id, "better-horse-2", true));
  EXPECT_FALSE(run(twin->accounts().check_password(wanted.localpart, "correct-horse-1")));
  EXPECT_TRUE(run(twin->accounts().check_password(wanted.localpart, "better-horse-2")));
  matrix::NewAccount other;  // the last administrator stays one
  other.localpart = unique("chief");
  must(twin->accounts().set_admin(must(twin->accounts().create_account(other)).user_id, true));
  must(twin->accounts().set_admin(made.user_id, true));
  EXPECT_TRUE(must(twin->accounts().account(made.user_id)).admin);
  must(twin->accounts().set_admin(made.user_id, false));
  EXPECT_FALSE(must(twin->accounts().account(made.user_id)).admin);
  must(twin->accounts().deactivate(made.user_id));
  EXPECT_TRUE(must(twin->accounts().account(made.user_id)).deactivated);
  EXPECT_FALSE(run(twin->accounts().check_password(wanted.localpart, "better-horse-2")));
}

TEST_P(HomeserverContract, FindsAccounts) {
  const auto name = unique("bot_");
  matrix::NewAccount wanted;
  wanted.localpart = name;
  wanted.kind = matrix::AccountKind::bot;
  must(twin->accounts().create_account(wanted));
  auto page = must(twin->accounts().accounts({.search = name, .from = 0, .limit = 10}));
  ASSERT_EQ(page.accounts.size(), 1U);
  EXPECT_EQ(page.total, 1);
  EXPECT_EQ(page.accounts[0].kind, matrix::AccountKind::bot);
  EXPECT_TRUE(must(twin->accounts().accounts({.search = unique("zzz"), .from = 0, .limit = 10})).accounts.empty());
}

TEST_P(HomeserverContract, RoomsAndMemberships) {
  auto alice = bot();
  auto bob = bot();
  auto id = room(alice, {bob});
  EXPECT_THAT(must(twin->rooms().invited_rooms(bob)), testing::ElementsAre(id));
  must(twin->rooms().join(bob, id));
  EXPECT_TRUE(must(twin->rooms().invited_rooms(bob)).empty());
  auto joined = must(twin->rooms().joined_rooms(bob));
  ASSERT_EQ(joined.size(), 1U);
  EXPECT_EQ(joined[0].room_id, id);
  EXPECT_EQ(joined[0].joined_members, 2);
  EXPECT_FALSE(joined[0].encrypted);
  EXPECT_EQ(must(twin->rooms().joined_rooms(bob))[0].joined_at, joined[0].joined_at) << "asking again changes nothing";
  feed(0, id, [&](const auto& events) {  // the feed has seen who is in it
    return std::ranges::any_of(events, [&](const auto& event) {
      return event.state_key == bob && matrix::find_string(event.content, "membership") == "join";
    });
  });
  auto summary = must(twin->rooms().room(id));
  EXPECT_EQ(summary.name, "Tea");
  EXPECT_EQ(summary.topic, "Leaves and water");
  EXPECT_EQ(summary.joined_members, 2);
  must(twin->rooms().leave(bob, id));
  EXPECT_TRUE(must(twin->rooms().joined_rooms(bob)).empty());
  auto carol = bot();
  EXPECT_EQ(run(twin->rooms().invite(bob, id, carol)).error().code(), Errc::forbidden) << "who left invites nobody";
  must(twin->rooms().invite(alice, id, carol));
  must(twin->rooms().join(carol, id));
  EXPECT_EQ(run(twin->rooms().invite(alice, id, carol)).error().code(), Errc::forbidden) << "who is in is not invited";
  EXPECT_THAT(must(twin->rooms().joined_members(id)), testing::UnorderedElementsAre(alice, carol));
  EXPECT_EQ(run(twin->rooms().join(bot(), id)).error().code(), Errc::forbidden);
}

TEST_P(HomeserverContract, ResolvesAliases) {
  auto alice = bot();
  auto id = room(alice);
  EXPECT_EQ(must(twin->rooms().resolve_alias(id)), id);
  EXPECT_EQ(
      run(twin->rooms().resolve_alias("#" + unique("none") + ":" + twin->accounts().server_name())).error().code(),
      Errc::not_found);
  EXPECT_FALSE(run(twin->rooms().resolve_alias("neither")));
}

TEST_P(HomeserverContract, SendsOnceForAKey) {
  auto alice = bot();
  auto id = room(alice);
  auto first = must(twin->rooms().send(message(alice, id, "k1", "hello")));
  auto again = must(twin->rooms().send(message(alice, id, "k1", "something else")));
  EXPECT_EQ(again.event_id, first.event_id);
  auto other = must(twin->rooms().send(message(alice, id, "k2", "hello")));
  EXPECT_NE(other.event_id, first.event_id);
  auto recent = must(twin->rooms().recent_messages(id, alice, 10));
  ASSERT_EQ(recent.size(), 2U);
  EXPECT_EQ(recent[0].event_id, other.event_id) << "newest first";
  EXPECT_EQ(recent[1].sender, alice);
  EXPECT_EQ(run(twin->rooms().send(message(bot(), id, "k1", "I am not in there"))).error().code(), Errc::forbidden);
}

TEST_P(HomeserverContract, TheFeedTellsEverythingOnceInOrder) {
  auto alice = bot();
  auto bob = bot();
  const auto start = twin->feed().head();
  auto id = room(alice, {bob});
  auto invited = feed(start, id, [&](const auto& events) {
    return std::ranges::any_of(events, [&](const auto& event) {
      return event.type == "m.room.member" && event.state_key == bob &&
             matrix::find_string(event.content, "membership") == "invite";
    });
  });
  must(twin->rooms().join(bob, id));
  std::vector<std::string> said;
  for (int i = 0; i < 20; ++i) {
    said.push_back("message " + std::to_string(i));
    must(twin->rooms().send(message(i % 2 ? alice : bob, id, "t" + std::to_string(i), said.back())));
  }
  auto events = feed(start, id, [&](const auto& seen) { return bodies(seen).size() >= said.size(); });
  EXPECT_EQ(bodies(events), said);
  auto joined = std::ranges::find_if(events, [&](const auto& event) {
    return event.state_key == bob && matrix::find_string(event.content, "membership") == "join";
  });
  auto first = std::ranges::find(events, "m.room.message", &matrix::FeedEvent::type);
  ASSERT_NE(joined, events.end());
  EXPECT_LT(joined->pos, first->pos);
  EXPECT_FALSE(first->event_id.empty());
  EXPECT_EQ(first->sender, bob);
  EXPECT_GT(first->origin_server_ts, 1'600'000'000'000);
}

TEST_P(HomeserverContract, AnEditedMessageIsShownWithItsNewestText) {
  auto alice = bot();
  auto id = room(alice);
  auto first = must(twin->rooms().send(message(alice, id, "k1", "helo")));
  for (const char* text : {"hello", "hello!"}) {
    auto edit = message(alice, id, text, std::string("* ") + text);
    edit.content["m.new_content"] = matrix::JsonObject{{"msgtype", "m.text"}, {"body", text}};
    edit.content["m.relates_to"] = matrix::JsonObject{{"rel_type", "m.replace"}, {"event_id", first.event_id}};
    must(twin->rooms().send(std::move(edit)));
  }
  auto recent = must(twin->rooms().recent_messages(id, alice, 10));
  ASSERT_EQ(recent.size(), 1U);
  EXPECT_EQ(recent[0].event_id, first.event_id);
  EXPECT_TRUE(recent[0].edited);
  EXPECT_EQ(matrix::find_string(recent[0].content, "body"), "hello!");
}

TEST_P(HomeserverContract, StateIsSetOnceByWhoMay) {
  const auto maker = bot();
  const auto member = bot();
  const auto room_id = room(maker, {member});
  must(twin->rooms().join(member, room_id));
  const auto cursor = twin->feed().head();
  const matrix::NewState state{.room_id = room_id,
                               .sender = maker,
                               .type = "org.example.note",
                               .state_key = "key",
                               .content = {{"text", "tea"}}};
  must(twin->rooms().set_state(state));
  must(twin->rooms().set_state(state));
  auto others = state;
  others.sender = member;
  others.content = {{"text", "coffee"}};
  EXPECT_EQ(run(twin->rooms().set_state(others)).error().code(), Errc::forbidden);
  must(twin->rooms().send(message(maker, room_id, unique("t"), "end")));
  const auto events =
      feed(cursor, room_id, [](const auto& found) { return bodies(found) == std::vector<std::string>{"end"}; });
  EXPECT_EQ(std::ranges::count(events, "org.example.note", &matrix::FeedEvent::type), 1);
}

TEST_P(HomeserverContract, SaysWhoMayWrite) {
  const auto maker = bot(), member = bot(), other = bot();
  const auto room_id = room(maker, {member});
  must(twin->rooms().join(member, room_id));
  const auto may = [&](const std::string& who) {
    return run(twin->powers().check_may_send(who, room_id, "m.room.message")).has_value();
  };
  EXPECT_TRUE(may(maker) && may(member) && !may(other));
  const matrix::JsonObject levels{{"users", {{member, 0}}}, {"users_default", 50}, {"events_default", 50}};
  must(twin->rooms().set_state({room_id, maker, "m.room.power_levels", "", levels}));
  EXPECT_TRUE(may(maker) && !may(member));
  EXPECT_EQ(run(twin->rooms().send(message(member, room_id, unique("t"), "no"))).error().code(), Errc::forbidden);
}

TEST_P(HomeserverContract, AStreamIsOpenedWhereThereAreStreams) {
  auto* streams = twin->program().context->find<matrix::EventStreams>();
  if (!streams) GTEST_SKIP() << "this twin has none: answers grow by edits";
  const auto sender = bot();
  auto stream = streams->open_stream(room(sender), sender);
  if (!stream) GTEST_SKIP() << "none is offered just now";
  matrix::JsonObject content{{"msgtype", "m.text"}, {"body", "text"}};
  stream->describe(content);
  EXPECT_GT(content.size(), 2U) << "the message says that it has a stream";
  stream->update("before it is sent");
  stream->placed("$event", 1);
  stream->update("after");
}

TEST_P(HomeserverContract, TellsWhetherARoomIsEncrypted) {
  auto alice = bot();
  auto id = room(alice);
  EXPECT_FALSE(must(twin->rooms().joined_rooms(alice))[0].encrypted);
  auto event = message(alice, id, "e1", "");
  event.type = "m.room.encryption";
  event.content = {{"algorithm", "m.megolm.v1.aes-sha2"}};
  // A message event of that type is no state: the room stays readable.
  (void)run(twin->rooms().send(event));
  EXPECT_FALSE(must(twin->rooms().joined_rooms(alice))[0].encrypted);
}

TEST_P(HomeserverContract, TypingAndReceipts) {
  auto alice = bot();
  auto id = room(alice);
  auto sent = must(twin->rooms().send(message(alice, id, "k", "read me")));
  EXPECT_TRUE(run(twin->rooms().set_typing(id, alice, true, std::chrono::seconds(5))));
  EXPECT_TRUE(run(twin->rooms().set_typing(id, alice, false, std::chrono::seconds(0))));
  EXPECT_TRUE(run(twin->rooms().mark_read(id, alice, sent.event_id)));
  const auto stranger = bot();
  EXPECT_EQ(run(twin->rooms().set_typing(id, stranger, true, std::chrono::seconds(5))).error().code(), Errc::forbidden);
}

TEST_P(HomeserverContract, WhoeverObservesHearsOfTypingAndReceipts) {
  Heard heard(twin->ephemeral());
  auto alice = bot();
  auto bob = bot();
  const auto start = twin->feed().head();
  auto id = room(alice, {bob});
  must(twin->rooms().join(bob, id));
  auto sent = must(twin->rooms().send(message(alice, id, "k", "read me")));
  feed(start, id, [&](const auto& events) { return !bodies(events).empty(); });

  must(twin->rooms().set_typing(id, bob, true, std::chrono::seconds(30)));
  EXPECT_TRUE(heard.eventually(matrix::TypingEdu{.room_id = id, .user_ids = {bob}}));
  must(twin->rooms().set_typing(id, bob, false, std::chrono::seconds(0)));
  EXPECT_TRUE(heard.eventually(matrix::TypingEdu{.room_id = id, .user_ids = {}}));

  must(twin->rooms().mark_read(id, bob, sent.event_id));
  const auto receipt = heard.eventually([&](const matrix::Edu& edu) {
    const auto* read = std::get_if<matrix::ReceiptEdu>(&edu);
    return read && read->room_id == id && read->user_id == bob;
  });
  ASSERT_TRUE(receipt);
  EXPECT_EQ(std::get<matrix::ReceiptEdu>(*receipt).event_id, sent.event_id);
  EXPECT_EQ(std::get<matrix::ReceiptEdu>(*receipt).thread_id, "");
  EXPECT_GT(std::get<matrix::ReceiptEdu>(*receipt).ts_ms, 1'600'000'000'000);

  heard.stop();
  must(twin->rooms().set_typing(id, alice, true, std::chrono::seconds(30)));
  EXPECT_FALSE(heard.already(matrix::TypingEdu{.room_id = id, .user_ids = {alice}}));
}

TEST_P(HomeserverContract, WhoeverObservesHearsOfPresence) {
  if (!twin->come_online) GTEST_SKIP() << "this server tells nobody's presence over this connection";
  Heard heard(twin->ephemeral());
  auto alice = bot();
  auto bob = bot();
  const auto start = twin->feed().head();
  auto id = room(alice, {bob});
  must(twin->rooms().join(bob, id));
  must(twin->rooms().send(message(alice, id, "k", "who is there?")));
  feed(start, id, [&](const auto& events) { return !bodies(events).empty(); });
  twin->come_online(bob, "drinking tea");
  EXPECT_TRUE(
      heard.eventually(matrix::PresenceEdu{.user_id = bob, .presence = "online", .status_msg = "drinking tea"}));
}

TEST_P(HomeserverContract, KeepsFiles) {
  auto alice = bot();
  const auto bytes = base::random_bytes(70'000);
  auto mxc = must(
      twin->media().upload(alice, {.bytes = bytes, .content_type = "application/octet-stream", .name = "a b.bin"}));
  EXPECT_TRUE(mxc.starts_with("mxc://")) << mxc;
  auto back = must(twin->media().download(mxc, 100'000));
  EXPECT_EQ(back.bytes, bytes);
  EXPECT_EQ(run(twin->media().download(mxc, 1'000)).error().code(), Errc::too_large);
  EXPECT_EQ(
      run(twin->media().download("mxc://" + twin->accounts().server_name() + "/nothingThere", 1'000)).error().code(),
      Errc::not_found);
  EXPECT_EQ(run(twin->media().download("http://x/y", 1'000)).error().code(), Errc::invalid_param);
}

TEST_P(HomeserverContract, HandsOutTokens) {
  auto alice = bot();
  auto first = must(twin->accounts().issue_token(alice, "PROGRAM1"));
  EXPECT_EQ(first.device_id, "PROGRAM1");
  EXPECT_FALSE(first.access_token.empty());
  auto second = must(twin->accounts().issue_token(alice, "PROGRAM1"));
  EXPECT_NE(second.access_token, first.access_token);
  must(twin->accounts().revoke_token(alice, "PROGRAM1"));
  matrix::NewRoom still_works;
  still_works.creator = alice;
  EXPECT_TRUE(run(twin->rooms().create_room(still_works)));
}

TEST_P(HomeserverContract, ARoomIsFoundByItsAlias) {
  matrix::NewRoom wanted;
  wanted.creator = bot();
  wanted.alias = unique("bot_hall_");  // what an application service of ours may make
  const auto id = must(twin->rooms().create_room(wanted));
  EXPECT_EQ(must(twin->rooms().resolve_alias("#" + wanted.alias + ":" + twin->accounts().server_name())), id);
  EXPECT_FALSE(run(twin->rooms().create_room(wanted))) << "the alias is taken";
}

TEST_P(HomeserverContract, ManyAccountsJoinARoom) {
  auto alice = bot();
  matrix::NewRoom wanted;
  wanted.creator = alice;
  wanted.is_public = true;
  auto id = must(twin->rooms().create_room(wanted));
  std::vector<matrix::NewAccount> many(12);
  for (auto& account : many) {
    account.localpart = unique("bot_");
    account.kind = matrix::AccountKind::bot;
  }
  std::size_t last = 0;
  const auto made = must(twin->accounts().create_accounts(many, id, [&](std::size_t done) { last = done; }));
  EXPECT_EQ(last, many.size());
  ASSERT_EQ(made.size(), many.size());
  EXPECT_TRUE(std::ranges::all_of(made, [](const auto& one) { return one.created && one.joined; }));
  auto rooms = must(twin->rooms().joined_rooms(alice));
  EXPECT_EQ(rooms[0].joined_members, 13);
  const auto again = must(twin->accounts().create_accounts(many, id, {}));
  ASSERT_EQ(again.size(), many.size());
  EXPECT_TRUE(std::ranges::all_of(again, [](const auto& one) { return !one.created && one.joined; }));
  EXPECT_EQ(must(twin->rooms().joined_rooms(alice))[0].joined_members, 13) << "those that exist are kept";
  auto wrong = many;
  wrong[0].localpart = unique("bot_");
  wrong[1].localpart = "Not A Name";
  EXPECT_EQ(run(twin->accounts().create_accounts(wrong, id, {})).error().code(), Errc::invalid_param);
  EXPECT_EQ(
      run(twin->accounts().account("@" + wrong[0].localpart + ":" + twin->accounts().server_name())).error().code(),
      Errc::not_found)
      << "nothing is made";
}

}  // namespace troupe::contract
