#include "homeserver/gateway/vapid.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "base/public_key.h"
#include "homeserver/migrations.gen.h"
#include "store/migrations.h"
#include "store/test_database.h"

namespace troupe::homeserver::gateway {
namespace {

std::string plain_of(std::string_view text) { return base::base64_decode(text).value(); }

TEST(VapidTest, SaysWhoWeAreAndSignsIt) {
  const auto key = base::P256Key::generate();
  const Vapid vapid(key, "mailto:ops@example.org");
  const auto header = vapid.authorization("https://push.example.net", 1'000'000'000'000);
  ASSERT_TRUE(header.starts_with("vapid t=")) << header;
  const auto end = header.find(", k=");
  EXPECT_EQ(header.substr(end + 4), vapid.public_key());
  EXPECT_EQ(plain_of(vapid.public_key()), key.public_bytes());
  const auto token = header.substr(8, end - 8);
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  EXPECT_EQ(plain_of(token.substr(0, first)), R"({"typ":"JWT","alg":"ES256"})");
  const auto claims = boost::json::parse(plain_of(token.substr(first + 1, last - first - 1)));
  EXPECT_EQ(claims.at("aud"), "https://push.example.net");
  EXPECT_EQ(claims.at("exp"), 1'000'043'200);
  EXPECT_EQ(claims.at("sub"), "mailto:ops@example.org");
  EXPECT_TRUE(base::verify_es256(key.public_bytes().substr(1, 32), key.public_bytes().substr(33), token.substr(0, last),
                                 plain_of(token.substr(last + 1))));
  const Vapid quiet(key, "");
  EXPECT_NE(quiet.authorization("https://push.example.net", 1), header);
}

TEST(VapidTest, TheKeyStaysTheSameAndIsSealed) {
  const store::TempDir dir;
  base::MetricRegistry metrics;
  const auto db = store::open_database(dir, metrics);
  store::migrate(*db, "homeserver", migrations()).value();
  const auto sealing = base::SealingKey::from_raw(std::string(32, 'k')).value();
  const auto first = load_push_key(*db, sealing).value();
  EXPECT_EQ(load_push_key(*db, sealing).value().public_bytes(), first.public_bytes());
  ASSERT_TRUE(db->read_now([&](store::Connection& connection) -> Result<Unit> {
    auto rows = connection.query("SELECT sealed_key FROM hs_push_key");
    std::string stored;
    EXPECT_TRUE(rows.next());
    rows >> store::blob(stored);
    EXPECT_EQ(stored.find(first.private_bytes()), std::string::npos);
    return Unit{};
  }));
  const auto other = base::SealingKey::from_raw(std::string(32, 'o')).value();
  const auto second = load_push_key(*db, other).value();
  EXPECT_NE(second.public_bytes(), first.public_bytes());
  EXPECT_EQ(load_push_key(*db, other).value().public_bytes(), second.public_bytes());
}

}  // namespace
}  // namespace troupe::homeserver::gateway
