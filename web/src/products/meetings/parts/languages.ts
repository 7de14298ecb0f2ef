// The languages that can be transcribed, with their names in English and their own.
const codes =
  'af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr ht hu hy id is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo yue zh'.split(
    ' ',
  );

/** Transcribers say jw for Javanese, and have done so for long. */
const known: Record<string, string> = { jw: 'jv' };

function nameIn(code: string, language: string): string {
  try {
    return new Intl.DisplayNames([language], { type: 'language', fallback: 'none' }).of(known[code] ?? code) ?? '';
  } catch {
    return ''; // An old browser that does not know it.
  }
}

/** "German (de)"; a code that nobody has a name for is itself. */
export function languageName(code: string): string {
  const name = nameIn(code, 'en');
  return name ? `${name} (${code})` : code;
}

/** For a field that is searched: by the code, the English name and the language's own. */
export const languages: { value: string; label: string }[] = codes
  .map((value) => {
    const own = nameIn(value, value);
    const name = languageName(value);
    return {
      value,
      label: own && !name.toLocaleLowerCase().startsWith(own.toLocaleLowerCase()) ? `${name} · ${own}` : name,
    };
  })
  .sort((a, b) => a.label.localeCompare(b.label, 'en'));
