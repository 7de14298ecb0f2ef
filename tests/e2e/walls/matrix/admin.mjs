// Synapse's admin API: what the server is.
import { public_ } from '../matrix_words.mjs';

export const rows = {
  'GET /_synapse/admin/v1/server_version': public_,
};
