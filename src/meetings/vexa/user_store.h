// The tables of users, tokens and notes of Vexa's dialect. All functions run inside the caller's transaction and throw
// store::SqlError.
#pragma once
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "meetings/types/meeting.h"
#include "meetings/vexa/user.h"
#include "store/database.h"

namespace troupe::meetings::vexa {

std::optional<User> find_user(store::Connection& c, std::int64_t tenant_id, std::int64_t id);
std::optional<User> find_user_by_email(store::Connection& c, std::int64_t tenant_id, std::string_view email);
/// In the order in which they were made.
std::vector<User> list_users(store::Connection& c, std::int64_t tenant_id, std::int64_t skip, std::int64_t limit);
void insert_user(store::Tx& tx, const User& user);
/// Name, picture, data and `wide`.
void update_user(store::Tx& tx, const User& user);

void insert_token(store::Tx& tx, const Token& token, std::string_view hash);
std::optional<Token> find_token(store::Connection& c, std::string_view hash);
std::vector<Token> tokens_of(store::Connection& c, std::int64_t tenant_id, std::int64_t user_id);
void touch_token(store::Tx& tx, std::int64_t id, base::UnixMs now);
/// False: this tenant has no such token.
bool delete_token(store::Tx& tx, std::int64_t tenant_id, std::int64_t id);

/// What its owner noted of a meeting.
boost::json::object note_of(store::Connection& c, MeetingId meeting);
std::map<MeetingId, boost::json::object> notes_of(store::Connection& c, MeetingId first, MeetingId last);
void put_note(store::Tx& tx, MeetingId meeting, const boost::json::object& note);
/// Forgets which call it was, and what was noted of it. The row stays, with what it did.
void redact(store::Tx& tx, MeetingId meeting);

}  // namespace troupe::meetings::vexa
