import { expect, it } from 'vitest';
import { shownName } from './names';

it.each([
  ['Anna', 'Anna'],
  ['  Anna B. ', 'Anna B.'],
  [undefined, 'anna'],
  ['', 'anna'],
  ['   ', 'anna'],
  ['\u200b\u00a0\u2060', 'anna'],
  ['\u3164', 'anna'],
  ['\u0301', 'anna'],
  ['\u202egnp.exe', 'gnp.exe'],
  ['\u202e', 'anna'],
  ['مریم\u200cها', 'مریم\u200cها'],
  ['👩\u200d🚀', '👩\u200d🚀'],
  ['one\ntwo', 'onetwo'],
])('calls %j %j', (name, called) => expect(shownName(name, 'anna')).toBe(called));
