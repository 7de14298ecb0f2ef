// The assistant in Slack: Slack's own requests, signed; the vendor's stand-in gets the answers.
#include <boost/json/serialize.hpp>

#include "assistant/calls/vendors_fixture.h"
#include "assistant/surfaces/slack_desk.h"
#include "assistant/surfaces/surfaces_fixture.h"
#include "base/crypto.h"

namespace troupe::assistant::surfaces {
namespace {

namespace vendors = calls::testing_calls;

constexpr std::string_view kSecret = "8f742231b10e8888abcd99yyyzzz85a5";

std::string signature_of(std::string_view timestamp, std::string_view body, std::string_view secret = kSecret) {
  const auto text = "v0:" + std::string(timestamp) + ":" + std::string(body);
  return "v0=" + base::hex(base::as_bytes(base::hmac_sha256(secret, text)));
}

TEST(SlackEventTest, TheSignatureIsOverTimestampAndBody) {
  // The example of Slack's own page.
  const std::string body =
      "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name="
      "foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks."
      "slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121."
      "803a0bc887a14d10d2c447fce8b6703c";
  const std::string signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
  const base::UnixMs then = 1'531'420'618'000;
  EXPECT_TRUE(slack_signed(kSecret, "1531420618", signature, body, then));
  EXPECT_TRUE(slack_signed(kSecret, "1531420618", signature, body, then + 299'000));
  EXPECT_FALSE(slack_signed(kSecret, "1531420618", signature, body, then + 301'000)) << "played again";
  EXPECT_FALSE(slack_signed(kSecret, "1531420618", signature, body, then - 301'000));
  EXPECT_FALSE(slack_signed(kSecret, "1531420619", signature, body, then));
  EXPECT_FALSE(slack_signed(kSecret, "1531420618", signature, body + "x", then));
  EXPECT_FALSE(slack_signed(kSecret, "1531420618", "", body, then));
  EXPECT_FALSE(slack_signed(kSecret, "", signature, body, then));
  EXPECT_FALSE(slack_signed(kSecret, "1531420618 ", signature, body, then));
  EXPECT_FALSE(slack_signed("", "1531420618", signature_of("1531420618", body, ""), body, then)) << "no secret is set";
}

TEST(SlackEventTest, TextsAreReadAndWrittenInSlacksWay) {
  EXPECT_EQ(from_mrkdwn("tell <#C1|ops> &amp; <@U2> &lt;b&gt; <https://x.org|here> <mailto:a@b.org|a@b.org>"),
            "tell #ops & @U2 <b> https://x.org a@b.org");
  EXPECT_EQ(from_mrkdwn("&amp;lt; <"), "&lt; <");
  EXPECT_EQ(to_mrkdwn({.text = "**Do** it\n\n```json\n{\"a\":\"**\"}\n```\n**so**",
                       .picks = {{.id = "yes", .label = "Run it", .reaction = ""}}}),
            "*Do* it\n\n```\n{\"a\":\"**\"}\n```\n*so*\n\n1. Run it\n_Answer with the number._");
}

TEST(SlackEventTest, WhatIsNobodysOrderIsPassedOver) {
  const std::string head = R"({"type":"event_callback","event_id":"Ev1","team_id":"T1","event":)";
  EXPECT_TRUE(
      read_slack_post(head + R"({"type":"app_mention","channel":"C1","user":"U1","ts":"1.2","text":"x"}})")->event);
  for (const auto* event :
       {R"({"type":"message","channel":"C1","user":"U1","ts":"1.2","text":"x"}})",
        R"({"type":"app_mention","bot_id":"B1","channel":"C1","user":"U1","ts":"1.2","text":"x"}})",
        R"({"type":"message","channel_type":"im","subtype":"message_changed","channel":"D1","ts":"1.2"}})",
        R"({"type":"app_mention","channel":"C1 \" OR","user":"U1","ts":"1.2","text":"x"}})",
        R"({"type":"app_mention","channel":1,"user":"U1","ts":"1.2","text":"x"}})", "7}"}) {
    auto post = read_slack_post(head + event);
    ASSERT_TRUE(post) << event;
    EXPECT_FALSE(post->event) << event;
  }
  for (const auto* body : {"", "[]", "{}", R"({"type":"url_verification"})"})
    EXPECT_FALSE(read_slack_post(body)) << body;
}

class SlackTest : public SurfacesTest {
 protected:
  SlackTest() {
    settings.signing_secret = kSecret;
    settings.people = {"U1=@anna:localhost", "U2=@ben:localhost", "U9=@gone:localhost"};
    vendor_web.answer = [this](const net::client::ClientRequest& request) { return slack.answer(request); };
    watcher.add("slack", desk);
  }
  Result<std::string> post(const std::string& body, std::string_view secret = kSecret) {
    const auto timestamp = std::to_string(clock.unix_ms() / 1000);
    return run(desk.accept(timestamp, signature_of(timestamp, body, secret), body));
  }
  /// Somebody says something to the app.
  void say(const std::string& user, const std::string& text, const std::string& id = "") {
    const auto number = std::to_string(++said_);
    boost::json::object event{{"type", "app_mention"},
                              {"channel", "C1"},
                              {"user", user},
                              {"ts", "1700000000.00" + number},
                              {"text", "<@UAPP> " + text}};
    boost::json::object body{{"type", "event_callback"},
                             {"event_id", id.empty() ? "Ev" + number : id},
                             {"team_id", "T1"},
                             {"event", std::move(event)}};
    EXPECT_EQ(kit::must(post(boost::json::serialize(body))), "");
  }
  std::string ask(const std::string& user, const std::string& text) {
    say(user, text);
    must(desk.round());
    return posted();
  }
  /// What was posted last.
  std::string posted() {
    if (slack.messages.empty()) return {};
    return std::string(matrix::find_string(slack.messages.front().as_object(), "text").value_or(""));
  }
  /// Time goes by in pauses alone.
  calls::CallOptions quick() {
    calls::CallOptions options;
    options.pause = [this](std::chrono::milliseconds time) -> asio::awaitable<void> {
      clock.passed_ms += std::max<std::int64_t>(time.count(), 1);
      co_return;
    };
    return options;
  }

  SlackSettings settings;
  vendors::Slack slack;
  kit::FakeHttp vendor_web;
  vendors::MemoryGrants grants;
  vendors::MemoryFiles files;
  calls::Limits limits{clock, quick().pause};
  calls::Tokens tokens{vendor_web, clock, grants, quick().pause};
  calls::Caller caller{vendor_web, limits, tokens, files, clock, quick()};
  SlackDesk desk{{.settings = settings,
                  .people = people,
                  .talk = talk,
                  .service = []() -> Task<calls::Service> { co_return slack_pack(); },
                  .caller = caller,
                  .journal = journal,
                  .db = *db,
                  .clock = clock}};
  Watcher watcher{{.assistant = assistant, .db = *db, .clock = clock}};

 private:
  static calls::Service slack_pack() {
    auto checked = packs::read_pack(packs::shipped_pack("slack"));
    if (!checked.pack) throw std::runtime_error("the pack slack has errors");
    calls::Service made{.pack = std::make_shared<packs::Pack>(*std::move(checked.pack)),
                        .base_url = {},
                        .base_is_configured = false,
                        .secrets = {{"key", "key-4711-canary"}},
                        .account = "1/slack"};
    made.base_url = made.pack->base_url;
    return made;
  }
  int said_ = 0;
};

TEST_F(SlackTest, TheAddressIsVerifiedAndNobodyElseIsHeard) {
  const std::string challenge = R"({"type":"url_verification","challenge":"3eZbrw1aBm2rZgRNFdxV"})";
  EXPECT_EQ(kit::must(post(challenge)), "3eZbrw1aBm2rZgRNFdxV");
  EXPECT_EQ(post(challenge, "another secret").error().code(), Errc::forbidden);
  EXPECT_EQ(post("{").error().code(), Errc::bad_json);
  settings.signing_secret.clear();
  EXPECT_EQ(post(challenge, "").error().code(), Errc::not_found);
}

TEST_F(SlackTest, APlanAnApprovalAndAResult) {
  auto plan = ask("U1", "tell them");
  EXPECT_TRUE(has(plan, "I would do this.")) << plan;
  EXPECT_TRUE(has(plan, "1. Run it\n2. Cancel")) << plan;
  EXPECT_FALSE(slack.messages.front().as_object().contains("thread_ts"));
  EXPECT_TRUE(has(ask("U2", "1"), "Nothing waits")) << "somebody else's answer";
  EXPECT_TRUE(has(ask("U1", "1"), "slack.send_message"));
  EXPECT_EQ(ask("U1", "yes"), "Done: sent");
  EXPECT_EQ(tasks_of(anna)[0].phase, tasks::Phase::done);
}

TEST_F(SlackTest, AnEventIsActedOnOnce) {
  say("U1", "tell them", "Ev77");
  say("U1", "tell them", "Ev77");
  must(desk.round());
  say("U1", "tell them", "Ev77");
  must(desk.round());
  must(desk.round());
  EXPECT_EQ(assistant.planned, 1);
  EXPECT_EQ(slack.messages.size(), 1U);
}

TEST_F(SlackTest, AnAnswerIsPostedOnceThoughItsOwnAnswerIsLost) {
  for (const auto mishap : {vendors::Mishap::lost_after, vendors::Mishap::lost_before, vendors::Mishap::limited,
                            vendors::Mishap::server_error_after}) {
    const auto before = slack.messages.size();
    slack.mishaps = {mishap};
    say("U1", "look around");
    for (int i = 0; i < 5; ++i) {
      must(desk.round());
      clock.shift_ms += 60'000;
    }
    EXPECT_EQ(slack.messages.size(), before + 1);
  }
}

TEST_F(SlackTest, AChannelThatIsFullOfWordsHoldsNoOtherUp) {
  auto fill = [&](store::Tx& tx) -> Result<Unit> {
    for (int i = 0; i < 120; ++i) {
      const auto number = std::to_string(i);
      slack_store::insert_event(tx,
                                {.id = "Loud" + number,
                                 .team = "T1",
                                 .channel = "C2",
                                 .user = "U2",
                                 .ts = number,
                                 .thread_ts = {},
                                 .text = "look"},
                                i);
      slack_store::insert_post(tx, {.id = "loud" + number, .channel = "C2", .text = "loud " + number, .created_ms = i});
    }
    slack_store::put_thread(tx, "T1:C9", "U1", {}, 1);
    return Unit{};
  };
  must(db->write(fill));
  ask("U1", "tell them");
  const auto answered = std::ranges::count_if(
      slack.messages, [](const auto& message) { return matrix::find_string(message.as_object(), "channel") == "C1"; });
  EXPECT_EQ(answered, 1);
  must(desk.prune(clock.unix_ms()));
  auto left = [](store::Connection& c) -> Result<bool> { return slack_store::thread_of(c, "T1:C9", "U1").has_value(); };
  EXPECT_FALSE(must(db->read(left))) << "a conversation that nobody goes on with";
}

TEST_F(SlackTest, StrangersAreToldSo) {
  EXPECT_TRUE(has(ask("U3", "tell them"), "do not know who you are"));
  EXPECT_TRUE(has(ask("U9", "tell them"), "have an account here"));
  homeserver->set_flags(ben, false, true);
  EXPECT_TRUE(has(ask("U2", "tell them"), "locked"));
  EXPECT_EQ(assistant.planned, 0);
}

TEST_F(SlackTest, WhatIsDecidedElsewhereIsToldHereOnce) {
  ask("U1", "tell them");
  ask("U1", "yes");
  const auto before = slack.messages.size();
  const auto approval = *must(tasks.find(who(anna), tasks_of(anna)[0].id)).approval;
  must(tasks.reject(who(anna), approval.id, approval.digest, "not today"));
  for (int i = 0; i < 3; ++i) {
    clock.shift_ms += 120'000;
    must(watcher.round());
    must(desk.round());
  }
  EXPECT_EQ(slack.messages.size(), before + 1);
  EXPECT_TRUE(has(posted(), "rejected"));
}

}  // namespace
}  // namespace troupe::assistant::surfaces
