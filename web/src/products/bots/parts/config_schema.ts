// A brain's config_schema (a JSON Schema object; members that are objects with known members are groups of fields) as form
// fields: what to ask, what to check, what to send.

import { lengthProblem, sizeProblem, type Limits } from '@/kit/limits';

export interface ConfigField extends Limits {
  /** With its group's: "limits.room_per_minute". */
  name: string;
  /** The title of the object that it is a member of. */
  group?: string;
  /** `pairs`: one NAME=value per line. */
  kind: 'text' | 'long_text' | 'secret' | 'number' | 'switch' | 'choice' | 'lines' | 'pairs' | 'secret_pairs' | 'json';
  label: string;
  description: string;
  required: boolean;
  integer: boolean;
  choices: string[];
  initial: string | boolean;
  example: string;
  /** A web address: checked as one. */
  address: boolean;
  /** The schema says that few people need it. */
  advanced: boolean;
  pattern?: RegExp | undefined;
  mostItems?: number | undefined;
}
export type ConfigValues = Record<string, string | boolean>;
type Schema = Record<string, unknown>;

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown) => (typeof value === 'string' ? value : '');
const numberOf = (value: unknown) => (typeof value === 'number' ? value : undefined);

export function fieldsOf(schema: unknown): ConfigField[] {
  if (!isObject(schema) || !isObject(schema.properties)) return [];
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(schema.properties).flatMap(([name, property]) => {
    if (!isObject(property)) return [];
    if (!isGroup(property)) return [fieldOf(name, property, required.includes(name))];
    const group = textOf(property.title) || name.replaceAll('_', ' ');
    // One level: what is deeper is JSON.
    return Object.entries(property.properties as Schema).flatMap(([member, inner]) =>
      isObject(inner) ? [{ ...fieldOf(`${name}.${member}`, inner, false), group }] : [],
    );
  });
}

const isGroup = (property: Schema) =>
  property.type === 'object' &&
  isObject(property.properties) &&
  property.additionalProperties === false &&
  property.writeOnly !== true;
/** An object of texts under any names. */
function isPairs(property: Schema): boolean {
  const types = isObject(property.additionalProperties) ? property.additionalProperties.type : undefined;
  return property.type === 'object' && (types === 'string' || (Array.isArray(types) && types.includes('string')));
}

function fieldOf(name: string, property: Schema, required: boolean): ConfigField {
  const kind = kindOf(property);
  return {
    name,
    kind,
    required,
    label: textOf(property.title) || name.slice(name.indexOf('.') + 1).replaceAll('_', ' '),
    description: textOf(property.description),
    integer: property.type === 'integer',
    choices: Array.isArray(property.enum) ? property.enum.map(String) : [],
    initial: toInput(kind, property.default),
    example: Array.isArray(property.examples) ? textOf(property.examples[0]) : '',
    address: property.format === 'uri' || property.format === 'url',
    advanced: property['x-advanced'] === true,
    pattern: patternOf(property.pattern),
    mostItems: numberOf(property.maxItems) ?? numberOf(property.maxProperties),
    minimum: numberOf(property.minimum),
    maximum: numberOf(property.maximum),
    minLength: numberOf(property.minLength),
    maxLength: numberOf(property.maxLength),
  };
}

/** Schemas are written for another engine; a pattern that this one does not take is left to the server. */
function patternOf(pattern: unknown): RegExp | undefined {
  if (typeof pattern !== 'string') return undefined;
  try {
    return new RegExp(pattern, 'u');
  } catch {
    return undefined;
  }
}

/** More than this many fields at once are not read. */
const manyFields = 7;

/** What everybody fills in, and what is folded away: of a long form the optional fields that have a default or come late. */
export function splitFields(fields: ConfigField[]): { first: ConfigField[]; rest: ConfigField[] } {
  const marked = fields.some(({ advanced }) => advanced);
  const short = fields.filter(({ group }) => group === undefined).length <= manyFields;
  const upFront = (field: ConfigField, place: number) =>
    field.group !== undefined
      ? false
      : !marked && short
        ? true
        : marked
          ? !field.advanced || field.required
          : field.required ||
            field.kind === 'secret' ||
            (field.kind === 'long_text' && place < manyFields) ||
            place < 3;
  return { first: fields.filter(upFront), rest: fields.filter((field, place) => !upFront(field, place)) };
}

function kindOf(property: Schema): ConfigField['kind'] {
  if (isPairs(property)) return property.writeOnly === true ? 'secret_pairs' : 'pairs';
  if (property.writeOnly === true) return 'secret';
  if (Array.isArray(property.enum)) return 'choice';
  switch (property.type) {
    case 'boolean':
      return 'switch';
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
      return property['x-multiline'] === true || (numberOf(property.maxLength) ?? 0) > 2048 ? 'long_text' : 'text';
    case 'array':
      return isObject(property.items) && property.items.type === 'string' ? 'lines' : 'json';
    default:
      return 'json';
  }
}

function toInput(kind: ConfigField['kind'], value: unknown): string | boolean {
  if (kind === 'switch') return value === true;
  if (value === undefined || value === null || kind === 'secret' || kind === 'secret_pairs') return '';
  if (kind === 'pairs' && isObject(value))
    return Object.entries(value)
      .map(([name, text]) => `${name}=${plain(text)}`)
      .join('\n');
  if (kind === 'lines' && Array.isArray(value)) return value.join('\n');
  if (kind === 'json') return JSON.stringify(value, null, 2);
  return plain(value);
}

/** A text as it is; what is none, as JSON writes it. */
function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The server tells of a stored secret only that it is there: {"api_key_set": true}. */
export const isStored = (config: Record<string, unknown> | undefined, secret: string) =>
  config?.[`${secret}_set`] === true;
/** Among the values: the stored secret shall go. */
export const removalOf = (secret: string) => `${secret} (remove)`;

/** What the form starts with: the stored config where there is one, else the defaults. */
export function initialValues(fields: ConfigField[], config?: Record<string, unknown>): ConfigValues {
  return Object.fromEntries(
    fields.map((field) => {
      const [at, member] = placeOf(field, config);
      return [field.name, at && member in at ? toInput(field.kind, at[member]) : field.initial];
    }),
  );
}

/** The object that holds the field's value, and the name there. */
function placeOf(
  field: ConfigField,
  config: Record<string, unknown> | undefined,
): [Record<string, unknown> | undefined, string] {
  if (field.group === undefined) return [config, field.name];
  const dot = field.name.indexOf('.');
  const inner = config?.[field.name.slice(0, dot)];
  return [isObject(inner) ? inner : undefined, field.name.slice(dot + 1)];
}

/** The first thing wrong with one field, or null. `editing`: a secret left empty stays as it is. */
export function checkField(field: ConfigField, value: string | boolean | undefined, editing: boolean): string | null {
  if (typeof value === 'boolean') return null;
  const text = (value ?? '').trim();
  if (text === '') return field.required && !(editing && field.kind === 'secret') ? `${field.label} is needed.` : null;
  if (field.kind === 'number') {
    const number = Number(text);
    if (!Number.isFinite(number)) return 'This must be a number.';
    if (field.integer && !Number.isInteger(number)) return 'This must be a whole number.';
    return sizeProblem(number, field);
  }
  const length = lengthProblem(text, field);
  if (length) return length;
  if (field.kind === 'text' && field.address && !/^https?:\/\/[^\s/]+/.test(text))
    return 'This must be an address that begins with http:// or https://.';
  if (field.pattern && (field.kind === 'text' || field.kind === 'secret') && !field.pattern.test(text))
    return 'This is not in the form that is asked for.';
  if (field.kind === 'pairs' || field.kind === 'secret_pairs') {
    const pairs = pairsOf(text);
    if (!pairs) return 'Each line must be NAME=value.';
    return field.mostItems !== undefined && pairs.length > field.mostItems ? `At most ${field.mostItems} lines.` : null;
  }
  if (
    field.kind === 'lines' &&
    field.mostItems !== undefined &&
    text.split('\n').filter((line) => line.trim()).length > field.mostItems
  )
    return `At most ${field.mostItems} lines.`;
  if (field.kind === 'json') {
    try {
      JSON.parse(text);
    } catch {
      return 'This is not valid JSON.';
    }
  }
  return null;
}

/** The config to send. Empty fields are left out, so that the server's defaults (and stored secrets) hold. */
export function toConfig(fields: ConfigField[], values: ConfigValues): Record<string, unknown> {
  const config: Record<string, unknown> = {};
  for (const field of fields) {
    const value = values[field.name];
    const put = (what: unknown) => {
      if (field.group !== undefined) config[field.name.slice(0, field.name.indexOf('.'))] ??= {};
      const [at, member] = placeOf(field, config);
      at![member] = what;
    };
    if (field.kind === 'switch') put(value === true);
    else if (typeof value === 'string' && value.trim() !== '') put(fromInput(field, value));
    else if (field.kind === 'lines' && field.initial !== '')
      put([]); // Emptied by hand: not the default, but nothing.
    else if (field.kind === 'secret' && values[removalOf(field.name)] === true) config[field.name] = '';
  }
  return config;
}

/** The names and texts of lines "NAME=value", or of a JSON object (for texts of several lines); nothing when it is neither. */
function pairsOf(input: string): [string, string][] | undefined {
  if (input.trimStart().startsWith('{')) {
    try {
      return Object.entries(JSON.parse(input) as Schema).map(([name, text]) => [
        name,
        text === null ? '' : plain(text),
      ]);
    } catch {
      return undefined;
    }
  }
  const pairs: [string, string][] = [];
  for (const line of input.split('\n')) {
    if (line.trim() === '') continue;
    const sign = line.indexOf('=');
    const name = line.slice(0, sign).trim();
    if (sign < 1 || name === '' || /\s/.test(name)) return undefined;
    pairs.push([name, line.slice(sign + 1)]);
  }
  return pairs;
}

function fromInput(field: ConfigField, value: string): unknown {
  switch (field.kind) {
    case 'number':
      return Number(value);
    case 'lines':
      return value
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean);
    case 'json':
      return JSON.parse(value);
    case 'pairs':
      return Object.fromEntries(pairsOf(value) ?? []);
    case 'secret_pairs':
      return Object.fromEntries((pairsOf(value) ?? []).map(([name, text]) => [name, text === '' ? null : text])); // null: it goes
    default:
      return value;
  }
}
