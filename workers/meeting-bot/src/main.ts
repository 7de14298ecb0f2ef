// One bot for one call: reads BOT_CONFIG, attends, says how it ended, and ends with the code that says the same.
import { Bot } from './bot.ts';
import { Callbacks } from './callbacks.ts';
import { Commands } from './commands.ts';
import { type BotConfig, ConfigError, configFrom } from './config.ts';
import { endings } from './ending.ts';
import { hide, log } from './log.ts';
import { MatrixCallBot } from './matrix_call/bot.ts';
import { makers } from './platforms/all.ts';

/** For the last callback: whoever stopped the bot waits at most as long as its grace. */
const lastWord = 15_000;

function read(): BotConfig {
  try {
    return configFrom(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    log(error);
    process.exit(1);
  }
}

const config = read();
// What is not in the environment any more, no page, no crash report and no child process can show.
for (const name of ['BOT_CONFIG', 'VEXA_BOT_CONFIG']) delete process.env[name];
hide(config.token, config.passcode, config.redisUrl, config.meetingUrl.search, config.callbackUrl?.href, config.recordingUrl?.href,
  config.matrix?.accessToken);
const callbacks = new Callbacks(config);
const commands: Commands = new Commands(config, { leave: () => bot.leave(), reconfigure: (change) => bot.reconfigure(change),
  say: (text) => bot.say(text) });
const report = (followed: object): void => commands.report(followed);
const bot = config.matrix ? new MatrixCallBot(config, config.matrix, callbacks, process.env, report) :
  new Bot(config, callbacks, makers[config.platform](), process.env, report);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => bot.leave());

await commands.open();
const ending = endings[await bot.run()];
commands.close();
log('ends:', ending.reason);
await callbacks.end(ending, lastWord);
process.exit(ending.exit_code);
