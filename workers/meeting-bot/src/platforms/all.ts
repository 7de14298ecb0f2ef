// The platforms by name.
import type { PlatformName } from '../config.ts';
import { googleMeet } from './google_meet.ts';
import { jitsi } from './jitsi.ts';
import { matrix } from './matrix.ts';
import type { Platform } from './platform.ts';
import { teams } from './teams.ts';
import { zoom } from './zoom.ts';

export const makers: Record<PlatformName, () => Platform> = { google_meet: googleMeet, teams, zoom, jitsi, matrix };
