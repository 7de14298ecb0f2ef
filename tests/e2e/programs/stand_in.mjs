// One stand-in of a brain in a process of its own, so that it can be killed: stand_in.mjs <kind> <options as JSON>.
// Tells its parent {ready} and then {stage, question}; ends with it.
import { Flowise } from '../lib/flowise.mjs';
import { OpenAi } from '../lib/openai.mjs';
import { Webhook } from '../lib/webhook.mjs';

const [kind, options] = process.argv.slice(2);
process.on('disconnect', () => process.exit(0));
const report = (stage, question) => process.connected && process.send({ stage, question });
await { flowise: Flowise, openai: OpenAi, webhook: Webhook }[kind].start({ ...JSON.parse(options), report });
process.send({ ready: true });
