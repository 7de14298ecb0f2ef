// What the stores write they read again, column by column, on both databases.
#include <gtest/gtest.h>

#include "homeserver/account_data/account_data_store.h"
#include "homeserver/account_data/pusher_store.h"
#include "homeserver/accounts/account_store.h"
#include "homeserver/accounts/erased_store.h"
#include "homeserver/accounts/profile_store.h"
#include "homeserver/accounts/registration_token_store.h"
#include "homeserver/appservice/device_notes_store.h"
#include "homeserver/crypto/device_keys_store.h"
#include "homeserver/crypto/key_backup_store.h"
#include "homeserver/crypto/to_device_store.h"
#include "homeserver/media/media_store.h"
#include "homeserver/memory/receipt_store.h"
#include "homeserver/migrations.gen.h"
#include "homeserver/rooms/directory_store.h"
#include "homeserver/sync/filter_store.h"
#include "homeserver/sync/history_store.h"
#include "store/test_database.h"

namespace troupe::homeserver {
namespace {

constexpr std::string_view kAnna = "@anna:localhost";

class StoreRowsTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(store::migrate(*db_, "homeserver", migrations())); }
  void run(const std::function<void(store::Tx&)>& work) {
    auto done = db_->write_now([&](store::Tx& tx) -> Result<Unit> {
      work(tx);
      return Unit{};
    });
    ASSERT_TRUE(done) << done.error().detail();
  }
  store::TempDir dir_;
  base::MetricRegistry metrics_;
  std::unique_ptr<store::Database> db_ = store::open_database(dir_, metrics_);
};

TEST_F(StoreRowsTest, NotesForApplicationServices) {
  namespace notes = appservice::device_notes_store;
  run([](store::Tx& tx) {
    notes::note_message(tx, "irc", {.pos = 7, .user_id = "@a:x", .device_id = "D"});
    notes::note_message(tx, "irc", {.pos = 3, .user_id = "@b:x", .device_id = "E"});
    notes::note_message(tx, "irc", {.pos = 3, .user_id = "@b:x", .device_id = "E"});
    notes::note_list(tx, "irc", {.user_id = "@a:x", .has_left = false, .pos = 4});
    notes::note_list(tx, "irc", {.user_id = "@a:x", .has_left = true, .pos = 5});
    notes::note_count(tx, "slack", {.user_id = "@a:x", .pos = 5});
    notes::note_count(tx, "slack", {.user_id = "@a:x", .pos = 6});
    notes::put_known(tx, {.service = "irc", .from_pos = 9});
    notes::put_known(tx, {.service = "irc", .from_pos = 10});
  });
  run([](store::Tx& tx) {
    const auto messages = notes::messages(tx, "irc", 10);
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_EQ(messages[0].user_id + messages[0].device_id, "@b:xE");
    EXPECT_EQ(notes::messages(tx, "irc", 1).size(), 1U);
    const auto lists = notes::lists(tx, "irc", 10);
    ASSERT_EQ(lists.size(), 1U);
    EXPECT_TRUE(lists[0].has_left);
    notes::remove_list(tx, "irc", {.user_id = "@a:x", .has_left = false, .pos = 4});
    EXPECT_EQ(notes::lists(tx, "irc", 10).size(), 1U) << "there is a newer one";
    EXPECT_EQ(notes::counts(tx, "slack", 10).front().pos, 6);
    EXPECT_EQ(notes::service_after(tx, ""), "irc");
    EXPECT_EQ(notes::service_after(tx, "irc"), "slack");
    EXPECT_TRUE(notes::remove_some(tx, "irc", 1));
    EXPECT_FALSE(notes::remove_some(tx, "irc", 10));
    EXPECT_EQ(notes::service_after(tx, ""), "slack");
    ASSERT_EQ(notes::known(tx).size(), 1U);
    EXPECT_EQ(notes::known(tx).front().from_pos, 9);
    notes::remove_known(tx, "irc");
    EXPECT_TRUE(notes::known(tx).empty());
  });
}

TEST_F(StoreRowsTest, DirectoriesOfApplicationServices) {
  namespace directory = rooms::directory_store;
  run([](store::Tx& tx) {
    for (const memory::RoomNum room : {1, 2, 3})
      directory::put_in_network(tx, {.service = "irc", .id = "irc|libera"}, room);
    directory::put_in_network(tx, {.service = "irc", .id = "irc|libera"}, 1);
    EXPECT_EQ(directory::count_network_rooms(tx, "irc"), 3);
    directory::take_from_network(tx, {.service = "irc", .id = "irc|libera"}, 3);
    directory::move_networks(tx, 2, 5);
    directory::delete_networks_of(tx, 5);
    EXPECT_EQ(directory::count_network_rooms(tx, "irc"), 1);
    EXPECT_EQ(directory::network_service_after(tx, ""), "irc");
    EXPECT_FALSE(directory::remove_networks_of(tx, "irc", 10));
    EXPECT_EQ(directory::network_service_after(tx, ""), "");
    EXPECT_TRUE(directory::rooms_of_network(tx, "irc|libera").empty());
    EXPECT_TRUE(directory::rooms_of_all_networks(tx).empty());
  });
}

TEST_F(StoreRowsTest, AClosedAccountIsErasedWhereThatWasSaid) {
  run([](store::Tx& tx) {
    using namespace accounts::account_store;
    accounts::AccountRow anna;
    anna.user_id = kAnna;
    anna.localpart = "anna";
    EXPECT_TRUE(insert_account(tx, anna));
    EXPECT_FALSE(is_erased(tx, kAnna) || is_erased(tx, "@nobody:example.org"));
    set_deactivated(tx, kAnna, false);
    EXPECT_FALSE(is_erased(tx, kAnna));
    set_deactivated(tx, kAnna, true);
    EXPECT_TRUE(is_erased(tx, kAnna));
  });
}

TEST_F(StoreRowsTest, AccountsAndDevices) {
  run([](store::Tx& tx) {
    using namespace accounts::account_store;
    const accounts::AccountRow anna{.user_id = std::string(kAnna),
                                    .localpart = "anna",
                                    .kind = matrix::AccountKind::bot,
                                    .password_hash = "hash",
                                    .admin = true,
                                    .locked = false,
                                    .deactivated = false,
                                    .created_ms = 7};
    EXPECT_TRUE(insert_account(tx, anna));
    EXPECT_FALSE(insert_account(tx, anna));
    const auto found = find_account(tx, kAnna).value();
    EXPECT_EQ(found.localpart, "anna");
    EXPECT_EQ(found.kind, matrix::AccountKind::bot);
    EXPECT_EQ(found.password_hash, "hash");
    EXPECT_TRUE(found.admin);
    EXPECT_FALSE(found.locked || found.deactivated);
    EXPECT_EQ(found.created_ms, 7);
    EXPECT_EQ(find_public(tx, kAnna)->display_name, "");
    accounts::profile_store::set_field(tx, kAnna, accounts::kDisplayName, "Anna");
    accounts::profile_store::set_field(tx, kAnna, accounts::kAvatarUrl, "mxc://a/b");
    const auto known = find_public(tx, kAnna).value();
    EXPECT_EQ(known.display_name, "Anna");
    EXPECT_EQ(known.avatar_url, "mxc://a/b");
    EXPECT_TRUE(known.admin && !known.locked && !known.deactivated);
    EXPECT_EQ(known.created_ms, 7);
    EXPECT_EQ(accounts::profile_store::fields(tx, kAnna).size(), 2U);
    EXPECT_EQ(accounts::profile_store::search(tx, "ann", 5).at(0).avatar_url, "mxc://a/b");
    EXPECT_TRUE(is_last_admin(tx, kAnna));
    matrix::AccountQuery query;
    query.search = "AN";
    query.limit = 10;
    EXPECT_EQ(list_accounts(tx, query).total, 1);
    EXPECT_EQ(list_accounts(tx, query).accounts.at(0).user_id, kAnna);

    accounts::DeviceRow phone{.user_id = std::string(kAnna),
                              .device_id = "PHONE",
                              .display_name = std::nullopt,
                              .created_ms = 9,
                              .last_seen_ms = std::nullopt,
                              .last_seen_ip = std::nullopt,
                              .last_seen_user_agent = std::nullopt};
    EXPECT_TRUE(upsert_device(tx, phone));
    phone.display_name = "Phone";
    phone.last_seen_ms = 11;
    phone.last_seen_ip = "10.0.0.1";
    phone.last_seen_user_agent = "agent";
    EXPECT_FALSE(upsert_device(tx, phone));
    const auto device = find_device(tx, kAnna, "PHONE").value();
    EXPECT_EQ(device.user_id, kAnna);
    EXPECT_EQ(device.display_name, "Phone");
    EXPECT_EQ(device.created_ms, 9);
    EXPECT_EQ(device.last_seen_ms, 11);
    EXPECT_EQ(device.last_seen_ip, "10.0.0.1");
    EXPECT_EQ(device.last_seen_user_agent, "agent");
    EXPECT_EQ(devices(tx, kAnna).size(), 1U);
    EXPECT_EQ(count_devices(tx, kAnna), 1U);
    EXPECT_EQ(longest_unused_device(tx, kAnna)->device_id, "PHONE");
    EXPECT_TRUE(devices_after(tx, "", "", 5).empty()) << "a bot's";
  });
}

TEST_F(StoreRowsTest, TokensAndSessions) {
  run([](store::Tx& tx) {
    using namespace accounts::account_store;
    ASSERT_TRUE(insert_account(tx, {.user_id = std::string(kAnna),
                                    .localpart = "anna",
                                    .kind = matrix::AccountKind::person,
                                    .password_hash = std::nullopt,
                                    .admin = false,
                                    .locked = true,
                                    .deactivated = false,
                                    .created_ms = 1}));
    const auto hash = accounts::token_hash("token"), refresh = accounts::token_hash("refresh"),
               old = accounts::token_hash("old");
    insert_token(tx, {.token_hash = hash,
                      .user_id = std::string(kAnna),
                      .device_id = "PHONE",
                      .made_ms = 3,
                      .expires_ms = 4,
                      .refresh_hash = refresh,
                      .retires = old});
    const auto session = find_session(tx, hash).value();
    EXPECT_EQ(session.token.token_hash, hash);
    EXPECT_EQ(session.token.user_id, kAnna);
    EXPECT_EQ(session.token.device_id, "PHONE");
    EXPECT_EQ(session.token.made_ms, 3);
    EXPECT_EQ(session.token.expires_ms, 4);
    EXPECT_EQ(session.token.refresh_hash, refresh);
    EXPECT_EQ(session.token.retires, old);
    EXPECT_EQ(session.kind, matrix::AccountKind::person);
    EXPECT_TRUE(session.locked && !session.admin && !session.deactivated);
    const accounts::RefreshRow row{.token_hash = refresh, .user_id = std::string(kAnna), .device_id = "PHONE"};
    insert_refresh_token(tx, row, 5);
    EXPECT_EQ(find_refresh_token(tx, refresh)->device_id, "PHONE");
    EXPECT_EQ(token_of_refresh(tx, row)->token_hash, hash);
    EXPECT_EQ(tokens_after(tx, "", 100, 5).at(0).token_hash, hash);
    EXPECT_FALSE(tokens_after(tx, "", 100, 5).at(0).due);
    EXPECT_TRUE(refresh_tokens_after(tx, "", 5).at(0).due) << "there is no such device";
    tx.run(
        "INSERT INTO hs_registration_token (token, uses_allowed, completed, expires_ms, made_ms) VALUES ('t', 2, 1, "
        "NULL, 5)");
    const auto registration = accounts::registration_token_store::find(tx, "t").value();
    EXPECT_EQ(registration.uses_allowed, 2);
    EXPECT_EQ(registration.completed, 1);
    EXPECT_FALSE(registration.expires_ms);
    insert_openid_token(tx, {.token_hash = hash, .user_id = std::string(kAnna), .device_id = "D", .expires_ms = 50});
    EXPECT_FALSE(find_openid_token(tx, hash, 10)) << "locked";
  });
}

TEST_F(StoreRowsTest, RoomsAndTheirNames) {
  run([](store::Tx& tx) {
    const auto room = memory::event_store::insert_room(tx,
                                                       {.room = 0,
                                                        .room_id = "!r:localhost",
                                                        .version = "11",
                                                        .creator = std::string(kAnna),
                                                        .is_public = true,
                                                        .blocked = false},
                                                       5);
    EXPECT_EQ(room, 1);
    const auto found = memory::event_store::find_room(tx, "!r:localhost").value();
    EXPECT_EQ(found.room, room);
    EXPECT_EQ(found.version, "11");
    EXPECT_EQ(found.creator, kAnna);
    EXPECT_TRUE(found.is_public && !found.blocked);
    EXPECT_EQ(memory::event_store::find_room(tx, room)->room_id, "!r:localhost");
    EXPECT_TRUE(rooms::directory_store::insert_alias(tx, "#r:localhost", room, kAnna));
    EXPECT_EQ(rooms::directory_store::find_alias(tx, "#r:localhost")->room_id, "!r:localhost");
    EXPECT_EQ(rooms::directory_store::aliases_of(tx, room), std::vector<std::string>{"#r:localhost"});
    EXPECT_EQ(rooms::directory_store::listed_rooms(tx).at(0).joined_members, 0);
    tx.run("INSERT INTO hs_membership (user_id, room, membership, pos, forgotten) VALUES (?1, ?2, 'join', 8, 1)", kAnna,
           room);
    const auto member = memory::event_store::members_of(tx, room, "join").at(0);
    EXPECT_EQ(member.room_id, "!r:localhost");
    EXPECT_EQ(member.user_id, kAnna);
    EXPECT_EQ(member.pos, 8);
    EXPECT_TRUE(member.forgotten);
    EXPECT_EQ(memory::event_store::memberships_of(tx, kAnna).size(), 1U);
    EXPECT_EQ(memory::event_store::membership_in(tx, kAnna, "!r:localhost"), "join");
    EXPECT_EQ(memory::event_store::count_members(tx, room, "join"), 1);
  });
}

TEST_F(StoreRowsTest, Events) {
  run([](store::Tx& tx) {
    namespace es = memory::event_store;
    const auto room =
        es::insert_room(tx, {.room = 0, .room_id = "!r:localhost", .version = "11", .creator = "@a:b"}, 5);
    const auto* version = matrix::room_version("11");
    ASSERT_TRUE(version);
    memory::StoredEvent stored;
    stored.pos = 12;
    stored.room = room;
    stored.flags = 4;
    stored.replaces = 3;
    stored.device = "PHONE";
    stored.txn_id = "m1";
    auto event = matrix::parse_event(
        *version, R"({"auth_events":[],"content":{"name":"x"},"depth":2,"hashes":{"sha256":"aaaa"},)"
                  R"("origin_server_ts":99,"prev_events":[],"room_id":"!r:localhost","sender":"@a:b","state_key":"",)"
                  R"("type":"m.room.name"})");
    ASSERT_TRUE(event) << event.error().message();
    stored.event = *event;
    const auto hash = memory::txn_hash("@a:b", "PHONE", "/path");
    es::insert_event(tx, stored, std::nullopt, hash);
    const auto check = [&](const memory::StoredEventPtr& found) {
      ASSERT_TRUE(found);
      EXPECT_EQ(found->pos, 12);
      EXPECT_EQ(found->room, room);
      EXPECT_EQ(found->flags, 4U);
      EXPECT_EQ(found->replaces, 3);
      EXPECT_FALSE(found->redacted_by);
      EXPECT_EQ(found->device, "PHONE");
      EXPECT_EQ(found->txn_id, "m1");
      EXPECT_EQ(found->event->event_id, stored.event->event_id);
      EXPECT_EQ(found->event->pdu, stored.event->pdu);
    };
    check(es::load_event(tx, 12));
    check(es::timeline(tx, room, 0, 100, 5, true).at(0));
    check(es::timeline(tx, room, 0, 100, 5, false).at(0));
    check(es::state_at(tx, room, 100).at(0));
    check(es::state_at(tx, room, 100, "m.room.name").at(0));
    check(es::state_entry_at(tx, room, 100, "m.room.name", ""));
    check(es::state_changes(tx, room, 0, 100).at(0));
    check(es::stream_after(tx, 0, 5).at(0));
    const auto between = es::stream_between(tx, 0, 100, 5);
    check(between.at(0).event);
    EXPECT_EQ(between.at(0).txn_hash, hash);
    EXPECT_EQ(es::newest_pos(tx), 12);
    EXPECT_EQ(es::keys_after(tx, 0, 5).at(0).txn_hash, hash);
    EXPECT_EQ(es::scan_for_id(tx, stored.event->event_id, 0), 12);
    EXPECT_EQ(es::scan_for_txn(tx, hash, 0)->event_id, stored.event->event_id);
    EXPECT_EQ(es::event_id_at(tx, 12), stored.event->event_id);
    EXPECT_EQ(es::event_id_of_txn(tx, 12, hash), stored.event->event_id);
    es::insert_txn(tx, hash, 12, 1);
    EXPECT_EQ(es::find_txn(tx, hash), 12);
    EXPECT_EQ(es::old_txns(tx, 100, "", 5), std::vector<std::string>{hash});
    namespace hs = sync::history_store;
    EXPECT_EQ(hs::first_after(tx, room, 0)->ts_ms, 99);
    EXPECT_EQ(hs::last_upto(tx, room, 100)->pos, 12);
    EXPECT_TRUE(hs::unread_rows(tx, room, 0, 100, {.user_id = "@a:b", .display_name = {}}, 5).empty())
        << "flag 4 alone is not counted";
    tx.run("UPDATE hs_timeline SET flags = 5 WHERE pos = 12");
    const auto unread = hs::unread_rows(tx, room, 0, 100, {.user_id = "@a:b", .display_name = {}}, 5).at(0);
    EXPECT_EQ(unread.flags, 5U);
    EXPECT_TRUE(unread.own && unread.names_user);
    EXPECT_FALSE(hs::unread_rows(tx, room, 0, 100, {.user_id = "@nobody:b", .display_name = {}}, 5).at(0).names_user);
    tx.run("UPDATE hs_event SET bytes = ?1, body = NULL WHERE pos = 12", stored.event->pdu);
    EXPECT_TRUE(hs::unread_rows(tx, room, 0, 100, {.user_id = "@a:b", .display_name = {}}, 5).at(0).names_user)
        << "a row from before formats";
    EXPECT_FALSE(hs::unread_rows(tx, room, 0, 100, {.user_id = "@nobody:b", .display_name = {}}, 5).at(0).names_user);
    tx.run("INSERT INTO hs_relation (parent, rel_type, pos, type, sender) VALUES (12, 'm.thread', 13, 't', '@c:d')");
    for (const bool down : {false, true}) {
      const auto relation = hs::relations(tx, 12, "", "", 0, 100, 5, down).at(0);
      EXPECT_EQ(relation.parent, 12);
      EXPECT_EQ(relation.pos, 13);
      EXPECT_EQ(relation.rel_type + relation.type + relation.sender, "m.threadt@c:d");
    }
    EXPECT_EQ(es::relations_by(tx, 12, "m.thread", "@c:d", 5), std::vector<StreamPos>{13});
    EXPECT_TRUE(hs::has_relation_by(tx, 12, "m.thread", "@c:d", 100));
    EXPECT_EQ(hs::count_relations(tx, 12, "m.thread", 0, 100), 1);
    EXPECT_EQ(hs::count_relations_by_sender(tx, 12, "m.thread", 0, 100).at(0).sender, "@c:d");
    EXPECT_TRUE(hs::thread_answers(tx, room, 100, 5).empty());
  });
}

TEST_F(StoreRowsTest, ReceiptsAndAccountData) {
  run([](store::Tx& tx) {
    memory::receipt_store::put_receipt(tx, 1,
                                       {.user_id = std::string(kAnna),
                                        .kind = "m.read",
                                        .thread = "main",
                                        .event_id = "$e",
                                        .event_pos = 4,
                                        .ts_ms = 5,
                                        .pos = 6});
    const auto receipt = memory::receipt_store::find_receipt(tx, 1, kAnna, "m.read", "main").value();
    EXPECT_EQ(receipt.event_id, "$e");
    EXPECT_EQ(receipt.event_pos, 4);
    EXPECT_EQ(receipt.ts_ms, 5);
    EXPECT_EQ(receipt.pos, 6);
    EXPECT_EQ(memory::receipt_store::receipts(tx, 1).size(), 1U);
    EXPECT_EQ(memory::receipt_store::receipts_of(tx, 1, kAnna).size(), 1U);
    memory::event_store::insert_notify(tx, kAnna, 1, 9, 2);
    const auto noted = sync::history_store::notified_after(tx, "", 0, 0, 5).at(0);
    EXPECT_EQ(noted.user_id, kAnna);
    EXPECT_EQ(noted.pos, 9);
    EXPECT_EQ(noted.membership, "");
    account_data::account_data_store::put_account_data(tx, kAnna, {.room = 1, .type = "t", .content = "{}", .pos = 8},
                                                       std::nullopt);
    const auto data = account_data::account_data_store::find_account_data(tx, kAnna, 1, "t").value();
    EXPECT_EQ(data.content, "{}");
    EXPECT_EQ(data.pos, 8);
    EXPECT_EQ(account_data::account_data_store::account_data_since(tx, kAnna, 0, 100).size(), 1U);
    EXPECT_EQ(account_data::account_data_store::account_data_of_room(tx, kAnna, 1).size(), 1U);
    EXPECT_EQ(account_data::account_data_store::account_data_usage(tx, kAnna).bytes, 2);
    EXPECT_EQ(account_data::account_data_store::account_data_usage(tx, kAnna).entries, 1);
    EXPECT_EQ(sync::filter_store::next_filter_id(tx, kAnna), 0);
    sync::filter_store::insert_filter(tx, kAnna, 0, "{}");
    EXPECT_EQ(sync::filter_store::find_filter(tx, kAnna, 0), "{}");
    EXPECT_EQ(sync::filter_store::find_equal_filter(tx, kAnna, "{}"), 0);
    EXPECT_EQ(sync::filter_store::next_filter_id(tx, kAnna), 1);
    account_data::pusher_store::put(tx, {std::string(kAnna), "app", "key", "PHONE", 3, "{}"});
    const auto pusher = account_data::pusher_store::pushers(tx, kAnna).at(0);
    EXPECT_EQ(pusher.user_id, kAnna);
    EXPECT_EQ(pusher.app_id + pusher.pushkey + pusher.device_id + pusher.json, "appkeyPHONE{}");
    EXPECT_EQ(pusher.made_ms, 3);
  });
}

TEST_F(StoreRowsTest, KeysBackupsAndMessagesToDevices) {
  run([](store::Tx& tx) {
    namespace ks = crypto::device_keys_store;
    ks::put_device_key(tx, kAnna, "PHONE", "{}", 4);
    EXPECT_EQ(ks::device_key(tx, kAnna, "PHONE"), "{}");
    EXPECT_FALSE(ks::device_keys(tx, kAnna).at(0).display_name);
    ks::insert_one_time_key(tx, kAnna, "PHONE", "curve", {.key_id = "k", .json = "{1}"}, 4, 0);
    EXPECT_EQ(ks::one_time_keys(tx, kAnna, "PHONE", "curve").at("k"), "{1}");
    EXPECT_EQ(ks::count_one_time_keys(tx, kAnna, "PHONE").at("curve"), 1);
    EXPECT_EQ(ks::take_one_time_key(tx, kAnna, "PHONE", "curve")->json, "{1}");
    EXPECT_FALSE(ks::take_one_time_key(tx, kAnna, "PHONE", "curve"));
    ks::put_fallback_key(tx, kAnna, "PHONE", "curve", {.key_id = "f", .json = "{2}"}, 5);
    ks::mark_fallback_used(tx, kAnna, "PHONE", "curve");
    const auto fallback = ks::fallback_key(tx, kAnna, "PHONE", "curve").value();
    EXPECT_EQ(fallback.key.key_id + fallback.key.json, "f{2}");
    EXPECT_TRUE(fallback.used);
    ks::put_cross_signing_key(tx, kAnna, {.usage = "master", .public_key = "p", .json = "{3}"}, 6);
    const auto crossed = ks::cross_signing_keys(tx, kAnna).at(0);
    EXPECT_EQ(crossed.usage + crossed.public_key + crossed.json, "masterp{3}");
    ks::put_signature(tx, kAnna, {.target = "PHONE", .signer = std::string(kAnna), .key_id = "ed", .signature = "s"},
                      7);
    const auto signature = ks::signatures(tx, kAnna, "").at(0);
    EXPECT_EQ(signature.target + signature.key_id + signature.signature, "PHONEeds");
    EXPECT_EQ(ks::count_signatures(tx, kAnna, "PHONE", kAnna), 1U);

    namespace bs = crypto::key_backup_store;
    bs::insert(tx, kAnna, {.version = 2, .algorithm = "m", .auth_data = "{}"});
    EXPECT_EQ(bs::current(tx, kAnna)->algorithm, "m");
    EXPECT_EQ(bs::find(tx, kAnna, 2)->auth_data, "{}");
    EXPECT_EQ(bs::last_version(tx, kAnna), 2);
    bs::put_key(tx, kAnna, 2,
                {.room_id = "!r",
                 .session_id = "s",
                 .first_message_index = 1,
                 .forwarded_count = 2,
                 .is_verified = true,
                 .session_data = "{4}"});
    const auto key = bs::find_key(tx, kAnna, 2, "!r", "s").value();
    EXPECT_EQ(key.first_message_index, 1);
    EXPECT_EQ(key.forwarded_count, 2);
    EXPECT_TRUE(key.is_verified);
    EXPECT_EQ(key.session_data, "{4}");
    int keys = 0;
    bs::for_each_key(tx, kAnna, 2, {}, [&](const crypto::BackupKeyRow& row) { keys += row.session_id == "s"; });
    EXPECT_EQ(keys, 1);
    bs::remove(tx, kAnna, 2);
    EXPECT_EQ(bs::find_deleted_with_keys(tx)->version, 2);
    bs::remove_some_keys(tx, kAnna, 2, 5);
    EXPECT_FALSE(bs::find_deleted_with_keys(tx));

    namespace ds = crypto::to_device_store;
    tx.run("INSERT INTO hs_device (user_id, device_id, created_ms) VALUES (?1, 'PHONE', 1)", kAnna);
    ds::insert(tx, kAnna, "PHONE", 20, {.sender = "@b:c", .json = "{\"sender\":1}"}, 50);
    ds::insert(tx, kAnna, "PHONE", 21, {.sender = "@d:e", .json = "{}"}, 60);
    EXPECT_EQ(ds::queues(tx, kAnna).at(0).bytes, 14U);
    const auto waiting = ds::waiting(tx, kAnna, "PHONE", 0, 100, 5);
    EXPECT_EQ(waiting.at(1).pos, 21);
    EXPECT_EQ(waiting.at(1).json, "{}");
    EXPECT_TRUE(ds::any(tx, kAnna, "PHONE", 100));
    ds::shrink(tx, kAnna, "PHONE", 5);
    EXPECT_EQ(ds::waiting(tx, kAnna, "PHONE", 0, 100, 5).size(), 1U) << "the largest sender's has gone";
    EXPECT_EQ(ds::remove_older(tx, 100, 5), 1U);
    ds::insert(tx, kAnna, "PHONE", 22, {.sender = "@d:e", .json = "{}"}, 0);
    EXPECT_EQ(ds::date_undated(tx, 70, 5), 1U);
    ds::remove(tx, kAnna, "PHONE", 100);
    EXPECT_EQ(ds::queues(tx, kAnna).at(0).bytes, 0U);
  });
}

TEST_F(StoreRowsTest, Media) {
  run([](store::Tx& tx) {
    namespace ms = media::media_store;
    ms::insert(tx, {.media_id = "m",
                    .user_id = std::string(kAnna),
                    .sha256 = std::nullopt,
                    .content_type = "",
                    .upload_name = std::nullopt,
                    .bytes = 0,
                    .created_ms = 4,
                    .expires_ms = 90});
    EXPECT_FALSE(ms::find(tx, "m")->sha256);
    EXPECT_EQ(ms::find(tx, "m")->expires_ms, 90);
    EXPECT_EQ(ms::count_reserved(tx, kAnna, 10), 1);
    media::MediaRow row = ms::find(tx, "m").value();
    row.sha256 = "ab12";
    row.content_type = "text/plain";
    row.upload_name = "n";
    row.bytes = 5'000;
    EXPECT_TRUE(ms::fill(tx, row));
    const auto filled = ms::find(tx, "m").value();
    EXPECT_EQ(filled.media_id, "m");
    EXPECT_EQ(filled.user_id, kAnna);
    EXPECT_EQ(filled.sha256, "ab12");
    EXPECT_EQ(filled.content_type, "text/plain");
    EXPECT_EQ(filled.upload_name, "n");
    EXPECT_EQ(filled.bytes, 5'000);
    EXPECT_EQ(filled.created_ms, 4);
    EXPECT_FALSE(filled.expires_ms);
    EXPECT_EQ(ms::usage(tx, kAnna).bytes, 5'000);
    EXPECT_EQ(ms::usage(tx, kAnna).files, 1);
    ms::insert_thumbnail(tx, "ab12", {.width = 3, .height = 4, .crop = true},
                         {.sha256 = "cd", .content_type = "image/png", .bytes = 6});
    const auto small = ms::find_thumbnail(tx, "ab12", {.width = 3, .height = 4, .crop = true}).value();
    EXPECT_EQ(small.sha256 + small.content_type, "cdimage/png");
    EXPECT_EQ(small.bytes, 6);
    EXPECT_EQ(ms::pictured_after(tx, "ab", "", 5), std::vector<std::string>{"ab12"});
    EXPECT_TRUE(ms::is_uploaded(tx, "ab12"));
    EXPECT_TRUE(ms::is_spoken_of(tx, "cd"));
    ms::insert_orphan(tx, {.sha256 = "abff", .since_ms = 8});
    EXPECT_EQ(ms::orphans(tx, "ab").at(0).since_ms, 8);
  });
}

}  // namespace
}  // namespace troupe::homeserver
