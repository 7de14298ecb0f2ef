// The first frame of a WhisperLive client.
import { isAudioFormat } from './audio_frames.mjs';

const mostText = 255;

/** Returns {wish} or {error}; with `uid` where the frame had one. */
export function readHandshake(frame) {
  let said;
  try {
    said = JSON.parse(frame);
  } catch {
    return { error: 'the first frame must be a JSON object' };
  }
  if (typeof said !== 'object' || said === null || Array.isArray(said)) return { error: 'the first frame must be a JSON object' };
  const { uid } = said;
  if (typeof uid !== 'string' || !uid || uid.length > mostText) return { error: 'uid must be a text of 1 to 255 characters' };
  if (said.task === 'translate' || said.enable_translation === true) {
    return { uid, error: 'this transcriber does not translate' };
  }
  if ((said.task ?? 'transcribe') !== 'transcribe') return { uid, error: 'task must be transcribe' };
  if (said.language != null && (typeof said.language !== 'string' || said.language.length > mostText)) {
    return { uid, error: 'language must be a text or null' };
  }
  const format = said.audio_format ?? 'float32';
  if (!isAudioFormat(format)) return { uid, error: 'audio_format must be float32, int16 or uint8' };
  const warning = isEnglish(said.language) ? undefined
    : `only English is understood: what is said in ${said.language} will not be right`;
  return {
    uid,
    wish: {
      format, warning,
      segments: within(said.send_last_n_segments, 1, 50, 10),
      threshold: within(said.vad_parameters?.threshold ?? said.vad_parameters?.onset, 0.2, 0.95, 0.5),
    },
  };
}

/** Unset counts: this transcriber detects no languages. */
export const isEnglish = (language) => language == null || language === '' || /^(en([-_].*)?|english)$/i.test(language);

const within = (value, least, most, standard) =>
  Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : standard;
