// What the command line says.
export const usage =
  'usage: node main.mjs [--listen HOST:PORT] [--max-clients N] [--threads N] [--max-connection-time SECONDS]';

const numbers = {
  '--max-clients': { name: 'maxClients', least: 1, most: 1000 },
  '--threads': { name: 'threads', least: 1, most: 64 },
  '--max-connection-time': { name: 'maxConnectionTime', least: 0, most: 7 * 86400 },
};

/** Returns {options} or {error}. Outside of the loopback interface a key is wanted. */
export function parseOptions(words, environment) {
  const options = { host: '127.0.0.1', port: 0, maxClients: 50, threads: 1, maxConnectionTime: 0 };
  options.key = environment.TRANSCRIBER_API_KEY || undefined;
  for (let i = 0; i < words.length; i += 2) {
    const [name, value] = [words[i], words[i + 1]];
    if (value === undefined) return { error: `${name} needs a value` };
    if (name === '--listen') {
      const parts = /^(.+):(\d{1,5})$/.exec(value);
      if (!parts || Number(parts[2]) > 65535) return { error: `--listen ${value} is not HOST:PORT` };
      options.host = parts[1].replace(/^\[(.*)\]$/, '$1');
      options.port = Number(parts[2]);
      continue;
    }
    const row = numbers[name];
    if (!row) return { error: `unknown option ${name}` };
    if (!/^\d{1,7}$/.test(value) || Number(value) < row.least || Number(value) > row.most) {
      return { error: `${name} must be between ${row.least} and ${row.most}` };
    }
    options[row.name] = Number(value);
  }
  if (!/^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(options.host) && !options.key) {
    return { error: `${options.host} can be reached from elsewhere: set TRANSCRIBER_API_KEY` };
  }
  return { options };
}
