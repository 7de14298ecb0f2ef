// What migrations make of rows that are there already.
#include "fleet/bots/bot_store.h"
#include "fleet/migrations.gen.h"
#include "fleet/routes/flowise_url.h"
#include "host/migrations.gen.h"
#include "store/test_database.h"

namespace troupe::fleet {
namespace {

class MigrationsTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(store::migrate(*db_, "host", host::migrations())); }
  void apply(std::size_t upto) {
    const auto done = store::migrate(*db_, "fleet", migrations().first(upto));
    ASSERT_TRUE(done.has_value()) << done.error().message() << done.error().detail();
  }
  /// A row as it was before annotations.
  void insert_bot(int id, std::string_view kind, std::string_view config, std::string_view flowise_url) {
    const auto done = db_->write_now([&](store::Tx& tx) -> Result<Unit> {
      const auto name = "bot" + std::to_string(id);
      tx.run(
          "INSERT INTO fleet_bot (id, bot_id, user_id, display_name, homeserver, brain_kind, brain_config, flowise_url,"
          " owns_account, desired_state, observed_state, status_detail, since_ms, created_ms, updated_ms) VALUES"
          " (?1, ?2, ?2, ?2, '', ?3, ?4, ?5, 1, 'stopped', 'created', '', 0, 0, 0)",
          id, name, kind, config, flowise_url);
      return Unit{};
    });
    ASSERT_TRUE(done.has_value()) << done.error().detail();
  }
  Bot bot(BotKey id) {
    std::optional<Bot> found;
    EXPECT_TRUE(db_->read_now([&](store::Connection& c) -> Result<Unit> {
      found = bots::bot_by_key(c, id);
      return Unit{};
    }));
    EXPECT_TRUE(found) << id;
    return found.value_or(Bot{});
  }

  store::TempDir dir_;
  base::MetricRegistry metrics_;
  std::unique_ptr<store::Database> db_ = store::open_database(dir_, metrics_);
};

TEST_F(MigrationsTest, FlowiseAddressesBecomeAnnotationsAndStayTheBrainsAddress) {
  apply(7);
  constexpr std::string_view kUrl = "http://flowise:3000/api/v1/prediction/flow-1";
  constexpr std::string_view kOdd = R"(https://a.example/"quoted"\back/ü?x='1')";
  const std::string asked = R"({"url":")" + std::string(kUrl) + R"(","respond":"auto"})";
  insert_bot(1, "echo", R"({"respond":"auto"})", "");
  insert_bot(2, "flowise", asked, kUrl);
  insert_bot(3, "flowise", asked, "http://elsewhere:3000/");  // the config says where it asks
  insert_bot(4, "flowise", "{}", kOdd);                       // made before there were Flowise brains
  insert_bot(5, "flowise", R"({"respond":"always"})", kOdd);
  insert_bot(6, "openai", R"({"model":"m"})", kUrl);
  apply(migrations().size());

  EXPECT_TRUE(bot(1).annotations.empty());
  EXPECT_EQ(routes::flowise_url_of(bot(2)), kUrl);
  EXPECT_EQ(boost::json::serialize(bot(2).brain_config), asked);
  EXPECT_EQ(routes::flowise_url_of(bot(3)), "http://elsewhere:3000/");
  EXPECT_EQ(boost::json::serialize(bot(3).brain_config), asked);
  EXPECT_EQ(routes::flowise_url_of(bot(4)), kOdd);
  EXPECT_EQ(bot(4).brain_config, boost::json::object({{"url", kOdd}}));
  EXPECT_EQ(routes::flowise_url_of(bot(5)), kOdd);
  EXPECT_EQ(bot(5).brain_config, boost::json::object({{"url", kOdd}, {"respond", "always"}}));
  EXPECT_EQ(routes::flowise_url_of(bot(6)), kUrl);
  EXPECT_EQ(bot(6).brain_config, boost::json::object({{"model", "m"}}));
}

}  // namespace
}  // namespace troupe::fleet
