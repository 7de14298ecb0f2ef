#include "meetings/vexa/user_store.h"

#include "store/words.h"

namespace troupe::meetings::vexa {
namespace {

using namespace store::words;

constexpr auto kUser =
    store::columns("u", column("id", &User::id), column("tenant_id", &User::tenant_id), column("email", &User::email),
                   column("name", &User::name), column("image_url", &User::image_url),
                   column<store::Json>("data", &User::data), column("wide", &User::wide),
                   column("created_ms", &User::created_ms), computed("l.most_at_once", &User::most_at_once));
constexpr auto kInsertUser = store::insert("mtg_vexa_user", kUser);
constexpr auto kFromUser =
    sql("SELECT ", kUser,
        " FROM mtg_vexa_user u LEFT JOIN mtg_limit l ON l.tenant_id = u.tenant_id AND l.owner_id = u.id ");
constexpr auto kUserById = sql(kFromUser, "WHERE u.tenant_id = ?1 AND u.id = ?2");
constexpr auto kUserByEmail = sql(kFromUser, "WHERE u.tenant_id = ?1 AND u.email = ?2");
constexpr auto kUsers = sql(kFromUser, "WHERE u.tenant_id = ?1 ORDER BY u.id LIMIT ?3 OFFSET ?2");

/// Words apart by commas.
struct Listing {
  static void read(store::Rows& rows, std::vector<std::string>& member) {
    member.clear();
    auto text = rows.take<std::string_view>();
    while (!text.empty()) {
      const auto comma = text.find(',');
      member.emplace_back(text.substr(0, comma));
      text = comma == text.npos ? std::string_view() : text.substr(comma + 1);
    }
  }
  static std::string write(const std::vector<std::string>& member) {
    std::string text;
    for (const auto& word : member) text += (text.empty() ? "" : ",") + word;
    return text;
  }
};

constexpr auto kToken = store::columns(
    column("id", &Token::id), column("user_id", &Token::user_id), column("tenant_id", &Token::tenant_id),
    column<Listing>("scopes", &Token::scopes), column("name", &Token::name), column("created_ms", &Token::created_ms),
    column("last_used_ms", &Token::last_used_ms), column("expires_ms", &Token::expires_ms));
constexpr auto kInsertToken = store::insert("mtg_vexa_token", kToken, "token_hash");
constexpr auto kTokenByHash = sql("SELECT ", kToken, " FROM mtg_vexa_token WHERE token_hash = ?1");
constexpr auto kTokensOf =
    sql("SELECT ", kToken, " FROM mtg_vexa_token WHERE tenant_id = ?1 AND user_id = ?2 ORDER BY id");

struct Note {
  MeetingId meeting = 0;
  boost::json::object data{};
};
constexpr auto kNote = store::columns(column("meeting_id", &Note::meeting), column<store::Json>("data", &Note::data));
constexpr auto kNotesIn = sql("SELECT ", kNote, " FROM mtg_vexa_note WHERE meeting_id BETWEEN ?1 AND ?2");

}  // namespace

std::optional<User> find_user(Connection& c, std::int64_t tenant_id, std::int64_t id) {
  return store::one(c.query(kUserById, tenant_id, id), kUser);
}

std::optional<User> find_user_by_email(Connection& c, std::int64_t tenant_id, std::string_view email) {
  return store::one(c.query(kUserByEmail, tenant_id, email), kUser);
}

std::vector<User> list_users(Connection& c, std::int64_t tenant_id, std::int64_t skip, std::int64_t limit) {
  return store::all(c.query(kUsers, tenant_id, skip, limit), kUser);
}

void insert_user(Tx& tx, const User& user) { store::run_insert(tx, kInsertUser, kUser, user); }

void update_user(Tx& tx, const User& user) {
  tx.run("UPDATE mtg_vexa_user SET name = ?3, image_url = ?4, data = ?5, wide = ?6 WHERE tenant_id = ?1 AND id = ?2",
         user.tenant_id, user.id, store::Plain::write(user.name), store::Plain::write(user.image_url),
         store::Json::write(user.data), user.wide);
}

void insert_token(Tx& tx, const Token& token, std::string_view hash) {
  store::run_insert(tx, kInsertToken, kToken, token, Value::blob(hash));
}

std::optional<Token> find_token(Connection& c, std::string_view hash) {
  return store::one(c.query(kTokenByHash, Value::blob(hash)), kToken);
}

std::vector<Token> tokens_of(Connection& c, std::int64_t tenant_id, std::int64_t user_id) {
  return store::all(c.query(kTokensOf, tenant_id, user_id), kToken);
}

void touch_token(Tx& tx, std::int64_t id, base::UnixMs now) {
  tx.run("UPDATE mtg_vexa_token SET last_used_ms = ?2 WHERE id = ?1", id, now);
}

bool delete_token(Tx& tx, std::int64_t tenant_id, std::int64_t id) {
  return tx.run("DELETE FROM mtg_vexa_token WHERE tenant_id = ?1 AND id = ?2", tenant_id, id) > 0;
}

boost::json::object note_of(Connection& c, MeetingId meeting) {
  auto found = notes_of(c, meeting, meeting);
  return found.empty() ? boost::json::object() : std::move(found.begin()->second);
}

std::map<MeetingId, boost::json::object> notes_of(Connection& c, MeetingId first, MeetingId last) {
  std::map<MeetingId, boost::json::object> notes;
  for (auto& note : store::all(c.query(kNotesIn, first, last), kNote)) notes[note.meeting] = std::move(note.data);
  return notes;
}

void put_note(Tx& tx, MeetingId meeting, const boost::json::object& note) {
  tx.run("DELETE FROM mtg_vexa_note WHERE meeting_id = ?1", meeting);
  tx.run("INSERT INTO mtg_vexa_note (meeting_id, data) VALUES (?1, ?2)", meeting, store::Json::write(note));
}

void redact(Tx& tx, MeetingId meeting) {
  tx.run("DELETE FROM mtg_vexa_note WHERE meeting_id = ?1", meeting);
  tx.run("UPDATE mtg_meeting SET native_id = '', link = '' WHERE id = ?1", meeting);
}

}  // namespace troupe::meetings::vexa
