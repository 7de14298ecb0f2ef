// Account data and tags.
import { c, known, mine, note, self } from '../matrix_words.mjs';

export const rows = {
  [`GET ${c}/user/{user_id}/account_data/{type}`]: { ...mine, path: { type: () => 'org.example.secret' }, places: self },
  [`PUT ${c}/user/{user_id}/account_data/{type}`]: { ...mine, path: { type: () => 'org.example.attack' }, places: self, body: () => ({ text: 'attack' }) },
  [`GET ${c}/user/{user_id}/rooms/{room_id}/account_data/{type}`]: { ...mine, path: { type: () => 'org.example.secret' }, places: { ...self, ...known } },
  [`PUT ${c}/user/{user_id}/rooms/{room_id}/account_data/{type}`]: { ...mine, path: { type: () => 'org.example.attack' }, places: { ...self, ...note }, body: () => ({ text: 'attack' }) },
  [`GET ${c}/user/{user_id}/rooms/{room_id}/tags`]: { ...mine, path: { room_id: (w) => w.roomId }, places: self },
  [`PUT ${c}/user/{user_id}/rooms/{room_id}/tags/{tag}`]: { ...mine, path: { tag: () => 'u.attack' }, places: { ...self, ...note }, body: () => ({}) },
  [`DELETE ${c}/user/{user_id}/rooms/{room_id}/tags/{tag}`]: { ...mine, places: { ...self, ...note, 'path.tag': 'tag' }, yes: 'what is not there is gone' },
};
