import { expect, test } from 'vitest';
import { checkWords } from './check_words';

test('every check that the server makes of itself has words, and no words are left over', async () => {
  // Modules name their checks where they are set up.
  const sources = import.meta.glob<string>(
    '../../../src/**/{module,module_parts,program,*setup,set_up,set_up_*,rtc_routes}.cc',
    {
      query: '?raw',
      import: 'default',
    },
  );
  const names = new Set<string>();
  for (const load of Object.values(sources))
    for (const [, name] of (await load()).matchAll(/[.>]health\("([^"]+)"/g)) names.add(name!);
  expect([...names].sort()).toEqual(Object.keys(checkWords).sort());
});
