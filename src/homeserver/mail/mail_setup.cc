#include "homeserver/mail/mail_setup.h"

#include <atomic>

namespace troupe::homeserver::mail {
namespace {

using namespace std::chrono_literals;

constexpr auto kLookEvery = 500ms;
constexpr auto kSweepEvery = 10min;
constexpr std::int64_t kPortOfTls = 465;

net::smtp::Security security_of(const MailSettings& mail) {
  switch (mail.tls) {
    case MailTls::none:
      return net::smtp::Security::none;
    case MailTls::starttls:
      return net::smtp::Security::starttls;
    case MailTls::tls:
      return net::smtp::Security::tls;
    case MailTls::automatic:
      break;
  }
  if (mail.port == kPortOfTls) return net::smtp::Security::tls;
  return is_this_machine(mail.host) ? net::smtp::Security::none : net::smtp::Security::starttls;
}

net::smtp::Relay relay_of(const host::Settings& settings) {
  const auto& mail = settings.of<MailSettings>();
  const auto from = parse_mail_sender(mail.from).value_or(MailSender());
  return {.host = mail.host,
          .port = static_cast<std::uint16_t>(mail.port),
          .security = security_of(mail),
          .user = mail.user,
          .password = mail.password,
          .greeting = from.address.substr(from.address.find('@') + 1),
          .ca_file = {}};
}

class RelayCarrier final : public Carrier {
 public:
  explicit RelayCarrier(net::smtp::Relay relay) : relay_(std::move(relay)) {}
  Result<Unit> carry(const net::smtp::Mail& mail) override {
    return net::smtp::send(relay_, mail, {.stop = &stopped_});
  }
  void stop() override { stopped_ = true; }

 private:
  net::smtp::Relay relay_;
  std::atomic<bool> stopped_{false};
};

}  // namespace

MailParts::MailParts(host::Context& context)
    : carrier(std::make_unique<RelayCarrier>(relay_of(context.settings()))),
      queue({context.db(), context.sealing_key(), *carrier, context.settings(), context.clock(), context.metrics()}),
      proofs({context.db(), context.sealing_key(), queue, context.settings(), context.clock()}),
      pages{proofs, context.settings()} {}

MailParts* setup_mail(host::Context& context) {
  if (!context.settings().of<MailSettings>().enabled()) return nullptr;
  auto& parts = context.make<MailParts>(context);
  add_mail_pages(context.routes(), parts.pages);
  context.every({.name = "homeserver.mail",
                 .every = kLookEvery,
                 .run = [&parts] { return parts.queue.send_due(); },
                 .singleton = true});
  context.every({.name = "homeserver.mail_proofs",
                 .every = kSweepEvery,
                 .run = [&parts] { return parts.proofs.sweep(); },
                 .singleton = true});
  context.health("mail", [&parts] { return parts.queue.trouble(); });
  context.on_stop([&parts]() -> Task<Unit> {
    parts.queue.stop();
    co_return Unit{};
  });
  return &parts;
}

host::Finding examine_mail(const host::Examination& examination) {
  const auto& mail = examination.settings.of<MailSettings>();
  if (!mail.enabled()) return host::ok("no mail is sent (smtp.host is not set)");
  const auto relay = relay_of(examination.settings);
  const auto name = relay.host + ":" + std::to_string(relay.port);
  const auto reached = net::smtp::probe(relay, {.connect = 5s, .silence = 5s, .total = 10s, .stop = nullptr});
  if (!reached)
    return host::trouble("the mail relay " + name + " cannot be used: " + reached.error().message(),
                         "set smtp.host, port, tls, user and password as the relay's operator says, and see that this "
                         "machine reaches it");
  if (examination.settings.public_base_url.empty())
    return host::warning("the mail relay " + name + " answers, but no mail with a link is sent",
                         "set server.public_base_url: the links begin with it");
  return host::ok("the mail relay " + name + " answers");
}

}  // namespace troupe::homeserver::mail
