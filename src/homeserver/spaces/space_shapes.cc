#include "homeserver/spaces/space_shapes.h"

namespace troupe::api {

using homeserver::spaces::HierarchyPage;
using homeserver::spaces::HierarchyRoom;
using homeserver::spaces::MutualRooms;
using homeserver::spaces::ProposedSummary;
using homeserver::spaces::RoomCard;

namespace {

/// Of a card that stands where `Where` points to.
template <auto... Where>
std::vector<MemberRow> card_rows(std::string_view version_name, std::string_view encryption_name) {
  constexpr Facts kMayLack{.may_lack = true};
  return {member<Where..., &RoomCard::room_id>("room_id"),
          member<Where..., &RoomCard::num_joined_members>("num_joined_members"),
          member<Where..., &RoomCard::name>("name", kMayLack),
          member<Where..., &RoomCard::topic>("topic", kMayLack),
          member<Where..., &RoomCard::canonical_alias>("canonical_alias", kMayLack),
          member<Where..., &RoomCard::avatar_url>("avatar_url", kMayLack),
          member<Where..., &RoomCard::room_type>("room_type", kMayLack),
          member<Where..., &RoomCard::join_rule>("join_rule"),
          member<Where..., &RoomCard::world_readable>("world_readable"),
          member<Where..., &RoomCard::guest_can_join>("guest_can_join"),
          member<Where..., &RoomCard::encryption>(encryption_name, kMayLack),
          member<Where..., &RoomCard::room_version>(version_name),
          member<Where..., &RoomCard::allowed_room_ids>("allowed_room_ids"),
          member<Where..., &RoomCard::membership>("membership", kMayLack)};
}

}  // namespace

Shape<RoomCard> make_shape(Of<RoomCard>) { return Shape<RoomCard>::part(card_rows<>("room_version", "encryption")); }

Shape<ProposedSummary> make_shape(Of<ProposedSummary>) {
  return Shape<ProposedSummary>::part(
      card_rows<&ProposedSummary::card>("im.nheko.summary.room_version", "im.nheko.summary.encryption"));
}

Shape<HierarchyRoom> make_shape(Of<HierarchyRoom>) {
  return [] {
    auto rows = card_rows<&HierarchyRoom::card>("room_version", "encryption");
    rows.push_back(member<&HierarchyRoom::children_state>("children_state"));
    return Shape<HierarchyRoom>::part(std::move(rows));
  }();
}

Shape<HierarchyPage> make_shape(Of<HierarchyPage>) {
  return Shape<HierarchyPage>::part(
      {member<&HierarchyPage::rooms>("rooms"), member<&HierarchyPage::next_batch>("next_batch", {.may_lack = true})});
}

Shape<MutualRooms> make_shape(Of<MutualRooms>) {
  return Shape<MutualRooms>::part({member<&MutualRooms::joined>("joined"),
                                   member<&MutualRooms::next_batch>("next_batch", {.may_lack = true}),
                                   member<&MutualRooms::count>("count")});
}

}  // namespace troupe::api
