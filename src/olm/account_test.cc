#include "olm/account.h"

#include <set>

#include "olm/olm_fixture.h"
#include "olm/signing_key.h"

namespace troupe::olm {
namespace {

TEST(OlmAccount, HasKeysOfItsOwnAndSigns) {
  const Account account = Account::create();
  const IdentityKeys keys = account.identity_keys();
  EXPECT_EQ(keys.curve25519.size(), 43U);
  EXPECT_EQ(keys.ed25519.size(), 43U);
  EXPECT_NE(keys.ed25519, Account::create().identity_keys().ed25519);

  const std::string signature = account.sign(R"({"a":1})");
  EXPECT_TRUE(verify_ed25519(keys.ed25519, R"({"a":1})", signature));
  EXPECT_EQ(reason_in(verify_ed25519(keys.ed25519, R"({"a":2})", signature)), Reason::bad_signature);
}

TEST(OlmAccount, ListsOneTimeKeysInTheirOrderUntilTheyArePublished) {
  Account account = Account::create();
  EXPECT_TRUE(account.unpublished_one_time_keys().empty());
  account.generate_one_time_keys(20);
  account.generate_one_time_keys(5);
  const auto keys = account.unpublished_one_time_keys();
  ASSERT_EQ(keys.size(), 25U);
  std::set<std::string> ids;
  std::string before;
  for (const auto& key : keys) {
    EXPECT_EQ(key.curve25519.size(), 43U);
    EXPECT_TRUE(ids.insert(key.id).second);
    const std::string number = *base::base64_decode(key.id);
    EXPECT_LT(before, number);
    before = number;
  }
  account.mark_keys_published();
  EXPECT_TRUE(account.unpublished_one_time_keys().empty());
  account.generate_one_time_keys(1);
  EXPECT_FALSE(ids.contains(account.unpublished_one_time_keys().at(0).id));
}

TEST(OlmAccount, MakesOnlySoManyKeysAtOnce) {
  Account account = Account::create();
  account.generate_one_time_keys(1'000'000'000);
  EXPECT_EQ(account.unpublished_one_time_keys().size(), Account::kMaxOneTimeKeys);
}

TEST(OlmAccount, ComesBackFromItsPickle) {
  TwoDevices two;
  two.a.generate_one_time_keys(2);
  two.a.generate_fallback_key();
  const std::string pickle = two.a.pickle(sealing_key());
  Account again = value_of(Account::from_pickle(pickle, sealing_key()));
  EXPECT_EQ(again.identity_keys().curve25519, two.a.identity_keys().curve25519);
  EXPECT_EQ(again.identity_keys().ed25519, two.a.identity_keys().ed25519);
  EXPECT_EQ(again.unpublished_fallback_key()->curve25519, two.a.unpublished_fallback_key()->curve25519);
  ASSERT_EQ(again.unpublished_one_time_keys().size(), 2U);

  auto session = two.from_b(again.unpublished_one_time_keys().at(1));
  const Message message = value_of(session.encrypt("hello"));
  EXPECT_EQ(value_of(again.inbound_session(two.b.identity_keys().curve25519, message.body)).plaintext, "hello");
}

TEST(OlmAccount, APickleShowsNothingAndOpensWithItsKeyOnly) {
  const Account account = Account::create();
  const std::string pickle = account.pickle(sealing_key());
  EXPECT_EQ(pickle.find("signing_key"), std::string::npos);
  EXPECT_NE(pickle, account.pickle(sealing_key()));  // another nonce each time
  EXPECT_EQ(reason_in(Account::from_pickle(pickle, sealing_key('x'))), Reason::bad_pickle);
  EXPECT_EQ(reason_in(Session::from_pickle(pickle, sealing_key())), Reason::bad_pickle);
  for (const std::string& form : {std::string(), std::string("garbage"), pickle.substr(0, 40), pickle + "x"}) {
    EXPECT_EQ(reason_in(Account::from_pickle(form, sealing_key())), Reason::bad_pickle);
  }
  EXPECT_EQ(reason_in(Account::from_pickle(std::string(kMaxPickleBytes + 1, 'x'), sealing_key())), Reason::too_large);
  for (const char* text : {"", "null", "[]", "{}", "[[[[[[[[", R"({"signing_key":1})", "\xff"}) {
    EXPECT_EQ(reason_in(Account::from_pickle(sealing_key().seal(text), sealing_key())), Reason::bad_pickle) << text;
  }
}

TEST(OlmAccount, AnAccountWithEveryKeyItCanHoldFitsItsPickle) {
  Account account = Account::create();
  for (int round = 0; round < 110; ++round) {
    account.generate_one_time_keys(Account::kMaxOneTimeKeys);
    account.mark_keys_published();
  }
  const std::string pickle = account.pickle(sealing_key());
  EXPECT_LT(pickle.size(), kMaxPickleBytes);
  EXPECT_TRUE(Account::from_pickle(pickle, sealing_key()));
}

TEST(OlmAccount, UsesAOneTimeKeyOnce) {
  TwoDevices two;
  const OneTimeKey key = two.publish();
  Session first = two.from_b(key);
  Session second = two.from_b(key);
  const Message one = value_of(first.encrypt("one"));
  const Message other = value_of(second.encrypt("other"));
  EXPECT_EQ(two.at_a(one).plaintext, "one");
  const auto& sender = two.b.identity_keys().curve25519;
  EXPECT_EQ(reason_in(two.a.inbound_session(sender, other.body)), Reason::unknown_one_time_key);
  EXPECT_EQ(reason_in(two.a.inbound_session(sender, one.body)), Reason::unknown_one_time_key);
}

TEST(OlmAccount, ABrokenFirstMessageUsesUpNothing) {
  TwoDevices two;
  Session session = two.from_b();
  const Message message = value_of(session.encrypt("hello"));
  const std::string sender = two.b.identity_keys().curve25519;
  for (const auto& form : broken_forms(message.body)) {
    EXPECT_FALSE(two.a.inbound_session(sender, form));
    (void)session_id_of(form);
  }
  const std::string large(kMaxMessageBytes + 1, 'A');
  EXPECT_EQ(reason_in(two.a.inbound_session(sender, large)), Reason::too_large);
  EXPECT_EQ(reason_in(session_id_of(large)), Reason::too_large);
  EXPECT_EQ(reason_in(session_id_of("AAAA")), Reason::bad_message);
  EXPECT_EQ(reason_in(two.a.inbound_session("short", message.body)), Reason::bad_key);
  EXPECT_EQ(reason_in(two.a.inbound_session("\xff\xfe", message.body)), Reason::bad_key);
  const std::string stranger = Account::create().identity_keys().curve25519;
  EXPECT_EQ(reason_in(two.a.inbound_session(stranger, message.body)), Reason::wrong_sender);
  EXPECT_EQ(two.at_a(message).plaintext, "hello");
}

TEST(OlmAccount, AFallbackKeyServesManyAndTheOneBeforeUntilItIsForgotten) {
  TwoDevices two;
  EXPECT_FALSE(two.a.unpublished_fallback_key());
  EXPECT_FALSE(two.a.forget_old_fallback_key());
  two.a.generate_fallback_key();
  const OneTimeKey old = *two.a.unpublished_fallback_key();
  two.a.mark_keys_published();
  EXPECT_FALSE(two.a.unpublished_fallback_key());
  const auto begin = [&](const OneTimeKey& key) {
    const Message message = value_of(two.from_b(key).encrypt("hello"));
    return reason_in(two.a.inbound_session(two.b.identity_keys().curve25519, message.body));
  };
  EXPECT_EQ(begin(old), Reason::none);
  EXPECT_EQ(begin(old), Reason::none);

  two.a.generate_fallback_key();
  const OneTimeKey fresh = *two.a.unpublished_fallback_key();
  EXPECT_NE(fresh.id, old.id);
  EXPECT_EQ(begin(old), Reason::none);
  EXPECT_TRUE(two.a.forget_old_fallback_key());
  EXPECT_EQ(begin(old), Reason::unknown_one_time_key);
  EXPECT_EQ(begin(fresh), Reason::none);
}

TEST(OlmAccount, BeginsNoChannelWithWhatIsNoKey) {
  TwoDevices two;
  const std::string good = two.publish().curve25519;
  for (const std::string& bad :
       {std::string(), std::string("x"), std::string(43, '!'), std::string(42, 'A'), std::string(5000, 'A')}) {
    EXPECT_EQ(reason_in(two.b.outbound_session(bad, good)), Reason::bad_key);
    EXPECT_EQ(reason_in(two.b.outbound_session(good, bad)), Reason::bad_key);
  }
  const std::string of_low_order(43, 'A');  // all zero: what comes of it anybody knows
  EXPECT_EQ(reason_in(two.b.outbound_session(of_low_order, good)), Reason::insecure_key);
  EXPECT_EQ(reason_in(two.b.outbound_session(good, of_low_order)), Reason::insecure_key);
}

}  // namespace
}  // namespace troupe::olm
