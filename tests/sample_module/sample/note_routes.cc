#include "sample/note_routes.h"

#include "api/caller.h"
#include "api/group.h"
#include "api/shape.h"
#include "sample/note_store.h"
#include "store/durable_file.h"

namespace troupe::sample {
namespace {

struct NewNote {
  std::string text;
};
struct Notes {
  std::vector<Note> items;
  std::int64_t total = 0;
  std::string greeting;
};

}  // namespace
}  // namespace troupe::sample

namespace troupe::api {

using sample::NewNote;
using sample::Note;
using sample::Notes;

Shape<Note> make_shape(Of<Note>) {
  return Shape<Note>::answer("SampleNote",
                             {member<&Note::id>("id"), member<&Note::text>("text", {.least = 1, .most = 200})});
}

Shape<NewNote> make_shape(Of<NewNote>) {
  return Shape<NewNote>::request({}, {member<&NewNote::text>("text", {.least = 1, .most = 200})});
}

Shape<Notes> make_shape(Of<Notes>) {
  return Shape<Notes>::part(
      {member<&Notes::items>("items"), member<&Notes::total>("total"), member<&Notes::greeting>("greeting")});
}

}  // namespace troupe::api

namespace troupe::sample {
namespace {

using net::http::Response;
using net::route::Call;

constexpr std::int64_t kMostShown = 1'000;

Task<Response> list_notes(NoteApi& notes, Call& call) {
  auto look = [tenant = api::tenant(call)](store::Connection& c) -> Result<std::vector<Note>> {
    return note_store::newest(c, tenant, kMostShown);
  };
  CO_TRY(auto found, co_await notes.db.read(look));
  const auto total = std::ssize(found);
  co_return api::answer(Notes{.items = std::move(found), .total = total, .greeting = notes.greeting});
}

Task<Response> create_note(NoteApi& notes, Call& call) {
  CO_TRY(auto wanted, api::body_of<NewNote>(call));
  Note note{.id = 0, .tenant_id = api::tenant(call), .text = std::move(wanted.text)};
  auto write = [&note](store::Tx& tx) -> Result<Unit> {
    note.id = tx.next_pos();
    note_store::insert(tx, note);
    return Unit{};
  };
  CO_TRY(co_await notes.db.write(write));
  CO_TRY(store::write_durably(notes.last_note, note.text));
  co_await api::audit(notes.kit, call, "sample.note", std::to_string(note.id));
  co_return api::answer(note, 201);
}

}  // namespace

void add_note_routes(NoteApi& notes) {
  api::add_shapes_of<Note>(notes.kit);
  const api::Group group(notes.kit.routes, {.prefix = "/api/v1/sample",
                                            .needs = net::route::Access::user,
                                            .scope = "sample",
                                            .tag = {"sample", "Notes of a tenant."}});
  group.add({.method = "GET",
             .path = "/notes",
             .summary = "The notes of the caller's tenant, newest first",
             .reply = api::schema_text<Notes>(),
             .run = api::bind(list_notes, notes)});
  group.add({.method = "POST",
             .path = "/notes",
             .summary = "Write a note down",
             .needs = net::route::Access::operator_,
             .body = api::schema_text<NewNote>(),
             .reply = TROUPE_REF("SampleNote"),
             .status = 201,
             .run = api::bind(create_note, notes)});
}

}  // namespace troupe::sample
