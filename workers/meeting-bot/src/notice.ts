// What the call is told when the bot comes: that it listens, and how to make it leave.
import type { BotConfig } from './config.ts';
import { acceptWord, declineMark, declineWord } from './matrix_call/consent.ts';

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

const waysOut: Record<string, string> = {
  en: `Whoever does not want to be heard reacts to this message with ${declineMark} or writes ${declineWord}; ${acceptWord} takes it back.`,
  de: `Wer nicht gehört werden will, reagiert auf diese Nachricht mit ${declineMark} oder schreibt ${declineWord}; ${acceptWord} nimmt es zurück.`,
  es: `Quien no quiera ser escuchado reacciona a este mensaje con ${declineMark} o escribe ${declineWord}; ${acceptWord} lo anula.`,
  fr: `Qui ne veut pas être entendu réagit à ce message par ${declineMark} ou écrit ${declineWord} ; ${acceptWord} l'annule.`,
};

/** Where people can decline by themselves. */
export const callNoticeFor = (config: BotConfig): string => `${noticeFor(config)} ${waysOut[config.language ?? 'en'] ?? waysOut['en']!}`;
