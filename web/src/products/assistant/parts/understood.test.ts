import { expect, it } from 'vitest';
import { sayPart, sayPointer, sayShare, understood } from './understood';

it('reads what the server explains', () => {
  const how = understood({
    outcome: 'ask',
    confidence: 0.4,
    asked: 'inputs',
    missing: ['/project_hint/name'],
    router: [{ service: 'slack', share: 0.41, model: -1.2, named: 7, learned: 0, why: '"slack" pointed' }],
    intents: [{ intent: 'slack.send_message', score: 1.5, verb: 1, things: 0.5, examples: 0, values: 0 }],
    values: [{ kind: 'channel', value: '#ops' }],
    lessons: [{ id: 't0', service: 'slack', likeness: 0.8 }],
    model: ['chose slack.send_message'],
    exchanges: ['x1', 'x2'],
  });
  expect(how.services[0]!.parts).toEqual([
    { name: 'named', value: 7 },
    { name: 'like its examples', value: -1.2 },
  ]);
  expect(how.operations[0]!.parts).toEqual([
    { name: 'verb', value: 1 },
    { name: 'things', value: 0.5 },
  ]);
  expect(how.lessons).toEqual([{ id: 't0', service: 'slack', likeness: 0.8 }]);
  expect([how.exchanges, how.model, how.missing]).toEqual([2, ['chose slack.send_message'], ['/project_hint/name']]);
});

it('takes whatever comes', () => {
  const how = understood({ router: 'none', intents: [7, null, []], values: {}, lessons: [{}], confidence: 'high' });
  expect(how.services).toEqual([]);
  expect(how.operations).toEqual([]);
  expect(how.lessons).toEqual([{ id: '', service: '', likeness: 0 }]);
  expect(how.confidence).toBeUndefined();
  expect(understood({}).outcome).toBe('');
});

it('says numbers and places as people do', () => {
  expect([0, 0.001, 0.412, 1].map(sayShare)).toEqual(['0 %', 'under 1 %', '41 %', '100 %']);
  expect([7, -1.24].map(sayPart)).toEqual(['+7', '−1.2']);
  expect(sayPointer('/project_hint/name')).toBe('project hint, name');
});
