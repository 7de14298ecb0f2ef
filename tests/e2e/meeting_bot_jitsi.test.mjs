// The meeting bot in the replica of Jitsi Meet.
import { platformTests } from './lib/call_bot_suite.mjs';

platformTests('jitsi', { id: (n) => `standup-${n}` });
