// What the call is told when the bot comes: that it listens, and how to make it leave.
import type { BotConfig } from './config.ts';

export const stopWord = '/stop';

const sentences: Record<string, (name: string) => string> = {
  en: (name) => `${name} is a bot: it writes down what is said in this call. To make it leave, write ${stopWord} here.`,
  de: (name) => `${name} ist ein Bot: er schreibt mit, was in diesem Gespräch gesagt wird. Wer hier ${stopWord} schreibt, schickt ihn hinaus.`,
  es: (name) => `${name} es un bot: transcribe lo que se dice en esta llamada. Para que se vaya, escribe aquí ${stopWord}.`,
  fr: (name) => `${name} est un bot : il transcrit ce qui se dit dans cet appel. Pour le faire partir, écrivez ${stopWord} ici.`,
};

/** Where the sound itself is kept, too. */
const recorded: Record<string, (name: string) => string> = {
  en: (name) => `${name} is a bot: it records this call and writes down what is said. To make it leave, write ${stopWord} here.`,
  de: (name) => `${name} ist ein Bot: er nimmt dieses Gespräch auf und schreibt mit, was gesagt wird. Wer hier ${stopWord} schreibt, schickt ihn hinaus.`,
  es: (name) => `${name} es un bot: graba esta llamada y transcribe lo que se dice. Para que se vaya, escribe aquí ${stopWord}.`,
  fr: (name) => `${name} est un bot : il enregistre cet appel et transcrit ce qui s'y dit. Pour le faire partir, écrivez ${stopWord} ici.`,
};

export function noticeFor(config: BotConfig): string {
  const all = config.recordingUrl ? recorded : sentences;
  return (all[config.language ?? 'en'] ?? all['en']!)(config.botName);
}
