// Files that go with what is said.
import { api, ask } from '@/kit/api/http';
import type { TakenFile } from './types';

/** As the server has it. */
export const mostFileBytes = 25_000_000;

export async function putFile(file: File, signal: AbortSignal): Promise<TakenFile> {
  const bytes = await file.arrayBuffer();
  return ask(
    api.POST('/api/v1/files', {
      params: { query: { name: file.name } },
      // The document calls bytes a string.
      body: bytes as unknown as string,
      bodySerializer: (body: unknown) => body as ArrayBuffer,
      headers: { 'content-type': file.type || 'application/octet-stream' },
      signal,
    }),
  );
}
