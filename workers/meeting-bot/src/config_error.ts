/** What a bot is told makes no sense. The message names the member, never its value: the text holds secrets. */
export class ConfigError extends Error {}
