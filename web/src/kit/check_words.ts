// What the server's checks of itself are about, for people: while all is well, and when it is not.

export const checkWords: Record<string, { good: string; bad: string }> = {
  database: { good: 'The database takes writes', bad: 'The database does not take writes' },
  checkpoint: { good: 'The database’s log is kept short', bad: 'The database’s log grows: it cannot be written back' },
  disk_space: { good: 'The disk has room', bad: 'The disk is full, or nearly' },
  slow_disk: { good: 'The disk is fast enough', bad: 'The disk is slow' },
  media_disk: { good: 'Files can be stored', bad: 'Files cannot be stored' },
  slow_media_disk: { good: 'Files are stored fast enough', bad: 'Files are stored slowly' },
  media_bucket: { good: 'The bucket of files is this server’s', bad: 'The bucket of files is not this server’s' },
  clock: { good: 'The clock is right', bad: 'The clock of the server has jumped' },
  lookup: { good: 'Messages are found', bad: 'The look-up of messages is being made anew' },
  homeserver: { good: 'The homeserver answers', bad: 'The homeserver does not answer' },
  mail: { good: 'Mails go out', bad: 'Mails do not go out' },
  redis: { good: 'Redis answers', bad: 'Redis does not answer' },
  runtime: { good: 'Programs can be run', bad: 'Programs of bots cannot be run' },
  commands: { good: 'Commands can be run', bad: 'Commands cannot be run' },
  'assistant tasks': { good: 'The assistant’s tasks are worked on', bad: 'The assistant’s tasks are not worked on' },
  'assistant writes': { good: 'The assistant may write', bad: 'The assistant writes nothing: its file cannot be kept' },
  audit: { good: 'The audit log is complete', bad: 'Lines of the audit log are not stored yet, or were lost' },
  audit_anchors: {
    good: 'The audit log’s anchors are kept elsewhere',
    bad: 'The audit log’s anchors cannot be kept elsewhere',
  },
  fleet: { good: 'Bots are looked after', bad: 'Bots are not looked after' },
  meetings: { good: 'Meetings are looked after', bad: 'Meetings are not looked after' },
  meeting_commands: { good: 'Bots in meetings hear commands', bad: 'Bots in meetings hear no commands by Redis' },
  recordings: { good: 'Recordings of calls are stored', bad: 'Recordings of calls are not stored' },
  livekit: { good: 'Calls of many have their server', bad: 'The server for calls of many cannot be used' },
  transcription: { good: 'What is said in calls is written down', bad: 'What is said in calls is not written down' },
};

export const sayCheck = (name: string, well: boolean) =>
  checkWords[name]?.[well ? 'good' : 'bad'] ?? name.replaceAll('_', ' ');
