import { defineConfig, mergeConfig } from 'vitest/config';
import vite from './vite.config';

/** What is waited for comes at once on a machine with nothing else to do, and much later on a busy one. */
const patienceMs = 30_000;

export default mergeConfig(
  vite,
  defineConfig({
    test: {
      include: ['src/**/*.test.{ts,tsx}'],
      environment: 'node',
      testTimeout: 4 * patienceMs,
      expect: { poll: { timeout: patienceMs } },
    },
  }),
);
