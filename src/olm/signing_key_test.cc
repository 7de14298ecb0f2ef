#include "olm/signing_key.h"

#include "olm/olm_fixture.h"

namespace troupe::olm {
namespace {

// RFC 8032, section 7.1, test 2.
constexpr const char* kSeed = "TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs";
constexpr const char* kPublicKey = "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw";
constexpr const char* kSignature =
    "kqAJqfDUyrhyDoILX2QlQKKye1QWUD+Ps3YiI+vbadoIWsHkPhWZbkWPNhPQ8R2MOHsurrQwKu6wDSkWErsMAA";

TEST(SigningKey, SignsAsTheStandardSays) {
  const auto key = value_of(SigningKey::from_seed(kSeed));
  EXPECT_EQ(key.public_key(), kPublicKey);
  EXPECT_EQ(key.seed(), kSeed);
  EXPECT_EQ(key.sign("\x72"), kSignature);
  EXPECT_TRUE(verify_ed25519(kPublicKey, "\x72", kSignature));
}

TEST(SigningKey, ComesBackFromItsPickle) {
  const SigningKey key = SigningKey::create();
  EXPECT_NE(key.public_key(), SigningKey::create().public_key());
  const std::string pickle = key.pickle(sealing_key());
  EXPECT_EQ(value_of(SigningKey::from_pickle(pickle, sealing_key())).public_key(), key.public_key());
  EXPECT_EQ(reason_in(SigningKey::from_pickle(pickle, sealing_key('x'))), Reason::bad_pickle);
  EXPECT_EQ(reason_in(SigningKey::from_pickle(Account::create().pickle(sealing_key()), sealing_key())),
            Reason::bad_pickle);
}

TEST(SigningKey, RefusesWhatIsNoKeyAndWhatIsNotSigned) {
  EXPECT_EQ(reason_in(SigningKey::from_seed("")), Reason::bad_key);
  EXPECT_EQ(reason_in(SigningKey::from_seed("AAAA")), Reason::bad_key);
  EXPECT_EQ(reason_in(SigningKey::from_seed("!")), Reason::bad_key);

  const SigningKey key = SigningKey::create();
  const std::string signature = key.sign("text");
  EXPECT_EQ(reason_in(verify_ed25519("AAAA", "text", signature)), Reason::bad_key);
  EXPECT_EQ(reason_in(verify_ed25519("!", "text", signature)), Reason::bad_key);
  EXPECT_EQ(reason_in(verify_ed25519(std::string(43, 'A'), "text", signature)), Reason::bad_signature);
  EXPECT_EQ(reason_in(verify_ed25519(SigningKey::create().public_key(), "text", signature)), Reason::bad_signature);
  for (const auto& form : broken_forms(signature)) {
    EXPECT_EQ(reason_in(verify_ed25519(key.public_key(), "text", form)), Reason::bad_signature);
  }
}

TEST(OlmReason, EveryErrorTellsItsReason) {
  for (std::int32_t number = 1; number <= 13; ++number) {
    const auto reason = static_cast<Reason>(number);
    EXPECT_EQ(reason_of(refusal(reason)), reason);
    EXPECT_FALSE(refusal(reason).message().empty());
  }
  EXPECT_EQ(reason_of(Error(Errc::not_found)), Reason::none);
}

}  // namespace
}  // namespace troupe::olm
