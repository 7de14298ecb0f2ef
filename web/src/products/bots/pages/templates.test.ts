import { describe, expect, it } from 'vitest';
import { templatesFrom } from './templates';

describe('templates', () => {
  const brain = (kind: string) => ({
    kind,
    title: kind.toUpperCase(),
    description: `About ${kind}.`,
    config_schema: {},
    testable: true,
  });
  it('come in one order, whatever the server has', () => {
    const cards = templatesFrom([brain('openai'), brain('strange'), brain('echo')]);
    expect(cards.map(({ id, kind }) => [id, kind])).toEqual([
      ['echo', 'echo'],
      ['openai', 'openai'],
      ['openai-2', 'openai'],
      ['strange', 'strange'],
    ]);
    expect(cards.at(-1)).toMatchObject({ title: 'STRANGE', text: 'About strange.', preset: {} });
    expect(cards[2]!.preset).not.toEqual({});
  });
});
