#include "base/public_key.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace troupe::base {
namespace {

// Made with Node's crypto module, as a JSON Web Key and a JSON Web Signature have them.
constexpr std::string_view kMessage = "header.claims";
constexpr std::string_view kExponent = "AQAB";
constexpr std::string_view kModulus =
    "4w1CK80RxLl4YF5WTqed2-qiy-5hLiPpwtoOhdrivSa8OHTFIer6HXeT2HVLoVLzO6oSsAvG0MzZ5YCmC2TZSQIcxQgZzB3t"
    "iQZmHtIwEtay1sbM_86MaiwzClEuRi9Qwy3hhpkURK48uGrrl1kyeLqTduh5DVdxXZdKa_FXq0eYZSGy37axpY7LdD69UZZC"
    "dVOQJmOCDntunIOjYctrMoXkbgiWtuwVH0c4FAQIeOhQBnu_mD5Bvz33791SczqJLrcJl2mb-P3kTWi6GfSNqX-gp4xeuRHS"
    "npCBiFrQq17t82n_5CN2AqHLG3xjDxnZfWT-kZgAf6iAxYQz7Bj1_w";
constexpr std::string_view kRsaSignature =
    "AZhrrNeaqgcFGecUcresJmfmVw1lSUEk9xBpk6EHJddt3Ezb9-17JCAuC_VdozYbT5d5dm0CzacioAfm_-1DgiklxvSROTuH"
    "Lu9cvaKEQqulISx4e5f7EFcMlOUfGTiO04tdtPFusTuOIrxx6zPDLepPY_1LO1OGnREPN_uObf_pBMR17-ablYKyjrlyAa1l"
    "m01kYpNNRhprN9KaG8b0kJ2HZOSQn4MaWy2gkluYDpiBhmFo3jRuLYEdRPi7pNuo9ipUsDWoEkgLQFb6rkM2j_eOxp4X28As"
    "mjZXuzHhI9dvvrXQ48uHvgwvBB3xc67axKOngNerCEoB99RELikYSA";
constexpr std::string_view kX = "hRbN7A3OkpjAGoFFbrqTQ9YYsjJ894DbQJYrJ_A6jHw";
constexpr std::string_view kY = "dlOm_SZXotDFjp1OelCvPGyU3nJD35JWxeQZkkySn1w";
constexpr std::string_view kEcSignature =
    "gzGc9wyCczH8k3tDW2dywO804cumb9ggBqvSTBb4nW0cUUrzj4GZyonGgmOrc26UIC9SeBfAcn1u-mW1aKNVLQ";
constexpr std::string_view kSmallModulus =
    "1pSearV5YWn_s-Q7CkO3fTze2bdAF3gWCMjmyMY1Y-xPJwmzrYmwzDfLrTosw7yf5TEvUHjrrjzcSOkjGxpCDLKCSKGtpJiM"
    "jHae-1Y7kREm5dQtbA4SxhkuAy6D3H5CkAHnB1xYlDBGF_POxY59QzfGa0qz2wnkW8U70B3tu90";
constexpr std::string_view kSmallSignature =
    "fNPud_71WTRFxPWi6RiMNRuhu1v3luWrfjGzFLwjEz5PvG3f63Fcp-eD10ynpk7_6PS6fK1kbI21MWIK3b84KwDHf6XwDjl6"
    "eehJDestChKzbvpEo5aJHucW6HWpW1MLAnCQqYMBmYUWpfACVEtvyhZKz35VUvyQMpscPE7tCnw";

std::string raw(std::string_view base64url) { return base64_decode(base64url).value(); }

std::string changed(std::string_view base64url) {
  auto bytes = raw(base64url);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  return bytes;
}

TEST(PublicKey, TakesWhatAnRsaKeyHasSigned) {
  EXPECT_TRUE(verify_rs256(raw(kModulus), raw(kExponent), kMessage, raw(kRsaSignature)));
  EXPECT_TRUE(verify_rs256('\0' + raw(kModulus), raw(kExponent), kMessage, raw(kRsaSignature)));
}

TEST(PublicKey, RefusesAnotherMessageKeyOrSignatureOfRsa) {
  EXPECT_FALSE(verify_rs256(raw(kModulus), raw(kExponent), "header.other", raw(kRsaSignature)));
  EXPECT_FALSE(verify_rs256(raw(kModulus), raw(kExponent), kMessage, changed(kRsaSignature)));
  EXPECT_FALSE(verify_rs256(changed(kModulus), raw(kExponent), kMessage, raw(kRsaSignature)));
  EXPECT_FALSE(verify_rs256(raw(kModulus), "\x03", kMessage, raw(kRsaSignature)));
  EXPECT_FALSE(verify_rs256(raw(kModulus), raw(kExponent), kMessage, ""));
  EXPECT_FALSE(verify_rs256(raw(kModulus), "", kMessage, raw(kRsaSignature)));
  EXPECT_FALSE(verify_rs256("", raw(kExponent), kMessage, ""));
}

TEST(PublicKey, RefusesRsaKeysThatAreTooShortOrTooLong) {
  EXPECT_FALSE(verify_rs256(raw(kSmallModulus), raw(kExponent), kMessage, raw(kSmallSignature)));
  EXPECT_FALSE(verify_rs256(std::string(1025, '\xff'), raw(kExponent), kMessage, std::string(1025, 'x')));
  EXPECT_FALSE(verify_rs256(raw(kModulus), std::string(9, '\x01'), kMessage, raw(kRsaSignature)));
}

TEST(PublicKey, TakesWhatAP256KeyHasSigned) {
  EXPECT_TRUE(verify_es256(raw(kX), raw(kY), kMessage, raw(kEcSignature)));
}

TEST(PublicKey, RefusesAnotherMessageKeyOrSignatureOfP256) {
  EXPECT_FALSE(verify_es256(raw(kX), raw(kY), "header.other", raw(kEcSignature)));
  EXPECT_FALSE(verify_es256(raw(kX), raw(kY), kMessage, changed(kEcSignature)));
  EXPECT_FALSE(verify_es256(raw(kX), changed(kY), kMessage, raw(kEcSignature))) << "off the curve";
  EXPECT_FALSE(verify_es256(raw(kX), raw(kY), kMessage, std::string(64, '\0')));
  EXPECT_FALSE(verify_es256(raw(kX), "", kMessage, raw(kEcSignature)));
  EXPECT_FALSE(verify_es256(raw(kX), raw(kY), kMessage, raw(kEcSignature) + "x"));
}

}  // namespace
}  // namespace troupe::base
