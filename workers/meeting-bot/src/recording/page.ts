// What records inside the call's page. The function is sent to the page as text: it may use nothing from outside itself.
import type {} from '../matrix_call/protocol.ts';

declare global {
  interface Window {
    __meetingBotSound?: (part: string, base64: string, untilMs: number, last: boolean) => Promise<void>;
    __meetingBotRecorder?: MediaRecorder;
  }
}

/** Hands out a piece every `every` milliseconds, in their order, and the last one when it is stopped. */
export function beginRecording([part, every, type, bits]: readonly [string, number, string, number]): boolean {
  const stream = window.__meetingBot?.mixed() ?? window.__matrixCall?.mixed();
  if (!stream) return false;
  const recorder = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: bits });
  const began = performance.now();
  let until = 0;
  let queue = Promise.resolve();
  const hand = (blob: Blob, last: boolean): void => {
    const at = (until = Math.max(until, Math.round(performance.now() - began)));
    queue = queue.then(async () => {
      const bytes = new Uint8Array(await blob.arrayBuffer());
      let binary = '';
      for (let from = 0; from < bytes.length; from += 8192) binary += String.fromCharCode(...bytes.subarray(from, from + 8192));
      await window.__meetingBotSound?.(part, btoa(binary), at, last);
    }).catch(() => {});
  };
  recorder.ondataavailable = ({ data }) => hand(data, false);
  recorder.onstop = () => hand(new Blob(), true);
  window.__meetingBotRecorder = recorder;
  recorder.start(every);
  return true;
}

export function endRecording(): void {
  const recorder = window.__meetingBotRecorder;
  if (recorder && recorder.state !== 'inactive') recorder.stop();
}
