// Devices that nobody is signed in on.
import { mine } from '../matrix_words.mjs';

const d = '/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device';
const nobodys = { path: { device_id: () => 'ATTACK' } };

export const rows = {
  [`PUT ${d}`]: { ...mine, control: false, places: { 'body.device_keys.user_id': 'self' },
    body: () => ({ device_id: 'DEHYDRATED', device_data: { algorithm: 'attack' }, device_keys: { device_id: 'DEHYDRATED', algorithms: [], keys: {}, signatures: {} } }) },
  [`GET ${d}`]: { ...mine, good: [200, 404] },
  [`DELETE ${d}`]: { ...mine, good: [200, 404] },
  [`GET ${d}/{device_id}/events`]: { ...mine, ...nobodys, good: [403] },
  [`POST ${d}/{device_id}/events`]: { ...mine, ...nobodys, good: [403], body: () => ({}) },
};
