// Files.
import { mine, v1 } from '../matrix_words.mjs';

const download = (file) => ({ ...mine, path: { server: () => 'localhost', ...(file ? { file_name: () => 'file.txt' } : {}) },
  query: { timeout_ms: () => '1' }, publicNames: true, fine: [504], places: { 'path.media_id': { kind: 'media', open: 'whoever is signed in and knows the address of a file may fetch it: Matrix has it so' } } });

export const rows = {
  [`GET ${v1}/media/config`]: mine,
  'GET /_matrix/media/v3/config': mine,
  // Previews are off by default: the routes answer as if they were not there.
  [`GET ${v1}/media/preview_url`]: { ...mine, query: { url: () => 'http://example.invalid/' }, good: [404] },
  'GET /_matrix/media/v3/preview_url': { ...mine, query: { url: () => 'http://example.invalid/' }, good: [404] },
  [`GET ${v1}/media/download/{server}/{media_id}`]: download(),
  [`GET ${v1}/media/download/{server}/{media_id}/{file_name}`]: download(true),
  [`GET ${v1}/media/thumbnail/{server}/{media_id}`]: { ...download(), query: { width: () => '10', height: () => '10', timeout_ms: () => '1' }, good: [200, 400, 404] },
  'GET /_matrix/media/v3/download/{server}/{media_id}': { ...download(), optional: true },
  'GET /_matrix/media/v3/download/{server}/{media_id}/{file_name}': { ...download(true), optional: true },
  'GET /_matrix/media/v3/thumbnail/{server}/{media_id}': { ...download(), optional: true, query: { width: () => '10', height: () => '10', timeout_ms: () => '1' }, good: [200, 400, 404] },
  'POST /_matrix/media/v3/upload': { ...mine, headers: () => ({ 'content-type': 'text/plain' }), body: () => 'attack' },
  'PUT /_matrix/media/v3/upload/{server}/{media_id}': { ...mine, path: { server: () => 'localhost' }, headers: () => ({ 'content-type': 'text/plain' }), body: () => 'attack',
    places: { 'path.media_id': { kind: 'media', told: 'a file\'s address is random and known only to whom it was given' } },
    own: async (w) => ({ 'path.media_id': (await w.member.matrix.request('POST', '/_matrix/media/v3/create')).content_uri.split('/').pop() }) },
  'POST /_matrix/media/v3/create': mine,
};
