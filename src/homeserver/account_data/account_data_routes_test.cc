// Account data through its routes.
#include "homeserver/crypto/crypto_fixture.h"

namespace troupe::homeserver::account_data {
namespace {

using AccountDataRoutesTest = crypto::CryptoTest;

TEST_F(AccountDataRoutesTest, AnIdThatIsNoRoomsIsNone) {
  const auto alice = sign_in("alice");
  for (const auto* room : {"notaroom", "%23tea:example.org", "@alice:example.org"}) {
    const auto path = "/user/" + user("alice") + "/rooms/" + room + "/account_data/org.example.mark";
    for (const auto& answer : {put(alice, path, {{"a", 1}}), get(alice, path)}) {
      EXPECT_EQ(answer.status, 400) << room;
      EXPECT_EQ(answer.string_at("/errcode"), "M_INVALID_PARAM") << room;
    }
  }
  EXPECT_EQ(get(alice, "/user/" + user("alice") + "/rooms/!nowhere:example.org/account_data/x").status, 404);
}

}  // namespace
}  // namespace troupe::homeserver::account_data
