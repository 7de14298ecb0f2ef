// Takes everything back by which a list was narrowed.
import { Button } from '@mantine/core';

export function ClearFilters({ onClear }: { onClear: () => void }) {
  return (
    <Button variant="subtle" size="xs" onClick={onClear}>
      Clear
    </Button>
  );
}
