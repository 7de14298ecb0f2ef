// The shipped packs against vendors that behave as theirs do.
#include "assistant/calls/vendors_fixture.h"

namespace troupe::assistant::calls {
namespace {

using namespace testing_calls;
using testing::HasSubstr;

class VendorsTest : public CallsTest {
 protected:
  void serve(Vendor& vendor) {
    http.answer = [&vendor](const ClientRequest& request) { return vendor.answer(request); };
  }
  JsonArray all_of(const std::string& service_name, const std::string& operation) {
    Pages pages(caller, journal, service(service_name), operation, {}, context());
    JsonArray out;
    while (auto page = must(pages.next())) {
      EXPECT_EQ(page->outcome.state, CallState::done) << page->outcome.message;
      out.insert(out.end(), page->entries.begin(), page->entries.end());
    }
    return out;
  }
};

TEST_F(VendorsTest, CompanyCamHasPagesWithoutATotal) {
  CompanyCam vendor;
  serve(vendor);
  for (int i = 0; i < 120; ++i) vendor.projects.push_back(JsonObject{{"id", std::to_string(i)}, {"name", "p"}});
  EXPECT_EQ(all_of("companycam", "list_projects").size(), 120U);
  EXPECT_EQ(http.requests.size(), 3U);
  auto wrong = service("companycam");
  wrong.secrets["key"] = "another";
  const auto refused = call(wrong, "list_projects", "{}").value();
  EXPECT_EQ(refused.state, CallState::refused);
  EXPECT_EQ(refused.message, "Unauthorized");
}

TEST_F(VendorsTest, EveryLostWriteReachesItsVendorOnce) {
  for (const auto mishap : {Mishap::none, Mishap::lost_before, Mishap::lost_after, Mishap::server_error,
                            Mishap::server_error_after, Mishap::limited}) {
    for (const auto second : {Mishap::none, Mishap::lost_after, Mishap::limited}) {
      const auto what = std::to_string(static_cast<int>(mishap)) + "/" + std::to_string(static_cast<int>(second));
      const auto once = [&](Vendor& vendor, const std::string& name, const std::string& operation,
                            std::string_view arguments) {
        vendor.mishaps = {mishap, second};
        serve(vendor);
        const auto outcome = call(service(name), operation, arguments).value();
        EXPECT_EQ(outcome.state, CallState::done) << name << " " << what << ": " << outcome.message;
        EXPECT_EQ(vendor.writes, 1U) << name << " " << what;
        EXPECT_EQ(outcome.bytes, "") << "nothing of an answer that failed";
      };
      CompanyCam companycam;
      companycam.now_s = clock.unix_ms() / 1'000;
      once(companycam, "companycam", "create_project", R"({"name":"Maple Street"})");
      AccuLynx acculynx;
      once(acculynx, "acculynx", "create_contact", R"({"lastName":"Shaw","contactTypeIds":["t"]})");
      Bolt bolt;
      once(bolt, "bolt", "create_job", R"({"job":{"address":"1 Elm"}})");
      Slack slack;
      once(slack, "slack", "send_message", R"({"channel":"C1","text":"hello"})");
    }
  }
}

TEST_F(VendorsTest, AMessageOfTroupesOwnIsFoundByItsMarkAndNotByItsTransaction) {
  // A transaction is of a device, and each process has its own.
  const JsonArray before{JsonObject{{"event_id", "$other"}, {"content", {{"body", "hello"}}}}};
  auto chunk = before;
  http.answer = [&](const ClientRequest& request) -> Result<ClientResponse> {
    if (request.method == "GET") return json_answer(200, matrix::canonical_json(JsonObject{{"chunk", chunk}}));
    auto content = object(request.body);
    chunk.insert(chunk.begin(), JsonObject{{"event_id", "$made"}, {"content", content}});
    return json_answer(200, R"({"event_id":"$made"})");
  };
  // As the workflow binds it, and without.
  for (const bool bound : {true, false}) {
    chunk = before;
    http.requests.clear();
    auto resumed = context();
    resumed.sent_ms = clock.unix_ms() - 60'000;
    const auto txn = bound ? R"(,"txn_id":")" + resumed.marker + "\"" : std::string();
    const auto arguments = R"({"room_id":"!a:b","msgtype":"m.text","body":"hello")" + txn + "}";
    EXPECT_EQ(call(service("troupe"), "post_message", arguments, resumed)->state, CallState::done);
    EXPECT_EQ(count("PUT", "/"), 1U) << "it was not there";
    EXPECT_TRUE(http.requests.back().url.ends_with("/m.room.message/" + resumed.marker));
    const auto found = call(service("troupe"), "post_message", arguments, resumed).value();
    EXPECT_EQ(found.state, CallState::done);
    EXPECT_EQ(found.answer.at("event_id"), "$made");
    EXPECT_EQ(count("PUT", "/"), 1U) << "and now it is";
  }
}

TEST_F(VendorsTest, AccuLynxEndsWith416AndLimitsInPlainText) {
  AccuLynx vendor;
  serve(vendor);
  for (int i = 0; i < 50; ++i) vendor.contacts.push_back(JsonObject{{"id", i}});
  EXPECT_EQ(all_of("acculynx", "list_contacts").size(), 50U);
  EXPECT_EQ(http.requests.size(), 3U) << "the third is 416";
  const auto past = call(service("acculynx"), "list_contacts", R"({"pageStartIndex":500})").value();
  EXPECT_EQ(past.state, CallState::done);
  EXPECT_TRUE(past.past_end);
  const auto wrong = call(service("acculynx"), "create_contact", R"({"firstName":"A"})").value();
  EXPECT_EQ(wrong.state, CallState::refused);
  EXPECT_EQ(wrong.message, "lastName is required");
  vendor.mishaps = std::deque<Mishap>(8, Mishap::limited);
  const auto limited = call(service("acculynx"), "create_contact", R"({"lastName":"A"})").value();
  EXPECT_EQ(limited.state, CallState::failed);
  EXPECT_EQ(limited.message, "Too many requests. Slow down.");
  EXPECT_GT(limited.retry_after, 0ms);
  EXPECT_EQ(vendor.writes, 0U);
}

TEST_F(VendorsTest, AMessageThatNobodyCanListIsAskedAbout) {
  http.answer = [](const ClientRequest&) -> Result<ClientResponse> { return cut(); };
  const auto outcome = call(service("acculynx"), "create_job_message", R"({"jobId":"j","message":"hi"})").value();
  EXPECT_EQ(outcome.state, CallState::unknown);
  EXPECT_THAT(outcome.message, HasSubstr("cannot be listed"));
  EXPECT_EQ(http.requests.size(), 1U);
}

TEST_F(VendorsTest, BoltHasBatchesEtagsAndMomentsWithoutService) {
  Bolt vendor;
  serve(vendor);
  for (int i = 1; i <= 5; ++i) vendor.add(std::to_string(i), "street " + std::to_string(i));
  vendor.busy = 2;
  EXPECT_EQ(all_of("bolt", "list_jobs").size(), 5U);
  vendor.busy = 2;
  const auto changed = call(service("bolt"), "update_job", R"({"id":"3","job":{"etag":"e1","lot":"7"}})").value();
  EXPECT_EQ(changed.state, CallState::done) << "521 says that nothing was done: " << changed.message;
  EXPECT_EQ(vendor.writes, 1U);
  const auto stale = call(service("bolt"), "update_job", R"({"id":"3","job":{"etag":"e1","lot":"8"}})").value();
  EXPECT_EQ(stale.state, CallState::refused);
  EXPECT_EQ(stale.status, 409);
  EXPECT_EQ(stale.code, "conflict");
  vendor.mishaps = {Mishap::lost_after};
  const auto lost = call(service("bolt"), "update_job", R"({"id":"4","job":{"etag":"e1","lot":"8"}})").value();
  EXPECT_EQ(lost.state, CallState::unknown) << "changed by this call, or by somebody else";
  EXPECT_EQ(vendor.writes, 2U);
  vendor.mishaps = {Mishap::lost_before};
  EXPECT_EQ(call(service("bolt"), "update_job", R"({"id":"5","job":{"etag":"e1","lot":"8"}})")->state, CallState::done);
  EXPECT_EQ(vendor.writes, 3U);
}

TEST_F(VendorsTest, SlackIsToldInWhatAlphabetItsJsonIs) {
  Slack vendor;
  serve(vendor);
  EXPECT_EQ(call(service("slack"), "send_message", R"({"channel":"C1","text":"x"})")->state, CallState::done);
  EXPECT_EQ(http.requests.back().headers.get("content-type"), "application/json; charset=utf-8") << "or it warns";
}

TEST_F(VendorsTest, SlackSaysNoWithStatus200) {
  Slack vendor;
  serve(vendor);
  const auto refused = call(service("slack"), "send_message", R"({"channel":"nowhere","text":"x"})").value();
  EXPECT_EQ(refused.state, CallState::refused);
  EXPECT_EQ(refused.code, "channel_not_found");
  for (const auto* code : {"internal_error", "fatal_error", "service_unavailable"}) {
    vendor.refuses = code;
    vendor.messages.clear();
    vendor.writes = 0;
    EXPECT_EQ(call(service("slack"), "send_message", R"({"channel":"C1","text":"x"})")->state, CallState::done) << code;
    EXPECT_EQ(vendor.writes, 1U) << "looked for first, then sent again";
  }
  EXPECT_EQ(all_of("slack", "list_channels").size(), 1U) << "an empty page is not the end";
}

TEST_F(VendorsTest, SlackWithoutTheHistorysScopeAsks) {
  Slack vendor;
  serve(vendor);
  vendor.may_read_history = false;
  vendor.mishaps = {Mishap::lost_after};
  const auto outcome = call(service("slack"), "send_message", R"({"channel":"C1","text":"x"})").value();
  EXPECT_EQ(outcome.state, CallState::unknown);
  EXPECT_THAT(outcome.message, HasSubstr("missing_scope"));
  EXPECT_EQ(vendor.writes, 1U);
}

TEST_F(VendorsTest, SlackHoldsUpTheMethodAndNoOther) {
  Slack vendor;
  serve(vendor);
  vendor.mishaps = {Mishap::limited};
  const auto begun = clock.steady();
  ASSERT_EQ(call(service("slack"), "send_message", R"({"channel":"C1","text":"x"})")->state, CallState::done);
  EXPECT_GE(clock.steady() - begun, 5s);
  vendor.mishaps = {Mishap::limited};
  auto hasty = context();
  hasty.patience = 1s;
  EXPECT_EQ(call(service("slack"), "send_message", R"({"channel":"C1","text":"x"})", hasty)->state, CallState::failed);
  EXPECT_EQ(call(service("slack"), "list_channels", "{}", hasty)->state, CallState::done);
}

TEST_F(VendorsTest, AReactionThatIsThereIsDone) {
  Slack vendor;
  serve(vendor);
  vendor.mishaps = {Mishap::lost_after};
  // The second try hears that it is there already.
  http.answer = [&](const ClientRequest& request) -> Result<ClientResponse> {
    auto out = vendor.answer(request);
    vendor.refuses = "already_reacted";
    return out;
  };
  const auto outcome =
      call(service("slack"), "add_reaction", R"({"channel":"C1","timestamp":"1.0","name":"eyes"})").value();
  EXPECT_EQ(outcome.state, CallState::done) << outcome.message;
  EXPECT_TRUE(outcome.found);
  EXPECT_EQ(vendor.writes, 1U);
}

}  // namespace
}  // namespace troupe::assistant::calls
