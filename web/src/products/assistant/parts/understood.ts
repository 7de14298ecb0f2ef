// How a request was understood, as the server explains it: read carefully, for what it holds is another program's.

export interface Scored {
  service: string;
  /** 0 to 1. */
  share: number;
  /** What counted for it, in natural logarithms of odds. */
  parts: { name: string; value: number }[];
  why: string;
}
export interface Ranked {
  intent: string;
  score: number;
  parts: { name: string; value: number }[];
}
export interface WeighedIn {
  id: string;
  service: string;
  /** Of that text and this one, 0 to 1. */
  likeness: number;
}
export interface Understood {
  outcome: string;
  confidence: number | undefined;
  asked: string;
  missing: string[];
  services: Scored[];
  operations: Ranked[];
  values: { kind: string; value: string }[];
  lessons: WeighedIn[];
  /** What the model did, step by step. */
  model: string[];
  exchanges: number;
}

type Json = Record<string, unknown>;
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const objects = (value: unknown) =>
  listOf(value).filter((one): one is Json => typeof one === 'object' && one !== null && !Array.isArray(one));
const text = (value: unknown) => (typeof value === 'string' ? value : '');
const texts = (value: unknown) => listOf(value).filter((one): one is string => typeof one === 'string');
const number = (value: unknown) => (typeof value === 'number' ? value : 0);
/** Those that counted at all. */
const partsOf = (one: Json, names: Record<string, string>) =>
  Object.entries(names).flatMap(([key, name]) => {
    const value = number(one[key]);
    return value === 0 ? [] : [{ name, value }];
  });

export function understood(explanation: Json): Understood {
  return {
    outcome: text(explanation.outcome),
    confidence: typeof explanation.confidence === 'number' ? explanation.confidence : undefined,
    asked: text(explanation.asked),
    missing: texts(explanation.missing),
    services: objects(explanation.router).map((one) => ({
      service: text(one.service),
      share: number(one.share),
      parts: partsOf(one, { named: 'named', model: 'like its examples', learned: 'chosen before' }),
      why: text(one.why),
    })),
    operations: objects(explanation.intents).map((one) => ({
      intent: text(one.intent),
      score: number(one.score),
      parts: partsOf(one, { verb: 'verb', things: 'things', examples: 'examples', values: 'values' }),
    })),
    values: objects(explanation.values).map((one) => ({ kind: text(one.kind), value: text(one.value) })),
    lessons: objects(explanation.lessons).map((one) => ({
      id: text(one.id),
      service: text(one.service),
      likeness: number(one.likeness),
    })),
    model: texts(explanation.model),
    exchanges: listOf(explanation.exchanges).length,
  };
}

export const sayShare = (share: number) => (share > 0 && share < 0.005 ? 'under 1 %' : `${Math.round(share * 100)} %`);
/** "+7.2", "−1" */
export const sayPart = (value: number) =>
  `${value < 0 ? '−' : '+'}${Math.abs(Math.round(value * 10) / 10).toLocaleString('en')}`;

/** "/project_hint/name" → "project hint, name" */
export const sayPointer = (pointer: string) =>
  pointer
    .split('/')
    .filter(Boolean)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~').replaceAll('_', ' '))
    .join(', ');
