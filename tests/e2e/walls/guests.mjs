// What guests may of the operations that need somebody: Client-Server API #guest-access, and what a client needs besides.
export const guestsMay = [
  'GET sync', 'GET rooms/{room_id}/state', 'GET rooms/{room_id}/state/{event_type}', 'GET rooms/{room_id}/state/{event_type}/',
  'GET rooms/{room_id}/state/{event_type}/{state_key}', 'GET rooms/{room_id}/context/{event_id}', 'GET rooms/{room_id}/event/{event_id}',
  'GET rooms/{room_id}/messages', 'GET rooms/{room_id}/members', 'GET rooms/{room_id}/initialSync', 'GET rooms/{room_id}/relations/{event_id}',
  'GET rooms/{room_id}/relations/{event_id}/{rel_type}', 'GET rooms/{room_id}/relations/{event_id}/{rel_type}/{event_type}',
  'GET media/download/{server}/{media_id}', 'GET media/download/{server}/{media_id}/{file_name}', 'GET media/thumbnail/{server}/{media_id}',
  'POST join/{room_id_or_alias}', 'POST rooms/{room_id}/join', 'POST rooms/{room_id}/leave', 'PUT rooms/{room_id}/send/{event_type}/{txn_id}',
  'PUT rooms/{room_id}/state/{event_type}', 'PUT rooms/{room_id}/state/{event_type}/', 'PUT rooms/{room_id}/state/{event_type}/{state_key}',
  'PUT sendToDevice/{event_type}/{txn_id}', 'PUT profile/{user_id}/{field}', 'DELETE profile/{user_id}/{field}', 'GET devices', 'GET devices/{device_id}',
  'PUT devices/{device_id}', 'GET account/whoami', 'GET capabilities', 'POST user/{user_id}/filter', 'GET user/{user_id}/filter/{filter_id}',
  'POST logout', 'POST logout/all', 'POST keys/upload', 'POST keys/query', 'POST keys/claim', 'GET keys/changes',
];
