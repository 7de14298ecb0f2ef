#include "olm/session.h"

#include "olm/olm_fixture.h"

namespace troupe::olm {
namespace {

TEST(OlmSession, BothEndsTalk) {
  TwoDevices two;
  Session b = two.from_b();
  EXPECT_FALSE(b.has_received());
  const Message first = value_of(b.encrypt("first"));
  EXPECT_EQ(first.type, Message::kPrekey);
  auto [a, plaintext] = two.at_a(first);
  EXPECT_EQ(plaintext, "first");
  EXPECT_EQ(a.id(), b.id());
  EXPECT_EQ(value_of(session_id_of(first.body)), a.id());
  EXPECT_TRUE(a.has_received());

  const Message more = value_of(b.encrypt("until it is answered, each begins the channel"));
  EXPECT_EQ(more.type, Message::kPrekey);
  EXPECT_EQ(value_of(session_id_of(more.body)), a.id());
  EXPECT_EQ(value_of(a.decrypt(more)), "until it is answered, each begins the channel");

  const Message answer = value_of(a.encrypt("answer"));
  EXPECT_EQ(answer.type, Message::kNormal);
  EXPECT_EQ(value_of(b.decrypt(answer)), "answer");
  EXPECT_TRUE(b.has_received());
  EXPECT_EQ(value_of(b.encrypt("now")).type, Message::kNormal);
}

TEST(OlmSession, CarriesAnyBytes) {
  Channel channel;
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every += static_cast<char>(byte);
  for (const std::string& text : {std::string(), every, std::string(kMaxPlaintextBytes, 'x')}) {
    EXPECT_EQ(value_of(channel.b.decrypt(value_of(channel.a.encrypt(text)))), text);
  }
  EXPECT_EQ(reason_in(channel.a.encrypt(std::string(kMaxPlaintextBytes + 1, 'x'))), Reason::too_large);
}

TEST(OlmSession, ReadsOutOfOrderAndEachOnce) {
  Channel channel;
  std::vector<Message> sent;
  for (int i = 0; i < 10; ++i) sent.push_back(value_of(channel.a.encrypt(std::to_string(i))));
  for (const std::size_t i : {9U, 0U, 5U, 4U, 1U, 8U, 2U, 7U, 6U, 3U}) {
    EXPECT_EQ(value_of(channel.b.decrypt(sent[i])), std::to_string(i));
  }
  for (const auto& message : sent) EXPECT_EQ(reason_in(channel.b.decrypt(message)), Reason::used_message);
}

TEST(OlmSession, SkipsSoManyMessagesAndNoMore) {
  Channel channel;
  const Message early = value_of(channel.a.encrypt("early"));
  for (int i = 0; i < 100; ++i) value_of(channel.a.encrypt("lost"));
  EXPECT_EQ(value_of(channel.b.decrypt(value_of(channel.a.encrypt("late")))), "late");
  EXPECT_EQ(reason_in(channel.b.decrypt(early)), Reason::used_message);  // 40 keys of skipped ones are kept
  for (int i = 0; i < 2001; ++i) value_of(channel.a.encrypt("lost"));
  EXPECT_EQ(reason_in(channel.b.decrypt(value_of(channel.a.encrypt("too late")))), Reason::gap_too_big);
}

TEST(OlmSession, BrokenMessagesChangeNothing) {
  Channel channel;
  const Message good = value_of(channel.a.encrypt("hello"));
  const std::string before = value_of(Session::from_pickle(channel.b.pickle(sealing_key()), sealing_key())).id();
  for (const auto& form : broken_forms(good.body)) {
    for (const int type : {Message::kPrekey, Message::kNormal, 2, -1}) EXPECT_FALSE(channel.b.decrypt({type, form}));
  }
  EXPECT_EQ(reason_in(channel.b.decrypt({Message::kPrekey, good.body})), Reason::bad_message);
  EXPECT_EQ(reason_in(channel.b.decrypt({7, good.body})), Reason::bad_message);
  EXPECT_EQ(reason_in(channel.b.decrypt({Message::kNormal, std::string(kMaxMessageBytes + 1, 'A')})),
            Reason::too_large);
  EXPECT_EQ(channel.b.id(), before);
  EXPECT_EQ(value_of(channel.b.decrypt(good)), "hello");
}

TEST(OlmSession, AnAlteredMacIsTold) {
  Channel channel;
  const Message good = value_of(channel.a.encrypt("hello"));
  std::string raw = *base::base64_decode(good.body);
  raw.back() = static_cast<char>(raw.back() ^ 1);
  EXPECT_EQ(reason_in(channel.b.decrypt({good.type, base::base64(base::as_bytes(raw))})), Reason::bad_mac);
}

TEST(OlmSession, DoesNotReadAnothersMessages) {
  Channel one;
  Channel other;
  EXPECT_EQ(reason_in(one.b.decrypt(value_of(other.a.encrypt("hello")))), Reason::bad_mac);
}

TEST(OlmSession, GoesOnFromItsPickle) {
  Channel channel;
  const Message skipped = value_of(channel.a.encrypt("skipped"));
  value_of(channel.b.decrypt(value_of(channel.a.encrypt("read"))));
  const std::string pickle = channel.b.pickle(sealing_key());
  Session again = value_of(Session::from_pickle(pickle, sealing_key()));
  EXPECT_EQ(again.id(), channel.b.id());
  EXPECT_EQ(value_of(again.decrypt(skipped)), "skipped");
  EXPECT_EQ(value_of(channel.a.decrypt(value_of(again.encrypt("back")))), "back");
  EXPECT_EQ(reason_in(Session::from_pickle(pickle, sealing_key('x'))), Reason::bad_pickle);
  EXPECT_EQ(reason_in(Account::from_pickle(pickle, sealing_key())), Reason::bad_pickle);
}

}  // namespace
}  // namespace troupe::olm
