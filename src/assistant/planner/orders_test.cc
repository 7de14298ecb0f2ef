// What is an order and what is none, in several languages; channels without their sign; answers that are no values.
#include <gmock/gmock.h>

#include "assistant/planner/planner_fixture.h"

namespace troupe::assistant::planner {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

bool writes(const Outcome& outcome) {
  const auto* plan = std::get_if<Plan>(&outcome);
  return plan && plan->writes;
}

TEST(OrdersTest, WhatDependsOnSomethingIsNoOrder) {
  for (const auto* text : {
           "poste \"fermé\" dans #general sur slack s'il pleut demain",
           "publica \"cerrado\" en #obra en slack si llueve",
           "envoie un message à #ops sur slack si le camion arrive : prêt",
           "crea un canal de slack llamado norte a menos que ya exista",
           "crée un canal slack nommé nord à moins que le client refuse",
           "lösche den Slack-Kanal #alt, es sei denn jemand nutzt ihn",
           "poste \"hi\" dans #ops sur slack dès que le client arrive",
           "manda \"listo\" a #equipo en slack en caso de lluvia",
           "publique \"fechado\" no canal #obra no slack se chover",
           "archive #old in slack in the event that nobody answers",
           "post \"ok\" to #ops in slack depending on the weather",
           "is the message \"ok\" posted to #ops in slack?",
           "do we post \"ok\" to #ops in slack on mondays?",
           "are you going to create a channel called north in slack?",
           "whether to post \"ok\" in #ops on slack is open",
           "send nothing to #ops in slack",
           "create no channel called north in slack",
           "no envíes \"hola\" a #ops en slack",
           "n'envoie rien à #ops sur slack",
           "no publiques nada en #ops en slack",
           "schick nichts an #ops in slack",
           "hast du \"ok\" in #ops auf slack gepostet",
           "create a slack channel called north if Ann agrees",
           "it has to wait until Ann agrees, then post \"ok\" to #ops in slack",
           "it is fine once it stops raining, so post \"ok\" to #ops in slack",
           "they said we wait if it rains; post \"ok\" to #ops in slack",
           "crie um lead no acculynx para Tim Shaw na 415 Oak Ave se a Ana concordar",
           "post \"ok\" to #ops on slack when you can reach Ann",
           "if you can find Ann, post \"ok\" to #ops on slack",
           "leave it until tomorrow, then post \"ok\" to #ops on slack",
           "hold on until 3 people agree and post \"ok\" to #ops on slack",
           "wait until friday and post \"ok\" to #ops in slack",
           "post \"ok\" to #ops in slack, but not until friday",
           "once Ann agrees post \"ok\" to #ops in slack",
           "post \"ok\" to #ops in slack, subject to Ann agreeing",
           "envoie \"ok\" dans #ops sur slack au cas où il pleut",
           "publica \"ok\" en #ops de slack siempre y cuando Ana quiera",
           "avisa a #ops en slack tan pronto llegue el camión",
       })
    EXPECT_FALSE(writes(planned(text))) << text << " became " << told(planned(text));
}

TEST(OrdersTest, PlainAndPoliteOnesArePlanned) {
  const std::pair<const char*, const char*> orders[] = {
      {"poste \"bonjour\" dans #general sur slack s'il te plaît", "slack.send_message"},
      {"poste \"bonjour\" dans #general sur slack s'il vous plaît", "slack.send_message"},
      {"publica \"hola\" en #obra en slack si es posible", "slack.send_message"},
      {"publica \"hola\" en #obra en slack si puedes", "slack.send_message"},
      {"schreib \"hallo\" in #ops auf slack wenn möglich", "slack.send_message"},
      {"comment \"done\" on the projects page of Ash and Birch in companycam", "companycam.add_project_conversation"},
      {"add a comment in companycam on the projects page of Ash and Birch: done",
       "companycam.add_project_conversation"},
      {"send \"hello\" to the channel general in slack", "slack.send_message"},
      {"send \"hello\" to ops in slack", "slack.send_message"},
      {"post good morning to the ops channel in slack", "slack.send_message"},
      {"slack: post to ops: we start at 7", "slack.send_message"},
      {"post \"see you at the yard\" in channel crew-2 on slack", "slack.send_message"},
      {"archive the channel old-bids in slack", "slack.archive_channel"},
      {"invite joe@example.com to the channel bids in slack", "slack.invite_users"},
      {"post \"if it rains we stay home\" to #ops in slack", "slack.send_message"},
      {"tell #ops on slack that we leave if it rains", "slack.send_message"},
      {"please do create a slack channel called north", "slack.create_channel"},
      {"can you post \"ok\" in #ops on slack?", "slack.send_message"},
      {"would you create a slack channel named north", "slack.create_channel"},
      {"crea un canal en slack llamado norte", "slack.create_channel"},
      {"don't forget to post \"ok\" in #ops on slack", "slack.send_message"},
      {"post \"ok\" to #ops on slack at once", "slack.send_message"},
      {"post \"ok\" to #ops on slack when you can", "slack.send_message"},
      {"if you can, post \"ok\" to #ops on slack", "slack.send_message"},
      {"when possible, post \"ok\" to #ops on slack", "slack.send_message"},
      {"create an acculynx lead for Tim Shaw at 415 Oak Ave SE", "acculynx.create_lead"},
  };
  for (const auto& [text, intent] : orders)
    EXPECT_THAT(told(planned(text)), StartsWith(std::string(intent) + " ")) << text;
}

TEST(OrdersTest, AChannelNeedsNoSign) {
  const std::pair<const char*, const char*> orders[] = {
      {"send \"hello\" to the channel general in slack", R"({"message":"hello","channel":"general"})"},
      {"send \"hello\" to ops in slack", R"({"message":"hello","channel":"ops"})"},
      {"post good morning to the ops channel in slack", R"({"channel":"ops","message":"good morning"})"},
      {"create a slack channel called north if you can", R"({"name":"north"})"},
      {"slack: post to ops: we start at 7", R"({"channel":"ops","message":"we start at 7"})"}};
  for (const auto& [text, inputs] : orders) {
    const auto outcome = planned(text);
    const auto* plan = std::get_if<Plan>(&outcome);
    ASSERT_TRUE(plan) << text << " became " << told(outcome);
    EXPECT_EQ(matrix::Json(plan->spec.inputs), boost::json::parse(inputs)) << text;
  }
  for (const auto* text : {"send \"hello\" to the customer in slack", "send \"hello\" to them in slack",
                           "send \"hello\" to Anna in slack"})
    EXPECT_EQ(told(planned(text)), "? slack.send_message /channel") << text;
}

TEST(OrdersTest, YesIsNoValue) {
  const auto& planner = ShippedPlanner::get().planner;
  const auto ask = [](const char* text) {
    auto outcome = planned(text);
    auto* question = std::get_if<Question>(&outcome);
    EXPECT_TRUE(question) << told(outcome);
    return question ? question->pending : Pending{};
  };
  const auto pending = ask("stop the bot in troupe");
  ASSERT_EQ(pending.asked, Asked::inputs);
  for (const auto* answer : {"yes", "Yes!", "no", "ok", "thanks", "ja", "oui", "sí", "👍", "?", "..."}) {
    const auto outcome = planner.answer(pending, answer, kSaidOn);
    const auto* question = std::get_if<Question>(&outcome);
    ASSERT_TRUE(question) << answer << " became " << told(outcome);
    EXPECT_EQ(question->pending.missing, pending.missing) << answer;
    EXPECT_THAT(question->text, HasSubstr("no value")) << answer;
  }
  EXPECT_EQ(told(planner.answer(pending, "faq", kSaidOn)), R"(troupe.stop_bot {"bot_id":"faq"})");
  // What is to be said may well be "yes".
  EXPECT_EQ(told(planner.answer(ask("post to #ops in slack"), "yes", kSaidOn)),
            R"(slack.send_message {"channel":"ops","message":"yes"})");
}

TEST(OrdersTest, ANumberOfNoChoiceIsNoValue) {
  auto pending = std::get<Question>(planned("send \"ok\" to #general and to #ops on slack")).pending;
  const auto outcome = ShippedPlanner::get().planner.answer(pending, "7", kSaidOn);
  const auto* question = std::get_if<Question>(&outcome);
  ASSERT_TRUE(question) << told(outcome);
  EXPECT_EQ(question->pending.options.size(), 2U);
}

}  // namespace
}  // namespace troupe::assistant::planner
