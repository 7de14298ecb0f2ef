// The meeting bot in the replica of Microsoft Teams.
import { platformTests } from './lib/call_bot_suite.mjs';

platformTests('teams', { id: (n) => `93451234567${String(n).padStart(2, '0')}` });
