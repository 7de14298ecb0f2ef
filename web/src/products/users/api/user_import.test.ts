// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import { furtherOf } from './user_import';

describe('an import', () => {
  const report = (state: 'running' | 'done', done: number) => ({
    import_id: 'i',
    state,
    dry_run: false,
    total: 9,
    done,
    created: done,
    existed: 0,
    failed: 0,
    joined: 0,
    errors: [],
    started_at: '',
  });
  it('never goes back', () => {
    expect(furtherOf(report('running', 5), report('running', 3)).done).toBe(5);
    expect(furtherOf(report('running', 5), report('done', 9)).state).toBe('done');
    expect(furtherOf(report('done', 9), report('running', 8)).state).toBe('done');
  });
});
