// Synapse's admin API: what the server is.
import { public_ } from '../matrix_words.mjs';

const a = '/_synapse/admin/v1';
const admin = { role: 'admin' };
const nobodys = { ...admin, good: [404], path: { destination: () => 'attack.example.org' } };

export const rows = {
  [`GET ${a}/background_updates/status`]: admin,
  [`GET ${a}/background_updates/enabled`]: admin,
  [`POST ${a}/background_updates/enabled`]: { ...admin, body: () => ({ enabled: true }) },
  [`POST ${a}/background_updates/start_job`]: { ...admin, body: () => ({ job_name: 'regenerate_directory' }) },
  [`GET ${a}/statistics/database/rooms`]: admin,
  [`GET ${a}/scheduled_tasks`]: { ...admin, places: { 'query.resource_id': 'room' } },
  [`GET ${a}/experimental_features/{user_id}`]: { ...admin, places: { 'path.user_id': 'user' } },
  [`PUT ${a}/experimental_features/{user_id}`]: { ...admin, places: { 'path.user_id': 'user' }, body: () => ({ features: {} }) },
  [`GET ${a}/federation/destinations`]: admin,
  [`GET ${a}/federation/destinations/{destination}`]: nobodys,
  [`GET ${a}/federation/destinations/{destination}/rooms`]: nobodys,
  [`POST ${a}/federation/destinations/{destination}/reset_connection`]: nobodys,
  'GET /_synapse/admin/v1/server_version': public_,
};
