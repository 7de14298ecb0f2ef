// The address that Matrix clients are given, wherever it is shown: with a word when only this machine reaches it.
import { Copyable } from './copy';

/** Whether an address is one of the machine itself: a phone that is given it finds nothing. */
export function reachesThisMachineOnly(address: string): boolean {
  try {
    return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(address).hostname);
  } catch {
    return false;
  }
}

export function HomeserverAddress({ value }: { value: string }) {
  return (
    <>
      <Copyable value={value} what="homeserver address" />
      {reachesThisMachineOnly(value) && (
        <div className="dim small">
          Reaches this machine only. <code>docs/guide/own-domain.md</code> says how phones and others can.
        </div>
      )}
    </>
  );
}
