import { expect, it } from 'vitest';
import { sayBytes } from './bytes';

it('says sizes as people do', () => {
  expect([0, 999, 1000, 1_250, 9_960, 52_428_800, 999_600_000, 5e15].map(sayBytes)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '1.3 kB',
    '10 kB',
    '52 MB',
    '1.0 GB',
    '5000 TB',
  ]);
});
