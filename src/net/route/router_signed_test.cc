// Routes whose credential covers the body.
#include "base/crypto.h"
#include "base/encoding.h"
#include "net/route/rate_limit.h"
#include "net/route/router_fixture.h"

namespace troupe::net::route {
namespace {

using namespace testing_router;

/// Like a homeserver's signature: "server:hash" over a secret, the method, the target and the body.
class Signature final : public Scheme {
 public:
  Task<std::optional<Caller>> admit(const http::Request& head) override {
    const auto shown = head.headers.get("Authorization");
    if (shown.empty()) co_return std::nullopt;
    Caller caller;
    caller.kind = CallerKind::server;
    caller.server = shown.substr(0, shown.find(':'));
    caller.role = caller.server == "admin" ? Role::admin : Role::member;
    co_return caller;
  }
  bool binds_body() const override { return true; }
  Task<Caller> verify(const http::Request& request, Caller claimed) override {
    ++verified;
    if (claimed.server == "boom") throw std::runtime_error("no keys");
    if (request.headers.get("Authorization") != of(claimed.server, request.method, request.target, request.body)) {
      co_return Error(Errc::forbidden, "The signature is wrong.");
    }
    co_return claimed;
  }
  static std::string of(std::string_view server, std::string_view method, std::string_view target,
                        std::string_view text) {
    std::string all = "secret of ";
    all.append(server).append("\n").append(method).append("\n").append(target).append("\n").append(text);
    return std::string(server) + ':' + base::hex(base::sha256(all));
  }
  int verified = 0;
};

class SignedRouterTest : public RouterTest {
 protected:
  SignedRouterTest() { router_.add_scheme("signature", signature_); }
  Route& add_signed(std::string method, std::string path) {
    auto& route = add(std::move(method), std::move(path), "other", Dialect::matrix);
    route.needs = Access::user;
    route.scheme = "signature";
    route.body = Body::json_object;
    route.run = [this](Call& call) -> Task<http::Response> {
      ++ran_;
      co_return http::Response::json(call.caller ? '"' + call.caller->server + '"' : "null");
    };
    return route;
  }
  struct Signed {
    std::string server = "one";
    std::string method = "PUT";
    std::string target = "/other/send?x=1";
    std::string text = R"({"a":1})";
  };
  /// What is sent, with the signature of something that may differ from it.
  http::Response send(const Signed& sent, const Signed& meant, std::string from = "10.0.0.1") {
    return ask({.method = sent.method,
                .target = sent.target,
                .token = Signature::of(meant.server, meant.method, meant.target, meant.text),
                .body = sent.text,
                .listener = "other",
                .from = std::move(from)});
  }
  http::Response send(const Signed& sent) { return send(sent, sent); }

  Signature signature_;
  int ran_ = 0;
};

TEST_F(SignedRouterTest, ASchemeMayBindMethodTargetAndBody) {
  add_signed("PUT", "/other/send");
  add_signed("POST", "/other/send");
  const auto good = send({});
  EXPECT_EQ(good.status, 200) << good.body;
  EXPECT_EQ(good.body, R"("one")");
  EXPECT_EQ(ran_, 1);
  EXPECT_EQ(send({}, {.method = "POST"}).status, 403);
  EXPECT_EQ(send({}, {.target = "/other/send?x=2"}).status, 403);
  EXPECT_EQ(send({}, {.text = R"({"a":2})"}).status, 403);
  EXPECT_EQ(send({.text = "{broken"}, {}).status, 403) << "nothing is parsed for somebody who is not proved";
  EXPECT_EQ(ran_, 1);
  EXPECT_EQ(send({.text = "{broken"}).status, 400);
  EXPECT_EQ(send({.server = "boom"}).status, 500);
  EXPECT_EQ(ask({.method = "PUT", .target = "/other/send", .listener = "other"}).status, 401);
  EXPECT_EQ(ran_, 1);
  EXPECT_EQ(names_.asked, 0) << "the route's scheme, not the listener's";
}

TEST_F(SignedRouterTest, WhatTheHeadForbidsIsRefusedBeforeTheBody) {
  add_signed("PUT", "/other/send").needs = Access::admin;
  EXPECT_EQ(send({}).status, 403);
  EXPECT_EQ(signature_.verified, 0);
  EXPECT_EQ(send({.server = "admin"}).status, 200);
  EXPECT_EQ(send({.server = "admin"}, {.server = "admin", .text = "{}"}).status, 403);
}

TEST_F(SignedRouterTest, AClaimTakesNobodysShareOfARate) {
  RateLimits limits;
  limits.write = {.per_s = 0.001, .burst = 3};
  router_.set_rate_limits(limits);
  add_signed("PUT", "/other/send").rate = Rate::write;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(send({}, {.text = "forged"}, "10.0.0.66").status, 403);
  EXPECT_EQ(send({}, {.text = "forged"}, "10.0.0.66").status, 429) << "who forges uses up its address's share";
  EXPECT_EQ(send({}, {}, "10.0.0.1").status, 200) << "and not that of whom it claims to be";
  EXPECT_EQ(send({}, {}, "10.0.0.2").status, 200);
  EXPECT_EQ(send({}, {}, "10.0.0.3").status, 200);
  EXPECT_EQ(send({}, {}, "10.0.0.4").status, 429) << "a server has one share from all of its addresses";
}

TEST_F(SignedRouterTest, WhereACredentialIsOptionalAWrongSignatureIsNobodys) {
  add_signed("PUT", "/other/send").needs = Access::optional;
  EXPECT_EQ(send({}).body, R"("one")");
  EXPECT_EQ(send({}, {.text = "{}"}).body, "null");
}

TEST_F(SignedRouterTest, ABodyThatIsStreamedCannotBeBound) {
  add_signed("PUT", "/other/send").body = Body::stream;
  EXPECT_THROW(freeze(), std::logic_error);
}

}  // namespace
}  // namespace troupe::net::route
