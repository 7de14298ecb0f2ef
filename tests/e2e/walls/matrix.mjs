// The Matrix listener's operations, in the form that platform.mjs explains. Besides:
//   open         in a place: why everybody on a homeserver may do this to or with others (Matrix is so); only leaks are looked for
//   publicNames  shows the names that Matrix shows to everybody; 'and ids': ids that the caller may know, too
//   wrap         {place: (id) => value} where the id stands inside of something
//   fine         statuses from 500 on that are the specification's answer
//   moving       its answer goes with the time: only leaks are looked for
//   ends         the fitting request of a locked account succeeds: signing out is all it may do
// A subject has a file in matrix/, which exports its `rows`; whatever lies there is read.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export const matrix = {};
const folder = join(import.meta.dirname, 'matrix');
for (const name of readdirSync(folder).sort()) {
  const { rows } = await import(join(folder, name));
  for (const [operation, entry] of Object.entries(rows)) {
    if (Object.hasOwn(matrix, operation)) throw new Error(`${operation} stands in matrix/${name} and in another file of the walls`);
    matrix[operation] = entry;
  }
}
