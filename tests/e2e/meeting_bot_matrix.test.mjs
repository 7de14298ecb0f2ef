// The meeting bot in the replica of Element Call.
import { platformTests } from './lib/call_bot_suite.mjs';

platformTests('matrix', { id: (n) => `!call${n}:example.org`, chat: false });
