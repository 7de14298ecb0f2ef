#include "olm/group_session.h"

#include "olm/olm_fixture.h"

namespace troupe::olm {
namespace {

/// A sender and one reader who has known its key from the beginning.
struct Group {
  GroupSession out = GroupSession::create();
  InboundGroupSession in = value_of(InboundGroupSession::from_session_key(out.session_key()));
};

TEST(Megolm, ReadersReadWhatWasSentSinceTheyHadTheKey) {
  Group group;
  EXPECT_EQ(group.in.id(), group.out.id());
  EXPECT_EQ(group.out.id().size(), 43U);
  EXPECT_EQ(group.out.message_index(), 0U);
  const std::string first = value_of(group.out.encrypt("first"));
  EXPECT_EQ(group.out.message_index(), 1U);
  auto late = value_of(InboundGroupSession::from_session_key(group.out.session_key()));
  EXPECT_EQ(late.first_known_index(), 1U);
  const std::string second = value_of(group.out.encrypt("second"));

  const auto read = value_of(group.in.decrypt(second));
  EXPECT_EQ(read.text, "second");
  EXPECT_EQ(read.index, 1U);
  EXPECT_EQ(value_of(group.in.decrypt(first)).text, "first");  // out of order
  const auto replayed = value_of(group.in.decrypt(first));     // the caller sees the index again
  EXPECT_EQ(replayed.index, 0U);
  EXPECT_EQ(value_of(late.decrypt(second)).text, "second");
  EXPECT_EQ(reason_in(late.decrypt(first)), Reason::unknown_index);
}

TEST(Megolm, CarriesAnyBytes) {
  Group group;
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every += static_cast<char>(byte);
  for (const std::string& text : {std::string(), every, std::string(kMaxPlaintextBytes, 'x')}) {
    EXPECT_EQ(value_of(group.in.decrypt(value_of(group.out.encrypt(text)))).text, text);
  }
  EXPECT_EQ(reason_in(group.out.encrypt(std::string(kMaxPlaintextBytes + 1, 'x'))), Reason::too_large);
}

TEST(Megolm, BrokenMessagesAreRefused) {
  Group group;
  const std::string good = value_of(group.out.encrypt("hello"));
  for (const auto& form : broken_forms(good)) EXPECT_FALSE(group.in.decrypt(form));
  EXPECT_EQ(reason_in(group.in.decrypt("AAAA")), Reason::bad_message);
  EXPECT_EQ(reason_in(group.in.decrypt(std::string(kMaxMessageBytes + 1, 'A'))), Reason::too_large);
  EXPECT_EQ(value_of(group.in.decrypt(good)).text, "hello");
}

TEST(Megolm, AnothersMessageIsNotSigned) {
  Group group;
  Group other;
  EXPECT_EQ(reason_in(group.in.decrypt(value_of(other.out.encrypt("hello")))), Reason::bad_signature);
}

TEST(Megolm, KeysThatAreNoneAreRefused) {
  Group group;
  const std::string session_key = group.out.session_key();
  const std::string exported = value_of(group.in.export_at(0));
  for (const auto& form : broken_forms(session_key)) EXPECT_FALSE(InboundGroupSession::from_session_key(form));
  for (std::size_t size = 0; size < exported.size(); ++size) {
    EXPECT_FALSE(InboundGroupSession::from_exported_key(exported.substr(0, size)));
  }
  EXPECT_EQ(reason_in(InboundGroupSession::from_session_key(exported)), Reason::bad_key);
  EXPECT_EQ(reason_in(InboundGroupSession::from_exported_key(session_key)), Reason::bad_key);
  std::string raw = *base::base64_decode(session_key);
  raw.back() = static_cast<char>(raw.back() ^ 1);
  EXPECT_EQ(reason_in(InboundGroupSession::from_session_key(base::base64(base::as_bytes(raw)))), Reason::bad_signature);
  const std::string large(kMaxMessageBytes + 1, 'A');
  EXPECT_EQ(reason_in(InboundGroupSession::from_session_key(large)), Reason::too_large);
  EXPECT_EQ(reason_in(InboundGroupSession::from_exported_key(large)), Reason::too_large);
}

TEST(Megolm, ExportsFromAnIndexOn) {
  Group group;
  const std::string first = value_of(group.out.encrypt("first"));
  const std::string second = value_of(group.out.encrypt("second"));
  auto imported = value_of(InboundGroupSession::from_exported_key(value_of(group.in.export_at(1))));
  EXPECT_EQ(imported.id(), group.in.id());
  EXPECT_EQ(imported.first_known_index(), 1U);
  EXPECT_EQ(value_of(imported.decrypt(second)).text, "second");
  EXPECT_EQ(reason_in(imported.decrypt(first)), Reason::unknown_index);
  EXPECT_EQ(reason_in(imported.export_at(0)), Reason::unknown_index);
}

TEST(Megolm, BothEndsGoOnFromTheirPickles) {
  Group group;
  const std::string first = value_of(group.out.encrypt("first"));
  const auto key = sealing_key();
  auto out = value_of(GroupSession::from_pickle(group.out.pickle(key), key));
  EXPECT_EQ(out.id(), group.out.id());
  EXPECT_EQ(out.message_index(), 1U);
  value_of(group.in.decrypt(value_of(group.out.encrypt("unseen"))));
  auto in = value_of(InboundGroupSession::from_pickle(group.in.pickle(key), key));
  EXPECT_EQ(in.first_known_index(), 0U);
  EXPECT_EQ(value_of(in.decrypt(value_of(out.encrypt("second")))).text, "second");
  EXPECT_EQ(value_of(in.decrypt(first)).text, "first");

  EXPECT_EQ(reason_in(GroupSession::from_pickle(out.pickle(key), sealing_key('x'))), Reason::bad_pickle);
  EXPECT_EQ(reason_in(InboundGroupSession::from_pickle(in.pickle(key), sealing_key('x'))), Reason::bad_pickle);
  EXPECT_EQ(reason_in(GroupSession::from_pickle(in.pickle(key), key)), Reason::bad_pickle);
}

}  // namespace
}  // namespace troupe::olm
