// Searching what was said.
import { c, mine } from '../matrix_words.mjs';

const criteria = (more = {}) => () => ({ search_categories: { room_events: { search_term: 'attack', include_state: true, event_context: { include_profile: true }, ...more } } });
const at = 'body.search_categories.room_events';

export const rows = {
  [`POST ${c}/search`]: [
    // The words that were searched for come back as highlights.
    { ...mine, moving: true, places: { [`${at}.search_term`]: 'words' }, body: criteria() },
    { ...mine, control: false, yes: 'a filter is no address', places: { [`${at}.filter.rooms.0`]: 'room' }, body: criteria({ filter: { rooms: [] } }) },
  ],
};
