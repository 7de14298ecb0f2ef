// An administrator's way to a service and back: a browser comes back by itself, a terminal is given the address that
// the browser ended at.
#include "api/caller.h"
#include "api/group.h"
#include "api/kit.h"
#include "assistant/services/set_up.h"
#include "assistant/sign_in/page.h"
#include "assistant/sign_in/set_up.h"
#include "assistant/sign_in/sign_in_shapes.h"
#include "base/field_errors.h"
#include "host/console_address.h"

namespace troupe::assistant::sign_in {
namespace {

using net::http::Response;
using net::route::Access;
using net::route::Call;

/// Keys of services are no business of a key that may only ask the assistant.
constexpr std::string_view kChanging = "admin";
constexpr std::chrono::seconds kDeadline{60};  ///< a service is asked meanwhile, or several
constexpr std::chrono::hours kSweepEvery{1};

/// What handlers hold: it opens with a caller only.
class SignInDoor {
 public:
  explicit SignInDoor(SignIns& sign_ins) : sign_ins_(sign_ins) {}

  Task<Leaving> begin(const Call& call, std::string origin, store::AlsoWrite also) const {
    return sign_ins_.begin(who(call), call.param("service"), std::move(origin), std::move(also));
  }
  Task<Arrived> finish(const Call& call, Return back, store::AlsoWrite also) const {
    return sign_ins_.finish(who(call), call.param("service"), std::move(back), std::move(also));
  }

 private:
  static Beginner who(const Call& call) {
    const auto& credential = identity::credential_of(*call.caller);
    constexpr std::array<std::string_view, 3> kKinds{"session ", "key ", "local "};
    return {.tenant_id = api::tenant(call),
            .principal_id = call.caller->principal_id,
            .credential =
                std::string(kKinds.at(static_cast<std::size_t>(credential.kind))) + std::to_string(credential.number)};
  }

  SignIns& sign_ins_;
};

/// What the handlers use. Lives as long as the route table.
struct SignInApi {
  api::Kit kit;
  SignInDoor sign_ins;
  const host::Settings& settings;
};

/// Where browsers reach this server: as the caller says, else as the request came. A code is sent there: to nowhere but
/// this server, whoever says so.
Result<std::string> origin_of(const SignInApi& api, const Call& call, const std::string& said) {
  if (said.empty()) return host::console_address(api.settings, call.request);
  if (!checked_origin(said))
    return base::field_error("/return_to", "must be an address of a server: https://troupe.example.org");
  return host::own_console(api.settings, said);
}

Task<Response> begin(SignInApi& api, Call& call) {
  CO_TRY(const auto body, api::body_of<Leave>(call));
  CO_TRY(auto origin, origin_of(api, call, body.return_to));
  auto line = api::audit_with(api.kit, call, "pack.sign_in.begin", call.param("service"));
  CO_TRY(const auto leaving, co_await api.sign_ins.begin(call, std::move(origin), std::move(line)));
  auto response = api::answer(leaving);
  response.headers.add("Cache-Control", "no-store");  // it holds the state
  co_return response;
}

/// Done or refused: both are on record. Who comes with a state that is not theirs has done nothing.
Task<Arrived> finish_and_record(SignInApi& api, Call& call, Return back) {
  auto line = api::audit_with(api.kit, call, "pack.sign_in", call.param("service"));
  auto arrived = co_await api.sign_ins.finish(call, std::move(back), std::move(line));
  if (arrived || arrived.error().code() == Errc::not_found) co_return arrived;
  co_await api::audit(api.kit, call, "pack.sign_in", call.param("service"), {{"refused", arrived.error().message()}});
  co_return arrived;
}

Task<Response> finish(SignInApi& api, Call& call) {
  CO_TRY(const auto body, api::body_of<Finish>(call));
  auto back = read_return(body.address);
  if (!back) co_return base::field_error("/address", back.error().message());
  CO_TRY(const auto arrived, co_await finish_and_record(api, call, *std::move(back)));
  co_return api::answer(arrived);
}

Return return_of(const Call& call) {
  const auto value = [&call](std::string_view name) {
    return std::string(call.request.query_value(name).value_or(""));
  };
  Return out{.state = value("state"),
             .code = value("code"),
             .issuer = {},
             .error = value("error"),
             .description = value("error_description")};
  if (const auto issuer = call.request.query_value("iss")) out.issuer = std::string(*issuer);
  return out;
}

/// Whoever did not begin it here learns nothing of the service.
Response not_here() {
  return show({.title = "This sign-in did not begin here",
               .text = "If you began it in a terminal, by troupe pack sign-in, copy the whole address of this page and "
                       "paste it there. If you began it in the dashboard, go back there and begin again: it is good "
                       "for ten minutes, once, and in the session that it began in. If you began nothing, close this "
                       "page: nothing was done.",
               .bad = true});
}

/// A browser's cookie comes along from another site's page, for it is the top page that goes here.
bool is_administrators_browser(const Call& call) {
  return call.caller && call.caller->by_cookie && call.caller->role == net::route::Role::admin;
}

Task<Response> arrive(SignInApi& api, Call& call) {
  if (!is_administrators_browser(call)) co_return not_here();
  const auto service = call.param("service");
  const auto arrived = co_await finish_and_record(api, call, return_of(call));
  if (arrived)
    co_return show({.title = "Signed in",
                    .text = "Troupe may now work with " + arrived->title + ", within what you allowed.",
                    .service = service});
  const auto& error = arrived.error();
  if (error.code() == Errc::not_found) co_return not_here();
  co_return show({.title = "The sign-in did not work", .text = error.message(), .bad = true, .service = service});
}

void add_routes(const api::Group& group, SignInApi& api) {
  group.add({.method = "POST",
             .path = "/{service}/sign-in",
             .summary = "Begin to sign in at a service of OAuth 2: where to send the browser",
             .body = TROUPE_REF("PackSignInBegin"),
             .takes = net::route::Body::json_object,
             .reply = TROUPE_REF("PackSignIn"),
             .deadline = kDeadline,
             .run = api::bind(begin, api)});
  group.add({.method = "POST",
             .path = "/{service}/sign-in/finish",
             .summary = "Finish a sign-in by the address that the browser ended at, where it began with a key",
             .body = TROUPE_REF("PackSignInFinish"),
             .reply = TROUPE_REF("PackSignedIn"),
             .deadline = kDeadline,
             .run = api::bind(finish, api)});
  group.add({.method = "GET",
             .path = "/{service}/sign-in/arrival",
             .summary = "For browsers: where a service sends them back to; a page that says what came of it",
             .needs = Access::optional,
             .scope = "",
             .rate = net::route::Rate::login,
             .query = {{"state", "What the browser left with"},
                       {"code", "What the tokens are given for"},
                       {"iss", "What the service calls itself"},
                       {"error", "Why there is no code"},
                       {"error_description", "The same in a sentence"}},
             .reply_type = "text/html",
             .deadline = kDeadline,
             .run = api::bind(arrive, api)});
}

}  // namespace

void set_up_sign_in(host::Context& c) {
  auto& sign_ins = c.make<SignIns>(SignIns::Uses{.packs = c.get<services::PackServices>(),
                                                 .secrets = c.get<tasks::Secrets>(),
                                                 .db = c.db(),
                                                 .sealing_key = c.sealing_key(),
                                                 .http = c.http(),
                                                 .clock = c.clock()});
  c.every({.name = "assistant.sign_ins",
           .every = kSweepEvery,
           .run = [&sign_ins] { return sign_ins.sweep(); },
           .singleton = true});
  auto& api =
      c.make<SignInApi>(SignInApi{.kit = api::kit_of(c), .sign_ins = SignInDoor(sign_ins), .settings = c.settings()});
  api::add_shapes_of<Leave, Finish, Leaving, Arrived>(api.kit);
  add_routes(api::Group(c.routes(), {.prefix = "/api/v1/packs",
                                     .needs = Access::admin,
                                     .scope = std::string(kChanging),
                                     .tag = {.name = "packs"}}),
             api);
}

}  // namespace troupe::assistant::sign_in
