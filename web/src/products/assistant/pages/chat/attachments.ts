// Files on their way to the server, one after the other, before what is said with them.
import { useEffect, useRef, useState } from 'react';
import { messageOf } from '@/kit/api/http';
import { bounds } from '@/kit/api/bounds';
import { sayBytes } from '@/kit/bytes';
import { mostFileBytes, putFile } from '../../api/files';

export const mostFiles = bounds.AssistantSay.files.maxItems;

export interface Attachment {
  id: number;
  name: string;
  bytes: number;
  /** Where it lies; '' until it does. */
  uri: string;
  error: string;
}

export interface Attachments {
  list: Attachment[];
  /** Some are on their way still. */
  busy: boolean;
  /** Why some were not taken at all. */
  refused: string;
  add: (files: Iterable<File>) => void;
  remove: (id: number) => void;
  clear: () => void;
}

export function useAttachments(): Attachments {
  const [list, setList] = useState<Attachment[]>([]);
  const [refused, setRefused] = useState('');
  const lastId = useRef(0);
  const way = useRef<Promise<void>>(Promise.resolve());
  const stops = useRef(new Map<number, AbortController>());
  useEffect(() => {
    const all = stops.current;
    return () => all.forEach((stop) => stop.abort());
  }, []);
  const change = (id: number, part: Partial<Attachment>) =>
    setList((now) => now.map((one) => (one.id === id ? { ...one, ...part } : one)));
  const send = (id: number, file: File) => {
    const stop = new AbortController();
    stops.current.set(id, stop);
    way.current = way.current.then(async () => {
      if (stop.signal.aborted) return;
      try {
        change(id, { uri: (await putFile(file, stop.signal)).uri });
      } catch (error) {
        if (!stop.signal.aborted) change(id, { error: messageOf(error) });
      }
      stops.current.delete(id);
    });
  };
  const add = (files: Iterable<File>) => {
    const { taken, problem } = sorted([...files], list.length);
    setRefused(problem);
    for (const file of taken) {
      const id = ++lastId.current;
      setList((now) => [...now, { id, name: file.name || 'file', bytes: file.size, uri: '', error: '' }]);
      send(id, file);
    }
  };
  const remove = (id: number) => {
    stops.current.get(id)?.abort();
    setList((now) => now.filter((one) => one.id !== id));
    setRefused('');
  };
  const clear = () => {
    setList([]);
    setRefused('');
  };
  return { list, busy: list.some(({ uri, error }) => !uri && !error), refused, add, remove, clear };
}

/** Those that may come along, and what is wrong with the others. */
function sorted(files: File[], already: number) {
  const taken: File[] = [];
  let problem = '';
  for (const file of files) {
    if (file.size === 0) problem = `${file.name} is empty.`;
    else if (file.size > mostFileBytes)
      problem = `${file.name} has ${sayBytes(file.size)}: a file may have ${sayBytes(mostFileBytes)}.`;
    else if (already + taken.length >= mostFiles) problem = `At most ${mostFiles} files go with a text.`;
    else taken.push(file);
  }
  return { taken, problem };
}
