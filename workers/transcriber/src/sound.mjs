// What all sound here is: mono, so many samples a second, judged in windows.
export const rate = 16000;
/** Samples that the voice detector judges together (32 ms). */
export const windowSamples = 512;
