// The end of a form of settings: saves it, or takes back what was typed.
import { Button } from '@mantine/core';

interface Props {
  changed: boolean;
  pending: boolean;
  /** Something in it cannot be saved. */
  wrong?: boolean;
  onDiscard: () => void;
}

export function SaveBar({ changed, pending, wrong = false, onDiscard }: Props) {
  return (
    <div className="form-actions">
      <Button type="submit" loading={pending} disabled={!changed || wrong}>
        Save
      </Button>
      {changed && (
        <Button variant="default" onClick={onDiscard}>
          Discard changes
        </Button>
      )}
      <span className="small dim" role="status">
        {changed ? 'Not saved yet' : ''}
      </span>
    </div>
  );
}
