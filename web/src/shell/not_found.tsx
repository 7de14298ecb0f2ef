import { Button } from '@mantine/core';
import { Link } from 'react-router';
import { Empty } from '@/kit/feedback';
import { PageHead } from '@/kit/page';

export function NotFoundPage() {
  return (
    <>
      <PageHead title="No such page" />
      <Empty
        icon="search"
        title="There is nothing here"
        action={
          <Button component={Link} to="/ui">
            To the overview
          </Button>
        }
      >
        The address may be mistyped, or your role does not show this page.
      </Empty>
    </>
  );
}
