// What `npm run generate:api` writes into kit/api/schema.ts where the program has the module.
interface Note {
  id: number;
  text: string;
}

declare module '@/kit/api/schema' {
  interface paths {
    '/api/v1/sample/notes': {
      parameters: { query?: never; header?: never; path?: never; cookie?: never };
      get: {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        requestBody?: never;
        responses: {
          200: {
            headers: { [name: string]: unknown };
            content: { 'application/json': { greeting?: string; items: Note[]; total: number } };
          };
        };
      };
    };
  }
}

export type { Note };
