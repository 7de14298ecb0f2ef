// From the request to the end, and what may come between.
#include "meetings/life/meetings_fixture.h"
#include "meetings/records/after_store.h"
#include "meetings/summary/summary_store.h"

namespace troupe::meetings::life {
namespace {

using runtime::ExitResult;

TEST_F(MeetingsTest, GoesTheUsualWay) {
  const auto id = create();
  ASSERT_TRUE(runs(id));
  const auto config = home([&] { return driver->config_of(task_id_of(id, 1)); });
  EXPECT_EQ(config.at("meetingUrl"), "https://meet.jit.si/Room");
  EXPECT_EQ(config.at("platform"), "jitsi");
  EXPECT_TRUE(config.at("botManagerCallbackUrl").as_string().ends_with("/exited"));
  ASSERT_TRUE(say(id, waits(Phase::joining)));
  ASSERT_TRUE(say(id, waits(Phase::awaiting_admission)));
  EXPECT_EQ(look(id).life.phase, Phase::awaiting_admission);
  ASSERT_TRUE(say(id, joined()));
  EXPECT_TRUE(look(id).active_ms);
  ASSERT_TRUE(say(id, ended(true, "left_alone")));
  ASSERT_TRUE(becomes(id, State::completed));
  const auto meeting = look(id);
  EXPECT_EQ(meeting.life.reason, Reason::left_alone);
  EXPECT_TRUE(meeting.ended_ms);
  EXPECT_TRUE(meeting.sealed_url.empty());
  EXPECT_EQ(way(id), "requested starting active stopping completed");
  const auto steps = history(id).transitions;
  EXPECT_EQ(steps.at(0).actor, "@anna:localhost");
  EXPECT_EQ(steps.at(1).actor, kOwnActor);
  EXPECT_EQ(steps.at(2).actor, kBotActor);
  EXPECT_EQ(running(), 0U);
  EXPECT_EQ(calls("destroy"), 1);
}

TEST_F(MeetingsTest, FiftyAtOnceKeepTheLimit) {
  // All of them begin before any is waited for.
  std::vector<std::future<Result<Meeting>>> asked;
  for (int i = 0; i < 50; ++i) {
    asked.push_back(asio::co_spawn(io.at(0), service->create(wanted("Room" + std::to_string(i))), asio::use_future));
  }
  int made = 0, refused = 0;
  for (auto& one : asked) {
    const auto answer = one.get();
    if (answer) {
      ++made;
    } else {
      ++refused;
      EXPECT_EQ(answer.error().code(), Errc::limit_exceeded) << answer.error().message();
      EXPECT_GT(answer.error().retry_after().count(), 0);
    }
  }
  EXPECT_EQ(made, 3);
  EXPECT_EQ(refused, 47);
  EXPECT_TRUE(run(service->create(wanted("Another", 8)))) << "somebody else's limit is another";
}

TEST_F(MeetingsTest, WhatDoesNotLeaveKeepsOthersOut) {
  behave({.ignores_stop = true, .cannot_be_killed = true});
  const auto most = 2 * options.most_at_once;
  for (std::int64_t i = 0; i < most; ++i) {
    const auto id = create("Room" + std::to_string(i));
    ASSERT_TRUE(runs(id));
    must(service->stop({.tenant_id = 1}, id, {.id = 7, .label = "anna"}));
  }
  const auto refused = run(service->create(wanted("Another")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::limit_exceeded);
  EXPECT_GT(refused.error().retry_after().count(), 0);
  EXPECT_EQ(running(), static_cast<std::size_t>(most));
  for (const auto& one : must(service->list({.tenant_id = 1}, {})).items) exits(one.id, {.code = -1, .signal = 9});
  pass(timing.grace + seconds(1));
  EXPECT_TRUE(eventually([&] { return run(service->create(wanted("Another"))).has_value(); }));
}

TEST_F(MeetingsTest, WhatIsWrongStandsAtItsField) {
  const auto pointer = [&](NewMeeting asked) -> std::string {
    const auto refused = run(service->create(std::move(asked)));
    if (refused || !refused.error().members().contains("errors")) return "none";
    return std::string(refused.error().members().at("errors").at(0).at("pointer").as_string());
  };
  auto asked = wanted();
  asked.link = "https://meet.google.com/abc-defg";
  EXPECT_EQ(pointer(asked), "/link");
  asked = wanted();
  asked.language = "klingon";
  EXPECT_EQ(pointer(asked), "/language");
  asked = wanted();
  asked.driver = "nowhere";
  EXPECT_EQ(pointer(asked), "/driver");
  asked.may_choose_driver = true;
  EXPECT_EQ(pointer(asked), "/driver");
}

TEST_F(MeetingsTest, FiftyIntoOneCallSendOneBot) {
  std::vector<std::future<Result<Meeting>>> asked;
  for (int i = 0; i < 50; ++i) asked.push_back(asio::co_spawn(io.at(0), service->create(wanted()), asio::use_future));
  std::vector<MeetingId> made;
  std::vector<boost::json::object> refused;
  for (auto& one : asked) {
    auto answer = one.get();
    if (answer) {
      made.push_back(answer->id);
    } else {
      EXPECT_EQ(answer.error().code(), Errc::conflict);
      refused.push_back(answer.error().members());
    }
  }
  ASSERT_EQ(made.size(), 1U);
  ASSERT_EQ(refused.size(), 49U);
  for (const auto& members : refused) EXPECT_EQ(members.at("meeting_id"), made.front());
  ASSERT_TRUE(runs(made.front()));
  EXPECT_EQ(calls("start"), 1);
  must(service->stop({.tenant_id = 1}, made.front(), {.id = 7, .label = "anna"}));
  EXPECT_TRUE(run(service->create(wanted()))) << "one that leaves does not keep another out";
}

TEST_F(MeetingsTest, AStopOutranksWhatTheBotSaysLater) {
  const auto id = in_call();
  must(service->stop({.tenant_id = 1}, id, {.id = 9, .label = "@ben:localhost"}));
  const auto late = say(id, joined());
  ASSERT_TRUE(late);
  EXPECT_TRUE(late->ignored);
  (void)say(id, ended(false, "signal_sigterm"));
  ASSERT_TRUE(becomes(id, State::completed));
  EXPECT_EQ(look(id).life.reason, Reason::stopped);
  EXPECT_EQ(history(id).transitions.at(3).actor, "@ben:localhost");
  // What comes after the end, and repetitions, change nothing.
  const auto steps = history(id).transitions.size();
  EXPECT_TRUE(say(id, ended(false, "join_failure"))->ignored);
  must(service->stop({.tenant_id = 1}, id, {.id = 9, .label = "@ben:localhost"}));
  EXPECT_EQ(history(id).transitions.size(), steps);
}

TEST_F(MeetingsTest, ForgedCallbacksChangeNothing) {
  const auto id = create("One"), other = create("Two");
  ASSERT_TRUE(runs(id));
  ASSERT_TRUE(runs(other));
  const auto mine = home([&] { return driver->config_of(task_id_of(id, 1)); });
  const auto theirs = home([&] { return driver->config_of(task_id_of(other, 1)); });
  auto forged = joined();
  forged.token = "guessed";
  forged.connection_id = mine.at("connectionId").as_string();
  EXPECT_EQ(run(service->call_back(forged)).error().code(), Errc::not_found);
  forged.token = theirs.at("token").as_string();
  EXPECT_EQ(run(service->call_back(forged)).error().code(), Errc::not_found) << "another meeting's token";
  EXPECT_EQ(look(id).life.state, State::starting);
  EXPECT_EQ(look(other).life.state, State::starting);
  EXPECT_FALSE(run(service->find({.tenant_id = 2}, id))) << "another tenant";
  EXPECT_FALSE(run(service->find({.tenant_id = 1, .owner_id = 8}, id))) << "another member";
  EXPECT_FALSE(run(service->stop({.tenant_id = 2}, id, {})));
  EXPECT_EQ(must(service->list({.tenant_id = 2}, {})).total, 0);
}

TEST_F(MeetingsTest, TheHistorySaysWhetherTheCallWasTold) {
  const auto id = create("One"), other = create("Two");
  ASSERT_TRUE(runs(id));
  ASSERT_TRUE(runs(other));
  const auto mine = home([&] { return driver->config_of(task_id_of(id, 1)); });
  const auto theirs = home([&] { return driver->config_of(task_id_of(other, 1)); });
  const std::string session(mine.at("connectionId").as_string()), token(mine.at("token").as_string());
  const auto noted = [&] {
    std::vector<std::string> lines;
    for (const auto& line : history(id).transitions) {
      if (line.trigger == "note") lines.push_back(line.cause);
    }
    return lines;
  };
  must(service->noticed(token, session, Notice::off));
  must(service->noticed(token, session, Notice::off));
  EXPECT_THAT(noted(), ::testing::ElementsAre(in_words(Notice::off))) << "once";
  EXPECT_EQ(run(service->noticed(std::string(theirs.at("token").as_string()), session, Notice::given)).error().code(),
            Errc::not_found)
      << "another meeting's token";
  EXPECT_THAT(noted(), ::testing::SizeIs(1));
  EXPECT_EQ(look(id).life.state, State::starting) << "it is no step";
}

TEST_F(MeetingsTest, NobodyLetsItIn) {
  const auto id = create();
  ASSERT_TRUE(runs(id));
  ASSERT_TRUE(say(id, waits(Phase::awaiting_admission)));
  pass(timing.start + seconds(1));
  EXPECT_EQ(look(id).life.state, State::starting) << "the lobby has a time of its own";
  pass(timing.admission);
  ASSERT_TRUE(becomes(id, State::failed));
  EXPECT_EQ(look(id).life.reason, Reason::awaiting_admission_timeout);
  EXPECT_EQ(running(), 0U);
}

TEST_F(MeetingsTest, ATimeThatIsNotOverAnyMoreEndsNothing) {
  const auto id = in_call();
  // The keeper had read it when it still waited at the door, and comes to write now.
  const Happening expired{.input = {.kind = Input::Kind::expired,
                                    .ending = {.reason = Reason::awaiting_admission_timeout, .raw = "timeout"}},
                          .attempt = 1};
  auto write = [&](store::Tx& tx) { return life::record(tx, id, expired, timing, given(time.unix_ms())); };
  const auto late = must(db->write(write));
  EXPECT_TRUE(late.ignored);
  EXPECT_EQ(look(id).life.state, State::active);
}

TEST_F(MeetingsTest, ABotThatSaysNothingIsGivenUp) {
  const auto id = create();
  ASSERT_TRUE(runs(id));
  pass(timing.start + seconds(1));
  ASSERT_TRUE(becomes(id, State::failed));
  EXPECT_EQ(look(id).life.reason, Reason::join_failure);
  EXPECT_EQ(running(), 0U);
}

TEST_F(MeetingsTest, ACallThatNeverEndsIsLeft) {
  const auto id = in_call();
  pass(timing.most + seconds(1));
  ASSERT_TRUE(becomes(id, State::completed));
  EXPECT_EQ(look(id).life.reason, Reason::max_bot_time_exceeded);
}

TEST_F(MeetingsTest, ACrashBeforeTheCallIsTriedAgain) {
  const auto id = create();
  ASSERT_TRUE(runs(id));
  exits(id, {.code = 3});
  ASSERT_TRUE(eventually([&] { return look(id).life.attempts == 2; }));
  EXPECT_EQ(running(), 0U) << "not before its time";
  EXPECT_TRUE(say(id, joined())->ignored) << "the earlier bot's token";
  pass(timing.first_retry + seconds(1));
  ASSERT_TRUE(runs(id, 2));
  EXPECT_EQ(running(), 1U);
  ASSERT_TRUE(say(id, joined(), 2));
  EXPECT_TRUE(say(id, ended(false, "join_failure"))->ignored) << "the earlier bot's word on the next one's call";
  EXPECT_EQ(look(id).life.state, State::active);
  exits(id, {.code = 0}, 2);
  ASSERT_TRUE(becomes(id, State::completed));
  EXPECT_EQ(look(id).life.reason, Reason::left_alone);
  EXPECT_EQ(look(id).life.reason_raw, "no_callback");
  const auto attempts = history(id).attempts;
  ASSERT_EQ(attempts.size(), 2U);
  EXPECT_EQ(attempts.at(0).exit_text, "exited with code 3");
  EXPECT_NE(attempts.at(0).connection_id, attempts.at(1).connection_id);
}

TEST_F(MeetingsTest, AnEngineThatRefusesIsAnErrorOfTheMeeting) {
  behave({.start_error = "no room left"});
  const auto id = create();
  for (std::int64_t attempt = 2; attempt <= timing.attempts; ++attempt) {
    ASSERT_TRUE(eventually([&] { return look(id).life.attempts == attempt; })) << attempt;
    pass(retry_wait(attempt - 1, timing) + seconds(1));
  }
  ASSERT_TRUE(becomes(id, State::error));
  EXPECT_EQ(look(id).life.reason, Reason::start_failed);
  EXPECT_NE(history(id).attempts.at(0).exit_text.find("no room left"), std::string::npos);
  EXPECT_EQ(running(), 0U);
}

TEST_F(MeetingsTest, AnEngineThatIsAwayHoldsNoMeetingUp) {
  using Health = runtime::Fingerprint::Health;
  home([&] { mock->fingerprint_is({.health = Health::unhealthy, .text = "it cannot be reached"}); });
  fault({"list", "stop"}, Errc::unavailable);
  const auto id = create();
  for (std::int64_t attempt = 2; attempt <= timing.attempts; ++attempt) {
    ASSERT_TRUE(eventually([&] { return look(id).life.attempts == attempt; })) << attempt;
    pass(retry_wait(attempt - 1, timing) + seconds(1));
  }
  ASSERT_TRUE(becomes(id, State::error));
  EXPECT_EQ(look(id).life.reason, Reason::start_failed);
  EXPECT_EQ(look(id).life.container, Container::gone);
  EXPECT_EQ(calls("start"), 0);
  EXPECT_EQ(home([&] { return driver->asked["stop"]; }), 0) << "nothing was begun";
  EXPECT_EQ(history(id).attempts.at(0).exit_text, "fault");
  mend();
  const auto next = create("Next");
  ASSERT_TRUE(runs(next)) << "what is known of the engine may be old";
}

TEST_F(MeetingsTest, WhatCannotBeTakenAwayIsAnErrorAndIsTriedOn) {
  behave({.ignores_stop = true, .cannot_be_killed = true});
  const auto id = in_call();
  must(service->stop({.tenant_id = 1}, id, {.id = 7, .label = "anna"}));
  ASSERT_TRUE(eventually([&] { return calls("stop") > 0; }));
  pass(timing.stop_patience + timing.grace + seconds(1));
  ASSERT_TRUE(becomes(id, State::error));
  EXPECT_EQ(look(id).life.reason, Reason::stop_failed);
  EXPECT_EQ(look(id).life.container, Container::leaving);
  exits(id, {.code = -1, .signal = 9});
  ASSERT_TRUE(eventually([&] { return look(id).life.container == Container::gone; }));
  EXPECT_EQ(look(id).life.state, State::error) << "one end";
}

TEST_F(MeetingsTest, ThrownOutInTheWordsOfVexasBot) {
  const auto id = in_call();
  ASSERT_TRUE(say(id, ended(true, "removed_by_admin")));
  ASSERT_TRUE(becomes(id, State::completed));
  EXPECT_EQ(look(id).life.reason, Reason::evicted);
  EXPECT_EQ(look(id).life.reason_raw, "removed_by_admin");
}

TEST_F(MeetingsTest, WhatRunsIsFoundAgainAfterAKill) {
  const auto id = in_call("One");
  const auto gone = in_call("Two");
  kill();
  exits(gone, {.code = 1});
  begin();
  ASSERT_TRUE(becomes(gone, State::failed));
  EXPECT_EQ(look(gone).life.reason, Reason::bot_failed);
  EXPECT_EQ(look(id).life.state, State::active);
  EXPECT_EQ(calls("start"), 2) << "nothing was started again";
  ASSERT_TRUE(say(id, ended(true, "evicted")));
  ASSERT_TRUE(becomes(id, State::completed));
  EXPECT_EQ(running(), 0U);
}

TEST_F(MeetingsTest, AKillBetweenTheStartAndItsRowStartsNoOther) {
  const auto id = create();
  ASSERT_TRUE(runs(id));
  kill();
  // As if the kill had come before the row was written.
  forget_start(id);
  begin();
  ASSERT_TRUE(runs(id));
  EXPECT_EQ(calls("start"), 1);
  EXPECT_EQ(running(), 1U);
  EXPECT_TRUE(say(id, joined())) << "its token is good still";
  EXPECT_EQ(look(id).life.state, State::active);
}

TEST_F(MeetingsTest, ATokenAdmitsToItsMeetingAndWhatIsWrittenRingsTheBell) {
  std::atomic<int> rung = 0, rung_any = 0;
  const auto id = in_call();
  const auto one = bell.listen(id, [&] { ++rung; });
  const auto all = bell.listen_to_all([&](MeetingId which) { rung_any += which == id; });
  const auto token = home([&] { return driver->config_of(task_id_of(id, 1)); }).at("token").as_string();
  const auto kept = must(service->admit(std::string(token)));
  EXPECT_EQ(kept.meeting.id, id);
  EXPECT_EQ(kept.attempt->number, 1);
  const auto refused = run(service->admit("guessed"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::unknown_token);
  const int before = rung;
  must(service->stop({.tenant_id = 1}, id, {.id = 7, .label = "anna"}));
  EXPECT_GT(rung, before);
  EXPECT_GE(rung_any, rung);
}

TEST_F(MeetingsTest, WhatWasBegunGoesOnAfterAKill) {
  end();
  keeper = std::make_unique<Keeper>(
      Keeper::Uses{
          .db = *db, .drivers = drivers, .clock = time, .key = key, .home = io.at(0).get_executor(), .bell = bell},
      timing, BotProgram{});
  service = std::make_unique<Meetings>(*keeper, key, drivers, options);  // nobody looks after them
  const auto asked = create("One"), cancelled = create("Two");
  must(service->stop({.tenant_id = 1}, cancelled, {.id = 7, .label = "anna"}));
  EXPECT_EQ(look(cancelled).life.state, State::completed) << "nothing was started";
  EXPECT_EQ(way(cancelled), "requested completed");
  service.reset();
  keeper.reset();
  begin();
  ASSERT_TRUE(runs(asked));
  EXPECT_EQ(calls("start"), 1);
}

TEST_F(MeetingsTest, StraysAreTakenAway) {
  const auto id = in_call();
  kill();
  auto forget = [&](store::Tx& tx) -> Result<Unit> {
    auto kept = records::find_meeting(tx, id);
    kept->meeting.life.state = State::completed;
    kept->meeting.ended_ms = 1;
    kept->attempt->state = Container::gone;
    records::update_meeting(tx, kept->meeting);
    records::update_attempt(tx, *kept->attempt);
    return Unit{};
  };
  ASSERT_TRUE(db->write_now(forget));
  begin();
  EXPECT_TRUE(eventually([&] { return running() == 0; }));
}

TEST_F(MeetingsTest, ASummaryThatFailedIsBegunAnewAMinuteLater) {
  end();
  options.sums_up = [](std::int64_t) { return true; };
  begin();
  const auto id = create();
  ASSERT_TRUE(runs(id));
  ASSERT_TRUE(say(id, ended(true, "stopped")));
  ASSERT_TRUE(eventually([&] { return look(id).ended_ms.has_value(); }));
  const auto fail = [&] {
    kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
      summary::put_failed(tx, id, "no");
      auto row = records::after_of(tx, id).back();
      row.state = AfterState::failed;
      row.done_ms = time.unix_ms();
      EXPECT_TRUE(records::update_after(tx, row));
      return Unit{};
    }));
  };
  const auto begun = [&] { return run(service->sum_up({.tenant_id = 1}, id)); };
  fail();
  EXPECT_EQ(begun().error().code(), Errc::limit_exceeded);
  EXPECT_EQ(look(id).summary, SummaryState::failed);
  pass(std::chrono::minutes(1));
  EXPECT_TRUE(begun());
  EXPECT_TRUE(begun()) << "it is pending";
  fail();
  EXPECT_FALSE(begun());
  pass(-std::chrono::hours(1));
  EXPECT_TRUE(begun()) << "the clock was ahead";
}

TEST_F(MeetingsTest, BadRequestsMakeNothing) {
  auto bad = wanted();
  bad.language = "english";
  EXPECT_EQ(run(service->create(bad)).error().code(), Errc::invalid_param);
  bad = wanted();
  bad.driver = "nomad";
  EXPECT_EQ(run(service->create(bad)).error().code(), Errc::forbidden);
  bad.may_choose_driver = true;
  EXPECT_EQ(run(service->create(bad)).error().code(), Errc::invalid_param);
  bad = wanted();
  bad.link = "https://meet.google.com/abc-defg";
  EXPECT_EQ(run(service->create(bad)).error().code(), Errc::invalid_param);
  EXPECT_EQ(must(service->list({.tenant_id = 1}, {})).total, 0);
}

}  // namespace
}  // namespace troupe::meetings::life
